"""The main job: collect, estimate, publish."""

from __future__ import annotations

from collections.abc import Sequence

from flows.each import as_tasks
from flows.options import as_flow
from ncsi.spec.plan import WavePlan
from ncsi.stages import wave as stages
from ncsi.stages.crew import crew
from ncsi.stages.sources import SourceFile


def wave(
    plan: WavePlan, sources: Sequence[SourceFile], progress: stages.Progress | None = None
) -> stages.WaveOutcome:
    """The three in order, in one flow run: a subflow costs a second each and shows nothing more."""

    def work() -> stages.WaveOutcome:
        with crew() as pool:
            return stages.run_wave(plan, sources, as_tasks(pool, progress), pool.map, progress)

    return as_flow("wave", plan, work)
