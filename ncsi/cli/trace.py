"""`ncsi trace index`: from a figure back to the files, rows, specs and code that it was made from."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ncsi.cli import options, say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ncsi.stages.trace import Trace, TracedFile


@click.group()
def trace() -> None:
    """From a figure back to what it was made from. For the institute itself: it counts what releases hide."""


@trace.command()
@options.wave
@click.option("--sector", required=True, metavar="ID", help="Sector whose index is traced.")
@click.option("--brand", metavar="ID", help="A brand of it; without, the sector's own index.")
@options.workspace
@options.as_json
def index(wave_id: str, sector: str, brand: str | None, root: Path, as_json: bool) -> None:
    """Files with their hashes, rows accepted and rejected, responses excluded and why, questionnaire, totals of the
    weighting, seed and versions of an index. Counts, never answers."""
    from ncsi.spec import open_workspace
    from ncsi.spec.plan import load_plan
    from ncsi.stages.trace import trace_index

    found = trace_index(load_plan(open_workspace(root), wave_id), sector, brand)
    say.say(_said(found), asdict(found) | {"without_score": found.without_score}, as_json)


def _said(found: Trace) -> list[str]:
    one, of = found.figure, f", brand {found.brand}" if found.brand else ""
    lines = [
        f"Wave {found.wave}, sector {found.sector}{of}: {one['index_0_100']:.2f} "
        f"({one['low']:.2f} to {one['high']:.2f}), n {one['n']:,.0f}, effective {one['n_eff']:,.0f}.",
        "Files:",
        *(line for file in found.files for line in _file(file)),
        f"Responses: {_listed(found.by_status)}; {found.without_score:,} of those in without a score."
        + _excluded(found.excluded),
    ]
    lines.append(f"Weights: version {found.weight_version}.")
    lines += [f"Totals of the weighting: {name} {digest[:12]}" for name, digest in found.weighting.items()]
    if found.release is None:
        return [*lines, "No release is out."]
    out = found.release
    versions = ", ".join(f"{name} {version}" for name, version in out["versions"].items())
    return [
        *lines,
        f"Release {out['release_id']}, revision {out['revision']}: seed {out['seed']}, {out['replicates']} replicates.",
        f"  {versions}.",
        *(f"  {name}: {digest}" for name, digest in out["spec_sha256"].items()),
    ]


def _file(file: TracedFile) -> list[str]:
    lines = [f"  {file.name}  {file.sha256}" + (f"  ({file.left_out})" if file.left_out else "")]
    rejected = f"; rejected: {_listed(file.rejected)}" if file.rejected else ""
    lines.append(f"    {file.read:,} rows read, {file.accepted:,} accepted here{rejected}")
    if file.instrument:
        lines.append(
            f"    questionnaire {file.instrument} {file.instrument_version}, {file.instrument_sha256[:12]}"
        )
    return lines


def _excluded(reasons: Mapping[str, int]) -> str:
    return f" Excluded for: {_listed(reasons)}." if reasons else ""


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.items())
