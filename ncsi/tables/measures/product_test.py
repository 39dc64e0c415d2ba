"""Product tests: what was measured of each product and how sure it is, conformity, score, precision of laboratories.

Measurements are of goods that were bought, and of nobody's person.
"""

from __future__ import annotations

from ncsi.tables.base import Column, Table, integer, number, text
from ncsi.tables.measures.common import DEFINED, LABELS, MEASURE, NAMED, RELEASE, UNIT
from ncsi.tables.rules import NamedParts, NamedWhere, Public

_AS = "as the characteristic"
_INF = float("inf")
_CHARACTERISTIC = text("characteristic", "id of the characteristic")
_MATERIAL = text(
    "material", "product that several laboratories measured; empty text for the comparison sample"
)
_BRAND = text("brand", "brand of the product")

OUT_TEST_CHARACTERISTICS = Table(
    "out_test_characteristics",
    "What is measured: limits, benchmarks of the score, weight, repeatability",
    ("wave", "measure", "characteristic"),
    (
        RELEASE,
        MEASURE,
        _CHARACTERISTIC,
        integer("position", "order in the definition, from 1", "place"),
        *LABELS,
        text("unit_zh", "unit of measurement, in Chinese"),
        text("unit_en", "unit of measurement, in English"),
        integer("digits", "digits after the point that values are printed with"),
        number("lower", "lower limit; blank: none", _AS, True, digits=6),
        number("upper", "upper limit; blank: none", _AS, True, digits=6),
        text("guard", "guard band: likely (1.645u), strict (2u) or shared (none)"),
        Column("safety", "flag", "whether failing it makes the product fail, whatever its score"),
        number("worst", "value scored 0; blank: not scored", _AS, True, digits=6),
        number("best", "value scored 100; blank: not scored", _AS, True, digits=6),
        number("weight", "share in the score; blank: not scored", "0-1", True),
        number(
            "s_r", "repeatability standard deviation; blank: not known", _AS, True, digits=6, limits=(0, _INF)
        ),
        text("s_r_basis", "declared, of_repeats or none"),
        number("repeatability_limit", "r = 2.8 s_r; blank: not known", _AS, True, digits=6, limits=(0, _INF)),
        text("u_basis", "where the systematic uncertainty comes from: budget, declared or file"),
        text("source_zh", "where it, and its limits, come from, in Chinese"),
        text("source_en", "the same in English"),
        Column("illustrative", "flag", "whether that is ours and was published by nobody"),
    ),
    disclosure=(DEFINED,),
    may_be_empty=True,
)
OUT_TEST_BUDGETS = Table(
    "out_test_budgets",
    "Systematic parts of the uncertainty of each characteristic, as declared (GUM)",
    ("wave", "measure", "characteristic", "component"),
    (
        RELEASE,
        MEASURE,
        _CHARACTERISTIC,
        integer("component", "number of the part, from 1", "place"),
        *LABELS,
        number("u", "its standard uncertainty", "as declared", digits=6, limits=(0, _INF)),
        Column("relative", "flag", "whether u is in per cent of the value"),
        number("sensitivity", "what the result changes by a unit of it", "as declared", digits=6),
        number("df", "its degrees of freedom; blank: infinite", nullable=True, digits=1),
    ),
    disclosure=(DEFINED,),
    may_be_empty=True,
)
OUT_TEST_RESULTS = Table(
    "out_test_results_by_product",
    "Every characteristic of every product: value with expanded uncertainty, conformity in three answers, score",
    ("wave", "measure", "unit", "characteristic"),
    (
        RELEASE,
        MEASURE,
        UNIT,
        *LABELS,
        _CHARACTERISTIC,
        integer("specimens", "specimens measured", "specimens"),
        integer("repeats", "measurements of them", "measurements"),
        number("value", "mean of the means of specimens; blank: not measured", _AS, True, digits=6),
        number("u", "standard uncertainty: of the product, or by `basis` of the one specimen", _AS, True, digits=6,
               limits=(0, _INF)),
        number("df", "effective degrees of freedom of u; blank: infinite", nullable=True, digits=1),
        number("expanded", "expanded uncertainty U at the level", _AS, True, digits=6, limits=(0, _INF)),
        Column("low", "number", "value less U", _AS, True, 6, estimate="value"),
        number("high", "value and U", _AS, True, digits=6),
        text("basis", "product, specimen (one specimen says nothing of the product's variance), or none"),
        number("p_conform", "probability that the true value lies within the limits; blank: no limit", "0-1", True),
        text("verdict", "conforms, does_not_conform, undecided, not_tested or no_limit"),
        text("reason", "of undecided: guard_band or repeats_differ (by more than r: the test is to be repeated)"),
        integer("repeats_differ", "specimens whose repeats differ by more than the critical range", "specimens"),
        number("score", "score by the benchmarks; blank: not scored, or not measured", "0-100", True),
        number("score_se", "its standard uncertainty; blank: not known", "points", True, digits=3, limits=(0, _INF)),
    ),
    disclosure=(NAMED,),
    may_be_empty=True,
)  # fmt: skip
OUT_TEST_PRODUCTS = Table(
    "out_test_products",
    "Products: score with expanded uncertainty, rank set, conformity, safety gates, perceived quality",
    ("wave", "measure", "unit"),
    (
        RELEASE,
        MEASURE,
        UNIT,
        *LABELS,
        _BRAND,
        integer("specimens", "specimens bought and measured", "specimens"),
        number("score", "weighted mean of scores; blank where one of them was not measured", "0-100", True),
        number("se", "its standard uncertainty; blank: not known", "points", True, digits=3),
        number("df", "effective degrees of freedom; blank: infinite", nullable=True, digits=1),
        Column("low", "number", "lower end of score ± U", "0-100", True, 2, estimate="score"),
        number("high", "upper end of it", "0-100", True),
        integer("rank", "position by score among those that are ranked; blank: not ranked", "rank", nullable=True),
        integer("ranked", "products ranked", "products"),
        integer("rank_low", "best rank that uncertainty leaves open; blank: not known", "rank", nullable=True),
        integer("rank_high", "worst rank that uncertainty leaves open", "rank", nullable=True),
        text("verdict", "conforms, does_not_conform, or undecided (of some limit); no_limit where there is none"),
        text("safety", "passed, failed (never ranked), undecided, or none"),
        integer("failed", "characteristics that do not conform"),
        integer("undecided", "characteristics that are undecided or not tested"),
        number("perceived", "perceived quality of it by customers; blank: not known", "0-100", True),
        number("perceived_se", "its standard error; blank: not known", "points", True, digits=3),
    ),
    disclosure=(NAMED,),
    may_be_empty=True,
)  # fmt: skip
OUT_TEST_AGREEMENT = Table(
    "out_test_agreement",
    "Tested against perceived quality over products",
    ("wave", "measure"),
    (
        RELEASE,
        MEASURE,
        integer("products", "products with both", "products"),
        number("correlation", "Spearman's; blank below ten products", "correlation", True),
        Column("low", "number", "lower end of its bootstrap interval", "correlation", True, 4, estimate="correlation",
               skewed="percentiles of a rank correlation over few products"),
        number("high", "upper end of it", "correlation", True),
        number("disattenuated", "without the errors of both; blank where they leave no variance", "correlation", True),
    ),
    disclosure=(Public("a correlation over ten products or more"),),
    may_be_empty=True,
)  # fmt: skip
OUT_TEST_PRECISION = Table(
    "out_test_precision",
    "Precision of a method where several laboratories measured one material (ISO 5725-2), robust consensus (ISO 13528)",
    ("wave", "measure", "characteristic", "material"),
    (
        RELEASE,
        MEASURE,
        _CHARACTERISTIC,
        _MATERIAL,
        integer("laboratories", "laboratories", "laboratories"),
        number("mean", "mean of their means", _AS, digits=6),
        number("s_r", "repeatability standard deviation", _AS, digits=6, limits=(0, _INF)),
        number("s_l", "standard deviation between laboratories", _AS, digits=6, limits=(0, _INF)),
        number("s_big_r", "reproducibility standard deviation s_R", _AS, digits=6, limits=(0, _INF)),
        number("repeatability_limit", "r = 2.8 s_r", _AS, digits=6, limits=(0, _INF)),
        number("reproducibility_limit", "R = 2.8 s_R", _AS, digits=6, limits=(0, _INF)),
        number("cochran", "Cochran's C", "0-1"),
        number("cochran_critical", "its critical value at 5 %", "0-1"),
        number("assigned", "robust mean of the laboratories; blank below three", _AS, True, digits=6),
        number("u_assigned", "its standard uncertainty", _AS, True, digits=6, limits=(0, _INF)),
        number("sigma", "standard deviation for proficiency", _AS, True, digits=6, limits=(0, _INF)),
        text("sigma_basis", "declared, of_laboratories (robust), or empty"),
    ),
    disclosure=(NamedParts("material"),),
    may_be_empty=True,
)
OUT_TEST_LABORATORIES = Table(
    "out_test_laboratories",
    "Laboratories on one material: Mandel's h and k, z, z' and E_n",
    ("wave", "measure", "characteristic", "material", "code"),
    (
        RELEASE,
        MEASURE,
        _CHARACTERISTIC,
        _MATERIAL,
        text("code", "number of the laboratory, L1 …"),
        text("laboratory", "its name; empty text where laboratories are not named"),
        Column("named", "flag", "whether the definition has laboratories named"),
        integer("repeats", "measurements", "measurements"),
        number("mean", "their mean", _AS, digits=6),
        number("sd", "their standard deviation", _AS, digits=6, limits=(0, _INF)),
        number("h", "Mandel's h", "standardised"),
        number("h_critical", "its critical value at 5 %; blank below three laboratories", "standardised", True),
        number("k", "Mandel's k", "standardised", limits=(0, _INF)),
        number("k_critical", "its critical value at 5 %; blank below three laboratories", "standardised", True),
        number("z", "z score; blank below three laboratories", "standardised", True),
        number("z_prime", "z' score, with the assigned value's own uncertainty", "standardised", True),
        number("e_n", "E_n number by the laboratory's own uncertainty (k = 2); blank: it states none", "standardised",
               True),
        text("verdict", "satisfactory (|z'| < 2), warning, action (3 or more), or not_scored"),
        text("flags", "what stands out, joined by blanks: h, k, cochran, e_n; else empty text"),
    ),
    disclosure=(NamedParts("material"), NamedWhere("laboratory", "named")),
    may_be_empty=True,
)  # fmt: skip
