"""A draft: what an estimation gives but for its errors, without a trace in store, register or releases."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import yaml

from ncsi.cli import main
from ncsi.cli.drafting import drafted
from ncsi.disclosure import publishable_draft
from ncsi.engine import InOrder
from ncsi.errors import NcsiError, NothingStored, PublicationError, SpecError
from ncsi.ledger import Ledger
from ncsi.results.draft import draft_of_sector
from ncsi.spec import open_workspace
from ncsi.spec.plan import load_plan
from ncsi.stages.collect import SourceFile, collect_file
from ncsi.stages.estimate import EstimationFailed
from ncsi.stages.panel_members import responses_of
from ncsi.stages.sector_inputs import plan_of_sector
from ncsi.stages.source_files import sources_of
from ncsi.store import Store
from ncsi.tables import TABLES
from ncsi.tables.draft import DRAFT_TABLES

WAVE, FIELD = "2026Q1", "2025Q1"
BRANDS = [f"B{k:02}" for k in range(1, 6)]
FEW = 40
"""Answers of one brand that came in so far."""


def traces(root):
    """Every file of a workspace by its bytes; locks hold nothing."""
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file() and "lock" not in path.name
    }


@pytest.fixture(scope="module")
def in_the_field(uncollected, tmp_path_factory):
    """A wave of three sectors with nothing out: one sent no file yet, one ninety rows, one few of a brand."""
    root = uncollected(tmp_path_factory.mktemp("field"))
    few = dict.fromkeys(BRANDS, 18)
    for wave, sector, kept in (
        (FIELD, "dairy", {"B03": FEW}),
        (FIELD, "bottled_water", few),
        (WAVE, "bottled_water", few),
    ):
        path = root / "exports" / wave / f"{sector}.csv"
        rows = pd.read_csv(path, dtype=str, keep_default_na=False)
        of_brand = rows.groupby("brand").cumcount()
        rows[of_brand < rows["brand"].map(kept).fillna(np.inf)].to_csv(path, index=False)
    workspace = open_workspace(root)
    Store.open(workspace.warehouse, create=True)
    for wave, sectors in ((FIELD, ("dairy", "bottled_water")), (WAVE, ("bottled_water",))):
        for source in sources_of(workspace, wave):
            if source.path.stem in sectors:
                collect_file(load_plan(workspace, wave), source)
    return load_plan(workspace, FIELD)


@pytest.fixture(scope="module")
def made(in_the_field):
    return InOrder().draft(in_the_field)


def test_its_figures_are_those_of_the_estimation_and_it_leaves_all_as_it_was(nation):
    plan, root = load_plan(nation.workspace, WAVE), nation.workspace.root
    before, told = traces(root), []
    made = InOrder(lambda *said: told.append(said)).draft(plan)
    assert traces(root) == before
    assert told[-1] == ("draft", 3, 3)
    assert list(made.tables) == list(DRAFT_TABLES)
    assert not set(DRAFT_TABLES) & set(TABLES)
    assert not made.left_out
    store, ratios = Store.open(nation.workspace.warehouse), []
    for name, figure in (("index_by_sector", "index_0_100"), ("index_by_brand", "index_0_100"),
                         ("paths_by_sector", "estimate"), ("effects_by_sector", "estimate")):  # fmt: skip
        keys = list(DRAFT_TABLES[f"out_draft_{name}"].key)
        stored = store.table(f"out_{name}", WAVE)
        both = made.tables[f"out_draft_{name}"].merge(stored, on=keys, suffixes=("", "_stored"))
        assert len(both) == len(made.tables[f"out_draft_{name}"])
        shown = both[both[figure].notna()]
        assert len(shown)
        np.testing.assert_allclose(shown[figure], shown[f"{figure}_stored"], atol=0.0051)
        ratios.append(float((shown["se"] / shown["se_stored"]).mean()))
        if "df" in stored:
            np.testing.assert_allclose(shown["df"], shown["df_stored"], atol=0.051)
    np.testing.assert_allclose(ratios, 1.0, atol=0.05)


def test_no_interval_reaches_beyond_what_can_be(in_the_field):
    """All but one respondent of a brand gave the highest answers: t has two degrees of freedom there."""
    plan, store = in_the_field, Store.open(in_the_field.workspace.warehouse)
    with store.session():
        responses = responses_of(store, plan, "dairy")
    items = [one for one in plan.instruments["dairy"].item_ids if one != "COMP"]
    own = np.flatnonzero(responses["brand"] == "B01")
    responses.loc[responses.index[own], items] = 10
    responses.loc[responses.index[own[:1]], items] = 1
    found = draft_of_sector(plan_of_sector(plan, "dairy"), "dairy", responses).tables
    index = found["out_draft_index_by_brand"].set_index(["brand", "construct"]).loc[("B01", plan.target)]
    assert index["low"] < index["index_0_100"] < index["high"] == 100
    loadings = found["out_draft_weights_by_item"]
    assert loadings["loading_high"].le(1).all()


def test_who_is_left_out_is_told_as_an_estimation_tells_it(in_the_field, made):
    assert {one.sector: one.reason for one in made.left_out} == {
        "bottled_water": "too_small",
        "banks": "no_responses",
    }
    lines, facts = drafted(made, in_the_field.target)
    said = "\n".join(lines)
    assert "banks: no accepted responses; ingest its file, or take it out of the wave" in said
    assert "effective respondents, and fewer than 100 may not be published" in said
    assert "Nothing is stored, and these are no results." in lines[0]
    assert "Ranks have no such errors and are left out." in said
    assert "Synthetic data." in said
    assert json.loads(json.dumps(facts, allow_nan=False))["draft"] is True
    (sector,) = facts["sectors"]
    assert sector["low"] < sector["index_0_100"] < sector["high"]
    own = made.tables["out_draft_index_by_sector"].set_index(["sector", "construct"])
    own = own.loc[(sector["sector"], in_the_field.target)]
    for name in ("index_0_100", "se", "low", "high", "df", "n_eff"):
        assert sector[name] == own[name]
    assert 0 < sector["se"] < 2
    assert not [name for table in facts["tables"].values() for name in table[0] if "rank" in name]


def test_a_brand_of_few_is_hidden_and_another_beside_it(in_the_field, made):
    brands = made.tables["out_draft_index_by_brand"]
    own = brands[brands["construct"] == in_the_field.target].set_index("brand")
    assert own.loc["B03", "status"] == "suppressed"
    hidden = own[own["index_0_100"].isna()]
    assert len(hidden) == 2
    assert hidden[["se", "low", "high", "df"]].isna().all(axis=None)
    (sector,) = (one for one in made.sectors if one.tables)
    whole = sector.tables["out_draft_index_by_brand"].set_index(["brand", "construct"])
    secret = whole.loc[("B03", in_the_field.target), "index_0_100"]
    lines, facts = drafted(made, in_the_field.target)
    assert any("2 brands of few respondents, or hidden beside one" in one for one in lines)
    for text in ("\n".join(lines), json.dumps(facts)):
        assert f"{secret:.2f}" not in text
    assert not [one for one in lines if one.lstrip().startswith("B03")]


def test_files_say_of_themselves_what_they_are_and_only_the_ledger_knows(in_the_field, made):
    plan, root = in_the_field, in_the_field.workspace.root
    before = traces(root)
    stale = root / "private" / ".draft" / FIELD / "old.csv"
    stale.parent.mkdir(parents=True)
    stale.write_text("of an earlier draft")
    found = InOrder().draft(plan, files=True)
    folder = root / "private" / ".draft" / FIELD
    assert found.folder == folder
    names = {f"DRAFT_{name.removeprefix('out_draft_')}.csv" for name in DRAFT_TABLES}
    assert {path.name for path in folder.iterdir()} == {*names, "README.txt"}
    for private in (folder, folder.parent, root / "private"):
        assert private.stat().st_mode & 0o077 == 0
    for name in names:
        frame = pd.read_csv(folder / name)
        assert set(frame.pop("mark")) == {"草稿 DRAFT · 演示用合成数据 Synthetic demonstration data"}
        stored = found.tables[f"out_draft_{name[6:-4]}"]
        pd.testing.assert_frame_equal(frame, stored, check_dtype=False)
    readme = (folder / "README.txt").read_text(encoding="utf-8")
    assert "标准误由无穷小刀切法得出" in readme
    assert "figures are no results" in readme
    assert "Synthetic demonstration data" in readme
    assert "DRAFT_weights_by_item.csv  外部权重与载荷 Outer weights and loadings" in readme
    assert "published that the sample is large enough (not that it is out)" in readme
    changed = {path for path, digest in traces(root).items() if before.get(path) != digest}
    assert {path.partition("/")[0] for path in changed} <= {"private", "runs", "anchors"}
    event = Ledger.of(plan.workspace).events()[-1]
    assert (event["job"], event["event"], event["sectors"]) == ("draft", "COMPLETE", 1)
    assert event["left_out"] == ["bottled_water", "banks"]
    with pytest.raises(NcsiError, match="it is fielding, so `publish` is not possible"):
        InOrder().publish(replace(plan, allow_incomplete=True))


def of_one(plan, sector):
    wave = plan.wave.model_copy(update={"sectors": (plan.wave.sector(sector),)})
    return replace(plan, wave=wave, instruments={sector: plan.instruments[sector]})


def test_where_no_sector_may_leave_the_house_it_is_shown_and_no_file_written(in_the_field):
    plan = of_one(in_the_field, "bottled_water")
    found = InOrder().draft(plan)
    assert not found.left_out
    assert found.sectors[0].outcome.n < 100
    assert all(frame.empty for frame in found.tables.values())
    assert "bottled_water" in drafted(found, plan.target)[0][1]
    with pytest.raises(PublicationError, match="no sector has figures that may leave the house yet"):
        InOrder().draft(plan, files=True)


def test_disclosure_takes_no_other_tables_and_no_sector_of_few(in_the_field, made):
    level, target = in_the_field.wave.level, in_the_field.target
    with pytest.raises(PublicationError, match="out_index_by_sector is no table of a draft"):
        publishable_draft({**made.tables, "out_index_by_sector": pd.DataFrame()}, FIELD, target, level)
    lacking = {name: frame.drop(columns="sector") for name, frame in made.tables.items()}
    with pytest.raises(PublicationError, match="lacks 'sector'"):
        publishable_draft(lacking, FIELD, target, level)
    name = "out_draft_index_by_sector"
    few = made.tables | {name: made.tables[name].assign(status="suppressed")}
    with pytest.raises(PublicationError, match="sector dairy: too few effective respondents"):
        publishable_draft(few, FIELD, target, level)


def test_a_sector_that_is_out_and_in_which_few_changed_keeps_its_figures(nation, tmp_path):
    """What 3 people changed would be their answers."""
    left = shutil.ignore_patterns("releases", "runs", "truth")
    root = shutil.copytree(nation.workspace.root, tmp_path / "w", ignore=left)
    workspace = open_workspace(root)
    file = next(one for one in sources_of(workspace, WAVE) if "bottled_water" in one.path.name)
    lines = file.path.read_text(encoding="utf-8").splitlines(keepends=True)
    file.path.write_text("".join(lines[:-3]), encoding="utf-8")
    plan = load_plan(workspace, WAVE)
    collect_file(plan, file)
    store = Store.open(workspace.warehouse)
    index = store.table("out_index_by_sector", WAVE, "bottled_water").set_index("construct")
    made = InOrder().draft(of_one(plan, "bottled_water"))
    (held,) = made.sectors
    assert held.outcome.held
    assert held.outcome.index_0_100 == index.loc[plan.target, "index_0_100"]
    assert held.tables == {}
    assert made.tables["out_draft_index_by_sector"].empty
    assert any(
        "kept as published: too few respondents changed" in one for one in drafted(made, plan.target)[0]
    )


@pytest.fixture
def answers(workspace, shared_golden):
    """A wave of one sector with 720 answers, and how to declare its weighting."""

    def declared(frame=shared_golden, **weighting):
        path = workspace.root / "waves" / "2026.yaml"
        spec = yaml.safe_load(path.read_text(encoding="utf-8")) | (
            {"weighting": weighting} if weighting else {}
        )
        path.write_text(yaml.safe_dump(spec), encoding="utf-8")
        frame.to_csv(workspace.root / "data" / "answers.csv", index=False)
        plan = load_plan(open_workspace(workspace.root), "2026")
        collect_file(plan, SourceFile(workspace.root / "data" / "answers.csv", None, "only"))
        return plan

    return declared


@pytest.fixture
def shared_golden(request):
    golden = pd.read_csv(request.config.rootpath / "tests" / "golden" / "golden.csv")
    items = [name for name in golden.columns if name[:3].isupper() and name[3:].isdigit()]
    return golden[items].assign(
        respondent=[f"R{k}" for k in range(len(golden))], brand=np.where(golden["brand"] < "B4", "b1", "b2")
    )


def test_declared_replicate_weights_are_not_made_and_it_says_so(answers, monkeypatch):
    plan = answers(replicates={"method": "rao_wu", "number": 100})
    monkeypatch.setattr("ncsi.weighting.steps.rao_wu", None)
    made = InOrder().draft(plan)
    assert made.replicate_weights
    assert any(
        "A draft makes none" in one or "a draft makes none" in one for one in drafted(made, plan.target)[0]
    )
    index = made.tables["out_draft_index_by_sector"]
    assert (index["se"] > 0).all()
    assert (index["df"] <= 718).all()


def test_weights_that_fail_an_item_that_is_one_answer_and_no_store_are_told(
    answers, shared_golden, in_the_field, tmp_path
):
    plan = answers(shared_golden.assign(SAT2=7))
    with pytest.raises(EstimationFailed, match="SAT2"):
        InOrder().draft(plan)
    assert not [one for one in Ledger.of(plan.workspace).events() if one["job"] == "draft"]
    of_few = of_one(load_plan(in_the_field.workspace, WAVE), "bottled_water")
    with pytest.raises(EstimationFailed, match=r"margin region × city_tier, category .*no respondent"):
        InOrder().draft(of_few)
    moved = replace(plan, workspace=replace(plan.workspace, root=tmp_path / "nowhere"))
    with pytest.raises(NothingStored, match="there is no warehouse here"):
        InOrder().draft(moved)


def test_a_questionnaire_that_is_not_the_one_asked_stops_it(answers):
    plan = answers()
    shutil.rmtree(plan.workspace.instruments_folder / "pinned", ignore_errors=True)
    other = plan.instruments["only"].model_copy(update={"version": "9"})
    with pytest.raises(SpecError, match="whose copy in instruments/pinned/ is gone"):
        InOrder().draft(replace(plan, instruments={"only": other}))


def run(capsys, *arguments):
    with pytest.raises(SystemExit) as stopped:
        main([str(one) for one in arguments])
    return stopped.value.code, *capsys.readouterr()


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (("--files",), "add --draft"),
        (("--draft", "--force"), "leave --force out"),
        (("--draft", "--engine", "dask"), "leave --engine out"),
    ],
)
def test_what_does_not_go_with_a_draft_is_refused_before_anything_is_done(capsys, in_the_field, asked, told):
    root = in_the_field.workspace.root
    code, out, err = run(capsys, "estimate", "--wave", WAVE, "--workspace", root, *asked)
    assert (code, out) == (2, "")
    assert told in err


def test_the_command_says_one_thing_and_its_exit_status(capsys, answers):
    """Of one sector it works in its own process."""
    plan = answers()
    main(["estimate", "--draft", "--wave", "2026", "--workspace", str(plan.workspace.root), "--json"])
    facts = json.loads(capsys.readouterr().out)
    assert [one["sector"] for one in facts["sectors"]] == ["only"]
    assert facts["folder"] is None
    (plan.workspace.root / "waves" / "2027.yaml").write_text(
        (plan.workspace.root / "waves" / "2026.yaml").read_text(encoding="utf-8").replace("'2026'", "'2027'"),
        encoding="utf-8",
    )
    code, out, err = run(capsys, "estimate", "--draft", "--wave", "2027", "--workspace", plan.workspace.root)
    assert (code, out) == (1, "")
    assert "only: no accepted responses" in err
