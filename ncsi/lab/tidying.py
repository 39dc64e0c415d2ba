"""One row a parameter: in the names of this house, or in those that R's broom gives its tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

import pandas as pd

from ncsi.errors import ModelError

Names = Literal["house", "broom"]
BROOM = {
    "se": "std.error", "t": "statistic", "z": "statistic", "p": "p.value", "low": "conf.low", "high": "conf.high",
    "std": "std.all",
}  # fmt: skip


def named(frame: pd.DataFrame, keys: Sequence[str], names: Names, between: str = " -> ") -> pd.DataFrame:
    """The frame as it is, or with one `term` in place of its `keys` and the columns that R's broom uses.

    Raises ModelError for other names.
    """
    if names not in get_args(Names):
        raise ModelError(f"there are no '{names}' names here. Use {' or '.join(get_args(Names))}.")
    if names == "house":
        return frame
    first, *others = (frame[key].astype(str) for key in keys)
    term = first
    for other in others:
        term = term + between + other
    rest = frame.drop(columns=list(keys)).rename(columns=BROOM)
    rest.insert(0, "term", term.str.strip())
    return rest
