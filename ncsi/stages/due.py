"""Which steps of a wave are due on a day, and when scheduled runs fire."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from dateutil.rrule import DAILY, rrule

from ncsi.spec import Wave

Step = Literal["collect", "estimate", "publish"]


@dataclass(frozen=True, slots=True)
class Firing:
    """When runs fire: at `first`, and daily at that hour through `last` (the wave's own local time)."""

    first: datetime
    last: datetime

    @property
    def rrule(self) -> str:
        """As iCalendar writes it (RFC 5545), in local time."""
        return str(rrule(DAILY, dtstart=self.first, until=self.last))


def due_steps(wave: Wave, now: datetime) -> tuple[Step, ...]:
    """Steps due at `now` (aware, in the zone of the wave's dates).

    Before fieldwork none; while it lasts, collecting; after it, estimating too; publishing from the release date
    on, or at once where an embargo keeps the release back until its time.
    """
    today = now.date()
    if today < wave.field.start:
        return ()
    if today <= wave.field.end:
        return ("collect",)
    if today < wave.release_date and wave.embargo is None:
        return ("collect", "estimate")
    return ("collect", "estimate", "publish")


def firings(wave: Wave, at: time, zone: ZoneInfo) -> tuple[Firing, ...]:
    """Daily from the first day of fieldwork through the release date; once more when an embargo is over."""
    daily = Firing(datetime.combine(wave.field.start, at), datetime.combine(wave.release_date, at))
    if wave.embargo is None:
        return (daily,)
    over = wave.embargo.astimezone(zone).replace(tzinfo=None) + timedelta(minutes=1)
    return daily, Firing(over, over)
