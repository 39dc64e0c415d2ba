"""Hostile files, made by chance from good ones: each is read whole or refused by name, and no answer is told.

Seeded, so that a failure comes back; the number in the test's name is the seed.
"""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from ncsi.errors import NcsiError
from ncsi.ingest.conform import Scope, conform
from ncsi.ingest.dialects import layout_of, recognised
from ncsi.ingest.read import read_file
from ncsi.ingest.read.file import read_here
from ncsi.spec import ColumnMap, Instrument

PLANTED = "Geheim"
ROWS, MOST_MEMORY = 40, 64 * 1024**2
PEAK_AGAIN = Path("/proc/self/clear_refs")
ITEMS = ("Q1", "Q2", "S1", "S2")


def both(text: str) -> dict[str, str]:
    return {"zh": text, "en": text}


def instrument() -> Instrument:
    def construct(name: str, *items: str) -> dict[str, object]:
        return {
            "id": name, "label": both(name),
            "items": [{"id": one, "label": both(one), "question": both(f"{one}?")} for one in items],
        }  # fmt: skip

    return Instrument.model_validate(
        {
            "spec": "ncsi/instrument/1", "id": "small", "version": "1.0.0", "label": both("small"),
            "respondent": both("anyone"), "modelled_on": "nothing", "missing": {"dont_know": ["98"]},
            "constructs": [construct("Quality", *ITEMS[:2]), construct("Satisfaction", *ITEMS[2:])],
            "paths": [{"from": "Quality", "to": "Satisfaction"}],
        }
    )  # fmt: skip


SMALL = instrument()


def good(rng: np.random.Generator) -> pd.DataFrame:
    frame = pd.DataFrame({"respondent": [f"{PLANTED}{k}" for k in range(ROWS)]})
    frame["brand"] = rng.choice(["b1", "b2"], ROWS)
    for item in ITEMS:
        frame[item] = rng.choice([*map(str, range(1, 11)), "98", ""], ROWS)
    frame["remark"] = [f"{PLANTED} 说{k}" for k in range(ROWS)]
    return frame


CELLS = (
    "1⁰", "8½", "#N/A", "=1+1", "1e308", "-1", "NaN", "١", "\u202e8", "\u200b", "8" * 400, f"{PLANTED}!", '"', "'", ",",
    "\t", "\x1b[31m", "<script>", "2026-13-45", "13800138000", "11010519491231002X", "９", "8.0000001", "\ud7ff",
    "\U0010ffff",
)  # fmt: skip
JUNK = (
    b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b'"', b'"""', b"\r", b"\n\n\n", b",,,,", b";", b"\x80", b"\xa3\xa4", b"\xe5",
    b"\x1a", b"\\", b"\xf0\x28\x8c\x28", "服务".encode("gb18030"), "服务".encode(), "服務".encode("big5"),
)  # fmt: skip


def other_cells(content: bytes, rng: np.random.Generator) -> bytes:
    lines = [line.split(",") for line in content.decode("utf-8").split("\n")]
    for _ in range(int(rng.integers(1, 30))):
        line = lines[int(rng.integers(1, len(lines)))]  # a name that nobody knows may be shown
        line[int(rng.integers(0, len(line)))] = str(rng.choice(CELLS))
    return "\n".join(",".join(line) for line in lines).encode("utf-8")


def junk(content: bytes, rng: np.random.Generator) -> bytes:
    for _ in range(int(rng.integers(1, 6))):
        at = int(rng.integers(0, len(content)))
        content = content[:at] + JUNK[int(rng.integers(0, len(JUNK)))] + content[at:]
    return content


def cut(content: bytes, rng: np.random.Generator) -> bytes:
    start, end = sorted(int(k) for k in rng.integers(0, len(content), 2))
    return content[:start] + content[end:]


def twice(content: bytes, rng: np.random.Generator) -> bytes:
    start, end = sorted(int(k) for k in rng.integers(0, len(content), 2))
    return content[:end] + content[start:]


def flipped(content: bytes, rng: np.random.Generator) -> bytes:
    changed = bytearray(content)
    for at in rng.integers(0, len(content), int(rng.integers(1, 20))):
        changed[int(at)] = int(rng.integers(0, 256))
    return bytes(changed)


def headless(content: bytes, _: np.random.Generator) -> bytes:
    return content.partition(b"\n")[2]


def encoded(content: bytes, rng: np.random.Generator) -> bytes:
    names = ("gb18030", "utf-16", "utf-8-sig", "utf-32", "utf-7")
    return content.decode("utf-8").encode(names[int(rng.integers(0, len(names)))])


def ended(content: bytes, rng: np.random.Generator) -> bytes:
    marks = (b"\r\n", b"\r", b"\n\r", b"\n\n", b"\x0b", b"")
    return content.replace(b"\n", marks[int(rng.integers(0, len(marks)))])


CHANGES: tuple[Callable[[bytes, np.random.Generator], bytes], ...] = (
    other_cells, junk, cut, twice, flipped, headless, encoded, ended,
)  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def imported(tmp_path_factory) -> None:
    """Great Expectations once, so that no file's memory is its."""
    path = tmp_path_factory.mktemp("good") / "e.csv"
    path.write_bytes(good(np.random.default_rng(0)).to_csv(index=False).encode("utf-8"))
    judged(path)


def judged(path, read=read_file) -> str:
    """What became of the file, in words; the invariants hold whatever became of it."""
    try:
        export = recognised(read(path))
        layout = layout_of(export, [SMALL], ColumnMap(spec="ncsi/map/1", id="m", ignore=("*",)))
        found = conform(export.table, layout, Scope("2026", {"s": SMALL}, {"s": None}, "s"), b"k" * 32)
    except NcsiError as error:
        return str(error)
    accepted = sum(len(part) for part in found.accepted.values())
    assert accepted + len(found.rejects) == export.table.rows
    for part in found.accepted.values():
        assert part[list(ITEMS)].stack().dropna().between(1, 10).all()
        assert PLANTED not in part.astype(str).to_csv()
    messages = found.faults[["message_zh", "message_en"]].to_numpy().ravel()
    return " ".join(dict.fromkeys(map(str, messages)))


@contextmanager
def most_memory(most: int) -> Iterator[None]:
    """Let a block take so many bytes at most, as Linux counts what a process has at its height: to trace each piece
    that Python asks for, as is done elsewhere, takes twice as long as reading the file."""
    if not PEAK_AGAIN.exists():
        tracemalloc.start()
        try:
            yield
            assert tracemalloc.get_traced_memory()[1] < most
        finally:
            tracemalloc.stop()
        return
    PEAK_AGAIN.write_text("5", encoding="ascii")
    before = resident("VmRSS")
    yield
    assert resident("VmHWM") - before < most


def resident(name: str) -> int:
    """Bytes of this process in memory, now (VmRSS) or at its height since `PEAK_AGAIN` was written (VmHWM)."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return 1024 * int(next(line.split()[1] for line in lines if line.startswith(f"{name}:")))


def table_as(kind: str, rng: np.random.Generator, tmp_path) -> bytes:
    frame, path = good(rng), tmp_path / f"good.{kind}"
    if kind == "xlsx":
        frame.to_excel(path, index=False, engine="xlsxwriter")
    elif kind == "parquet":
        frame.to_parquet(path, index=False)
    elif kind == "sav":
        pyreadstat.write_sav(frame, str(path))
    else:
        frame.drop(columns="remark").to_stata(path, write_index=False)
    return path.read_bytes()


@pytest.mark.parametrize("seed", range(240))
def test_a_text_file_changed_by_chance(seed, tmp_path):
    rng = np.random.default_rng(seed)
    content = good(rng).to_csv(index=False).encode("utf-8")
    change = CHANGES[seed % len(CHANGES)]
    path = tmp_path / "e.csv"
    path.write_bytes(change(content, rng) or b"\n")
    with most_memory(MOST_MEMORY):
        said = judged(path)
    assert PLANTED not in said


@pytest.mark.parametrize("seed", range(60))
def test_a_json_file_changed_by_chance(seed, tmp_path):
    rng = np.random.default_rng(1000 + seed)
    records = good(rng).to_dict("records")
    odd = (None, [], {}, [[1]], {"a": {"b": 1}}, True, 10**40, 1e308, "\ud800", -0.0, "8", 8)
    for _ in range(int(rng.integers(0, 5))):
        record = records[int(rng.integers(0, ROWS))]
        record[str(rng.choice(list(record)))] = odd[int(rng.integers(0, len(odd)))]
    text = "\n".join(json.dumps(one) for one in records) if seed % 2 else json.dumps(records)
    content = text.encode("utf-8")
    path = tmp_path / ("e.jsonl" if seed % 2 else "e.json")
    path.write_bytes(CHANGES[1 + seed % 4](content, rng) if seed % 3 else content)
    assert PLANTED not in judged(path)


@pytest.mark.parametrize("kind", ["xlsx", "parquet", "sav", "dta"])
@pytest.mark.parametrize("seed", range(5))
def test_a_binary_file_changed_by_chance(kind, seed, tmp_path):
    """Read in this process, so that a parser which breaks down is seen."""
    rng = np.random.default_rng(2000 + seed)
    content = table_as(kind, rng, tmp_path)
    path = tmp_path / f"e.{kind}"
    path.write_bytes((junk, cut, twice, flipped, flipped)[seed](content, rng) or b"\n")
    assert PLANTED not in judged(path, read_here)


def test_what_is_changed_was_good(tmp_path):
    path = tmp_path / "e.csv"
    path.write_bytes(good(np.random.default_rng(0)).to_csv(index=False).encode("utf-8"))
    assert judged(path) == ""
    assert read_file(path).rows == ROWS
