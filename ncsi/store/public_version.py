"""Results of a wave as its last public release was made from them, in full precision: `public/<wave>/<table>.parquet`.

Kept so that a sector whose figures must stay can be given them back, whatever was estimated since. `sha256.json` holds
the hash of each table, checked when one is read.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from contextlib import closing
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ncsi.atomic import clear, left_behind, recover, replacing_folder
from ncsi.errors import Damage, StoreError
from ncsi.living import lives
from ncsi.store import duck
from ncsi.store.declared_frames import to_arrow, to_frame
from ncsi.store.duck import quoted
from ncsi.store.place import Place
from ncsi.store.quiet import connect
from ncsi.store.table_rows import declared

Fills = Mapping[tuple[str, str], str]
"""What new columns of old rows hold: SQL over the old tables, by table and column."""

_SUMS = "sha256.json"
_CURE = "Restore it from a backup: a sector whose figures have to stay is given them from there"


def keep(place: Place, wave: str, tables: Mapping[str, pd.DataFrame]) -> None:
    """Put the tables in place of those of the public version before, all of them or none."""
    _put(_folder(place, wave), {name: to_arrow(declared(name), frame) for name, frame in tables.items()})


def carry_over(place: Place, fills: Fills) -> None:
    """Give the tables that an earlier version kept their new columns, as `fills` say or null; the others stay.

    StoreError where one is not as it was written: it would be taken for whole afterwards.
    """
    for folder in sorted(place.public.glob("[!.]*")):
        recover(folder)
        for where, problem in _problems(folder, readable=False):
            raise StoreError(f"{where}: {problem}. {_CURE}.")
        kept = {path.stem: pq.read_table(path) for path in sorted(folder.glob("*.parquet"))}
        with closing(connect(":memory:", duck.SETTINGS)) as memory:
            for name, rows in kept.items():
                memory.register(name, rows)
            found = {name: _with_new_columns(memory, name, rows, fills) for name, rows in kept.items()}
        if any(found[name] is not rows for name, rows in kept.items()):
            _put(folder, found)


def _with_new_columns(memory: duckdb.DuckDBPyConnection, name: str, rows: pa.Table, fills: Fills) -> pa.Table:
    lacking = [one for one in declared(name).columns if one.name not in rows.column_names]
    if not lacking:
        return rows
    new = (f"{fills.get((name, one.name), 'NULL')} AS {quoted(one.name)}" for one in lacking)
    return memory.execute(f"SELECT *, {', '.join(new)} FROM {quoted(name)}").to_arrow_table()  # noqa: S608


def read(
    place: Place, wave: str, sector: str, names: Collection[str] | None = None
) -> dict[str, pd.DataFrame]:
    """A sector's rows of every table that was kept, or of those of the `names` that were. StoreError where any that was
    kept is damaged or gone."""
    folder = _folder(place, wave)
    recover(folder)
    for where, problem in _problems(folder):
        raise StoreError(f"{where}: {problem}. {_CURE}.")
    return {
        path.stem: to_frame(declared(path.stem), _of_sector(path, sector))
        for path in sorted(folder.glob("*.parquet"))
        if "sector" in declared(path.stem).names and (names is None or path.stem in names)
    }


def is_gone(place: Place, wave: str) -> bool:
    """Whether nothing is kept of the wave."""
    folder = _folder(place, wave)
    recover(folder)
    return not folder.is_dir()


def gone(place: Place, wave: str) -> Damage:
    """What to tell where nothing is kept of a wave that is out."""
    return Damage(str(_folder(place, wave)), "the results of the public release are gone", _CURE)


def _of_sector(path: Path, sector: str) -> pa.Table:
    rows = pq.ParquetFile(
        path
    ).read()  # read_table looks for more files than one, which takes longer than to read it
    return rows.filter(pc.equal(rows["sector"], sector))


def damages(place: Place, public: Collection[str]) -> Iterator[Damage]:
    """What is wrong with what is kept of the waves that are out."""
    for wave in sorted(public):
        folder = _folder(place, wave)
        if not folder.is_dir():
            yield gone(place, wave)
        for where, problem in _problems(folder):
            yield Damage(str(where), problem, _CURE)
    for path in left_behind(place.public, lives):
        yield Damage(str(path), "a killed write left it behind", "`ncsi audit --repair` removes it")


def sweep(place: Place) -> int:
    """Put back or remove what killed writes left of what is kept; how many. Whoever writes holds the store's lock."""
    return len(clear(place.public, lambda _: False))


def _put(folder: Path, tables: Mapping[str, pa.Table]) -> None:
    with replacing_folder(folder) as new:
        for name, rows in tables.items():
            pq.write_table(rows, new / f"{name}.parquet")
        (new / _SUMS).write_text(json.dumps({name: _sha256(new, name) for name in sorted(tables)}))


def _problems(folder: Path, readable: bool = True) -> Iterator[tuple[Path, str]]:
    """Each table that is not as it was written; of a version without hashes, that cannot be read (where `readable`)."""
    sums = folder / _SUMS
    there = {path.stem for path in folder.glob("*.parquet")}
    known: dict[str, str | None] = dict.fromkeys(there)
    if sums.is_file():
        try:
            known = dict(json.loads(sums.read_text()))
        except (ValueError, TypeError):
            yield sums, "it cannot be read"
            return
    for name in sorted({*there, *known}):
        path, expected = folder / f"{name}.parquet", known.get(name)
        if name not in there:
            yield path, "it is gone"
        elif name not in known:
            yield path, "it is no table of the public release"
        elif expected is None and readable and not _is_readable(path):
            yield path, "it cannot be read"
        elif expected is not None and _sha256(folder, name) != expected:
            yield path, "its content is not what was written (SHA-256)"


def _is_readable(path: Path) -> bool:
    try:
        to_frame(declared(path.stem), pq.read_table(path))
    except (OSError, ValueError, KeyError, StoreError):
        return False
    return True


def _sha256(folder: Path, name: str) -> str:
    return hashlib.sha256((folder / f"{name}.parquet").read_bytes()).hexdigest()


def _folder(place: Place, wave: str) -> Path:
    return place.public / place.checked("wave", wave)
