"""A workspace of one small wave."""

from __future__ import annotations

import pytest
import yaml

from ncsi.spec import open_workspace


def both(zh_en: str) -> dict[str, str]:
    return {"zh": zh_en, "en": zh_en}


@pytest.fixture
def workspace(tmp_path):
    """A wave of one sector measured by ccsi, with two brands."""
    wave = {
        "spec": "ncsi/wave/1", "id": "2026", "label": both("w"), "title": both("t"), "publisher": both("p"),
        "field": {"start": "2026-03-01", "end": "2026-03-31"}, "release_date": "2026-05-15",
        "sectors": [{"id": "only", "brands": [{"id": b, "label": both(b)} for b in ("b1", "b2")]}],
        "sources": [{"files": "data/*.csv", "sector": "only"}],
    }  # fmt: skip
    sectors = {
        "spec": "ncsi/sectors/1", "version": "1", "groups": [{"id": "g", "label": both("g")}],
        "sectors": [{"id": "only", "label": both("only"), "group": "g", "instrument": "ccsi",
                     "share": {"value": 1.0, "source": "test", "year": 2026}}],
    }  # fmt: skip
    for name, content in {
        "ncsi.yaml": {"spec": "ncsi/workspace/1"},
        "waves/2026.yaml": wave,
        "sectors.yaml": sectors,
    }.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(yaml.safe_dump(content), encoding="utf-8")
    (tmp_path / ".ncsi-key").write_text("k" * 32)
    (tmp_path / ".ncsi-key").chmod(0o600)
    (tmp_path / "data").mkdir()
    return open_workspace(tmp_path)
