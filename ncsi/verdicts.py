"""What results are classed as and their columns are called, in both languages: one word for pages and charts of the
analyst's bench."""

from __future__ import annotations

from ncsi.spec import Label, both

QUADRANTS: dict[str, Label] = {
    "keep_up": both("继续保持", "keep up"),
    "improve_first": both("重点改进", "improve first"),
    "low_priority": both("次要改进", "low priority"),
    "possible_overkill": both("供给过度", "possible overkill"),
    "undecided": both("尚难判定", "undecided"),
    "not_actionable": both("非直接抓手", "not a lever"),
}
IMPACTS: dict[str, Label] = {
    "basic": both("基本型", "basic"),
    "attractive": both("魅力型", "attractive"),
    "performance": both("绩效型", "performance"),
    "undecided": both("尚难判定", "undecided"),
    "no_effect": both("无显著效应", "no effect"),
    "too_few": both("人数过少", "too few"),
}
MEDIATIONS: dict[str, Label] = {
    "complementary": both("互补型中介", "complementary"),
    "competitive": both("竞争型中介", "competitive"),
    "indirect_only": both("仅有间接效应", "indirect only"),
    "direct_only": both("仅有直接效应", "direct only"),
    "direct_not_modelled": both("模型未设直接路径", "direct not modelled"),
    "no_effect": both("无显著效应", "no effect"),
}
INVARIANT: dict[str, Label] = {
    "none": both("不成立", "none"),
    "partial": both("部分", "partial"),
    "full": both("完全", "full"),
}
AGAINST: dict[str, Label] = {
    "mean": both("训练均值", "training mean"),
    "linear model": both("线性基准", "linear benchmark"),
    "other model": both("另一模型", "other model"),
}
ANTECEDENTS: dict[str, Label] = {
    "direct": both("直接前因的得分", "direct causes"),
    "earliest": both("外生结构变量的得分", "exogenous constructs"),
}
BENCHMARKS: dict[str, Label] = {
    "direct": both("直接前因的题项", "the items of direct causes"),
    "exogenous": both("外生结构变量的题项", "the items of exogenous constructs"),
    "all": both("其余全部题项（包括结果变量的题项）", "all other items, those of consequences too"),
}
LEVELS: dict[str, Label] = {
    "none": both("无", "none"),
    "configural": both("形态", "configural"),
    "metric": both("载荷", "metric"),
    "scalar": both("截距", "scalar"),
    "strict": both("残差方差", "strict"),
}
COPULA_STATES: dict[str, Label] = {
    "usable": both("可用", "yes"),
    "normal": both("近于正态", "nearly normal"),
    "lump": both("最高分聚集", "heaped at the top"),
    "few": both("人数过少", "too few"),
}
ALL_ITEMS = both("全部题项", "all items")
ALL_PATHS = both("全部路径", "all paths")
ALL = both("全体", "all")
ASYMMETRY = both("不对称", "Asymmetry")
CLASS_OF = both("类别{segment}（{share}）", "Class {segment} ({share})")
DIFFERENCE = both("差值", "Difference")
ESTIMATE = both("估计值", "Estimate")
INTERVAL = both("{level}区间", "{level} interval")
INVARIANCE = both("不变性", "Invariance")
KIND = both("类型", "Kind")
LOADINGS = both("载荷", "Loadings")
ORDINAL = both("序次", "Ordinal")
OF_USE = both("可用性", "Of use")
DISTANCE = both("距离", "Distance")
TIER = both("梯队", "Tier")
TO = both("{low} 至 {high}", "{low} to {high}")
WEIGHTED = both("已加权", "weighted")
