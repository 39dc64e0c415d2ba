"""What a wave asked stays what it asked: later waves ask something else, and late files and revisions still come in."""

from __future__ import annotations

import shutil

import pytest
import yaml

from ncsi.cli import main
from ncsi.engine import InOrder
from ncsi.errors import IllegalMove, SpecError
from ncsi.ledger import Ledger
from ncsi.spec import load_instrument, open_workspace
from ncsi.spec.plan import load_plan
from ncsi.stages.audit import audit_workspace
from ncsi.stages.questionnaires import asked, recorded_pins, renew
from ncsi.stages.register import move
from ncsi.stages.source_files import SourceFile, sources_of
from ncsi.store import Store

FIRST, NEXT = "2026", "2027"


def write(root, dropped=(), version="1.0.0"):
    """A questionnaire of the workspace's own: ccsi without some of its items."""
    told = load_instrument("ccsi").model_dump(mode="json", by_alias=True, exclude_none=True)
    told |= {"id": "own", "version": version, "subindices": [], "beside": [], "measures": [], "routing": []}
    for one in told["constructs"]:
        one["items"] = [item for item in one["items"] if item["id"] not in dropped]
    path = root / "instruments" / "own.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(yaml.safe_dump(told, allow_unicode=True), encoding="utf-8")
    return load_instrument(path)


def deliver(root, name, instrument, *respondents):
    """An export whose columns are called otherwise, with the map that says how."""
    rows = [",".join(["respondent", "brand", *(f"q_{item.id}" for item in instrument.items)])]
    rows += [
        f"{one},b1,{','.join(str(min(7, item.scale.max)) for item in instrument.items)}"
        for one in respondents
    ]
    (root / "data" / name).write_text("\n".join(rows) + "\n", encoding="utf-8")


def mapped(root, name, instrument):
    told = {
        "spec": "ncsi/map/1", "id": name, "columns": {"respondent": "respondent", "brand": "brand"},
        "items": {item.id: f"q_{item.id}" for item in instrument.items},
    }  # fmt: skip
    (root / "maps").mkdir(exist_ok=True)
    (root / "maps" / f"{name}.yaml").write_text(yaml.safe_dump(told), encoding="utf-8")


def edit(root, wave, **changes):
    path = root / "waves" / f"{wave}.yaml"
    path.write_text(
        yaml.safe_dump(yaml.safe_load(path.read_text(encoding="utf-8")) | changes), encoding="utf-8"
    )


@pytest.fixture(scope="module")
def as_asked(new_workspace, tmp_path_factory):
    """A wave with answers to version 1.0.0, by a map that names every item: to be copied."""
    workspace = new_workspace(tmp_path_factory.mktemp("asked"))
    root = workspace.root
    sectors = yaml.safe_load((root / "sectors.yaml").read_text(encoding="utf-8"))
    sectors["sectors"][0]["instrument"] = "own"
    (root / "sectors.yaml").write_text(yaml.safe_dump(sectors), encoding="utf-8")
    instrument = write(root)
    mapped(root, "first", instrument)
    edit(root, FIRST, sources=[{"files": "data/*.csv", "sector": "only", "map": "first"}])
    deliver(root, "a.csv", instrument, "r1", "r2")
    InOrder().collect(load_plan(workspace, FIRST), sources_of(workspace, FIRST))
    return root, instrument


@pytest.fixture
def asked_once(as_asked, tmp_path):
    root, instrument = as_asked
    return open_workspace(shutil.copytree(root, tmp_path / "ws")), instrument


def test_an_older_wave_takes_late_files_and_revisions_after_its_questionnaire_changed(asked_once):
    workspace, first = asked_once
    root, store = workspace.root, Store.open(workspace.warehouse)
    now = write(root, dropped=("IMA4",), version="2.0.0")
    assert len(now.items) == len(first.items) - 1
    for step in ("close", "estimate", "publish"):
        move(store, workspace, workspace.wave(FIRST), step, revision=0)
    edit(root, FIRST, revisions=[{"date": "2026-06-01", "note": {"zh": "注", "en": "note"}}])

    deliver(root, "late.csv", first, "r3")
    plan = load_plan(workspace, FIRST)  # the map still names IMA4
    assert plan.instruments["only"] == first
    outcomes = InOrder().collect(plan, sources_of(workspace, FIRST))
    assert [one.repeated for one in outcomes] == [True, False]
    assert len(store.responses(FIRST, "only")) == 3

    shutil.copy(root / "waves" / f"{FIRST}.yaml", root / "waves" / f"{NEXT}.yaml")
    mapped(root, "next", now)
    (root / "data" / NEXT).mkdir()
    edit(
        root, NEXT, id=NEXT, previous=FIRST, release_date="2027-05-15", revisions=[],
        field={"start": "2027-03-01", "end": "2027-03-31"},
        sources=[{"files": f"data/{NEXT}/*.csv", "sector": "only", "map": "next"}],
    )  # fmt: skip
    deliver(root, f"{NEXT}/b.csv", now, "r4")
    later = load_plan(workspace, NEXT)
    assert later.instruments["only"] == now
    InOrder().collect(later, sources_of(workspace, NEXT))
    versions = {wave: recorded_pins(store, wave)["only"].version for wave in (FIRST, NEXT)}
    assert versions == {FIRST: "1.0.0", NEXT: "2.0.0"}
    assert load_plan(workspace, FIRST).instruments["only"] == first


def test_nothing_is_kept_of_a_questionnaire_that_nobody_answered(workspace):
    root = workspace.root
    (root / "data" / "a.csv").write_text("respondent,brand\nr1,b1\n", encoding="utf-8")
    with pytest.raises(Exception, match="IMA1"):
        InOrder().collect(load_plan(workspace, FIRST), [SourceFile(root / "data" / "a.csv", None, "only")])
    assert recorded_pins(Store.open(workspace.warehouse), FIRST) == {}
    assert not (root / "instruments" / "pinned").exists()


def test_a_version_is_one_questionnaire(asked_once):
    workspace, _ = asked_once
    root = workspace.root
    now = write(root, dropped=("IMA4",))
    shutil.copy(root / "waves" / f"{FIRST}.yaml", root / "waves" / f"{NEXT}.yaml")
    mapped(root, "next", now)
    edit(
        root, NEXT, id=NEXT, release_date="2027-05-15", field={"start": "2027-03-01", "end": "2027-03-31"},
        sources=[{"files": "data/b.csv", "sector": "only", "map": "next"}],
    )  # fmt: skip
    deliver(root, "b.csv", now, "r4")
    with pytest.raises(
        SpecError, match=r"wave 2026 asked version 1.0.0 of it in sector only, .*Give it a new `version:`"
    ):
        InOrder().collect(load_plan(workspace, NEXT), sources_of(workspace, NEXT))
    assert NEXT not in Store.open(workspace.warehouse).waves()


def test_a_correction_during_fieldwork_is_asked_for_and_told(asked_once, capsys):
    workspace, first = asked_once
    root, store = workspace.root, Store.open(workspace.warehouse)
    with pytest.raises(SpecError, match="the questionnaire of every sector is the one that was asked"):
        renew(store, load_plan(workspace, FIRST), (), "nothing")
    now = write(root, dropped=("IMA4",), version="1.1.0")
    options = ["--wave", FIRST, "--workspace", str(root)]
    main(["wave", "questionnaire", *options])
    assert "only  own 1.0.0" in (said := capsys.readouterr().out)
    assert "instruments/ says something else now" in said
    with pytest.raises(SystemExit):
        main(["wave", "questionnaire", "--renew", *options])
    assert "--renew needs --reason" in capsys.readouterr().err
    mapped(root, "next", now)
    edit(root, FIRST, sources=[{"files": "data/*.csv", "sector": "only", "map": "first"}])
    main(["wave", "questionnaire", "--renew", "--reason", "IMA4 was printed twice", *options])
    assert "Asked anew from now on: only." in capsys.readouterr().out
    edit(root, FIRST, sources=[{"files": "data/*.csv", "sector": "only", "map": "next"}])
    deliver(root, "a.csv", first, "r1", "r2")
    told = {
        **yaml.safe_load((root / "maps" / "next.yaml").read_text(encoding="utf-8")), "ignore": ["q_IMA4"]
    }  # fmt: skip
    (root / "maps" / "next.yaml").write_text(yaml.safe_dump(told), encoding="utf-8")
    (outcome,) = InOrder().collect(load_plan(workspace, FIRST), sources_of(workspace, FIRST))
    assert [one.reason for one in outcome.revisions] == ["other_reading"]
    assert "IMA4" not in store.responses(FIRST, "only").columns
    assert [(one.version, one.changed_since) for one in asked(store, workspace, FIRST)] == [("1.1.0", False)]
    (told,) = [
        one
        for one in Ledger.of(workspace).events()
        if one["job"] == "questionnaire" and one["event"] == "COMPLETE"
    ]
    assert (told["reason"], told["sectors"]) == ("IMA4 was printed twice", {"only": "own 1.0.0"})


def test_a_closed_wave_is_not_asked_anew(asked_once):
    workspace, _ = asked_once
    store, plan = Store.open(workspace.warehouse), load_plan(workspace, FIRST)
    move(store, workspace, plan.wave, "close", reason="full")
    write(workspace.root, dropped=("IMA4",), version="1.1.0")
    with pytest.raises(IllegalMove, match="wave reopen"):
        renew(store, load_plan(workspace, FIRST), (), "why")


def test_copies_that_are_gone_or_changed_come_back_from_the_store(asked_once):
    workspace, first = asked_once
    pinned = workspace.root / "instruments" / "pinned"
    write(workspace.root, dropped=("IMA4",), version="2.0.0")
    mapped(workspace.root, "first", write(workspace.root, dropped=("IMA4",), version="2.0.0"))
    shutil.rmtree(pinned)
    plan = load_plan(workspace, FIRST)  # reads what instruments/ says now
    with pytest.raises(
        SpecError, match=r"given to own 1.0.0, whose copy .* has been put back. Run the same command"
    ):
        InOrder().estimate(plan)
    assert workspace.instruments_of(plan.wave)["only"] == first

    (copy,) = (one for one in pinned.iterdir() if one.stem != FIRST)
    copy.write_text(copy.read_text(encoding="utf-8").replace("IMA4", "IMA9"), encoding="utf-8")
    with pytest.raises(SpecError, match=r"copy of this questionnaire was changed. Run `ncsi audit --repair`"):
        load_plan(open_workspace(workspace.root), FIRST)
    damages = audit_workspace(workspace).damages
    assert any("the copy of what it was asked" in one.problem for one in damages)
    repaired = audit_workspace(workspace, repair=True)
    assert not any("the copy of what it was asked" in one.problem for one in repaired.damages)
    assert any("what wave 2026 was asked is there again" in one for one in repaired.repaired)
    assert workspace.instruments_of(plan.wave)["only"] == first


def test_a_store_of_an_earlier_version_is_recorded_where_the_specs_are_those_it_was_read_by(asked_once):
    workspace, first = asked_once
    store = Store.open(workspace.warehouse)
    store.drop_questionnaires(FIRST, ["only"])
    assert recorded_pins(store, FIRST) == {}
    InOrder().collect(load_plan(workspace, FIRST), sources_of(workspace, FIRST))
    assert recorded_pins(store, FIRST)["only"].read() == first
