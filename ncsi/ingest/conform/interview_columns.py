"""What a file says of each interview: weight, times, outcome, interviewer, device."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from decimal import Decimal

import numpy as np
import numpy.typing as npt

from ncsi.ingest.cells import Coded
from ncsi.ingest.conform.clock import moments, number, numbers, seconds
from ncsi.ingest.conform.delivery import Column, Delivery, Made, by_word, nothing, objects
from ncsi.ingest.conform.facts import Fact, Kind, digits_lost, kind_of_value
from ncsi.ingest.conform.row_faults import Faults
from ncsi.ingest.privacy import PersonalWords, canonical_identity, derived_key, pseudonym

DISPOSITIONS = ("complete", "partial", "no_consent", "not_eligible", "technical_duplicate")
EXTREME_WEIGHT = 100
_INTERVIEWER_LETTERS = 12


def weight(file: Delivery) -> Made:
    """Weight of each row, 1 where the file has none; what is not a number is NaN, to be refused.

    A weight over a hundred times the median is told: one person would be the index.
    """
    column = file.column("weight")
    if column is None:
        return Made(np.ones(file.rows))
    _count_personal(file, "weight", column)
    values = numbers(column.words)[column.cells.codes]
    median = file.whole.median_weight
    if median is None:
        return Made(values)
    extreme = np.flatnonzero(values > EXTREME_WEIGHT * median)
    return Made(values, (Faults.alike("weight_extreme", column.name, extreme, Kind.NUMBER),))


def weight_kind(file: Delivery) -> Made:
    """What kind of value each weight is, for the message about one that is not positive."""
    column = file.column("weight")
    if column is None:
        return Made(np.full(file.rows, Kind.NUMBER, dtype=object))
    kinds = np.full(len(column.words), Kind.NUMBER, dtype=object)
    for k in np.flatnonzero(~(numbers(column.words) > 0)).tolist():
        kinds[k] = _weight_kind(column.words[k])
    return by_word(column, kinds)


def submitted_at(file: Delivery) -> Made:
    """Times on the clock of fieldwork (UTC+8); NaT where empty. A year outside 2000-2099 is a fault.

    Days and months of dates with the year last are told apart by the whole column; where it does not tell, each is
    a fault. Times outside the field dates are told.
    """
    column = file.column("submitted_at")
    if column is None:
        return Made(np.full(file.rows, "NaT", dtype="datetime64[us]"))
    values = moments(column.words, file.whole.by_day)
    unread = _unread(column, np.isnat(values))
    found = by_word(column, values, "submitted_at_unreadable", unread)
    return Made(found.values, (*found.faults, *_outside(file, column.name, np.asarray(found.values))))


def duration_s(file: Delivery) -> Made:
    """Seconds; NaN where empty. Reads seconds, `1分20秒`, `1h 2m`, `1:02:03`."""
    column = file.column("duration_s")
    if column is None:
        return Made(np.full(file.rows, np.nan))
    _count_personal(file, "duration_s", column)
    values = np.array([seconds(word) for word in column.words], dtype=float)
    wrong = [
        Kind.NEGATIVE if fact is not None and number(word) < 0 else fact
        for word, fact in zip(column.words, _unread(column, np.isnan(values)), strict=False)
    ]
    return by_word(column, values, "duration_unreadable", wrong)


def disposition(file: Delivery) -> Made:
    """Outcome of each interview, None where the file does not say; a word that is none of them is a fault."""
    column = file.column("disposition")
    if column is None:
        return nothing(file)
    known = objects([word if word in DISPOSITIONS else None for word in column.words])
    wrong = [Kind.CODE if word != "" and word not in DISPOSITIONS else None for word in column.words]
    return by_word(column, known, "disposition_unknown", wrong)


def interviewer(file: Delivery) -> Made:
    """Keyed pseudonym of the interviewer, None where unknown: a staff code is a person too."""
    key = derived_key(file.key, f"interviewer/{file.scope.wave}")
    return _renamed(file, "interviewer", lambda word: pseudonym(key, word)[:_INTERVIEWER_LETTERS])


def device(file: Delivery) -> Made:
    """Keyed pseudonym of the device (or address) a response came from, None where unknown."""
    key = derived_key(file.key, f"device/{file.scope.wave}")
    return _renamed(file, "device", lambda word: pseudonym(key, canonical_identity(word)))


def _count_personal(file: Delivery, meaning: str, column: Column) -> None:
    """A phone or card number is a number too, however it is written: stored as a weight it would be kept as it is."""
    personal = file.whole.numbers.setdefault((meaning, column.name), PersonalWords())
    personal.add(Coded(column.cells.codes, column.words), _in_full)


def _in_full(word: str) -> str:
    return f"{Decimal(word):f}" if math.isfinite(number(word)) else word


def _outside(file: Delivery, column: str, moments: npt.NDArray[np.datetime64]) -> tuple[Faults, ...]:
    """Rows submitted before the first or after the last day of fieldwork; none where it is unknown."""
    field = file.scope.field
    if field is None:
        return ()
    days = moments.astype("datetime64[D]")
    early, late = days < np.datetime64(field.start), days > np.datetime64(field.end)
    positions = np.flatnonzero(early | late)
    facts = [Kind.BEFORE if one else Kind.AFTER for one in early[positions]]
    return (Faults("outside_field_dates", column, positions, facts),)


def _unread(column: Column, odd: npt.NDArray[np.bool_]) -> Sequence[Fact | None]:
    """What kind of value each odd word is that is not empty; nothing where there is none."""
    wrong = {k: kind_of_value(column.words[k]) for k in np.flatnonzero(odd).tolist() if column.words[k] != ""}
    return [wrong.get(k) for k in range(len(odd))] if wrong else ()


def _weight_kind(word: str) -> Kind:
    value = number(word)
    if np.isnan(value):
        return kind_of_value(word)
    return Kind.ZERO if value == 0 else Kind.NEGATIVE if value < 0 else Kind.NUMBER


def _renamed(file: Delivery, meaning: str, of: Callable[[str], str]) -> Made:
    """Each word under another name; None where it is empty, an id that a spreadsheet cut, which may be that of several,
    or the file does not say."""
    column = file.column(meaning)
    if column is None:
        return nothing(file)
    cut = [Kind.EXPONENT if digits_lost(word) else None for word in column.words]
    known = [of(word) if word and not lost else None for word, lost in zip(column.words, cut, strict=True)]
    return by_word(column, objects(known), "code_digits_lost", cut)
