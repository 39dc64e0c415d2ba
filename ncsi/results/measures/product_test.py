"""Product tests: the tables of a test, the totals, verdicts and rank sets of its products, and how they go with what
customers say."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from ncsi.composite.measures import against_perceived, critical_range
from ncsi.composite.ranks import descending
from ncsi.ingest.records import Records
from ncsi.ingest.records.product_test import measurements
from ncsi.model.inference.rank_sets import rank_sets_from_se
from ncsi.results.measures.asked import Asked
from ncsi.results.measures.counted import counted_frame
from ncsi.results.measures.product_laboratories import laboratory_rows, precision_rows
from ncsi.results.measures.product_results import Repeatability, Row, reach_of, repeatability, result_rows
from ncsi.spec.measures.plan import MeasurePlan
from ncsi.spec.measures.product_test import ProductTestDefinition
from ncsi.tables import (
    OUT_TEST_AGREEMENT,
    OUT_TEST_BUDGETS,
    OUT_TEST_CHARACTERISTICS,
    OUT_TEST_LABORATORIES,
    OUT_TEST_PRECISION,
    OUT_TEST_PRODUCTS,
    OUT_TEST_RESULTS,
    TABLES,
    cell_of,
)


def product_test_tables(
    plan: MeasurePlan[ProductTestDefinition], records: Records, asked: Asked
) -> dict[str, pd.DataFrame]:
    """Every table of a product test, by name, without `wave` and `measure`. `records` as `product_test_fields` read
    them."""
    definition = plan.definition
    measured = measurements(definition, records.frame, records.rows)
    repeats = {one.id: repeatability(one, measured) for one in definition.characteristics}
    facts = _facts(records.frame, measured)
    results = result_rows(definition, measured, repeats, facts, asked.level)
    products = _products(definition, results, measured, facts, asked)
    rows: dict[str, Iterable[Row]] = {
        OUT_TEST_CHARACTERISTICS.name: _characteristics(definition, repeats, measured),
        OUT_TEST_BUDGETS.name: _budgets(definition),
        OUT_TEST_RESULTS.name: results,
        OUT_TEST_PRODUCTS.name: products,
        OUT_TEST_AGREEMENT.name: _agreement(products, asked),
        OUT_TEST_PRECISION.name: precision_rows(definition, measured),
        OUT_TEST_LABORATORIES.name: laboratory_rows(definition, measured),
    }
    return {name: _framed(name, own) for name, own in rows.items()}


def product_test_units(plan: MeasurePlan[ProductTestDefinition], records: Records) -> int:
    """Products in the records."""
    measured = measurements(plan.definition, records.frame, records.rows)
    return len(set(measured["product"]) - {""})


def product_test_counted(
    plan: MeasurePlan[ProductTestDefinition], records: Records, asked: Asked
) -> pd.DataFrame:
    """What figures count products that are not named, as `counted_frame`: the repeatability of each characteristic, and
    the agreement of test and perceived quality."""
    if plan.definition.named_units:
        return counted_frame(())
    measured = measurements(plan.definition, records.frame, records.rows)
    own = measured[measured["product"] != ""]
    rows = [
        (str(product), cell_of({"characteristic": name}), 1.0, f"{value!r}")
        for product, name, value in zip(own["product"], own["characteristic"], own["value"], strict=True)
    ]
    columns = ("product", "perceived", "perceived_se")
    seen = zip(*(records.frame[one] for one in columns), strict=True)
    named = set(own["product"])
    rows += (
        (str(product), cell_of({}, "perceived"), 1.0, f"{value!r} {se!r}")
        for product, value, se in seen
        if product in named and not math.isnan(value)
    )
    return counted_frame(rows, asked.period, largest=1.0)


def _framed(name: str, rows: Iterable[Row]) -> pd.DataFrame:
    columns = [one for one in TABLES[name].names if one not in ("wave", "measure")]
    frame = pd.DataFrame(list(rows), columns=columns)
    whole = [one.name for one in TABLES[name].columns if one.kind == "integer" and one.name in columns]
    return frame.astype(dict.fromkeys(whole, "Int64"))


def _facts(frame: pd.DataFrame, measured: pd.DataFrame) -> dict[str, Row]:
    """What a product is called, its brand and perceived quality, by product in the order of names."""
    products = sorted(set(measured["product"]) - {""})
    brands = measured.drop_duplicates("product").set_index("product")["brand"]
    named = frame[frame["product_en"] != ""].drop_duplicates("product").set_index("product")["product_en"]
    seen = frame.groupby("product")[["perceived", "perceived_se"]].first()
    return {
        name: {
            "label_zh": name, "label_en": named.get(name, name), "brand": brands[name],
            **{column: float(value) for column, value in seen.loc[name].items()},
        }
        for name in products
    }  # fmt: skip


def _weights(definition: ProductTestDefinition) -> dict[str, float]:
    total = sum(one.weight for one in definition.scored)
    return {one.id: one.weight / total for one in definition.scored}


def _products(
    definition: ProductTestDefinition,
    results: list[Row],
    measured: pd.DataFrame,
    facts: Mapping[str, Row],
    asked: Asked,
) -> list[Row]:
    specimens = measured.groupby("product")["specimen"].nunique()
    of: dict[str, list[Row]] = {}
    for row in results:
        of.setdefault(row["unit"], []).append(row)
    rows = [
        {
            "unit": product, "specimens": int(specimens[product]),
            **_total(definition, of[product], asked.level), **_judged(definition, of[product]), **known,
        }
        for product, known in facts.items()
    ]  # fmt: skip
    return _ranked(rows, asked)


def _total(definition: ProductTestDefinition, own: list[Row], level: float) -> Row:
    """The weighted mean of scores; its variance is the sum of theirs, degrees of freedom by Welch-Satterthwaite."""
    weights = _weights(definition)
    scored = [row for row in own if row["characteristic"] in weights]
    share = np.array([weights[row["characteristic"]] for row in scored])
    scores = np.array([row["score"] for row in scored], dtype=float)
    parts = share * np.array([row["score_se"] for row in scored], dtype=float)
    df = np.array([row["df"] for row in scored], dtype=float)
    total, se = (
        (float(share @ scores), float(np.sqrt(parts @ parts))) if len(scored) else (math.nan, math.nan)
    )
    loss = float(np.sum(parts**4 / np.where(np.isnan(df), np.inf, df)))
    freedom = se**4 / loss if loss > 0 else math.inf
    reach = reach_of(freedom, level) * se
    return {
        "score": total, "se": se if math.isfinite(total) else math.nan,
        "df": freedom if math.isfinite(freedom) else math.nan,
        "low": max(0.0, total - reach) if math.isfinite(total - reach) else math.nan,
        "high": min(100.0, total + reach) if math.isfinite(total + reach) else math.nan,
    }  # fmt: skip


def _judged(definition: ProductTestDefinition, own: list[Row]) -> Row:
    """All limits together, and the safety gates: no score makes a failed one good."""
    limited = {one.id: one.safety for one in definition.characteristics if one.limited}
    verdicts = {row["characteristic"]: row["verdict"] for row in own if row["characteristic"] in limited}
    gates = [verdict for name, verdict in verdicts.items() if limited[name]]
    return {
        "verdict": _worst(list(verdicts.values()), ("conforms", "no_limit")),
        "safety": {"does_not_conform": "failed", "conforms": "passed"}.get(
            _worst(gates, ("conforms", "none")), _worst(gates, ("conforms", "none"))
        ),
        "failed": sum(one == "does_not_conform" for one in verdicts.values()),
        "undecided": sum(one in ("undecided", "not_tested") for one in verdicts.values()),
    }  # fmt: skip


def _worst(verdicts: list[str], fine: tuple[str, str]) -> str:
    """What several verdicts come to: one failure fails, one that is not decided decides nothing."""
    if not verdicts:
        return fine[1]
    if "does_not_conform" in verdicts:
        return "does_not_conform"
    return fine[0] if all(one == "conforms" for one in verdicts) else "undecided"


def _ranked(rows: list[Row], asked: Asked) -> list[Row]:
    """With ranks among the products that have a score and failed no safety gate; one of unknown uncertainty has no set
    and widens those of the others."""
    ranked = [row for row in rows if math.isfinite(row["score"]) and row["safety"] != "failed"]
    places = descending(np.array([row["score"] for row in ranked])) if ranked else np.array([])
    rank = {row["unit"]: int(place) for row, place in zip(ranked, places, strict=True)}
    known = [row for row in ranked if math.isfinite(row["se"]) and row["se"] > 0]
    sets: dict[str, tuple[int, int]] = {}
    if len(known) > 1:
        df = np.array([math.inf if math.isnan(row["df"]) else row["df"] for row in known])
        frame = rank_sets_from_se(
            [row["unit"] for row in known], np.array([row["score"] for row in known]),
            np.array([row["se"] for row in known]), asked.level, asked.seed, df,
        )  # fmt: skip
        more = len(ranked) - len(known)
        ends = zip(frame["unit"], frame["rank_low"], frame["rank_high"], strict=True)
        sets = {str(unit): (int(low), int(high) + more) for unit, low, high in ends}
    none = (None, None)
    return [
        {**row, "rank": rank.get(row["unit"]), "ranked": len(ranked),
         "rank_low": sets.get(row["unit"], none)[0], "rank_high": sets.get(row["unit"], none)[1]}
        for row in rows
    ]  # fmt: skip


def _agreement(products: list[Row], asked: Asked) -> list[Row]:
    """Nothing where no product has a figure of perceived quality."""
    both = [row for row in products if all(math.isfinite(row[name]) for name in ("score", "se", "perceived"))]
    if not both:
        return []
    names = ("score", "perceived", "se", "perceived_se")
    score, perceived, se, perceived_se = (np.array([row[name] for row in both]) for name in names)
    found = against_perceived(score, perceived, se, perceived_se, asked.seed, level=asked.level)
    if found is None:
        blank = dict.fromkeys(("correlation", "low", "high", "disattenuated"), math.nan)
        return [{"products": len(both), **blank}]
    return [{"products": found.products, "correlation": found.correlation, "low": found.low, "high": found.high,
             "disattenuated": found.disattenuated}]  # fmt: skip


def _characteristics(
    definition: ProductTestDefinition, repeats: Mapping[str, Repeatability], measured: pd.DataFrame
) -> list[Row]:
    weights = _weights(definition)
    stated = set(measured.loc[measured["u"].notna() & (measured["product"] != ""), "characteristic"])
    rows = []
    for k, one in enumerate(definition.characteristics, 1):
        source, own = definition.sources[one.source], repeats[one.id]
        s_r = math.nan if own.basis == "none" else own.s
        rows.append({
            "characteristic": one.id, "position": k, "label_zh": one.label.zh, "label_en": one.label.en,
            "unit_zh": one.unit.zh, "unit_en": one.unit.en, "digits": one.digits, "lower": one.lower,
            "upper": one.upper, "guard": one.guard, "safety": one.safety,
            "worst": one.benchmarks and one.benchmarks.worst, "best": one.benchmarks and one.benchmarks.best,
            "weight": weights.get(one.id), "s_r": s_r, "s_r_basis": own.basis,
            "repeatability_limit": critical_range(s_r),
            "u_basis": "file" if one.id in stated else "budget" if one.budget else "declared",
            "source_zh": source.text.zh, "source_en": source.text.en, "illustrative": source.illustrative,
        })  # fmt: skip
    return rows


def _budgets(definition: ProductTestDefinition) -> list[Row]:
    return [
        {"characteristic": one.id, "component": k, "label_zh": part.label.zh, "label_en": part.label.en, "u": part.u,
         "relative": part.relative, "sensitivity": part.sensitivity, "df": part.df}
        for one in definition.characteristics
        for k, part in enumerate(one.budget, 1)
    ]  # fmt: skip
