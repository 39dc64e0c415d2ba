"""`ncsi composite run|check|diagnose|replicates|list|show|example|survey`: indices on trees of indicators."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ncsi.cli import options, say
from ncsi.cli.group import Group
from ncsi.errors import as_typed

if TYPE_CHECKING:
    from ncsi.cli.options import EngineName
    from ncsi.report import Release
    from ncsi.spec.index_plan import IndexPlan
    from ncsi.stages.indices import IndexOutcome

_TREE = click.option(
    "--tree", "tree_id", required=True, metavar="ID", help="Index, such as qci, or a tree's YAML file."
)
_DATA = click.option(
    "--data",
    "file",
    required=True,
    type=click.Path(path_type=Path),
    help="Figures: csv, xlsx or any export file.",
)
_YEAR = click.option(
    "--year", type=click.IntRange(2000, 2100),
    help="Year to publish; by default the latest. Also that of a file without a column of years.",
)  # fmt: skip
_MAP = click.option(
    "--map", "map_id", metavar="ID", help="What heads and units of the file mean: maps/ID.yaml."
)

_ENGINE = click.option(
    "--engine", type=click.Choice(("prefect", "local")), default="local", show_default=True,
    help="local: in this process. prefect: a flow with a task, retries, run history.",
)  # fmt: skip


@click.group(cls=Group)
def composite() -> None:
    """Indices made of figures, surveys and complaints: quality competitiveness, cities, maturity, credit, brands."""


@composite.command()
@options.options(_TREE, _DATA, _YEAR, _MAP)
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
    "--replicates", type=click.Path(path_type=Path),
    help="Joint replicates of survey figures: a row for each replicate and unit, 512 or more.",
)  # fmt: skip
@click.option(
    "--synthetic", is_flag=True, help="The figures are invented: everything in the release says so."
)
@options.options(options.workspace, _ENGINE, options.as_json)
def run(
    tree_id: str, file: Path, year: int | None, map_id: str | None, out: Path | None, day: datetime | None,
    correct: tuple[str, str] | None, seed: int, replicates: Path | None, synthetic: bool, root: Path,
    engine: EngineName, as_json: bool,
) -> None:  # fmt: skip
    """Figures to scores, ranks, groups, series and movers, and from there to releases/<tree>-<year>/."""
    from ncsi.cli.running import running_few
    from ncsi.spec import Label, open_workspace
    from ncsi.stages.index_request import requested

    request = requested(open_workspace(root), tree_id, file, year, map_id, seed, synthetic, replicates)
    correction = Label(zh=correct[0], en=correct[1]) if correct else None
    with running_few(engine, root, tree_id) as steps:
        outcome, release = steps.run_index(request, day.date() if day else date.today(), correction, out)
    say.say(*_ran(outcome, release), as_json)


@composite.command()
@options.options(_TREE, _DATA, _YEAR, _MAP, options.workspace, options.as_json)
def check(tree_id: str, file: Path, year: int | None, map_id: str | None, root: Path, as_json: bool) -> None:
    """Read a file of figures and say what it holds; nothing is stored.

    Exits 2 and names every fault where it has some.
    """
    from ncsi.ingest.figures import FigureFaults, read_figures
    from ncsi.spec.index_plan import load_index, load_tree_map

    own = root if (root / "ncsi.yaml").is_file() else None
    plan = load_index(Path(tree_id) if tree_id.endswith((".yaml", ".yml")) else tree_id, own)
    table_map = (
        load_tree_map(root / "maps" / f"{map_id}.yaml", plan.tree, plan.definition) if map_id else None
    )
    try:
        found = read_figures(file, plan, year, table_map)
    except FigureFaults as refused:
        if not as_json:
            raise
        say.say([], {"file": refused.file, "faults": say.faults(refused.faults)}, as_json)
        raise SystemExit(refused.exit_code) from refused
    years = sorted(int(one) for one in found.units["year"].unique())
    levels = found.units.groupby("level")["unit"].nunique().to_dict()
    missing = int(found.values["value"].isna().sum())
    units = ", ".join(f"{count:,} of level {level}" for level, count in levels.items())
    lines = [
        f"{found.name}: {say.counted(found.rows, 'row')}, {years[0]} to {years[-1]}; {units}; "
        f"{say.counted(missing, 'figure')} missing."
    ]
    facts = {
        "file": found.name,
        "rows": found.rows,
        "years": years,
        "units": levels,
        "missing": missing,
        "faults": [],
    }
    say.say(lines, facts, as_json)


@composite.command()
@options.options(_TREE, _DATA, _YEAR, _MAP)
@click.option("--unit", metavar="ID", help="Only this unit.")
@click.option(
    "--date", "day", metavar="DAY", type=click.DateTime(["%Y-%m-%d"]), help="Date on them; by default today."
)
@options.options(options.workspace, options.as_json)
def diagnose(
    tree_id: str, file: Path, year: int | None, map_id: str | None, unit: str | None, day: datetime | None,
    root: Path, as_json: bool,
) -> None:  # fmt: skip
    """Write private/<tree>-<year>/<unit>.pdf for every unit with a score.

    Not part of a release: hand each unit its own. Also for units that are not published by name, such as firms.
    """
    from ncsi.spec import open_workspace
    from ncsi.stages.index_request import requested
    from ncsi.stages.recorded_figures import diagnose_units

    request = requested(open_workspace(root), tree_id, file, year, map_id)
    made = diagnose_units(request, day.date() if day else date.today(), unit)
    many = say.counted(len(made), "diagnosis", "diagnoses")
    line = f"{tree_id}: {many} in {made[0].parent}. They are not part of a release."
    say.say([line], {"folder": str(made[0].parent), "files": [one.name for one in made]}, as_json)


@composite.command()
@options.options(_TREE, options.wave)
@click.option("--sector", required=True, metavar="ID", help="Sector of the wave; its brands are the units.")
@click.option(
    "--take", multiple=True, metavar="CODE=NAME",
    help="Indicator and the construct or item it is made of; by default every indicator that has an item's code.",
)  # fmt: skip
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), required=True,
    help="File of replicates (csv or parquet), as `run --replicates` reads it.",
)  # fmt: skip
@click.option(
    "--figures", "data", type=click.Path(dir_okay=False, path_type=Path),
    help="Also the figures themselves, as `run --data` reads them.",
)  # fmt: skip
@options.options(options.workspace, options.as_json)
def replicates(
    tree_id: str, wave_id: str, sector: str, take: tuple[str, ...], out: Path, data: Path | None, root: Path,
    as_json: bool,
) -> None:  # fmt: skip
    """Write the joint replicates of a wave's survey figures, of the brands that may be shown.

    They are drawn again as when the wave was estimated, from its seed; a wave's own index takes them without this
    (`survey:` under `composites:`).
    """
    from ncsi.spec import open_workspace
    from ncsi.spec.index_plan import load_index
    from ncsi.spec.plan import load_plan
    from ncsi.stages.survey_figures import as_files, asked_of, of_standing_wave, taken

    for named in (one for one in (out, data) if one is not None):
        if named.suffix not in (".csv", ".parquet"):
            raise click.UsageError(f"{named} is neither .csv nor .parquet.")
    plan = load_plan(open_workspace(root), wave_id)
    index = load_index(Path(tree_id) if tree_id.endswith((".yaml", ".yml")) else tree_id, root)
    asked = asked_of(plan, index, taken(plan, sector, take))
    figures, drawn = as_files(of_standing_wave(plan, asked, int(wave_id[:4])), index)
    for path, frame in ((out, drawn), (data, figures)):
        if path is not None and path.suffix == ".csv":
            frame.to_csv(path, index=False)
        elif path is not None:
            frame.to_parquet(path, index=False)
    count, units = drawn["replicate"].nunique(), len(figures)
    lines = [f"{out}: {count:,} replicates of {len(asked)} indicators for {units} units of sector {sector}."]
    facts = {"file": str(out), "replicates": count, "indicators": len(asked), "units": units}
    say.say(lines, facts, as_json)


@composite.command("list")
@options.options(options.workspace, options.as_json)
def list_(root: Path, as_json: bool) -> None:
    """Which indices there are: shipped, and those of the workspace's own trees/."""
    from ncsi.spec.index_plan import index_ids, load_index

    own = root if (root / "ncsi.yaml").is_file() else None
    plans = [load_index(one, own) for one in index_ids(own)]
    width = max(len(one.tree.id) for one in plans)
    lines = [
        f"{one.tree.id:<{width}}  {one.tree.label.zh} {one.tree.label.en}; {len(one.tree.leaves)} indicators"
        + (", in part illustrative" if one.illustrative else "")
        for one in plans
    ]
    say.say(lines, {"indices": [_facts(one) for one in plans]}, as_json)


@composite.command()
@click.argument("tree_id", metavar="TREE")
@options.options(options.workspace, options.as_json)
def show(tree_id: str, root: Path, as_json: bool) -> None:
    """The tree of an index: weights, directions, units, benchmarks, and what of it is illustrative (*)."""
    from ncsi.results.indices.definition import node_rows
    from ncsi.spec.index_plan import load_index

    own = root if (root / "ncsi.yaml").is_file() else None
    plan = load_index(Path(tree_id) if tree_id.endswith((".yaml", ".yml")) else tree_id, own)
    nodes = node_rows(plan).astype(object)
    nodes = nodes.where(nodes.notna(), None)
    lines = [
        f"{plan.tree.label.zh} {plan.tree.label.en}, version {plan.tree.version}",
        f"  {plan.definition.about.en}",
    ]
    for row in nodes.to_dict("records"):
        mark = " *" if row["illustrative"] else ""
        ends = "" if row["lower"] is None else f"; {row['lower']:g} to {row['upper']:g} {row['unit_en']}"
        less = ", less is better" if row["direction"] == "lower_is_better" else ""
        lines.append(
            f"{'  ' * (row['depth'] + 1)}{row['node']}  {row['label_zh']} {row['label_en']}; "
            f"{row['weight_global']:.4g} of the index{ends}{less}{mark}"
        )
    lines.append("  * weight or benchmarks are ours: nobody published them.")
    say.say(lines, {**_facts(plan), "nodes": nodes.to_dict("records")}, as_json)


@composite.command()
@click.argument("tree_id", metavar="TREE")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@options.seed
@options.options(options.workspace, options.as_json)
def example(tree_id: str, file: Path, seed: int, root: Path, as_json: bool) -> None:
    """Write a synthetic FILE (csv or xlsx) of figures for TREE, as an office sends them, to try the index with."""
    from ncsi.simulate.indices import example_figures
    from ncsi.spec.index_plan import load_index

    if file.suffix not in (".csv", ".xlsx"):
        raise click.UsageError(f"{file} is neither .csv nor .xlsx.")
    if file.exists():
        raise click.UsageError(f"{file} is there already. Name a new file.")
    plan = load_index(tree_id, root if (root / "ncsi.yaml").is_file() else None)
    figures = example_figures(plan, seed).figures
    if file.suffix == ".csv":
        figures.to_csv(file, index=False, encoding="utf-8-sig")
    else:
        figures.to_excel(file, index=False, engine="xlsxwriter")
    lines = [
        f"{file}: {len(figures):,} synthetic rows for {plan.tree.label.en}.",
        f"  Next: ncsi composite run --tree {tree_id} --data {as_typed(file)}",
    ]
    say.say(lines, {"file": str(file), "tree": plan.tree.id, "rows": len(figures)}, as_json)


@composite.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--cities", type=click.IntRange(3, 400), default=120, show_default=True, help="Cities.")
@click.option(
    "--respondents", type=click.IntRange(100, 5000), default=300, show_default=True, help="In each city."
)
@options.seed
@options.as_json
def survey(folder: Path, cities: int, respondents: int, seed: int, as_json: bool) -> None:
    """Write a synthetic workspace in FOLDER: residents of cities rate public services in two years.

    Their answers feed the index public_service in the wave's release, errors of one questionnaire together.
    """
    from ncsi.simulate.cities import write_city_workspace

    if folder.exists() and any(folder.iterdir()):
        raise click.UsageError(f"{folder} holds files already. Name a new folder.")
    made = write_city_workspace(folder, seed, cities, respondents)
    lines = [
        f"{folder}: {cities} cities, about {respondents} synthetic respondents each, waves {', '.join(made.waves)}."
    ]
    lines += [f"  Next: ncsi run --workspace {as_typed(folder)} --wave {one}" for one in made.waves]
    say.say(lines, {"workspace": str(folder), "waves": list(made.waves), "cities": cities}, as_json)


def _facts(plan: IndexPlan) -> dict[str, Any]:
    return {
        "tree": plan.tree.id, "version": plan.tree.version, "label_zh": plan.tree.label.zh,
        "label_en": plan.tree.label.en, "kind": plan.definition.kind, "indicators": len(plan.tree.leaves),
        "illustrative": plan.illustrative, "benchmark_version": plan.tree.benchmark_version,
    }  # fmt: skip


def _ran(outcome: IndexOutcome, release: Release) -> tuple[list[str], dict[str, Any]]:
    whole = "" if outcome.whole is None else f" {outcome.whole:.2f};"
    lacking = f", {outcome.insufficient:,} with too little data" if outcome.insufficient else ""
    best = f"; highest {outcome.best} {outcome.best_score:.2f}" if outcome.units else ""
    head = (
        f"{outcome.tree} {outcome.year}:{whole} {say.counted(outcome.units, 'unit')} scored{lacking}{best}."
    )
    note = " Synthetic data: everything in it says so." if release.synthetic else ""
    if release.lacking:
        note += f" A draft: it lacks {release.lacking} approvals (`ncsi wave approve`), then run it again."
    line = (
        f"Release {release.release_id}: {release.folder} ({say.counted(len(release.files), 'file')}).{note}"
    )
    _, facts = say.published(release)
    return [head, line], {
        "tree": outcome.tree, "year": outcome.year, "units": outcome.units, "insufficient": outcome.insufficient,
        "whole": outcome.whole, **facts,
    }  # fmt: skip
