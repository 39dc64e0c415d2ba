"""`ncsi trace index`: from a figure back to the files, rows, specs and code that it was made from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ncsi.cli import options, say
from ncsi.cli.group import Group

if TYPE_CHECKING:
    from ncsi.waves.lineage import Lineage, TracedFile

STORED = "stored"


def _revision(_: click.Context, __: click.Parameter, value: str | None) -> int | None:
    from ncsi.tables import ESTIMATED

    if value is None or value == STORED:
        return None if value is None else ESTIMATED
    if not (value.isascii() and value.isdecimal()):
        raise click.BadParameter(f"'{value[:20]}' is no revision. Write 0, 1, … or {STORED}.")
    return int(value)


@click.group(cls=Group)
def trace() -> None:
    """From a figure back to what it was made from. For the institute itself: it counts what releases hide."""


@trace.command()
@options.wave
@click.option("--sector", required=True, metavar="ID", help="Sector whose index is traced.")
@click.option("--brand", metavar="ID", help="A brand of it; without, the sector's own index.")
@click.option(
    "--revision",
    metavar=f"N|{STORED}",
    callback=_revision,
    help=f"Revision that is out, 0 the first; {STORED}: results as they stand. Default: the last that is out.",
)
@click.option(
    "--html", type=click.Path(dir_okay=False, path_type=Path), help="Write it to FILE too, one page without network."
)  # fmt: skip
@options.workspace
@options.as_json
def index(
    wave_id: str, sector: str, brand: str | None, revision: int | None, html: Path | None, root: Path, as_json: bool
) -> None:  # fmt: skip
    """Files with their hashes, rows accepted and rejected, responses excluded and why, questionnaire, totals of the
    weighting, seed, code and versions of an index, as they were when it was made. Counts, never answers."""
    from ncsi.spec import open_workspace
    from ncsi.stages.trace import trace_index, write_trace

    found = trace_index(open_workspace(root), wave_id, sector, brand, revision)
    lines = _said(found)
    if html is not None:
        lines.append(f"Page: {write_trace(found, html)}")
    say.say(lines, _facts(found), as_json)


def _facts(found: Lineage) -> dict[str, Any]:
    counts = {"by_status": found.by_status, "excluded": found.excluded, "without_score": found.without_score}
    return asdict(found) | counts


def _said(found: Lineage) -> list[str]:
    one, of = found.figure, f", brand {found.brand}" if found.brand else ""
    return [
        f"Wave {found.wave}, {_which(found)}, sector {found.sector}{of}: {one.index_0_100:.2f} "
        f"({one.low:.2f} to {one.high:.2f}), n {one.n:,}, effective {one.n_eff:,.0f}.",
        *([f"Its figures are those of revision {found.figures_of}: too few respondents changed since."]
          if found.figures_of is not None else []),
        "Files:",
        *(line for file in found.files for line in _file(file)),
        f"Responses: {_listed(found.by_status)}; {found.without_score:,} of those that count "
        f"{'has' if found.without_score == 1 else 'have'} no score."
        + (f" Excluded for: {_listed(found.excluded)}." if found.excluded else ""),
        f"Questionnaire {found.instrument} {found.instrument_version}, {found.instrument_sha256[:12]}; "
        f"weights version {found.weight_version}; seed {found.seed}, {found.replicates:,} replicates.",
        "Estimated with:",
        *(f"  {part.name}  {' '.join(filter(None, (part.version, part.sha256)))}" for part in found.components),
        f"Run {found.run}, {found.estimated_at:%Y-%m-%d %H:%M} UTC; inputs {found.inputs_sha256[:12]}.",
        *_revisions(found),
    ]  # fmt: skip


def _which(found: Lineage) -> str:
    return "stored results" if found.revision is None else f"revision {found.revision}"


def _revisions(found: Lineage) -> Iterator[str]:
    if found.release is not None:
        yield f"Out since {found.release.published_at:%Y-%m-%d %H:%M} UTC as {found.release.release_id}."
    else:
        yield "These results are not out."
    others = [str(one) for one in found.revisions if one != found.revision]
    if others:
        yield f"Other revisions that are out: {', '.join(others)} (--revision)."


def _file(file: TracedFile) -> Iterator[str]:
    yield f"  {file.name}  {file.sha256}" + (f"  ({_left_out(file)})" if file.left_out else "")
    rejected = f"; rejected: {_listed(file.rejected)}" if file.rejected else ""
    excluded = f"; excluded: {_listed(file.excluded)}" if file.excluded else ""
    yield f"    {say.counted(file.read, 'row')} read, {file.accepted:,} accepted here{rejected}{excluded}"
    if file.instrument:
        yield f"    questionnaire {file.instrument} {file.instrument_version}, {file.instrument_sha256[:12]}"


def _left_out(file: TracedFile) -> str:
    if file.superseded_by is not None:
        return f"replaced by {file.superseded_by[:12]}"
    return f"withdrawn on {file.withdrawn_at:%Y-%m-%d}"


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.items())
