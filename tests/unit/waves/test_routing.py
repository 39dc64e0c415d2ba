"""Which source a file in the inbox may be of, by its folder and its name."""

import pytest

from ncsi.spec import Source
from ncsi.waves.routing import by_name, routes_of

SOURCES = (
    Source(files="data/q4/jia/*.csv", agency="jia"),
    Source(files="data/q4/yi/*.csv", agency="yi"),
    Source(files="data/q4/panel/panel_*.xlsx"),
    Source(files="data/q4/all/banks.csv"),
    Source(files="data/**/*.sav"),
)
ROUTES = routes_of("2026Q4", SOURCES)


def test_a_source_whose_folder_is_not_said_takes_nothing():
    assert [one.folder for one in ROUTES] == ["data/q4/jia", "data/q4/yi", "data/q4/panel", "data/q4/all"]


def test_a_source_of_several_globs_takes_what_one_of_them_names():
    routes = routes_of("2026Q4", [Source(files=("data/a/banks_*.csv", "data/b/old.xls"))])
    assert [one.folder for one in by_name(routes, "banks_1.csv")] == ["data/a"]
    assert [one.told for one in by_name(routes, "old.xls")] == ["data/b/old.xls of wave 2026Q4"]
    assert by_name(routes, "new.xls") == ()


@pytest.mark.parametrize(
    ("path", "folders"),
    [
        ("jia/day1.csv", ["data/q4/jia"]),
        ("upload/yi/day1.csv", ["data/q4/yi"]),
        ("day1.csv", ["data/q4/jia", "data/q4/yi"]),
        ("panel_3.xlsx", ["data/q4/panel"]),
        ("banks.csv", ["data/q4/all"]),  # a pattern that says more comes before *.csv
        ("jia/banks.csv", ["data/q4/jia"]),  # unless it lies in an agency's folder
        ("jia/panel_3.xlsx", []),
        ("notes.txt", []),
        ("answers.sav", []),
    ],
)
def test_a_file_by_its_folder_and_its_name(path, folders):
    assert [one.folder for one in by_name(ROUTES, path)] == folders
