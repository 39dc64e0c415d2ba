"""The documents of a composite index: HTML and PDF of its bulletin and of each unit's notice."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from ncsi import atomic
from ncsi.report.composite.bulletin import bulletin
from ncsi.report.composite.notice import notice
from ncsi.report.composite.pages import CompositePage, UnitPage
from ncsi.report.composite.rows import OneIndex
from ncsi.report.content.heading import Heading
from ncsi.report.documents import ENDINGS
from ncsi.report.embeds import write_page
from ncsi.report.figures import Drawing, letters_of, small_trend, trend
from ncsi.report.html import page
from ncsi.report.pages import words
from ncsi.report.pdf import pdf
from ncsi.report.plain_files import make_private
from ncsi.report.result_rows import Tables
from ncsi.spec.index_plan import IndexPlan

UNITS = "units"
"""Folder of the notices."""
_ATTACHED = ("out_composites", "out_composite_nodes", "out_composite_by_unit", "out_composite_rank_by_unit")
"""Tables that the bulletin's PDF carries."""


@dataclass(frozen=True, slots=True)
class IndexPages:
    """The pages of one index and the folder of the release that they lie in, empty for the release's own."""

    folder: str
    bulletin: CompositePage
    notices: tuple[UnitPage, ...]

    @property
    def texts(self) -> dict[str, str]:
        """All texts by what they are of: what the fonts must hold."""
        found = {f"bulletin of {self.bulletin.tree}": words(self.bulletin)}
        return found | {f"{one.tree} {one.unit}": words(one) for one in self.notices}


def index_pages(tables: Tables, plan: IndexPlan, head: Heading, folder: str = "") -> IndexPages:
    """The pages of an index from the disclosed tables of its release: a notice for every unit that has a score and
    is of one kind, not of two crossed."""
    one = OneIndex(tables, plan.tree.id)
    up = "../" * len(Path(folder).parts)
    kinds = {dimension.id for dimension in plan.definition.dimensions}
    units = [unit.unit for unit in one.units.values() if unit.shown and unit.level in kinds]
    return IndexPages(
        folder,
        replace(bulletin(one, plan, head), up=up),
        tuple(replace(notice(one, plan, unit, head), up=f"{up}../") for unit in units),
    )


def index_jobs(pages: IndexPages, fonts: str) -> list[Callable[[Path], None]]:
    """What writes each document into the folder of a release; its data lie there already."""
    return [
        partial(_write_bulletin, pages.bulletin, fonts, pages.folder),
        *(partial(write_notice, one, fonts, pages.folder) for one in pages.notices),
    ]


def _write_bulletin(one: CompositePage, fonts: str, inside: str, release: Path) -> None:
    """`index.html` and the three editions of `bulletin.pdf`, the tables in it."""
    place = release / inside
    place.mkdir(parents=True, exist_ok=True)
    drawings: dict[str, Drawing] = {}
    narrow: dict[str, Drawing] = {}
    if one.trend is not None:
        drawings["trend"] = trend(one.trend, one.level, letters_of(one.look))
        narrow["narrow_trend"] = small_trend(one.trend, one.level, letters_of(one.look))
    name = f"{inside}/index.html".lstrip("/")
    write_page(release, name, page("composite.html.j2", one, drawings | narrow, fonts, name), one)
    attached = {f"{name}.csv": release / "data" / f"{name}.csv" for name in _ATTACHED}
    for shown, ending in ENDINGS.items():
        made = pdf("composite.typ", one, drawings, shown, place, attached)
        (place / f"bulletin{ending}").write_bytes(made)


def write_notice(one: UnitPage, fonts: str, inside: str, release: Path) -> None:
    """`units/<unit>.html`, and its PDF in the editions asked for."""
    place = release / inside / UNITS
    place.mkdir(parents=True, exist_ok=True)
    name = f"{inside}/{UNITS}/{one.unit}.html".lstrip("/")
    write_page(release, name, page("composite_unit.html.j2", one, {}, fonts, name), one)
    _write_pdfs(one, place)


def _write_pdfs(one: UnitPage, place: Path) -> None:
    for name, made in _pdfs(one, place):
        (place / name).write_bytes(made)


def _pdfs(one: UnitPage, place: Path) -> Iterator[tuple[str, bytes]]:
    """Name and content of each edition, made in `place`."""
    for shown in one.editions:
        yield f"{one.unit}{ENDINGS[shown]}", pdf("composite_unit.typ", one, {}, shown, place)


def write_private(notices: Sequence[UnitPage], folder: Path) -> tuple[Path, ...]:
    """Notices that are for their units alone, as PDF, in a folder that only its owner may read; each whole or not at
    all."""
    make_private(folder)
    written = []
    for name, made in (each for one in notices for each in _pdfs(one, folder)):
        written.append(folder / name)
        atomic.write(written[-1], made, mode=0o600)
    return tuple(written)
