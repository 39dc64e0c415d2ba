"""Every relation that the attack uses is true of the cells that a release was made from, and says all that it tells."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations

import numpy as np
import pandas as pd
import pytest

from ncsi.disclosure.published_relations import Cell, Relation, hidden_cells, relations
from ncsi.tables import TABLES

TARGET = "S"
N = {"p": 100.0, "q": 200.0, "r": 50.0}
WEIGHTS = {"i": 3.0, "j": 1.0}
NAN = np.nan
Rows = dict[str, list[dict[str, object]]]


def mean(values: dict[str, float], weights: dict[str, float]) -> float:
    return sum(values[k] * w for k, w in weights.items()) / sum(weights.values())


class World:
    """A sector of three brands, two items and two regions: its cells, and the tables that they make."""

    def __init__(self) -> None:
        draw = np.random.default_rng(5)
        self.cells: dict[Cell, float] = {}
        for item in WEIGHTS:
            each = {brand: float(draw.uniform(20, 90)) for brand in N}
            self.cells |= {("item", brand, item): value for brand, value in each.items()}
            self.cells["item", "", item] = mean(each, N)
        for brand in N:
            of_brand = {item: self.cells["item", brand, item] for item in WEIGHTS}
            self.cells["brand", brand, TARGET] = mean(of_brand, WEIGHTS)
        self.index = mean({brand: self.cells["brand", brand, TARGET] for brand in N}, N)
        self.cells["sector", TARGET] = self.index
        for kind, name in (("subindex", "x"), ("measure", "handled q1")):
            each = {brand: float(draw.uniform(20, 90)) for brand in N}
            self.cells |= {(kind, name, brand): value for brand, value in each.items()}
            self.cells[kind, name, ""] = mean(each, N)
        self.regions = {"east": 150.0, "west": 120.0, "north": 80.0}
        values = {"east": 60.0, "west": 55.0}
        rest = self.index * 350 - sum(values[k] * self.regions[k] for k in values)
        values["north"] = rest / self.regions["north"]
        self.cells |= {("cell", "region", name, TARGET): value for name, value in values.items()}
        valid, excluded = 61.0, 30.0
        flagged = (self.index * 350 - 300 * valid) / 50
        parts = {"valid": valid, "flagged": flagged, "excluded": excluded}
        self.cells |= {("quality", name): value for name, value in parts.items()}
        self.all = (350 * self.index + 40 * excluded) / 390

    def tables(self) -> dict[str, pd.DataFrame]:
        rows: Rows = {
            "out_index_by_sector": [{"construct": TARGET, "index_0_100": self.index}, of_other()],
            "out_index_by_brand": [
                {"brand": b, "construct": TARGET, "n": n, "index_0_100": self.brand(b), "status": "published"}
                for b, n in N.items()
            ],
            "out_rank_by_brand": [{"brand": b, "index_0_100": self.brand(b)} for b in N],
            "out_changes": [
                {"level": "brand", "unit": b, "construct": TARGET, "index_0_100": self.brand(b)} for b in N
            ],
            "out_differences_by_brand": [
                {"brand": b, "other": c, "difference": self.brand(b) - self.brand(c)}
                for b, c in permutations(N, 2)
            ],
            "out_weights_by_item": [
                *({"construct": TARGET, "item": item, "weight": w} for item, w in WEIGHTS.items()),
                {"construct": "Other", "item": "k", "weight": 9.0},
            ],
            "out_items_by_sector": [
                *({"item": item, "mean_0_100": self.cells["item", "", item]} for item in WEIGHTS),
                {"item": "k", "mean_0_100": 3.0},
            ],
            "out_gaps_by_brand": [*self.gaps()],
            "out_index_by_subgroup": [*self.subgroups()],
            "out_response_quality_by_sector": [
                {
                    **{"valid": 300, "flagged": 50, "excluded": 40, "index_all_0_100": self.all},
                    "index_valid_0_100": self.cells["quality", "valid"],
                }
            ],
            "out_subindex_by_brand": [
                {"subindex": "x", "brand": b, "index_0_100": self.cells["subindex", "x", b], **LARGE}
                for b in ("", *N)
            ],
            "out_measures_by_brand": [
                *(
                    {
                        **{"measure": "handled", "item": "q1", "brand": b, **LARGE},
                        "estimate": self.cells["measure", "handled q1", b],
                    }
                    for b in ("", *N)
                ),
                {"measure": "nps", "item": "q2", "brand": "p", "estimate": -30.0, **LARGE},
            ],
        }
        return {
            name: pd.DataFrame(rows.get(name, []), columns=list(table.names))
            for name, table in TABLES.items()
            if table.public
        }

    def brand(self, name: str) -> float:
        return self.cells["brand", name, TARGET]

    def gaps(self) -> Iterator[dict[str, object]]:
        for item in WEIGHTS:
            values = {b: self.cells["item", b, item] for b in N}
            best = max(values, key=values.__getitem__)
            for b, value in values.items():
                from_mean, from_best = value - self.cells["item", "", item], value - values[best]
                figures = {"mean_0_100": value, "gap_mean": from_mean, "gap_best": from_best}
                yield {"brand": b, "item": item, "best": best, **figures}
        yield {"brand": "p", "item": "k", "mean_0_100": 1.0, "gap_mean": 1.0, "best": "q", "gap_best": 1.0}

    def subgroups(self) -> Iterator[dict[str, object]]:
        for name, n in self.regions.items():
            value = self.cells["cell", "region", name, TARGET]
            others = (self.index * 350 - value * n) / (350 - n)
            key = {"dimension": "region", "subgroup": name, "n": n}
            yield {
                **{**key, "construct": TARGET, "index_0_100": value, "difference": value - others},
                **LARGE,
            }
            yield {**key, "construct": "Other", "index_0_100": 1.0, "difference": 2.0, **LARGE}


LARGE = {"n_eff": 200.0, "largest_share": 0.05}


def of_other() -> dict[str, object]:
    return {"construct": "Other", "index_0_100": 1.0}


@pytest.fixture(scope="module")
def world() -> World:
    return World()


@pytest.fixture(scope="module")
def told(world: World) -> list[Relation]:
    return [*relations(world.tables(), TARGET, {})]


def test_every_relation_holds_of_the_true_cells(world, told):
    for one in told:
        assert sum(f * world.cells[cell] for cell, f in one.factors.items()) == pytest.approx(one.value), one


def test_every_cell_is_told_of_and_every_figure(world, told):
    assert {cell for one in told for cell in one.factors} == set(world.cells)
    assert len(told) == len({(frozenset(one.factors.items()), one.known) for one in told}) + 2 * len(N)


def test_a_figure_is_as_exact_as_its_digits_and_a_sum_is_not(told):
    """Single figures and differences of two are published; whatever weighs cells is known to a reader as shares."""
    for one in told:
        factors = sorted(one.factors.values())
        assert one.known is (factors in ([1.0], [-1.0, 1.0])), one


def test_declared_shares_weigh_brands(world):
    shares = {"p": 1.0, "q": 1.0, "r": 2.0}
    whole = ("subindex", "x", "")
    total = next(
        one for one in relations(world.tables(), TARGET, shares) if whole in one.factors and not one.known
    )
    assert total.factors == {
        whole: -1.0,
        **{("subindex", "x", brand): share / 4 for brand, share in shares.items()},
    }


def test_without_brands_nothing_is_said_of_sums(world):
    tables = world.tables()
    tables["out_index_by_brand"] = tables["out_index_by_brand"].head(0)
    told = [*relations(tables, TARGET, {})]
    assert not any(("brand", "p", TARGET) in one.factors and len(one.factors) > 2 for one in told)
    assert not any(one.factors.get(("subindex", "x", "")) == -1.0 for one in told)


def test_what_is_blank_is_no_relation(world):
    tables = world.tables()
    blanks = {
        "out_index_by_brand": ("index_0_100",),
        "out_index_by_subgroup": ("index_0_100", "difference"),
        "out_items_by_sector": ("mean_0_100",),
        "out_response_quality_by_sector": ("index_valid_0_100", "index_all_0_100"),
        "out_subindex_by_brand": ("index_0_100",),
        "out_measures_by_brand": ("estimate",),
    }
    for name, figures in blanks.items():
        tables[name] = tables[name].assign(**dict.fromkeys(figures, NAN))
    told = [*relations(tables, TARGET, {})]
    assert not any(np.isnan(one.value) for one in told)
    singles = {cell[0] for one in told if one.known and len(one.factors) == 1 for cell in one.factors}
    assert singles == {"sector", "brand", "item"}


def test_the_whole_sector_differs_from_nobody(world):
    tables = world.tables()
    tables["out_index_by_subgroup"] = tables["out_index_by_subgroup"].query("subgroup == 'east'")
    own = [one for one in relations(tables, TARGET, {}) if ("cell", "region", "east", TARGET) in one.factors]
    assert [len(one.factors) for one in own] == [2, 1]


@pytest.mark.parametrize(
    ("table", "name_column", "figure", "cell", "least"),
    [
        ("out_index_by_subgroup", "subgroup", "index_0_100", ("cell", "region", "east", TARGET), 30),
        ("out_subindex_by_brand", "brand", "index_0_100", ("subindex", "x", "p"), 100),
        ("out_measures_by_brand", "brand", "estimate", ("measure", "handled q1", "p"), 100),
    ],
)
def test_a_blank_of_few_or_of_one_is_hidden(world, table, name_column, figure, cell, least):
    assert [*hidden_cells(world.tables(), TARGET)] == []
    for size, largest, hidden in ((least, 0.1, False), (least - 0.1, 0.1, True), (least, 0.101, True)):
        tables = world.tables()
        own = tables[table][name_column].eq(cell[2]).idxmax()
        tables[table].loc[own, [figure, "n_eff", "largest_share"]] = [NAN, size, largest]
        assert [*hidden_cells(tables, TARGET)] == ([cell] if hidden else [])


def test_a_suppressed_brand_is_hidden_one_withheld_for_it_is_not(world):
    tables = world.tables()
    tables["out_index_by_brand"]["status"] = ["suppressed", "withheld", "published"]
    other = tables["out_index_by_brand"].assign(construct="Other", status="suppressed")
    tables["out_index_by_brand"] = pd.concat([tables["out_index_by_brand"], other])
    assert [*hidden_cells(tables, TARGET)] == [("brand", "p", TARGET)]
