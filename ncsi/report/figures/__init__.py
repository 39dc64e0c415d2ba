"""Charts, one function each, as SVG with live text."""

from ncsi.report.figures.control import control
from ncsi.report.figures.dot_strip import PHONE, dot_strip, tone_colour
from ncsi.report.figures.drawing import Drawing
from ncsi.report.figures.importance import importance_map
from ncsi.report.figures.letters import letters_of
from ncsi.report.figures.narrow_model import narrow_importance_map, narrow_path_diagram
from ncsi.report.figures.paths import path_diagram
from ncsi.report.figures.provinces import province_map
from ncsi.report.figures.slope import change_chart, slope_chart
from ncsi.report.figures.small_trend import small_trend
from ncsi.report.figures.trend import trend

__all__ = [
    "PHONE",
    "Drawing",
    "change_chart",
    "control",
    "dot_strip",
    "importance_map",
    "letters_of",
    "narrow_importance_map",
    "narrow_path_diagram",
    "path_diagram",
    "province_map",
    "slope_chart",
    "small_trend",
    "tone_colour",
    "trend",
]
