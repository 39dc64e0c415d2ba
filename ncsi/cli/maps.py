"""`ncsi map`: a proposed column map; `ncsi instrument export`: a questionnaire to field."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ncsi import atomic
from ncsi.cli import options, say

if TYPE_CHECKING:
    from ncsi.spec import Brand, Dialect

FORMATS = ("xlsform", "limesurvey", "ddi")
"""As `ncsi.questionnaire.FORMATS`; a test holds the two together."""


@click.command("map")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--instrument", "instrument_id", required=True, metavar="ID", help="Preset id, or a YAML file.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Where to write the map (YAML).")
@options.dialect
@options.sheet
@options.as_json
def propose_map(
    file: Path,
    instrument_id: str,
    out: Path | None,
    dialect: Dialect | None,
    sheet: str | None,
    as_json: bool,
) -> None:
    """Propose which column of an export is which item, with a confidence, as a map to correct."""
    from ncsi.ingest.dialects import recognised
    from ncsi.ingest.proposed_map import as_yaml, propose
    from ncsi.ingest.read import read_file
    from ncsi.spec import load_instrument

    _refuse_existing(out)
    instrument = load_instrument(instrument_id)
    proposal = propose(recognised(read_file(file, sheet), dialect), instrument)
    text = as_yaml(proposal, out.stem if out else "proposed", sheet)
    lines = [
        f"{file.name}, dialect {proposal.dialect}: {len(proposal.matches)} columns matched, "
        f"{len(proposal.unmatched)} items without a column, {len(proposal.left)} columns left over."
    ]
    lines += [
        f"  {one.confidence:.2f}  {one.meaning} = {one.column[:60]} ({one.by})"
        for one in sorted(proposal.matches, key=lambda one: one.confidence)
    ]
    lines += [f"  ----  {item}: no similar column was found" for item in proposal.unmatched]
    open_words = [one for one in proposal.words if one.code is None]
    if open_words:
        lines.append(f"  {len(open_words)} answers are words without a code: the map lists them.")
    if out:
        atomic.write(out, text.encode("utf-8"))
        lines.append(
            f"Map: {out}. Correct it, then run `ncsi check {file} --instrument {instrument_id} --map {out}`."
        )
    else:
        lines.append(text)
    facts = {
        "file": file.name, "dialect": proposal.dialect, "map": str(out) if out else text,
        "matches": [
            {"meaning": m.meaning, "column": m.column, "confidence": m.confidence, "by": m.by} for m in proposal.matches
        ],
        "words": [
            {"item": w.item, "word": w.word, "code": w.code, "confidence": w.confidence, "by": w.by}
            for w in proposal.words
        ],
        "unmatched": list(proposal.unmatched), "left": list(proposal.left), "personal": list(proposal.personal),
    }  # fmt: skip
    say.say(lines, facts, as_json)


@click.group()
def instrument() -> None:
    """Questionnaires: write one that a platform can field."""


@instrument.command("export")
@click.argument("instrument_id", metavar="ID")
@click.option("--format", "format_id", type=click.Choice(FORMATS), required=True, help="What to write.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="File to write.")
@click.option("--wave", "wave_id", metavar="ID", help="With --sector: ask which of its brands is rated.")
@options.sector
@options.workspace
@options.as_json
def export(
    instrument_id: str, format_id: str, out: Path | None, wave_id: str | None, sector: str | None,
    root: Path, as_json: bool,
) -> None:  # fmt: skip
    """Write instrument ID (a preset, or a YAML file) as a questionnaire: XLSForm, LimeSurvey, or DDI-Codebook 2.5."""
    from ncsi.questionnaire import FORMATS as WRITERS
    from ncsi.questionnaire import write_questionnaire
    from ncsi.spec import load_instrument

    found = load_instrument(instrument_id)
    out = out or Path(f"{found.id}{WRITERS[format_id].suffix}")
    _refuse_existing(out)
    content = write_questionnaire(found, format_id, _brands(root, wave_id, sector))
    atomic.write(out, content)
    facts = {"instrument": found.id, "version": found.version, "format": format_id, "file": str(out)}
    say.say([f"Instrument {found.id} {found.version} as {format_id}: {out}"], facts, as_json)


def _brands(root: Path, wave_id: str | None, sector: str | None) -> tuple[Brand, ...]:
    if (wave_id is None) != (sector is None):
        raise click.UsageError("--wave and --sector go together: they say which brands are asked for.")
    if wave_id is None or sector is None:
        return ()
    from ncsi.errors import SpecError
    from ncsi.spec import open_workspace

    wave = open_workspace(root).wave(wave_id)
    known = [one.id for one in wave.sectors]
    if sector not in known:
        raise SpecError(
            f"wave {wave_id}", f"it has no sector '{sector[:60]}'", f"Its sectors: {', '.join(known)}"
        )
    return wave.sector(sector).brands


def _refuse_existing(out: Path | None) -> None:
    if out is not None and out.exists():
        raise click.UsageError(f"{out} already exists. Name another file, or move it away.")
