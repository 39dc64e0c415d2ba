"""Means of passengers' answers by the design that their trains or flights were drawn by: ultimate clusters."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ncsi.arrays import Array
from ncsi.results.measures.scores import column_of
from ncsi.spec.measures.passengers import PassengersDefinition
from ncsi.survey import Design, design_of, survey_mean
from ncsi.survey.design import Lonely

Row = dict[str, Any]
_BLANK = ("n_eff", "largest_share", "score", "se", "df", "low", "high", "deff")


@dataclass(frozen=True, slots=True)
class Told:
    """A part or a question: its level, id, the part that it is of, and the column of its scores."""

    level: str
    id: str
    part: str
    column: str

    @property
    def keys(self) -> Row:
        """As tables have it."""
        return {"level": self.level, "question": self.id, "part": self.part}


def told_of(definition: PassengersDefinition) -> list[Told]:
    """Parts, then questions, in the order of the definition."""
    parts = [Told("part", one.id, one.id, column_of(one.id)) for one in definition.parts]
    return [
        *parts,
        *(Told("question", one.id, part.id, one.id) for part in definition.parts for one in part.questions),
    ]


def designed(frame: pd.DataFrame) -> pd.DataFrame:
    """With weights of 1 where none are given, and strata of each period and operator of their own."""
    stratum = frame["period"] + "\x1f" + frame["operator"] + "\x1f" + frame["stratum"]
    return frame.assign(weight=frame["weight"].fillna(1.0), stratum=stratum)


def design_of_passengers(frame: pd.DataFrame, definition: PassengersDefinition) -> Design:
    """The design of an operator's rows. Where all are of one cluster no error is taken: its stratum is removed."""
    lonely: Lonely = "remove" if frame["cluster"].nunique() == 1 else definition.lonely
    return design_of(frame, "weight", "stratum", "cluster", lonely=lonely)


def mean_rows(frame: pd.DataFrame, column: str, design: Design, by: str | None, level: float) -> list[Row]:
    """Means with their errors by design, a row a domain that has answers (`domain`), or one of all of them; of one
    cluster, or answers that do not vary, without an error."""
    answered = frame[column].notna()
    if not answered.any():
        return []
    means = survey_mean(frame, column, by=by, level=level, design=design)
    rows = []
    for row in means.to_dict("records"):
        own = frame[answered & (frame[by] == row[by])] if by else frame[answered]
        w = own["weight"].to_numpy(dtype=float)
        p = w / w.max()
        known = row["df"] > 0 and row["se"] > 0
        low, high = (float(np.clip(row[name], 0, 100)) if known else math.nan for name in ("low", "high"))
        rows.append({
            **({"domain": row[by]} if by else {}), "n": len(own), "n_eff": float(p.sum() ** 2 / (p**2).sum()),
            "clusters": int(own["cluster"].nunique()), "largest_share": float(w.max() / w.sum()),
            "score": row["estimate"], "se": row["se"] if known else math.nan,
            "df": float(row["df"]) if known else math.nan, "low": low, "high": high,
            "deff": row["deff_replace"] if known else math.nan, "weight": float(w.sum()),
        })  # fmt: skip
    return rows


def nobody() -> Row:
    """What is told of a question that nobody answered."""
    return {"n": 0, "clusters": 0, **dict.fromkeys(_BLANK, math.nan)}


def influence(frame: pd.DataFrame, column: str, inside: NDArray[np.bool_]) -> Array:
    """Influence (n,) of every row on the weighted mean of a column among the rows `inside` that have it."""
    y, w = frame[column].to_numpy(dtype=float), frame["weight"].to_numpy(dtype=float)
    own = inside & np.isfinite(y)
    total = w[own].sum()
    mean = (w[own] @ y[own]) / total
    return np.asarray(np.where(own, np.where(own, y - mean, 0.0) / total, 0.0))
