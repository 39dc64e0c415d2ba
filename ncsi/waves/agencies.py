"""Agencies side by side: what they delivered and when, how their answers look, how their interviewers differ.

Agencies are compared, never judged: what differs is for somebody to look into. A share is marked where an agency's own
differs from that of all others together by more than a limit set beforehand and by more than chance: the interval of
Agresti and Caffo (2000, The American Statistician 54:280), at 95 % for all agencies and shares together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd
from scipy.special import ndtri

from ncsi.arrays import Array
from ncsi.errors import ModelError
from ncsi.spec import Delivery, FieldDates

SHARES = ("rejected", "speeding", "straight", "missing", "excluded")
"""Shares that are compared: of rows read those rejected; of answers those given too fast, all alike, left out by the
rules of response quality; of items those without an answer."""
LIMIT = 0.02
"""Difference of shares below which nobody need look."""
TOGETHER = 0.95
MIN_INTERVIEWS = 15
MIN_INTERVIEWERS = 3
APART = 5.0
"""Points that an interviewer's mean, drawn to the others', must differ from the median one's by to be named, and"""
SURE = 3.0
"""standard errors that it must differ by as it was observed."""


@dataclass(frozen=True, slots=True)
class Share:
    """`part` of `of`, and whether it is `marked` as different from the other agencies'."""

    part: int
    of: int
    marked: bool = False

    @property
    def value(self) -> float | None:
        """The share, 0-1; None of nothing."""
        return self.part / self.of if self.of else None


@dataclass(frozen=True, slots=True)
class Interviewers:
    """Interviewers of an agency with enough interviews: how many; the share of the variance of answers that lies
    between them (0-1), the design effect of their mean number of interviews; pseudonyms of those whose mean, drawn to
    that of all as far as few interviews err, lies far from the median one's, with that difference in points of 100."""

    number: int
    intraclass: float
    design_effect: float
    apart: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class AgencyProgress:
    """An agency in a wave: files and rows; median duration (s); shares by name; its interviewers where known; the day
    of its last file; `late`: the day by which a file was owed and is not there."""

    agency: str
    files: int
    rows_read: int
    accepted: int
    duration_s: float | None
    shares: Mapping[str, Share]
    interviewers: Interviewers | None
    last_file: date | None
    late: date | None


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of an agency's rows and answers, before they are compared."""

    agency: str
    files: int
    rows_read: int
    accepted: int
    duration_s: float | None
    counts: Mapping[str, tuple[int, int]]
    interviewers: Interviewers | None
    last_file: date | None


def owed_since(delivery: Delivery, field: FieldDates, last_file: date | None, today: date) -> date | None:
    """The day by which a file was owed that has not come; None where none is owed.

    Files of a day may come on the next; those of a week within the week after the last; the last one by the deadline.
    """
    deadline = delivery.deadline or field.end
    if delivery.every == "once":
        return deadline if last_file is None and today > deadline else None
    step = timedelta(days=1 if delivery.every == "day" else 7)
    first = field.start if delivery.every == "day" else field.start + step - timedelta(days=1)
    due = first + timedelta(days=1) if last_file is None else last_file + step
    if due > deadline + timedelta(days=1):
        return None
    return due if today > due else None


def side_by_side(
    tallies: Sequence[Tally], deliveries: Mapping[str, Delivery], field: FieldDates, today: date
) -> tuple[AgencyProgress, ...]:
    """Agencies in the order given, with what differs marked and what is late told."""
    tests = max(1, len(tallies) * len(SHARES))
    z = float(ndtri(1 - (1 - TOGETHER) / (2 * tests)))
    found = []
    for one in tallies:
        shares = {}
        for name, (part, of) in one.counts.items():
            others = [other.counts[name] for other in tallies if other is not one]
            beside = (sum(k for k, _ in others), sum(n for _, n in others))
            shares[name] = Share(part, of, _differs((part, of), beside, z))
        owed = deliveries.get(one.agency)
        late = owed_since(owed, field, one.last_file, today) if owed else None
        found.append(
            AgencyProgress(one.agency, one.files, one.rows_read, one.accepted, one.duration_s, shares,
                           one.interviewers, one.last_file, late)
        )  # fmt: skip
    return tuple(found)


def _differs(own: tuple[int, int], others: tuple[int, int], z: float) -> bool:
    """Higher than the others by more than LIMIT, and so is the lower end of Agresti and Caffo's interval by 0."""
    (x, n), (y, m) = own, others
    if not n or not m or x / n - y / m <= LIMIT:
        return False
    p, q = (x + 1) / (n + 2), (y + 1) / (m + 2)
    return bool(p - q > z * np.sqrt(p * (1 - p) / (n + 2) + q * (1 - q) / (m + 2)))


def interviewers_of(frame: pd.DataFrame) -> Interviewers | None:
    """Interviewers by their mean scores. `frame`: a row an answer, with interviewer (None: not known), brand and score
    (0-100). Scores are taken from their brand's mean, so that whoever asks about a disliked brand does not stand out.

    None where fewer than three have 15 interviews or more.
    """
    known = frame[frame["interviewer"].notna() & frame["score"].notna()]
    centred = known["score"] - known.groupby("brand")["score"].transform("mean")
    grouped = centred.groupby(known["interviewer"])
    sizes, means = grouped.size(), grouped.mean()
    enough = sizes >= MIN_INTERVIEWS
    if enough.sum() < MIN_INTERVIEWERS:
        return None
    n, mean = sizes[enough].to_numpy(dtype=np.float64), means[enough].to_numpy(dtype=np.float64)
    within = _within(centred, known["interviewer"])
    if not within > 0:
        return Interviewers(len(n), 0.0, 1.0, ())
    from ncsi.model import fay_herriot  # late: most waves name no interviewers

    try:
        drawn = fay_herriot(mean, np.sqrt(within / n))
    except ModelError:
        return None
    share = float(drawn.variance / (drawn.variance + within))
    names = [str(one) for one in sizes.index[enough]]
    from_median = drawn.estimate - np.median(drawn.estimate)
    apart = (np.abs(from_median) > APART) & (np.abs(mean - np.median(mean)) > SURE * np.sqrt(within / n))
    far = [(name, float(d)) for name, d, named in zip(names, from_median, apart, strict=True) if named]
    return Interviewers(
        len(n), share, 1 + (float(n.mean()) - 1) * share, tuple(sorted(far, key=lambda one: -abs(one[1])))
    )


def _within(values: pd.Series, group: pd.Series) -> float:
    """Variance of answers pooled over interviewers."""
    deviations: Array = (values - values.groupby(group).transform("mean")).to_numpy(dtype=np.float64)
    freedom = len(values) - group.nunique()
    return float(deviations @ deviations / freedom) if freedom > 0 else 0.0
