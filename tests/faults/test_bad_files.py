"""Files that cannot be read as the table they claim to be, each with its message written down.

Read in this process: that one of its own reads the same, and breaks off alone, `test_reading_bounds` shows."""

from __future__ import annotations

import io
import os
import tempfile
import zipfile
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyreadstat
import pytest

from ncsi.errors import ReadError
from ncsi.ingest.cells import coded
from ncsi.ingest.read import read_file
from ncsi.ingest.read.file import read_here

GOOD = "respondent,brand,Q1\nr1,b1,8\nr2,b1,9\n"


def read(tmp_path, content, name="f.csv"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_here(path)


def refused(tmp_path, content, name="f.csv") -> str:
    with pytest.raises(ReadError) as error:
        read(tmp_path, content, name)
    assert error.value.exit_code == 2
    return str(error.value)


TEXT_FAULTS = {
    "empty": ("", "the file is empty (0 bytes). Export it again"),
    "only blank lines": (
        "\n\n\n",
        "f.csv, row 1: there is no header. Put the column names in the first row",
    ),
    "header only": ("a,b\n", "f.csv: there is a header but no row below it. Export the responses"),
    "header and blank rows": ("a,b\n,\n  ,\n", "there is a header but no row below it"),
    "ragged": (
        "a,b\n1,2\n3\n4,5,6\n7,8\n",
        "f.csv: 2 rows do not have the 2 cells of the header (row 3 has 1, row 4 has 3; cells separated by a comma)",
    ),
    "cut off": ("a,b,c\n1,2,3\n4,5", "1 row does not have the 3 cells of the header (row 3 has 2;"),
    "header twice": (
        "Q1,b,Q1\n1,2,3\n",
        "f.csv, row 1: the column name 'Q1' occurs 2 times (columns 1, 3). Rename or remove all but one",
    ),
    "header twice after trimming": ("Q1,b,Q1 \n1,2,3\n", "the column name 'Q1' occurs 2 times"),
    "column without a name": ("a,\n1,2\n", "f.csv, row 1: column 2 holds values but has no name"),
    "open quote": (
        'a,b\n1,2\n3,"x\n4,5\n6,7\n',
        "f.csv, row 3: a quotation mark opens here and is never closed",
    ),
    "NUL": (b"a,b\n1,\x002\n", "f.csv, line 2, byte 6: it contains a NUL byte, which text never does"),
    "utf-16 cut off": (
        "a,b\n1,好\n".encode("utf-16")[:-1],
        "f.csv, line 2, byte 16: it starts as utf-16 but is not valid utf-16 here. Save it as utf-8",
    ),
    "utf-16 with half a character": (
        b"\xff\xfe" + "a,b\n1,".encode("utf-16-le") + b"\x00\xd8" + "\n".encode("utf-16-le"),
        "f.csv, line 2, byte 14: it starts as utf-16 but is not valid utf-16 here",
    ),
    "NUL in utf-16": ("a,b\n1,\x00\n".encode("utf-16"), "f.csv, line 2: it contains a NUL character"),
    "utf-32": ("a,b\n1,2\n".encode("utf-32"), "f.csv: it is encoded in UTF-32. Save it as utf-8"),
    "utf-16 without a BOM": (
        "a,b\n1,2\n".encode("utf-16-le"),
        "it contains a NUL byte, which text never does",
    ),
    "neither encoding": (
        b"a,b\n1,\xff\xff\n",
        "f.csv, line 2, byte 6: it is neither utf-8 (byte 6) nor gb18030 (byte 6). Save it as utf-8",
    ),
    "BOM and gbk": (
        b"\xef\xbb\xbfa,b\n1," + "好".encode("gbk"),
        "it starts as utf-8 but is not valid utf-8 here",
    ),
    "two encodings": (
        "a,b\n1,很好\n".encode() + "2,不好\n".encode("gbk"),
        "f.csv: line 2 is in utf-8 and line 3 is not (byte 15)",
    ),
    "10,000 columns": (
        ",".join(f"c{k}" for k in range(10_000)) + "\n" + ",".join("1" * 10_000) + "\n",
        "it has 10000 columns, more than 5000. Export only the questions of the instrument",
    ),
}


@pytest.mark.parametrize("name", TEXT_FAULTS)
def test_text_that_is_no_table(tmp_path, name):
    content, message = TEXT_FAULTS[name]
    assert message in refused(tmp_path, content)


TEXT_QUIRKS = {
    "plain": GOOD,
    "BOM": b"\xef\xbb\xbf" + GOOD.encode(),
    "BOM and semicolon": "\ufeff" + GOOD.replace(",", ";"),
    "tabs": GOOD.replace(",", "\t"),
    "CR": GOOD.replace("\n", "\r"),
    "CRLF": GOOD.replace("\n", "\r\n"),
    "no last line end": GOOD.strip(),
    "quoted": GOOD.replace("b1", '"b1"'),
    "spaces in the header": GOOD.replace("brand", " brand "),
    "trailing empty column": GOOD.replace("\n", ",\n"),
    "inch marks in the text": GOOD.replace("r2", 'r2"').replace("r1", "r1"),
}


@pytest.mark.parametrize("name", TEXT_QUIRKS)
def test_quirks_that_lose_nothing_are_read(tmp_path, name):
    table = read(tmp_path, TEXT_QUIRKS[name])
    assert table.columns == ("respondent", "brand", "Q1")
    assert table.values.column("Q1").to_pylist() == ["8", "9"]
    assert table.values.column("brand").to_pylist() == ["b1", "b1"]
    assert table.row_numbers.tolist() == [2, 3]


def test_commas_in_a_question_do_not_part_the_cells(tmp_path):
    table = read(tmp_path, "How good, fast, cheap?;Q2\n8;7\n9;6\n")
    assert table.columns == ("How good, fast, cheap?", "Q2")


@pytest.mark.parametrize("order", ["le", "be"])
@pytest.mark.parametrize("between", ["\t", ","])
def test_unicode_text_as_excel_and_spss_save_it(tmp_path, order, between):
    """A BOM, two bytes a character (four beyond the basic plane, whose halves look like delimiters to a careless
    reader), tabs between the cells."""
    rows = [["编号", "Q1", "看法"], ["5", "10", "好\U00020bb7，a"], ["6", "9", "\u0a0d\u2c09"]]
    text = "".join(between.join(row) + "\r\n" for row in rows)
    content = "\ufeff".encode(f"utf-16-{order}") + text.encode(f"utf-16-{order}")
    table = read(tmp_path, content)
    assert table.encoding == "utf-16"
    assert table.format == ("tsv" if between == "\t" else "csv")
    assert table.values.to_pydict() == {name: list(cells) for name, *cells in zip(*rows, strict=True)}


def test_gb18030_with_four_byte_characters(tmp_path):
    text = "respondent,brand,评价\nr1,㐀,好𠮷\n"
    table = read(tmp_path, text.encode("gb18030"))
    assert table.encoding == "gb18030"
    assert table.values.to_pydict() == {"respondent": ["r1"], "brand": ["㐀"], "评价": ["好𠮷"]}


def test_row_numbers_are_those_of_a_spreadsheet(tmp_path):
    table = read(tmp_path, 'a,b\n"line\nbreak",2\n\n,\n3,4\n\n')
    assert table.row_numbers.tolist() == [2, 5]
    assert table.values.column("a").to_pylist() == ["line\nbreak", "3"]


def test_ids_keep_their_zeros_and_digits(tmp_path):
    table = read(tmp_path, "id\n013800000000\n12345678901234567890\n1e400\n")
    assert table.values.column("id").to_pylist() == ["013800000000", "12345678901234567890", "1e400"]


def test_a_long_answer_comes_whole(tmp_path):
    semicolons = read(tmp_path, "a;b\n1;" + "好" * 200_000 + "\n", "s.csv")
    assert len(semicolons.values.column("b")[0].as_py()) == 200_000
    table = read(tmp_path, f"a,b\n1,{'😀' * 20_000}\n")
    assert len(table.values.column("b")[0].as_py()) == 20_000


def test_what_is_no_file_is_refused_without_waiting(tmp_path):
    with pytest.raises(ReadError, match="there is no such file"):
        read_file(tmp_path / "none.csv")
    with pytest.raises(ReadError, match="is a folder, not a file"):
        read_file(tmp_path)
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(ReadError, match="is a pipe or device, not a file"):
        read_file(tmp_path / "pipe.csv")
    (tmp_path / "link.csv").symlink_to("/etc/passwd")
    with pytest.raises(ReadError, match="is a link, not a file"):
        read_file(tmp_path / "link.csv")


def test_a_file_too_large_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "large.csv"
    with path.open("wb") as handle:
        handle.truncate(3 * 1024**3)
    with pytest.raises(ReadError, match=r"the file has 3\.0 GiB, more than 2 GiB"):
        read_file(path)


def workbook(frame) -> bytes:
    out = io.BytesIO()
    with pd.ExcelWriter(out, engine="xlsxwriter") as writer:
        frame.to_excel(writer, index=False)
    return out.getvalue()


def rewritten(content: bytes, name: str, member: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for one in old.namelist():
            new.writestr(one, member if one == name else old.read(one))
    return out.getvalue()


def test_xlsx_cells_are_text_as_a_spreadsheet_shows_them(tmp_path):
    frame = pd.DataFrame(
        {
            "id": ["013800000000", "2"],
            "n": [8, 9],
            "x": [2.5, None],
            "t": [pd.Timestamp("2026-03-01 12:30:05")] * 2,
            "b": [True, False],
        }
    )
    table = read(tmp_path, workbook(frame), "f.xlsx")
    assert table.values.to_pydict() == {
        "id": ["013800000000", "2"],
        "n": ["8", "9"],
        "x": ["2.5", ""],
        "t": ["2026-03-01 12:30:05"] * 2,
        "b": ["TRUE", "FALSE"],
    }


@pytest.mark.parametrize("name", ["f.xlsx", "f.csv"])
def test_a_workbook_is_known_by_its_content(tmp_path, name):
    assert read(tmp_path, workbook(pd.DataFrame({"a": [1]})), name).format == "xlsx"


def test_workbooks_that_are_damaged_or_hostile(tmp_path):
    good = workbook(pd.DataFrame({"a": range(500)}))
    sheet = "xl/worksheets/sheet1.xml"
    assert "the workbook is damaged, truncated or password-protected" in refused(
        tmp_path, good[: len(good) // 2], "f.xlsx"
    )
    bomb = rewritten(good, sheet, b"<x>" + b"8" * 30_000_000)
    assert "as only a damaged or hostile file does" in refused(tmp_path, bomb, "f.xlsx")
    entity = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><worksheet>&a;</worksheet>'
    assert f"f.xlsx, {sheet}: its XML declares a document type" in refused(
        tmp_path, rewritten(good, sheet, entity), "f.xlsx"
    )
    assert "the workbook cannot be read" in refused(tmp_path, rewritten(good, sheet, b"<no"), "f.xlsx")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.csv", GOOD)
    assert read(tmp_path, out.getvalue(), "f.zip").name == "f.zip/a.csv"
    assert "no visible sheet contains data" in refused(tmp_path, workbook(pd.DataFrame()), "f.xlsx")


@pytest.mark.parametrize(
    ("name", "claim"),
    [("f.xlsx", "an Excel workbook"), ("f.sav", "an SPSS file"), ("f.parquet", "a Parquet")],
)
def test_a_name_that_promises_another_content(tmp_path, name, claim):
    assert f"the name says {claim}" in refused(tmp_path, GOOD, name)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t"])
def test_text_that_is_named_for_excel_is_read_as_text(tmp_path, encoding, delimiter):
    """As web systems name what they export, so that Excel opens it."""
    text = "编号,品牌,Q1\nr1,甲,8\nr2,乙,9\n".replace(",", delimiter)
    found = read(tmp_path, text.encode(encoding), "f.xls")
    assert found.values.to_pydict() == {"编号": ["r1", "r2"], "品牌": ["甲", "乙"], "Q1": ["8", "9"]}
    assert found.format == ("tsv" if delimiter == "\t" else "csv")


@pytest.mark.parametrize("content", [b"a,b\n\x01\x02,3\n", b"a line\nof words\n", b"\x09\x08\x10\0\0\x06"])
def test_what_is_neither_a_workbook_nor_a_table_of_text_is_refused_by_its_name(tmp_path, content):
    assert "the name says an old Excel workbook" in refused(tmp_path, content, "f.xls")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_the_end_of_file_of_dos_is_no_row(tmp_path, encoding):
    found = read(tmp_path, "编号,Q1\n甲,8\n".encode(encoding) + b"\x1a")
    assert found.values.to_pydict() == {"编号": ["甲"], "Q1": ["8"]}
    assert found.encoding == encoding


def parquet(table) -> bytes:
    out = io.BytesIO()
    pq.write_table(table, out)
    return out.getvalue()


def test_parquet_is_text_too(tmp_path):
    table = pa.table(
        {"id": ["01", "2"], "n": [8, None], "x": [8.0, 2.5], "d": pa.array(["a", None]).dictionary_encode()}
    )
    found = read(tmp_path, parquet(table), "f.parquet")
    assert found.values.to_pydict() == {"id": ["01", "2"], "n": ["8", ""], "x": ["8", "2.5"], "d": ["a", ""]}


def test_typed_columns_give_the_texts_and_codes_that_their_values_have_one_by_one(tmp_path):
    """In several row groups, with nulls beside empty texts and rows that hold nothing."""
    values = {
        "a": [1, None, 3, 1, 3, 1],
        "b": ["", None, "好", "b ", "", "好"],
        "c": pa.array(["x", None, "y", "x", None, "z"]).dictionary_encode(),
        "d": [2.5, None, 8.0, float("nan"), 8.0, 2.5],
        "e": pa.nulls(6),
    }
    pq.write_table(pa.table(values), tmp_path / "f.parquet", row_group_size=2)
    found = read_here(tmp_path / "f.parquet")
    texts = {name: found.values.column(name).to_pylist() for name in found.columns}
    assert texts == {
        "a": ["1", "3", "1", "3", "1"],
        "b": ["", "好", "b ", "", "好"],
        "c": ["x", "y", "x", "", "z"],
        "d": ["2.5", "8", "nan", "8", "2.5"],
        "e": [""] * 5,
    }
    assert found.row_numbers.tolist() == [2, 4, 5, 6, 7]
    for name, column in texts.items():
        one_by_one = coded(pa.chunked_array([pa.array(column, pa.string())]))
        own = coded(found.values.column(name))
        assert (own.codes.tolist(), own.words) == (one_by_one.codes.tolist(), one_by_one.words)


def test_parquet_that_is_damaged_or_no_table_of_text(tmp_path):
    good = parquet(pa.table({"a": [1, 2]}))
    assert "the Parquet file is damaged or truncated" in refused(tmp_path, good[:-20], "f.parquet")
    nested = parquet(pa.table({"a": [[1, 2]]}))
    assert "f.parquet, column a: it holds list" in refused(tmp_path, nested, "f.parquet")


def sav(rows: int = 2000) -> bytes:
    with tempfile.NamedTemporaryFile(suffix=".sav") as file:
        frame = pd.DataFrame(
            {"id": [f"{k:09d}" for k in range(rows)], "Q1": [float(k % 10) for k in range(rows)]}
        )
        pyreadstat.write_sav(frame, file.name)
        return Path(file.name).read_bytes()


@pytest.mark.parametrize("share", [0.02, 0.5, 0.99])
def test_sav_that_is_cut_off(tmp_path, share):
    content = sav()
    said = refused(tmp_path, content[: int(len(content) * share)], "f.sav")
    assert said.startswith("f.sav: ")
    assert "export it again" in said.lower() or "export or copy it again" in said


def archive(**members: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, text in members.items():
            made.writestr(name.replace("_", "."), text)
    return out.getvalue()


def test_zip_archives_that_are_damaged_hostile_or_hold_no_export(tmp_path):
    good = archive(a_csv=GOOD * 200)
    assert refused(tmp_path, good[: len(good) // 2], "f.zip") == (
        "f.zip: the archive is damaged, truncated or password-protected. Save or export it again without a password"
    )
    flipped = bytearray(good)
    flipped[60] ^= 0xFF
    assert "f.zip: the archive is damaged" in refused(tmp_path, bytes(flipped), "f.zip")
    assert "as only a damaged or hostile file does. Export it again as csv" in refused(
        tmp_path, archive(a_csv="8" * 30_000_000), "f.zip"
    )
    assert "f.zip: the archive holds 0 exports (none). Pack the export into it" in refused(
        tmp_path, archive(a_txt2=GOOD), "f.zip"
    )
    assert "f.zip: the archive holds 2 exports (a.csv, b.csv). Name one as f.zip/MEMBER" in refused(
        tmp_path, archive(a_csv=GOOD, b_csv=GOOD), "f.zip"
    )
    assert read_here(tmp_path / "f.zip" / "b.csv").rows == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            '{"a": 1}\n{"a": 2',
            "f.jsonl, line 2: it is not JSON, or it is truncated. Export it again, one record per line",
        ),
        ('{"a": 1, "a": 2}\n', "f.jsonl, line 1: the key 'a' occurs twice in one record"),
        ("[1, 2]", "f.jsonl, record 1: it is not a record of names and values"),
        ('{"a":' * 99 + "1" + "}" * 99, "f.jsonl, line 1: its records are nested more than 8 deep"),
    ],
)
def test_json_that_is_no_list_of_records(tmp_path, text, message):
    assert message in refused(tmp_path, text, "f.jsonl")


RECORDS = '[{"id": "r1", "a": {"Q1": 8}}, {"id": "r2", "a": {"Q1": 98.0}}]'


@pytest.mark.parametrize(
    ("text", "beside"),
    [
        (RECORDS, []),
        (f'{{"data": {RECORDS}}}', []),
        (
            f'\n{{\n "code": 0,\n "data":\n{RECORDS},\n "page": {{"size": 2}}, "errors": []}}\n',
            ["code", "page", "errors"],
        ),
    ],
)
def test_json_that_a_platform_answers_with_holds_its_records_under_one_key(tmp_path, text, beside):
    found = read(tmp_path, text, "f.json")
    assert found.values.to_pydict() == {"id": ["r1", "r2"], "a/Q1": ["8", "98.0"]}
    assert list(found.passed_over) == [f"the key '{one}' stands beside the records" for one in beside]


def test_json_with_two_lists_of_records_does_not_say_which(tmp_path):
    text = f'{{"people": {RECORDS}, "brands": [{{"id": 1}}]}}'
    assert refused(tmp_path, text, "f.json") == (
        "f.json: it holds 2 lists of records ('people', 'brands'). Export one of them alone"
    )
