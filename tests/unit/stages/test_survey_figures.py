"""A wave's own survey feeds an index: shown figures alone, with the joint errors of its respondents."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from ncsi.cli.main import cli
from ncsi.engine import InOrder
from ncsi.errors import CompositeError, PublicationError, SpecError
from ncsi.ingest.figures import FigureFaults, Figures, with_survey
from ncsi.report.verify import verify_release
from ncsi.results.indices import Joint
from ncsi.simulate.cities import SECTOR, TREE, write_city_workspace
from ncsi.spec import open_workspace, schemas_root
from ncsi.spec.index_plan import load_index
from ncsi.spec.plan import WavePlan, load_plan
from ncsi.spec.wave import SurveyIndicator
from ncsi.stages import survey_figures
from ncsi.stages.collect import collect_file
from ncsi.stages.estimate import estimate_sector
from ncsi.stages.estimated_sectors import store_results, store_rows
from ncsi.stages.index_request import figures_of, wave_requests
from ncsi.stages.indices import compute_wave_indices
from ncsi.stages.source_files import sources_of
from ncsi.stages.survey_figures import asked_of, of_wave
from ncsi.store import Store


@pytest.fixture(scope="module")
def estimated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six cities in two years, the last of them too small to be published, and of each field two questions."""
    root = tmp_path_factory.mktemp("cities")
    write_city_workspace(root, cities=6, respondents=150, replicates=512)
    _of_two_questions_a_field(root)
    workspace = open_workspace(root)
    before, now = (load_plan(workspace, wave) for wave in workspace.wave_ids())
    for source in sources_of(workspace, before.wave.id):
        collect_file(before, source)
    _estimated_again(before)
    compute_wave_indices(before)
    engine = InOrder()
    engine.collect(now, sources_of(workspace, now.wave.id))
    engine.estimate(now)
    return root


def _of_two_questions_a_field(root: Path) -> None:
    """The index of this workspace, whose tree has 24 of 54 indicators."""

    def few(code: str) -> bool:
        return code[-1] not in "3456789"

    for folder in ("trees", "indices"):
        spec = yaml.safe_load((schemas_root() / folder / f"{TREE}.yaml").read_text(encoding="utf-8"))
        if folder == "trees":
            spec["nodes"] = [one for one in spec["nodes"] if few(one["code"])]
        else:
            for key in ("indicators", "origins"):
                spec[key] = {code: one for code, one in spec[key].items() if few(code)}
        (root / folder).mkdir()
        (root / folder / f"{TREE}.yaml").write_text(
            yaml.safe_dump(spec, allow_unicode=True), encoding="utf-8"
        )


def _estimated_again(plan: WavePlan) -> None:
    """The survey alone, without a nation or an index."""
    store = Store.open(plan.workspace.warehouse)
    store_results(store, plan.wave.id, [store_rows(store, estimate_sector(store, plan, SECTOR, "run"))])


@pytest.fixture(scope="module")
def supplied(estimated: Path) -> tuple[Figures, Joint]:
    """The figures of the index and their replicates, as they are read from file and survey."""
    (request,) = wave_requests(_plan(estimated))
    return figures_of(request)


@pytest.fixture
def cities(estimated: Path, tmp_path: Path) -> Path:
    """A copy that a test may change."""
    return Path(shutil.copytree(estimated, tmp_path / "own"))


def _plan(root: Path, wave: str = "2026") -> WavePlan:
    return load_plan(open_workspace(root), wave)


def _read(root: Path, name: str) -> pd.DataFrame:
    return Store.open(root / "warehouse").read(name, wave="2026")


def _changed(root: Path, **keys: Any) -> WavePlan:
    path = root / "waves" / "2026.yaml"
    spec = yaml.safe_load(path.read_text(encoding="utf-8"))
    path.write_text(yaml.safe_dump(spec | keys, allow_unicode=True), encoding="utf-8")
    return _plan(root)


def test_the_index_is_made_of_the_means_that_are_published(estimated: Path) -> None:
    parts, means = _read(estimated, "out_composite_node_by_unit"), _read(estimated, "out_measures_by_brand")
    labels = {one.id: one.label.zh for one in _plan(estimated).wave.sector(SECTOR).brands}
    given = parts[parts["value"].notna()].set_index(["unit", "node"])
    told = means[means["brand"] != ""].assign(unit=means["brand"].map(labels)).set_index(["unit", "item"])
    assert len(given) == 24 * given.index.get_level_values("unit").nunique() > 0
    for mine, theirs in (("value", "estimate"), ("value_se", "se")):
        np.testing.assert_allclose(given[mine], told.loc[given.index, theirs], rtol=1e-12)
    assert _read(estimated, "out_composites")["errors"].tolist() == ["joint"]


def test_means_of_cities_lie_about_the_truth_as_their_errors_say(estimated: Path) -> None:
    truth = pd.read_csv(estimated / "truth" / "items.csv").query("year == 2026")
    means = _read(estimated, "out_measures_by_brand").merge(
        truth, left_on=["brand", "item"], right_on=["city", "item"]
    )
    assert len(means) == 6 * 54
    away = (means["estimate"] - means["mean_0_100"]) / means["se"]
    assert away.abs().max() < 5
    assert 0.7 < away.std() < 1.4


def test_a_city_that_is_hidden_does_not_come_back_inside_the_index(estimated: Path) -> None:
    index = _read(estimated, "out_index_by_brand").query("construct == 'Satisfaction'")
    small = index.loc[index["status"] == "suppressed", "brand"].tolist()
    assert small == ["C006"]
    units = _read(estimated, "out_composite_by_unit").set_index("unit")
    labels = {one.id: one.label.zh for one in _plan(estimated).wave.sector(SECTOR).brands}
    assert units.loc[labels["C006"], "status"] == "insufficient_data"
    hidden = units.index[units["score"].isna()]
    assert len(hidden) == 2, "a second one is withheld, or the sector's total would give it away"
    parts = _read(estimated, "out_composite_node_by_unit")
    assert parts.loc[parts["unit"].isin(hidden), ["value", "score"]].isna().all(axis=None)


def test_errors_of_one_respondent_go_together(estimated: Path, supplied: tuple[Figures, Joint]) -> None:
    """The index's variance is w'Σw with the covariance over respondents, far above that of independent items."""
    figures, joint = supplied
    drawn = joint.by_year[2026]
    own = figures.values[
        (figures.values["year"] == 2026) & (figures.values["unit"] == drawn["EDU1"].columns[0])
    ]
    unit, codes = own["unit"].iloc[0], own["indicator"].tolist()
    draws = np.column_stack([drawn[code][unit] for code in codes])
    assert len(codes) == 24
    w = np.full(24, 1 / 12 / 2)
    together = float(np.sqrt(w @ np.cov(draws, rowvar=False) @ w))
    apart = float(np.sqrt((w**2 * own["se"].to_numpy() ** 2).sum()))
    stored = _read(estimated, "out_composite_by_unit").set_index("unit").loc[unit, "se"]
    assert stored == pytest.approx(together, rel=1e-6)
    assert together > 2.5 * apart
    np.testing.assert_allclose(draws.std(axis=0, ddof=1), own["se"], rtol=1e-9)


def test_a_change_since_last_year_is_tested_by_both_years_replicates(estimated: Path) -> None:
    tests = _read(estimated, "out_composite_tests_by_unit")
    change = tests[(tests["against"] == "year_before") & (tests["node"] == "PSI")].set_index("unit")
    now = _read(estimated, "out_composite_by_unit").set_index("unit")
    earlier = Store.open(estimated / "warehouse").read("out_composite_by_unit", wave="2025").set_index("unit")
    assert len(change) > 0
    expected = np.hypot(now.loc[change.index, "se"], earlier.loc[change.index, "se"])
    np.testing.assert_allclose(change["se"], expected, rtol=1e-9)
    np.testing.assert_allclose(change["reference"], earlier.loc[change.index, "score"], rtol=1e-9)


def test_a_withdrawn_year_is_not_compared_with_and_its_figures_are_not_passed_on(
    estimated: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(survey_figures, "withdrawn_waves", lambda _store: ("2025",))
    (request,) = wave_requests(_plan(estimated))
    figures, joint = figures_of(request)
    surveyed = {one.indicator for one in request.surveyed}
    years = figures.values.dropna(subset="value").groupby("indicator")["year"].unique()
    assert {year for one in surveyed for year in years[one]} == {2026}
    assert set(joint.by_year) == {2026}
    earlier = _plan(estimated, "2025")
    asked = asked_of(earlier, request.plan, [SurveyIndicator(sector=SECTOR)])
    with pytest.raises(PublicationError, match="wave 2025 is withdrawn, and its figures are not passed on"):
        survey_figures.of_standing_wave(earlier, asked, 2025)


def test_the_difference_from_the_mean_counts_that_a_city_is_part_of_it(estimated: Path) -> None:
    """Of n independent units of like error the difference from their mean has √(1 − 1/n) of it, about."""
    tests = _read(estimated, "out_composite_tests_by_unit")
    gap = tests[(tests["against"] == "mean") & (tests["node"] == "PSI")].set_index("unit")
    se = _read(estimated, "out_composite_by_unit").set_index("unit").loc[gap.index, "se"]
    assert float((gap["se"] / se).mean()) == pytest.approx(np.sqrt(1 - 1 / len(gap)), abs=0.08)
    assert float(gap["difference"].sum()) == pytest.approx(0, abs=1e-9)


def test_replicates_of_another_seed_are_refused_unless_the_public_figures_are_held(cities: Path) -> None:
    """Then the index has errors of its public figures, and says so."""
    plan = _changed(cities, seed=2)
    with pytest.raises(CompositeError, match=r"no longer give the results stored.*Run `ncsi estimate"):
        compute_wave_indices(plan)
    Store.open(cities / "warehouse").replace(
        "2026", {"core_held_by_sector": pd.DataFrame({"wave": ["2026"], "sector": [SECTOR], "revision": [0]})}
    )
    compute_wave_indices(plan)
    assert _read(cities, "out_composites")["errors"].tolist() == ["held"]
    units = _read(cities, "out_composite_by_unit")
    assert units.loc[units["score"].notna(), "se"].gt(0).all()
    assert _read(cities, "out_composite_tests_by_unit").empty


def test_too_few_replicates_leave_the_errors_of_the_figures_and_a_caution(cities: Path) -> None:
    """As of a sector that is held: out_composites tells the same problem."""
    plan = _changed(cities, replicates=100)
    _estimated_again(plan)
    index = load_index(TREE, plan.workspace.root)
    found = of_wave(plan, asked_of(plan, index, (SurveyIndicator(sector=SECTOR),)), 2026)
    assert (found.problem, dict(found.draws)) == ("few_replicates", {})
    assert found.figures["se"].gt(0).all()


@pytest.mark.parametrize(
    ("survey", "said"),
    [
        ([{"sector": "schools"}], "no sector in this wave 'schools'|unknown sector|'schools'"),
        ([{"sector": SECTOR, "indicator": "EDU1"}], "not said what the indicator is made of"),
        ([{"sector": SECTOR, "item": "EDU1"}], "not said what the indicator is made of"),
        ([{"sector": SECTOR, "indicator": "EDU9", "item": "EDU1"}], "EDU9"),
        ([{"sector": SECTOR, "indicator": "EDU1", "item": "SAT1"}], "SAT1.*item whose mean|item whose mean.*SAT1"),
        ([{"sector": SECTOR, "indicator": "EDU1", "construct": "Loyalty"}], "Loyalty"),
        ([{"sector": SECTOR}, {"sector": SECTOR}], "supplied twice"),
    ],
)  # fmt: skip
def test_what_the_survey_cannot_supply_is_named(
    cities: Path, survey: list[dict[str, str]], said: str
) -> None:
    with pytest.raises(SpecError, match=said):
        wave_requests(
            _changed(cities, composites=[{"tree": TREE, "data": "data/cities.csv", "survey": survey}])
        )


def test_an_index_without_figures_is_refused(cities: Path) -> None:
    with pytest.raises(SpecError, match="has no figures"):
        _changed(cities, composites=[{"tree": TREE}])


def test_a_construct_is_an_indicator_too(estimated: Path) -> None:
    plan = _plan(estimated)
    one = SurveyIndicator.model_validate({"sector": SECTOR, "indicator": "EDU1", "construct": "Satisfaction"})
    found = of_wave(plan, asked_of(plan, load_index(TREE, plan.workspace.root), (one,)), 2026)
    index = _read(estimated, "out_index_by_brand").query("construct == 'Satisfaction'").set_index("brand")
    drawn = found.draws["EDU1", SECTOR]
    shown = found.figures["brand"].tolist()
    assert "C006" not in shown
    np.testing.assert_allclose(drawn[shown].std(ddof=1), index.loc[shown, "se"], rtol=1e-9)


def test_cities_are_found_by_label_id_or_map(estimated: Path, supplied: tuple[Figures, Joint]) -> None:
    plan, index = _plan(estimated), load_index(TREE, estimated)
    (request,) = wave_requests(plan)
    figures, _ = supplied
    shown = of_wave(plan, request.surveyed, 2026).figures
    blank = replace(figures, values=figures.values.iloc[:0])
    other = shown.assign(label_zh=shown["label_zh"].where(shown["brand"] != "C001", "别名市"), label_en="")
    with pytest.raises(CompositeError, match="brand C001: '别名市' is no unit of the index"):
        with_survey(blank, other, index, {}, "x")
    named = shown.loc[shown["brand"] == "C001", "label_zh"].iloc[0]
    _, unit_of = with_survey(blank, other, index, {"别名市": named}, "x")
    assert unit_of[SECTOR, "C001"] == named
    same = shown.assign(label_zh=named)
    with pytest.raises(CompositeError, match="two brands of the survey are this unit"):
        with_survey(blank, same, index, {}, "x")
    with pytest.raises(CompositeError, match="the file and the survey both give it"):
        with_survey(figures, shown, index, {}, "x")


def test_without_a_file_the_brands_are_the_units(cities: Path) -> None:
    plan = _changed(cities, composites=[{"tree": TREE, "survey": [{"sector": SECTOR}]}])
    (request,) = wave_requests(plan)
    figures, joint = figures_of(request)
    assert figures.sha256 == ""
    labels = {one.label.zh for one in plan.wave.sector(SECTOR).brands}
    assert set(figures.units["unit"]) < labels
    assert set(joint.by_year) == {2025, 2026}


def test_the_command_writes_what_run_reads(cities: Path, tmp_path: Path) -> None:
    drawn, data = tmp_path / "drawn.csv", tmp_path / "figures.csv"
    root = ["--workspace", str(cities)]
    cli.main(
        ["composite", "replicates", "--tree", TREE, "--wave", "2026", "--sector", SECTOR, "--out", str(drawn),
         "--figures", str(data), *root], standalone_mode=False,
    )  # fmt: skip
    cli.main(
        ["composite", "run", "--tree", TREE, "--data", str(data), "--replicates", str(drawn), "--synthetic",
         "--date", "2026-10-20", *root], standalone_mode=False,
    )  # fmt: skip
    own = Store.open(cities / "warehouse").read("out_composite_by_unit", wave="public_service-2026")
    wave = _read(cities, "out_composite_by_unit").dropna(subset="score")
    both = own.merge(wave, on="unit", suffixes=("", "_wave"))
    assert len(both) == len(own) > 2
    np.testing.assert_allclose(both["se"], both["se_wave"], rtol=1e-9)


def test_two_cities_of_one_name_are_refused(cities: Path) -> None:
    path = cities / "data" / "cities.csv"
    rows = pd.read_csv(path)
    rows.loc[1, "城市"] = rows.loc[0, "城市"]
    rows.to_csv(path, index=False)
    (request,) = wave_requests(_plan(cities))
    with pytest.raises(FigureFaults, match=r"row 3.*this unit has a row for 2026 already, row 2"):
        figures_of(request)


def test_the_index_joins_the_release_of_its_wave(cities: Path) -> None:
    """A notice of each city that is shown, none of the two that are not; the release verifies."""
    release = InOrder().publish(_plan(cities))
    units = _read(cities, "out_composite_by_unit").set_index("unit")["score"]
    pages = {path.stem for path in (release.folder / "indices" / TREE / "units").glob("*.html")}
    assert pages == set(units.index[units.notna()])
    assert len(pages) == 4
    assert not verify_release(release.folder).problems
