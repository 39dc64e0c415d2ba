"""What pages of a product test are made of: products on an axis, their characteristics, laboratories, uncertainty."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from ncsi.report import text
from ncsi.report.axis_rows import Tone, axis_of
from ncsi.report.content.grids import Cell, Grid, cell, grid
from ncsi.report.measures.heading import unit_file
from ncsi.report.measures.pages import MeasureRow, MeasureSection
from ncsi.report.measures.product_test_rows import Agreement, Laboratory, Measured, Product, Result, Round
from ncsi.report.measures.tables import OneMeasure
from ncsi.report.result_rows import of, read
from ncsi.report.text import NONE, NOTHING, Pair, phrase
from ncsi.spec.measures import ProductTestDefinition
from ncsi.tables import (
    OUT_TEST_AGREEMENT,
    OUT_TEST_CHARACTERISTICS,
    OUT_TEST_LABORATORIES,
    OUT_TEST_PRECISION,
    OUT_TEST_PRODUCTS,
    OUT_TEST_RESULTS,
)

_FACTOR = 1.959963984540054
_TONES: dict[str, Tone] = {"does_not_conform": "down"}
_NO_LINE = -1.0
"""A reference off the axis of scores: none is drawn."""


@dataclass(frozen=True, slots=True, eq=False)
class OneTest(OneMeasure):
    """The tables of a product test, and the definition of its measure."""

    definition: ProductTestDefinition

    @property
    def products(self) -> list[Product]:
        """Products: ranked ones by score, then those without a score, at the end those that failed a safety gate."""
        rows = read(Product, self.frame(OUT_TEST_PRODUCTS.name))
        return sorted(rows, key=lambda row: (row.safety == "failed", -_or(row.score, -1.0), row.unit))

    @property
    def characteristics(self) -> list[Measured]:
        """What is measured, in the order of the definition."""
        return read(Measured, self.frame(OUT_TEST_CHARACTERISTICS.name).sort_values("position"))

    def results(self, unit: str) -> dict[str, Result]:
        """Results of a product by characteristic."""
        own = read(Result, of(self.frame(OUT_TEST_RESULTS.name), unit=unit))
        return {row.characteristic: row for row in own}

    @property
    def agreement(self) -> Agreement | None:
        """Tested against perceived quality; None where nobody was asked."""
        return next(iter(read(Agreement, self.frame(OUT_TEST_AGREEMENT.name))), None)

    @property
    def rounds(self) -> list[Round]:
        """Rounds of laboratories."""
        return read(Round, self.frame(OUT_TEST_PRECISION.name))

    @property
    def laboratories(self) -> list[Laboratory]:
        """Laboratories in all rounds."""
        return read(Laboratory, self.frame(OUT_TEST_LABORATORIES.name))


def _or(value: float, other: float) -> float:
    return other if pd.isna(value) else float(value)


def rank_set(row: Product) -> str:
    """The ranks that uncertainty leaves open; a dash where they are not known."""
    return NONE if pd.isna(row.rank_low) else text.ranks(int(row.rank_low), int(row.rank_high))


def verdict_of(row: Product) -> Cell:
    """All limits of a product together, in words; a failed safety gate said so."""
    key = "failed_safety" if row.safety == "failed" else row.verdict
    return cell(phrase(f"test_{key}"), "", _TONES.get(row.verdict, ""))


def products_section(one: OneTest) -> MeasureSection | None:
    """Products by score with expanded uncertainty, rank set and verdict; None where nothing is scored."""
    rows = tuple(_product_row(row) for row in one.products if not math.isnan(row.score))
    if not rows:
        return None
    heads = ("test_rank_set", "test_verdict", "test_specimens")
    return MeasureSection(
        "products",
        phrase("test_products", units=one.about.units_name),
        one.about.unit,
        phrase("test_score"),
        tuple(phrase(key) for key in heads),
        rows,
        axis_of(rows),
        _NO_LINE,
        phrase("test_products_note", level=f"{100 * one.about.level:g}"),
    )


def _product_row(row: Product) -> MeasureRow:
    known = not math.isnan(row.se)
    return MeasureRow(
        name=row.name,
        value=text.number(row.score),
        interval=text.interval(row.low, row.high) if known else text.NOTHING,
        x=row.score,
        x_low=row.low if known else row.score,
        x_high=row.high if known else row.score,
        below=NOTHING if known else phrase("test_one_specimen"),
        href=f"units/{unit_file(row.unit)}.html",
        cells=(
            cell(phrase("test_not_ranked") if row.safety == "failed" else rank_set(row)),
            verdict_of(row),
            cell(text.count(row.specimens)),
        ),
    )


def scores_section(one: OneTest, unit: str) -> MeasureSection | None:
    """Scores of one product by characteristic; None where nothing is scored."""
    own = one.results(unit)
    rows = []
    for each in one.characteristics:
        found = own.get(each.characteristic)
        if found is None or math.isnan(found.score):
            continue
        reach = 0.0 if math.isnan(found.score_se) else _FACTOR * found.score_se
        low, high = max(0.0, found.score - reach), min(100.0, found.score + reach)
        rows.append(
            MeasureRow(
                name=each.name, value=text.number(found.score), x=found.score, x_low=low, x_high=high,
                interval=text.interval(low, high) if reach else text.NOTHING, cells=(cell(text.share(each.weight)),),
            )
        )  # fmt: skip
    if not rows:
        return None
    return MeasureSection(
        "scores", phrase("test_scores"), phrase("test_characteristic"), phrase("test_score"),
        (phrase("test_weight"),), tuple(rows), axis_of(rows, 0.0, 100.0), _NO_LINE, phrase("test_scores_note"),
    )  # fmt: skip


def results_grid(one: OneTest) -> Grid:
    """Products × characteristics: the value with U; of limits, conformity in words."""
    of_products = [(row, one.results(row.unit)) for row in one.products]
    listed = one.characteristics
    heads = [one.about.unit, *(_head(each) for each in listed)]
    rows = [
        [cell(row.name), *(_result_cell(each, own.get(each.characteristic)) for each in listed)]
        for row, own in of_products
    ]
    note = phrase("test_results_note", level=f"{100 * one.about.level:g}")
    return grid("test_results", heads, rows, note)


def _head(each: Measured) -> Pair:
    return Pair(f"{each.label_zh}（{each.unit_zh}）", f"{each.label_en} ({each.unit_en})")


def _result_cell(each: Measured, found: Result | None) -> Cell:
    if found is None or math.isnan(found.value):
        return cell(phrase("test_not_tested"))
    figure = f"{text.number(found.value, each.digits)}±{text.number(found.expanded, _digits(each, found))}"
    if found.verdict == "no_limit":
        return cell(figure)
    return cell(phrase(f"test_{found.verdict}"), figure, _TONES.get(found.verdict, ""))


def _digits(each: Measured, found: Result) -> int:
    """One more digit where U would otherwise be printed as 0."""
    return each.digits if found.expanded >= 0.5 * 10**-each.digits else each.digits + 1


def limit_of(each: Measured) -> text.Pair:
    """The limits of a characteristic, in its unit."""
    if not each.limited:
        return text.same(NONE)
    low, high = (text.number(end, _needed(end)) for end in (each.lower, each.upper))
    if math.isnan(each.upper):
        return text.same(f"≥ {low}")
    return text.same(f"≤ {high}") if math.isnan(each.lower) else text.reach(low, high)


def _needed(value: float) -> int:
    """Digits after the point that a limit was declared with."""
    return 0 if math.isnan(value) else len(f"{value:g}".partition(".")[2])


def unit_grid(one: OneTest, unit: str) -> Grid:
    """Every characteristic of one product."""
    own = one.results(unit)
    rows = []
    for each in one.characteristics:
        found = own.get(each.characteristic)
        if found is None or math.isnan(found.value):
            rows.append([cell(_head(each)), cell(NONE), cell(limit_of(each)), cell(NONE),
                         cell(phrase("test_not_tested")), cell(NOTHING)])  # fmt: skip
            continue
        figure = (
            text.number(found.value, each.digits),
            f"± {text.number(found.expanded, _digits(each, found))}",
        )
        chance = NONE if math.isnan(found.p_conform) else _chance(found.p_conform)
        verdict = cell(phrase(f"test_{found.verdict}"), "", _TONES.get(found.verdict, ""))
        rows.append(
            [cell(_head(each)), cell(*figure), cell(limit_of(each)), cell(chance), verdict, cell(_why(found))]
        )
    heads = ("test_characteristic", "test_value", "test_limit", "test_chance", "test_verdict", "test_remark")
    return grid(
        "test_unit_results", heads, rows, phrase("test_unit_note", level=f"{100 * one.about.level:g}"), (0, 5)
    )


def _chance(p: float) -> str:
    return ">99%" if p > 0.99 else "<1%" if p < 0.01 else text.share(p)


def _why(found: Result) -> Pair:
    told = [phrase("test_why_guard_band")] if found.reason == "guard_band" else []
    if found.repeats_differ:
        told.append(phrase("test_why_repeats_differ"))
    if found.basis == "specimen":
        told.append(phrase("test_why_specimen"))
    return text.clauses(told) if told else NOTHING


def characteristics_grid(one: OneTest) -> Grid:
    """What is measured, its limits and weight, how sure it is, where it comes from."""
    rows = [
        [
            cell(_head(each)), cell(limit_of(each)),
            cell(phrase("test_gate") if each.safety else NONE), cell(_share(each.weight)),
            cell(text.number(each.s_r, each.digits + 2), "", ""), cell(phrase(f"test_u_{each.u_basis}")),
            cell(Pair(each.source_zh, each.source_en)),
        ]
        for each in one.characteristics
    ]  # fmt: skip
    heads = (
        "test_characteristic", "test_limit", "test_safety", "test_weight", "test_repeatability", "test_u_from",
        "test_source",
    )  # fmt: skip
    return grid("test_characteristics", heads, rows, phrase("test_characteristics_note"), (0, 6))


def _share(weight: float) -> str:
    return NONE if math.isnan(weight) else text.share(weight)


def precision_grid(one: OneTest) -> Grid:
    """Precision of each method where several laboratories measured one material."""
    named = {each.characteristic: each for each in one.characteristics}
    rows = []
    for row in one.rounds:
        each = named[row.characteristic]
        digits = each.digits + 1
        figures = (
            row.mean,
            row.s_r,
            row.s_l,
            row.s_big_r,
            row.repeatability_limit,
            row.reproducibility_limit,
        )
        rows.append([
            cell(_head(each)), cell(row.material or phrase("test_comparison")), cell(text.count(row.laboratories)),
            *(cell(text.number(figure, digits)) for figure in figures),
        ])  # fmt: skip
    heads = (
        "test_characteristic", "test_material", "test_laboratories", "test_mean", "test_s_r", "test_s_l",
        "test_s_big_r", "test_limit_r", "test_limit_big_r",
    )  # fmt: skip
    return grid("test_precision", heads, rows, phrase("test_precision_note"), (0, 1))


def laboratories_grid(one: OneTest) -> Grid:
    """z′ of every laboratory and characteristic, and what else stands out."""
    named = {each.characteristic: each for each in one.characteristics}
    rounds = list(dict.fromkeys((row.characteristic, row.material) for row in one.laboratories))
    found = {(row.called, row.characteristic, row.material): row for row in one.laboratories}
    heads = [phrase("test_laboratory"), *(named[name].name for name, _ in rounds)]
    rows = [
        [cell(code), *(_z_cell(found.get((code, *each))) for each in rounds)]
        for code in dict.fromkeys(row.called for row in one.laboratories)
    ]
    return grid("test_z", heads, rows, phrase("test_z_note")) if rows else grid("test_z", heads, [])


def _z_cell(row: Laboratory | None) -> Cell:
    if row is None or math.isnan(row.z_prime):
        return cell(NONE)
    told = [phrase(f"test_flag_{flag}").zh for flag in row.flags.split()]
    tone: Tone = "down" if row.verdict == "action" else ""
    mark = {"warning": " △", "action": " ▲"}.get(row.verdict, "")
    return cell(f"{text.number(row.z_prime)}{mark}", " ".join(told), tone)


def z_sections(one: OneTest) -> Iterable[MeasureSection]:
    """z′ of the laboratories on an axis, of the characteristics where one of them warns, at most three."""
    named = {each.characteristic: each for each in one.characteristics}
    rounds: dict[tuple[str, str], list[Laboratory]] = {}
    for row in one.laboratories:
        if not math.isnan(row.z_prime):
            rounds.setdefault((row.characteristic, row.material), []).append(row)
    worst = sorted(rounds.items(), key=lambda item: -max(abs(row.z_prime) for row in item[1]))
    for (name, material), own in [
        item for item in worst if any(row.verdict != "satisfactory" for row in item[1])
    ][:3]:
        rows = tuple(
            MeasureRow(
                name=text.same(row.called), value=text.number(row.z_prime), interval=text.NOTHING, x=row.z_prime,
                x_low=min(0.0, row.z_prime), x_high=max(0.0, row.z_prime),
                cells=(cell(phrase(f"test_{row.verdict}"), "", "down" if row.verdict == "action" else ""),),
            )
            for row in sorted(own, key=lambda row: -row.z_prime)
        )  # fmt: skip
        yield MeasureSection(
            f"z-{name}" + (f"-{material}" if material else ""), phrase("test_z_of", name=named[name].name),
            phrase("test_laboratory"), phrase("test_z_score"), (phrase("test_verdict"),), rows,
            axis_of(rows, -3.0, 3.0), 0.0, phrase("test_z_section_note"),
        )  # fmt: skip
