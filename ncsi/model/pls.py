"""Labels around the kernel: a data frame and an instrument in, a frozen `PlsFit` out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ncsi.errors import ModelError, NotConverged
from ncsi.model import kernel, quality
from ncsi.model.layout import Layout, layout_of
from ncsi.model.moments import Moments
from ncsi.model.sample import Sample, sample_of
from ncsi.model.scores import cells_of, row_scores, sums_of, unstandardised

if TYPE_CHECKING:
    from ncsi.spec.instrument import Instrument

Array = NDArray[np.floating]
SchemeName = Literal["path", "factorial", "centroid"]
TOLERANCE = 1e-10
"""Well inside METHOD's 1e-7, so that other programs' figures are met to 1e-8."""


@dataclass(frozen=True, slots=True)
class PlsFit:
    """A converged PLS path model.

    `paths` (from, to, estimate: standardised), `total_effects` likewise, `r2` (construct, r2),
    `weights` (construct, item, weight_std, weight, loading), `index` (construct, index_0_100, sd),
    `index_by` (by-column, construct, n, n_eff, index_0_100), `index_equal` and `index_pc1` (construct,
    index_0_100), `quality` (construct, alpha, rho_a, rho_c, ave), `htmt` (construct_a, construct_b, htmt),
    `cross_loadings` and `construct_correlations` (square frames). `n` respondents in the model, `excluded`
    with too few answers, `n_eff` = (Σw)²/Σw², `deff` = n/n_eff. Indices are on 0-100.
    """

    instrument: Instrument
    scheme: SchemeName
    by: str | None
    n: int
    excluded: int
    n_eff: float
    deff: float
    iterations: int
    paths: pd.DataFrame
    total_effects: pd.DataFrame
    r2: pd.DataFrame
    weights: pd.DataFrame
    index: pd.DataFrame
    index_by: pd.DataFrame
    index_equal: pd.DataFrame
    index_pc1: pd.DataFrame
    quality: pd.DataFrame
    htmt: pd.DataFrame
    cross_loadings: pd.DataFrame
    construct_correlations: pd.DataFrame
    moments: Moments = field(repr=False)
    sample: Sample = field(repr=False)


def fit_pls(
    df: pd.DataFrame,
    inst: Instrument,
    weights: str | None = None,
    by: str | None = None,
    scheme: SchemeName = "path",
    strata: str | None = None,
) -> PlsFit:
    """Fit the instrument's path model by PLS to the rows of `df`.

    `df` holds one column an item (NaN or NA where missing, whatever the kind); `weights` names a column of
    positive weights, `by` the column to break the index down by (one set of outer weights, pooled), `strata`
    a further column the bootstrap resamples within. Items are standardised with weighted moments; missing
    answers enter through EM moments. Raises ModelError naming construct and item, NotConverged when the
    outer weights do not settle. Wold (1982), Lohmöller (1989); the index follows Fornell et al. (1996).
    """
    sample, layout = sample_of(df, inst, weights, by, strata), layout_of(inst)
    moments = sample.moments()
    R = correlation(moments, inst)
    solution = kernel.solve(R[:, :, None], layout, kernel.SCHEMES[scheme], TOLERANCE)
    if not solution.converged.all():
        raise NotConverged(
            f"instrument {inst.id}: outer weights still moved by more than {TOLERANCE:.0e} after "
            f"{solution.iterations} iterations. Look for collinear items or constructs."
        )
    paths, r2 = kernel.structural(solution.phi, layout)
    effects = kernel.total_effects(paths, layout)
    outer = unstandardised(solution.weights, moments.sd[:, None], layout)
    ids, items = list(inst.construct_ids), list(inst.item_ids)
    n_eff = effective(sample.weights)
    return PlsFit(
        instrument=inst,
        scheme=scheme,
        by=by,
        n=len(sample.X),
        excluded=sample.excluded,
        n_eff=n_eff,
        deff=len(sample.X) / n_eff,
        iterations=solution.iterations,
        paths=path_frame(inst, paths[..., 0]),
        total_effects=effect_frame(inst, layout, effects[..., 0]),
        r2=pd.DataFrame({"construct": ids, "r2": r2[:, 0]})[[bool(c) for c in layout.causes]].reset_index(
            drop=True
        ),
        weights=_weight_frame(inst, layout, solution, outer),
        index=_index_frame(inst, layout, sample, outer[:, 0]),
        index_by=_index_by_frame(inst, layout, sample, outer[:, 0], by),
        index_equal=_variant(inst, layout, sample, _equal(layout)),
        index_pc1=_variant(inst, layout, sample, _first_component(R, moments.sd, layout)),
        quality=_quality_frame(inst, layout, R, solution),
        htmt=_htmt_frame(inst, layout, R),
        cross_loadings=pd.DataFrame(solution.cross[..., 0], index=items, columns=ids),
        construct_correlations=pd.DataFrame(solution.phi[..., 0], index=ids, columns=ids),
        moments=moments,
        sample=sample,
    )


def correlation(moments: Moments, inst: Instrument) -> Array:
    """Item correlations (p, p). Raises ModelError naming the items that are linear in others."""
    R = moments.cov / np.outer(moments.sd, moments.sd)
    values, vectors = np.linalg.eigh(R)
    if values[0] < 1e-10:
        involved = np.flatnonzero(np.abs(vectors[:, 0]) > 1e-3)
        names = ", ".join(f"{inst.construct_of(inst.item_ids[k]).id}.{inst.item_ids[k]}" for k in involved)
        raise ModelError(
            f"items {names} are perfectly collinear: one follows from the others. Take one out, or check that "
            "two columns were not mapped from the same question."
        )
    return R


def effective(weights: Array) -> float:
    """Effective sample size (Σw)²/Σw²."""
    return float(weights.sum() ** 2 / (weights**2).sum())


def path_frame(inst: Instrument, paths: Array) -> pd.DataFrame:
    """Paths in the instrument's order."""
    ids = inst.construct_ids
    return pd.DataFrame(
        {"from": p.source, "to": p.target, "estimate": paths[ids.index(p.source), ids.index(p.target)]}
        for p in inst.paths
    )


def effect_pairs(layout: Layout) -> tuple[tuple[int, int], ...]:
    """Pairs (from, to) joined by at least one route."""
    reach: dict[int, set[int]] = {}
    for j in layout.order:
        reach[j] = set(layout.causes[j]).union(*(reach[i] for i in layout.causes[j]))
    return tuple((i, j) for j in range(layout.K) for i in sorted(reach[j]))


def effect_frame(inst: Instrument, layout: Layout, effects: Array) -> pd.DataFrame:
    """Total effects of every pair that a route joins."""
    ids = inst.construct_ids
    return pd.DataFrame(
        {"from": ids[i], "to": ids[j], "estimate": effects[i, j]} for i, j in effect_pairs(layout)
    )


def _weight_frame(inst: Instrument, layout: Layout, solution: kernel.Solution, outer: Array) -> pd.DataFrame:
    owner = layout.owner
    return pd.DataFrame(
        {
            "construct": [inst.construct_ids[k] for k in owner],
            "item": list(inst.item_ids),
            "weight_std": solution.weights[:, 0],
            "weight": outer[:, 0],
            "loading": solution.cross[np.arange(layout.p), owner, 0],
        }
    )


def _index_frame(inst: Instrument, layout: Layout, sample: Sample, outer: Array) -> pd.DataFrame:
    """Mean and standard deviation (divisor Σw, corrected by n/(n−1)) of respondents' scores."""
    scores = row_scores(sample, layout, outer)
    rows = []
    for k, name in enumerate(inst.construct_ids):
        kept = ~np.isnan(scores[:, k])
        w, s = sample.weights[kept], scores[kept, k]
        mean = float(np.average(s, weights=w))
        spread = float(np.average((s - mean) ** 2, weights=w)) * kept.sum() / (kept.sum() - 1)
        rows.append({"construct": name, "index_0_100": mean, "sd": spread**0.5})
    return pd.DataFrame(rows)


def _index_by_frame(
    inst: Instrument, layout: Layout, sample: Sample, outer: Array, by: str | None
) -> pd.DataFrame:
    if by is None:
        return pd.DataFrame(columns=["construct", "n", "n_eff", "index_0_100"])
    scores = row_scores(sample, layout, outer)
    rows = []
    for g, name in enumerate(sample.groups):
        for k, construct in enumerate(inst.construct_ids):
            kept = (sample.group == g) & ~np.isnan(scores[:, k])
            w = sample.weights[kept]
            size = effective(w) if kept.any() else 0.0
            index = float(np.average(scores[kept, k], weights=w)) if kept.any() else float("nan")
            rows.append(
                {by: name, "construct": construct, "n": int(kept.sum()), "n_eff": size, "index_0_100": index}
            )
    return pd.DataFrame(rows)


def _variant(inst: Instrument, layout: Layout, sample: Sample, outer: Array) -> pd.DataFrame:
    sums = sums_of(cells_of(sample, layout), sample.weights[None, :], outer[:, None])
    return pd.DataFrame({"construct": list(inst.construct_ids), "index_0_100": sums.overall[:, 0]})


def _equal(layout: Layout) -> Array:
    return np.concatenate([np.full(b.stop - b.start, 1 / (b.stop - b.start)) for b in layout.blocks])


def _first_component(R: Array, sd: Array, layout: Layout) -> Array:
    """First principal component of each block's correlations, as unstandardised weights that sum to 1."""
    vectors = [np.linalg.eigh(R[block, block])[1][:, -1] for block in layout.blocks]
    turned = np.concatenate([vector * np.sign(vector.sum()) for vector in vectors])
    return unstandardised(turned[:, None], sd[:, None], layout)[:, 0]


def _quality_frame(inst: Instrument, layout: Layout, R: Array, solution: kernel.Solution) -> pd.DataFrame:
    rows = []
    for k, block in enumerate(layout.blocks):
        loadings = solution.cross[block, k, 0]
        rows.append(
            {
                "construct": inst.construct_ids[k],
                "alpha": quality.cronbach_alpha(R[block, block]),
                "rho_a": quality.rho_a(R[block, block], solution.weights[block, 0]),
                "rho_c": quality.composite_reliability(loadings),
                "ave": quality.average_variance_extracted(loadings),
            }
        )
    return pd.DataFrame(rows)


def _htmt_frame(inst: Instrument, layout: Layout, R: Array) -> pd.DataFrame:
    ids = inst.construct_ids
    return pd.DataFrame(
        {"construct_a": ids[a], "construct_b": ids[b], "htmt": value}
        for (a, b), value in quality.htmt(R, layout).items()
    )
