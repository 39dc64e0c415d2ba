"""Places among the figures that are shown, in sets that hold for all of them at once."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from ncsi.model import rank_sets_from_se
from ncsi.results.measures.asked import Asked

Status = Callable[[pd.DataFrame], pd.Series]
"""Whether each row of a table may be shown: `published`, or why not (`ncsi.disclosure`)."""
PUBLISHED = "published"
PLACES = ("rank", "rank_low", "rank_high")


def without_places(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with blank places."""
    return frame.assign(**{name: pd.array([pd.NA] * len(frame), dtype="Int64") for name in PLACES})


def with_places(frame: pd.DataFrame, own: pd.DataFrame, asked: Asked) -> pd.DataFrame:
    """`frame` with the places of its rows `own` (score, se, df) among one another, of those that have an error; as it
    is where fewer than two have one."""
    known = own[own["se"].notna()]
    if len(known) < 2:
        return frame
    ids = [str(one) for one in known.index]
    score, se, df = (known[name].to_numpy(dtype=float) for name in ("score", "se", "df"))
    ranks = rank_sets_from_se(ids, score, se, asked.level, asked.seed, df).set_index("unit")
    found = frame.copy()
    for name in PLACES:
        found.loc[known.index, name] = ranks.loc[ids, name].to_numpy()
    return found
