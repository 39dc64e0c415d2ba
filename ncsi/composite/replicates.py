"""Sampling error of survey indicators as one input of an index: joint replicates, which keep errors together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ncsi.arrays import Array, Mask, Positions
from ncsi.composite.draws import MOST_KEPT, SAMPLING, Normals, normals
from ncsi.composite.structure import Structure
from ncsi.errors import CompositeError
from ncsi.model.resampling.replicates import Bootstrap

if TYPE_CHECKING:
    from ncsi.composite.observations import Observations
    from ncsi.composite.steps import Prepared

FEWEST_REPLICATES = 512
MOST_UNLIKE = 2.0
"""Times by which the spread of replicates and the standard error declared may differ (ours)."""


@dataclass(frozen=True, slots=True)
class SamplingError:
    """Joint replicates of all survey indicators, one index for all: what surveys might have found instead.

    `replicates` (K, n, c) less the observed values, of the indicators at `columns`, ascending; `more` and `se` (n, p):
    normal errors to add, where there are too many to keep. `known` (n, p): whether a value's error is known.
    """

    count: int
    replicates: Array = field(repr=False)
    columns: Positions
    known: Mask = field(repr=False)
    more: Normals | None = field(repr=False)
    se: Array = field(repr=False)
    name: str = "sampling"

    def moves(self, _: Prepared, /) -> Mask:
        """The indicators (p,) of which a value moves."""
        moved = np.asarray((self.se > 0).any(axis=0))
        moved[self.columns] = True
        return moved

    def add_to(self, raw: Array, _: Prepared, columns: Positions, draws: Positions, /) -> None:
        """As `ValueDraws.add_to`."""
        at = np.searchsorted(columns, self.columns)
        place = slice(None) if len(at) == len(columns) else at
        raw[:, :, place] += self.replicates[draws]
        if self.more is not None:
            self.more.add_to(raw, self.se, columns, draws)


def replicates_of(boot: Bootstrap, construct: str = "Satisfaction") -> pd.DataFrame:
    """The index of `construct` in every replicate of a survey (rows), by its groups (columns).

    What `sensitivity` and `uncertainty` take as replicates of an indicator. Indicators of one bootstrap share its
    replicates, so their errors correlate as they do. Raises CompositeError without by-groups or such a construct.
    """
    if boot.fit.by is None:
        raise CompositeError("replicates", "the survey has no groups", "Fit its model with `by`")
    if construct not in boot.fit.instrument.construct_ids:
        raise CompositeError("replicates", f"there is no construct '{construct}'", "Name one of the model's")
    k = boot.fit.instrument.construct_ids.index(construct)
    return pd.DataFrame(boot.draws.index_by[k].T, columns=[str(group) for group in boot.fit.sample.groups])


def sampling_error(
    seen: Observations, structure: Structure, replicates: int | Mapping[str, pd.DataFrame], seed: int
) -> SamplingError:
    """Sampling error of all indicators: joint `replicates` by code (rows: replicates, columns: units), and normal
    draws of the other standard errors; or, for a number, that many normal draws of all.

    Raises CompositeError for under 512 replicates, indicators of different numbers of them, a code that is none, a
    unit without a column, a replicate that is no finite number, replicates that lie more than two of their standard
    deviations off the value they should be replicates of, and replicates whose spread is not that of the standard
    errors declared beside them.
    """
    if not isinstance(replicates, int | Mapping):
        problem = f"are of type {type(replicates).__name__}"
        raise CompositeError("replicates", problem, "Give frames by indicator, or how many normal draws")
    by_code = {} if isinstance(replicates, int) else dict(replicates)
    counts = {len(frame) for frame in by_code.values()} or {replicates if isinstance(replicates, int) else 0}
    if len(counts) > 1 or (count := min(counts)) < FEWEST_REPLICATES:
        problem = f"there are {' or '.join(str(one) for one in sorted(counts))} replicates"
        cure = f"Give {FEWEST_REPLICATES} or more, as many of each indicator: they are joint"
        raise CompositeError("replicates", problem, cure)
    there = ~np.isnan(seen.x)
    known = ~np.isnan(seen.se) | ~there
    se = np.where(there & ~np.isnan(seen.se), seen.se, 0.0)
    joint = {}
    for code, frame in by_code.items():
        k = _column(code, structure)
        joint[k] = _deviations(code, frame, seen.units, seen.x[:, k])
        _check_spread(code, joint[k], seen.se[:, k])
        known[:, k], se[:, k] = True, 0.0
    normal = np.flatnonzero((se > 0).any(axis=0))
    more = None
    if count * len(seen.units) * len(normal) <= MOST_KEPT:
        errors = normals(seed, SAMPLING, range(count), len(seen.units) * len(normal))
        errors = errors.reshape(count, len(seen.units), len(normal))
        errors *= se[:, normal]
        se = np.zeros_like(se)
        if not joint:
            return SamplingError(count, errors, normal, known, None, se)
        joint |= {int(k): errors[:, :, at] for at, k in enumerate(normal)}
    else:
        more = Normals.of(se > 0, count, seed, SAMPLING)
    columns = np.array(sorted(joint), dtype=np.intp)
    together = np.empty((count, len(seen.units), len(columns)))
    for at, k in enumerate(columns):
        together[:, :, at] = joint[int(k)]
    return SamplingError(count, together, columns, known, more, se)


def _column(code: str, structure: Structure) -> int:
    if code not in structure.indicators:
        raise CompositeError(
            f"replicates of {code}", "there is no such indicator", "Name indicators of the tree"
        )
    return structure.position(code)


def _deviations(code: str, frame: pd.DataFrame, units: tuple[str, ...], x: Array) -> Array:
    """Replicates less values (K, n); 0 where there is no value."""
    where = f"replicates of {code}"
    names = frame.columns.astype(str)
    needed = [unit for unit, value in zip(units, x, strict=True) if not np.isnan(value)]
    if lacking := [unit for unit in needed if unit not in set(names)]:
        raise CompositeError(
            f"{where}, unit {lacking[0]}", "there is no column of it", "Give one to every unit"
        )
    if not names.is_unique:
        raise CompositeError(where, "a unit has two columns", "Give one to every unit")
    values = frame.set_axis(names, axis=1).reindex(columns=list(units)).to_numpy(dtype=np.float64)
    values = np.where(np.isnan(x), 0.0, values)
    if (wrong := ~np.isfinite(values)).any():
        row, at = np.argwhere(wrong)[0]
        raise CompositeError(
            f"{where}, unit {units[at]}, replicate {row + 1}", "is no finite number", "Leave none out"
        )
    out = np.where(np.isnan(x), 0.0, values - np.nan_to_num(x))
    away = np.abs(out.mean(axis=0)) > 2 * out.std(axis=0) + 1e-9 * np.abs(np.nan_to_num(x))
    if away.any():
        at = int(away.argmax())
        problem = f"they lie around {values[:, at].mean():g}, and the value is {x[at]:g}"
        raise CompositeError(
            f"{where}, unit {units[at]}", problem, "Give replicates of this value, on its scale"
        )
    return np.asarray(out)


def _check_spread(code: str, deviations: Array, se: Array) -> None:
    """Replicates (K, n) are used as draws, so their standard deviation is the standard error. That of a jackknife's is
    about √K times smaller, and of Fay's BRR smaller too: refused where standard errors `se` (n,) are declared."""
    with_se = np.isfinite(se) & (se > 0)
    if not with_se.any():
        return
    ratio = float(np.median(deviations[:, with_se].std(axis=0, ddof=1) / se[with_se]))
    if not 1 / MOST_UNLIKE <= ratio <= MOST_UNLIKE:
        problem = f"their standard deviation is {ratio:.2g} times the standard error declared, at the median of units"
        cure = "Give draws (bootstrap), or scale the deviations of a jackknife or of Fay's BRR up to the standard error"
        raise CompositeError(f"replicates of {code}", problem, cure)
