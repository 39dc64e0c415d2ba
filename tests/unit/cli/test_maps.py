"""`ncsi map` and `ncsi check` from the terminal: what they write, what they say, how they end."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import zipfile

import pytest
import yaml

from ncsi.cli import main
from ncsi.spec import load_instrument

ITEMS = load_instrument("fmcg").items


def run(capsys, *arguments):
    with pytest.raises(SystemExit) as stopped:
        main([str(one) for one in arguments])
    output = capsys.readouterr()
    return stopped.value.code, output.out, output.err


@pytest.fixture
def own(tmp_path, capsys):
    """The example workspace, and a file of another platform for its wave: brands by their labels."""
    root = tmp_path / "own"
    main(["init", str(root)])
    capsys.readouterr()
    answers = [str(min(8, one.scale.max)) for one in ITEMS]
    brands = ("示例品牌甲", "示例品牌乙", "示例品牌甲", "别的品牌")
    rows = [[f"r{k}", "2026-03-05 10:00:00", brand, "华北", *answers] for k, brand in enumerate(brands)]
    header = ["编号", "提交时间", "品牌", "地区", *(one.label.zh for one in ITEMS)]
    (root / "data" / "other.csv").write_text(
        "\n".join(",".join(row) for row in [header, *rows]), encoding="utf-8"
    )
    return root


def test_a_map_for_a_wave_codes_its_brands_and_is_judged_as_ingest_will(own, capsys):
    file, out = own / "data" / "other.csv", own / "maps" / "other.yaml"
    place = ("--wave", "2026", "--sector", "skin_care", "--workspace", str(own))
    main(["map", str(file), *place, "--out", str(out), "--json"])
    told = json.loads(capsys.readouterr().out)
    assert (told["questions"], told["unmatched"], told["rows_read"], told["rows_accepted"]) == ([], [], 4, 3)
    written = yaml.safe_load(out.read_text(encoding="utf-8"))
    assert written["values"]["brand"] == {"示例品牌甲": "A", "示例品牌乙": "B"}
    assert written["columns"]["brand"] == "品牌"
    code, said, _ = run(capsys, "check", file, "--map", out, *place, "--json")
    checked = json.loads(said)
    assert (code, checked["rows_accepted"], checked["rejects"][0]["rule"]) == (2, 3, "brand_unknown")


def test_a_map_of_a_workspace_names_its_schema_and_what_groups_the_rows(own, capsys, tmp_path):
    file = own / "data" / "grouped.csv"
    lines = (own / "data" / "other.csv").read_text(encoding="utf-8").splitlines()
    more = ["行业,性别", *(f"{'银行保险'[k % 2 * 2 :][:2]},{'男女'[k % 2]}" for k in range(len(lines) - 1))]
    file.write_text("\n".join(map(",".join, zip(lines, more, strict=True))), encoding="utf-8")
    place = ("--wave", "2026", "--sector", "skin_care", "--workspace", str(own))
    main(["map", str(file), *place, "--out", str(own / "maps" / "g.yaml"), "--json"])
    told = json.loads(capsys.readouterr().out)
    assert told["groups"] == [
        {"column": "行业", "meant": "sector"},
        {"column": "性别", "meant": "background"},
    ]
    text = (own / "maps" / "g.yaml").read_text(encoding="utf-8")
    assert text.startswith("# yaml-language-server: $schema=../schemas/map.json\n")
    assert (own / "schemas" / "map.json").is_file()
    assert '- "行业"  # by its name the sector: where the file is of several' in text
    main(["map", str(file), *place, "--out", str(tmp_path / "g.yaml")])
    assert "left  行业: by its name the sector" in capsys.readouterr().out
    assert "$schema" not in (tmp_path / "g.yaml").read_text(encoding="utf-8")


def test_what_goes_together_is_told(own, capsys):
    file = own / "data" / "other.csv"
    for arguments, said in (
        (("map", file), "--instrument ID, or --wave ID with --sector ID"),
        (("map", file, "--wave", "2026", "--workspace", own), "--wave and --sector go together"),
        (("check", file), "--instrument ID, or --wave ID with --sector ID"),
        (("check", file, "--sector", "skin_care"), "--sector goes with --wave"),
        (("map", file, "--wave", "2026", "--sector", "x", "--workspace", own), "it has no sector 'x'"),
    ):
        code, out, err = run(capsys, *arguments)
        assert (code, out) == (2, "")
        assert said in err


def test_the_nearest_command_is_told(capsys):
    code, _, err = run(capsys, "ingset")
    assert (code, "Did you mean 'ingest'?" in err) == (2, True)
    assert "`ncsi --help` lists them" in run(capsys, "xyzzy")[2]


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [
        (("check", "none.csv", "--instrument", "ccsi"), "ReadError"),
        (("check", "none.csv", "--instrument", "cssi"), "SpecError"),
        (("check", "none.csv"), None),
        (("ingset",), None),
    ],
)
def test_an_error_is_json_where_json_was_asked_for(capsys, arguments, kind):
    code, out, err = run(capsys, *arguments, "--json")
    told = json.loads(out)
    assert (code, told["exit_code"], told.get("kind")) == (2, 2, kind)
    assert f"Error: {told['error']}" in err
    assert ("cure" in told) is (kind is not None)


def test_a_place_that_is_not_there_is_bad_usage(capsys, own):
    file = own / "data" / "other.csv"
    code, _, err = run(capsys, "map", file, "--instrument", "fmcg", "--out", own / "nowhere" / "m.yaml")
    assert (code, "No such file" in err) == (2, True)
    code, _, err = run(capsys, "check", "x" * 300, "--instrument", "fmcg")
    assert (code, "too long" in err) == (2, True)


@pytest.mark.parametrize(
    ("name", "cure"),
    [
        ("x.yaml.xlsx", "Name x.yaml."),
        ("x.xlsx", "Name x.yaml."),
        ("x.csv", "Name x.yaml."),
        ("x", "Name x.yaml."),
    ],
)
def test_a_map_is_written_into_no_file_of_another_kind(own, capsys, name, cure):
    out = own / "maps" / name
    code, _, err = run(capsys, "map", own / "data/other.csv", "--instrument", "fmcg", "--out", out)
    assert (code, cure in err) == (2, True)
    assert "a map is YAML" in err
    assert not out.exists()


def _zipped(**parts: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()


DOCUMENTS = {
    "a.pdf": (b"%PDF-1.7\n%\xe2\xe3", "it is a PDF document"),
    "a.csv": (b"\xef\xbb\xbf %PDF-1.4\n1 0 obj", "it is a PDF document"),
    "a.rtf": (b"{\\rtf1\\ansi x}", "it is an RTF document"),
    "a.docx": (_zipped(**{"word/document.xml": b"<w/>"}), "it is a Word document"),
    "a.xlsx": (_zipped(**{"word/document.xml": b"<w/>"}), "it is a Word document"),
    "a.pptx": (_zipped(**{"ppt/presentation.xml": b"<p/>"}), "it is a PowerPoint presentation"),
    "a.odt": (_zipped(mimetype=b"application/vnd.oasis.opendocument.text"), "OpenDocument text"),
    "a.doc": (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "WordDocument".encode("utf-16-le"),
        "an old Word document",
    ),
    "a.png": (b"\x89PNG\r\n\x1a\n\x00\x00", "it is a picture"),
    "b.docx": (b"id,q1\n1,2\n", "the name says a Word document"),
}
OTHERS = {
    "a.csv.gz": (gzip.compress(b"id,q1\n1,2\n"), "it is packed with gzip", "pack the export as zip"),
    "b.csv": (bz2.compress(b"id,q1\n1,2\n"), "it is packed with bzip2", "pack the export as zip"),
    "a.xz": (lzma.compress(b"id,q1\n1,2\n"), "it is packed with xz", "pack the export as zip"),
    "a.7z": (b"7z\xbc\xaf\x27\x1c\x00\x04", "it is a 7z archive", "pack the export as zip"),
    "a.rar": (b"Rar!\x1a\x07\x01\x00", "it is a RAR archive", "pack the export as zip"),
    "a.xls": (b"\xef\xbb\xbf\r\n<HTML xmlns:x='y'><table><tr><td>id", "it is a web page", "save it as xlsx"),
    "b.xls": (
        b"<?xml version='1.0'?>\n<Workbook xmlns='urn:schemas-microsoft-com:office:spreadsheet'>",
        "in XML of Excel 2003",
        "save it as xlsx",
    ),
    "a.sas7bdat": (bytes(12) + b"\xc2\xea\x81\x60\xb3\x14", "it is a table of SAS", "Save it as csv, sav"),
    "a.por": (b"0" * 40 + b"ASCII SPSS PORT FILE", "it is a portable file of SPSS", "Save it as sav"),
    "a.feather": (b"ARROW1\x00\x00", "it is a file of Arrow", "Save it as Parquet"),
    "a.db": (b"SQLite format 3\x00", "it is a database of SQLite", "Save it as csv, sav"),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_given_for_data_is_named_with_what_to_give(own, capsys, name):
    content, told = DOCUMENTS[name]
    file = own / "data" / name
    file.write_bytes(content)
    code, _, err = run(capsys, "check", file, "--instrument", "fmcg")
    assert code == 2
    assert told in err
    assert ("as the survey platform exports them" in err) is (name != "b.docx")
    code, _, err = run(capsys, "instrument", "new", "mine", "--from", file, "--workspace", own)
    assert code == 2
    assert told in err or "it is no questionnaire that is read" in err


@pytest.mark.parametrize("name", OTHERS)
def test_a_file_of_another_kind_is_named_with_what_to_do(own, capsys, name):
    content, told, cure = OTHERS[name]
    file = own / "data" / name
    file.write_bytes(content)
    code, _, err = run(capsys, "check", file, "--instrument", "fmcg")
    assert (code, told in err, cure in err) == (2, True, True)


def test_a_text_that_begins_like_a_packed_file_is_read_as_text(own, capsys):
    file = own / "data" / "a.csv"
    file.write_text("BZh,q1\n1,2\n", encoding="utf-8")
    _, out, err = run(capsys, "check", file, "--instrument", "fmcg")
    assert "bzip2" not in out + err


def test_an_opendocument_spreadsheet_is_to_be_saved_as_another(own, capsys):
    file = own / "data" / "a.ods"
    file.write_bytes(_zipped(mimetype=b"application/vnd.oasis.opendocument.spreadsheet"))
    code, _, err = run(capsys, "check", file, "--instrument", "fmcg")
    assert (code, "Save it as xlsx or csv" in err) == (2, True)


def test_a_fault_without_a_column_names_none(own, capsys):
    lines = (own / "data" / "skin_care.csv").read_text(encoding="utf-8").splitlines()
    repeated = own / "data" / "again.csv"
    repeated.write_text("\n".join([lines[0], lines[1], lines[0], lines[2]]), encoding="utf-8")
    _, out, _ = run(
        capsys, "check", repeated, "--instrument", "fmcg", "--map", own / "maps" / "skin_care.yaml"
    )
    assert "row 3: " in out
    assert "column nan" not in out
