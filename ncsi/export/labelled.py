"""Variables with their labels, and names that every statistical program takes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from ncsi.spec import Label

Kind = Literal["text", "number", "coded", "answer", "flag"]
LONGEST_NAME = 32
"""Characters of a name in Stata; SPSS takes 64."""
_OF_SPSS = ("all", "and", "by", "eq", "ge", "gt", "le", "lt", "ne", "not", "or", "to", "with")
_OF_STATA = (
    "_all", "_b", "_coef", "_cons", "_n", "_pi", "_pred", "_rc", "_skip", "byte", "double", "float", "if", "in", "int",
    "long", "str", "strl", "using",
)  # fmt: skip
_RESERVED = frozenset((*_OF_SPSS, *_OF_STATA))
"""Names that a program keeps for itself."""
_TYPE_OF_STATA = re.compile(r"str\d", re.IGNORECASE)
"""What Stata takes for a type of text, whatever follows."""


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable: its `name` in the file, the `column` of the house that it comes from, what readers call it.

    `kind`: text; number; coded (a declared id, one of `values`); answer (a whole number, its missing kind in the column
    `kinds_in`); flag (true, false). `values`: id and label, in their order: programs that know value labels get the
    codes 1, 2, … in their place. `question`: as fielded, where it is one. `lowest` of an answer's scale.
    """

    name: str
    column: str
    label: Label
    kind: Kind
    values: tuple[tuple[str, Label], ...] = ()
    question: Label | None = None
    kinds_in: str = ""
    lowest: int = 1


@dataclass(frozen=True, slots=True, eq=False)
class Labelled:
    """Rows by variable: `frame` has the column of each, and of each answer that of its missing kind."""

    frame: pd.DataFrame
    variables: tuple[Variable, ...]


def legal_names(columns: Iterable[str]) -> Mapping[str, str]:
    """A name for each column: of at most 32 characters, none twice whatever its case, none that a program reserves."""
    given: dict[str, str] = {}
    taken: set[str] = set()
    for column in columns:
        wanted = f"v_{column}" if _TYPE_OF_STATA.match(column) else column
        name = wanted[:LONGEST_NAME]
        name = f"{name[: LONGEST_NAME - 1]}_" if name.lower() in _RESERVED else name
        count = 1
        while name.lower() in taken:
            count += 1
            name = f"{wanted[: LONGEST_NAME - len(str(count)) - 1]}_{count}"
        taken.add(name.lower())
        given[column] = name
    return given
