"""The engine that a command asks for, with progress bars on stderr: one line a step, nothing at all where stderr is
no terminal."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from ncsi import clean_process
from ncsi.cli.options import ADDRESS
from ncsi.cli.say import Said
from ncsi.put_off import put_off

if TYPE_CHECKING:
    from ncsi.clean_process import Step
    from ncsi.cli.options import EngineName
    from ncsi.engine import Engine
    from ncsi.engine import Progress as Tell
    from ncsi.spec.plan import WavePlan
    from ncsi.stages.source_files import SourceFile


_SMALL = 2**20
"""Bytes of files that are read sooner than processes that read them are there."""


@contextmanager
def running_few(name: EngineName, root: Path, label: str) -> Iterator[Engine]:
    """As `running`, for work of seconds, such as one file or sector: it is done in this process, since to start others
    would take longer."""
    if name == "local":
        with clean_process.importing():
            from ncsi.engine import InOrder

        with _bars(label) as tell:
            yield InOrder(tell, caution)
        return
    with _bars(label) as tell, _scheduled(name, root, tell, few=True) as engine:
        yield engine


@contextmanager
def collecting(name: EngineName, plan: WavePlan, sources: Sequence[SourceFile]) -> Iterator[Engine]:
    """As `running`; where those of the sources that are to be opened are small together, as `running_few`, unless the
    process that workers are forked off was begun ahead."""
    few = not begun_ahead() and _are_small(plan, sources)
    root, wave = plan.workspace.root, plan.wave.id
    with running_few(name, root, wave) if few else running(name, root, wave, ["collect"]) as steps:
        yield steps


def begun_ahead() -> bool:
    """Whether the process that workers are forked off was begun as the first thing that this command did."""
    said = click.get_current_context().find_object(Said)
    return said is not None and said.ahead


def _are_small(plan: WavePlan, sources: Sequence[SourceFile]) -> bool:
    from ncsi.stages.known_files import to_open

    return sum(one.path.stat().st_size for one in to_open(plan, sources) if one.path.is_file()) < _SMALL


@contextmanager
def running(
    name: EngineName, root: Path, label: str, steps: Collection[Step] = clean_process.STEPS
) -> Iterator[Engine]:
    """An engine of that name for the workspace at `root`, until the block ends; its bars begin with `label`. `steps`:
    those that it will do, and that its processes are made ready for."""
    clean_process.begin(steps)
    with _bars(label) as tell:
        if name == "local":
            with clean_process.importing():
                from ncsi.engine import Processes

            with Processes(tell, caution) as engine:
                yield engine
            return
        with _scheduled(name, root, tell) as engine:
            yield engine


@contextmanager
def _scheduled(name: EngineName, root: Path, tell: Tell, *, few: bool = False) -> Iterator[Engine]:
    """An engine that others keep the record of, or do the work for."""
    if name == "dask":
        with _dask(tell) as engine:
            yield engine
        return
    begin_server(root)
    from flows.own_server import named
    from flows.settings import SENDERS

    with clean_process.importing(), put_off(SENDERS), named():
        from flows.prefect_engine import PrefectEngine

    with PrefectEngine(tell, caution, few=few) as engine:
        yield engine


def begin_server(root: Path) -> None:
    """Point Prefect at the workspace and start its server, where it is to have one of this command's, without waiting.
    Raises what `flows.settings.configure` raises."""
    from flows.own_server import begin
    from flows.settings import configure

    put_aside = configure(root)
    if put_aside is not None:
        caution(
            f"{put_aside}: Prefect's record of earlier runs was damaged and is kept here; an empty one takes its place."
        )
    begin((root / ".prefect").resolve())


@contextmanager
def _dask(tell: Tell) -> Iterator[Engine]:
    address = click.get_current_context().meta[ADDRESS]
    if not address:
        raise click.UsageError("--engine dask needs --address: the scheduler's URL, such as tls://host:8786.")
    try:
        with clean_process.importing():
            from ncsi.dask_engine import DaskEngine
    except ModuleNotFoundError as error:
        raise click.UsageError("--engine dask needs Dask: pip install 'ncsi[dask]'.") from error
    with DaskEngine(address, tell, caution) as engine:
        yield engine


@contextmanager
def working(what: str) -> Iterator[None]:
    """A sign on stderr that a command is at work, until the block ends; nothing where stderr is no terminal."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield
        return
    with console.status(f"{what} … (Ctrl-C stops it)"):
        yield


def caution(line: str) -> None:
    """Say on stderr what did not work and stops nothing."""
    click.echo(line, err=True)


@contextmanager
def _bars(label: str) -> Iterator[Tell]:
    """A callback (step, done, total) that keeps one bar for each step."""
    columns = (TextColumn("{task.description:<22}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:
        known: dict[str, TaskID] = {}

        def tell(step: str, done: int, total: int) -> None:
            if step not in known:
                known[step] = bars.add_task(f"{label} {step}".strip())
            bars.update(known[step], completed=done, total=total)

        yield tell
