"""`ncsi ingest`, `estimate`, `publish`, `run`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ncsi.cli import options, say
from ncsi.cli.register import tell_change
from ncsi.errors import NcsiError

if TYPE_CHECKING:
    from ncsi.cli.options import EngineName
    from ncsi.report.text import Shown
    from ncsi.spec import Dialect
    from ncsi.spec.plan import WavePlan
    from ncsi.spec.publication import Format
    from ncsi.stages.collect import FileOutcome

_STEP = options.options(options.wave, options.workspace, options.engine, options.as_json)
_FILES = options.options(
    options.files, options.column_map, options.sector, options.dialect, options.supersedes, options.again
)


@click.command()
@_FILES
@_STEP
def ingest(
    files: tuple[Path, ...], map_id: str | None, sector: str | None, dialect: Dialect | None,
    supersedes: tuple[str, ...], again: bool,
    wave_id: str, root: Path, engine: EngineName, as_json: bool,
) -> None:  # fmt: skip
    """Read FILES, or the files the wave names, into accepted responses and rejects.

    A file of which no row is accepted is told; then the exit status is 2.
    """
    from ncsi.cli.running import collecting
    from ncsi.stages.source_files import sources_of

    plan = _plan(root, wave_id)
    sources = sources_of(plan.workspace, wave_id, files, map_id, sector, supersedes, dialect, again=again)
    tell_change(plan)
    plan.workspace.key()  # told before a server or a process starts
    with collecting(engine, plan, sources) as steps:
        outcomes = steps.collect(plan, sources)
    say.say(*say.collected(wave_id, outcomes), as_json)
    if any(one.rejected_whole for one in outcomes):
        sys.exit(2)


@click.command()
@click.option(
    "--force", is_flag=True, help="Estimate every sector and what they make up, also where nothing changed."
)
@click.option(
    "--draft",
    is_flag=True,
    help="Show every sector as it stands, with standard errors without replicates; store and publish nothing.",
)
@click.option(
    "--files", is_flag=True, help="With --draft: also as CSV, each row marked, in private/.draft/<wave>/."
)
@_STEP
@click.pass_context
def estimate(
    context: click.Context, force: bool, draft: bool, files: bool, wave_id: str, root: Path,
    engine: EngineName, as_json: bool,
) -> None:  # fmt: skip
    """Fit the model of every sector in which something changed, and aggregate the nation.

    A sector that cannot be estimated is told and left out, and the others go on; then the exit status is 1.
    """
    from ncsi.cli.running import begun_ahead, running, running_few
    from ncsi.stages.unchanged_sectors import takes_seconds, unchanged_now

    _require_usage_of_draft(context, draft=draft, files=files, force=force, engine=engine)
    plan = _plan(root, wave_id)
    tell_change(plan)
    if draft:
        from ncsi.cli.drafting import draft as make_draft

        if not make_draft(plan, files=files, as_json=as_json):
            sys.exit(1)
        return
    known = None if force else unchanged_now(plan)
    few = known is not None and not begun_ahead() and takes_seconds(plan, known.unchanged)
    with running_few(engine, root, wave_id) if few else running(engine, root, wave_id, ["estimate"]) as steps:
        sectors, nation = steps.estimate(plan, anew=force, known=known)
    say.say(*say.done_again(["estimate"] if force else [], *say.estimated(sectors, nation)), as_json)
    if any(one.problem for one in sectors):
        sys.exit(1)


@click.command()
@options.languages
@options.formats
@click.option("--draft", is_flag=True, help="Write a marked draft to releases/.draft/ and publish nothing.")
@click.option(
    "--site",
    "edition",
    type=click.Path(path_type=Path),
    help="Then write all public releases for a web server into this folder: fonts shared, pages compressed.",
)
@options.allow_incomplete
@_STEP
def publish(
    languages: tuple[Shown, ...], formats: tuple[Format, ...], draft: bool, edition: Path | None,
    allow_incomplete: bool, wave_id: str, root: Path, engine: EngineName, as_json: bool,
) -> None:  # fmt: skip
    """Write the release of the stored results: HTML, PDF, data, manifest. This is what publishes, whatever the day."""
    from dataclasses import replace

    from ncsi.cli.running import running
    from ncsi.signing import read_key_file

    plan = replace(
        _plan(root, wave_id), editions=languages, formats=formats, allow_incomplete=allow_incomplete
    )
    if edition is not None:
        _require_fit(plan, edition, draft=draft)
    read_key_file(plan.workspace.signing_key)  # told before a server or a process starts
    with running(engine, root, wave_id, ["publish"]) as steps:
        release = steps.publish(plan, draft=draft)
    if edition is not None:
        from ncsi.report.site import write_edition

        write_edition(plan.workspace.releases, edition)
    say.say(*say.published(release), as_json)


@click.command()
@_FILES
@click.option(
    "--force",
    multiple=True,
    type=click.Choice(["estimate", "publish"]),
    help="Do this step although nothing changed: estimate every sector, publish again. May be repeated.",
)
@options.allow_incomplete
@_STEP
def run(
    files: tuple[Path, ...], map_id: str | None, sector: str | None, dialect: Dialect | None,
    supersedes: tuple[str, ...], again: bool, force: tuple[str, ...], allow_incomplete: bool,
    wave_id: str, root: Path, engine: EngineName, as_json: bool,
) -> None:  # fmt: skip
    """Ingest FILES, or the files the wave names, then estimate and publish; nothing where nothing changed.

    Before the release date of the wave, what it makes is a marked draft in releases/.draft/: `ncsi publish` publishes.
    A file of which no row is accepted is told, and the others go on; then the exit status is 2.
    """
    from dataclasses import replace
    from datetime import UTC, datetime

    from ncsi.stages.source_files import sources_of
    from ncsi.stages.whole_run import remember_run, unchanged_run

    plan = replace(_plan(root, wave_id), allow_incomplete=allow_incomplete)
    sources = sources_of(plan.workspace, wave_id, files, map_id, sector, supersedes, dialect, again=again)
    before = None if force or again else unchanged_run(plan, sources, datetime.now(UTC))
    if before is not None:
        say.say(*say.unchanged(before), as_json)
        return
    from ncsi.cli.running import running

    tell_change(plan)
    _refuse_without_keys(plan)
    stored: list[FileOutcome] = []
    try:
        with running(engine, root, wave_id) as steps:
            lines, facts = say.ran(
                steps.run(plan, sources, anew="estimate" in force, collected=stored.extend)
            )
    except NcsiError:
        for line in say.collected(wave_id, stored)[0] if stored else ():
            click.echo(line, err=True)  # they are stored, whatever stopped what came after them
        raise
    rejected_whole = any(one.rejected_whole for one in stored)
    if not rejected_whole:
        remember_run(plan, sources, datetime.now(UTC), lines, facts)
    say.say(*say.done_again(force, lines, facts | {"skipped": []}), as_json)
    if rejected_whole:
        sys.exit(2)


def _require_usage_of_draft(
    context: click.Context, *, draft: bool, files: bool, force: bool, engine: EngineName
) -> None:
    """Refuse what does not go together with a draft, or without one."""
    if files and not draft:
        raise click.UsageError("--files are those of a draft: add --draft.")
    if draft and force:
        raise click.UsageError("--draft always estimates every sector, and stores none: leave --force out.")
    asked = context.get_parameter_source("engine") is not click.core.ParameterSource.DEFAULT
    if draft and asked and engine != "local":
        raise click.UsageError("A draft is made by processes of this machine alone: leave --engine out.")


def _require_fit(plan: WavePlan, edition: Path, *, draft: bool) -> None:
    """Refuse a folder that no edition may be written to before anything is published."""
    from ncsi.report.site import unfit

    if draft:
        raise click.UsageError("An edition holds nothing but public releases: leave --draft or --site out.")
    if problem := unfit(plan.workspace.releases, edition):
        raise click.BadParameter(f"{edition} {problem}.", param_hint="--site")


def _refuse_without_keys(plan: WavePlan) -> None:
    """Raise SpecError where the key of the pseudonyms or that of releases is missing, before anything starts."""
    from ncsi.signing import read_key_file

    plan.workspace.key()
    read_key_file(plan.workspace.signing_key)


def _plan(root: Path, wave_id: str) -> WavePlan:
    from ncsi.spec import open_workspace
    from ncsi.spec.plan import load_plan

    return load_plan(open_workspace(root), wave_id)
