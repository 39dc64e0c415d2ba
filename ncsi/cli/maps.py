"""`ncsi map`: a proposed column map; `ncsi instrument export`: a questionnaire to field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ncsi import atomic
from ncsi.cli import options, say
from ncsi.cli.group import Group
from ncsi.cli.new_instrument import new
from ncsi.cli.running import working
from ncsi.errors import as_typed

if TYPE_CHECKING:
    from ncsi.spec import Brand, Dialect, Language
    from ncsi.spec.plan import WavePlan
    from ncsi.stages.map_draft import MapDraft

FORMATS = ("xlsform", "limesurvey", "lss", "ddi")
"""As `ncsi.questionnaire.FORMATS`; a test holds the two together."""
PLATFORMS = (
    "wjx_text", "wjx_index", "qualtrics", "limesurvey_fielded", "limesurvey_both", "limesurvey_question",
    "surveymonkey", "tencent", "kobo", "google_forms", "microsoft_forms", "excel_notes", "plain_blocks",
)  # fmt: skip
"""As `ncsi.simulate.platforms.PLATFORMS`; a test holds the two together."""
_ENDINGS = (".yaml", ".yml")


@click.command("map")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--instrument",
    "instrument_id",
    metavar="ID",
    help="Questionnaire, by its id or YAML file; with --wave and --sector that of the sector.",
)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Where to write the map (YAML).")
@click.option(
    "--wave", "wave_id", metavar="ID", help="With --sector: its instrument, brands, regions, background."
)
@options.sector_of_wave
@options.workspace
@options.dialect
@options.sheet
@options.header_row
@options.as_json
@working("Matching columns")
def propose_map(
    file: Path, instrument_id: str | None, out: Path | None, wave_id: str | None, sector: str | None, root: Path,
    dialect: Dialect | None, sheet: str | None, header_row: int | None, as_json: bool,
) -> None:  # fmt: skip
    """Propose which column of an export is which item, brand, region …, with a confidence, as a map to correct.

    What is nearly a tie is left as a question. A map without questions is checked against the file at once.
    """
    from ncsi.spec import load_instrument
    from ncsi.stages.map_draft import draft_map, write_map

    _refuse_existing(out)
    _refuse_other_ending(out)
    measured = None if wave_id is None and sector is None else _measured(root, wave_id, sector)
    if measured is not None and instrument_id is not None:
        raise click.UsageError("--wave and --sector say the instrument; leave --instrument out.")
    if measured is not None:
        instrument = measured[0].instruments[measured[1]]
    elif instrument_id is not None:
        instrument = load_instrument(instrument_id, root / "instruments")
    else:
        raise click.UsageError("Name the questionnaire: --instrument ID, or --wave ID with --sector ID.")
    draft = draft_map(file, instrument, out.stem if out else "proposed", dialect, sheet, header_row, measured)
    if out:
        write_map(draft, out)
    say.say([*_told(draft), *_next(draft, file, out)], _facts(draft, out), as_json)


def _measured(root: Path, wave_id: str | None, sector: str | None) -> tuple[WavePlan, str]:
    """The plan of a wave, and its sector."""
    if wave_id is None or sector is None:
        raise click.UsageError("--wave and --sector go together: they say what is measured.")
    from ncsi.spec import open_workspace
    from ncsi.spec.plan import load_plan

    plan = load_plan(open_workspace(root), wave_id)
    _refuse_unknown(wave_id, sector, plan.sector_ids)
    return plan, sector


def _told(draft: MapDraft) -> list[str]:
    """What was found, the least sure first, and what is left to decide."""
    from ncsi.ingest.proposed_map import group_told, short_scale, unnamed

    proposal = draft.proposal
    found = [one for one in proposal.matches if one.kind != "platform"]
    items = sum(one.kind == "item" for one in found)
    lines = [
        f"{draft.source_name}, dialect {proposal.dialect}: items matched {items}, other columns {len(found) - items}, "
        f"questions {len(proposal.questions)}, without a column {len(proposal.unmatched)}, "
        f"columns left over {len(proposal.left)}."
    ]
    lines += [f"  Not read: {one}." for one in draft.passed_over]
    lines += [
        f"  {one.confidence:.2f}  {one.meaning} = {one.column[:60]} ({one.by})"
        for one in sorted(found, key=lambda one: one.confidence)
    ]
    lines += [
        f"  ?     {one.meaning}: "
        + " or ".join(f"'{name[:60]}'" for name in one.columns)
        + (one.why and f" ({one.why})")
        for one in proposal.questions
    ]
    lines += [f"  ----  {item}: no similar column was found" for item in proposal.unmatched]
    lines += [f"  left  {name}: {group_told(meant)}" for name, meant in proposal.groups]
    if proposal.short_scale is not None:
        lines.append(f"  {short_scale(proposal.short_scale)}")
    open_words = [one for one in proposal.words if one.code is None]
    if open_words:
        lines.append(f"  Answers that are words without a code: {len(open_words)}; the map lists them.")
    if proposal.unnamed:
        lines.append(f"  {unnamed(proposal.unnamed)}")
    unknown = [one for one in proposal.codings if one.id is None]
    if unknown:
        lines.append(f"  Values that the wave does not declare: {len(unknown)}; the map lists them.")
    return lines


def _next(draft: MapDraft, file: Path, out: Path | None) -> list[str]:
    """What to do with it."""
    if out is None:
        return [draft.text]
    from ncsi.ingest.proposed_map import map_id

    lines = [f"Map: {out}."]
    own = map_id(out.stem)
    if own != out.stem or out.suffix != ".yaml":
        lines.append(f"Its id is {own}: call the file {own}.yaml where a wave's source is to name it.")
    check = f"`ncsi check {as_typed(file)} … --map {as_typed(out)}`"
    if draft.checked is None:
        return [*lines, f"Answer its questions, then run {check}."]
    checked = draft.checked
    return [
        *lines,
        f"By this map {say.counted(checked.rows_read, 'row')} = {checked.rows_accepted:,} would be accepted + "
        f"{len(checked.rejects):,} rejected. Look at its lines, then at {check}.",
    ]


def _facts(draft: MapDraft, out: Path | None) -> dict[str, Any]:
    proposal, checked = draft.proposal, draft.checked
    return {
        "file": draft.source_name, "not_read": list(draft.passed_over), "dialect": proposal.dialect,
        "map": str(out) if out else draft.text,
        "matches": [asdict(one) for one in proposal.matches],
        "questions": [asdict(one) for one in proposal.questions],
        "words": [asdict(one) for one in proposal.words if one.missing is None],
        "values": [asdict(one) for one in proposal.codings],
        "unmatched": list(proposal.unmatched), "left": list(proposal.left), "personal": list(proposal.personal),
        "groups": [{"column": name, "meant": meant} for name, meant in proposal.groups],
        "short_scale": proposal.short_scale, "unnamed": proposal.unnamed,
        "rows_read": checked.rows_read if checked else None,
        "rows_accepted": checked.rows_accepted if checked else None,
    }  # fmt: skip


@click.group(cls=Group)
def instrument() -> None:
    """Questionnaires: write one as an instrument of ours, or as one that a platform can field."""


instrument.add_command(new)


@instrument.command("export")
@click.argument("instrument_id", metavar="ID")
@click.option(
    "--format",
    "format_id",
    type=click.Choice(FORMATS),
    help="What to write, where the ending of --out does not say it.",
)
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path),
    help="File to write: .xlsx XLSForm, .txt LimeSurvey's tab-separated structure, .lss its archive, .xml DDI.",
)  # fmt: skip
@click.option("--wave", "wave_id", metavar="ID", help="With --sector: ask which of its brands is rated.")
@options.sector_of_wave
@options.workspace
@options.as_json
def export(
    instrument_id: str, format_id: str | None, out: Path | None, wave_id: str | None, sector: str | None,
    root: Path, as_json: bool,
) -> None:  # fmt: skip
    """Write instrument ID (a preset, or a YAML file) as a questionnaire: XLSForm, LimeSurvey (tab-separated,
    or .lss), or DDI-Codebook 2.5."""
    from ncsi.questionnaire import FORMATS as WRITERS
    from ncsi.questionnaire import write_questionnaire
    from ncsi.spec import load_instrument

    endings = {one.suffix: name for name, one in WRITERS.items()}
    format_id = _format(format_id, out, endings)
    found = load_instrument(instrument_id, root / "instruments")
    out = out or Path(f"{found.id}{WRITERS[format_id].suffix}")
    _refuse_existing(out)
    content = write_questionnaire(found, format_id, _brands(root, wave_id, sector))
    atomic.write(out, content)
    facts = {"instrument": found.id, "version": found.version, "format": format_id, "file": str(out)}
    say.say([f"Instrument {found.id} {found.version} as {format_id}: {out}"], facts, as_json)


@instrument.command()
@click.argument("instrument_id", metavar="ID")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--platform", type=click.Choice(PLATFORMS), required=True, help="Whose export to write.")
@click.option("--rows", type=click.IntRange(2, 100_000), default=300, show_default=True, help="Respondents.")
@click.option(
    "--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True, help="Language asked in."
)
@click.option(
    "--seed", type=click.IntRange(0, 2**32 - 1), default=1, show_default=True, help="Of the random numbers."
)
@options.workspace
@options.as_json
def example(
    instrument_id: str,
    file: Path,
    platform: str,
    rows: int,
    lang: Language,
    seed: int,
    root: Path,
    as_json: bool,
) -> None:
    """Write a synthetic FILE of answers to instrument ID, as a platform exports them, to try it with."""
    from ncsi.spec import load_instrument
    from ncsi.stages.example_export import write_example

    found = load_instrument(instrument_id, root / "instruments")
    write_example(found, platform, file, rows, lang, seed)
    line = f"{say.counted(rows, 'invented response')} to {found.id} as {platform}: {file}"
    say.say([line], {"instrument": found.id, "platform": platform, "rows": rows, "file": str(file)}, as_json)


def _format(wanted: str | None, out: Path | None, endings: Mapping[str, str]) -> str:
    """The format that is asked for, by name or by the ending of the file; the two may not differ."""
    said = endings.get(out.suffix.lower()) if out is not None else None
    known = ", ".join(f"{ending} {name}" for ending, name in endings.items())
    if out is not None and said is None:
        raise click.UsageError(f"{out} ends in no format that is written. Endings: {known}.")
    if wanted is None and said is None:
        raise click.UsageError(f"Name the format: --format, or --out with an ending. Endings: {known}.")
    if wanted is not None and said is not None and wanted != said:
        raise click.UsageError(
            f"{out} is the ending of {said}, and --format says {wanted}. Endings: {known}."
        )
    return wanted or said or ""


def _brands(root: Path, wave_id: str | None, sector: str | None) -> tuple[Brand, ...]:
    if (wave_id is None) != (sector is None):
        raise click.UsageError("--wave and --sector go together: they say which brands are asked for.")
    if wave_id is None or sector is None:
        return ()
    from ncsi.spec import open_workspace

    wave = open_workspace(root).wave(wave_id)
    _refuse_unknown(wave_id, sector, [one.id for one in wave.sectors])
    return wave.sector(sector).brands


def _refuse_unknown(wave_id: str, sector: str, known: Sequence[str]) -> None:
    if sector not in known:
        from ncsi.errors import SpecError

        raise SpecError(
            f"wave {wave_id}", f"it has no sector '{sector[:60]}'", f"Its sectors: {', '.join(known)}"
        )


def _refuse_other_ending(out: Path | None) -> None:
    if out is not None and out.suffix.lower() not in _ENDINGS:
        name = out.stem if out.stem.lower().endswith(_ENDINGS) else f"{out.stem}.yaml"
        raise click.UsageError(f"--out {out}: a map is YAML, and its name ends in .yaml. Name {name}.")


def _refuse_existing(out: Path | None) -> None:
    if out is not None and out.exists():
        raise click.UsageError(f"{out} already exists. Name another file, or move it away.")
