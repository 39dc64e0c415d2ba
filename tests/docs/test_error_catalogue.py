"""The page of errors: every kind, and every message with what to do, as the source has them."""

from __future__ import annotations

import runpy
from pathlib import Path

from ncsi.errors import NcsiError

MADE = runpy.run_path(str(Path(__file__).parents[2] / "docs" / "error_catalogue.py"))


def test_every_kind_of_error_is_told_with_its_exit_code():
    page = MADE["text"]()
    waiting = [NcsiError]
    while waiting:
        kind = waiting.pop()
        waiting += [one for one in kind.__subclasses__() if one.__module__ == "ncsi.errors"]
        assert f"| `{kind.__name__}` | {kind.exit_code} | " in page


def test_messages_come_with_their_own_cures():
    found = {one.problem: one.cure for one in MADE["messages"]()}
    assert len(found) > 500
    assert found["there is no header"].startswith("Put the column names in the first row")
    assert found["'…' has a path to itself"] == "Remove the path"
    assert found["'…' leads outside the workspace"].startswith("Put the files in the workspace")


def test_stars_are_shown_as_stars():
    assert MADE["_cell"]("`*` is 2 * 3, `a*b` and *c*") == "`*` is 2 \\* 3, `a*b` and \\*c\\*"


def test_what_every_message_names_is_left_open_and_cells_hold():
    for line in MADE["text"]().splitlines():
        if line.startswith("| "):
            assert line.replace("\\|", "").count("|") == 4, line
