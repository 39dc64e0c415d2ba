"""Words of the pages of results, in both languages, and how such a page is put together."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from ncsi import verdicts
from ncsi.lab.page import Page, Shown
from ncsi.lab.words import READ_BEFORE_USE, caution
from ncsi.model.inference.relative_importance import ImportanceMethod
from ncsi.spec import Label, Language, both
from ncsi.verdicts import AGAINST, ALL_ITEMS, ALL_PATHS, ANTECEDENTS, BENCHMARKS, INVARIANT, LEVELS, QUADRANTS

__all__ = [
    "AGAINST", "ALL_ITEMS", "ALL_PATHS", "ANTECEDENTS", "BENCHMARKS", "INVARIANT", "LEVELS", "QUADRANTS", "Shown",
    "caution", "page",
]  # fmt: skip

MEDIATION = both("中介效应", "Mediation")
CHAINS_OF = both(
    "{chains}条路径链，区间来自{replicates}次重抽样；“全部同时检验”对同一终点的各条链控制误报",
    "{chains} chains, intervals from {replicates} replicates; tested together: the chains that end in one construct",
)
CHAINS = both("路径链上的效应", "Effects along chains")
PAIRS = both("直接、间接与总效应", "Direct, indirect and total effects")
MODERATION = both("调节效应", "Moderation")
EFFECT_BY = both(
    "{predictor}对{outcome}的效应如何随{moderator}而变；两阶段法，各项得分均已标准化",
    "How the effect of {predictor} on {outcome} changes with {moderator}; two stages, standardised scores",
)
EXPLAINED = both("R² = {r2}，不含乘积项时为{without}", "R² {r2}, without products {without}")
BOUNDS = both(
    "斜率的区间在调节变量等于{bounds}处触及零（Johnson-Neyman）；{share}的受访者处于区间不含零的范围",
    "The slope's interval touches 0 at {bounds} of the moderator (Johnson-Neyman); it excludes 0 for {share} of the "
    "respondents",
)
NO_BOUNDS = both(
    "斜率的区间在任何调节水平都不触及零；{share}的受访者处于区间不含零的范围",
    "The slope's interval touches 0 at no value of the moderator; it excludes 0 for {share} of the respondents",
)
COMPLETED = both(
    "{n}名受访者的缺失答案以其余答案的期望值代入，乘积项的方差因此偏小",
    "{n} respondents' missing answers were taken as expected from the others, so variances of products are too small",
)
TERMS = both("方程各项", "The equation")
SLOPES = both("{predictor}的斜率", "Slopes of {predictor}")
GROUPS = both("组间比较", "Groups compared")
GROUPED = both("按“{column}”分组：{sizes}", "By {column}: {sizes}")
BY_METHOD = both(
    "方法{method}；{draws}次重抽样或置换；校正：{adjusted}",
    "Method {method}; {draws} replicates or permutations; adjusted by {adjusted}",
)
NOTHING = both("无", "nothing")
PATHS = both("各组路径之差", "Differences of paths")
TOGETHER = both("全部组同时检验", "All groups together")
PREDICTION = both("样本外预测", "Prediction out of sample")
SEEN = both(
    "路径模型以{path}预测；线性基准使用{linear}",
    "The path model predicts from {path}; the linear benchmark sees {linear}",
)
BETTER = both(
    "{items}个题项中，{better}个的误差（RMSE）小于线性基准",
    "RMSE below the linear benchmark's for {better} of {items} items",
)
ITEMS = both("题项", "Items")
CVPAT = both("预测能力检验（CVPAT）", "Predictive ability test (CVPAT)")
POSITIVE = both(
    "损失为0–100分上误差平方的均值；差值为正，表示模型一预测更好",
    "Losses are mean squared errors on 0–100; a positive difference says that the first model predicts better",
)
LOSSES = both("损失", "Losses")
IMPORTANCE = both("相对重要性", "Relative importance")
IMPORTANCE_METHODS: dict[ImportanceMethod, Label] = {
    "lmg": both("LMG", "LMG"),
    "johnson": both("Johnson相对权重", "Johnson's relative weights"),
}
SHARED = both("{target}的R² = {r2}由各驱动因素分摊：{method}", "R² {r2} of {target} shared out by {method}")
NO_EFFECTS = both(
    "所示为解释方差的份额，不是效应：没有自身效应但与其他因素相关的驱动因素也占一份。",
    "Shares of explained variance, not effects: a driver without an effect of its own has a part of what it shares.",
)
PARTS = both("各驱动因素的份额", "Parts of R²")
ASYMMETRY = both("非对称影响", "Asymmetric impact")
POINTS = both(
    "{target}指数的分值变化；联合回归含{n}名受访者；并非Kano问卷",
    "Points of the index of {target}; {n} respondents in the joint regression; not a Kano questionnaire",
)
NCA = both("必要条件分析", "Necessary condition analysis")
NECESSARY = both(
    "{target}的必要条件；{permutations}次置换",
    "Conditions necessary for {target}; {permutations} permutations",
)
BOTH_NULLS = both(
    "相关即可通过独立性检验；只有等相关检验也在{alpha}水平上拒绝，才称为必要",
    "Whatever correlates passes the test against independence; necessary only if that against equal correlation "
    "rejects at {alpha} too",
)
CONDITIONS = both("效应量与检验", "Effect sizes and tests")
BOTTLENECK = both(
    "瓶颈表：{target}达到各水平（全距的%）所需的最低条件水平（全距的%）",
    "Bottlenecks: per cent of each condition's range that a level of {target} (per cent of its range) needs",
)
STATES = {
    "needed": both("需要", "needed"),
    "not_needed": both("无要求", "NN"),
    "out_of_reach": both("达不到", "out of reach"),
}

MICOM = both("组合不变性（MICOM）", "Measurement invariance of composites (MICOM)")
PERMUTED = both("{permutations}次置换，显著性水平{alpha}", "{permutations} permutations, at {alpha}")
COMPOSITION = both("组成、均值与方差", "Composition, means and variances")
INVARIANCE = both("测量不变性（协方差模型）", "Measurement invariance (covariance model)")
ALIKE = both("逐级约束的模型", "Models with ever more in common")
HOLDS = both(
    "成立的最高一级：{level}（CFI下降不超过0.01）", "Holds up to: {level} (CFI falls by .01 at most)"
)
SCALED = both(
    "χ²及其差值按抽样设计校正（Satorra-Bentler）；CFI与RMSEA为稳健值",
    "χ² and its differences are scaled by the design (Satorra-Bentler); CFI and RMSEA are robust",
)
LEFT_FREE = both("各组自由估计（部分不变性）：{free}", "Left free in each group (partial invariance): {free}")
RELEASES = both(
    "放开后最能改善拟合的等值约束（最多{most}个）",
    "Equalities whose release would improve the fit most, {most} at most",
)
MODIFICATION = both("修正指数", "Modification indices")
ONE_AT_A_TIME = both(
    "MI：单独放开该参数时χ²预期的下降（自由度1）；EPC：该参数的预期值。每次只放开一个，并且须有理论依据",
    "MI: by how much χ² should fall if that parameter alone were free (1 df); EPC: the value it would take. Free one "
    "at a time, and for a reason that is not the index",
)
BY_DESIGN = both("MI按抽样设计校正（稳健）", "MI are those of the design (robust)")
LARGEST_MI = both("最大的{most}个，共{all}个", "The {most} largest of {all}")
RESIDUALS = both("残差", "Residuals")
RESIDUAL_LINE = both(
    "观测值减模型隐含值；SRMR {srmr}；{beyond}对题项的|z| > 1.96，共{pairs}对，随机情况下约{chance}对",
    "Observed less implied; SRMR {srmr}; |z| > 1.96 for {beyond} of {pairs} pairs, about {chance} by chance",
)
BLOCKS_OF_RESIDUALS = both("各结构变量之间与内部", "Between and within constructs")
LARGEST_RESIDUALS = both("|z|最大的{most}对题项", "The {most} pairs of items with the largest |z|")
CHOICE = both("模型选择", "Choice among models")
SUPPORT = both(
    "越小越好；n = {n}；相对支持只在所列模型之间比较，不是模型为真的概率",
    "Less is better; n {n}; support is among the models offered, not the probability that one is true",
)
CRITERIA = both("信息准则", "Information criteria")
LEVERS = both("重要性与表现", "Importance and performance")
POINT_FOR_POINT = both(
    "重要性：驱动因素每提高1分，{target}按模型提高的分值；表现为0–100分",
    "Importance: points of {target} for one point of the driver, by the model; performance on 0–100",
)
CONSTRUCTS = both("结构变量", "Constructs")
COMBINED = both("重要性、表现与必要性（cIPMA）", "Importance, performance and necessity (cIPMA)")
FIT_TEST = both("整体拟合检验", "Test of fit")
TURNED = both(
    "把数据变换到模型恰好成立后重新抽取并拟合{replicates}次",
    "The data turned so that the model holds in them, drawn and fitted anew {replicates} times",
)
NOT_TESTED = both("只有距离，没有检验", "Distances alone, without a test")
NOT_A_GATE = both(
    "只是与SRMR并列的诊断，不作门槛：检验的是复合变量是否承载题项的全部共性；测量良好的反映型题项也会被拒绝，指数不受影响。",
    "A diagnosis beside SRMR and no gate: it asks whether composites carry all that their items share. Items that "
    "measure well are rejected too, and the index is none the worse.",
)
DISTANCES = both("隐含与观测相关系数的距离", "Distances of implied from observed correlations")
TESTED = {
    "estimated": both("测量与路径", "measurement and paths"),
    "saturated": both("仅测量", "measurement alone"),
}
ADMISSIBILITY = both("可容许性", "Admissibility")
CORRECTED = both(
    "按信度校正后的结果（PLSc）能否属于某个总体；校正不影响指数",
    "Whether the figures corrected for unreliability (PLSc) can be those of any population; the index is not corrected",
)
CHECKED = both("各项检查", "Checks")
ADMISSIBLE = {
    "loadings": both("载荷绝对值不超过1", "no loading above 1 in size"),
    "reliability": both("ρA在0与1之间", "each ρA in (0, 1]"),
    "correlations": both("结构变量相关系数绝对值不超过1", "no correlation of constructs above 1 in size"),
    "constructs": both(
        "结构变量相关矩阵正定（最小特征值）", "constructs positive definite (least eigenvalue)"
    ),
    "items": both("隐含题项相关矩阵正定（最小特征值）", "items implied positive definite (least eigenvalue)"),
}
GSCA = both("广义结构成分分析（GSCA）", "Generalised structured component analysis (GSCA)")
WITH_LOADINGS = both(
    "使路径与反映型题项的残差平方和最小；解释的方差占{fit}",
    "Least squared residuals of the paths and of reflective items; share of variance accounted for {fit}",
)
PATHS_ALONE = both(
    "使路径的残差平方和最小；解释的方差占{fit}",
    "Least squared residuals of the paths alone; share of variance accounted for {fit}",
)
BESIDE_PLS = both(
    "只是与PLS并列的敏感性检查，不取代它；没有标准误。",
    "A sensitivity beside PLS and never in its place; without errors.",
)
BOTH_PATHS = both("路径：PLS（估计值）与GSCA", "Paths: PLS (estimate) and GSCA")
BOTH_INDICES = both("指数（0–100）：PLS（估计值）与GSCA", "Indices, 0–100: PLS (estimate) and GSCA")
RANKS = both("名次", "Ranks")
RANKED = both(
    "按{construct}指数排名（{by}）；排名区间对全部同时成立",
    "By the index of {construct}, by {by}; ranks not ruled out hold for all at once",
)
RANK_SETS = both("名次与排名区间", "Ranks and rank intervals")
JACKKNIFE = both("无穷小刀切法的标准误", "Standard errors by the infinitesimal jackknife")
INFLUENCES = both(
    "标准误由每名受访者对估计值的影响得出，未作重抽样；区间按t分布计算",
    "From what each respondent adds to an estimate, without replicates; t intervals",
)
NO_RANKS = both("名次没有这样的标准误", "Ranks have no such errors")
ESTIMATED: dict[str, Label] = {
    "path": both("路径系数", "Path coefficients"),
    "total_effect": both("总效应", "Total effects"),
    "weight": both("外部权重（未标准化）", "Outer weights (unstandardised)"),
    "loading": both("载荷", "Loadings"),
    "index": both("指数（0–100）", "Indices (0–100)"),
    "index_by": both("分组指数（0–100）", "Indices by group (0–100)"),
}
ERRORS_CHECKED = both("标准误的核对", "Standard errors checked")
HELD_AGAINST = both(
    "{all}个标准误（{replicates}次重抽样）与无穷小刀切法对照，其中{far}个不一致",
    "{all} standard errors of {replicates} replicates held against the infinitesimal jackknife; differing: {far}",
)
BEYOND_NOISE = both(
    "不一致：相差超过{apart}，并且超过重抽样次数有限所致波动的4倍",
    "They differ where more than {apart} apart, and more than four times what the number of replicates explains",
)
FEW_OR_ROUGH = both(
    "受访者少，或估计值不随答案平滑变化，都会使两者不一致；此时以重抽样的标准误为准，但它本身并不可靠。",
    "Few respondents, or a figure that does not follow them smoothly, set the two apart: those of the replicates then "
    "stand, and are unsure.",
)
BY_QUANTITY = both("按参数类别", "By kind of quantity")
FARTHEST = both(
    "不一致的标准误，相差大者在前（{all}个中的{most}个）",
    "Differing, the farthest apart first ({most} of {all})",
)
SPLIT_TREE = both("分组树", "Split tree")
SPLITS_PATHS = both(
    "按声明的分组列逐级二分：哪些组的路径不同（各组均值可以不同）；外部权重始终为全体受访者的权重",
    "Two-way splits by declared columns: where slopes differ, whatever the means; outer weights are those of all",
)
SPLITS_INDEX = both(
    "按声明的分组列逐级二分：哪些组的{target}指数不同",
    "Two-way splits by declared columns: where the index of {target} differs",
)
SEARCHED = both(
    "p（搜索校正）针对该节点全部候选划分中的最大值，{signs}次随机变号；低于{alpha}才划分",
    "p of the search is that of the best of all splits tried in the node, by {signs} random signs; split below {alpha}",
)
EVERYONE = verdicts.ALL
NODE = both("节点{node}", "Node {node}")
NODES = both("节点（检验为该节点的最佳划分）", "Nodes, each with the test of its best split")
PATHS_OF_NODES = both("各节点内的路径", "Paths within nodes")
TRIED = both("全体的候选划分（最多{most}个）", "Splits of all respondents that were tried, {most} at most")
LEFT_OUT = both(
    "{n}名受访者缺少某个结构变量的得分，未计入",
    "{n} respondents without a score of every construct are left out",
)
TETRADS = both("四元差检验", "Tetrad test")
VANISHING = both(
    "若同一结构变量引起全部题项且误差独立，四元差应为零；只检验互不冗余的k(k − 3)/2个",
    "Tetrads vanish where one construct causes all items and errors are independent; only the k(k − 3)/2 free ones",
)
NOT_SHOWN = both(
    "p小，不支持反映型测量；p大，只是未被拒绝，并不证明测量为反映型",
    "A small p speaks against a reflective block; a large one only does not reject it and shows nothing",
)
TOO_SHORT = both(
    "不足4个题项，无法检验：{constructs}", "Too few items to be tested (fewer than 4): {constructs}"
)
COMMA: dict[Language, str] = {"zh": "、", "en": ", "}
BLOCKS_TESTED = both("各结构变量", "Blocks")
FREE_TETRADS = both(
    "互不冗余的四元差（除以四个标准差之积）", "Free tetrads, over the product of the standard deviations"
)
SIZES = both("各组：{sizes}", "Groups: {sizes}")


def sizes(groups: pd.DataFrame, lang: Language) -> str:
    """The groups with their respondents."""
    told = ", ".join(f"{name} {n:,.0f}" for name, n in zip(groups["group"], groups["n"], strict=True))
    return SIZES.text(lang).format(sizes=told)


def page(title: Label, lang: Language, lines: Sequence[str], notices: Sequence[str], *tables: Shown) -> Page:
    """A page of a result."""
    return Page(title.text(lang), tuple(lines), READ_BEFORE_USE.text(lang), tuple(notices), tables)
