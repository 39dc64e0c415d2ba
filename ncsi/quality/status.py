"""Flags → status and reasons of every respondent, and counts per rule (docs/method.md §12)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ncsi.arrays import Mask
from ncsi.model.moments.coded import Answers, Coded, taken
from ncsi.model.moments.row_blocks import row_blocks
from ncsi.model.moments.scaled import Columns
from ncsi.quality.careless import even_odd
from ncsi.quality.flag_rules import FAMILIES, Measures, Verdicts, measures, straight, verdicts
from ncsi.spec import Instrument

EXCLUDING_FAMILIES = 2
DISPOSITIONS = ("no_consent", "not_eligible", "technical_duplicate")
"""Declared outcomes that keep a response out of the model whatever its answers."""

Texts = NDArray[np.object_]
Places = NDArray[np.uint16]
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


@dataclass(frozen=True, slots=True, eq=False)
class Assessed:
    """Response quality of n responses, whose rows are made as they are asked for: answers `X` (n, p) on 0-100 and what
    was `found` of them; of each the place of its `flags` and `reasons` among their texts, and how many `families`."""

    instrument: Instrument
    X: Answers
    found: Measures
    flags: Places
    flag_texts: Texts
    reasons: Places
    reason_texts: Texts
    families: NDArray[np.uint8]
    by_rule: pd.DataFrame

    @property
    def _status(self) -> NDArray[np.uint8]:
        return np.where(self.reasons > 0, 2, self.flags > 0).astype(np.uint8)

    def rows(self, run: slice, brand: pd.Series, respondent: pd.Series) -> pd.DataFrame:
        """`Quality.by_respondent` of a run of the responses, whose brand and respondent these are."""
        return pd.DataFrame(
            {
                "brand": brand.array,
                "respondent": respondent.array,
                "status": _STATUS[self._status[run]],
                "flags": self.flag_texts[self.flags[run]],
                "reasons": self.reason_texts[self.reasons[run]],
                "families": self.families[run].astype(np.int64),
                **self._indices(run),
            }
        )

    def judged(self) -> Quality:
        """The status alone of each."""
        kinds = pd.CategoricalDtype(pd.Index(_STATUS, dtype="str"))
        status = pd.Categorical.from_codes(self._status, dtype=kinds)
        return Quality(pd.DataFrame({"status": status}, copy=False), self.by_rule)

    def _indices(self, run: slice) -> dict[str, NDArray[np.generic]]:
        sizes, found = [len(construct.items) for construct in self.instrument.constructs], self.found
        return {
            "longest_run": found.run[run].astype(np.int64),
            "irv": found.irv[run],
            "mahalanobis_d2": found.d2[run],
            "mahalanobis_p": found.p[run],
            "even_odd": even_odd(taken(self.X, run), sizes),
            "pace": found.pace[run],
        }


def assess(responses: pd.DataFrame, instrument: Instrument) -> Quality:
    """Response quality of one sector's accepted responses, columns as the store returns them.

    Every rule writes a flag and nothing else. Excluded are only a declared disposition, a failed declared
    attention check, and flags of two independent families. Straight-lining alone never excludes: an answer
    that is the same throughout also makes an outlier, so for straight-liners that family does not count.
    """
    found = assessed(responses, instrument)
    whole = slice(0, len(responses))
    return Quality(found.rows(whole, responses["brand"], responses["respondent"]), found.by_rule)


def assessed(responses: Columns, instrument: Instrument) -> Assessed:
    """The same, of responses whose columns are read one by one, with rows that are made some at a time."""
    X = _on_0_100(responses, instrument)
    found = measures(responses, instrument, X)
    judged = verdicts(responses, instrument, found)
    families = _families(judged, straight(found))
    count: NDArray[np.uint8] = np.sum(list(families.values()), axis=0, dtype=np.uint8)
    flags = _joined({one.rule: one.flagged for one in judged})
    return Assessed(
        instrument, X, found, *flags, *_reasons(responses, families, count), count, _by_rule(judged)
    )


def _families(judged: Sequence[Verdicts], straight_line: Mask) -> dict[str, Mask]:
    families: dict[str, Mask] = {}
    for one in judged:
        family = FAMILIES[one.rule]
        families[family] = families.get(family, np.zeros_like(one.flagged)) | one.flagged
    families["consistency"] &= ~straight_line
    return families


def _reasons(responses: Columns, families: dict[str, Mask], count: NDArray[np.uint8]) -> tuple[Places, Texts]:
    """Why a response is out: its disposition, else the families that say so; empty for those who stay."""
    out = (count >= EXCLUDING_FAMILIES) | families.get("attention", np.zeros(len(count), dtype=bool))
    places, texts = _joined(families)
    places[~out] = 0
    disposition = responses["disposition"]
    for k, one in enumerate(DISPOSITIONS):
        places[disposition.isin([one]).to_numpy(dtype=bool)] = len(texts) + k
    return places, np.append(texts, np.array(DISPOSITIONS, dtype=object))


def _joined(masks: dict[str, Mask]) -> tuple[Places, Texts]:
    """Names of the masks that hold for each respondent, in order, separated by spaces: the place of each among the
    texts, of which the first is empty."""
    bits = np.zeros(len(next(iter(masks.values()))), dtype=np.uint16)
    for k, mask in enumerate(masks.values()):
        bits[mask] |= 1 << k
    texts = np.empty(2 ** len(masks), dtype=object)
    for one in range(len(texts)):
        texts[one] = " ".join(name for k, name in enumerate(masks) if one >> k & 1)
    return bits, texts


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


def _on_0_100(responses: Columns, instrument: Instrument) -> Answers:
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
