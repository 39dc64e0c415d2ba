"""A wave as a whole: quota cells, drift against the last wave, interviewers who differ. Warnings, all of them.

What is looked at is summed up first, one row per cell, item or interviewer; Great Expectations judges the sums.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from ncsi.arrays import Array, Positions
from ncsi.ingest.conform.facts import Figure
from ncsi.ingest.conform.fault_rules import message, severity
from ncsi.ingest.conform.row_faults import FAULT_COLUMNS
from ncsi.ingest.expect import judge
from ncsi.spec import Instrument, Item, Missing, WaveSector

SHIFT_Z = 4.0
MIN_INTERVIEWS = 15
MIN_INTERVIEWERS = 3
MIN_ANSWERS, MIN_STEPS = 100, 5
SHIFT_POINTS = 5.0
DONT_KNOW_RISE = 0.05
SCALE_USED = 0.5
ROUNDING = 1e-9
"""Share of the squares up to which their sum about the mean is what rounds."""
PACE_LOW = 0.5
CHECKS = (
    "quota_filled", "mean_shift", "dont_know_rise", "scale_used", "file_agrees", "interviewer_shift",
    "interviewer_pace",
)  # fmt: skip
"""Judged columns; a row holds the one that concerns it, and the others are empty."""

_RULES = {
    "quota_filled": "quota_short",
    "mean_shift": "mean_shifted",
    "dont_know_rise": "dont_know_rose",
    "scale_used": "scale_half_used",
    "file_agrees": "item_backwards",
    "interviewer_shift": "interviewer_differs",
    "interviewer_pace": "interviewer_fast",
}


def sector_sums(
    responses: pd.DataFrame,
    instrument: Instrument,
    entry: WaveSector,
    before: Mapping[str, Mapping[str, Any]],
) -> pd.DataFrame:
    """What is judged of one sector. `before`: last wave's row of out_items_by_sector by item; empty for none.

    `responses` needs source_sha256, brand, weight_base, interviewer, duration_s and the items with their kinds of
    missing.
    """
    rows = [
        *_quota(responses, entry),
        *_drift(responses, instrument, before),
        *_scales(responses, instrument),
        *_files(responses, instrument),
        *_interviewers(responses, instrument),
    ]
    frame = pd.DataFrame(rows, columns=["place", "detail", *CHECKS]).assign(sector=entry.id)
    return frame.astype(dict.fromkeys(CHECKS, "float64"))[["sector", "place", "detail", *CHECKS]]


def wave_suite() -> dict[str, Any]:
    """The suite a wave's sums are judged by, as kept in data/schemas/expectations/wave.json."""

    def between(column: str, **bounds: float) -> dict[str, Any]:
        return {"type": "expect_column_values_to_be_between", "kwargs": {"column": column, **bounds}}

    return {
        "name": "wave",
        "meta": {"shift_z": SHIFT_Z, "min_interviews": MIN_INTERVIEWS},
        "expectations": [
            {
                "type": "expect_table_columns_to_match_set",
                "kwargs": {"column_set": ["sector", "place", "detail", *CHECKS], "exact_match": True},
            },
            between("quota_filled", min_value=1.0),
            between("mean_shift", min_value=-SHIFT_POINTS, max_value=SHIFT_POINTS),
            between("dont_know_rise", max_value=DONT_KNOW_RISE),
            between("scale_used", min_value=SCALE_USED),
            between("file_agrees", min_value=0.0),
            between("interviewer_shift", min_value=-SHIFT_POINTS, max_value=SHIFT_POINTS),
            between("interviewer_pace", min_value=PACE_LOW),
        ],
    }


def wave_faults(sums: pd.DataFrame) -> pd.DataFrame:
    """Faults of a wave (columns of `core_faults` without file and number) from the sums of its sectors."""
    if sums.empty:
        return pd.DataFrame(columns=list(FAULT_COLUMNS))
    rows = []
    for finding in judge(sums.reset_index(drop=True), wave_suite()):
        rule = _RULES[str(finding.column)]
        for at in sums.iloc[finding.positions].to_dict("records"):
            zh, en = message(rule, at["detail"])
            rows.append((None, at["sector"], at["place"], rule, severity(rule), None, zh, en))
    return pd.DataFrame(rows, columns=list(FAULT_COLUMNS))


def _quota(responses: pd.DataFrame, entry: WaveSector) -> list[dict[str, Any]]:
    if not entry.quota:
        return []
    counts = responses["brand"].value_counts()
    brands = [brand.id for brand in entry.brands] or [""]
    return [
        {"place": brand or None, "detail": Figure.of(int(counts.get(brand, 0)), entry.quota),
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
    """How far up its scale (0-1) the highest answer of an item stands, of all files and of each that has enough: 1-5
    answers fit into 1-10 without a word."""
    by_file = responses.groupby("source_sha256", sort=False)
    rows = []
    for item in instrument.items:
        answers, steps = responses[item.id], item.scale.max - item.scale.min
        if steps < MIN_STEPS or answers.count() < MIN_ANSWERS:
            continue
        told = [(int(answers.max()), "")]
        if by_file.ngroups > 1:
            files = by_file[item.id].agg(["max", "count"])
            files = files[files["count"] >= MIN_ANSWERS].astype("int64")
            told += [(high, f", n = {n}") for high, n in files.itertuples(index=False, name=None)]
        highest, of_file = min(told, key=lambda one: one[0])  # all files before the first of them
        used = (highest - item.scale.min) / steps
        rows.append(
            {
                "place": item.id,
                "detail": Figure(f"{highest}/{item.scale.max}{of_file}"),
                "scale_used": used,
            }
        )
    return rows


def _files(responses: pd.DataFrame, instrument: Instrument) -> list[dict[str, Any]]:
    """How an item goes with the mean of all others in a file (a correlation), where it surely runs against them there
    and surely goes with them in the other files: coded the other way round by one agency, which all files together
    hide."""
    files, names = pd.factorize(responses["source_sha256"])
    items = [item for item in instrument.items if item.scale.max - item.scale.min >= MIN_STEPS]
    if len(names) < 2 or len(items) < 2:
        return []
    total, count = np.zeros(len(files)), np.zeros(len(files))
    for item in items:
        answers = _on_0_100(responses, item)
        total, count = total + np.nan_to_num(answers), count + ~np.isnan(answers)
    rows = []
    for item in items:
        answers = _on_0_100(responses, item)
        both = ~np.isnan(answers) & (count > 1)
        others = (total[both] - answers[both]) / (count[both] - 1)
        own = _sums_by_file(files[both], answers[both] - 50, others - 50, len(names))
        r, z = _correlation(own)
        _, z_else = _correlation(own.sum(axis=1, keepdims=True) - own)
        rows += [
            {
                "place": item.id,
                "detail": Figure(f"r = {r[k]:+.2f}, n = {own[0, k]:.0f}"),
                "file_agrees": float(r[k]),
            }
            for k in np.flatnonzero((z < -SHIFT_Z) & (z_else > SHIFT_Z))
        ]
    return rows


def _on_0_100(responses: pd.DataFrame, item: Item) -> Array:
    scaled = item.scale.on_0_100(responses[item.id].astype("Float64"))
    return scaled.to_numpy(dtype=float, na_value=np.nan)


def _sums_by_file(files: Positions, x: Array, y: Array, count: int) -> Array:
    """Of each file (6, files): answers, Σx, Σy, Σx², Σy², Σxy."""
    parts = (np.ones(len(x)), x, y, x * x, y * y, x * y)
    return np.array([np.bincount(files, one, count) for one in parts])


def _correlation(sums: Array) -> tuple[Array, Array]:
    """Correlations from such sums, and how many standard errors they are from none (Fisher's z); 0 without any."""
    n, x, y, xx, yy, xy = sums
    spread, other = n * xx - x**2, n * yy - y**2
    varies = (n > 3) & (spread > ROUNDING * n * xx) & (other > ROUNDING * n * yy)
    scale = np.sqrt(np.where(varies, spread * other, 1.0))
    known = np.clip(np.where(varies, (n * xy - x * y) / scale, 0.0), -1 + 1e-9, 1 - 1e-9)
    return known, np.arctanh(known) * np.sqrt(np.maximum(n - 3, 0))


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
    """Each interviewer against the median interviewer of the sector: mean answer (points of 100) and median duration.

    The median, since a single invented sample would otherwise make all others look odd.
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
        {"place": str(name), "detail": Figure.factor(float(pace)), "interviewer_pace": float(pace)}
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
    detail = Figure.share(difference) if check == "dont_know_rise" else Figure.points(difference)
    return {"place": place, "detail": detail, check: difference if beyond else 0.0}
