"""What is asked of a measure, and what its periods mean."""

from __future__ import annotations

from dataclasses import dataclass

WHOLE = "all"
"""The unit that is all units of a measure together."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The release that its rows belong to; the period that is published (`2026`, `2026H1`, `2026Q3`, `2026-11`); the
    level of intervals and tests; the seed of what is drawn."""

    release: str
    period: str
    level: float = 0.95
    seed: int = 1


def last_month(period: str) -> str:
    """The last month of a period, YYYY-MM."""
    year, rest = period[:4], period[4:]
    if rest.startswith("-"):
        return period
    ends = {"H": 6, "Q": 3}
    month = ends[rest[0]] * int(rest[1]) if rest else 12
    return f"{year}-{month:02d}"
