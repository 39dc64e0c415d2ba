"""The notice of a product test, over all products and of each: conformity in three answers, score with its rank set,
how sure the measurements are."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pandas as pd

from ncsi.report import text
from ncsi.report.content.grids import Fact, Paragraph
from ncsi.report.content.heading import Heading
from ncsi.report.measures.heading import unit_file
from ncsi.report.measures.pages import MeasurePage, MeasurePages
from ncsi.report.measures.product_test_parts import (
    OneTest,
    characteristics_grid,
    laboratories_grid,
    precision_grid,
    products_section,
    rank_set,
    results_grid,
    scores_section,
    unit_grid,
    z_sections,
)
from ncsi.report.measures.product_test_rows import Product
from ncsi.report.result_rows import Tables
from ncsi.report.text import NOTHING, Pair, phrase
from ncsi.spec.measures import MeasurePlan, ProductTestDefinition
from ncsi.tables import TABLES_OF_KIND

FILES = TABLES_OF_KIND["product_test"]


def product_test_pages(
    tables: Tables, plan: MeasurePlan[ProductTestDefinition], head: Heading, folder: str = ""
) -> MeasurePages:
    """The pages of a product test from the disclosed tables of its release: a notice for every product shown."""
    one = OneTest(tables, plan.id, plan.definition)
    up = "../" * len(Path(folder).parts)
    return MeasurePages(
        folder,
        replace(_main(one, head), up=up),
        tuple(replace(_unit(one, row, head), up=f"{up}../") for row in one.products),
    )


def _main(one: OneTest, head: Heading) -> MeasurePage:
    products = one.products
    fit, unfit = (sum(row.verdict == word for row in products) for word in ("conforms", "does_not_conform"))
    section = products_section(one)
    return MeasurePage(
        **(head | {"title": one.about.name, "label": one.period}),
        measure=one.measure,
        unit="",
        name=NOTHING,
        kind=phrase("test_kind"),
        headline=phrase(
            "test_headline", n=len(products), units=one.about.units_name, fit=fit, unfit=unfit,
            open=len(products) - fit - unfit,
        ),
        score_name=phrase("test_share_conforming", units=one.about.units_name),
        value=f"{fit}/{len(products)}" if products else text.NONE,
        interval=text.NOTHING,
        verdict=NOTHING,
        findings=tuple(_findings(one, products)),
        facts=_facts(one, products),
        sections=() if section is None else (section,),
        grids=(results_grid(one),),
        undecided=tuple(_undecided(one, products)),
        evidence=tuple(z_sections(one)),
        about_method=(laboratories_grid(one), precision_grid(one), characteristics_grid(one)),
        method=_method(one),
        files=FILES,
    )  # fmt: skip


def _facts(one: OneTest, products: list[Product]) -> tuple[Fact, ...]:
    return (
        Fact(text.count(len(products)), one.about.units_name),
        Fact(text.count(sum(row.specimens for row in products)), phrase("test_specimens_fact")),
        Fact(text.count(one.about.source_rows), phrase("test_measurements_fact")),
        Fact(text.count(max((row.laboratories for row in one.rounds), default=1)), phrase("test_laboratories_fact")),
    )  # fmt: skip


def _findings(one: OneTest, products: list[Product]) -> Iterator[Pair]:
    unsafe = [row for row in products if row.safety == "failed"]
    if unsafe:
        yield phrase("test_told_unsafe", names=text.joined([row.name for row in unsafe]))
    first = [row for row in products if not pd.isna(row.rank_low) and row.rank_low == 1]
    if first:
        yield phrase("test_told_first", names=text.joined([row.name for row in first]))
    yield from _open(products)
    single = [row for row in products if row.specimens == 1]
    if single:
        yield phrase("test_told_single", names=text.joined([row.name for row in single]))
    again = [row for row in products if any(found.repeats_differ for found in one.results(row.unit).values())]
    if again:
        yield phrase("test_told_again", names=text.joined([row.name for row in again]))
    yield from _perceived(one)
    off = [row for row in one.laboratories if row.verdict in ("warning", "action")]
    if off:
        yield phrase("test_told_off", n=len(off), of=len(one.laboratories))


def _open(products: list[Product]) -> Iterator[Pair]:
    found = [row for row in products if row.undecided and row.safety != "failed"]
    if found:
        yield phrase("test_told_open", names=text.joined([row.name for row in found]))


def _undecided(one: OneTest, products: list[Product]) -> Iterator[Pair]:
    """Products that cannot be told to conform; a test is not repeated, so that nothing is compared with one before."""
    yield phrase("situation_first", name=one.about.name)
    yield from _open(products)


def _perceived(one: OneTest) -> Iterator[Pair]:
    found = one.agreement
    if found is None:
        return
    if math.isnan(found.correlation):
        yield phrase("test_told_few", n=found.products, units=one.about.units_name)
        return
    word = "agree" if found.low > 0 else "against" if found.high < 0 else "unclear"
    yield phrase(
        f"test_told_{word}", n=found.products, units=one.about.units_name, rho=text.number(found.correlation, 2),
        interval=text.interval(found.low, found.high, 2),
    )  # fmt: skip
    if not math.isnan(found.disattenuated):
        yield phrase("test_told_disattenuated", rho=text.number(found.disattenuated, 2))


def _unit(one: OneTest, row: Product, head: Heading) -> MeasurePage:
    section = scores_section(one, row.unit)
    key = "failed_safety" if row.safety == "failed" else row.verdict
    return MeasurePage(
        **(head | {"title": one.about.name, "label": one.period}),
        measure=one.measure,
        unit=row.unit,
        name=row.name,
        kind=phrase("test_kind"),
        headline=phrase(f"test_headline_{key}"),
        score_name=phrase("test_score_100"),
        value=text.number(row.score),
        interval=text.NOTHING if math.isnan(row.se) else text.interval(row.low, row.high),
        verdict=phrase(f"test_{key}"),
        findings=tuple(_told_of(one, row)),
        facts=(),
        sections=() if section is None else (section,),
        grids=(unit_grid(one, row.unit),),
        files=FILES,
        editions=("both",),
        pdf=unit_file(row.unit),
        whole="../index.html",
    )


def _told_of(one: OneTest, row: Product) -> Iterator[Pair]:
    own = one.results(row.unit)
    named = {each.characteristic: each.name for each in one.characteristics}
    for word in ("does_not_conform", "undecided", "not_tested"):
        found = [named[name] for name, result in own.items() if result.verdict == word]
        if found:
            yield phrase(f"test_of_{word}", names=text.joined(found))
    if row.safety == "failed":
        yield phrase("test_of_unranked")
    elif not pd.isna(row.rank_low):
        yield phrase("test_of_rank", ranks=rank_set(row), n=row.ranked, units=one.about.units_name)
    if row.specimens == 1:
        yield phrase("test_of_single")
    else:
        yield phrase("test_of_specimens", n=row.specimens)


def _method(one: OneTest) -> tuple[Paragraph, ...]:
    keys = ("uncertainty", "conforming", "scoring", "precise", "shown")
    return (
        *one.method(),
        *(Paragraph(phrase(f"test_{key}_name"), phrase(f"test_{key}_text")) for key in keys),
    )
