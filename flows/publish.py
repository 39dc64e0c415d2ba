"""Result tables → one release."""

from __future__ import annotations

from flows.options import as_flow
from ncsi.report import Release
from ncsi.spec.plan import WavePlan
from ncsi.stages import wave as stages
from ncsi.stages.crew import crew


def publish(plan: WavePlan, progress: stages.Progress | None = None) -> Release:
    """Write the wave's release."""

    def work() -> Release:
        with crew() as pool:
            return stages.publish(plan, pool.map, progress)

    return as_flow("publish", plan, work)
