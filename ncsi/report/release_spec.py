"""What a release is made of, and what comes out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from ncsi.report.look import PLAIN, Look
from ncsi.report.text import Shown
from ncsi.spec import Bands, Instrument, Label, SectorList, Wave, load_bands
from ncsi.spec.index_plan import IndexPlan
from ncsi.spec.publication import Format
from ncsi.spec.settings import Contact
from ncsi.spec.territory.sheet import ProvinceMap

if TYPE_CHECKING:
    from ncsi.report.measures.source import MeasureReport

Apply = Callable[..., Iterable[Any]]
"""How work is mapped over documents: the built-in `map`, or that of a pool of processes."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a release comes from: hashes of specs and source files by name, package versions, seed; `signer`: the
    public key that it is signed with, empty where it is not."""

    release_id: str
    spec_sha256: Mapping[str, str]
    source_sha256: Mapping[str, str]
    versions: Mapping[str, str]
    seed: int
    replicates: int
    signer: bytes = b""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A sector that is not in a release, and the code of why: the phrase `incomplete_<reason>`."""

    sector: str
    reason: str


@dataclass(frozen=True, slots=True)
class Incomplete:
    """What a release leaves out: its sectors; how much of the sector list stands without them, by share (0-1); those of
    which the result of an earlier wave is `carried` forward; composite `indices` that would have been made of them."""

    sectors: tuple[LeftOut, ...]
    coverage: float
    carried: tuple[str, ...]
    indices: tuple[Label, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class ReleaseSpec:
    """A wave with what it refers to.

    `instruments` by sector id; `history` of the national index, oldest first, this wave last: wave, label_zh,
    label_en, index_0_100, low, high; `editions`: languages of the sector PDFs (the national report comes in all);
    `formats`: files for office programs beside them;
    `embargoed`: not for others yet; `draft`: marked and not published; `held`: sectors that keep their public
    figures; `withdrawn`: SHA-256 of files that were taken out; `bands`: words for stretches of the index, by default
    the shipped ones; `incomplete`: what it leaves out, None where it has all sectors;
    `withdrawn_waves`: labels of earlier waves that are withdrawn; `indices` and `measures`:
    composite indices and measures of quality in the release; `contact`: whom readers may ask;
    `site_url`: where the releases are published, empty where that is not known; `look`: by the publisher's theme;
    `province_map`: what provinces are drawn on, where the publisher brings a map.
    """

    wave: Wave
    sectors: SectorList
    instruments: Mapping[str, Instrument]
    provenance: Provenance
    history: pd.DataFrame
    editions: tuple[Shown, ...] = ("both",)
    formats: tuple[Format, ...] = ()
    embargoed: bool = False
    draft: bool = False
    held: tuple[str, ...] = ()
    withdrawn: tuple[str, ...] = ()
    bands: Bands = field(default_factory=load_bands)
    incomplete: Incomplete | None = None
    withdrawn_waves: tuple[Label, ...] = ()
    indices: tuple[IndexPlan, ...] = ()
    measures: tuple[MeasureReport, ...] = ()
    contact: Contact | None = None
    site_url: str = ""
    look: Look = PLAIN
    province_map: ProvinceMap | None = None

    @property
    def target(self) -> str:
        """The construct whose index is published."""
        return next(iter(self.instruments.values())).target


@dataclass(frozen=True, slots=True, eq=False)
class Release:
    """A written release: its folder and its files, relative to the folder; its table out_revisions; approvals that
    it lacks, which keep it a draft; `draft`: not published, every page marked; `left_out`: sectors that
    it leaves out; `in_our_font`: letters on its pages that the publisher's fonts should set and lack; `otherwise`: the
    later and the earlier of two waves, it being one, where the later release prints other figures of the earlier
    wave than are out."""

    release_id: str
    folder: Path
    files: tuple[str, ...]
    revisions: pd.DataFrame
    synthetic: bool
    embargoed: bool = False
    lacking: int = 0
    draft: bool = False
    left_out: tuple[LeftOut, ...] = ()
    in_our_font: str = ""
    otherwise: tuple[tuple[str, str], ...] = ()
