"""The field board: one page that shows how field work goes, from a wave's progress. Counts only, never an answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from html import unescape
from typing import Protocol

from ncsi.report import html, text
from ncsi.report.text import NONE, NOTHING, Pair, phrase
from ncsi.report.woff import font_css
from ncsi.spec import Wave
from ncsi.waves.agencies import SHARES, AgencyProgress
from ncsi.waves.board_page import (
    AgencyRow,
    BoardPage,
    BrandLine,
    CellBox,
    Chased,
    GridHead,
    GridRow,
    Headline,
    QuotaGrid,
    SectorBoard,
    ShareCell,
)
from ncsi.waves.charts import bars, course
from ncsi.waves.delivered_files import DeliveredFile, file_table
from ncsi.waves.names import Names
from ncsi.waves.pace import Forecast, fan
from ncsi.waves.panel_board import panel_board
from ncsi.waves.progress import CellProgress, SectorProgress

CHASED = 8
"""Quotas listed as those to chase."""
_TICKS = 60.0
"""Width of a cell's bar, in units of its drawing."""


class Progress(Protocol):
    """What the board is made of; `now` by the clock of fieldwork."""

    @property
    def now(self) -> datetime: ...  # noqa: D102

    @property
    def days(self) -> Sequence[date]: ...  # noqa: D102

    @property
    def sectors(self) -> Sequence[SectorProgress]: ...  # noqa: D102

    @property
    def agencies(self) -> Sequence[AgencyProgress]: ...  # noqa: D102

    @property
    def files(self) -> Sequence[DeliveredFile]: ...  # noqa: D102


def board(found: Progress, wave: Wave, names: Names, written: str) -> str:
    """The page, self-contained. `written`: when, as it is printed."""
    page = content(found, wave, names, written)
    plain = html.page("board.html.j2", page, {}, "")
    return html.page("board.html.j2", page, {}, font_css(set(unescape(plain)), weights=(400,)))


def content(found: Progress, wave: Wave, names: Names, written: str) -> BoardPage:
    """What the page says."""
    over = found.now.date() > wave.field.end
    sectors = tuple(_sector(one, found.days, wave, names, over=over) for one in found.sectors)
    agencies = tuple(_agency(one, names) for one in found.agencies)
    return BoardPage(
        title=text.pair(wave.title), label=text.pair(wave.label), publisher=text.pair(wave.publisher),
        banner=phrase("synthetic") if wave.synthetic else NOTHING, mark=phrase("synthetic_short"),
        synthetic=wave.synthetic, release=wave.id, date=written,
        until=f"{found.days[-1]:%Y-%m-%d}" if found.days else NONE,
        headlines=tuple(_headlines(found, wave, names, over=over)), sectors=sectors, agencies=agencies,
        shares=tuple(phrase(f"field_share_{name}") for name in SHARES), files=file_table(found.files, names),
    )  # fmt: skip


def _headlines(found: Progress, wave: Wave, names: Names, *, over: bool) -> Iterator[Headline]:
    accepted = sum(one.accepted for one in found.sectors)
    whole = [one.forecast for one in found.sectors if one.forecast is not None]
    target = sum(one.target for one in whole)
    length = (wave.field.end - wave.field.start).days + 1
    day = len(found.days)
    lacking = sum(part.lacking for one in found.sectors for part in one.whole)
    of = f"/ {text.count(target)} · {text.share(1 - lacking / target)}" if target else ""
    yield Headline(
        phrase("field_accepted"), text.count(accepted), text.same(of),
        phrase("field_day", day=day, days=length, due=text.share(day / length)),
    )  # fmt: skip
    recent = sum(sum(one.daily[-7:]) for one in found.sectors) / max(1, min(7, day))
    needed = sum(one.needed for one in whole if not one.full)
    missing = sum(one.lacking for one in whole)
    says = (
        phrase("field_over", k=text.count(missing)) if over else phrase("field_needed", n=text.count(needed))
    )
    yield Headline(
        phrase("field_recent"), text.count(recent), phrase("field_a_day"),
        says if missing else NOTHING, bool(missing and (over or needed > recent)),
    )  # fmt: skip
    cells = [cell for one in found.sectors for cell in one.cells]
    behind = [cell for cell in cells if cell.forecast.behind]
    if cells:
        yield Headline(
            phrase("field_behind"), text.count(len(behind)), text.same(f"/ {text.count(len(cells))}"),
            phrase("field_full", k=text.count(sum(cell.forecast.full for cell in cells))), bool(behind),
        )  # fmt: skip
    called = [names.agency(one.agency) for one in found.agencies if one.late or _marks(one)]
    yield Headline(
        phrase("field_to_do"),
        "",
        phrase("field_look_at", agencies=text.joined(called)) if called else phrase("field_nothing"),
        phrase("field_never_fill"),
        bool(called),
    )


def _sector(
    one: SectorProgress, days: Sequence[date], wave: Wave, names: Names, *, over: bool
) -> SectorBoard:
    name, whole = names.sectors[one.sector], one.forecast
    behind = one.behind
    return SectorBoard(
        id=one.sector, name=name,
        accepted=text.count(one.accepted) + (f" / {text.count(whole.target)}" if whole else ""),
        rejected=text.count(one.rejected),
        pace=text.count(sum(one.daily[-7:]) / len(one.daily[-7:])) if one.daily else NONE,
        finish=_finish(one, days, wave.field.end, over=over),
        behind=text.count(len(behind)), quotas=text.count(len(one.cells)),
        title=_sector_title(one, name, names), calls=bool(behind),
        grids=tuple(_grids(one, days, wave, names)),
        course=course(one.daily, days, wave.field.end, whole, one.whole),
        bars=bars(one.daily, days, wave.field.end, whole),
        chased=tuple(Chased(_cell_name(cell, names), text.count(cell.forecast.lacking)) for cell in behind[:CHASED]),
        panel=panel_board(one.panel, names) if one.panel else None,
        more=phrase("field_more", k=text.count(len(behind) - CHASED)) if len(behind) > CHASED else NOTHING,
        brands=tuple(
            BrandLine(
                names.brands[one.sector, brand.brand], text.count(brand.accepted), text.count(brand.closing),
                NONE if brand.margin is None else f"±{text.number(brand.margin)}",
            )
            for brand in one.brands
        ),
        margins=any(brand.margin is not None for brand in one.brands),
    )  # fmt: skip


def _finish(one: SectorProgress, days: Sequence[date], end: date, *, over: bool) -> Pair:
    """Answers expected when fieldwork ends, and when all quotas will be full, each with its 80 % interval."""
    whole = one.forecast
    if whole is None or not days:
        return text.same(NONE)
    if whole.full:
        return phrase("field_is_full")
    if over:
        return phrase("field_over", k=text.count(whole.lacking))
    if whole.chance is None:
        return phrase("field_too_early")
    remaining = (end - days[-1]).days
    if remaining <= 0:  # of the last day answers are known, and no pace tells how many are still to come
        return phrase("field_needed", n=text.count(whole.needed))
    low, middle, high = (text.count(round(n)) for n in fan(one.whole, remaining)[-1])
    closing = phrase("field_closing_at", n=middle, low=low, high=high)
    return text.clauses([closing, _full_on(whole, days[-1])])


def _full_on(whole: Forecast, last: date) -> Pair:
    def on(after: int | None) -> str:
        return f"{last + timedelta(days=after):%Y-%m-%d}" if after is not None else NONE

    if whole.middle is None:
        return phrase("field_not_in_a_year")
    return phrase("field_finish", day=on(whole.middle), first=on(whole.earliest), last=on(whole.latest))


def _sector_title(one: SectorProgress, name: Pair, names: Names) -> Pair:
    """What stands out: where those behind agree in a value, that value."""
    if not one.cells:
        return phrase("field_no_quotas", sector=name)
    if not one.behind:
        return phrase("field_none_behind", sector=name)
    counts: dict[tuple[str, str], int] = {}
    for cell in one.behind:
        for key in cell.cell.of:
            counts[key] = counts.get(key, 0) + 1
    key, most = max(counts.items(), key=lambda item: item[1], default=(("", ""), 0))
    if most * 3 >= 2 * len(one.behind) and len(one.behind) > 2:
        return phrase("field_behind_in", sector=name, value=names.values[key], k=most, n=len(one.behind))
    return phrase("field_behind_k", sector=name, k=len(one.behind), n=len(one.cells))


def _grids(one: SectorProgress, days: Sequence[date], wave: Wave, names: Names) -> Iterator[QuotaGrid]:
    """A grid for each family of quotas."""
    length = (wave.field.end - wave.field.start).days + 1
    due = min(1.0, len(days) / length)
    families = dict.fromkeys(cell.cell.family for cell in one.cells)
    for family in families:
        own = [cell for cell in one.cells if cell.cell.family == family]
        columns = list(dict.fromkeys(cell.cell.of for cell in own))
        rows = list(dict.fromkeys((cell.cell.brand, cell.cell.agency) for cell in own))
        at = {(cell.cell.brand, cell.cell.agency, cell.cell.of): cell for cell in own}
        two = len(columns[0]) == 2
        first = [of[0] for of in columns] if two else []
        above = [GridHead(names.values[key], first.count(key)) for key in dict.fromkeys(first)]
        yield QuotaGrid(
            phrase("field_grid", sector=names.sectors[one.sector]), tuple(above),
            tuple(_heading(of[1:] if two else of, names) for of in columns),
            tuple(
                _row(one.sector, brand, agency, [at.get((brand, agency, of)) for of in columns], due, names)
                for brand, agency in rows
            ),
        )  # fmt: skip


def _heading(of: Sequence[tuple[str, str]], names: Names) -> Pair:
    return text.joined([names.values[key] for key in of]) if of else phrase("field_all")


def _row(
    sector: str,
    brand: str | None,
    agency: str | None,
    cells: Sequence[CellProgress | None],
    due: float,
    names: Names,
) -> GridRow:
    known = [cell for cell in cells if cell is not None]
    accepted, target = (
        sum(getattr(cell.forecast, name) for cell in known) for name in ("accepted", "target")
    )
    who = [names.brands[sector, brand]] if brand else []
    who += [names.agency(agency)] if agency else []
    return GridRow(
        text.joined(who) if who else phrase("field_all"),
        tuple(None if cell is None else _box(cell, due, names) for cell in cells),
        f"{text.count(accepted)} / {text.count(target)}",
    )


def _box(cell: CellProgress, due: float, names: Names) -> CellBox:
    own = cell.forecast
    return CellBox(
        told=f"{text.count(own.accepted)}/{text.count(own.target)}",
        filled=round(_TICKS * min(1.0, own.accepted / own.target), 1),
        due=round(_TICKS * due, 1), full=own.full, behind=own.behind, name=_cell_name(cell, names),
    )  # fmt: skip


def _cell_name(cell: CellProgress, names: Names) -> Pair:
    own = cell.cell
    parts = [names.brands[own.sector, own.brand]] if own.brand else []
    parts += [names.agency(own.agency)] if own.agency else []
    parts += [names.values[key] for key in own.of]
    return (
        Pair(" · ".join(one.zh for one in parts), " · ".join(one.en for one in parts))
        if parts
        else phrase("field_all")
    )


def _marks(one: AgencyProgress) -> list[str]:
    return [name for name, share in one.shares.items() if share.marked]


def _agency(one: AgencyProgress, names: Names) -> AgencyRow:
    known = names.agencies.get(one.agency)
    told = [phrase("field_late", day=f"{one.late:%Y-%m-%d}")] if one.late else []
    told += [phrase(f"field_high_{name}") for name in _marks(one)]
    asked = one.interviewers
    if asked is not None and asked.apart:
        told.append(phrase("field_interviewers_apart", k=len(asked.apart)))
    return AgencyRow(
        name=names.agency(one.agency), mode=text.pair(known.mode) if known and known.mode else text.same(NONE),
        files=text.count(one.files), accepted=text.count(one.accepted),
        minutes=NONE if one.duration_s is None else text.number(one.duration_s / 60),
        shares=tuple(
            ShareCell(NONE if one.shares[name].value is None else text.share(one.shares[name].value or 0.0, 1),
                      one.shares[name].marked)
            for name in SHARES
        ),
        interviewers=phrase("field_interviewers", n=asked.number, deff=text.number(asked.design_effect))
        if asked else text.same(NONE),
        told=text.clauses(told) if told else phrase("field_nothing_apart"), calls=bool(told),
    )  # fmt: skip
