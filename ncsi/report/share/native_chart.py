"""Figures with intervals as a chart of PowerPoint: dots with error bars, their numbers in a workbook inside."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import xlsxwriter
from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LABEL_POSITION, XL_MARKER_STYLE, XL_TICK_LABEL_POSITION
from pptx.enum.dml import MSO_LINE
from pptx.oxml import parse_xml
from pptx.util import Pt
from xlsxwriter.utility import xl_col_to_name

from ncsi.palette import LIGHT
from ncsi.report.axis_rows import axis
from ncsi.report.chart_data import Dots
from ncsi.report.figures import tone_colour
from ncsi.report.text import Pair, phrase
from ncsi.spec import Language
from ncsi.spec.contrast import mixed

_CHART = "http://schemas.openxmlformats.org/drawingml/2006/chart"
_MAIN = "http://schemas.openxmlformats.org/drawingml/2006/main"
_STEPS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20)
_MANY = 12
_PRECISE = 6
_HOLLOW = 0.35
"""Share of its ink in a hollow marker: LibreOffice draws no ring, and one of paper alone would vanish."""
_ENDS = ("share_low", "share_high", "share_below", "share_above")


def add_chart(
    slide: Any, dots: Dots, language: Language, place: Sequence[Any], released: date, accent: str = ""
) -> Any:
    """The chart at (left, top, width, height), with its description. Its workbook holds the figures as published.
    `accent`: colour of what says neither better nor worse, by default ours."""
    made: Any = CategoryChartData
    given = made(number_format=_format(dots))
    given.categories = [one.name.of(language) for one in dots.rows]
    columns = series_of(dots, accent)
    for one in columns:
        given.add_series(one.name.of(language), one.values)
    frame = slide.shapes.add_chart(XL_CHART_TYPE.LINE_MARKERS, *place, given)
    chart = frame.chart
    chart.has_legend = chart.has_title = False
    chart.font.size, chart.font.color.rgb = Pt(12), rgb(LIGHT.muted)
    _axes(chart, dots, language)
    first_length = len(columns) + 3
    for one, series in zip(columns, chart.plots[0].series, strict=True):
        series.smooth = False
        if one.colour is None:
            _reference(series, dots, language)
        else:
            _dots(series, dots, one)
            _with_intervals(series, one, dots, first_length)
    chart.part.chart_workbook.update_from_xlsx_blob(workbook(dots, language, released))
    frame._element.nvGraphicFramePr.cNvPr.set("descr", dots.alt.of(language))
    return frame


@dataclass(frozen=True, slots=True)
class Series:
    """A series of the chart: a figure or none for each row. `colour`: None for the line of reference; `filled`: whether
    its dots are; those of changes that are not significant are hollow."""

    name: Pair
    values: tuple[float | None, ...]
    colour: str | None
    filled: bool


def series_of(dots: Dots, accent: str = "") -> list[Series]:
    """Figures that look alike, each in a series of its own, so that their intervals have its colour; the reference."""
    signed = dots.signed or any(one.tone for one in dots.rows)
    tones = dict.fromkeys(one.tone for one in dots.rows)
    found = [
        Series(
            phrase(f"share_tone_{tone or 'none'}") if dots.signed else dots.measure,
            tuple(one.value if one.tone == tone else None for one in dots.rows),
            accent
            if accent and not signed
            else tone_colour(dots, next(one for one in dots.rows if one.tone == tone)),
            not dots.signed or tone != "",
        )
        for tone in tones
    ]
    if dots.reference is not None and not dots.signed:
        found.append(Series(dots.reference_name, (dots.reference,) * len(dots.rows), None, False))
    return found


def _format(dots: Dots) -> str:
    plain = f"0.{'0' * dots.digits}"
    return f"+{plain};−{plain};0" if dots.signed else plain


def rgb(colour: str) -> Any:
    """A colour (#rrggbb) as python-pptx takes it."""
    made: Any = RGBColor
    return made.from_string(colour[1:].upper())


def _axes(chart: Any, dots: Dots, language: Language) -> None:
    ends = [end for one in dots.rows for end in (one.value, one.low, one.high)]
    scale = axis(ends if dots.reference is None else [*ends, dots.reference], _STEPS)
    values, names = chart.value_axis, chart.category_axis
    values.minimum_scale, values.maximum_scale = scale.low, scale.high
    values.major_unit = scale.ticks[1] - scale.ticks[0]
    whole = all(tick == int(tick) for tick in scale.ticks)
    plain = "0" if whole else "0.0"
    values.tick_labels.number_format = f"+{plain};−{plain};0" if dots.signed else plain
    values.tick_labels.number_format_is_linked = False
    values.major_gridlines.format.line.color.rgb = rgb(LIGHT.grid)
    values.major_gridlines.format.line.width = Pt(0.75)
    values.format.line.fill.background()
    names.format.line.color.rgb = rgb(LIGHT.ink if dots.signed else LIGHT.grid)
    names.tick_label_position = XL_TICK_LABEL_POSITION.LOW
    names.tick_labels.font.size = Pt(11 if len(dots.rows) > _MANY else 13)
    if len(dots.rows) > _MANY:
        _turned(names, language)


def _turned(names: Any, language: Language) -> None:
    """Names of many rows: characters below one another in Chinese, slanted in English."""
    body = names.tick_labels.font._element.getparent().getparent().getparent().find(f"{{{_MAIN}}}bodyPr")
    if language == "zh":
        body.set("rot", "0")
        body.set("vert", "eaVert")
    else:
        body.set("rot", "-2700000")
        body.set("vert", "horz")


def _dots(series: Any, dots: Dots, told: Series) -> None:
    """Markers in one ink, hollow where changes are not significant; figures of those that are written out."""
    colour = rgb(str(told.colour))
    if dots.joined:
        series.format.line.color.rgb, series.format.line.width = colour, Pt(2)
    else:
        series.format.line.fill.background()
    series.marker.style, series.marker.size = XL_MARKER_STYLE.CIRCLE, 9
    series.marker.format.line.color.rgb = colour
    series.marker.format.fill.solid()
    series.marker.format.fill.fore_color.rgb = (
        colour if told.filled else rgb(mixed("#ffffff", str(told.colour), _HOLLOW))
    )
    last = len(dots.rows) - 1
    for k, one in enumerate(dots.rows):
        everyone = dots.signed or len(dots.rows) <= _MANY
        if told.values[k] is not None and one.marked and (everyone or k in (0, last)):
            place = XL_LABEL_POSITION.ABOVE if not everyone else XL_LABEL_POSITION.RIGHT
            if (dots.joined and k == 0 < last) or (
                dots.signed and k > last / 2
            ):  # off the line that leads on
                place = XL_LABEL_POSITION.LEFT
            _written(series.points[k].data_label, dots.written(one.value), colour, place)


def _written(label: Any, words: str, ink: RGBColor, place: Any) -> None:
    run = label.text_frame.paragraphs[0].add_run()
    run.text = words
    run.font.bold, run.font.size, run.font.color.rgb = True, Pt(13), ink
    label.position = place


def _reference(series: Any, dots: Dots, language: Language) -> None:
    """A dashed line with its name at its end."""
    series.marker.style = XL_MARKER_STYLE.NONE
    series.format.line.color.rgb, series.format.line.width = rgb(LIGHT.ink), Pt(1.25)
    series.format.line.dash_style = MSO_LINE.DASH
    label = series.points[len(dots.rows) - 1].data_label
    run = label.text_frame.paragraphs[0].add_run()
    run.text = dots.reference_name.of(language)
    run.font.size, run.font.color.rgb = Pt(12), rgb(LIGHT.ink)
    label.position = XL_LABEL_POSITION.ABOVE


def _with_intervals(series: Any, told: Series, dots: Dots, column: int) -> None:
    """Error bars of the lengths that the workbook holds from `column` on, which python-pptx does not write."""
    if all(math.isnan(one.low) for one in dots.rows):
        return
    below, above = (
        "".join(_numbers(xl_col_to_name(column + k), told, part)) for k, part in enumerate(lengths(dots))
    )
    xml = (
        f'<c:errBars xmlns:c="{_CHART}" xmlns:a="{_MAIN}"><c:errDir val="y"/><c:errBarType val="both"/>'
        f'<c:errValType val="cust"/><c:noEndCap val="1"/><c:plus>{above}</c:plus><c:minus>{below}</c:minus>'
        f'<c:spPr><a:ln w="28575" cap="rnd"><a:solidFill><a:srgbClr val="{str(told.colour)[1:].upper()}"/>'
        f"</a:solidFill></a:ln></c:spPr></c:errBars>"
    )
    series._element.find(f"{{{_CHART}}}cat").addprevious(parse_xml(xml))


def _numbers(column: str, told: Series, values: Sequence[float]) -> str:
    points = "".join(
        f'<c:pt idx="{k}"><c:v>{one:g}</c:v></c:pt>'
        for k, one in enumerate(values)
        if told.values[k] is not None and not math.isnan(one)
    )
    return (
        f"<c:numRef><c:f>Sheet1!${column}$2:${column}${len(values) + 1}</c:f><c:numCache>"
        f'<c:formatCode>General</c:formatCode><c:ptCount val="{len(values)}"/>{points}</c:numCache></c:numRef>'
    )


def lengths(dots: Dots) -> tuple[list[float], list[float]]:
    """How far each interval reaches down and up from its figure, in published digits."""
    below = [round(one.value - one.low, _PRECISE) for one in dots.rows]
    return below, [round(one.high - one.value, _PRECISE) for one in dots.rows]


def workbook(dots: Dots, language: Language, released: date) -> bytes:
    """The workbook behind the chart: names, its series, ends of the intervals, lengths of the error bars."""
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    columns = series_of(dots)
    with xlsxwriter.Workbook(buffer, options) as book:
        book.set_properties({"created": datetime(released.year, released.month, released.day)})
        text, sheet = book.add_format({"quote_prefix": True}), book.add_worksheet("Sheet1")
        for column, head in enumerate([*(one.name for one in columns), *map(phrase, _ENDS)], 1):
            sheet.write_string(0, column, head.of(language), text)
        below, above = lengths(dots)
        for k, one in enumerate(dots.rows):
            sheet.write_string(k + 1, 0, one.name.of(language), text)
            cells = (*(series.values[k] for series in columns), one.low, one.high, below[k], above[k])
            for column, value in enumerate(cells, 1):
                if value is not None and not math.isnan(value):
                    sheet.write_number(k + 1, column, value)
    return buffer.getvalue()
