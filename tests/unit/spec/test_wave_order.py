"""Waves come in the order they begin in, wherever they are listed: by text 2026Q3 would come before 2026W07."""

import json
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
import yaml

from ncsi.errors import SpecError
from ncsi.report.site import shelf
from ncsi.spec import in_wave_order, open_workspace, wave_order
from ncsi.stages import publish
from ncsi.store import SourceCard, Store
from ncsi.tables import CORE_REJECTS

IN_ORDER = ("2025W53", "2026", "2026W07", "2026Q2", "2026W20", "2026Q3", "2026W40", "2026Q4", "2027")
BY_TEXT = sorted(IN_ORDER)


def test_text_would_order_them_otherwise():
    assert tuple(BY_TEXT) != IN_ORDER
    assert in_wave_order(BY_TEXT) == IN_ORDER


@pytest.mark.parametrize(
    ("wave", "years"), [("2026", 2026.0), ("2026Q1", 2026.0), ("2026Q3", 2026.5), ("2026W01", 2026.0)]
)
def test_a_wave_begins_in_its_year(wave, years):
    assert wave_order(wave) == years


def test_a_week_of_one_year_comes_before_the_next_year():
    assert wave_order("2025W53") < wave_order("2026W01") < wave_order("2026W02") < wave_order("2026Q2")


def test_the_workspace_lists_them_so(tmp_path):
    (tmp_path / "ncsi.yaml").write_text("spec: ncsi/workspace/1\n", encoding="utf-8")
    (tmp_path / "waves").mkdir()
    for name in BY_TEXT:
        (tmp_path / "waves" / f"{name}.yaml").touch()
    assert open_workspace(tmp_path).wave_ids() == IN_ORDER


def test_the_store_lists_them_so(tmp_path):
    import pandas as pd

    store = Store.open(tmp_path / "warehouse", create=True)
    none = pd.DataFrame(columns=list(CORE_REJECTS.names))
    for name in BY_TEXT:
        store.add_source(SourceCard(name, "a" * 64, "a.csv", "csv", "utf-8", "plain", None, 1, 0), [], none)
    assert store.waves() == IN_ORDER


def test_the_site_lists_them_so(tmp_path, monkeypatch):
    for name in BY_TEXT:
        (tmp_path / name).mkdir()
        told = dict.fromkeys(("release_id", "label", "release_date", "embargoed", "synthetic", "files"), "")
        (tmp_path / name / "manifest.json").write_text(json.dumps({**told, "wave": name}), encoding="utf-8")
    monkeypatch.setattr(shelf, "_shelved", lambda folder, _manifest: SimpleNamespace(wave=folder.name))
    assert tuple(one.wave for one in shelf.shelf(tmp_path)) == IN_ORDER


def test_a_release_looks_back_on_the_waves_before_it():
    assert publish._up_to("2026Q3", BY_TEXT) == [one for one in BY_TEXT if one in IN_ORDER[:6]]


@pytest.mark.parametrize(("zone", "day"), [("Asia/Shanghai", 30), ("UTC", 29), ("America/New_York", 29)])
def test_a_revision_may_be_of_the_day_that_it_is_in_the_waves_time_zone(
    new_workspace, tmp_path, monkeypatch, zone, day
):
    """Late in an evening of UTC it is tomorrow in Shanghai."""

    class Evening(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime(2026, 11, 29, 16, 30, tzinfo=UTC).astimezone(tz)

    monkeypatch.setattr("ncsi.spec.wave_checks.datetime", Evening)
    workspace = new_workspace(tmp_path)
    path = workspace.root / "waves" / "2026.yaml"
    told = yaml.safe_load(path.read_text(encoding="utf-8"))
    for date in (day, day + 1):
        note = {
            "date": f"2026-{'12-01' if date == 31 else f'11-{date}'}",
            "note": {"zh": "改", "en": "corrected"},
        }
        path.write_text(yaml.safe_dump(told | {"timezone": zone, "revisions": [note]}), encoding="utf-8")
        if date == day:
            assert len(workspace.wave("2026").revisions) == 1
        else:
            with pytest.raises(SpecError, match="is after today, 2026-11"):
                workspace.wave("2026")
