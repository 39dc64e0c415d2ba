"""Everything a wave needs of its specs, loaded and cross-checked once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ncsi.errors import SpecError
from ncsi.spec.instrument import Instrument
from ncsi.spec.margins import MarginTable
from ncsi.spec.publication import Format, Shown
from ncsi.spec.sectors import SectorList
from ncsi.spec.theme import load_theme
from ncsi.spec.wave import Wave
from ncsi.spec.workspace import Workspace


@dataclass(frozen=True, slots=True)
class WavePlan:
    """A wave with its sector list, the instrument of each of its sectors (by sector id), and the totals that it is
    weighted to (by file); `editions`: the languages that sector PDFs are published in; `formats`: files for office
    programs beside them; `allow_incomplete`: whether it is published without sectors that its estimation left out."""

    workspace: Workspace
    wave: Wave
    sectors: SectorList
    instruments: Mapping[str, Instrument]
    totals: Mapping[str, MarginTable]
    editions: tuple[Shown, ...] = ("both",)
    formats: tuple[Format, ...] = ()
    allow_incomplete: bool = False

    @property
    def sector_ids(self) -> tuple[str, ...]:
        """The wave's sectors in the order of the wave file."""
        return tuple(sector.id for sector in self.wave.sectors)

    @property
    def runs(self) -> Path:
        """Where what its runs leave beside its release is kept: `runs/<wave>/`."""
        return self.workspace.root / "runs" / self.wave.id

    @property
    def board(self) -> Path:
        """Where its field board is kept."""
        return self.runs / "board.html"

    @property
    def target(self) -> str:
        """The construct whose index is published, the same in every instrument of the wave."""
        return next(iter(self.instruments.values())).target


def load_plan(workspace: Workspace, wave_id: str) -> WavePlan:
    """Load the wave and what it refers to, and check the theme that it will be published in; sectors whose answers came
    are measured by the instrument that was asked. Raises SpecError; also when instruments disagree on the target."""
    wave, sectors = workspace.wave(wave_id), workspace.sectors()
    load_theme(workspace.root)
    instruments = workspace.instruments_of(wave)
    targets = {instrument.target for instrument in instruments.values()}
    if len(targets) > 1:
        raise SpecError(
            f"wave {wave_id}",
            f"its instruments have different target constructs ({', '.join(sorted(targets))})",
            "A national index needs one: give the instruments the same `target`",
        )
    return WavePlan(workspace, wave, sectors, instruments, workspace.totals(wave))


def load_earlier_plan(workspace: Workspace, wave_id: str) -> WavePlan:
    """The plan of a wave that a later one is compared with, by the questionnaires that were asked: sectors that it
    measured may have left the list since, and its maps be gone. Raises SpecError."""
    wave = workspace.wave_alone(wave_id)
    return WavePlan(
        workspace, wave, workspace.sectors(), workspace.instruments_of(wave), workspace.totals(wave)
    )
