"""腾讯问卷 (Tencent): `Q2`, `Q2|A1|open` headers, or numbered questions after the platform's own columns."""

from __future__ import annotations

import re

from ncsi.ingest.dialects.column_names import Column
from ncsi.ingest.dialects.registry import Export, dialect, roles_in
from ncsi.ingest.read import TextTable

_TENCENT = re.compile(r"(Q\d+(?:_\d+)?)(?:\|(A\d+))?(?:\|(open))?(?:[.、:：]\s*(.*))?", re.DOTALL)
_TENCENT_ROLES = {
    "openid": "respondent", "id": "respondent", "编号": "respondent", "finish": "submitted_at",
    "结束答题时间": "submitted_at", "time_used": "duration_s",
    "answer_consumed": "duration_s", "答题时长": "duration_s",
    "weight": "weight", "权重": "weight",
}  # fmt: skip
_TENCENT_OWN = frozenset(
    {
        "start", "finish", "ip", "ip_province", "ip_city", "ua", "nickname", "respondent_nickname", "source", "valid",
        "开始答题时间", "自定义字段", "清洗数据结果", "智能清洗数据无效概率", "地理位置国家和地区", "地理位置省",
        "地理位置市", "IP", "UA", "Referrer", "用户类型", "昵称",
    }
)  # fmt: skip


def _is_tencent(table: TextTable) -> bool:
    coded = [_TENCENT.fullmatch(name) for name in table.columns]
    bars = any(one and one[2] for one in coded)
    return bars or ("开始答题时间" in table.columns and "答题时长" in table.columns)


@dialect("tencent", order=40, looks_like=_is_tencent)
def _tencent(table: TextTable) -> Export:
    columns = []
    for name in table.columns:
        coded = _TENCENT.fullmatch(name)
        key = "|".join(part for part in coded.groups()[:3] if part) if coded else ""
        number = coded[1][1:] if coded and not coded[2] else ""
        columns.append(Column(name, (coded[4] or "") if coded else "", key, number))
    roles = roles_in(table, _TENCENT_ROLES)
    own = _TENCENT_OWN | {one.name for one in columns if one.key.endswith("|open")}
    return Export("tencent", table, tuple(columns), roles, frozenset(own), {"not_asked": ("-3", "(跳过)")})
