"""Two waves that share respondents: the correlation of their indices (docs/method.md §8).

Var(Î₂ − Î₁) = v₁ + v₂ − 2c. Only those who answered in both waves make c, so they alone are drawn, each (or each
cluster) equally often in either wave, and both models are re-estimated. The replicates give the correlation r of what
the shared add to either estimate; that of the estimates is r √(f₁ f₂), f the part of a variance that is theirs (Σw² of
the shared over that of all). Taken so, and not as a covariance beside variances of other draws, v₁ + v₂ − 2c cannot
fall below 0.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ncsi.arrays import Array, Mask, Positions
from ncsi.errors import ModelError
from ncsi.model.moments.sample import Sample
from ncsi.model.pls.fit import PlsFit
from ncsi.model.pls.positions import layout_of
from ncsi.model.pls.scores import row_scores
from ncsi.model.resampling.draws import Draws, draws_of
from ncsi.model.resampling.freedom import freedom_of_units, influences
from ncsi.model.resampling.streams import drawn_counts


@dataclass(frozen=True, slots=True)
class Paired:
    """What the indices of two waves have in common. `index`: construct, shared (respondents in both), overlap (shared
    over the geometric mean of both sizes), correlation (of the two estimates; over `overlap`, about that of a
    respondent's scores), df_change (degrees of freedom of their difference). `index_by`: the by-column and the same, of
    the by-groups in both waves; a respondent who is of another group now is shared by none."""

    index: pd.DataFrame
    index_by: pd.DataFrame


def paired(
    now: PlsFit,
    before: PlsFit,
    persons: pd.Series,
    persons_before: pd.Series,
    replicates: int,
    seed: int,
) -> Paired:
    """Match two waves by `persons`, the pseudonym of each row of the data each model was fitted to, in its order.

    Rows without one (missing) are shared by none. Raises ModelError for wrong lengths, for a person twice in a wave,
    and for models of different constructs.
    """
    if now.instrument.construct_ids != before.instrument.construct_ids:
        raise ModelError(
            "panel: the two waves measure different constructs. Compare waves of one instrument."
        )
    rows, rows_before = _shared(now.sample, before.sample, persons, persons_before)
    waves = (_Wave.of(now, rows), _Wave.of(before, rows_before))
    draws = _draws(rows, rows_before, now, before, replicates, seed) if len(rows) > 1 else None
    common = [name for name in now.sample.groups if name in before.sample.groups]
    table = _table(waves, draws, None)
    by = [_table(waves, draws, name) for name in common]
    return Paired(table, pd.concat(by, ignore_index=True) if by else table.iloc[:0])


@dataclass(frozen=True, slots=True)
class _Wave:
    """A fit, the `scores` (n, K) of its respondents, and the `rows` of those that the other wave holds too."""

    fit: PlsFit
    scores: Array
    rows: Positions

    @classmethod
    def of(cls, fit: PlsFit, rows: Positions) -> _Wave:
        return cls(fit, row_scores(fit.sample.X, fit.outer, layout_of(fit.instrument).blocks), rows)

    def members(self, name: object) -> Mask:
        """Which rows are of the by-group `name`; all of them without."""
        sample = self.fit.sample
        if name is None:
            return np.ones(len(sample.X), dtype=bool)
        return np.asarray(sample.group == list(sample.groups).index(name))

    def index(self, draws: Draws, name: object) -> Array:
        """Replicates (K, R) of the index."""
        return draws.index if name is None else draws.index_by[:, list(self.fit.sample.groups).index(name)]


def _shared(
    now: Sample, before: Sample, persons: pd.Series, persons_before: pd.Series
) -> tuple[Positions, Positions]:
    """Rows of the two samples that are of one person, ascending in the first."""
    keys = []
    for sample, who, wave in ((now, persons, "this wave"), (before, persons_before, "the wave before")):
        if len(who) != len(sample.rows) + sample.excluded:
            raise ModelError(
                f"panel: {len(who)} pseudonyms of {wave} for {len(sample.rows) + sample.excluded} rows of data. "
                "Give one for each row."
            )
        one = pd.Series(np.arange(len(sample.rows)), index=who.iloc[sample.rows].to_numpy())
        one = one[one.index.notna()]
        if one.index.has_duplicates:
            raise ModelError(f"panel: {int(one.index.duplicated().sum())} persons answered twice in {wave}.")
        keys.append(one)
    both = pd.concat(keys, axis=1, join="inner", keys=["now", "before"]).sort_values("now")
    return both["now"].to_numpy(dtype=np.intp), both["before"].to_numpy(dtype=np.intp)


def _draws(
    rows: Positions, rows_before: Positions, now: PlsFit, before: PlsFit, replicates: int, seed: int
) -> tuple[Draws, Draws]:
    """Replicates of both waves under the same draws of those they share; those where both settle."""
    units = now.sample.units
    unit = (
        np.arange(len(rows))
        if units is None
        else np.unique(units.of_row[rows], return_inverse=True)[1].ravel()
    )
    stratum = now.sample.stratum[rows] if units is None else units.stratum[np.unique(units.of_row[rows])]
    made = [
        draws_of(fit, _weights(fit.sample, at, drawn_counts(stratum, replicates, seed), unit))
        for fit, at in ((now, rows), (before, rows_before))
    ]
    good = made[0][1] & made[1][1]
    return made[0][0].kept(good), made[1][0].kept(good)


def _weights(sample: Sample, at: Positions, counts: Iterator[Array], unit: Positions) -> Iterator[Array]:
    """Batches (B, n) of row weights: the shared rows as often as drawn, at their stratum's weight; the others once."""
    names, strata = np.unique(sample.stratum[at], return_inverse=True)
    member = (strata[:, None] == np.arange(len(names))).astype(np.float64)
    whole = sample.weights[at] @ member
    for batch in counts:
        drawn = batch[:, unit] * sample.weights[at]
        left = drawn @ member
        drawn *= np.divide(whole, left, out=np.ones_like(left), where=left > 0)[:, strata]
        W = np.repeat(sample.weights[None], len(batch), axis=0)
        W[:, at] = drawn
        yield W


def _table(waves: tuple[_Wave, _Wave], draws: tuple[Draws, Draws] | None, name: object) -> pd.DataFrame:
    """One row per construct, of the whole samples or of the by-group `name`."""
    now, before = waves
    ours, theirs = now.members(name), before.members(name)
    inside = ours[now.rows] & theirs[before.rows]
    rows, rows_before = now.rows[inside], before.rows[inside]
    r: Array = np.zeros(len(now.fit.instrument.construct_ids))
    if draws is not None and inside.any():
        r = _correlation(now.index(draws[0], name), before.index(draws[1], name))
    part = _part(now.fit.sample.weights, ours, rows) * _part(before.fit.sample.weights, theirs, rows_before)
    frame = pd.DataFrame(
        {
            "construct": now.fit.instrument.construct_ids, "shared": int(inside.sum()),
            "overlap": inside.sum() / np.sqrt(ours.sum() * theirs.sum()), "correlation": r * np.sqrt(part),
            "df_change": _freedom(waves, (ours, theirs), rows, rows_before),
        }
    )  # fmt: skip
    if name is not None:
        frame.insert(0, str(now.fit.by), [name] * len(frame))
    return frame


def _freedom(
    waves: tuple[_Wave, _Wave], members: tuple[Mask, Mask], rows: Positions, rows_before: Positions
) -> Array:
    """Degrees of freedom (K,) of the difference, from what each person (or cluster) adds to it: who answered in both
    waves is one, and the shared, the new and the gone are strata of their own."""
    now, before = (one.fit.sample for one in waves)
    (u, there), (v, also) = (
        influences(one.fit.sample.weights * inside, one.scores)
        for one, inside in zip(waves, members, strict=True)
    )
    unit, unit_before = _unit_of_row(now), _unit_of_row(before) + len(_stratum_of_unit(now))
    unit_before[rows_before] = unit[rows]
    stratum, stratum_before = _stratum_of_unit(now), _stratum_of_unit(before)
    of_units = np.concatenate([stratum, stratum_before + 2 * int(stratum.max()) + 2])
    if now.units is None:
        of_units[rows] += int(stratum.max()) + 1
    return freedom_of_units(
        np.concatenate([u, -v]), np.concatenate([there, also]), np.concatenate([unit, unit_before]), of_units
    )


def _unit_of_row(sample: Sample) -> Positions:
    return np.arange(len(sample.X)) if sample.units is None else sample.units.of_row.copy()


def _stratum_of_unit(sample: Sample) -> Positions:
    return sample.stratum if sample.units is None else sample.units.stratum


def _part(weights: Array, members: Mask, shared: Positions) -> float:
    """Part of a mean's variance that is due to the shared: their Σw² of all."""
    return float((weights[shared] ** 2).sum() / (weights[members] ** 2).sum())


def _correlation(a: Array, b: Array) -> Array:
    """Row by row (K,); 0 where one does not vary."""
    a, b = (one - one.mean(axis=1, keepdims=True) for one in (a, b))
    scale = np.sqrt((a**2).sum(axis=1) * (b**2).sum(axis=1))
    return np.asarray(np.divide((a * b).sum(axis=1), scale, out=np.zeros(len(a)), where=scale > 0))
