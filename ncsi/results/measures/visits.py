"""Mystery visits: chains over their stores, pass rates of items, stores, and whether it matters who went."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from ncsi.composite.measures import Chain, Visits, chain, item_rates, likeness, scored, shopper_effect
from ncsi.composite.measures.visits import FEWEST
from ncsi.composite.ranks import descending
from ncsi.errors import CompositeError
from ncsi.ingest.records import Records
from ncsi.ingest.records.visits import visit_answers
from ncsi.model.inference.rank_sets import rank_sets_from_se
from ncsi.results.measures.asked import Asked
from ncsi.results.measures.counted import Row as CountedRow
from ncsi.results.measures.counted import counted_frame, told_cells
from ncsi.spec.measures.plan import MeasurePlan
from ncsi.spec.measures.visits import VisitsDefinition
from ncsi.tables import (
    OUT_VISITS_BY_CHAIN,
    OUT_VISITS_BY_STORE,
    OUT_VISITS_ITEM_BY_CHAIN,
    OUT_VISITS_ITEMS,
    OUT_VISITS_SHOPPERS,
    TABLES,
    cell_of,
)

TWICE = 0.10
"""Share of stores that two shoppers should visit."""
_ALL = ""
Row = dict[str, Any]


def visits_tables(
    plan: MeasurePlan[VisitsDefinition], records: Records, asked: Asked
) -> dict[str, pd.DataFrame]:
    """Every table of mystery visits, by name, without `wave` and `measure`. `records` as `visits_fields` read them.

    Raises CompositeError where no visit counts.
    """
    definition = plan.definition
    answers = _weighed(definition, visit_answers(definition, records.frame, records.rows))
    visits = scored(answers, definition.critical_cap, definition.most_not_applicable)
    if not visits.frame["valid"].any():
        raise CompositeError(
            records.name, "no visit counts", "Repeat those with too many items that do not apply"
        )
    chains = answers.drop_duplicates("store").set_index("store")["chain"]
    counted = _counting(answers, visits)
    rho = definition.rho if definition.rho is not None else likeness(counted)
    english = dict(zip(answers["chain"], answers["chain_en"], strict=True))
    rates = _item_rates(definition, counted, rho, asked.level)
    rows: dict[str, Iterable[Row]] = {
        OUT_VISITS_ITEMS.name: _items(definition),
        OUT_VISITS_BY_CHAIN.name: _by_chain(visits, chains, english, asked),
        OUT_VISITS_ITEM_BY_CHAIN.name: rates,
        OUT_VISITS_BY_STORE.name: _stores(visits, chains),
        OUT_VISITS_SHOPPERS.name: [_shoppers(definition, answers, visits, rho)],
    }
    return {name: _framed(name, own) for name, own in rows.items()}


def visits_units(_plan: MeasurePlan[VisitsDefinition], records: Records) -> int:
    """Stores in the records."""
    return int(records.frame["store"].nunique())


def _framed(name: str, rows: Iterable[Row]) -> pd.DataFrame:
    columns = [one for one in TABLES[name].names if one not in ("wave", "measure")]
    frame = pd.DataFrame(list(rows), columns=columns)
    whole = [one.name for one in TABLES[name].columns if one.kind == "integer" and one.name in columns]
    return frame.astype(dict.fromkeys(whole, "Int64"))


def _weighed(definition: VisitsDefinition, answers: pd.DataFrame) -> pd.DataFrame:
    weight = {one.id: one.weight for one in definition.items}
    critical = {one.id: one.critical for one in definition.items}
    return answers.assign(weight=answers["item"].map(weight), critical=answers["item"].map(critical))


def _by_chain(visits: Visits, chains: pd.Series, english: Mapping[str, str], asked: Asked) -> list[Row]:
    """Chains by name, then all that have enough stores together; ranks among these."""
    of = visits.frame["store"].map(chains)
    rows = []
    for name in sorted(set(chains)):
        own = Visits(visits.frame[of == name].reset_index(drop=True))
        labels = {"label_zh": name, "label_en": english[name]}
        rows.append({"chain": name, **labels, **_chain_row(own, asked.level)})
    enough = [row for row in rows if row["stores"] >= FEWEST]
    if not enough:
        return [{**row, **_unranked(0)} for row in rows]
    whole = Visits(visits.frame[of.isin([row["chain"] for row in enough])].reset_index(drop=True))
    told = {
        "chain": _ALL,
        "label_zh": "全部",
        "label_en": "All",
        **_chain_row(whole, asked.level),
        **_unranked(len(enough)),
    }
    ranked = _ranks(enough, asked)
    return [*({**row, **ranked.get(row["chain"], _unranked(len(enough)))} for row in rows), told]


def _chain_row(own: Visits, level: float) -> Row:
    frame = own.frame
    invalid, capped = int((~frame["valid"]).sum()), int((frame["valid"] & frame["critical"]).sum())
    if not frame["valid"].any():
        blank = dict.fromkeys(("score", "se", "low", "high", "ratio", "ratio_se"), math.nan)
        return {
            "stores": 0,
            "visits": 0,
            "invalid": invalid,
            "capped": capped,
            **blank,
            "status": "too_few_stores",
        }
    found: Chain = chain(own, level)
    few = found.stores < FEWEST
    ends = (math.nan, math.nan) if few else (max(0.0, found.low), min(100.0, found.high))
    return {
        "stores": found.stores, "visits": found.visits, "invalid": invalid, "capped": capped,
        "score": found.score, "se": found.se, "low": ends[0], "high": ends[1], "ratio": found.ratio,
        "ratio_se": found.ratio_se, "status": "too_few_stores" if few else "published",
    }  # fmt: skip


def _unranked(ranked: int) -> Row:
    return {"rank": None, "ranked": ranked, "rank_low": None, "rank_high": None}


def _ranks(enough: list[Row], asked: Asked) -> dict[str, Row]:
    """Ranks of chains with enough stores, and their sets by Welch's t; a chain whose stores are all alike has a
    standard error of 0 and no known set: it may stand anywhere its score allows, and widens the others'."""
    scores = np.array([row["score"] for row in enough])
    places = dict(zip((row["chain"] for row in enough), descending(scores), strict=True))
    known = [row for row in enough if row["se"] > 0]
    sets: dict[str, tuple[int, int]] = {}
    if len(known) > 1:
        frame = rank_sets_from_se(
            [row["chain"] for row in known], np.array([row["score"] for row in known]),
            np.array([row["se"] for row in known]), asked.level, asked.seed,
            np.array([row["stores"] - 1.0 for row in known]),
        )  # fmt: skip
        more = len(enough) - len(known)
        ends = zip(frame["unit"], frame["rank_low"], frame["rank_high"], strict=True)
        sets = {str(unit): (int(low), int(high) + more) for unit, low, high in ends}
    none = (None, None)
    return {
        name: {"rank": int(place), "ranked": len(enough), "rank_low": sets.get(name, none)[0],
               "rank_high": sets.get(name, none)[1]}
        for name, place in places.items()
    }  # fmt: skip


def _item_rates(definition: VisitsDefinition, counted: pd.DataFrame, rho: float, level: float) -> list[Row]:
    """Of visits that count, by chain, and of all chains together as of `_in_all`. An item that applied to no visit of a
    chain has no row for it."""
    alike = 0.0 if math.isnan(rho) else rho
    applied = counted[counted["answer"] != "NA"]
    parts = [*((str(name), own) for name, own in applied.groupby("chain", sort=True)),
             (_ALL, _in_all(applied, definition.named_units))]  # fmt: skip
    place = {one.id: k for k, one in enumerate(definition.items)}
    return [
        {
            "chain": name, "item": one.item, "stores": int(stores[one.item]),
            "asked": one.asked, "passed": one.passed, "n_eff": one.n_eff, "rate": one.rate, "low": one.low,
            "high": one.high,
        }
        for name, own in parts
        for stores in [own.groupby("item")["store"].nunique()]
        for one in sorted(item_rates(own, level, alike), key=lambda found: place[found.item])
    ]  # fmt: skip


def _in_all(applied: pd.DataFrame, named: bool) -> pd.DataFrame:
    """Answers that rates of all chains count: of items that applied in enough stores of a chain, so that no chain of
    few follows from the whole. Where stores are not named, of chains in which that holds of every item, and no store
    dominates one: of the others only the score is shown, which with all items but one would tell that one."""
    if named:
        return applied[applied.groupby(["chain", "item"])["store"].transform("nunique") >= FEWEST]
    told = told_cells(counted_frame(_item_rows(applied)))
    is_told = pd.Series([cell in told for cell in _cells(applied)], applied.index, dtype=bool)
    return applied[is_told.groupby(applied["chain"]).transform("all")]


def visits_counted(plan: MeasurePlan[VisitsDefinition], records: Records, asked: Asked) -> pd.DataFrame:
    """What figures count stores that are not named, as `counted_frame`: those of chains that have enough of them."""
    definition = plan.definition
    if definition.named_units:
        return counted_frame(())
    answers = _weighed(definition, visit_answers(definition, records.frame, records.rows))
    counted = _counting(answers, scored(answers, definition.critical_cap, definition.most_not_applicable))
    everyone = [
        (str(store), cell_of({}, "stores"), 1.0, _said(own)) for store, own in counted.groupby("store")
    ]
    enough = counted[counted.groupby("chain")["store"].transform("nunique") >= FEWEST]
    applied = enough[enough["answer"] != "NA"]
    return counted_frame([
        *everyone,
        *_score_rows(enough),
        *_item_rows(applied),
        *_item_rows(_in_all(applied, named=False).assign(chain=_ALL)),
    ], asked.period)  # fmt: skip


def _score_rows(counted: pd.DataFrame) -> Iterator[CountedRow]:
    """Stores in the score of their chain and in that of all, one each, and in the share of all answers by what they
    were asked."""
    stores = [
        (str(store), str(name), float(own.loc[own["answer"] != "NA", "weight"].sum()), _said(own))
        for (store, name), own in counted.groupby(["store", "chain"])
    ]
    stores += [(store, _ALL, asked, said) for store, _, asked, said in stores]
    for store, name, asked, said in stores:
        yield store, cell_of({"chain": name}), 1.0, said
        yield store, cell_of({"chain": name}, "ratio"), asked, said


def _item_rows(applied: pd.DataFrame) -> Iterator[CountedRow]:
    """Stores in the rate of an item, by the visits in which it applied."""
    for store, cell, answer in zip(applied["store"], _cells(applied), applied["answer"], strict=True):
        yield str(store), cell, 1.0, str(answer)


def _cells(applied: pd.DataFrame) -> list[str]:
    return [
        cell_of({"chain": chain, "item": item})
        for chain, item in zip(applied["chain"], applied["item"], strict=True)
    ]


def _said(own: pd.DataFrame) -> str:
    columns = ("visit", "shopper", "item", "answer")
    return "\n".join(sorted("\x1f".join(row) for row in zip(*(own[one] for one in columns), strict=True)))


def _counting(answers: pd.DataFrame, visits: Visits) -> pd.DataFrame:
    """Answers of the visits that count."""
    return answers.merge(visits.frame.loc[visits.frame["valid"], ["store", "visit"]], on=["store", "visit"])


def _stores(visits: Visits, chains: pd.Series) -> list[Row]:
    rows = []
    for store, own in visits.frame.groupby("store", sort=True):
        valid = own[own["valid"]]
        rows.append({
            "unit": store, "label_zh": store, "label_en": store, "chain": chains[store], "visits": len(valid),
            "invalid": len(own) - len(valid), "score": float(valid["score"].mean()) if len(valid) else math.nan,
        })  # fmt: skip
    return rows


def _shoppers(definition: VisitsDefinition, answers: pd.DataFrame, visits: Visits, rho: float) -> Row:
    found = shopper_effect(answers, visits)
    share = found.stores_twice / found.stores
    enough = found.stores_twice >= FEWEST
    blank = math.nan
    return {
        "shoppers": found.shoppers, "stores": found.stores, "stores_twice": found.stores_twice, "share_twice": share,
        "pairs": found.pairs, "agreement": found.agreement if enough else blank,
        "kappa": found.kappa if enough else blank, "apart": found.apart if enough else blank, "rho": rho,
        "rho_basis": "declared" if definition.rho is not None else "none" if math.isnan(rho) else "of_visits",
        "verdict": "checked" if enough and share >= TWICE else "too_few_stores",
    }  # fmt: skip


def _items(definition: VisitsDefinition) -> list[Row]:
    rows = []
    for k, one in enumerate(definition.items, 1):
        source = definition.sources[one.source]
        rows.append({
            "item": one.id, "position": k, "label_zh": one.label.zh, "label_en": one.label.en, "weight": one.weight,
            "critical": one.critical, "source_zh": source.text.zh, "source_en": source.text.en,
            "illustrative": source.illustrative,
        })  # fmt: skip
    return rows
