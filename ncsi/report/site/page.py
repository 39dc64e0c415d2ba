"""What the site says: the latest wave first, every sector with its path over the waves, every release."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ncsi.report import text
from ncsi.report.axis_rows import BROKEN, tone_of
from ncsi.report.chart_data import ChartData, Trend, TrendPoint
from ncsi.report.content.findings import ChangeLine, change_interval, movers_finding
from ncsi.report.look import PLAIN, Look
from ncsi.report.pages import Link, Page
from ncsi.report.pinyin import spelled
from ncsi.report.site.comparison import Comparison, comparison
from ncsi.report.site.shelf import REVISED, Code, Figures, Gone, Moved, Place, Shelved
from ncsi.report.text import NONE, NOTHING, Pair, phrase

_WIDE, _HIGH = 96, 26


@dataclass(frozen=True, slots=True)
class Choice:
    """What a reader may choose: a group of sectors, a wave."""

    id: str
    name: Pair


@dataclass(frozen=True, slots=True)
class Download:
    """A file under an address that stays, and what it is."""

    name: Pair
    href: str


@dataclass(frozen=True, slots=True)
class Line:
    """A small chart: a path through all waves, or the points of those that there are."""

    path: str
    points: tuple[tuple[float, float], ...]
    box: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SectorRow:
    """A sector in the table. `place`: its rank in the latest wave, None where it has none."""

    id: str
    name: Pair
    group: Pair
    group_id: str
    href: str
    brands: str
    spelled: str
    value: str
    interval: Pair
    before: str
    n: str
    line: Line
    place: int | None
    rank: str
    rank_set: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseRow:
    """A release in the table. `revised`: the day of its last revision, else empty; `incomplete`: what it
    leaves out."""

    id: str
    wave: str
    name: Pair
    value: str
    interval: Pair
    change: ChangeLine | None
    sectors: str
    n: str
    date: str
    revised: str
    incomplete: Pair
    synthetic: bool
    explorer: bool
    files: tuple[Link, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SitePage(Page):
    """Everything that the page over all releases shows."""

    wave: str
    level: str
    value: str
    interval: Pair
    change: ChangeLine | None
    findings: tuple[Pair, ...]
    trend: Trend | None
    all_groups: Pair
    groups: tuple[Choice, ...]
    waves: tuple[Choice, ...]
    previous: str
    rows: tuple[SectorRow, ...]
    releases: tuple[ReleaseRow, ...]
    gone: tuple[Gone, ...]
    data: Comparison
    several: bool
    explorer: bool
    downloads: tuple[Download, ...]


def site_page(
    shelved: list[Shelved], withdrawn: Sequence[Gone] = (), *, site_url: str = "", look: Look = PLAIN
) -> SitePage:
    """The page over these releases, of which there is at least one, and the waves that are withdrawn. `site_url`: the
    address of the site, empty where that is not known; `look`: by the publisher's theme."""
    last = shelved[-1]
    labels = {one.wave: one.about.label for one in shelved}
    about, synthetic = last.about, any(one.about.synthetic for one in shelved)
    return SitePage(
        title=about.title,
        label=about.label,
        publisher=about.publisher,
        date=about.release_date,
        release=about.release_id,
        synthetic=synthetic,
        banner=phrase("synthetic") if synthetic else NOTHING,
        mark=phrase("synthetic_short") if synthetic else NOTHING,
        restriction=phrase("embargo_all") if about.embargoed else NOTHING,
        stamp=phrase("embargo_stamp") if about.embargoed else NOTHING,
        incomplete=about.incomplete,
        address=f"{site_url.rstrip('/')}/" if site_url else "",
        look=look,
        wave=last.wave,
        level=f"{100 * about.level:g}",
        value=text.number(last.nation.index_0_100),
        interval=_interval(last.nation),
        change=_change_line(last.change, labels, last.measured),
        findings=_findings(last),
        trend=_trend(shelved),
        all_groups=phrase("site_all_groups"),
        groups=tuple(Choice(key, one.name) for key, one in sorted(_all_groups(shelved).items())),
        waves=tuple(Choice(one.wave, one.about.label) for one in shelved),
        previous=shelved[-2].wave if len(shelved) > 1 else last.wave,
        rows=_rows(shelved),
        releases=tuple(_release(one, labels) for one in reversed(shelved)),
        gone=tuple(withdrawn),
        data=comparison(shelved),
        several=any(one.measured > 1 for one in shelved),
        explorer=last.explorer,
        downloads=_downloads(shelved, absolute=bool(site_url)),
    )


def _downloads(shelved: list[Shelved], *, absolute: bool) -> tuple[Download, ...]:
    """What stays under one address; nothing where a release is under embargo. RSS needs absolute links."""
    if any(one.about.embargoed for one in shelved):
        return ()
    told = [
        ("site_get_workbook", "latest/data/release.xlsx"), ("site_get_package", "latest/datapackage.json"),
        ("site_get_csv", "latest/data/out_index_by_sector.csv"),
        ("site_get_parquet", "latest/data/out_index_by_sector.parquet"),
        ("site_get_jsonstat", f"api/v1/{shelved[-1].wave}.jsonstat.json"), ("site_get_api", "api/v1/index.json"),
        ("site_get_atom", "feed.xml"),
    ]  # fmt: skip
    if absolute:
        told.append(("site_get_rss", "rss.xml"))
    return tuple(Download(phrase(key), href) for key, href in told)


def _trend(shelved: list[Shelved]) -> Trend | None:
    """The national index over waves; None for a single one."""
    if len(shelved) < 2:
        return None
    points = tuple(
        TrendPoint(one.about.label, one.nation.index_0_100, one.nation.low, one.nation.high)
        for one in shelved
    )
    rows = tuple(
        (one.wave, *one.about.label, one.nation.index_0_100, one.nation.low, one.nation.high)
        for one in shelved
    )
    return Trend(points, ChartData(("wave", "label_zh", "label_en", "index_0_100", "low", "high"), rows))


def _findings(last: Shelved) -> tuple[Pair, ...]:
    """The latest wave in a few sentences, none saying more than its tables."""
    n = text.count(last.nation.n)
    if last.measured == 1:
        return (phrase("site_find_respondents", n=n),)
    found = [phrase("site_find_size", sectors=last.measured, n=n)]
    ranked = sorted(last.ranks.items(), key=lambda one: one[1].rank)
    if len(ranked) > 1:
        for key, (sector, place) in (("site_find_first", ranked[0]), ("site_find_last", ranked[-1])):
            found.append(
                phrase(
                    key, name=last.codes[sector].name, value=text.number(place.index_0_100),
                    ranks=_rank_set(place),
                )
            )  # fmt: skip
    verdicts = [one.verdict for one in last.changes.values() if one.verdict not in ("trend_break", REVISED)]
    if verdicts:
        found.append(movers_finding(verdicts.count("rose"), verdicts.count("fell"), len(verdicts)))
    return tuple(found)


def _interval(one: Figures) -> Pair:
    return text.interval(one.low, one.high)


def _rank_set(one: Place) -> str:
    return text.ranks(one.rank_low, one.rank_high)


def _change_line(change: Moved | None, labels: Mapping[str, Pair], sectors: int) -> ChangeLine | None:
    """The change of the whole of so many sectors in words. `labels`: of the waves that are out; others are called by
    their ids."""
    if change is None:
        return None
    verdict = change.verdict
    key = "other_sectors" if verdict == "trend_break" and sectors > 1 else verdict
    words = phrase(f"change_{key}", label=labels.get(change.previous, text.same(change.previous)))
    if math.isnan(change.change):
        return ChangeLine(BROKEN, NOTHING, "", words)
    interval = change_interval(change.low, change.high, verdict)
    return ChangeLine(text.signed(change.change), interval, tone_of(verdict), words)


def _all_groups(shelved: list[Shelved]) -> dict[str, Code]:
    return {key: one for release in shelved for key, one in release.groups.items()}


def _rows(shelved: list[Shelved]) -> tuple[SectorRow, ...]:
    """One row a sector that any wave measured, those of the latest by rank first."""
    codes = {key: one for release in shelved for key, one in release.codes.items()}
    ranks, groups = shelved[-1].ranks, _all_groups(shelved)
    indices = [one.index_0_100 for release in shelved for one in release.sectors.values()]
    order = sorted(codes, key=lambda key: (key not in ranks, ranks[key].rank if key in ranks else 0, key))
    return tuple(
        _row(shelved, codes[key], groups[codes[key].group].name, (min(indices), max(indices)))
        for key in order
    )


def _row(shelved: list[Shelved], code: Code, group: Pair, limits: tuple[float, float]) -> SectorRow:
    key, last = code.id, shelved[-1]
    names = sorted({name for one in shelved for both in one.brands.get(key, []) for name in both})
    now, before, place = last.sectors.get(key), shelved[-2:][0].sectors.get(key), last.ranks.get(key)
    latest = next(one for one in reversed(shelved) if key in one.sectors)
    return SectorRow(
        id=key,
        name=code.name,
        group=group,
        group_id=code.group,
        href=f"{latest.wave}/sectors/{key}.html",
        brands="\n".join(f"{name}\t{spelled(name)}" for name in names),
        spelled=spelled(code.name.zh),
        value=text.number(now.index_0_100) if now else NONE,
        interval=_interval(now) if now else text.NOTHING,
        before=text.number(before.index_0_100) if before else NONE,
        n=text.count(now.n) if now else NONE,
        line=_line([one.sectors.get(key) for one in shelved], limits),
        place=place.rank if place else None,
        rank=str(place.rank) if place else NONE,
        rank_set=_rank_set(place) if place else NONE,
    )


def _line(figures: list[Figures | None], limits: tuple[float, float]) -> Line:
    """The sector's index over the waves as points of a small chart, all sectors on one scale; gaps stay gaps."""
    low, high = limits
    step, scale = (_WIDE - 8) / max(1, len(figures) - 1), (_HIGH - 8) / ((high - low) or 1)
    points = tuple(
        (round(4 + k * step, 1), round(_HIGH - 4 - scale * (one.index_0_100 - low), 1))
        for k, one in enumerate(figures)
        if one is not None
    )
    whole = len(points) == len(figures) > 1
    path = " ".join(f"{x},{y}" for x, y in points) if whole else ""
    return Line(path, points[-1:] if whole else points, f"0 0 {_WIDE} {_HIGH}")


def _release(one: Shelved, labels: Mapping[str, Pair]) -> ReleaseRow:
    about = one.about
    return ReleaseRow(
        id=about.release_id,
        wave=one.wave,
        name=about.label,
        value=text.number(one.nation.index_0_100),
        interval=_interval(one.nation),
        change=_change_line(one.change, labels, one.measured),
        sectors=str(one.measured),
        n=text.count(one.nation.n),
        date=about.release_date,
        revised=about.revised,
        incomplete=about.incomplete,
        synthetic=about.synthetic,
        explorer=one.explorer,
        files=one.along,
    )
