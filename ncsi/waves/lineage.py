"""What an index was made from: frozen values, read from the tables of lineage; counts, never answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ncsi.report.text import Pair


@dataclass(frozen=True, slots=True)
class TracedFile:
    """A file of the figure's wave and sector. `read`: its rows; `accepted`: those in the figure's sector, or of its
    brand; `rejected`: rows by rule, of the sector or of one that could not be told; `by_status`: accepted ones as
    quality judged them; `excluded`: by reason. `instrument` with version and hash is empty where none is accepted;
    `superseded_by` and `withdrawn_at`: why its rows do not count, None where they do."""

    name: str
    sha256: str
    producer: str | None
    ingested_at: datetime
    reading_sha256: str | None
    read: int
    accepted: int
    rejected: Mapping[str, int]
    by_status: Mapping[str, int]
    excluded: Mapping[str, int]
    instrument: str
    instrument_version: str
    instrument_sha256: str
    superseded_by: str | None
    withdrawn_at: datetime | None

    @property
    def left_out(self) -> bool:
        """Whether its rows do not count."""
        return self.superseded_by is not None or self.withdrawn_at is not None


@dataclass(frozen=True, slots=True)
class Component:
    """A spec, a file of totals, a package or the code: its version and hash where it has them."""

    name: str
    version: str | None
    sha256: str | None


@dataclass(frozen=True, slots=True)
class Figure:
    """The index (0-100) with its interval, respondents with a score, effective sample size. NaN: not estimated."""

    index_0_100: float
    low: float
    high: float
    n: int
    n_eff: float


@dataclass(frozen=True, slots=True)
class CameOut:
    """The release that an index first came out with: its id, and when (UTC)."""

    release_id: str
    published_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineage:
    """An index of a sector, or of a brand of it, as it was made. `revision`: None for the stored results, out or not;
    `revisions`: those that are out; `figures_of`: the revision whose figures stand, None where they are its own;
    `estimated_at` UTC; `release` None where it is not out."""

    wave: str
    revision: int | None
    revisions: tuple[int, ...]
    sector: str
    sector_label: Pair
    brand: str | None
    brand_label: Pair | None
    figure: Figure
    files: tuple[TracedFile, ...]
    weight_version: str
    instrument: str
    instrument_version: str
    instrument_sha256: str
    seed: int
    replicates: int
    synthetic: bool
    components: tuple[Component, ...]
    inputs_sha256: str
    run: str
    estimated_at: datetime
    figures_of: int | None
    release: CameOut | None

    @property
    def by_status(self) -> dict[str, int]:
        """Accepted responses as quality judged them: valid, flagged, excluded."""
        return _summed([one.by_status for one in self.files])

    @property
    def excluded(self) -> dict[str, int]:
        """Accepted responses that were left out, by reason."""
        return _summed([one.excluded for one in self.files])

    @property
    def without_score(self) -> int:
        """Responses that are not left out and have no score, as the items of a construct were not answered."""
        kept = sum(self.by_status.values()) - self.by_status.get("excluded", 0)
        return kept - self.figure.n


def _summed(counts: list[Mapping[str, int]]) -> dict[str, int]:
    names = sorted({name for one in counts for name in one})
    return {name: sum(one.get(name, 0) for one in counts) for name in names}
