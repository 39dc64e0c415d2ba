"""How pages look that a publisher's theme changes, and the styles by which it does."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from pathlib import Path

from ncsi.report.text import NOTHING, Pair, pair
from ncsi.report.typeface import ENGLISH, Typeface, typeface_of
from ncsi.spec.contrast import TEXT, apart, contrast, mixed
from ncsi.spec.theme import Colours, WorkspaceTheme

LEVEL, LEVEL_DARK = "#dbe8f5", "#1e3a58"
"""What is not different where others are better or worse, and in the dark."""
BETTER, BETTER_DARK, BETTER_BAND = "#0f5499", "#7db4ea", "#0b2f57"
"""What is significantly better, and in the dark; its ground there. No theme changes them: with the red of what is worse
they are told apart by the colour-blind too."""
_WORSE, _WORSE_DARK = "#a02c2c", "#f0948c"
_NEAR = 30.0
"""Distance in CIELAB within which marks in a colour could be read as worse."""
_PAPER, _DARK_PAPER, _BLACK = "#ffffff", "#11171f", "#000000"
_INK, _DARK_INK = "#16202c", "#e6eaee"
_MARKS = ".plot,.places,.spark,.figure,.badge,#chart"
"""Where marks of figures stand."""
_VERDICTS = (
    ".up", "#chart-changes .figure", "#chart-slope .figure", "#chart-map .figure", "#chart-paths .figure",
    ".provinces", ".moves .plot", "table.short:not(.peers):not(.ends):not(.counted) .plot", ".tiles .above",
    "table.split td.above",
)  # fmt: skip
"""Where blue says better: on pages, by selectors."""
UNSHOWN = "not part of what a page says"
"""Marks a field by its metadata."""
SIGNED_CHARTS = ("changes", "slope", "map", "paths")
"""Charts in which blue says better, by name."""


@dataclass(frozen=True, slots=True)
class Look:
    """Colour of heads, links and marks on light and on dark pages (`#rrggbb`), the logo as a data URI and what it
    shows; empty where the publisher has no theme. `marks`: whether those of figures are in the
    colour too: not where it is near the red of what is worse; `cover`: whether PDFs begin with a band; `left_out`:
    sections that reports have not; `typeface`: fonts of the publisher's own, None for ours."""

    accent: str = ""
    accent_dark: str = ""
    logo: str = ""
    logo_alt: Pair = NOTHING
    marks: bool = True
    cover: bool = True
    left_out: tuple[str, ...] = ()
    typeface: Typeface | None = field(default=None, metadata={UNSHOWN: True})

    @property
    def charts(self) -> str:
        """The colour of charts; empty for ours."""
        return self.accent if self.marks else ""


PLAIN = Look()
"""Our own look."""


def look_of(themed: WorkspaceTheme | None, root: Path | None = None) -> Look:
    """The look of a theme; our own without one. `root`: of its workspace, where fonts of its own are made ready."""
    if themed is None:
        return PLAIN
    colours, named = themed.theme.colours, themed.theme.logo
    logo = ""
    if themed.logo is not None:
        logo = f"data:{themed.logo.media};base64,{base64.b64encode(themed.logo.content).decode()}"
    return Look(
        accent=colours.accent if colours else "",
        accent_dark=colours.on_dark if colours else "",
        logo=logo,
        logo_alt=pair(named.alt) if named else NOTHING,
        marks=colours is None or not _reads_as_worse(colours),
        cover=themed.theme.cover,
        left_out=themed.theme.sections.left_out,
        typeface=typeface_of(themed, root) if root is not None else None,
    )


def _reads_as_worse(colours: Colours) -> bool:
    return min(apart(colours.accent, _WORSE), apart(colours.on_dark, _WORSE_DARK)) < _NEAR


def styles(look: Look, chart: str = "") -> str:
    """What follows the style sheet of a page: empty in our own look. `chart`: the one that a page to embed shows."""
    told = []
    if look.accent:
        better = f"--better:{BETTER};--better-band:{BETTER};--level:{LEVEL}"
        light, dark = f"{_variables(look, look.accent, look.accent, _PAPER)};{better}", _dark(look)
        signed = ",".join((*_VERDICTS, *([".figure"] if chart in SIGNED_CHARTS else [])))
        level = ";--range:var(--level)" if look.marks else ""
        told = [
            f":root{{{light}}}",
            f"@media (prefers-color-scheme:dark){{:root:not([data-theme=light]){{{dark}}}}}",
            f":root[data-theme=dark]{{{dark}}}",
            f"{signed}{{--blue:var(--better);--band:var(--better-band){level}}}",
            *([] if look.marks else [f"{_MARKS}{{--blue:var(--better)}}"]),
            f".switch button[aria-pressed=true]{{color:{look.accent}}}",
            f"@media print{{:root[data-lang]{{{light};--on-band:{look.accent}}}}}",
        ]
    if look.typeface is not None:
        told.append(_lettering(look.typeface))
    if look.logo:
        told.append(
            ".logo{display:block;background:#fff;padding:8px 12px;border-radius:4px;height:56px;max-width:100%;"
            "margin:0 0 16px;object-fit:contain;object-position:left}"
        )
    return "".join(f"\n{one}" for one in told)


def _lettering(face: Typeface) -> str:
    """What pages and the texts of their charts are set in; English marks are of the Latin font where it has them."""
    told = (
        f"body,.watermark text,:root #chart text{{font-family:{face.stack},sans-serif}}"
        f".figure svg text{{font-family:{face.stack}!important}}"
    )
    if not face.marks():
        return told
    english = f"'{ENGLISH}',{face.stack}"
    return (
        f"{told}[lang=en]{{font-family:{english},sans-serif}}"
        f".figure[lang=en] svg text{{font-family:{english}!important}}"
    )


def _variables(look: Look, accent: str, band: str, paper: str) -> str:
    """Colours by name: text and marks, the band, and its tints on the paper where marks are in it, on which figures can
    be read."""
    ink = _DARK_INK if paper == _DARK_PAPER else _INK
    steps = (0.08 - 0.005 * k for k in range(16))
    step = next(one for one in steps if contrast(mixed(paper, accent, 5 * one), ink) >= TEXT)
    tints = ";".join(f"--h{k}:{mixed(paper, accent, step * k)}" for k in range(1, 6))
    named = f"--blue:{accent};--band:{band}"
    return f"{named};--range:{mixed(paper, accent, 0.16)};{tints}" if look.marks else named


def _dark(look: Look) -> str:
    own = _variables(look, look.accent_dark, mixed(look.accent, _BLACK, 0.45), _DARK_PAPER)
    return f"{own};--better:{BETTER_DARK};--better-band:{BETTER_BAND};--level:{LEVEL_DARK}"
