"""Workbooks: what their parser would read as blanks is marked, sheets are never guessed, bounds hold before parsing.

Read in this process: that one of its own reads the same, and breaks off alone, `test_reading_bounds` shows."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest
import xlsxwriter

from ncsi.errors import ReadError
from ncsi.ingest.read import MERGED, NOT_CALCULATED, sheet_scan, workbook, workbook_size
from ncsi.ingest.read.file import read_here

CONTENT = [["id", "Q1", "Q2"], ["r1", 8, 9], ["r2", 7, 6], ["r3", 5, 4]]


def made(path, fill=None, **sheets):
    with xlsxwriter.Workbook(str(path)) as book:
        for name, rows in (sheets or {"data": CONTENT}).items():
            sheet = book.add_worksheet(name)
            for k, row in enumerate(rows):
                sheet.write_row(k, 0, row)
            if fill:
                fill(sheet)
    return path


def patched(path, change, part="xl/worksheets/sheet1.xml"):
    """The workbook with one of its parts changed."""
    content = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as new:
        for one in old.infolist():
            text = old.read(one)
            new.writestr(one.filename, change(text) if one.filename == part else text)
    path.write_bytes(content.getvalue())
    return path


@pytest.mark.parametrize("error", ["#N/A", "#DIV/0!", "#VALUE!", "#REF!"])
def test_error_cells_keep_their_mark(tmp_path, error):
    path = made(tmp_path / "e.xlsx", lambda sheet: sheet.write_formula("B3", "=A1", None, error))
    table = read_here(path)
    assert table.values.column("Q1").to_pylist() == ["8", error, "5"]
    assert table.row_numbers.tolist() == [2, 3, 4]


def test_a_formula_that_was_never_calculated_keeps_a_mark(tmp_path):
    path = made(tmp_path / "e.xlsx", lambda sheet: sheet.write_formula("C4", "=B4+1", None, 4))
    path = patched(path, lambda text: text.replace(b"<f>B4+1</f><v>4</v>", b"<f>B4+1</f>"))
    assert read_here(path).values.column("Q2").to_pylist() == ["9", "6", NOT_CALCULATED]


def test_a_formula_that_came_to_no_text_is_blank(tmp_path):
    path = made(tmp_path / "e.xlsx", lambda sheet: sheet.write_formula("C4", '=""', None, "x"))
    path = patched(path, lambda text: text.replace(b"<v>x</v>", b"<v></v>"))
    assert read_here(path).values.column("Q2").to_pylist() == ["9", "6", ""]


def test_cells_merged_into_another_keep_a_mark(tmp_path):
    path = made(tmp_path / "e.xlsx", lambda sheet: sheet.merge_range("B2:B3", 8))
    assert read_here(path).values.column("Q1").to_pylist() == ["8", MERGED, "5"]


def test_merged_cells_of_the_header_are_how_exports_set_out_questions(tmp_path):
    path = made(tmp_path / "e.xlsx", lambda sheet: sheet.merge_range("D1:E1", "note"))
    assert read_here(path).columns == ("id", "Q1", "Q2", "note")


def test_marks_stand_where_they_belong_below_empty_rows_and_columns(tmp_path):
    def fill(sheet):
        for k, row in enumerate(CONTENT):
            sheet.write_row(k + 4, 3, row)
        sheet.write_formula(6, 4, "=A1", None, "#N/A")

    table = read_here(made(tmp_path / "e.xlsx", fill, data=[]))
    assert table.values.column("Q1").to_pylist() == ["8", "#N/A", "5"]
    assert table.row_numbers.tolist() == [6, 7, 8]


def test_two_sheets_with_data_are_named_and_one_has_to_be(tmp_path):
    path = made(tmp_path / "e.xlsx", March=CONTENT, April=[*CONTENT, ["r4", 1, 1]], empty=[])
    with pytest.raises(ReadError) as error:
        read_here(path)
    assert str(error.value) == (
        "e.xlsx: 2 sheets hold data ('March', 'April'). Name one in the column map (`sheet:`) or with --sheet, or "
        "leave only one in the workbook"
    )
    assert read_here(path, "April").rows == 4
    with pytest.raises(
        ReadError, match=r"sheet 'May' is not in the workbook\. Name one of: 'March', 'April'"
    ):
        read_here(path, "May")


TITLED = [["Survey 2026"], ["as of", "2026-03-31"], [], *([*row, 1, 2] for row in CONTENT)]
TITLED[3] = ["id", "Q1", "Q2", "Q3", "Q4"]


def test_notes_beside_and_titles_above_the_table_are_passed_over_and_told(tmp_path):
    table = read_here(made(tmp_path / "e.xlsx", notes=[["who"], ["when", "March"]], data=TITLED))
    assert (table.columns, table.sheet, table.header_row) == (("id", "Q1", "Q2", "Q3", "Q4"), "data", 4)
    assert table.row_numbers.tolist() == [5, 6, 7]
    assert table.passed_over == (
        "rows 1 to 3 of sheet 'data' stand above the header", "sheet 'notes' is another one",
    )  # fmt: skip


def test_a_row_of_groups_above_the_header_is_not_guessed_but_named(tmp_path):
    groups = [["", "Quality", "", "Satisfaction", ""], *TITLED[3:]]
    path = made(tmp_path / "e.xlsx", data=[["", "A", "", "B", "C"], *groups[1:]])
    with pytest.raises(ReadError, match=r"row 1: column 1 holds values but has no name.*--header-row"):
        read_here(path)
    with pytest.raises(ReadError, match=r"row 3: the first row looks like a response.*--header-row"):
        read_here(path, None, 3)
    assert read_here(path, None, 2).passed_over == ("row 1 of sheet 'data' stands above the header",)
    assert read_here(path, None, 2).columns == ("id", "Q1", "Q2", "Q3", "Q4")
    with pytest.raises(ReadError, match=r"header_row is 9, and its first rows are 1 to 5\. Give the row"):
        read_here(path, None, 9)
    (tmp_path / "e.csv").write_text("a,b\n1,2\n")
    with pytest.raises(ReadError, match=r"header_row is 9, and it has 2 rows\. Give the row"):
        read_here(tmp_path / "e.csv", None, 9)


def as_csv(path: Path, rows: list[list[object]], delimiter: str = ",", end: str = "\n") -> Path:
    path.write_bytes(end.join(delimiter.join(f'"{cell}"' for cell in row) for row in rows).encode())
    return path


@pytest.mark.parametrize(("delimiter", "end"), [(",", "\n"), (";", "\r\n"), ("\t", "\r")])
def test_titles_above_the_header_of_a_text_file_are_passed_over_as_in_workbooks(tmp_path, delimiter, end):
    titled = [["Survey 2026,\nof spring"], *TITLED[1:]]
    table = read_here(as_csv(tmp_path / "e.csv", titled, delimiter, end))
    assert (table.columns, table.header_row) == (("id", "Q1", "Q2", "Q3", "Q4"), 4)
    assert table.row_numbers.tolist() == [5, 6, 7]
    assert table.passed_over == ("rows 1 to 3 stand above the header",)
    named = read_here(as_csv(tmp_path / "f.csv", TITLED, delimiter, end), None, 4)
    assert (named.columns, named.row_numbers.tolist()) == (table.columns, [5, 6, 7])


def test_a_ragged_or_narrow_text_file_is_no_title_and_rows_are_counted_from_its_first(tmp_path):
    ragged = [*TITLED[:5], [*TITLED[5], 9], *TITLED[6:]]
    with pytest.raises(ReadError, match=r"do not have the . cells of the header"):
        read_here(as_csv(tmp_path / "e.csv", ragged))
    late = [*TITLED, *([TITLED[5]] * 40), [*TITLED[5], 9]]
    with pytest.raises(ReadError, match=r"1 row does not have the 5 cells of the header \(row 48 has 6"):
        read_here(as_csv(tmp_path / "f.csv", late))
    narrow = read_here(as_csv(tmp_path / "g.csv", [["a", "b"], [1, 2], [3, 4]]))
    assert (narrow.columns, narrow.header_row, narrow.passed_over) == (("a", "b"), 1, ())


def test_two_header_rows_of_a_text_file_are_refused_and_the_cure_works(tmp_path):
    path = as_csv(tmp_path / "e.csv", [["", "A", "", "B", "C"], *TITLED[3:]])
    with pytest.raises(ReadError, match=r"row 1: column 1 holds values but has no name.*--header-row"):
        read_here(path)
    assert read_here(path, None, 2).columns == ("id", "Q1", "Q2", "Q3", "Q4")
    (tmp_path / "e.json").write_text('[{"a": 1}]')
    with pytest.raises(ReadError, match="has no rows above its names"):
        read_here(tmp_path / "e.json", None, 2)


def test_a_hidden_sheet_is_never_read(tmp_path):
    path = tmp_path / "e.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        hidden, shown = book.add_worksheet("old"), book.add_worksheet("new")
        for k, row in enumerate(CONTENT):
            hidden.write_row(k, 0, [*row, "x"])
            shown.write_row(k, 0, row)
        shown.activate()
        shown.set_first_sheet()
        hidden.hide()
    assert read_here(path).columns == ("id", "Q1", "Q2")
    assert read_here(path).passed_over == ("sheet 'old' is hidden",)
    with pytest.raises(ReadError, match="sheet 'old' is hidden"):
        read_here(path, "old")


def test_a_workbook_whose_only_data_is_hidden_says_so(tmp_path):
    path = tmp_path / "e.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        hidden, shown = book.add_worksheet("old"), book.add_worksheet("new")
        hidden.write_row(0, 0, ["id"])
        hidden.hide()
        shown.activate()
    with pytest.raises(ReadError, match=r"no visible sheet contains data \(hidden sheets are not read\)"):
        read_here(path)


@pytest.mark.parametrize(
    ("old", "new", "reach"),
    [
        (b'r="C4"', b'r="XFD1048576"', "row 1,048,576 and column 16,384"),
        (b'<row r="4"', b'<row r="1048577"', "row 1,048,577 and column 3"),
        (b'r="C4"', b'r="ZZZZ4"', "column 5,001"),
        (b'<row r="4"', b'<row r="99999999999"', "row 1,048,577 and column 3"),
        (b'r="C4"', b'r="C99999999999"', "row 1,048,577 and column 3"),
    ],
)
def test_a_far_cell_is_refused_before_it_is_parsed(tmp_path, old, new, reach):
    path = patched(made(tmp_path / "e.xlsx"), lambda text: text.replace(old, new))
    with pytest.raises(ReadError, match=rf"e\.xlsx: its cells reach .*{reach}, beyond any table of answers"):
        read_here(path)


def test_a_far_cell_in_a_near_row_costs_its_file_only(tmp_path):
    path = patched(made(tmp_path / "e.xlsx"), lambda text: text.replace(b'r="C4"', b'r="ALL900000"'))
    with pytest.raises(ReadError, match=r"e\.xlsx"):
        read_here(path)


def test_a_far_cell_that_so_few_bytes_cannot_reach_is_refused_before_it_is_parsed(tmp_path):
    path = patched(made(tmp_path / "e.xlsx"), lambda text: text.replace(b'r="C4"', b'r="BD1000000"'))
    with pytest.raises(
        ReadError, match=r"its cells reach row 1,000,000 and column 56, far more than its .* bytes"
    ):
        read_here(path)
    for formatted in (b"/>", b' t="n"></c>', b"><v></v></c>", b"><v/></c>"):  # the second is openpyxl's
        far = b'<row r="1000000"><c r="CZ1000000" s="0"' + formatted + b"</row></sheetData>"
        blank = patched(made(tmp_path / "f.xlsx"), lambda text, far=far: text.replace(b"</sheetData>", far))
        assert read_here(blank).rows == 3


def test_cells_that_do_not_say_where_they_are_reach_as_far_as_they_are_many(tmp_path):
    path = patched(
        made(tmp_path / "e.xlsx"), lambda text: re.sub(rb'(<c|<row) r="[A-Z]*[0-9]+"', rb"\1", text)
    )
    assert read_here(path).values.column("Q2").to_pylist() == ["9", "6", "4"]
    wide = b"<row>" + b"<c/>" * 5001 + b"</row></sheetData>"
    path = patched(path, lambda text: text.replace(b"</sheetData>", wide))
    with pytest.raises(ReadError, match="column 5,001, beyond any table of answers"):
        read_here(path)
    quoted = patched(made(tmp_path / "f.xlsx"), lambda text: text.replace(b'<c r="C4"', b"<c r='C4'"))
    with pytest.raises(ReadError, match="written in an unsupported form"):
        read_here(quoted)


def test_a_text_that_many_cells_share_is_counted_once_for_each(tmp_path, monkeypatch):
    rows = [["id", "Q1"], *([f"r{k}", "long " * 100] for k in range(20))]
    path = made(tmp_path / "e.xlsx", data=rows)
    assert read_here(path).rows == 20
    monkeypatch.setattr(workbook_size, "TEXT_A_BYTE", 0)
    monkeypatch.setattr(workbook_size, "TEXT", 10_200)
    assert read_here(path).rows == 20
    monkeypatch.setattr(workbook_size, "TEXT", 10_000)
    with pytest.raises(ReadError, match=r"bytes hold texts that fill 10,\d\d\d in its cells"):
        read_here(path)


@pytest.mark.parametrize(
    ("written", "odd"),
    [
        ("<v>1</v>", "<v >1</v>"), ("<v>1</v>", "<v>0000000001</v>"), ("<v>1</v>", "<!-- --><v>1</v>"),
        ('t="s"', "t = 's' z='>'"),
    ],
)  # fmt: skip
def test_a_string_that_is_named_in_an_odd_way_counts_as_the_longest(written, odd):
    cell = f'<c r="B2" t="s">{written if written[0] == "<" else "<v>1</v>"}</c>'
    lengths = np.array([10, 3, 900])
    assert workbook_size._text_of(lengths, cell.encode()) == 3
    assert workbook_size._text_of(lengths, cell.replace(written, odd).encode()) == 900


@pytest.mark.parametrize(
    ("old", "new", "part"),
    [
        (b'<c r="C4"', b'<c\nr="C4"', "sheet"),
        (b'<c r="C4">', b'<x:c xmlns:x="y" r="C4">', "sheet"),
        (b'<row r="4"', b'<x:row xmlns:x="y" r="4"', "sheet"),
        (b'<c r="C4"', b'<c z=">" r="CZ999999"', "sheet"),
        (b'<c r="C4"', b"""<c z=' r="C4"' r="CZ999999\"""", "sheet"),
        (b'<c r="C4"', b"<c", "sheet"),
        (b"<si>", b"<!-- <si/> --><si>", "texts"),
        (b"<si>", b'<x:si xmlns:x="y"/><si>', "texts"),
        (b"</si>", b"</si >", "texts"),
    ],
)
def test_what_could_hide_from_the_scan_is_refused(tmp_path, monkeypatch, old, new, part):
    monkeypatch.setattr(workbook_size, "TEXT_A_BYTE", 0)
    monkeypatch.setattr(workbook_size, "TEXT", 50)
    name = {"sheet": "xl/worksheets/sheet1.xml", "texts": "xl/sharedStrings.xml"}[part]
    path = patched(made(tmp_path / "e.xlsx"), lambda text: text.replace(old, new, 1), name)
    with pytest.raises(ReadError, match=f"e.xlsx: its {part}s? (is|are) written in an unsupported form"):
        read_here(path)


def test_a_cell_far_below_its_row_is_seen_and_a_far_row_of_no_cells_is_not(tmp_path):
    far = patched(made(tmp_path / "e.xlsx"), lambda text: text.replace(b'r="C4"', b'r="CZ999999"'))
    with pytest.raises(ReadError, match="reach row 999,999 and column 104, beyond any table"):
        read_here(far)
    end = b'<row r="1048575" ht="15"></row><row r="1048576" ht="15"/></sheetData>'
    wide = made(tmp_path / "f.xlsx", data=[[*row, *range(60)] for row in CONTENT])
    assert read_here(patched(wide, lambda text: text.replace(b"</sheetData>", end))).rows == 3


def test_more_marks_than_a_table_has_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(sheet_scan, "MAX_MARKED", 1)
    errors = made(
        tmp_path / "e.xlsx", lambda sheet: [sheet.write_formula(f"B{k}", "=A1", None, "#N/A") for k in (2, 3)]
    )
    with pytest.raises(ReadError, match="more than 1 cells without a value of their own"):
        read_here(errors)
    monkeypatch.setattr(workbook, "MAX_MARKED", 1)
    merged = made(tmp_path / "f.xlsx", lambda sheet: sheet.merge_range("C2:C4", "9"))
    with pytest.raises(ReadError, match="its merged ranges cover more than 1 cells"):
        read_here(merged)


def test_a_workbook_that_unpacks_further_than_tables_do_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(workbook_size, "UNPACKED", 10)
    monkeypatch.setattr(workbook_size, "UNPACKED_A_BYTE", 1)
    with pytest.raises(ReadError, match="as only a damaged or hostile file does"):
        read_here(made(tmp_path / "e.xlsx"))


def test_a_cell_across_pieces_of_the_scan_is_seen(tmp_path, monkeypatch):
    monkeypatch.setattr(sheet_scan, "_CHUNK", 7)
    path = made(tmp_path / "e.xlsx", lambda sheet: sheet.write_formula("B3", "=A1", None, "#N/A"))
    assert read_here(path).values.column("Q1").to_pylist() == ["8", "#N/A", "5"]


@pytest.mark.parametrize(
    "part", ["xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/worksheets/sheet1.xml"]
)
@pytest.mark.parametrize("content", [b"", b"<", b"<a/>", b"\xff" * 50])
def test_a_workbook_with_a_broken_part_is_refused(tmp_path, part, content):
    path = patched(made(tmp_path / "e.xlsx"), lambda _: content, part)
    with pytest.raises(ReadError, match=r"e\.xlsx"):
        read_here(path)


def test_a_workbook_that_lost_bytes_at_its_start_is_called_damaged(tmp_path):
    path = made(tmp_path / "e.xlsx")
    whole = path.read_bytes()
    second = whole.index(b"PK\x03\x04", 4)
    path.write_bytes(whole[:second] + whole[second + 100 :])
    with pytest.raises(ReadError, match=r"e\.xlsx: the workbook is damaged, truncated or password-protected"):
        read_here(path)


@pytest.mark.parametrize(
    "record",
    [
        b"\x05\x02\x08\x00\x04\x00\x02\x00\x0f\x00\x2a\x01",
        b"\x06\x00\x1b\x00\x04\x00\x02\x00\x0f\x00\x02\x00\x2a\x00\x00\x00\xff\xff",
    ],
)
def test_an_error_cell_of_the_old_format_refuses_the_file(tmp_path, record):
    path = tmp_path / "e.xls"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 512 + record)
    with pytest.raises(
        ReadError, match=r"e\.xls, row 5, column 3: there is an error cell .*save the workbook as xlsx"
    ):
        read_here(path)
