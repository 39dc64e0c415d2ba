"""Rows of the tables of mystery visits, as pages read them."""

from __future__ import annotations

from dataclasses import dataclass

from ncsi.report.text import Pair, typed


@dataclass(frozen=True, slots=True)
class ChainScore:
    """A row of out_visits_by_chain."""

    chain: str
    label_zh: str
    label_en: str
    stores: int
    visits: int
    invalid: int
    capped: float
    score: float
    low: float
    high: float
    ratio: float
    rank: float
    ranked: int
    rank_low: float
    rank_high: float
    status: str

    @property
    def name(self) -> Pair:
        """What the chain is called."""
        return typed(self.label_zh, self.label_en)


@dataclass(frozen=True, slots=True)
class Looked:
    """A row of out_visits_items."""

    item: str
    label_zh: str
    label_en: str
    weight: float
    critical: bool
    source_zh: str
    source_en: str

    @property
    def name(self) -> Pair:
        """What is looked at."""
        return typed(self.label_zh, self.label_en)


@dataclass(frozen=True, slots=True)
class ItemShare:
    """A row of out_visits_item_by_chain."""

    chain: str
    item: str
    asked: float
    passed: float
    rate: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ShopperCheck:
    """A row of out_visits_shoppers."""

    shoppers: int
    stores: int
    stores_twice: int
    share_twice: float
    pairs: int
    agreement: float
    kappa: float
    apart: float
    rho: float
    verdict: str
