"""Maturity: levels of criteria by self-assessment and audit, kept apart; agreement, bias, and the calibrated level that
the index stands on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ncsi.composite import structure_of
from ncsi.composite.agreement import krippendorff_alpha, percent_agreement, weighted_kappa
from ncsi.composite.maturity import criterion_levels
from ncsi.composite.self_assessment import bias_of, calibrated
from ncsi.errors import InputError, ModelError
from ncsi.ingest.figures import Figures
from ncsi.spec.index_plan import IndexPlan

_RATINGS = ["year", "unit", "node", "self_level", "audit_level", "calibrated_level", "basis", "gap", "flag"]
_AGREEMENT = ["year", "statistic", "value", "n", "verdict"]
GOOD, ACCEPTABLE = 0.80, 0.667
"""Krippendorff's α from which ratings are good, and may be released at all."""


@dataclass(frozen=True, slots=True, eq=False)
class Rated:
    """Ratings of every year. `levels`: rows of out_composite_level_by_unit, criteria first, then the nodes above;
    `agreement`: rows of out_composite_agreement; `values`: what the index is made of: unit, year, indicator, value,
    se."""

    levels: pd.DataFrame
    agreement: pd.DataFrame
    values: pd.DataFrame


def rated(plan: IndexPlan, figures: Figures) -> Rated:
    """Levels from statements with their evidence, or as rated; the audit stands where there is one, else the
    self-assessment less the bias of its element.

    Raises InputError for levels that are none or left out.
    """
    ratings = _from_statements(figures) if len(figures.evidence) else _as_rated(figures)
    parts = [_of_year(plan, year, part) for year, part in ratings.groupby("year", sort=True)]
    levels = pd.concat([one[0] for one in parts], ignore_index=True)
    values = levels[levels["node"].isin([node.code for node in plan.tree.leaves])]
    return Rated(
        levels=levels[_RATINGS],
        agreement=pd.concat([one[1] for one in parts], ignore_index=True)[_AGREEMENT],
        values=pd.DataFrame(
            {
                "unit": values["unit"],
                "year": values["year"],
                "indicator": values["node"],
                "value": values["calibrated_level"],
                "se": np.nan,
            }
        ),
    )


def _from_statements(figures: Figures) -> pd.DataFrame:
    """year, unit, node, source, level, gap, flag. The first level needs no statement."""
    found = []
    for year, part in figures.evidence.groupby("year", sort=True):
        above = part[part["level"] > 1]
        statements = pd.DataFrame(
            {
                "firm": above["unit"], "criterion": above["indicator"], "level": above["level"],
                "source": above["rater"], "met": above["accepted"], "evidence": above["kind"].replace("", None),
                "evidence_id": above["evidence"].replace("", None),
            }
        )  # fmt: skip
        try:
            levels = criterion_levels(statements.reset_index(drop=True))
        except InputError as error:
            raise InputError(
                f"{figures.name}, year {year}: {error.where}", error.problem, error.cure
            ) from error
        found.append(levels.rename(columns={"firm": "unit", "criterion": "node"}).assign(year=year))
    return pd.concat(found, ignore_index=True)


def _as_rated(figures: Figures) -> pd.DataFrame:
    given = figures.values.dropna(subset="value").rename(columns={"indicator": "node", "value": "level"})
    source = given["rater"].replace("", "self")
    return given.assign(source=source, gap=np.nan, flag="")[
        ["year", "unit", "node", "source", "level", "gap", "flag"]
    ]


def _of_year(plan: IndexPlan, year: Any, ratings: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    wide = ratings.pivot(index=["unit", "node"], columns="source", values="level")
    wide = wide.reindex(columns=["self", "audit"]).astype(float).reset_index()
    own, audited = wide["self"].to_numpy(), wide["audit"].to_numpy()
    parents = {node.code: node.parent or "" for node in plan.tree.leaves}
    try:
        moved = calibrated(own, audited, wide["node"].map(parents).tolist()).cases["calibrated"].to_numpy()
    except ModelError:  # fewer than two pairs: the bias cannot be told, self-assessment stands as it is
        moved = np.where(np.isnan(audited), own, audited)
    shown = ratings.sort_values("source").groupby(["unit", "node"], sort=False)[["gap", "flag"]].first()
    rows = wide.rename(columns={"self": "self_level", "audit": "audit_level"}).assign(
        year=year, calibrated_level=moved, basis=np.where(np.isnan(audited), "self", "audit")
    )
    rows = rows.join(shown, on=["unit", "node"])
    above = _above(plan, rows)
    order = [one.code for one in plan.tree.leaves]
    rows = rows.sort_values("node", key=lambda codes: codes.map(order.index), kind="stable")
    levels = pd.concat([rows, above], ignore_index=True).astype({"gap": "Int64"})
    return levels.sort_values("unit", kind="stable", ignore_index=True), _agreement(
        year, own, audited, wide["unit"]
    )


def _above(plan: IndexPlan, rows: pd.DataFrame) -> pd.DataFrame:
    """The same of elements and of the whole: weighted means, where every criterion below is rated by that source."""
    structure = structure_of(plan.tree)
    found = []
    for column in ("self_level", "audit_level", "calibrated_level"):
        wide = rows.pivot(index="unit", columns="node", values=column).reindex(
            columns=list(structure.indicators)
        )
        values = np.full((len(wide), len(structure.codes)), np.nan)
        values[:, : structure.leaves] = wide.to_numpy(dtype=np.float64)
        for node, below in structure.aggregates:
            values[:, node] = values[:, below] @ structure.local[below]
        above = pd.DataFrame(
            values[:, structure.leaves :], wide.index, list(structure.codes[structure.leaves :])
        )
        found.append(pd.Series(above.stack(future_stack=True), name=column))
    table: pd.DataFrame = pd.concat(found, axis=1).rename_axis(["unit", "node"]).reset_index()
    basis = np.where(table["audit_level"].isna(), "self", "audit")
    return table.assign(year=rows["year"].iloc[0], basis=basis, gap=np.nan, flag="")


def _agreement(year: Any, own: np.ndarray, audited: np.ndarray, units: pd.Series) -> pd.DataFrame:
    """Over criteria of firms that have both; bias over firms, whose criteria are not independent."""
    both = np.isfinite(own) & np.isfinite(audited)
    pairs = int(both.sum())
    rows: list[dict[str, Any]] = []

    def add(statistic: str, value: float, n: int, verdict: str = "") -> None:
        rows.append({"year": year, "statistic": statistic, "value": value, "n": n, "verdict": verdict})

    if pairs:
        alpha = krippendorff_alpha(np.vstack([own[both], audited[both]]), "ordinal")
        verdict = "good" if alpha >= GOOD else "acceptable" if alpha >= ACCEPTABLE else "insufficient"
        add("kappa_quadratic", weighted_kappa(own, audited, "quadratic"), pairs)
        add("kappa_linear", weighted_kappa(own, audited, "linear"), pairs)
        add("alpha_ordinal", alpha, pairs, verdict)
        add("percent_equal", percent_agreement(own, audited), pairs)
    firms = pd.DataFrame({"unit": units, "self": own, "audit": audited})[both].groupby("unit").mean()
    if len(firms) > 1:
        bias = bias_of(firms["self"].to_numpy(), firms["audit"].to_numpy())
        add("bias", bias.mean, bias.n)
        for name in ("se", "t", "p", "p_wilcoxon"):
            add(f"bias_{name}", getattr(bias, name), bias.n)
    return pd.DataFrame(rows, columns=_AGREEMENT)
