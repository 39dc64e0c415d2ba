"""LimeSurvey: codes by its R syntax file, headers as codes, as texts, or as `CODE. Text`."""

from __future__ import annotations

import re

from ncsi.ingest.dialects.column_names import Column
from ncsi.ingest.dialects.registry import Export, dialect, outcomes
from ncsi.ingest.read import TextTable

_LIME_ROLES = {
    "id": "respondent", "Response ID": "respondent", "submitdate": "submitted_at", "Date submitted": "submitted_at",
    "interviewtime": "duration_s", "Total time": "duration_s",
}  # fmt: skip
_LIME_OWN = frozenset(
    {
        "lastpage", "startlanguage", "seed", "startdate", "datestamp", "ipaddr", "refurl", "token", "Last page",
        "Start language", "Seed", "Date started", "Date last action", "IP address", "Referrer URL", "Token",
        "submitdate", "Date submitted",
    }
)  # fmt: skip
_LIME_CODES = {one for one in (*_LIME_ROLES, *_LIME_OWN) if " " not in one}
_NOT_SENT = {"": "partial", "NA": "partial", "N/A": "partial"}
_NO_DATE = "1980-01-01 00:00:00"
"""What anonymised surveys write for the time of submission."""
_LIME_TIMING = re.compile(r"(Group|Question) time: .*|column \d+|groupTime\d+|.*Time$", re.DOTALL)
_LIME_CODED = re.compile(r"([A-Za-z][A-Za-z0-9]*)(?:\[(.+)\])?\s*[.:]\s+(.*)", re.DOTALL)


_MARKS = ({"submitdate", "startlanguage"}, {"Response ID", "Start language"})


def _is_limesurvey(table: TextTable) -> bool:
    names = {*table.columns, *(_own_code(one) for one in table.columns)}
    return any(marks <= names for marks in _MARKS)


def _own_code(name: str) -> str:
    """`submitdate. Date submitted` is `submitdate`: headers as code and text."""
    code, mark, _ = name.partition(". ")
    return code if mark and code in _LIME_CODES else name


@dialect("limesurvey", order=50, looks_like=_is_limesurvey)
def _limesurvey(table: TextTable) -> Export:
    book = table.codebook
    columns = []
    for name in table.columns:
        coded = _LIME_CODED.fullmatch(name)
        text = book.texts.get(name, coded[3] if coded else name)
        key = f"{coded[1]}[{coded[2]}]" if coded and coded[2] else coded[1] if coded else name
        columns.append(Column(name, text, key, labels=book.labels.get(name, {})))
    codes = {name: _own_code(name) for name in table.columns}
    roles: dict[str, str] = {}
    for name, code in codes.items():
        if code in _LIME_ROLES:
            roles.setdefault(_LIME_ROLES[code], name)
    own = {name for name, code in codes.items() if code in _LIME_OWN or _LIME_TIMING.fullmatch(code)}
    missing = {"not_asked": ("N/A",)}
    recode = {}
    if "submitted_at" in roles:  # empty until the last page is sent
        roles["disposition"] = sent = roles["submitted_at"]
        recode = {
            "submitted_at": {_NO_DATE: ""},
            "disposition": outcomes(table, sent, _NOT_SENT, filled="complete"),
        }
    return Export("limesurvey", table, tuple(columns), roles, frozenset(own), missing, recode)
