"""The code that a phone reads an address from; the only door to segno."""

from __future__ import annotations

from dataclasses import dataclass

from ncsi.report.chart_data import ChartData
from ncsi.report.figures import Drawing
from ncsi.report.text import phrase

QUIET = 4
"""Modules of white around a code, by ISO/IEC 18004."""
_ROOM, _LEAST = 300, 5
"""Pixels that a code may take, and those of a module that a camera and a compressed picture still show apart."""
_INK, _PAPER = "#000000", "#ffffff"


@dataclass(frozen=True, slots=True)
class Code:
    """A code as a drawing of whole modules, and how many pixels it takes, the quiet zone among them."""

    drawing: Drawing
    size: int


def qr_code(address: str) -> Code | None:
    """The QR code of an address, a seventh of which may be lost (level M); None where there is no address, or one so
    long that its modules would be too small to read."""
    if not address:
        return None
    import segno

    try:
        matrix = segno.make_qr(address, error="m", boost_error=False).matrix
    except segno.DataOverflowError:
        return None
    across = len(matrix) + 2 * QUIET
    module = _ROOM // across
    if module < _LEAST:
        return None
    dark = "".join(
        f"M{column + QUIET} {row + QUIET}h1v1h-1z"
        for row, modules in enumerate(matrix)
        for column, is_dark in enumerate(modules)
        if is_dark
    )
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {across} {across}" shape-rendering="crispEdges">'
        f'<rect width="{across}" height="{across}" fill="{_PAPER}"/><path d="{dark}" fill="{_INK}"/></svg>'
    )
    return Code(Drawing(svg, (), phrase("share_scan"), ChartData((), ()), signed=True), across * module)
