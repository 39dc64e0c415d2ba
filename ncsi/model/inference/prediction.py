"""Out-of-sample prediction of items (Shmueli, Ray, Velasquez Estrada & Chatla 2016)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ncsi.arrays import Array, Positions
from ncsi.errors import ModelError, NotConverged
from ncsi.model.moments.em_update import moment_rows
from ncsi.model.pls import kernel
from ncsi.model.pls.fit import PlsFit
from ncsi.model.pls.positions import Layout, layout_of
from ncsi.model.resampling.draws import TOLERANCE, correlations_of


def q2_predict(fit: PlsFit, folds: int = 10, repetitions: int = 1, seed: int = 1) -> pd.DataFrame:
    """How well each item of an endogenous construct is predicted for respondents left out of the estimation.

    Columns: construct, item, q2 (1 − Σe²/Σe² of the training mean; above 0 is predictive), rmse, rmse_lm (of a
    linear regression on the items of the direct causes, the benchmark), on 0-100. Predictions go from the causes'
    scores over the paths and loadings of the training folds. Respondents with a missing answer are left out.
    Raises ModelError when there are fewer than 2 folds or too few respondents, NotConverged when a fold does not
    settle.
    """
    layout = layout_of(fit.instrument)
    complete = ~np.isnan(fit.sample.X).any(axis=1)
    X, w = fit.sample.X[complete], fit.sample.weights[complete]
    if folds < 2 or len(X) * (folds - 1) / folds <= layout.p + 1:
        raise ModelError(
            f"{len(X)} respondents without missing answers do not make {folds} folds for {layout.p} items. "
            "Use between 2 and 10 folds, or collect more."
        )
    errors = np.zeros((3, layout.p))
    for repetition in range(repetitions):
        fold = _folds(len(X), folds, seed, repetition)
        errors += _squared_errors(fit, layout, X, w, fold)
    rows = np.flatnonzero(np.isin(layout.owner, list(layout.equations)))
    rmse = np.sqrt(errors / (repetitions * w.sum()))
    return pd.DataFrame(
        {
            "construct": [fit.instrument.construct_ids[layout.owner[k]] for k in rows],
            "item": [fit.instrument.item_ids[k] for k in rows],
            "q2": 1 - errors[0, rows] / errors[2, rows],
            "rmse": rmse[0, rows],
            "rmse_lm": rmse[1, rows],
        }
    )


def _folds(n: int, folds: int, seed: int, repetition: int) -> Positions:
    rng = np.random.Generator(np.random.Philox(key=[seed, repetition]))
    return rng.permutation(np.arange(n) % folds)


def _squared_errors(fit: PlsFit, layout: Layout, X: Array, w: Array, fold: Positions) -> Array:
    """Weighted squared errors of the path model, of the linear model and of the mean (3, p), summed over folds."""
    Z = (X - fit.moments.mean) / fit.moments.sd
    W = np.where(fold == np.arange(fold.max() + 1)[:, None], 0.0, w)
    step = moment_rows(Z) @ W.T / W.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        R, sd = correlations_of(step, layout.p)
        start = fit.weights["weight_std"].to_numpy()
        solution = kernel.solve(R, layout, kernel.SCHEMES[fit.scheme], TOLERANCE, start=start)
    if not solution.converged.all():
        raise NotConverged(
            f"prediction of {fit.instrument.id}: a training fold did not converge. Use fewer folds, and look for "
            "items that hardly vary."
        )
    paths, _ = kernel.structural(solution.phi, layout)
    loadings = solution.cross[np.arange(layout.p), layout.owner]
    errors = np.zeros((3, layout.p))
    for f in range(W.shape[0]):
        test, mean = fold == f, step[: layout.p, f]
        z = (Z[test] - mean) / sd[:, f]
        scores = np.add.reduceat(z * solution.weights[:, f], layout.starts, axis=1) @ paths[..., f]
        gaps = (z - scores[:, layout.owner] * loadings[:, f]) * sd[:, f]
        by_mean = z * sd[:, f]
        by_items = by_mean - z @ _linear(R[..., f], layout) * sd[:, f]
        errors += [w[test] @ part**2 for part in (gaps, by_items, by_mean)]
    return errors * fit.moments.sd**2


def _linear(R: Array, layout: Layout) -> Array:
    """Standardised regressions (p, p) of every item of an endogenous construct, a column, on all items of the
    construct's direct causes."""
    coefficients = np.zeros_like(R)
    for j in layout.equations:
        used = np.flatnonzero(np.isin(layout.owner, layout.causes[j]))
        block = layout.blocks[j]
        coefficients[used, block] = np.linalg.solve(R[np.ix_(used, used)], R[used, block])
    return coefficients
