"""Labelled data in the file formats of other programs, and their code book."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from ncsi.errors import InputError
from ncsi.export.labelled import Labelled, Variable
from ncsi.export.statistical import STATA_MISSING, spss_missing, write_dta, write_sav
from ncsi.export.words import KIND_OF, KINDS, NO, YES
from ncsi.report.bundle import write_csv, write_sheets
from ncsi.spec import Label, Missing
from ncsi.spec.building_blocks import Language

Format = Literal["sav", "dta", "csv", "parquet", "xlsx"]
FORMATS: tuple[Format, ...] = ("sav", "dta", "csv", "parquet", "xlsx")
MOST_COLUMNS: Mapping[Format, int] = {"dta": 32_767, "xlsx": 16_384, "sav": 32_767}
MOST_ROWS: Mapping[Format, int] = {"xlsx": 1_048_575}
_OF_A_ROW = ("variable", "column", "type", "label_zh", "label_en", "question_zh", "question_en", "code", "id",
             "value_zh", "value_en")  # fmt: skip


def missing_codes(data: Labelled, form: Format) -> dict[Missing, str]:
    """How each kind of missing stands in a format: a code of SPSS or Stata, else its id beside the answer."""
    if form == "sav":
        return {kind: str(code) for kind, code in spss_missing(data).items()}
    if form == "dta":
        return {kind: f".{code}" for kind, code in STATA_MISSING.items()}
    return {kind: kind.value for kind in Missing}


def write_labelled(
    data: Mapping[str, Labelled], folder: Path, form: Format, language: Language, title: str
) -> tuple[str, ...]:
    """Write a file for each of `data` into `folder`, of a workbook one for all, and `codebook.csv`; their names.

    Labels of a .sav or .dta are in `language`; the code book has both. Raises InputError where a format holds fewer
    rows or columns.
    """
    frames = {name: _plain(one) for name, one in data.items()} if form not in ("sav", "dta") else {}
    for name, one in data.items():
        columns = len(frames[name].columns) if frames else len(one.variables)
        _require_room(name, len(one.frame), columns, form)
    book = pd.concat([codebook(one, form).assign(table=name) for name, one in data.items()])
    book = book[["table", *_OF_A_ROW]]
    if form == "xlsx":
        written = ["data.xlsx"]
        write_sheets({**frames, "codebook": book}, title, folder / written[0])
    else:
        written = [f"{name}.{form}" for name in data]
        for name, one in data.items():
            _write(one, frames.get(name), folder / f"{name}.{form}", language, title)
    write_csv(book, folder / "codebook.csv")
    return (*written, "codebook.csv")


def _write(one: Labelled, plain: pd.DataFrame | None, path: Path, language: Language, title: str) -> None:
    if path.suffix == ".sav":
        write_sav(one, path, language, title)
    elif path.suffix == ".dta":
        write_dta(one, path, language, title)
    elif path.suffix == ".csv" and plain is not None:
        write_csv(plain, path)
    elif plain is not None:
        _write_parquet(plain, one, path)


def _plain(data: Labelled) -> pd.DataFrame:
    """Ids as text, and beside each answer its kind of missing."""
    names = [name for one in data.variables for name in (one.name, one.kinds_in) if name]
    return data.frame[names]


def _write_parquet(frame: pd.DataFrame, data: Labelled, path: Path) -> None:
    """Parquet whose fields carry their labels as metadata `label_zh`, `label_en`."""
    labels = {one.name: one.label for one in data.variables}
    labels |= {one.kinds_in: _kind_of(one) for one in data.variables if one.kinds_in}
    table = pa.Table.from_pandas(frame, preserve_index=False)
    fields = [
        field.with_metadata({"label_zh": labels[field.name].zh, "label_en": labels[field.name].en})
        for field in table.schema
    ]
    pq.write_table(table.cast(pa.schema(fields, table.schema.metadata)), path, compression="zstd")


def codebook(data: Labelled, form: Format) -> pd.DataFrame:
    """A row a value, or one of a variable without: what it and the variable are called, its code in the format."""
    kinds = missing_codes(data, form)
    rows = [dict.fromkeys(_OF_A_ROW, "") | row for one in data.variables for row in _rows(one, kinds, form)]
    return pd.DataFrame(rows, columns=list(_OF_A_ROW))


def _rows(one: Variable, kinds: Mapping[Missing, str], form: Format) -> Iterator[dict[str, Any]]:
    statistical = form in ("sav", "dta")
    head = {
        "variable": one.name, "column": one.column, "type": one.kind, "label_zh": one.label.zh,
        "label_en": one.label.en, **_both("question", one.question),
    }  # fmt: skip
    values: list[tuple[str, str, Label]] = []
    if one.kind == "coded":
        values = [
            (str(k) if statistical else id_, id_, label) for k, (id_, label) in enumerate(one.values, 1)
        ]
    elif one.kind == "flag":
        values = [("0" if statistical else "False", "", NO), ("1" if statistical else "True", "", YES)]
    elif one.kind == "answer" and statistical:
        values = [(kinds[kind], kind.value, KINDS[kind]) for kind in Missing]
    for code, id_, label in values:
        yield {**head, "code": code, "id": id_, **_both("value", label)}
    if not values:
        yield head
    if one.kinds_in and not statistical:
        about = {**head, "variable": one.kinds_in, "type": "coded", **_both("label", _kind_of(one))}
        for kind in Missing:
            yield {**about, "code": kind.value, "id": kind.value, **_both("value", KINDS[kind])}


def _kind_of(one: Variable) -> Label:
    return Label(zh=KIND_OF.zh.format(label=one.label.zh), en=KIND_OF.en.format(label=one.label.en))


def _both(name: str, label: Label | None) -> dict[str, str]:
    return {} if label is None else {f"{name}_zh": label.zh, f"{name}_en": label.en}


def _require_room(name: str, rows: int, columns: int, form: Format) -> None:
    for found, most, what in (
        (rows, MOST_ROWS.get(form), "rows"), (columns, MOST_COLUMNS.get(form), "columns"),
    ):  # fmt: skip
        if most is not None and found > most:
            raise InputError(
                f"--format {form}", f"{name} has {found:,} {what}, and such a file holds {most:,}",
                "Use --format parquet or csv",
            )  # fmt: skip
