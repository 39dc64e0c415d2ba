"""Words of waves compared, in both languages."""

from __future__ import annotations

from ncsi.lab.cells import figure
from ncsi.spec import Label, Language, both
from ncsi.survey.change import ChangeMethod

ONE = {"estimate": 2, "se": 2, "low": 2, "persons": 0}
OF_CELLS = {
    "n_before": 0, "n_now": 0, "share_before": 3, "share_now": 3, "mean_before": 1, "mean_now": 1, "composition": 2,
    "answers": 2, "mean": 1, "low": 1, "age_low": 0, "age_high": 0,
}  # fmt: skip
PARTS = {
    "change": both("变化", "change"),
    "composition": both("受访者构成（谁在回答）", "who answers (composition)"),
    "answers": both("回答本身（如何回答）", "how they answer"),
    "within": both("同一批受访者", "within persons"),
    "turnover": both("人员更替", "turnover"),
    "all": both("全体均值的变化", "change of the mean of all"),
}
DECOMPOSITION = both("变化的分解", "Change taken apart")
CHANGED = both(
    "{value}的加权均值：{before}为{mean_before}（n = {n_before}），{now}为{mean_now}（n = {n_now}）",
    "Weighted mean of {value}: {mean_before} in {before} (n {n_before}), {mean_now} in {now} (n {n_now})",
)
WHY = both("变化及其两部分", "The change and its two parts")
GROUPS = both("各组", "Groups")
NO_CAUSE = both(
    "构成部分只反映所列变量；其他变量的构成变化仍在“回答”部分之中",
    "Composition is that of the variables named; what else respondents differ in stays in how they answer",
)
WITHIN = both("同一批受访者的变化", "Change within persons")
FOLLOWED = both(
    "{value}自{first}以来的变化；{everybody}人中有{persons}人在两期以上作答",
    "Change of {value} since {first}; {persons} of {everybody} persons answered in two waves or more",
)
FIXED = both(
    "个人与时期双向固定效应；标准误按个人或抽样单元聚类；两部分之和为全体均值的变化",
    "Two-way fixed effects of persons and waves, errors by person or sampled cluster; the two parts add up to all",
)
SINCE = both("自{wave}以来的变化", "Changes since {wave}")
COHORTS = both("出生队列", "Birth cohorts")
DESCRIBED = both("{value}的加权均值，按出生队列与时期", "Weighted means of {value} by birth cohort and wave")
NOT_IDENTIFIED = both(
    "年龄 = 时期 − 出生年，三者的效应无法区分：本表只作描述",
    "Age is wave less birth year, so that effects of age, period and cohort cannot be told apart: described only",
)
TOO_FEW = both(
    "{cells}格不足{least}人，不列均值", "{cells} cells of fewer than {least} respondents have no mean"
)
MEANS = both("均值", "Means")
CELLS = both("各格", "Cells")
LEFT_OUT = both("{n}行缺少数值或分组，未计入", "{n} rows without a value or group are left out")
METHODS: dict[ChangeMethod, Label] = {
    "cells": both(
        "Kitagawa分解：交叉分组，两期权重取平均", "Kitagawa over crossed groups, both waves' weights averaged"
    ),
    "regression": both(
        "Oaxaca-Blinder分解：各变量主效应，两期权重取平均",
        "Oaxaca-Blinder with main effects of the variables, both waves' weights averaged",
    ),
}


def left_out(n: int, lang: Language) -> list[str]:
    """A notice of rows that were left out, where there are any."""
    return [LEFT_OUT.text(lang).format(n=figure(n, 0))] if n else []
