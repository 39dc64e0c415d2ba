"""Rows of the tables of surveys of passengers, as pages read them."""

from __future__ import annotations

from dataclasses import dataclass

from ncsi.report.text import Pair, typed


@dataclass(frozen=True, slots=True)
class OperatorScore:
    """A row of out_passengers: of an operator, a part or a question."""

    unit: str
    label_zh: str
    label_en: str
    level: str
    question: str
    part: str
    n: int
    clusters: int
    score: float
    low: float
    high: float
    deff: float
    rank: float
    rank_low: float
    rank_high: float
    status: str

    @property
    def name(self) -> Pair:
        """What the operator is called."""
        return typed(self.label_zh, self.label_en)


@dataclass(frozen=True, slots=True)
class DomainScore:
    """A row of out_passengers_by_domain."""

    unit: str
    question: str
    dimension: str
    domain: str
    n: int
    clusters: int
    score: float
    low: float
    high: float
    difference: float
    difference_low: float
    difference_high: float
    verdict: str
    status: str


@dataclass(frozen=True, slots=True)
class OperatorChange:
    """A row of out_passengers_changes."""

    unit: str
    label_zh: str
    label_en: str
    level: str
    question: str
    previous_period: str
    was_0_100: float
    difference: float
    difference_low: float
    difference_high: float
    verdict: str

    @property
    def name(self) -> Pair:
        """What the operator is called."""
        return typed(self.label_zh, self.label_en)
