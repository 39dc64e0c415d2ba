"""Times and durations as platforms write them → one form: clock time of fieldwork, seconds."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta, timezone, tzinfo

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

FIELD_CLOCK = timezone(timedelta(hours=8))
YEARS = range(2000, 2100)
_FIRST, _BEYOND = (np.datetime64(f"{year}-01-01", "us") for year in (YEARS.start, YEARS.stop))
_LENGTH = len("2026-03-01 12:30:00")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,2})?")
_PLAIN = "^[0-9]{1,15}([.][0-9]{1,15})?$"
_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}:[0-9]{2}")
_STAMP = re.compile(
    r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?(?:\s*(?:星期|周)[一二三四五六日天])?"
    r"(?:(?:[ T]+|(?<=[日一二三四五六天]))(?P<early>[AaPp][Mm]|上午|下午)?\s*(?P<hour>[0-9]{1,2})"
    r"(?::(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:\.[0-9]+)?)?"
    r"|[时点](?P<fen>[0-9]{1,2})分(?:(?P<miao>[0-9]{1,2})秒)?)"
    r"\s*(?P<late>[AaPp][Mm]|上午|下午)?)?\s*(?P<zone>Z|[+-][0-9]{2}:?[0-9]{2}|GMT[+-][0-9]{1,2}(?::?[0-9]{2})?)?"
)
_YEAR_LAST = re.compile(
    r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})(?:,?\s+([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?\s*([AaPp][Mm])?)?"
)
_UNITS = re.compile(
    r"(?:([0-9]+)\s*(?:天|days?|d))?\s*(?:([0-9]+)\s*(?:小时|时|hours?|hrs?|h))?\s*"
    r"(?:([0-9]+)\s*(?:分钟|分|minutes?|mins?|m))?\s*(?:([0-9.]+)\s*(?:秒|seconds?|secs?|s))?",
    re.IGNORECASE,
)
_CLOCK = re.compile(r"(?:([0-9]+):)?([0-9]{1,2}):([0-9]{2})")
_MONTHS, _NOON = 12, 12


def number(word: str) -> float:
    """A finite number, else NaN."""
    value = float(word) if _NUMBER.fullmatch(word) else math.nan
    return value if math.isfinite(value) else math.nan


def numbers(words: Sequence[str]) -> npt.NDArray[np.float64]:
    """`number` of each word; of many, those that are written plainly all at once."""
    texts = pa.array(words, pa.string())
    plain = np.asarray(pc.match_substring_regex(texts, _PLAIN), dtype=bool)
    found = np.full(len(words), np.nan)
    found[plain] = pc.cast(texts.filter(pa.array(plain)), pa.float64()).to_numpy()
    for k in np.flatnonzero(~plain).tolist():
        found[k] = number(words[k])
    return found


def day_first(words: Iterable[str]) -> bool | None:
    """Whether dates with the year last begin with the day: some first number is above 12, no second one is.

    None where the column does not tell; a time with AM or PM tells, since only month-first countries write it so.
    """
    first, second = year_last(words)
    return first if first != second else None


def year_last(words: Iterable[str]) -> tuple[bool, bool]:
    """Of dates with the year last, whether some cannot begin with the month, and some not with the day."""
    last = (word for word in words if not word[:4].isdigit())
    found = [match for match in map(_YEAR_LAST.fullmatch, last) if match]
    first = any(int(match[1]) > _MONTHS for match in found)
    second = any(int(match[2]) > _MONTHS or match[7] for match in found)
    return first, second


def moment(word: str, by_day: bool | None = None) -> datetime | None:
    """The time on the clock of fieldwork (UTC+8), None where it is none of 2000-2099 or could be two days.

    `by_day`: what `day_first` says of the column.
    """
    if _ISO.fullmatch(word):  # what most platforms write, and four times as fast
        return _checked(word)
    match = _STAMP.fullmatch(word)
    if match:
        year, month, day, hour = (int(match[k] or 0) for k in (1, 2, 3, "hour"))
        minute, second = int(match["minute"] or match["fen"] or 0), int(match["second"] or match["miao"] or 0)
        half = match["early"] or match["late"]
        if half and not 1 <= hour <= _NOON:
            return None
        hour = hour if not half else hour % _NOON + (_NOON if half.lower() in ("pm", "下午") else 0)
        return _zoned(_valid((year, month, day, hour, minute, second)), match["zone"])
    match = _YEAR_LAST.fullmatch(word)
    if not match:
        return None
    one, two, year, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
    if by_day is None and one != two:
        return None  # the third of April, or the fourth of March
    if match[7]:
        hour = hour % _NOON + (_NOON if match[7].lower() == "pm" else 0)
    return _valid(
        (year, two, one, hour, minute, second) if by_day else (year, one, two, hour, minute, second)
    )


def moments(words: Sequence[str], by_day: bool | None = None) -> npt.NDArray[np.datetime64]:
    """`moment` of each word, NaT where it is None; of many, those that most platforms write all at once."""
    texts = pa.array(words, pa.string())
    found = np.full(len(words), "NaT", dtype="datetime64[us]")
    plain = np.zeros(len(words), dtype=bool)
    for mask in (_as_long, _plainly):
        own = mask(texts)
        try:
            found[own] = pc.cast(texts.filter(pa.array(own)), pa.timestamp("us")).to_numpy()
        except pa.ArrowInvalid:  # one of them is written otherwise, or a day or an hour that is none
            continue
        plain = own
        break
    found[plain & ((found < _FIRST) | (found >= _BEYOND))] = "NaT"
    for k in np.flatnonzero(~plain).tolist():
        one = moment(words[k], by_day)
        found[k] = "NaT" if one is None else one
    return found


def _as_long(texts: pa.Array) -> npt.NDArray[np.bool_]:
    return np.asarray(pc.equal(pc.binary_length(texts), _LENGTH), dtype=bool)


def _plainly(texts: pa.Array) -> npt.NDArray[np.bool_]:
    return np.asarray(pc.match_substring_regex(texts, f"^{_ISO.pattern}$"), dtype=bool)


def seconds(word: str) -> float:
    """Seconds of `83`, `1分20秒`, `1h 2m 3s` or `1:02:03`; NaN where it is empty or none of these."""
    if word == "":
        return math.nan
    plain = number(word)
    if not math.isnan(plain):
        return plain if plain >= 0 else math.nan
    clock = _CLOCK.fullmatch(word)
    if clock:
        return int(clock[1] or 0) * 3600 + int(clock[2]) * 60 + float(clock[3])
    units = _UNITS.fullmatch(word)
    if not units:
        return math.nan
    days, hours, minutes, rest = (number(part) if part else 0.0 for part in units.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + rest


def _valid(parts: tuple[int, ...]) -> datetime | None:
    try:
        found = datetime(*parts)  # type: ignore[arg-type]
    except ValueError:
        return None
    return found if found.year in YEARS else None


def _checked(word: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(word)
    except ValueError:
        return None
    return found if found.year in YEARS else None


def _zoned(found: datetime | None, zone: str | None) -> datetime | None:
    if found is None or zone is None:
        return found
    return found.replace(tzinfo=_offset(zone)).astimezone(FIELD_CLOCK).replace(tzinfo=None)


def _offset(zone: str) -> tzinfo:
    """Of `Z`, `+0800`, `+08:00` or `GMT+8`."""
    if zone == "Z":
        return UTC
    sign, digits = (-1 if "-" in zone else 1), re.sub(r"[^0-9]", "", zone)
    hours, minutes = (int(digits[:-2]), int(digits[-2:])) if len(digits) > 2 else (int(digits), 0)
    return timezone(sign * timedelta(hours=min(hours, 23), minutes=minutes))
