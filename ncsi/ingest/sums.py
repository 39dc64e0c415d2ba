"""Sums of a sector that a wave is judged by: quota cells, drift against the last wave, interviewers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from ncsi.arrays import Array
from ncsi.spec import Instrument, Missing, WaveSector

SHIFT_Z = 4.0
MIN_INTERVIEWS = 15
MIN_INTERVIEWERS = 3
MIN_ANSWERS, MIN_STEPS = 100, 5
CHECKS = (
    "quota_filled", "mean_shift", "dont_know_rise", "scale_used", "interviewer_shift", "interviewer_pace",
)  # fmt: skip
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
    rows = [
        *_quota(responses, entry),
        *_drift(responses, instrument, before),
        *_scales(responses, instrument),
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
    responses: pd.DataFrame, instrument: Instrument, before: Mapping[str, Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Change of each item's mean (points of 100) and share of don't know; nothing where it is within chance."""
    items = [item for item in instrument.items if item.id in before]
    if not items or responses.empty:
        return []
    names = [item.id for item in items]
    kinds = responses[[f"{name}_missing" for name in names]].to_numpy(dtype=object)
    asked = len(kinds) - (kinds == Missing.NOT_ASKED.value).sum(axis=0)
    unknown = (kinds == Missing.DONT_KNOW.value).sum(axis=0)
    mean, variance = _moments(responses, names)
    rows = []
    for k, item in enumerate(items):
        old, unit = before[item.id], 100 / (item.scale.max - item.scale.min)
        if not np.isnan(mean[k]):
            se = unit * float(variance[k] + old["sd"] ** 2 / old["answered"]) ** 0.5
            rows.append(_beyond("mean_shift", item.id, unit * float(mean[k] - old["mean"]), se))
        then = sum(old[kind] for kind in ("answered", "blank", "dont_know", "refused"))
        if asked[k] and then:
            rows.append(_rise(item.id, (int(unknown[k]), int(asked[k])), (int(old["dont_know"]), int(then))))
    return rows


def _scales(responses: pd.DataFrame, instrument: Instrument) -> list[dict[str, Any]]:
    """How far up its scale (0-1) the highest answer of an item stands: 1-5 answers fit into 1-10 without a word."""
    rows = []
    for item in instrument.items:
        answers, steps = responses[item.id], item.scale.max - item.scale.min
        if steps >= MIN_STEPS and answers.count() >= MIN_ANSWERS:
            highest = int(answers.max())
            used = (highest - item.scale.min) / steps
            rows.append({"place": item.id, "detail": f"{highest}/{item.scale.max}", "scale_used": used})
    return rows


def _moments(responses: pd.DataFrame, names: list[str]) -> tuple[Array, Array]:
    """Weighted mean of each item, NaN without an answer, and the variance of that mean."""
    X = responses[names].to_numpy(dtype=float, na_value=np.nan)
    answered = ~np.isnan(X)
    w = answered * responses["weight_base"].to_numpy(dtype=float)[:, None]
    total = np.where(answered.any(axis=0), w.sum(axis=0), np.nan)
    mean = (w * np.nan_to_num(X)).sum(axis=0) / total
    spread = (w * np.where(answered, X - mean, 0.0) ** 2).sum(axis=0) / total
    return mean, spread * (w**2).sum(axis=0) / total**2


def _rise(item: str, now: tuple[int, int], then: tuple[int, int]) -> dict[str, Any]:
    """Change of a share (count, of how many), with the standard error of no change."""
    pooled = (now[0] + then[0]) / (now[1] + then[1])
    se = (pooled * (1 - pooled) * (1 / now[1] + 1 / then[1])) ** 0.5
    return _beyond("dont_know_rise", item, now[0] / now[1] - then[0] / then[1], se)


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
    scaled = {item.id: item.scale.on_0_100(responses[item.id].astype("Float64")) for item in instrument.items}
    return pd.DataFrame(scaled).mean(axis=1).astype("float64")


def _beyond(check: str, place: str, difference: float, se: float) -> dict[str, Any]:
    """A difference that is judged only where chance does not explain it."""
    beyond = se > 0 and abs(difference) > SHIFT_Z * se
    shown = f"{100 * difference:+.1f} %" if check == "dont_know_rise" else f"{difference:+.1f}"
    return {"place": place, "detail": shown, check: difference if beyond else 0.0}
