"""Parquet files of respondent rows: written whole or not at all, named by their content; in a folder or a bucket.

What is read is held against its name first: of a file once a process, of an object each time.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pandas.api.extensions import ExtensionDtype

from ncsi.atomic import TEMPORARY, put, temporary_name
from ncsi.errors import StoreError
from ncsi.spec.object_storage import Bucket
from ncsi.store import objects
from ncsi.store.part_content import MISSING, RowBlocks, declared_of, write_blocks
from ncsi.store.place import RESPONSES, Place
from ncsi.tables import BACKGROUND

_FEW_TEXTS = ("wave", "sector", "source_sha256", "region", "disposition", "interviewer", "device")
_OTHER = "its content is not the one it is named for (SHA-256)"
RESTORE = (
    "`ncsi audit` names every such file: restore it from a backup, or ingest the wave's files again in a new "
    "warehouse"
)


def write_part(place: Place, wave: str, sector: str, rows: pd.DataFrame | RowBlocks) -> str:
    """Write the rows durably; returns the path relative to the warehouse. StoreError when it cannot."""
    declared, folder = declared_of(wave, sector, rows), place.partition(wave, sector)
    within, bucket = folder.relative_to(place.folder).as_posix(), place.bucket
    if bucket is not None:
        content = _serialised(rows, declared, (wave, sector))
        path = f"{within}/{hashlib.sha256(content).hexdigest()}.parquet"
        put_part(bucket, path, content)
        return path
    try:
        folder.mkdir(parents=True, exist_ok=True)
        name = _write(folder, rows, declared, (wave, sector)).name
    except OSError as error:
        raise StoreError(
            f"{folder}: cannot write: {error.strerror or error}. "
            "Free disk space or make the folder writable, then run again; the store is as it was."
        ) from error
    return f"{within}/{name}"


def put_part(bucket: Bucket, path: str, content: bytes) -> None:
    """Write a part to a bucket and read it back: what arrived is what was sent, or a StoreError."""
    objects.put(bucket, path, content)
    if _problem(path, objects.read(bucket, path)):
        raise StoreError(
            f"{bucket}/{path}: what was read back is not what was written. Nothing was stored; run again, and if it "
            "comes again, ask who runs the service."
        )


def part_bytes(place: Place, path: str) -> bytes:
    """A part as it was written. StoreError when it is gone or damaged."""
    bucket = place.bucket
    return _whole(place, path).read_bytes() if bucket is None else _whole_object(bucket, path)


def read_parts(
    place: Place, paths: Iterable[str], columns: list[str] | None = None, compact: bool = False
) -> pd.DataFrame:
    """Rows of the files, one after another; `compact`: columns of few texts (wave, sector, file, region, background,
    what is missing, by whom and on which device) as categories, a byte a row or a few. StoreError when one is gone,
    damaged, or has other items."""
    tables = [_read(place, path, columns, compact) for path in paths]
    for path, table in zip(paths, tables, strict=True):
        _require_same_items(place, path, table, tables[0])
    return _frame(tables, compact)


def part_blocks(place: Place, paths: Iterable[str], rows: int) -> Iterator[pd.DataFrame]:
    """The same rows compact, so many at a time, of the last fewer, whatever the files are cut into: no more is held.
    StoreError as `read_parts`."""
    waiting, held = list[pa.Table](), 0
    for path in paths:
        for table in _read_by(place, path, rows):
            waiting.append(table)
            _require_same_items(place, path, table, waiting[0])
            held += table.num_rows
            if held > rows:
                whole = pa.concat_tables(waiting)
                yield _frame([whole.slice(0, rows)], compact=True)
                waiting, held = [whole.slice(rows)], held - rows
    if waiting:
        yield _frame(waiting, compact=True)


def _require_same_items(place: Place, path: str, table: pa.Table, first: pa.Table) -> None:
    if table.schema.names != first.schema.names:
        raise StoreError(
            f"{place.shown(path)}: its items differ from those of the sector's other files. "
            "The instrument changed during the wave: ingest the wave's files again in a new warehouse."
        )


def _frame(tables: list[pa.Table], compact: bool) -> pd.DataFrame:
    """Rows of some tables, which are given up for it."""
    whole = pa.concat_tables(tables).unify_dictionaries()
    tables.clear()
    frame: pd.DataFrame = whole.to_pandas(
        types_mapper=_pandas_type, split_blocks=compact, self_destruct=compact
    )
    return frame


def scanned(place: Place, paths: Iterable[str]) -> Any:
    """The files as one table that is read where it is asked: items that a file lacks are null there. StoreError when
    one is gone or damaged."""
    if place.bucket is not None:
        return pa.concat_tables([_read(place, path, None) for path in paths], promote_options="default")
    import pyarrow.dataset as ds  # late: a quarter of a second, which no other reading needs

    datasets = [ds.dataset(_whole(place, path), format="parquet") for path in paths]
    union = pa.unify_schemas([one.schema for one in datasets])
    return ds.dataset([one.replace_schema(union) for one in datasets])


def sweep(place: Place, catalogued: set[str]) -> int:
    """Remove what a killed write left behind in the folder; how many files and folders."""
    found = left_behind(place, catalogued)
    for path in found:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
    return len(found)


def left_behind(place: Place, catalogued: set[str]) -> list[Path]:
    """Temporary files and folders (of a database that is written anew, rows that there was no memory for), and Parquet
    files not in the catalogue."""
    return [
        path
        for path in sorted(place.responses.rglob("*"))
        if path.name.startswith(TEMPORARY)
        or (
            path.is_file()
            and path.suffix == ".parquet"
            and path.relative_to(place.folder).as_posix() not in catalogued
        )
    ]


def left_in(bucket: Bucket, catalogued: set[str], wave: str | None = None) -> list[str]:
    """Names of parts in a bucket, of all waves or of one, that the catalogue does not list."""
    folder = RESPONSES if wave is None else f"{RESPONSES}/wave={wave}"
    return [
        one for one in objects.listed(bucket, folder) if one.endswith(".parquet") and one not in catalogued
    ]


def part_problem(place: Place, path: str, rows: int) -> str:
    """What is wrong with a part that should have `rows` rows; empty where nothing is."""
    return problem_at(place.folder, place.bucket, path, rows)


def problem_at(folder: Path, bucket: Bucket | None, path: str, rows: int) -> str:
    """What is wrong with a part where it should lie in a bucket, or else in a warehouse's folder."""
    try:
        if bucket is None:
            source: Any = folder / path
            if not source.is_file():
                return "it is gone"
            problem = "" if _sha256(source) == source.stem else _OTHER
        else:
            content = objects.read(bucket, path)
            source, problem = pa.BufferReader(content), _problem(path, content)
        if problem:
            return problem
        found = pq.ParquetFile(source).metadata.num_rows
    except objects.ObjectGone:
        return "it is gone"
    except (OSError, pa.ArrowException, StoreError) as error:
        return f"it cannot be read: {str(error).splitlines()[0]}"
    return "" if found == rows else f"it has {found:,} rows where the catalogue says {rows:,}"


def _pandas_type(kind: pa.DataType) -> ExtensionDtype | None:
    """Texts are held as pandas is set to hold them where they are read."""
    if kind == pa.string():
        return pd.StringDtype(na_value=float("nan"))
    return pd.Int16Dtype() if kind == pa.int16() else None


def _serialised(rows: pd.DataFrame | RowBlocks, declared: pa.Schema, of: tuple[str, str]) -> bytes:
    sink = pa.BufferOutputStream()
    write_blocks(sink, rows, declared, of)
    content: bytes = sink.getvalue().to_pybytes()
    return content


def _write(folder: Path, rows: pd.DataFrame | RowBlocks, declared: pa.Schema, of: tuple[str, str]) -> Path:
    with temporary_name(folder) as temporary:
        write_blocks(temporary, rows, declared, of)
        path = folder / f"{_sha256(temporary)}.parquet"
        put(temporary, path)
    return path


@lru_cache(maxsize=4096)
def _is_whole(path: Path, size: int, changed_ns: int) -> bool:  # noqa: ARG001 - what tells a file from the one before
    """Whether the content is the one that names the part: looked at once a process, and again when it changed."""
    return _sha256(path) == path.stem


def _sha256(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _problem(path: str, content: bytes) -> str:
    """What is wrong with the content of a part by its name; empty where nothing is."""
    right = hashlib.sha256(content).hexdigest() == PurePosixPath(path).stem
    return "" if right else _OTHER


def _read(place: Place, path: str, columns: list[str] | None, compact: bool = False) -> pa.Table:
    source = _source(place, path)
    try:
        return _opened(source, compact).read(columns=columns)
    except (OSError, pa.ArrowException) as error:
        raise _damaged(place.shown(path), error) from error


def _read_by(place: Place, path: str, rows: int) -> Iterator[pa.Table]:
    """The rows of a file, compact, at most so many at a time; one table of none where it has none."""
    source = _source(place, path)
    try:
        file = _opened(source, compact=True)
        if not file.metadata.num_rows:
            yield file.read()
        batches = file.iter_batches(rows)
        while (batch := next(batches, None)) is not None:
            yield pa.Table.from_batches([batch])
    except (OSError, pa.ArrowException) as error:
        raise _damaged(place.shown(path), error) from error


def _opened(source: Any, compact: bool) -> pq.ParquetFile:
    names = pq.read_schema(source).names if compact else []
    few = [one for one in names if one in _FEW_TEXTS or one.endswith(MISSING) or one.startswith(BACKGROUND)]
    return pq.ParquetFile(source, read_dictionary=few)


def _source(place: Place, path: str) -> Any:
    """What a part is read from, whose content is the one that names it."""
    bucket = place.bucket
    return _whole(place, path) if bucket is None else pa.BufferReader(_whole_object(bucket, path))


def _whole_object(bucket: Bucket, path: str) -> bytes:
    """The object, whose content is the one that names it."""
    where = f"{bucket}/{path}"
    try:
        content = objects.read(bucket, path)
    except objects.ObjectGone:
        raise _damaged(where, "there is no such object") from None
    problem = _problem(path, content)
    if problem:
        raise _damaged(where, problem)
    return content


def _whole(place: Place, path: str) -> Path:
    """The file, whose content is the one that names it."""
    full = place.folder / path
    try:
        status = full.stat()
        if not _is_whole(full, status.st_size, status.st_mtime_ns):
            raise OSError("its SHA-256 is not the one that names it")
    except OSError as error:
        raise _damaged(str(full), error) from error
    return full


def _damaged(where: str, error: Exception | str) -> StoreError:
    said = str(error).splitlines()[0]
    return StoreError(f"{where}: a file of the store is gone or damaged: {said}. {RESTORE}.")
