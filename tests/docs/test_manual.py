"""The manual builds with warnings as errors, names everything public, and fetches nothing.

Its charts are drawn in English alone; how each looks in Chinese on dark, `unit/plots/test_looks.py` tests.
"""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

import ncsi

ROOT = Path(__file__).parents[2]
FETCHED = re.compile(
    r"<(?:script|img|iframe|source)\b[^>]*\bsrc=\"?(\w+:)?//|<link\b[^>]*\bhref=\"?(\w+:)?//"
)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if find_spec("zensical") is None:
        pytest.skip('zensical is not installed: pip install -c constraints.txt -e ".[docs]"')
    out = tmp_path_factory.mktemp("manual")
    command = [sys.executable, str(ROOT / "docs" / "build.py"), "--draft", "--out", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return out / "site"


def test_every_public_name_has_its_entry(pages: Path) -> None:
    page = (pages / "api" / "public.html").read_text(encoding="utf-8")
    assert [name for name in ncsi.__all__ if f'id="ncsi.{name}"' not in page] == []


def test_every_room_tutorial_and_example_has_its_page(pages: Path) -> None:
    rooms = {f"ncsi.{path.parent.name}" for path in (ROOT / "ncsi").glob("*/__init__.py")}
    assert {path.stem for path in (pages / "api").glob("*.html")} >= rooms | {"ncsi.errors", "flows"}
    notebooks = {path.stem for path in (ROOT / "notebooks").glob("*.py")}
    assert {path.stem for path in (pages / "tutorials").glob("*.html")} == notebooks
    assert {path.parent.name for path in pages.glob("examples/*/index.html")} >= {"acsi_2015", "sfo"}


def test_nothing_is_fetched_from_elsewhere(pages: Path) -> None:
    fetching = {}
    for page in pages.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        if found := FETCHED.search(text):
            fetching[page.name] = found.group()
        assert 'class="mermaid"' not in text, (
            f"{page.name}: its diagram would be drawn by a script from elsewhere"
        )
    assert fetching == {}
    styles = "".join(path.read_text(encoding="utf-8") for path in pages.rglob("*.css"))
    assert re.findall(r"(?:url\(|@import )[\"']?(?:\w+:)?//[^)]*", styles) == []
