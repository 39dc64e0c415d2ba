"""Qualtrics: names, question texts and ImportIds in three header rows; two in the legacy format."""

from __future__ import annotations

import json
import re

import pyarrow as pa
import pyarrow.compute as pc

from ncsi.ingest.dialects.column_names import Column
from ncsi.ingest.dialects.registry import Export, cell, dialect, outcomes, roles_in, without_rows
from ncsi.ingest.read import TextTable
from ncsi.ingest.read.text_columns import spelt

_QUALTRICS = {
    "ResponseId": "respondent", "ResponseID": "respondent", "RecordedDate": "submitted_at", "EndDate": "submitted_at",
    "Duration (in seconds)": "duration_s", "Finished": "disposition",
}  # fmt: skip
_QUALTRICS_OWN = frozenset(
    {
        "StartDate", "EndDate", "Status", "IPAddress", "Progress", "Finished", "RecordedDate", "RecipientLastName",
        "RecipientFirstName", "RecipientEmail", "ExternalReference", "ExternalDataReference", "LocationLatitude",
        "LocationLongitude", "LocationAccuracy", "DistributionChannel", "UserLanguage", "ResponseSet", "Name",
        "EmailAddress", "Q_TotalDuration", "Duration (in seconds)",
    }
)  # fmt: skip
_SHOWN = re.compile(r".*_DO(?:_.+)?|.+_(?:First Click|Last Click|Page Submit|Click Count)", re.DOTALL)
"""In which order blocks and questions were shown where it was drawn, and how long pages stood."""

_TEST = "test"
_TESTS = (
    "Survey Preview",
    "Survey Test",
    "Spam Survey Preview",
    "Offline Survey Preview",
    "1",
    "2",
    "9",
    "17",
)
"""Values of Status, in words and numbers, of answers that nobody in the sample gave."""
_FINISHED = {
    _TEST: "not_eligible",
    "True": "complete",
    "TRUE": "complete",
    "1": "complete",
    "False": "partial",
    "FALSE": "partial",
    "0": "partial",
}


def _import_ids(table: TextTable, row: int) -> bool:
    first = [cell(table, name, row) for name in table.columns[:3]]
    return any('"ImportId"' in one or "'ImportId'" in one for one in first)


def _is_qualtrics(table: TextTable) -> bool:
    names = set(table.columns)
    marked = {"ResponseId", "RecordedDate"} <= names or {"ResponseID", "ResponseSet"} <= names
    return marked or _import_ids(table, 1)


@dialect("qualtrics", order=20, looks_like=_is_qualtrics)
def _qualtrics(table: TextTable) -> Export:
    """Names, texts, and (not in the legacy format) ImportIds, which stay the same when a question is renamed."""
    three = _import_ids(table, 1)
    texts = [cell(table, name, 0) for name in table.columns]
    keys = [_import_id(cell(table, name, 1)) if three else "" for name in table.columns]
    columns = tuple(
        Column(name, text, key) for name, text, key in zip(table.columns, texts, keys, strict=True)
    )
    body = _marked(without_rows(table, 2 if three else 1))
    own = _QUALTRICS_OWN | {name for name in table.columns if _SHOWN.fullmatch(name)}
    recode = {"disposition": outcomes(body, "Finished", _FINISHED)}
    return Export("qualtrics", body, columns, roles_in(table, _QUALTRICS), own, recode=recode)


def _marked(table: TextTable) -> TextTable:
    """Previews and test answers come with the real ones, told apart by Status only: mark them as not finished so."""
    if not {"Status", "Finished"} <= set(table.columns):
        return table
    status, finished = (spelt(table.values.column(name)) for name in ("Status", "Finished"))
    tests = pc.is_in(pc.utf8_trim_whitespace(status), value_set=pa.array(_TESTS))
    at = table.columns.index("Finished")
    return table.having(table.values.set_column(at, "Finished", pc.if_else(tests, _TEST, finished)))


def _import_id(text: str) -> str:
    try:
        return str(json.loads(text.replace("'", '"'))["ImportId"])
    except (ValueError, KeyError, TypeError):
        return ""
