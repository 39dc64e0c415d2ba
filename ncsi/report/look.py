"""How pages look that a publisher's theme changes, and the styles by which it does."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from ncsi.report.text import NOTHING, Pair, pair
from ncsi.spec.contrast import mixed
from ncsi.spec.theme import WorkspaceTheme

BETTER, BETTER_DARK, BETTER_BAND = "#0f5499", "#7db4ea", "#0b2f57"
"""What is significantly better, and in the dark; its ground there. No theme changes them: with the red of what is worse
they are told apart by the colour-blind too."""
_PAPER, _DARK_PAPER, _BLACK = "#ffffff", "#11171f", "#000000"
_VERDICTS = (
    ".up", "#chart-changes .figure", "#chart-slope .figure", "#chart-map .figure", "#chart-paths .figure",
    ".moves .plot", "table.short:not(.peers):not(.ends):not(.counted) .plot", ".tiles .above", "table.split td.above",
)  # fmt: skip
"""Where blue says better: on pages, by selectors."""
SIGNED_CHARTS = ("changes", "slope", "map", "paths")
"""Charts in which blue says better, by name."""


@dataclass(frozen=True, slots=True)
class Look:
    """Colour of heads, links and marks on light and on dark pages (`#rrggbb`), the logo as a data URI and what it
    shows; empty where the publisher has no theme. `cover`: whether PDFs begin with a band; `left_out`:
    sections that reports have not."""

    accent: str = ""
    accent_dark: str = ""
    logo: str = ""
    logo_alt: Pair = NOTHING
    cover: bool = True
    left_out: tuple[str, ...] = ()


PLAIN = Look()
"""Our own look."""


def look_of(themed: WorkspaceTheme | None) -> Look:
    """The look of a theme; our own without one."""
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
        cover=themed.theme.cover,
        left_out=themed.theme.sections.left_out,
    )


def styles(look: Look, chart: str = "") -> str:
    """What follows the style sheet of a page: empty in our own look. `chart`: the one that a page to embed shows."""
    told = []
    if look.accent:
        better = f"--better:{BETTER};--better-band:{BETTER}"
        light, dark = f"{_variables(look.accent, look.accent, _PAPER)};{better}", _dark(look)
        signed = ",".join((*_VERDICTS, *([".figure"] if chart in SIGNED_CHARTS else [])))
        told = [
            f":root{{{light}}}",
            f"@media (prefers-color-scheme:dark){{:root:not([data-theme=light]){{{dark}}}}}",
            f":root[data-theme=dark]{{{dark}}}",
            f"{signed}{{--blue:var(--better);--band:var(--better-band)}}",
            f".switch button[aria-pressed=true]{{color:{look.accent}}}",
            f"@media print{{:root[data-lang]{{{light};--on-band:{look.accent}}}}}",
        ]
    if look.logo:
        told.append(
            ".logo{display:block;background:#fff;padding:8px 12px;border-radius:4px;height:56px;max-width:100%;"
            "margin:0 0 16px;object-fit:contain;object-position:left}"
        )
    return "".join(f"\n{one}" for one in told)


def _variables(accent: str, band: str, paper: str) -> str:
    """Colours by name: text and marks, the band, and its tints on the paper."""
    tints = ";".join(f"--h{k}:{mixed(paper, accent, 0.08 * k)}" for k in range(1, 6))
    return f"--blue:{accent};--band:{band};--range:{mixed(paper, accent, 0.16)};{tints}"


def _dark(look: Look) -> str:
    own = _variables(look.accent_dark, mixed(look.accent, _BLACK, 0.45), _DARK_PAPER)
    return f"{own};--better:{BETTER_DARK};--better-band:{BETTER_BAND}"
