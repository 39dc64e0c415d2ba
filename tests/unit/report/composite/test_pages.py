"""Bulletin and notices of every shipped index: drawn from its tables, saying only what those bear out."""

from __future__ import annotations

import math
import re

import pytest

from ncsi.disclosure import publishable_indices
from ncsi.report.composite import OneIndex, index_pages, notice
from ncsi.report.composite.rows import MEAN
from ncsi.report.embeds import framed_pages
from ncsi.report.html import page
from ncsi.report.text import number
from ncsi.report.woff import require_glyphs
from ncsi.spec.index_plan import index_ids

TREES = index_ids()


@pytest.fixture(scope="module", params=TREES)
def made(request, made_of):
    """An index's plan, all its tables, those that may be published, and its heading."""
    plan, tables, head = made_of(request.param)
    return plan, tables, publishable_indices(tables, f"{plan.tree.id}-2025"), head


@pytest.fixture(scope="module")
def pages(made):
    plan, _, shown, head = made
    return index_pages(shown, plan, head)


def test_every_page_is_drawn_in_html_with_glyphs_for_all_its_texts(pages):
    require_glyphs(pages.texts)
    html = (
        page("composite.html.j2", pages.bulletin, {"trend": None}, "") if pages.bulletin.trend is None else ""
    )
    for one in pages.notices[:2]:
        html += page("composite_unit.html.j2", one, {}, "")
    assert (
        "nan"
        not in re.sub(r"<style>.*?</style>|<script.*?</script>", "", html, flags=re.DOTALL).lower().split()
    )


def test_only_units_that_are_published_by_name_have_a_notice(made, pages):
    plan, _, shown, _ = made
    units = OneIndex(shown, plan.tree.id).units
    named = {one.unit.replace("/", "--") for one in units.values() if one.shown and one.unit != "all"}
    assert {one.unit for one in pages.notices} == {one for one in named if "--" not in one}
    assert bool(pages.notices) == plan.definition.named_units


def test_every_chart_of_a_notice_has_a_page_to_be_framed(pages):
    for one in pages.notices[:1]:
        place = f"units/{one.unit}.html"
        made = page("composite_unit.html.j2", one, {}, "", place)
        framed = dict(framed_pages(place, made, one))
        asked = re.findall(r'data-embed="\.\./([^"]+)"', made)
        assert asked == [*framed]
        assert f"embed/units-{one.unit}-parts.html" in framed
        for told in framed.values():
            assert f'href="../{place}#chart-' in told
            assert one.mark.zh in told


def test_links_of_a_ranking_lead_to_its_notices(pages):
    linked = {row.href for section in pages.bulletin.sections for row in section.rows if row.href}
    assert linked == {f"units/{one.unit}.html" for one in pages.notices}


def test_a_rank_set_is_told_where_sampling_error_is_known_and_only_there(made, pages):
    plan, _, shown, _ = made
    one = OneIndex(shown, plan.tree.id)
    for section in pages.bulletin.sections:
        units = [unit for unit in one.units.values() if f"by-{unit.level.replace('_', '-')}" == section.id]
        sampled = any(unit.se > 0 for unit in units)
        assert section.ranked == (sampled and any(row.rank_set != "—" for row in section.rows))
    for told in pages.notices[:5]:
        strip = told.rank_set
        unit = next(u for u in one.units.values() if u.unit.replace("/", "--") == told.unit)
        assert strip is None or strip.given == (unit.se > 0)
        assert told.robust is None or told.robust.title.zh != (strip.title.zh if strip else "")


def test_ranks_stand_in_the_order_of_the_scores(pages):
    for section in pages.bulletin.sections:
        shown = [row for row in section.rows if row.place is not None]
        assert [row.place for row in shown] == sorted(row.place for row in shown)
        scores = [row.x for row in shown]
        assert scores == sorted(scores, reverse=True)
        assert all(row.rank == "—" and not row.shown for row in section.rows if row.place is None)


def test_the_scores_of_a_notice_are_those_of_the_table(made, pages):
    plan, _, shown, _ = made
    frame = shown["out_composite_node_by_unit"]
    about = shown["out_composites"].iloc[0]
    frame = frame[(frame["year"] == about["year"]) & (frame["version"] == about["benchmark_version"])]
    for one in pages.notices[:3]:
        own = frame[frame["unit"].str.replace("/", "--") == one.unit].set_index("node")["score"]
        listed = [grid for grid in one.grids if grid.id == "composite-indicators"]
        assert bool(listed) == (len(plan.tree.leaves) > 30), "a long tree has its indicators in a table"
        drawn = set(plan.tree.children) if listed else set(own.index)
        assert {row.id: row.value for row in one.parts} == {
            node: number(score) for node, score in own.items() if node in drawn - {plan.tree.root.code}
        }
        for grid in listed:
            values = [row[2].text.zh for row in grid.rows]
            assert sorted(values) == sorted(number(own[node.code]) for node in plan.tree.leaves)


def test_a_difference_is_that_of_its_two_scores(pages):
    for one in pages.notices[:3]:
        for row in one.parts:
            if row.shown and row.x_reference is not None:
                told = float(row.difference.rstrip("▲▼").replace("−", "-"))
                assert math.isclose(told, row.x - row.x_reference, abs_tol=0.05 + 1e-9)


def test_what_to_look_at_first_is_the_largest_weighted_shortfall(made, pages):
    plan, _, shown, _ = made
    one = OneIndex(shown, plan.tree.id)
    for told in pages.notices[:5]:
        loss = {
            node: (part.score - one.reference[node]) * one.nodes[node].weight_global
            for (unit, node), part in one.parts.items()
            if unit.replace("/", "--") == told.unit and one.nodes[node].indicator and node in one.reference
        }
        low = {node for (unit, node, against), test in one.tests.items() if against == MEAN
               and unit.replace("/", "--") == told.unit and test.verdict == "lower"}  # fmt: skip
        short = {code: value for code, value in loss.items() if value < 0 and (code in low or not one.tests)}
        if one.tests:
            assert bool(told.action.zh) == bool(short), "where differences are tested, only a significant one"
        if told.action.zh:
            first = min(short, key=short.__getitem__)
            assert one.nodes[first].label_zh in told.action_text.zh
            assert one.nodes[first].label_en in told.action_text.en


def test_a_firm_that_is_not_published_by_name_still_gets_its_own_notice(made):
    plan, tables, _, head = made
    if plan.definition.named_units:
        pytest.skip("its units are published by name")
    one = OneIndex(tables, plan.tree.id)
    unit = next(u.unit for u in one.units.values() if u.unit != "all" and u.shown)
    told = notice(one, plan, unit, head)
    assert told.value == number(one.units[unit].score)
    assert [g.id for g in told.grids] == (["composite-levels"] if plan.definition.kind == "maturity" else [])


def test_a_rise_or_fall_is_called_one_only_where_nothing_is_sampled(made, pages):
    plan, _, shown, _ = made
    units = {one.unit.replace("/", "--"): one for one in OneIndex(shown, plan.tree.id).units.values()}
    for told in pages.notices:
        words = " ".join([told.headline.en, *(one.en for one in told.findings)])
        if units[told.unit].se != 0:
            assert not re.search(r"\b(Up|Down) \d|Within a hundredth", words)
            assert "neither a rise nor a fall" in words or "differs from" not in words
        else:
            assert "neither a rise" not in words


def test_what_is_illustrative_says_so(made, pages):
    plan, *_ = made
    told = any("示意" in one.zh for one in pages.bulletin.findings)
    assert told == plan.illustrative
    assert pages.bulletin.synthetic


def test_pages_inside_a_wave_lead_back_to_its_data(made):
    plan, _, shown, head = made
    found = index_pages(shown, plan, head, f"indices/{plan.tree.id}")
    assert found.bulletin.up == "../../"
    assert all(one.up == "../../../" for one in found.notices)
    assert 'href="../../data/release.xlsx"' in page("composite.html.j2", found.bulletin, _drawn(found), "")


def _drawn(found):
    from ncsi.report.figures import small_trend, trend

    told, level = found.bulletin.trend, found.bulletin.level
    return {} if told is None else {"trend": trend(told, level), "narrow_trend": small_trend(told, level)}


def test_a_year_scored_by_two_versions_is_a_break(made, pages):
    plan, _, shown, _ = made
    told = pages.bulletin.trend
    splices = [g for g in pages.bulletin.grids if g.id == "composite-splices"]
    series = shown["out_composite_series"]
    whole = series[(series["unit"] == "all") & (series["node"] == plan.tree.root.code)]
    assert bool(splices) == bool(whole["splice"].any())
    if told is not None:
        assert sum(point.broken for point in told.points) == whole["version"].nunique() - 1


def test_a_unit_with_too_little_data_has_a_row_and_no_figure(made, pages):
    plan, _, shown, head = made
    units = shown["out_composite_by_unit"].copy()
    if not plan.definition.named_units:
        pytest.skip("its units are not published by name")
    first = units.index[units["unit"] != "all"][0]
    units.loc[first, ["score", "se", "low", "high"]] = float("nan")
    units.loc[first, "status"] = "insufficient_data"
    ranks = shown["out_composite_rank_by_unit"]
    ranks = ranks[ranks["unit"] != units.loc[first, "unit"]]
    found = index_pages(
        {**shown, "out_composite_by_unit": units, "out_composite_rank_by_unit": ranks}, plan, head
    )
    rows = [row for section in found.bulletin.sections for row in section.rows if not row.shown]
    before = [row for section in pages.bulletin.sections for row in section.rows if not row.shown]
    assert len(rows) == len(before) + 1
    assert {(row.note.zh, row.href, row.rank) for row in rows} == {("数据不足", "", "—")}
    assert len(found.notices) == len(pages.notices) - 1
    assert any("数据不足" in one.zh for one in found.bulletin.findings)


def test_a_single_unit_has_a_score_and_no_mean(made_of):
    plan, tables, head = made_of("quality_credit")
    shown = publishable_indices(tables, "quality_credit-2025")

    def told(frames):
        return [one.en for one in index_pages(frames, plan, head).bulletin.findings if "mean score" in one.en]

    assert len(told(shown)) == 1
    first = shown["out_composite_by_unit"]["unit"].iloc[0]
    alone = {
        name: frame[frame["unit"] == first] if "unit" in frame else frame for name, frame in shown.items()
    }
    assert told({**alone, "out_composites": shown["out_composites"].assign(units=1)}) == []
