"""Routing and required items: who should have been asked, and whether the answers agree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from ncsi.ingest.answers import KINDS, Answers
from ncsi.spec import Instrument, Missing

ROUTE, REQUIRED = "__route", "__required"
"""Suffixes of the columns that say, for an item with such a rule, whether a row keeps it."""

KEPT = "ok"
_BLANK, _NOT_ASKED = KINDS.index(Missing.BLANK.value), KINDS.index(Missing.NOT_ASKED.value)


def routed(instrument: Instrument, own: Mapping[str, Answers]) -> tuple[dict[str, Answers], pd.DataFrame]:
    """The answers, blank ones of items that were not to be asked marked so, and the rule columns of each row.

    Where the item that decides is itself missing nothing is known, and nothing is held against the row.
    """
    answers, columns = dict(own), {}
    for route in instrument.routing:
        skipped = _skipped(own[route.asked_if.item], route.asked_if.answers)
        one = answers[route.item]
        columns[route.item + ROUTE] = _state(skipped & ~np.asarray(one.values.isna()), "an answer")
        codes = np.where(skipped & (one.missing.codes == _BLANK), _NOT_ASKED, one.missing.codes)
        answers[route.item] = replace(one, missing=pd.Categorical.from_codes(codes, one.missing.categories))
    for item in instrument.required:
        columns[item + REQUIRED] = _state(answers[item].missing.codes == _BLANK, "empty")
    rows = len(next(iter(own.values())).missing)
    return answers, pd.DataFrame(columns, index=pd.RangeIndex(rows))


def _skipped(decides: Answers, asked_if: tuple[int, ...]) -> npt.NDArray[np.bool_]:
    known = ~np.asarray(decides.values.isna())
    values = decides.values.to_numpy(dtype=np.int64, na_value=0)
    return np.asarray(known & ~np.isin(values, asked_if))


def _state(broken: npt.NDArray[np.bool_], found: str) -> pd.Categorical:
    return pd.Categorical.from_codes(broken.astype(np.int8), pd.Index([KEPT, found], dtype="object"))
