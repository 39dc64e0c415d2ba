"""Models of training sets: of all respondents but those of a fold, whom they predict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from ncsi.arrays import Array, Positions
from ncsi.errors import ModelError, NotConverged
from ncsi.model.moments.coded import Answers, standardised, taken
from ncsi.model.moments.respondents import Respondents
from ncsi.model.moments.row_blocks import row_blocks
from ncsi.model.pls import kernel
from ncsi.model.pls.fit import TOLERANCE, PlsFit
from ncsi.model.pls.positions import Layout
from ncsi.model.resampling.draws import correlations_of

Antecedents = Literal["direct", "earliest"]
Benchmark = Literal["direct", "exogenous", "all"]


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """Of one training set: outer weights (p,) of standardised items, what leads from scores to predicted ones,
    `carried` (K, K), `loadings` (p,) of the items, and the `linear` model's coefficients (p, p)."""

    weights: Array
    carried: Array
    loadings: Array
    linear: Array


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """Models of F training sets side by side: `Z` (n, p) all respondents in the sample's standard deviations, which are
    `unit` (p,); of the training rows `mean` and `sd` (p, F), and the `models`; `numbers`: fold of each row, by
    repetition, whose folds are training sets one after the other."""

    layout: Layout
    Z: Answers
    unit: Array
    mean: Array
    sd: Array
    models: tuple[Model, ...]
    numbers: list[Positions]

    def errors(self, part: slice, rows: Positions) -> tuple[Array, Array]:
        """Squared errors (3, m, p) of path model, linear model and mean on 0-100, and absolute ones (2, m, p) of the
        first two, of a run of the respondents, who are `rows` of the sample: means over the repetitions."""
        Z = self.Z[rows]
        squared, absolute, f = np.zeros((3, *Z.shape)), np.zeros((2, *Z.shape)), 0
        for own, folds in zip((one[part] for one in self.numbers), self._folds, strict=True):
            for fold in range(folds):
                test = np.flatnonzero(own == fold)
                gaps = self._gaps(f, Z[test])
                squared[:, test] += gaps**2
                absolute[:, test] += np.abs(gaps[:2])
                f += 1
        return squared * (self.unit**2 / len(self.numbers)), absolute * (self.unit / len(self.numbers))

    @property
    def _folds(self) -> list[int]:
        """How many there are, by repetition."""
        return [int(one.max()) + 1 for one in self.numbers]

    def _gaps(self, f: int, Z: Array) -> Array:
        """Errors of the path model, of the linear model and of the mean (3, m, p), for rows left out of set f."""
        layout, sd, model = self.layout, self.sd[:, f], self.models[f]
        z = (Z - self.mean[:, f]) / sd
        own = np.add.reduceat(z * model.weights, layout.starts, axis=1)
        by_paths = z - (own @ model.carried)[:, layout.owner] * model.loadings
        by_items = z - z @ model.linear
        return np.stack([by_paths, by_items, z]) * sd


def trained(
    fit: PlsFit, layout: Layout, rows: Positions, numbers: list[Positions], antecedents: Antecedents,
    benchmark: Benchmark,
) -> Trained:  # fmt: skip
    """Models of all but each fold's rows, of those `rows` of the fit's sample that are complete. Raises ModelError for
    an item that does not vary in a training set, NotConverged for a set that does not settle."""
    Z = standardised(fit.sample.answers, fit.moments.mean, fit.moments.sd)
    step = _moments(taken(Z, rows), fit.sample.weights[rows], numbers)
    with np.errstate(divide="ignore", invalid="ignore"):
        R, sd = correlations_of(step, layout.p)
        _require_variance(sd, fit)
        start = fit.weights["weight_std"].to_numpy()
        solution = kernel.solve(R, layout, kernel.SCHEMES[fit.scheme], TOLERANCE, start=start)
    if not solution.converged.all():
        raise NotConverged(
            f"prediction of {fit.instrument.id}: a training fold did not converge. Use fewer folds, and look for "
            "items that hardly vary."
        )
    paths, _ = kernel.structural(solution.phi, layout)
    models = tuple(
        Model(
            solution.weights[:, f],
            _carried(paths, f, layout, antecedents),
            solution.cross[np.arange(layout.p), layout.owner, f],
            _linear(R[..., f], layout, benchmark),
        )
        for f in range(R.shape[2])
    )
    return Trained(layout, Z, fit.moments.sd, step[: layout.p], sd, models, numbers)


def _carried(paths: Array, f: int, layout: Layout, antecedents: Antecedents) -> Array:
    """What leads from scores to predicted ones (K, K) in set f."""
    if antecedents == "direct":
        return np.asarray(paths[..., f])
    carried = kernel.total_effects(paths[..., [f]], layout)[..., 0]
    carried[list(layout.equations)] = 0.0
    return np.asarray(carried)


def _moments(Z: Answers, weights: Array, numbers: list[Positions]) -> Array:
    """Moments (q, F) of all rows but each fold's, of every repetition."""
    folds = [(one, f) for one in numbers for f in range(int(one.max()) + 1)]
    made, p = Respondents.complete(Z, weights), Z.shape[1]
    total, sums = np.zeros(len(folds)), np.zeros((p + p * (p + 1) // 2, len(folds)))
    for rows in row_blocks(len(weights)):
        W = np.array([np.where(one[rows] == f, 0.0, weights[rows]) for one, f in folds])
        sums += made.sums_within(rows, W)
        total += W.sum(axis=1)
    return np.asarray(sums / total)


def _require_variance(sd: Array, fit: PlsFit) -> None:
    still = np.argwhere(np.isnan(sd))
    if still.size:
        item = fit.instrument.item_ids[int(still[0, 0])]
        raise ModelError(
            f"prediction of {fit.instrument.id}: outside fold {int(still[0, 1]) + 1} every answer to item {item} is "
            "the same, so no model can be made of them. Use fewer folds, or leave the item out."
        )


def _linear(R: Array, layout: Layout, benchmark: Benchmark) -> Array:
    """Standardised regressions (p, p) of every item of an endogenous construct, a column, on the benchmark's items."""
    coefficients = np.zeros_like(R)
    for j in layout.equations:
        seen = {
            "direct": list(layout.causes[j]),
            "exogenous": [k for k in range(layout.K) if not layout.causes[k]],
            "all": [k for k in range(layout.K) if k != j],
        }[benchmark]
        used = np.flatnonzero(np.isin(layout.owner, seen))
        block = layout.blocks[j]
        coefficients[used, block] = np.linalg.solve(R[np.ix_(used, used)], R[used, block])
    return coefficients
