"""Words of the pages of methods that are given with a warning, in both languages."""

from __future__ import annotations

from ncsi.lab.result_words import COMMA, LEFT_OUT
from ncsi.spec import both

__all__ = ["COMMA", "LEFT_OUT"]

FIMIX = both("有限混合（FIMIX）：附录", "Finite mixtures (FIMIX): appendix")
SOUGHT = both(
    "在全体得分上寻找路径不同的潜在类别；每个类别数{starts}个随机起点；有效样本量{n_eff}代替n",
    "Classes with paths of their own, over the scores of all; {starts} random starts each; n_eff {n_eff} stands for n",
)
WITHOUT_MEANS = both(
    "不含截距：参数为占比、路径与残差方差",
    "Without intercepts: parameters are shares, paths and residual variances",
)
WITH_MEANS = both(
    "含截距：各类别的均值也可不同；截距计入参数",
    "With intercepts, which count as parameters: classes may differ in means",
)
ASKED_FOR = both(
    "各准则选择的类别数：CAIC {caic}，BIC {bic}，AIC3 {aic3}",
    "Classes that the criteria ask for: CAIC {caic}, BIC {bic}, AIC3 {aic3}",
)
ONE_CLASS = both(
    "p（单一类别）：{simulations}个只有一个类别、边际分布与秩相关相同的模拟调查中，对数似然增幅不小于此的比例",
    "p of one class: how many of {simulations} surveys simulated from one class, with the same margins and rank "
    "correlations, gain as much",
)
NEVER_PUBLISH = both(
    "得分不服从正态分布时，看上去也像有多个类别：信息准则会在只有一个类别时选出多个。类别不可对外发布；"
    "请改用调查中声明的分组（split_tree）。",
    "Scores that are not normal look like classes: criteria ask for several where there is one. Never publish segments "
    "from this; split by columns that the survey declares (split_tree).",
)
DISAGREE = both(
    "CAIC与AIC3不一致：类别数无法确定。", "CAIC and AIC3 disagree: the number of classes is not known."
)
LONELY = both(
    "类别数{k}：最高的极大值只有一个起点到达，可能不是全局最大值；请增加起点。",
    "k = {k}: a single start reached the highest maximum, which may not be the highest there is; use more starts.",
)
NARROW = both(
    "类别数{k}：某个类别的残差方差接近零，多半是少数回答相同的受访者，而不是一个类别。",
    "k = {k}: a class with almost no residual variance is a few respondents who answer alike, not a class.",
)
CLUSTERED = both(
    "样本按群抽取：模拟只能逐个抽取受访者，因此不给出p。",
    "The sample is one of clusters: simulations draw single respondents, so no p is given.",
)
CRITERIA = both("信息准则（越小越好）与熵", "Criteria (less is better) and entropy")
CLASS_OF = both("类别{segment}（{share}）", "Class {segment} ({share})")
PATHS_OF_CLASSES = both("{k}个类别：各类别内的路径", "{k} classes: paths within each")
