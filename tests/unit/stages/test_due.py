"""What is due on which day of a wave."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from ncsi.engine import InOrder
from ncsi.errors import ReadError
from ncsi.spec.plan import load_plan
from ncsi.stages.due import due_steps, firings, is_planned, zone_of
from ncsi.stages.source_files import sources_of

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def wave(workspace):
    """Fieldwork from 1 to 31 March, release on 15 May."""
    return workspace.wave("2026")


@pytest.mark.parametrize(
    ("day", "steps"),
    [
        (date(2026, 2, 28), ()),
        (date(2026, 3, 1), ("collect",)),
        (date(2026, 3, 31), ("collect",)),
        (date(2026, 4, 1), ("collect", "estimate")),
        (date(2026, 5, 14), ("collect", "estimate")),
        (date(2026, 5, 15), ("collect", "estimate", "publish")),
    ],
)
def test_steps_of_a_day(wave, day, steps):
    assert due_steps(wave, datetime.combine(day, time(6), SHANGHAI)) == steps


def test_under_embargo_the_release_is_made_at_once_and_again_when_it_is_over(wave):
    held = wave.model_copy(update={"embargo": datetime(2026, 5, 15, 2, 0, tzinfo=UTC)})
    assert due_steps(held, datetime(2026, 4, 1, 6, tzinfo=SHANGHAI))[-1] == "publish"
    times = [one.time for one in firings(held, time(6), SHANGHAI)]
    assert times[0] == datetime(2026, 3, 1, 6, tzinfo=SHANGHAI)
    assert times[-2:] == [
        datetime(2026, 5, 15, hour, minute, tzinfo=SHANGHAI) for hour, minute in ((6, 0), (10, 1))
    ]


@pytest.mark.parametrize(
    ("day", "released", "planned"),
    [
        (date(2026, 5, 15), True, True),  # the day itself
        (date(2026, 5, 16), False, True),
        (date(2026, 6, 15), False, True),
        (date(2026, 6, 16), False, False),
        (date(2026, 5, 16), True, False),
    ],
)
def test_a_release_is_made_up_for_where_the_machine_was_off_on_its_day(wave, day, released, planned):
    assert is_planned(wave, day, released=released) is planned


def dated(wave, start, end, release, **changes):
    field = wave.field.model_copy(update={"start": start, "end": end})
    return wave.model_copy(update={"field": field, "release_date": release, **changes})


@pytest.mark.parametrize(
    ("start", "hour", "utc"),
    [
        (date(2026, 3, 7), time(6), ["2026-03-07T11:00", "2026-03-08T10:00", "2026-03-09T10:00"]),  # begins
        (
            date(2026, 3, 7),
            time(2, 30),
            ["2026-03-07T07:30", "2026-03-08T07:30", "2026-03-09T06:30"],
        ),  # skipped
        (
            date(2026, 10, 31),
            time(1, 30),
            ["2026-10-31T05:30", "2026-11-01T05:30", "2026-11-02T06:30"],
        ),  # twice
        (date(2028, 2, 28), time(6), ["2028-02-28T11:00", "2028-02-29T11:00", "2028-03-01T11:00"]),
        (date(2027, 2, 28), time(6), ["2027-02-28T11:00", "2027-03-01T11:00", "2027-03-02T11:00"]),
        (date(2026, 12, 31), time(6), ["2026-12-31T11:00", "2027-01-01T11:00", "2027-01-02T11:00"]),
    ],
)
def test_each_day_has_one_run_whatever_clocks_and_calendars_do(wave, start, hour, utc):
    own = dated(wave, start, start, start + timedelta(days=2), timezone="America/New_York")
    fired = firings(own, hour, zone_of(own, SHANGHAI))
    assert [f"{one.time.astimezone(UTC):%Y-%m-%dT%H:%M}" for one in fired] == utc
    assert [one.step for one in fired] == ["collect", "estimate", "publish"]


def test_an_embargo_that_ends_in_an_hour_that_clocks_skip_is_over_a_minute_later(wave):
    over = datetime(2026, 3, 8, 7, 0, tzinfo=UTC)
    own = dated(wave, date(2026, 3, 6), date(2026, 3, 6), date(2026, 3, 8), embargo=over)
    last = firings(own, time(1), ZoneInfo("America/New_York"))[-1]
    assert (last.step, last.time.astimezone(UTC)) == ("publish", over + timedelta(minutes=1))


def test_a_wave_that_is_closed_early_is_estimated_at_once_and_from_then_on(wave):
    closed = datetime(2026, 3, 20, 7, 0, tzinfo=UTC)
    noon = datetime(2026, 3, 20, 12, tzinfo=SHANGHAI)
    assert due_steps(wave, noon, closed) == ("collect",)
    assert due_steps(wave, noon + timedelta(hours=4), closed) == ("collect", "estimate")
    around = [one for one in firings(wave, time(6), SHANGHAI, closed) if 19 <= one.time.day <= 21][:4]
    assert [(one.step, one.time.astimezone(UTC)) for one in around] == [
        ("collect", datetime(2026, 3, 18, 22, tzinfo=UTC)),
        ("collect", datetime(2026, 3, 19, 22, tzinfo=UTC)),
        ("estimate", closed),
        ("estimate", datetime(2026, 3, 20, 22, tzinfo=UTC)),
    ]
    late = datetime(2026, 4, 20, 7, 0, tzinfo=UTC)
    assert firings(wave, time(6), SHANGHAI, late) == firings(wave, time(6), SHANGHAI)


def test_the_days_of_a_wave_are_those_of_its_zone(wave):
    auckland = ZoneInfo("Pacific/Auckland")
    moment = datetime(2026, 5, 14, 18, 0, tzinfo=UTC)
    assert due_steps(wave, moment.astimezone(SHANGHAI))[-1] == "publish"
    assert due_steps(wave, moment.astimezone(ZoneInfo("America/New_York")))[-1] == "estimate"
    assert zone_of(wave.model_copy(update={"timezone": "Pacific/Auckland"}), SHANGHAI) == auckland


def test_during_fieldwork_files_that_have_not_come_are_no_fault_but_afterwards_they_are(workspace):
    plan = load_plan(workspace, "2026")
    assert sources_of(workspace, "2026", partial=True) == ()
    assert InOrder().run_due(plan, datetime(2026, 3, 2, 6, tzinfo=SHANGHAI)) == ()
    with pytest.raises(ReadError, match="no file matches"):
        InOrder().run_due(plan, datetime(2026, 4, 2, 6, tzinfo=SHANGHAI))
