"""Results of a wave as its last public release was made from them, in full precision: `public/<wave>/<table>.parquet`.

Kept so that a sector whose figures must stay can be given them back, whatever was estimated since.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq

from ncsi.atomic import put, temporary_name
from ncsi.errors import StoreError
from ncsi.store.declared_frames import to_arrow, to_frame
from ncsi.store.place import Place
from ncsi.store.table_rows import declared


def keep(place: Place, wave: str, tables: Mapping[str, pd.DataFrame]) -> None:
    """Put the tables in place of those of the public version before."""
    folder = _folder(place, wave)
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in tables.items():
        rows = to_arrow(declared(name), frame)
        with temporary_name(folder) as temporary:
            pq.write_table(rows, temporary)
            put(temporary, folder / f"{name}.parquet")


def read(place: Place, wave: str, sector: str) -> dict[str, pd.DataFrame]:
    """A sector's rows of every table that was kept. StoreError where a file is damaged."""
    found = {}
    for path in sorted(_folder(place, wave).glob("*.parquet")):
        try:
            frame = to_frame(declared(path.stem), pq.read_table(path))
        except (OSError, ValueError) as error:
            raise StoreError(f"{path}: cannot be read; restore it from a backup.") from error
        if "sector" in frame:
            found[path.stem] = frame[frame["sector"] == sector].reset_index(drop=True)
    return found


def _folder(place: Place, wave: str) -> Path:
    return place.public / place.checked("wave", wave)
