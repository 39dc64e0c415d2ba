"""Composite indices: what each is made of, its scores, ranks, groups, series, movers, and how far it can be trusted.

`wave` is the release that the rows belong to: a wave, or, of an index run by itself, its tree and year (`qci-2025`).
"""

from __future__ import annotations

from ncsi.tables.base import Column, Table, integer, number, text
from ncsi.tables.rules import NamedUnits, Public, Ratings, UnitGroups, WholeOfUnits

_DEFINED = Public("the definition of an index, no figures of units")
_SCALE = "scale of the index"

_CUT_OFF = "of scores drawn within sampling error, which benchmarks cut off on one side"

_RELEASE = text("wave", "release: a wave's id, or tree and year of an index run by itself")
_TREE = text("tree", "id of the index")
_YEAR = integer("year", "year that the figures are of", "year")
_VERSION = text("version", "version of the benchmarks that it is scored by")
_UNIT = text("unit", "id of the unit; `all` for all of them together")
_NODE = text("node", "code of the node of the tree; the index itself is its root")
_LABELS = (
    text("label_zh", "what it is called, in Chinese"),
    text("label_en", "what it is called, in English"),
)


def _score(name: str, about: str, nullable: bool = True) -> Column:
    return number(name, about, _SCALE, nullable, digits=2)


OUT_COMPOSITES = Table(
    "out_composites",
    "Every composite index of the release: its definition in brief, its figures' file",
    ("wave", "tree"),
    (
        _RELEASE,
        _TREE,
        *_LABELS,
        text("version", "version of the tree"),
        text("kind", "index, scorecard, maturity or points"),
        text("about_zh", "what it is and what of it is illustrative, in Chinese"),
        text("about_en", "the same in English"),
        text("unit_zh", "what a unit is, in Chinese"),
        text("unit_one", "one unit, in English"),
        text("unit_many", "several units, in English"),
        integer("year", "year that is published", "year"),
        integer("first_year", "first year of the series", "year"),
        integer("units", "units scored in that year", "units"),
        integer("indicators", "indicators", "indicators"),
        text("root", "code of the index"),
        number("scale_low", "score of the worst benchmark", _SCALE, digits=2),
        number("scale_high", "score of the best benchmark", _SCALE, digits=2),
        text("normalise", "how figures become scores"),
        text("aggregate", "mean that scores are joined by"),
        text("benchmark_version", "version of the benchmarks in force"),
        Column("named_units", "flag", "whether units are published by name"),
        Column("illustrative", "flag", "whether any of it is ours and was published by nobody"),
        number("level", "level of intervals and rank sets", "0-1"),
        text("source_name", "name of the file of figures"),
        text("source_sha256", "SHA-256 of that file; empty text where the wave's survey gives all figures"),
        integer("source_rows", "rows in it", "rows"),
        text("replicates_name", "name of the file of joint replicates; empty text: none"),
        text("replicates_sha256", "SHA-256 of that file, as it was read"),
        text(
            "errors",
            "how errors of figures were taken together: joint (replicates of the survey), separate (no two of one "
            "survey), independent (too small where one survey gives several), counted (nothing sampled), held or "
            "few_replicates (independent, because the survey has no replicates of its published figures); empty text: "
            "computed before this was said",
        ),
    ),
    disclosure=(_DEFINED,),
    may_be_empty=True,
)
OUT_COMPOSITE_NODES = Table(
    "out_composite_nodes",
    "The tree of each index: direction, unit, weights, benchmarks, with the source of each and what is illustrative",
    ("wave", "tree", "node"),
    (
        _RELEASE,
        _TREE,
        _NODE,
        integer("position", "place in the tree, read from the top", "place"),
        text("parent", "node above it; empty text for the index"),
        integer("depth", "steps below the index", "steps"),
        Column("indicator", "flag", "whether it is an indicator"),
        *_LABELS,
        text("direction", "higher_is_better or lower_is_better; empty text for an aggregate"),
        text("unit_zh", "what it is measured in, in Chinese; empty text for an aggregate"),
        text("unit_en", "the same in English"),
        number("weight_local", "share among its siblings", "0-1", digits=6),
        number("weight_global", "share in the index", "0-1", digits=6),
        number("lower", "lower benchmark in force", "as the indicator", True, digits=6),
        number("upper", "upper benchmark in force", "as the indicator", True, digits=6),
        text("se_kind", "where its sampling error comes from"),
        text("impute", "rule for its missing figures"),
        Column("illustrative", "flag", "whether weight or benchmarks are ours and were published by nobody"),
        text("source_zh", "who says that it belongs to the index, in Chinese; empty text where undeclared"),
        text("source_en", "the same in English"),
        integer("source_year", "year of that", "year", nullable=True),
        text("weight_source_zh", "where its weight comes from, in Chinese"),
        text("weight_source_en", "the same in English"),
        integer("weight_source_year", "year of that", "year", nullable=True),
        text("benchmark_source_zh", "where its benchmarks come from, in Chinese"),
        text("benchmark_source_en", "the same in English"),
        integer("benchmark_source_year", "year of that", "year", nullable=True),
    ),
    disclosure=(_DEFINED,),
    may_be_empty=True,
)
OUT_COMPOSITE_BENCHMARKS = Table(
    "out_composite_benchmarks",
    "Benchmarks of every version and the years that are scored by it",
    ("wave", "tree", "version", "node"),
    (
        _RELEASE,
        _TREE,
        _VERSION,
        _NODE,
        number("lower", "lower benchmark", "as the indicator", digits=6),
        number("upper", "upper benchmark", "as the indicator", digits=6),
        integer("first_year", "first year scored by it", "year"),
        integer("last_year", "last year scored by it; blank for the version in force", "year", nullable=True),
    ),
    disclosure=(_DEFINED,),
    may_be_empty=True,
)
OUT_COMPOSITE_BY_UNIT = Table(
    "out_composite_by_unit",
    "The index of every unit in the published year, with what was observed of it and its sampling error",
    ("wave", "tree", "year", "version", "unit"),
    (
        _RELEASE,
        _TREE,
        _YEAR,
        _VERSION,
        _UNIT,
        *_LABELS,
        text("level", "whole, or the dimension or dimensions that it is a unit of"),
        _score("score", "the index; blank for a unit with too little data"),
        number("se", "standard error by sampling alone; blank: not known", _SCALE, True, digits=3),
        Column(
            "low",
            "number",
            "lower end of its interval by sampling",
            _SCALE,
            True,
            2,
            estimate="score",
            skewed=_CUT_OFF,
        ),
        _score("high", "upper end of its interval by sampling"),
        number("observed", "share of the indicators that are observed", "0-1"),
        text("emptiest", "group with the smallest share observed"),
        number("emptiest_observed", "that share", "0-1"),
        text("status", "published or insufficient_data"),
        number("weight", "weight in the sums of groups; blank: not given", "as given", True, digits=4),
        number("population", "population; blank: not given", "as given", True, digits=4),
    ),
    disclosure=(NamedUnits(),),
    may_be_empty=True,
)
OUT_COMPOSITE_NODE_BY_UNIT = Table(
    "out_composite_node_by_unit",
    "Score of every node of every unit in the published year; of indicators also the figure and what became of it",
    ("wave", "tree", "year", "version", "unit", "node"),
    (
        _RELEASE,
        _TREE,
        _YEAR,
        _VERSION,
        _UNIT,
        _NODE,
        _score("score", "score; blank where it cannot be made, or for too little data"),
        number("se", "standard error of the score by sampling alone; blank: not known", _SCALE, True, digits=3),
        Column(
            "low", "number", "lower end of its interval by sampling", _SCALE, True, 2, estimate="score", skewed=_CUT_OFF
        ),
        _score("high", "upper end of its interval by sampling"),
        number("value", "figure as given; blank where there is none", "as the indicator", True, digits=6),
        number("value_se", "its standard error; blank: not known", "as the indicator", True, digits=6),
        number("value_used", "figure as scored, after filling and clipping", "as the indicator", True, digits=6),
        text("change", "observed, filled, treated, clipped_low, clipped_high, missing; empty text for an aggregate"),
    ),
    disclosure=(NamedUnits(),),
    may_be_empty=True,
)  # fmt: skip
OUT_COMPOSITE_RANK_BY_UNIT = Table(
    "out_composite_rank_by_unit",
    "Ranks among the units of a level: the rank set (sampling error) and the robustness range (choices of method)",
    ("wave", "tree", "year", "level", "unit"),
    (
        _RELEASE,
        _TREE,
        _YEAR,
        text("level", "level whose units are ranked against each other"),
        _UNIT,
        integer("rank", "position by score as published, 1 is highest, ties share the best", "rank"),
        integer("ranked", "units ranked", "units"),
        integer("rank_low", "rank set: best rank that sampling error leaves open", "rank", nullable=True),
        integer("rank_high", "rank set: worst rank that sampling error leaves open", "rank", nullable=True),
        text(
            "rank_set", "computed, full_count (nothing is sampled), or no_standard_errors (of some indicator)"
        ),
        integer("robust_low", "robustness range: 5 % quantile of ranks over methods", "rank", nullable=True),
        integer(
            "robust_high", "robustness range: 95 % quantile of ranks over methods", "rank", nullable=True
        ),
        integer("combined_low", "methods and sampling together (综合): 5 % quantile", "rank", nullable=True),
        integer(
            "combined_high", "methods and sampling together (综合): 95 % quantile", "rank", nullable=True
        ),
        number("robust_median", "median rank over methods", "rank", True, digits=1),
    ),
    disclosure=(NamedUnits(),),
    may_be_empty=True,
)
OUT_COMPOSITE_CHANGED_CELLS = Table(
    "out_composite_changed_cells",
    "Every figure that a step changed: filled, treated or clipped",
    ("wave", "tree", "year", "version", "cell"),
    (
        _RELEASE,
        _TREE,
        _YEAR,
        _VERSION,
        integer("cell", "number of the change", "change"),
        _UNIT,
        _NODE,
        text("step", "impute, treat or normalise"),
        number("was", "figure before; blank where missing", "as the indicator", True, digits=6),
        number("became", "figure after", "as the indicator", digits=6),
        text("rule", "rule that changed it"),
    ),
    disclosure=(NamedUnits(),),
    may_be_empty=True,
)
OUT_COMPOSITE_BY_GROUP = Table(
    "out_composite_by_group",
    "Mean score of the units of a group: part of the country, sector, region; `all`: of every unit",
    ("wave", "tree", "year", "dimension", "group", "node"),
    (
        _RELEASE,
        _TREE,
        _YEAR,
        text("dimension", "column that the groups come from; `all`: one group of all units"),
        text("group", "group"),
        *_LABELS,
        _NODE,
        integer("units", "units in the mean", "units"),
        number("largest_share", "largest share of the weight that one unit carries", "0-1"),
        text("basis", "weighted (by the weights given) or equal"),
        _score("score", "mean; blank where hidden"),
        number(
            "sd", "standard deviation between units; blank for one, or where hidden", _SCALE, True, digits=2
        ),
    ),
    disclosure=(UnitGroups(("score", "sd"), ("tree", "year", "dimension", "node")),),
    may_be_empty=True,
)
OUT_COMPOSITE_SERIES = Table(
    "out_composite_series",
    "The index and the nodes below it over the years, each version of the benchmarks by itself; splice years have two",
    ("wave", "tree", "unit", "node", "year", "version"),
    (
        _RELEASE,
        _TREE,
        _UNIT,
        _NODE,
        _YEAR,
        _VERSION,
        _score("score", "score by that version; blank for too little data"),
        integer(
            "previous_year", "year before it that the version scores; blank: none", "year", nullable=True
        ),
        _score("change", "change since then by the same version"),
        Column("splice", "flag", "whether the year is scored by two versions"),
        _score("splice_difference", "score by this version less that by the version before, same year"),
    ),
    disclosure=(NamedUnits(),),
    may_be_empty=True,
)
OUT_COMPOSITE_MOVERS = Table(
    "out_composite_movers",
    "What moved the index of each unit since the year before, node by node, by one version of the benchmarks",
    ("wave", "tree", "year", "unit", "node"),
    (
        _RELEASE,
        _TREE,
        _YEAR,
        _UNIT,
        _NODE,
        integer("previous_year", "year compared with", "year"),
        _VERSION,
        _score("was", "score then", nullable=False),
        _score("score", "score now", nullable=False),
        _score("change", "score now less then", nullable=False),
        number("contribution", "its share in the index times its change", _SCALE, digits=3),
        integer("position", "among indicators, largest gain first; blank for an aggregate", "rank", nullable=True),
    ),
    disclosure=(NamedUnits(),),
    may_be_empty=True,
)  # fmt: skip
OUT_COMPOSITE_TESTS = Table(
    "out_composite_tests_by_unit",
    "Differences of every node of a unit that are tested: since the year before, and from the mean of all units",
    ("wave", "tree", "year", "unit", "node", "against"),
    (
        _RELEASE,
        _TREE,
        _YEAR,
        _UNIT,
        _NODE,
        text("against", "year_before, or mean (of the units, which it is a part of)"),
        _score("reference", "score then, or the mean", nullable=False),
        _score("difference", "score less that", nullable=False),
        number("se", "standard error of the difference by sampling", _SCALE, digits=3),
        Column("low", "number", "lower end of its interval", _SCALE, False, 2, estimate="difference"),
        _score("high", "upper end of its interval", nullable=False),
        number("p", "two-sided p", "0-1"),
        number("p_holm", "Holm's among the parts of the unit, and among its indicators, against the same", "0-1"),
        text("verdict", "higher, lower or no_significant_difference, after Holm"),
    ),
    disclosure=(NamedUnits(),),
    may_be_empty=True,
)  # fmt: skip
OUT_COMPOSITE_BAND_BY_UNIT = Table(
    "out_composite_band_by_unit",
    "The word that each published table of bands has for the index of a unit",
    ("wave", "tree", "year", "unit", "bands"),
    (
        _RELEASE,
        _TREE,
        _YEAR,
        _UNIT,
        text("bands", "table of bands"),
        text("bands_source", "where the table comes from"),
        text("band", "band id"),
        text("band_low", "band of the lower end of its interval; empty text where its error is not known"),
        text("band_high", "band of the upper end"),
        *_LABELS,
        _score("from_score", "score that the band begins at", nullable=False),
    ),
    disclosure=(NamedUnits(),),
    may_be_empty=True,
)
OUT_COMPOSITE_CLASS_BY_UNIT = Table(
    "out_composite_class_by_unit",
    "Class of each unit of a scorecard: by its score, and after vetoes",
    ("wave", "tree", "year", "unit"),
    (
        _RELEASE,
        _TREE,
        _YEAR,
        _UNIT,
        _score("score", "score; blank for too little data"),
        text("class_by_score", "class of the score alone; empty text where there is none"),
        text("class_awarded", "class after vetoes; empty text where a fact of a veto is not known"),
        *_LABELS,
        integer("vetoes", "vetoes that hold", "vetoes"),
        integer("undecided", "vetoes whose fact is not known", "vetoes"),
    ),
    disclosure=(NamedUnits(),),
    may_be_empty=True,
)
OUT_COMPOSITE_VETO_BY_UNIT = Table(
    "out_composite_veto_by_unit",
    "Vetoes that hold, or cannot be told, for a unit",
    ("wave", "tree", "year", "unit", "veto"),
    (
        _RELEASE,
        _TREE,
        _YEAR,
        _UNIT,
        text("veto", "veto id"),
        *_LABELS,
        number("value", "how many there were; blank: not known", "count", True, digits=0),
        number("least", "from how many on it holds", "count", digits=0),
        text("at_best", "best class that it leaves"),
        text("verdict", "holds or not_known"),
    ),
    disclosure=(NamedUnits(),),
    may_be_empty=True,
)
OUT_COMPOSITE_LEVEL_BY_UNIT = Table(
    "out_composite_level_by_unit",
    "Maturity of each unit by criterion and as a whole: self-assessed, audited, and self-assessed less the bias",
    ("wave", "tree", "year", "unit", "node"),
    (
        _RELEASE,
        _TREE,
        _YEAR,
        _UNIT,
        _NODE,
        number("self_level", "level by self-assessment; blank: none", "level 1-5", True, digits=2),
        number("audit_level", "level by audit; blank: not audited", "level 1-5", True, digits=2),
        number("calibrated_level", "audited, else self-assessed less the bias", "level 1-5", True, digits=2),
        text("basis", "audit or self"),
        integer(
            "gap", "first level without accepted evidence; blank: none, or not known", "level", nullable=True
        ),
        text("flag", "no_evidence where nothing was accepted; else empty text"),
    ),
    disclosure=(NamedUnits(),),
    may_be_empty=True,
)
OUT_COMPOSITE_AGREEMENT = Table(
    "out_composite_agreement",
    "How far self-assessment and audit agree, over units rated by both",
    ("wave", "tree", "year", "statistic"),
    (
        _RELEASE,
        _TREE,
        _YEAR,
        text("statistic", "kappa_quadratic, kappa_linear, alpha_ordinal, percent_equal, bias, bias_se, bias_t …"),
        number("value", "its value; blank where it cannot be computed", "as the statistic", True, digits=4),
        integer("n", "ratings, or units, that have both", "cases"),
        text("verdict", "good, acceptable or insufficient by α; empty text for the others"),
    ),
    disclosure=(Ratings("bias"),),
    may_be_empty=True,
)  # fmt: skip
OUT_COMPOSITE_DIAGNOSTICS = Table(
    "out_composite_diagnostics",
    "How the index hangs together: correlations, reliability, components, importance against weight, confounding",
    ("wave", "tree", "year", "quantity", "node", "other"),
    (
        _RELEASE,
        _TREE,
        _YEAR,
        text("quantity", "correlation, reliability, first_component, importance, confounding …"),
        _NODE,
        text("other", "node, or figure, that it is held against; empty text for none"),
        number("value", "its value; blank where it cannot be computed", "as the quantity", True, digits=4),
        integer("n", "units it is computed from", "units"),
        text("flag", "what is conspicuous about it; empty text for nothing"),
    ),
    disclosure=(WholeOfUnits("n"),),
    may_be_empty=True,
)
OUT_COMPOSITE_SENSITIVITY = Table(
    "out_composite_sensitivity",
    "Which choice of method, and sampling, the ranks depend on: Sobol' indices of the mean shift of ranks",
    ("wave", "tree", "year", "design", "input"),
    (
        _RELEASE,
        _TREE,
        _YEAR,
        text("input", "choice that was varied: normalise, aggregate, weights …, sampling"),
        text("design", "exact (every combination of choices) or monte_carlo (with sampling as one input)"),
        integer("runs", "runs of the index", "runs"),
        number("s1", "share of the variance that it explains alone", "share", digits=4),
        number("s1_reach", "half width of its 95 % interval; blank: exact", "share", True, digits=4),
        number("st", "share that it explains with its interactions", "share", digits=4),
        number("st_reach", "half width of its 95 % interval; blank: exact", "share", True, digits=4),
        number("mean_shift", "mean over runs of the mean shift of ranks", "ranks", digits=2),
        text("flag", "n_too_small where first order exceeds total beyond the intervals; else empty text"),
    ),
    disclosure=(WholeOfUnits(),),
    may_be_empty=True,
)
OUT_COMPOSITE_CHECKS = Table(
    "out_composite_checks",
    "Figures published elsewhere, derived again from those below them by the weights of the tree",
    ("wave", "tree", "year", "node"),
    (
        _RELEASE,
        _TREE,
        _YEAR,
        _NODE,
        _score("published", "figure as published", nullable=False),
        number("derived", "the same from the published figures below it", _SCALE, digits=4),
        number("difference", "derived less published", _SCALE, digits=4),
        number("tolerance", "largest difference that rounding explains", _SCALE, digits=4),
        Column("holds", "flag", "whether the difference is within it"),
        text("source_zh", "where it was published, in Chinese"),
        text("source_en", "the same in English"),
    ),
    disclosure=(_DEFINED,),
    may_be_empty=True,
)
