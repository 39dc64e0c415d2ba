"""Routes, classes and other domains of an operator against it, and its changes since the period before."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import stdtr, stdtrit

from ncsi.arrays import Array
from ncsi.model import holm
from ncsi.results.measures.asked import Asked
from ncsi.results.measures.passenger_means import (
    Row,
    Told,
    design_of_passengers,
    influence,
    mean_rows,
    told_of,
)
from ncsi.results.measures.places import PUBLISHED, Status
from ncsi.spec.measures.passengers import PassengersDefinition
from ncsi.survey import Design, survey_difference

NOT_TOLD = "(none)"
"""The domain of passengers of whom the file does not tell it: with the others they add up to the operator."""
_DOMAIN_VERDICTS = ("above", "below", "no_significant_difference")
_CHANGE_VERDICTS = ("rose", "fell", "no_significant_change")


def domains(
    frame: pd.DataFrame, figures: pd.DataFrame, definition: PassengersDefinition, asked: Asked, status: Status
) -> pd.DataFrame:
    """Every domain of every column that the file has, by part, and how it differs from the operator; Holm within the
    column. `figures`: rows of the operator."""
    design, found = design_of_passengers(frame, definition), []
    for column in (each.id for each in definition.domains if (frame[each.id] != "").any()):
        named = frame.assign(**{column: frame[column].mask(frame[column] == "", NOT_TOLD)})
        for one in (each for each in told_of(definition) if each.level == "part"):
            rows = pd.DataFrame(mean_rows(named, one.column, design, column, asked.level))
            if len(rows):
                keys = {"unit": figures["unit"].iloc[0], "dimension": column, **one.keys}
                rows = rows.assign(share=rows["weight"] / rows["weight"].sum(), **keys)
                found.append(_against(named, rows.assign(status=status(rows)), one, design, asked))
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame()


def _against(
    frame: pd.DataFrame, rows: pd.DataFrame, one: Told, design: Design, asked: Asked
) -> pd.DataFrame:
    """Domains of a column with their differences from the operator, and verdicts."""
    whole = influence(frame, one.column, np.ones(len(frame), dtype=bool))
    tests = [
        _difference(frame, row, one.column, whole, design, asked.level) for row in rows.to_dict("records")
    ]
    return _judged(
        rows.assign(**{name: [test[name] for test in tests] for name in tests[0]}),
        asked.level,
        _DOMAIN_VERDICTS,
    )


def _difference(
    frame: pd.DataFrame, row: Mapping[Any, Any], column: str, whole: Array, design: Design, level: float
) -> Row:
    """A domain's mean less the operator's, which it is part of; t on the domain's own degrees of freedom."""
    blank = dict.fromkeys(("difference", "difference_low", "difference_high", "p"), math.nan)
    if row["status"] != PUBLISHED:
        return blank
    inside = (frame[row["dimension"]] == row["domain"]).to_numpy()
    y, w = frame[column].to_numpy(dtype=float), frame["weight"].to_numpy(dtype=float)
    some = np.isfinite(y)
    apart = row["score"] - float((w[some] @ y[some]) / w[some].sum())
    own = influence(frame, column, inside) - whole
    se = math.sqrt(max(float(design.covariance(own[:, None])[0, 0]), 0.0))
    if not (row["df"] > 0 and se > 0):
        return {**blank, "difference": apart}
    reach = float(stdtrit(row["df"], (1 + level) / 2)) * se
    p = 2 * float(stdtr(row["df"], -abs(apart) / se))
    return {"difference": apart, "difference_low": apart - reach, "difference_high": apart + reach, "p": p}


def changes(
    now: pd.DataFrame, before: pd.DataFrame, figures: pd.DataFrame, was: pd.DataFrame,
    definition: PassengersDefinition, asked: Asked,
) -> pd.DataFrame:  # fmt: skip
    """Every part and question that is shown of both periods, whose trains were drawn apart; Holm among parts, and
    among questions. None where one of the periods has a single train."""
    if now["cluster"].nunique() == 1 or before["cluster"].nunique() == 1:
        return pd.DataFrame()
    both = pd.concat([now, before], ignore_index=True)
    design, earlier = design_of_passengers(both, definition), str(before["period"].iloc[0])
    rows = []
    for one, new, old in zip(
        told_of(definition), figures.to_dict("records"), was.to_dict("records"), strict=True
    ):
        if new["status"] == old["status"] == PUBLISHED and new["se"] > 0 and old["se"] > 0:
            pair = (asked.period, earlier)
            found = survey_difference(both, one.column, design, "period", pair, asked.level).iloc[0]
            rows.append({
                "unit": new["unit"], **one.keys, "previous_period": earlier, "n": new["n"], "previous_n": old["n"],
                "n_eff": min(new["n_eff"], old["n_eff"]),
                "largest_share": max(new["largest_share"], old["largest_share"]),
                "was_0_100": old["score"], "score": new["score"], "difference": found["estimate"],
                "difference_low": found["low"], "difference_high": found["high"], "p": found["p"],
            })  # fmt: skip
    levels = (
        [own.reset_index(drop=True) for _, own in pd.DataFrame(rows).groupby("level", sort=False)]
        if rows
        else []
    )
    judged = [_judged(own, asked.level, _CHANGE_VERDICTS) for own in levels]
    return pd.concat(judged, ignore_index=True) if judged else pd.DataFrame()


def _judged(rows: pd.DataFrame, level: float, words: tuple[str, str, str]) -> pd.DataFrame:
    """With Holm's p among the rows that have one, and a verdict; empty where there is none."""
    above, below, neither = words
    adjusted = rows["p"].astype(float).copy()
    known = adjusted.notna()
    adjusted[known] = holm(rows.loc[known, "p"])
    sign = np.where(rows["difference"] > 0, above, below)
    verdict = np.where(~known, "", np.where(adjusted < 1 - level, sign, neither))
    return rows.assign(p_holm=adjusted, verdict=verdict)
