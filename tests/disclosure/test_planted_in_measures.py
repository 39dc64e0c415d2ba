"""Personal data planted in every text column of files of records and figures: refused without being shown, or in no
table that is published."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import pandas as pd
import pytest
import yaml
from click.testing import CliRunner

from ncsi.cli.main import cli
from ncsi.disclosure import publishable_indices, publishable_measures
from ncsi.ingest.figures import FigureFaults, read_figures
from ncsi.ingest.records import Records
from ncsi.results.indices import Asked, index_tables
from ncsi.spec import Workspace
from ncsi.spec.index_plan import load_index
from ncsi.spec.load import schemas_root
from ncsi.spec.measures import load_measure
from ncsi.spec.settings import Settings
from ncsi.stages.measures import KINDS, kind_of
from ncsi.stages.measuring import MeasureRequest, computed, read_measure

PLANTED = {
    "name": "欧阳慕容雪", "name in Latin letters": "Wolfeschlegel Steinhausen", "postal address": "南京东路30771号",
    "address abroad": "48213 Xueyuan Road", "passport": "E83920174", "mobile phone": "13917482956",
    "landline": "010-62784917", "foreign phone": "+44 20 7946 0958", "e-mail": "murong.xue@example.com.cn",
    "ID card": "11010519491231002X", "plate": "京A7Q3K9", "IP address": "203.119.87.214",
    "WeChat id": "wxid_q7xk29vmd3", "QQ number": "QQ 830174926", "bank card": "6222021234567890128",
    "credit code": "91110000600037341L", "date of birth": "生于1949年12月31日",
}  # fmt: skip
"""17 kinds, each as it would be typed; a colon is in no name that names files."""
LIKE_A_NAME = {
    "name", "name in Latin letters", "postal address", "address abroad", "credit code", "date of birth",
}  # fmt: skip
"""What units may be called: names cannot be told from names, stores are called by streets, firms have codes."""
UNTOLD = {"name", "name in Latin letters", "date of birth"}
"""What no pattern tells in a text."""
NAMED_ANYWAY = {"chain", "chain_en", "operator"}
"""Columns that are published by name although units are not."""
GROUPS = {"route", "class", "purpose"}
"""Columns whose values are published as they are written, of enough who wrote them: what one or two wrote is not."""
CLASHING = {
    "complaints": {"route"}, "product_test": {"unit"}, "projects": {"period"}, "purchases": {"period"},
    "passengers": {"period", "stratum"},
}  # fmt: skip
"""Columns whose words must agree with other rows or be of a form, so that a file with others is refused as a whole."""
MEASURES = {
    "complaints": "express_complaints", "grades": "satisfaction_list", "product_test": "kettle_test",
    "visits": "pharmacy_visits", "projects": "housing_projects", "purchases": "material_buyers",
    "passengers": "rail_passengers",
}  # fmt: skip
MORE = {
    "grades": {
        "withdrawn": "撤销原因", "withdrawn_en": "撤销原因英文", "source": "数据来源", "unit_en": "企业英文名",
    },
    "complaints": {"firm_en": "企业英文名", "route": "申诉渠道"},
    "product_test": {"product_en": "产品英文名", "brand": "品牌"},
    "visits": {"chain_en": "英文名"},
}  # fmt: skip
"""Columns that examples lack."""


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    root = tmp_path_factory.mktemp("planted")
    (root / "measures").mkdir()
    (root / ".ncsi-key").write_text("a key of the tests, 32 digits long\n", encoding="utf-8")
    (root / ".ncsi-key").chmod(0o600)
    for measure in MEASURES.values():
        text = (schemas_root() / "measures" / f"{measure}.yaml").read_text(encoding="utf-8")
        rules = yaml.safe_load(text)
        rules |= {"named_units": rules["kind"] == "passengers"}  # operators are always named
        path = root / "measures" / f"{measure}.yaml"
        path.write_text(yaml.safe_dump(rules, allow_unicode=True), encoding="utf-8")
    return Workspace(root, Settings(spec="ncsi/workspace/1"))


@pytest.fixture(scope="module")
def heads(workspace: Workspace) -> Callable[[str], Mapping[str, str]]:
    """What the example of a kind calls its columns."""

    @cache
    def of(kind: str) -> Mapping[str, str]:
        path = workspace.root / f"{kind}.csv"
        example_rows(kind).to_csv(path, index=False)
        return read_measure(load_measure(MEASURES[kind], workspace.root), path).heads

    return of


def planted(rows: pd.DataFrame, head: str, kinds: dict[str, str], alone: bool = False) -> pd.DataFrame:
    """The first so many values of a column replaced by what is planted, all their rows alike; where it has too few, or
    `alone`, in a row each."""
    own = rows[head] if head in rows else pd.Series("", index=rows.index)
    words = [one for one in own.unique() if one not in ("", "全国", "All firms", "比对样品")]
    if len(words) >= len(kinds) and not alone:
        return rows.assign(**{head: own.replace(dict(zip(words, kinds.values(), strict=False)))})
    some, firms = own.copy(), rows.index[~rows.isin(["全国"]).any(axis=1)]
    some[firms[: len(kinds)]] = list(kinds.values())
    return rows.assign(**{head: some})


def refused(workspace: Workspace, measure: str, path: Path, rows: pd.DataFrame) -> FigureFaults | None:
    rows.to_csv(path, index=False)
    try:
        read_measure(load_measure(measure, workspace.root), path)
    except FigureFaults as faults:
        return faults
    return None


def text_columns(kind: str) -> list[str]:
    definition = load_measure(MEASURES[kind]).definition
    known = [
        one
        for one in kind_of(load_measure(MEASURES[kind])).fields(definition)
        if one.kind in ("name", "text")
    ]
    return [one.id for one in known if one.id not in ("item", "characteristic")]


def test_every_kind_of_measure_is_attacked() -> None:
    assert set(MEASURES) == {one.kind for one in KINDS}


@pytest.mark.parametrize("kind", MEASURES)
def test_what_is_planted_in_a_column_is_refused_unseen(
    workspace: Workspace, heads: Callable[[str], Mapping[str, str]], tmp_path: Path, kind: str
) -> None:
    plan, rows = load_measure(MEASURES[kind], workspace.root), example_rows(kind).head(60)
    for column, head in planted_columns(kind, heads(kind)).items():
        left = allowed(plan, column)
        assert set(left) == _allowed(plan, column)
        faults = refused(workspace, plan.id, tmp_path / "records.csv", planted(rows, head, PLANTED))
        if left == PLANTED and column not in CLASHING.get(kind, ()):
            assert faults is None
            continue
        assert faults is not None
        assert {one.column for one in faults.faults} == {head}
        seen = str(faults) + "".join(one.value for one in faults.faults)
        assert (column, [name for name, word in PLANTED.items() if name not in left and word in seen]) == (
            column, [],
        )  # fmt: skip


@pytest.mark.parametrize("kind", MEASURES)
def test_what_may_be_written_in_columns_that_are_not_named_is_published_nowhere(
    workspace: Workspace, heads: Callable[[str], Mapping[str, str]], tmp_path: Path, kind: str
) -> None:
    """All columns at once. Where the words clash with other rows, the file is refused as a whole."""
    plan, path, whole = (
        load_measure(MEASURES[kind], workspace.root),
        tmp_path / "records.csv",
        example_rows(kind),
    )
    rows = whole
    for column, head in planted_columns(kind, heads(kind)).items():
        if column in NAMED_ANYWAY:
            continue
        words = allowed(plan, column), column in GROUPS
        if column in CLASHING.get(kind, ()):
            assert refused(workspace, plan.id, path, planted(whole, head, *words)) is not None
        else:
            rows = planted(rows, head, *words)
    rows.to_csv(path, index=False)
    period = "2026-10" if kind == "complaints" else "2026"
    tables = computed(MeasureRequest(workspace, plan, path, period=period), None)[2]
    cells = everything(tables, kind)
    assert [name for name, word in PLANTED.items() if word in cells] == []


def planted_columns(kind: str, known: Mapping[str, str]) -> dict[str, str]:
    """Column → head, of the text columns that the definition has a use for."""
    heads = {one: known.get(one) or MORE.get(kind, {}).get(one) for one in text_columns(kind)}
    return {one: head for one, head in heads.items() if head is not None}


@cache
def example_rows(kind: str) -> pd.DataFrame:
    """The example of a measure of the kind, as text, to plant in copies of."""
    plan = load_measure(MEASURES[kind])
    return enough(kind_of(plan).example(plan, 1).astype(str), kind)


def enough(rows: pd.DataFrame, kind: str) -> pd.DataFrame:
    """Rows to plant all kinds in: of a short list as often as it needs, units told apart; of passengers those of one
    operator, as many as are asked of one."""
    if kind == "passengers":
        return rows[rows["运营企业"] == rows["运营企业"].iloc[0]].reset_index(drop=True)
    if kind != "grades":
        return rows
    times = [rows.assign(**{rows.columns[0]: rows.iloc[:, 0] + f"{k}"}) for k in range(1 + 20 // len(rows))]
    return pd.concat(times, ignore_index=True)


def everything(tables: dict[str, pd.DataFrame], kind: str) -> str:
    """All cells that would be published, and what is kept of units; of complaints the sums alone stand in the way."""
    kept = tables["core_published_by_measured_unit"]
    if kind == "complaints":
        kept = kept.assign(largest=1.0, least=1)
    shown = publishable_measures({**tables, "core_published_by_measured_unit": kept}, "release")
    kept = kept.drop(columns="cell")
    return " ".join(frame.to_csv() for frame in (*shown.values(), kept))


def allowed(plan: object, column: str) -> dict[str, str]:
    """What is planted, less what the column itself refuses."""
    return {name: word for name, word in PLANTED.items() if not _is_refused(plan, column, word)}


def _is_refused(plan: object, column: str, word: str) -> bool:
    """By the field of the column alone."""
    field = next(one for one in kind_of(plan).fields(plan.definition) if one.id == column)
    try:
        field.read(word)
    except ValueError:
        return True
    return False


def _allowed(plan: object, column: str) -> set[str]:
    field = next(one for one in kind_of(plan).fields(plan.definition) if one.id == column)
    if field.kind == "name":
        return LIKE_A_NAME
    return UNTOLD if field.published else set(PLANTED)


def example(path: Path) -> None:
    """Figures of the award, as an office sends them."""
    CliRunner().invoke(cli, ["composite", "example", "quality_award", str(path)], catch_exceptions=False)


def test_names_and_groups_of_an_index_are_looked_at_and_reach_no_table(tmp_path: Path) -> None:
    plan, path = load_index("quality_award"), tmp_path / "award.csv"
    example(path)
    rows = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    firms = rows.columns[1]
    rows = rows[rows[firms].isin(rows[firms].unique()[:17])]
    planted(rows, firms, PLANTED).to_csv(path, index=False)
    with pytest.raises(FigureFaults) as faults:
        read_figures(path, plan)
    shown = str(faults.value) + "".join(one.value for one in faults.value.faults)
    assert [kind for kind, word in PLANTED.items() if kind not in LIKE_A_NAME and word in shown] == []
    left = {kind: word for kind, word in PLANTED.items() if kind in LIKE_A_NAME}
    few = rows[rows[firms].isin(rows[firms].unique()[:8])]
    planted(few, firms, left).to_csv(path, index=False)
    tables = index_tables(plan, read_figures(path, plan), Asked("quality_award-2025"))
    cells = " ".join(frame.to_csv() for frame in publishable_indices(tables, "quality_award-2025").values())
    assert [kind for kind, word in left.items() if word in cells] == []


def test_the_search_sees_what_is_there(workspace: Workspace, tmp_path: Path) -> None:
    """Chains are published by name."""
    plan, path = load_measure("pharmacy_visits", workspace.root), tmp_path / "records.csv"
    left = {kind: word for kind, word in PLANTED.items() if kind in LIKE_A_NAME}
    planted(kind_of(plan).example(plan, 1).astype(str), "连锁企业", left).to_csv(path, index=False)
    records: Records = read_measure(plan, path)
    assert set(left.values()) <= set(records.frame["chain"])
    tables = computed(MeasureRequest(workspace, plan, path, period="2026"), None)[2]
    cells = publishable_measures(tables, "release")["out_visits_by_chain"].to_csv()
    assert all(word in cells for word in left.values())
