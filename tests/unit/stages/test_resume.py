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
from ncsi.stages.collect import collect_file
from ncsi.stages.left_out import finish, require_allowed, unfinished
from ncsi.stages.nation_inputs import _TABLES, nation_sha256, nation_stands, remember_nation
from ncsi.stages.source_files import sources_of
from ncsi.stages.unchanged_sectors import still_unchanged, takes_seconds, unchanged, unchanged_now
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


def without_rows(plan, sector, left):
    """Its file once more, of those lines behind the header whose places `left` is true of, taken in."""
    (file,) = [one for one in sources_of(plan.workspace, WAVE) if sector in one.path.name]
    header, *lines = file.path.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for k, line in enumerate(lines) if left(k, len(lines))]
    file.path.write_text("".join([header, *kept]), encoding="utf-8")
    collect_file(plan, file)


def test_an_estimation_of_what_changed_comes_to_what_all_anew_comes_to(plan, store, monkeypatch):
    """Of three sectors none changed; one was corrected; in another too few changed, which stays as published in its
    place among the others."""
    before = len(estimated(plan))
    kept, nation = InOrder().estimate(plan)
    assert [one.kept for one in kept] == [True] * 3
    assert nation.kept
    assert estimated(plan)[before:] == [""]
    without_rows(plan, "dairy", lambda k, _: (k + 1) % 3)
    known = unchanged_now(plan)
    assert takes_seconds(plan, known.unchanged)
    with monkeypatch.context() as patched:
        patched.setattr(unchanged_sectors, "_LARGE", 10)
        assert not takes_seconds(plan, known.unchanged)
    other = replace(plan, wave=plan.wave.model_copy(update={"seed": 7}))
    assert not takes_seconds(other, unchanged_now(other).unchanged)
    without_rows(plan, "bottled_water", lambda k, n: k < n - 3)
    known = unchanged_now(plan)
    assert set(known.unchanged) == {"banks"}
    with monkeypatch.context() as patched:  # what is known is not asked again
        patched.setattr(unchanged_sectors, "unchanged", lambda *_: pytest.fail("compared again"))
        outcomes, nation = InOrder().estimate(plan, known=known)
    assert not nation.kept
    made = estimated(plan)[before + 1 :]
    assert (sorted(made[:-1]), made[-1]) == (["bottled_water", "dairy"], "")
    assert {one.sector for one in outcomes if one.kept} == {"banks"}
    assert {one.sector for one in outcomes if one.held} == {"bottled_water"}
    assert [one.sector for one in outcomes] == list(plan.sector_ids)
    assert set(unchanged(store, plan)) == SECTORS
    resumed = results(store)
    anew, again = InOrder().estimate(plan, anew=True)
    assert again == nation
    assert len(estimated(plan)) == before + 1 + 3 + 4
    assert [replace(one, kept=False) for one in outcomes] == list(anew)
    for name, frame in results(store).items():
        pd.testing.assert_frame_equal(frame, resumed[name], check_exact=True, obj=name)


def test_the_nation_is_made_again_where_anything_of_it_is_not_as_its_estimation_left_it(
    plan, store, monkeypatch
):
    InOrder().estimate(plan)
    assert nation_stands(store, plan)
    of_it = plan.runs / "nation"
    as_kept = of_it.stat().st_ino, of_it.read_bytes()
    sample = store.table(OUT_SAMPLE_BY_SECTOR.name, EARLIER)
    store.replace(EARLIER, {OUT_SAMPLE_BY_SECTOR.name: sample.iloc[:-1]})
    assert not nation_stands(store, plan)
    store.replace(EARLIER, {OUT_SAMPLE_BY_SECTOR.name: sample})
    assert nation_stands(store, plan)
    lines, facts = say.estimated(*InOrder().estimate(plan))
    assert facts["kept"]
    assert lines[-1] == "  Not estimated again, as nothing changed: 3 sectors and national results."
    assert (of_it.stat().st_ino, of_it.read_bytes()) == as_kept  # it is not remembered anew
    of_it.write_bytes(b"\xff")
    assert not nation_stands(store, plan)
    of_it.write_bytes(as_kept[1])
    before = store.table(OUT_TREND.name, WAVE)
    store.replace(WAVE, {OUT_TREND.name: before.iloc[1:]})
    assert not InOrder().estimate(plan)[1].kept
    pd.testing.assert_frame_equal(store.table(OUT_TREND.name, WAVE), before)
    assert nation_stands(store, plan)
    monkeypatch.setattr("ncsi.atomic.write", full)
    remember_nation(plan, "")
    assert not of_it.exists()
    monkeypatch.setattr("pathlib.Path.unlink", full)
    remember_nation(plan, "")


def test_what_others_write_after_the_nation_is_not_taken_for_what_it_was_made_from(plan, store, monkeypatch):
    """While the estimation is in the step after it, a sector of the wave before changes, and a further estimation of
    the wave is killed."""
    sample = store.table(OUT_SAMPLE_BY_SECTOR.name, EARLIER)

    def others(_plan):
        store.replace(EARLIER, {OUT_SAMPLE_BY_SECTOR.name: sample.iloc[:-1]})
        store.replace_sectors([unfinished(WAVE)])

    (plan.runs / "nation").unlink(missing_ok=True)
    with monkeypatch.context() as patched:  # a table that it has, so that there is a step after
        patched.setattr("ncsi.engine.jobs.OUT_COMPOSITES", SimpleNamespace(name=OUT_TREND.name))
        patched.setattr("ncsi.stages.recorded_figures.wave_indices", others)
        assert not InOrder().estimate(plan)[1].kept
    assert not nation_stands(store, plan)
    finish(store, WAVE)
    assert require_allowed(store, plan) == ()
    assert not nation_stands(store, plan)
    store.replace(EARLIER, {OUT_SAMPLE_BY_SECTOR.name: sample})
    assert nation_stands(store, plan)


def test_a_nation_is_not_left_as_it_is_where_a_later_estimation_was_broken_off(plan, store):
    store.replace_sectors([unfinished(WAVE)])
    remember_nation(plan, nation_sha256(store, plan))
    assert not InOrder().estimate(plan)[1].kept
    assert nation_stands(store, plan)


def test_a_nation_does_not_follow_from_other_indices():
    others = {*COMPOSITE_TABLES, *MEASURE_TABLES}
    assert others.isdisjoint(_TABLES)
    assert {OUT_TREND.name, OUT_SAMPLE_BY_SECTOR.name} < set(_TABLES)


def test_what_was_known_before_a_file_came_is_asked_again(plan, store):
    known = unchanged_now(plan)
    assert set(known.unchanged) == SECTORS
    assert still_unchanged(store, plan, known) is known.unchanged
    inputs = store.table(CORE_INPUTS_BY_SECTOR.name, WAVE, "banks").drop(columns=["wave", "sector"])
    for sha256, left in (("of other rows", SECTORS - {"banks"}), (inputs["inputs_sha256"], SECTORS)):
        own = {CORE_INPUTS_BY_SECTOR.name: inputs.assign(inputs_sha256=sha256)}
        store.replace_sectors([sector_tables(WAVE, "banks", own)])
        assert set(still_unchanged(store, plan, known)) == left


def full(*_args, **_how):
    raise OSError(28, "No space left on device")


def test_a_run_that_would_change_nothing_is_known(plan, store, monkeypatch):
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
    store.replace(WAVE, {OUT_TREND.name: store.table(OUT_TREND.name, WAVE)})  # as an estimation anew
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
