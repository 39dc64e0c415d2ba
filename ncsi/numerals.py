"""Figures as readers expect them: a true minus sign, no negative zero, nothing small written as none."""

from __future__ import annotations

import math

NONE = "—"


def number(value: float | None, digits: int = 1, grouped: bool = False, none: str = NONE) -> str:
    """A figure with `digits` decimals, thousands apart where `grouped`; `none` where there is no figure."""
    if value is None or math.isnan(value):
        return none
    rounded = f"{value:{',' if grouped else ''}.{digits}f}"
    return rounded.lstrip("-") if not rounded.strip("-0.,") else rounded.replace("-", "−")


def p_value(p: float, none: str = NONE) -> str:
    """With three decimals, or that it is below 0.001; `none` where there is none."""
    return "<0.001" if p < 0.001 else number(p, 3, none=none)


def per_cent(share: float, digits: int = 0) -> str:
    """A share of 1 in per cent; one that is not 0 is not written as 0."""
    least = 10.0**-digits
    return f"<{least:.{digits}f}%" if 0 < 100 * share < least / 2 else f"{100 * share:.{digits}f}%"


def level_told(level: float) -> str:
    """A confidence level in per cent, with the decimals that it has: 95%, 99.5%."""
    return f"{100 * level:g}%"
