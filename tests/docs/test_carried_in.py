"""Real files of others, from nothing to a report or to the message that says what they lack, as the page tells it."""

from __future__ import annotations

import re
import shlex
import shutil
import time
from pathlib import Path

import pytest

from ncsi.cli import main

PAGE = Path(__file__).parents[2] / "docs" / "carried_in.md"
TEXT = PAGE.read_text(encoding="utf-8")
SCRIPTS = dict(re.findall(r"^```sh\nncsi init (\w+) --empty\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL))
HEREDOC = re.compile(r"^cat > (\S+) <<'EOF'\n(.*?)^EOF\n", re.MULTILINE | re.DOTALL)
REFUSED = "  # refused: "
TOLD = re.compile(r"--(?:construct|scale|missing|target)\b")
ROW = re.compile(
    r"^\| .*? \| [^|]+ \| (?P<written>\d+) \| (?P<seconds>\d+) \| (?P<to>[^|]+) \|$", re.MULTILINE
)
ROWS = [one.groupdict() for one in ROW.finditer(TEXT)]
MOST_LINES, MOST_SECONDS = 20, 15 * 60
INDEX = re.compile(r"^(\w+ index [\d.]+ \([\d.]+ to [\d.]+\))", re.MULTILINE)
OUT = {"acsi": 1, "sfo": 1, "phones": 2}
"""Workspaces that end with reports, and how many."""


def written(script: str) -> int:
    """Lines by hand: of files, and what is told of the questions."""
    return len(TOLD.findall(script)) + sum(text.count("\n") for _, text in HEREDOC.findall(script))


def test_every_file_takes_fewer_than_twenty_lines_and_fifteen_minutes():
    assert all(int(one["written"]) < MOST_LINES and int(one["seconds"]) < MOST_SECONDS for one in ROWS)
    acsi, sfo, by_number, by_text, lime, types, missing, *forms = (int(one["written"]) for one in ROWS)
    counted = [written(one) for one in SCRIPTS.values()]
    assert counted == [acsi, sfo, by_text, lime, types + missing, *forms]
    assert by_number == len(TOLD.findall(SCRIPTS["phones"]))


@pytest.mark.parametrize("name", SCRIPTS)
def test_the_commands_run_as_they_stand(name, shared, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    main(["init", name, "--empty"])
    texts, began, said = dict(HEREDOC.findall(SCRIPTS[name])), time.monotonic(), ""
    for line in HEREDOC.sub(r"write \1\n", SCRIPTS[name]).splitlines():
        command, _, refusal = line.partition(REFUSED)
        program, *arguments = shlex.split(command)
        if program == "cd":
            monkeypatch.chdir(Path.cwd() / arguments[0])
        elif program == "cp":
            shutil.copy(shared(*Path(arguments[0]).parts[2:]), arguments[1])
        elif program == "write":
            Path(arguments[0]).write_text(texts[arguments[0]], encoding="utf-8")
        elif refusal:
            with pytest.raises(SystemExit):
                main(arguments)
            told = capsys.readouterr()
            assert refusal in told.err
            said += told.out
        else:
            main(arguments)
    said += capsys.readouterr().out
    indices = INDEX.findall(said)
    reports = [one for one in Path("releases").glob("*/sectors/*.pdf") if one.parts[1] != "latest"]
    assert len(indices) == len(reports) == OUT.get(name, 0)
    assert [index for index in indices if f"| {index} |" not in TEXT] == []
    assert len({index.partition("(")[0] for index in indices}) == min(1, len(indices))
    assert time.monotonic() - began < MOST_SECONDS
