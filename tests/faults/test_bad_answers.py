"""Cells and rows that are not what they should be: one file holds them all, each with its message written down."""

from __future__ import annotations

import pytest

import ncsi
from ncsi.cli import main
from ncsi.errors import ConformError, StoreError
from ncsi.spec import load_instrument
from ncsi.spec.plan import load_plan
from ncsi.stages.collect import SourceFile, collect_file
from ncsi.stages.export_check import check_file

INSTRUMENT = load_instrument("ccsi")
FIRST, *OTHERS = INSTRUMENT.item_ids
REST = ",".join(["8"] * len(OTHERS))
HEADER = f"respondent,brand,submitted_at,{FIRST},{','.join(OTHERS)}"

READ_AS_EIGHT = ("8", "８", "8.0", " 8 ", "\u30008", "+8", "8\u200b")
WHOLE = "This must be a whole number; found: {}. Export option numbers, or map codes under values."
REFUSED = {
    "8分": ("not_a_whole_number", WHOLE.format("text")),
    "7,5": ("not_a_whole_number", WHOLE.format("number with a comma")),
    "7.5": ("not_a_whole_number", WHOLE.format("decimal")),
    "1900-01-08": ("not_a_whole_number", WHOLE.format("date")),
    "=cmd()": ("not_a_whole_number", WHOLE.format("formula")),
    "=1+1": ("not_a_whole_number", WHOLE.format("formula")),
    "@SUM(1)": ("not_a_whole_number", WHOLE.format("formula")),
    "+1+cmd|' /C calc'!A0": ("not_a_whole_number", WHOLE.format("text")),
    "😀": ("not_a_whole_number", WHOLE.format("text")),
    "好" * 20_000: ("not_a_whole_number", WHOLE.format("text")),
    "TRUE": ("not_a_whole_number", WHOLE.format("yes or no")),
    "1e400": ("not_a_whole_number", WHOLE.format("number with an exponent")),
    "inf": ("not_a_whole_number", WHOLE.format("not a number")),
    "13800138000": ("not_a_whole_number", WHOLE.format("long number")),
    "11": (
        "off_scale",
        "The answer is off the scale (integer above 10). Check the question's codes, or declare the code as missing.",
    ),
}


def row(number: int, cell: str = "8", submitted: str = "2026-03-05 10:00:00") -> str:
    quoted = '"' + cell.replace('"', '""') + '"'
    return f"r{number},b1,{submitted},{quoted},{REST}"


def checked(tmp_path, *rows: str):
    path = tmp_path / "a.csv"
    path.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    return check_file(path, INSTRUMENT)


def test_every_spelling_of_eight_is_eight_and_every_other_cell_says_what_it_is(tmp_path):
    cells = [*READ_AS_EIGHT, *REFUSED]
    found = checked(tmp_path, *(row(k, cell) for k, cell in enumerate(cells)))
    assert found.rows_accepted == len(READ_AS_EIGHT)
    rejects = found.rejects.set_index("source_row")
    for number, cell in enumerate(cells, 2):
        if cell in REFUSED:
            assert tuple(rejects.loc[number, ["rule", "reason_en"]]) == REFUSED[cell], cell[:20]
            assert rejects.loc[number, "column"] == FIRST
            assert rejects.loc[number, "reason_zh"].endswith("。")
    shown = found.faults.to_csv() + found.rejects.to_csv()
    assert not any(cell in shown for cell in ("7,5", "7.5", "cmd", "😀", "好好", "13800138000", "1e400"))


TIMES = {
    "2026-03-05 10:00:00": None,
    "1900-01-00": "date",
    "1900-01-08": "date",
    "45000": "long number",
    "2026-02-30": "date",
    "3/4/2026": "text",
    "soon": "text",
}


def test_times_from_1900_or_that_are_none_say_how_to_write_them(tmp_path):
    found = checked(tmp_path, *(row(k, submitted=time) for k, time in enumerate(TIMES)))
    assert found.rows_accepted == 1
    for reject, kind in zip(found.rejects.itertuples(), list(TIMES.values())[1:], strict=True):
        assert (reject.rule, reject.column) == ("submitted_at_unreadable", "submitted_at")
        assert reject.reason_en == (
            f"The time of submission cannot be read ({kind}). Write it as 2026-03-01 12:30:00."
        )


def test_a_header_in_the_middle_is_found_and_costs_itself_only(tmp_path):
    found = checked(tmp_path, row(1), HEADER, row(2), HEADER.upper())
    assert found.rows_accepted == 2
    first = found.rejects.iloc[0]
    assert (first["source_row"], first["rule"]) == (3, "header_repeated")
    assert first["reason_en"] == (
        "The row repeats the header, as when two files were joined. Remove it, or ingest the files separately."
    )
    assert first["reason_zh"] == "此行重复了表头，可能由两个文件拼接而成。请删除该行，或分别导入各文件。"
    assert found.rejects["source_row"].tolist() == [3, 5]


def test_a_column_nobody_answered_refuses_the_file(tmp_path):
    with pytest.raises(ConformError) as refused:
        checked(tmp_path, *(row(k, "") for k in range(10)))
    assert str(refused.value) == (
        f"a.csv, column '{FIRST}': all 10 cells of item {FIRST} are blank. "
        "Export the question's answers, or map the item to the column that holds them"
    )


def deliver(workspace, name: str, *rows: str) -> SourceFile:
    path = workspace.root / "data" / name
    path.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    return SourceFile(path, None, "only")


def test_one_file_under_two_names_counts_once_whatever_the_order_of_its_rows(workspace):
    plan, rows = load_plan(workspace, "2026"), [row(k, str(k % 10 + 1)) for k in range(12)]
    first = collect_file(plan, deliver(workspace, "a.csv", *rows))
    again = [
        collect_file(plan, deliver(workspace, name, *order))
        for name, order in (("b.csv", rows), ("c.csv", rows[::-1]))
    ]
    assert (first.repeated, [one.repeated for one in again]) == (False, [True, True])
    warehouse = ncsi.open(workspace.warehouse)
    assert len(warehouse.responses("2026", "only")) == 12
    assert warehouse.table("raw_files")["source_name"].tolist() == ["a.csv"]


def test_a_respondent_with_other_answers_in_a_second_file_is_kept_as_first_told(workspace):
    plan = load_plan(workspace, "2026")
    collect_file(plan, deliver(workspace, "a.csv", row(1, "3"), row(2, "4")))
    outcome = collect_file(plan, deliver(workspace, "b.csv", row(3, "5"), row(1, "9")))
    assert (outcome.rows_accepted, outcome.rejects_by_rule) == (1, {"duplicate_respondent": 1})
    warehouse = ncsi.open(workspace.warehouse)
    assert sorted(warehouse.responses("2026", "only")[FIRST].tolist()) == [3, 4, 5]
    assert warehouse.table("core_rejects")["reason_en"].tolist() == [
        "The respondent already answered on this brand (a.csv, row 2); the earlier answer is kept. "
        "Remove one of the two; where two agencies both number from 1, put the agency before the number (A-1)."
    ]


def test_a_store_of_an_older_version_is_left_alone_and_says_what_to_do(workspace):
    import duckdb

    plan = load_plan(workspace, "2026")
    source = deliver(workspace, "a.csv", row(1))
    collect_file(plan, source)
    database = workspace.warehouse / "ncsi.duckdb"
    with duckdb.connect(str(database)) as connection:
        connection.execute("UPDATE store_meta SET value = '0' WHERE name = 'version'")
    before = database.read_bytes()
    with pytest.raises(StoreError) as refused:
        collect_file(plan, deliver(workspace, "b.csv", row(2)))
    assert "written by an earlier version of ncsi (its version is 0; this one writes version" in str(
        refused.value
    )
    assert "Run `ncsi migrate`: it converts the store, or explains why it cannot" in str(refused.value)
    assert database.read_bytes() == before


def test_a_file_of_which_nothing_is_accepted_is_named_and_the_command_does_not_end_well(workspace, capsys):
    """Rows that came before are another thing: the file of an agency that delivers all its rows again has no fault."""

    def ingested(name: str, *cells: str) -> tuple[int, str]:
        path = workspace.root / "data" / name
        path.write_text(
            "\n".join([HEADER, *(row(k, one) for k, one in enumerate(cells))]) + "\n", encoding="utf-8"
        )
        capsys.readouterr()
        given = [str(path), "--sector", "only", "--wave", "2026", "--workspace", str(workspace.root)]
        try:
            main(["ingest", *given, "--engine", "local"])
        except SystemExit as ended:
            return int(ended.code or 0), capsys.readouterr().out
        return 0, capsys.readouterr().out

    code, said = ingested("all.csv", "10分", "9分", "8分")
    assert code == 2
    assert "all.csv: none of its 3 rows was accepted. `ncsi check` names every fault" in said
    assert "Rejected: not_a_whole_number 3." in said
    assert ingested("some.csv", "10分", "9", "8")[0] == 0
    code, said = ingested("again.csv", "10分", "9")
    assert (code, "none of its" in said) == (2, True), "a row with a fault among those that came before"
    assert ingested("repeated.csv", "10", "9", "8")[0] == 0, "the first has not answered before"
    assert ingested("all_again.csv", "8", "8", "8")[0] == 0
