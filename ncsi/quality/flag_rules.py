"""The rules of response quality: whom each can judge, whom it flags, and its family of evidence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import chdtrc

from ncsi.arrays import Array, Mask
from ncsi.model.moments.coded import Answers, items_of
from ncsi.model.moments.row_blocks import row_blocks
from ncsi.model.moments.scaled import Columns
from ncsi.quality.careless import irv, longest_run, mahalanobis
from ncsi.spec import Condition, Instrument, Item, Missing

FAMILIES = {
    "speeding": "pace",
    "longest_run": "pattern",
    "straight_line": "pattern",
    "erratic": "consistency",
    "outlier": "consistency",
    "attention": "attention",
    "contradiction": "contradiction",
    "duplicate_device": "identity",
}
"""Rule → family of evidence. Flags of one family count once: they see the same thing."""

SPEEDING = 0.5
RUN_SHARE = 0.5
OUTLIER_P = 0.001
ERRATIC_FENCE = 3.0
MIN_BLOCK = 6
MIN_ROUTE = 30


@dataclass(frozen=True, slots=True, eq=False)
class Verdicts:
    """One rule over n respondents: whom it could judge, whom it flagged. A flag is only set where checked."""

    rule: str
    checked: Mask
    flagged: Mask


@dataclass(frozen=True, slots=True, eq=False)
class Measures:
    """Indices of n respondents, NaN where not defined; `run` over the `block` of items of one scale."""

    pace: Array
    run: NDArray[np.int32]
    block: int
    irv: Array
    d2: Array
    p: Array


def measures(responses: Columns, instrument: Instrument, X: Answers) -> Measures:
    """The indices that the rules judge by; X (n, p) are the instrument's items on 0-100."""
    block = _block(instrument)
    own = items_of(X, block)
    d2 = mahalanobis(X)
    return Measures(
        pace=_pace(responses, instrument),
        run=longest_run(own).astype(np.int32),
        block=len(block),
        irv=irv(own),
        d2=d2,
        p=_beyond(d2, X.shape[1]),
    )


def _beyond(d2: Array, df: int) -> Array:
    """How likely a distance is at least as large (n,), NaN where there is none; some thousand at a time."""
    p = np.empty(len(d2))
    for rows in row_blocks(len(d2)):
        own = d2[rows]
        p[rows] = np.where(np.isnan(own), np.nan, chdtrc(df, np.nan_to_num(own)))
    return p


def verdicts(responses: Columns, instrument: Instrument, found: Measures) -> tuple[Verdicts, ...]:
    """Every rule that applies to the instrument and the data, in the order of FAMILIES."""
    n = len(responses)
    everyone, nobody = np.ones(n, dtype=bool), np.zeros(n, dtype=bool)
    in_block = everyone if found.block >= MIN_BLOCK else nobody
    spread = ~np.isnan(found.irv) & in_block
    return (
        Verdicts("speeding", ~np.isnan(found.pace), found.pace < SPEEDING),
        Verdicts("longest_run", in_block, in_block & (found.run > RUN_SHARE * found.block)),
        Verdicts("straight_line", spread, spread & (found.irv == 0)),
        Verdicts("erratic", spread, spread & (found.irv > _fence(found.irv[spread]))),
        Verdicts("outlier", ~np.isnan(found.p), found.p < OUTLIER_P),
        *_declared(responses, instrument),
        _devices(responses),
    )


def straight(found: Measures) -> Mask:
    """Who gave the same answer to every item of the block."""
    return np.asarray(found.irv == 0)


def _declared(responses: Columns, instrument: Instrument) -> Iterator[Verdicts]:
    """Attention checks and contradictions that the instrument declares; each kind is one rule."""
    if instrument.attention:
        asked = [_answered(responses, check) for check in instrument.attention]
        wrong = [
            seen & ~responses[check.id].isin(list(check.expected)).to_numpy(dtype=bool)
            for check, seen in zip(instrument.attention, asked, strict=True)
        ]
        # One of one, or two of three: a slip among several checks is not a sign of carelessness.
        allowed = 0 if len(wrong) < 3 else 1
        yield Verdicts("attention", np.any(asked, axis=0), np.sum(wrong, axis=0) > allowed)
    if instrument.contradictions:
        hit = [_meets(responses, one.when) for one in instrument.contradictions]
        yield Verdicts("contradiction", np.ones(len(responses), dtype=bool), np.any(hit, axis=0))


def _answered(responses: Columns, item: Item) -> Mask:
    """Who was asked and answered, in whatever way; a check that was not asked cannot be failed."""
    asked = (responses[f"{item.id}_missing"] != Missing.NOT_ASKED.value).fillna(True)
    return np.asarray(asked.to_numpy(dtype=bool))


def _meets(responses: Columns, when: Sequence[Condition]) -> Mask:
    hits = [responses[one.item].isin(list(one.answers)).to_numpy(dtype=bool) for one in when]
    return np.asarray(np.all(hits, axis=0))


def _devices(responses: Columns) -> Verdicts:
    """One device, several respondents on the same brand."""
    device = responses["device"]
    known = device.notna().to_numpy(dtype=bool)
    if not known.any():
        return Verdicts("duplicate_device", known, known)
    own = pd.DataFrame({name: responses[name] for name in ("brand", "device", "respondent")})
    people = own.groupby(["brand", "device"], dropna=True)["respondent"].transform("nunique")
    return Verdicts("duplicate_device", known, known & (people.fillna(0) > 1).to_numpy(dtype=bool))


def _block(instrument: Instrument) -> list[int]:
    """Columns of the items on the scale that most items have: only there can one answer repeat another."""
    scales = [(item.scale.min, item.scale.max) for item in instrument.items]
    usual = Counter(scales).most_common(1)[0][0]
    return [k for k, scale in enumerate(scales) if scale == usual]


def _pace(responses: Columns, instrument: Instrument) -> Array:
    """Duration over the median of those who took the same route; rare routes by the median of all."""
    duration = responses["duration_s"].to_numpy(dtype=float, na_value=np.nan)
    timed = ~np.isnan(duration)
    if not timed.any():
        return np.full(len(duration), np.nan)
    overall = np.median(duration[timed])
    middle = np.full(len(duration), overall)
    routed = [f"{route.item}_missing" for route in instrument.routing]
    if routed:
        skipped = [(responses[name] == Missing.NOT_ASKED.value).fillna(False) for name in routed]
        keys = np.unique(np.column_stack(skipped), axis=0, return_inverse=True)[1].ravel()
        for key in np.unique(keys):
            own = (keys == key) & timed
            if own.sum() >= MIN_ROUTE:
                middle[keys == key] = np.median(duration[own])
    return np.where(middle > 0, duration / np.where(middle > 0, middle, 1.0), np.nan)


def _fence(values: Array) -> float:
    """Tukey's outer fence, three interquartile ranges above the upper quartile."""
    if not len(values):
        return np.inf
    low, high = np.quantile(values, [0.25, 0.75])
    return float(high + ERRATIC_FENCE * (high - low))
