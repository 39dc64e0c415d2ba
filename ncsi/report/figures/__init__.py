"""Charts, one function each; the only door to matplotlib."""

from ncsi.report.figures.canvas import Drawing, settings
from ncsi.report.figures.control import control
from ncsi.report.figures.importance import importance_map
from ncsi.report.figures.paths import path_diagram
from ncsi.report.figures.small_trend import small_trend
from ncsi.report.figures.trend import trend

__all__ = ["Drawing", "control", "importance_map", "path_diagram", "settings", "small_trend", "trend"]
