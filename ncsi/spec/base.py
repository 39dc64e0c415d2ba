"""What every spec shares: frozen, unknown keys refused, bilingual labels, safe identifiers."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")

Identifier = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,39}$")]
"""Letters, digits and underscore, at most 40: safe as a column, a file name and a model name."""

WaveId = Annotated[str, Field(pattern=r"^[0-9]{4}(Q[1-4]|W[0-9]{2})?$")]
"""`2026`, `2026Q1` or `2026W07`."""


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
