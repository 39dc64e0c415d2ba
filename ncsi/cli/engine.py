"""Run a step by Prefect or by plain functions; the same stages either way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from ncsi.report import Release
    from ncsi.stages.collect import FileOutcome, SourceFile
    from ncsi.stages.estimate import SectorOutcome
    from ncsi.stages.nation import NationOutcome
    from ncsi.stages.plan import WavePlan
    from ncsi.stages.wave import Progress, WaveOutcome

Engine = Literal["prefect", "local"]


def run(engine: Engine, plan: WavePlan, sources: Sequence[SourceFile], progress: Progress) -> WaveOutcome:
    """Collect, estimate, publish."""
    if engine == "local":
        from ncsi.stages.wave import in_order, run_wave

        return run_wave(plan, sources, in_order(progress), progress)
    _configure(plan)
    from flows.wave import wave

    return wave(plan, sources, progress)


def collect(
    engine: Engine, plan: WavePlan, sources: Sequence[SourceFile], progress: Progress
) -> tuple[FileOutcome, ...]:
    """Raw files → accepted responses."""
    if engine == "local":
        from ncsi.stages import wave as stages

        return stages.collect(plan, sources, stages.in_order(progress))
    _configure(plan)
    from flows.collect import collect as flow

    return flow(plan, sources, progress)


def estimate(
    engine: Engine, plan: WavePlan, progress: Progress
) -> tuple[tuple[SectorOutcome, ...], NationOutcome]:
    """Responses → result tables."""
    if engine == "local":
        from ncsi.stages import wave as stages

        return stages.estimate(plan, stages.in_order(progress))
    _configure(plan)
    from flows.estimate import estimate as flow

    return flow(plan, progress)


def publish(engine: Engine, plan: WavePlan, progress: Progress) -> Release:
    """Result tables → a release."""
    if engine == "local":
        from ncsi.stages import wave as stages

        return stages.publish(plan, progress=progress)
    _configure(plan)
    from flows.publish import publish as flow

    return flow(plan, progress)


def _configure(plan: WavePlan) -> None:
    """Prefect reads its settings when it is imported, so they are made just before."""
    from flows.runtime import configure

    configure(plan.workspace.root)
