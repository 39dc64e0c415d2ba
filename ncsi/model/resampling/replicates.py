"""Replicates of a fit with their labels: estimate, standard error and interval of every published quantity."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

import numpy as np
import pandas as pd

from ncsi.arrays import Array, Mask
from ncsi.errors import ModelError
from ncsi.model.cautions import Caution
from ncsi.model.deferred import Deferred
from ncsi.model.moments.sample import Sample
from ncsi.model.pls.fit import PlsFit
from ncsi.model.pls.labels import effect_pairs, pair_frame
from ncsi.model.pls.positions import layout_of, path_ends
from ncsi.model.pls.reliability import htmt2
from ncsi.model.pls.remarks import may_count_backwards
from ncsi.model.pls.scores import weighted_means
from ncsi.model.resampling.draws import Draws, Pick, draws_of
from ncsi.model.resampling.freedom import Spreads, spreads_of, stacked
from ncsi.model.resampling.intervals import Intervals
from ncsi.model.resampling.streams import RowWeights
from ncsi.model.resampling.threads import Map
from ncsi.model.resampling.totals import Totals

FRAMES = (
    "paths", "total_effects", "weights", "loadings", "htmt", "htmt2", "index", "index_by", "items", "spreads",
)  # fmt: skip
"""Fields of replicates that are made when they are first looked at."""


@dataclass(frozen=True, slots=True, repr=False)
class Bootstrap(Deferred):
    """Replicates of a `PlsFit`. Frames, made when they are first looked at, carry estimate, se, low, high (at `level`),
    df (of se): `paths`, `total_effects` (from, to), `weights`, `loadings` (construct, item), `htmt` and `htmt2`
    (construct_a, construct_b; None unless asked for; an `htmt2` is missing where a correlation is not positive),
    `index` (construct), `index_by` (by-column, construct; no se, low, high for a group that lies in strata of one
    respondent each), `items` (item; mean on 0-100).
    `own` (K, G): index of each by-group by the outer weights of a fit to its rows alone. `spreads`: how well
    each error is known. `warnings`: the fit's, and
    items that may count backwards. `replicates` kept, `failed` not converged; `seed` is None with given replicate
    weights. `draws` are the replicates, for rank sets and differences; `intervals` makes the intervals from them.
    """

    fit: PlsFit
    replicates: int
    failed: int
    seed: int | None
    level: float
    paths: pd.DataFrame
    total_effects: pd.DataFrame
    weights: pd.DataFrame
    loadings: pd.DataFrame
    htmt: pd.DataFrame | None
    htmt2: pd.DataFrame | None
    index: pd.DataFrame
    index_by: pd.DataFrame
    items: pd.DataFrame
    own: Array
    spreads: Spreads
    warnings: tuple[Caution, ...]
    draws: Draws
    intervals: Intervals

    def __repr__(self) -> str:
        inst = self.fit.instrument
        target = self.index.set_index("construct").loc[inst.target]
        made = (
            "replicate weights"
            if self.seed is None
            else f"replicates, seed {self.seed}, {self.failed} failed"
        )
        return (
            f"Bootstrap of {inst.id} {inst.version}: {self.replicates:,} {made}; {inst.target} "
            f"{target['estimate']:.1f}, {100 * self.level:g}% interval {target['low']:.1f} to {target['high']:.1f}"
        )

    def freedom_by(self, construct: str) -> Array:
        """Degrees of freedom (G,) of each by-group's index of the construct: at most the design's."""
        k = self.fit.instrument.construct_ids.index(construct)
        df = stacked(self.spreads.index_by).df[:, k]
        return np.broadcast_to(self.intervals.freedom(df), df.shape)


def one_pass(
    fit: PlsFit, batches: Iterable[Array | RowWeights], htmt: bool, totals: Totals | None, each: Map = map
) -> tuple[Array, Draws, Mask]:
    """The replicates; before them, by the same moments, each by-group alone: its own index (K, G), NaN where that
    fit does not settle."""
    sample, G = fit.sample, len(fit.sample.groups)
    if not G:
        return np.empty((len(fit.instrument.construct_ids), 0)), *draws_of(fit, batches, htmt, totals, each)
    draws, good = draws_of(fit, chain([_Alone(sample)], batches), htmt, totals, each)
    own = np.where(good[:G], draws.index_by[:, np.arange(G), np.arange(G)], np.nan)
    return own, draws.kept(slice(G, None)), good[G:]


@dataclass(frozen=True, slots=True, eq=False)
class _Alone:
    """Of each by-group a replicate in which the others weigh nothing."""

    sample: Sample

    def __len__(self) -> int:
        return len(self.sample.groups)

    def part(self, rows: slice) -> Array:
        """Weights (G, m) of some rows."""
        mine = self.sample.group[rows] == np.arange(len(self))[:, None]
        return np.where(mine, self.sample.weights[rows], 0.0)


def labelled(
    fit: PlsFit, draws: Draws, own: Array, failed: int, seed: int | None, level: float, intervals: Intervals
) -> Bootstrap:
    """The replicates with labels, intervals and cautions; `own` (K, G) as the result has it."""
    backwards = may_count_backwards(
        draws.share_not_positive, 1 - level, layout_of(fit.instrument), fit.instrument
    )
    return Bootstrap.deferring(
        _Frames(fit, draws, intervals).makers(),
        fit=fit,
        replicates=draws.index.shape[-1],
        failed=failed,
        seed=seed,
        level=level,
        own=own,
        warnings=(*fit.warnings, *backwards),
        draws=draws,
        intervals=intervals,
    )


@dataclass(frozen=True, eq=False)
class _Frames:
    """What the frames of replicates are made of; each by the field's name."""

    fit: PlsFit
    draws: Draws
    intervals: Intervals

    def makers(self) -> dict[str, Callable[[], object]]:
        """By field of the replicates."""
        return {name: getattr(self, f"_{name}") for name in FRAMES}

    def _framed(self, keys: pd.DataFrame, estimate: pd.Series, pick: Pick, df: Array | float) -> pd.DataFrame:
        """Estimates beside their keys, with standard errors and intervals."""
        found = self.intervals.of(estimate.to_numpy(dtype=float), pick, df)
        columns: dict[Hashable, object] = {name: keys[name].array for name in keys}
        return pd.DataFrame(columns | found)

    @cached_property
    def _spreads_made(self) -> Spreads:
        return spreads_of(self.fit)

    def _spreads(self) -> Spreads:
        return self._spreads_made

    @property
    def _freedom(self) -> float:
        return self._spreads_made.others

    def _paths(self) -> pd.DataFrame:
        fit, ends = self.fit, path_ends(self.fit.instrument)
        keys = fit.paths[["from", "to"]]
        return self._framed(keys, fit.paths["estimate"], lambda d: d.paths[ends], self._freedom)

    def _total_effects(self) -> pd.DataFrame:
        effects = self.fit.total_effects
        pairs = np.array(effect_pairs(layout_of(self.fit.instrument))).T
        return self._framed(
            effects[["from", "to"]], effects["estimate"], lambda d: d.effects[*pairs], self._freedom
        )

    def _weights(self) -> pd.DataFrame:
        own = self.fit.weights
        return self._framed(own[["construct", "item"]], own["weight"], lambda d: d.weights, self._freedom)

    def _loadings(self) -> pd.DataFrame:
        own = self.fit.weights
        return self._framed(own[["construct", "item"]], own["loading"], lambda d: d.loadings, self._freedom)

    def _htmt(self) -> pd.DataFrame | None:
        if not len(self.draws.htmt):
            return None
        return self._framed(self._pairs, self.fit.htmt["htmt"], lambda d: d.htmt, self._freedom)

    def _htmt2(self) -> pd.DataFrame | None:
        if not len(self.draws.htmt):
            return None
        R = self.fit.moments.correlations[..., None]
        ratios = pd.Series(htmt2(R, layout_of(self.fit.instrument))[:, 0])
        return self._framed(self._pairs, ratios, lambda d: d.htmt2, self._freedom)

    @property
    def _pairs(self) -> pd.DataFrame:
        return pair_frame(self.fit.instrument, layout_of(self.fit.instrument))

    def _index(self) -> pd.DataFrame:
        own, df = self.fit.index, self._spreads_made.index.df
        return self._framed(own[["construct"]], own["index_0_100"], lambda d: d.index, df)

    def _index_by(self) -> pd.DataFrame:
        fit = self.fit
        keys = fit.index_by[[fit.by, "construct"]] if fit.by else fit.index_by[["construct"]]
        df = np.concatenate([one.df for one in self._spreads_made.index_by]) if fit.by else np.empty(0)
        by_group = self._framed(keys, fit.index_by["index_0_100"], lambda d: index_by_rows(d, len(keys)), df)
        return without_single(by_group, fit)

    def _items(self) -> pd.DataFrame:
        keys = pd.DataFrame({"item": self.fit.instrument.item_ids})
        means = pd.Series(weighted_means(self.fit.sample.answers, self.fit.sample.weights))
        return self._framed(keys, means, lambda d: d.items, self._spreads_made.items.df)


def estimates_by(fit: PlsFit) -> Array:
    """Index of every construct and group (K, G), as the replicates have it."""
    if fit.by is None:
        return fit.index["index_0_100"].to_numpy(dtype=float)[:, None]
    by_group = (len(fit.sample.groups), len(fit.instrument.construct_ids))
    return fit.index_by["index_0_100"].to_numpy(dtype=float).reshape(by_group).T


def index_by_rows(draws: Draws, rows: int) -> Array:
    """Index replicates as the rows of `index_by`; none without groups."""
    return np.swapaxes(draws.index_by, 0, 1).reshape(-1, draws.index.shape[-1])[:rows]


def require_spread(fit: PlsFit, method: str) -> None:
    """Raise ModelError where no stratum holds two respondents."""
    sample = fit.sample
    if sample.units is None and len(sample.weights) == int(sample.stratum[-1]) + 1:
        raise ModelError(
            f"{method} of {fit.instrument.id}: each stratum holds one respondent, so nothing tells how far figures may "
            "be off. Join strata."
        )


def without_single(
    index_by: pd.DataFrame, fit: PlsFit, names: Sequence[str] = ("se", "low", "high", "df")
) -> pd.DataFrame:
    """A group of one respondent has an index but no standard error, nor has one whose strata each hold one."""
    sample, several = fit.sample, fit.index_by["n"].to_numpy() > 1
    if sample.units is None and len(sample.groups):
        strata = np.bincount(
            sample.group[np.diff(sample.stratum, prepend=-1) > 0], minlength=len(sample.groups)
        )
        rows = np.bincount(sample.group, minlength=len(sample.groups))
        several &= np.repeat(rows > strata, len(fit.instrument.construct_ids))
    return index_by.assign(**{name: index_by[name].where(several) for name in names})
