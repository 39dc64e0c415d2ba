"""An index that does not name its units: no group, no sum of groups and no second release tells of fewer than five."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ncsi.disclosure import publishable_indices
from ncsi.disclosure.attack import NEAR
from ncsi.disclosure.group_bounds import group_bounds
from ncsi.disclosure.unit_groups import LEAST_UNITS
from ncsi.errors import PublicationError, SpecError
from ncsi.ingest.figures import Figures, read_figures
from ncsi.results.declared import stamp
from ncsi.results.indices import Asked, index_tables
from ncsi.results.indices.counted import counted_rows
from ncsi.results.indices.judged import group_rows
from ncsi.results.indices.scoring import scored_years
from ncsi.spec.index_plan import IndexPlan, load_index
from ncsi.tables import CORE_PUBLISHED_BY_UNIT

GROUPS = "out_composite_by_group"
UNITS = CORE_PUBLISHED_BY_UNIT.name


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory, put_firms: Callable[..., None]) -> IndexPlan:
    root = tmp_path_factory.mktemp("firms")
    put_firms(root, groups=("sector", "region"))
    return load_index("firms", root)


def firms(cells: Sequence[tuple[str, str, int]], seed: int = 1) -> pd.DataFrame:
    """So many firms of each sector and region, with their figures."""
    places = [(sector, region) for sector, region, n in cells for _ in range(n)]
    rows = pd.DataFrame(places, columns=["sector", "region"])
    drawn = np.random.default_rng(seed).integers(5, 96, (len(rows), 3))
    rows = rows.assign(firm=[f"F{k:03d}" for k in range(len(rows))], year=2025)
    return rows.assign(**dict(zip("abc", drawn.T, strict=True))).astype(dict.fromkeys("abc", "object"))


def read(plan: IndexPlan, rows: pd.DataFrame, folder: Path) -> Figures:
    path = folder / "firms.csv"
    rows.to_csv(path, index=False)
    return read_figures(path, plan)


@pytest.fixture(scope="module")
def four(plan: IndexPlan, tmp_path_factory: pytest.TempPathFactory) -> dict[str, pd.DataFrame]:
    """Every table of an index of four firms."""
    figures = read(plan, firms([("A", "N", 4)]), tmp_path_factory.mktemp("four"))
    return index_tables(plan, figures, Asked("firms-2025"))


Compute = Callable[[pd.DataFrame], dict[str, pd.DataFrame]]


@pytest.fixture
def computed(plan: IndexPlan, four: dict[str, pd.DataFrame], tmp_path: Path) -> Compute:
    """Makes the tables of other firms; of what a release prints of them, the groups and their number."""

    def made(rows: pd.DataFrame) -> dict[str, pd.DataFrame]:
        figures = read(plan, rows, tmp_path)
        now = scored_years(plan, figures, figures.values.drop(columns="rater"))[2025, "1"]
        keys = {"wave": "firms-2025", "tree": "firms"}
        return four | {
            "out_composites": four["out_composites"].assign(units=len(rows)),
            GROUPS: stamp(GROUPS, group_rows(now, plan), **keys),
            UNITS: stamp(UNITS, counted_rows(plan, figures, now), **keys),
        }

    return made


def after(out: dict[str, pd.DataFrame], now: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The tables of `now`, where those of `out` are public."""
    return {**now, UNITS: pd.concat([now[UNITS], out[UNITS].assign(revision=0)], ignore_index=True)}


def published(tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    return publishable_indices(tables, "firms-2025")


def shown(left: dict[str, pd.DataFrame], node: str = "I") -> set[str]:
    """The groups whose score of a node is in what is published."""
    rows = left[GROUPS]
    rows = rows[(rows["node"] == node) & rows["score"].notna()]
    return {f"{one.dimension}={one.group}" for one in rows.itertuples()}


def told(left: dict[str, pd.DataFrame], rows: pd.DataFrame, node: str) -> list[set[str]]:
    """The attack: every set of one to four firms whose sum follows from the published groups by linear algebra, tried
    over all sets of firms of one sector and region (others cannot be told apart), alone and two together."""
    groups = sorted(shown(left, node))
    known = rows[rows[node].notna()] if node in rows else rows
    of = {
        f"{kind}={name}": set(part["firm"])
        for kind in ("sector", "region")
        for name, part in known.groupby(kind)
    }
    of["all=all"] = set(known["firm"])
    order = {firm: k for k, firm in enumerate(sorted(of["all=all"]))}
    A = np.array([[float(firm in of[name]) for firm in order] for name in groups])
    together = known.fillna({"sector": "", "region": ""}).groupby(["sector", "region"])["firm"]
    atoms = [set(one) for _, one in together]
    pairs = [one | other for one, other in itertools.combinations(atoms, 2)]
    found = []
    for target in (one for one in (*atoms, *pairs) if len(one) < LEAST_UNITS):
        wanted = np.array([float(firm in target) for firm in order])
        if len(A) and np.linalg.norm(A.T @ np.linalg.lstsq(A.T, wanted, rcond=None)[0] - wanted) < 1e-9:
            found.append(target)
    return found


NATIONS = {
    "a small sector": [("A", "N", 10), ("A", "S", 10), ("B", "N", 8), ("B", "S", 7), ("C", "N", 3)],
    "a region within a sector but for two": [("A", "N", 9), ("A", "S", 2), ("B", "S", 12), ("B", "W", 11)],
    "one firm without a region": [("A", "N", 9), ("A", "", 1), ("B", "S", 12), ("B", "N", 8)],
    "firms without a region in two sectors": [("A", "N", 9), ("A", "", 2), ("B", "", 1), ("B", "S", 12)],
    "two dimensions that share three firms": [("A", "N", 3), ("A", "S", 20), ("B", "N", 20)],
    "a chain": [("A", "N", 12), ("B", "N", 1), ("B", "S", 12), ("C", "S", 12)],
    "nothing to hide": [("A", "N", 9), ("A", "S", 9), ("B", "N", 9), ("B", "S", 9)],
}


def test_no_sum_of_groups_is_of_fewer_than_five_and_hidden_ones_are_bounded_to_nothing_near(
    computed: Compute,
) -> None:
    """The table of the attack: every group that is too small, and the least that is left between its bounds."""
    widths = {}
    small = {f"a sector of {n}": [("A", "N", 10), ("B", "N", 8), ("C", "N", n)] for n in range(1, 5)}
    for name, cells in (small | NATIONS).items():
        rows = firms(cells)
        tables = computed(rows)
        left = published(tables)
        assert (name, told(left, rows, "I"), told(left, rows, "a")) == (name, [], [])
        groups = shown(left)
        assert "all=all" in groups, name
        if name in NATIONS:
            assert (len(groups) == 5) == (name == "nothing to hide"), name
        found = group_bounds(tables, left)
        widths |= {f"{name}: {one}": one.high - one.low for one in found}
        scores = tables[GROUPS].set_index(["dimension", "group", "node"])["score"]
        assert all(one.low - 0.1 <= scores[one.cell] <= one.high + 0.1 for one in found), name
    print(f"\n{len(widths)} hidden groups, the nearest bound {min(widths.values()):.1f} points wide")
    assert len(widths) > 5
    assert min(widths.values()) >= 2 * NEAR


def test_what_the_attack_finds_without_the_rule(computed: Compute, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ncsi.disclosure.unit_groups._few", lambda _: [])
    rows = firms(NATIONS["one firm without a region"])
    assert told(published(computed(rows)), rows, "I") == [{"F009"}]


def test_a_part_of_few_firms_hides_the_parts_that_would_give_it_away(computed: Compute) -> None:
    rows = firms([("A", "N", 10), ("B", "N", 10), ("C", "N", 10)])
    rows.loc[rows["sector"] == "A", "a"] = [10, 20, 30, *[None] * 7]
    left = published(computed(rows))
    assert told(left, rows, "a") == []
    everything = {"all=all", "region=N", "sector=A", "sector=B", "sector=C"}
    assert shown(left) == everything
    hidden = {"sector=A", "sector=B"}
    assert all(shown(left, node) == everything - hidden for node in ("P", "a", "b", "c"))


def test_groups_at_an_end_of_the_scale_are_refused(computed: Compute) -> None:
    """Hidden groups that together are at the end of the scale are each there."""
    rows = firms([("A", "N", 10), ("B", "N", 8), ("C", "N", 3)])
    rows.loc[rows["sector"].isin(["B", "C"]), ["a", "b", "c"]] = 100
    with pytest.raises(PublicationError, match=r"bound the figure of a hidden group .* sector C") as refused:
        published(computed(rows))
    assert "100" not in str(refused.value)


def changed(rows: pd.DataFrame, who: Sequence[int], column: str = "a") -> pd.DataFrame:
    other = rows.copy()
    other.loc[list(who), column] = 50
    return other


def test_a_second_release_that_differs_by_few_firms_is_refused(computed: Compute) -> None:
    """The differencing run: every way in which one to four firms could follow from two releases."""
    rows = firms([("A", "N", 10), ("A", "S", 10), ("B", "N", 10), ("B", "S", 10)])
    out = computed(rows)
    in_two_sectors = [0, 1, 2, 20, 21]
    refused = {
        "one figure of one firm": changed(rows, [3]),
        "one firm more": pd.concat([rows, rows.head(1).assign(firm="F999")], ignore_index=True),
        "four firms fewer": rows.iloc[4:],
        "a weight": rows.assign(weight=[2.0, *[1.0] * 39]),
        "five firms, three in one sector": changed(rows, in_two_sectors),
        "five firms, one of them by another part": changed(changed(rows, range(1, 6)), [0], "b"),
        "a firm in another region": rows.assign(region=["S", *rows["region"][1:]]),
        "a figure that was missing": changed(rows, [0]).assign(b=[None, *rows["b"][1:]]),
    }
    for name, now in refused.items():
        with pytest.raises(PublicationError, match="fewer than 5 units differ") as said:
            published(after(out, computed(now)))
        assert "F0" not in str(said.value), name
    for now in (rows, rows.iloc[::-1], changed(rows, range(5)), rows.assign(a=rows["a"] + 1)):
        published(after(out, computed(now)))


def test_what_is_hidden_before_and_now_may_change(computed: Compute) -> None:
    rows = firms([("A", "N", 20), ("B", "N", 20), ("C", "N", 3)])
    out = computed(rows)
    publishable_indices(after(out, computed(changed(rows, [0, 1, 2, 3, 4, 40]))), "firms-2025")
    with pytest.raises(PublicationError, match=r"all, a"):
        publishable_indices(after(out, computed(changed(rows, [40]))), "firms-2025")


def test_groups_whose_firms_are_not_told_are_not_published(computed: Compute) -> None:
    tables = computed(firms([("A", "N", 10)]))
    for lacking in (
        {**tables, UNITS: tables[UNITS].head(0)},
        {k: v for k, v in tables.items() if k != UNITS},
    ):
        with pytest.raises(PublicationError, match="Compute the index again"):
            publishable_indices(lacking, "firms-2025")


def test_of_four_firms_nothing_is_told(four: dict[str, pd.DataFrame]) -> None:
    left = publishable_indices(four, "firms-2025")
    assert left[GROUPS]["score"].isna().all()
    for name in ("out_composite_diagnostics", "out_composite_sensitivity", "out_composite_agreement"):
        assert left[name].empty, name


def test_scores_without_ends_are_refused_of_firms_without_names(
    tmp_path: Path, put_firms: Callable[..., None]
) -> None:
    """Of z scores, the lowest and the highest firm would be the ends of the scale."""
    put_firms(tmp_path, method="{normalise: z}")
    with pytest.raises(SpecError, match="lowest and the highest"):
        load_index("firms", tmp_path)
