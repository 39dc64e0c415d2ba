"""xlsx and xls as text: the first sheet, values as a spreadsheet would show them unformatted."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

import pyarrow as pa
from python_calamine import CalamineError, CalamineWorkbook

from ncsi.errors import ReadError
from ncsi.ingest.read.archive import opened
from ncsi.ingest.read.table import Raw

_CHUNK = 2_000
_DAMAGED = "Open it in a spreadsheet program and save it again, or export it as csv"
_ELEMENT = re.compile(rb"<[A-Za-z]")


def read_workbook(name: str, content: bytes, is_zip: bool) -> Raw:
    """Header and cells of the first sheet. Raises ReadError: damaged, a bomb, a document type inside."""
    if is_zip:
        _check_archive(name, content)
    try:
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
        top = sheet.start[0] if sheet.start else 0
        rows = iter(sheet.iter_rows())
        header = next(rows, None)
        if header is None:
            raise ReadError(name, "the first sheet is empty", "Export it again")
        cells = _columns(rows, len(header))
    except (CalamineError, OSError, ValueError, IndexError) as error:
        raise ReadError(name, f"the workbook cannot be read ({str(error)[:120]})", _DAMAGED) from error
    return Raw([_text(value) for value in header], cells, first_row=top + 2)


def _columns(rows: Iterable[list[Any]], width: int) -> pa.Table:
    """Text columns, made chunk by chunk so that Python objects never stand for the whole sheet."""
    names = [str(k) for k in range(width)]
    schema = pa.schema([(one, pa.string()) for one in names])
    tables, chunk = [], []
    for row in rows:
        chunk.append(row)
        if len(chunk) == _CHUNK:
            tables.append(_chunk(chunk, schema))
            chunk = []
    tables.append(_chunk(chunk, schema))
    return pa.concat_tables(tables)


def _chunk(rows: list[list[Any]], schema: pa.Schema) -> pa.Table:
    columns = zip(*rows, strict=True) if rows else ([] for _ in schema)
    return pa.table(
        [pa.array([_text(one) for one in column], pa.string()) for column in columns], schema=schema
    )


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e16 else repr(value)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, timedelta):
        return f"{value.total_seconds():g}"
    if isinstance(value, (date, time)):
        return value.isoformat()
    return str(value)


def _check_archive(name: str, content: bytes) -> None:
    """Refuse XML that declares a document type (entities)."""
    with opened(name, content) as archive:
        for member in archive.infolist():
            if member.filename.endswith((".xml", ".rels")):
                _refuse_document_type(name, archive, member)


def _refuse_document_type(name: str, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    """A document type stands before the first element, so only what comes before it is unpacked."""
    head = b""
    with archive.open(member) as handle:
        while not _ELEMENT.search(head) and len(head) < 1024**2:
            more = handle.read(4096)
            if not more:
                break
            head += more
    if b"<!DOCTYPE" in head.upper() or b"<!ENTITY" in head.upper():
        raise ReadError(
            f"{name}, {member.filename[:60]}", "its XML declares a document type", "Export it again as csv"
        )
