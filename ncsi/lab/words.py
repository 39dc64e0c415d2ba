"""Words of summaries, in both languages."""

from __future__ import annotations

from typing import Literal

from ncsi import verdicts
from ncsi.errors import ModelError
from ncsi.model.cautions import Caution, Code
from ncsi.spec import LANGUAGES, Label, Language, both
from ncsi.verdicts import IMPACTS, MEDIATIONS


def require_language(lang: str) -> None:
    """Raise ModelError for a language that nothing here is written in."""
    if lang not in LANGUAGES:
        raise ModelError(f"there is no language '{lang}' here. Use {' or '.join(LANGUAGES)}.")


HEADS = {
    "construct": both("结构变量", "Construct"),
    "mode": both("模式", "Mode"),
    "items": both("题数", "Items"),
    "alpha": both("α", "α"),
    "rho_a": both("ρA", "ρA"),
    "rho_c": both("ρC", "ρC"),
    "ave": both("AVE", "AVE"),
    "index_0_100": both("指数", "Index 0–100"),
    "path": both("路径", "Path"),
    "estimate": verdicts.ESTIMATE,
    "se": both("标准误", "SE"),
    "t": both("t", "t"),
    "p": both("p", "p"),
    "p_joint": both("p（全部同时检验）", "p, all together"),
    "f2": both("f²", "f²"),
    "reading": both("解读", "Reading"),
    "vif": both("VIF", "VIF"),
    "r2": both("R²", "R²"),
    "z": both("z", "z"),
    "std": both("标准化", "Standardised"),
    "item": both("题项", "Item"),
    "relation": both("参数", "Parameter"),
    "kind": verdicts.KIND,
    "quantity": both("参数类别", "Quantity"),
    "errors": both("标准误个数", "Standard errors"),
    "differing": both("不一致", "Differ"),
    "apart": both("相差（%）", "Apart, %"),
    "apart_median": both("相差的中位数（%）", "Median apart, %"),
    "apart_largest": both("最大相差（%）", "Largest apart, %"),
    "se_jackknife": both("标准误（刀切法）", "SE, jackknife"),
    "noise": both("重抽样波动（%）", "Noise, %"),
    "chain": both("路径链", "Chain"),
    "vaf": both("占总效应", "Part of total (VAF)"),
    "direct": both("直接效应", "Direct"),
    "indirect": both("间接效应", "Indirect"),
    "total": both("总效应", "Total"),
    "term": both("项", "Term"),
    "moderator": both("调节变量（标准差）", "Moderator, SD"),
    "groups": both("组", "Groups"),
    "distance": verdicts.DISTANCE,
    "statistic": both("F", "F"),
    "df1": both("自由度1", "df 1"),
    "df2": both("自由度2", "df 2"),
    "p_adjusted": both("p（校正后）", "p, adjusted"),
    "p_holm": both("p（Holm）", "p, Holm"),
    "q2_predict": both("Q²predict", "Q²predict"),
    "rmse": both("RMSE", "RMSE"),
    "rmse_lm": both("RMSE（线性基准）", "RMSE, linear"),
    "mae": both("MAE", "MAE"),
    "mae_lm": both("MAE（线性基准）", "MAE, linear"),
    "against": both("对照", "Against"),
    "loss_a": both("损失一", "Loss, first"),
    "loss_b": both("损失二", "Loss, second"),
    "r2_part": both("R²份额", "Part of R²"),
    "share": both("占比", "Share"),
    "penalty": both("惩罚", "Penalty"),
    "reward": both("奖励", "Reward"),
    "asymmetry": verdicts.ASYMMETRY,
    "joint_penalty": both("惩罚（联合）", "Penalty, joint"),
    "joint_reward": both("奖励（联合）", "Reward, joint"),
    "d_ce": both("d（阶梯）", "d, steps"),
    "d_cr": both("d（直线）", "d, line"),
    "p_matched": both("p（等相关）", "p, equal correlation"),
    "p_matched_holm": both("p（等相关，Holm）", "p, equal correlation, Holm"),
    "necessary": both("必要", "Necessary"),
    "level": both("水平（%）", "Level, %"),
    "c": both("c", "c"),
    "c_low": both("c临界值", "c, bound"),
    "mean_difference": both("均值之差", "Difference of means"),
    "mean_p": both("p", "p"),
    "log_variance_ratio": both("方差比的对数", "Log ratio of variances"),
    "variance_p": both("p", "p"),
    "invariance": verdicts.INVARIANCE,
    "model": both("模型", "Model"),
    "chisq": both("χ²", "χ²"),
    "df": both("自由度", "df"),
    "cfi": both("CFI", "CFI"),
    "srmr": both("SRMR", "SRMR"),
    "rmsea": both("RMSEA", "RMSEA"),
    "delta_chisq": both("Δχ²", "Δχ²"),
    "delta_df": both("Δ自由度", "Δdf"),
    "delta_p": both("p", "p"),
    "delta_cfi": both("ΔCFI", "ΔCFI"),
    "holds": both("成立", "Holds"),
    "r2_adjusted": both("调整R²", "R², adjusted"),
    "predictors": both("前因数", "Predictors"),
    "aic": both("AIC", "AIC"),
    "bic": both("BIC", "BIC"),
    "gm": both("GM", "GM"),
    "support": both("相对支持", "Relative support"),
    "comparable": both("可比", "Comparable"),
    "importance": both("重要性", "Importance"),
    "performance": both("表现", "Performance"),
    "check": both("检查", "Check"),
    "where": both("位置", "Where"),
    "worst": both("最差值", "Worst"),
    "critical": both("临界值", "Critical"),
    "gsca": both("GSCA", "GSCA"),
    "quadrant": both("象限", "Quadrant"),
    "group": both("组", "Group"),
    "construct_a": both("结构变量一", "First construct"),
    "construct_b": both("结构变量二", "Second construct"),
    "corrected": both("加入copula项后", "With the term"),
    "without": both("不加入", "Without"),
    "skew": both("偏度", "Skewness"),
    "p_normal": both("p（正态）", "p, normal"),
    "at_top": both("最高分占比", "At the top"),
    "state": verdicts.OF_USE,
    "ordinal": verdicts.ORDINAL,
    "ordinal_c": both("序次，一致", "Ordinal, consistent"),
    "threshold": both("阈值", "Threshold"),
    "kept": both("保留人数", "Kept"),
    "d": both("d", "d"),
    "benchmark": both("独立时", "If independent"),
    "excess": both("超出", "Beyond it"),
    "k": both("类别数", "Classes"),
    "segment": both("类别", "Class"),
    "lnl": both("lnL", "lnL"),
    "parameters": both("参数", "Parameters"),
    "aic3": both("AIC3", "AIC3"),
    "caic": both("CAIC", "CAIC"),
    "en": both("EN（熵）", "EN (entropy)"),
    "p_one_class": both("p（单一类别）", "p of one class"),
    "assigned": both("人数", "Respondents"),
    "tetrad": both("四元差", "Tetrad"),
    "node": both("节点", "Node"),
    "rule": both("组", "Group"),
    "n": both("样本量", "n"),
    "n_eff": both("有效样本量", "n_eff"),
    "column": both("列", "Column"),
    "left": both("一侧", "One side"),
    "right": both("另一侧", "Other side"),
    "p_search": both("p（搜索校正）", "p of the search"),
    "rank": both("名次", "Rank"),
    "tier": verdicts.TIER,
    "estimate_a": both("前者", "First"),
    "estimate_b": both("后者", "Second"),
    "difference": verdicts.DIFFERENCE,
    "part": both("部分", "Part"),
    "persons": both("人数", "Persons"),
    "n_before": both("样本量（前）", "n, before"),
    "n_now": both("样本量（后）", "n, now"),
    "share_before": both("占比（前）", "Share, before"),
    "share_now": both("占比（后）", "Share, now"),
    "mean_before": both("均值（前）", "Mean, before"),
    "mean_now": both("均值（后）", "Mean, now"),
    "composition": both("构成部分", "Who answers"),
    "answers": both("回答部分", "How they answer"),
    "wave": both("时期", "Wave"),
    "cohort": both("出生队列", "Cohort"),
    "mean": both("均值", "Mean"),
    "age_low": both("年龄下限", "Age from"),
    "age_high": both("年龄上限", "Age to"),
    "mi": both("MI", "MI"),
    "epc": both("EPC", "EPC"),
    "std_epc": both("EPC（标准化）", "EPC, standardised"),
    "pairs": both("题项对数", "Pairs"),
    "largest": both("最大残差", "Largest"),
    "observed": both("观测值", "Observed"),
    "implied": both("隐含值", "Implied"),
    "correlation": both("相关残差", "Correlation residual"),
}
KINDS: dict[str, Label] = {
    **MEDIATIONS,
    **IMPACTS,
    "path": both("路径", "path"),
    "index": both("指数", "index"),
    "r2": both("R²", "R²"),
}
YES, NO = both("是", "yes"), both("否", "no")
Reading = Literal["large", "medium", "small", "slight", "only_alone", "not_told"]
READINGS: dict[Reading, Label] = {
    "large": both("大", "large"),
    "medium": both("中", "medium"),
    "small": both("小", "small"),
    "slight": both("甚微", "slight"),
    "only_alone": both("仅单独检验时显著", "only if tested alone"),
    "not_told": both("与零无显著差异", "not different from zero"),
}
CHECKS = both("检查：{checks}", "Checks: {checks}")
LARGEST_HTMT = both("最大HTMT {htmt}（{pair}）", "largest HTMT {htmt} ({pair})")
LARGEST_VIF = both(
    "最大VIF {vif}，SRMR {saturated}（饱和）、{estimated}（估计）",
    "largest VIF {vif}, SRMR {saturated} (saturated), {estimated} (estimated)",
)
AND: dict[Language, str] = {"zh": "；", "en": "; "}
LISTED: dict[Language, str] = {"zh": "、", "en": ", "}
DECLARED = both(
    "模型声明的交互项：{terms}；不计入路径模型，见ncsi.moderation(fit)",
    "Declared interactions: {terms}; not part of the path model, see ncsi.moderation(fit)",
)
INTERVAL = verdicts.INTERVAL
TO = verdicts.TO
BLOCKS = both("结构变量：信度与指数", "Constructs: reliability and index")
PATHS = both("路径：标准化系数", "Paths: standardised")
READ_BEFORE_USE = both("使用前须知", "Read before use")
WITHOUT_ERRORS = both(
    "仅凭一次拟合没有标准误、区间和检验；请先运行ncsi.bootstrap(fit)，再把结果作为boot传入。",
    "A fit alone has no standard errors, intervals or tests: run ncsi.bootstrap(fit) and give the result as boot.",
)
MODEL = both(
    "问卷{id} {version}；PLS，{scheme}方案，{iterations}次迭代后收敛",
    "Instrument {id} {version}; PLS, {scheme} scheme, converged in {iterations} iterations",
)
SAMPLE = both(
    "样本量{n}（答题过少而未计入{excluded}），有效样本量{n_eff}，设计效应{deff}；{weights}；{answers}",
    "n {n} (left out with too few answers: {excluded}), n_eff {n_eff}, deff {deff}; {weights}; {answers}",
)
WEIGHTED = verdicts.WEIGHTED
UNWEIGHTED = both("权重全部相等", "equal weights")
COMPLETE = both("答案无缺失", "no answer missing")
MISSING = both("缺失答案占{share}，以EM矩估计处理", "{share} of answers missing, taken up by EM moments")
DRAWN = both(
    "自助法重抽样{replicates}次，随机种子{seed}；未收敛{failed}次",
    "{replicates} bootstrap replicates, seed {seed}; {failed} did not converge",
)
REPLICATED = both("{replicates}组重复权数", "{replicates} replicate weights")
COVARIANCES = both(
    "问卷{id} {version}；协方差结构模型，最大似然估计；{errors}",
    "Instrument {id} {version}; covariance model by maximum likelihood; {errors}",
)
ROBUST = both("稳健标准误（MLR）", "robust standard errors (MLR)")
EXPECTED = both("标准误来自期望信息矩阵", "standard errors from the expected information")
INFORMATION = both("标准误来自观测信息矩阵", "standard errors from the observed information")
FULL_INFORMATION = both("缺失答案以完全信息似然（FIML）处理", "missing answers by full information (FIML)")
SCALED_CHISQ = both(
    "校正χ² {chisq}，p = {p}；稳健CFI {cfi}，TLI {tli}，RMSEA {rmsea}",
    "scaled χ² {chisq}, p = {p}; robust CFI {cfi}, TLI {tli}, RMSEA {rmsea}",
)
MEASURES = both(
    "样本量{n}；χ² {chisq}，自由度{df}，p = {p}；CFI {cfi}，TLI {tli}，RMSEA {rmsea}，SRMR {srmr}",
    "n {n}; χ² {chisq} on {df} df, p = {p}; CFI {cfi}, TLI {tli}, RMSEA {rmsea}, SRMR {srmr}",
)
LOADINGS = verdicts.LOADINGS
REGRESSIONS = both("路径", "Paths")
COMPARED = both("模型比较", "Models compared")
COEFFICIENTS = both("标准化路径系数与R²", "Standardised paths and R²")
INDICES = both("指数（0-100）", "Indices, 0–100")
NO_TEST = both(
    "差值未经检验：同一样本的两个模型请用ncsi.cvpat，两组受访者请用ncsi.compare_groups。",
    "The differences are not tested: use ncsi.cvpat for two models of one sample, ncsi.compare_groups for two groups "
    "of respondents.",
)
SAME_SAMPLE = both("各模型出自同一样本（样本量{n}）", "all of one sample, n {n}")
OTHER_SAMPLES = both("样本不同：样本量{each}", "of different samples, n {each}")
LETTERED = both("{letter}：{id} {version}", "{letter}: {id} {version}")
WITHOUT = both("去掉{what}", "without {what}")
WITH = both("加入{what}", "with {what}")
OTHERWISE = both("{name}为{what}", "{name} {what}")
AS_FIRST = both("与a同一模型", "the model of a")
SUMMARY_HINT = both("summary() 显示全部结果", "summary() shows the whole")
ONLY_ALONE = both(
    "{path}：单独检验显著（p = {p}），全部路径同时检验则不显著（p = {p_joint}），不应作为发现报告。",
    "{path} is significant alone (p = {p}) but not once all paths are tested together (p = {p_joint}): "
    "do not report it as a finding.",
)
CAUTIONS: dict[Code, str] = {
    "formative_as_reflective": "{about}：问卷中为形成型，此处按反映型处理",
    "negative_variance": "Heywood个案：{about}的方差为{figure:.3f}",
    "no_standardised_value": "Heywood个案：{about}没有标准化值，隐含方差为负",
    "beyond_one": "无法区分：{about}的标准化值为{figure:.2f}",
    "not_located": "无法区分：{about}的标准化标准误为{figure:.2f}",
    "level_not_reached": "{about}不变性模型：数据中未找到可证明的最优解；此前各级的结果仍然有效",
    "few_effective": "{about}：{0:.0f}名受访者的有效样本量为{figure:.0f}；低于50时标准误和区间不可靠",
    "nearly_one": "题项{about}的相关系数为{figure:.4f}：同一问题问了两次，请删去其一",
    "counts_backwards": "{about}：外部权重{figure:.3f}，载荷{0:.3f}，回答越好指数反而越低。是否反向计分？"
    "请在映射中声明 `reverse: true`，否则将其移出结构变量",
    "may_count_backwards": "{about}：{figure:.1%}的重抽样中外部权重或载荷不为正",
}


def caution(one: Caution, lang: Language) -> str:
    """A caution of the model in `lang`."""
    if lang == "en":
        return str(one)
    return CAUTIONS[one.code].format(*one.besides, about=" ".join(one.about), figure=one.figure)
