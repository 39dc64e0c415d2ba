"""Weight, time of submission and duration: text → numbers, with a class for what cannot be read."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import numpy.typing as npt

from ncsi.ingest.cells import Coded, value_class
from ncsi.ingest.faults import Faults
from ncsi.spec import FieldDates

FIELD_CLOCK = timezone(timedelta(hours=8))
EXTREME_WEIGHT = 100
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,2})?")
_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}:[0-9]{2}")
_STAMP = re.compile(
    r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?"
    r"(?:[ T]+([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:\.[0-9]+)?)?)?\s*(Z|[+-][0-9]{2}:?[0-9]{2})?"
)
_CHINESE_DURATION = re.compile(
    r"(?:([0-9]+)\s*天)?\s*(?:([0-9]+)\s*(?:小时|时))?\s*(?:([0-9]+)\s*(?:分钟|分))?\s*(?:([0-9.]+)\s*秒)?"
)
_CLOCK_DURATION = re.compile(r"(?:([0-9]+):)?([0-9]{1,2}):([0-9]{2})")
_YEARS = range(2000, 2100)


def number(word: str) -> float:
    """A finite number, else NaN."""
    value = float(word) if _NUMBER.fullmatch(word) else math.nan
    return value if math.isfinite(value) else math.nan


def weights(cells: Coded) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.object_]]:
    """Weight and value class of each row; what is no number is NaN, to be refused."""
    values = np.array([number(word) for word in cells.words], dtype=float)
    classes = np.array([_weight_class(word) for word in cells.words], dtype=object)
    return values[cells.codes], classes[cells.codes]


def submitted(cells: Coded, column: str) -> tuple[npt.NDArray[np.datetime64], Faults]:
    """Times on the clock of fieldwork (UTC+8); NaT where empty. A year outside 2000-2099 is a fault."""
    read = [_stamp(word) for word in cells.words]
    values = np.array([one or "NaT" for one in read], dtype="datetime64[us]")
    return values[cells.codes], _unread(
        "submitted_at_unreadable", column, cells, [one is not None for one in read]
    )


def durations(cells: Coded, column: str) -> tuple[npt.NDArray[np.float64], Faults]:
    """Seconds; NaN where empty. Reads seconds, `1分20秒`, `1:02:03`."""
    values = np.array([_seconds(word) for word in cells.words], dtype=float)
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


def _stamp(word: str) -> datetime | None:
    if _ISO.fullmatch(word):  # what most platforms write, and four times as fast
        try:
            moment = datetime.fromisoformat(word)
        except ValueError:
            return None
        return moment if moment.year in _YEARS else None
    match = _STAMP.fullmatch(word)
    if not match or int(match[1]) not in _YEARS:
        return None
    try:
        moment = datetime(*(int(part or 0) for part in match.groups()[:6]))  # type: ignore[arg-type]
    except ValueError:
        return None
    if match[7] is None:
        return moment
    zone = UTC if match[7] == "Z" else datetime.strptime(match[7], "%z").tzinfo
    return moment.replace(tzinfo=zone).astimezone(FIELD_CLOCK).replace(tzinfo=None)


def _seconds(word: str) -> float:
    if word == "":
        return math.nan
    plain = number(word)
    if not math.isnan(plain):
        return plain if plain >= 0 else math.nan
    clock = _CLOCK_DURATION.fullmatch(word)
    if clock:
        return int(clock[1] or 0) * 3600 + int(clock[2]) * 60 + float(clock[3])
    chinese = _CHINESE_DURATION.fullmatch(word)
    if not chinese:
        return math.nan
    days, hours, minutes, seconds = (number(part) if part else 0.0 for part in chinese.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds
