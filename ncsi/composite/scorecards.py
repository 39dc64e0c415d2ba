"""Scorecards: classes by score, and vetoes that no score outweighs (quality credit, brand evaluation).

Rules are data. A veto asks of a fact (a recall, a severe violation, a lost licence) and sets the best class that is
left. The money value of a brand is out of scope: it needs cash flows.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import pandas as pd

from ncsi.errors import InputError

Comparison = Literal["<", "<=", "==", "!=", ">=", ">"]
_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt, "<=": operator.le, "==": operator.eq, "!=": operator.ne, ">=": operator.ge, ">": operator.gt,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ScoreClass:
    """A class and the score it begins at."""

    name: str
    at_least: float


@dataclass(frozen=True, slots=True)
class Veto:
    """Where `fact` compares so with `cut`, no class better than `at_best` is given, whatever the score."""

    code: str
    fact: str
    comparison: Comparison
    cut: float
    at_best: str


@dataclass(frozen=True, slots=True)
class Scorecard:
    """Classes from best to worst, the last for every score, and vetoes.

    Raises InputError for fewer than two classes, names used twice, cuts that do not fall, a last class that a score
    can miss, and a veto that compares otherwise, has no number to compare with, or names no class.
    """

    classes: tuple[ScoreClass, ...]
    vetoes: tuple[Veto, ...] = ()

    def __post_init__(self) -> None:
        names, cuts = [one.name for one in self.classes], [one.at_least for one in self.classes]
        if len(names) < 2 or len(set(names)) < len(names):
            raise InputError(
                "scorecard", f"its classes are {', '.join(names)}", "Name two or more, each once."
            )
        if any(not high > low for high, low in pairwise(cuts)) or cuts[-1] != -np.inf:
            raise InputError(
                "scorecard",
                "its cuts do not fall from the best class to −∞",
                "Order the classes, best first.",
            )
        codes = [one.code for one in self.vetoes]
        for veto in self.vetoes:
            if veto.comparison not in _COMPARE or np.isnan(veto.cut) or veto.at_best not in names:
                raise InputError(
                    f"veto {veto.code}",
                    f"'{veto.fact} {veto.comparison} {veto.cut}, at best {veto.at_best}' is no rule",
                    f"Compare by {' '.join(_COMPARE)} with a number, and name one of {', '.join(names)}.",
                )  # fmt: skip
            if codes.count(veto.code) > 1:
                raise InputError(f"veto {veto.code}", "the code is used twice", "Use each once.")


def classified(scores: pd.Series, facts: pd.DataFrame, card: Scorecard) -> pd.DataFrame:
    """Class of each unit: the one of its score, lowered by every veto that holds.

    `scores` by unit; `facts`: a row a unit (by the same index), a column each fact a veto asks for. Columns: unit,
    score, class_by_score, class_awarded, vetoes (codes that lowered or would lower it, in order), undecided (facts
    that are missing). A unit without a score, or that lacks a fact of a veto, is awarded no class (None): what is not
    known is no clean record. Raises InputError for a fact or a unit that `facts` does not have, or has twice.
    """
    if absent := [veto.fact for veto in card.vetoes if veto.fact not in facts]:
        raise InputError("facts of the scorecard", f"column '{absent[0]}' is missing", "Add it.")
    if not facts.index.is_unique or not scores.index.is_unique:
        raise InputError("facts of the scorecard", "a unit has two rows", "Give one a unit.")
    if unknown := [unit for unit in scores.index if unit not in facts.index]:
        raise InputError(
            "facts of the scorecard", f"unit '{unknown[0]}' has no row", "Give one to every unit."
        )
    rows = facts.loc[scores.index]
    return pd.DataFrame(
        [
            _classified(unit, float(score), rows.iloc[at], card)
            for at, (unit, score) in enumerate(scores.items())
        ]
    )


def _classified(unit: object, score: float, facts: pd.Series, card: Scorecard) -> dict[str, object]:
    names = [one.name for one in card.classes]
    missing = list(dict.fromkeys(veto.fact for veto in card.vetoes if pd.isna(facts[veto.fact])))
    held = [
        veto
        for veto in card.vetoes
        if veto.fact not in missing and bool(_COMPARE[veto.comparison](facts[veto.fact], veto.cut))
    ]
    by_score = None if pd.isna(score) else next(one.name for one in card.classes if score >= one.at_least)
    lowest = max((names.index(veto.at_best) for veto in held), default=0)
    decided = by_score is not None and not missing
    return {
        "unit": unit, "score": score, "class_by_score": by_score,
        "class_awarded": names[max(lowest, names.index(by_score))] if decided and by_score else None,
        "vetoes": tuple(veto.code for veto in held), "undecided": tuple(missing),
    }  # fmt: skip
