"""Published digits: every number as its table declares it, the same on every processor (docs/method.md §14).

A number is quantised to nine significant decimals first and then rounded half to even as a decimal, so that the last
bits of a processor's arithmetic cannot push a tie to either side.
"""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal

import numpy as np
import pandas as pd

from ncsi.tables import Table

SIGNIFICANT = 9
_PLAIN, _TIE = 1e6, 1e-2
"""Below so many units, nine significant decimals are within 0.005 of a unit."""


def in_published_digits(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    """The frame with each number in the digits that `table` declares; everything else as it is."""
    numbers = {
        one.name: one.digits for one in table.columns if one.kind == "number" and one.digits is not None
    }
    return frame.assign(
        **{name: rounded(frame[name], digits) for name, digits in numbers.items() if name in frame}
    ).reset_index(drop=True)


def rounded(values: pd.Series, digits: int) -> pd.Series:
    """A column of numbers in `digits` after the point, float64; what is missing stays missing."""
    given = values.to_numpy(dtype="float64", na_value=np.nan)
    unit = 10.0**digits
    # Far from a tie, and with significant digits to spare, the nearest whole number of units is the decimal's, and the
    # quotient of two whole numbers is the float nearest to it.
    with np.errstate(over="ignore", invalid="ignore"):
        in_units = given * unit
        whole = np.rint(in_units)
        plain = (np.abs(in_units) < _PLAIN) & (np.abs(in_units - whole) < 0.5 - _TIE)
    made = whole / unit + 0.0
    for place in np.flatnonzero(~(plain | np.isnan(given))):
        made[place] = rounded_number(float(given[place]), digits)
    return pd.Series(made, index=values.index, name=values.name)


def rounded_number(value: float, digits: int) -> float:
    """One number in `digits` after the point; no negative zero; what is not finite stays as it is."""
    if not np.isfinite(value):
        return value
    exact = Decimal(f"{value:.{SIGNIFICANT - 1}e}")
    return float(exact.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_EVEN)) + 0.0
