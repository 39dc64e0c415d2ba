"""The rules that rows and waves are held to: what each says, with its cure, in both languages; never the value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from ncsi.ingest.conform.facts import Fact


class Severity(StrEnum):
    """Whether a fault rejects its row, or leaves it accepted and the wave estimated."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule's message in Chinese and English; `{fact}` stands for what was found."""

    zh: str
    en: str
    severity: Severity = Severity.ERROR


RULES: Mapping[str, Rule] = {
    "header_repeated": Rule(
        "此行重复了表头，可能由两个文件拼接而成。请删除该行，或分别导入各文件。",
        "The row repeats the header, as when two files were joined. Remove it, or ingest the files separately.",
    ),
    "sector_unknown": Rule(
        "行业不在本期调查中（{fact}）。请在映射的values.sector中说明其代码，或在调查期文件中加入该行业。",
        "The sector is not in this wave (found: {fact}). Map its code under values.sector, or add it to the wave.",
    ),
    "brand_unknown": Rule(
        "品牌不在该行业的品牌名单中（{fact}）。请在映射的values.brand中说明其代码，或在调查期文件中加入该品牌。",
        "The brand is not in this sector (found: {fact}). Map its code under values.brand, or add it to the wave.",
    ),
    "cell_without_value": Rule(
        "单元格没有自己的值（{fact}）。请在表格软件中修正后重新导出。",
        "The cell has no value of its own ({fact}). Correct it in the spreadsheet, then export again.",
    ),
    "respondent_missing": Rule(
        "受访者编号为空，或只写着“无”“N/A”之类。请补上编号后重新导出。",
        "The respondent has no identification: the cell is empty, or says N/A or the like. Fill it in, then export "
        "again.",
    ),
    "respondent_digits_lost": Rule(
        "受访者编号是{fact}：表格软件把长编号当作数字，只保留前15位或更少，末尾数字已丢失。请将该列设为文本后重新导出，"
        "或在映射的ignore中略去该列。",
        "The respondent's id is a {fact}: a spreadsheet took it for a number, of which it keeps 15 digits at most, and "
        "the others are lost. Keep the column as text and export again, or name it under ignore in the map.",
    ),
    "code_digits_lost": Rule(
        "访问员或设备的编号是{fact}：表格软件把长编号当作数字，末尾数字已丢失，不同的人或设备会变成同一个，因此按未知计。"
        "请将该列设为文本后重新导出。",
        "The id of the interviewer or device is a {fact}: a spreadsheet took it for a number, and its last digits are "
        "lost. Several may look like one, so it counts as unknown. Keep the column as text and export again.",
        Severity.WARNING,
    ),
    "value_undeclared": Rule(
        "该值不在调查期文件background所列取值之中，按“其他”计。请在映射的values中说明其代码，"
        "或在调查期文件中列出该取值。",
        "The value is none that the wave file declares under background, and counts as `other`. Map its code under "
        "values, or declare it.",
        Severity.WARNING,
    ),
    "weight_not_positive": Rule(
        "权数应为正数，此处为：{fact}。请改正权数后重新导出。",
        "A weight must be a positive number; found: {fact}. Correct the weight, then export again.",
    ),
    "submitted_at_unreadable": Rule(
        "提交时间无法识别（{fact}）。请使用2026-03-01 12:30:00的格式。",
        "The time of submission cannot be read ({fact}). Write it as 2026-03-01 12:30:00.",
    ),
    "duration_unreadable": Rule(
        "答题用时无法识别（{fact}）。请使用秒数，或1分20秒的格式。",
        "The duration cannot be read ({fact}). Give seconds, or write it as 1分20秒.",
    ),
    "disposition_unknown": Rule(
        "访问结果代码无法识别。请在映射的values.disposition中说明：complete、partial、no_consent、not_eligible"
        "或technical_duplicate。",
        "The outcome of the interview is unknown. Map it under values.disposition to complete, partial, "
        "no_consent, not_eligible or technical_duplicate.",
    ),
    "off_scale": Rule(
        "答案超出量表范围（{fact}）。请核对该题的选项代码，或把该代码列为缺失代码。",
        "The answer is off the scale ({fact}). Check the question's codes, or declare the code as missing.",
    ),
    "not_a_whole_number": Rule(
        "此处应为整数，却是：{fact}。请按序号导出，或在映射的values中说明代码。",
        "This must be a whole number; found: {fact}. Export option numbers, or map codes under values.",
    ),
    "required_unanswered": Rule(
        "必答题为空。请补上答案后重新导出。",
        "A required question has no answer. Complete it, then export again.",
    ),
    "answered_not_asked": Rule(
        "按跳转逻辑此题不应提问，却有答案。请核对问卷的跳转设置。",
        "The routing skips this question, yet it has an answer. Check the questionnaire's routing.",
        Severity.WARNING,
    ),
    "outside_field_dates": Rule(
        "提交时间（{fact}）不在调查期内。请核对文件是否属于本期，或更正调查期日期。",
        "Submitted {fact} the field dates. Check that the file belongs to this wave, or correct the dates.",
        Severity.WARNING,
    ),
    "weight_extreme": Rule(
        "权数超过中位数的一百倍。请核对该权数。",
        "The weight is more than a hundred times the median weight. Check it.",
        Severity.WARNING,
    ),
    "quota_short": Rule(
        "答卷数未达配额（{fact}）。请继续调查，或在报告中说明。",
        "Fewer responses than the quota ({fact}). Continue fieldwork, or say so in the report.",
        Severity.WARNING,
    ),
    "mean_shifted": Rule(
        "与上期相比均值变化{fact}分（百分制），超出抽样误差。请核对题项编码与问卷措辞是否改变。",
        "The mean moved by {fact} points of 100 since the last wave, beyond sampling error. Check whether codes or "
        "wording changed.",
        Severity.WARNING,
    ),
    "dont_know_rose": Rule(
        "与上期相比“不知道”的比例变化{fact}，超出抽样误差。请核对缺失代码与访问方式。",
        "The share of don't know changed by {fact} since the last wave, beyond sampling error. Check codes and mode.",
        Severity.WARNING,
    ),
    "scale_half_used": Rule(
        "量表的上半部分无人作答（最高答案{fact}）。请核对文件是否使用了更短的量表。",
        "Nobody used the upper half of the scale (highest answer {fact}). Check whether the file uses a shorter one.",
        Severity.WARNING,
    ),
    "item_backwards": Rule(
        "在该行业的一个文件中，本题与其余各题方向相反（{fact}），在其他文件中则方向一致。请核对该文件此题的量表是否颠倒；"
        "如是，在其映射中声明reverse: true。",
        "In one file of the sector this item runs against the others ({fact}), in the other files with them. Check "
        "whether its scale is reversed there; if so, declare `reverse: true` in that file's map.",
        Severity.WARNING,
    ),
    "interviewer_differs": Rule(
        "该访问员的答卷均值与同行业其他访问员相差{fact}分。请复核其答卷；这不是作假的证据。",
        "This interviewer's mean is {fact} points from the median interviewer's. Re-check; this does not prove fraud.",
        Severity.WARNING,
    ),
    "interviewer_fast": Rule(
        "该访问员的用时中位数只有其他访问员的{fact}倍。请复核其答卷。",
        "This interviewer's median duration is {fact} of the median interviewer's. Re-check the interviews.",
        Severity.WARNING,
    ),
    "duplicate_respondent": Rule(
        "同一受访者对该品牌已有答卷（{fact}），保留先前一份。如需更正，请删除先前一份；如是不同机构各自从1编号，"
        "请在编号前加机构代号（如A-1）。",
        "The respondent already answered on this brand ({fact}); the earlier answer is kept. Remove one of the two; "
        "where two agencies both number from 1, put the agency before the number (A-1).",
    ),
    "duplicate_digits_lost": Rule(
        "受访者编号与先前一份（{fact}）相同，但该列超过15位的编号从第16位起都是0：Excel只保留15位，末尾数字已丢失，"
        "未必是同一人。请将该列设为文本后重新导出。",
        "The respondent's id is that of an earlier answer ({fact}), but all ids of more than 15 digits in the column "
        "are 0 from the 16th on: Excel keeps 15, so they may be two people. Keep the column as text and export again.",
    ),
}


def severity(rule: str) -> str:
    """`error` or `warning`."""
    return RULES[rule].severity.value


def message(rule: str, fact: Fact) -> tuple[str, str]:
    """What is wrong and how to cure it, in Chinese and English."""
    one = RULES[rule]
    return one.zh.format(fact=fact.zh), one.en.format(fact=fact.en)
