"""The worst files: each is refused or read by name within bounds of memory and time, its reader's included."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

MOST_MIB, MOST_SECONDS = 600, 60
"""Of one file; a clean process that reads takes about 70 MiB. The seconds are the processor's: those of the clock tell
how busy the machine is."""
READER = """
import json, os, resource, sys
from pathlib import Path
from ncsi.errors import ReadError
from ncsi.ingest.read import read_file
for name in sys.argv[1:]:
    back, out = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            said = f"read {read_file(Path(name)).rows} rows"
        except ReadError as error:
            said = str(error)
        except BaseException as error:
            said = f"BROKE: {type(error).__name__}"
        used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        mib = max(one.ru_maxrss for one in used) // 1024
        seconds = round(sum(one.ru_utime + one.ru_stime for one in used), 1)
        os.write(out, json.dumps([said[:300], mib, seconds]).encode())
        os._exit(0)
    os.close(out)
    with os.fdopen(back) as pipe:
        told = json.loads(pipe.read() or '["BROKE: killed", 0, 0]')
    os.waitpid(child, 0)
    print(json.dumps([Path(name).name, *told]))
"""


def _workbook(path: Path, old: bytes, new: bytes) -> None:
    """A workbook of one small table, one part of its sheet replaced."""
    plain = path.with_name("plain.xlsx")
    pd.DataFrame({"id": ["r1", "r2"], "Q1": [8, 9]}).to_excel(plain, index=False, engine="xlsxwriter")
    with zipfile.ZipFile(plain) as book, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for one in book.namelist():
            content = book.read(one)
            made.writestr(one, content.replace(old, new) if one.endswith("sheet1.xml") else content)
    plain.unlink()


def _dictionary(path: Path) -> None:
    word = pa.DictionaryArray.from_arrays(
        pa.array(np.zeros(100_000, dtype=np.int32)), pa.array(["x" * 50_000])
    )
    pq.write_table(pa.table({"a": word, "b": pa.array(["1"] * 100_000)}), path)


def _false_count(path: Path) -> None:
    pd.DataFrame({"Q1": [8, 9], "Q2": [7, 7]}).to_stata(path, write_index=False, version=118)
    content = path.read_bytes()
    at = content.index(b"<N>") + 3
    path.write_bytes(content[:at] + (2**62).to_bytes(8, "little") + content[at + 8 :])


def _zip_bomb(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("a.csv", b"a,b\n" + b"8" * 100_000_000)


WORST = {
    "far.xlsx": (lambda path: _workbook(path, b'r="B3"', b'r="XFD1048576"'), "beyond any table of answers"),
    "sparse.xlsx": (lambda path: _workbook(path, b'r="B3"', b'r="BD1000000"'), "bytes can fill"),
    "row.xlsx": (lambda path: _workbook(path, b'<row r="3"', b'<row r="99999999999"'), "beyond any table of answers"),
    "long.xlsx": (
        lambda path: _workbook(path, b"<sheetData>", b" " * 100_000_000 + b"<sheetData>"),
        "as only a damaged or hostile",
    ),
    "entity.xlsx": (
        lambda path: _workbook(path, b"<worksheet", b'<!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet'),
        "document type",
    ),
    "bomb.zip": (_zip_bomb, "as only a damaged or hostile file does"),
    "blank.csv": (lambda path: path.write_bytes(b"a,b\n1,2\n" + b"\n" * 6_000_000 + b"3,4\n"), "read 2 rows"),
    "line.csv": (lambda path: path.write_bytes(b"a,b\n1,2\n3," + b"x" * 50_000_000), "a cell there is longer than"),
    "wide.csv": (lambda path: path.write_bytes(b"," * 5_000_000 + b"\n1\n"), "columns, more than 5000"),
    "dictionary.parquet": (_dictionary, "unpack to more than"),
    "count.dta": (_false_count, "count.dta"),
    "deep.json": (lambda path: path.write_bytes(b"[" * 1_000_000), "deep.json"),
}  # fmt: skip


@pytest.mark.skipif(sys.platform != "linux", reason="memory is counted as Linux counts it")
def test_the_worst_files_cost_little(tmp_path: Path) -> None:
    for name, (make, _) in WORST.items():
        make(tmp_path / name)
    done = subprocess.run(
        [sys.executable, "-c", READER, *(str(tmp_path / name) for name in WORST)],
        capture_output=True, text=True, check=True, timeout=1200,
    )  # fmt: skip
    found = [json.loads(line) for line in done.stdout.splitlines()]
    print(
        *(f"\n{name:<20} {mib:>5} MiB {seconds:>5.1f} s  {said}" for name, said, mib, seconds in found),
        sep="",
    )
    assert [name for name, *_ in found] == list(WORST)
    for name, said, mib, seconds in found:
        assert WORST[name][1] in said, (name, said)
        assert mib <= MOST_MIB, name
        assert seconds <= MOST_SECONDS, name
