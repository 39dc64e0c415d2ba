"""The front door of the charts: what can be drawn of a result, by its type."""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches
from inspect import signature
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from ncsi.errors import InputError
from ncsi.kinds import of_kind
from ncsi.model import (
    AsymmetricImpact,
    Bootstrap,
    CbsemFit,
    Congruence,
    CopulaTerms,
    Cvpat,
    FiniteMixture,
    GroupComparison,
    Invariance,
    Mediation,
    Micom,
    ModelChoice,
    Moderation,
    Necessity,
    NecessitySensitivity,
    OrdinalFit,
    PlsFit,
    Prediction,
    RelativeImportance,
    SplitTree,
    Tetrads,
)
from ncsi.model.cbsem import CbsemResiduals
from ncsi.plots.answers import answers, missing_map
from ncsi.plots.changes import cohort_lines, decomposition, within
from ncsi.plots.choices import levels, support, together
from ncsi.plots.covariances import covariance_diagram, covariance_residuals
from ncsi.plots.densities import densities
from ncsi.plots.estimates import chains, differences, loadings, outer_weights, shares
from ncsi.plots.hidden import class_paths, class_shares
from ncsi.plots.impact import impact
from ncsi.plots.importance import importance_map
from ncsi.plots.measured import composition, tetrads
from ncsi.plots.moderated import floodlight, simple_slopes
from ncsi.plots.necessary import bottleneck, ceiling
from ncsi.plots.paths import path_diagram
from ncsi.plots.powers import power_curves
from ncsi.plots.predicted import losses, prediction
from ncsi.plots.ranking import ranking
from ncsi.plots.residuals import residual_map
from ncsi.plots.segments import segments
from ncsi.plots.sensitivities import congruences, copula_terms, corners, ordinal_paths
from ncsi.plots.splits import split_tree
from ncsi.plots.trend import trend
from ncsi.plots.weighing import weight_change
from ncsi.spec import Language
from ncsi.survey.change import MeanChange
from ncsi.survey.cohorts import CohortTable
from ncsi.survey.size import Setting
from ncsi.survey.within import WithinChange

Chart = Callable[..., Axes]
_OF_ALL = ("ax", "lang", "dark", "title")
_OF_A_FIT: dict[str, Chart] = {
    "paths": path_diagram, "loadings": loadings, "weights": outer_weights, "drivers": importance_map,
    "answers": answers, "missing": missing_map, "residuals": residual_map, "segments": segments,
}  # fmt: skip
KINDS: dict[type, dict[str, Chart]] = {
    PlsFit: _OF_A_FIT,
    Bootstrap: {**_OF_A_FIT, "ranking": ranking, "densities": densities},
    Mediation: {"chains": chains},
    Moderation: {"slopes": simple_slopes, "floodlight": floodlight},
    Necessity: {"ceiling": ceiling, "bottleneck": bottleneck},
    FiniteMixture: {"classes": class_shares, "class_paths": class_paths},
    GroupComparison: {"differences": differences, "together": together},
    RelativeImportance: {"shares": shares},
    SplitTree: {"tree": split_tree},
    Tetrads: {"tetrads": tetrads},
    Micom: {"composition": composition},
    AsymmetricImpact: {"impact": impact},
    Prediction: {"prediction": prediction},
    Cvpat: {"losses": losses},
    pd.Series: {"weights": weight_change},
    Setting: {"power": power_curves},
    CbsemFit: {"paths": covariance_diagram, "residuals": covariance_residuals},
    CbsemResiduals: {"residuals": covariance_residuals},
    MeanChange: {"decomposition": decomposition},
    WithinChange: {"within": within},
    CohortTable: {"cohorts": cohort_lines},
    CopulaTerms: {"copula": copula_terms},
    Congruence: {"congruence": congruences},
    OrdinalFit: {"ordinal": ordinal_paths},
    NecessitySensitivity: {"corners": corners},
    Invariance: {"levels": levels},
    ModelChoice: {"support": support},
}
"""By type of result, its charts by kind, the first where none is asked for."""
_OF_RESPONSES: dict[str, Chart] = {"answers": answers, "missing": missing_map}
"""What is asked for by name: a frame of responses is told by no column."""
FRAMES: tuple[tuple[frozenset[str], str, Chart], ...] = (
    (frozenset({"rank_low", "rank_high", "tier"}), "ranking", ranking),
    (frozenset({"importance", "performance", "quadrant"}), "drivers", importance_map),
    (frozenset({"index_0_100", "low", "high"}), "trend", trend),
)
"""Columns that tell what a frame is; the first that fits names its default."""


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
    """Draw a value of the model, or a frame: `kind` names the chart, the first it has where none is given.

    `options` are the chart's own; every chart takes `ax`, `lang`, `dark` and `title`. Raises InputError for what has no
    chart, a kind that it has not, and an option that the chart has not.
    """
    chart = chart_of(of, kind)
    own = options_of(chart)
    unknown = sorted(set(options) - set(own))
    if unknown:
        raise InputError("ncsi.plot", f"the chart '{chart.__name__}' has no option {', '.join(unknown)}",
                         f"It has {', '.join([*own, *_OF_ALL])}")  # fmt: skip
    return chart(of, ax=ax, lang=lang, dark=dark, title=title, **options)


def chart_of(of: object, kind: str | None = None) -> Chart:
    """The chart of that kind, or the first there is. Raises InputError where there is none."""
    there = _kinds_of(of, kind)
    name = next(iter(there)) if kind is None else kind
    if name in there:
        return there[name]
    near = get_close_matches(name, there, 1)
    meant = f"Did you mean {near[0]}? " if near else ""
    raise InputError("ncsi.plot", f"{_called(of)} has no chart '{name}'", f"{meant}It has {', '.join(there)}")


def options_of(chart: Chart) -> list[str]:
    """What a chart takes besides what all take."""
    return [one for one in signature(chart).parameters if one not in ("of", *_OF_ALL)]


def _kinds_of(of: object, kind: str | None) -> dict[str, Chart]:
    if isinstance(of, GroupComparison):
        return {"together": together} if of.paths.empty else {"differences": differences}
    for known, kinds in KINDS.items():
        if isinstance(of, known):
            return kinds
    if isinstance(of, pd.DataFrame):
        found = {name: chart for columns, name, chart in FRAMES if columns <= set(of.columns)}
        if found:
            return found
        if kind in _OF_RESPONSES:
            return _OF_RESPONSES
        told = "; ".join(f"{name}: {', '.join(sorted(columns))}" for columns, name, _ in FRAMES)
        raise InputError(
            "ncsi.plot",
            "no chart is known of a frame with these columns",
            f"Charts of frames: {told}; of responses: kind='answers' or 'missing', with instrument=",
        )
    names = ", ".join(sorted(one.__name__ for one in KINDS))
    raise InputError("ncsi.plot", f"{_called(of)} has no chart", f"Give a frame, or one of {names}")


def _called(of: object) -> str:
    name = type(of).__name__
    return f"{'an' if name[0] in 'AEIOUaeiou' else 'a'} {name}"
