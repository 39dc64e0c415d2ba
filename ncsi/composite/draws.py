"""What is drawn in many runs: values within their error, weights within their doubt. Streams keyed by seed and draw."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np

from ncsi.arrays import Array, Mask, Positions
from ncsi.composite.structure import Structure, shares
from ncsi.composite.weighting import BudgetWeights
from ncsi.errors import CompositeError

if TYPE_CHECKING:
    from ncsi.composite.observations import Observations
    from ncsi.composite.steps import Prepared

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
        kept = normals(seed, stream, range(count), len(rows)) if few else None
        return cls(rows, columns, count, seed, stream, kept)

    def add_to(self, out: Array, sd: Array, columns: Positions, draws: Positions) -> None:
        """Add errors of standard deviations `sd` (n, p) to `out` (B, n, c), the indicators at `columns`."""
        if self.kept is None:
            errors = normals(self.seed, self.stream, draws.tolist(), len(self.rows))
        else:
            errors = self.kept[draws]
        place = np.full(sd.shape[1], -1, dtype=np.intp)
        place[columns] = np.arange(len(columns))
        there = place[self.columns] >= 0
        rows, own = self.rows[there], self.columns[there]
        out[:, rows, place[own]] += (errors if there.all() else errors[:, there]) * sd[rows, own]


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


def _stream(seed: int, number: int, draw: int) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(key=[seed, (number << 32) + draw]))


def normals(seed: int, number: int, draws: Iterable[int], cells: int) -> Array:
    """Standard normals (B, q), from a stream of each draw."""
    numbers = list(draws)
    out = np.empty((len(numbers), cells))
    for draw, own in zip(numbers, out, strict=True):
        _stream(seed, number, draw).standard_normal(out=own)
    return out
