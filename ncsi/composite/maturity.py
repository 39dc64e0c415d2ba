"""Maturity by criteria with levels: from statements and their evidence to criteria, elements and firms.

A criterion stands on the highest level whose statements, and those of all lower levels, are met: a gap
below counts, whatever is met above it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd
from scipy.special import ndtri

from ncsi.arrays import Array
from ncsi.errors import InputError

LEVELS = 5


class Evidence(StrEnum):
    """What an assessor may be shown."""

    DOCUMENT = "document"
    RECORD = "record"
    INTERVIEW = "interview"
    OBSERVATION = "observation"


class Source(StrEnum):
    """Who judged: the two series are never mixed."""

    SELF = "self"
    AUDIT = "audit"


STATEMENT_COLUMNS = ("firm", "criterion", "level", "source", "met")


def criterion_levels(statements: pd.DataFrame, levels: int = LEVELS) -> pd.DataFrame:
    """Level of each firm's criteria by source, from one row a statement.

    `statements`: firm, criterion, level (2 … `levels`; level 1 needs none), source, met (true or false), and
    for audits evidence (the kind) and evidence_id. An audited statement counts only with both; one that a firm says of
    itself counts without, in the self series alone. Several statements of a level must all be met.

    Columns: firm, criterion, source, level (1 … `levels`), gap (the first level not met, NaN at the highest), above_gap
    (levels met above the gap, which do not count), flag: `no_evidence` where no statement was accepted (level 1, not
    missing), else empty. Raises InputError for a level, source, kind of evidence or truth value that is none, and for
    a level without statements below one that has some.
    """
    _check_statements(statements, levels)
    audited = statements["source"] == Source.AUDIT
    shown = pd.Series(True, index=statements.index)
    if "evidence" in statements and "evidence_id" in statements:
        shown = statements["evidence"].notna() & statements["evidence_id"].notna()
    elif audited.any():
        raise InputError(
            "statements", "audited statements come without evidence", "Give `evidence` and `evidence_id`."
        )
    accepted = statements["met"].astype(bool) & (shown | ~audited)
    keys = ["firm", "criterion", "source"]
    met = accepted.groupby([statements[key] for key in [*keys, "level"]]).all().unstack("level")
    rows = met.reindex(columns=range(2, levels + 1)).astype("boolean").fillna(False).to_numpy(dtype=bool)
    _check_ladders(statements, met)
    level = 1 + np.cumprod(rows, axis=1).sum(axis=1)
    above = np.array([int(row[at:].sum()) for row, at in zip(rows, level - 1, strict=True)])
    return met.index.to_frame(index=False).assign(
        level=level,
        gap=np.where(level < levels, level + 1.0, np.nan),
        above_gap=above,
        flag=np.where(rows.any(axis=1), "", "no_evidence"),
    )


def _check_statements(statements: pd.DataFrame, levels: int) -> None:
    if absent := [name for name in STATEMENT_COLUMNS if name not in statements]:
        raise InputError("statements", f"column '{absent[0]}' is missing", "Add it.")
    allowed: dict[str, set[object]] = {
        "level": set(range(2, levels + 1)),
        "source": {one.value for one in Source},
        "met": {True, False},
    }
    if "evidence" in statements:
        allowed["evidence"] = {one.value for one in Evidence}
    for column, values in allowed.items():
        given = statements[column]
        wrong = ~given.isin(values) & (given.notna() | (column != "evidence"))
        if wrong.any():
            row = statements[wrong].iloc[0]
            raise InputError(
                f"statements, row {statements.index.get_loc(wrong.idxmax())}, firm {row['firm']}, criterion "
                f"{row['criterion']}",
                f"`{column}` is {row[column]!r}",
                f"Use one of {', '.join(sorted(map(str, values)))}.",
            )


def _check_ladders(statements: pd.DataFrame, met: pd.DataFrame) -> None:
    """Each criterion's levels go up from 2 without a hole, for whoever judged it."""
    declared = {str(one): set(part["level"]) for one, part in statements.groupby("criterion")}
    for criterion, found in declared.items():
        if hole := sorted(set(range(2, max(found))) - found):
            raise InputError(
                f"criterion {criterion}", f"no statement of level {hole[0]}, though level {max(found)} has some",
                "Give statements of every level up to the highest.",
            )  # fmt: skip
    answered = met.notna()
    for at, (firm, criterion, source) in enumerate(met.index.to_list()):
        row = dict(zip(met.columns, answered.iloc[at], strict=True))
        if missing := sorted(level for level in declared[str(criterion)] if not row[level]):
            raise InputError(
                f"firm {firm}, criterion {criterion}, source {source}",
                f"the statements of level {missing[0]} are not answered",
                "Say of each whether it is met; what was not looked at is not met.",
            )


def checked_levels(levels: pd.Series, highest: int = LEVELS) -> Array:
    """Levels as numbers, NaN where not rated. Raises InputError naming the row for one outside 1 … `highest` or not
    whole."""
    values = pd.to_numeric(levels, errors="coerce").to_numpy(dtype=np.float64)
    given = levels.notna().to_numpy()
    wrong = given & ~((values >= 1) & (values <= highest) & (values == np.floor(values)))
    if wrong.any():
        at = int(wrong.argmax())
        raise InputError(
            f"{levels.name}, row {levels.index[at]}", f"the level is {levels.iloc[at]}",
            f"Use whole levels from 1 to {highest}.",
        )  # fmt: skip
    return values


def maturity_index(mean_level: Array, levels: int = LEVELS) -> Array:
    """100·(L̄ − 1)/(levels − 1): 0 where all is at level 1, 100 at the highest."""
    return np.asarray(100 * (mean_level - 1) / (levels - 1))


def level_label(mean_level: Array, se: Array, alpha: float = 0.05, levels: int = LEVELS) -> Array:
    """The whole level that a mean level has reached for sure: ⌊L̄ − z_{1−α}·SE⌋, from 1 to `levels`; NaN where either
    is. With SE = 0 (one firm, all criteria rated) it is ⌊L̄⌋."""
    lower = mean_level + ndtri(alpha) * se
    return np.asarray(np.clip(np.floor(lower + 1e-9), 1, levels))


@dataclass(frozen=True, slots=True)
class Maturity:
    """Firms' maturity from levels of criteria. `elements`: firm, source, element, mean, minimum, criteria (rated).
    `firms`: firm, source, mean_level (Σω·L over elements), index_0_100, level (whole, ⌊mean⌋), weakest (element of
    the lowest mean), criteria."""

    elements: pd.DataFrame
    firms: pd.DataFrame


def maturity(rated: pd.DataFrame, criteria: pd.DataFrame, levels: int = LEVELS) -> Maturity:
    """Elements and firms by source. `rated`: firm, source, criterion, level. `criteria`: criterion, element, weight of
    the element (the same in all its rows, any positive scale).

    An element is the mean of its criteria. Raises InputError for a level that is none, a criterion that is not
    declared or rated twice, an element's weight that is not positive or differs, and a firm whose source left a
    criterion out: nothing is filled in.
    """
    weights = _element_weights(criteria)
    known = dict(zip(criteria["criterion"], criteria["element"], strict=True))
    _check_rated(rated, list(known))
    frame = rated.assign(level=checked_levels(rated["level"], levels), element=rated["criterion"].map(known))
    elements = (
        frame.groupby(["firm", "source", "element"])["level"]
        .agg(mean="mean", minimum="min", criteria="size")
        .reset_index()
    )
    wide = elements.pivot_table(index=["firm", "source"], columns="element", values="mean")[
        list(weights.index)
    ]
    mean = wide.to_numpy() @ weights.to_numpy()
    firms = wide.index.to_frame(index=False).assign(
        mean_level=mean,
        index_0_100=maturity_index(mean, levels),
        level=level_label(mean, np.zeros_like(mean), levels=levels).astype(np.intp),
        weakest=wide.idxmin(axis=1).to_numpy(),
        criteria=len(known),
    )
    return Maturity(elements, firms)


def _element_weights(criteria: pd.DataFrame) -> pd.Series:
    if doubled := criteria.loc[criteria["criterion"].duplicated(), "criterion"].to_list():
        raise InputError(f"criterion {doubled[0]}", "it is declared twice", "Declare each once.")
    spread = criteria.groupby("element", sort=False)["weight"].agg(["min", "max"])
    if (wrong := ~((spread["min"] > 0) & (spread["min"] == spread["max"]))).any():
        raise InputError(
            f"element {wrong.idxmax()}", "its weight is not positive, or not the same in all its rows",
            "Give one positive weight.",
        )  # fmt: skip
    return spread["min"] / spread["min"].sum()


def _check_rated(rated: pd.DataFrame, known: list[str]) -> None:
    if strange := [code for code in rated["criterion"].unique() if code not in known]:
        raise InputError(
            f"criterion {strange[0]}", "it is not declared", "Rate the criteria of the instrument."
        )
    keys = ["firm", "source", "criterion"]
    for problem, rows, cure in (
        ("is rated twice", rated.duplicated(keys), "Rate it once."),
        ("has no level", rated["level"].isna(), "Rate it; without evidence it is level 1."),
    ):
        if rows.any():
            row = rated[rows].iloc[0]
            raise InputError(
                f"firm {row['firm']}, source {row['source']}", f"{row['criterion']} {problem}", cure
            )
    for key, part in rated.groupby(["firm", "source"]):
        if lacking := [code for code in known if code not in set(part["criterion"])]:
            firm, source = key
            raise InputError(
                f"firm {firm}, source {source}",
                f"{lacking[0]} is not rated",
                "Rate it; without evidence it is level 1.",
            )
