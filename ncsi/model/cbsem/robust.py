"""Standard errors and χ² that hold for skewed answers, weights, clusters and missing answers: the sandwich.

What a respondent adds to each covariance (their influence) takes the place of the normal distribution. With missing
answers that is their influence on the EM moments, so the two stages (moments, then model) are both counted
(Savalei & Bentler 2009); with complete data the result is lavaan's MLR (Huber 1967; White 1982; Yuan & Bentler 2000).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import chdtrc

from ncsi.arrays import Array, Positions
from ncsi.model.cbsem.likelihood import Implied
from ncsi.model.cbsem.optimum import Optimum
from ncsi.model.cbsem.semopy_start import Structure
from ncsi.model.moments.respondents import Respondents
from ncsi.model.moments.sample import Sample, Units
from ncsi.model.moments.weighted import Moments


@dataclass(frozen=True, slots=True)
class Influence:
    """What sampled units add to the item covariances, squared: `cross` (p(p+1)/2, p(p+1)/2) are the cross-products,
    over units, of each one's influence: upper triangle by row, in correlation metric, weighted (weights average 1) and
    summed over a cluster's respondents, those of a stratum about their mean and times √(m/(m − 1)) of its m clusters;
    `n` respondents."""

    cross: Array
    n: int


@dataclass(frozen=True, slots=True)
class Sandwich:
    """`variance` of the parameters (correlation metric); `scaling` divides χ², `baseline_scaling` the baseline's."""

    variance: Array
    scaling: float
    baseline_scaling: float


def influence_of(sample: Sample, moments: Moments) -> Influence:
    """Of every respondent, or cluster where clusters were sampled, on `moments`."""
    weights = sample.weights / sample.weights.mean()
    p, made = len(moments.cov), Respondents.of(sample.answers, sample.weights, moments)
    used = slice(p, None) if made.correction is None else slice(None)
    centre = made.base[used]
    anew = made.kept is None
    blocks = ((part, _weighed(rows[used], centre, weights[part], anew)) for part, rows in made.blocks())
    if sample.units is None:
        cross = np.zeros((len(centre), len(centre)))
        for _, rows in blocks:
            cross += rows @ rows.T
    else:
        clusters = of_clusters(blocks, len(centre), sample.units)
        cross = clusters @ clusters.T
    if made.correction is not None:
        cross = made.correction[p:] @ cross @ made.correction[p:].T
    return Influence(cross, len(weights))


def _weighed(rows: Array, centre: Array, weights: Array, in_place: bool) -> Array:
    """Rows (q, m) about their centre (q, 1), times weights (m,); `in_place` of the rows, where nobody else looks at
    them."""
    found = np.subtract(rows, centre, out=rows if in_place else None)
    found *= weights
    return found


def of_clusters(blocks: Iterable[tuple[slice | Positions, Array]], q: int, units: Units) -> Array:
    """Influence or scores of whole clusters (q, C), as large as drawing m of them in each stratum makes it vary, from
    those of respondents, some of them (q, m) at a time.

    Within strata the clusters' mean is not an error of sampling, and the squares about it fall short by (m − 1)/m.
    """
    summed = np.zeros((q, len(units.stratum)))
    for part, rows in blocks:
        order = np.argsort(units.of_row[part], kind="stable")
        which, starts = np.unique(units.of_row[part][order], return_index=True)
        summed[:, which] += np.add.reduceat(rows[:, order], starts, axis=1)
    first = np.flatnonzero(np.r_[True, np.diff(units.stratum) > 0])
    m = np.diff(np.append(first, len(units.stratum)))
    centred = summed - np.repeat(np.add.reduceat(summed, first, axis=1) / m, m, axis=1)
    return np.asarray(centred * np.repeat(np.sqrt(m / np.maximum(m - 1, 1)), m))


def sandwich(structure: Structure, optimum: Optimum, sample: Array, influence: Influence) -> Sandwich:
    """A⁻¹BA⁻¹/n with A the observed information and B the scores' cross-products; scalings after Yuan & Bentler.

    `sample` is the correlation matrix fitted, in the structure's order.
    """
    p, n = len(sample), influence.n
    df, base_df = p * (p + 1) // 2 - structure.n_parameters, p * (p - 1) // 2
    slopes = slopes_of_scores(structure, optimum.point.moments[0])
    meat = slopes @ influence.cross @ slopes.T / n
    bread = np.linalg.inv(0.5 * optimum.observed)
    in_items = np.empty_like(sample)
    in_items[np.ix_(structure.order, structure.order)] = sample
    saturated = _normal_trace(influence, np.linalg.inv(in_items))
    independent = 0.5 * float(np.diag(influence.cross)[np.equal(*np.triu_indices(p))].sum()) / n
    return Sandwich(
        variance=bread @ meat @ bread / n,
        scaling=(saturated - float(np.trace(bread @ meat))) / df if df else 1.0,
        baseline_scaling=(saturated - independent) / base_df if base_df else 1.0,
    )


def scaled(measures: pd.Series, n: float, robust: Sandwich, groups: int = 1) -> pd.Series:
    """χ² and the fit measures that rest on it, rid of what non-normal answers add (Brosseau-Liard & Savalei 2014).

    RMSEA of several `groups` is times √groups, as without robustness.
    """
    df, base_df = measures["df"], measures["baseline.df"]
    chisq = measures["chisq"] / robust.scaling
    excess = measures["chisq"] - robust.scaling * df
    base = max(measures["baseline.chisq"] - robust.baseline_scaling * base_df, excess, 0.0)
    ratio = excess / base if base > 0 else 0.0
    values = {
        "chisq_scaled": chisq,
        "pvalue_scaled": float(chdtrc(df, chisq)) if df else 1.0,
        "scaling": robust.scaling,
        "cfi_robust": 1.0 - max(ratio, 0.0),
        "tli_robust": 1.0 - ratio * base_df / df if df else 1.0,
        "rmsea_robust": float(np.sqrt(groups * max(excess, 0.0) / (n * df))) if df else 0.0,
    }
    return pd.Series(values, name="value", dtype=float).rename_axis("measure")


def slopes_of_scores(structure: Structure, moments: Implied) -> Array:
    """How each parameter's score answers to each covariance (parameters, p(p+1)/2), in item order."""
    p = len(moments.sigma)
    left, right = np.empty_like(moments.left), np.empty_like(moments.right)
    left[structure.order] = moments.inverse @ moments.left
    right[structure.order] = moments.inverse @ moments.right
    i, j = np.triu_indices(p)
    cells = left[i] * right[j] + np.where((i != j)[:, None], left[j] * right[i], 0.0)
    slopes = np.zeros((structure.n_parameters, len(i)))
    np.add.at(slopes, structure.parameter, cells.T)
    return slopes


def normal_information(inverse: Array) -> Array:
    """The saturated model's information on its covariances (p(p+1)/2, the same), a respondent's, given Σ⁻¹ (p, p)."""
    i, j = np.triu_indices(len(inverse))
    twice = np.where(i != j, 2.0, 1.0)
    information = (
        inverse[np.ix_(i, i)] * inverse[np.ix_(j, j)] + inverse[np.ix_(i, j)] * inverse[np.ix_(j, i)]
    )
    return np.asarray(information * (0.25 * np.outer(twice, twice)))


def _normal_trace(influence: Influence, inverse: Array) -> float:
    """Trace of that information times the influences' cross-products."""
    return float((normal_information(inverse) * influence.cross).sum()) / influence.n
