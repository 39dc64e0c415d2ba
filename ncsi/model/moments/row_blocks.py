"""Runs of rows that are summed one after the other."""

from __future__ import annotations

from functools import cache

FEW = 8192
"""So few rows are one run: what is made of them is kept, and summed in one go."""


@cache
def row_blocks(n: int) -> tuple[slice, ...]:
    """Runs of n rows, whoever sums them: what is made of them is additive."""
    return tuple(slice(start, min(start + FEW, n)) for start in range(0, n, FEW))
