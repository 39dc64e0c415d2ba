"""A sector that cannot be estimated, or shown, does not hold the others; a release says so; a fault of ncsi does."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime

import pandas as pd
import pytest

import ncsi
from ncsi.cli import main
from ncsi.engine import InOrder
from ncsi.errors import (
    ImpossibleFigure,
    ModelError,
    NotConverged,
    OutOfOrder,
    PublicationError,
    WeightingError,
)
from ncsi.report import LeftOut
from ncsi.report.release_warnings import incomplete_of
from ncsi.report.text import phrases
from ncsi.report.verify import verify_release
from ncsi.spec import Label, open_workspace
from ncsi.spec.plan import load_plan
from ncsi.spec.wave import WaveIndex
from ncsi.stages import estimate as estimation
from ncsi.stages import estimated_sectors
from ncsi.stages.estimate import EstimationFailed, SectorOutcome, SectorResults
from ncsi.stages.estimated_sectors import go_on_without, store_results, store_rows, without_too_small
from ncsi.stages.left_out import left_out, no_results, none_accepted, reason_of, without
from ncsi.stages.nation import estimate_nation
from ncsi.stages.publish import results
from ncsi.stages.source_files import sources_of
from ncsi.store import Store
from ncsi.store.sector_results import sector_tables
from ncsi.tables import CORE_QUALITY_BY_RESPONDENT, ESTIMATED, OUT_BASIS_BY_SECTOR

WAVE = "2025Q1"


@pytest.fixture(scope="module")
def without_banks(uncollected, tmp_path_factory):
    """A wave of three sectors, of which one never sent its file and one sent ninety rows; published without both."""
    root = uncollected(tmp_path_factory.mktemp("incomplete"))
    small = root / "exports" / WAVE / "bottled_water.csv"
    small.write_bytes(b"".join(small.read_bytes().splitlines(keepends=True)[:91]))
    workspace = open_workspace(root)
    plan = load_plan(workspace, WAVE)
    sources = [one for one in sources_of(workspace, WAVE) if one.path.stem != "banks"]
    InOrder().collect(plan, sources)
    sectors, whole = InOrder().estimate(plan)
    release = InOrder().publish(replace(plan, allow_incomplete=True))
    return plan, sectors, whole, release


def test_a_sector_whose_rows_were_all_rejected_is_not_told_to_be_ingested(without_banks, monkeypatch):
    plan, *_ = without_banks
    store = Store.open(plan.workspace.warehouse)
    assert "; ingest its file, or" in str(none_accepted(store, WAVE, "banks"))
    counted = pd.DataFrame({"rule": ["off_scale", "brand_unknown"], "rows": [1200, 3]})
    monkeypatch.setattr(Store, "counts", lambda *_: counted)
    said = str(none_accepted(store, WAVE, "banks"))
    assert "every row of its files was rejected (off_scale 1,200, brand_unknown 3); correct them" in said
    assert "ingest" not in said


@pytest.fixture
def estimated(nation, tmp_path):
    """A copy of the small nation without its releases."""
    left = shutil.ignore_patterns("releases", "exports")
    return open_workspace(shutil.copytree(nation.workspace.root, tmp_path / "workspace", ignore=left))


def test_the_others_go_on_and_the_one_is_named(without_banks):
    plan, sectors, whole, _ = without_banks
    by_id = {one.sector: one for one in sectors}
    reasons = {"banks": "no_responses", "dairy": "", "bottled_water": "too_small"}
    assert {one.sector: one.reason for one in sectors} == reasons
    assert "no accepted responses" in by_id["banks"].problem
    assert "effective respondents, and fewer than 100 may not be published" in by_id["bottled_water"].problem
    basis = ncsi.open(plan.workspace.warehouse).table(OUT_BASIS_BY_SECTOR.name, WAVE).set_index("sector")
    assert basis.loc[["banks", "bottled_water"], "basis"].tolist() == ["not_available"] * 2
    assert whole.sectors == 1
    assert ncsi.open(plan.workspace.warehouse).table("out_index_by_sector", WAVE, "bottled_water").empty


def test_a_release_is_refused_until_it_is_allowed(without_banks):
    plan, *_ = without_banks
    with pytest.raises(
        PublicationError, match=r"2 of 3 .*\(.*banks: no accepted responses\).*--allow-incomplete"
    ):
        InOrder().publish(plan)


def test_the_release_says_what_it_lacks_wherever_it_is_read(without_banks, capsys):
    plan, *_, release = without_banks
    told = json.loads((release.folder / "manifest.json").read_text(encoding="utf-8"))["incomplete"]
    assert told["sectors"] == {"bottled_water": "too_small", "banks": "no_responses"}
    assert phrases()["incomplete_too_small"].zh in told["zh"]
    label = plan.sectors.sector("banks").label
    assert f"{label.zh}（{phrases()['incomplete_no_responses'].zh}）" in told["zh"]
    assert f"{label.en} (no accepted responses)" in told["en"]
    page = (release.folder / "index.html").read_text(encoding="utf-8")
    assert phrases()["incomplete_head"].zh in page
    assert told["zh"] in page
    package = json.loads((release.folder / "datapackage.json").read_text(encoding="utf-8"))
    assert told["en"] in json.dumps(package, ensure_ascii=False)
    cover = pd.read_excel(
        release.folder / "data" / "release.xlsx", sheet_name=0, header=None, engine="calamine"
    )
    assert any(told["zh"] in str(cell) for cell in cover.to_numpy().ravel())
    site = (release.folder.parent / "index.html").read_text(encoding="utf-8")
    assert told["zh"] in site
    assert phrases()["incomplete_short"].zh in site
    assert not (release.folder / "sectors" / "banks.html").exists()
    main(["verify", str(release.folder), "--workspace", str(plan.workspace.root)])
    assert "It is incomplete: it leaves out bottled_water, banks" in capsys.readouterr().out


def test_the_pdf_says_it_too(without_banks):
    from pypdf import PdfReader

    *_, release = without_banks
    words = PdfReader(release.folder / "national.en.pdf").pages[0].extract_text()
    assert "Incomplete release" in words


def test_a_release_whose_list_of_what_it_lacks_is_wrong_does_not_verify(without_banks, tmp_path):
    *_, release = without_banks
    copy = tmp_path / "copy"
    shutil.copytree(release.folder, copy)
    manifest = json.loads((copy / "manifest.json").read_text(encoding="utf-8"))
    manifest["incomplete"]["sectors"]["dairy"] = "no_responses"
    (copy / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    problems = verify_release(copy).problems
    assert any("says that dairy is left out" in one for one in problems)


def test_what_an_earlier_estimation_left_goes_and_what_is_out_is_remembered(estimated):
    plan, store = load_plan(estimated, "2026Q1"), Store.open(estimated.warehouse)
    failed = estimation.SectorResults(SectorOutcome("banks", problem="said", reason="not_converged"))
    kept = [
        estimation.SectorResults(SectorOutcome(one, kept=True)) for one in plan.sector_ids if one != "banks"
    ]
    estimated_sectors.store_results(store, "2026Q1", [failed, *kept])
    with pytest.raises(PublicationError, match="did not come to its end"):
        InOrder().publish(replace(plan, allow_incomplete=True))
    assert store.table("out_index_by_sector", "2026Q1", "banks").empty
    counted = store.table("core_published_by_respondent", "2026Q1", "banks")
    assert len(counted)
    assert ESTIMATED not in set(counted["revision"])
    assert left_out(store, plan) == (LeftOut("banks", "not_converged"),)
    demanding = replace(plan, wave=plan.wave.model_copy(update={"least_coverage": 0.99}))
    with pytest.raises(ModelError, match=r"without banks.*`least_coverage` asks for 99.0%"):
        estimate_nation(demanding, left_out(store, plan))


def test_a_sector_that_the_wave_file_no_longer_has_is_not_published_and_goes_with_the_next_estimation(
    estimated,
):
    plan, store = load_plan(estimated, "2026Q1"), Store.open(estimated.warehouse)
    fewer = without(plan, [LeftOut("banks", "said")])
    with pytest.raises(
        OutOfOrder, match=r"results of banks, which its file does not have\. Run `ncsi estimate"
    ):
        results(fewer, datetime.now(UTC))
    kept = [estimation.SectorResults(SectorOutcome(one, kept=True)) for one in fewer.sector_ids]
    estimated_sectors.store_results(store, "2026Q1", kept)
    assert {*store.table("out_index_by_sector", "2026Q1")["sector"]} == set(fewer.sector_ids)
    assert store.table("core_weights_by_respondent", "2026Q1", "banks").empty
    assert len(store.table("core_published_by_respondent", "2026Q1", "banks"))


def test_what_may_be_left_out_is_what_data_cannot_give(monkeypatch):
    assert reason_of(NotConverged("said")) == "not_converged"
    assert reason_of(WeightingError("w", "p", "c")) == "not_weighted"
    assert reason_of(ModelError("said")) == "not_supported"
    fine, lacking = SectorOutcome("a"), SectorOutcome("b", problem="said", reason="not_supported")
    assert go_on_without("W", (fine, lacking)) == (LeftOut("b", "not_supported"),)
    with pytest.raises(EstimationFailed, match="1 of 1"):
        go_on_without("W", (lacking,))
    with pytest.raises(EstimationFailed, match=r"1 of 2(.|\n)*c: impossible"):
        go_on_without("W", (fine, SectorOutcome("c", problem="impossible")))


@pytest.mark.parametrize(
    ("error", "reason"),
    [(ImpossibleFigure("no such figure"), ""), (NotConverged("stopped short"), "not_converged")],
)
def test_a_fault_of_ncsi_is_no_reason_to_leave_a_sector_out(estimated, monkeypatch, error, reason):
    def fails(*_given):
        raise error

    monkeypatch.setattr(estimation, "compute_sector", fails)
    found = estimation.estimate_sector(
        Store.open(estimated.warehouse), load_plan(estimated, WAVE), "dairy", "run"
    )
    assert (found.outcome.reason, found.tables) == (reason, None)


def test_where_no_sector_is_large_enough_the_wave_can_be_looked_at():
    small, failed = (
        SectorOutcome("a", n=60, n_eff=40.0),
        SectorOutcome("b", problem="said", reason="repeated"),
    )
    results = [estimation.SectorResults(one) for one in (small, failed)]
    assert estimated_sectors.without_too_small(results) == results
    large = estimation.SectorResults(SectorOutcome("c", n=300, n_eff=100.0))
    found = [one.outcome.reason for one in estimated_sectors.without_too_small([*results, large])]
    assert found == ["too_small", "repeated", ""]


def test_a_sector_with_too_many_faults_is_left_out_with_the_indices_that_it_supplies(estimated, monkeypatch):
    plan = load_plan(estimated, WAVE)
    store = Store.open(plan.workspace.warehouse)
    monkeypatch.setattr("ncsi.engine.jobs.faulty_sectors", lambda *_: {"banks": "said"})
    sectors, whole = InOrder().estimate(plan)
    assert [(one.sector, one.problem, one.kept) for one in sectors if one.problem or not one.kept] == [
        ("banks", "said", False)
    ]
    assert (whole.sectors, left_out(store, plan)) == (2, (LeftOut("banks", "faulty"),))
    surveyed = [
        WaveIndex(tree="public_service", survey=[{"sector": one, "indicator": "EDU1", "construct": "Satisfaction"}])
        for one in ("dairy", "banks")
    ]  # fmt: skip
    planned = replace(plan, wave=plan.wave.model_copy(update={"composites": tuple(surveyed)}))
    assert without(planned, left_out(store, planned)).wave.composites == (surveyed[0],)
    _, spec = results(replace(plan, allow_incomplete=True), datetime.now(UTC))
    named = replace(spec.incomplete, indices=(Label(zh="公共服务", en="Public service"),))
    said = incomplete_of(replace(spec, incomplete=named))
    assert said.en.endswith("Composite indices that their surveys supply could not be made: Public service.")


def test_a_bug_stops_the_wave_whatever_is_allowed(estimated, monkeypatch):
    def fails(*_given):
        raise ZeroDivisionError

    monkeypatch.setattr(estimation, "compute_sector", fails)
    with pytest.raises(ZeroDivisionError):
        InOrder().estimate(replace(load_plan(estimated, WAVE), allow_incomplete=True), anew=True)


def test_what_a_server_shows_has_no_number_where_there_is_none(without_banks):
    from flows.visible import indices

    _, sectors, whole, _ = without_banks
    rows = {one["unit"]: one for one in indices(sectors, whole)}
    assert rows["banks"]["index"] is None
    assert rows["dairy"]["index"] > 0
    json.dumps(list(rows.values()), allow_nan=False)


@pytest.mark.parametrize(("most", "at_once"), [(1, True), (2, False)])
def test_few_rows_by_respondent_wait_for_the_results_of_all_sectors_and_many_do_not(
    empty, tmp_path, monkeypatch, most, at_once
):
    store = Store.open(shutil.copytree(empty, tmp_path / "warehouse"))
    name = CORE_QUALITY_BY_RESPONDENT.name
    of_kind = {"text": "", "integer": 1, "number": 1.0}
    own = [one for one in CORE_QUALITY_BY_RESPONDENT.columns if one.name not in ("wave", "sector")]
    rows = pd.DataFrame([{one.name: of_kind[one.kind] for one in own}] * 2).assign(respondent=["r1", "r2"])
    monkeypatch.setattr(estimated_sectors, "_FEW", most)
    computed = SectorResults(
        SectorOutcome("bank", problem="too few", reason="too_small"),
        rows=sector_tables("2026", "bank", {name: rows}),
    )
    waiting = store_rows(store, computed)
    assert (waiting.rows is None, len(store.read(name, wave="2026"))) == (
        (True, 2) if at_once else (False, 0)
    )
    assert store_rows(store, SectorResults(waiting.outcome)).rows is None
    kept = without_too_small([waiting, SectorResults(SectorOutcome("dairy", n=900, n_eff=900.0))])
    assert kept[0].rows is waiting.rows
    store_results(store, "2026", kept)
    with_reason = no_results(store, "2026", "bank", "too_small").tables
    assert len(store.read(name, wave="2026")) == (0 if name in with_reason else 2)
