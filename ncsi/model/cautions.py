"""What a model says of its own result besides the figures: typed, worded only where text is wanted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Code = Literal[
    "formative_as_reflective",
    "negative_variance",
    "no_standardised_value",
    "beyond_one",
    "not_located",
]
NOT_SEPARABLE: frozenset[Code] = frozenset({"beyond_one", "not_located"})
"""The data do not tell the two sides of the parameter apart."""

_WORDS: dict[Code, str] = {
    "formative_as_reflective": "{about}: formative in the instrument, taken as reflective here",
    "negative_variance": "Heywood case: {about} is a variance of {figure:.3f}",
    "no_standardised_value": "Heywood case: {about} has no standardised value, an implied variance is negative",
    "beyond_one": "not separable: {about} is {figure:.2f} standardised",
    "not_located": "not separable: {about} has a standardised standard error of {figure:.2f}",
}


@dataclass(frozen=True, slots=True)
class Caution:
    """One remark. `about`: the constructs and items it names; of a parameter, left side, operator, right side.
    `figure`: what was seen, in the units that the words give. `str` words it in English."""

    code: Code
    about: tuple[str, ...]
    figure: float = float("nan")

    def __str__(self) -> str:
        return _WORDS[self.code].format(about=" ".join(self.about), figure=self.figure)
