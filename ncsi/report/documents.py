"""The documents of a release: each page's figures drawn once, then HTML and PDF in each language."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ncsi.report import text
from ncsi.report.content import markdown
from ncsi.report.figures import Drawing, importance_map, path_diagram, settings, trend
from ncsi.report.html import page
from ncsi.report.pdf import pdf
from ncsi.report.text import Shown
from ncsi.spec import Instrument

ENDINGS: dict[Shown, str] = {"both": ".pdf", "zh": ".zh.pdf", "en": ".en.pdf"}
"""How the file name of each edition ends."""
_ATTACHED = (
    "codes_groups", "codes_sectors", "codes_constructs", "out_index_national", "out_index_by_group",
    "out_index_by_sector", "out_basis_by_sector", "out_rank_by_sector", "out_changes",
)  # fmt: skip
"""Tables that the national report carries: enough to derive its headline again."""


@dataclass(frozen=True, slots=True)
class National:
    """The national report: its content, the fonts of the release."""

    content: dict[str, Any]
    fonts: str


@dataclass(frozen=True, slots=True)
class SectorPages:
    """A sector's report: content, and what its figures show."""

    content: dict[str, Any]
    instrument: Instrument
    drivers: list[dict[str, Any]]
    paths: list[dict[str, Any]]
    fonts: str


def write_national(one: National, folder: Path) -> None:
    """`index.html` and the three PDFs, the ranking and the data package attached."""
    drawings: dict[str, Drawing] = {}
    if one.content["trend"]:
        with settings():
            drawings["trend"] = trend(one.content["trend"], one.content["level"])
    (folder / "index.html").write_text(
        page("national.html.j2", one.content, drawings, one.fonts), encoding="utf-8"
    )
    attached = {"datapackage.json": folder / "datapackage.json"}
    attached |= {f"{name}.csv": folder / "data" / f"{name}.csv" for name in _ATTACHED}
    for shown, ending in ENDINGS.items():
        with tempfile.TemporaryDirectory() as work:
            made = pdf("national.typ", one.content, drawings, shown, Path(work), attached)
        (folder / f"national{ending}").write_bytes(made)


def write_press(content: dict[str, Any], fonts: str, folder: Path) -> None:
    """`press.html`, and the same words as `press.zh.md` and `press.en.md`."""
    (folder / "press.html").write_text(page("press.html.j2", content, {}, fonts), encoding="utf-8")
    for language in ("zh", "en"):
        (folder / f"press.{language}.md").write_text(markdown(content, language), encoding="utf-8")


def write_sector(one: SectorPages, folder: Path) -> None:
    """`sectors/<code>.html`, and its PDF in every edition asked for: `<code>.pdf`, `.zh.pdf`, `.en.pdf`."""
    names = {construct.id: text.pair(construct.label) for construct in one.instrument.constructs}
    values = {row["id"]: row["value"] for row in one.content["constructs"]}
    with settings():
        drawings = {
            "importance": importance_map(one.drivers, names),
            "paths": path_diagram(one.instrument, one.paths, values),
        }
    sectors = folder / "sectors"
    sectors.mkdir(exist_ok=True)
    code = one.content["sector"]
    (sectors / f"{code}.html").write_text(
        page("sector.html.j2", one.content, drawings, one.fonts), encoding="utf-8"
    )
    for shown in one.content["editions"]:
        with tempfile.TemporaryDirectory() as work:
            made = pdf("sector.typ", one.content, drawings, shown, Path(work))
        (sectors / f"{code}{ENDINGS[shown]}").write_bytes(made)
