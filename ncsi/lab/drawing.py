"""Charts of what an analyst holds: `ncsi.plots` draws the values that a result was made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ncsi import model
from ncsi.errors import InputError
from ncsi.kinds import of_kind
from ncsi.lab.comparison import Compared
from ncsi.lab.covariance import CbsemFit, CbsemSummary
from ncsi.lab.diagnoses import Admissible, Combined, FitTested, GscaPaths
from ncsi.lab.measurement import Invariance, Micom, ModelChoice
from ncsi.lab.misfit import ModificationIndices
from ncsi.lab.results import Result, ResultSummary
from ncsi.lab.standard_errors import ErrorsChecked, JackknifeErrors
from ncsi.lab.standings import Levers, Ranks
from ncsi.lab.summaries import Summary
from ncsi.spec import Language
from ncsi.spec.instrument import Instrument

if TYPE_CHECKING:
    from ncsi.plots import Axes

_TABLES = (Admissible, Compared, ErrorsChecked, FitTested, GscaPaths, JackknifeErrors, ModificationIndices)
"""Results that are tables and no more."""


@of_kind
def plot(
    of: object,
    kind: str | None = None,
    ax: Axes | None = None,
    lang: Language = "en",
    dark: bool = False,
    title: str | None = None,
    **options: Any,
) -> Axes:
    """Draw a result: `kind` names the chart (the first it has where none is given), `options` are the chart's own.

    Of a fit or its replicates: paths, loadings, weights, drivers, segments, answers, missing, residuals; of replicates
    also ranking, densities. Of what a call gives:
    mediation chains; moderation slopes, floodlight; nca ceiling, bottleneck; compare_groups differences, or together by
    wald and omnibus; gaussian_copula copula; congruence congruence; ordinal_pls ordinal; esse corners; invariance
    levels; model_choice support;
    importance shares; segments classes, class_paths; split_tree tree; tetrads tetrads; micom composition;
    asymmetry impact; predict prediction; cvpat losses; decompose_change decomposition; change_within within; cohorts
    cohorts; fit_cbsem paths, residuals, and its residuals() the latter.
    Of a frame: ranking, drivers or trend, by its columns; of responses, with `instrument`, answers, missing; of series
    weights, with those `before`; of a `ncsi.survey.size.Setting` power. Every chart takes `ax` (else a figure is made),
    `lang` "en" or "zh", `dark`, and `title`, the finding in your words. Raises InputError for what has no chart, a kind
    that it has not, and an option that the chart has not.
    """
    from ncsi import plots  # late: matplotlib takes half a second, which a fit need not wait for

    value, known = _unwrapped(of)
    chart = plots.chart_of(value, kind)
    taken = {name: one for name, one in known.items() if name in plots.options_of(chart)}
    return plots.plot(value, kind, ax, lang, dark, title, **{**taken, **options})


def _unwrapped(of: object) -> tuple[object, dict[str, object]]:
    """The value of the model behind a result, and what the result knows besides that a chart may take. Raises
    InputError for a result without a chart."""
    if isinstance(of, ResultSummary):
        of = of.of
    if isinstance(of, _TABLES):
        raise InputError("ncsi.plot", f"what {type(of).__name__} holds has no chart", "Read its summary()")
    if isinstance(of, CbsemSummary):
        of = of.fit
    if isinstance(of, CbsemFit | Micom | Invariance | ModelChoice):
        return of, {"instrument": of.instrument}
    if isinstance(of, Summary):
        return of.boot or of.fit, {}
    if not isinstance(of, Result):
        return of, {}
    value, *others = of.found if isinstance(of.found, tuple) else (of.found,)
    known = _known(others)
    if isinstance(of, Levers | Combined):
        known["level"] = of.found[2]
    if isinstance(of, Ranks):
        known["construct"] = of.found[2]
    return value, known


def _known(others: Sequence[object]) -> dict[str, object]:
    """What stands beside the value: its fit, its replicates, its instrument."""
    known: dict[str, object] = {}
    for one in others:
        if isinstance(one, model.PlsFit | model.Bootstrap):
            fit = one.fit if isinstance(one, model.Bootstrap) else one
            known |= {"fit": fit, "instrument": fit.instrument}
            known |= {"boot": one} if isinstance(one, model.Bootstrap) else {}
        elif isinstance(one, Instrument):
            known["instrument"] = one
    return known
