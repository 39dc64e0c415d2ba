"""The workbook of faults: a sheet per rule, cells at fault highlighted, no formula, values only when asked for."""

from __future__ import annotations

import zipfile

import pytest
from python_calamine import CalamineWorkbook

from ncsi.cli.main import main
from ncsi.errors import ReadError
from ncsi.spec import load_instrument, load_map
from ncsi.stages.export_check import check_file
from ncsi.stages.faultbook import write_faultbook

CCSI = load_instrument("ccsi")
A, B = CCSI.item_ids[:2]


@pytest.fixture
def export(tmp_path):
    """Faults of two rules in one row, one alone, a formula, a phone number, a respondent who comes twice."""
    rest = ",".join(["8"] * (len(CCSI.items) - 2))
    rows = ["11,很好", "12,8", "=1+1,8", "13912345678,8", "8,8"]
    path = tmp_path / "e.csv"
    body = [f"r{k},b1,{row},{rest}" for k, row in enumerate(rows, 1)] + [f"r5,b1,8,8,{rest}"]
    path.write_text(
        "\n".join([f"respondent,brand,{','.join(CCSI.item_ids)}", *body]) + "\n", encoding="utf-8"
    )
    return path


def sheets(path) -> dict[str, list[list[object]]]:
    book = CalamineWorkbook.from_path(str(path))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def test_a_sheet_a_rule_with_row_column_and_class_and_no_value(export, tmp_path):
    out = tmp_path / "faults.xlsx"
    write_faultbook(check_file(export, CCSI), out)
    found = sheets(out)
    assert set(found) == {"summary", "off_scale", "not_a_whole_number", "duplicate_respondent"}
    assert found["off_scale"][0][:2] == ["row", A]
    assert [line[:2] for line in found["off_scale"][1:]] == [
        [2.0, "integer above 10"],
        [3.0, "integer above 10"],
    ]
    assert found["not_a_whole_number"][0][1:3] == [B, A]
    assert [line[:3] for line in found["not_a_whole_number"][1:]] == [
        [2.0, "text", ""], [4.0, "", "formula"], [5.0, "", "long number"],
    ]  # fmt: skip
    assert found["duplicate_respondent"][1][0] == 7.0
    raw = b"".join(zipfile.ZipFile(out).read(name) for name in zipfile.ZipFile(out).namelist())
    for value in ("很好", "13912345678", "=1+1"):
        assert value.encode() not in raw
    assert b"<f>" not in raw


def test_with_values_formulas_are_neutral_and_persons_stay_out(export, tmp_path):
    out = tmp_path / "faults.xlsx"
    write_faultbook(check_file(export, CCSI), out, with_values=True)
    lines = sheets(out)["not_a_whole_number"][1:]
    assert [line[1:3] for line in lines] == [["很好", ""], ["", "'=1+1"], ["", "long number"]]
    raw = b"".join(zipfile.ZipFile(out).read(name) for name in zipfile.ZipFile(out).namelist())
    assert b"13912345678" not in raw
    assert b"<f>" not in raw


def test_cells_at_fault_are_highlighted(export, tmp_path):
    out = tmp_path / "faults.xlsx"
    write_faultbook(check_file(export, CCSI), out)
    book = zipfile.ZipFile(out)
    assert b"FFF6E3E1" in book.read("xl/styles.xml")
    sheet = book.read("xl/worksheets/sheet4.xml").decode()
    assert 'r="B2" s="' in sheet
    assert sheet.split('r="B2" s="')[1][0] != sheet.split('r="A2" s="')[1][0]


def test_an_identity_column_is_never_shown(tmp_path):
    rest = ",".join(["8"] * len(CCSI.items))
    path, used = tmp_path / "e.csv", tmp_path / "m.yaml"
    path.write_text(f"Name,brand,{','.join(CCSI.item_ids)}\n张三,b1,{rest}\n,b1,{rest}\n", encoding="utf-8")
    used.write_text("spec: ncsi/map/1\nid: m\nidentity: [Name]\n", encoding="utf-8")
    outcome = check_file(path, CCSI, load_map(used))
    write_faultbook(outcome, tmp_path / "f.xlsx", with_values=True)
    assert "respondent_missing" in sheets(tmp_path / "f.xlsx")


def test_the_command_writes_it_and_still_exits_2(export, tmp_path, capsys):
    out = tmp_path / "faults.xlsx"
    with pytest.raises(SystemExit) as stopped:
        main(["check", str(export), "--instrument", "ccsi", "--out", str(out)])
    assert stopped.value.code == 2
    assert f"Workbook: {out}" in capsys.readouterr().out
    assert out.exists()
    with pytest.raises(SystemExit) as stopped:
        main(["check", str(export), "--instrument", "ccsi", "--with-values"])
    assert "--with-values needs --out" in capsys.readouterr().err


def test_a_place_that_cannot_be_written_is_named(export, tmp_path):
    with pytest.raises(ReadError, match=r"none/f\.xlsx: cannot be written"):
        write_faultbook(check_file(export, CCSI), tmp_path / "none" / "f.xlsx")
