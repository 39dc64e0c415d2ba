"""Pages of an index whose errors are known jointly: what is marked, bold or said is what the tables tested."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ncsi.disclosure import publishable_indices
from ncsi.ingest.figures import Figures, read_figures
from ncsi.report import Provenance, text
from ncsi.report.bundle import Cover
from ncsi.report.composite import OneIndex, heading_of, index_pages
from ncsi.report.composite.rows import BEFORE, MEAN
from ncsi.results.indices import Asked, Joint, index_tables
from ncsi.simulate.indices import example_figures
from ncsi.spec import Label
from ncsi.spec.index_plan import load_index

CITIES, DRAWS = 9, 600


def _head() -> Any:
    label = Label(zh="甲", en="A")
    cover = Cover("x", label, label, label, date(2026, 1, 2), "R", True, (), (), b"")
    return heading_of(cover, Provenance("R", {}, {}, {}, 1, DRAWS, b""), 0.95)


def _joint(figures: Figures, year: int, seed: int) -> dict[str, pd.DataFrame]:
    """Replicates of a year whose errors share half of their variance within a city."""
    own = figures.values[(figures.values["year"] == year) & figures.values["value"].notna()]
    value, se = (own.pivot(index="unit", columns="indicator", values=one) for one in ("value", "se"))
    stream = np.random.default_rng(seed)
    shared = stream.standard_normal((DRAWS, len(value)))
    found = {}
    for code in value.columns:
        errors = np.sqrt(0.5) * (shared + stream.standard_normal(shared.shape))
        errors = (errors - errors.mean(axis=0)) / errors.std(axis=0, ddof=1)
        found[str(code)] = pd.DataFrame(
            value[code].to_numpy() + se[code].to_numpy() * errors, columns=list(value.index)
        )
    return found


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Any:
    plan = load_index("public_service")
    rows = example_figures(plan, seed=3).figures
    rows = rows[rows["城市"].isin(list(dict.fromkeys(rows["城市"]))[:CITIES])]
    path = tmp_path_factory.mktemp("figures") / "figures.csv"
    rows.to_csv(path, index=False)
    figures = read_figures(path, plan)
    joint = Joint({year: _joint(figures, year, year) for year in (2024, 2025)})
    made = index_tables(plan, figures, Asked("public_service-2025"), joint)
    tables = publishable_indices(made, "public_service-2025")
    head = _head()
    one = OneIndex(tables, plan.tree.id)
    return one, index_pages(tables, plan, head)


def test_errors_are_joint_and_differences_tested(told: Any) -> None:
    one, _ = told
    assert one.about.errors == "joint"
    assert {against for *_, against in one.tests} == {BEFORE, MEAN}
    verdicts = {test.verdict for test in one.tests.values()}
    assert verdicts == {"higher", "lower", "no_significant_difference"}


def test_marks_of_a_notice_are_the_verdicts(told: Any) -> None:
    one, pages = told
    for page in pages.notices:
        for row in page.parts:
            change, gap = (one.tests.get((page.unit, row.id, against)) for against in (BEFORE, MEAN))
            assert row.star == (change.mark if change else "")
            assert row.difference.endswith(("▲", "▼")) == bool(gap and gap.mark)
            part = one.parts[page.unit, row.id]
            assert row.interval == text.interval(part.low, part.high)
            assert row.x_low <= row.x <= row.x_high
        assert [row.x for row in page.parts] == sorted((row.x for row in page.parts), reverse=True)
        (grid,) = page.grids
        assert len(grid.rows) == 54


def test_sentences_of_a_notice_are_what_was_tested(told: Any) -> None:
    one, pages = told
    said = {"rose": 0, "fell": 0, "level": 0}
    for page in pages.notices:
        words = " ".join(found.en for found in page.findings)
        zh = "".join(found.zh for found in page.findings)
        index = one.tests[page.unit, one.about.root, BEFORE]
        key = {"higher": "rose", "lower": "fell"}.get(index.verdict, "level")
        said[key] += 1
        assert ("It rose by" in words) == (key == "rose")
        assert ("a significant fall" in words) == (key == "fell")
        assert ("which is not significant" in words) == (key == "level")
        assert ("差异不具统计显著性" in zh) == (key == "level")
        below = [
            node.name.en
            for node in one.nodes.values()
            if node.depth == 1 and one.tests[page.unit, node.node, MEAN].verdict == "lower"
        ]
        sentence = next((f.en for f in page.findings if f.en.startswith("Parts significantly below")), "")
        assert all(name in sentence for name in below)
        assert bool(below) == bool(sentence)
        if page.action.en:
            name = page.action_text.en.partition(":")[0]
            codes = [n.node for n in one.nodes.values() if n.indicator and n.name.en == name]
            assert any(one.tests[page.unit, code, MEAN].verdict == "lower" for code in codes)
    assert said["rose"] + said["fell"] > 0
    assert said["level"] > 0


def test_the_line_is_reached_only_by_the_whole_interval(told: Any) -> None:
    one, pages = told
    for page in pages.notices:
        own, words = one.units[page.unit], " ".join(found.en for found in page.findings)
        assert ("is not below 80 points" in words) == (own.low >= 80)
        assert ("does not reach the line" in words) == (own.high < 80)
        assert ("lies across 80 points" in words) == (own.low < 80 <= own.high)
        assert (page.band.zh == "满意") == ("达到“满意”" in page.headline.zh) == (own.low >= 80)
        assert page.headline.zh.startswith("未达到80分") == (own.high < 80)
        assert page.has_cut
        assert page.cut == 80
    sure = sum(one.units[page.unit].low >= 80 for page in pages.notices)
    (bands,) = [found for found in pages.bulletin.findings if "lower end of the interval" in found.en]
    assert f", {sure} have a lower end" in bands.en


def test_every_score_of_the_heat_table_is_printed_on_the_tint_of_its_size(told: Any) -> None:
    one, pages = told
    (heat,) = pages.bulletin.heats
    fields = [node.node for node in one.nodes.values() if node.depth == 1]
    assert len(heat.heads) == len(fields) == 12
    by_name = {unit.name: unit for unit in one.units.values()}
    indices = [by_name[row.name].score for row in heat.rows]
    assert indices == sorted(indices, reverse=True)
    for row in heat.rows:
        unit = by_name[row.name].unit
        for field, cell in zip(fields, row.cells, strict=True):
            part, test = one.parts[unit, field], one.tests[unit, field, MEAN]
            low, high = heat.steps[cell.step].scores.split("–")
            assert cell.value == text.number(part.score)
            assert float(low) <= part.score <= float(high)
            assert (cell.mark, cell.tone) == (test.mark, test.tone)
            assert cell.bold == (part.low >= 80)


def test_without_joint_replicates_nothing_is_tested_and_that_is_said(told: Any, tmp_path: Any) -> None:
    plan = load_index("public_service")
    rows = example_figures(plan, seed=3).figures
    path = tmp_path / "figures.csv"
    rows[rows["城市"].isin(list(dict.fromkeys(rows["城市"]))[:6])].to_csv(path, index=False)
    made = index_tables(plan, read_figures(path, plan), Asked("x"))
    assert made["out_composites"]["errors"].tolist() == ["independent"]
    assert made["out_composite_tests_by_unit"].empty
    pages = index_pages(publishable_indices(made, "x"), plan, _head())
    words = " ".join(found.en for found in pages.bulletin.findings)
    assert "taken as independent" in words
    assert "were not tested" in words
    assert not any(cell.mark for row in pages.bulletin.heats[0].rows for cell in row.cells)
