"""Agencies side by side: what is late, what differs, whose interviewers stand apart."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from ncsi.spec import Delivery, FieldDates
from ncsi.waves.agencies import SHARES, Tally, interviewers_of, owed_since, side_by_side

FIELD = FieldDates(start=date(2026, 11, 3), end=date(2026, 11, 30))


def day(n):
    return date(2026, 11, n)


@pytest.mark.parametrize(
    ("every", "last_file", "today", "late"),
    [
        ("day", None, day(3), None),
        ("day", None, day(4), None),  # the first day's answers may come on the second
        ("day", None, day(5), day(4)),
        ("day", day(10), day(11), None),
        ("day", day(10), day(12), day(11)),
        ("day", day(30), date(2026, 12, 5), date(2026, 12, 1)),  # answers of the last day
        ("day", date(2026, 12, 1), date(2026, 12, 5), None),
        ("week", None, day(10), None),
        ("week", None, day(11), day(10)),
        ("week", day(10), day(17), None),
        ("week", day(10), day(18), day(17)),
        ("once", None, day(30), None),
        ("once", None, date(2026, 12, 1), day(30)),
        ("once", day(9), date(2026, 12, 1), None),
    ],
)
def test_what_is_owed(every, last_file, today, late):
    assert owed_since(Delivery(agency="jia", every=every), FIELD, last_file, today) == late


def test_a_deadline_ends_what_is_owed():
    early = Delivery(agency="jia", every="day", deadline=day(10))
    assert owed_since(early, FIELD, day(11), day(20)) is None
    assert owed_since(early, FIELD, day(9), day(20)) == day(10)


def tally(agency, **counts):
    named = {name: counts.get(name, (0, 100)) for name in SHARES}
    return Tally(agency, 1, 100, 100, None, named, None, day(9))


def test_a_share_is_marked_by_size_and_by_chance():
    """11 of 200 against 10 of 900: Agresti and Caffo .0594 − .0122 = .0472, SE .0170, z of 15 tests 2.935.

    .0472 < .0500; of twice as many with the same shares .0456 > .0348.
    """
    few = side_by_side(
        [tally("a", straight=(11, 200)), tally("b", straight=(10, 800)), tally("c")], {}, FIELD, day(9)
    )
    many = side_by_side(
        [tally("a", straight=(22, 400)), tally("b", straight=(20, 1600)), tally("c")], {}, FIELD, day(9)
    )
    assert [one.shares["straight"].marked for one in few] == [False, False, False]
    assert [one.shares["straight"].marked for one in many] == [True, False, False]


def test_a_small_difference_is_not_marked_however_sure():
    found = side_by_side(
        [tally("a", missing=(24_000, 800_000)), tally("b", missing=(8_800, 800_000))], {}, FIELD, day(9)
    )
    assert [one.shares["missing"].marked for one in found] == [False, False]


def test_an_agency_alone_is_compared_with_nobody():
    (found,) = side_by_side([tally("a", straight=(90, 100))], {}, FIELD, day(9))
    assert not found.shares["straight"].marked
    assert found.shares["straight"].value == 0.9
    assert side_by_side([tally("a", straight=(0, 0))], {}, FIELD, day(9))[0].shares["straight"].value is None


def interviews(shift=0.0, per=30, interviewers=8):
    rng = np.random.default_rng(3)
    rows = []
    for k in range(interviewers):
        for j in range(per):
            brand = "AB"[(j + k) % 2] if k else "A"
            score = 60 + 15 * (brand == "A") + rng.normal(0, 10) + (shift if k == 1 else 0)
            rows.append((f"i{k}", brand, score))
    return pd.DataFrame(rows, columns=["interviewer", "brand", "score"])


def test_an_interviewer_who_stands_apart_is_named_and_one_with_a_liked_brand_is_not():
    calm = interviewers_of(interviews())
    assert (calm.number, calm.apart) == (8, ())
    assert calm.intraclass < 0.05
    high = interviewers_of(interviews(shift=20))
    assert [name for name, _ in high.apart] == ["i1"]
    assert 10 < high.apart[0][1] < 20  # drawn to the others
    assert high.design_effect == pytest.approx(1 + 29 * high.intraclass)


def test_too_few_interviewers_or_interviews_tell_nothing():
    assert interviewers_of(interviews(interviewers=2)) is None
    assert interviewers_of(interviews(per=14)) is None
    unknown = interviews().assign(interviewer=None)
    assert interviewers_of(unknown) is None


def test_answers_that_do_not_vary_have_no_interviewer_effect():
    same = interviews().assign(score=50.0)
    found = interviewers_of(same)
    assert (found.intraclass, found.design_effect, found.apart) == (0.0, 1.0, ())
