"""Population margins against the rows of a survey: the same categories, totals that agree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ncsi.arrays import Codes, narrowest
from ncsi.errors import InputError, LeftOut
from ncsi.survey.design import Floats
from ncsi.survey.design_columns import codes_of, crossed, require_once

SUMS_AGREE = 1e-6

Name = str | tuple[str, ...]
Totals = Mapping[Any, float]


@dataclass(frozen=True, slots=True, eq=False)
class Margin:
    """A margin: its name, categories, their totals, and the category code of each row."""

    name: str
    categories: tuple[str, ...]
    totals: Floats
    codes: Codes


def margin_of(frame: pd.DataFrame, columns: Name, totals: Totals | pd.Series) -> Margin:
    """The margin of a column, or of several crossed (keys of `totals` are then tuples), on the frame's rows.

    Raises InputError naming margin, category and cure: an unknown column, a missing value, a category of the
    data without a total, a total that is not positive, a category with a total but without a row.
    """
    names = (columns,) if isinstance(columns, str) else tuple(columns)
    name, told = " × ".join(names), list[Codes]()
    for column in names:
        if column not in frame:
            raise InputError(f"margin {name}", f"there is no column '{column}'", "Name a column of the data")
        require_once(frame, column)
        codes, distinct = codes_of(_of_values(frame[column]), column)
        told.append(codes.astype(narrowest(len(distinct)), copy=False))
    own = _totals(name, totals)
    keys = list(own)
    values = np.array(list(own.values()))
    if not len(keys) or not (np.isfinite(values) & (values > 0)).all():
        bad = next((key for key, value in own.items() if not (np.isfinite(value) and value > 0)), "")
        raise InputError(
            f"margin {name}, category '{_text(bad)}'", "its total is not positive", "Give a total above 0"
        )
    which, first = crossed(told)
    cells = pd.MultiIndex.from_frame(frame[list(names)].iloc[first])
    known = pd.MultiIndex.from_tuples([key if isinstance(key, tuple) else (key,) for key in keys])
    codes = known.get_indexer(cells).astype(narrowest(len(keys)))[which]
    _require_categories(name, frame[list(names)], codes, keys)
    return Margin(name, tuple(_text(key) for key in keys), values, codes)


def _of_values(column: pd.Series) -> pd.Series | pd.Categorical:
    return column.array if isinstance(column.dtype, pd.CategoricalDtype) else column


def _totals(name: str, totals: Totals | pd.Series) -> dict[Any, float]:
    """Category → total, of a mapping or of a Series whose index has each category once."""
    if isinstance(totals, pd.Series) and totals.index.is_unique:
        totals = dict(zip(totals.index.tolist(), totals.tolist(), strict=True))
    if not isinstance(totals, Mapping):
        what = (
            "a Series that has a category twice" if isinstance(totals, pd.Series) else type(totals).__name__
        )
        raise InputError(
            f"margin {name}", f"its totals are {what}, not a mapping", "Give each category its total, once"
        )
    try:
        return {key: float(value) for key, value in totals.items()}
    except (TypeError, ValueError) as error:
        raise InputError(f"margin {name}", "a total is no number", "Give each category a number") from error


def require_known(margin: Margin, reached: Floats, sets: int = 1) -> None:
    """InputError when a category with a total has no weight in the data: nothing can be scaled up to it.

    `reached`: weight of each category, the least of `sets` replicates.
    """
    empty = np.flatnonzero(reached <= 0)
    if not len(empty):
        return
    where = f"margin {margin.name}, category '{margin.categories[empty[0]]}'"
    count = int((margin.codes == empty[0]).sum())
    cure = "Join it to a neighbouring category in the margin and in the data"
    if sets > 1 and count:
        problem = f"its {count} respondents are all left out of one of {sets} replicates"
        raise LeftOut(where, problem, cure, margin.name)
    raise InputError(where, "it has a total but no respondent", cure)


def require_agreement(margins: list[Margin]) -> None:
    """InputError when the margins describe populations of different sizes."""
    sums = [float(one.totals.sum()) for one in margins]
    for margin, total in zip(margins, sums, strict=True):
        if abs(total - sums[0]) > SUMS_AGREE * sums[0]:
            raise InputError(
                f"margin {margin.name}",
                f"its totals sum to {total:g}, those of {margins[0].name} to {sums[0]:g}",
                "Give all margins of the same population, or shares that sum to 1",
            )


def _require_categories(name: str, rows: pd.DataFrame, codes: Codes, keys: list[Any]) -> None:
    strange = np.flatnonzero(codes < 0)
    if not len(strange):
        return
    first = rows.iloc[int(strange[0])]
    if first.isna().any():
        raise InputError(
            f"margin {name}, row {rows.index[strange[0]]}",
            f"the value is missing ({len(strange)} such rows)",
            "Give those respondents a category of their own, with a total, or leave them out",
        )
    odd = rows.iloc[strange]
    count, others = int((odd == first).all(axis=1).sum()), len(odd.drop_duplicates()) - 1
    more = f", as have {others} more" if others else ""
    names = [_text(key if isinstance(key, tuple) else (key,)) for key in keys]
    found = _text(tuple(first))
    near = next((one for one in names if one.lower() == found.lower()), None) or _similar(found, names)
    hint = f"Did you mean '{near}'? " if near else ""
    raise InputError(
        f"margin {name}, category '{found}'",
        f"{count} rows have it, but it has no total{more}",
        f"Add its total, or correct its spelling. {hint}Categories are: {', '.join(names[:12])}",
    )


def _similar(found: str, names: list[str]) -> str | None:
    """The category most like the one found, None where none is."""
    from rapidfuzz import fuzz, process

    best = process.extractOne(found, names, scorer=fuzz.ratio, score_cutoff=60)
    return None if best is None else str(best[0])


def _text(key: object) -> str:
    return " × ".join(str(one) for one in key)[:80] if isinstance(key, tuple) else str(key)[:80]
