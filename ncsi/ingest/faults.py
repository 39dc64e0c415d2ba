"""Faults of rows, and the reject rows made from them: reason and cure in both languages, never the value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

REJECT_COLUMNS = ("source_row", "sector", "column", "rule", "value_class", "reason_zh", "reason_en")

_REASONS = {
    "header_repeated": (
        "此行重复了表头,可能由两个文件拼接而成。请删除该行,或分别导入各文件。",
        "The row repeats the header, as where two files were joined. Remove it, or ingest the files one by one.",
    ),
    "sector_unknown": (
        "行业代码{detail}不在本期调查中。请在映射的 values.sector 中说明,或在调查期文件中加入该行业。",
        "Sector code {detail} is not in this wave. Map it under values.sector, or add it to the wave.",
    ),
    "brand_unknown": (
        "品牌代码{detail}不在该行业的品牌名单中。请在映射的 values.brand 中说明,或在调查期文件中加入该品牌。",
        "Brand code {detail} is not in this sector. Map it under values.brand, or add it to the wave.",
    ),
    "respondent_missing": (
        "受访者编号为空。请补上编号后重新导出。",
        "The respondent has no identification. Fill it in, then export again.",
    ),
    "region_unusable": (
        "地区一栏应为简短名称,此处为:{detail}。请改正后重新导出。",
        "The region should be a short name, found: {detail}. Correct it, then export again.",
    ),
    "background_unusable": (
        "背景变量应为简短类别,此处为:{detail}。请改正后重新导出。",
        "A background variable holds short categories, found: {detail}. Correct it, then export again.",
    ),
    "weight_not_positive": (
        "权数应为正数,此处为:{detail}。请改正权数后重新导出。",
        "A weight is a positive number, found: {detail}. Correct the weight, then export again.",
    ),
    "submitted_at_unreadable": (
        "提交时间无法识别({detail})。请使用 2026-03-01 12:30:00 的格式。",
        "The time of submission cannot be read ({detail}). Write it as 2026-03-01 12:30:00.",
    ),
    "duration_unreadable": (
        "答题用时无法识别({detail})。请使用秒数,或 1分20秒 的格式。",
        "The duration cannot be read ({detail}). Give seconds, or write it as 1分20秒.",
    ),
    "disposition_unknown": (
        "访问结果代码无法识别。请在映射的 values.disposition 中说明:complete、partial、no_consent、not_eligible "
        "或 technical_duplicate。",
        "The outcome of the interview is not known. Map it under values.disposition to complete, partial, "
        "no_consent, not_eligible or technical_duplicate.",
    ),
    "off_scale": (
        "答案超出量表范围({detail})。请核对该题的选项代码,或把该代码列为缺失代码。",
        "The answer is off the scale ({detail}). Check the question's codes, or declare the code as missing.",
    ),
    "not_a_whole_number": (
        "此处应为整数,却是:{detail}。请按序号导出,或在映射的 values 中说明代码。",
        "A whole number belongs here, found: {detail}. Export option numbers, or map codes under values.",
    ),
    "required_unanswered": (
        "必答题为空。请补上答案后重新导出。",
        "A required question has no answer. Complete it, then export again.",
    ),
    "answered_not_asked": (
        "按跳转逻辑此题不应提问,却有答案。请核对问卷的跳转设置。",
        "By the routing this question was not to be asked, yet it is answered. Check the questionnaire's routing.",
    ),
    "outside_field_dates": (
        "提交时间({detail})不在调查期内。请核对文件是否属于本期,或更正调查期日期。",
        "Submitted {detail} the field dates. Check that the file belongs to this wave, or correct the dates.",
    ),
    "weight_extreme": (
        "权数超过中位数的一百倍。请核对该权数。",
        "The weight is over a hundred times the median weight. Check it.",
    ),
    "quota_short": (
        "答卷数未达配额({detail})。请继续调查,或在报告中说明。",
        "Fewer responses than the quota ({detail}). Stay in the field, or say so in the report.",
    ),
    "mean_shifted": (
        "与上期相比均值变化 {detail} 分(百分制),超出抽样误差。请核对题目编码与问卷措辞是否改变。",
        "The mean moved by {detail} points of 100 since the last wave, beyond chance. Check whether codes or "
        "wording changed.",
    ),
    "dont_know_rose": (
        "与上期相比“不知道”的比例变化 {detail},超出抽样误差。请核对缺失代码与访问方式。",
        "The share of don't know changed by {detail} since the last wave, beyond chance. Check codes and mode.",
    ),
    "scale_half_used": (
        "量表的上半部分无人作答(最高答案 {detail})。请核对文件是否使用了更短的量表。",
        "Nobody used the upper half of the scale (highest answer {detail}). Check whether the file has a shorter one.",
    ),
    "interviewer_differs": (
        "该访问员的答卷均值与同行业其他访问员相差 {detail} 分。请复核其答卷;这不是作假的证据。",
        "This interviewer's mean is {detail} points off the sector's others. Back-check; it is no proof of fraud.",
    ),
    "interviewer_fast": (
        "该访问员的用时中位数只有其他访问员的 {detail} 倍。请复核其答卷。",
        "This interviewer's median duration is {detail} of the others'. Back-check the interviews.",
    ),
    "duplicate_respondent": (
        "同一受访者对该品牌已有答卷({detail}),保留先前一份。如需更正,请删除先前一份。",
        "The respondent answered on this brand before ({detail}); that one is kept. Remove one of them.",
    ),
}
RULES = tuple(_REASONS)
_CLASS_ZH = {
    "long number": "过长的数字", "decimal": "小数", "number with an exponent": "科学记数",
    "yes or no": "是否值",
    "number with a comma": "带逗号的数字", "not a number": "非数值", "date": "日期", "formula": "公式",
    "text": "文字", "empty": "空", "negative": "负数", "zero": "零", "out of range": "超出合理范围",
    "before": "早于开始日期", "after": "晚于结束日期", "an answer": "有答案",
    "long text": "过长的文字", "personal data": "个人信息",
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Faults:
    """Faults in one column: row positions, the class of each value, a detail for the message (else the class).

    `rule` holds for all of them, or is one each.
    """

    rule: str | Sequence[str]
    column: str | None
    positions: npt.NDArray[np.int64]
    classes: Sequence[str]
    details: Sequence[str] | None = None


def first_faults(faults: Sequence[Faults]) -> pd.DataFrame:
    """One row a faulty position, with its first fault in the order given: position, column, rule, …"""
    everything = faults_frame(faults)
    return everything.drop_duplicates("position", keep="first").sort_values("position", ignore_index=True)


def faults_frame(faults: Sequence[Faults]) -> pd.DataFrame:
    """One row a fault, in the order given: position, column, rule, value_class, detail."""
    frames = [
        pd.DataFrame(
            {
                "position": one.positions,
                "column": one.column,
                "rule": one.rule if isinstance(one.rule, str) else list(one.rule),
                "value_class": list(one.classes),
                "detail": list(one.details if one.details is not None else one.classes),
            }
        )
        for one in faults
        if len(one.positions)
    ]
    if not frames:
        return pd.DataFrame(columns=["position", "column", "rule", "value_class", "detail"])
    return pd.concat(frames, ignore_index=True)


def reject_rows(
    first: pd.DataFrame, row_numbers: npt.NDArray[np.int64], sectors: npt.NDArray[np.object_]
) -> pd.DataFrame:
    """The rows of `core_rejects` (without their file) for the first faults of positions."""
    positions = first["position"].to_numpy(dtype=np.int64)
    reasons = [reason(rule, detail) for rule, detail in zip(first["rule"], first["detail"], strict=True)]
    return pd.DataFrame(
        {
            "source_row": row_numbers[positions],
            "sector": sectors[positions],
            "column": first["column"].to_numpy(dtype=object),
            "rule": first["rule"].to_numpy(dtype=object),
            "value_class": first["value_class"].to_numpy(dtype=object),
            "reason_zh": [zh for zh, _ in reasons],
            "reason_en": [en for _, en in reasons],
        },
        columns=list(REJECT_COLUMNS),
    )


def reason(rule: str, detail: str) -> tuple[str, str]:
    """Reason and cure of a rule in Chinese and English."""
    zh, en = _REASONS[rule]
    return zh.format(detail=_in_chinese(detail)), en.format(detail=detail)


def _in_chinese(detail: str) -> str:
    for english, chinese in (("integer above ", "大于 "), ("integer below ", "小于 "), ("row ", "第 ")):
        if detail.startswith(english):
            rest = detail.removeprefix(english)
            return f"{chinese}{rest} 行" if english == "row " else f"{chinese}{rest} 的整数"
    return _CLASS_ZH.get(detail, detail)
