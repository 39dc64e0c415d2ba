"""Sums of a sector that a wave is judged by: quota cells, drift against the last wave, interviewers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from ncsi.spec import Instrument, Missing, WaveSector

SHIFT_Z = 4.0
MIN_INTERVIEWS = 15
MIN_INTERVIEWERS = 3
CHECKS = ("quota_filled", "mean_shift", "dont_know_rise", "interviewer_shift", "interviewer_pace")
"""Judged columns; a row holds the one that concerns it, and the others are empty."""


def sector_sums(
    responses: pd.DataFrame,
    instrument: Instrument,
    entry: WaveSector,
    before: Mapping[str, Mapping[str, Any]],
) -> pd.DataFrame:
    """What is judged of one sector. `before`: last wave's row of out_items_by_sector by item; empty for none.

    `responses` needs brand, weight_base, interviewer, duration_s and the items with their kinds of missing.
    """
    known = [item for item in instrument.item_ids if item in before]
    rows = [
        *_quota(responses, entry),
        *(row for item in known for row in _drift(responses, instrument, item, before[item])),
        *_interviewers(responses, instrument),
    ]
    frame = pd.DataFrame(rows, columns=["place", "detail", *CHECKS]).assign(sector=entry.id)
    return frame.astype(dict.fromkeys(CHECKS, "float64"))[["sector", "place", "detail", *CHECKS]]


def _quota(responses: pd.DataFrame, entry: WaveSector) -> list[dict[str, Any]]:
    if not entry.quota:
        return []
    counts = responses["brand"].value_counts()
    brands = [brand.id for brand in entry.brands] or [""]
    return [
        {"place": brand or None, "detail": f"{int(counts.get(brand, 0))}/{entry.quota}",
         "quota_filled": int(counts.get(brand, 0)) / entry.quota}
        for brand in brands
    ]  # fmt: skip


def _drift(
    responses: pd.DataFrame, instrument: Instrument, item: str, before: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Change of the mean (points of 100) and of the share of don't know; nothing where it is within chance."""
    scale = next(one.scale for one in instrument.items if one.id == item)
    unit = 100 / (scale.max - scale.min)
    values = responses[item].to_numpy(dtype=float, na_value=np.nan)
    known = ~np.isnan(values)
    if not known.any():
        return []
    w = responses["weight_base"].to_numpy(dtype=float)[known]
    mean = float(np.average(values[known], weights=w))
    variance = float(np.average((values[known] - mean) ** 2, weights=w)) * (w**2).sum() / w.sum() ** 2
    variance += before["sd"] ** 2 / before["answered"]
    shift = unit * (mean - before["mean"])
    rows = [_beyond("mean_shift", item, shift, unit * variance**0.5)]
    share, n = _share(responses, item), len(responses)
    asked = sum(before[kind] for kind in ("answered", "blank", "dont_know", "refused"))
    earlier = before["dont_know"] / asked if asked else 0.0
    pooled = (share * n + earlier * asked) / (n + asked)
    rows.append(
        _beyond(
            "dont_know_rise",
            item,
            share - earlier,
            (pooled * (1 - pooled) * (1 / n + 1 / max(asked, 1))) ** 0.5,
        )
    )
    return rows


def _interviewers(responses: pd.DataFrame, instrument: Instrument) -> list[dict[str, Any]]:
    """Each interviewer against the middle one of the sector: mean answer (points of 100) and median duration.

    The middle one, since a single invented sample would else make all others look odd.
    """
    if responses["interviewer"].isna().all():
        return []
    scores = _mean_answer(responses, instrument)
    own = pd.DataFrame({"by": responses["interviewer"], "score": scores, "s": responses["duration_s"]})
    per = own.groupby("by").agg(n=("score", "count"), mean=("score", "mean"), s=("s", "median"))
    per = per[per["n"] >= MIN_INTERVIEWS]
    if len(per) < MIN_INTERVIEWERS:
        return []
    within = float(own.loc[own["by"].isin(per.index), "score"].std())
    shifts, paces = per["mean"] - per["mean"].median(), per["s"] / per["s"].median()
    rows = [
        _beyond("interviewer_shift", str(name), float(shift), within / float(n) ** 0.5)
        for name, shift, n in zip(per.index, shifts, per["n"], strict=True)
    ]
    rows += [
        {"place": str(name), "detail": f"{pace:.2f}", "interviewer_pace": float(pace)}
        for name, pace in paces.dropna().items()
    ]
    return rows


def _mean_answer(responses: pd.DataFrame, instrument: Instrument) -> pd.Series:
    """Mean of a respondent's answers on 0-100; null without any."""
    scaled = {
        item.id: (responses[item.id].astype("Float64") - item.scale.min)
        * (100 / (item.scale.max - item.scale.min))
        for item in instrument.items
    }
    return pd.DataFrame(scaled).mean(axis=1).astype("float64")


def _share(responses: pd.DataFrame, item: str) -> float:
    kinds = responses[f"{item}_missing"].value_counts()
    asked = len(responses) - int(kinds.get(Missing.NOT_ASKED.value, 0))
    return int(kinds.get(Missing.DONT_KNOW.value, 0)) / asked if asked else 0.0


def _beyond(check: str, place: str, difference: float, se: float) -> dict[str, Any]:
    """A difference that is judged only where chance does not explain it."""
    beyond = se > 0 and abs(difference) > SHIFT_Z * se
    shown = f"{100 * difference:+.1f} %" if check == "dont_know_rise" else f"{difference:+.1f}"
    return {"place": place, "detail": shown, check: difference if beyond else 0.0}
