"""What the score of a unit is called: its band in each published table, its class on a scorecard, its vetoes; and the
mean score of groups."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ncsi.composite.scorecards import Scorecard, ScoreClass, Veto, classified
from ncsi.ingest.figures import Figures
from ncsi.results.indices.scoring import Scored, compared_units
from ncsi.spec.index_plan import IndexPlan

ALL = "all"
_BANDS = [
    "year", "unit", "bands", "bands_source", "band", "band_low", "band_high", "label_zh", "label_en", "from_score",
]  # fmt: skip
_CLASSES = [
    "year",
    "unit",
    "score",
    "class_by_score",
    "class_awarded",
    "label_zh",
    "label_en",
    "vetoes",
    "undecided",
]
_VETOES = ["year", "unit", "veto", "label_zh", "label_en", "value", "least", "at_best", "verdict"]
_GROUPS = [
    "year", "dimension", "group", "label_zh", "label_en", "node", "units", "largest_share", "basis", "score", "sd",
]  # fmt: skip


def band_rows(one: Scored, plan: IndexPlan, units: pd.DataFrame) -> pd.DataFrame:
    """Rows of out_composite_band_by_unit, for every unit with a score and every table of bands, and the bands of the
    ends of its interval in `units` (rows of out_composite_by_unit). All are banded in their published digits, so that
    the word fits the figure beside it."""
    ends = units[["low", "high"]].to_numpy(dtype=np.float64).round(2)
    row_of = {unit: k for k, unit in enumerate(units["unit"])}
    rows: list[dict[str, Any]] = []
    for name, bands in plan.bands.items():
        for unit, score in one.index.dropna().items():
            band = bands.of(round(float(score), 2))
            low, high = ("" if np.isnan(end) else bands.of(float(end)).id for end in ends[row_of[unit]])
            rows.append(
                {
                    "year": one.year, "unit": unit, "bands": name, "bands_source": bands.source, "band": band.id,
                    "band_low": low, "band_high": high,
                    "label_zh": band.label.zh, "label_en": band.label.en, "from_score": float(band.low),
                }
            )  # fmt: skip
    return pd.DataFrame(rows, columns=_BANDS)


def class_rows(one: Scored, plan: IndexPlan, figures: Figures) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows of out_composite_class_by_unit and out_composite_veto_by_unit; none for an index without classes."""
    definition = plan.definition
    if not definition.classes:
        return pd.DataFrame(columns=_CLASSES), pd.DataFrame(columns=_VETOES)
    facts = _facts(one, plan, figures)
    judged = classified(one.index.round(2), facts, _card(plan))
    labels = {one.id: one.label for one in definition.classes}
    awarded = judged["class_awarded"].fillna("")
    classes = pd.DataFrame(
        {
            "year": one.year, "unit": judged["unit"], "score": judged["score"],
            "class_by_score": judged["class_by_score"].fillna(""), "class_awarded": awarded,
            "label_zh": [labels[name].zh if name else "" for name in awarded],
            "label_en": [labels[name].en if name else "" for name in awarded],
            "vetoes": judged["vetoes"].map(len), "undecided": judged["undecided"].map(len),
        }
    )  # fmt: skip
    return classes, _veto_rows(one, plan, facts)


def _card(plan: IndexPlan) -> Scorecard:
    best_first = plan.definition.classes[::-1]
    classes = tuple(ScoreClass(item.id, item.low) for item in best_first[:-1])
    vetoes = tuple(Veto(item.id, item.id, ">=", item.least, item.at_best) for item in plan.definition.vetoes)
    return Scorecard((*classes, ScoreClass(best_first[-1].id, -np.inf)), vetoes)


def _facts(one: Scored, plan: IndexPlan, figures: Figures) -> pd.DataFrame:
    """How many there were of each veto, units × vetoes; NaN where nobody said."""
    own = figures.vetoes[figures.vetoes["year"] == one.year]
    wide = own.pivot(index="unit", columns="veto", values="value")
    return wide.reindex(index=one.units["unit"], columns=[veto.id for veto in plan.definition.vetoes]).astype(
        float
    )


def _veto_rows(one: Scored, plan: IndexPlan, facts: pd.DataFrame) -> pd.DataFrame:
    rows: list[dict[str, Any]] = []
    for veto in plan.definition.vetoes:
        for unit, value in facts[veto.id].items():
            if value < veto.least:
                continue
            rows.append(
                {
                    "year": one.year, "unit": unit, "veto": veto.id, "label_zh": veto.label.zh,
                    "label_en": veto.label.en, "value": value, "least": veto.least, "at_best": veto.at_best,
                    "verdict": "not_known" if np.isnan(value) else "holds",
                }
            )  # fmt: skip
    return pd.DataFrame(rows, columns=_VETOES)


def group_rows(one: Scored, plan: IndexPlan) -> pd.DataFrame:
    """Rows of out_composite_by_group: means over the units of the first dimension, of every node, by each column of
    groups and of all units together; by the weights given, or equally where any is lacking."""
    units = one.units.set_index("unit").loc[compared_units(one, plan)]
    if units.empty:
        return pd.DataFrame(columns=_GROUPS)
    weighted = bool(units["weight"].notna().all())
    weights = units["weight"] if weighted else pd.Series(1.0, index=units.index)
    nodes = one.nodes.loc[units.index]
    rows = _group(one, plan, "all", ALL, nodes, weights, weighted)
    for dimension in plan.definition.groups:
        for group in sorted({str(name) for name in units[dimension.id] if name}):
            members = units.index[units[dimension.id] == group]
            rows += _group(one, plan, dimension.id, group, nodes.loc[members], weights[members], weighted)
    return pd.DataFrame(rows, columns=_GROUPS)


def _group(
    one: Scored,
    plan: IndexPlan,
    dimension: str,
    group: str,
    nodes: pd.DataFrame,
    weights: pd.Series,
    weighted: bool,
) -> list[dict[str, Any]]:
    zh, en = _called(plan, dimension, group)
    rows, weight = [], weights.to_numpy(np.float64)
    for code in one.fit.structure.codes:
        scores = nodes[code].to_numpy(np.float64)
        known = ~np.isnan(scores)
        if not known.any():
            continue
        scores, share = scores[known], weight[known] / weight[known].sum()
        rows.append(
            {
                "year": one.year, "dimension": dimension, "group": group, "label_zh": zh, "label_en": en, "node": code,
                "units": len(scores), "largest_share": float(share.max()), "basis": "weighted" if weighted else "equal",
                "score": float((share * scores).sum()), "sd": float(scores.std(ddof=1)) if len(scores) > 1 else None,
            }
        )  # fmt: skip
    return rows


def _called(plan: IndexPlan, dimension: str, group: str) -> tuple[str, str]:
    if dimension == "all":
        return plan.definition.whole.zh, plan.definition.whole.en
    for units in plan.units.values():
        if units.grouping == dimension:
            for entry in units.groups:
                if entry.id == group:
                    return entry.label.zh, entry.label.en
    return group, group
