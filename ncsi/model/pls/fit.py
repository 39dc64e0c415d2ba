"""Labels around the kernel: a data frame and an instrument in, a frozen `PlsFit` out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from ncsi.arrays import Array
from ncsi.errors import ModelError, NotConverged
from ncsi.model.cautions import Caution, said
from ncsi.model.moments.sample import Sample, sample_of
from ncsi.model.moments.weighted import Moments
from ncsi.model.pls import kernel, labels
from ncsi.model.pls.higher_order import component_frame
from ncsi.model.pls.positions import Layout, layout_of
from ncsi.model.pls.remarks import of_items, of_size, require_size, restless
from ncsi.model.pls.scores import row_scores, score_frame, unstandardised
from ncsi.survey import effective_size

if TYPE_CHECKING:
    from ncsi.spec.instrument import Instrument

SchemeName = Literal["path", "factorial", "centroid"]
TOLERANCE = 1e-10
"""Tight enough that other programs' figures are reproduced to 1e-8 (docs/method.md §4)."""
OF_GROUPS = ("construct", "n", "n_eff", "index_0_100", "estimate", "se", "low", "high", "df")
"""Columns that stand beside the by-column in tables of groups."""


@dataclass(frozen=True, slots=True, repr=False)
class PlsFit:
    """A converged PLS path model.

    `paths` (from, to, estimate: standardised), `total_effects` likewise, `r2` (construct, r2),
    `weights` (construct, item, weight_std, weight, loading), `index` (construct, index_0_100, sd),
    `index_by` (by-column, construct, n, n_eff, index_0_100), `index_equal` and `index_pc1` (construct,
    index_0_100), `quality` (construct, alpha, rho_a, rho_c, ave), `htmt` (construct_a, construct_b, htmt),
    `components` (construct, component, weight_std, loading, weight, index_0_100) of higher-order constructs,
    `cross_loadings` and `construct_correlations` (square frames). `n` respondents in the model, `excluded`
    with too few answers, `n_eff` = (Σw)²/Σw², `deff` = n/n_eff. Indices are on 0-100. `warnings`: few effective
    respondents, items that are nearly one, items that count backwards.
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
    components: pd.DataFrame
    cross_loadings: pd.DataFrame
    construct_correlations: pd.DataFrame
    warnings: tuple[Caution, ...]
    moments: Moments
    sample: Sample

    def __repr__(self) -> str:
        inst = self.instrument
        target = float(self.index["index_0_100"].to_numpy()[inst.construct_ids.index(inst.target)])
        return (
            f"PlsFit {inst.id} {inst.version}: n {self.n:,} (n_eff {self.n_eff:,.0f}), "
            f"{len(inst.constructs)} constructs, {len(inst.paths)} paths, {inst.target} {target:.1f}, "
            f"{len(self.warnings)} warning{'' if len(self.warnings) == 1 else 's'}"
        )

    def scores(self) -> pd.DataFrame:
        """Scores of respondents on 0-100: a column a construct, a row a respondent in the model, with the index of the
        data frame; those with too few answers are left out. Outer weights are re-normalised over the items answered.
        """
        return score_frame(self)

    @property
    def outer(self) -> Array:
        """Unstandardised outer weights (p,) in item order; they sum to 1 in each construct."""
        return self.weights["weight"].to_numpy(dtype=np.float64)


def fit_pls(
    df: pd.DataFrame,
    inst: Instrument,
    weights: str | None = None,
    by: str | None = None,
    scheme: SchemeName = "path",
    strata: str | None = None,
    clusters: str | None = None,
) -> PlsFit:
    """Fit the instrument's path model by PLS to the rows of `df`.

    `df` holds one column per item (NaN or NA where missing, whatever the kind); `weights` names a column of
    positive weights, `by` the column to break the index down by (one set of outer weights, pooled), `strata`
    a further column the bootstrap resamples within, `clusters` one of the units it draws (within by-groups and
    strata, or within strata alone where clusters cut across the by-groups). Items are standardised with
    weighted moments; missing answers enter through EM moments. What the result holds but should not be relied on
    for stands in its `warnings` and is given as a `ModelWarning`. Raises ModelError naming construct and item, for a
    by-column that is called as a column of the result, and for fewer effective respondents than the largest block has
    items, NotConverged when the outer weights do not settle.
    Wold (1982), Lohmöller (1989); the index follows Fornell
    et al. (1996).
    """
    if by in OF_GROUPS:
        raise ModelError(f"the by-column '{by}' is called as a column of the result. Rename it.")
    if scheme not in kernel.SCHEMES:
        raise ModelError(f"there is no scheme '{scheme}'. Use path, factorial or centroid.")
    sample, layout = sample_of(df, inst, weights, by, strata, clusters), layout_of(inst)
    n_eff = float(effective_size(sample.weights))
    require_size(n_eff, layout, inst)
    moments = sample.moments()
    R = correlation(moments, inst)
    solution = kernel.solve(R[:, :, None], layout, kernel.SCHEMES[scheme], TOLERANCE)
    if not solution.converged.all():
        raise NotConverged(
            f"instrument {inst.id}: outer weights still moved by more than {TOLERANCE:.0e} after "
            f"{solution.iterations} iterations, most in "
            f"{restless(R, layout, scheme, solution.weights[:, 0], inst)}. Look for collinear items or constructs."
        )
    outer = labels.weight_frame(
        inst, layout, solution, unstandardised(solution.weights, moments.sd[:, None], layout)
    )
    scores = row_scores(sample.X, outer["weight"].to_numpy(), layout.blocks)
    cautions = (*of_size(n_eff, len(sample.X), inst), *of_items(R, outer, layout, inst))
    said(cautions)
    return PlsFit(
        instrument=inst,
        scheme=scheme,
        by=by,
        n=len(sample.X),
        excluded=sample.excluded,
        n_eff=n_eff,
        deff=len(sample.X) / n_eff,
        iterations=solution.iterations,
        **_structure(inst, layout, solution),
        weights=outer,
        **_measurement(inst, layout, R, solution),
        **_indices(inst, layout, sample, R, moments),
        index=labels.index_frame(inst, sample, scores),
        index_by=labels.index_by_frame(inst, sample, scores, by),
        components=component_frame(inst, layout, sample, R, solution, outer["weight"].to_numpy()),
        warnings=cautions,
        moments=moments,
        sample=sample,
    )


def _structure(inst: Instrument, layout: Layout, solution: kernel.Solution) -> dict[str, pd.DataFrame]:
    paths, r2 = kernel.structural(solution.phi, layout)
    ids = inst.construct_ids
    explained = labels.text(tuple(ids[j] for j in layout.equations))
    names = labels.names_of(ids)
    return {
        "paths": labels.path_frame(inst, paths[..., 0]),
        "total_effects": labels.effect_frame(inst, layout, kernel.total_effects(paths, layout)[..., 0]),
        "r2": pd.DataFrame({"construct": explained, "r2": r2[[*layout.equations], 0]}),
        "construct_correlations": pd.DataFrame(solution.phi[..., 0], index=names, columns=names),
    }


def _measurement(
    inst: Instrument, layout: Layout, R: Array, solution: kernel.Solution
) -> dict[str, pd.DataFrame]:
    items, ids = labels.names_of(inst.item_ids), labels.names_of(inst.construct_ids)
    return {
        "quality": labels.quality_frame(inst, layout, R, solution),
        "htmt": labels.htmt_frame(inst, layout, R),
        "cross_loadings": pd.DataFrame(solution.cross[..., 0], index=items, columns=ids),
    }


def _indices(
    inst: Instrument, layout: Layout, sample: Sample, R: Array, moments: Moments
) -> dict[str, pd.DataFrame]:
    """By outer weights other than the model's."""
    first = labels.first_component(R, moments.sd, layout)
    return {
        "index_equal": labels.variant_frame(inst, layout, sample, labels.equal_weights(layout)),
        "index_pc1": labels.variant_frame(inst, layout, sample, first),
    }


def correlation(moments: Moments, inst: Instrument) -> Array:
    """Item correlations (p, p). Raises ModelError naming the items that are linear in others."""
    R = moments.correlations
    values, vectors = np.linalg.eigh(R)
    if values[0] < 1e-10:
        involved = np.flatnonzero(np.abs(vectors[:, 0]) > 1e-3)
        names = ", ".join(f"{inst.construct_of(inst.item_ids[k]).id}.{inst.item_ids[k]}" for k in involved)
        raise ModelError(
            f"items {names} are perfectly collinear: one follows from the others. Take one out, or check that "
            "two columns were not mapped from the same question."
        )
    return R
