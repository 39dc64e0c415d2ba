"""Which pages a wave's release has, what their fonts must hold, and what writes each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Self

from ncsi.report import content
from ncsi.report.composite import IndexPages, index_jobs, index_pages
from ncsi.report.content import ExplorerPage, MethodPage, NationalPage, PressNote, SectorPage
from ncsi.report.content.heading import heading, index_folder, measure_folder
from ncsi.report.content.sections import shown_of_nation, shown_of_sector
from ncsi.report.documents import (
    SectorReport,
    write_explorer,
    write_method,
    write_national,
    write_press,
    write_sector,
)
from ncsi.report.measures import MeasurePage, MeasurePages, measure_jobs, write_measure
from ncsi.report.pages import words
from ncsi.report.release_spec import ReleaseSpec
from ncsi.report.result_rows import Tables, of, with_plain_texts
from ncsi.report.share import national_outline, sector_outline
from ncsi.report.situation import situation
from ncsi.tables import OUT_DRIVERS_BY_CONSTRUCT, OUT_PATHS_BY_SECTOR


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReleasePages:
    """The pages of a release, and the disclosed tables that they are of, as published and as `read` by people.

    `situation`: of a wave that has indices or measures beside its own.
    """

    shown: Tables
    read: Tables
    release: ReleaseSpec
    national: NationalPage
    press: PressNote
    method: MethodPage
    explorer: ExplorerPage
    sectors: tuple[SectorPage, ...]
    indices: tuple[IndexPages, ...]
    measures: tuple[MeasurePages, ...]
    situation: MeasurePage | None

    @classmethod
    def of(cls, shown: Tables, release: ReleaseSpec) -> Self:
        """The pages from the disclosed tables of the wave."""
        read = with_plain_texts(shown)
        left_out = release.look.left_out
        national = shown_of_nation(content.national(read, release), left_out)
        sectors = tuple(
            shown_of_sector(content.sector(read, release, one.id), left_out) for one in release.wave.sectors
        )
        head = heading(release)
        indices = tuple(index_pages(shown, one, head, index_folder(one.tree.id)) for one in release.indices)
        measures = tuple(
            one.pages(shown, one.plan, head, measure_folder(one.plan.id)) for one in release.measures
        )
        bulletins, mains = [one.bulletin for one in indices], [one.main for one in measures]
        return cls(
            shown=shown,
            read=read,
            release=release,
            national=national,
            press=content.press(national, release),
            method=content.method_page(read, release),
            explorer=content.explorer(read, release),
            sectors=sectors,
            indices=indices,
            measures=measures,
            situation=situation(shown, release, national, bulletins, mains),
        )

    @property
    def texts(self) -> dict[str, str]:
        """All texts by what they are of: what the fonts must hold."""
        found = {
            "national report": words(self.national),
            "press note": words(self.press),
            "method and quality": words(self.method),
            **{one.sector: words(one) for one in self.sectors},
            "explorer": words(self.explorer),  # names of the sectors, whose place is told rather
        }
        for index in self.indices:
            found |= index.texts
        for measure in self.measures:
            found |= measure.texts
        if self.situation is not None:
            found["situation report"] = words(self.situation)
        return found

    def jobs(self, fonts: str) -> list[Callable[[Path], None]]:
        """What writes each document into the folder of the release; its data lie there already."""
        formats = self.release.formats
        carried = national_outline(self.national, self.read, self.release) if formats else None
        return [
            partial(
                write_national, self.national, fonts, carried=carried, formats=formats,
                borders=self.release.province_map,
            ),
            partial(write_press, self.press, fonts, formats=formats, site_url=self.release.site_url),
            partial(write_method, self.method, fonts),
            partial(write_explorer, self.explorer, fonts),
            *(partial(write_sector, self._with_figures(one), fonts) for one in self.sectors),
            *(job for one in self.indices for job in index_jobs(one, fonts)),
            *([partial(write_measure, self.situation, fonts, "")] if self.situation is not None else []),
            *(job for one in self.measures for job in measure_jobs(one, fonts)),
        ]  # fmt: skip

    def _with_figures(self, page: SectorPage) -> SectorReport:
        drivers, paths = (
            of(self.shown[name], sector=page.sector)
            for name in (OUT_DRIVERS_BY_CONSTRUCT.name, OUT_PATHS_BY_SECTOR.name)
        )
        formats = self.release.formats
        carried = sector_outline(page, self.read, self.release) if formats else None
        return SectorReport(page, self.release.instruments[page.sector], drivers, paths, carried, formats)
