"""What is due on which day of a wave."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from ncsi.engine import InOrder
from ncsi.errors import ReadError
from ncsi.spec.plan import load_plan
from ncsi.stages.due import due_steps, firings, is_planned
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


def test_during_fieldwork_files_that_have_not_come_are_no_fault_but_afterwards_they_are(workspace):
    plan = load_plan(workspace, "2026")
    assert sources_of(workspace, "2026", partial=True) == ()
    assert InOrder().run_due(plan, datetime(2026, 3, 2, 6, tzinfo=SHANGHAI)) == ()
    with pytest.raises(ReadError, match="no file matches"):
        InOrder().run_due(plan, datetime(2026, 4, 2, 6, tzinfo=SHANGHAI))
