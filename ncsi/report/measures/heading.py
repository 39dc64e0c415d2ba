"""What pages of a measure carry of its period."""

from __future__ import annotations

from ncsi.report.text import Pair, phrase

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


def period_label(period: str) -> Pair:
    """A period as readers write it: of `2026`, `2026H1`, `2026Q3` or `2026-11`."""
    year, rest = period[:4], period[4:]
    if not rest:
        return phrase("period_year", year=year)
    if rest.startswith("-"):
        month = int(rest[1:])
        return Pair(f"{year}年{month}月", f"{_MONTHS[month - 1]} {year}")
    return phrase(f"period_{rest.lower()}", year=year)


def span_label(first: str, last: str) -> Pair:
    """From one month to another."""
    if first == last:
        return period_label(first)
    return phrase("period_span", first=period_label(first), last=period_label(last))


def month_short(month: str) -> Pair:
    """A month below a chart: `26-11`."""
    return Pair(f"{month[2:4]}-{month[5:]}", f"{month[2:4]}-{month[5:]}")


def unit_file(unit: str) -> str:
    """The name of a unit's page: its id, a slash between two parts as `--`."""
    return unit.replace("/", "--")
