"""Charts of results, for notebooks: each draws on an Axes and gives it back; one theme with the reports.

Every chart takes `ax` (else it makes a figure), `lang` ("en" or "zh"), `dark`, and `title`. `plot` finds the chart of
a result by its type.
"""

from matplotlib.axes import Axes

from ncsi.plots.answers import answers, missing_map
from ncsi.plots.changes import cohort_lines, decomposition, within
from ncsi.plots.choices import levels, support, together
from ncsi.plots.covariances import covariance_diagram, covariance_residuals
from ncsi.plots.densities import densities
from ncsi.plots.estimates import chains, differences, loadings, outer_weights, shares
from ncsi.plots.front import chart_of, options_of, plot
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

__all__ = [
    "Axes",
    "answers",
    "bottleneck",
    "ceiling",
    "chains",
    "chart_of",
    "class_paths",
    "class_shares",
    "cohort_lines",
    "composition",
    "congruences",
    "copula_terms",
    "corners",
    "covariance_diagram",
    "covariance_residuals",
    "decomposition",
    "densities",
    "differences",
    "floodlight",
    "impact",
    "importance_map",
    "levels",
    "loadings",
    "losses",
    "missing_map",
    "options_of",
    "ordinal_paths",
    "outer_weights",
    "path_diagram",
    "plot",
    "power_curves",
    "prediction",
    "ranking",
    "residual_map",
    "segments",
    "shares",
    "simple_slopes",
    "split_tree",
    "support",
    "tetrads",
    "together",
    "trend",
    "weight_change",
    "within",
]
