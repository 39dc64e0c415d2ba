"""What a mistake in a file of population totals says: one row each. Read it as a manual of the messages.

Each row edits the shipped example's `margins/region.csv` (`old` → `new`).
"""

from __future__ import annotations

import shutil

import pytest
import yaml

from ncsi.errors import SpecError
from ncsi.spec import open_workspace, schemas_root
from ncsi.spec.plan import load_plan

EAST = "华东,0.32,示例（虚构） Example (fictional),2025"
MISTAKES = [
    ("region,total", "regions,total", "region.csv: row 1: unknown column 'regions'. Did you mean 'region'?"),
    ("region,total,source,year\n", "region,total,year\n",
     "row 1: the column 'source' is missing. Columns are: region, total, source, year"),
    ("region,total", "total,total", "row 1: the column 'total' is given twice. Remove one of them"),
    (EAST, EAST + ",more", "row 3: has 5 cells for 4 columns. Correct commas and quotes"),
    ("0.32", "", "row 3, column total: is empty. Fill it, or take the row out"),
    ("0.32", "0", "row 3, column total: '0' is not a positive number. "),
    ("0.32", "-3", "row 3, column total: '-3' is not a positive number. "),
    ("0.32", "1 000", "'1 000' is not a positive number. Give a count or a share above 0, without separators"),
    ("0.32", "nan", "row 3, column total: 'nan' is not a positive number. "),
    (f"{EAST}\n", f"{EAST[:-4]}last\n", "row 3, column year: 'last' is not a year. Write it as in 2024; years run "
     "from 2000 to 2100"),
    ("华东", "华北", "the category '华北' is given twice. Keep one row for each category"),
    ("2025\n", "2024\n", None),
]  # fmt: skip


@pytest.fixture
def root(tmp_path):
    return shutil.copytree(schemas_root() / "example", tmp_path / "ws")


@pytest.mark.parametrize(("old", "new", "message"), MISTAKES)
def test_a_mistake_in_the_totals_is_named(root, old, new, message):
    path = root / "margins" / "region.csv"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    if message is None:
        assert load_plan(open_workspace(root), "2026").totals["margins/region.csv"].by == ("region",)
        return
    with pytest.raises(SpecError) as caught:
        load_plan(open_workspace(root), "2026")
    assert message in str(caught.value)


def declare(root, **weighting):
    path = root / "waves" / "2026.yaml"
    wave = yaml.safe_load(path.read_text(encoding="utf-8"))
    path.write_text(yaml.safe_dump(wave | {"weighting": weighting}), encoding="utf-8")


def test_margins_of_different_populations_are_both_named(root):
    (root / "margins" / "b.csv").write_text(
        "brand,total,source,year\nA,3,s,2024\nB,1,s,2024\n", encoding="utf-8"
    )
    declare(
        root,
        margins=[
            {"by": ["region"], "file": "margins/region.csv"},
            {"by": ["brand"], "file": "margins/b.csv"},
        ],
    )
    with pytest.raises(SpecError) as caught:
        load_plan(open_workspace(root), "2026")
    assert "margins/b.csv, margin brand, sector skin_care: its totals sum to 4, those of region" in str(
        caught.value
    )
    assert "in margins/region.csv to 1. Give all margins of the same population" in str(caught.value)


@pytest.mark.parametrize(
    ("content", "weighting", "message"),
    [
        (None, {"margins": [{"by": ["region"], "file": "margins/x.csv"}]}, "x.csv: there is no such file of totals"),
        ("region,sector,total,source,year\na,dairy,1,s,2024\n",
         {"margins": [{"by": ["region"], "file": "margins/x.csv"}]}, "there is no row for sector 'skin_care'"),
        ("region,total,source,year\na,1,s,2024\n", {"frame": {"by": ["region"], "file": "margins/x.csv"}},
         "the column 'drawn' is missing"),
        ("", {"margins": [{"by": ["region"], "file": "margins/x.csv"}]}, "the column 'region' is missing"),
        ("region,total,source,year\n", {"margins": [{"by": ["region"], "file": "margins/x.csv"}]}, "has no totals"),
    ],
)  # fmt: skip
def test_a_file_that_does_not_fit_the_weighting_is_named(root, content, weighting, message):
    if content is not None:
        (root / "margins" / "x.csv").write_text(content, encoding="utf-8")
    declare(root, **weighting)
    with pytest.raises(SpecError, match=message):
        load_plan(open_workspace(root), "2026")


def test_a_file_in_another_encoding_says_so(root):
    (root / "margins" / "region.csv").write_bytes("region,total\n华东,1\n".encode("gb18030"))
    with pytest.raises(SpecError, match=r"region\.csv: is not UTF-8 \(byte 13\)\. Save it as CSV UTF-8"):
        load_plan(open_workspace(root), "2026")
