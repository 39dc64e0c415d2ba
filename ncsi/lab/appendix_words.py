"""Words of the pages of methods that are given with a warning, in both languages."""

from __future__ import annotations

from ncsi import verdicts
from ncsi.lab.result_words import COMMA, COMPLETED, LEFT_OUT
from ncsi.spec import both
from ncsi.verdicts import COPULA_STATES

__all__ = ["COMMA", "COMPLETED", "COPULA_STATES", "LEFT_OUT"]

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
CLASS_OF = verdicts.CLASS_OF
PATHS_OF_CLASSES = both("{k}个类别：各类别内的路径", "{k} classes: paths within each")

COPULA = both("高斯copula（内生性）：附录", "Gaussian copulas (endogeneity): appendix")
ADDED = both(
    "每次在方程中加入一个前因的copula项Φ⁻¹(F(x))；标准误来自{replicates}次重抽样",
    "Φ⁻¹(F(x)) of one cause at a time added to its equation; errors from {replicates} replicates",
)
NO_PROOF = both(
    "只是敏感性检查，不证明因果：系数仅靠得分的非正态性识别。评分有界、取整或集中于最高分时，没有内生性也会显著；"
    "不显著也不说明没有内生性。",
    "A sensitivity and no proof of causality: nothing but scores that are not normal identifies the term. Bounded, "
    "rounded or heaped scores make it significant without any endogeneity, and a term that is not "
    "significant excludes none.",
)
NONE_USABLE = both(
    "没有一个前因的得分明显非正态且样本足够大：本表不作任何结论。",
    "No cause has clearly non-normal scores without a heap and enough respondents: the table tells nothing.",
)
COPULA_TERMS = both("copula项与路径", "Copula terms and paths")
CONGRUENCE = both("一致性系数：附录", "Congruence: appendix")
ALIKE = both(
    "两个结构变量与其余结构变量的相关模式是否一致；对角线为{reliability}",
    "Whether two constructs go with all others in the same way; {reliability} on the diagonal",
)
RELIABILITIES = {
    "rho_a": both("ρA", "ρA"),
    "rho_c": both("ρC", "ρC"),
    "alpha": both("α", "α"),
    "one": both("1", "1"),
}
NO_GATE = both(
    "作为HTMT的补充，不作门槛：换一种信度，系数可相差0.1；1处在取值范围的边界，对它的检验不成立，因此只给区间。",
    "Beside HTMT and no gate: another reliability moves it by .1, and 1 is the end of its range, where no test is "
    "sound, so that intervals alone are given.",
)
PAIRS = both("各对结构变量", "Pairs of constructs")
ORDINAL = both("序次PLS：附录", "Ordinal PLS: appendix")
POLYCHORIC = both(
    "以多分格相关（polychoric）估计同一模型；阈值取自各题项的加权边际分布",
    "The same model on polychoric correlations; thresholds from the weighted margin of each item",
)
NO_INDEX = both(
    "只是敏感性检查：10点题项差别很小，5点题项路径可相差约0.05；潜在答案上的0–100指数没有意义，不予给出。",
    "A sensitivity alone: little moves with items on 10 points, paths by up to .05 on 5; an index on 0–100 has no "
    "meaning for what lies behind the answers, so none is given.",
)
ORDINAL_PATHS = both("路径：拟合、序次及其一致估计", "Paths: of the fit, ordinal, and consistent")
LOADINGS = verdicts.LOADINGS
PAIRWISE = both(
    "{n}名受访者缺少部分答案：相关系数取自同时回答两题的受访者。",
    "{n} respondents lack answers: each correlation is of those who answered both items.",
)
ESSE = both("必要条件的敏感性（ESSE）：附录", "Sensitivity of necessary conditions (ESSE): appendix")
LEFT_OUT_OF_CORNER = both(
    "逐步剔除{target}偏高而条件偏低的角落中的受访者（占比不超过阈值），量程固定为全体的量程",
    "Without the respondents whose corner (condition no higher, {target} no lower) holds at most the threshold of all; "
    "the scope is that of all",
)
WHATEVER_CORRELATES = both(
    "d取决于十来个极端受访者。超出独立基准只说明两者相关；是否必要，见nca的等相关检验。",
    "d rests on about ten extreme respondents. More than independence gives is what any correlation gives; whether a "
    "condition is necessary is asked by the test of nca against equal correlation.",
)
CORNERS = both("各阈值下的效应量", "Effect sizes by threshold")
