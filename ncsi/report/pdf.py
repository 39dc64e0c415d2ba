"""PDF/A-3a and PDF/UA-1, and charts as PNG, through Typst; the only door to it. All text goes in as data.

Typst refuses a missing glyph, a missing alternative text, a skipped heading: the gate of publication.
"""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import typst

from ncsi.atomic import temporary_name
from ncsi.errors import PublicationError
from ncsi.fonts import FAMILY, FONTS
from ncsi.report.figures import Drawing
from ncsi.report.pages import ReleasePage, as_data
from ncsi.report.text import Shown, phrases
from ncsi.report.typeface import Typeface

STANDARDS = ["a-3a", "ua-1"]
_AGED = 5
"""Empty compilations after a document that is not small, 5 ms each: what it worked out is gone after the next."""
_SMALL = 250_000
"""Bytes of documents after which none is made, as those of single units: the last ten hold 55 MB together, and one
that looks like those before it takes less time."""
_TOO_TALL = "too tall for a page"
"""What report.typ says of a part that it took for shorter."""
_TEMPLATES = Path(__file__).parent / "templates"


def pdf(
    template: str, content: ReleasePage, drawings: Mapping[str, Drawing], shown: Shown, folder: Path,
    attachments: Mapping[str, Path] | None = None, more: Mapping[str, Any] | None = None,
) -> bytes:  # fmt: skip
    """One document in one language or both. What it is made of lies in `folder`, under a temporary name, until it is.

    `attachments`: name → file to embed; `more`: what its template reads beside the page. Raises PublicationError with
    Typst's own words, as of a key that the page does not have.
    """
    with temporary_name(folder) as work:
        source = _prepared(template, content, drawings, shown, work, attachments or {}, more or {})
        return _compiled(source, work, date.fromisoformat(content.date), _fonts(content.look.typeface))


def image(
    template: str,
    content: ReleasePage,
    drawings: Mapping[str, Drawing],
    shown: Shown,
    folder: Path,
    more: Mapping[str, Any],
) -> bytes:
    """A document of one page as PNG, a pixel for each point, made in `folder`. Raises PublicationError as `pdf`."""
    with temporary_name(folder) as work:
        source = _prepared(template, content, drawings, shown, work, {}, more)
        return _drawn(source, 72, content.look.typeface)


def _prepared(
    template: str, content: ReleasePage, drawings: Mapping[str, Drawing], shown: Shown, work: Path,
    attachments: Mapping[str, Path], more: Mapping[str, Any],
) -> Path:  # fmt: skip
    """The template with its data and its drawings in a folder."""
    work.mkdir(parents=True, exist_ok=True)
    for name in ("report.typ", "grades.typ", template):
        shutil.copyfile(_TEMPLATES / name, work / name)
    for name, drawing in drawings.items():
        (work / f"{name}.svg").write_text(
            drawing.coloured(content.look.charts).localised(shown, content.look.typeface), encoding="utf-8"
        )
    if content.look.logo:
        _write_logo(content.look.logo, work)
    for name, path in attachments.items():
        shutil.copyfile(path, work / name)
    data = {
        "c": content,
        "shown": shown,
        "figures": {name: drawing.alt for name, drawing in drawings.items()},
        "attachments": sorted(attachments),
        **more,
    }
    told = as_data(data) | {"fonts": _families(content.look.typeface)}
    written = json.dumps(told, ensure_ascii=False, allow_nan=False)
    (work / "data.json").write_text(f'{written[:-1]},"p":{_phrases()}}}', encoding="utf-8")
    return work / template


@cache
def _phrases() -> str:
    """All phrases as JSON; every document is given them."""
    return json.dumps(as_data(phrases()), ensure_ascii=False)


def _families(typeface: Typeface | None) -> list[dict[str, str]]:
    """Families of fonts in the order in which they are asked for a character, each with those that it may set, and
    those in English texts."""
    return [{"name": FAMILY, "covers": "", "english": ""}] if typeface is None else typeface.covers()


def _write_logo(logo: str, work: Path) -> None:
    """A logo as the file that templates look for."""
    name, content = _logo_file(logo)
    (work / name).write_bytes(content)


def _logo_file(logo: str) -> tuple[str, bytes]:
    """The name that templates look for a logo by, and its content."""
    head, _, coded = logo.partition(",")
    return "logo.png" if head.startswith("data:image/png") else "logo.svg", base64.b64decode(coded)


def picture(svg: str, width_cm: float, ppi: float, typeface: Typeface | None = None) -> bytes:
    """An SVG as PNG on white, with our fonts, and those of a publisher. Raises PublicationError as `pdf`."""
    drawn = f'#image("picture.svg", width: {width_cm}cm)\n'
    return _drawn_alone(drawn, "picture.svg", svg.encode(), ppi, typeface)


@lru_cache(maxsize=2)
def logo_picture(logo: str, height_cm: float, most_cm: float, ppi: float) -> bytes:
    """A logo (a data URI) as PNG on white: of that height, or lower where it would be wider than `most_cm`."""
    name, content = _logo_file(logo)
    drawn = (
        f'#context {{ let drawn = image("{name}", height: {height_cm}cm)\n'
        f'if measure(drawn).width > {most_cm}cm {{ image("{name}", width: {most_cm}cm) }} else {{ drawn }} }}\n'
    )
    return _drawn_alone(drawn, name, content, ppi, None)


def _drawn_alone(drawn: str, name: str, content: bytes, ppi: float, typeface: Typeface | None) -> bytes:
    """What some Typst draws of a file, on white; neither lies on a disk."""
    text = f"#set page(width: auto, height: auto, margin: 0pt, fill: white)\n{drawn}"
    return _png({"main.typ": text.encode(), name: content}, name, _TEMPLATES, ppi, typeface)


def _drawn(source: Path, ppi: float, typeface: Typeface | None) -> bytes:
    return _png(str(source), source.name, source.parent, ppi, typeface)


def _png(
    source: str | dict[str, bytes], name: str, root: Path, ppi: float, typeface: Typeface | None
) -> bytes:
    compiler: Any = typst
    try:
        made = compiler.compile(
            source,
            root=str(root),
            font_paths=_fonts(typeface),
            ignore_system_fonts=True,
            format="png",
            ppi=ppi,
        )
    except typst.TypstError as error:
        raise PublicationError(f"{name}: {getattr(error, 'diagnostic', error)}") from error
    return bytes(made)


def _fonts(typeface: Typeface | None = None) -> Any:
    return _found((str(FONTS), *(() if typeface is None else (str(typeface.ready()),))))


@lru_cache(maxsize=4)
def _found(paths: tuple[str, ...]) -> Any:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=list(paths))


def _compiled(source: Path, root: Path, released: date, fonts: Any) -> bytes:
    """The document, dated by its release, so that the same inputs give the same bytes."""
    stamp = datetime(released.year, released.month, released.day, tzinfo=UTC)
    how = {"root": str(root), "font_paths": fonts, "ignore_system_fonts": True, "format": "pdf",
           "pdf_standards": STANDARDS, "timestamp": int(stamp.timestamp())}  # fmt: skip
    compiler: Any = typst
    try:
        try:
            document, warnings = compiler.compile_with_warnings(str(source), **how)
        except typst.TypstError as error:
            if _TOO_TALL not in str(error):
                raise
            document, warnings = compiler.compile_with_warnings(
                str(source), **how, sys_inputs={"measured": "yes"}
            )
    except typst.TypstError as error:
        raise PublicationError(f"{source.name}: {getattr(error, 'diagnostic', error)}") from error
    if warnings:
        raise PublicationError(f"{source.name}: {warnings[0]}")
    if len(document) > _SMALL:
        _forget()
    return bytes(document)


def _forget() -> None:
    """Typst keeps what its last ten compilations worked out, some 70 MB a report: empty ones age that."""
    compiler: Any = typst
    for _ in range(_AGED):
        compiler.compile(b"", font_paths=_fonts(), ignore_system_fonts=True, format="svg")
