"""Grades that are robust to error: the bound decides, not the estimate.

A grade is a list of gates that must all pass (intersection-union: no correction within one grade). A gate "at least c"
passes where the one-sided lower bound reaches c, a gate "at most c" where the upper bound does.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, isfinite, log
from typing import Literal

import numpy as np
from scipy.special import ndtri, stdtr, stdtrit

from ncsi.composite.measures.counts import clopper_pearson
from ncsi.errors import CompositeError

Standing = Literal["graded", "undetermined", "below"]
"""`undetermined`: the bounds fail the lowest grade, the favourable ones pass it; `below`: not even those do."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean or an index with its standard error; `df` of t, by default the normal."""

    value: float
    se: float
    df: float = float("inf")

    def bounds(self, alpha: float) -> tuple[float, float]:
        """One-sided bounds at 1 - α each."""
        reach = float(stdtrit(self.df, 1 - alpha) if isfinite(self.df) else ndtri(1 - alpha)) * self.se
        return self.value - reach, self.value + reach

    def chance_at_least(self, cut: float) -> float:
        """Φ((value - cut)/SE), or t's: how sure the figure is to reach the cut. 1 or 0 without an error."""
        if self.se == 0:
            return float(self.value >= cut)
        return float(stdtr(self.df, (self.value - cut) / self.se))


@dataclass(frozen=True, slots=True)
class Share:
    """`found` of `tested`: a share of defects, with Clopper and Pearson's exact bounds (1934)."""

    found: int
    tested: int

    @property
    def value(self) -> float:
        """The share itself, 0-1."""
        return self.found / self.tested

    def bounds(self, alpha: float) -> tuple[float, float]:
        """One-sided bounds at 1 - α each."""
        return clopper_pearson(self.found, self.tested, alpha)


Evidence = Estimate | Share


@dataclass(frozen=True, slots=True)
class Gate:
    """A quantity that must be at least, or at most, `cut`, at the one-sided level `alpha`."""

    quantity: str
    side: Literal["at_least", "at_most"]
    cut: float
    alpha: float = 0.05

    def passes(self, value: float) -> bool:
        """Whether the value lies on the right side, the cut included."""
        return value >= self.cut if self.side == "at_least" else value <= self.cut

    def strict(self, evidence: Evidence) -> float:
        """The bound that decides."""
        low, high = evidence.bounds(self.alpha)
        return low if self.side == "at_least" else high

    def lenient(self, evidence: Evidence) -> float:
        """The bound on the favourable side."""
        low, high = evidence.bounds(self.alpha)
        return high if self.side == "at_least" else low


@dataclass(frozen=True, slots=True)
class Grade:
    """A grade and all its gates."""

    id: str
    gates: tuple[Gate, ...]


@dataclass(frozen=True, slots=True)
class Binding:
    """A gate that stands between a unit and the next better grade, or of a grade held that it no longer earns, and the
    bound that fails it."""

    grade: str
    gate: Gate
    bound: float


@dataclass(frozen=True, slots=True)
class Graded:
    """What a unit is awarded.

    `point`: the grade of the bare estimates, empty below all; `awarded`: of the bounds, empty where none; `borderline`:
    unfavourable and favourable bounds give other grades; `chance`: that the first gate's quantity reaches the point
    grade's cut, NaN where there is no point grade or no estimate; `held`: kept from last time (hysteresis);
    `by_list`: the bounds give a better grade, which the rule for the list does not award; `earned`: what bounds and
    that rule give without regard to last time.
    """

    point: str
    awarded: str
    standing: Standing
    borderline: bool
    chance: float
    binding: tuple[Binding, ...]
    held: bool = False
    by_list: bool = False
    earned: str = ""


def require_rules(grades: Sequence[Grade]) -> None:
    """Refuse rules that cannot work: no grade, no gate, one id twice, gates that exclude each other, a better grade
    that asks for less. Best grade first. Raises CompositeError naming grade and gate."""
    ids = [one.id for one in grades]
    if not ids or any(not one.gates for one in grades):
        raise CompositeError("grades", "there is no grade, or one without a gate", "Give each grade a gate")
    twice = next((one for one in ids if ids.count(one) > 1), None)
    if twice is not None:
        raise CompositeError(f"grade {twice}", "stands twice", "Give each grade an id of its own")
    for one in grades:
        _require_possible(one)
    for better, lesser in pairwise(grades):
        _require_order(better, lesser)


def _require_possible(grade: Grade) -> None:
    for gate in grade.gates:
        if not isfinite(gate.cut) or not 0 < gate.alpha < 0.5:
            raise CompositeError(
                f"grade {grade.id}, {gate.quantity}", "needs a finite cut and an α of 0 to 0.5", "Correct the gate"
            )  # fmt: skip
    least = {one.quantity: one.cut for one in grade.gates if one.side == "at_least"}
    for gate in grade.gates:
        if gate.side == "at_most" and gate.cut < least.get(gate.quantity, -np.inf):
            raise CompositeError(
                f"grade {grade.id}, {gate.quantity}",
                f"must be at least {least[gate.quantity]:g} and at most {gate.cut:g}: nothing passes",
                "Correct one of the two gates",
            )


def _require_order(better: Grade, lesser: Grade) -> None:
    """Each gate of the lesser grade must follow from one of the better."""
    for gate in lesser.gates:
        same = [one for one in better.gates if (one.quantity, one.side) == (gate.quantity, gate.side)]
        if not any(gate.passes(one.cut) and one.alpha <= gate.alpha for one in same):
            raise CompositeError(
                f"grade {better.id}, {gate.quantity}",
                f"asks for less than the lesser grade {lesser.id}: what passes {better.id} could miss it",
                f"Give {better.id} a gate on {gate.quantity} that is at least as strict",
            )


def graded(
    grades: Sequence[Grade], evidence: Mapping[str, Evidence], last: str = "", barred: Collection[str] = ()
) -> Graded:
    """The grade of one unit by its evidence; grades best first, as `require_rules` accepts them.

    `last`: the grade it held; it is lost only where a favourable bound fails one of its gates (hysteresis), and never
    raised by that. `barred`: grades that the rule for the list does not award to this unit. Raises CompositeError for
    a quantity without evidence, or evidence that cannot be.
    """
    require_rules(grades)
    _require_evidence(grades, evidence)
    point = _first(grades, lambda gate: gate.passes(evidence[gate.quantity].value))
    strict = _first(grades, lambda gate: gate.passes(gate.strict(evidence[gate.quantity])))
    lenient = _first(grades, lambda gate: gate.passes(gate.lenient(evidence[gate.quantity])))
    places = {one.id: place for place, one in enumerate(grades)}
    given = next((k for k in range(strict, len(grades)) if grades[k].id not in barred), len(grades))
    held = last in places and places[last] < given and lenient <= places[last]
    place = places[last] if held else given
    awarded = grades[place].id if place < len(grades) else ""
    return Graded(
        point=grades[point].id if point < len(grades) else "",
        awarded=awarded,
        standing="graded" if awarded else "undetermined" if lenient < len(grades) else "below",
        borderline=strict != lenient,
        chance=_chance(grades[point].gates[0], evidence) if point < len(grades) else float("nan"),
        binding=_binding(grades, place if held else place - 1, evidence),
        held=held,
        by_list=strict < place,
        earned=grades[given].id if given < len(grades) else "",
    )


def _first(grades: Sequence[Grade], passes: Callable[[Gate], bool]) -> int:
    """Place of the best grade whose gates all pass; their number where none does."""
    return next((k for k, one in enumerate(grades) if all(map(passes, one.gates))), len(grades))


def _chance(gate: Gate, evidence: Mapping[str, Evidence]) -> float:
    found = evidence[gate.quantity]
    if isinstance(found, Share) or gate.side != "at_least":
        return float("nan")
    return found.chance_at_least(gate.cut)


def _binding(grades: Sequence[Grade], place: int, evidence: Mapping[str, Evidence]) -> tuple[Binding, ...]:
    """The gates of the grade in that place whose bounds fail; none above the best."""
    if place < 0:
        return ()
    grade = grades[place]
    bounds = [(gate, gate.strict(evidence[gate.quantity])) for gate in grade.gates]
    return tuple(Binding(grade.id, gate, bound) for gate, bound in bounds if not gate.passes(bound))


def _require_evidence(grades: Sequence[Grade], evidence: Mapping[str, Evidence]) -> None:
    for quantity in dict.fromkeys(gate.quantity for one in grades for gate in one.gates):
        found = evidence.get(quantity)
        if found is None:
            raise CompositeError(quantity, "has no evidence for its gate", "Measure it, or take the gate out")
        if isinstance(found, Share):
            good = 0 <= found.found <= found.tested and found.tested > 0
        else:
            good = isfinite(found.value) and isfinite(found.se) and found.se >= 0 and found.df > 0
        if not good:
            raise CompositeError(
                quantity, f"cannot be {found}", "Give a finite value and an error of 0 or more"
            )


def fewest_without_defect(share: float, alpha: float = 0.05) -> int:
    """How many must be tested, none of them found bad, for the upper bound to reach `share`: ln α / ln(1 - share).
    149 for 2 % at 95 %."""
    if not 0 < share < 1 or not 0 < alpha < 1:
        raise CompositeError(
            "share", f"and α must lie between 0 and 1, not {share:g} and {alpha:g}", "Correct them"
        )
    return ceil(log(alpha) / log(1 - share))
