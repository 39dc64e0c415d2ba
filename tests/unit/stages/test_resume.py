"""A second estimation does what changed, says what it left, and comes to what a run from nothing comes to."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pandas as pd
import pytest

from ncsi.cli import say
from ncsi.engine import InOrder
from ncsi.ledger import Ledger
from ncsi.spec import Label, open_workspace
from ncsi.spec.plan import load_plan
from ncsi.spec.wave import Source
from ncsi.stages import sector_inputs, unchanged_sectors
from ncsi.stages.left_out import require_allowed, unfinished
from ncsi.stages.nation_inputs import _TABLES, nation_sha256, remember_nation
from ncsi.stages.source_files import sources_of
from ncsi.stages.unchanged_sectors import takes_seconds, unchanged, unchanged_now
from ncsi.stages.whole_run import STEPS, _has_come, remember_run, unchanged_run
from ncsi.store import Store, sector_tables
from ncsi.tables import (
    COMPOSITE_TABLES,
    CORE_INPUTS_BY_SECTOR,
    MEASURE_TABLES,
    OUT_SAMPLE_BY_SECTOR,
    OUT_TREND,
    TABLES,
    Layer,
)

EARLIER, WAVE = "2025Q1", "2026Q1"
SECTORS = {"bottled_water", "banks", "dairy"}


@pytest.fixture(scope="module")
def plan(nation, tmp_path_factory):
    """A copy of the small nation, both of whose waves are published."""
    root = shutil.copytree(nation.workspace.root, tmp_path_factory.mktemp("again"), dirs_exist_ok=True)
    return load_plan(open_workspace(root), WAVE)


@pytest.fixture
def store(plan):
    return Store.open(plan.workspace.warehouse)


def estimated(plan) -> list[str]:
    """Sectors that the ledger knows to have been estimated, in order; the nation is empty text."""
    events = Ledger.of(plan.workspace).events()
    return [one["sector"] for one in events if (one["job"], one["event"]) == ("estimate", "COMPLETE")]


def results(store) -> dict[str, pd.DataFrame]:
    names = [name for name, table in TABLES.items() if table.layer is Layer.OUT]
    with store.session():
        frames = {name: store.read(name, wave=WAVE) for name in [*names, CORE_INPUTS_BY_SECTOR.name]}
    return {name: one.sort_values(list(one.columns), ignore_index=True) for name, one in frames.items()}


def test_rows_are_the_same_in_whatever_order_and_as_often():
    rows = pd.DataFrame({"brand": ["a", "b", "b"], "answered": pd.array(["x", None, "y"], dtype="string")})
    assert sector_inputs._same_rows(rows, rows.copy())
    assert sector_inputs._same_rows(rows, rows.iloc[[2, 0, 1]].reset_index(drop=True))
    assert not sector_inputs._same_rows(rows, rows.iloc[:2])
    assert not sector_inputs._same_rows(rows, rows.iloc[[0, 0, 1]].reset_index(drop=True))


def test_publishing_changes_nothing_that_a_sector_follows_from(plan, store):
    assert set(unchanged(store, plan)) == SECTORS


@pytest.mark.parametrize(
    ("changed", "again"),
    [
        ({"seed": 7}, SECTORS),
        ({"level": 0.9}, SECTORS),
        ({"replicates": 100}, SECTORS),
        ({"label": Label(zh="名", en="name"), "carry_forward": 2}, set()),
        ({"sources": (Source(files="other/*.csv"),)}, set()),
    ],
)
def test_a_change_of_the_wave_file_concerns_the_sectors_that_follow_from_it(plan, store, changed, again):
    other = replace(plan, wave=plan.wave.model_copy(update=changed))
    assert SECTORS - set(unchanged(store, other)) == again


def test_a_share_of_a_brand_concerns_its_sector(plan, store):
    first, *others = plan.wave.sectors
    brand = first.brands[0].model_copy(update={"share": 0.01})
    sectors = (first.model_copy(update={"brands": (brand, *first.brands[1:])}), *others)
    other = replace(plan, wave=plan.wave.model_copy(update={"sectors": sectors}))
    assert SECTORS - set(unchanged(store, other)) == {first.id}


def test_another_key_of_pseudonyms_concerns_all(plan, store, monkeypatch):
    monkeypatch.setenv("NCSI_PSEUDONYM_KEY", "another key of pseudonyms, long enough")
    assert unchanged(store, plan) == {}


def test_a_correction_of_one_file_is_estimated_alone_and_comes_to_what_all_anew_come_to(
    plan, store, monkeypatch
):
    before = len(estimated(plan))
    kept, nation = InOrder().estimate(plan)
    assert [one.kept for one in kept] == [True] * 3
    assert nation.kept
    assert estimated(plan)[before:] == [""]
    (file,) = [one for one in sources_of(plan.workspace, WAVE) if "dairy" in one.path.name]
    lines = file.path.read_text(encoding="utf-8").splitlines(keepends=True)
    file.path.write_text("".join(line for k, line in enumerate(lines) if k == 0 or k % 3), encoding="utf-8")
    InOrder().collect(plan, (file,))
    known = unchanged_now(plan)
    assert takes_seconds(plan, known.unchanged)
    with monkeypatch.context() as patched:
        patched.setattr(unchanged_sectors, "_LARGE", 10)
        assert not takes_seconds(plan, known.unchanged)
    other = replace(plan, wave=plan.wave.model_copy(update={"seed": 7}))
    assert not takes_seconds(other, unchanged_now(other).unchanged)
    with monkeypatch.context() as patched:  # what is known is not asked again
        patched.setattr(unchanged_sectors, "unchanged", lambda *_: pytest.fail("compared again"))
        outcomes, nation = InOrder().estimate(plan, known=known)
    assert not nation.kept
    assert estimated(plan)[before:] == ["", "dairy", ""]
    assert {one.sector for one in outcomes if one.kept} == {"banks", "bottled_water"}
    assert not any(one.held for one in outcomes)
    resumed = results(store)
    anew, again = InOrder().estimate(plan, anew=True)
    assert again == nation
    assert len(estimated(plan)) == before + 3 + 4
    assert [replace(one, kept=False) for one in outcomes] == list(anew)
    for name, frame in results(store).items():
        pd.testing.assert_frame_equal(frame, resumed[name], check_exact=True, obj=name)


def test_the_nation_is_made_again_where_anything_of_it_is_not_as_its_estimation_left_it(
    plan, store, monkeypatch
):
    def kept():
        return InOrder().estimate(plan)[1].kept

    assert kept()
    before = store.table(OUT_TREND.name, WAVE)
    store.replace(WAVE, {OUT_TREND.name: before.iloc[1:]})
    assert not kept()
    pd.testing.assert_frame_equal(store.table(OUT_TREND.name, WAVE), before)
    assert kept()
    sample = store.table(OUT_SAMPLE_BY_SECTOR.name, EARLIER)
    store.replace(EARLIER, {OUT_SAMPLE_BY_SECTOR.name: sample.iloc[:-1]})
    assert not kept()
    store.replace(EARLIER, {OUT_SAMPLE_BY_SECTOR.name: sample})
    assert not kept()
    store.replace_sectors([unfinished(WAVE)])  # as after a kill between its tables and their record
    assert not kept()
    (plan.runs / "nation").write_bytes(b"\xff")
    assert not kept()
    assert kept()
    lines, facts = say.estimated(*InOrder().estimate(plan))
    assert facts["kept"]
    assert lines[-1] == "  Not estimated again, as nothing changed: 3 sectors and national results."
    monkeypatch.setattr("ncsi.atomic.write", full)
    remember_nation(plan, "")
    assert not (plan.runs / "nation").exists()
    monkeypatch.setattr("pathlib.Path.unlink", full)
    remember_nation(plan, "")


@pytest.fixture
def between(plan, monkeypatch):
    """An estimation of the nation, with what others do while it is in the step after: whether the next one keeps it."""

    def estimate(others):
        monkeypatch.setattr(
            "ncsi.engine.jobs.OUT_COMPOSITES", SimpleNamespace(name=OUT_TREND.name)
        )  # which it has
        monkeypatch.setattr("ncsi.stages.recorded_figures.wave_indices", lambda _plan: others())
        (plan.runs / "nation").unlink(missing_ok=True)
        assert not InOrder().estimate(plan)[1].kept
        monkeypatch.undo()
        return InOrder().estimate(plan)[1].kept

    return estimate


def test_what_others_write_after_the_nation_is_not_taken_for_what_it_was_made_from(plan, store, between):
    sample = store.table(OUT_SAMPLE_BY_SECTOR.name, EARLIER)
    assert between(lambda: None)
    assert not between(lambda: store.replace(EARLIER, {OUT_SAMPLE_BY_SECTOR.name: sample.iloc[:-1]}))
    assert not between(lambda: store.replace(EARLIER, {OUT_SAMPLE_BY_SECTOR.name: sample}))
    assert not between(lambda: store.replace_sectors([unfinished(WAVE)]))  # killed before its nation
    assert require_allowed(store, plan) == ()
    assert InOrder().estimate(plan)[1].kept


def test_a_nation_is_not_left_as_it_is_where_a_later_estimation_was_broken_off(plan, store):
    store.replace_sectors([unfinished(WAVE)])
    remember_nation(plan, nation_sha256(store, plan))
    assert not InOrder().estimate(plan)[1].kept
    assert InOrder().estimate(plan)[1].kept


def test_a_nation_that_is_kept_is_not_remembered_anew_and_does_not_follow_from_other_indices(plan, store):
    InOrder().estimate(plan)
    kept = plan.runs / "nation"
    before = kept.stat().st_ino, kept.read_bytes()
    assert InOrder().estimate(plan)[1].kept
    assert (kept.stat().st_ino, kept.read_bytes()) == before
    others = {*COMPOSITE_TABLES, *MEASURE_TABLES}
    assert others.isdisjoint(_TABLES)
    assert {OUT_TREND.name, OUT_SAMPLE_BY_SECTOR.name} < set(_TABLES)


def test_what_was_known_before_a_file_came_is_asked_again(plan, store):
    InOrder().estimate(plan)
    known = unchanged_now(plan)
    assert set(known.unchanged) == SECTORS
    inputs = store.table(CORE_INPUTS_BY_SECTOR.name, WAVE, "banks").assign(inputs_sha256="of other rows")
    own = {CORE_INPUTS_BY_SECTOR.name: inputs.drop(columns=["wave", "sector"])}
    store.replace_sectors([sector_tables(WAVE, "banks", own)])
    outcomes, _ = InOrder().estimate(plan, known=known)
    assert [one.sector for one in outcomes if not one.kept] == ["banks"]


def full(*_args, **_how):
    raise OSError(28, "No space left on device")


def test_a_sector_in_which_too_few_changed_stays_as_published_in_its_place_among_the_others(plan, store):
    file = next(one for one in sources_of(plan.workspace, WAVE) if "bottled_water" in one.path.name)
    lines = file.path.read_text(encoding="utf-8").splitlines(keepends=True)
    file.path.write_text("".join(lines[:-3]), encoding="utf-8")
    InOrder().collect(plan, (file,))
    outcomes, _ = InOrder().estimate(plan)
    assert {one.sector: (one.kept, one.held) for one in outcomes}["bottled_water"] == (False, True)
    assert set(unchanged(store, plan)) == SECTORS


def test_a_run_that_would_change_nothing_is_known(plan, monkeypatch):
    sources = sources_of(plan.workspace, WAVE)
    now = datetime(2026, 11, 29, 2, 0, tzinfo=UTC)
    assert unchanged_run(plan, sources, now) is None
    remember_run(plan, sources, now, ["Said."], {"n": 5})
    done = unchanged_run(plan, sources, now + timedelta(days=3))
    assert done is not None
    assert (done.lines, done.facts, done.time) == (("Said.",), {"n": 5}, now)
    last = Ledger.of(plan.workspace).events()[-1]
    assert (last["event"], last["job"], last["skipped"]) == ("COMPLETE", "wave", list(STEPS))
    assert unchanged_run(replace(plan, editions=("zh",)), sources, now) is None
    assert unchanged_run(plan, (replace(sources[0], sector="other"), *sources[1:]), now) is None
    for changed in (
        sources[0].path,
        plan.workspace.root / "ncsi.yaml",
        plan.workspace.releases / WAVE / "index.html",
    ):
        kept = changed.read_bytes()
        changed.write_bytes(kept + b"\n")
        assert unchanged_run(plan, sources, now) is None, changed
        changed.write_bytes(kept)
        assert unchanged_run(plan, sources, now) is not None, changed
    monkeypatch.setenv("NCSI_SIGNING_KEY", "another")
    assert unchanged_run(plan, sources, now) is None
    monkeypatch.undo()
    InOrder().estimate(plan)
    assert unchanged_run(plan, sources, now) is not None
    InOrder().estimate(plan, anew=True)
    assert unchanged_run(plan, sources, now) is None


@pytest.mark.parametrize(
    "kept", ["", "{", "[]", '{"time": 5}', '{"time": "2026-01-01", "lines": 1, "facts": 2}']
)
def test_what_the_last_run_left_may_be_damaged_and_is_then_not_known(plan, kept):
    path = plan.workspace.root / "runs" / WAVE / "done.json"
    path.write_text(kept)
    assert unchanged_run(plan, sources_of(plan.workspace, WAVE), datetime.now(UTC)) is None


def test_before_a_release_day_has_come_everywhere_nothing_is_sure(plan):
    """A wave's draft becomes a release on a day that begins at different hours."""
    day = date(2026, 4, 15)
    said = [_has_come(day, datetime(2026, 4, 14, hour, tzinfo=UTC)) for hour in (9, 10)]
    assert said == [False, "2026-04-14T10:00:00+00:00"]
    assert _has_come(day, datetime(2026, 4, 15, 12, tzinfo=UTC)) is True
