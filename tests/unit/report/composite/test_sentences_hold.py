"""Sentences over all units, and of one unit, read back in both languages and recomputed from tables drawn at random:
with ties, one score for all, no effect of any choice, and figures that benchmarks cut off."""

from __future__ import annotations

import re

import numpy as np
import pytest

from ncsi.disclosure import publishable_indices
from ncsi.report import text
from ncsi.report.composite import OneIndex, index_pages
from ncsi.report.composite.evidence import input_name
from ncsi.spec.index_plan import index_ids, load_index

KNOWN = ("sampled", "counted", "cut_off", "unknown")
LEVELS = (60, 9, 2, 1, 2, 1)
"""Of each seed: what is known of errors (in turn), and how many scores there are (of nine, two units share one)."""
NAMED = [one for one in index_ids() if load_index(one).definition.named_units]
DRAWN = [(tree, (2 * k + more) % len(LEVELS)) for k, tree in enumerate(NAMED) for more in (0, 1)]
"""Each index, and each seed, more than once."""


def drawn(tables, seed):
    """The tables with other scores, rank sets, errors and effects of choices, which agree with themselves."""
    rng = np.random.default_rng(seed)
    known, levels = KNOWN[seed % len(KNOWN)], LEVELS[seed]
    units = tables["out_composite_by_unit"].copy()
    told = units["score"].notna()
    units.loc[told, "score"] = 40.0 + rng.integers(0, levels, told.sum())
    se = {"counted": 0.0, "sampled": 1.0, "cut_off": 0.0, "unknown": np.nan}[known]
    units = units.assign(se=np.where(told, se, np.nan))
    units = units.assign(low=units["score"] - 2 * units["se"], high=units["score"] + 2 * units["se"])
    nodes = tables["out_composite_node_by_unit"]
    nodes = nodes.assign(value_se={"counted": 0.0, "sampled": 1.0, "cut_off": 1.0, "unknown": np.nan}[known])
    ranks = tables["out_composite_rank_by_unit"].copy()
    score = units.set_index(["year", "version", "unit"])["score"]
    version = tables["out_composites"]["benchmark_version"].iloc[0]
    ranks["score"] = [score[row.year, version, row.unit] for row in ranks.itertuples()]
    own = ranks.groupby("level")["score"]
    first = own.rank(ascending=False, method="min").astype(int)
    last = own.rank(ascending=False, method="max").astype(int)
    spread = 1 if known == "sampled" else 0
    ranks = ranks.assign(
        rank=first,
        rank_low=np.maximum(first - spread, 1),
        rank_high=np.minimum(last + spread, ranks["ranked"]),
        rank_set={"counted": "full_count", "unknown": "no_standard_errors"}.get(known, "computed"),
    )
    if known == "unknown":
        ranks[["rank_low", "rank_high"]] = None
    ranks = ranks.astype({"rank_low": "Int64", "rank_high": "Int64"})
    choices = tables["out_composite_sensitivity"]
    choices = choices.assign(st=rng.choice([0.0, 0.4, 0.4, 0.8], len(choices)) * (seed % 3 > 0))
    return {
        **tables,
        "out_composite_by_unit": units,
        "out_composite_node_by_unit": nodes,
        "out_composite_rank_by_unit": ranks.drop(columns="score"),
        "out_composite_sensitivity": choices,
    }


@pytest.fixture(scope="module", params=DRAWN, ids=lambda one: "-".join(map(str, one)))
def told(request, made_of):
    tree, seed = request.param
    plan, tables, head = made_of(tree)
    tables = drawn(publishable_indices(tables, f"{tree}-2025"), seed)
    return OneIndex(tables, plan.tree.id), index_pages(tables, plan, head)


def _among(one, section):
    own = [
        u for u in one.units.values() if f"by-{u.level.replace('_', '-')}" == section.id and u.unit != "all"
    ]
    return {unit.name: unit.score for unit in own if unit.unit in one.ranks}


def test_first_is_said_of_one_unit_that_no_other_equals(told):
    one, pages = told
    said, scores = pages.bulletin.headline, _among(one, pages.bulletin.sections[0])
    best = [name for name, score in scores.items() if score == max(scores.values())]
    if "scores highest" in said.en or "ranks first" in said.en:
        assert len(best) == 1
        assert said.en.startswith(best[0].en)
        assert said.zh.startswith(best[0].zh)
        rank = next(one.ranks[unit.unit] for unit in one.units.values() if unit.name == best[0])
        assert ("ranks first" in said.en) == (rank.rank_low == rank.rank_high == 1)
        assert ("居首" in said.zh) == ("ranks first" in said.en)
    elif "share the highest" in said.en:
        assert f" {len(best)} share" in said.en
        assert f"{len(best)}个并列最高" in said.zh
        assert len(best) > 1
    else:
        assert re.search(r"rose|fell|within a hundredth|\d{4}$", said.en)


def test_highest_and_lowest_are_those_of_the_table(told):
    one, pages = told
    for section in pages.bulletin.sections:
        scores = _among(one, section)
        said = [f for f in pages.bulletin.findings if f.en.startswith(f"{section.what.en}: ")]
        if len(scores) < 2:
            assert not said
            continue
        (words,) = said
        top, bottom = max(scores.values()), min(scores.values())
        high, low = ([name for name, score in scores.items() if score == end] for end in (top, bottom))
        if top == bottom:
            assert f"all {len(scores)} have one score, {text.number(top)}" in words.en
            assert "相同" in words.zh
        elif len(high) > 1 or len(low) > 1:
            assert f"{text.number(top)} ({len(high)} of {len(scores)})" in words.en
            assert f"lowest {text.number(bottom)} ({len(low)} of {len(scores)})" in words.en
            assert f"{len(high)}个" in words.zh
            assert f"（{len(low)}个）" in words.zh
        else:
            assert f"{high[0].en} ({text.number(top)}" in words.en.split("scores highest")[0]
            assert f"{low[0].en} ({text.number(bottom)}" in words.en.split("scores highest")[1]
            assert words.zh.index(high[0].zh) < words.zh.index("最高")


def test_the_choice_that_matters_most_is_that_of_the_table(told):
    one, pages = told
    frame = one.frame("out_composite_sensitivity")
    frame = frame[frame["design"] == "exact"]
    said = [f for f in pages.bulletin.findings if f.en.startswith("Under other reasonable methods")]
    assert len(said) == (0 if frame.empty else 1)
    for words in said:
        first = frame.loc[(frame["st"] == frame["st"].max()) & (frame["st"] > 0), "input"]
        named = {
            name for name in frame["input"] if input_name(name).en in words.en.partition("matters most")[2]
        }
        assert named == set(first)
        assert ("whichever" in words.en) == ("与选择哪种方法无关" in words.zh) == first.empty


def test_counted_in_full_is_said_only_where_no_figure_has_an_error(told):
    one, pages = told
    units = {unit.unit.replace("/", "--"): unit for unit in one.units.values()}
    for page in pages.notices:
        own = units[page.unit]
        counted = own.se == 0 and all(
            part.value_se == 0
            for (unit, _), part in one.parts.items()
            if unit == own.unit and part.value == part.value
        )
        findings = " ".join(found.en + found.zh for found in page.findings)
        strip = "" if page.rank_set is None else page.rank_set.note.en + page.rank_set.note.zh
        ranked = own.unit in one.ranks
        for words in (findings, strip):
            assert ("counted in full" in words) == ("全面统计" in words) == (counted and ranked)
    for section in pages.bulletin.sections:
        sets = {
            one.ranks[u.unit].rank_set
            for u in one.units.values()
            if u.name in _among(one, section) and u.unit in one.ranks
        }
        assert (
            ("counted in full" in section.note.en)
            == ("全面统计" in section.note.zh)
            == (sets == {"full_count"})
        )
