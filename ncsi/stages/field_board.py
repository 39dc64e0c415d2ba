"""A wave's progress → its field board, one page without network."""

from __future__ import annotations

from pathlib import Path

from ncsi import atomic
from ncsi.errors import StoreError
from ncsi.report import text
from ncsi.spec.plan import WavePlan
from ncsi.stages.field_progress import WaveProgress
from ncsi.waves.board import Names, board


def board_path(plan: WavePlan) -> Path:
    """Where the board of a wave is kept: `runs/<wave>/board.html`."""
    return plan.workspace.root / "runs" / plan.wave.id / "board.html"


def write_board(plan: WavePlan, found: WaveProgress, path: Path) -> Path:
    """Write the board to a file, whole or not at all; returns its path. Raises StoreError where it cannot."""
    page = board(found, plan.wave, names_of(plan), f"{found.now:%Y-%m-%d %H:%M}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        atomic.write(path, page.encode())
    except OSError as error:
        raise StoreError(
            f"{path}: cannot write: {error.strerror}. Free disk space or make the folder writable, then run again."
        ) from error
    return path


def names_of(plan: WavePlan) -> Names:
    """What readers call what the wave is made of."""
    wave = plan.wave
    return Names(
        sectors={one.id: text.pair(plan.sectors.sector(one.id).label) for one in wave.sectors},
        brands={(one.id, brand.id): text.pair(brand.label) for one in wave.sectors for brand in one.brands},
        agencies={one.id: one for one in plan.workspace.agencies()},
        values={
            (name, value.id): text.pair(value.label)
            for name, one in wave.background.items()
            for value in one.values
        },
    )
