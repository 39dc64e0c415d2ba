"""Answers of respondents as scores of 0-100, by question and by part; which records are of a period."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from ncsi.errors import CompositeError
from ncsi.ingest.records import Records
from ncsi.results.measures.asked import last_month
from ncsi.spec.measures.answers import AnswersDefinition


def answer_periods(records: Records) -> tuple[str, ...]:
    """Periods that can be published, earliest first."""
    return in_order(records.frame["period"])


def units_of(field: str, _plan: object, records: Records) -> int:
    """How many units the records are of, by the field that names them."""
    return int(records.frame[field].nunique())


def in_order(periods: Iterable[str]) -> tuple[str, ...]:
    """Periods by the month that they end in."""
    return tuple(sorted(set(periods), key=lambda one: (last_month(one), one)))


def of_period(records: Records, period: str) -> pd.DataFrame:
    """The records of a period. Raises CompositeError where there are none."""
    own = records.frame[records.frame["period"] == period].reset_index(drop=True)
    if own.empty:
        told = ", ".join(answer_periods(records))
        raise CompositeError(records.name, f"it has no answers of {period}", f"Its periods are: {told}")
    return own


def with_scores(frame: pd.DataFrame, definition: AnswersDefinition) -> pd.DataFrame:
    """The frame with every answer as 100 (a − lowest)/(highest − lowest) under the id of its question, and every part's
    mean of the questions answered under `part:` and its id; NaN below the least share of them."""
    low, high = definition.scale.lowest, definition.scale.highest
    ids = [one.id for one in definition.questions]
    scaled = 100 * (frame[ids].astype(np.float64) - low) / (high - low)
    parts = {}
    for part in definition.parts:
        own = scaled[[one.id for one in part.questions]]
        enough = own.notna().mean(axis=1) >= definition.least_answered
        parts[column_of(part.id)] = own.mean(axis=1).where(enough)
    return frame.assign(**{name: scaled[name] for name in ids}, **parts)


def column_of(part: str) -> str:
    """The column of a part's scores."""
    return f"part:{part}"
