"""Flags → status and reasons of every respondent, and counts per rule (docs/method.md §12)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ncsi.arrays import Mask
from ncsi.model.moments.coded import Answers, Coded
from ncsi.model.moments.row_blocks import row_blocks
from ncsi.quality.careless import even_odd
from ncsi.quality.flag_rules import FAMILIES, Measures, Verdicts, measures, straight, verdicts
from ncsi.spec import Instrument

EXCLUDING_FAMILIES = 2
DISPOSITIONS = ("no_consent", "not_eligible", "technical_duplicate")
"""Declared outcomes that keep a response out of the model whatever its answers."""

Texts = NDArray[np.object_]
_STATUS = np.array(["valid", "flagged", "excluded"], dtype=object)


@dataclass(frozen=True, slots=True, eq=False)
class Quality:
    """`by_respondent`: brand, respondent, status, flags, reasons, families and the indices, in the order of the
    responses; `by_rule`: rule, family, checked, flagged."""

    by_respondent: pd.DataFrame
    by_rule: pd.DataFrame

    @property
    def kept(self) -> Mask:
        """Who stays in the model: valid or flagged (n,)."""
        return (self.by_respondent["status"] != "excluded").to_numpy(dtype=bool)

    @property
    def valid(self) -> Mask:
        """Who carries no flag (n,)."""
        return (self.by_respondent["status"] == "valid").to_numpy(dtype=bool)

    def judged(self) -> Quality:
        """The same with the status alone of each respondent."""
        status = self.by_respondent[["status"]].astype("category")
        return Quality(status, self.by_rule)


def assess(responses: pd.DataFrame, instrument: Instrument) -> Quality:
    """Response quality of one sector's accepted responses, columns as the store returns them.

    Every rule writes a flag and nothing else. Excluded are only a declared disposition, a failed declared
    attention check, and flags of two independent families. Straight-lining alone never excludes: an answer
    that is the same throughout also makes an outlier, so for straight-liners that family does not count.
    """
    X = _on_0_100(responses, instrument)
    found = measures(responses, instrument, X)
    judged = verdicts(responses, instrument, found)
    families = _families(judged, straight(found))
    count = np.sum(list(families.values()), axis=0)
    reasons = _reasons(responses, families, count)
    flags = _joined({one.rule: one.flagged for one in judged})
    status = _STATUS[np.where(reasons != "", 2, flags != "")]
    by_respondent = pd.DataFrame(
        {
            "brand": responses["brand"].array,
            "respondent": responses["respondent"].array,
            "status": status,
            "flags": flags,
            "reasons": reasons,
            "families": count.astype(np.int64),
            **_indices(X, instrument, found),
        }
    )
    return Quality(by_respondent, _by_rule(judged))


def _indices(X: Answers, instrument: Instrument, found: Measures) -> dict[str, NDArray[np.generic]]:
    sizes = [len(construct.items) for construct in instrument.constructs]
    return {
        "longest_run": found.run,
        "irv": found.irv,
        "mahalanobis_d2": found.d2,
        "mahalanobis_p": found.p,
        "even_odd": even_odd(X, sizes),
        "pace": found.pace,
    }


def _families(judged: Sequence[Verdicts], straight_line: Mask) -> dict[str, Mask]:
    families: dict[str, Mask] = {}
    for one in judged:
        family = FAMILIES[one.rule]
        families[family] = families.get(family, np.zeros_like(one.flagged)) | one.flagged
    families["consistency"] &= ~straight_line
    return families


def _reasons(responses: pd.DataFrame, families: dict[str, Mask], count: NDArray[np.int64]) -> Texts:
    """Why a response is out: its disposition, else the families that say so; empty for those who stay."""
    out = (count >= EXCLUDING_FAMILIES) | families.get("attention", np.zeros(len(responses), dtype=bool))
    named = np.where(out, _joined(families), "")
    declared = responses["disposition"].isin(DISPOSITIONS).to_numpy(dtype=bool)
    if declared.any():
        named = np.where(declared, responses["disposition"].to_numpy(dtype=object), named)
    return np.asarray(named, dtype=object)


def _joined(masks: dict[str, Mask]) -> Texts:
    """Names of the masks that hold for each respondent, in order, separated by spaces."""
    bits = np.zeros(len(next(iter(masks.values()))), dtype=np.intp)
    for k, mask in enumerate(masks.values()):
        bits[mask] |= 1 << k
    texts = np.empty(2 ** len(masks), dtype=object)
    for one in np.flatnonzero(np.bincount(bits)).tolist():
        texts[one] = " ".join(name for k, name in enumerate(masks) if one >> k & 1)
    return np.asarray(texts[bits])


def _by_rule(judged: Sequence[Verdicts]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "rule": one.rule,
            "family": FAMILIES[one.rule],
            "checked": int(one.checked.sum()),
            "flagged": int(one.flagged.sum()),
        }
        for one in judged
    )


def _on_0_100(responses: pd.DataFrame, instrument: Instrument) -> Answers:
    """Items on 0-100, of many respondents as codes where answers are whole numbers."""
    n, p = len(responses), len(instrument.items)
    columns = (responses[one.id].to_numpy(dtype=float, na_value=np.nan) for one in instrument.items)
    coded = Coded.of(columns, n, p) if len(row_blocks(n)) > 1 else None
    if coded is not None:
        pairs = zip(instrument.items, coded.values, strict=True)
        return coded.changed(np.array([item.scale.on_0_100(own) for item, own in pairs]))
    X = np.empty((len(responses), len(instrument.items)))
    for k, item in enumerate(instrument.items):
        X[:, k] = item.scale.on_0_100(responses[item.id].to_numpy(dtype=float, na_value=np.nan))
    return X
