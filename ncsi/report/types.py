"""What a release is made of, and what comes out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from ncsi.report.text import Shown
from ncsi.spec import Bands, Instrument, SectorList, Wave, load_bands

Tables = Mapping[str, pd.DataFrame]
"""Result tables by name, as declared in `ncsi.tables`."""

Apply = Callable[..., Iterable[Any]]
"""How work is mapped over documents: the built-in `map`, or that of a pool of processes."""


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows as dictionaries by column name."""
    names = list(map(str, frame.columns))
    columns = [list(frame[name]) for name in frame.columns]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


class SectorTables(dict[str, pd.DataFrame]):
    """The tables cut to one sector, each when it is first asked for; those in `whole` stay as they are."""

    def __init__(self, tables: Tables, sector: str, whole: tuple[str, ...] = ()) -> None:
        super().__init__()
        self._tables, self._sector, self._whole = tables, sector, whole

    def __missing__(self, name: str) -> pd.DataFrame:
        frame = self._tables[name]
        if "sector" in frame.columns and name not in self._whole:
            frame = frame[frame["sector"] == self._sector]
        self[name] = frame
        return frame


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a release comes from: hashes of specs and source files by name, package versions, seed."""

    release_id: str
    spec_sha256: Mapping[str, str]
    source_sha256: Mapping[str, str]
    versions: Mapping[str, str]
    seed: int
    replicates: int


@dataclass(frozen=True, slots=True, eq=False)
class ReleaseSpec:
    """A wave with what it refers to.

    `instruments` by sector id; `history` of the national index, oldest first, this wave last: wave, label_zh,
    label_en, index_0_100, low, high; `editions`: languages of the sector PDFs (the national report comes in
    all); `embargoed`: not for others yet; `bands`: words for stretches of the index, by default the shipped ones.
    """

    wave: Wave
    sectors: SectorList
    instruments: Mapping[str, Instrument]
    provenance: Provenance
    history: pd.DataFrame
    editions: tuple[Shown, ...] = ("both",)
    embargoed: bool = False
    bands: Bands = field(default_factory=load_bands)

    @property
    def target(self) -> str:
        """The construct whose index is published."""
        return next(iter(self.instruments.values())).target


@dataclass(frozen=True, slots=True, eq=False)
class Release:
    """A written release: its folder and its files, relative to the folder; its table out_revisions."""

    release_id: str
    folder: Path
    files: tuple[str, ...]
    revisions: pd.DataFrame
    synthetic: bool
    embargoed: bool = False
