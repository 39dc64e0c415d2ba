"""PLS fits and their replicates as an analyst holds them: the model's frozen values, which also show themselves."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

import pandas as pd

from ncsi import model
from ncsi.arrays import Array
from ncsi.kinds import of_kind
from ncsi.lab.declared import changed_model
from ncsi.lab.given import require_arguments, require_fit, require_instrument
from ncsi.lab.html import line_of
from ncsi.lab.summaries import Summary, summary
from ncsi.lab.tidying import Names
from ncsi.model.pls.fit import SchemeName
from ncsi.model.resampling.bootstrap import IntervalName
from ncsi.model.resampling.parts import Hands
from ncsi.model.resampling.totals import Totals
from ncsi.spec import Language
from ncsi.spec.instrument import Instrument

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


MOST_THREADS = 8
"""Each holds a block of rows; more wait for each other."""


class FitArguments(TypedDict, total=False):
    """What `fit_pls` was asked for besides data and instrument."""

    weights: str | None
    by: str | None
    scheme: SchemeName
    strata: str | None
    clusters: str | None


@dataclass(frozen=True, slots=True, repr=False)
class PlsFit(model.PlsFit):
    """A `ncsi.model.PlsFit` that shows itself: `summary`, `tidy`, `glance`, `scores`, `update`.

    All frames are as there. `data` is the frame it was fitted to (not a copy of it) and `asked` the other arguments,
    for `update`.
    """

    data: pd.DataFrame = field(repr=False)
    asked: FitArguments = field(repr=False)

    def summary(self, boot: model.Bootstrap | None = None, lang: Language = "en") -> Summary:
        """The fit as a statistician reads it; without `boot` it has no errors, and says so."""
        return summary(self, boot, lang)

    def tidy(self, names: Names = "house") -> pd.DataFrame:
        """One row a parameter, as `Summary.tidy`; errors and tests are missing: they are in that of a bootstrap."""
        return summary(self).tidy(names)

    def glance(self) -> pd.DataFrame:
        """One row about the whole fit, as `Summary.glance`."""
        return summary(self).glance()

    def update(
        self,
        df: pd.DataFrame | None = None,
        inst: Instrument | None = None,
        add: Sequence[str] | str = (),
        drop: Sequence[str] | str = (),
        **asked: Unpack[FitArguments],
    ) -> PlsFit:
        """Fit again with what is given here changed, the rest as it was.

        `add` and `drop` name paths, "Image -> Loyalty", `drop` also items, "IMA4". Raises as `fit_pls` does, SpecError
        for a path or item to drop that is not there, the only item of a construct, and a model that no longer holds
        together, InputError for an argument that there is not.
        """
        require_arguments("update", asked, FitArguments)
        wanted = changed_model(self.instrument if inst is None else inst, add, drop)
        now: FitArguments = {**self.asked, **asked}
        return fit_pls(self.data if df is None else df, wanted, **now)

    def _repr_html_(self) -> str:
        return line_of(repr(self), self.warnings, "fit.summary()")


@dataclass(frozen=True, slots=True, repr=False)
class Bootstrap(model.Bootstrap):
    """A `ncsi.model.Bootstrap` that shows itself: `summary`, `tidy`, `glance`."""

    def summary(self, lang: Language = "en") -> Summary:
        """The fit's summary with these errors, intervals and tests."""
        return summary(self.fit, self, lang)

    def tidy(self, names: Names = "house") -> pd.DataFrame:
        """One row a parameter with errors, tests and intervals, as `Summary.tidy`."""
        return self.summary().tidy(names)

    def glance(self) -> pd.DataFrame:
        """One row about the fit and its replicates, as `Summary.glance`."""
        return self.summary().glance()

    def _repr_html_(self) -> str:
        return line_of(repr(self), self.warnings, "boot.summary()")


@of_kind
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

    `df` holds one column per item (NaN or NA where missing, whatever the kind); `weights` names a column of positive
    weights, `by` the column to break the index down by (one set of outer weights, pooled), `strata` a further column
    the bootstrap resamples within, `clusters` one of the units it draws. Items are standardised with weighted moments;
    missing answers enter through EM moments. The result is `ncsi.model.fit_pls`'s, with methods: what it should not be
    relied on for stands in its `warnings` and is given as a `ModelWarning`. Raises ModelError naming construct and
    item, NotConverged when the outer weights do not settle.
    """
    require_instrument(inst)
    asked = FitArguments(weights=weights, by=by, scheme=scheme, strata=strata, clusters=clusters)
    made = model.fit_pls(df, inst, **asked)
    return PlsFit.carrying(made, data=df, asked=asked)


@of_kind
def bootstrap(
    fit: model.PlsFit,
    replicates: int = 5000,
    seed: int = 1,
    level: float = 0.95,
    interval: IntervalName = "percentile",
    htmt: bool = False,
    totals: Totals | None = None,
) -> Bootstrap:
    """Resample respondents within strata and re-estimate everything, outer weights included.

    Strata are the by-groups, crossed with `strata` where the fit was given it; clusters are drawn in place of
    respondents where the fit names them. Intervals are percentiles at `level`, or "bca". `htmt` adds the replicates of
    HTMT, `totals` those of any further means. The result is `ncsi.model.bootstrap`'s, with methods. Raises NotConverged
    when more than 0.1 % of the replicates do not converge, and ModelError for fewer than 2 replicates.
    """
    require_fit(fit, "bootstrap")
    made = model.bootstrap(fit, replicates, seed, level, interval, htmt, totals, all_cores())
    return Bootstrap.carrying(made)


@of_kind
def replicated(
    fit: model.PlsFit,
    weights: pd.DataFrame,
    scale: float | None = None,
    rscales: Array | Sequence[float] | None = None,
    df: float = float("inf"),
    level: float = 0.95,
    htmt: bool = False,
    totals: Totals | None = None,
) -> Bootstrap:
    """The same from replicate weights of a complex design, one column a replicate.

    `weights` has the rows of the data frame the fit was made of, in their order. SE² = scale · Σ rscales_r
    (θ_r − θ)²: scale 1/R by default and rscales 1, as for Rao-Wu bootstrap weights; JKn wants scale 1 and rscales
    (n_h − 1)/n_h. Intervals are t on at most `df` design degrees of freedom. Raises ModelError for negative or missing
    weights and wrong lengths, NotConverged when a replicate does not settle.
    """
    require_fit(fit, "replicated")
    made = model.replicated(fit, weights, scale, rscales, df, level, htmt, totals, all_cores())
    return Bootstrap.carrying(made)


def all_cores() -> Hands:
    """A thread for each core that this process may run on, up to 8, for replicates."""
    mine = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return Hands(min(mine, MOST_THREADS))


def values_of(made: DataclassInstance) -> dict[str, Any]:
    """The fields of a frozen value by name, as they are."""
    return {one.name: getattr(made, one.name) for one in fields(made)}
