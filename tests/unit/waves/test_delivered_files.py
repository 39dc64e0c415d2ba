"""Files on the field board: the newest of many, told apart by no more of their paths than it takes."""

from datetime import date, timedelta

import pytest

from ncsi.ingest.conform.fault_rules import RULES
from ncsi.report.text import NONE, Pair, phrases
from ncsi.spec import Agency, Label
from ncsi.waves.delivered_files import SHOWN, DeliveredFile, file_table
from ncsi.waves.names import Names

FIRST = date(2026, 11, 3)
NAMES = Names(
    sectors={}, brands={}, values={}, variables={}, waves={},
    agencies={"jia": Agency(id="jia", label=Label(zh="甲公司", en="Agency A"))},
)  # fmt: skip


def delivered(path, day=0, agency="jia", **faults):
    return DeliveredFile(path, agency, FIRST + timedelta(days=day), 1_200, 1_195, 5, faults)


def test_the_newest_come_first_and_of_many_it_is_said_how_many_are_left_out():
    every = [delivered(f"data/jia_{day:03d}.csv", day) for day in range(SHOWN + 12)]
    table = file_table(every, NAMES)
    assert [one.name for one in table.rows] == [f"jia_{day:03d}.csv" for day in range(SHOWN + 11, 11, -1)]
    assert "The newest first." in table.note.en
    assert f"newest {SHOWN} files; 12 more" in table.note.en
    assert f"最近的{SHOWN}个文件，另有12个" in table.note.zh
    assert "more" not in file_table(every[:SHOWN], NAMES).note.en
    assert file_table([], NAMES) is None


def test_of_a_day_with_more_files_than_are_shown_those_with_faults_are():
    every = [delivered(f"data/jia_{k:03d}.csv") for k in range(SHOWN)]
    faulty = delivered("data/yi_1.csv", off_scale=1)
    table = file_table([*every, faulty, delivered("data/later.csv", day=1)], NAMES)
    assert [one.name for one in table.rows[:3]] == ["later.csv", "yi_1.csv", "jia_000.csv"]
    assert len(table.rows) == SHOWN


def test_a_file_has_its_agency_rows_and_faults_by_rule_the_most_first():
    table = file_table([delivered("data/a.csv", off_scale=2, required_unanswered=1_100)], NAMES)
    (row,) = table.rows
    assert (row.read, row.accepted, row.rejected, row.came) == ("1,200", "1,195", "5", "2026-11-03")
    assert row.agency == Pair("甲公司", "Agency A")
    assert row.faults == Pair(
        "必答题为空1,100处；超出量表2处", "Required, not answered: 1,100; Off the scale: 2"
    )
    assert table.title == Pair("文件：共1个，其中1个有问题", "Files: 1, with faults in 1")
    assert table.agencies


def test_without_agencies_there_is_no_column_of_them_and_a_file_without_faults_says_so():
    table = file_table([delivered("all.csv", agency="")], NAMES)
    assert not table.agencies
    assert table.rows[0].faults == Pair(NONE, NONE)


@pytest.mark.parametrize(
    ("paths", "told"),
    [
        (["d/jia/1103.csv", "d/yi/1103.csv", "d/yi/1104.csv"], ["jia/1103.csv", "yi/1103.csv", "1104.csv"]),
        (["d/one.zip/a.csv", "d/two.zip/a.csv"], ["one.zip/a.csv", "two.zip/a.csv"]),
        (["a.csv", "d/a.csv"], ["a.csv", "d/a.csv"]),
    ],
)
def test_files_of_one_name_are_told_apart_by_the_folders_around_them(paths, told):
    assert [one.name for one in file_table([delivered(path) for path in paths], NAMES).rows] == told


def test_every_rule_has_its_words():
    assert [rule for rule in RULES if f"rule_{rule}" not in phrases()] == []
