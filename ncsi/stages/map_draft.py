"""A column map drafted for a file, and what a check would make of the file by it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ncsi import atomic
from ncsi.errors import ConformError
from ncsi.ingest.dialects import recognised
from ncsi.ingest.proposed_map import Proposal, as_yaml, declared_by, propose
from ncsi.ingest.read import read_file
from ncsi.spec import Dialect, Instrument
from ncsi.spec.json_schemas import first_line, write_schemas
from ncsi.spec.load import map_from_text
from ncsi.spec.plan import WavePlan
from ncsi.stages.export_check import CheckOutcome, check_export, check_export_for_wave

LEAST_ASKED = 0.25
"""Share of an instrument's questions for which a column is found or asked for, below which no map is proposed."""


def write_map(draft: MapDraft, path: Path) -> None:
    """Write the map to `path`; in `maps/` of a workspace its first line names its schema, for editors."""
    root, text = path.resolve().parent.parent, draft.text
    if path.resolve().parent.name == "maps" and (root / "ncsi.yaml").is_file():
        text = first_line("map", f"maps/{path.name}") + text
        write_schemas(root)
    atomic.write(path, text.encode("utf-8"))


@dataclass(frozen=True, slots=True, eq=False)
class MapDraft:
    """A proposal, the text of its map, and what a check by that map says; `checked` is None while a column is asked
    for, since a check refuses the file until it is named; `passed_over`: what of the file was not read."""

    source_name: str
    passed_over: tuple[str, ...]
    proposal: Proposal
    text: str
    checked: CheckOutcome | None


def draft_map(
    path: Path,
    instrument: Instrument,
    name: str,
    dialect: Dialect | None = None,
    sheet: str | None = None,
    header_row: int | None = None,
    measured: tuple[WavePlan, str] | None = None,
) -> MapDraft:
    """Read the file, propose a map called `name`, and check the file by it. Raises as `check_file` does.

    `measured`: a wave and the sector that the file is of, whose brands and background it is matched and judged by.
    """
    table = read_file(path, sheet, header_row)
    export = recognised(table, dialect)
    proposal = propose(export, instrument, declared_by(measured[0].wave, measured[1]) if measured else None)
    _require_asked(proposal, instrument, table.name)
    text = as_yaml(proposal, name, table.sheet, table.header_row)
    used = map_from_text(text, f"map proposed for {path.name}")
    if proposal.unmatched or proposal.questions:
        checked = None
    elif measured:
        checked = check_export_for_wave(export, *measured, used)
    else:
        checked = check_export(export, instrument, used)
    return MapDraft(table.name, table.passed_over, proposal, text, checked)


def _require_asked(proposal: Proposal, instrument: Instrument, name: str) -> None:
    """Raise ConformError for a file that asks so little of the instrument that it is another survey's."""
    kinds = [*(one.kind for one in proposal.matches), *(one.kind for one in proposal.questions)]
    found = kinds.count("item")
    wanted = len(instrument.fielded)
    if found < LEAST_ASKED * wanted:
        raise ConformError(
            name,
            f"it looks like another survey: columns were found for {found} of the {wanted} questions of instrument "
            f"{instrument.id}",
            "Name its own instrument, another file, or another sheet",
        )
