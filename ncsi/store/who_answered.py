"""Who answered on which brand, by hashes: a new file is held against all stored ones without reading them again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pandas as pd

from ncsi.store.parts import read_parts
from ncsi.store.place import Place

COLUMNS = ["brand", "respondent", "source_sha256", "source_row"]
_KEY = ["brand", "respondent"]
_PARTS_KEPT = 1024
_ODD = np.uint64(0x9E3779B97F4A7C15)


def answered(place: Place, paths: Sequence[str], rows: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """COLUMNS of the stored responses in these parts whose brand and respondent are those of a row of `rows`, which
    come block by block."""
    meeting = dict[str, list[pd.DataFrame]]()
    for block in rows if paths else ():
        wanted = np.sort(_hashes(block))
        for path in paths:
            if _meet(wanted, _stored(place, path)):
                meeting.setdefault(path, []).append(block[_KEY])
    found = [
        _of_these(read_parts(place, [path], COLUMNS), meeting[path]) for path in paths if path in meeting
    ]
    if not found:
        return pd.DataFrame({name: pd.Series(dtype="object") for name in COLUMNS})
    return pd.concat(found, ignore_index=True)


def _of_these(stored: pd.DataFrame, blocks: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Rows whose brand and respondent are those of a row of the blocks."""
    pairs = pd.MultiIndex.from_frame(stored[_KEY].astype("object"))
    own = (pd.MultiIndex.from_frame(one.astype("object")) for one in blocks)
    return stored[np.logical_or.reduce([pairs.isin(one) for one in own])]


def _meet(one: npt.NDArray[np.uint64], other: npt.NDArray[np.uint64]) -> bool:
    """Whether two sorted arrays have a value in common: each of the shorter one is looked for in the longer one."""
    few, many = (one, other) if len(one) <= len(other) else (other, one)
    if not len(few):
        return False
    places = np.minimum(np.searchsorted(many, few), len(many) - 1)
    return bool((many[places] == few).any())


@lru_cache(maxsize=_PARTS_KEPT)
def _stored(place: Place, path: str) -> npt.NDArray[np.uint64]:
    """Distinct hashes of one part, sorted. A part is named by its content, so what is known of it stays true."""
    return np.unique(_hashes(read_parts(place, [path], _KEY)))


def _hashes(rows: pd.DataFrame) -> npt.NDArray[np.uint64]:
    brand, respondent = (
        pd.util.hash_array(rows[name].to_numpy(dtype=object), categorize=name == "brand") for name in _KEY
    )
    return np.asarray(respondent * _ODD + brand, dtype=np.uint64)
