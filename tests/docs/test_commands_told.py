"""Every command that a page shows is one that there is, with the options that it has."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from ncsi.cli.main import cli

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```(?:sh)?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def lines(page: Path) -> list[str]:
    found = "".join(BLOCK.findall(page.read_text(encoding="utf-8"))).replace("\\\n", " ").splitlines()
    return [one.removeprefix(".venv/bin/") for one in found if re.match(r"(\.venv/bin/)?ncsi ", one)]


@pytest.mark.parametrize("page", [one for one in PAGES if lines(one)], ids=lambda one: one.stem)
def test_the_commands_of_a_page_are_understood(page):
    for line in lines(page):
        arguments = shlex.split(line, comments=True)[1:]
        command: click.Command = cli
        context = click.Context(cli)
        while isinstance(command, click.Group) and arguments and not arguments[0].startswith("-"):
            name = arguments.pop(0)
            inner = command.get_command(context, name)
            assert inner is not None, line
            command = inner
        known = {one for option in command.params for one in (*option.opts, *option.secondary_opts)}
        asked = {one.split("=")[0] for one in arguments if re.match(r"--?[a-z]", one)}
        assert asked <= known | {"--help", "-h", "--version"}, line
