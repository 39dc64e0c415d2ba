"""`ncsi measure run|check|list|show|example`: measures of quality beside the index, from files of records."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ncsi.cli import options, say
from ncsi.cli.group import Group
from ncsi.cli.measure_tables import require_new_table, write_table
from ncsi.cli.perceived import perceived
from ncsi.errors import as_typed

if TYPE_CHECKING:
    from ncsi.cli.options import EngineName
    from ncsi.report import Release
    from ncsi.spec.measures import MeasurePlan, RecordMap
    from ncsi.stages.measuring import MeasureOutcome

_MEASURE = click.option(
    "--measure", "measure_id", required=True, metavar="ID", help="Such as express_complaints, or a YAML file."
)
_DATA = click.option(
    "--data",
    "file",
    required=True,
    type=click.Path(path_type=Path),
    help="Records: csv, xlsx or any export file.",
)
_MAP = click.option("--map", "map_id", metavar="ID", help="What heads of the file mean: maps/ID.yaml.")
_ENGINE = click.option(
    "--engine", type=click.Choice(("prefect", "local")), default="local", show_default=True,
    help="local: in this process. prefect: a flow with a task, retries, run history.",
)  # fmt: skip


@click.group(cls=Group)
def measure() -> None:
    """Measures of quality beside the index: complaints, grades, product tests, visits and others."""


measure.add_command(perceived)


@measure.command()
@options.options(_MEASURE, _DATA, _MAP)
@click.option(
    "--period", metavar="P", help="2026, 2026H1, 2026Q3 or 2026-11; by default the latest of the file."
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of releases, if not the workspace's.",
)
@click.option(
    "--date", "day", metavar="DAY", type=click.DateTime(["%Y-%m-%d"]), help="Release date; by default today."
)
@click.option(
    "--correct", nargs=2, metavar="ZH EN", help="Why figures that are public are replaced, in both languages."
)
@options.seed
@click.option(
    "--synthetic", is_flag=True, help="The records are invented: everything in the release says so."
)
@options.options(options.workspace, _ENGINE, options.as_json)
def run(
    measure_id: str, file: Path, map_id: str | None, period: str | None, out: Path | None, day: datetime | None,
    correct: tuple[str, str] | None, seed: int, synthetic: bool, root: Path, engine: EngineName, as_json: bool,
) -> None:  # fmt: skip
    """Records to figures with their intervals and verdicts, and from there to releases/<measure>-<period>/."""
    from ncsi.cli.running import running_few
    from ncsi.spec import Label, open_workspace
    from ncsi.stages.measuring import requested_measure

    _require_period(period)
    request = requested_measure(open_workspace(root), measure_id, file, period, map_id, seed, synthetic)
    correction = Label(zh=correct[0], en=correct[1]) if correct else None
    with running_few(engine, root, measure_id) as steps:
        outcome, release = steps.run_measure(request, day.date() if day else date.today(), correction, out)
    say.say(*_ran(outcome, release), as_json)


@measure.command()
@options.options(_MEASURE, _DATA, _MAP, options.workspace, options.as_json)
def check(measure_id: str, file: Path, map_id: str | None, root: Path, as_json: bool) -> None:
    """Read a file of records and say what it holds; nothing is stored.

    Exits 2 and names every fault where it has some.
    """
    from ncsi.ingest.figures import FigureFaults
    from ncsi.stages.measures import kind_of
    from ncsi.stages.measuring import read_measure

    plan = _plan(measure_id, root)
    try:
        found = read_measure(plan, file, _map(map_id, plan, root))
    except FigureFaults as refused:
        if not as_json:
            raise
        say.say([], {"file": refused.file, "faults": say.faults(refused.faults)}, as_json)
        raise SystemExit(refused.exit_code) from refused
    periods, units = kind_of(plan).periods(found), kind_of(plan).units(plan, found)
    told = f"; periods {periods[0]} to {periods[-1]}" if periods else ""
    measured = say.counted(units, plan.definition.units.one, plan.definition.units.plural)
    lines = [f"{found.name}: {say.counted(found.count, 'record')}; {measured}{told}."]
    facts = {
        "file": found.name, "records": found.count, "units": units, "periods": list(periods), "faults": [],
    }  # fmt: skip
    say.say(lines, facts, as_json)


@measure.command("list")
@options.options(options.workspace, options.as_json)
def list_(root: Path, as_json: bool) -> None:
    """Which measures there are: shipped, and those of the workspace's own measures/."""
    from ncsi.spec.measures import load_measure, measure_ids

    own = _own(root)
    plans = [load_measure(one, own) for one in measure_ids(own)]
    width = max(len(one.id) for one in plans)
    lines = [
        f"{one.id:<{width}}  {one.definition.label.zh} {one.definition.label.en}; {one.definition.kind}"
        + (", in part illustrative" if one.definition.illustrative else "")
        for one in plans
    ]
    say.say(lines, {"measures": [_facts(one) for one in plans]}, as_json)


@measure.command()
@click.argument("measure_id", metavar="MEASURE")
@options.options(options.workspace, options.as_json)
def show(measure_id: str, root: Path, as_json: bool) -> None:
    """The definition of a measure: the columns that its files have, its sources, what of it is illustrative (*)."""
    from ncsi.stages.measures import kind_of

    plan = _plan(measure_id, root)
    definition, kind = plan.definition, kind_of(plan)
    lines = [
        f"{definition.label.zh} {definition.label.en}, version {definition.version}",
        f"  {definition.about.en}",
        f"  Kind: {definition.kind} ({kind.about}). Columns of a file:",
    ]
    fields = kind.fields(definition)
    for one in fields:
        unit = f", in {one.unit.zh} ({one.unit.en})" if one.unit else ""
        lines.append(
            f"    {one.id}  {one.label.zh} {one.label.en}; {one.kind}{unit}{'' if one.required else ', may be missing'}"
        )
    for name, source in definition.sources.items():
        mark = " *" if source.illustrative else ""
        lines.append(f"  {name}: {source.text.en} ({source.year}){mark}")
    if definition.illustrative:
        lines.append("  * ours: nobody published it.")
    columns = [
        {"id": one.id, "kind": one.kind, "zh": one.label.zh, "en": one.label.en, "required": one.required}
        for one in fields
    ]
    say.say(lines, {**_facts(plan), "columns": columns}, as_json)


@measure.command()
@click.argument("measure_id", metavar="MEASURE")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@options.seed
@options.options(options.workspace, options.as_json)
def example(measure_id: str, file: Path, seed: int, root: Path, as_json: bool) -> None:
    """Write a synthetic FILE (csv or xlsx) of records for MEASURE, as an office sends them, to try it with."""
    from ncsi.stages.measures import kind_of
    from ncsi.stages.measuring import read_measure

    require_new_table(file)
    plan = _plan(measure_id, root)
    records = kind_of(plan).example(plan, seed)
    write_table(records, file)
    period = "" if kind_of(plan).periods(read_measure(plan, file)) else " --period 2026"
    lines = [
        f"{file}: {len(records):,} synthetic records for {plan.definition.label.en}.",
        f"  Next: ncsi measure run --measure {measure_id} --data {as_typed(file)}{period}",
    ]
    say.say(lines, {"file": str(file), "measure": plan.id, "rows": len(records)}, as_json)


@measure.command()
@click.argument("measure_id", metavar="MEASURE")
@click.argument("release", type=click.Path(file_okay=False, exists=True, path_type=Path))
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--last",
    type=click.Path(file_okay=False, exists=True, path_type=Path),
    metavar="RELEASE",
    help="Release of MEASURE that says which grade each unit held last time.",
)
@options.options(options.workspace, options.as_json)
def entries(measure_id: str, release: Path, file: Path, last: Path | None, root: Path, as_json: bool) -> None:
    """Write FILE (csv or xlsx) of entries to grade from a wave's RELEASE: brands with their published index.

    For measures of grades whose definition says which index of a wave they take. What the release does not hold, such
    as tests of products, is left blank: fill it, then run the measure.
    """
    from ncsi.stages.grade_entries import entries_from

    require_new_table(file)
    made = entries_from(_plan(measure_id, root), release, last)
    write_table(made, file)
    blank = [head for head in made.columns if (made[head] == "").all()]
    lines = [
        f"{file}: {len(made):,} entries of {measure_id} from {release.name}.",
        f"  Blank columns: {', '.join(blank)}. Fill what the rules need.",
        f"  Next: ncsi measure run --measure {measure_id} --data {as_typed(file)} --period PERIOD",
    ]
    say.say(lines, {"file": str(file), "measure": measure_id, "rows": len(made), "blank": blank}, as_json)


def _own(root: Path) -> Path | None:
    return root if (root / "ncsi.yaml").is_file() else None


def _plan(measure_id: str, root: Path) -> MeasurePlan[Any]:
    from ncsi.spec.measures import load_measure

    return load_measure(measure_id, _own(root))


def _map(map_id: str | None, plan: MeasurePlan[Any], root: Path) -> RecordMap | None:
    from ncsi.spec.measures import load_record_map

    return load_record_map(root / "maps" / f"{map_id}.yaml", plan.id) if map_id else None


def _require_period(period: str | None) -> None:
    import re

    from ncsi.spec.building_blocks import PERIOD

    if period is not None and not re.fullmatch(PERIOD, period):
        raise click.BadParameter("write it as 2026, 2026H1, 2026Q3 or 2026-11.", param_hint="--period")


def _facts(plan: MeasurePlan[Any]) -> dict[str, Any]:
    definition = plan.definition
    return {
        "measure": definition.id, "version": definition.version, "kind": definition.kind,
        "label_zh": definition.label.zh, "label_en": definition.label.en, "illustrative": definition.illustrative,
    }  # fmt: skip


def _ran(outcome: MeasureOutcome, release: Release) -> tuple[list[str], dict[str, Any]]:
    units, records = say.counted(outcome.units, "unit"), say.counted(outcome.records, "record")
    head = f"{outcome.measure} {outcome.period}: {units}, {records}."
    note = " Synthetic data: everything in it says so." if release.synthetic else ""
    if release.lacking:
        note += f" A draft: it lacks {release.lacking} approvals (`ncsi wave approve`), then run it again."
    line = (
        f"Release {release.release_id}: {release.folder} ({say.counted(len(release.files), 'file')}).{note}"
    )
    _, facts = say.published(release)
    return [head, line], {
        "measure": outcome.measure, "kind": outcome.kind, "period": outcome.period, "units": outcome.units,
        "records": outcome.records, **facts,
    }  # fmt: skip
