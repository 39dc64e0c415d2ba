"""Words of summaries, in both languages."""

from __future__ import annotations

from typing import Literal, get_args

from ncsi.errors import ModelError
from ncsi.model.cautions import Caution, Code
from ncsi.spec import Label

Language = Literal["zh", "en"]


def require_language(lang: str) -> None:
    """Raise ModelError for a language that nothing here is written in."""
    if lang not in get_args(Language):
        raise ModelError(f"there is no language '{lang}' here. Use {' or '.join(get_args(Language))}.")


def _both(zh: str, en: str) -> Label:
    return Label(zh=zh, en=en)


HEADS = {
    "construct": _both("结构变量", "Construct"),
    "mode": _both("模式", "Mode"),
    "items": _both("题数", "Items"),
    "alpha": _both("α", "α"),
    "rho_a": _both("ρA", "ρA"),
    "rho_c": _both("ρC", "ρC"),
    "ave": _both("AVE", "AVE"),
    "index_0_100": _both("指数", "Index 0–100"),
    "path": _both("路径", "Path"),
    "estimate": _both("估计值", "Estimate"),
    "se": _both("标准误", "SE"),
    "t": _both("t", "t"),
    "p": _both("p", "p"),
    "p_joint": _both("p（全部路径同时检验）", "p, all paths together"),
    "f2": _both("f²", "f²"),
    "vif": _both("VIF", "VIF"),
    "r2": _both("R²", "R²"),
    "z": _both("z", "z"),
    "std": _both("标准化", "Standardised"),
    "item": _both("题目", "Item"),
    "relation": _both("参数", "Parameter"),
    "kind": _both("类型", "Kind"),
    "estimate_a": _both("模型一", "First"),
    "estimate_b": _both("模型二", "Second"),
    "difference": _both("差值", "Difference"),
}
KINDS: dict[str, Label] = {
    "path": _both("路径", "path"),
    "index": _both("指数", "index"),
    "r2": _both("R²", "R²"),
}
YES, NO = _both("是", "yes"), _both("否", "no")
INTERVAL = _both("{level}区间", "{level} interval")
TO = _both("{low}至{high}", "{low} to {high}")
BLOCKS = _both("结构变量：信度与指数", "Constructs: reliability and index")
PATHS = _both("路径：标准化系数", "Paths: standardised")
READ_BEFORE_USE = _both("使用前须知", "Read before use")
WITHOUT_ERRORS = _both(
    "仅凭一次拟合没有标准误、区间和检验；请先运行 ncsi.bootstrap(fit)，再把结果作为 boot 传入。",
    "A fit alone has no standard errors, intervals or tests: run ncsi.bootstrap(fit) and give the result as boot.",
)
MODEL = _both(
    "问卷 {id} {version}；PLS，{scheme} 方案，{iterations} 次迭代后收敛",
    "Instrument {id} {version}; PLS, {scheme} scheme, converged in {iterations} iterations",
)
SAMPLE = _both(
    "样本量 {n}（答题过少而未计入 {excluded}），有效样本量 {n_eff}，设计效应 {deff}；{weights}；{answers}",
    "n {n} (left out with too few answers: {excluded}), n_eff {n_eff}, deff {deff}; {weights}; {answers}",
)
WEIGHTED = _both("已加权", "weighted")
UNWEIGHTED = _both("权重全部相等", "equal weights")
COMPLETE = _both("答案无缺失", "no answer missing")
MISSING = _both("缺失答案占{share}，以EM矩估计处理", "{share} of answers missing, taken up by EM moments")
DRAWN = _both(
    "自助法重抽样 {replicates} 次，随机种子 {seed}；未收敛 {failed} 次",
    "{replicates} bootstrap replicates, seed {seed}; {failed} did not converge",
)
REPLICATED = _both("{replicates} 组复制权重", "{replicates} replicate weights")
COVARIANCES = _both(
    "问卷 {id} {version}；协方差结构模型，最大似然估计；{errors}",
    "Instrument {id} {version}; covariance model by maximum likelihood; {errors}",
)
ROBUST = _both("稳健标准误（MLR）", "robust standard errors (MLR)")
EXPECTED = _both("标准误来自期望信息矩阵", "standard errors from the expected information")
MEASURES = _both(
    "样本量 {n}；χ² {chisq}，自由度 {df}，p = {p}；CFI {cfi}，TLI {tli}，RMSEA {rmsea}，SRMR {srmr}",
    "n {n}; χ² {chisq} on {df} df, p = {p}; CFI {cfi}, TLI {tli}, RMSEA {rmsea}, SRMR {srmr}",
)
LOADINGS = _both("载荷", "Loadings")
REGRESSIONS = _both("路径", "Paths")
COMPARED = _both("两个模型的比较", "Two models compared")
COEFFICIENTS = _both("标准化路径系数与R²", "Standardised paths and R²")
INDICES = _both("指数（0-100）", "Indices, 0–100")
NO_TEST = _both(
    "差值未经检验：同一样本的两个模型请用 ncsi.cvpat，两组受访者请用 ncsi.compare_groups。",
    "The differences are not tested: use ncsi.cvpat for two models of one sample, ncsi.compare_groups for two groups "
    "of respondents.",
)
SAME_SAMPLE = _both("两个模型出自同一样本（样本量 {n}）", "both of one sample, n {n}")
OTHER_SAMPLES = _both("样本不同：样本量 {a} 与 {b}", "of two samples, n {a} and n {b}")
SUMMARY_HINT = _both("summary() 显示全部结果", "summary() shows the whole")
ONLY_ALONE = _both(
    "{path}：单独检验显著（p = {p}），全部路径同时检验则不显著（p = {p_joint}），不应作为发现报告。",
    "{path} is significant alone (p = {p}) but not once all paths are tested together (p = {p_joint}): "
    "do not report it as a finding.",
)
CAUTIONS: dict[Code, str] = {
    "formative_as_reflective": "{about}：问卷中为形成型，此处按反映型处理",
    "negative_variance": "Heywood 个案：{about} 的方差为 {figure:.3f}",
    "no_standardised_value": "Heywood 个案：{about} 没有标准化值，隐含方差为负",
    "beyond_one": "无法区分：{about} 的标准化值为 {figure:.2f}",
    "not_located": "无法区分：{about} 的标准化标准误为 {figure:.2f}",
    "few_effective": "{about}：{0:.0f} 名受访者的有效样本量为 {figure:.0f}；低于 50 时标准误和区间不可靠",
    "nearly_one": "题目 {about} 的相关系数为 {figure:.4f}：同一问题问了两次，请删去其一",
    "counts_backwards": "{about}：外部权重 {figure:.3f}，载荷 {0:.3f}，回答越好指数反而越低。是否反向计分？"
    "请在映射中声明 `reverse: true`，否则将其移出结构变量",
    "may_count_backwards": "{about}：{figure:.1%} 的重抽样中外部权重或载荷不为正",
}


def caution(one: Caution, lang: Language) -> str:
    """A caution of the model in `lang`."""
    if lang == "en":
        return str(one)
    return CAUTIONS[one.code].format(*one.besides, about=" ".join(one.about), figure=one.figure)
