"""Several groups: their moments in one metric, and how well a model with common parameters fits them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc

from ncsi.arrays import Array, Positions
from ncsi.model.cbsem.fit_measures import comparative, rmsea
from ncsi.model.cbsem.problem import Group, Point, Problem
from ncsi.model.cbsem.semopy_start import Structure


@dataclass(frozen=True, slots=True)
class Data:
    """Covariances, means and sizes of the groups, items in the instrument's order; `sd` of all groups pooled, the
    common metric: a loading that is equal on the items' scale is equal there too."""

    covs: tuple[Array, ...]
    means: tuple[Array, ...]
    sizes: tuple[int, ...]
    sd: Array

    @property
    def n(self) -> int:
        """Respondents in all groups."""
        return sum(self.sizes)

    def problem(
        self, structure: Structure, at: tuple[Positions, ...], labels: tuple[str, ...], means: bool
    ) -> Problem:
        """The problem whose group parameters lie at the positions `at` among all."""
        order = np.ix_(structure.order, structure.order)
        groups = [
            Group(
                sample=(cov / np.outer(self.sd, self.sd))[order],
                share=size / self.n,
                at=where,
                mean=(mean / self.sd)[structure.order] if means else np.zeros(0),
            )
            for cov, mean, size, where in zip(self.covs, self.means, self.sizes, at, strict=True)
        ]
        return Problem(structure, tuple(groups), labels)


def data_of(covs: list[Array], means: list[Array], sizes: list[int]) -> Data:
    """The groups' moments with their pooled standard deviations."""
    pooled = np.average([np.diag(cov) for cov in covs], axis=0, weights=sizes)
    return Data(tuple(covs), tuple(means), tuple(sizes), np.sqrt(pooled))


def measures_of(problem: Problem, point: Point, n: int) -> dict[str, float]:
    """Fit measures of several groups by lavaan's definitions, the means counted among moments and parameters.

    χ² = n·F; the baseline has free variances and means in each group; RMSEA times √groups; SRMR the groups' mean,
    over covariances and means.
    """
    groups, p = len(problem.groups), len(problem.groups[0].sample)
    factors = len(problem.structure.measured)
    means = p + (groups - 1) * factors if point.off else groups * p
    npar = len(problem.labels) + means
    df, base_df = groups * (p * (p + 1) // 2 + p) - npar, groups * p * (p - 1) // 2
    logdets = np.array([np.linalg.slogdet(group.sample)[1] for group in problem.groups])
    sizes = n * np.array([group.share for group in problem.groups])
    spreads = np.array([np.log(np.diag(group.sample)).sum() for group in problem.groups])
    chisq, base = n * max(point.value, 0.0), float(sizes @ (spreads - logdets))
    return {
        "chisq": chisq,
        "df": float(df),
        "pvalue": float(chdtrc(df, chisq)) if df else 1.0,
        **comparative(chisq, df, base, base_df),
        **rmsea(chisq, df, n, groups),
        "srmr": float(sum(g.share * _residual(g, point, k) for k, g in enumerate(problem.groups))),
        "baseline.chisq": base,
        "baseline.df": float(base_df),
        "npar": float(npar),
    }


def _residual(group: Group, point: Point, k: int) -> float:
    p = len(group.sample)
    sd = np.sqrt(np.diag(group.sample))
    covariances = ((group.sample - point.moments[k].sigma) / np.outer(sd, sd))[np.tril_indices(p)]
    means = point.off[k] / sd if point.off else np.zeros(p)
    return float(np.sqrt(np.mean(np.concatenate([covariances, means]) ** 2)))
