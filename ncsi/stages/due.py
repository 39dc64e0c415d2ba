"""Which steps of a wave are due on a day, and when scheduled runs fire."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from ncsi.spec import Wave

Step = Literal["collect", "estimate", "publish"]
STEPS: tuple[Step, ...] = ("collect", "estimate", "publish")
"""In order: each begins with those before it."""

OVERDUE = timedelta(days=31)
"""How long after its day a release that is not there is still made up for."""


@dataclass(frozen=True, slots=True)
class Firing:
    """A scheduled run: what it is for, and when (aware, in the wave's zone)."""

    step: Step | Literal["inbox"]
    time: datetime


def zone_of(wave: Wave, default: ZoneInfo) -> ZoneInfo:
    """The zone of the wave's days: its own where it declares one."""
    return ZoneInfo(wave.timezone) if wave.timezone else default


def due_steps(wave: Wave, now: datetime, closed: datetime | None = None) -> tuple[Step, ...]:
    """Steps due at `now` (aware, in the zone of the wave's dates).

    Before fieldwork none; while it lasts, collecting; after it, or from when the wave was `closed`, estimating too;
    publishing from the release date on, or at once where an embargo keeps the release back until its time.
    """
    today = now.date()
    if today < wave.field.start:
        return ()
    return STEPS[: STEPS.index(_step_of(wave, today, closed is not None and closed <= now)) + 1]


def is_before_release(wave: Wave, now: datetime) -> bool:
    """Whether at `now` (aware) the wave's release date has not come, in its zone or, where it declares none, in that of
    this machine. An embargo keeps a release back by itself, to the minute."""
    today = now.astimezone(ZoneInfo(wave.timezone) if wave.timezone else None).date()
    return wave.embargo is None and today < wave.release_date


def is_planned(wave: Wave, today: date, *, released: bool) -> bool:
    """Whether something is still to be done: also where the day of a release passed lately without it."""
    return wave.release_date >= today or (today - wave.release_date <= OVERDUE and not released)


def firings(wave: Wave, at: time, zone: ZoneInfo, closed: datetime | None = None) -> tuple[Firing, ...]:
    """Daily at that hour of that zone from the first day of fieldwork through the release date, each for the last step
    that is due then; once more when the wave was `closed` before fieldwork was over, and to publish, a minute after an
    embargo is over. Earliest first.

    An hour that a clock skips is read by the clock before; of an hour that it repeats, the first is meant.
    """
    days = (wave.release_date - wave.field.start).days
    dates = (wave.field.start + timedelta(days=day) for day in range(days + 1))
    times = [_real(datetime.combine(one, at, zone)) for one in dates]
    daily = [Firing(_step_of(wave, one.date(), closed is not None and closed <= one), one) for one in times]
    if closed is not None and wave.field.start <= closed.astimezone(zone).date() <= wave.field.end:
        daily.append(
            Firing(_step_of(wave, closed.astimezone(zone).date(), closed=True), closed.astimezone(zone))
        )
    if wave.embargo is not None:
        daily.append(Firing("publish", (wave.embargo + timedelta(minutes=1)).astimezone(zone)))
    return tuple(sorted(daily, key=lambda one: one.time.astimezone(UTC)))


def _step_of(wave: Wave, today: date, closed: bool) -> Step:
    """The last step that is due on a day that is not before fieldwork."""
    if today <= wave.field.end and not closed:
        return "collect"
    return "estimate" if today < wave.release_date and wave.embargo is None else "publish"


def _real(local: datetime) -> datetime:
    """The same moment as its zone's clocks show it: not so only in an hour that they skip."""
    return local.astimezone(UTC).astimezone(local.tzinfo)
