"""Rows of the tables of a product test, as pages read them."""

from __future__ import annotations

from dataclasses import dataclass

from ncsi.report.text import Pair, typed


@dataclass(frozen=True, slots=True)
class Measured:
    """A row of out_test_characteristics."""

    characteristic: str
    label_zh: str
    label_en: str
    unit_zh: str
    unit_en: str
    digits: int
    lower: float
    upper: float
    guard: str
    safety: bool
    weight: float
    s_r: float
    s_r_basis: str
    u_basis: str
    source_zh: str
    source_en: str
    illustrative: bool

    @property
    def name(self) -> Pair:
        """What is measured."""
        return typed(self.label_zh, self.label_en)

    @property
    def unit(self) -> Pair:
        """The unit of measurement."""
        return Pair(self.unit_zh, self.unit_en)

    @property
    def limited(self) -> bool:
        """Whether there is a limit."""
        return self.lower == self.lower or self.upper == self.upper


@dataclass(frozen=True, slots=True)
class Result:
    """A row of out_test_results_by_product."""

    unit: str
    characteristic: str
    specimens: int
    repeats: int
    value: float
    expanded: float
    basis: str
    p_conform: float
    verdict: str
    reason: str
    repeats_differ: int
    score: float
    score_se: float


@dataclass(frozen=True, slots=True)
class Product:
    """A row of out_test_products."""

    unit: str
    label_zh: str
    label_en: str
    brand: str
    specimens: int
    score: float
    se: float
    low: float
    high: float
    rank: float
    ranked: int
    rank_low: float
    rank_high: float
    verdict: str
    safety: str
    failed: int
    undecided: int

    @property
    def name(self) -> Pair:
        """What the product is called."""
        return typed(self.label_zh, self.label_en)


@dataclass(frozen=True, slots=True)
class Agreement:
    """A row of out_test_agreement."""

    products: int
    correlation: float
    low: float
    high: float
    disattenuated: float


@dataclass(frozen=True, slots=True)
class Round:
    """A row of out_test_precision."""

    characteristic: str
    material: str
    laboratories: int
    mean: float
    s_r: float
    s_l: float
    s_big_r: float
    repeatability_limit: float
    reproducibility_limit: float
    cochran: float
    cochran_critical: float


@dataclass(frozen=True, slots=True)
class Laboratory:
    """A row of out_test_laboratories."""

    characteristic: str
    material: str
    code: str
    laboratory: str
    z_prime: float
    verdict: str
    flags: str

    @property
    def called(self) -> str:
        """Its name, or its number where laboratories are not named."""
        return self.laboratory or self.code
