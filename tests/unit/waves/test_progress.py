"""Answers of a sector against its quotas."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from ncsi.spec import FieldDates, QuotaCell
from ncsi.survey.size import Setting
from ncsi.waves.progress import by_day, field_days, sector_progress, whole_family

FIELD = FieldDates(start=date(2026, 11, 3), end=date(2026, 11, 30))


def cell(target, brand=None, agency=None, **of):
    return QuotaCell("banks", brand, agency, tuple(of.items()), target)


def answers(rows):
    frame = pd.DataFrame(rows, columns=["brand", "agency", "day", "age"])
    return frame.astype(dict.fromkeys(("brand", "agency", "age"), object))


def days_to(last):
    return field_days(FIELD, last, last)


def test_days_of_fieldwork_end_with_what_is_known():
    assert field_days(FIELD, date(2026, 11, 2), None) == ()
    assert field_days(FIELD, date(2026, 11, 5), None)[-1] == date(2026, 11, 5)
    assert field_days(FIELD, date(2026, 11, 20), date(2026, 11, 10))[-1] == date(2026, 11, 10)
    assert len(field_days(FIELD, date(2027, 1, 1), date(2026, 11, 20))) == 28


def test_answers_dated_outside_fieldwork_count_on_its_first_or_last_day():
    known = days_to(date(2026, 11, 5))
    days = pd.Series([date(2026, 10, 1), known[0], known[1], date(2026, 11, 9), date(2026, 11, 5)])
    assert by_day(days, known).tolist() == [2, 1, 2]
    assert by_day(days, ()).tolist() == []


def test_quotas_that_overlap_are_not_added():
    by_age = [cell(60, age="young"), cell(40, age="old")]
    by_brand = [cell(70, "A"), cell(50, "B")]
    assert whole_family([*by_age, *by_brand]) == ("brand",)
    assert whole_family([*by_age, cell(500, agency="jia")]) == ("age",)
    assert whole_family([cell(500, agency="jia")]) == ("agency",)
    assert whole_family([]) is None


def test_a_brand_beyond_its_quota_fills_no_others():
    """Of 90 wanted 90 came, and a third of a brand's are lacking: when fieldwork is over as before."""
    rows = [("A", "jia", FIELD.start, "young")] * 70 + [("B", "yi", FIELD.start, "old")] * 20
    quotas = [cell(60, "A"), cell(30, "B")]
    for last in (date(2026, 11, 9), FIELD.end):
        found = sector_progress("banks", answers(rows), quotas, ["A", "B"], days_to(last), FIELD)
        whole = found.forecast
        assert (whole.accepted, whole.target, whole.lacking, whole.full) == (90, 90, 10, False)
        assert [one.forecast.lacking for one in found.cells] == [0, 10]
    assert (whole.chance, whole.needed) == (0.0, 10.0)


def test_a_sector_by_brand_and_age():
    start = FIELD.start
    rows = [("A", "jia", start + timedelta(days=k % 7), "young" if k % 3 else "old") for k in range(60)]
    rows += [("B", "yi", start + timedelta(days=k % 7), "young") for k in range(30)]
    quotas = [
        cell(30, "A", age="young"),
        cell(30, "A", age="old"),
        cell(60, "B", age="young"),
        cell(9, "B", age="old"),
    ]
    found = sector_progress(
        "banks", answers(rows), quotas, ["A", "B", "C"], days_to(date(2026, 11, 9)), FIELD
    )
    assert found.accepted == sum(found.daily) == 90
    assert [one.forecast.accepted for one in found.cells] == [40, 20, 30, 0]
    assert found.forecast.target == 129
    assert found.forecast.lacking == 49
    assert found.forecast.needed == pytest.approx((0 + 10 + 30 + 9) / 21)  # nobody makes up for another cell
    assert [one.cell.of for one in found.short] == [(("age", "old"),), (("age", "young"),), (("age", "old"),)]
    assert [(one.cell.brand, one.cell.of) for one in found.behind] == [("B", (("age", "old"),))]
    assert [one.accepted for one in found.brands] == [60, 30, 0]
    assert [one.target for one in found.brands] == [60, 69, None]
    assert found.brands[1].closing == 69  # its quotas stop it
    assert found.brands[2].closing == 0


def test_margins_close_at_the_pace_of_the_last_week():
    rows = [("A", "", FIELD.start + timedelta(days=k % 7), "") for k in range(70)]
    spread = Setting(sd=15.0, deff=1.5)
    found = sector_progress(
        "banks", answers(rows), [], ["A", "B"], days_to(date(2026, 11, 9)), FIELD, spread=spread
    )
    closing = 70 + 10 * 21
    assert found.brands[0].closing == closing
    assert found.brands[0].margin == pytest.approx(
        1.959963984540054 * np.sqrt(1.5 * 15**2 / closing), rel=1e-12
    )
    assert found.brands[1].margin is None
    assert found.forecast is None
    assert found.cells == ()


def test_a_quota_of_an_agency_counts_its_answers_alone():
    rows = [("A", "jia", FIELD.start, "young")] * 3 + [("A", "yi", FIELD.start, "young")] * 2
    found = sector_progress(
        "banks", answers(rows), [cell(10, agency="yi"), cell(10, "A")], ["A"], days_to(FIELD.start), FIELD
    )
    assert [one.forecast.accepted for one in found.cells] == [2, 5]
    assert found.forecast.accepted == 5
