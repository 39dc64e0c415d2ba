"""What stands behind a sector's figures: sample, weights, response quality, model quality, the two engines."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from ncsi.report import text
from ncsi.report.content.doubts import arrow, not_separable
from ncsi.report.content.grids import Grid, Line, cell, grid, line
from ncsi.report.content.labels import (
    Words,
    area,
    brand_labels,
    by_cross,
    construct_labels,
    crossed,
    dimension,
    item_labels,
    unit_words,
)
from ncsi.report.evidence_rows import (
    Block,
    CovarianceFit,
    EnginePath,
    JudgedByRule,
    Margin,
    Residuals,
    ResponseQuality,
    Sample,
    Weighting,
    WeightingStep,
    Withheld,
)
from ncsi.report.release_spec import ReleaseSpec
from ncsi.report.result_rows import Tables, of, read
from ncsi.report.text import NONE, NOTHING, Pair, phrase, phrases, share
from ncsi.spec import Instrument, Wave
from ncsi.tables import (
    OUT_ASSESSMENT_BY_ITEM,
    OUT_ASSESSMENT_BY_PATH,
    OUT_ASSESSMENT_BY_SECTOR,
    OUT_CBSEM_FIT,
    OUT_ENGINES,
    OUT_QUALITY_BY_CONSTRUCT,
    OUT_RESPONSE_QUALITY_BY_RULE,
    OUT_RESPONSE_QUALITY_BY_SECTOR,
    OUT_SAMPLE_BY_SECTOR,
    OUT_WEIGHTING_BY_MARGIN,
    OUT_WEIGHTING_BY_SECTOR,
    OUT_WEIGHTING_BY_STEP,
    OUT_WEIGHTING_LARGEST,
    OUT_WITHHELD,
)

_LARGEST = 5


@dataclass(frozen=True, slots=True)
class RuleRow:
    """How many responses a quality rule could judge, and how many it flagged."""

    name: Pair
    checked: str
    flagged: str
    share: str


def sample_box(own: Tables, instrument: Instrument, words: Words) -> tuple[Line, ...]:
    """From rows accepted to the effective sample."""
    one = read(Sample, own[OUT_SAMPLE_BY_SECTOR.name])[0]
    lines = [
        line("rows_accepted", text.count(one.rows_accepted)),
        line("rows_rejected", text.count(one.rows_rejected)),
        line("excluded", text.count(one.excluded)),
        line("excluded_quality", text.count(one.excluded_quality)),
        line("n", text.count(one.n)),
        line("n_eff", text.count(one.n_eff)),
    ]
    lines.append(line("deff", text.number(one.deff, 2)))
    lines.append(line("weight_range", text.interval(one.weight_min, one.weight_max, 2)))
    if one.brands:
        lines.append(Line(phrase("weighting", **words), phrase(one.brand_weighting)))
        if not pd.isna(one.coverage):
            lines.append(Line(phrase("coverage", **words), text.same(f"{100 * one.coverage:.0f}%")))
    lines.append(line("instrument", f"{instrument.id} {instrument.version}"))
    lines.append(line("weight_version", one.weight_version))
    return tuple(lines)


def weighting_box(own: Tables) -> tuple[Line, ...]:
    """Steps of the weighting, spread of the weights, design; empty where the wave declares no weighting."""
    table = own[OUT_WEIGHTING_BY_SECTOR.name]
    if table.empty:
        return ()
    one = read(Weighting, table)[0]
    steps = [phrases().get(f"w_{step}", text.same(step)) for step in one.method.split()]
    replicates = text.count(one.replicates) if one.replicates else phrase("w_bootstrap")
    return (
        line("w_method", text.joined(steps)),
        line("w_n", text.count(one.n)),
        line("n_eff", text.count(one.n_eff)),
        line("deff", text.number(one.deff, 2)),
        line("w_after_steps", _after_steps(own)),
        line("w_range", text.interval(one.weight_min, one.weight_max, 2)),
        line("w_middle", text.interval(one.weight_p05, one.weight_p95, 2)),
        line("w_largest", _largest(own)),
        line("w_trimmed", text.count(one.trimmed)),
        line("w_strata", text.count(one.strata)),
        line("w_clusters", text.count(one.clusters)),
        line("w_df", text.count(one.degrees_of_freedom)),
        line("w_replicates", replicates),
    )


def _after_steps(own: Tables) -> Pair:
    """The design effect after each step of weighting."""
    steps = read(WeightingStep, own[OUT_WEIGHTING_BY_STEP.name])
    told = [(phrases().get(f"w_{one.step}", text.same(one.step)), text.number(one.deff, 2)) for one in steps]
    return text.joined([Pair(f"{name.zh} {value}", f"{name.en} {value}") for name, value in told])


def _largest(own: Tables) -> str:
    top = own[OUT_WEIGHTING_LARGEST.name].sort_values("place").head(_LARGEST)
    return " / ".join(text.number(one, 2) for one in top["weight"]) or NONE


def margins(own: Tables, spec: ReleaseSpec, sector: str) -> Grid:
    """Every category of every margin: target, before, after; brands by their names."""
    brands, table = brand_labels(spec, sector), read(Margin, own[OUT_WEIGHTING_BY_MARGIN.name])
    sources = [phrase("source_of_year", source=text.cited(one.source), year=one.year) for one in table]
    rows = [
        [
            cell(_margin(one.margin, spec, sector)),
            cell(_category(one.margin, one.category, brands, spec.wave)),
            *(cell(share(value, 1)) for value in (one.target, one.before, one.after)),
        ]
        for one in table
    ]
    heads = ("w_margin", "w_category", "w_target", "w_before", "w_after")
    note = phrase("weighting_note", sources=text.listed(sources))
    return grid("weighting_margins", heads, rows, note, wide=(0, 1))


def _margin(name: str, spec: ReleaseSpec, sector: str) -> Pair:
    """What a margin is by: the sector's own word for its brands."""
    return unit_words(spec, sector)["Unit"] if name == "brand" else dimension(name, spec.wave)


def _category(margin: str, category: str, brands: dict[str, Pair], wave: Wave) -> Pair:
    """A category by its names, part by part where variables are crossed."""
    variables, values = crossed(margin), crossed(category)
    if len(variables) != len(values):
        return text.same(category)
    return by_cross(
        [
            brands.get(value, text.same(value)) if variable == "brand" else area(variable, value, wave)
            for variable, value in zip(variables, values, strict=True)
        ]
    )


def response_box(own: Tables) -> tuple[Line, ...]:
    """Responses by quality status, and what the index would be without the flagged or with the excluded."""
    table = own[OUT_RESPONSE_QUALITY_BY_SECTOR.name]
    if table.empty:
        return ()
    one = read(ResponseQuality, table)[0]
    return (
        line("rq_responses", text.count(one.responses)),
        line("rq_valid", text.count(one.valid)),
        line("rq_flagged", text.count(one.flagged)),
        line("rq_excluded", text.count(one.excluded)),
        line("rq_index", text.number(one.index_0_100)),
        line("rq_index_valid", text.number(one.index_valid_0_100)),
        line("rq_index_all", text.number(one.index_all_0_100)),
    )


def response_rules(own: Tables) -> tuple[RuleRow, ...]:
    """The rules that could judge any response, the most flagged first."""
    table = own[OUT_RESPONSE_QUALITY_BY_RULE.name]
    judged = table[table["checked"] > 0].sort_values("flagged", ascending=False, kind="stable")
    return tuple(
        RuleRow(
            phrases().get(f"rq_rule_{one.rule}", text.same(one.rule)),
            text.count(one.checked),
            text.count(one.flagged),
            f"{100 * one.flagged / one.checked:.1f}%",
        )
        for one in read(JudgedByRule, judged)
    )


def quality_box(own: Tables, spec: ReleaseSpec, instrument: Instrument) -> tuple[Line, ...]:
    """Reliability of the target block, explained variance, fit of the covariance SEM."""
    target = read(Block, of(own[OUT_QUALITY_BY_CONSTRUCT.name], construct=spec.target))[0]
    figures = {"r2": target.r2, "alpha": target.alpha, "rho_c": target.rho_c, "ave": target.ave}
    lines = [line(key, text.number(value, 2)) for key, value in figures.items()]
    return (*lines, *_assessed(own), *_covariance_fit(own, instrument))


def _assessed(own: Tables) -> list[Line]:
    """How well the PLS model holds: residuals, collinearity, prediction; nothing where it was not assessed."""
    paths, items = own[OUT_ASSESSMENT_BY_PATH.name], own[OUT_ASSESSMENT_BY_ITEM.name].dropna(subset=["q2"])
    whole = read(Residuals, own[OUT_ASSESSMENT_BY_SECTOR.name])
    lines = [
        line("pls_srmr", f"{text.number(one.srmr_saturated, 3)} / {text.number(one.srmr_estimated, 3)}")
        for one in whole
    ]
    if len(paths):
        lines.append(line("largest_vif", text.number(float(paths["vif"].max()), 2)))
    if len(items):
        lines.append(line("predicted", f"{(items['q2'] > 0).sum()} / {len(items)}"))
    checked = [one for one in whole if not pd.isna(one.errors_checked)]
    return [*lines, *(line("errors_apart", f"{one.errors_apart} / {one.errors_checked}") for one in checked)]


def weak_blocks(own: Tables, instrument: Instrument) -> Pair:
    """Which blocks miss the usual marks of reliability; warnings, not gates."""
    labels, quality = construct_labels(instrument), read(Block, own[OUT_QUALITY_BY_CONSTRUCT.name])
    weak = [labels[one.construct] for one in quality if one.flags]
    marks = phrase("flags_note", names=text.joined(weak)) if weak else phrase("flags_none")
    target = instrument.construct(instrument.target)
    single = [phrase("flags_single", name=labels[target.id])] if len(target.items) == 1 else []
    return text.sentences([*single, marks, *withheld_constructs(own, instrument)])


def withheld_constructs(own: Tables, instrument: Instrument) -> list[Pair]:
    """A sentence for each item that counts backwards by chance, for which its construct's figures are withheld."""
    constructs, items = construct_labels(instrument), item_labels(instrument)
    return [
        phrase(
            "withheld_note", construct=constructs[one.construct], item=items[one.item],
            weight=text.number(one.weight_std, 2),
            interval=text.interval(one.weight_low, one.weight_high, 2),
        )
        for one in read(Withheld, own[OUT_WITHHELD.name])
    ]  # fmt: skip


def engines(own: Tables, instrument: Instrument, level: str) -> Grid:
    """Every path by PLS, consistent PLS and covariance SEM, standardised, and where they agree. Empty where the
    covariance SEM could not be estimated."""
    labels, table = construct_labels(instrument), own[OUT_ENGINES.name]
    rows = [
        [
            cell(arrow(labels[one.cause], labels[one.effect])),
            cell(text.number(one.pls, 2), text.interval(one.pls_low, one.pls_high, 2)),
            cell(text.number(one.plsc, 2)),
            cell(text.number(one.cbsem, 2), _ends(one.cbsem_low, one.cbsem_high)),
            cell(phrase(f"agree_{one.verdict}"), tone="down" if one.verdict == "opposite" else ""),
        ]
        for one in read(EnginePath, table[table["verdict"] != "no_cbsem"])
    ]
    heads = ("path", "engine_pls", "engine_plsc", "engine_cbsem", "engine_verdict")
    return grid("engines", heads, rows, phrase("engines_note", level=level))


def _ends(low: float, high: float) -> Pair:
    return NOTHING if pd.isna(low) else text.interval(low, high, 2)


def _covariance_fit(own: Tables, instrument: Instrument) -> list[Line]:
    """Fit of the covariance SEM, and what it cannot tell apart."""
    fit = read(CovarianceFit, own[OUT_CBSEM_FIT.name])[0]
    if fit.status != "converged":
        return [line("cbsem_fit", phrase("cbsem_none"))]
    lines = [line("cbsem_fit", " / ".join(text.number(one, 3) for one in (fit.cfi, fit.rmsea, fit.srmr)))]
    if unclear := not_separable(own, instrument):
        lines.append(line("not_separable", text.joined(unclear)))
    return lines
