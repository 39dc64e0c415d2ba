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
from ncsi.spec import Workspace, load_instrument, open_workspace
from ncsi.spec.plan import load_plan
from ncsi.stages.person_removal import forget_respondent
from ncsi.stages.source_files import sources_of
from ncsi.stages.withdrawal import withdraw_file
from ncsi.store import Store

GOLDEN = Path(__file__).parents[1] / "golden" / "golden.csv"
LATE = (20, 80)
WORDS = {"zh": "修订", "en": "revised"}


@pytest.fixture(scope="module")
def answers() -> pd.DataFrame:
    golden = pd.read_csv(GOLDEN)
    items = list(load_instrument("ccsi").item_ids)
    return golden[items].assign(
        respondent=[f"R{k}" for k in range(720)], brand=np.where(golden["brand"] < "B4", "b1", "b2")
    )


@pytest.fixture(scope="module")
def released(new_workspace, answers, tmp_path_factory) -> tuple[Path, dict[str, pd.DataFrame]]:
    """The folder of a wave published with the answers and two late files, of 20 people and of 80; its figures."""
    workspace = new_workspace(tmp_path_factory.mktemp("released"))
    wave = workspace.root / "waves" / "2026.yaml"
    wave.write_text(wave.read_text(encoding="utf-8") + "replicates: 200\n", encoding="utf-8")
    for late in LATE:
        late_people(answers, late).to_csv(workspace.root / "data" / f"late{late}.csv", index=False)
    first = run(workspace, answers)
    assert not first.sectors[0].held
    return workspace.root, figures(first)


@pytest.fixture
def copied(released, tmp_path) -> tuple[Workspace, dict[str, pd.DataFrame]]:
    """A copy of it, to revise, and the figures that were published."""
    root, before = released
    return open_workspace(shutil.copytree(root, tmp_path / "copy")), before


def late_people(answers: pd.DataFrame, number: int) -> pd.DataFrame:
    """Half of them of each brand, and nobody's answers twice among the late."""
    first = 0 if number == LATE[0] else LATE[0] // 2
    of_brand = answers.groupby("brand").cumcount()
    chosen = answers[of_brand.between(first, first + number // 2 - 1)]
    return chosen.assign(respondent=[f"L{number}-{k}" for k in range(number)])


def run(workspace, answers: pd.DataFrame | None = None, name: str = "answers"):
    if answers is not None:
        answers.to_csv(workspace.root / "data" / f"{name}.csv", index=False)
    plan = load_plan(open_workspace(workspace.root), "2026")
    return InOrder().run(plan, sources_of(workspace, "2026"))


def revise(workspace, *numbers: int) -> None:
    path = workspace.root / "waves" / "2026.yaml"
    wave = yaml.safe_load(path.read_text(encoding="utf-8"))
    wave["revisions"] = [{"date": date.today(), "note": WORDS} for _ in numbers]
    path.write_text(yaml.safe_dump(wave, allow_unicode=True), encoding="utf-8")


def figures(outcome) -> dict[str, pd.DataFrame]:
    folder = outcome.release.folder / "data"
    return {path.stem: pd.read_csv(path) for path in folder.glob("out_*.csv") if path.stem != "out_revisions"}


def same(one: dict[str, pd.DataFrame], other: dict[str, pd.DataFrame]) -> bool:
    return all(frame.equals(other[name]) for name, frame in one.items())


def test_a_person_who_is_forgotten_moves_no_published_figure(copied):
    workspace, before = copied
    assert forget_respondent(workspace, ["R5"]).responses == 1
    revise(workspace, 1)
    second = run(workspace)
    assert second.sectors[0].held
    assert same(before, figures(second))
    told = pd.read_csv(second.release.folder / "data" / "out_revisions.csv")
    kept = told[told["level"] == "sector"].iloc[0]
    assert kept["was_0_100"] == kept["is_0_100"]
    assert "fewer than 30 respondents changed" in kept["reason_en"]


def test_what_was_forgotten_counts_until_enough_have_changed(copied, answers):
    workspace, _ = copied
    for k in range(3):
        forget_respondent(workspace, [f"R{k}"])
    added = answers.head(26).assign(respondent=[f"N{k}" for k in range(26)])
    assert run_held(workspace, added, "more26")
    more = answers.groupby("brand").tail(40).assign(respondent=[f"M{k}" for k in range(80)])
    assert not run_held(workspace, more, "more80")


def run_held(workspace, answers, name) -> bool:
    answers.to_csv(workspace.root / "data" / f"{name}.csv", index=False)
    plan = load_plan(open_workspace(workspace.root), "2026")
    engine = InOrder()
    engine.collect(plan, sources_of(workspace, "2026"))
    sectors, _ = engine.estimate(plan)
    return sectors[0].held


def test_a_brand_of_which_few_changed_holds_its_sector_though_many_changed_elsewhere(copied, answers):
    workspace, _ = copied
    late = answers[answers["brand"] == "b1"].head(60).assign(respondent=[f"N{k}" for k in range(60)])
    late = pd.concat([late, answers[answers["brand"] == "b2"].head(4).assign(respondent=list("abcd"))])
    assert run_held(workspace, late, "late")


def test_corrected_weights_of_the_same_respondents_are_published(copied, answers):
    rng = np.random.default_rng(1)
    workspace, before = copied
    (workspace.root / "data" / "answers.csv").unlink()
    revise(workspace, 1)
    second = run(workspace, answers.assign(weight=rng.uniform(0.5, 1.5, 720).round(3)), "answers")
    assert not second.sectors[0].held
    assert not same(before, figures(second))


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


@pytest.mark.parametrize(("late", "held"), [(20, True), (80, False)])
def test_a_withdrawn_file_moves_a_public_figure_only_where_it_brought_enough_people(copied, late, held):
    workspace, before = copied
    done = withdraw_file(workspace, f"late{late}.csv", "sent for another wave", "tester")
    assert (done.responses, done.released) == (late, True)
    revise(workspace, 1)
    second = run(workspace)
    assert second.sectors[0].held is held
    assert same(before, figures(second)) is held
    told = pd.read_csv(second.release.folder / "data" / "out_revisions.csv")
    (source,) = told[told["level"] == "source"].to_dict("records")
    assert source["unit"] == done.sha256
    assert source["reason_en"] == "This source was withdrawn: its responses no longer count."


def test_a_withdrawn_file_whose_people_are_delivered_again_has_changed_nobody(copied, answers):
    workspace, _ = copied
    withdraw_file(workspace, "late20.csv", "two files joined", "tester")
    (workspace.root / "data" / "late20.csv").unlink()
    assert not run_held(workspace, late_people(answers, 20).iloc[::-1].assign(weight=1), "right")


def test_a_brand_is_not_what_another_leaves_that_was_withheld_beside_it(new_workspace, answers, tmp_path):
    """Of brands of 70, 110 and 130 the release withholds the second; with 40 more of that, it would the third."""
    workspace = new_workspace(tmp_path)
    path = workspace.root / "waves" / "2026.yaml"
    wave = yaml.safe_load(path.read_text(encoding="utf-8")) | {"replicates": 200}
    sizes = {"a": 70, "b": 110, "c": 130, "d": 410}
    wave["sectors"][0]["brands"] = [{"id": one, "label": {"zh": one, "en": one}} for one in sizes]
    path.write_text(yaml.safe_dump(wave, allow_unicode=True), encoding="utf-8")
    first = run(workspace, answers.assign(brand=np.repeat(list(sizes), list(sizes.values()))))
    assert hidden_brands(figures(first)) == {"a", "b"}
    late = answers.head(40).assign(brand="b", respondent=[f"N{k}" for k in range(40)])
    assert not run_held(workspace, late, "late")
    stored = Store.open(workspace.warehouse)
    marked = with_withheld(stored.read("out_index_by_brand", wave="2026"), "Satisfaction")
    assert hidden_brands({"out_index_by_brand": marked}) == {"a", "b"}
    assert set(stored.read("out_rank_by_brand", wave="2026")["brand"]) == {"c", "d"}


def hidden_brands(tables: dict[str, pd.DataFrame]) -> set[str]:
    rows = tables["out_index_by_brand"]
    return set(rows.loc[rows["index_0_100"].isna(), "brand"])
