"""Words of charts, in both languages, and figures as readers expect them."""

from __future__ import annotations

import math
from collections.abc import Callable

from ncsi.spec import Instrument, Label, Language


def _both(zh: str, en: str) -> Label:
    return Label(zh=zh, en=en)


_TO = _both("{low} 至 {high}", "{low} to {high}")
INDEX = _both("指数，0–100", "Index, 0–100")
INDEX_HEAD = _both("指数", "Index")
SHARE_OF_ANSWERS = _both("答案占比，%", "Share of answers, %")
INTERVAL_HEAD = _both("{level}区间", "{level} interval")
ESTIMATE = _both("估计值", "Estimate")
WITH_INTERVAL = _both("横线：{level}置信区间", "bars: {level} intervals")
NO_INTERVAL = _both("仅凭一次拟合没有区间", "a fit alone has no intervals")
HOLLOW = _both(
    "空心：{level}水平下不显著（同时检验）", "hollow: not significant at {level}, all tested together"
)

PATHS = _both("标准化路径系数", "Standardised path coefficients")
PATHS_ERRORS = _both("标准化路径系数（标准误）", "Standardised path coefficients (SE)")
PATHS_DASHED = _both("虚线：全部路径同时检验不显著", "dashed: not significant, all paths together")
PATHS_BOXES = _both("方框：指数与R²", "boxes: index and R²")

LOADINGS = _both("载荷", "Loadings")
LOADINGS_LINE = _both("虚线：0.70，一半方差得到解释的大致界限", "dashed: 0.70, about half of the variance")
OUTER_WEIGHTS = _both("外部权重，各结构变量内合计为1", "Outer weights, 1 in each construct")
CHAINS = _both("沿各链的间接效应", "Indirect effects along chains")
FEWER = _both("另有{n}条较小的链未列出", "{n} smaller ones not shown")
DIFFERENCES = _both("路径系数之差，{a} − {b}", "Difference of paths, {a} − {b}")
SHARES = _both("对{target}的R²的贡献", "Part of the R² of {target}")
SHARES_SUM = _both("合计 {r2}", "together {r2}")
DENSITIES = _both("重抽样分布（{replicates}次）", "Distribution over {replicates} replicates")
DENSITIES_BARS = _both("粗线：{level}置信区间；点：估计值", "bar: {level} interval; dot: estimate")

IMPORTANCE = _both("重要性：对{target}的总效应（分/分）", "Importance: points of {target} per point")
IMPORTANCE_PLAIN = _both("重要性：总效应（分/分）", "Importance: points of the target per point")
PERFORMANCE = _both("表现，0–100", "Performance, 0–100")
IMPROVE_FIRST = _both("重点改进", "Improve first")
KEEP_UP = _both("继续保持", "Keep up")
LOW_PRIORITY = _both("次要改进", "Low priority")
POSSIBLE_OVERKILL = _both("供给过度", "Possible overkill")
MAP_UNDECIDED = _both(
    "点与{level}区间；空心及灰色区：尚难判定或非直接抓手",
    "Dots with {level} intervals; hollow, grey zone: undecided or not a lever",
)
MAP_UNDECIDED_PLAIN = _both(
    "点与区间；空心及灰色区：尚难判定或非直接抓手",
    "Dots with intervals; hollow, grey zone: undecided or not a lever",
)
MAP_ESTIMATES = _both(
    "仅有估计值，没有区间；空心：非直接抓手", "Estimates without intervals; hollow: not a lever"
)
UNNAMED = _both("{n}个点因空间不足未标名称", "no room for the names of {n} dots")

RANKING = _both(
    "指数与{level}置信区间；右：同时{level}名次区间",
    "Index with {level} intervals; right: simultaneous {level} rank sets",
)
RANK_SETS = _both("右：名次区间", "right: rank sets")
RANKING_GIVEN = _both("指数；右：名次区间", "Index; right: rank sets")
RANKING_BANDS = _both("底色：梯队", "bands: tiers")
RANK_HEAD = _both("名次区间", "Ranks")
TIER_HEAD = _both("梯队", "Tier")
ALL_OF_THEM = _both("总体 {value}", "all {value}")

TREND = _both("指数与{level}置信区间", "Index with {level} intervals")
TREND_PLAIN = _both("指数与置信区间", "Index with intervals")
BREAKS = {
    "instrument": _both("问卷改变", "questionnaire changed"),
    "sector_list": _both("行业名单改变", "list of sectors changed"),
    "both": _both("问卷与行业名单改变", "questionnaire and list of sectors changed"),
}
BREAK_OTHER = _both("趋势断点", "trend break")
BREAK_NOTE = _both("断点之前以灰色表示，不与之后相连", "grey before a break, and not joined")

ANSWERS = _both("答案占比，%，中间档以零为中心", "Share of answers, %, the middle split at zero")
WEIGHTED = _both("已加权", "weighted")
UNWEIGHTED = _both("未加权", "unweighted")
MISSING = _both(
    "缺失答案的组合（列）及其占受访者的比例", "Patterns of missing answers (columns), share of respondents"
)
MISSING_REST = _both("其余组合占{share}", "other patterns {share}")
MISSING_HEAD = _both("缺失", "Missing")
NONE_MISSING = _both("没有缺失答案", "No answer is missing")

SLOPES = _both(
    "{outcome}随{predictor}的变化；带：斜率的{level}置信区间",
    "{outcome} by {predictor}; bands: {level} intervals of the slope",
)
SQUARE = _both("{outcome}随{predictor}的变化，含其平方", "{outcome} by {predictor} and its square")
SD_OF = _both("{name}（标准差）", "{name} (SD)")
AT_MEAN = _both("均值", "mean")
FLOODLIGHT = _both(
    "{predictor}对{outcome}的斜率；带：{level}置信区间",
    "Slope of {predictor} on {outcome}; band: {level} interval",
)
FLOODLIGHT_GREY = _both("灰色：不显著", "grey: not significant")
FLOODLIGHT_SHARE = _both("斜率显著的受访者占{share}", "significant for {share} of respondents")
SLOPE_OF = _both("{name}的斜率", "Slope of {name}")
NOT_SIGNIFICANT = _both("不显著", "not significant")

CEILING = _both(
    "NCA：d = {d}，p = {p}；与等相关比较 p = {matched}",
    "NCA: d = {d}, p = {p}; against equal correlation p = {matched}",
)
CE = _both("CE-FDH（阶梯）", "CE-FDH (step)")
CR = _both("CR-FDH（直线）", "CR-FDH (line)")
NEEDS = _both("{target}达到{level}需要 ≥ {x}", "{target} {level} needs ≥ {x}")
OF_0_100 = _both("{name}，0–100", "{name}, 0–100")
BOTTLENECK = _both(
    "瓶颈：{target}达到某水平（行，全距的%）所需的条件水平（全距的%，CE-FDH）",
    "Bottleneck: level (% of range, CE-FDH) needed for a level of {target} (rows, % of range)",
)
BOTTLENECK_STATES = _both("NN：不需要；NA：达不到", "NN: not needed; NA: out of reach")

SEGMENTS = _both("{construct}指数", "{construct}, index")
SEGMENTS_N = _both("n：受访者人数", "n: respondents")
RESIDUALS = _both("题项相关系数：观测值减模型隐含值", "Item correlations: observed less implied by the model")
RESIDUALS_SRMR = _both("SRMR {srmr}", "SRMR {srmr}")
WITHIN = _both("±{edge}以内", "within ±{edge}")

WEIGHTS = _both(
    "权重除以其均值（对数轴），受访者占比", "Weights by their mean (log axis), share of respondents"
)
BEFORE = _both("调整前：有效样本量 {n_eff}", "before: n_eff {n_eff}")
AFTER = _both("调整后：有效样本量 {n_eff}，最大 {largest}", "after: n_eff {n_eff}, largest {largest}")
WEIGHT_AXIS = _both("权重 ÷ 均值", "Weight ÷ mean")
SHARE_OF_RESPONDENTS = _both("受访者占比，%", "Share of respondents, %")

POWER = _both(
    "两期之差的检验功效：标准差 {sd}，设计效应 {deff}，{level}水平",
    "Power to detect a change between two waves: SD {sd}, deff {deff}, {level} level",
)
POWER_AXIS = _both("检验功效，%", "Power, %")
RESPONDENTS_AXIS = _both("每期受访者人数（对数轴）", "Respondents per wave (log axis)")
POINTS = _both("{points}分", "{points} points")
POINT = _both("1分", "1 point")


def naming(instrument: Instrument | None, lang: Language) -> Callable[[str], str]:
    """What constructs and items are called: their labels, or their ids where no instrument tells more."""
    labels: dict[str, str] = {}
    if instrument is not None:
        labels |= {one.id: one.label.text(lang) for one in instrument.items}
        labels |= {one.id: one.label.text(lang) for one in instrument.constructs}
    return lambda name: labels.get(name, name)


def number(value: float, digits: int = 1) -> str:
    """A figure with a true minus sign and without a negative zero; an em dash where there is none."""
    if math.isnan(value):
        return "—"
    rounded = f"{value:.{digits}f}"
    plain = rounded.lstrip("-")
    return plain if float(rounded) == 0 else rounded.replace("-", "−")


def interval(low: float, high: float, digits: int, lang: Language) -> str:
    """Two ends, "−2.3 to −0.4", which no dash would keep apart from their signs; empty where there are none."""
    if math.isnan(low) or math.isnan(high):
        return ""
    return _TO.text(lang).format(low=number(low, digits), high=number(high, digits))


def per_cent(share: float, digits: int = 0) -> str:
    """A share of 1 in per cent; one that is not 0 is not written as 0."""
    least = 10.0**-digits
    return f"<{least:.{digits}f}%" if 0 < 100 * share < least / 2 else f"{100 * share:.{digits}f}%"


def level_told(level: float) -> str:
    """A confidence level in per cent, with the decimals that it has: 95%, 99.5%."""
    return f"{100 * level:g}%"


def p_value(p: float) -> str:
    """With three decimals, or that it is below 0.001."""
    return "<0.001" if p < 0.001 else number(p, 3)
