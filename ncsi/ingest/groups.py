"""The rows of one instrument, judged: answers, faults, and who answered twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from ncsi.errors import ConformError
from ncsi.ingest.answers import Answers, answers, missing_kinds, recoding, value_class_of
from ncsi.ingest.cells import Coded, whole_number
from ncsi.ingest.dialects import Layout
from ncsi.ingest.expect import Finding, judge
from ncsi.ingest.faults import Faults
from ncsi.ingest.privacy import refuse_personal
from ncsi.ingest.routing import REQUIRED, ROUTE, routed
from ncsi.ingest.suites import JUDGED, suite_of
from ncsi.spec import Instrument, Missing

MIN_ROWS_UNANSWERED = 10
_ABOUT_RULES = {
    "respondent": "respondent_missing",
    "weight_base": "weight_not_positive",
    "sector": "sector_unknown",
    "brand": "brand_unknown",
}


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Rows of one instrument by their positions in the file; `repeated` are those flagged as not unique."""

    instrument: Instrument
    positions: npt.NDArray[np.int64]
    answers: Mapping[str, Answers]
    faults: tuple[Faults, ...]
    repeated: npt.NDArray[np.int64]


def judged_group(
    name: str,
    instrument: Instrument,
    about: pd.DataFrame,
    positions: npt.NDArray[np.int64],
    cells: Mapping[str, Coded],
    layout: Layout,
) -> Group:
    """Cast the items of these rows, have them judged, and turn the findings into faults.

    `about` describes all rows of the file (sector, brand, respondent, weight_base, weight_class). Raises
    ConformError for an item that nobody answered, or that holds personal data.
    """
    own, rules = routed(instrument, _answers(name, instrument, positions, cells, layout))
    frame = about[list(JUDGED)].iloc[positions].reset_index(drop=True)
    items = pd.DataFrame({item: one.judged for item, one in own.items()}, index=frame.index)
    findings = judge(pd.concat([frame, items, rules], axis=1), suite_of(instrument))
    faults = [_fault(one, instrument, own, about, positions, layout) for one in findings if one.column]
    flagged = [one.positions for one in findings if one.column is None]
    repeated = positions[np.concatenate(flagged)] if flagged else positions[:0]
    return Group(instrument, positions, own, tuple(faults), repeated)


def _answers(
    name: str,
    instrument: Instrument,
    positions: npt.NDArray[np.int64],
    cells: Mapping[str, Coded],
    layout: Layout,
) -> dict[str, Answers]:
    optional = {route.item for route in instrument.routing}
    own = {}
    for item in instrument.fielded:
        column = layout.items[item.id]
        here = Coded(cells[column].codes[positions], cells[column].words)
        refuse_personal(name, column, here)
        kinds = missing_kinds(instrument, layout, item.id)
        own[item.id] = answers(item, here, kinds, recoding(layout, item.id))
        if item.id not in optional:
            _refuse_unanswered(name, item.id, column, own[item.id])
    return own


def _refuse_unanswered(name: str, item: str, column: str, one: Answers) -> None:
    """A column without a single answer is an export that lost a question, not a hundred silent people."""
    if len(one.missing) >= MIN_ROWS_UNANSWERED and (one.missing == Missing.BLANK.value).all():
        raise ConformError(
            f"{name}, column '{column[:60]}'",
            f"all {len(one.missing)} cells of item {item} are blank",
            "Export the question's answers, or map the item to the column that holds them",
        )


def _fault(
    finding: Finding,
    instrument: Instrument,
    own: Mapping[str, Answers],
    about: pd.DataFrame,
    positions: npt.NDArray[np.int64],
    layout: Layout,
) -> Faults:
    column, rows = finding.column or "", positions[finding.positions]
    if column in own:
        return _item_fault(finding, instrument, own[column], rows, layout)
    for suffix, rule, found in (
        (ROUTE, "answered_not_asked", "an answer"),
        (REQUIRED, "required_unanswered", "empty"),
    ):
        if column.endswith(suffix):
            return Faults(rule, layout.items[column.removesuffix(suffix)], rows, [found] * len(rows))
    classes = ["empty"] * len(rows)
    if column == "weight_base":
        classes = about["weight_class"].iloc[rows].tolist()
    file_column = layout.columns.get("weight" if column == "weight_base" else column)
    return Faults(_ABOUT_RULES[column], file_column, rows, classes)


def _item_fault(
    finding: Finding, instrument: Instrument, one: Answers, rows: npt.NDArray[np.int64], layout: Layout
) -> Faults:
    """Whole numbers off the scale and what is no whole number are two rules: one finding holds both."""
    item = next(item for item in instrument.fielded if item.id == finding.column)
    tokens = [str(token) for token in np.asarray(one.judged.take(finding.positions), dtype=object)]
    classes = [value_class_of(token, item) for token in tokens]
    rules = ["not_a_whole_number" if whole_number(token) is None else "off_scale" for token in tokens]
    return Faults(rules, layout.items[item.id], rows, classes)
