"""A small questionnaire, and ways to write its exports."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest

from ncsi.ingest.conform import Conformed, Scope, conform
from ncsi.ingest.dialects import layout_of, recognised
from ncsi.ingest.read import read_file
from ncsi.spec import ColumnMap, Instrument

KEY = b"k" * 32


def _label(text: str) -> dict[str, str]:
    return {"zh": text, "en": text}


def instrument(name: str = "small", **scale: int) -> Instrument:
    def item(one: str) -> dict[str, object]:
        return {"id": one, "label": _label(one), "question": _label(f"{one}?"), "scale": scale}

    return Instrument.model_validate(
        {
            "spec": "ncsi/instrument/1",
            "id": name,
            "version": "1.0.0",
            "label": _label(name),
            "respondent": _label("anyone"),
            "modelled_on": "nothing",
            "missing": {"dont_know": ["98"], "refused": ["99"]},
            "constructs": [
                {"id": "Quality", "label": _label("q"), "items": [item("Q1"), item("Q2")]},
                {"id": "Satisfaction", "label": _label("s"), "items": [item("S1"), item("S2")]},
            ],
            "paths": [{"from": "Quality", "to": "Satisfaction"}],
        }
    )


def scope(**changes: object) -> Scope:
    values = {
        "wave": "2026",
        "instruments": {"bank": instrument()},
        "brands": {"bank": ("b1", "b2")},
        "sector": "bank",
        "values": {"region": frozenset({"north", "south"})},
        **changes,
    }
    return Scope(**values)  # type: ignore[arg-type]


def column_map(**values: object) -> ColumnMap:
    return ColumnMap.model_validate({"spec": "ncsi/map/1", "id": "m", **values})


def sifted(path: Path, used: ColumnMap | None = None, where: Scope | None = None) -> Conformed:
    where = where or scope()
    export = recognised(read_file(path), used.dialect if used else None)
    table = export.table
    found = conform(table, layout_of(export, where.instruments.values(), used), where, KEY)
    accepted = sum(len(rows) for rows in found.accepted.values())
    assert accepted + len(found.rejects) == table.rows
    return found


HEADER = "respondent,brand,Q1,Q2,S1,S2"
GOOD = ("r1,b1,8,7,9,10", "r2,b1,1,2,3,4", "r3,b2,98,99,,5")


@pytest.fixture
def make() -> ModuleType:
    """This module."""
    return sys.modules[__name__]


@pytest.fixture
def write(tmp_path: Path):
    """Write an export of rows below the usual header (or another); returns its path."""

    def written(
        *rows: str, header: str = HEADER, name: str = "e.csv", encoding: str = "utf-8", end: str = "\n"
    ) -> Path:
        path = tmp_path / name
        path.write_bytes((end.join([header, *rows]) + end).encode(encoding))
        return path

    return written
