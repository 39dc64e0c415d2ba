"""The disclosure rules of units of composite indices and of measures, which are published by name or together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ncsi.disclosure.complement import with_complement
from ncsi.disclosure.context import Context
from ncsi.disclosure.unit_groups import LEAST_UNITS, WHOLE, hidden_groups
from ncsi.errors import PublicationError
from ncsi.tables import (
    FewUnits,
    NamedParts,
    NamedUnits,
    NamedWhere,
    Ratings,
    UnitCounts,
    UnitGroups,
    WholeOfUnits,
    cell_of,
)


def named_units(rule: NamedUnits, frame: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Of a measure or an index that does not name its units, the rows of all of them only."""
    named = frame[rule.of].isin(context.named)
    if rule.cell:
        for figure in rule.figures:
            _require_told(frame[~named & (frame["unit"] == WHOLE)], rule.cell, figure, context)
    return frame[named | (frame["unit"] == WHOLE)]


def _require_told(whole: pd.DataFrame, names: Sequence[str], figure: str, context: Context) -> None:
    """PublicationError for a sum of all units of a measure that is of too few, or that one of them dominates. A file
    that has the row of all units only counts none."""
    if context.members.empty:
        return
    counted = whole[whole["measure"].isin(set(context.members["measure"]))]
    for measure, cell in _cells_of(counted, names, figure):
        if (measure, cell) not in context.told:
            raise PublicationError(
                f"measure {measure}: a sum over its units, which it does not name, is of fewer than {LEAST_UNITS}, or "
                f"one unit is more than half of it ({', '.join(cell.splitlines())}). Nothing was published. Name the "
                "units."
            )


def _cells_of(frame: pd.DataFrame, names: Sequence[str], figure: str) -> list[tuple[str, str]]:
    """Measure and cell of each row."""
    return [
        (str(row["measure"]), cell_of({name: row[name] for name in names}, figure))
        for row in frame[["measure", *names]].to_dict("records")
    ]


def unit_groups(rule: UnitGroups, frame: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Of an index whose units are not named: groups of fewer units than may be shown are left out with their labels,
    and figures are blank as `hidden_groups` says."""
    unnamed = ~frame["tree"].isin(context.named)
    own = frame[unnamed]
    if own.empty:
        return frame
    untold = sorted(set(own["tree"]) - set(context.members["tree"] if len(context.members) else ()))
    if untold:
        raise PublicationError(
            f"index {untold[0]}: which units its groups have is not stored, so they are not published. "
            "Compute the index again."
        )
    hidden = hidden_groups(rule, own, context.members, context.roots).reindex(frame.index, fill_value=False)
    left_out = unnamed & (frame["units"] < LEAST_UNITS) & (frame["dimension"] != WHOLE)
    return frame.assign(**{name: frame[name].mask(hidden) for name in rule.figures})[~left_out]


def whole_of_units(rule: WholeOfUnits, frame: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Of an index whose units are not named: nothing of fewer than may be shown."""
    few = frame["tree"].isin(context.few)
    if rule.counted:
        few |= ~frame["tree"].isin(context.named) & (frame[rule.counted] < LEAST_UNITS)
    return frame[~few]


def ratings(rule: Ratings, frame: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Of an index whose units are not named: nothing of a year in which fewer than `LEAST_UNITS` are rated twice."""
    enough = frame[(frame["statistic"] == rule.counted) & (frame["n"] >= LEAST_UNITS)]
    open_ = set(enough[["tree", "year"]].itertuples(index=False, name=None))
    keys = frame[["tree", "year"]].itertuples(index=False, name=None)
    return frame[frame["tree"].isin(context.named) | np.array([key in open_ for key in keys], dtype=bool)]


def few_units(rule: FewUnits, frame: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Groups of units of a measure that are not named: blank where they are few, or one dominates."""
    unnamed = ~frame["measure"].isin(context.named)
    hidden = unnamed & small_groups_of_units(rule, frame, context)
    if rule.block:
        hidden |= unnamed & hidden.groupby([frame[name] for name in ("measure", *rule.block)]).transform(
            "any"
        )
    if rule.whole:
        is_part = frame[rule.whole] != ""
        counted = hidden & is_part & (frame[rule.count] >= LEAST_UNITS)
        hidden |= unnamed & ~is_part & counted.groupby(frame["measure"]).transform("any")
    return frame.assign(**{name: frame[name].mask(hidden) for name in rule.figures})


def small_groups_of_units(rule: FewUnits, frame: pd.DataFrame, context: Context) -> pd.Series:
    """Rows of groups of units that are too few, or that one dominates."""
    cells = _cells_of(frame, rule.cell, rule.figure)
    untold = np.array([cell not in context.told for cell in cells], dtype=bool)
    small: pd.Series = (frame[rule.count] < LEAST_UNITS) | untold
    return small


def unit_counts(rule: UnitCounts, frame: pd.DataFrame, context: Context) -> pd.DataFrame:
    """How many units there are by part, where they are not named: blank of a few, and of what would give those away."""
    own = frame[~frame["measure"].isin(context.named)]
    blank = {
        count: small_counts(rule, own, count, context).reindex(frame.index, fill_value=False)
        for count in rule.counts
    }
    of = frame[rule.counts[0]].astype(float)
    for name in rule.among:
        part = frame[name].astype(float)
        few = (part.between(1, LEAST_UNITS - 1) | (of - part).between(1, LEAST_UNITS - 1)) & (part > 0)
        blank[name] = blank[rule.counts[0]] | (few & frame.index.isin(own.index))
    return frame.assign(**{
        name: frame[name].astype("Int64").mask(hidden) for name, hidden in blank.items() if hidden.any()
    })  # fmt: skip


def small_counts(rule: UnitCounts, own: pd.DataFrame, count: str, context: Context) -> pd.Series:
    """Rows of unnamed measures whose count is blank: of a few, and what the total would give away. A part that nothing
    is in tells of nobody, and hides nothing."""
    some = own[own[count] > 0]
    small = small_parts(rule, some, count, context)
    hidden = with_complement(small, some[count], some[["measure"]], LEAST_UNITS)
    return hidden.reindex(own.index, fill_value=False)


def small_parts(rule: UnitCounts, frame: pd.DataFrame, count: str, context: Context) -> pd.Series:
    """Rows whose count is of a few units, or of one that dominates it."""
    cells = _cells_of(frame, (rule.part,), count)
    untold = np.array([one not in context.told for one in cells], dtype=bool)
    few: pd.Series = ((frame[count] < LEAST_UNITS) | untold) & (frame[count] > 0)
    return few


def named_parts(rule: NamedParts, frame: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Of a measure whose units are not named, the rows that name none."""
    return frame[frame["measure"].isin(context.named) | (frame[rule.names] == "")]


def named_where(rule: NamedWhere, frame: pd.DataFrame, _context: Context) -> pd.DataFrame:
    """Names as empty text where they may not be published."""
    return frame.assign(**{rule.name: frame[rule.name].where(frame[rule.flag].astype(bool), "")})
