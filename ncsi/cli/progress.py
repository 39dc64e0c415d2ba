"""Progress bars on stderr: one line a step, nothing at all where stderr is no terminal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from ncsi.stages.wave import Progress as Report


@contextmanager
def progress_bars(label: str) -> Iterator[Report]:
    """Yield a callback (step, done, total) that keeps one bar for each step."""
    columns = (TextColumn("{task.description:<22}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as bars:
        known: dict[str, TaskID] = {}

        def report(step: str, done: int, total: int) -> None:
            if step not in known:
                known[step] = bars.add_task(f"{label} {step}")
            bars.update(known[step], completed=done, total=total)

        yield report
