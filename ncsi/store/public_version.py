"""Results of a wave as its last public release was made from them, in full precision: `public/<wave>/<table>.parquet`.

Kept so that a sector whose figures must stay can be given them back, whatever was estimated since.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from ncsi.atomic import put, temporary_name
from ncsi.errors import StoreError
from ncsi.store import duck
from ncsi.store.declared_frames import to_arrow, to_frame
from ncsi.store.duck import quoted
from ncsi.store.place import Place
from ncsi.store.table_rows import declared

Fills = Mapping[tuple[str, str], str]
"""What new columns of old rows hold: SQL over the old tables, by table and column."""


def keep(place: Place, wave: str, tables: Mapping[str, pd.DataFrame]) -> None:
    """Put the tables in place of those of the public version before."""
    folder = _folder(place, wave)
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in tables.items():
        _put(to_arrow(declared(name), frame), folder / f"{name}.parquet")


def carry_over(place: Place, fills: Fills) -> None:
    """Give the tables that an earlier version kept their new columns, as `fills` say or null; the others stay."""
    for folder in sorted(path for path in place.public.glob("*") if path.is_dir()):
        kept = {path: pq.read_table(path) for path in sorted(folder.glob("*.parquet"))}
        with closing(duckdb.connect(config=duck.SETTINGS)) as memory:
            for path, rows in kept.items():
                memory.register(path.stem, rows)
            for path, rows in kept.items():
                lacking = [one for one in declared(path.stem).columns if one.name not in rows.column_names]
                if lacking:
                    new = (
                        f"{fills.get((path.stem, one.name), 'NULL')} AS {quoted(one.name)}" for one in lacking
                    )
                    wanted = f"SELECT *, {', '.join(new)} FROM {quoted(path.stem)}"  # noqa: S608
                    _put(memory.execute(wanted).to_arrow_table(), path)


def read(place: Place, wave: str, sector: str) -> dict[str, pd.DataFrame]:
    """A sector's rows of every table that was kept. StoreError where a file is damaged."""
    found = {}
    for path in sorted(_folder(place, wave).glob("*.parquet")):
        try:
            frame = to_frame(declared(path.stem), pq.read_table(path))
        except (OSError, ValueError, KeyError) as error:
            raise StoreError(f"{path}: cannot be read; restore it from a backup.") from error
        if "sector" in frame:
            found[path.stem] = frame[frame["sector"] == sector].reset_index(drop=True)
    return found


def _put(rows: pa.Table, path: Path) -> None:
    with temporary_name(path.parent) as temporary:
        pq.write_table(rows, temporary)
        put(temporary, path)


def _folder(place: Place, wave: str) -> Path:
    return place.public / place.checked("wave", wave)
