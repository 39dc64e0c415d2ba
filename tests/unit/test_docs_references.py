"""What code, tests and docs refer to is there: sections of docs/method.md, files behind links, modules, tests."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = ("ncsi", "flows", "tests", "docs", "notebooks")
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "data").rglob("*.md")])
REFERENCE = re.compile(r"method\.md`? (§[^)\n]*)")
SECTION = re.compile(r"§(\d+)")
HEADING = re.compile(r"^(#+) (.+?)\s*$", re.MULTILINE)
NAMED = re.compile(
    r"`((?:ncsi|flows|tests|docs|data)/[\w./*-]*|(?:ncsi|flows)(?:\.(?!yaml)[A-Za-z]\w*)+|[\w/]*test_\w+\.py)`"
)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


def texts() -> Iterator[tuple[Path, str]]:
    for place in SOURCES:
        for path in sorted((ROOT / place).rglob("*")):
            if path.suffix in (".py", ".md", ".yaml") and path != Path(__file__):
                yield path, path.read_text(encoding="utf-8")


def headings(page: Path) -> list[str]:
    """Titles of a page, without what stands in code blocks."""
    prose = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    return [title for _, title in HEADING.findall(prose)]


def anchor(title: str) -> str:
    """The anchor that a heading gets on a code host and in the rendered pages."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def test_every_section_of_the_method_that_is_cited_exists():
    known = {title.split(".")[0] for title in headings(ROOT / "docs" / "method.md")}
    cited = [
        (path.relative_to(ROOT).as_posix(), number)
        for path, text in texts()
        for sections in REFERENCE.findall(text)
        for number in SECTION.findall(sections)
    ]
    assert len(cited) > 15
    assert [one for one in cited if one[1] not in known] == []


def test_sections_of_the_method_are_numbered_without_a_gap():
    numbers = [
        int(found[1])
        for title in headings(ROOT / "docs" / "method.md")[1:]
        if (found := re.match(r"(\d+)\. ", title))
    ]
    assert numbers == list(range(1, len(numbers) + 1))


def test_sections_that_the_method_cites_of_itself_exist():
    text = (ROOT / "docs" / "method.md").read_text(encoding="utf-8")
    known = {title.split(".")[0] for title in headings(ROOT / "docs" / "method.md")}
    assert set(SECTION.findall(text)) <= known


def test_nothing_refers_to_a_method_outside_the_repository():
    assert [path for path, text in texts() if re.search(r"\bMETHOD(\.md)?,? §", text)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_relative_links_lead_somewhere(page: Path):
    broken = []
    for link in LINK.findall(page.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", link):
            continue
        file, _, part = link.partition("#")
        target = (page.parent / file).resolve() if file else page
        anchors = [anchor(title) for title in headings(target)] if part and target.exists() else [part]
        if not target.exists() or part not in anchors:
            broken.append(link)
    assert broken == []


def is_there(name: str) -> bool:
    """Whether a path, a test file anywhere in tests, or a module or a name in one (`ncsi.a.b`) exists."""
    if name.endswith(".py") and "test_" in name:
        return any(path.as_posix().endswith(name) for path in (ROOT / "tests").rglob("test_*.py"))
    if "/" in name:
        return any(ROOT.glob(name.rstrip("/")))
    return module_of(name) is not None or last_part_is_in(name)


def module_of(name: str) -> Path | None:
    """The file of a module or package."""
    place = ROOT / name.replace(".", "/")
    return next((one for one in (place.with_suffix(".py"), place / "__init__.py") if one.exists()), None)


def last_part_is_in(name: str) -> bool:
    """Whether a module speaks of the name that follows it."""
    module, _, own = name.rpartition(".")
    file = module_of(module)
    return file is not None and re.search(rf"\b{own}\b", file.read_text(encoding="utf-8")) is not None


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "docs/architecture.md", "docs/method.md"])
def test_modules_paths_and_tests_that_are_named_exist(page: str):
    named = NAMED.findall((ROOT / page).read_text(encoding="utf-8"))
    assert named
    assert [one for one in named if not is_there(one)] == []


CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
    "contracts"
]
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
DOORS = [one for one in CONTRACTS if one["name"].startswith("one door to ")]


@pytest.mark.parametrize("contract", DOORS, ids=lambda one: one["name"].removeprefix("one door to "))
def test_every_door_is_in_the_table_of_doors(contract):
    library = contract["forbidden_modules"][0]
    rows = [line for line in ARCHITECTURE.splitlines() if line.startswith("| ") and library in line]
    doors = {one.partition(" ->")[0].removesuffix(".**") for one in contract["ignore_imports"]}
    assert any(all(f"`{door}`" in row for door in doors) for row in rows)


def test_every_room_is_in_the_plan_of_the_house():
    layers = next(one["layers"] for one in CONTRACTS if one["name"].startswith("lower never imports higher"))
    rooms = [room for layer in layers if "(" not in layer for room in layer.split(" | ")]
    plan = ARCHITECTURE.partition("```")[2].partition("```")[0]
    assert [one for one in rooms if not re.search(rf"\b{one.removeprefix('ncsi.')}\b", plan)] == []
