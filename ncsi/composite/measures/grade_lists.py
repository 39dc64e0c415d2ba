"""Lists of many graded units: how many false entries are to be expected, and the procedure that bounds their share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
from scipy.special import betainc, betaincc

from ncsi.arrays import Array, Mask
from ncsi.composite.measures.grades import Estimate, Evidence, Gate, Grade, Graded, graded

Control = Literal["expected", "bh"]
"""`expected`: every unit by its own bounds; `bh`: Benjamini and Hochberg over the units, for each grade."""


def graded_list(
    grades: Sequence[Grade],
    evidence: Sequence[Mapping[str, Evidence]],
    last: Sequence[str],
    control: Control = "expected",
    alpha: float = 0.05,
) -> tuple[Graded, ...]:
    """Every unit of a list, by its evidence and the grade it held (empty text: none); grades best first.

    With `bh` a grade is new to a unit only where the procedure at `alpha` lists it among all units that could have it;
    grades ask for ever less, so that the lists of lesser grades hold those of better ones. Raises CompositeError as
    `graded`.
    """
    first = tuple(graded(grades, one, was) for one, was in zip(evidence, last, strict=True))
    if control == "expected" or not first:
        return first
    lists = {one.id: listed(np.array([p_of(one, found) for found in evidence]), alpha) for one in grades}
    barred = [{name for name, on in lists.items() if not on[k]} for k in range(len(first))]
    return tuple(
        graded(grades, found, was, not_given)
        for found, was, not_given in zip(evidence, last, barred, strict=True)
    )


def false_entries(units: int, alpha: float) -> float:
    """How many units of a list may at most be expected on it by error: α · units."""
    return alpha * units


def listed(p: Array, alpha: float = 0.05) -> Mask:
    """Which units a list may name so that the expected share of false entries among them stays below α.

    `p` (n,): for each unit the largest p of its gates, NaN where not tested, which is never listed. Benjamini and
    Hochberg (1995).
    """
    order = np.argsort(p, kind="stable")
    known = int(np.isfinite(p).sum())
    below = np.flatnonzero(p[order][:known] <= alpha * np.arange(1, known + 1) / max(1, known))
    chosen = np.zeros(len(p), dtype=bool)
    if len(below):
        chosen[order[: below[-1] + 1]] = True
    return chosen


def p_of(grade: Grade, evidence: Mapping[str, Evidence]) -> float:
    """The largest one-sided p of a grade's gates: the p of "this unit does not deserve it" (intersection-union)."""
    return max(_p(gate, evidence[gate.quantity]) for gate in grade.gates)


def _p(gate: Gate, found: Evidence) -> float:
    if isinstance(found, Estimate):
        if found.se == 0:  # known without error: it passes, or it does not
            return 0.0 if gate.passes(found.value) else 1.0
        reach = found.chance_at_least(gate.cut)
        return 1 - reach if gate.side == "at_least" else reach
    if gate.side == "at_most":
        return (
            float(betaincc(found.found + 1, found.tested - found.found, gate.cut))
            if found.found < found.tested
            else 1.0
        )
    return float(betainc(found.found, found.tested - found.found + 1, gate.cut)) if found.found else 1.0
