"""A synthetic nation person by person: regions, city tiers, cities, brands; some answer a survey more readily.

Everyone's answers are known, so a census gives the true index. Satisfaction and the readiness to answer both hang on
region, city tier and brand: whoever only averages the answers that come in is wrong, and by how much is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ncsi.arrays import Array, Positions
from ncsi.simulate.fieldwork import REGIONS
from ncsi.simulate.plans import generator
from ncsi.simulate.population import base_population
from ncsi.spec import Instrument

TIERS = ("tier1", "tier2", "tier3")
REGION_SHARE = (0.42, 0.26, 0.24, 0.08)
TIER_SHARE = (0.25, 0.35, 0.40)
REGION_EFFECT = (-0.10, 0.05, 0.10, 0.25)
TIER_EFFECT = (-0.40, 0.0, 0.30)
TIER_RESPONSE = (0.25, 0.45, 0.75)
BRAND_RESPONSE = (0.7, 1.2)
CITY_EFFECT = 0.12
"""Effects on the latent constructs, in their standard deviations; response as probabilities, and factors of them."""


@dataclass(frozen=True, eq=False)
class Census:
    """Everyone of a sector: brand, region, background_city_tier, city and the items; `readiness` (N,) is the
    probability that someone asked answers."""

    sector: str
    instrument: Instrument
    people: pd.DataFrame
    readiness: Array

    @cached_property
    def brand_shares(self) -> dict[str, float]:
        """Share of each brand in the population."""
        return {
            str(k): float(v)
            for k, v in self.people["brand"].value_counts(normalize=True).sort_index().items()
        }

    @cached_property
    def cells(self) -> dict[tuple[str, str], int]:
        """People by region and city tier."""
        counts = self.people[["region", "background_city_tier"]].value_counts(sort=False).reset_index()
        return {(region, tier): int(n) for region, tier, n in counts.itertuples(index=False, name=None)}

    @cached_property
    def _cities(self) -> dict[tuple[str, str], list[Positions]]:
        """Rows of each city, by region and city tier."""
        found: dict[tuple[str, str], list[Positions]] = {cell: [] for cell in self.cells}
        columns = self.people[["region", "background_city_tier", "city"]]
        for _, at in columns.groupby(list(columns)).indices.items():
            region, tier, _ = (str(one) for one in columns.iloc[at[0]])
            found[region, tier].append(np.asarray(at, dtype=np.intp))
        return found

    def survey(self, cities: int, invited: int, rng: np.random.Generator) -> pd.DataFrame:
        """Those who answer a two-stage survey, as rows that can be weighted and fitted.

        In every region and city tier `cities` are drawn with replacement in proportion to their people, and
        `invited` people in each. `weight_base` is the inverse of the probability to be invited;
        `background_psu` numbers the draws.
        """
        chosen, weights, psus = [], [], []
        for (region, tier), places in self._cities.items():
            sizes = np.array([len(place) for place in places], dtype=float)
            for draw, k in enumerate(rng.choice(len(places), cities, p=sizes / sizes.sum())):
                asked = rng.choice(places[k], min(invited, len(places[k])), replace=False)
                answer = asked[rng.random(len(asked)) < self.readiness[asked]]
                chosen.append(answer)
                weights.append(np.full(len(answer), sizes.sum() / (cities * len(asked))))
                psus += [f"{region} {tier} {draw}"] * len(answer)
        rows = self.people.iloc[np.concatenate(chosen)].reset_index(drop=True)
        return rows.assign(weight_base=np.concatenate(weights), background_psu=psus)


def simulate_census(
    sector: str,
    instrument: Instrument,
    people: int = 30_000,
    brands: int = 4,
    cities: int = 160,
    seed: int = 1,
) -> Census:
    """Draw everyone of a sector, the same for the same arguments. `cities` in the nation, each in one region and
    tier."""
    rng = generator(seed, sector, "census")
    region_of, tier_of = _spread(cities, REGION_SHARE, rng), _spread(cities, TIER_SHARE, rng)
    size = rng.lognormal(0, 0.5, cities) * np.array(REGION_SHARE)[region_of] * np.array(TIER_SHARE)[tier_of]
    city = rng.choice(cities, people, p=size / size.sum())
    brand = rng.choice(brands, people, p=np.sort(rng.dirichlet(np.full(brands, 8.0)))[::-1])
    base = base_population(instrument, brands, rng)
    signs = np.array([-1.0 if one.id == "Complaint" else 1.0 for one in instrument.constructs])
    place = (
        np.array(REGION_EFFECT)[region_of]
        + np.array(TIER_EFFECT)[tier_of]
        + rng.normal(0, CITY_EFFECT, cities)
    )
    cells = base.means[:, None, :] + place[None, :, None] * signs
    answers = replace(base, means=cells.reshape(-1, len(signs))).answers(brand * cities + city, rng)
    frame = pd.DataFrame(
        {
            "brand": _named("B", brand + 1), "region": np.array(REGIONS, dtype=object)[region_of[city]],
            "background_city_tier": np.array(TIERS, dtype=object)[tier_of[city]], "city": _named("C", city),
        }
    )  # fmt: skip
    eager = np.linspace(*BRAND_RESPONSE, brands)
    readiness = np.array(TIER_RESPONSE)[tier_of[city]] * eager[brand]
    return Census(
        sector, instrument, pd.concat([frame, pd.DataFrame(answers, columns=list(instrument.item_ids))], axis=1),
        np.minimum(readiness, 1.0),
    )  # fmt: skip


def _spread(count: int, shares: Sequence[float], rng: np.random.Generator) -> Positions:
    """`count` positions in `shares`, by these, none empty."""
    edges = np.cumsum(shares) * count
    return rng.permutation(np.minimum(np.searchsorted(edges, np.arange(count) + 0.5), len(shares) - 1))


def _named(letter: str, codes: Positions) -> NDArray[np.object_]:
    return np.array([f"{letter}{k:02d}" for k in range(codes.max() + 1)], dtype=object)[codes]
