"""The rows of one instrument, judged: answers and faults; and who answered twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ncsi.ingest.cells import Coded, whole_number
from ncsi.ingest.conform.answers import Answers, answers, item_rules, missing_kinds, routed
from ncsi.ingest.conform.delivery import Delivery
from ncsi.ingest.conform.facts import Kind, off_scale
from ncsi.ingest.conform.row_faults import Faults
from ncsi.ingest.conform.suites import JUDGED, KEY, parted, suite_of
from ncsi.ingest.conform.whole_file import Unanswered, recoding
from ncsi.ingest.expect import Finding, judge
from ncsi.ingest.privacy import PersonalWords
from ncsi.spec import Instrument, Missing

_ABOUT_RULES = {
    "respondent": "respondent_missing",
    "weight_base": "weight_not_positive",
    "sector": "sector_unknown",
    "brand": "brand_unknown",
}


@dataclass(frozen=True, slots=True, eq=False)
class JudgedRows:
    """Rows of one instrument by their positions in the block."""

    instrument: Instrument
    positions: npt.NDArray[np.int64]
    answers: dict[str, Answers]
    faults: tuple[Faults, ...]


def judged_rows(
    file: Delivery, instrument: Instrument, about: pd.DataFrame, positions: npt.NDArray[np.int64]
) -> JudgedRows:
    """Cast the items of these rows, have them judged, and turn the findings into faults.

    `about` describes all rows of the block (sector, brand, respondent, weight_base, weight_kind). Personal data and
    blank items are counted in what is known of the whole file.
    """
    own, rules = routed(instrument, _answers(file, instrument, positions))
    columns: dict[str, Any] = {name: about[name].take(positions).reset_index(drop=True) for name in JUDGED}
    columns |= {item: one.judged for item, one in own.items()} | dict(rules)
    findings = judge(pd.DataFrame(columns, copy=False), parted(suite_of(instrument))[0])
    faults = [_faults(one, file, instrument, own, about, positions) for one in findings if one.column]
    return JudgedRows(instrument, positions, own, tuple(faults))


def answered_twice(instrument: Instrument, keys: pd.DataFrame) -> npt.NDArray[np.int64]:
    """Positions of rows whose sector, brand and respondent another row has; `keys` holds these."""
    findings = judge(keys[list(KEY)].reset_index(drop=True), parted(suite_of(instrument))[1])
    return np.concatenate([one.positions for one in findings] or [np.zeros(0, dtype=np.int64)])


def _answers(file: Delivery, instrument: Instrument, positions: npt.NDArray[np.int64]) -> dict[str, Answers]:
    optional = {route.item for route in instrument.routing}
    own = {}
    for item in instrument.fielded:
        column = file.layout.items[item.id]
        here = Coded(file.cells[column].codes[positions], file.cells[column].words)
        file.whole.items.setdefault((instrument.id, item.id), PersonalWords()).add(here)
        kinds = missing_kinds(instrument, file.layout, item.id)
        own[item.id] = answers(
            item, here, kinds, recoding(file.layout, item.id), reverse=item.id in file.layout.reversed
        )
        if item.id not in optional:
            count = file.whole.unanswered.setdefault((instrument.id, item.id), Unanswered())
            count.rows += len(positions)
            count.blank = count.blank and bool((own[item.id].missing == Missing.BLANK.value).all())
    return own


def _faults(
    finding: Finding,
    file: Delivery,
    instrument: Instrument,
    own: Mapping[str, Answers],
    about: pd.DataFrame,
    positions: npt.NDArray[np.int64],
) -> Faults:
    column, rows, layout = finding.column or "", positions[finding.positions], file.layout
    if column in own:
        return _item_faults(finding, instrument, own[column], rows, layout.items[column])
    if rule := item_rules(instrument).get(column):
        return Faults.alike(rule.rule, layout.items[rule.item], rows, rule.found)
    if column == "weight_base":
        kinds = about["weight_kind"].iloc[rows].tolist()
        return Faults(_ABOUT_RULES[column], layout.columns.get("weight"), rows, kinds)
    return Faults.alike(_ABOUT_RULES[column], layout.columns.get(column), rows, Kind.EMPTY)


def _item_faults(
    finding: Finding, instrument: Instrument, one: Answers, rows: npt.NDArray[np.int64], column: str
) -> Faults:
    """Whole numbers off the scale and what is not a whole number are two rules: one finding holds both."""
    scale = next(item.scale for item in instrument.fielded if item.id == finding.column)
    tokens = [str(token) for token in np.asarray(one.judged.take(finding.positions), dtype=object)]
    facts = {token: off_scale(token, scale.min, scale.max) for token in dict.fromkeys(tokens)}
    rules = ["not_a_whole_number" if whole_number(token) is None else "off_scale" for token in tokens]
    return Faults(rules, column, rows, [facts[token] for token in tokens])
