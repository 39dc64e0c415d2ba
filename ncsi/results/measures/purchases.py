"""Raw materials: suppliers by their buyers, weighted by what each bought; plain means beside them; places."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from ncsi.composite.measures.small_groups import SmallMean, small_mean
from ncsi.ingest.records import Records
from ncsi.results.measures.asked import Asked
from ncsi.results.measures.places import PUBLISHED, Status, with_places, without_places
from ncsi.results.measures.scores import column_of, of_period, with_scores
from ncsi.spec.measures.plan import MeasurePlan
from ncsi.spec.measures.purchases import PurchasesDefinition
from ncsi.tables import OUT_PURCHASES

Row = dict[str, Any]
_MEAN = ("score", "se", "df", "low", "high")


def purchases_tables(
    plan: MeasurePlan[PurchasesDefinition], records: Records, asked: Asked, status: Status
) -> dict[str, pd.DataFrame]:
    """The table of suppliers, by name, without `wave` and `measure`.

    `status`: which rows may be shown (`ncsi.disclosure`); only those are ranked. A buyer's score is the mean of its
    respondents. Raises CompositeError for a period without answers.
    """
    own = with_scores(of_period(records, asked.period), plan.definition)
    frame = pd.DataFrame(
        [row for part in plan.definition.parts for row in _rows(own, part.id, plan.definition, asked)]
    )
    told = status(frame)
    frame = without_places(
        frame.assign(status=told, plain_allowed=plan.definition.unweighted == "where_dominated")
    )
    shown = frame[(frame["part"] == plan.definition.main) & (frame["status"] == PUBLISHED)]
    for _, material in shown.groupby("material", sort=False):
        frame = with_places(frame, material, asked)
    return {OUT_PURCHASES.name: frame}


def _rows(own: pd.DataFrame, part: str, definition: PurchasesDefinition, asked: Asked) -> Iterator[Row]:
    rule = definition.dominance
    limits = {
        "least_buyers": rule.buyers, "largest_limit": rule.largest, "top_limit": rule.top, "top_count": rule.count
    }  # fmt: skip
    for (material, supplier), rows in own.groupby(["material", "supplier"], sort=True):
        buyers = rows.assign(value=rows[column_of(part)]).groupby("buyer", sort=True)
        told = buyers.agg(value=("value", "mean"), volume=("volume", "first")).dropna(subset=["value"])
        known = float(rows["buyers"].iloc[0])
        population = math.inf if math.isnan(known) else known
        head = {
            "part": part,
            "material": material,
            "unit": supplier,
            "label_zh": supplier,
            "label_en": supplier,
        }
        yield {
            **head, "n": len(told), "buyers": pd.NA if math.isnan(known) else int(known),
            **_figures(told, population, rule.count, asked.level), **limits,
        }  # fmt: skip


def _figures(told: pd.DataFrame, population: float, top: int, level: float) -> Row:
    if told.empty:
        blank = ("n_eff", "largest_share", "top_share", *_MEAN, *(f"plain_{name}" for name in _MEAN))
        return dict.fromkeys(blank, math.nan)
    values, volume = told["value"].to_numpy(float), told["volume"].to_numpy(float)
    weighted = small_mean(values, volume, population, level)
    plain = small_mean(values, np.ones(len(values)), population, level)
    shares = np.sort(volume)[::-1] / volume.sum()
    return {
        "n_eff": weighted.n_eff, "largest_share": float(shares[0]), "top_share": float(shares[:top].sum()),
        **_told(weighted, ""), **_told(plain, "plain_"),
    }  # fmt: skip


def _told(mean: SmallMean, before: str) -> Row:
    return {f"{before}{name}": getattr(mean, name) for name in _MEAN}
