"""An outline as pictures: the card that links to a page show, a long picture for phones, a brief of one page (PDF)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from ncsi.report.chart_data import DotRow, Dots
from ncsi.report.figures import PHONE, Drawing, dot_strip, letters_of, small_trend
from ncsi.report.pdf import image, pdf
from ncsi.report.share.outline import Outline, Part
from ncsi.report.share.qr import qr_code
from ncsi.report.text import NOTHING, Pair, phrase
from ncsi.spec import Language

_MOST, _ENDS = 9, 3
"""Rows of a chart that a phone shows at once; of more, those that it keeps of each end."""


@dataclass(frozen=True, slots=True)
class Block:
    """A finding with its chart: what that measures, the name of its drawing, which rows it leaves out, its note."""

    title: Pair
    measure: Pair
    drawing: str
    left_out: Pair
    note: Pair


def card(outline: Outline, folder: Path) -> bytes:
    """1200 × 630 pixels: the headline in both languages, the figure with its interval, its trend, its source; made in
    `folder`, as the others."""
    return image("card.typ", outline.page, _trend(outline), "both", folder, {"o": _told(outline)})


def long_picture(outline: Outline, language: Language, folder: Path) -> bytes:
    """1080 pixels wide: blocks that are read alone, each a finding with its chart, provinces as tiles, and where to
    read on, with a code for phones where the address is known."""
    blocks, drawings = _blocks(outline)
    code = qr_code(outline.address(language))
    if code is not None:
        drawings["qr"] = code.drawing
    told = {"o": _told(outline), "blocks": blocks, "qr": code.size if code is not None else 0}
    return image("long.typ", outline.page, drawings, language, folder, told)


def brief(outline: Outline, language: Language, folder: Path) -> bytes:
    """PDF/A-3a and PDF/UA-1 of one page of A4."""
    blocks, drawings = _blocks(outline)
    return pdf(
        "brief.typ", outline.page, drawings, language, folder, more={"o": _told(outline), "blocks": blocks}
    )


def _told(outline: Outline) -> dict[str, object]:
    return {
        "subject": outline.subject,
        "headline": outline.headline,
        "index_name": outline.index_name,
        "value": outline.value,
        "interval": outline.interval,
        "findings": outline.findings,
        "measured": outline.measured,
        "source": outline.source,
        "address": outline.page.address,
    }


def _trend(outline: Outline) -> dict[str, Drawing]:
    page = outline.page
    return (
        {}
        if outline.trend is None
        else {"trend": small_trend(outline.trend, page.level, letters_of(page.look))}
    )


def _blocks(outline: Outline) -> tuple[list[Block], dict[str, Drawing]]:
    """Parts that have a chart, each with its drawing for a phone."""
    drawings, blocks = _trend(outline), []
    for k, part in enumerate(_charted(outline)):
        dots = part.dots
        if dots is None:
            continue
        if dots.joined and "trend" in drawings:
            blocks.append(Block(part.title, dots.measure, "trend", NOTHING, part.chart_note))
            continue
        shown = _ends(dots)
        left_out = len(dots.rows) - len(shown.rows)
        told = phrase("share_left_out", k=left_out, total=len(dots.rows)) if left_out else NOTHING
        drawings[f"dots-{k}"] = dot_strip(shown, PHONE, letters_of(outline.page.look))
        blocks.append(Block(part.title, dots.measure, f"dots-{k}", told, part.chart_note))
    return blocks, drawings


def _charted(outline: Outline) -> Iterator[Part]:
    return (one for one in outline.parts if one.dots is not None)


def _ends(dots: Dots) -> Dots:
    """The rows that a phone shows: all of few; of many those of both ends, or of changes all that are significant."""
    rows = dots.rows
    if len(rows) <= _MOST:
        return dots
    moved = [one for one in rows if one.tone]
    if dots.signed and 0 < len(moved) <= _MOST:
        return replace(dots, rows=tuple(moved))
    kept: tuple[DotRow, ...] = (*rows[:_ENDS], *rows[-_ENDS:])
    return replace(dots, rows=kept)
