"""The documents of a release: each page's figures drawn once, then HTML and PDF in each language."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ncsi.report.chart_data import ChartData
from ncsi.report.chart_tools import embedded_at
from ncsi.report.content import ExplorerPage, MethodPage, NationalPage, PressNote, SectorPage, markdown
from ncsi.report.content.labels import construct_labels
from ncsi.report.embeds import write_page
from ncsi.report.figures import (
    Drawing,
    change_chart,
    importance_map,
    letters_of,
    narrow_importance_map,
    narrow_path_diagram,
    path_diagram,
    province_map,
    slope_chart,
    small_trend,
    trend,
)
from ncsi.report.html import explorer_to_frame, page
from ncsi.report.pdf import pdf
from ncsi.report.result_rows import Driver, PathEstimate, read
from ncsi.report.share import Outline, email, write_office
from ncsi.report.text import Shown, phrase
from ncsi.spec import LANGUAGES, Instrument
from ncsi.spec.publication import Format
from ncsi.spec.territory.sheet import ProvinceMap
from ncsi.tables import (
    OUT_BASIS_BY_SECTOR,
    OUT_CHANGES,
    OUT_INDEX_BY_GROUP,
    OUT_INDEX_BY_SECTOR,
    OUT_INDEX_NATIONAL,
    OUT_RANK_BY_SECTOR,
)

ENDINGS: dict[Shown, str] = {"both": ".pdf", "zh": ".zh.pdf", "en": ".en.pdf"}
"""How the file name of each edition ends."""
_ATTACHED = (
    "codes_groups", "codes_sectors", "codes_constructs", OUT_INDEX_NATIONAL.name, OUT_INDEX_BY_GROUP.name,
    OUT_INDEX_BY_SECTOR.name, OUT_BASIS_BY_SECTOR.name, OUT_RANK_BY_SECTOR.name, OUT_CHANGES.name,
)  # fmt: skip
"""Tables that the national report carries: enough to derive its headline again."""


@dataclass(frozen=True, slots=True, eq=False)
class SectorReport:
    """A sector's page, and what its figures show: the sector's rows of out_drivers_by_construct and of
    out_paths_by_sector; `carried`: what is written of it for office programs, in the `formats` asked for."""

    page: SectorPage
    instrument: Instrument
    drivers: pd.DataFrame
    paths: pd.DataFrame
    carried: Outline | None = None
    formats: tuple[Format, ...] = ()


def write_job(job: Callable[[Path], None], folder: Path) -> None:
    """Write what `job` writes into the folder of a release: what a process is given to do."""
    job(folder)


def write_national(
    one: NationalPage,
    fonts: str,
    folder: Path,
    carried: Outline | None = None,
    formats: tuple[Format, ...] = (),
    borders: ProvinceMap | None = None,
) -> None:
    """`index.html` and the three PDFs, the ranking and the data package attached; of `carried`, the office `formats`
    asked for. `borders`: what provinces are drawn on."""
    drawings, shown_on_screen = _national_drawings(one)
    maps = _maps(one, borders)
    drawings, shown_on_screen = drawings | maps, shown_on_screen | maps
    made = page("national.html.j2", one, shown_on_screen, fonts, "index.html")
    write_page(folder, "index.html", made, one)
    attached = {"datapackage.json": folder / "datapackage.json"}
    attached |= {f"{name}.csv": folder / "data" / f"{name}.csv" for name in _ATTACHED}
    for shown, ending in ENDINGS.items():
        document = pdf("national.typ", one, drawings, shown, folder, attached)
        (folder / f"national{ending}").write_bytes(document)
    if carried is not None:
        write_office(carried, drawings, formats, folder, "national")


def _national_drawings(one: NationalPage) -> tuple[dict[str, Drawing], dict[str, Drawing]]:
    """What the PDF draws, and the page."""
    printed: dict[str, Drawing] = {}
    letters = letters_of(one.look)
    if one.trend is not None:
        printed["trend"] = trend(one.trend, one.level, letters)
    shown = _story_drawings(one)
    if one.story.changes is not None:
        shown["slope"] = slope_chart(one.story.changes, letters)
        shown["narrow_slope"] = slope_chart(one.story.changes, letters, narrow=True)
        printed |= {name: shown[name] for name in ("changes", "slope")}
    return printed, shown


def _maps(one: NationalPage, borders: ProvinceMap | None) -> dict[str, Drawing]:
    """A map of each dimension of areas that are provinces, where the publisher brings one."""
    if borders is None:
        return {}
    told = {f"provinces-{k}": area for k, area in enumerate(one.story.areas, 1) if area.tiles}
    return {
        name: province_map(borders, area.tiles, area.on_the_map, area.data) for name, area in told.items()
    }


def _story_drawings(one: NationalPage | PressNote) -> dict[str, Drawing]:
    """The trend and the changes of sectors, where they can be told."""
    shown: dict[str, Drawing] = {}
    letters = letters_of(one.look)
    changes = one.story.changes if isinstance(one, NationalPage) else one.changes_of_sectors
    if one.trend is not None:
        shown["trend"] = small_trend(one.trend, one.level, letters)
    if changes is not None:
        shown["changes"] = change_chart(changes, letters)
    return shown


def write_press(
    note: PressNote, fonts: str, folder: Path, formats: tuple[Format, ...] = (), site_url: str = ""
) -> None:
    """`press.html`, and the same words as `press.zh.md` and `press.en.md`; where asked for, as the body of an e-mail in
    `press.zh.email.html` and `press.en.email.html`. `site_url`: where readers of that find the site."""
    made = page("press.html.j2", note, _story_drawings(note), fonts, "press.html")
    write_page(folder, "press.html", made, note)
    for language in LANGUAGES:
        (folder / f"press.{language}.md").write_text(markdown(note, language), encoding="utf-8")
        if "email" in formats:
            mail = email(note, language, site_url)
            (folder / f"press.{language}.email.html").write_text(mail, encoding="utf-8")


def write_method(one: MethodPage, fonts: str, folder: Path) -> None:
    """`method.html`: method and quality."""
    (folder / "method.html").write_text(page("method.html.j2", one, {}, fonts), encoding="utf-8")


def write_explorer(one: ExplorerPage, fonts: str, folder: Path) -> None:
    """`explorer.html`: public figures to choose from, compared where a test is published; the page of its chart for a
    frame."""
    place = "explorer.html"
    (folder / place).write_text(page("explorer.html.j2", one, {}, fonts, place), encoding="utf-8")
    framed = folder / embedded_at(place, "chart")
    framed.parent.mkdir(exist_ok=True)
    framed.write_text(explorer_to_frame(one, phrase("explorer_title")), encoding="utf-8")


def write_sector(one: SectorReport, fonts: str, folder: Path) -> None:
    """`sectors/<code>.html`, and its PDF in every edition asked for: `<code>.pdf`, `.zh.pdf`, `.en.pdf`;
    the office files asked for."""
    drivers, paths = read(Driver, one.drivers), read(PathEstimate, one.paths)
    values = {row.id: row.value for row in one.page.constructs}
    names = construct_labels(one.instrument)
    letters = letters_of(one.page.look)
    of_drivers, of_paths = ChartData.of(one.drivers), ChartData.of(one.paths)
    drawings = {
        "importance": importance_map(drivers, names, of_drivers, letters),
        "paths": path_diagram(one.instrument, paths, values, of_paths, letters),
    }
    narrow = {
        "narrow_importance": narrow_importance_map(drivers, names, of_drivers, letters),
        "narrow_paths": narrow_path_diagram(one.instrument, paths, values, of_paths, letters),
    }
    if one.page.profile.trend is not None:
        drawings["trend"] = small_trend(one.page.profile.trend, one.page.level, letters)
    sectors, code = folder / "sectors", one.page.sector
    sectors.mkdir(exist_ok=True)
    place = f"sectors/{code}.html"
    made = page("sector.html.j2", one.page, drawings | narrow, fonts, place)
    write_page(folder, place, made, one.page)
    for shown in one.page.editions:
        document = pdf("sector.typ", one.page, drawings, shown, sectors)
        (sectors / f"{code}{ENDINGS[shown]}").write_bytes(document)
    if one.carried is not None:
        write_office(one.carried, drawings, one.formats, sectors, code)
