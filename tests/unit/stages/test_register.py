"""The register in the store: who moved a wave, when, why; files that come late; waves that were never registered."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, date, datetime, timedelta

import pytest
import yaml

from ncsi.cli import main
from ncsi.engine import InOrder
from ncsi.errors import ConformError, IllegalMove, SpecError
from ncsi.ledger import Ledger
from ncsi.spec import Label, load_instrument, open_workspace
from ncsi.spec.plan import load_plan
from ncsi.stages import recorded
from ncsi.stages.field_board import write_board
from ncsi.stages.field_progress import wave_progress
from ncsi.stages.new_wave import NewWave, write_wave_file
from ncsi.stages.register import check_move, move, registered, unregistered
from ncsi.stages.source_files import SourceFile
from ncsi.store import Store

WAVE = "2026"
ITEMS = load_instrument("ccsi").items


def deliver(workspace, name, *respondents, value=8):
    answers = ",".join(str(min(value, item.scale.max)) for item in ITEMS)
    rows = [",".join(["respondent", "brand", *(item.id for item in ITEMS)])]
    rows += [f"{one},b1,{answers}" for one in respondents]
    path = workspace.root / "data" / name
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return SourceFile(path, None, "only")


@pytest.fixture(scope="module")
def as_begun(new_workspace, tmp_path_factory):
    """A wave in the field with one answer, of r1 in a.csv: to be copied."""
    workspace = new_workspace(tmp_path_factory.mktemp("begun") / "ws")
    InOrder().collect(load_plan(workspace, WAVE), [deliver(workspace, "a.csv", "r1")])
    return workspace.root


@pytest.fixture
def begun(as_begun, tmp_path):
    return open_workspace(shutil.copytree(as_begun, tmp_path / "ws"))


def edit(workspace, **changes):
    path = workspace.root / "waves" / f"{WAVE}.yaml"
    path.write_text(
        yaml.safe_dump(yaml.safe_load(path.read_text(encoding="utf-8")) | changes), encoding="utf-8"
    )
    return load_plan(workspace, WAVE)


def test_a_closed_wave_refuses_further_files_until_it_is_reopened(workspace, capsys):
    plan, first = load_plan(workspace, WAVE), deliver(workspace, "a.csv", "r1", "r2")
    InOrder().collect(plan, [first])
    root = ["--workspace", str(workspace.root)]
    main(["wave", "close", "--wave", WAVE, "--reason", "all quotas full", "--by", "Li Min", *root])
    assert "Wave 2026 is closed. Further files are refused." in capsys.readouterr().out

    assert InOrder().collect(plan, [first])[0].repeated  # what is in may be named again
    late = deliver(workspace, "late.csv", "r3")
    with pytest.raises(
        ConformError, match=r"late.csv: wave 2026 was closed on .* by Li Min \(all quotas full\)"
    ):
        InOrder().collect(plan, [late])
    deliver(workspace, "a.csv", "r1")  # another delivery at the same path
    with pytest.raises(ConformError, match=r"a.csv: wave 2026 was closed"):
        InOrder().collect(plan, [first])
    store = Store.open(workspace.warehouse)
    assert len(store.responses(WAVE, "only")) == 2

    main(["wave", "reopen", "--wave", WAVE, "--reason", "an agency was late", *root])
    assert not InOrder().collect(plan, [late])[0].repeated
    moves = registered(store, workspace, plan.wave).moves
    assert moves["state"].tolist() == ["fielding", "closed", "fielding"]
    assert moves.loc[1, ["step", "moved_by", "reason"]].tolist() == ["close", "Li Min", "all quotas full"]
    told = [one for one in Ledger.of(workspace).events() if one["job"] == "register"]
    assert [(one["step"], one.get("to")) for one in told if one["event"] == "COMPLETE"] == [
        ("collect", "fielding"), ("close", "closed"), ("reopen", "fielding"),
    ]  # fmt: skip


class SetBack(datetime):
    """A clock that somebody set back by a year."""

    @classmethod
    def now(cls, tz=None):
        return datetime.now(tz) - timedelta(days=365)


def test_a_clock_that_was_set_back_changes_neither_where_a_wave_stands_nor_the_order_of_the_ledger(
    begun, monkeypatch
):
    plan = load_plan(begun, WAVE)
    store = Store.open(begun.warehouse)
    with monkeypatch.context() as patched:
        for module in ("ncsi.store.store", "ncsi.ledger"):
            patched.setattr(f"{module}.datetime", SetBack)
        move(store, begun, plan.wave, "close", reason="fieldwork is over")
    found = registered(store, begun, plan.wave)
    assert (found.standing.state, found.standing.closed) == ("closed", True)
    assert found.moves["moved_at"].is_monotonic_decreasing
    with pytest.raises(ConformError, match=r"late\.csv: wave 2026 was closed"):
        InOrder().collect(plan, [deliver(begun, "late.csv", "r2")])
    move(store, begun, plan.wave, "reopen", reason="an agency was late")
    assert registered(store, begun, plan.wave).standing.state == "fielding"
    ledger = Ledger.of(begun)
    assert [one["number"] for one in ledger.events()] == list(range(1, len(ledger.events()) + 1))
    assert list(ledger.damages()) == []


def test_a_closed_wave_whose_file_changed_says_so_and_is_not_read_otherwise(begun, capsys):
    plan, source = load_plan(begun, WAVE), SourceFile(begun.root / "data" / "a.csv", None, "only")
    store = Store.open(begun.warehouse)
    move(store, begun, plan.wave, "close")
    assert not registered(store, begun, plan.wave).changed_since_closed
    note = {"date": date(2026, 6, 1), "note": {"zh": "注", "en": "note"}}
    assert not registered(store, begun, edit(begun, revisions=[note]).wave).changed_since_closed
    changed = edit(begun, revisions=[], field={"start": date(2026, 3, 1), "end": date(2026, 3, 30)})
    assert registered(store, begun, changed.wave).changed_since_closed
    with pytest.raises(ConformError, match="since then its map or the wave's coding changed"):
        InOrder().collect(changed, [source])
    main(["wave", "list", "--workspace", str(begun.root)])
    assert "2026  closed (its file changed since it was closed)" in capsys.readouterr().out
    main(["wave", "show", "--wave", WAVE, "--workspace", str(begun.root)])
    assert "Since it was closed, its file changed in `field`.\n" in capsys.readouterr().out


def test_a_revised_wave_says_what_changed_legally(begun, capsys):
    """A title that was corrected, and the revision that was declared with it: nothing to be afraid of."""
    plan = load_plan(begun, WAVE)
    store = Store.open(begun.warehouse)
    for step in ("close", "estimate", "publish"):
        move(store, begun, plan.wave, step, revision=0)
    note = {"date": date(2026, 6, 1), "note": {"zh": "更正了标题。", "en": "The title was corrected."}}
    revised = edit(begun, revisions=[note], title={"zh": "指数", "en": "Index"}).wave
    shown = ["wave", "show", "--wave", WAVE, "--workspace", str(begun.root)]
    main(shown)
    said = capsys.readouterr().out
    assert "Since it was closed, its file changed in `title`. That concerns the release only:" in said
    assert "What is out" not in said
    move(store, begun, revised, "publish", revision=1)
    main(shown)
    said = capsys.readouterr().out
    assert "What is out, revision 1, was published by the file as it is now." in said
    assert "Revision 1 is declared in its file, of 2026-06-01: The title was corrected." in said
    main([*shown, "--json"])
    told = json.loads(capsys.readouterr().out)
    assert (told["changed_keys"], told["revisions"][0]["date"]) == (["title"], "2026-06-01")


def test_a_revision_that_is_declared_takes_late_files(begun):
    plan = load_plan(begun, WAVE)
    store = Store.open(begun.warehouse)
    for step in ("close", "estimate", "publish"):
        move(store, begun, plan.wave, step, revision=0)
    late = deliver(begun, "late.csv", "r2")
    with pytest.raises(ConformError, match=r"wave reopen .*a further entry under `revisions:`"):
        InOrder().collect(plan, [late])
    revised = edit(begun, revisions=[{"date": date(2026, 6, 1), "note": {"zh": "注", "en": "note"}}])
    InOrder().collect(revised, [late])
    assert registered(store, begun, revised.wave).standing.state == "published"  # until the revision is out
    assert move(store, begun, revised.wave, "publish", revision=1).state == "revised"


def test_files_since_the_estimate_stop_publication(begun):
    plan = load_plan(begun, WAVE)
    store = Store.open(begun.warehouse)
    move(store, begun, plan.wave, "estimate")
    InOrder().collect(plan, [deliver(begun, "b.csv", "r2")])
    with pytest.raises(
        IllegalMove, match=r"it is fielding, so `publish` is not possible. Possible: .*`estimate`"
    ):
        InOrder().publish(plan)


@pytest.mark.parametrize("again", [False, True])
def test_files_of_a_collection_that_was_stopped_before_it_told_the_register_stop_it_too(
    begun, monkeypatch, again
):
    """Figures without them were published, and to collect them again told nothing either."""
    plan, store = load_plan(begun, WAVE), Store.open(begun.warehouse)
    move(store, begun, plan.wave, "estimate")
    late = deliver(begun, "b.csv", "r2")

    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as stopping:
        stopping.setattr(recorded, "move", stopped)
        with pytest.raises(KeyboardInterrupt):
            InOrder().collect(plan, [late])
    if again:
        InOrder().collect(plan, [late])
        assert registered(store, begun, plan.wave).standing.state == "fielding"
    with pytest.raises(IllegalMove, match="it is fielding, so `publish` is not possible"):
        InOrder().publish(plan)
    assert registered(store, begun, plan.wave).moves["step"].tolist() == ["collect", "estimate", "collect"]


def test_a_wave_without_an_entry_stands_where_store_and_releases_say(workspace):
    wave = workspace.wave(WAVE)
    assert unregistered(workspace, WAVE).standing.state == "planned"
    (workspace.releases / WAVE).mkdir(parents=True)
    store = Store.open(workspace.warehouse, create=True)
    assert registered(store, workspace, wave).standing.state == "published"
    (workspace.releases / "revisions" / WAVE / "r0").mkdir(parents=True)
    found = registered(store, workspace, wave)
    assert (found.standing.state, found.standing.revision, len(found.moves)) == ("revised", 1, 0)
    check_move(store, workspace, wave, "publish")
    with pytest.raises(IllegalMove, match="it is revised, so `reopen` is not possible"):
        check_move(store, workspace, wave, "reopen")


def test_waves_of_a_sector_whose_fieldwork_overlaps_are_registered_and_counted_apart(
    workspace, capsys, tmp_path
):
    """The same brand and respondents in both: each wave has its own state, its own answers and its own board."""
    own = yaml.safe_load((workspace.root / "waves" / f"{WAVE}.yaml").read_text(encoding="utf-8"))
    other = own | {"id": "2026Q1", "field": {"start": "2026-03-15", "end": "2026-04-15"}}
    other["sectors"] = [own["sectors"][0] | {"quota": 5}]
    (workspace.root / "waves" / "2026Q1.yaml").write_text(yaml.safe_dump(other), encoding="utf-8")
    edit(workspace, sectors=[own["sectors"][0] | {"quota": 5}])
    plans = {one: load_plan(workspace, one) for one in (WAVE, "2026Q1")}
    InOrder().collect(plans[WAVE], [deliver(workspace, "a.csv", "r1", "r2")])
    InOrder().collect(plans["2026Q1"], [deliver(workspace, "b.csv", "r2", "r3", "r4")])

    now = datetime(2026, 3, 20, 12, tzinfo=UTC)
    found = {one: wave_progress(plan, now) for one, plan in plans.items()}
    assert {one: progress.accepted for one, progress in found.items()} == {WAVE: 2, "2026Q1": 3}
    for one, count in ((WAVE, "2/5"), ("2026Q1", "3/5")):
        page = write_board(plans[one], found[one], tmp_path / f"{one}.html").read_text(encoding="utf-8")
        assert f">{count}<" in page
    store = Store.open(workspace.warehouse)
    assert [len(store.responses(one, "only")) for one in found] == [2, 3]

    root = ["--workspace", str(workspace.root)]
    main(["wave", "close", "--wave", WAVE, "--reason", "full", "--by", "Li Min", *root])
    assert not InOrder().collect(plans["2026Q1"], [deliver(workspace, "c.csv", "r5")])[0].repeated
    capsys.readouterr()
    main(["wave", "list", *root, "--json"])
    listed = json.loads(capsys.readouterr().out)["register"]
    assert [(one["wave"], one["state"]) for one in listed] == [(WAVE, "closed"), ("2026Q1", "fielding")]


def test_a_half_written_wave_file_is_told_and_the_others_are_listed(workspace, capsys):
    (workspace.root / "waves" / "2027.yaml").write_text(
        'spec: ncsi/wave/1\nid: "2027"\nlab', encoding="utf-8"
    )
    shutil.rmtree(workspace.warehouse, ignore_errors=True)
    with pytest.raises(SystemExit) as end:
        main(["wave", "list", "--workspace", str(workspace.root), "--json"])
    assert end.value.code == 2
    found = json.loads(capsys.readouterr().out)
    assert (found["waves"], list(found["faults"])) == (["2026"], ["2027"])
    assert found["register"][0]["state"] == "planned"
    assert not workspace.warehouse.exists()  # looking makes nothing


def test_a_further_wave_is_that_of_the_last_with_its_own_days(workspace, capsys):
    main([
        "wave", "new", "--wave", "2027", "--label", "2027年", "the year's 2027", "--field", "2027-03-01",
        "2027-03-31", "--release", "2027-05-15", "--reason", "yearly", "--workspace", str(workspace.root),
    ])  # fmt: skip
    assert "Wave 2027 is planned: waves/2027.yaml is as that of 2026." in capsys.readouterr().out
    made = workspace.wave("2027")
    assert (made.previous, made.label.en, made.field.end) == ("2026", "the year's 2027", date(2027, 3, 31))
    assert made.sectors == workspace.wave(WAVE).sectors
    moves = registered(Store.open(workspace.warehouse), workspace, made).moves
    assert moves[["step", "state", "reason"]].to_numpy().tolist() == [["new", "planned", "yearly"]]

    label = Label(zh="又", en="again")
    with pytest.raises(SpecError, match="it is there already"):
        write_wave_file(
            workspace, NewWave("2027", label, made.field.start, made.field.end, made.release_date), WAVE
        )
    with pytest.raises(SpecError, match="before fieldwork ends"):
        write_wave_file(
            workspace, NewWave("2028", label, made.field.start, made.field.end, made.field.start), WAVE
        )
    assert workspace.wave_ids() == ("2026", "2027")


def test_a_file_whose_name_is_no_wave_id_is_told(workspace, capsys):
    kept = {path.name for path in (workspace.root / "waves").iterdir()}
    for name in ("2025-10.yaml", "2027.yml", "2026 copy.yaml", "._2026.yaml", "notes.txt"):
        (workspace.root / "waves" / name).write_text("spec: ncsi/wave/1\n", encoding="utf-8")
    main(["wave", "list", "--workspace", str(workspace.root), "--json"])
    found = json.loads(capsys.readouterr().out)
    assert found["not_read"] == ["2025-10.yaml", "2026 copy.yaml", "2027.yml"]
    assert {f"{one}.yaml" for one in found["waves"]} == kept
    main(["wave", "list", "--workspace", str(workspace.root)])
    assert (
        "Not read: waves/2027.yml. Name it as 2026.yaml, 2026Q1.yaml or 2026W07.yaml."
        in capsys.readouterr().out
    )
