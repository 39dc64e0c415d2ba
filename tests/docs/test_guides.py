"""The guides of ten minutes: their commands run as they stand, from nothing to the PDF, and their counts are right."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from ncsi.cli import main

ROOT = Path(__file__).parents[2]
GUIDES = sorted((ROOT / "docs" / "guides").glob("*.md"))
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
HEREDOC = re.compile(r"^cat > (\S+) <<'EOF'\n(.*?)^EOF\n", re.MULTILINE | re.DOTALL)
COUNTS = re.compile(r"命令 (\d+) 条，手写 (\d+) 行|(\d+) commands(?:,| and) (\d+) hand-written\s+lines")
MOST_LINES = 20


def commands(page: Path) -> str:
    return "".join(BLOCK.findall(page.read_text(encoding="utf-8")))


@pytest.mark.parametrize("page", GUIDES, ids=lambda one: one.stem)
def test_the_counts_told_are_right(page):
    script = commands(page)
    written = sum(text.count("\n") for _, text in HEREDOC.findall(script))
    count = sum(line.startswith("ncsi ") for line in HEREDOC.sub("", script).splitlines())
    told = next(one for one in COUNTS.findall(page.read_text(encoding="utf-8")))
    assert tuple(int(one) for one in told if one) == (count, written)
    assert written < MOST_LINES


@pytest.mark.slow
@pytest.mark.parametrize("page", GUIDES, ids=lambda one: one.stem)
def test_the_commands_run_as_they_stand(page, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    script = HEREDOC.sub(
        lambda found: f"\x00{found[1]}\x00{found[2].replace(chr(10), chr(1))}\n", commands(page)
    )
    for line in script.splitlines():
        if line.startswith("\x00"):
            _, name, text = line.split("\x00")
            Path(name).write_text(text.replace("\x01", "\n"), encoding="utf-8")
        elif line.startswith("cd "):
            monkeypatch.chdir(Path.cwd() / line[3:])
        elif line:
            program, *arguments = shlex.split(line)
            assert program == "ncsi"
            main(arguments)
    sector = Path.cwd().name
    said = capsys.readouterr().out
    assert "300 rows read = 300 accepted + 0 rejected" in said
    release = Path("releases") / "2026"
    assert (release / "sectors" / f"{sector}.pdf").read_bytes().startswith(b"%PDF")
    page_text = (release / "index.html").read_text(encoding="utf-8")
    assert "synthetic" in page_text.lower()
    for named in re.findall(r"`(releases/2026/[\w./]+)`", page.read_text(encoding="utf-8")):
        assert Path(named).exists(), named
