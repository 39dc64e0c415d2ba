"""Raw files → accepted responses."""

from __future__ import annotations

from collections.abc import Sequence

from prefect import flow

from flows.each import as_tasks
from flows.options import flow_options
from ncsi.stages import wave as stages
from ncsi.stages.collect import FileOutcome
from ncsi.stages.crew import crew
from ncsi.stages.plan import WavePlan
from ncsi.stages.sources import SourceFile


@flow(**flow_options("collect"))
def collect(
    plan: WavePlan, sources: Sequence[SourceFile], progress: stages.Progress | None = None
) -> tuple[FileOutcome, ...]:
    """Ingest every file of the wave, one task a file."""
    with crew() as pool:
        return stages.collect(plan, sources, as_tasks(pool, progress))
