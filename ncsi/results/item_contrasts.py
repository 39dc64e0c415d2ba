"""What stands out, from published tables: a sector's items among sectors asked alike, an area among areas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import itemgetter

import numpy as np
import pandas as pd

from ncsi.model import changes
from ncsi.model.resampling.freedom import satterthwaite


def items_against_others(
    items: pd.DataFrame,
    sector: str,
    instruments: Mapping[str, str],
    freedom: Mapping[str, float],
    level: float,
) -> pd.DataFrame:
    """Each item's mean minus the mean of the other sectors asked by the same instrument, each of them counting once.

    `items`: rows of out_items_by_sector of all sectors; `instruments` and `freedom` (the degrees of freedom of the
    index; missing: its error is known) by sector. Samples of sectors are independent: t on Welch-Satterthwaite's
    degrees of freedom, Holm over the items of the sector. Adds others_0_100, sectors (how many others), best_sector
    and best_0_100 (of all sectors asked alike), difference, low, high, p_holm, verdict (above, below or level at 1 −
    `level` after Holm). Empty where no other sector was asked alike.
    """
    alike = {one for one, name in instruments.items() if name == instruments[sector]}
    told = items[items["sector"].isin(alike)].dropna(subset=["mean_0_100", "se"])
    told = told.assign(df=[freedom.get(one, np.nan) for one in told["sector"]])
    own = told[told["sector"] == sector].rename(columns={"mean_0_100": "index_0_100"})
    by_item: dict[str, list[tuple[str, float, float, float]]] = {}
    for item, *row in zip(
        *(told[name].tolist() for name in ("item", "sector", "mean_0_100", "se", "df")), strict=True
    ):
        by_item.setdefault(item, []).append(tuple(row))
    others = {item: [row[1:] for row in rows if row[0] != sector] for item, rows in by_item.items()}
    mean = pd.DataFrame([_mean(item, rows) for item, rows in others.items() if rows])
    if own.empty or mean.empty:
        return pd.DataFrame(columns=["item", *_ADDED])
    best = {item: max(rows, key=itemgetter(1)) for item, rows in by_item.items()}
    tested = changes(own, mean, ["item"], level).rename(
        columns={"previous_0_100": "others_0_100", "change": "difference"}
    )
    made = tested.assign(
        sectors=[len(others[item]) for item in tested["item"]],
        best_sector=[best[item][0] for item in tested["item"]],
        best_0_100=[best[item][1] for item in tested["item"]],
        verdict=tested["verdict"].map(_VERDICTS),
    )
    return made[["item", *_ADDED]]


def areas_against_others(areas: pd.DataFrame, level: float) -> pd.DataFrame:
    """The index of each area minus the mean of the other areas of its dimension, each counting once.

    `areas`: rows of out_index_by_area of one construct (dimension, area, index_0_100, se, df, sectors, coverage). A
    respondent is of one area, so areas are independent: t on Welch-Satterthwaite's degrees of freedom, Holm over the
    areas of a dimension. Areas in which fewer sectors have figures are left out: another mix of sectors is no
    difference of areas.
    Gives dimension, area, difference, low, high, p_holm, verdict (above, below or level).
    """
    told, made = areas.dropna(subset=["index_0_100", "se"]), []
    whole = told.groupby("dimension")[["sectors", "coverage"]].transform("max")
    told = told[(told[["sectors", "coverage"]] >= whole - 1e-9).all(axis=1)]
    for dimension, own in told.groupby("dimension", sort=False):
        if len(own) < 2:
            continue
        figures = list(
            zip(*(own[name].tolist() for name in ("area", "index_0_100", "se", "df")), strict=True)
        )
        rows = [_mean(one, [row[1:] for row in figures if row[0] != one]) for one, *_ in figures]
        others = pd.DataFrame(rows).rename(columns={"item": "area"})
        tested = changes(own, others, ["area"], level).rename(columns={"change": "difference"})
        made.append(tested.assign(dimension=dimension, verdict=tested["verdict"].map(_VERDICTS)))
    kept = ["dimension", "area", "difference", "low", "high", "p_holm", "verdict"]
    return pd.concat(made, ignore_index=True)[kept] if made else pd.DataFrame(columns=kept)


def area_samples(cells: pd.DataFrame, shares: Mapping[str, float]) -> pd.Series:
    """The effective sample of each area's index, by dimension and area: 1/Σ(a_s²/n_s).

    `cells`: rows of out_index_by_subgroup of one construct (sector, dimension, subgroup, n_eff, index_0_100, se), of
    which those with figures make up the area; a_s is a sector's share among them, n_s its cell's n_eff. As many
    respondents, all alike, would leave the error that the cells leave if answers spread alike in each.
    """
    told = cells.dropna(subset=["index_0_100", "se"])
    keys = [told["dimension"], told["subgroup"]]
    share = told["sector"].map(shares).astype(float)
    part = share / share.groupby(keys).transform("sum")
    found: pd.Series = 1 / (part**2 / told["n_eff"].astype(float)).groupby(keys).sum()
    return found


_VERDICTS = {"rose": "above", "fell": "below", "no_significant_change": "level"}
_ADDED = [
    "index_0_100", "others_0_100", "sectors", "best_sector", "best_0_100", "difference", "low", "high", "p_holm",
    "verdict",
]  # fmt: skip


def _mean(item: str, rows: Sequence[tuple[float, float, float]]) -> dict[str, object]:
    """The mean of the sectors, of which `rows` are index, error and degrees of freedom; the error of that mean and its
    degrees of freedom."""
    index, se, df = np.array(rows, dtype=float).T.copy()
    variances = (se / len(rows)) ** 2
    return {
        "item": item,
        "index_0_100": float(index.mean()),
        "se": float(np.sqrt(variances.sum())),
        "df": float(satterthwaite(variances, df)),
    }
