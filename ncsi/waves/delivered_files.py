"""Files that agencies delivered, and what the field board says of each: rows accepted and rejected, faults by rule."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import PurePosixPath

from ncsi.report import text
from ncsi.report.text import NONE, phrase
from ncsi.waves.board_page import FileRow, FileTable
from ncsi.waves.names import Names

SHOWN = 30
"""Files on the board, the newest; `ncsi wave status` has all."""


@dataclass(frozen=True, slots=True)
class DeliveredFile:
    """A file that counts: its path as delivered, its agency, the day it came, its rows, its faults by rule."""

    path: str
    agency: str
    came: date
    rows_read: int
    rows_accepted: int
    rows_rejected: int
    faults: Mapping[str, int]


def by_number(faults: Mapping[str, int]) -> list[tuple[str, int]]:
    """Rules and their faults, the most first, alike ones by name."""
    return sorted(faults.items(), key=lambda one: (-one[1], one[0]))


def file_table(files: Sequence[DeliveredFile], names: Names) -> FileTable | None:
    """The board's files, the newest first, of a day those with faults before others; None where none came."""
    if not files:
        return None
    newest = sorted(files, key=lambda one: (-one.came.toordinal(), not one.faults, one.path))[:SHOWN]
    called = dict(_told_apart([one.path for one in files]))
    said = [phrase("field_files_note")]
    if len(files) > SHOWN:
        said.append(phrase("field_files_more", n=SHOWN, k=text.count(len(files) - SHOWN)))
    return FileTable(
        phrase("field_files_title", k=text.count(len(files)), faulty=text.count(sum(bool(f.faults) for f in files))),
        tuple(_row(one, called[one.path], names) for one in newest),
        text.sentences(said), any(one.agency for one in files),
    )  # fmt: skip


def _told_apart(paths: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Each path with its file's name, and as many of the folders or archives around it as tell it from others."""
    endings: Counter[str] = Counter()
    for path in paths:
        endings.update(_endings(path))
    for path in paths:
        yield path, next((one for one in _endings(path) if endings[one] == 1), path)


def _endings(path: str) -> list[str]:
    """`c`, `b/c`, `a/b/c` of `a/b/c`."""
    parts = PurePosixPath(path).parts
    return ["/".join(parts[k:]) for k in range(len(parts) - 1, -1, -1)]


def _row(one: DeliveredFile, called: str, names: Names) -> FileRow:
    found = [
        phrase("field_fault", rule=phrase(f"rule_{rule}"), n=text.count(n))
        for rule, n in by_number(one.faults)
    ]
    return FileRow(
        name=called, agency=names.agency(one.agency), came=f"{one.came:%Y-%m-%d}",
        read=text.count(one.rows_read), accepted=text.count(one.rows_accepted),
        rejected=text.count(one.rows_rejected),
        faults=text.clauses(found) if found else text.same(NONE),
    )  # fmt: skip
