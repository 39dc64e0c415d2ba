"""SurveyMonkey: two header rows, which the reader has joined as `question [sub-question]`."""

from __future__ import annotations

from ncsi.ingest.dialects.column_names import Column
from ncsi.ingest.dialects.registry import Export, dialect, roles_in
from ncsi.ingest.read import TextTable

_SM_ROLES = {"Respondent ID": "respondent", "End Date": "submitted_at", "Date Modified": "submitted_at"}
_SM_OWN = frozenset(
    {
        "Collector ID", "Start Date", "End Date", "Date Created", "Date Modified", "IP Address", "Email Address",
        "First Name", "Last Name", "Custom Data 1",
    }
)  # fmt: skip


def _is_surveymonkey(table: TextTable) -> bool:
    return table.columns[:2] == ("Respondent ID", "Collector ID")


@dialect("surveymonkey", order=30, looks_like=_is_surveymonkey)
def _surveymonkey(table: TextTable) -> Export:
    columns = tuple(
        Column(name, name[name.rindex(" [") + 2 : -1] if name.endswith("]") and " [" in name else name)
        for name in table.columns
    )
    return Export("surveymonkey", table, columns, roles_in(table, _SM_ROLES), _SM_OWN)
