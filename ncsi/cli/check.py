"""`ncsi check FILE`: what ingest would make of a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ncsi.cli import options, say
from ncsi.cli.running import working

if TYPE_CHECKING:
    from ncsi.spec import Dialect
    from ncsi.stages.export_check import CheckOutcome

_SHOWN = 10


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--instrument",
    "instrument_id",
    metavar="ID",
    help="Questionnaire, by its id or YAML file; with --wave and --sector that of the sector.",
)
@click.option("--map", "map_path", type=click.Path(path_type=Path), help="Column map (YAML file).")
@click.option(
    "--wave",
    "wave_id",
    metavar="ID",
    help="Judge background values by those that this wave declares; with --sector all that ingest would.",
)
@options.sector_of_wave
@options.workspace
@options.dialect
@options.sheet
@options.header_row
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE.xlsx",
    help="Write the faults as a workbook: one sheet per rule, cells at fault highlighted.",
)
@click.option(
    "--with-values",
    is_flag=True,
    help="Show in the workbook what the cells hold, not only what kind of value; guard it like the export.",
)
@options.as_json
@working("Reading the file")
def check(
    file: Path, instrument_id: str | None, map_path: Path | None, wave_id: str | None, sector: str | None, root: Path,
    dialect: Dialect | None, sheet: str | None, header_row: int | None, out: Path | None, with_values: bool,
    as_json: bool,
) -> None:  # fmt: skip
    """Faults of one export, by rule and row; nothing is stored. Exits 2 when a row would be rejected.

    With --wave and --sector it is judged as `ncsi ingest` will; with --instrument alone any brand and day is taken.
    """
    from ncsi.spec import load_instrument, load_map, open_workspace
    from ncsi.stages.export_check import check_file, check_for_wave

    if with_values and out is None:
        raise click.UsageError("--with-values needs --out: values are written into the workbook only.")
    column_map = load_map(map_path) if map_path else None
    if sector is not None:
        if wave_id is None or instrument_id is not None:
            raise click.UsageError(
                "--sector goes with --wave, which says its instrument; leave --instrument out."
            )
        from ncsi.spec.plan import load_plan

        plan = load_plan(open_workspace(root), wave_id)
        outcome = check_for_wave(file, plan, sector, column_map, dialect, sheet, header_row)
    elif instrument_id is None:
        raise click.UsageError("Name the questionnaire: --instrument ID, or --wave ID with --sector ID.")
    else:
        values = open_workspace(root).wave(wave_id).values if wave_id else None
        instrument = load_instrument(instrument_id, root / "instruments")
        outcome = check_file(file, instrument, column_map, dialect, sheet, header_row, values)
    lines = _lines(outcome)
    if out is not None:
        from ncsi.stages.faultbook import write_faultbook

        write_faultbook(outcome, out, with_values)
        lines.append(f"  Workbook: {out}")
    say.say(lines, {"workbook": None if out is None else str(out), **_facts(outcome)}, as_json)
    if len(outcome.rejects):
        raise SystemExit(2)


def _lines(outcome: CheckOutcome) -> list[str]:
    rejected = len(outcome.rejects)
    encoding = f", {outcome.encoding}" if outcome.encoding else ""
    lines = [
        f"{outcome.source_name}: {say.counted(outcome.rows_read, 'row')} read by dialect {outcome.dialect}{encoding} = "
        f"{outcome.rows_accepted:,} would be accepted + {rejected:,} rejected."
    ]
    lines += [f"  Not read: {one}." for one in outcome.table.passed_over]
    for rule, rows in outcome.rejects.groupby("rule", sort=True):
        lines.append(f"  {rule}: {say.counted(len(rows), 'row')}")
        for row in rows.head(_SHOWN).to_dict("records"):
            column = f", column {row['column']}" if isinstance(row["column"], str) else ""
            lines.append(f"    row {row['source_row']}{column}: {row['reason_en']}")
        if len(rows) > _SHOWN:
            lines.append(f"    and {len(rows) - _SHOWN:,} more")
    for rule, rows in outcome.warnings.groupby("rule", sort=True):
        columns = rows["column"].dropna().value_counts(sort=False)
        where = ", ".join(f"column {name} {count:,}" for name, count in columns.items())
        lines.append(
            f"  {rule}: {say.counted(len(rows), 'row')}, accepted nevertheless"
            + (f" ({where})" if where else "")
        )
    return lines


def _facts(outcome: CheckOutcome) -> dict[str, Any]:
    warned = outcome.warnings
    return {
        "warnings_by_rule": {str(k): int(v) for k, v in warned["rule"].value_counts().items()},
        "warnings_by_column": {
            str(rule): {str(name): int(count) for name, count in rows["column"].value_counts().items()}
            for rule, rows in warned.groupby("rule")
        },
        "file": outcome.source_name,
        "instrument": outcome.instrument,
        "dialect": outcome.dialect,
        "encoding": outcome.encoding,
        "not_read": list(outcome.table.passed_over),
        "rows_read": outcome.rows_read,
        "rows_accepted": outcome.rows_accepted,
        "rows_rejected": len(outcome.rejects),
        "rejects": outcome.rejects.astype(object).where(outcome.rejects.notna(), None).to_dict("records"),
    }
