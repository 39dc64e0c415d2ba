"""The script that plays a quarter, a short one, without a server: its fieldwork, a close, a correction, an estimation.

The whole, with Prefect, a worker that is killed, an embargo that passes and a revision, takes minutes: `make quarter`.
"""

from __future__ import annotations

import importlib.util
import re
from datetime import date
from pathlib import Path

import pytest

import ncsi
from ncsi.cli import main
from ncsi.engine import InOrder
from ncsi.errors import ConformError
from ncsi.simulate import agencies
from ncsi.simulate.agencies import write_field_workspace
from ncsi.spec import FieldDates, open_workspace
from ncsi.spec.plan import load_plan
from ncsi.stages.source_files import sources_of

SCRIPT = Path(__file__).parents[2] / "docs" / "examples" / "quarter.py"


@pytest.fixture
def quarter(monkeypatch):
    spec = importlib.util.spec_from_file_location("quarter", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    monkeypatch.setattr(script, "FIELD", FieldDates(start=date(2025, 11, 4), end=date(2025, 11, 7)))
    monkeypatch.setattr(script, "BOARDS", (3,))
    monkeypatch.setattr(script, "CHANGED", 1)
    for name, day in {"_CORRECTED": 0, "_RENAMED": 2, "_FOREIGN": 3, "_LATE": (1, 3)}.items():
        monkeypatch.setattr(agencies, name, day)
    return script


def test_a_short_quarter_is_played(quarter, tmp_path, capsys):
    root = tmp_path / "workspace"
    sent = write_field_workspace(root, brands=2, quota=60, field=quarter.FIELD)
    quarter._team(root)
    for agency in ("jia", "yi", "bing"):
        (root / "inbox" / agency).mkdir(parents=True)
    tell = quarter.telling(tmp_path / "quarter.txt")
    quarter._fieldwork(InOrder(), root / "inbox", sent, tmp_path / "boards", tell)
    said = (tmp_path / "quarter.txt").read_text(encoding="utf-8")
    assert len(re.findall(r"^  2025-11-\d\d  .*\d taken", said, re.MULTILINE)) == 4
    assert all(f"1 {what}" in said for what in ("corrected", "repeated", "quarantined"))
    assert (tmp_path / "boards" / "2025-11-07.html").stat().st_size > 10_000
    where = ("--wave", quarter.WAVE, "--workspace", str(root))
    main(["wave", "close", *where, "--reason", "fieldwork is over"])
    quarter._correct(root, sent)
    plan = load_plan(open_workspace(root), quarter.WAVE)
    assert "9.0.0" not in {
        one.version for one in plan.instruments.values()
    }  # what this quarter asked is kept
    sources = sources_of(plan.workspace, quarter.WAVE)
    with pytest.raises(ConformError, match=r"was closed on .*\(fieldwork is over\)"):
        InOrder().collect(plan, sources)
    main(["wave", "reopen", *where, "--reason", "a question was read the wrong way round"])
    InOrder().collect(plan, sources)
    (sector,), _ = InOrder().estimate(plan)
    assert sector.low < sector.index_0_100 < sector.high
    assert len(ncsi.open(root / "warehouse").table("core_revisions", quarter.WAVE)) >= 2
    assert "2025Q4" in (root / "told.txt").read_text(encoding="utf-8")
    capsys.readouterr()
