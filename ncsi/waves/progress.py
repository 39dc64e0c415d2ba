"""How far the answers of a sector have come against its quotas, and where its brands' margins of error will close."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ncsi.spec import FieldDates, QuotaCell
from ncsi.survey.size import Setting
from ncsi.waves.pace import Forecast, Part, dispersion, expected, forecast
from ncsi.waves.panels import PanelProgress

Counts = NDArray[np.int64]
UNASSIGNED = ""
"""The agency of answers from files that no agency is named for."""


@dataclass(frozen=True, slots=True)
class CellProgress:
    """A quota and how it goes."""

    cell: QuotaCell
    forecast: Forecast


@dataclass(frozen=True, slots=True)
class BrandProgress:
    """A brand's answers, those wanted (`target`; None without quotas of brands), those it will have on the last day at
    today's pace (`closing`), and the half width of its index's interval then; None where neither this wave nor the one
    before tells how far answers spread."""

    brand: str
    accepted: int
    target: int | None
    closing: float
    margin: float | None


@dataclass(frozen=True, slots=True, eq=False)
class SectorProgress:
    """A sector: accepted and rejected rows, accepted answers by day of fieldwork (`daily`), its quotas' sum and how it
    goes (None without quotas), each quota, each brand; `estimated`: whether results are stored; `whole`: the quotas
    that make it up, as they are predicted; `panel`: how its panel goes, None where the wave continues none."""

    sector: str
    accepted: int
    rejected: int
    daily: tuple[int, ...]
    forecast: Forecast | None
    cells: tuple[CellProgress, ...]
    brands: tuple[BrandProgress, ...]
    estimated: bool
    whole: tuple[Part, ...] = ()
    panel: PanelProgress | None = None

    @property
    def behind(self) -> tuple[CellProgress, ...]:
        """Quotas that will hardly be full in time, those that lack the most first."""
        late = [one for one in self.cells if one.forecast.behind]
        return tuple(sorted(late, key=lambda one: one.forecast.accepted - one.forecast.target))

    @property
    def short(self) -> tuple[CellProgress, ...]:
        """Quotas that are not full."""
        return tuple(one for one in self.cells if not one.forecast.full)


def field_days(field: FieldDates, today: date, latest: date | None) -> tuple[date, ...]:
    """Days of fieldwork that answers are known of: to the day of the `latest` answer, or all once it is over; none
    before it begins."""
    last = field.end if today > field.end else min(today, latest or today)
    return tuple(field.start + timedelta(days=k) for k in range((last - field.start).days + 1))


def by_day(days: pd.Series, known: Sequence[date]) -> Counts:
    """Answers on each of the `known` days; those dated before or after fieldwork count on its first or last one."""
    counts = np.zeros(len(known), dtype=np.int64)
    if len(known):
        at = [(day - known[0]).days for day in days]
        np.add.at(counts, np.clip(np.asarray(at, dtype=np.int64), 0, len(known) - 1), 1)
    return counts


def sector_progress(
    sector: str, answers: pd.DataFrame, quotas: Sequence[QuotaCell], brands: Sequence[str],
    days: Sequence[date], field: FieldDates, rejected: int = 0, estimated: bool = False, spread: Setting | None = None,
    panel: PanelProgress | None = None,
) -> SectorProgress:  # fmt: skip
    """How a sector goes. `answers`: a row an accepted answer, with brand, agency, day and the wave's variables;
    `quotas` those of this sector; `days` from `field_days`."""
    daily = by_day(answers["day"], days)
    remaining = (field.end - (days[-1] if days else field.start - timedelta(days=1))).days
    phi = dispersion(daily)
    parts = [_part(answers, one, daily, days, phi) for one in quotas]
    cells = tuple(
        CellProgress(one, forecast([part], remaining)) for one, part in zip(quotas, parts, strict=True)
    )
    whole = tuple(part for one, part in zip(quotas, parts, strict=True) if one.family == whole_family(quotas))
    return SectorProgress(
        sector, len(answers), rejected, tuple(int(n) for n in daily), forecast(whole, remaining) if whole else None,
        cells, tuple(_brand_progress(answers, one, days, remaining, quotas, spread) for one in brands),
        estimated, whole, panel,
    )  # fmt: skip


def whole_family(quotas: Sequence[QuotaCell]) -> tuple[str, ...] | None:
    """The family of quotas that make up a sector: that of the largest sum, agencies' parts only where there are no
    others; None without quotas."""
    sums: dict[tuple[str, ...], int] = {}
    for one in quotas:
        sums[one.family] = sums.get(one.family, 0) + one.target
    whole = {family: total for family, total in sums.items() if "agency" not in family} or sums
    return max(whole, key=lambda family: whole[family]) if whole else None


def _part(answers: pd.DataFrame, cell: QuotaCell, daily: Counts, days: Sequence[date], phi: float) -> Part:
    """A cell's days differ by chance and, as far as it is a part of the sector, as the sector's days do."""
    own = by_day(answers.loc[_in(answers, cell), "day"], days)
    share = own.sum() / daily.sum() if daily.sum() else 0.0
    return Part(own.astype(np.float64), cell.target, 1 + (phi - 1) * float(share))


def _in(answers: pd.DataFrame, cell: QuotaCell) -> NDArray[np.bool_]:
    inside = np.ones(len(answers), dtype=bool)
    for name, value in (("brand", cell.brand), ("agency", cell.agency), *cell.of):
        if value is not None:
            inside &= (answers[name] == value).to_numpy(dtype=bool)
    return inside


def _brand_progress(
    answers: pd.DataFrame, brand: str, days: Sequence[date], remaining: int, quotas: Sequence[QuotaCell],
    spread: Setting | None,
) -> BrandProgress:  # fmt: skip
    """A brand stops at its quota where it has one: interviewers do."""
    own = by_day(answers.loc[(answers["brand"] == brand).to_numpy(dtype=bool), "day"], days)
    targets = [one for one in quotas if one.brand == brand]
    family = whole_family(targets)
    part = Part(own.astype(np.float64), sum(one.target for one in targets if one.family == family))
    closing = expected(part, remaining)
    if targets:
        closing = max(float(part.accepted), min(closing, float(part.target)))
    return BrandProgress(
        brand, part.accepted, part.target if targets else None, closing,
        spread.margin(closing) if spread is not None and closing >= 2 else None,
    )  # fmt: skip
