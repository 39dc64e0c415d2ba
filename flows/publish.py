"""Result tables → one release."""

from __future__ import annotations

from prefect import flow

from flows.options import flow_options
from ncsi.report import Release
from ncsi.stages import wave as stages
from ncsi.stages.crew import crew
from ncsi.stages.plan import WavePlan


@flow(**flow_options("publish"))
def publish(plan: WavePlan, progress: stages.Progress | None = None) -> Release:
    """Write the wave's release."""
    with crew() as pool:
        return stages.publish(plan, pool.map, progress)
