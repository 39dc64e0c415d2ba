"""Weight, time of submission and duration: text → numbers, with a class for what cannot be read."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from ncsi.ingest.cells import Coded, translated, value_class
from ncsi.ingest.clock import day_first, moment, number, seconds
from ncsi.ingest.faults import Faults
from ncsi.spec import FieldDates

EXTREME_WEIGHT = 100


def weights(cells: Coded) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.object_]]:
    """Weight and value class of each row; what is no number is NaN, to be refused."""
    values = np.array([number(word) for word in cells.words], dtype=float)
    classes = np.array([_weight_class(word) for word in cells.words], dtype=object)
    return values[cells.codes], classes[cells.codes]


def submitted(
    cells: Coded, column: str, recode: Mapping[str, str]
) -> tuple[npt.NDArray[np.datetime64], Faults]:
    """Times on the clock of fieldwork (UTC+8); NaT where empty. A year outside 2000-2099 is a fault.

    Days and months of dates with the year last are told apart by the whole column; where it does not tell, each is
    a fault.
    """
    if recode:
        cells = Coded(cells.codes, tuple(translated(word, recode) for word in cells.words))
    by_day = day_first(cells.words)
    read = [moment(word, by_day) for word in cells.words]
    values = np.array([one or "NaT" for one in read], dtype="datetime64[us]")
    return values[cells.codes], _unread(
        "submitted_at_unreadable", column, cells, [one is not None for one in read]
    )


def durations(cells: Coded, column: str) -> tuple[npt.NDArray[np.float64], Faults]:
    """Seconds; NaN where empty. Reads seconds, `1分20秒`, `1h 2m`, `1:02:03`."""
    values = np.array([seconds(word) for word in cells.words], dtype=float)
    return values[cells.codes], _unread("duration_unreadable", column, cells, list(~np.isnan(values)))


def outside(
    moments: npt.NDArray[np.datetime64], field: FieldDates | None, column: str | None
) -> tuple[Faults, ...]:
    """Rows submitted before the first or after the last day of fieldwork; none where either is unknown."""
    if field is None or column is None:
        return ()
    days = moments.astype("datetime64[D]")
    early, late = days < np.datetime64(field.start), days > np.datetime64(field.end)
    positions = np.flatnonzero(early | late)
    return (
        Faults(
            "outside_field_dates",
            column,
            positions,
            ["before" if one else "after" for one in early[positions]],
        ),
    )


def extreme(values: npt.NDArray[np.float64], column: str | None) -> tuple[Faults, ...]:
    """Rows whose weight is over a hundred times the median: one person would be the index."""
    usable = values[np.isfinite(values) & (values > 0)]
    if column is None or not len(usable):
        return ()
    positions = np.flatnonzero(values > EXTREME_WEIGHT * np.median(usable))
    return (Faults("weight_extreme", column, positions, ["number"] * len(positions)),)


def _unread(rule: str, column: str, cells: Coded, read: list[bool]) -> Faults:
    bad = np.array([not ok and word != "" for ok, word in zip(read, cells.words, strict=True)], dtype=bool)
    positions = np.flatnonzero(bad[cells.codes])
    classes = [value_class(cells.words[code]) for code in cells.codes[positions]]
    return Faults(rule, column, positions, classes)


def _weight_class(word: str) -> str:
    value = number(word)
    if math.isnan(value):
        return value_class(word)
    return "zero" if value == 0 else "negative" if value < 0 else "number"
