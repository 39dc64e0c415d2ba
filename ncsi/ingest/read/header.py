"""Names of columns where the header's own are not names: two header rows, or names in a syntax file."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

from ncsi.errors import ReadError
from ncsi.ingest.read.table import Codebook, Raw

_SURVEYMONKEY = ("Respondent ID", "Collector ID")
_NAME = re.compile(r'^names\(data\)\[(\d+)\] <- "((?:[^"\\]|\\.)*)"', re.MULTILINE)
_TEXT = re.compile(r'^attributes\(data\)\$variable\.labels\[(\d+)\] <- "((?:[^"\\]|\\.)*)"', re.MULTILINE)
_FACTOR = re.compile(
    r"^data\[, (\d+)\] <- factor\(data\[, \d+\], levels=c\((.*?)\), ?labels=c\((.*)\)\)$", re.MULTILINE
)
_VALUE = re.compile(r'"((?:[^"\\]|\\.)*)"|(-?\d+(?:\.\d+)?)')


def named(raw: Raw) -> Raw:
    """SurveyMonkey spreads a question over columns and names the first only: its second row says the rest."""
    if tuple(text.strip() for text in raw.header[:2]) != _SURVEYMONKEY or raw.cells.num_rows == 0:
        return raw
    second = [str(column[0].as_py()).strip() for column in raw.cells.columns]
    names, question = [], ""
    for above, below in zip((text.strip() for text in raw.header), second, strict=True):
        question = above or question
        plain = below in ("", "Response", "Open-Ended Response")
        names.append(question if plain else f"{question} [{below}]")
    numbers = None if raw.numbers is None else raw.numbers[1:]
    return replace(raw, header=names, cells=raw.cells.slice(1), first_row=raw.first_row + 1, numbers=numbers)


def syntax_beside(path: Path) -> Path | None:
    """LimeSurvey's R syntax file of a data file, where it lies beside it."""
    stem = path.stem
    for name in (f"{stem}_syntax.R", stem.replace("R_data_file", "R_syntax_file") + ".R"):
        if (path.parent / name).is_file():
            return path.parent / name
    return None


def by_syntax(name: str, raw: Raw, syntax: str) -> Raw:
    """Names, texts and labels as the syntax file gives them by position. ReadError when it is of another file.

    Timings, which stand last, are in no syntax file: they keep their headers, or are numbered.
    """
    names = {int(k): _unescaped(text) for k, text in _NAME.findall(syntax)}
    if not names or set(names) != set(range(1, len(names) + 1)) or len(names) > len(raw.header):
        raise ReadError(
            name,
            f"it has {len(raw.header)} columns, its R syntax file names {len(names)} of them out of order",
            "Export data and syntax together again, or move the syntax file away",
        )
    counts = Counter([*names.values(), *(text.strip() for text in raw.header[len(names) :])])
    header = []
    for position, text in enumerate(raw.header, 1):
        own = names.get(position, text.strip())
        header.append(own if position in names or (own and counts[own] == 1) else f"column {position}")
    texts = {names[int(k)]: _unescaped(text).strip() for k, text in _TEXT.findall(syntax)}
    labels = {}
    for k, levels, texts_of in _FACTOR.findall(syntax):
        codes, said = ([_unescaped(a) or b for a, b in _VALUE.findall(part)] for part in (levels, texts_of))
        if len(codes) == len(said):
            labels[names[int(k)]] = dict(zip(codes, said, strict=True))
    return replace(raw, header=header, codebook=Codebook(texts, labels))


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)
