"""A sector's population: latent constructs by the instrument's path model, answers with skew and ceiling.

Within a brand each construct has unit variance and each item's latent answer is normal, so the true mean of
every item, and with it the true index, is known exactly.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from graphlib import TopologicalSorter

import numpy as np
import pandas as pd
from scipy.special import ndtr

from ncsi.arrays import Array, Positions
from ncsi.spec import Instrument

SKEW = 0.22
SPREAD = 1.6
SECTOR_CENTRES = (7.4, 8.5)
COMPLAINT_THRESHOLD = 1.3
COMPLAINT_SLOPE = 0.25
TARGET_R2, MOST_R2 = 0.72, 0.65


@dataclass(frozen=True, slots=True)
class Population:
    """Truth of one sector in one wave. `paths` (K, K) from row to column; `means` (brands, K) of the latent
    constructs; `noise` (K,) residual standard deviations; `loadings`, `centres` (p,) of the items."""

    instrument: Instrument
    paths: Array
    means: Array
    noise: Array
    loadings: Array
    centres: Array

    @property
    def order(self) -> tuple[int, ...]:
        """Constructs with causes first."""
        return _ordered(self.paths)

    @property
    def owner(self) -> Positions:
        """Construct of each item."""
        sizes = [len(construct.items) for construct in self.instrument.constructs]
        return np.repeat(np.arange(len(sizes)), sizes)

    def answers(self, brand: Positions, rng: np.random.Generator) -> Positions:
        """Answers (n, p) of respondents of the given brands."""
        return self.answers_to(self.latent(brand, rng), rng)

    def latent(self, brand: Positions, rng: np.random.Generator) -> Array:
        """Latent constructs (n, K) of respondents of the given brands: normal about the brand's means, variance 1."""
        deviation = rng.standard_normal((len(brand), len(self.noise))) * self.noise
        for k in self.order:
            deviation[:, k] += deviation @ self.paths[:, k]
        return np.asarray(deviation + self.means[brand])

    def answers_to(self, eta: Array, rng: np.random.Generator) -> Positions:
        """Answers (n, p) of respondents with latent constructs `eta` (n, K)."""
        error = rng.standard_normal((len(eta), len(self.loadings))) * np.sqrt(1 - self.loadings**2)
        latent = eta[:, self.owner] * self.loadings + error
        return np.stack(
            [(latent[:, [i]] >= cuts).sum(axis=1) + low for i, (low, cuts) in self._cuts()], axis=1
        )

    def true_index(self) -> pd.DataFrame:
        """True index with equal item weights: brand position, construct, index_0_100."""
        rows = []
        for k, construct in enumerate(self.instrument.constructs):
            scores = np.zeros(len(self.means))
            for i, (_, cuts) in self._cuts():
                if self.owner[i] == k:
                    at_least = ndtr(self.means[:, [k]] * self.loadings[i] - cuts)
                    scores += 100 * at_least.mean(axis=1) / len(construct.items)
            rows += [
                {"brand": b, "construct": construct.id, "index_0_100": value}
                for b, value in enumerate(scores)
            ]
        return pd.DataFrame(rows)

    def _cuts(self) -> list[tuple[int, tuple[int, Array]]]:
        """Per item its lowest answer and the latent value above which each higher answer is given."""
        found = []
        for i, item in enumerate(self.instrument.items):
            low, high = item.scale.min, item.scale.max
            if high - low == 1:
                usual = sum(SECTOR_CENTRES) / 2
                cuts: Array = np.array([COMPLAINT_THRESHOLD + COMPLAINT_SLOPE * (self.centres[i] - usual)])
            else:
                unit = (high - low) / 9
                steps = (np.arange(low + 1, high + 1) - 0.5 - (low + (self.centres[i] - 1) * unit)) / (
                    SPREAD * unit
                )
                cuts = -np.log(np.maximum(1 - SKEW * steps, 1e-9)) / SKEW
            found.append((i, (low, cuts)))
        return found


def base_population(instrument: Instrument, brands: int, rng: np.random.Generator) -> Population:
    """A plausible population: quality drives satisfaction most, brands differ, items differ a little."""
    ids = instrument.construct_ids
    K = len(ids)
    paths: Array = np.zeros((K, K))
    for path in instrument.paths:
        paths[ids.index(path.source), ids.index(path.target)] = _strength(path.source, path.target, rng)
    covariance, noise = np.zeros((K, K)), np.ones(K)
    for k in _ordered(paths):
        explained = float(paths[:, k] @ covariance @ paths[:, k])
        if explained > 0:
            goal = TARGET_R2 if ids[k] == instrument.target else min(MOST_R2, explained)
            paths[:, k] *= np.sqrt(goal / explained)
        covariance[k] = covariance[:, k] = paths[:, k] @ covariance
        noise[k] = np.sqrt(1 - float(paths[:, k] @ covariance @ paths[:, k]))
        covariance[k, k] = 1.0
    reputation = rng.normal(0, 0.16, brands)
    own = 0.5 * reputation[:, None] + rng.normal(0, 0.05, (brands, K))
    p = len(instrument.items)
    sector = rng.uniform(*SECTOR_CENTRES)
    return Population(
        instrument, paths, _propagated(own, paths), noise,
        loadings=rng.uniform(0.74, 0.87, p), centres=sector + rng.normal(0, 0.22, p),
    )  # fmt: skip


def moved(population: Population, shift: float, rng: np.random.Generator) -> Population:
    """The same sector a wave later: all constructs shift, brands wobble a little."""
    signs = np.array([-1.0 if c.id == "Complaint" else 1.0 for c in population.instrument.constructs])
    step = shift + rng.normal(0, 0.03, population.means.shape)
    return replace(population, means=population.means + step * signs)


def _ordered(paths: Array) -> tuple[int, ...]:
    causes: dict[int, list[int]] = {k: np.flatnonzero(paths[:, k]).tolist() for k in range(len(paths))}
    return tuple(TopologicalSorter(causes).static_order())


def _strength(source: str, target: str, rng: np.random.Generator) -> float:
    """Raw size of a path before scaling; complaints go against satisfaction and loyalty."""
    if target == "Complaint":
        return -0.45
    if source == "Complaint":
        return -0.1
    base = 0.45 if "Quality" in source or source == "Satisfaction" else 0.22
    return float(base * rng.uniform(0.75, 1.25))


def _propagated(own: Array, paths: Array) -> Array:
    """Brand means after the paths carry them on."""
    return own @ np.linalg.inv(np.eye(len(paths)) - paths)
