"""What is simulated of each sector: population, brands, sample sizes, kind of export."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

from ncsi.simulate.exports import WRITERS
from ncsi.simulate.names import brand_names
from ncsi.simulate.population import Population, base_population
from ncsi.spec import Instrument

SMALL = {"bottled_water": (70, 150), "flooring": (150,), "cement": (65, 80, 140), "elderly_care": (90,)}
"""Sectors with brands too small to publish, or to publish without a mark: sizes of their last brands."""
KINDS = (
    "csv_utf8", "csv_utf8_bom", "csv_gb18030", "parquet", "csv_utf8", "xlsx", "csv_gb18030", "wjx", "csv_utf8_bom",
)  # fmt: skip
"""Kinds of export, in turn over the sectors: text as often as it is in life."""


@dataclass(frozen=True, slots=True)
class SectorPlan:
    """One sector over all waves: its population, brands and sample sizes, and how its file is exported.

    `shift` is what each wave adds to its latent means.
    """

    id: str
    instrument: Instrument
    kind: str
    brands: list[str]
    names: list[tuple[str, str]]
    shares: list[float]
    quota: int
    sizes: list[int]
    base: Population
    shift: float

    @property
    def file(self) -> str:
        """Name of the export."""
        return self.id + WRITERS[self.kind][0]


def plan_sector(
    sector_id: str, instrument: Instrument, position: int, seed: int, brands: int, respondents: int
) -> SectorPlan:
    """The plan of a sector; `position` among those chosen decides the kind of export.

    Raises ValueError when there are more brands than names.
    """
    rng = generator(seed, sector_id)
    coverage = rng.uniform(0.7, 0.9)
    shares = np.sort(rng.dirichlet(np.full(brands, 6.0)))[::-1] * coverage
    sizes = [int(n) for n in rng.integers(respondents, respondents + 41, brands)]
    small = SMALL.get(sector_id, ())[: max(brands - 2, 0)]
    sizes[brands - len(small) :] = (min(size, respondents) for size in small)
    shift = float(rng.choice([0.0, 0.02, 0.04, -0.03, 0.18, -0.15], p=[0.3, 0.2, 0.15, 0.15, 0.12, 0.08]))
    return SectorPlan(
        sector_id, instrument, KINDS[position % len(KINDS)],
        [f"B{k:02d}" for k in range(1, brands + 1)], brand_names(sector_id, brands, rng),
        [round(float(share), 4) for share in shares], respondents, sizes,
        base_population(instrument, brands, rng), shift,
    )  # fmt: skip


def generator(*parts: object) -> np.random.Generator:
    """Random numbers that depend on the parts alone, not on what else is drawn."""
    digest = hashlib.sha256("/".join(map(str, parts)).encode()).digest()
    return np.random.Generator(np.random.Philox(key=int.from_bytes(digest[:8], "big")))
