"""The report on the state of quality: parts of a release brought together, each sentence from its tables."""

from __future__ import annotations

import dataclasses

import pytest

from ncsi.disclosure import publishable_measures
from ncsi.report import content
from ncsi.report.content.heading import heading
from ncsi.report.measures.complaints import complaints_pages
from ncsi.report.result_rows import of
from ncsi.report.situation import situation
from ncsi.spec.measures import load_measure
from ncsi.tables import OUT_CHANGES


@pytest.fixture(scope="module")
def complaints(tmp_path_factory, spec):
    """Disclosed tables of the example, and their page."""
    from ncsi.spec import Workspace
    from ncsi.spec.settings import Settings
    from ncsi.stages.measures import kind_of
    from ncsi.stages.measuring import MeasureRequest, computed

    root = tmp_path_factory.mktemp("measure")
    plan = load_measure("express_complaints")
    kind_of(plan).example(plan, 1).to_csv(root / "c.csv", index=False)
    workspace = Workspace(root, Settings(spec="ncsi/workspace/1"))
    *_, made = computed(MeasureRequest(workspace, plan, root / "c.csv"), spec.wave.id)
    tables = publishable_measures(made, spec.wave.id)
    return tables, complaints_pages(tables, plan, heading(spec), "measures/express_complaints").main


def words_of(grid):
    return [[one.text.en for one in row] for row in grid.rows]


def test_a_wave_that_measures_its_index_alone_has_no_such_report(tables, spec):
    assert situation(tables, spec, content.national(tables, spec), [], []) is None


def test_every_part_is_told_with_its_figure_and_its_page(tables, spec, complaints):
    own, page = complaints
    national = content.national(tables, spec)
    made = situation({**tables, **own}, spec, national, [], [page])
    overview = made.grids[0]
    assert [row[0].href for row in overview.rows] == ["index.html", "measures/express_complaints/index.html"]
    assert [row[2].text.en for row in overview.rows] == [national.value, page.value]
    assert [row[2].small for row in overview.rows] == [national.interval, page.interval]
    assert (made.file, made.pdf) == ("situation", "situation")


def test_sectors_are_counted_as_the_table_of_changes_has_them(tables, spec, complaints):
    own, page = complaints
    changes = tables[OUT_CHANGES.name]
    at = changes.index[(changes["level"] == "sector") & (changes["construct"] == spec.target)][:4]
    moved = changes.assign(verdict=changes["verdict"].mask(changes.index.isin(at[:1]), "rose"))
    moved["verdict"] = moved["verdict"].mask(moved.index.isin(at[1:3]), "fell")
    tables = {**tables, OUT_CHANGES.name: moved}
    made = situation({**tables, **own}, spec, content.national(tables, spec), [], [page])
    verdicts = list(of(tables[OUT_CHANGES.name], level="sector", construct=spec.target)["verdict"])
    up, down = verdicts.count("rose"), verdicts.count("fell")
    compared = len(verdicts) - verdicts.count("trend_break")
    assert (up, down) == (1, 2)
    assert compared > 3
    told = [line for grid in made.grids for row in words_of(grid) for line in row]
    assert (
        f"Of {compared} sectors, {up} rose and {down} fell significantly (Holm's correction; table below)."
        in told
    )
    assert (
        f"Of {compared} sectors, the changes of {compared - up - down} are undecided by Holm's correction."
        in told
    )
    assert len(made.sections[0].rows) == up + down


def test_what_is_undecided_of_a_measure_stands_there_and_not_among_the_changes(tables, spec, complaints):
    own, page = complaints
    undecided = dataclasses.replace(page, changed=(), undecided=(page.headline,))
    made = situation({**tables, **own}, spec, content.national(tables, spec), [], [undecided])
    grids = {grid.id: words_of(grid) for grid in made.grids}
    assert [page.title.en, page.headline.en] in grids["situation-undecided"]
    assert page.headline.en not in [one.en for one in made.findings]
