"""What every spec is made of: frozen, unknown keys refused, bilingual labels, safe ids, the order of waves."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")

Identifier = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,39}$")]
"""Letters, digits and underscore, at most 40: safe as a column, a file name and a model name."""

WaveId = Annotated[str, Field(pattern=r"^[0-9]{4}(Q[1-4]|W[0-9]{2})?$")]
"""`2026`, `2026Q1` or `2026W07`."""


LAST_WEEK = 53


def wave_order(wave_id: str) -> float:
    """When a wave begins, in years: the one order of waves (their ids as text put 2026Q3 before 2026W07).

    A year and its first quarter or week begin together. Differences are years between waves.
    """
    year, part = int(wave_id[:4]), wave_id[4:]
    if part.startswith("Q"):
        return year + (int(part[1:]) - 1) / 4
    return year + (int(part[1:]) - 1) / LAST_WEEK if part else float(year)


def in_wave_order(wave_ids: Iterable[str]) -> tuple[str, ...]:
    """The ids, the earliest wave first; those that begin together by their text."""
    return tuple(sorted(wave_ids, key=lambda one: (wave_order(one), one)))


class Spec(BaseModel):
    """Base of all specs: immutable, hashable, unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Label(Spec):
    """One text in both languages."""

    zh: Annotated[str, Field(min_length=1)]
    en: Annotated[str, Field(min_length=1)]

    def text(self, language: Language) -> str:
        """The text in `language`."""
        return self.zh if language == "zh" else self.en
