"""What a reader could work out from everything a release publishes: linear relations between cells, sector by sector.

Every cell is an unknown; each published figure is an equation, each way in which cells add up is another. A hidden
cell, or a sum of hidden cells that is too small, is given away when it lies in the row space of the equations.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

Cell = tuple[str, ...]
Equation = Mapping[Cell, float]


def published(folder: Path) -> dict[str, pd.DataFrame]:
    """Every table of a release, as anyone can download it; empty cells are empty texts."""
    return {path.stem: pd.read_csv(path, keep_default_na=False) for path in (folder / "data").glob("*.csv")}


def figure(value: object) -> bool:
    return value not in ("", None) and not pd.isna(value)


class Attack:
    """The equations of one sector, and what follows from them."""

    def __init__(self, tables: Mapping[str, pd.DataFrame], sector: str) -> None:
        self.sector = sector
        self.tables = {
            name: frame[frame["sector"] == sector] if "sector" in frame else frame
            for name, frame in tables.items()
        }
        self.equations = [
            *self._known(),
            *self._brands(),
            *self._items(),
            *self._subgroups(),
            *self._areas(tables),
            *self._quality(),
        ]
        cells = list(dict.fromkeys(cell for one in self.equations for cell in one))
        self.at = {cell: k for k, cell in enumerate(cells)}
        matrix = np.zeros((len(self.equations), len(cells)))
        for row, equation in enumerate(self.equations):
            for cell, factor in equation.items():
                matrix[row, self.at[cell]] += factor
        scale = np.abs(matrix).max(axis=1, keepdims=True)
        _, s, v = np.linalg.svd(matrix / scale, full_matrices=False)
        self.basis = v[s > 1e-9 * s[0]]

    def recovers(self, combination: Equation) -> bool:
        """Whether the combination of cells follows from what is published."""
        target = np.zeros(len(self.at))
        for cell, factor in combination.items():
            if cell not in self.at:
                return False
            target[self.at[cell]] = factor
        return bool(
            np.linalg.norm(target - self.basis.T @ (self.basis @ target)) < 1e-6 * np.linalg.norm(target)
        )

    def _known(self) -> Iterator[Equation]:
        """Single cells as published: in the table of their own, as a change, in a rank, in a difference."""
        for name in ("out_index_by_sector", "out_trend", "out_changes", "out_basis_by_sector"):
            known = {row.get("construct", "Satisfaction") for row in self.rows(name)}
            yield from ({("sector", construct): 1.0} for construct in known)
        shown = [row for row in self.rows("out_index_by_brand") if figure(row["index_0_100"])]
        yield from ({("brand", row["brand"], row["construct"]): 1.0} for row in shown)
        yield from ({("brand", row["brand"], "Satisfaction"): 1.0} for row in self.rows("out_rank_by_brand"))
        moved = [row for row in self.rows("out_changes") if row["level"] == "brand"]
        yield from ({("brand", row["unit"], row["construct"]): 1.0} for row in moved)
        yield from ({cell: 1.0} for cell, value in self.of_brands() if figure(value))
        for row in self.rows("out_differences_by_brand"):
            yield {
                ("brand", row["brand"], "Satisfaction"): 1.0,
                ("brand", row["other"], "Satisfaction"): -1.0,
            }

    def of_brands(self) -> Iterator[tuple[Cell, object]]:
        """Cells of the other tables by brand, with what is printed in them."""
        for row in self.rows("out_subindex_by_brand"):
            yield ("subindex", str(row["subindex"]), row["brand"]), row["index_0_100"]
        for row in self.rows("out_measures_by_brand"):
            yield ("measure", f"{row['measure']}/{row['item']}", row["brand"]), row["estimate"]

    def _brands(self) -> Iterator[Equation]:
        """A sector's figures are the weighted means of its brands'."""
        weights = self.brand_weights()
        for construct in {row["construct"] for row in self.rows("out_index_by_brand")}:
            yield {("sector", construct): -1.0} | {("brand", b, construct): w for b, w in weights.items()}
        for kind, what in {cell[:2] for cell, _ in self.of_brands()}:
            yield {(kind, what, ""): -1.0} | {(kind, what, b): w for b, w in weights.items()}

    def _items(self) -> Iterator[Equation]:
        """Item means: of the sector, of the brands in the gaps; a construct's index is the weighted sum of them."""
        brands = self.brand_weights()
        for row in self.rows("out_items_by_sector"):
            yield {("item", "", row["item"]): 1.0}
            yield {("item", "", row["item"]): -1.0} | {("item", b, row["item"]): w for b, w in brands.items()}
        for row in self.rows("out_gaps_by_brand"):
            yield {("item", row["brand"], row["item"]): 1.0}
            yield {("item", row["brand"], row["item"]): 1.0, ("item", "", row["item"]): -1.0}
            if row["best"] != row["brand"]:
                yield {("item", row["brand"], row["item"]): 1.0, ("item", row["best"], row["item"]): -1.0}
        outer = self.tables["out_weights_by_item"]
        for construct, part in outer.groupby("construct"):
            parts = dict(zip(part["item"], part["weight"], strict=True))
            for brand in brands:
                yield {("brand", brand, construct): -1.0} | {("item", brand, i): w for i, w in parts.items()}

    def _subgroups(self) -> Iterator[Equation]:
        """Cells of a background variable add up to the sector; a difference is against all others together."""
        cells = self.tables["out_index_by_subgroup"]
        for (dimension, construct), part in cells.groupby(["dimension", "construct"]):
            names = [("cell", dimension, one, construct) for one in part["subgroup"]]
            share = (part["n"] / part["n"].sum()).to_numpy(dtype=float)
            yield {("sector", construct): -1.0} | dict(zip(names, share, strict=True))
            for name, (_, row) in zip(names, part.iterrows(), strict=True):
                if figure(row["index_0_100"]):
                    yield {name: 1.0}
                if figure(row["difference"]):
                    others = {one: w for one, w in zip(names, share, strict=True) if one != name}
                    rest = sum(others.values())
                    yield {name: 1.0} | {one: -w / rest for one, w in others.items()}

    def _areas(self, tables: Mapping[str, pd.DataFrame]) -> Iterator[Equation]:
        """An area of the nation is the mean of the sectors' cells that are shown: were it of more than these, what
        is left of it would be the hidden ones."""
        key = ["dimension", "subgroup", "construct"]
        cells = tables["out_index_by_subgroup"]
        shown = cells[cells["index_0_100"].map(figure)].groupby(key).size()
        for row in self.rows("out_index_by_area"):
            place = (row["dimension"], row["area"], row["construct"])
            if int(row["sectors"]) > shown.get(place, 0):
                yield {("cell", *place): 1.0}

    def _quality(self) -> Iterator[Equation]:
        """The index is the mean of the valid and the flagged, and with the excluded it is another."""
        for row in self.rows("out_response_quality_by_sector"):
            v, f, e = (float(row[name]) for name in ("valid", "flagged", "excluded"))
            parts = {name: ("quality", name) for name in ("valid", "flagged", "excluded")}
            yield {("sector", "Satisfaction"): -(v + f), parts["valid"]: v, parts["flagged"]: f}
            if figure(row["index_valid_0_100"]):
                yield {parts["valid"]: 1.0}
            if figure(row["index_all_0_100"]):
                yield {parts["valid"]: v, parts["flagged"]: f, parts["excluded"]: e}

    def brand_weights(self) -> dict[str, float]:
        codes = self.tables["codes_brands"]
        shares = pd.to_numeric(codes["share"], errors="coerce")
        if shares.isna().any():
            own = self.tables["out_index_by_brand"].query("construct == 'Satisfaction'")
            return dict(zip(own["brand"], own["n"] / own["n"].sum(), strict=True))
        return dict(zip(codes["brand"], shares / shares.sum(), strict=True))

    def rows(self, name: str) -> list[dict[str, object]]:
        return self.tables[name].to_dict("records") if name in self.tables else []


def given_away(tables: Mapping[str, pd.DataFrame]) -> list[str]:
    """Every hidden figure of the release that can be worked out, and every sum of hidden ones that is too small."""
    found = []
    for sector in tables["out_index_by_sector"]["sector"].unique():
        attack = Attack(tables, str(sector))
        found += [f"{sector}: {what}" for what, cells in hidden(attack) if attack.recovers(cells)]
    return found


def hidden(attack: Attack) -> Iterator[tuple[str, Equation]]:
    """What may not be known of a sector, as combinations of cells."""
    weights = attack.brand_weights()
    for construct, part in attack.tables["out_index_by_brand"].groupby("construct"):
        blank = part[~part["index_0_100"].map(figure)]
        cells = {("brand", brand, str(construct)): weights[brand] for brand in blank["brand"]}
        yield from _combinations("brand", cells, blank["n_eff"].sum() < 100)
    for (dimension, construct), part in attack.tables["out_index_by_subgroup"].groupby(
        ["dimension", "construct"]
    ):
        blank = part[~part["index_0_100"].map(figure)]
        names = [("cell", dimension, one, construct) for one in blank["subgroup"]]
        yield from _combinations(
            "subgroup", dict(zip(names, blank["n"], strict=True)), blank["n_eff"].sum() < 30
        )
    yield from ((" ".join(cell), {cell: 1.0}) for cell, value in attack.of_brands() if not figure(value))
    for row in attack.rows("out_response_quality_by_sector"):
        few = [part for part in ("flagged", "excluded") if 0 < float(row[part]) < 30]
        yield from ((f"mean of the {part}", {("quality", part): 1.0}) for part in few)


def _combinations(kind: str, cells: Equation, too_small: bool) -> Iterator[tuple[str, Equation]]:
    """Each hidden cell, and their sum where that too is of too few."""
    for cell in cells:
        yield " ".join(cell), {cell: 1.0}
    if len(cells) > 1 and too_small:
        yield f"sum of the hidden cells by {kind}, {next(iter(cells))[-1]}", cells
