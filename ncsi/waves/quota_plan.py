"""Quotas by cell from a sample size: respondents of a brand in proportion to the population of each cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from math import floor, prod

from ncsi.errors import SpecError
from ncsi.spec import MarginTable

Cell = tuple[str, ...]


def cell_shares(tables: Sequence[MarginTable], by: Sequence[str], sector: str) -> dict[Cell, float]:
    """Shares of the cells of the variables `by` in the population of a sector, from its totals.

    A table that has several of the variables keeps them together; tables of different variables are taken as
    independent of each other. Raises SpecError naming a variable that no table has.
    """
    left, parts = list(by), list[tuple[tuple[str, ...], dict[Cell, float]]]()
    while left:
        table = max(tables, key=lambda one: len(set(one.by) & set(left)), default=None)
        named = tuple(one for one in by if one in left and table is not None and one in table.by)
        if table is None or not named:
            raise SpecError(
                "--by",
                f"no margin of the wave has totals of '{left[0]}'",
                "Name variables that `weighting.margins` has",
            )
        parts.append((named, _shares(table, named, sector)))
        left = [one for one in left if one not in named]
    found: dict[Cell, float] = {}
    for chosen in product(*(own.items() for _, own in parts)):
        value = {name: one for (names, _), (cell, _) in zip(parts, chosen, strict=True)
                 for name, one in zip(names, cell, strict=True)}  # fmt: skip
        found[tuple(value[name] for name in by)] = prod(share for _, share in chosen)
    return found


def allocated(n: int, shares: Mapping[Cell, float]) -> dict[Cell, int]:
    """`n` respondents over the cells by their shares, summing to `n`: whole parts first, then the largest remainders,
    ties in the order of the cells (Hamilton)."""
    exact = {cell: n * share / sum(shares.values()) for cell, share in shares.items()}
    made = {cell: floor(size) for cell, size in exact.items()}
    order = sorted(exact, key=lambda cell: made[cell] - exact[cell])
    for cell in order[: n - sum(made.values())]:
        made[cell] += 1
    return made


def _shares(table: MarginTable, named: Sequence[str], sector: str) -> dict[Cell, float]:
    at = [table.by.index(one) for one in named]
    sums: dict[Cell, float] = {}
    for row in table.of(sector):
        cell = tuple(row.category[k] for k in at)
        sums[cell] = sums.get(cell, 0.0) + row.total
    total = sum(sums.values())
    return {cell: size / total for cell, size in sums.items()}
