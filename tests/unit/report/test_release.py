"""A release as its readers get it: pages, PDFs, data, manifest; the same bytes each time; nothing hidden leaks."""

from __future__ import annotations

import csv
import hashlib
import html
import json
import re
import time
from dataclasses import replace

import html5lib
import pandas as pd
import pypdf
import pytest
from frictionless import Package

from ncsi.report.bundle import neutral
from ncsi.spec.plan import load_plan
from ncsi.stages.publish import publish_wave

WAVE = "2026Q1"
MARK = "演示用合成数据"


@pytest.fixture(scope="module")
def folder(nation):
    return nation.release(WAVE)


def test_all_documents_are_there(folder):
    expected = {"index.html", "national.pdf", "national.zh.pdf", "national.en.pdf", "datapackage.json", "manifest.json",
                "sectors/dairy.html", "sectors/dairy.pdf", "data/out_rank_by_brand.csv",
                "data/out_rank_by_brand.parquet",
                "data/release.xlsx"}  # fmt: skip
    assert expected <= {str(path.relative_to(folder)) for path in folder.rglob("*")}


def test_manifest_holds_the_hash_of_every_other_file(folder):
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    files = {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()} - {
        "manifest.json",
        "manifest.sig",
    }
    assert set(manifest["files"]) == files
    for name, digest in manifest["files"].items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest, name
    assert manifest["synthetic"] is True
    assert len(manifest["source_sha256"]) == 3


def test_same_inputs_same_bytes_in_another_time_zone_and_folder(nation, folder, monkeypatch, tmp_path):
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    time.tzset()
    monkeypatch.chdir(tmp_path)
    plan = load_plan(nation.workspace, WAVE)
    settings = plan.workspace.settings.model_copy(update={"releases": str(tmp_path / "elsewhere")})
    again = publish_wave(replace(plan, workspace=replace(plan.workspace, settings=settings))).folder
    monkeypatch.undo()
    time.tzset()
    assert again != folder
    first, second = (
        {path.relative_to(root): path.read_bytes() for path in root.rglob("*") if path.is_file()}
        for root in (folder, again)
    )
    assert first.keys() == second.keys()
    assert [str(name) for name in first if first[name] != second[name]] == []


@pytest.mark.parametrize("name", ["index.html", "sectors/dairy.html", "sectors/banks.html"])
def test_html_is_clean_and_needs_no_network(folder, name):
    page = (folder / name).read_text(encoding="utf-8")
    parser = html5lib.HTMLParser(strict=False)
    parser.parse(page)
    assert [code for _, code, _ in parser.errors] == []
    assert re.findall(r'(?:src|href)="(https?:|//)', page) == []
    assert "default-src 'none'" in html.unescape(page)
    assert MARK in page


def test_hostile_names_print_as_themselves(folder):
    page = (folder / "sectors" / "dairy.html").read_text(encoding="utf-8")
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    words = "".join(page.extract_text() for page in pypdf.PdfReader(folder / "sectors" / "dairy.pdf").pages)
    for name in ("<script>alert(1)</script>", '=HYPERLINK("x")', "#set text(red)", r"$\frac{$"):
        assert name.replace(" ", "") in words.replace(" ", "").replace("\n", ""), name
    with (folder / "data" / "codes_brands.csv").open(encoding="utf-8") as file:
        labels = {row["label_zh"] for row in csv.DictReader(file)}
    assert '\'=HYPERLINK("x")' in labels


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx"])
def test_formulas_are_neutralised(text):
    assert neutral(text) == f"'{text}"
    assert neutral("plain") == "plain"


@pytest.mark.parametrize("name", ["national.pdf", "national.zh.pdf", "national.en.pdf", "sectors/banks.pdf"])
def test_pdf_claims_its_standards_and_is_marked_on_every_page(folder, name):
    reader = pypdf.PdfReader(folder / name)
    metadata = reader.trailer["/Root"]["/Metadata"].get_object().get_data().decode("utf-8")
    assert "<pdfaid:part>3</pdfaid:part>" in metadata
    assert "<pdfuaid:part>1</pdfuaid:part>" in metadata
    mark = "Synthetic demonstration data" if name.endswith("en.pdf") else MARK
    for page in reader.pages:
        assert mark in page.extract_text().replace("\n", "")
    assert mark in str(reader.metadata.title)


def test_data_are_attached_to_the_national_pdf(folder):
    attached = pypdf.PdfReader(folder / "national.pdf").attachments
    assert {"datapackage.json", "out_rank_by_sector.csv"} <= set(attached)
    assert attached["out_rank_by_sector.csv"][0] == (folder / "data" / "out_rank_by_sector.csv").read_bytes()


def test_data_package_is_valid(folder):
    package = Package(str(folder / "datapackage.json"))
    report = package.validate()
    assert report.valid, report.flatten(["type", "note"])[:5]


def test_suppressed_brands_leave_no_figure(folder, nation):
    index = pd.read_csv(folder / "data" / "out_index_by_brand.csv")
    hidden = index[index["status"].isin(["suppressed", "withheld"])]
    assert set(hidden["sector"]) == {"bottled_water"}
    assert hidden[["index_0_100", "se", "low", "high"]].isna().all(axis=None)
    keys = set(hidden[["sector", "brand"]].itertuples(index=False, name=None))
    ranks = pd.read_csv(folder / "data" / "out_rank_by_brand.csv")
    assert not keys & set(ranks[["sector", "brand"]].itertuples(index=False, name=None))
    changes = pd.read_csv(folder / "data" / "out_changes.csv")
    brands = changes[changes["level"] == "brand"]
    assert not keys & set(brands[["sector", "unit"]].itertuples(index=False, name=None))
