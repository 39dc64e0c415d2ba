"""Google Forms and Microsoft Forms: one header row of questions after the platform's own columns.

Source: the sheets that both write, as their help pages show them; the headers follow the language of the account.
"""

from __future__ import annotations

import re

from ncsi.ingest.dialects.column_names import Column
from ncsi.ingest.dialects.registry import Export, dialect, roles_in
from ncsi.ingest.read import TextTable

_GOOGLE_TIME = ("Timestamp", "时间戳记", "时间戳", "時間戳記")
_GOOGLE_OWN = frozenset(
    {"Email Address", "Email address", "Username", "电子邮件地址", "用户名", "Score", "得分", "分数"}
)
_MICROSOFT = (("ID", "Start time", "Completion time"), ("ID", "开始时间", "完成时间"))
_MICROSOFT_OWN = frozenset(
    {
        "Start time", "开始时间", "Email", "电子邮件", "Name", "名称", "姓名", "Last modified time", "上次修改时间",
        "Language", "语言", "Total points", "总分", "Quiz feedback", "测验反馈",
    }
)  # fmt: skip
_MICROSOFT_POINTS = re.compile(r"(Points|Feedback|得分|反馈) - .*", re.DOTALL)
_ROW = re.compile(r"(.*?)\s*\[([^\[\]]+)\]\s*", re.DOTALL)


@dialect("google_forms", order=80, looks_like=lambda table: table.columns[0] in _GOOGLE_TIME)
def _google(table: TextTable) -> Export:
    """A grid has a column for each row of it: `Question [Row]`."""
    roles = {"submitted_at": table.columns[0]}
    return Export("google_forms", table, _columns(table), roles, _GOOGLE_OWN)


@dialect("microsoft_forms", order=81, looks_like=lambda table: table.columns[:3] in _MICROSOFT)
def _microsoft(table: TextTable) -> Export:
    known = {"ID": "respondent", "Completion time": "submitted_at", "完成时间": "submitted_at"}
    own = _MICROSOFT_OWN | {name for name in table.columns if _MICROSOFT_POINTS.fullmatch(name)}
    return Export("microsoft_forms", table, _columns(table), roles_in(table, known), own)


def _columns(table: TextTable) -> tuple[Column, ...]:
    found = []
    for name in table.columns:
        row = _ROW.fullmatch(name)
        found.append(Column(name, row[2] if row else name))
    return tuple(found)
