"""Labels of variables, and the page that says how the files are used, in both languages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ncsi.spec import Label, Missing
from ncsi.spec.building_blocks import Language, both

LANGUAGES: tuple[Language, ...] = ("zh", "en")
RESPONDENT = both("受访者编号（本次导出随机生成）", "Respondent, numbered at random for this export")
WAVE, SECTOR = both("期次", "Wave"), both("行业", "Sector")
OTHER = both("其他", "Other")
STATUS = both("作答质量状态", "Response quality")
STATUSES = (
    ("valid", both("无标记", "Without a flag")),
    ("flagged", both("有标记、保留", "Flagged, kept")),
    ("excluded", both("不进入模型", "Excluded from the model")),
)
WEIGHT = both("最终权数（均值为 1）", "Final weight, mean 1")
CLUSTER = both("初级抽样单位（随机编号）", "Primary sampling unit, numbered at random")
REPLICATE = both("重复权数 {k}", "Replicate weight {k}")
NONE = both("无", "none")
YES, NO = both("是", "Yes"), both("否", "No")
KINDS = {
    Missing.BLANK: both("空白（未作答）", "Blank"),
    Missing.DONT_KNOW: both("不知道（说不清）", "Don't know"),
    Missing.REFUSED: both("拒绝回答", "Refused"),
    Missing.NOT_ASKED: both("未询问（跳题）", "Not asked"),
}
KIND_OF = both("{label}：缺失类型", "{label}: kind of missing")
SYNTHETIC = both(
    "合成演示数据：所有数字均为模拟，不代表任何真实企业。",
    "Synthetic demonstration data: every figure is simulated and describes no real company.",
)

_MICRODATA = {
    "zh": """# 受访者数据：期次 {wave}，行业 {sector}

{synthetic}**本文件含逐个受访者的回答。** 只交给签有保密协议的使用者，不公开任何一行，不与其他来源匹配，用完即删。

- `{data}`：{rows:,} 行，每行一份回答。
- `codebook.csv`：变量与取值的中英文说明；`about.json`：来源、抽样设计、文件散列值。
- 受访者编号由本次导出随机生成，密钥不保留：不能与数据仓库、其他期次或其他导出对应。
- 背景变量的每种组合都有至少 {k} 人（{identifiers}）。
- 时间、时长、访问员、设备、来源文件与行号不在其中；未同意参与者也不在其中。
- 导出之后撤回同意的人不会自动从本文件消失：请按运行记录中的 `export` 收回并重新导出。
- {missing}
{weights}""",
    "en": """# Respondents of wave {wave}, sector {sector}

{synthetic}**These files hold the answers of single respondents.** Hand them to users who are bound to secrecy, publish
nothing of single rows, match them with no other source, delete them after use.

- `{data}`: {rows:,} rows, a response each.
- `codebook.csv`: variables and values in Chinese and English; `about.json`: origin, design, hashes of the files.
- Respondents are numbered at random for this export, by a key that is not kept: they cannot be matched with the
  store, other waves or other exports.
- Every combination of background variables is that of at least {k} persons ({identifiers}).
- Times, durations, interviewers, devices, files and rows are left out, and so is who refused consent.
- Who withdraws consent later does not vanish from these files: recall them by what the ledger says of `export`.
- {missing}
{weights}""",
}
_TABLES = {
    "zh": """# 已发布结果：期次 {wave}，行业 {sector}

{synthetic}- 每张表都取自发布 {release}，逐个文件核对过散列值：发布时隐藏的数字这里也没有。
- `codebook.csv`：变量说明与取值的中英文名称；`about.json`：来源与文件散列值。
- 空白单元格表示不公布或不适用。
""",
    "en": """# Published results of wave {wave}, sector {sector}

{synthetic}- Every table is that of release {release}, whose files were held against their hashes: what it hides is
  not here either.
- `codebook.csv`: variables, with values in Chinese and English; `about.json`: origin, hashes of the files.
- An empty cell is not published, or does not apply.
""",
}
_MISSING = {
    "sav": both(
        "缺失类型记为用户缺失值（{codes}），SPSS 自动排除。",
        "Kinds of missing are user-missing values ({codes}), which SPSS leaves out by itself.",
    ),
    "dta": both(
        "缺失类型记为扩展缺失值（{codes}）。", "Kinds of missing are extended missing values ({codes})."
    ),
}
_MISSING_BESIDE = both(
    "缺失类型（{codes}）写在每题旁边的 `…_missing` 列。",
    "Kinds of missing ({codes}) stand beside each question in a column `…_missing`.",
)
_WEIGHTED = {
    "zh": "- `weight` 为最终权数；不进入模型者（`status` 为 excluded）没有权数。",
    "en": "- `weight` is the final weight; the excluded (`status`) have none.",
}
_IN_R = """
      about <- jsonlite::fromJSON("about.json")$weights
      survey::svrepdesign(
        data = subset(d, !is.na(weight)), weights = ~weight, repweights = "^rw_", type = "other",
        scale = about$scale, rscales = about$rscales, combined.weights = TRUE, mse = TRUE)
"""
_REPLICATED = {
    "zh": """- 共 {n:,} 组重复权数 `rw_0001` …：方差为 scale · Σ rscales (θ_r − θ)²，scale = {scale:.10g}，
  rscales 见 `about.json`。
- R：
{r}
- Stata：`svyset [pw=weight], {stata}`
- SPSS：`WEIGHT BY weight`；重复权数需用支持它的程序。
""",
    "en": """- There are {n:,} replicate weights `rw_0001` …: the variance is scale · Σ rscales (θ_r − θ)²,
  scale = {scale:.10g}, rscales in `about.json`.
- R:
{r}
- Stata: `svyset [pw=weight], {stata}`
- SPSS: `WEIGHT BY weight`; replicate weights need a program that knows them.
""",
}
_UNREPLICATED = {
    "zh": "- 本期没有声明重复权数：误差来自对受访者（或群）的自助法。\n",
    "en": "- The wave declares no replicate weights: errors come from a bootstrap of respondents, or of clusters.\n",
}
_COARSENED = {
    "zh": """- 数据文件给每位受访者的基础权数可能有他人知道，因此相近的权数每组至少 {k} 人，取其均值，再按品牌合计调整：
  {rows:,} 行有变化，平均 {mean:.1%}，最多 {change:.1%}；背景组合与品牌的合计不变，重复权数按同一比例调整。
- 因此加权结果与已发布的有出入：目标指数全行业变动 {sector:+.2f} 分{brands}；设计效应由 {before:.2f} 变为 {after:.2f}。
  要重算已发布的指数：单位内部直接使用数据仓库，或在导出背景变量之前用 `--exact-weights` 导出。
""",
    "en": """- Others may know whom each base weight of the files is of, so neighbouring weights share their mean, those
  of {k} persons at least, fitted to the totals of brands: {rows:,} rows changed, by {mean:.1%} on average
  and {change:.1%} at most; totals by combination of background and by brand are kept, replicates follow in proportion.
- Weighted results therefore differ from those published: the index of the target moved by {sector:+.2f} points in
  the sector{brands}; the design effect is {after:.2f} in place of {before:.2f}. The published
  index is computed again inside the house: from the store, or by `--exact-weights` before any export with background.
""",
}
_BRANDS_MOVED = both("，各品牌：{brands}", ", by brand: {brands}")
_EXACT = {
    "zh": """- **精确权数，只限单位内部使用。** 最终权数与重复权数即估计所用，已发布的指数可由此重算；
  抽样者凭权数可能认出受访者，所以背景变量与抽样单位都不在其中。不得交给外部，也不得与其他导出匹配。
""",
    "en": """- **Exact weights, for use inside the house only.** Final and replicate weights are those of the estimates,
  so that the published index can be computed again; whoever drew the sample may know persons by them, so background
  and clusters are left out. Hand them to nobody outside, and match them with no other export.
""",
}
_UNWEIGHTED = {
    "zh": "- 按要求没有权数：不能据此推断总体。\n",
    "en": "- Weights are left out as asked: nothing follows of the population.\n",
}


def missing_codes(form: str, codes: Mapping[Missing, str]) -> Label:
    """How a format says which kind of missing an answer is; `codes` in that format."""
    words = _MISSING.get(form, _MISSING_BESIDE)
    told = {
        language: ", ".join(f"{code} {KINDS[kind].text(language)}" for kind, code in codes.items())
        for language in LANGUAGES
    }
    return both(words.zh.format(codes=told["zh"].replace(", ", "、")), words.en.format(codes=told["en"]))


def readme(about: Mapping[str, Any], identifiers: Sequence[Label] = ()) -> str:
    """The page beside the files, Chinese first. `about`: as about.json has it; `identifiers`: what background variables
    are called."""
    return "\n".join(_page(about, language, identifiers) for language in LANGUAGES)


def _page(about: Mapping[str, Any], language: Language, identifiers: Sequence[Label]) -> str:
    synthetic = SYNTHETIC.text(language) if about["synthetic"] else ""
    given = {**about, "synthetic": f"**{synthetic}**\n\n" if synthetic else ""}
    if not about["microdata"]:
        return _TABLES[language].format(**given)
    given["weights"] = _weights(about["weights"], language) + _coarsened(about, language)
    given["missing"] = about["missing"][language]
    between = "、" if language == "zh" else ", "
    given["identifiers"] = between.join(one.text(language) for one in identifiers) or NONE.text(language)
    return _MICRODATA[language].format(**given)


def _coarsened(about: Mapping[str, Any], language: Language) -> str:
    """What was done to weights that files gave, or that they are exact; nothing where neither is so."""
    if about["exact_weights"]:
        return _EXACT[language]
    made = (about["weights"] or {}).get("coarsened")
    if not made or not made["rows"]:
        return ""
    between = "、" if language == "zh" else ", "
    by_brand = between.join(f"{brand} {points:+.2f}" for brand, points in made["brands_moved"].items())
    before, after = made["deff"]
    return _COARSENED[language].format(
        k=about["k"], rows=made["rows"], change=made["largest_change"], mean=made["mean_change"],
        sector=made["sector_moved"], before=before, after=after,
        brands=_BRANDS_MOVED.text(language).format(brands=by_brand) if by_brand else "",
    )  # fmt: skip


def _weights(weights: Mapping[str, Any] | None, language: Language) -> str:
    if weights is None:
        return _UNWEIGHTED[language]
    if not weights["replicates"]:
        return f"{_WEIGHTED[language]}\n{_UNREPLICATED[language]}"
    same = len(set(weights["rscales"])) == 1
    stata = {
        "rao_wu": "vce(bootstrap) bsrweight(rw_*) mse",
        "jackknife": f"vce(jackknife) jkrweight(rw_*, multiplier({weights['scale'] * weights['rscales'][0]:.10g})) mse"
        if same
        else "vce(jackknife) jkrweight(rw_*) mse  (multiplier of each: scale · rscales)",
    }[weights["method"]]
    told = _REPLICATED[language].format(n=weights["replicates"], scale=weights["scale"], stata=stata, r=_IN_R)
    return f"{_WEIGHTED[language]}\n{told}"
