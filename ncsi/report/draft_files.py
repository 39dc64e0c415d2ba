"""The tables of a draft as files that say of themselves, in each row, that they are one."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from ncsi import atomic
from ncsi.report.plain_files import make_private, write_csv
from ncsi.report.text import line, pair, phrase
from ncsi.spec import Wave
from ncsi.tables.draft import DRAFT_TABLES

_README = "README.txt"


def write_draft_files(tables: dict[str, pd.DataFrame], wave: Wave, folder: Path) -> None:
    """`DRAFT_<table>.csv` of the disclosed tables of a draft, and what they are in both languages, into a folder for
    its owner's eyes, in place of what it held. Raises OSError naming the folder; then it is as it was."""
    make_private(folder.parent)
    marks = (phrase("draft_stamp"), *((phrase("synthetic_short"),) if wave.synthetic else ()))
    mark = " · ".join(line(one) for one in marks)
    with atomic.replacing_folder(folder) as new:
        for name, frame in tables.items():
            write_csv(marked(frame, mark), new / f"{_file(name)}.csv")
        (new / _README).write_text(_readme(wave), encoding="utf-8")
    folder.chmod(0o700)


def marked(frame: pd.DataFrame, mark: str) -> pd.DataFrame:
    """The frame with the mark as its first column."""
    return pd.concat([pd.Series(mark, index=frame.index, name="mark", dtype=object), frame], axis=1)


def _file(table: str) -> str:
    return f"DRAFT_{table.removeprefix('out_draft_')}"


def _readme(wave: Wave) -> str:
    said = [
        phrase("draft_figures_head", wave=pair(wave.label)),
        *((phrase("synthetic"),) if wave.synthetic else ()),
        phrase("draft_figures_not"),
        phrase("draft_figures_errors", level=f"{100 * wave.level:g}"),
        phrase("draft_figures_apart"),
        phrase("draft_figures_status"),
    ]
    files = [f"{_file(name)}.csv  {line(phrase(name))}" for name in DRAFT_TABLES]
    parts = [*(one.zh for one in said), "", *(one.en for one in said), "", *files]
    return "\n".join(parts) + "\n"
