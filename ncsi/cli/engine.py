"""Run a step by Prefect or by plain functions; the same stages either way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

from ncsi.errors import SpecError

if TYPE_CHECKING:
    from datetime import time
    from pathlib import Path
    from zoneinfo import ZoneInfo

    from ncsi.report import Release
    from ncsi.spec import Wave
    from ncsi.spec.plan import WavePlan
    from ncsi.stages.collect import FileOutcome
    from ncsi.stages.estimate import SectorOutcome
    from ncsi.stages.nation import NationOutcome
    from ncsi.stages.sources import SourceFile
    from ncsi.stages.wave import Progress, WaveOutcome

Engine = Literal["prefect", "local"]


def run(engine: Engine, plan: WavePlan, sources: Sequence[SourceFile], progress: Progress) -> WaveOutcome:
    """Collect, estimate, publish."""
    if engine == "local":
        from ncsi.stages.crew import crew
        from ncsi.stages.wave import by_crew, run_wave

        with crew() as pool:
            return run_wave(plan, sources, by_crew(pool, progress), pool.map, progress)
    _configure(plan)
    from flows.wave import wave

    return wave(plan, sources, progress)


def collect(
    engine: Engine, plan: WavePlan, sources: Sequence[SourceFile], progress: Progress
) -> tuple[FileOutcome, ...]:
    """Raw files → accepted responses."""
    if engine == "local":
        from ncsi.stages import wave as stages
        from ncsi.stages.crew import crew

        with crew() as pool:
            return stages.collect(plan, sources, stages.by_crew(pool, progress))
    _configure(plan)
    from flows.collect import collect as flow

    return flow(plan, sources, progress)


def estimate(
    engine: Engine, plan: WavePlan, progress: Progress
) -> tuple[tuple[SectorOutcome, ...], NationOutcome]:
    """Responses → result tables."""
    if engine == "local":
        from ncsi.stages import wave as stages
        from ncsi.stages.crew import crew

        with crew() as pool:
            return stages.estimate(plan, stages.by_crew(pool, progress))
    _configure(plan)
    from flows.estimate import estimate as flow

    return flow(plan, progress)


def publish(engine: Engine, plan: WavePlan, progress: Progress) -> Release:
    """Result tables → a release."""
    if engine == "local":
        from ncsi.stages import wave as stages
        from ncsi.stages.crew import crew

        with crew() as pool:
            return stages.publish(plan, pool.map, progress)
    _configure(plan)
    from flows.publish import publish as flow

    return flow(plan, progress)


@contextmanager
def starting(engine: Engine, root: Path) -> Iterator[None]:
    """Have Prefect's server come up beside the block's work; the block ends when it is there."""
    if engine == "local":
        yield
        return
    from flows.runtime import configure, start_server

    configure(root)
    with ThreadPoolExecutor(1) as beside:
        server = beside.submit(start_server)
        yield
        server.result()


def serve_waves(root: Path, waves: Sequence[Wave], at: time, zone: ZoneInfo) -> None:
    """Work on scheduled runs until interrupted. Raises SpecError without a standing server."""
    from flows.runtime import configure, standing_server

    configure(root)
    if not standing_server():
        raise SpecError(
            "schedules", "no standing Prefect server is named, and one that ends with its command fires nothing",
            "Start one with `prefect server start`, set PREFECT_API_URL to the address it prints, and run this again",
        )  # fmt: skip
    from flows.schedule import serve_waves as serve

    serve(root, waves, at, zone)


def _configure(plan: WavePlan) -> None:
    """Prefect reads its settings when it is imported, so they are made just before."""
    from flows.runtime import configure

    configure(plan.workspace.root)
