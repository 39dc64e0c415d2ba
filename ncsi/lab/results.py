"""Tables of results that also read as a page: data frames with `summary` and `tidy`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import pandas as pd

from ncsi.lab import words
from ncsi.lab.glancing import glanced
from ncsi.lab.html import as_html
from ncsi.lab.page import Page
from ncsi.lab.rendering import Readable, text_table
from ncsi.lab.tidying import Names, named
from ncsi.spec import Language

SHORT = 10
"""Rows that a `repr` shows."""
TIDY = ("estimate", "se", "df", "low", "high", "t", "p", "p_adjusted")
_ADJUSTED = ("p_joint", "p_holm")


class Paged(ABC):
    """What has a page, sheets and one row a parameter."""

    __slots__ = ()

    @abstractmethod
    def page(self, lang: Language = "en") -> Page:
        """Title, lines, notices and tables in `lang`."""

    @abstractmethod
    def sheets(self) -> Mapping[str, pd.DataFrame]:
        """The tables in full precision by the name of their sheet."""

    @abstractmethod
    def tidy(self, names: Names = "house") -> pd.DataFrame:
        """One row a parameter; `names="broom"` gives one `term` and the columns that R's broom uses."""

    def glance(self) -> pd.DataFrame:
        """One row about the whole result: result (its kind), instrument, n, n_eff, replicates and level where it has
        them, and what the method was asked and found in single figures."""
        return glanced(type(self).__name__, self._values())

    def _values(self) -> tuple[object, ...]:
        return (self,)

    def summary(self, lang: Language = "en") -> ResultSummary:
        """The result as it is read. Raises ModelError for a language other than "zh" and "en"."""
        words.require_language(lang)
        return ResultSummary(self, lang)

    def _repr_html_(self) -> str:
        return as_html(self.page(), "en")


class Result(Paged, pd.DataFrame):
    """A data frame that reads as a page. What is cut out of it is a plain data frame.

    `found` is the value of the model that it was made of.
    """

    _metadata: ClassVar[list[str]] = ["found"]
    _keys: ClassVar[tuple[str, ...]] = ()
    _estimate: ClassVar[str] = "estimate"
    found: Any

    def __init__(self, frame: pd.DataFrame, found: Any) -> None:
        super().__init__(frame)  # type: ignore[call-arg]  # its stubs know __new__ alone
        self.found = found

    @property
    def _constructor(self) -> type[pd.DataFrame]:
        return pd.DataFrame

    def _values(self) -> tuple[object, ...]:
        return self.found if isinstance(self.found, tuple) else (self.found,)

    def sheets(self) -> Mapping[str, pd.DataFrame]:
        """The tables in full precision by the name of their sheet."""
        return {"result": pd.DataFrame(self)}

    def tidy(self, names: Names = "house") -> pd.DataFrame:
        """One row a parameter: its keys, then those of estimate, se, df, low, high, t, p, p_adjusted that it has.

        `names="broom"` gives one `term` in place of the keys and the columns that R's broom uses.
        """
        adjusted = dict.fromkeys(_ADJUSTED, "p_adjusted")
        plain = pd.DataFrame(self)
        if self._estimate != "estimate":
            plain = plain.drop(columns="estimate", errors="ignore").rename(
                columns={self._estimate: "estimate"}
            )
        plain = plain.rename(columns=adjusted)
        return named(plain[[*self._keys, *(one for one in TIDY if one in plain)]], self._keys, names)

    def to_markdown(self, lang: Language = "en") -> str:  # type: ignore[override]  # that of a frame has no words
        """The page in Markdown."""
        return self.summary(lang).to_markdown()

    def to_latex(self, lang: Language = "en") -> str:  # type: ignore[override]  # that of a frame has no words
        """The page in LaTeX, for `booktabs`."""
        return self.summary(lang).to_latex()

    def __repr__(self) -> str:
        page = self.page()
        first = page.tables[0]
        title, *lines = text_table(first).splitlines()
        left = len(lines) - 1 - SHORT
        further = [f"… {left} more row{'' if left == 1 else 's'}"] if left > 0 else []
        return "\n".join([page.title, title, *lines[: SHORT + 1], *further])


@dataclass(frozen=True, slots=True, repr=False)
class ResultSummary(Readable):
    """A result as it is read, in `language`."""

    of: Paged
    language: Language

    @property
    def lang(self) -> Language:
        """The language of its words."""
        return self.language

    def page(self) -> Page:
        """The page of the result."""
        return self.of.page(self.language)

    def sheets(self) -> Mapping[str, pd.DataFrame]:
        """The result's tables by the name of their sheet."""
        return self.of.sheets()

    def tidy(self, names: Names = "house") -> pd.DataFrame:
        """One row a parameter, as the result's `tidy`."""
        return self.of.tidy(names)

    def glance(self) -> pd.DataFrame:
        """One row about the whole result, as the result's `glance`."""
        return self.of.glance()
