"""Columns besides the items: brand, region, weight, time, respondent, a wave's background. By their names, their
questions, their cells, and the values that a wave declares."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from ncsi.ingest.cells import normalised
from ncsi.ingest.dialects.column_names import Column, plain_text
from ncsi.ingest.proposed_map.coded_values import Known, meant_by
from ncsi.ingest.proposed_map.column_profiles import Profile
from ncsi.spec.wave import CANONICAL_COLUMNS

EXACT, NAMED, ASKED, SEEN = 1.0, 0.9, 0.75, 0.65
LEAST_ROLE = 0.6
"""Below it a column is taken for nothing; so much its own name alone is worth, with values that nobody declares."""

_FEW, _LONG, _ALL, _HALF = 60, 60, 0.95, 0.5
_OUTCOMES = frozenset({"complete", "partial", "no_consent", "not_eligible", "technical_duplicate"})

_NAMES: Mapping[str, str] = {
    "respondent": r"resp(ondent)?[_ ]?(id|num|no)?|respnum|caseid|case_?no|"
    r"(record|response|sample|user|member|panel)?[_ ]?id|"
    r"serial(no)?|受访者(编号)?|被访者(编号)?|样本(编号|号)|问卷(编号|号)|编号|序号|用户编号",
    "sector": r"sector|industry|行业|品类|行业名称",
    "brand": r"brand(_?(id|name|code))?|firm|(service)?_?provider|company|supplier|carrier|operator|"
    r"vendor|bank|retailer|airline|"
    r"品牌|品牌名称|企业|公司|公司名称|企业名称|服务商|供应商|运营商|所属品牌|评价品牌",
    "region": r"region|province|state|area|地区|省份|省|城市|区域|所在地区|所在省份|所在城市",
    "weight": r"(final_?|survey_?|sample_?|sampling_?|post_?strat\w*_?)?(weights?|wgt|wt|pw|pweight)(_?final)?|"
    r"权重|加权|权数|样本权重",
    "submitted_at": r"submit(ted)?[_ ]?(at|date|time)?|end[_ ]?(date|time)|int(erview)?_?date|"
    r"completed([_ ]?(at|time))?|(?!start|begin)(\w+[_ ])?timestamp|"
    r"(提交|答题|完成|填写|访问|结束)(答卷)?(时间|日期)",
    "duration_s": r"duration(_?s(econds)?)?|interview_?time|time_?used|length_?of_?interview|loi|"
    r"(答题|作答|填写)?(时长|用时)|所用时间",
    "disposition": r"disposition|outcome|完成状态|访问结果",
    "interviewer": r"interviewer(_?id)?|ccgid|访问员(编号)?|访员(编号)?|调查员",
    "device": r"device(_?id)?|设备(编号)?",
}  # fmt: skip
_NAME = {role: re.compile(words, re.IGNORECASE) for role, words in _NAMES.items()}
_QUESTION: Mapping[str, re.Pattern[str]] = {
    "brand": re.compile(
        r"(哪(家|个|一家|一个)|什么|评价的|使用的|购买的|主要).{0,12}(品牌|公司|企业|银行|运营商|服务商|机构|平台|商家|航空公司)"
        r"|which.{0,40}\b(brand|company|provider|bank|operator|airline|supplier|retailer|store)\b"
        r"|\b(your|main|current)\b.{0,24}\b(brand|provider|operator|supplier)\s*\??$",
        re.IGNORECASE,
    ),
    "region": re.compile(
        r"(所在|居住|常住|您的).{0,6}(地区|省|城市|区域|市)|which (region|province|state)|"
        r"where do you live|region.{0,12}live",
        re.IGNORECASE,
    ),
}
_WORTH_ASKING = {"respondent", "weight", "submitted_at"}
"""To leave one of these out takes no row away, and nobody would notice: who is counted twice, unweighted figures, days
out of fieldwork (as with years of two digits, which nobody can read for sure)."""

_BACKGROUND = re.compile(
    r"age(_?group)?|gender|sex|income|educat(ion)?|年龄(段|组)?|性别|(月|年|家庭)?收入|学历|教育程度|受教育程度|城市级别",
    re.IGNORECASE,
)
_GROUPS = ("sector", "brand", "region")

DOUBTFUL = 0.225
"""Of a column that is called so, with cells that do not suit it: so little that it always becomes a question."""


def role_score(role: str, column: Column, profile: Profile, known: Known | None) -> float:
    """How much (0-1) speaks for a column being `role`; `known` are the values that the wave declares for it."""
    name = plain_text(column.name).strip(" ?？:：*")
    texts = [plain_text(one)[:_LONG].strip(" ?？:：*") for one in {column.text, column.key, name} if one]
    named = EXACT if name == role else NAMED if any(_NAME[role].fullmatch(one) for one in texts) else 0.0
    asked = _QUESTION.get(role)
    if not named and asked and any(asked.search(one) for one in texts):
        named = ASKED
    suits = _CELLS.get(role)
    if not profile.filled or (suits is not None and not suits(profile)):
        if profile.filled:
            return DOUBTFUL if named and role in _WORTH_ASKING else 0.0
        return EXACT if named == EXACT else 0.0
    if known is None:
        return named
    share = _recognised(profile, column, known)
    if share is None:
        return named
    if share >= _ALL:
        return max(named, ASKED) + (1 - max(named, ASKED)) * 0.8
    if not named and share >= _HALF and len(profile.words) > 2:
        return SEEN
    return _by_name(named, share, profile)


def background_score(variable: Sequence[str], column: Column, profile: Profile, known: Known) -> float:
    """How much (0-1) speaks for a column being a background variable that has these names and values."""
    texts = [normalised(plain_text(one)).casefold() for one in {column.name, column.text, column.key} if one]
    names = [normalised(one).casefold() for one in variable]
    named = NAMED if any(one in texts for one in names) else 0.0
    if not named and any(
        len(one) > 1 and one in text and len(text) <= _LONG for one in names for text in texts
    ):
        named = ASKED
    if names and names[0] in texts:
        named = EXACT
    if not known or not profile.filled:
        return named
    share = _recognised(profile, column, known)
    if share is None:
        return named
    if share >= _ALL and len(profile.words) > 1:
        return max(named, ASKED)
    return _by_name(named, share, profile)


def group_meant(column: Column, profile: Profile) -> str:
    """What a column that nothing declares groups its rows by, by its name and its few values: `sector`, `brand`,
    `region` or `background`; empty where nothing tells."""
    if not 1 < len(profile.words) <= _FEW or not _few(profile):
        return ""
    for role in _GROUPS:
        if role_score(role, column, profile, None) >= NAMED:
            return role
    texts = {plain_text(one).strip(" ?？:：*") for one in (column.text, column.key, column.name) if one}
    return "background" if any(_BACKGROUND.fullmatch(one) for one in texts) else ""


def _by_name(named: float, share: float, profile: Profile) -> float:
    """A column of few values that is called so stays one to look at, whatever share of its values is declared."""
    least = LEAST_ROLE if named >= NAMED and len(profile.words) <= _FEW else 0.0
    return max(least, named * (_HALF + _HALF * share))


def _recognised(profile: Profile, column: Column, known: Known) -> float | None:
    """Share (0-1) of the column's words that are declared values; None where they are numbers that no label explains:
    any question may have options 1 and 2."""
    if all(word.isdigit() for word in profile.words) and not column.labels:
        return None
    if len(profile.words) > 4 * _FEW:
        return 0.0
    return sum(meant_by(word, column, known) is not None for word in profile.words) / len(profile.words)


def _few(profile: Profile) -> bool:
    return len(profile.words) <= _FEW and (profile.unique < 0.6 or profile.filled < 10)


_CELLS: Mapping[str, Callable[[Profile], bool]] = {
    "respondent": lambda one: one.unique >= 0.9,
    "brand": _few,
    "sector": _few,
    "region": lambda one: len(one.words) <= 4 * _FEW and (one.unique < 0.9 or one.filled < 10),
    "weight": lambda one: (
        one.weights or (one.numeric == 1.0 and len(one.numbers) > 1 and min(one.numbers) > 0)
    ),
    "submitted_at": lambda one: one.times,
    "duration_s": lambda one: one.durations,
    "disposition": lambda one: set(one.words) <= _OUTCOMES,
    "interviewer": lambda one: one.unique < 0.9 or one.filled < 10,
}
ROLES = CANONICAL_COLUMNS
