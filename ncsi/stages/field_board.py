"""A wave's progress → its field board, one page without network."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ncsi import atomic
from ncsi.errors import StoreError
from ncsi.report import text
from ncsi.spec.plan import WavePlan
from ncsi.stages.field_progress import WaveProgress
from ncsi.waves.board import board
from ncsi.waves.names import Names
from ncsi.waves.progress import SectorProgress


def write_board(plan: WavePlan, found: WaveProgress, path: Path) -> Path:
    """Write the board to a file, whole or not at all; returns its path. Raises StoreError where it cannot."""
    page = board(found, plan.wave, names_of(plan, found.sectors), f"{found.now:%Y-%m-%d %H:%M}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        atomic.write(path, page.encode())
    except OSError as error:
        raise StoreError(
            f"{path}: cannot write: {error.strerror}. Free disk space or make the folder writable, then run again."
        ) from error
    return path


def names_of(plan: WavePlan, sectors: Sequence[SectorProgress] = ()) -> Names:
    """What readers call what the wave is made of, and the earlier waves that the sectors' panels name."""
    wave = plan.wave
    panels = [one.panel for one in sectors if one.panel is not None]
    waves = {one.previous for one in panels} | {
        part.part for one in panels if not one.by for part in one.parts
    }
    return Names(
        sectors={one.id: text.pair(plan.sectors.sector(one.id).label) for one in wave.sectors},
        brands={(one.id, brand.id): text.pair(brand.label) for one in wave.sectors for brand in one.brands},
        agencies={one.id: one for one in plan.workspace.agencies()},
        values={
            (name, value.id): text.pair(value.label)
            for name, one in wave.background.items()
            for value in one.values
        },
        variables={name: text.pair(one.label) for name, one in wave.background.items()},
        waves={one: text.pair(plan.workspace.wave_alone(one).label) for one in sorted(waves) if one},
    )
