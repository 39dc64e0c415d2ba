"""What tells of persons is deleted when its time is over; what was published stays, and can be published again."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path

import pytest

from ncsi.cli.main import main
from ncsi.engine import InOrder
from ncsi.errors import SpecError
from ncsi.ledger import Ledger
from ncsi.spec import Workspace, open_workspace
from ncsi.spec.plan import load_plan
from ncsi.stages.audit import audit_workspace
from ncsi.stages.retention import delete_expired, expired
from ncsi.stages.source_files import sources_of
from ncsi.store import Store
from ncsi.store.place import RESPONSES
from ncsi.tables import TABLES

WAVE, RELEASED = "2026", date(2026, 5, 15)


@pytest.fixture
def root(published_example: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(published_example, tmp_path / "ws"))


def keeping(root: Path, **days: int) -> Workspace:
    settings = json.dumps({"spec": "ncsi/workspace/1", "retention": days})
    (root / "ncsi.yaml").write_text(settings, encoding="utf-8")
    return open_workspace(root)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(one.relative_to(folder)): one.read_bytes() for one in folder.rglob("*") if one.is_file()}


def test_nothing_goes_without_a_rule_or_before_its_time(root):
    assert expired(open_workspace(root), date(2100, 1, 1)) == ()
    workspace = keeping(root, raw_exports_days=30, responses_days=60)
    assert expired(workspace, date(2026, 6, 14)) == ()
    (one,) = expired(workspace, date(2026, 6, 15))
    assert ([path.name for path in one.exports], one.responses) == (["skin_care.csv"], 0)
    (one,) = expired(workspace, date(2026, 7, 15))
    assert one.responses > 100


def test_exports_and_responses_go_and_figures_stay(root):
    workspace = keeping(root, raw_exports_days=30, responses_days=60)
    releases = contents(workspace.releases)
    (gone,) = delete_expired(workspace, date(2027, 1, 1))
    assert not (root / "data" / "skin_care.csv").exists()
    assert not list((workspace.warehouse / RESPONSES).rglob("*.parquet"))
    store = Store.open(workspace.warehouse)
    with store.session():
        for table in TABLES.values():
            if table.kept_in == "duckdb" and "respondent" in table.names:
                assert store.read(table.name).empty, table.name
        card = store.read("raw_files").iloc[0]
        assert len(store.read("out_index_by_brand"))
    assert (card["rows_accepted"], card["rows_forgotten"]) == (0, gone.responses)
    assert contents(workspace.releases) == releases
    assert [str(one) for one in audit_workspace(workspace).damages] == []
    last = Ledger.of(workspace).events()[-1]
    told = (last["job"], last["event"], last["exports"], last["responses"])
    assert told == ("retention", "COMPLETE", 1, gone.responses)
    InOrder().publish(load_plan(workspace, WAVE))
    assert contents(workspace.releases) == releases
    assert delete_expired(workspace, date(2027, 1, 1)) == ()


def test_an_export_that_was_changed_since_is_not_touched(root):
    workspace = keeping(root, raw_exports_days=30)
    (root / "data" / "skin_care.csv").write_text("another file")
    assert delete_expired(workspace, date(2027, 1, 1)) == ()
    assert (root / "data" / "skin_care.csv").exists()


def test_an_export_that_a_later_wave_needs_stays(root):
    workspace = keeping(root, raw_exports_days=30)
    text = (root / "waves" / f"{WAVE}.yaml").read_text(encoding="utf-8")
    later = text.replace('id: "2026"', 'id: "2027"').replace("2026-", "2027-")
    (root / "waves" / "2027.yaml").write_text(later, encoding="utf-8")
    InOrder().collect(load_plan(workspace, "2027"), sources_of(workspace, "2027"))
    assert expired(workspace, date(2027, 1, 1)) == ()
    assert [one.wave for one in expired(workspace, date(2028, 1, 1))] == ["2026", "2027"]


def test_the_command_and_the_audit_say_what_is_over_its_time(root, capsys):
    workspace = keeping(root, responses_days=1)
    found = [str(one) for one in audit_workspace(workspace).damages]
    assert len(found) == 1
    assert "kept longer than `retention:` allows. Run `ncsi retention`." in found[0]
    main(["retention", "--dry-run", "--workspace", str(root)])
    assert "Would delete of wave 2026: 0 export files, " in capsys.readouterr().out
    assert list((workspace.warehouse / RESPONSES).rglob("*.parquet"))
    main(["retention", "--workspace", str(root)])
    assert not list((workspace.warehouse / RESPONSES).rglob("*.parquet"))
    main(["retention", "--workspace", str(root)])
    assert capsys.readouterr().out.endswith("Nothing is due for deletion.\n")


@pytest.mark.parametrize("days", [0, -1, True, "30", 1.5])
def test_days_are_a_whole_number(root, days):
    with pytest.raises(SpecError, match=r"retention\.responses_days \(line 1\)"):
        keeping(root, responses_days=days)
