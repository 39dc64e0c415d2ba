"""A rotating panel in the field: who has answered again so far, as numbers, as text and on the board."""

from __future__ import annotations

import json
import re
import shutil
from datetime import UTC, datetime

import pandas as pd
import pytest
from click.testing import CliRunner

from ncsi.cli.field import facts_of, status
from ncsi.cli.waves import wave as wave_commands
from ncsi.simulate.panel import GROUP, SECTOR, write_panel_workspace
from ncsi.spec import open_workspace
from ncsi.spec.plan import load_plan
from ncsi.stages.collect import collect_file
from ncsi.stages.field_board import write_board
from ncsi.stages.field_progress import wave_progress
from ncsi.stages.source_files import sources_of

NOW = datetime(2025, 8, 1, tzinfo=UTC)
THIRD = "2025Q3"


@pytest.fixture(scope="module")
def panel(tmp_path_factory):
    """Two waves and two thirds of the third, in which a member of a group that is to come answered too."""
    written = write_panel_workspace(tmp_path_factory.mktemp("panel"), members=300, waves=4)
    path = written.root / "exports" / THIRD / f"{SECTOR}.csv"
    rows = pd.read_csv(path, dtype=str, keep_default_na=False)
    rows = rows[rows["submitted_at"] < "2025-08-01"]
    stranger = rows.iloc[:1].assign(respondent="M999999", **{GROUP: "g06"})
    pd.concat([rows, stranger]).to_csv(path, index=False)
    workspace = open_workspace(written.root)
    for one in ("2025Q1", "2025Q2", THIRD):
        for source in sources_of(workspace, one):
            collect_file(load_plan(workspace, one), source)
    return load_plan(workspace, THIRD)


@pytest.fixture(scope="module")
def delivered(panel):
    """Respondents of each wave by their number, with their group."""
    root = panel.workspace.root / "exports"
    return {
        one: pd.read_csv(root / one / f"{SECTOR}.csv", dtype=str).set_index("respondent")[GROUP]
        for one in ("2025Q1", "2025Q2", THIRD)
    }


def test_groups_are_counted_as_the_files_have_them(panel, delivered):
    (sector,) = wave_progress(panel, NOW).sectors
    before, now = delivered["2025Q2"], delivered[THIRD]
    asked = before[before.isin(["g03", "g04"])]
    assert (sector.panel.members, sector.panel.due) == (len(before), len(asked))
    assert sector.panel.released == (before == "g02").sum() == len(before) - len(asked)
    assert sector.panel.returned == asked.index.isin(now.index).sum()
    assert {one.part: one.due for one in sector.panel.parts} == {
        "g03": (asked == "g03").sum(), "g04": (asked == "g04").sum(), "g05": 0, "g06": 0,
    }  # fmt: skip
    assert sector.panel.new == (~now.index.isin([*delivered["2025Q1"].index, *before.index])).sum()
    assert sector.panel.out_of_turn == 1
    assert sector.panel.planned_new == pytest.approx(0.333)
    assert sector.panel.last_retention is None  # the wave before is not estimated


def test_the_first_wave_of_a_panel_has_no_members_to_follow(panel):
    first = load_plan(panel.workspace, "2025Q1")
    assert wave_progress(first, NOW).sectors[0].panel is None


def test_before_anything_came_all_members_are_outstanding(panel):
    fourth = wave_progress(load_plan(panel.workspace, "2025Q4"), datetime(2025, 10, 9, tzinfo=UTC))
    own = fourth.sectors[0].panel
    assert own.due == own.outstanding > 0
    assert own.new_share is None


def test_status_tells_it_as_text_and_as_numbers(panel):
    done = CliRunner().invoke(status, ["--wave", THIRD, "--workspace", str(panel.workspace.root)])
    assert done.exit_code == 0
    own = wave_progress(panel, NOW).sectors[0].panel
    assert f"panel: {own.returned} of {own.due} members of 2025Q2 answered again" in done.output
    assert "1 answered who were not to be asked" in done.output
    (facts,) = json.loads(json.dumps(facts_of(wave_progress(panel, NOW))))["sectors"]
    told = facts["panel"]
    assert told["by"] == GROUP
    assert told["retention"] == pytest.approx(own.returned / own.due)
    assert sum(one["outstanding"] for one in told["parts"]) == told["outstanding"]
    assert re.search(r"M\d{6}", json.dumps(facts)) is None


def test_the_board_shows_groups_by_their_names_in_both_languages(panel, tmp_path):
    page = write_board(panel, wave_progress(panel, NOW), tmp_path / "board.html").read_text(encoding="utf-8")
    own = wave_progress(panel, NOW).sectors[0].panel
    for words in (
        "固定样本：已再次应答的成员",
        "The panel: who has answered again",
        "第4组",
        "Group 4",
        "轮换组",
    ):
        assert words in page
    assert f"{own.members} members in 2025 Q2, {own.released} of them released." in page
    assert "check whom the agencies invite" in page
    assert re.search(r"M\d{6}", page) is None


def test_an_earlier_wave_file_that_cannot_be_read_does_not_hold_the_board(panel, tmp_path):
    root = shutil.copytree(panel.workspace.root, tmp_path / "ws")
    (root / "waves" / "2025Q1.yaml").write_text("spec: [", encoding="utf-8")
    (sector,) = wave_progress(load_plan(open_workspace(root), THIRD), NOW).sectors
    assert sector.panel is None
    assert sector.accepted > 0


def test_the_same_arguments_write_the_same_bytes_and_the_satisfied_stay(tmp_path):
    one, other = (write_panel_workspace(tmp_path / name, members=900, waves=3) for name in "ab")
    for path in sorted(one.root.rglob("*.csv")):
        assert path.read_bytes() == (other.root / path.relative_to(one.root)).read_bytes()
    first, second = (
        pd.read_csv(one.root / "exports" / wave / f"{SECTOR}.csv").set_index("respondent")
        for wave in one.waves[:2]
    )
    again = first[first[GROUP].isin(["g02", "g03"])]
    stayed = again.index.isin(second.index)
    satisfied = again[[name for name in again if name.startswith("SAT")]].mean(axis=1)
    assert 0.55 < stayed.mean() < 0.85
    assert satisfied[stayed].mean() > satisfied[~stayed].mean() + 0.3


def test_the_command_writes_one_and_no_folder_is_written_over(tmp_path):
    folder = tmp_path / "new"
    done = CliRunner().invoke(
        wave_commands, ["panel", str(folder), "--members", "300", "--waves", "2", "--json"]
    )
    assert done.exit_code == 0
    assert json.loads(done.output)["waves"] == ["2025Q1", "2025Q2"]
    again = CliRunner().invoke(wave_commands, ["panel", str(folder)])
    assert again.exit_code == 2
    assert "holds files already" in again.output
