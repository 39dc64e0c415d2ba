"""What is drawn in many runs: values within their error, weights within their doubt. Streams keyed by seed and draw."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np
import pandas as pd

from ncsi.arrays import Array, Mask, Positions
from ncsi.composite.structure import Structure, shares
from ncsi.composite.weighting import BudgetWeights
from ncsi.errors import CompositeError
from ncsi.model.resampling.replicates import Bootstrap

if TYPE_CHECKING:
    from ncsi.composite.observations import Observations
    from ncsi.composite.steps import Prepared

FEWEST_REPLICATES = 512
DRAWS = 1024
MOST_KEPT = 24_000_000
"""Normal errors kept, at most; more are drawn anew whenever they are asked for."""
SAMPLING, IMPUTATION, NOISE = range(3)
"""Numbers of the streams."""


class ValueDraws(Protocol):
    """Draws of raw values about what was observed or filled in."""

    @property
    def name(self) -> str: ...  # noqa: D102

    @property
    def count(self) -> int: ...  # noqa: D102

    def moves(self, ready: Prepared, /) -> Mask:
        """The indicators (p,) of which a value moves."""
        ...

    def add_to(self, raw: Array, ready: Prepared, columns: Positions, draws: Positions, /) -> None:
        """Add to raw values (B, n, c) of the indicators at `columns` what they differ by in these draws (B,)."""
        ...


class WeightDraws(Protocol):
    """Draws of local weights."""

    @property
    def name(self) -> str: ...  # noqa: D102

    @property
    def count(self) -> int: ...  # noqa: D102

    def weights(self, local: Array, structure: Structure, draws: Positions, /) -> Array:
        """Local weights (B, m) in these draws, from those chosen (B, m)."""
        ...


@dataclass(frozen=True, slots=True)
class Normals:
    """Standard normal errors of q cells (at `rows`, `columns`) in each of `count` draws, from a stream of each draw.
    `kept` (count, q) holds them where that is not too much, else they are drawn when asked for."""

    rows: Positions
    columns: Positions
    count: int
    seed: int
    stream: int
    kept: Array | None = field(repr=False)

    @classmethod
    def of(cls, cells: Mask, count: int, seed: int, stream: int) -> Normals:
        """Of the cells (n, p) marked."""
        rows, columns = np.nonzero(cells)
        few = count * len(rows) <= MOST_KEPT
        kept = _normals(seed, stream, range(count), len(rows)) if few else None
        return cls(rows, columns, count, seed, stream, kept)

    def add_to(self, out: Array, sd: Array, columns: Positions, draws: Positions) -> None:
        """Add errors of standard deviations `sd` (n, p) to `out` (B, n, c), the indicators at `columns`."""
        if self.kept is None:
            errors = _normals(self.seed, self.stream, draws.tolist(), len(self.rows))
        else:
            errors = self.kept[draws]
        place = np.full(sd.shape[1], -1, dtype=np.intp)
        place[columns] = np.arange(len(columns))
        there = place[self.columns] >= 0
        rows, own = self.rows[there], self.columns[there]
        out[:, rows, place[own]] += (errors if there.all() else errors[:, there]) * sd[rows, own]


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


@dataclass(frozen=True, slots=True)
class ImputationError:
    """Normal errors of the cells that a rule filled, with the residual sd of the rule. `errors`: of all that were not
    observed. `names` of the indicators: where they are given, a filled cell without a residual sd is an error."""

    errors: Normals = field(repr=False)
    names: tuple[str, ...] = ()
    name: str = "imputation"

    @classmethod
    def of(
        cls, seen: Observations, seed: int, count: int = DRAWS, names: tuple[str, ...] = ()
    ) -> ImputationError:
        """Of what is missing from `seen`."""
        return cls(Normals.of(np.isnan(seen.x), count, seed, IMPUTATION), names)

    @property
    def count(self) -> int:
        """How many draws there are."""
        return self.errors.count

    def moves(self, ready: Prepared, /) -> Mask:
        """The indicators (p,) of which a value moves. With `names`, raises CompositeError for an unknown residual."""
        moved = np.zeros(ready.se.shape[1], dtype=bool)
        cells = self.errors.rows, self.errors.columns
        unknown = ~np.isnan(ready.imputed[cells]) & np.isnan(ready.se[cells])
        if self.names and unknown.any():
            where = f"imputation of {self.names[int(self.errors.columns[unknown][0])]}"
            raise CompositeError(
                where, "its rule leaves no residual sd", "Impute by another, or leave `imputation` out"
            )
        moved[self.errors.columns[self._sd(ready)[cells] > 0]] = True
        return moved

    def add_to(self, raw: Array, ready: Prepared, columns: Positions, draws: Positions, /) -> None:
        """As `ValueDraws.add_to`."""
        self.errors.add_to(raw, self._sd(ready), columns, draws)

    def _sd(self, ready: Prepared) -> Array:
        return np.where(np.isnan(ready.imputed), 0.0, np.nan_to_num(ready.se))


@dataclass(frozen=True, slots=True)
class WeightNoise:
    """Every local weight times its factor, then to sum to 1 among siblings again; `factors` (K, m)."""

    factors: Array = field(repr=False)
    name: str = "weight_noise"

    @classmethod
    def of(cls, width: float, structure: Structure, seed: int) -> WeightNoise:
        """Factors U(1 − width, 1 + width). Raises CompositeError for a width that is not between 0 and 1."""
        if not 0 < width < 1:
            raise CompositeError("weight_noise", f"the width is {width:g}", "Use one between 0 and 1")
        drawn = _stream(seed, NOISE, 0).uniform(1 - width, 1 + width, (DRAWS, len(structure.codes)))
        return cls(drawn)

    @property
    def count(self) -> int:
        """How many are drawn."""
        return len(self.factors)

    def weights(self, local: Array, structure: Structure, draws: Positions, /) -> Array:
        """As `WeightDraws.weights`."""
        return shares(local * self.factors[draws], structure.children)


@dataclass(frozen=True, slots=True)
class ExpertWeights:
    """The weights of some siblings by one expert drawn, instead of those chosen; `drawn` (K, siblings)."""

    positions: Positions
    drawn: Array = field(repr=False)
    name: str = "experts"

    @classmethod
    def of(cls, budget: BudgetWeights, structure: Structure, seed: int) -> ExpertWeights:
        """Draws of the experts of `budget`. Raises CompositeError where its codes are not all children of one node."""
        codes = [str(code) for code in budget.table["code"]]
        if unknown := [code for code in codes if code not in structure.codes]:
            raise CompositeError("experts", f"there is no node '{unknown[0]}'", "Name nodes of the tree")
        positions = np.array([structure.position(code) for code in codes], dtype=np.intp)
        siblings = next((below for _, below in structure.aggregates if positions[0] in below), positions[:0])
        if set(siblings) != set(positions):
            problem = f"{', '.join(codes)} are not all the children of one node"
            raise CompositeError("experts", problem, "Let experts weigh whole groups of siblings")
        return cls(positions, budget.draws(DRAWS, seed=seed))

    @property
    def count(self) -> int:
        """How many are drawn."""
        return len(self.drawn)

    def weights(self, local: Array, _: Structure, draws: Positions, /) -> Array:
        """As `WeightDraws.weights`."""
        out = np.array(local)
        out[:, self.positions] = self.drawn[draws]
        return out


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
    unit without a column, a replicate that is no finite number, and replicates that lie more than two of their
    standard deviations off the value they should be replicates of.
    """
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
        known[:, k], se[:, k] = True, 0.0
    normal = np.flatnonzero((se > 0).any(axis=0))
    more = None
    if count * len(seen.units) * len(normal) <= MOST_KEPT:
        errors = _normals(seed, SAMPLING, range(count), len(seen.units) * len(normal))
        errors = errors.reshape(count, len(seen.units), len(normal)) * se[:, normal]
        joint |= {int(k): errors[:, :, at] for at, k in enumerate(normal)}
        se = np.zeros_like(se)
    else:
        more = Normals.of(se > 0, count, seed, SAMPLING)
    columns = np.array(sorted(joint), dtype=np.intp)
    replicates_ = np.empty((count, len(seen.units), len(columns)))
    for at, k in enumerate(columns):
        replicates_[:, :, at] = joint[int(k)]
    return SamplingError(count, replicates_, columns, known, more, se)


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


def _stream(seed: int, number: int, draw: int) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(key=[seed, (number << 32) + draw]))


def _normals(seed: int, number: int, draws: Iterable[int], cells: int) -> Array:
    """Standard normals (B, q), from a stream of each draw."""
    return np.stack([_stream(seed, number, draw).standard_normal(cells) for draw in draws])
