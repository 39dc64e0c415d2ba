"""Rows of the tables of complaints, as pages read them."""

from __future__ import annotations

from dataclasses import dataclass

from ncsi.report.text import Pair, typed


@dataclass(frozen=True, slots=True)
class FirmRate:
    """A row of out_complaints_by_firm."""

    span: str
    unit: str
    label_zh: str
    label_en: str
    first_month: str
    last_month: str
    months: int
    complaints: int
    items: float
    per_million: float
    low: float
    high: float
    ratio: float
    ratio_low: float
    ratio_high: float
    verdict: str

    @property
    def name(self) -> Pair:
        """What the firm is called."""
        return typed(self.label_zh, self.label_en)


@dataclass(frozen=True, slots=True)
class MonthRate:
    """A row of out_complaints_by_month."""

    unit: str
    month: str
    season: bool
    complaints: int
    items: float
    per_million: float
    low: float
    high: float
    ratio: float
    ratio_low: float
    ratio_high: float
    verdict: str


@dataclass(frozen=True, slots=True)
class Handled:
    """A row of out_complaints_handling."""

    span: str
    unit: str
    label_zh: str
    label_en: str
    series: str
    series_zh: str
    series_en: str
    meant: bool
    first_month: str
    last_month: str
    satisfied: int
    valid: int
    share: float
    low: float
    high: float
    line: float
    verdict: str

    @property
    def name(self) -> Pair:
        """What the firm is called."""
        return typed(self.label_zh, self.label_en)

    @property
    def of(self) -> Pair:
        """Whose handling."""
        return Pair(self.series_zh, self.series_en)


@dataclass(frozen=True, slots=True)
class Charted:
    """A row of out_complaints_chart."""

    chart: str
    unit: str
    label_zh: str
    label_en: str
    month: str
    segment: int
    base: bool
    season: bool
    value: float
    centre: float
    limit_low: float
    limit_high: float
    spread: float
    adjusted: bool
    signal: str

    @property
    def name(self) -> Pair:
        """What the firm is called."""
        return typed(self.label_zh, self.label_en)


@dataclass(frozen=True, slots=True)
class Broken:
    """A row of out_complaints_breaks."""

    month: str
    applies: str
    reason_zh: str
    reason_en: str

    @property
    def reason(self) -> Pair:
        """Why."""
        return Pair(self.reason_zh, self.reason_en)
