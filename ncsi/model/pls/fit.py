"""Labels around the kernel: a data frame and an instrument in, a frozen `PlsFit` out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from ncsi.arrays import Array
from ncsi.errors import ModelError, NotConverged
from ncsi.model.cautions import Caution, said
from ncsi.model.deferred import Deferred
from ncsi.model.moments.sample import Sample, require_names, sample_of, sample_of_columns
from ncsi.model.moments.scaled import Columns
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
TABLES = (
    "paths", "total_effects", "r2", "weights", "index", "index_by", "index_equal", "index_pc1", "quality", "htmt",
    "components", "cross_loadings", "construct_correlations",
)  # fmt: skip
"""Fields of a fit that are made when they are first looked at."""
OF_GROUPS = ("construct", "n", "n_eff", "index_0_100", "estimate", "se", "low", "high", "df")
"""Columns that stand beside the by-column in tables of groups."""


@dataclass(frozen=True, slots=True, repr=False)
class PlsFit(Deferred):
    """A converged PLS path model; its tables are made when they are first looked at.

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
    require_names(by=by)
    if by in OF_GROUPS:
        raise ModelError(f"the by-column '{by}' is called as a column of the result. Rename it.")
    if scheme not in kernel.SCHEMES:
        raise ModelError(f"there is no scheme '{scheme}'. Use path, factorial or centroid.")
    return _fitted(sample_of(df, inst, weights, by, strata, clusters), inst, by, scheme)


def fit_columns(
    columns: Columns, inst: Instrument, weights: str, by: str | None, strata: str | None, clusters: str | None
) -> PlsFit:
    """The same of columns that are there, and may be read one by one."""
    labels = columns.index if isinstance(columns, pd.DataFrame) else None
    return _fitted(sample_of_columns(columns, inst, weights, by, strata, clusters, labels), inst, by, "path")


def _fitted(sample: Sample, inst: Instrument, by: str | None, scheme: SchemeName) -> PlsFit:
    layout = layout_of(inst)
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
    cautions = (
        *of_size(n_eff, len(sample.weights), inst),
        *of_items(R, solution.weights[:, 0], solution.cross[layout.own][:, 0], layout, inst),
    )
    said(cautions)
    return PlsFit.deferring(
        _Tables(inst, layout, sample, moments, R, solution, by).makers(),
        instrument=inst,
        scheme=scheme,
        by=by,
        n=len(sample.weights),
        excluded=sample.excluded,
        n_eff=n_eff,
        deff=len(sample.weights) / n_eff,
        iterations=solution.iterations,
        warnings=cautions,
        moments=moments,
        sample=sample,
    )


@dataclass(frozen=True, eq=False)
class _Tables:
    """What the tables of a fit are made of, item correlations `R` (p, p) among it; each by the field's name."""

    inst: Instrument
    layout: Layout
    sample: Sample
    moments: Moments
    R: Array
    solution: kernel.Solution
    by: str | None

    def makers(self) -> dict[str, Callable[[], pd.DataFrame]]:
        """By field of the fit."""
        return {name: getattr(self, f"_{name}") for name in TABLES}

    @cached_property
    def _outer(self) -> Array:
        return unstandardised(self.solution.weights, self.moments.sd[:, None], self.layout)

    def _score_of(self, construct: int) -> Array:
        """Scores on a construct: to keep those on all would take as much as the answers, and more."""
        blocks = [self.layout.blocks[construct]]
        return row_scores(self.sample.answers, self._outer[:, 0], blocks)[:, 0]

    @cached_property
    def _structural(self) -> tuple[Array, Array]:
        return kernel.structural(self.solution.phi, self.layout)

    def _paths(self) -> pd.DataFrame:
        return labels.path_frame(self.inst, self._structural[0][..., 0])

    def _total_effects(self) -> pd.DataFrame:
        effects = kernel.total_effects(self._structural[0], self.layout)[..., 0]
        return labels.effect_frame(self.inst, self.layout, effects)

    def _r2(self) -> pd.DataFrame:
        explained = labels.text(tuple(self.inst.construct_ids[j] for j in self.layout.equations))
        r2 = self._structural[1][[*self.layout.equations], 0]
        return pd.DataFrame({"construct": explained, "r2": r2})

    def _weights(self) -> pd.DataFrame:
        return labels.weight_frame(self.inst, self.layout, self.solution, self._outer)

    def _index(self) -> pd.DataFrame:
        return labels.index_frame(self.inst, self.sample, self._score_of)

    def _index_by(self) -> pd.DataFrame:
        return labels.index_by_frame(self.inst, self.sample, self._score_of, self.by)

    def _index_equal(self) -> pd.DataFrame:
        return labels.variant_frame(self.inst, self.layout, self.sample, labels.equal_weights(self.layout))

    def _index_pc1(self) -> pd.DataFrame:
        first = labels.first_component(self.R, self.moments.sd, self.layout)
        return labels.variant_frame(self.inst, self.layout, self.sample, first)

    def _quality(self) -> pd.DataFrame:
        return labels.quality_frame(self.inst, self.layout, self.R, self.solution)

    def _htmt(self) -> pd.DataFrame:
        return labels.htmt_frame(self.inst, self.layout, self.R)

    def _components(self) -> pd.DataFrame:
        return component_frame(self.inst, self.layout, self.sample, self.R, self.solution, self._outer[:, 0])

    def _cross_loadings(self) -> pd.DataFrame:
        items, ids = labels.names_of(self.inst.item_ids), labels.names_of(self.inst.construct_ids)
        return pd.DataFrame(self.solution.cross[..., 0], index=items, columns=ids)

    def _construct_correlations(self) -> pd.DataFrame:
        names = labels.names_of(self.inst.construct_ids)
        return pd.DataFrame(self.solution.phi[..., 0], index=names, columns=names)


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
