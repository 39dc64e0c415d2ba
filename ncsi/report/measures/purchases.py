"""The report on suppliers of raw materials, over all of them and of each: buyers weighted by volume, and the plain mean
beside it or, where a key account decides, in its place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from ncsi.report import text
from ncsi.report.axis_rows import axis_of
from ncsi.report.content.grids import Cell, Fact, Grid, cell, grid
from ncsi.report.content.heading import Heading
from ncsi.report.measures.answers_rows import (
    NO_LINE,
    OneOfAnswers,
    SupplierRow,
    axis_row,
    by_score,
    figure,
    rank_set,
)
from ncsi.report.measures.heading import unit_file
from ncsi.report.measures.pages import MeasurePage, MeasurePages, MeasureRow, MeasureSection
from ncsi.report.result_rows import Tables, read
from ncsi.report.text import NONE, NOTHING, Pair, phrase
from ncsi.spec.measures import MeasurePlan, PurchasesDefinition
from ncsi.tables import OUT_PURCHASES, TABLES_OF_KIND

FILES = TABLES_OF_KIND["purchases"]
_DOMINATED = "dominated"


@dataclass(frozen=True, slots=True, eq=False)
class OnePurchases(OneOfAnswers):
    """The table of suppliers, and the definition of their measure."""

    definition: PurchasesDefinition

    @property
    def all(self) -> list[SupplierRow]:
        """Every part, material and supplier."""
        return read(SupplierRow, self.frame(OUT_PURCHASES.name))

    @property
    def materials(self) -> tuple[str, ...]:
        """Materials in their order."""
        return tuple(dict.fromkeys(row.material for row in self.all))

    def suppliers(self, material: str) -> list[SupplierRow]:
        """Suppliers of a material by the main part, the highest first."""
        own = [row for row in self.all if row.part == self.definition.main and row.material == material]
        return [row for row in by_score(own) if isinstance(row, SupplierRow)]


def _why(row: SupplierRow) -> Pair:
    """Of a key account in words of its own."""
    return phrase("purchases_dominated") if row.status == _DOMINATED else NOTHING


def told(row: SupplierRow) -> bool:
    """Whether any figure of it is shown."""
    return row.shown or not pd.isna(row.plain_score)


def purchases_pages(
    tables: Tables, plan: MeasurePlan[PurchasesDefinition], head: Heading, folder: str = ""
) -> MeasurePages:
    """The pages of suppliers from the disclosed table of their release: one of each that has a figure."""
    one = OnePurchases(tables, plan.id, plan.definition)
    up = "../" * len(Path(folder).parts)
    named = dict.fromkeys(row.unit for row in one.all if told(row))
    return MeasurePages(
        folder,
        replace(_main(one, head), up=up),
        tuple(replace(_supplier(one, unit, head), up=f"{up}../") for unit in named),
    )


def _main(one: OnePurchases, head: Heading) -> MeasurePage:
    main = [row for row in one.all if row.part == one.definition.main]
    return MeasurePage(
        **(head | {"title": one.about.name, "label": one.period}),
        measure=one.measure,
        unit="",
        name=NOTHING,
        kind=phrase("purchases_kind"),
        headline=_headline(one),
        score_name=NOTHING,
        value="",
        interval=text.NOTHING,
        verdict=NOTHING,
        findings=tuple(_findings(one, main)),
        facts=(
            Fact(text.count(len({row.unit for row in main})), one.about.units_name),
            Fact(text.count(sum(row.shown for row in main)), phrase("purchases_shown_fact")),
            Fact(text.count(len(one.materials)), phrase("purchases_materials_fact")),
            Fact(text.count(sum(row.n for row in main)), phrase("purchases_buyers_fact")),
        ),
        sections=tuple(_material(one, material) for material in one.materials),
        grids=tuple(_by_part(one, material) for material in one.materials),
        method=one.shown_of(
            (
                "purchases_weight",
                "purchases_dominance",
                "purchases_interval",
                "answers_scoring",
                "purchases_shown",
            )
        ),
        files=FILES,
    )


def _headline(one: OnePurchases) -> Pair:
    firsts = []
    for material in one.materials:
        placed = [row for row in one.suppliers(material) if row.shown and not pd.isna(row.rank_low)]
        first = [row for row in placed if row.rank_low == 1]
        if first and len(first) < len(placed):
            names = text.joined([row.name for row in first])
            firsts.append(phrase("purchases_first", material=material, names=names, n=len(first)))
    if not firsts:
        return phrase("purchases_headline_plain", n=len({row.unit for row in one.all}), m=len(one.materials))
    return text.clauses(firsts)


def _findings(one: OnePurchases, main: list[SupplierRow]) -> Iterator[Pair]:
    for material in one.materials:
        shown = [row for row in one.suppliers(material) if row.shown]
        if len(shown) > 1:
            yield phrase(
                "purchases_told_ends", material=material, high=shown[0].name, top=text.number(shown[0].score),
                low=shown[-1].name, bottom=text.number(shown[-1].score), n=len(shown),
            )  # fmt: skip
    dominated = [row for row in main if row.status == _DOMINATED]
    if dominated:
        key = "purchases_told_plain" if any(told(row) for row in dominated) else "purchases_told_dominated"
        yield phrase(key, names=text.joined([row.name for row in dominated]), n=len(dominated))
    few = [row for row in main if not told(row) and row.status != _DOMINATED]
    if few:
        yield phrase("purchases_told_few", names=text.joined([row.name for row in few]), n=len(few))


def _material(one: OnePurchases, material: str) -> MeasureSection:
    rows = tuple(_row(row, f"units/{unit_file(row.unit)}.html") for row in one.suppliers(material))
    return MeasureSection(
        f"material-{one.materials.index(material) + 1}", phrase("purchases_title", material=material),
        one.about.unit, one.main,
        tuple(phrase(key) for key in ("answers_rank_set", "purchases_plain", "purchases_n", "purchases_n_eff")),
        rows, axis_of(rows), NO_LINE, phrase("purchases_note", level=f"{100 * one.about.level:g}"),
    )  # fmt: skip


def _row(row: SupplierRow, href: str) -> MeasureRow:
    made = axis_row(
        row.name, row,
        (cell(rank_set(row.rank_low, row.rank_high)), _plain(row), cell(text.count(row.n)),
         cell(text.number(row.n_eff))),
        why=_why(row),
    )  # fmt: skip
    return replace(made, href=href if told(row) else "")


def _plain(row: SupplierRow) -> Cell:
    if pd.isna(row.plain_score):
        return cell(NONE)
    return cell(text.number(row.plain_score), text.interval(row.plain_low, row.plain_high))


def _by_part(one: OnePurchases, material: str) -> Grid:
    at = {(row.unit, row.part): row for row in one.all if row.material == material}
    rows = [
        [cell(row.name), *(figure(at.get((row.unit, part))) for part in one.parts)]
        for row in one.suppliers(material)
    ]
    made = grid("purchases_by_part", [one.about.unit, *one.parts.values()], rows,
                phrase("answers_by_part_note", level=f"{100 * one.about.level:g}"),
                material=text.same(material))  # fmt: skip
    return replace(made, id=f"{made.id}-{one.materials.index(material) + 1}")


def _supplier(one: OnePurchases, unit: str, head: Heading) -> MeasurePage:
    own = [row for row in one.all if row.unit == unit]
    main = [row for row in own if row.part == one.definition.main]
    first = main[0]
    single = len(main) == 1
    score = first.score if first.shown else first.plain_score
    ends = (first.low, first.high) if first.shown else (first.plain_low, first.plain_high)
    return MeasurePage(
        **(head | {"title": one.about.name, "label": one.period}),
        measure=one.measure,
        unit=unit,
        name=first.name,
        kind=phrase("purchases_kind"),
        headline=text.clauses([_supplier_headline(row) for row in main]),
        score_name=phrase(
            "purchases_score" if first.shown else "purchases_score_plain",
            part=one.main,
            material=first.material,
        ),
        value=text.number(score) if single else "",
        interval=text.NOTHING if not single or pd.isna(ends[0]) else text.interval(*ends),
        verdict=NOTHING,
        findings=tuple(
            phrase("purchases_told_buyers", material=row.material, n=row.n, all=_all(row)) for row in main
        ),
        facts=tuple(
            Fact(text.count(row.n), phrase("purchases_buyers_of", material=row.material)) for row in main
        ),
        sections=tuple(_parts(one, [row for row in own if row.material == each.material]) for each in main),
        grids=(),
        files=FILES,
        editions=("both",),
        pdf=unit_file(unit),
        whole="../index.html",
    )


def _all(row: SupplierRow) -> str:
    return NONE if pd.isna(row.buyers) else text.count(int(row.buyers))


def _supplier_headline(row: SupplierRow) -> Pair:
    if row.status == _DOMINATED:
        return phrase("purchases_headline_dominated", material=row.material)
    if pd.isna(row.rank_low):
        return phrase("purchases_headline_unranked", material=row.material)
    return phrase(
        "purchases_headline_rank", material=row.material, ranks=rank_set(row.rank_low, row.rank_high)
    )


def _parts(one: OnePurchases, own: list[SupplierRow]) -> MeasureSection:
    rows = tuple(
        axis_row(one.parts[row.part], row, (_plain(row), cell(text.count(row.n))), why=_why(row))
        for part in one.parts for row in own if row.part == part
    )  # fmt: skip
    material = own[0].material
    return MeasureSection(
        f"parts-{one.materials.index(material) + 1}", phrase("purchases_parts", material=material),
        phrase("answers_part"), phrase("answers_score"),
        tuple(phrase(key) for key in ("purchases_plain", "purchases_n")), rows, axis_of(rows), NO_LINE,
        phrase("purchases_note", level=f"{100 * one.about.level:g}"),
    )  # fmt: skip
