"""An index from figures to every one of its result tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from ncsi.errors import CompositeError
from ncsi.ingest.figures import Figures
from ncsi.results.declared import stamp
from ncsi.results.indices.counted import counted_rows
from ncsi.results.indices.definition import benchmark_rows, check_rows, node_rows
from ncsi.results.indices.judged import band_rows, class_rows, group_rows
from ncsi.results.indices.maturity import Rated, rated
from ncsi.results.indices.over_time import compared_years, movers_rows, series_rows
from ncsi.results.indices.sampling import Sampling, errors_of, sampled
from ncsi.results.indices.scoring import WHOLE, ByCode, Joint, Run, Scored, compared_units, scored_years
from ncsi.results.indices.tested import COLUMNS, TESTABLE, change_rows, mean_rows
from ncsi.results.indices.trust import diagnostic_rows, methods, with_sampling
from ncsi.results.indices.units import changed_rows, node_rows_of_units, rank_rows, unit_rows
from ncsi.spec.index_plan import IndexPlan
from ncsi.tables import (
    COMPOSITE_TABLES,
    CORE_PUBLISHED_BY_UNIT,
    OUT_COMPOSITE_AGREEMENT,
    OUT_COMPOSITE_BAND_BY_UNIT,
    OUT_COMPOSITE_BENCHMARKS,
    OUT_COMPOSITE_BY_GROUP,
    OUT_COMPOSITE_BY_UNIT,
    OUT_COMPOSITE_CHANGED_CELLS,
    OUT_COMPOSITE_CHECKS,
    OUT_COMPOSITE_CLASS_BY_UNIT,
    OUT_COMPOSITE_DIAGNOSTICS,
    OUT_COMPOSITE_LEVEL_BY_UNIT,
    OUT_COMPOSITE_MOVERS,
    OUT_COMPOSITE_NODE_BY_UNIT,
    OUT_COMPOSITE_NODES,
    OUT_COMPOSITE_RANK_BY_UNIT,
    OUT_COMPOSITE_SENSITIVITY,
    OUT_COMPOSITE_SERIES,
    OUT_COMPOSITE_TESTS,
    OUT_COMPOSITE_VETO_BY_UNIT,
    OUT_COMPOSITES,
    TABLES,
)

Frames = dict[str, pd.DataFrame]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of an index: the release that its rows belong to, the year to publish (None: the latest of the
    figures), the level of intervals and rank sets, the seed of what is drawn."""

    release: str
    year: int | None = None
    level: float = 0.95
    seed: int = 1


def index_tables(plan: IndexPlan, figures: Figures, asked: Asked, joint: Joint | None = None) -> Frames:
    """Every table of an index, by name, with all declared columns, among them core_published_by_unit, which is not
    public. Years after the one asked for are left out.

    `joint`: joint replicates of survey figures.

    Raises CompositeError for a year without figures, and what the engine raises; InputError for levels that are none.
    """
    years = sorted(int(year) for year in figures.units["year"].unique())
    year = years[-1] if asked.year is None else asked.year
    if year not in years:
        known = ", ".join(map(str, years))
        raise CompositeError(figures.name, f"it has no figures of {year}", f"Its years are: {known}")
    figures = figures.until(year)
    ratings = rated(plan, figures) if plan.definition.kind == "maturity" else None
    values = figures.values.drop(columns="rater") if ratings is None else ratings.values
    run = scored_years(plan, figures, values)
    versions = [version for at, version in run if at == year]
    now = run[year, versions[-1]]
    joint = joint or Joint({})
    drawn = joint.by_year.get(year)
    sampling = sampled(now, plan, asked.seed, drawn)
    tables = _of_the_year(plan, figures, now, asked, sampling, drawn) | _of_ratings(ratings, year)
    before = [run[year, version] for version in versions[:-1]]
    ends = _ends(now)
    tables[OUT_COMPOSITE_BY_UNIT.name] = _joined(
        [*(unit_rows(one, None, asked.level, ends) for one in before), tables[OUT_COMPOSITE_BY_UNIT.name]]
    )
    tables |= {
        OUT_COMPOSITE_NODE_BY_UNIT.name: _joined(
            [
                *(node_rows_of_units(one, None, asked.level, ends) for one in before),
                node_rows_of_units(now, sampling, asked.level, ends),
            ]
        ),
        OUT_COMPOSITE_TESTS.name: _tests(plan, run, now, sampling, asked, joint),
        OUT_COMPOSITE_CHANGED_CELLS.name: _joined([changed_rows(one) for one in (*before, now)]),
        OUT_COMPOSITES.name: _about(plan, figures, now, years, asked, joint),
        OUT_COMPOSITE_NODES.name: node_rows(plan),
        OUT_COMPOSITE_BENCHMARKS.name: benchmark_rows(plan),
        OUT_COMPOSITE_CHECKS.name: check_rows(plan),
        OUT_COMPOSITE_SERIES.name: series_rows(run, plan),
        OUT_COMPOSITE_MOVERS.name: movers_rows(run, plan, year),
        CORE_PUBLISHED_BY_UNIT.name: counted_rows(plan, figures, now),
    }
    names = (*COMPOSITE_TABLES, CORE_PUBLISHED_BY_UNIT.name)
    return {name: _stamped(name, tables[name], asked, plan) for name in names}


def _of_the_year(
    plan: IndexPlan,
    figures: Figures,
    now: Scored,
    asked: Asked,
    sampling: Sampling,
    replicates: ByCode | None,
) -> Frames:
    """What is said of the published year by the version in force."""
    ways, both = methods(now, plan), with_sampling(now, plan, asked.seed, replicates)
    sensitivity = [one.table for one in (ways, both) if one is not None]
    classes, vetoes = class_rows(now, plan, figures)
    units = unit_rows(now, sampling, asked.level, _ends(now))
    return {
        OUT_COMPOSITE_BY_UNIT.name: units,
        OUT_COMPOSITE_RANK_BY_UNIT.name: rank_rows(
            now, plan, sampling, ways.runs if ways else None, both.ranks if both else None, asked.level
        ),
        OUT_COMPOSITE_BY_GROUP.name: group_rows(now, plan),
        OUT_COMPOSITE_BAND_BY_UNIT.name: band_rows(now, plan, units),
        OUT_COMPOSITE_CLASS_BY_UNIT.name: classes,
        OUT_COMPOSITE_VETO_BY_UNIT.name: vetoes,
        OUT_COMPOSITE_DIAGNOSTICS.name: diagnostic_rows(now, plan),
        OUT_COMPOSITE_SENSITIVITY.name: _joined([*sensitivity, _empty(OUT_COMPOSITE_SENSITIVITY.name)]),
    }


def _tests(
    plan: IndexPlan, run: Run, now: Scored, sampling: Sampling, asked: Asked, joint: Joint
) -> pd.DataFrame:
    """Differences from the mean of the units, and from the year before where that year's errors are known too; none
    where errors of one questionnaire were taken as independent, which would call too many differences significant."""
    if errors_of(now, joint) not in TESTABLE:
        return pd.DataFrame(columns=COLUMNS)
    parts = []
    if WHOLE not in set(now.levels):
        reference = group_rows(now, plan).query("dimension == 'all'").set_index("node")["score"]
        mean = reference.reindex(list(now.fit.structure.codes)).to_numpy(dtype=float)
        parts.append(mean_rows(now, sampling, plan, mean, asked.level))
    pair = compared_years(run, now.year)
    if pair is not None and pair[1] is now and errors_of(pair[0], joint, latest=False) in TESTABLE:
        then = sampled(pair[0], plan, asked.seed + 1, joint.by_year.get(pair[0].year))
        parts.append(change_rows(now, pair[0], sampling, then, asked.level))
    return _joined([*parts, pd.DataFrame(columns=COLUMNS)])


def _of_ratings(ratings: Rated | None, year: int) -> Frames:
    levels, agreement = OUT_COMPOSITE_LEVEL_BY_UNIT.name, OUT_COMPOSITE_AGREEMENT.name
    if ratings is None:
        return {name: _empty(name) for name in (levels, agreement)}
    found = {levels: ratings.levels, agreement: ratings.agreement}
    return {name: rows[rows["year"] == year] for name, rows in found.items()}


def _about(
    plan: IndexPlan, figures: Figures, now: Scored, years: list[int], asked: Asked, joint: Joint
) -> pd.DataFrame:
    tree, definition = plan.tree, plan.definition
    method = now.fit.choices
    low, high = _ends(now)
    row: dict[str, Any] = {
        "label_zh": tree.label.zh, "label_en": tree.label.en, "version": tree.version, "kind": definition.kind,
        "about_zh": definition.about.zh, "about_en": definition.about.en, "unit_zh": definition.units.zh,
        "unit_one": definition.units.one, "unit_many": definition.units.plural, "year": now.year,
        "first_year": years[0], "units": len(compared_units(now, plan)), "indicators": len(tree.leaves),
        "root": tree.root.code, "scale_low": low, "scale_high": high, "normalise": method.normalise.method,
        "aggregate": method.means[-1].form, "benchmark_version": tree.benchmark_version or "",
        "named_units": definition.named_units, "illustrative": plan.illustrative, "level": asked.level,
        "source_name": figures.name, "source_sha256": figures.sha256, "source_rows": figures.rows,
        "replicates_name": joint.name, "replicates_sha256": joint.sha256, "errors": errors_of(now, joint),
    }  # fmt: skip
    return pd.DataFrame([row])


def _ends(now: Scored) -> tuple[float, float]:
    """The scores that the index lies between; of scores without bounds, the lowest and the highest there are."""
    choice = now.fit.choices.normalise
    if choice.to is not None and choice.method != "z":
        return choice.to
    scores = now.index.dropna()
    return (float(scores.min()), float(scores.max())) if len(scores) else (0.0, 0.0)


def _joined(parts: list[pd.DataFrame]) -> pd.DataFrame:
    some = [one for one in parts if len(one)]
    return pd.concat(some, ignore_index=True) if some else parts[-1]


def _empty(name: str) -> pd.DataFrame:
    return pd.DataFrame(columns=[one for one in TABLES[name].names if one not in ("wave", "tree")])


def _stamped(name: str, frame: pd.DataFrame, asked: Asked, plan: IndexPlan) -> pd.DataFrame:
    return stamp(name, frame.reset_index(drop=True), wave=asked.release, tree=plan.tree.id)
