"""What the field board says: its page, frozen values with a name each."""

from __future__ import annotations

from dataclasses import dataclass

from ncsi.report.pages import Page
from ncsi.report.text import Pair
from ncsi.waves.charts import Bars, Course


@dataclass(frozen=True, slots=True)
class Headline:
    """A figure in large type with what it is, what it is compared with, and whether it calls for something."""

    label: Pair
    value: str
    beside: Pair
    note: Pair
    calls: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CellBox:
    """A quota's box: answers of the target, the length of its bar and of the part that is due today (of 60)."""

    told: str
    filled: float
    due: float
    full: bool
    behind: bool
    name: Pair


@dataclass(frozen=True, slots=True)
class GridHead:
    """A heading over a number of columns."""

    name: Pair
    columns: int


@dataclass(frozen=True, slots=True)
class GridRow:
    """A brand's quotas, None where a cell has none; their sum."""

    name: Pair
    boxes: tuple[CellBox | None, ...]
    total: str


@dataclass(frozen=True, slots=True)
class QuotaGrid:
    """Quotas of one family: a row a brand (or all), a column a cell."""

    label: Pair
    above: tuple[GridHead, ...]
    heads: tuple[Pair, ...]
    rows: tuple[GridRow, ...]


@dataclass(frozen=True, slots=True)
class Chased:
    """A quota that is behind, and the answers it lacks."""

    name: Pair
    lacking: str


@dataclass(frozen=True, slots=True)
class BrandLine:
    """A brand's answers, those expected on the last day, the margin of error that these give."""

    name: Pair
    accepted: str
    closing: str
    margin: str


@dataclass(frozen=True, slots=True)
class PanelRow:
    """A part of a panel, or all of it: members to be asked again, those who have answered and who have not, the share
    of those who have, new respondents."""

    name: Pair
    due: str
    returned: str
    outstanding: str
    retention: str
    new: str


@dataclass(frozen=True, slots=True)
class PanelBoard:
    """A sector's panel: what its parts are, a row each, all together last; what else is to be said, and whether that
    calls for a look."""

    head: Pair
    rows: tuple[PanelRow, ...]
    told: Pair
    calls: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SectorBoard:
    """A sector on the board."""

    id: str
    name: Pair
    accepted: str
    rejected: str
    pace: str
    finish: Pair
    behind: str
    quotas: str
    title: Pair
    calls: bool
    grids: tuple[QuotaGrid, ...]
    course: Course | None
    bars: Bars | None
    chased: tuple[Chased, ...]
    more: Pair
    panel: PanelBoard | None
    brands: tuple[BrandLine, ...]
    margins: bool


@dataclass(frozen=True, slots=True)
class ShareCell:
    """An agency's share, marked where it differs from the others'."""

    told: str
    marked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AgencyRow:
    """An agency beside the others."""

    name: Pair
    mode: Pair
    files: str
    accepted: str
    minutes: str
    shares: tuple[ShareCell, ...]
    interviewers: Pair
    told: Pair
    calls: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRow:
    """A file that came: its name, the agency, the day, its rows, what was found in it."""

    name: str
    agency: Pair
    came: str
    read: str
    accepted: str
    rejected: str
    faults: Pair


@dataclass(frozen=True, slots=True)
class FileTable:
    """Files that came, the newest first; what is said under them; whether an agency is named for any."""

    title: Pair
    rows: tuple[FileRow, ...]
    note: Pair
    agencies: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardPage(Page):
    """Everything that the board says."""

    until: str
    headlines: tuple[Headline, ...]
    sectors: tuple[SectorBoard, ...]
    agencies: tuple[AgencyRow, ...]
    shares: tuple[Pair, ...]
    files: FileTable | None
