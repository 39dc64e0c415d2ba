"""Pages pass the W3C's Nu validator, where it is installed (`vnu` on the path, or its jar named by NCSI_VNU_JAR)."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from ncsi.report.site import write_site

PAGES = (
    "index.html", "press.html", "method.html", "explorer.html", "sectors/banks.html", "sectors/schools.html",
    "embed/index-slope.html", "embed/explorer-chart.html", "embed/sectors-banks-peers.html",
)  # fmt: skip
"""A page of each kind of a release."""


def validator() -> list[str]:
    """The command, or nothing where it is not installed."""
    if program := shutil.which("vnu"):
        return [program]
    jar, java = os.environ.get("NCSI_VNU_JAR", ""), shutil.which("java")
    return [java, "-Xss4m", "-jar", jar] if java and jar and Path(jar).is_file() else []


def errors(pages: list[Path]) -> list[str]:
    """What the validator calls an error, each with its page."""
    told = subprocess.run(
        [*validator(), "--format", "json", "--stdout", "--exit-zero-always", *map(str, pages)],
        capture_output=True, text=True, check=True, timeout=1800,
    )  # fmt: skip
    return [
        f"{Path(one['url']).name}: {one['message']}"
        for one in json.loads(told.stdout)["messages"]
        if one["type"] != "info"
    ]


@pytest.mark.skipif(
    not validator(), reason="no vnu on the path, and NCSI_VNU_JAR names none that Java can run"
)
def test_every_kind_of_page_is_valid_html(release, tmp_path):
    site = write_site(Path(shutil.copytree(release.folder, tmp_path / "2026Q1")).parent)
    wrong = tmp_path / "wrong.html"
    wrong.write_text("<!DOCTYPE html><html lang=en><title>x</title><p id=a><p id=a>", encoding="utf-8")
    found = errors([*(release.folder / one for one in PAGES), site, wrong])
    assert [one for one in found if one.startswith("wrong.html")]  # it looks at all
    assert [one for one in found if not one.startswith("wrong.html")] == []
