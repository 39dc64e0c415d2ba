"""What a model says of its own result besides the figures: typed, worded only where text is wanted."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal
from warnings import warn

Code = Literal[
    "formative_as_reflective",
    "negative_variance",
    "no_standardised_value",
    "beyond_one",
    "not_located",
    "level_not_reached",
    "few_effective",
    "nearly_one",
    "counts_backwards",
    "may_count_backwards",
]
NOT_SEPARABLE: frozenset[Code] = frozenset({"beyond_one", "not_located"})
"""The data do not tell the two sides of the parameter apart."""

_WORDS: dict[Code, str] = {
    "formative_as_reflective": "{about}: formative in the instrument, taken as reflective here",
    "negative_variance": "Heywood case: {about} is a variance of {figure:.3f}",
    "no_standardised_value": "Heywood case: {about} has no standardised value, an implied variance is negative",
    "beyond_one": "not separable: {about} is {figure:.2f} standardised",
    "not_located": "not separable: {about} has a standardised standard error of {figure:.2f}",
    "level_not_reached": "the {about} model has no proven optimum in these data; the levels before it stand",
    "few_effective": "{about}: {figure:.0f} effective respondents of {0:.0f}; errors and intervals are unsure below 50",
    "nearly_one": "items {about} correlate at {figure:.4f}: one question asked twice; drop one of them",
    "counts_backwards": "{about}: outer weight {figure:.3f}, loading {0:.3f}, so a better answer lowers the index. "
    "Reverse-coded? Declare `reverse: true` in the map; else take it out of the construct",
    "may_count_backwards": "{about}: outer weight or loading not positive in {figure:.1%} of the replicates",
}


@dataclass(frozen=True, slots=True)
class Caution:
    """One remark. `about`: the constructs and items it names; of a parameter, left side, operator, right side.
    `figure` and `besides`: what was seen, in the units that the words give. `str` words it in English."""

    code: Code
    about: tuple[str, ...]
    figure: float = float("nan")
    besides: tuple[float, ...] = ()

    def __str__(self) -> str:
        return _WORDS[self.code].format(*self.besides, about=" ".join(self.about), figure=self.figure)


class ModelWarning(UserWarning):
    """A caution, given as a Python warning."""


def said(cautions: Iterable[Caution]) -> None:
    """Give each as a `ModelWarning` of the line outside this package that asked for the model."""
    for one in cautions:
        warn(str(one), ModelWarning, stacklevel=asked_from())


def asked_from() -> int:
    """Frames from the caller to the first that is none of the package's, as `warn` counts them."""
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and str(frame.f_globals.get("__name__")).split(".")[0] == "ncsi":
        level, frame = level + 1, frame.f_back
    return level
