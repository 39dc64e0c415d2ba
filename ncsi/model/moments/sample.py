"""From a data frame to the arrays a model is fitted to: who is eligible, sorted, checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from ncsi.arrays import Array, Codes, Mask, Positions, narrowest
from ncsi.errors import ModelError
from ncsi.model.moments.coded import (
    Answers,
    Coded,
    answered_of,
    ends_of,
    is_complete,
    lacking,
    whole,
)
from ncsi.model.moments.em import em_moments
from ncsi.model.moments.row_blocks import row_blocks
from ncsi.model.moments.scaled import Columns, answers_on_0_100, as_numbers
from ncsi.model.moments.weighted import Moments, moments_of

if TYPE_CHECKING:
    from ncsi.spec.instrument import Instrument

MIN_TARGET_ITEMS = 2
MIN_SHARE_ANSWERED = 0.85
_LARGEST = 1e100
"""The largest weight, and one over it, beyond which they are brought to about 1."""


@dataclass(frozen=True, slots=True)
class Units:
    """What is drawn in place of single rows: the unit of each row (n,), and the stratum of each unit (C,),
    ascending."""

    of_row: Codes
    stratum: Positions


@dataclass(frozen=True, slots=True)
class Sample:
    """Eligible respondents, sorted by stratum: items on 0-100 in `answers` (n, p), NaN where missing.

    `weights` (n,); `group` (n,) positions in `groups`; `stratum` (n,) ascending positions; `excluded` rows
    had too few answers; `rows` (n,) positions in the data frame; `units`: the clusters that were sampled, None
    where respondents were; `labels` the data frame's index.
    """

    answers: Answers
    weights: Array
    group: Codes
    groups: tuple[object, ...]
    stratum: Codes
    excluded: int
    rows: Codes
    units: Units | None = None
    labels: pd.Index | None = None

    def rows_of(self, group: int) -> slice:
        """The respondents of a group, which lie side by side."""
        first, stop = np.searchsorted(self.group, [group, group + 1])
        return slice(int(first), int(stop))

    @property
    def X(self) -> Array:
        """All answers (n, p) as numbers: of many respondents they are made anew each time."""
        return whole(self.answers)

    @property
    def complete(self) -> bool:
        """No answer is missing."""
        return is_complete(self.answers)

    def moments(self) -> Moments:
        """Weighted moments; by EM when answers are missing."""
        return (moments_of if self.complete else em_moments)(self.answers, self.weights)


def sample_of(
    df: pd.DataFrame, instrument: Instrument, weights: str | None, by: str | None, strata: str | None,
    clusters: str | None = None,
) -> Sample:  # fmt: skip
    """Check and sort the rows of `df`. Raises ModelError naming the column, item or construct at fault."""
    require_names(weights=weights, by=by, strata=strata, clusters=clusters)
    _require_columns(df, [*instrument.item_ids, *(name for name in (weights, by, strata, clusters) if name)])
    return sample_of_columns(df, instrument, weights, by, strata, clusters, df.index)


def sample_of_columns(
    columns: Columns, instrument: Instrument, weights: str | None, by: str | None, strata: str | None,
    clusters: str | None = None, labels: pd.Index | None = None,
) -> Sample:  # fmt: skip
    """The same of columns that are there and read one by one: no more of them is held than is looked at."""
    n = len(columns)
    answers = answers_on_0_100(columns, instrument)
    enough = eligible(columns, answers, instrument)
    w = np.ones(n) if weights is None else _weights(columns[weights], weights)
    group, groups = told_apart(columns[by], by, by) if by else (np.zeros(n, dtype=np.int16), ())
    stratum, extra = group, None
    if strata:
        extra = told_apart(columns[strata], strata, "stratum")[0]
        stratum = _paired(group, extra)
    rows = np.flatnonzero(enough)
    rows = rows[np.argsort(stratum[rows], kind="stable")]
    answers = answers.brought(rows) if isinstance(answers, Coded) else answers[rows]
    stratum = stratum[rows]
    design = np.zeros(len(rows) if clusters else 0, dtype=np.int16) if extra is None else extra[rows]
    sample = Sample(
        answers, w[rows], group[rows], tuple(groups), numbered(stratum), n - len(rows), rows.astype(np.int32),
        _units(columns[clusters].iloc[rows], clusters, stratum, design) if clusters else None, labels,
    )  # fmt: skip
    check_sample(sample, instrument)
    return sample


def _paired(first: Codes, second: Codes) -> Codes:
    """Pairs of codes, as numbers in their order."""
    count = int(second.max(initial=0)) + 1
    pair = first.astype(narrowest((int(first.max(initial=0)) + 1) * count + 1))
    pair *= count
    pair += second
    return pair


def _units(of_rows: pd.Series, name: str, stratum: Codes, design: Codes) -> Units:
    """Clusters as units within the strata of rows, or, where they cut across the by-groups, within `design` alone.

    Raises ModelError for rows without a cluster, and for a stratum that has only one.
    """
    codes, clusters = told_apart(of_rows, name, "cluster")
    any_of = np.empty(len(clusters), dtype=stratum.dtype)
    any_of[codes] = stratum
    nested = bool((any_of[codes] == stratum).all())
    within = pd.factorize(stratum if nested else design, sort=True)[0]
    unit, units = pd.factorize(within * len(clusters) + codes, sort=True)
    of_unit = np.asarray(units // len(clusters), dtype=np.intp)
    lone = np.flatnonzero(np.bincount(of_unit) < 2)
    if lone.size:
        raise ModelError(
            f"column '{name}': {lone.size} strata hold a single cluster, so its variance is unknown. Join strata."
        )
    return Units(unit.astype(np.int32), of_unit)


def told_apart(column: pd.Series, name: str, what: str) -> tuple[Codes, pd.Index]:
    """What tells rows apart, as positions in its ascending values. Raises ModelError for rows without a value."""
    try:
        codes, values = pd.factorize(column, sort=True)
    except TypeError as error:  # lists and dictionaries, of nested columns
        raise ModelError(
            f"column '{name}': its values are lists or the like, which tell no rows apart. Name a column of texts or "
            "numbers."
        ) from error
    if (codes < 0).any():
        raise ModelError(
            f"column '{name}': {int((codes < 0).sum())} rows have no value. Give every row its {what}."
        )
    return codes.astype(narrowest(len(values))), pd.Index(values)


def numbered(ascending: Codes) -> Codes:
    """Ascending values as numbers from 0, without a gap."""
    new = np.zeros(len(ascending), dtype=bool)
    np.not_equal(ascending[1:], ascending[:-1], out=new[1:])
    return np.cumsum(new, dtype=narrowest(int(new.sum()) + 1))


def require_names(**columns: object) -> None:
    """Raise ModelError for a Series, a list, an empty text or whatever else stands where a call takes the name of a
    column."""
    for argument, name in columns.items():
        if isinstance(name, str) and not name:
            raise ModelError(
                f"{argument} is '', which names no column. Leave it out, or name one: {argument}='…'."
            )
        if name is not None and not isinstance(name, str):
            raise ModelError(
                f"{argument} is {type(name).__name__}, not the name of a column. Put the values into the data as a "
                f"column, and give its name: {argument}='…'."
            )


def groups_in(df: pd.DataFrame, group: str) -> list[object]:
    """The groups that a column names, in the order of their texts. Raises ModelError for what is no column of the data,
    or holds lists and the like, or fewer than two groups."""
    require_names(group=group)
    _require_columns(df, [group])
    _, values = told_apart(df[group].dropna(), group, "group")
    if len(values) < 2:
        raise ModelError(f"column '{group}' holds {len(values)} group(s). A comparison needs two or more.")
    return sorted(values.tolist(), key=str)


def _require_columns(df: pd.DataFrame, wanted: list[str]) -> None:
    """Raise ModelError for what is no data frame, and for a column that it lacks or has twice."""
    if not isinstance(df, pd.DataFrame):
        cure = "Make them one with .to_pandas()." if hasattr(df, "to_pandas") else "Make them one."
        raise ModelError(f"the data are {type(df).__name__}, not a pandas data frame. {cure}")
    there = set(df.columns.tolist())
    absent = [name for name in wanted if name not in there]
    if absent:
        raise ModelError(f"the data have no column {', '.join(absent)}. Add it, or name the right column.")
    twice = [] if df.columns.is_unique else [name for name in wanted if (df.columns == name).sum() > 1]
    if twice:
        raise ModelError(f"the data have several columns {', '.join(twice)}. Keep one of each name.")


def _weights(column: pd.Series, name: str) -> Array:
    values = as_numbers(column)
    if values is None:
        raise ModelError(f"weight '{name}': contains non-numeric values; convert the column.")
    bad = ~np.isfinite(values) | (values <= 0)
    if bad.any():
        raise ModelError(
            f"weight '{name}': {int(bad.sum())} rows are not positive numbers. "
            "Leave those rows out or give them a weight above zero."
        )
    largest = float(values.max()) if len(values) else 1.0
    if 1 / _LARGEST <= largest <= _LARGEST:
        return values
    return np.asarray(
        np.ldexp(values, -np.frexp(largest)[1])
    )  # only ratios count, and squares must be numbers


def eligible(columns: Columns, answers: Answers, instrument: Instrument) -> Mask:
    """At least 2 target items answered, and 85 % of the items asked (docs/method.md §2)."""
    p = len(instrument.item_ids)
    asked = np.full(len(columns), p, dtype=narrowest(p + 1))
    for item in instrument.item_ids:
        if f"{item}_missing" in columns:
            asked -= _not_asked(columns[f"{item}_missing"])
    own = {item.id for item in instrument.construct(instrument.target).items}
    target = [k for k, item in enumerate(instrument.item_ids) if item in own]
    enough = answered_of(answers, target) >= min(MIN_TARGET_ITEMS, len(target))
    answered = answered_of(answers, range(p))
    for rows in row_blocks(len(columns)):
        enough[rows] &= answered[rows] >= MIN_SHARE_ANSWERED * asked[rows] - 1e-9
    return np.asarray(enough, dtype=np.bool_)


def _not_asked(missing: pd.Series) -> Mask | Literal[0]:
    """Who was not asked, by what is missing of each; of categories without such a one, nobody."""
    if isinstance(missing.dtype, pd.CategoricalDtype) and "not_asked" not in missing.cat.categories:
        return 0
    return (missing == "not_asked").fillna(False).to_numpy(dtype=bool)


def check_sample(sample: Sample, instrument: Instrument) -> None:
    """Raise ModelError where too few answered, an item does not vary, or two were never answered together."""
    items = instrument.item_ids
    n, p = sample.answers.shape
    if n <= p:
        respondents = "1 eligible respondent" if n == 1 else f"{n} eligible respondents"
        raise ModelError(
            f"instrument {instrument.id}: {respondents} for {p} items ({sample.excluded} had too few "
            "answers). Collect more, or use a shorter instrument."
        )
    lowest, highest = ends_of(sample.answers)
    for k in np.flatnonzero(~(lowest < highest)):
        where = f"construct {instrument.construct_of(items[k]).id}, item {items[k]}"
        if np.isnan(lowest[k]):
            raise ModelError(f"{where}: nobody answered it. Check the column map, or take the item out.")
        raise ModelError(
            f"{where}: every answer is the same, so it carries no information. Check the export, or take "
            "the item out of the instrument."
        )
    _check_together(sample, items, instrument)


def _check_together(sample: Sample, items: tuple[str, ...], instrument: Instrument) -> None:
    """Raise ModelError for two items that no respondent answered both: nothing says how they go together."""
    if sample.complete:
        return
    both: Array = np.zeros((len(items), len(items)))
    for rows in row_blocks(len(sample.weights)):
        given = (~lacking(sample.answers, rows)).astype(np.float64)
        both += given.T @ given
    never = np.argwhere(np.triu(both == 0))
    if never.size:
        first, second = (f"{items[k]} ({instrument.construct_of(items[k]).id})" for k in never[0])
        raise ModelError(
            f"instrument {instrument.id}: no respondent answered both {first} and {second}, so their correlation is "
            "unknown. Take one of them out, or look at the routing."
        )
