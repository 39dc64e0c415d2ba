"""Corrections: a file delivered again replaces the earlier one, whole, with history."""

from __future__ import annotations

import shutil
import sys

import pytest
import yaml

import ncsi
from ncsi.cli.main import main
from ncsi.errors import SpecError
from ncsi.spec import load_instrument, open_workspace
from ncsi.spec.plan import load_plan
from ncsi.stages.collect import collect_file
from ncsi.stages.source_files import SourceFile, sources_of
from ncsi.stages.validate import validate_wave

ITEMS = load_instrument("ccsi").item_ids


def answers(value: int = 8) -> str:
    return ",".join([str(value)] * len(ITEMS))


def deliver(workspace, name: str, *rows: str, **changes) -> SourceFile:
    path = workspace.root / "data" / name
    path.write_text("\n".join([f"respondent,brand,{','.join(ITEMS)}", *rows]) + "\n", encoding="utf-8")
    return SourceFile(path, None, "only", **changes)


def ingest(workspace, source: SourceFile):
    return collect_file(load_plan(workspace, "2026"), source)


@pytest.fixture(scope="module")
def as_delivered(new_workspace, tmp_path_factory):
    """A wave with one answer in a.csv: to be copied."""
    workspace = new_workspace(tmp_path_factory.mktemp("delivered") / "ws")
    ingest(workspace, deliver(workspace, "a.csv", f"r1,b1,{answers()}"))
    return workspace.root


@pytest.fixture
def delivered(as_delivered, tmp_path):
    return open_workspace(shutil.copytree(as_delivered, tmp_path / "ws"))


def respondents(workspace) -> int:
    warehouse = ncsi.open(workspace.warehouse)
    return len(warehouse.responses("2026", "only")) if "only" in warehouse.sectors("2026") else 0


def test_a_file_delivered_again_replaces_the_earlier_one_and_counts_what_changed(workspace):
    ingest(
        workspace,
        deliver(workspace, "a.csv", f"r1,b1,{answers()}", f"r2,b1,{answers()}", "r3,b9," + answers()),
    )
    second = ingest(
        workspace,
        deliver(workspace, "a.csv", f"r1,b1,{answers()}", f"r2,b1,{answers(5)}", f"r4,b1,{answers()}"),
    )
    assert (second.rows_accepted, second.rejects_by_rule) == (3, {})
    (change,) = second.revisions
    assert (change.reason, change.added, change.removed, change.changed) == ("same_name", 1, 0, 1)
    assert respondents(workspace) == 3
    warehouse = ncsi.open(workspace.warehouse)
    assert warehouse.table("core_rejects").empty
    files = warehouse.table("raw_files")
    assert files["superseded_by"].tolist()[0] == second.sha256
    assert warehouse.sources("2026")["source_sha256"].tolist() == [second.sha256]
    history = warehouse.table("core_revisions")
    assert history[["revision", "earlier_name", "source_name"]].values.tolist() == [[1, "a.csv", "a.csv"]]


def test_the_correction_can_be_taken_back_and_both_steps_stay_in_the_history(workspace):
    first = [f"r1,b1,{answers()}", f"r2,b1,{answers()}"]
    one = ingest(workspace, deliver(workspace, "a.csv", *first))
    ingest(workspace, deliver(workspace, "a.csv", f"r1,b1,{answers()}"))
    back = ingest(workspace, deliver(workspace, "a.csv", *first))
    assert back.sha256 == one.sha256
    assert not back.repeated
    assert respondents(workspace) == 2
    assert ncsi.open(workspace.warehouse).table("core_revisions")["revision"].tolist() == [1, 2]
    assert ingest(workspace, SourceFile(workspace.root / "data" / "a.csv", None, "only")).repeated


def test_a_declared_correction_under_another_name_replaces_and_the_old_file_stays_out(delivered):
    old = SourceFile(delivered.root / "data" / "a.csv", None, "only")
    outcome = ingest(delivered, deliver(delivered, "b.csv", f"r1,b1,{answers(3)}", supersedes=("a.csv",)))
    assert outcome.revisions[0].reason == "declared"
    assert outcome.revisions[0].changed == 1
    assert ingest(delivered, old).repeated
    assert respondents(delivered) == 1


def test_files_that_the_wave_file_declares_corrected_are_not_ingested(workspace):
    deliver(workspace, "a.csv", f"r1,b1,{answers()}")
    deliver(workspace, "b.csv", f"r1,b1,{answers(3)}")
    path = workspace.root / "waves" / "2026.yaml"
    wave = yaml.safe_load(path.read_text(encoding="utf-8"))
    wave["sources"] = [
        {"files": "data/b.csv", "sector": "only", "supersedes": ["a.csv"]},
        {"files": "data/a.csv", "sector": "only"},
    ]
    path.write_text(yaml.safe_dump(wave), encoding="utf-8")
    assert [one.path.name for one in sources_of(workspace, "2026")] == ["b.csv"]


def test_the_same_rows_in_another_order_under_another_name_are_stored_once(workspace):
    rows = [f"r{k},b1,{answers(1 + k % 10)}" for k in range(12)]
    ingest(workspace, deliver(workspace, "a.csv", *rows))
    again = ingest(workspace, deliver(workspace, "copy.csv", *reversed(rows)))
    assert again.repeated
    assert respondents(workspace) == 12


def test_two_files_outside_with_one_name_are_refused(workspace, tmp_path_factory):
    paths = []
    for _ in range(2):
        paths.append(tmp_path_factory.mktemp("out") / "same.csv")
        paths[-1].write_text("x")
    with pytest.raises(SpecError, match=r"same\.csv: two files outside the workspace have this name"):
        sources_of(workspace, "2026", paths, None, "only")


def test_a_clock_that_runs_backwards_changes_no_order(delivered, monkeypatch):
    ingest(delivered, deliver(delivered, "a.csv", f"r1,b1,{answers(7)}"))
    import datetime as clock

    class Earlier(clock.datetime):
        @classmethod
        def now(cls, tz=None):
            return clock.datetime(2001, 1, 1, tzinfo=tz)

    for name in ("ncsi.store.delivered_files", "ncsi.store.revise"):
        monkeypatch.setattr(sys.modules[name], "datetime", Earlier)
    ingest(delivered, deliver(delivered, "a.csv", f"r1,b1,{answers(6)}"))
    warehouse = ncsi.open(delivered.warehouse)
    history = warehouse.table("core_revisions")
    assert history["revision"].tolist() == [1, 2]
    assert history["revised_at"].is_monotonic_decreasing
    assert warehouse.responses("2026", "only")[ITEMS[0]].tolist() == [6]


def test_every_fault_of_a_row_is_kept_and_warnings_leave_the_row_accepted(workspace):
    header = f"respondent,brand,submitted_at,{','.join(ITEMS)}"
    wrong = ",".join(["11", "x", *["8"] * (len(ITEMS) - 2)])
    path = workspace.root / "data" / "a.csv"
    rows = [header, f"r1,b1,2026-04-05 10:00:00,{wrong}", f"r2,b1,2026-04-05 10:00:00,{answers()}"]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    outcome = ingest(workspace, SourceFile(path, None, "only"))
    assert outcome.rejects_by_rule == {"off_scale": 1}
    assert outcome.warnings_by_rule == {"outside_field_dates": 1}  # of the row that is accepted
    faults = ncsi.open(workspace.warehouse).table("core_faults")
    assert faults[["source_row", "column", "rule", "severity"]].values.tolist() == [
        [2, ITEMS[0], "off_scale", "error"],
        [2, ITEMS[1], "not_a_whole_number", "error"],
        [2, "submitted_at", "outside_field_dates", "warning"],
        [3, "submitted_at", "outside_field_dates", "warning"],
    ]
    assert faults["value_class"].tolist() == ["integer above 10", "text", "after", "after"]
    assert "Submitted after the field dates" in faults["message_en"].iloc[2]
    assert "晚于结束日期" in faults["message_zh"].iloc[2]


def test_revisions_are_listed(delivered, capsys):
    ingest(delivered, deliver(delivered, "a.csv", f"r1,b1,{answers(7)}"))
    main(["revisions", "--workspace", str(delivered.root)])
    said = capsys.readouterr().out
    assert said.startswith("2026 revision 1, ")
    assert said.endswith("same name: 0 added, 0 removed, 1 changed.\n")


def test_the_validation_page_lists_corrections(delivered):
    plan = load_plan(delivered, "2026")
    ingest(delivered, deliver(delivered, "a.csv", f"r1,b1,{answers(5)}"))
    page = validate_wave(plan).read_text(encoding="utf-8")
    assert "Corrections" in page
    assert '<td class="l">a.csv</td><td class="l">a.csv</td><td>0</td><td>0</td><td>1</td>' in page
