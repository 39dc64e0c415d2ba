"""The difference of two releases never tells of fewer than 30 people: held figures, and what is revised freely."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from ncsi.disclosure import with_withheld
from ncsi.disclosure.differencing import changed_by_cell, counted, is_differencing
from ncsi.engine import InOrder
from ncsi.report import Release
from ncsi.report.bundle import write_data
from ncsi.spec import Workspace, load_instrument, open_workspace
from ncsi.spec.plan import load_plan
from ncsi.stages.collect import collect_into
from ncsi.stages.estimate import estimate_sector
from ncsi.stages.estimated_sectors import store_results
from ncsi.stages.person_removal import forget_respondent
from ncsi.stages.publish import publish_wave
from ncsi.stages.source_files import sources_of
from ncsi.stages.withdrawal import withdraw_file
from ncsi.store import Store

GOLDEN = Path(__file__).parents[1] / "golden" / "golden.csv"
LATE = (20, 80)
SIZES = {"a": 70, "b": 110, "c": 130, "d": 410}
"""Respondents of each brand: too few of the first, so that another is withheld beside it."""
WORDS = {"zh": "修订", "en": "revised"}


@pytest.fixture(scope="module")
def answers() -> pd.DataFrame:
    golden = pd.read_csv(GOLDEN)
    return golden[list(load_instrument("ccsi").item_ids)].assign(
        respondent=[f"R{k}" for k in range(720)], brand=np.repeat(list(SIZES), list(SIZES.values()))
    )


@pytest.fixture(scope="module")
def released(new_workspace, answers, tmp_path_factory) -> tuple[Path, dict[str, pd.DataFrame]]:
    """The folder of a wave published with the answers and two late files, of 20 people and of 80; its figures."""
    workspace = new_workspace(tmp_path_factory.mktemp("released"))
    path = workspace.root / "waves" / "2026.yaml"
    wave = yaml.safe_load(path.read_text(encoding="utf-8")) | {"replicates": 100}
    wave["sectors"][0]["brands"] = [{"id": one, "label": {"zh": one, "en": one}} for one in SIZES]
    path.write_text(yaml.safe_dump(wave, allow_unicode=True), encoding="utf-8")
    answers.to_csv(workspace.root / "data" / "answers.csv", index=False)
    for late in LATE:
        late_people(answers, late).to_csv(workspace.root / "data" / f"late{late}.csv", index=False)
    first = run(workspace)
    assert not first.sectors[0].held
    return workspace.root, figures(first.release)


@pytest.fixture
def copied(released, tmp_path) -> tuple[Workspace, dict[str, pd.DataFrame]]:
    """A copy of it, to revise, and the figures that were published."""
    root, before = released
    return open_workspace(shutil.copytree(root, tmp_path / "copy")), before


def people(answers: pd.DataFrame, brand: str, number: int, name: str) -> pd.DataFrame:
    """So many more of a brand, who answer as its first ones did."""
    chosen = answers[answers["brand"] == brand].head(number)
    return chosen.assign(respondent=[f"{name}{k}" for k in range(number)])


def late_people(answers: pd.DataFrame, number: int) -> pd.DataFrame:
    """Half of them of each of the two larger brands, and nobody's answers twice among the late."""
    first = 0 if number == LATE[0] else LATE[0] // 2
    of_brand = answers.groupby("brand").cumcount().between(first, first + number // 2 - 1)
    chosen = answers[of_brand & answers["brand"].isin(["c", "d"])]
    return chosen.assign(respondent=[f"L{number}-{k}" for k in range(number)])


def run(workspace: Workspace):
    return InOrder().run(load_plan(workspace, "2026"), sources_of(workspace, "2026"))


def estimated(workspace: Workspace, rows: pd.DataFrame | None = None, name: str = "more"):
    """What the sector comes to, with a file that is delivered first, if any; nothing of it is stored but that."""
    store, plan = Store.open(workspace.warehouse), load_plan(workspace, "2026")
    with store.alone():
        if rows is not None:
            path = workspace.root / "data" / f"{name}.csv"
            rows.to_csv(path, index=False)
            (source,) = [one for one in sources_of(workspace, "2026") if one.path == path]
            collect_into(store, plan, source)
        return estimate_sector(store, plan, "only", "1")


def is_held(workspace: Workspace, rows: pd.DataFrame | None = None, name: str = "more") -> bool:
    found = estimated(workspace, rows, name).outcome
    assert found.problem == ""
    return found.held


def revise(workspace: Workspace) -> None:
    """Declare one more revision."""
    path = workspace.root / "waves" / "2026.yaml"
    wave = yaml.safe_load(path.read_text(encoding="utf-8"))
    wave["revisions"] = [*wave.get("revisions", ()), {"date": date.today(), "note": WORDS}]
    path.write_text(yaml.safe_dump(wave, allow_unicode=True), encoding="utf-8")


def revised(workspace: Workspace, documents_of):
    """The sector and the release of one more revision, of whose documents the data alone are made."""
    revise(workspace)
    plan, engine = load_plan(open_workspace(workspace.root), "2026"), InOrder()
    engine.collect(plan, sources_of(plan.workspace, "2026"))
    (sector,), _ = engine.estimate(plan)
    return sector, publish_wave(plan, documents_of(write_data))


def figures(release: Release) -> dict[str, pd.DataFrame]:
    folder = release.folder / "data"
    return {path.stem: pd.read_csv(path) for path in folder.glob("out_*.csv") if path.stem != "out_revisions"}


def same(one: dict[str, pd.DataFrame], other: dict[str, pd.DataFrame]) -> bool:
    return all(frame.equals(other[name]) for name, frame in one.items())


def test_what_few_who_left_leave_is_not_published_and_what_many_leave_is(copied, documents_of):
    """One of the largest brand is forgotten and a file of 20 withdrawn, which moves no figure of the next release; then
    one of 80 is, and the one after that has new figures."""
    workspace, before = copied
    assert forget_respondent(workspace, ["R700"]).responses == 1
    assert is_held(workspace)
    done = withdrawn(workspace, 20)
    sector, release = revised(workspace, documents_of)
    assert sector.held
    assert same(before, figures(release))
    told = pd.read_csv(release.folder / "data" / "out_revisions.csv")
    (source,) = told[told["level"] == "source"].to_dict("records")
    assert source["unit"] == done.sha256
    assert source["reason_en"] == "This source was withdrawn: its responses no longer count."
    kept = told[told["level"] == "sector"].iloc[0]
    assert kept["was_0_100"] == kept["is_0_100"]
    assert "fewer than 30 respondents changed" in kept["reason_en"]
    withdrawn(workspace, 80)
    sector, release = revised(workspace, documents_of)
    assert not sector.held
    assert not same(before, figures(release))
    rows = release.revisions.query("level == 'sector' and revision == 2").set_index("construct")
    moved = rows.loc["Satisfaction"]
    assert moved["is_0_100"] == pytest.approx(sector.index_0_100, abs=0.006)
    assert abs(moved["is_0_100"] - moved["was_0_100"]) >= 0.01


def test_a_withdrawn_file_of_few_alone_is_held(copied):
    workspace, _ = copied
    withdrawn(workspace, 20)
    assert is_held(workspace)


def withdrawn(workspace: Workspace, late: int):
    done = withdraw_file(workspace, f"late{late}.csv", "sent for another wave", "tester")
    assert (done.responses, done.released) == (late, True)
    return done


def is_another(workspace: Workspace, found) -> bool:
    """Whether it may be published, and is another figure than that which is out, in full precision."""
    stored = Store.open(workspace.warehouse).read("out_index_by_sector", wave="2026")
    (was,) = stored.query("construct == 'Satisfaction'")["index_0_100"]
    return not found.outcome.held and abs(found.outcome.index_0_100 - was) > 1e-6


def test_what_was_forgotten_counts_until_enough_have_changed(copied, answers):
    workspace, _ = copied
    forget_respondent(workspace, [answers.loc[answers["brand"] == "d", "respondent"].iloc[0]])
    more = people(answers, "d", 29, "N")
    assert is_held(workspace, more[:28])
    assert not is_held(workspace, more[28:], "the 30th")


def test_a_brand_of_which_few_changed_holds_its_sector_though_many_changed_elsewhere(copied, answers):
    workspace, _ = copied
    assert is_held(workspace, pd.concat([people(answers, "d", 60, "N"), people(answers, "c", 4, "M")]))


def test_corrected_weights_of_the_same_respondents_may_be_published(copied, answers):
    """Other figures of the same people: those that a release would show."""
    rng = np.random.default_rng(1)
    workspace, _ = copied
    (workspace.root / "data" / "answers.csv").unlink()
    weighted = answers.assign(weight=rng.uniform(0.5, 1.5, 720).round(3))
    assert is_another(workspace, estimated(workspace, weighted, "answers"))


def respondents(n: int, **changes: object) -> pd.DataFrame:
    return pd.DataFrame(
        {"brand": "b", "respondent": [f"r{k}" for k in range(n)], "region": "east", "q1": range(n)}
    ).assign(**changes)


def of(frame: pd.DataFrame) -> pd.DataFrame:
    return counted(frame, pd.Series(True, index=frame.index))


def test_changes_are_counted_in_every_cell_of_before_and_now():
    before, now = respondents(50), respondents(48)
    now.loc[0, "q1"] = 99
    now.loc[1, "region"] = "west"
    assert changed_by_cell(of(before), of(now)) == {
        "sector": 4, "brand=b": 4, "region=east": 4, "region=west": 1,
    }  # fmt: skip


def test_corrections_that_are_no_answers_change_nothing():
    before = respondents(5, weight_base=1.0, source_row=range(5))
    assert changed_by_cell(of(before), of(respondents(5, weight_base=2.0, source_row=range(9, 14)))) == {}


def test_someone_whom_quality_leaves_out_now_has_changed():
    frame = respondents(5)
    out = counted(frame, pd.Series([True] * 4 + [False]))
    assert changed_by_cell(of(frame), out)["sector"] == 1


@pytest.mark.parametrize(
    ("changed", "found"), [([], False), ([0], False), ([1], True), ([29], True), ([30, 31], False)]
)
def test_one_to_twenty_nine_changes_would_tell(changed, found):
    assert is_differencing(changed) is found


def test_a_withdrawn_file_whose_people_are_delivered_again_has_changed_nobody(copied, answers):
    workspace, _ = copied
    withdraw_file(workspace, "late20.csv", "two files joined", "tester")
    (workspace.root / "data" / "late20.csv").unlink()
    assert not is_held(workspace, late_people(answers, 20).iloc[::-1].assign(weight=1), "right")


def test_a_brand_is_not_what_another_leaves_that_was_withheld_beside_it(copied, answers):
    """Of brands of 70, 110 and 130 and more the release withholds the second; with 40 more of that, it would the
    third."""
    workspace, before = copied
    assert hidden_brands(before) == {"a", "b"}
    found = estimated(workspace, people(answers, "b", 40, "N"), "late")
    assert not found.outcome.held
    stored = Store.open(workspace.warehouse)
    store_results(stored, "2026", [found])
    marked = with_withheld(stored.read("out_index_by_brand", wave="2026"), "Satisfaction")
    assert hidden_brands({"out_index_by_brand": marked}) == {"a", "b"}
    assert set(stored.read("out_rank_by_brand", wave="2026")["brand"]) == {"c", "d"}


def hidden_brands(tables: dict[str, pd.DataFrame]) -> set[str]:
    rows = tables["out_index_by_brand"]
    return set(rows.loc[rows["index_0_100"].isna(), "brand"])
