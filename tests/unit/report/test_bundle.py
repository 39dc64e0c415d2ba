"""The data of a release: a workbook that runs nothing, code lists that name every id, tables alike in every form."""

import csv
import json
import re
import zipfile

import html5lib
import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

from ncsi.report.plain_files import plain
from ncsi.tables import TABLES

TEXTS = ("text",)


@pytest.fixture(scope="module")
def data(release):
    return release.folder / "data"


@pytest.fixture(scope="module")
def sheets(data):
    """XML of every sheet by its name."""
    with zipfile.ZipFile(data / "release.xlsx") as archive:
        book = archive.read("xl/workbook.xml").decode()
        names = re.findall(r'<sheet name="([^"]+)"', book)
        return {
            name: archive.read(f"xl/worksheets/sheet{k}.xml").decode() for k, name in enumerate(names, 1)
        } | {"styles": archive.read("xl/styles.xml").decode()}


def test_every_table_has_a_sheet_with_a_frozen_styled_head(sheets, data):
    tables = {path.stem.removeprefix("out_")[:31] for path in data.glob("*.csv")}
    assert tables == set(sheets) - {"about", "styles"}
    for name in tables:
        assert '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>' in sheets[name], (
            name
        )
        assert "<autoFilter" in sheets[name]
        head = re.search(r'<row r="1"[^>]*>(.*?)</row>', sheets[name])[1]
        assert len(set(re.findall(r' s="(\d+)"', head))) == 1
    assert "FF0F5499" in sheets["styles"]


def test_no_cell_is_a_formula_or_a_link_out(sheets):
    assert [name for name, xml in sheets.items() if "<f>" in xml or "<f " in xml] == []
    assert 'quotePrefix="1"' in sheets["styles"]
    links = [link for xml in sheets.values() for link in re.findall(r"<hyperlink [^>]*>", xml)]
    assert links
    assert all("location=" in link and "r:id" not in link for link in links)


def test_hostile_names_are_the_same_text_in_every_form(data, invented):
    wanted = set(invented.HOSTILE)
    rows = CalamineWorkbook.from_path(data / "release.xlsx").get_sheet_by_name("codes_brands").to_python()
    assert wanted <= {row[rows[0].index("label_zh")] for row in rows[1:]}
    assert wanted <= set(pd.read_parquet(data / "codes_brands.parquet")["label_en"])
    with (data / "codes_brands.csv").open(encoding="utf-8", newline="") as file:
        labels = [row["label_en"] for row in csv.DictReader(file)]
    assert wanted <= {plain(one) for one in labels}
    assert not [one for one in labels if one.startswith(("=", "+", "-", "@"))]


@pytest.mark.parametrize("name", ["out_index_by_brand", "out_rank_by_sector", "out_items_by_sector"])
def test_csv_parquet_and_workbook_hold_the_same_figures(data, name):
    plain_text = pd.read_csv(data / f"{name}.csv", keep_default_na=False, na_values=[""])
    columnar = pd.read_parquet(data / f"{name}.parquet")
    rows = (
        CalamineWorkbook.from_path(data / "release.xlsx")
        .get_sheet_by_name(name.removeprefix("out_"))
        .to_python()
    )
    assert rows[0] == list(TABLES[name].names) == list(columnar.columns)
    for column in (c.name for c in TABLES[name].columns if c.kind == "number"):
        k = rows[0].index(column)
        shown = pd.Series([None if row[k] == "" else row[k] for row in rows[1:]], dtype=float)
        pd.testing.assert_series_equal(columnar[column].astype(float), plain_text[column], check_names=False)
        pd.testing.assert_series_equal(shown, plain_text[column].astype(float), check_names=False, rtol=1e-12)


def test_every_id_in_the_tables_has_a_label_in_both_languages(data):
    lists = {
        key: pd.read_csv(data / f"codes_{name}.csv", dtype=str)
        for key, name in (
            ("sector", "sectors"),
            ("group", "groups"),
            ("construct", "constructs"),
            ("item", "items"),
            ("subindex", "subindices"),
        )
    }
    for one in lists.values():
        assert one[["label_zh", "label_en"]].notna().all(axis=None)
    for path in data.glob("out_*.csv"):
        frame = pd.read_csv(path, dtype=str)
        for key, known in lists.items():
            if key in frame:
                assert set(frame[key].dropna()) <= set(known[key]) | {"nation"}, (path.name, key)


def test_the_data_package_names_every_table_with_its_hash_size_and_key(release):
    package = json.loads((release.folder / "datapackage.json").read_text(encoding="utf-8"))
    assert package["$schema"] == "https://datapackage.org/profiles/2.0/datapackage.json"
    named = {one["path"] for one in package["resources"]}
    assert named == {f"data/{path.name}" for path in (release.folder / "data").glob("*.csv")}
    for one in package["resources"]:
        assert one["schema"]["primaryKey"]
        assert one["bytes"] == (release.folder / one["path"]).stat().st_size
    assert package["licenses"][0]["name"] == "CC-BY-4.0"


def test_the_page_describes_the_data_set_and_where_to_get_it(release):
    tree = html5lib.parse((release.folder / "index.html").read_text("utf-8"), namespaceHTMLElements=False)
    (script,) = [one for one in tree.iter("script") if one.get("type") == "application/ld+json"]
    described = json.loads(script.text)
    assert described["temporalCoverage"] == "2026-01-08/2026-03-06"
    assert described["variableMeasured"]
    for one in described["distribution"]:
        assert (release.folder / one["contentUrl"]).is_file()
