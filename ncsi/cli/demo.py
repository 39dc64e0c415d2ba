"""`ncsi demo`: a synthetic nation from exports to releases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import click

from ncsi.cli import options, say

if TYPE_CHECKING:
    from ncsi.cli.options import EngineName
    from ncsi.engine import Progress
    from ncsi.spec import Workspace


@click.command()
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), default=Path("demo"), show_default=True,
    help="Folder for the demo's workspace; made anew each time.",
)  # fmt: skip
@options.engine
@options.as_json
def demo(out: Path, engine: EngineName, as_json: bool) -> None:
    """Simulate two national survey waves as platforms export them, then run each to its release."""
    from ncsi import clean_process

    _refuse_strangers(out)
    clean_process.begin()
    with clean_process.importing():
        from ncsi.cli.running import begin_server, running

        if engine == "prefect":
            begin_server(out)
        from ncsi.simulate import write_workspace
        from ncsi.spec import open_workspace
        from ncsi.spec.plan import load_plan
        from ncsi.stages.source_files import sources_of

    lines, facts = ["Synthetic demonstration: no figure describes a real company, sector or country."], {}
    said: dict[str, tuple[list[str], dict[str, Any]]] = {}
    with running(engine, out, "") as steps:  # one engine for all: its processes are warm for the next wave
        Thread(target=import_module, args=("ncsi.stages.publish",), daemon=True).start()  # while others write
        steps.tell("synthetic exports", 0, 1)
        plan = write_workspace(out, apply=steps.map_at_once)
        steps.tell("synthetic exports", 1, 1)
        workspace, bars = open_workspace(out), steps.progress
        for wave_id in plan.waves:
            steps.progress = partial(_of_wave, bars, wave_id)
            outcome = steps.run(load_plan(workspace, wave_id), sources_of(workspace, wave_id))
            said[wave_id] = say.ran(outcome)
            lines += said[wave_id][0]
    _remember(workspace, said)
    waves = {wave_id: found for wave_id, (_, found) in said.items()}
    facts = {"workspace": str(out), "synthetic": True, "waves": waves}
    say.say(lines, facts, as_json)


def _of_wave(bars: Progress | None, wave: str, step: str, done: int, total: int) -> None:
    """Tell the progress of a step as that of its wave."""
    if bars is not None:
        bars(f"{wave} {step}", done, total)


def _remember(workspace: Workspace, said: Mapping[str, tuple[Sequence[str], Mapping[str, Any]]]) -> None:
    """Keep what the run of each wave said, so that the next knows when it would change nothing; once all are over, as
    each changes the store that they share."""
    from datetime import UTC, datetime

    from ncsi.spec.plan import load_plan
    from ncsi.stages.source_files import sources_of
    from ncsi.stages.whole_run import remember_run

    for wave, (lines, facts) in said.items():
        remember_run(load_plan(workspace, wave), sources_of(workspace, wave), datetime.now(UTC), lines, facts)


def _refuse_strangers(out: Path) -> None:
    """Write only into a new or empty folder, or over an earlier demo."""
    if out.exists() and any(out.iterdir()) and not (out / "truth").is_dir():
        raise click.UsageError(f"{out} holds other files. Name a new folder with --out.")
