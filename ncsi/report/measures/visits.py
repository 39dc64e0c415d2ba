"""The report on mystery visits, over all chains and of each: scores over stores with their rank sets, pass rates of
items, and whether it mattered who went."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from ncsi.report import text
from ncsi.report.axis_rows import axis_of
from ncsi.report.content.grids import Fact, Grid, Paragraph, cell, grid
from ncsi.report.content.heading import Heading
from ncsi.report.measures.heading import unit_file
from ncsi.report.measures.pages import MeasurePage, MeasurePages, MeasureRow, MeasureSection
from ncsi.report.measures.tables import OneMeasure
from ncsi.report.measures.visits_rows import ChainScore, ItemShare, Looked, ShopperCheck
from ncsi.report.result_rows import Tables, of, read
from ncsi.report.text import NONE, NOTHING, Pair, phrase
from ncsi.spec.measures import MeasurePlan, VisitsDefinition
from ncsi.tables import (
    OUT_VISITS_BY_CHAIN,
    OUT_VISITS_ITEM_BY_CHAIN,
    OUT_VISITS_ITEMS,
    OUT_VISITS_SHOPPERS,
    TABLES_OF_KIND,
)

FILES = TABLES_OF_KIND["visits"]
_NO_LINE = -1.0
"""A reference off the axis of scores: none is drawn."""


@dataclass(frozen=True, slots=True, eq=False)
class OneSurvey(OneMeasure):
    """The tables of an experience survey, and the definition of its measure."""

    definition: VisitsDefinition

    @property
    def chains(self) -> list[ChainScore]:
        """Chains by score, those of too few stores last."""
        rows = [row for row in self._all if row.chain]
        return sorted(
            rows, key=lambda row: (row.status != "published", -row.score if row.score == row.score else 0)
        )

    @property
    def shown(self) -> list[ChainScore]:
        """Chains that have enough stores."""
        return [row for row in self.chains if row.status == "published"]

    @property
    def whole(self) -> ChainScore | None:
        """All chains that have enough stores together."""
        return next((row for row in self._all if not row.chain), None)

    @property
    def _all(self) -> list[ChainScore]:
        return read(ChainScore, self.frame(OUT_VISITS_BY_CHAIN.name))

    @property
    def items(self) -> list[Looked]:
        """What shoppers look at, in the order of the definition."""
        return read(Looked, self.frame(OUT_VISITS_ITEMS.name).sort_values("position"))

    def rates(self, chain: str) -> dict[str, ItemShare]:
        """Pass rates of a chain by item; of all together for empty text."""
        own = read(ItemShare, of(self.frame(OUT_VISITS_ITEM_BY_CHAIN.name), chain=chain))
        return {row.item: row for row in own}

    @property
    def shoppers(self) -> ShopperCheck:
        """Whether it mattered who went."""
        return read(ShopperCheck, self.frame(OUT_VISITS_SHOPPERS.name))[0]

    @property
    def chain_name(self) -> Pair:
        """What a chain is called."""
        return text.pair(self.definition.chains)


def visits_pages(
    tables: Tables, plan: MeasurePlan[VisitsDefinition], head: Heading, folder: str = ""
) -> MeasurePages:
    """The pages of an experience survey from the disclosed tables of its release: one for every chain that has enough
    stores, under the name of the chain."""
    one = OneSurvey(tables, plan.id, plan.definition)
    up = "../" * len(Path(folder).parts)
    return MeasurePages(
        folder,
        replace(_main(one, head), up=up),
        tuple(replace(_chain(one, row, head), up=f"{up}../") for row in one.shown),
    )


def _main(one: OneSurvey, head: Heading) -> MeasurePage:
    whole = one.whole
    section = _chains_section(one)
    return MeasurePage(
        **(head | {"title": one.about.name, "label": one.period}),
        measure=one.measure,
        unit="",
        name=NOTHING,
        kind=phrase("visits_kind"),
        headline=_headline(one),
        score_name=phrase("visits_score_of_all"),
        value=NONE if whole is None else text.number(whole.score),
        interval=text.NOTHING if whole is None else text.interval(whole.low, whole.high),
        verdict=NOTHING,
        findings=tuple(_findings(one)),
        facts=_facts(one),
        sections=tuple(made for made in (section, _items_section(one, "")) if made is not None),
        grids=(_rates_grid(one),),
        undecided=tuple(_undecided(one)),
        about_method=(_items_grid(one),),
        method=_method(one),
        files=FILES,
    )


def _headline(one: OneSurvey) -> Pair:
    first = [row for row in one.shown if not pd.isna(row.rank_low) and row.rank_low == 1]
    if len(one.shown) < 2:
        return phrase("visits_headline_plain", n=len(one.chains), chains=one.chain_name)
    if len(first) == len(one.shown):
        return phrase("visits_headline_level", chains=one.chain_name)
    if not first:
        return phrase("visits_headline_plain", n=len(one.chains), chains=one.chain_name)
    return phrase(
        "visits_headline_one" if len(first) == 1 else "visits_headline_first",
        names=text.joined([row.name for row in first]),
        n=len(first),
    )


def _undecided(one: OneSurvey) -> Iterator[Pair]:
    """Which chain is first, where several may be; visits are of one period, so that nothing is compared with one
    before."""
    yield phrase("situation_first", name=one.about.name)
    if len([row for row in one.shown if row.rank_low == 1]) > 1:
        yield phrase("visits_state_open", name=one.about.name, told=_headline(one))


def _facts(one: OneSurvey) -> tuple[Fact, ...]:
    chains = one.chains
    return (
        Fact(text.count(len(chains)), phrase("visits_chains_fact")),
        Fact(text.count(sum(row.stores for row in chains)), one.about.units_name),
        Fact(text.count(sum(row.visits for row in chains)), phrase("visits_valid_fact")),
        Fact(text.count(sum(row.invalid for row in chains)), phrase("visits_invalid_fact")),
    )


def _findings(one: OneSurvey) -> Iterator[Pair]:
    whole, rates = one.whole, one.rates("")
    if whole is not None:
        yield phrase(
            "visits_told_all", score=text.number(whole.score), interval=text.interval(whole.low, whole.high),
            stores=text.count(whole.stores),
        )  # fmt: skip
    named = {row.item: row.name for row in one.items}
    if len(rates) > 2:
        lowest = sorted(rates.values(), key=lambda row: row.rate)[:2]
        yield phrase("visits_told_lowest", items=text.clauses([
            phrase("visits_item_rate", item=named[row.item], rate=text.share(row.rate, 1),
                   interval=text.interval(100 * row.low, 100 * row.high)) for row in lowest
        ]))  # fmt: skip
    few = [row for row in one.chains if row.status != "published"]
    if few:
        yield phrase("visits_told_few", names=text.joined([row.name for row in few]))
    invalid = sum(row.invalid for row in one.chains)
    if invalid:
        most = text.share(one.definition.most_not_applicable)
        yield phrase("visits_told_invalid", n=invalid, most=most)
    capped = sum(int(row.capped) for row in one.shown if not pd.isna(row.capped))
    if capped and one.definition.critical_cap is not None:
        yield phrase("visits_told_capped", n=capped, cap=f"{one.definition.critical_cap:g}")
    yield _shoppers(one)


def _shoppers(one: OneSurvey) -> Pair:
    found = one.shoppers
    share = text.share(found.share_twice)
    if found.verdict != "checked" or math.isnan(found.kappa):
        return phrase("visits_told_unchecked", n=found.stores_twice, share=share)
    return phrase(
        "visits_told_shoppers", n=found.stores_twice, share=share, kappa=text.number(found.kappa, 2),
        agreement=text.number(found.agreement), apart=text.number(found.apart),
    )  # fmt: skip


def _chains_section(one: OneSurvey) -> MeasureSection | None:
    rows = tuple(_chain_row(row) for row in one.chains)
    whole = one.whole
    if whole is None or not rows:
        return None
    return MeasureSection(
        "chains",
        phrase("visits_chains", chains=one.chain_name),
        one.chain_name,
        phrase("visits_score"),
        tuple(
            phrase(key) for key in ("visits_rank_set", "visits_stores", "visits_counted", "visits_uncounted")
        ),
        rows,
        axis_of(rows, whole.score),
        whole.score,
        phrase("visits_chains_note", level=f"{100 * one.about.level:g}"),
    )


def _chain_row(row: ChainScore) -> MeasureRow:
    shown = row.status == "published"
    ranks = NONE if pd.isna(row.rank_low) else text.ranks(int(row.rank_low), int(row.rank_high))
    return MeasureRow(
        name=row.name,
        value=text.number(row.score) if shown else NONE,
        interval=text.interval(row.low, row.high) if shown else text.NOTHING,
        x=row.score if shown else None,
        x_low=row.low if shown else None,
        x_high=row.high if shown else None,
        shown=shown,
        note=NOTHING if shown else phrase("visits_too_few"),
        href=f"units/{unit_file(row.chain)}.html" if shown else "",
        cells=(cell(ranks), *(cell(text.count(n)) for n in (row.stores, row.visits, row.invalid))),
    )


def _items_section(one: OneSurvey, chain: str) -> MeasureSection | None:
    """Pass rates of items, the lowest first; of a chain beside those of all chains."""
    own, whole = one.rates(chain), one.rates("")
    found = [
        (row, own[row.item]) for row in one.items if row.item in own and not math.isnan(own[row.item].rate)
    ]
    if not found:
        return None
    rows = tuple(
        MeasureRow(
            name=looked.name, value=text.number(100 * row.rate), interval=text.interval(100 * row.low, 100 * row.high),
            x=100 * row.rate, x_low=100 * row.low, x_high=100 * row.high,
            below=phrase("visits_critical") if looked.critical else NOTHING,
            cells=(cell(text.count(row.asked)), *([cell(_rate(whole.get(looked.item)))] if chain else [])),
        )
        for looked, row in sorted(found, key=lambda pair: pair[1].rate)
    )  # fmt: skip
    heads = ("visits_asked", *(["visits_all_chains"] if chain else []))
    return MeasureSection(
        "items", phrase("visits_items"), phrase("visits_item"), phrase("visits_rate"),
        tuple(phrase(key) for key in heads), rows, axis_of(rows), _NO_LINE,
        phrase("visits_items_note", level=f"{100 * one.about.level:g}"),
    )  # fmt: skip


def _rate(row: ItemShare | None) -> str:
    return NONE if row is None else text.number(100 * row.rate)


def _rates_grid(one: OneSurvey) -> Grid:
    """Items × chains."""
    shown = one.shown
    rates = {row.chain: one.rates(row.chain) for row in shown}
    heads = [phrase("visits_item"), *(row.name for row in shown)]
    rows = [
        [cell(looked.name), *(cell(_rate(rates[row.chain].get(looked.item))) for row in shown)]
        for looked in one.items
    ]
    return grid("visits_item_rates", heads, rows if shown else [], phrase("visits_item_rates_note"))


def _items_grid(one: OneSurvey) -> Grid:
    rows = [
        [
            cell(row.name), cell(f"{row.weight:g}"), cell(phrase("visits_yes") if row.critical else NONE),
            cell(Pair(row.source_zh, row.source_en)),
        ]
        for row in one.items
    ]  # fmt: skip
    heads = ("visits_item", "visits_weight", "visits_critical", "visits_source")
    return grid("visits_definition", heads, rows, NOTHING, (0, 3))


def _chain(one: OneSurvey, row: ChainScore, head: Heading) -> MeasurePage:
    section = _items_section(one, row.chain)
    return MeasurePage(
        **(head | {"title": one.about.name, "label": one.period}),
        measure=one.measure,
        unit=row.chain,
        name=row.name,
        kind=phrase("visits_kind"),
        headline=_chain_headline(row),
        score_name=phrase("visits_score_100"),
        value=text.number(row.score),
        interval=text.interval(row.low, row.high),
        verdict=NOTHING,
        findings=tuple(_told_of(one, row)),
        facts=(
            Fact(text.count(row.stores), one.about.units_name),
            Fact(text.count(row.visits), phrase("visits_valid_fact")),
            Fact(text.count(row.invalid), phrase("visits_invalid_fact")),
        ),
        sections=() if section is None else (section,),
        grids=(),
        files=FILES,
        editions=("both",),
        pdf=unit_file(row.chain),
        whole="../index.html",
    )


def _chain_headline(row: ChainScore) -> Pair:
    if pd.isna(row.rank_low):
        return phrase("visits_headline_chain")
    ranks = text.ranks(int(row.rank_low), int(row.rank_high))
    return phrase("visits_headline_rank", n=row.ranked, ranks=ranks)


def _told_of(one: OneSurvey, row: ChainScore) -> Iterator[Pair]:
    yield phrase(
        "visits_told_chain", stores=text.count(row.stores), visits=text.count(row.visits),
        score=text.number(row.score), interval=text.interval(row.low, row.high),
    )  # fmt: skip
    if row.invalid:
        yield phrase(
            "visits_told_invalid", n=row.invalid, most=text.share(one.definition.most_not_applicable)
        )
    if not pd.isna(row.capped) and row.capped and one.definition.critical_cap is not None:
        yield phrase("visits_told_capped", n=int(row.capped), cap=f"{one.definition.critical_cap:g}")
    named = {looked.item: looked.name for looked in one.items}
    own, whole = one.rates(row.chain), one.rates("")
    below = [
        name
        for name, rate in own.items()
        if name in whole and not math.isnan(rate.rate) and rate.high < whole[name].low
    ]
    if below:
        yield phrase("visits_told_below", items=text.joined([named[name] for name in below]))


def _method(one: OneSurvey) -> tuple[Paragraph, ...]:
    words = {
        "scoring": {"most": text.share(one.definition.most_not_applicable)},
        "sampling": {},
        "shopping": {},
        "shown": {},
    }
    return (
        *one.method(),
        *(
            Paragraph(phrase(f"visits_{key}_name"), phrase(f"visits_{key}_text", **more))
            for key, more in words.items()
        ),
    )
