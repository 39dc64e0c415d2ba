"""Responses → result tables, one task per sector."""

from __future__ import annotations

from flows.each import as_tasks
from flows.options import as_flow
from ncsi.spec.plan import WavePlan
from ncsi.stages import wave as stages
from ncsi.stages.crew import crew
from ncsi.stages.estimate import SectorOutcome
from ncsi.stages.nation import NationOutcome


def estimate(
    plan: WavePlan, progress: stages.Progress | None = None
) -> tuple[tuple[SectorOutcome, ...], NationOutcome]:
    """Estimate every sector of the wave, then the nation."""

    def work() -> tuple[tuple[SectorOutcome, ...], NationOutcome]:
        with crew() as pool:
            return stages.estimate(plan, as_tasks(pool, progress))

    return as_flow("estimate", plan, work)
