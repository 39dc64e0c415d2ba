"""Web fonts inside pages: a ready subset a weight, and one of what a release shows beyond it."""

from __future__ import annotations

import base64
import io
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache, lru_cache

from ncsi.errors import PublicationError
from ncsi.fonts import FAMILY, FONTS
from ncsi.report.fonts import WEB
from ncsi.report.release_spec import Apply
from ncsi.report.text import phrases
from ncsi.report.typeface import ENGLISH, Typeface, family_of, subset

_WEIGHTS = {400: "Regular", 600: "SemiBold", 700: "Bold"}
_SPACING = ["kern", "palt", "halt", "vhal", "chws"]
"""Kerning of Latin pairs, proportional and half-width marks of Chinese: what browsers trim the space of marks by."""
_LAYOUT = ["GSUB", "GPOS", "GDEF", "BASE"]


def font_css(
    characters: set[str],
    apply: Apply = map,
    weights: tuple[int, ...] = (400, 600, 700),
    typeface: Typeface | None = None,
) -> str:
    """`@font-face` rules with fonts as data URIs, which hold at least those characters that our fonts have.

    The ready subsets hold what phrases, instruments and sector lists use (`fonts/make_web.py`); names and whatever
    was written since are in a small second one. `apply` maps the weights of that. `typeface`: fonts of a publisher,
    with those characters that they set; ours then has the others.
    """
    asked = {one for one in characters if one >= " "}
    own = [] if typeface is None else _own_faces(typeface, asked, apply, weights)
    whole = typeface is not None and any(one.script == "chinese" for one in typeface.files)
    names = [_WEIGHTS[one] for one in weights]
    if typeface is not None and whole:
        more, faces = asked - typeface.characters(), own
    else:
        ready = [_face(weight, _ready(name)) for weight, name in zip(weights, names, strict=True)]
        more, faces = asked - _ready_characters(), own + ready
    if more:
        reach = f";unicode-range:{','.join(f'U+{ord(one):X}' for one in sorted(more))}"
        made = apply(woff2, names, ["".join(sorted(more))] * len(names))
        faces += [_face(weight, data, reach) for weight, data in zip(weights, made, strict=True)]
    return "\n".join(faces)


def _own_faces(typeface: Typeface, asked: set[str], apply: Apply, weights: tuple[int, ...]) -> list[str]:
    """The fonts of a publisher in the weights asked for, of which bold ones stand in for those between."""
    files = [one for one in typeface.files if one.weight in weights]
    shown = "".join(sorted(asked))
    named = [(one, family_of(one), shown, False) for one in files]
    if marks := "".join(sorted(asked & typeface.marks())):
        named += [(one, ENGLISH, marks, True) for one in files if one.script == "latin"]
    asked_of, families, texts, english = zip(*named, strict=True) if named else ((),) * 4
    made = apply(subset, [typeface] * len(named), asked_of, texts, english)
    return [
        _face(one.weight, data, family=family)
        for one, family, data in zip(asked_of, families, made, strict=True)
        if data
    ]


def characters_of(texts: Mapping[str, str]) -> set[str]:
    """Every character that pages with these texts may show: theirs, the phrases', those of templates and scripts."""
    phrased = "".join(word for one in phrases().values() for word in one)
    template = "双语中文英语言明暗品牌排名行业大类结构变量题项样本模型质量Language▲▼◐↕Δ·‖—"
    basic = "".join(chr(code) for code in range(0x20, 0x7F))
    return {one for one in set(phrased + template + basic).union(*texts.values()) if one >= " "}


def _face(weight: int, data: bytes, reach: str = "", family: str = FAMILY) -> str:
    return (
        f"@font-face{{font-family:'{family}';font-weight:{weight};font-display:block;"
        f"src:url(data:font/woff2;base64,{base64.b64encode(data).decode()}) format('woff2'){reach}}}"
    )


@cache
def _ready(name: str) -> bytes:
    return (WEB / f"{name}.woff2").read_bytes()


@cache
def _ready_characters() -> frozenset[str]:
    return frozenset((WEB / "characters.txt").read_text(encoding="utf-8").replace("\n", ""))


@lru_cache(maxsize=16)
def woff2(name: str, characters: str, kerned: bool = False) -> bytes:
    """Our font of that style with those characters only; `kerned`: with its spacing of Latin pairs and
    of Chinese marks.

    The last ones are kept: the next release, and the site over all of them, mostly show the same names.
    """
    with _undated():
        return _subset(name, characters, kerned)


@contextmanager
def _undated() -> Iterator[None]:
    """Our fonts carry no date, so that they repeat: keep fontTools from warning of it at each font."""
    logger = logging.getLogger("fontTools.ttLib.tables._h_e_a_d")

    def of_more_than_dates(record: logging.LogRecord) -> bool:
        return "timestamp" not in str(record.msg)

    logger.addFilter(of_more_than_dates)
    try:
        yield
    finally:
        logger.removeFilter(of_more_than_dates)


def _subset(name: str, characters: str, kerned: bool) -> bytes:
    from fontTools import subset as subsetting
    from fontTools.ttLib import TTFont

    font = TTFont(FONTS / f"NotoSansSC-tg-{name}.ttf", recalcTimestamp=False, lazy=True)
    # Without names of ours fontTools would make one of each code point of the whole font: half the time.
    font.setGlyphOrder([f"glyph{place}" for place in range(font["maxp"].numGlyphs)])
    options = subsetting.Options(layout_features=_SPACING, notdef_outline=True, hinting=False)
    options.flavor = "woff2"
    options.drop_tables += [] if kerned else _LAYOUT
    worker = subsetting.Subsetter(options)
    worker.populate(unicodes=[ord(one) for one in characters])
    worker.subset(font)
    buffer = io.BytesIO()
    subsetting.save_font(font, buffer, options)
    return buffer.getvalue()


_TOLD = 20
"""Characters that the fonts lack, which are told one by one."""


@cache
def _drawn() -> frozenset[int]:
    """Code points that our fonts can draw."""
    from fontTools.ttLib import TTFont

    return frozenset(TTFont(FONTS / "NotoSansSC-tg-Regular.ttf", lazy=True).getBestCmap())


def require_glyphs(texts: dict[str, str], typeface: Typeface | None = None) -> None:
    """Stop publication when a text (by where it stands) has characters that the fonts lack, those of a publisher too:
    each is named, with a line that has it."""
    known = {chr(one) for one in _drawn()} | {"\t", "\n"}
    known |= typeface.characters() if typeface is not None else set()
    found: dict[str, str] = {}
    for where, words in texts.items():
        lacks = set(words) - known - found.keys()
        for line in words.split("\n") if lacks else ():
            for one in filter(lacks.__contains__, line):
                found.setdefault(one, f"{where}: '{line[:80]}' has the character {one} (U+{ord(one):04X})")
    if found:
        told = "; ".join([*found.values()][:_TOLD])
        more = f", and {len(found) - _TOLD} more characters" if len(found) > _TOLD else ""
        raise PublicationError(
            f"{told}{more}, which the report's fonts lack. Write {'the name' if len(found) == 1 else 'names'} with "
            "another character, or add the glyph to ncsi/fonts."
        )
