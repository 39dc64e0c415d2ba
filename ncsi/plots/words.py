"""Words of charts, in both languages."""

from __future__ import annotations

import math
from collections.abc import Callable

from ncsi import verdicts
from ncsi.numerals import number
from ncsi.spec import Instrument, Language, both

_TO = verdicts.TO
INDEX = both("指数，0–100", "Index, 0–100")
INDEX_HEAD = both("指数", "Index")
SHARE_OF_ANSWERS = both("答案占比，%", "Share of answers, %")
INTERVAL_HEAD = verdicts.INTERVAL
INTERVAL_PLAIN = both("区间", "Interval")
ESTIMATE = verdicts.ESTIMATE
WITH_INTERVAL = both("横线：{level}置信区间", "bars: {level} intervals")
NO_INTERVAL = both("仅凭一次拟合没有区间", "a fit alone has no intervals")
HOLLOW = both(
    "空心：{level}水平下不显著（同时检验）", "hollow: not significant at {level}, all tested together"
)

PATHS = both("标准化路径系数", "Standardised path coefficients")
PATHS_ERRORS = both("标准化路径系数（标准误）", "Standardised path coefficients (SE)")
PATHS_DASHED = both("虚线：全部路径同时检验不显著", "dashed: not significant, all paths together")
PATHS_BOXES = both("方框：指数与R²", "boxes: index and R²")

PATHS_HOLM = both("虚线：经Holm校正不显著", "dashed: not significant after Holm")
PATHS_R2 = both("方框：R²", "boxes: R²")
NOT_DRAWN = both("结构变量之间的协方差未画出", "covariances of constructs not drawn")

LOADINGS = verdicts.LOADINGS
LOADINGS_LINE = both("虚线：0.70，一半方差得到解释的大致界限", "dashed: 0.70, about half of the variance")
OUTER_WEIGHTS = both("外部权重，各结构变量内合计为1", "Outer weights, 1 in each construct")
CHAINS = both("沿各链的间接效应", "Indirect effects along chains")
FEWER = both("另有{n}条较小的链未列出", "{n} smaller ones not shown")
DIFFERENCES = both("路径系数之差，{a} − {b}", "Difference of paths, {a} − {b}")
SHARES = both("对{target}的R²的贡献", "Part of the R² of {target}")
SHARES_SUM = both("合计{r2}", "together {r2}")
DENSITIES = both("重抽样分布（{replicates}次）", "Distribution over {replicates} replicates")
DENSITIES_BARS = both("粗线：{level}置信区间；点：估计值", "bar: {level} interval; dot: estimate")

IMPORTANCE = both("重要性：对{target}的总效应（分/分）", "Importance: points of {target} per point")
IMPORTANCE_PLAIN = both("重要性：总效应（分/分）", "Importance: points of the target per point")
PERFORMANCE = both("表现，0–100", "Performance, 0–100")
MAP_UNDECIDED = both(
    "点与{level}区间；空心及灰色区：尚难判定或非直接抓手",
    "Dots with {level} intervals; hollow, grey zone: undecided or not a lever",
)
MAP_UNDECIDED_PLAIN = both(
    "点与区间；空心及灰色区：尚难判定或非直接抓手",
    "Dots with intervals; hollow, grey zone: undecided or not a lever",
)
MAP_ESTIMATES = both(
    "仅有估计值，没有区间；空心：非直接抓手", "Estimates without intervals; hollow: not a lever"
)
UNNAMED = both("{n}个点因空间不足未标名称", "no room for the names of {n} dots")

RANKING = both(
    "指数与{level}置信区间；右：同时{level}排名区间",
    "Index with {level} intervals; right: simultaneous {level} rank sets",
)
RANK_SETS = both("右：排名区间", "right: rank sets")
RANKING_GIVEN = both("指数；右：排名区间", "Index; right: rank sets")
RANKING_BANDS = both("底色：梯队", "bands: tiers")
RANK_HEAD = both("排名区间", "Ranks")
TIER_HEAD = verdicts.TIER
ALL_OF_THEM = both("总体{value}", "all {value}")

TREND = both("指数与{level}置信区间", "Index with {level} intervals")
TREND_PLAIN = both("指数与置信区间", "Index with intervals")
BREAKS = {
    "instrument": both("问卷改变", "questionnaire changed"),
    "sector_list": both("行业名单改变", "list of sectors changed"),
    "both": both("问卷与行业名单改变", "questionnaire and list of sectors changed"),
}
BREAK_OTHER = both("趋势断点", "trend break")
BREAK_NOTE = both("断点之前以灰色表示，不与之后相连", "grey before a break, and not joined")

ANSWERS = both("答案占比，%，中间档以零为中心", "Share of answers, %, the middle split at zero")
WEIGHTED = verdicts.WEIGHTED
UNWEIGHTED = both("未加权", "unweighted")
MISSING = both(
    "缺失答案的组合（列）及其占受访者的比例", "Patterns of missing answers (columns), share of respondents"
)
MISSING_REST = both("其余组合占{share}", "other patterns {share}")
MISSING_HEAD = both("缺失", "Missing")
NONE_MISSING = both("没有缺失答案", "No answer is missing")

SLOPES = both(
    "{outcome}随{predictor}的变化；带：斜率的{level}置信区间",
    "{outcome} by {predictor}; bands: {level} intervals of the slope",
)
SQUARE = both("{outcome}随{predictor}的变化，含其平方", "{outcome} by {predictor} and its square")
SD_FROM_MEAN = both("{sign}{sds}个标准差", "{sign}{sds} SD")
SD_OF = both("{name}（标准差）", "{name} (SD)")
AT_MEAN = both("均值", "mean")
FLOODLIGHT = both(
    "{predictor}对{outcome}的斜率；带：{level}置信区间",
    "Slope of {predictor} on {outcome}; band: {level} interval",
)
FLOODLIGHT_GREY = both("灰色：不显著", "grey: not significant")
FLOODLIGHT_SHARE = both("斜率显著的受访者占{share}", "significant for {share} of respondents")
SLOPE_OF = both("{name}的斜率", "Slope of {name}")
NOT_SIGNIFICANT = both("不显著", "not significant")

CEILING = both(
    "NCA：d = {d}，p = {p}；与等相关比较p = {matched}",
    "NCA: d = {d}, p = {p}; against equal correlation p = {matched}",
)
CE = both("CE-FDH（阶梯）", "CE-FDH (step)")
CR = both("CR-FDH（直线）", "CR-FDH (line)")
NEEDS = both("{target}达到{level}需要 ≥ {x}", "{target} {level} needs ≥ {x}")
OF_0_100 = both("{name}，0–100", "{name}, 0–100")
BOTTLENECK = both(
    "瓶颈：{target}达到某水平（行，全距的%）所需的条件水平（全距的%，CE-FDH）",
    "Bottleneck: level (% of range, CE-FDH) needed for a level of {target} (rows, % of range)",
)
BOTTLENECK_STATES = both("NN：不需要；NA：达不到", "NN: not needed; NA: out of reach")

SEGMENTS = both("{construct}指数", "{construct}, index")
SEGMENTS_N = both("n：受访者人数", "n: respondents")
CLASS = both("{k}类", "{k} class")
CLASSES = both("{k}类", "{k} classes")
CLASS_SHARES = both("FIMIX各类别的占比", "FIMIX, shares of the classes")
CLASS_CRITERIA = both(
    "CAIC、AIC3：与最小值之差；EN：熵；p：单一类别",
    "CAIC, AIC3: above the least; EN: entropy; p: of one class",
)
CLASS_WARNING = both(
    "得分非正态时也会出现类别，不可发布", "scores that are not normal look like classes: not to publish"
)
CLASS_HEAD = verdicts.CLASS_OF
PATHS_IN_CLASSES = both("各类别内的路径", "Paths within classes")
RESIDUALS = both("题项相关系数：观测值减模型隐含值", "Item correlations: observed less implied by the model")
RESIDUALS_Z = both(
    "题项协方差的残差除以其标准误（z）", "Residuals of item covariances over their standard errors (z)"
)
RESIDUALS_SRMR = both("SRMR {srmr}", "SRMR {srmr}")
WITHIN = both("±{edge}以内", "within ±{edge}")

TREE_PATHS = both("分组树：各组路径不同之处", "Split tree: where paths differ")
TREE_INDEX = both("分组树：{target}指数不同之处", "Split tree: where the index of {target} differs")
TREE_P = both("p已按搜索校正；填色：不再划分", "p corrected for the search; filled: not split further")
TREE_ALL = verdicts.ALL
TREE_NODE = both("指数{index}，n {n}", "index {index}, n {n}")
TREE_SPLIT = both("按{column}划分，p {p}", "split by {column}, p {p}")
TETRADS_OF = both("{construct}：χ² {chisq}，自由度{df}，p {p}", "{construct}: χ² {chisq}, df {df}, p {p}")
TETRADS = both("互不冗余的四元差", "Free tetrads, 0 in a reflective block")
NO_PROOF = both("空心：整体未被拒绝（不等于成立）", "hollow: block not rejected, which shows nothing")
COMPOSITION = both(
    "MICOM，{a}与{b}：点为c；横线：组成相同时c的{level}范围；实心：组成不同",
    "MICOM, {a} and {b}: dots c; bars: where c lies ({level}) if composites are equal; filled: they differ",
)
STARRED = both("* p < {alpha}", "* p < {alpha}")
MEANS = both("均值差", "Means")
VARIANCES = both("ln方差比", "ln var.")
INVARIANCE = verdicts.INVARIANCE
PREDICTED = both(
    "实心：路径模型的RMSE；空心：线性基准", "Dots: RMSE of the path model; hollow: linear benchmark"
)
PREDICTED_FROM = both("路径模型由{antecedents}预测", "predicted from {antecedents}")
SEEN = both("基准使用{benchmark}", "benchmark sees {benchmark}")
LOSSES = both(
    "CVPAT：损失之差；向右：模型预测更好",
    "CVPAT: difference of losses; to the right the model predicts better",
)
GAP = verdicts.DIFFERENCE
COPULA = both("每个前因的copula项", "Copula term of each cause")
COPULA_HOLLOW = both(
    "空心：校正后不显著，或无从判断", "hollow: not significant after Holm, or nothing can be told"
)
COPULA_LIMIT = both("只是敏感性检查，不证明因果", "a sensitivity, no proof of causality")
OF_USE = verdicts.OF_USE
CONGRUENCE = both(
    "两个结构变量与其余结构变量的相关模式是否一致", "Whether two constructs go with all others alike"
)
NO_GATE = both("作为HTMT的补充，不作门槛", "beside HTMT, no gate")
ORDINAL = both(
    "实心：多分格相关上的路径；空心：拟合的路径", "Dots: paths on polychoric correlations; hollow: the fit's"
)
ORDINAL_HEAD = verdicts.ORDINAL
ORDINAL_LIMIT = both("只是敏感性检查，没有标准误", "a sensitivity without errors")
CORNERS = both(
    "{construct}对{target}的d：剔除角落中的受访者（行：占比阈值）",
    "d of {construct} for {target} without the respondents in its corner (rows: threshold)",
)
CORNERS_READ = both("空心：得分相互独立时", "hollow: if scores were independent")
CORNERS_LIMIT = both("超出部分只说明两者相关", "more than that only shows that they correlate")
KEPT = both("保留", "Kept")
WALD = both("{groups}：各组路径是否相同（Wald F）", "{groups}: whether paths are alike in all (Wald F)")
OMNIBUS = both("{groups}：模型所隐含内容的距离", "{groups}: distances of what the model implies")
HOLLOW_ALONE = both("空心：{level}水平下不显著", "hollow: not significant at {level}")
DISTANCE = verdicts.DISTANCE
LEVELS_OF = both("{n}组的不变性，约束逐级增加", "Invariance over {n} groups, ever more held equal")
LEVELS_HOLLOW = both("空心：CFI下降超过.01，不成立", "hollow: does not hold, CFI falls by more than .01")
LEVELS_HELD = both("成立至：{level}", "holds up to: {level}")
SUPPORT_OF = both("所列模型之间的相对支持（BIC）", "Relative support among the models offered, by BIC")
SUPPORT_LIMIT = both("不是模型为真的概率", "not the probability that one is true")
SUPPORT_HEAD = both("支持", "Support")
IMPACT = both(
    "低分的惩罚（左）与高分的奖励（右），{target}指数的分值",
    "Penalty of low (left) and reward of high answers (right), points of {target}",
)
NOT_KANO = both("并非Kano问卷", "not a Kano questionnaire")
ASYMMETRY = verdicts.ASYMMETRY
KIND = verdicts.KIND
CHANGE_PARTS = {
    "change": both("变化", "Change"),
    "composition": both("谁在回答（构成）", "Who answers"),
    "answers": both("如何回答", "How they answer"),
    "within": both("同一批受访者", "Within persons"),
    "turnover": both("人员更替", "Turnover"),
    "all": both("全体均值的变化", "All respondents"),
}
CHANGE_NOTE = both(
    "均值从{before}到{now}的变化及其来源", "Change of the mean from {before} to {now}, and what it is made of"
)
WITHIN_NOTE = both(
    "自{wave}以来的变化，{persons}人在两期以上作答",
    "Change since {wave}; {persons} persons answered in two waves or more",
)
COHORT_NOTE = both("各出生队列的均值与{level}置信区间", "Means of birth cohorts with {level} intervals")
COHORT_AGES = both(
    "横轴为队列当时年龄的中点，无上下限的队列未列",
    "at the middle of the ages they had reached, open-ended cohorts left out",
)
COHORT_LIMIT = both("年龄、时期与队列的效应无法区分", "age, period and cohort cannot be told apart")
AGE = both("年龄", "Age")

WEIGHTS = both(
    "权重除以其均值（对数轴），受访者占比", "Weights by their mean (log axis), share of respondents"
)
BEFORE = both("调整前：有效样本量{n_eff}", "before: n_eff {n_eff}")
AFTER = both("调整后：有效样本量{n_eff}，最大{largest}", "after: n_eff {n_eff}, largest {largest}")
WEIGHT_AXIS = both("权重 ÷ 均值", "Weight ÷ mean")
SHARE_OF_RESPONDENTS = both("受访者占比，%", "Share of respondents, %")

POWER = both(
    "两期之差的检验功效：标准差{sd}，设计效应{deff}，{level}水平",
    "Power to detect a change between two waves: SD {sd}, deff {deff}, {level} level",
)
POWER_AXIS = both("检验功效，%", "Power, %")
RESPONDENTS_AXIS = both("每期受访者人数（对数轴）", "Respondents per wave (log axis)")
POINTS = both("{points}分", "{points} points")
POINT = both("1分", "1 point")


def naming(instrument: Instrument | None, lang: Language) -> Callable[[str], str]:
    """What constructs and items are called: their labels, or their ids where no instrument tells more."""
    labels: dict[str, str] = {}
    if instrument is not None:
        labels |= {one.id: one.label.text(lang) for one in instrument.items}
        labels |= {one.id: one.label.text(lang) for one in instrument.constructs}
    return lambda name: labels.get(name, name)


def interval(low: float, high: float, digits: int, lang: Language) -> str:
    """Two ends, "−2.3 to −0.4", which no dash would keep apart from their signs; empty where there are none."""
    if math.isnan(low) or math.isnan(high):
        return ""
    return _TO.text(lang).format(low=number(low, digits), high=number(high, digits))
