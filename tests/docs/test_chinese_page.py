"""The Chinese first page: its commands stand in the order in which they work."""

import re
from pathlib import Path

PAGE = (Path(__file__).parents[2] / "docs" / "zh.md").read_text(encoding="utf-8")
LINES = [
    line for block in re.findall(r"^```sh\n(.*?)^```$", PAGE, re.M | re.S) for line in block.splitlines()
]


def test_the_environment_is_entered_before_ncsi_is_called():
    first = next(k for k, line in enumerate(LINES) if line.startswith("ncsi "))
    assert "source .venv/bin/activate" in LINES[:first]


def test_a_workspace_is_entered_once_it_is_made_and_the_commands_are_as_many_as_told():
    begin = LINES.index("ncsi init bank --empty")
    assert LINES[begin + 1] == "cd bank"
    own = [line for line in LINES[begin:] if line.startswith("ncsi ")]
    assert len(own) == 6
    assert "六条命令" in PAGE
