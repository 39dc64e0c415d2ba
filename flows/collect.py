"""Raw files → accepted responses."""

from __future__ import annotations

from collections.abc import Sequence

from flows.each import as_tasks
from flows.options import as_flow
from ncsi.spec.plan import WavePlan
from ncsi.stages import wave as stages
from ncsi.stages.collect import FileOutcome
from ncsi.stages.crew import crew
from ncsi.stages.sources import SourceFile


def collect(
    plan: WavePlan, sources: Sequence[SourceFile], progress: stages.Progress | None = None
) -> tuple[FileOutcome, ...]:
    """Ingest every file of the wave, one task a file."""

    def work() -> tuple[FileOutcome, ...]:
        with crew() as pool:
            return stages.collect(plan, sources, as_tasks(pool, progress))

    return as_flow("collect", plan, work)
