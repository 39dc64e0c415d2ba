"""Files that are in the store as they would be read now are not opened again; whatever else they might be is."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace

import pytest

from ncsi.engine import InOrder
from ncsi.ledger import Ledger
from ncsi.spec import load_instrument, open_workspace
from ncsi.spec.plan import load_plan
from ncsi.stages import recorded
from ncsi.stages.collect import collect_into
from ncsi.stages.known_files import known_files, remember, stored_of, to_open
from ncsi.stages.redeliver import revisions
from ncsi.stages.source_files import SourceFile
from ncsi.store import Store, instance

ITEMS = load_instrument("ccsi").items
ROWS = [f"r{k},b1," + ",".join(str(min(8, one.scale.max)) for one in ITEMS) for k in range(3)]


def written(path, rows) -> SourceFile:
    path.write_text("\n".join(["respondent,brand," + ",".join(one.id for one in ITEMS), *rows]) + "\n")
    return SourceFile(path, None, "only")


@pytest.fixture(scope="module")
def as_collected(new_workspace, tmp_path_factory):
    """A workspace whose store holds two files, remembered: to be copied."""
    workspace = new_workspace(tmp_path_factory.mktemp("known"))
    plan, store = load_plan(workspace, "2026"), Store.open(workspace.warehouse)
    data = workspace.root / "data"
    sources = {
        "a": written(data / "a.csv", ROWS[:2]),
        "b": written(data / "b.csv", [*ROWS[2:], ROWS[0].replace("b1", "b9")]),
    }
    for one in sources.values():
        collect_into(store, plan, one)
    remember(store, plan, sources)
    return workspace.root


@pytest.fixture
def collected(as_collected, tmp_path):
    """The plan of a wave, its store, and the two files that it holds, remembered."""
    workspace = open_workspace(shutil.copytree(as_collected, tmp_path / "ws"))
    sources = {name: SourceFile(workspace.root / "data" / f"{name}.csv", None, "only") for name in "ab"}
    return load_plan(workspace, "2026"), Store.open(workspace.warehouse), sources


def test_what_is_said_of_a_known_file_is_what_opening_it_would_say(collected):
    plan, store, sources = collected
    found = known_files(stored_of(store, "2026"), plan, sources)
    assert found == {name: collect_into(store, plan, one) for name, one in sources.items()}
    assert found["b"].rejects_by_rule == {"brand_unknown": 1}


def test_a_copy_under_another_name_is_known_too(collected):
    plan, store, _ = collected
    copy = written(plan.workspace.root / "data" / "copy.csv", ROWS[:2])
    found = known_files(stored_of(store, "2026"), plan, {"copy": copy})
    assert found == {"copy": collect_into(store, plan, copy)}
    assert found["copy"].source_name == "copy.csv"


def test_other_bytes_are_opened(collected):
    plan, store, sources = collected
    written(sources["a"].path, [ROWS[0], ROWS[1].replace(",8", ",7", 1)])
    assert set(known_files(stored_of(store, "2026"), plan, sources)) == {"b"}
    assert to_open(plan, list(sources.values())) == (sources["a"],)


def test_a_store_that_is_not_there_yet_opens_all(collected):
    plan, _, sources = collected
    shutil.rmtree(plan.workspace.warehouse)
    assert to_open(plan, list(sources.values())) == tuple(sources.values())
    assert not plan.workspace.warehouse.exists()


def test_what_is_asked_for_otherwise_is_opened(collected):
    plan, store, sources = collected
    stored = stored_of(store, "2026")
    for change in ({"sector": None}, {"dialect": "wjx_index"}, {"again": True}):
        asked = sources | {"a": replace(sources["a"], **change)}
        assert set(known_files(stored, plan, asked)) == {"b"}, change


def test_another_brand_or_instrument_opens_all(collected):
    plan, store, sources = collected
    entry = plan.wave.sectors[0]
    other = plan.wave.model_copy(update={"sectors": (entry.model_copy(update={"brands": entry.brands[:1]}),)})
    assert known_files(stored_of(store, "2026"), replace(plan, wave=other), sources) == {}
    newer = plan.instruments["only"].model_copy(update={"version": "9.9.9"})
    assert known_files(stored_of(store, "2026"), replace(plan, instruments={"only": newer}), sources) == {}


def test_what_concerns_the_release_only_opens_nothing(collected):
    plan, store, sources = collected
    other = plan.wave.model_copy(update={"title": plan.wave.label, "sources": ()})
    assert set(known_files(stored_of(store, "2026"), replace(plan, wave=other), sources)) == {"a", "b"}


def test_a_withdrawn_file_is_opened_to_be_left_out(collected):
    plan, store, sources = collected
    sha256 = known_files(stored_of(store, "2026"), plan, sources)["a"].sha256
    store.withdraw("2026", sha256, "why", "who")
    assert set(known_files(stored_of(store, "2026"), plan, sources)) == {"b"}


def test_a_memory_that_cannot_be_read_opens_all(collected):
    plan, store, sources = collected
    for kept in (b"", b"[]", b"{"):
        (plan.workspace.root / "runs" / "2026" / "readings.json").write_bytes(kept)
        assert known_files(stored_of(store, "2026"), plan, sources) == {}, kept


def test_the_ledger_names_what_was_not_opened(collected):
    plan, store, sources = collected
    found = recorded.known(stored_of(store, "2026"), plan, sources)
    (begun, done) = Ledger.of(plan.workspace).events()[-2:]
    assert (begun["event"], done["event"], done["job"]) == ("START", "COMPLETE", "collect")
    assert done["repeated"] == {one.sha256: one.source_name for one in found.values()}


def test_columns_in_another_order_are_no_change(collected):
    plan, store, sources = collected
    outcome = known_files(stored_of(store, "2026"), plan, sources)["a"]
    rows = store.responses_of("2026", outcome.sha256)["only"]
    turned = rows[list(reversed(rows.columns))]
    (same,) = revisions(store, "2026", {outcome.sha256: "same_name"}, {"only": turned})
    assert (same.added, same.removed, same.changed) == (0, 0, 0)
    item = ITEMS[0].id
    (other,) = revisions(
        store, "2026", {outcome.sha256: "same_name"}, {"only": turned.assign(**{item: turned[item] - 1})}
    )
    assert (other.added, other.removed, other.changed) == (0, 0, 2)


@pytest.mark.parametrize("what", ["nested", "no_text", "pipe", "folder"])
def test_what_was_remembered_may_be_anything_and_is_then_not_known(collected, what):
    plan, store, sources = collected
    path = plan.workspace.root / "runs" / "2026" / "readings.json"
    before = path.read_text(encoding="utf-8")
    path.unlink()
    if what == "pipe":
        os.mkfifo(path)
    elif what == "folder":
        path.mkdir()
    else:
        path.write_text("[" * 100_000 if what == "nested" else before.replace("{", '{"x": [1], ', 1))
    known = known_files(stored_of(store, "2026"), plan, sources)
    assert set(known) == (set(sources) if what == "no_text" else set())
    remember(store, plan, sources)
    assert set(known_files(stored_of(store, "2026"), plan, sources)) == (
        set() if what == "folder" else set(sources)
    )


def test_a_file_that_comes_in_opens_the_store_six_times(collected, monkeypatch):
    """Each costs 10 ms, of which a small file takes few: for what is there, to look and to write, for what is known of
    it from now on, for the wave's faults, for its board."""
    plan, _, sources = collected
    written(sources["a"].path, [ROWS[0], ROWS[1].replace(",8", ",7", 1)])
    opened, whole = [], instance.opened
    monkeypatch.setattr(instance, "opened", lambda *a: opened.append(a) or whole(*a))
    outcomes = InOrder().collect(plan, list(sources.values()))
    assert [one.repeated for one in outcomes] == [False, True]
    assert len(opened) == 6
