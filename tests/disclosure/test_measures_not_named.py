"""A measure that does not name its units: no figure, no sum of figures, no second release tells of fewer than five."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from ncsi.disclosure import publishable_measures
from ncsi.disclosure.measure_bounds import FigureBound, measure_bounds
from ncsi.disclosure.rules import context_of_measures
from ncsi.errors import PublicationError
from ncsi.spec import Workspace
from ncsi.spec.load import schemas_root
from ncsi.spec.measures import load_measure
from ncsi.spec.settings import Settings
from ncsi.stages.measuring import MeasureRequest, computed
from ncsi.tables import CORE_PUBLISHED_BY_MEASURED_UNIT

UNITS = CORE_PUBLISHED_BY_MEASURED_UNIT.name
CHAINS, ITEMS, COUNTS = "out_visits_by_chain", "out_visits_item_by_chain", "out_grade_counts"
ASKED = ("sign", "clean", "greeting", "uniform", "receipt")
KINDS = {
    "visits": "pharmacy_visits",
    "grades": "satisfaction_list",
    "complaints": "express_complaints",
    "test": "kettle_test",
}
Tables = dict[str, pd.DataFrame]
Publish = Callable[..., Tables]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace whose measures do not name their units."""
    root = tmp_path_factory.mktemp("measured")
    (root / "measures").mkdir()
    (root / ".ncsi-key").write_text("a key of the tests, 32 digits long\n", encoding="utf-8")
    (root / ".ncsi-key").chmod(0o600)
    for measure in KINDS.values():
        text = (schemas_root() / "measures" / f"{measure}.yaml").read_text(encoding="utf-8")
        rules = yaml.safe_load(text) | {"named_units": False}
        if measure == "pharmacy_visits":
            rules["items"] = [one for one in rules["items"] if one["id"] in ASKED]
        (root / "measures" / f"{measure}.yaml").write_text(
            yaml.safe_dump(rules, allow_unicode=True), encoding="utf-8"
        )
    return Workspace(root, Settings(spec="ncsi/workspace/1"))


@pytest.fixture(scope="module")
def tables_of(workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Publish:
    """Makes the tables of a measure as they are stored, from its records; those of the same records once."""
    folder, known = tmp_path_factory.mktemp("records"), dict[tuple[str, str, str], Tables]()

    def made(kind: str, rows: pd.DataFrame, period: str = "2026") -> Tables:
        key = kind, period, rows.to_csv(index=False)
        if key not in known:
            path = folder / f"{kind}.csv"
            path.write_text(key[2], encoding="utf-8")
            plan = load_measure(KINDS[kind], workspace.root)
            known[key] = computed(MeasureRequest(workspace, plan, path, period=period), None)[2]
        return {name: frame.copy() for name, frame in known[key].items()}

    return made


def out(tables: Tables, revision: int = 0, wave: str = "") -> pd.DataFrame:
    """What is out of these tables, as the store has it."""
    own = tables[UNITS].assign(revision=revision)
    return own.assign(wave=wave) if wave else own


def published(tables: Tables, *before: pd.DataFrame) -> Tables:
    own = tables[UNITS]
    return publishable_measures({**tables, UNITS: pd.concat([own, *before], ignore_index=True)}, "release")


def visits(*chains: tuple[str, Sequence[str]], times: int = 1) -> pd.DataFrame:
    """Chains with what was answered in each store, Y, N or - an item."""
    words = {"Y": "是", "N": "否", "-": "NA"}
    return pd.DataFrame(
        [
            (name, f"{name}{k}", turn, f"{turn}", item, words[one])
            for name, stores in chains
            for k, answers in enumerate(stores)
            for turn in range(times)
            for item, one in zip(ASKED, answers, strict=True)
        ],
        columns=["连锁企业", "门店", "访问编号", "调查员", "项目", "结果"],
    )


def shown(tables: Tables) -> set[tuple[str, str]]:
    """Chain and item of every rate that is published."""
    rows = tables[ITEMS].dropna(subset="rate")
    return set(zip(rows["chain"], rows["item"], strict=True))


def test_an_item_of_few_stores_hides_all_items_of_its_chain_and_no_total_tells_them(
    tables_of: Publish,
) -> None:
    """By score and the other items, one that applied in two of six stores would follow."""
    rows = visits(("大", ["YYYYN"] * 6), ("中", ["YYYYN", "YNYYY", *["YYYY-"] * 4]), ("小", ["YYYYY"] * 4))
    made = published(tables_of("visits", rows))
    assert shown(made) == {(chain, item) for chain in ("大", "") for item in ASKED}
    chains = made[CHAINS].set_index("chain")
    assert chains["score"].notna().to_dict() == {"大": True, "中": True, "小": False, "": True}
    items = made[ITEMS].set_index(["chain", "item"])
    assert items.loc[("", "receipt"), "asked"] == items.loc[("大", "receipt"), "asked"] == 6


def test_a_store_that_most_visits_are_of_hides_what_it_dominates(tables_of: Publish) -> None:
    even, busy = visits(("甲", ["YYYYN"] * 6)), visits(("乙", ["NYYYN"] * 6))
    again = [busy[busy["门店"] == "乙0"].assign(访问编号=f"n{k}", 调查员="x") for k in range(7)]
    made = published(tables_of("visits", pd.concat([even, busy, *again])))
    chains = made[CHAINS].set_index("chain")
    assert chains["score"].notna().all()
    assert chains["ratio"].notna().to_dict() == {"甲": True, "乙": False, "": False}
    assert {chain for chain, _ in shown(made)} == {"甲", ""}


def test_of_stores_that_are_named_nothing_is_hidden_or_kept(workspace: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "visits.csv"
    visits(("中", ["YYYYN", "YNYYY", *["YYYY-"] * 4])).to_csv(path, index=False)
    plan = load_measure("pharmacy_visits", workspace.root)
    named = replace(plan, definition=plan.definition.model_copy(update={"named_units": True}))
    tables = computed(MeasureRequest(workspace, named, path, period="2026"), None)[2]
    assert tables[UNITS].empty
    assert len(shown(published(tables))) == 9


def test_counts_of_a_few_units_are_blank_and_no_total_tells_them(
    tables_of: Publish, workspace: Workspace
) -> None:
    rows = example(workspace, "grades")
    made = tables_of("grades", rows)
    full, left = made[COUNTS].set_index("grade"), published(made)[COUNTS].set_index("grade")
    few = full["entries"].between(1, 4)
    assert few.any()
    assert left.loc[few, ["entries", "held", "borderline"]].isna().all(axis=None)
    for name in ("entries", "by_point"):
        hidden = left[name].isna()
        assert full.loc[~hidden, name].between(1, 4).sum() == 0
        assert hidden.sum() != 1
        assert full.loc[hidden, name].sum() >= 5
        assert (left.loc[~hidden, name] == full.loc[~hidden, name]).all()


LISTS = {
    "one of each but one": [95.0] * 12 + [87.4] + [70.0],
    "four below": [95.0] * 12 + [70.0] * 4,
    "two small": [95.0] * 9 + [87.4] * 2 + [70.0] * 2,
    "nothing to hide": [95.0] * 9 + [87.4] * 9 + [70.0] * 9,
}


def bounds(tables: Tables) -> tuple[FigureBound, ...]:
    context = context_of_measures(tables["out_quality_measures"], tables[UNITS])
    left = published(tables)
    return measure_bounds({name: tables[name] for name in left}, left, context)


def test_hidden_counts_are_bounded_to_nothing_near(tables_of: Publish) -> None:
    """The table of the attack: every count of a few entries, and the least that is left between its bounds."""
    widths = {}
    for name, values in LISTS.items():
        tables = tables_of("grades", entries(values))
        found = bounds(tables)
        assert (found == ()) == (name == "nothing to hide")
        assert not any(one.given_away for one in found)
        assert all(one.low - 1e-6 <= one.value <= one.high + 1e-6 for one in found)
        widths |= {f"{name}: {one}": (one.high - one.low) / one.value for one in found}
    print(
        f"\n{len(widths)} hidden counts, the nearest bounds {min(widths.values()):.1f} times the count wide"
    )
    assert min(widths.values()) > 0.4


def entries(values: Sequence[float]) -> pd.DataFrame:
    """Entries of the list with a satisfaction each, all of them measured alike."""
    n = len(values)
    return pd.DataFrame({
        "企业": [f"企业{k:02d}" for k in range(n)], "用户满意度": values, "用户满意度标准误": [0.5] * n,
        "检验件数": [900] * n, "不合格件数": [1] * n,
    })  # fmt: skip


def test_what_the_gate_finds_without_the_rule(tables_of: Publish, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only counts of a few hidden: the last one is the total less the others."""
    tables = tables_of("grades", entries(LISTS["four below"]))
    monkeypatch.setattr("ncsi.disclosure.unit_rules.with_complement", lambda small, *_: small)
    with pytest.raises(
        PublicationError, match=r"too closely .*out_grade_counts satisfaction_list below"
    ) as refused:
        published(tables)
    assert "4" not in str(refused.value).split("closely")[1].split(")")[0]


def test_a_total_that_counts_a_chain_of_few_stores_is_refused(tables_of: Publish) -> None:
    """The least that could go wrong in computing it: the row of all chains has the small one too."""
    tables = tables_of("visits", visits(("大", ["YYYYN", "NYYYY"] * 6), ("小", ["YNNYY", "YYNYY", "NNYYY"])))
    chains = tables[CHAINS].set_index("chain")
    chains.loc["", "stores"] = 15
    chains.loc["", "score"] = (12 * chains.loc["大", "score"] + 3 * chains.loc["小", "score"]) / 15
    assert bounds(tables) == ()
    with pytest.raises(PublicationError, match="out_visits_by_chain pharmacy_visits 小"):
        published({**tables, CHAINS: chains.reset_index()[tables[CHAINS].columns]})


def example(workspace: Workspace, kind: str) -> pd.DataFrame:
    from ncsi.stages.measures import kind_of

    plan = load_measure(KINDS[kind], workspace.root)
    return kind_of(plan).example(plan, 1)


@pytest.mark.parametrize("kind", KINDS)
def test_of_four_units_nothing_is_published(tables_of: Publish, workspace: Workspace, kind: str) -> None:
    rows = example(workspace, kind)
    column = {"visits": "门店", "grades": rows.columns[0], "complaints": "企业名称", "test": "产品"}[kind]
    units = [one for one in dict.fromkeys(rows[column]) if one not in ("全国", "比对样品")][:4]
    period = "2026-10" if kind == "complaints" else "2026"
    made = tables_of(kind, rows[rows[column].isin(units)], period)
    with pytest.raises(PublicationError, match="does not name its units and has 4 of them"):
        published(made)


@pytest.mark.parametrize("kind", KINDS)
def test_what_does_not_tell_whom_it_counts_is_not_published(
    tables_of: Publish, workspace: Workspace, kind: str
) -> None:
    made = tables_of(kind, example(workspace, kind), "2026-10" if kind == "complaints" else "2026")
    for lacking in ({**made, UNITS: made[UNITS].head(0)}, {k: v for k, v in made.items() if k != UNITS}):
        with pytest.raises(PublicationError, match="Compute the measure again"):
            publishable_measures(lacking, "release")


def complaints(firms: int, months: int = 14, seed: int = 1) -> pd.DataFrame:
    drawn = np.random.default_rng(seed).integers(20, 60, (firms, months))
    return pd.DataFrame(
        [
            (f"{2025 + k // 12}-{k % 12 + 1:02d}", f"快递{f}", int(drawn[f, k]), 1_000_000, 30, 20)
            for f in range(firms)
            for k in range(months)
        ],
        columns=["月份", "企业", "申诉量", "业务量", "valid", "satisfied"],
    ).drop(columns=["valid", "satisfied"])


def test_a_firm_that_most_complaints_are_of_stops_the_sum_of_all(tables_of: Publish) -> None:
    rows = complaints(6)
    left = published(tables_of("complaints", rows, "2026-02"))
    assert set(left["out_complaints_by_month"]["unit"]) == {"all"}
    large = rows.assign(
        申诉量=rows["申诉量"].mask((rows["企业"] == "快递3") & (rows["月份"] == "2025-07"), 400)
    )
    with pytest.raises(PublicationError, match="month=2025-07, figure=complaints") as refused:
        published(tables_of("complaints", large, "2026-02"))
    assert "快递3" not in str(refused.value)


def test_products_that_are_not_named_are_no_material_of_laboratories(
    tables_of: Publish, workspace: Workspace
) -> None:
    rows = example(workspace, "test")
    product = next(one for one in rows["产品"] if one != "比对样品")
    both = rows.assign(产品=rows["产品"].replace("比对样品", product))
    full = tables_of("test", both)
    assert product in set(full["out_test_precision"]["material"])
    left = published(full)
    assert not any(
        product in set(frame[name].astype(str)) for frame in left.values() for name in frame.columns
    )
    comparison = published(tables_of("test", rows))
    assert set(comparison["out_test_precision"]["material"]) == {""}


STORES = [["YYYYN", "YNYYY", "YYNYY", "NYYYY", "YYYNY", "YYYYY", "YNYNY", "NYYYN"]] * 2
DIFFER: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "one answer of one store": lambda rows: with_answers(rows, ["甲0"], "receipt", "NA"),
    "four stores fewer": lambda rows: rows[~rows["门店"].isin([f"甲{k}" for k in range(4)])],
    "one store more": lambda rows: pd.concat([rows, rows[rows["门店"] == "甲0"].assign(门店="甲9")]),
    "five stores, one of them by another item": lambda rows: with_answers(
        with_answers(rows, [f"甲{k}" for k in range(1, 6)], "sign", "NA"), ["甲0"], "clean", "NA"
    ),
    "five stores, four of them of one chain": lambda rows: with_answers(
        rows, ["甲0", "甲1", "甲2", "甲3", "乙0"], "sign", "NA"
    ),
    "a store in the other chain": lambda rows: rows.assign(
        连锁企业=rows["连锁企业"].mask(rows["门店"] == "甲0", "乙")
    ),
}


def with_answers(rows: pd.DataFrame, stores: Sequence[str], item: str, answer: str) -> pd.DataFrame:
    at = rows["门店"].isin(list(stores)) & (rows["项目"] == item)
    assert at.any()
    return rows.assign(结果=rows["结果"].mask(at, answer))


@pytest.mark.parametrize("name", DIFFER)
def test_a_second_release_that_differs_by_few_stores_is_refused(tables_of: Publish, name: str) -> None:
    """The differencing run, of visits; against a revision of the release, and against another of the same records."""
    rows = visits(("甲", STORES[0]), ("乙", STORES[1]))
    first = tables_of("visits", rows)
    now = tables_of("visits", DIFFER[name](rows))
    for before in (out(first), out(first, 1), out(first, wave="2026")):
        with pytest.raises(PublicationError, match="fewer than 5 units differ") as said:
            published(now, before)
        assert "甲0" not in str(said.value)
        assert "receipt" not in str(said.value) or name.startswith("one")


def test_what_is_the_same_or_changes_for_five_is_published(tables_of: Publish) -> None:
    rows = visits(("甲", STORES[0]), ("乙", STORES[1]), ("小", ["YYYYY"] * 3))
    first = tables_of("visits", rows)
    many = with_answers(rows, [f"甲{k}" for k in range(5)], "sign", "NA")
    for same in (rows, rows.iloc[::-1], many):
        published(tables_of("visits", same), out(first))
    other = visits(("甲", ["NNNNN"] * 8), ("乙", ["YNYNY"] * 8))
    published(tables_of("visits", other, "2026H2"), out(first))


def test_entries_that_few_were_graded_otherwise_are_refused(tables_of: Publish, workspace: Workspace) -> None:
    rows = example(workspace, "grades")
    first = tables_of("grades", rows)
    published(tables_of("grades", rows.iloc[::-1]), out(first))
    for fewer in (1, 4):
        with pytest.raises(PublicationError, match="fewer than 5 units differ"):
            published(tables_of("grades", rows.iloc[fewer:]), out(first))
    published(tables_of("grades", rows.iloc[5:]), out(first))


def test_firms_whose_month_was_corrected_are_refused_in_the_release_of_the_next_month(
    tables_of: Publish,
) -> None:
    rows = complaints(8)
    first = tables_of("complaints", rows[rows["月份"] < "2026-02"], "2026-01")
    published(tables_of("complaints", rows, "2026-02"), out(first))
    at = (rows["企业"] == "快递3") & (rows["月份"] == "2025-07")
    corrected = rows.assign(申诉量=rows["申诉量"].mask(at, 21))
    with pytest.raises(PublicationError, match="month=2025-07"):
        published(tables_of("complaints", corrected, "2026-02"), out(first))


def test_neither_units_nor_answers_are_kept_for_comparison(tables_of: Publish) -> None:
    kept = tables_of("visits", visits(("甲", STORES[0])))[UNITS]
    assert kept["unit"].str.fullmatch("[0-9a-f]{32}").all()
    assert kept["digest"].str.fullmatch("[0-9a-f]{16}").all()
    assert not kept.astype(str).apply(lambda column: column.str.contains("甲0")).any(axis=None)
