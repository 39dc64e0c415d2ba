"""Reading costs what a file's size explains: beyond its bounds of memory, time and size a file is refused by name."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from multiprocessing import get_context

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pyreadstat
import pytest
import xlsxwriter

from ncsi.errors import ReadError
from ncsi.ingest.read import file, parquet, read_file, statistical, table, worker
from ncsi.living import lives

ROWS = [["id", "Q1"], ["r1", "8"], ["r2", "9"]]


@pytest.fixture
def workbook(tmp_path):
    path = tmp_path / "e.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("data")
        for k, row in enumerate(ROWS):
            sheet.write_row(k, 0, row)
    return path


@pytest.fixture(params=["started", "forked"])
def reader(request, monkeypatch):
    """How the process that reads begins, and how to have it do something else than read."""
    monkeypatch.setattr(worker, "_is_forkable", lambda: request.param == "forked")

    def told(started, forked):
        monkeypatch.setattr(worker, "_START", started)
        monkeypatch.setattr(worker, "_read", forked)

    return told


@pytest.mark.usefixtures("reader")
def test_a_worker_reads_what_this_process_reads(workbook, tmp_path):
    sav = tmp_path / "e.sav"
    import pandas as pd

    frame = pd.DataFrame({"id": ["r1", "r2"], "Q1": [8.0, 97.0]})
    pyreadstat.write_sav(
        frame,
        str(sav),
        column_labels={"Q1": "质量"},
        variable_value_labels={"Q1": {97: "不知道"}},
        missing_ranges={"Q1": [97]},
    )
    for path in (workbook, sav):
        there, here = read_file(path), file.read_here(path)
        assert there.values.equals(here.values)
        assert (there.row_numbers == here.row_numbers).all()
        assert (there.name, there.sha256, there.size, there.format, there.encoding) == (
            here.name, here.sha256, here.size, here.format, here.encoding,
        )  # fmt: skip
        assert there.codebook == here.codebook


def test_variables_are_counted_before_values_are_read(tmp_path, monkeypatch):
    import pandas as pd

    sav, real, asked = tmp_path / "e.sav", statistical._READERS["sav"], []
    pyreadstat.write_sav(pd.DataFrame({"Q1": [8.0], "Q2": [9.0]}), str(sav))

    def noted(path, **how):
        asked.append(how.get("metadataonly", False))
        return real(path, **how)

    monkeypatch.setitem(statistical._READERS, "sav", noted)
    monkeypatch.setattr(statistical, "MAX_COLUMNS", 1)
    with pytest.raises(ReadError, match="it has 2 columns, more than 1"):
        file.read_here(sav)
    assert asked == [True]


def test_a_file_that_needs_too_much_memory_is_refused_by_name(workbook, monkeypatch, reader):
    monkeypatch.setattr(worker, "BASE_MEMORY", 60 * 1024**2)
    reader(worker._START, lambda *_: np.ones(80 * 1024**2, dtype=np.uint8).sum())
    with pytest.raises(ReadError, match=r"e\.xlsx: (reading it breaks|its reader broke) off.*again as csv"):
        read_file(workbook)


def test_a_file_that_takes_too_long_is_refused_by_name(workbook, monkeypatch, reader):
    monkeypatch.setattr(worker, "BASE_SECONDS", 1)
    reader("import time; time.sleep(1200)", lambda *_: time.sleep(1200))
    begin = time.monotonic()
    with pytest.raises(ReadError, match=r"e\.xlsx: reading it took more than 1 seconds"):
        read_file(workbook)
    assert time.monotonic() - begin < 600


def test_a_reader_that_crashes_costs_its_file_only(workbook, monkeypatch, reader):
    reader("import os; os.abort()", lambda *_: os.kill(os.getpid(), signal.SIGKILL))
    with pytest.raises(ReadError, match=r"e\.xlsx: reading it breaks off"):
        read_file(workbook)
    monkeypatch.undo()
    assert read_file(workbook).rows == 2


def test_small_text_is_read_in_place_and_large_text_elsewhere(tmp_path, monkeypatch):
    path = tmp_path / "e.csv"
    path.write_text("id,Q1\nr1,8\n", encoding="utf-8")
    asked = []
    monkeypatch.setattr(file, "read_in_worker", lambda *one: asked.append(one))
    assert read_file(path).rows == 1
    monkeypatch.setattr(file, "SMALL", 5)
    read_file(path)
    assert [one[0] for one in asked] == [path]


def test_a_file_that_still_grows_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "e.csv"
    path.write_text("id,Q1\nr1,8\n", encoding="utf-8")
    plain = file.checked

    def slow(*given):
        with path.open("a", encoding="utf-8") as handle:
            handle.write("r2,9\n")
        return plain(*given)

    monkeypatch.setattr(file, "checked", slow)
    with pytest.raises(
        ReadError, match=r"e\.csv: it changed while it was read\. Wait until it is copied completely"
    ):
        read_file(path)


def test_millions_of_blank_lines_are_streamed(tmp_path):
    path = tmp_path / "e.csv"
    path.write_bytes(b"a,b,c\n1,2,3\n" + b"\n" * 3_000_000 + b"4,5,6\n")
    code = (
        "import re, sys; from pathlib import Path; from ncsi.ingest.read.file import read_here; "
        "table = read_here(Path(sys.argv[1])); "
        "peak = re.search(r'VmHWM:\\s+(\\d+)', Path('/proc/self/status').read_text())[1]; "
        "print(table.row_numbers.tolist(), peak)"
    )
    said = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True
    ).stdout
    assert said.startswith("[2, 3000003]")
    assert int(said.split()[-1]) < 400_000


@pytest.mark.parametrize(
    ("content", "row"),
    [(b"a,b\n1,2\n3," + b"x" * 3_000_000 + b"\n", 3), (b'a,b\n1,"' + b"x\n" * 1_500_000 + b'"\n', 2)],
)
def test_a_line_without_an_end_is_named_by_its_row(tmp_path, content, row):
    path = tmp_path / "e.csv"
    path.write_bytes(content)
    with pytest.raises(ReadError, match=rf"e\.csv, row {row}: a cell there is longer than 256 KiB"):
        read_file(path)


def test_more_columns_or_rows_than_a_survey_has_are_refused(tmp_path, monkeypatch):
    path = tmp_path / "e.csv"
    path.write_bytes(b"," * 600_000 + b"\n1\n")
    with pytest.raises(ReadError, match=r"it has 600001 columns, more than 5000"):
        read_file(path)
    path.write_bytes(b"a,b\n" + b"1,2\n" * 300)
    monkeypatch.setattr(table, "MAX_ROWS", 200)
    with pytest.raises(ReadError, match="it has more than 200 rows"):
        read_file(path)


def test_a_dictionary_that_unpacks_without_end_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "e.parquet"
    word = pa.DictionaryArray.from_arrays(
        pa.array(np.zeros(100_000, dtype=np.int32)), pa.array(["x" * 10_000])
    )
    pq.write_table(pa.table({"a": word, "b": pa.array(["1"] * 100_000)}), path)
    assert path.stat().st_size < 100_000
    monkeypatch.setattr(parquet, "MAX_UNPACKED", 500 * 1024**2)
    with pytest.raises(
        ReadError, match=r"e\.parquet, column a: its distinct values unpack to more than 500 MiB"
    ):
        file.read_here(path)


def test_a_stata_file_with_a_false_row_count_is_refused(tmp_path):
    import pandas as pd

    path = tmp_path / "e.dta"
    pd.DataFrame({"Q1": [8, 9], "Q2": [7, 7]}).to_stata(path, write_index=False, version=118)
    content = path.read_bytes()
    at = content.index(b"<N>") + 3
    for count in (2**62, 10**9, 3):
        path.write_bytes(content[:at] + count.to_bytes(8, "little") + content[at + 8 :])
        with pytest.raises(ReadError, match=r"e\.dta"):
            read_file(path)


def test_half_a_character_in_json_is_named(tmp_path):
    path = tmp_path / "e.jsonl"
    path.write_text(json.dumps({"id": "r1", "Q1": 8}) + '\n{"id": "\\ud800", "Q1": 9}\n', encoding="utf-8")
    with pytest.raises(ReadError, match=r"e\.jsonl, record 2, key 'id': it contains half a character"):
        read_file(path)


def test_a_forked_reader_ends_with_the_worker_that_is_killed(workbook, tmp_path, monkeypatch):
    told = tmp_path / "reader"
    monkeypatch.setattr(worker, "_is_forkable", lambda: True)
    monkeypatch.setattr(worker, "_read", lambda *_: (told.write_text(f"{os.getpid()}\n"), time.sleep(1200)))
    waiting = get_context("fork").Process(target=read_file, args=(workbook,))
    waiting.start()
    while not told.exists() or not told.read_text().endswith("\n"):
        time.sleep(0.01)
    assert lives(int(told.read_text()))
    waiting.kill()
    waiting.join()
    until = time.monotonic() + 600
    while lives(int(told.read_text())):
        assert time.monotonic() < until
        time.sleep(0.01)


def test_a_worker_does_not_outlive_its_reading(workbook, monkeypatch, reader):
    monkeypatch.setattr(worker, "BASE_SECONDS", 1200)
    reader(
        "import sys, os, time; os.write(int(sys.argv[2]), b'no json\\n'); time.sleep(1200)",
        lambda pipe, *_: (os.write(pipe, b"no json\n"), time.sleep(1200)),
    )
    begin, before = time.monotonic(), threading.active_count()
    with pytest.raises(ReadError, match=r"e\.xlsx"):
        read_file(workbook)
    assert time.monotonic() - begin < 600
    assert threading.active_count() <= before + 1
