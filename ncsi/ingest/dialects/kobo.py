"""KoboToolbox and ODK: `group/question` columns beside the submission's own."""

from __future__ import annotations

from ncsi.ingest.dialects.column_names import Column
from ncsi.ingest.dialects.registry import Export, dialect, roles_in
from ncsi.ingest.read import TextTable

_KOBO_ROLES = {
    "_uuid": "respondent", "_id": "respondent", "KEY": "respondent", "_submission_time": "submitted_at",
    "SubmissionDate": "submitted_at",
}  # fmt: skip
_KOBO_OWN = frozenset(
    {
        "start", "end", "today", "deviceid", "username", "phonenumber", "simserial", "subscriberid", "audit",
        "instanceID", "instanceName", "meta/instanceID", "meta/instanceName", "formhub/uuid", "__version__", "_id",
        "_uuid", "_submission_time", "_validation_status", "_notes", "_status", "_submitted_by", "_tags", "_index",
        "_xform_id_string", "_attachments", "_geolocation", "_version_", "meta/rootUuid", "_parent_index",
        "meta/deprecatedID", "SubmissionDate", "KEY", "SubmitterID", "SubmitterName", "FormVersion", "ReviewState",
        "DeviceID", "Edits", "Status", "AttachmentsPresent", "AttachmentsExpected",
    }
)  # fmt: skip


def _is_kobo(table: TextTable) -> bool:
    names = set(table.columns)
    return {"_uuid", "_submission_time"} <= names or {"SubmissionDate", "KEY"} <= names


@dialect("kobo", order=60, looks_like=_is_kobo)
def _kobo(table: TextTable) -> Export:
    """`group/question`, or `group-question` in ODK: the question's own name is the last part."""
    mark = "-" if {"SubmissionDate", "KEY"} <= set(table.columns) else "/"
    columns = tuple(
        Column(name, "" if name.startswith("_") else name, name.rsplit(mark, 1)[-1]) for name in table.columns
    )
    tail = {name for name in table.columns if name.rsplit(mark, 1)[-1] in _KOBO_OWN}
    return Export("kobo", table, columns, roles_in(table, _KOBO_ROLES), _KOBO_OWN | tail)
