"""Who answered on which brand, by hashes: a new file is held against all stored ones without reading them again."""

from __future__ import annotations

from collections.abc import Sequence
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


def answered(place: Place, paths: Sequence[str], rows: pd.DataFrame) -> pd.DataFrame:
    """COLUMNS of the stored responses in these parts whose brand and respondent are those of a row of `rows`."""
    wanted = np.sort(_hashes(rows)) if paths else np.zeros(0, dtype=np.uint64)
    meeting = [path for path in paths if _meet(wanted, _stored(place, path))]
    if not meeting:
        return pd.DataFrame({name: pd.Series(dtype="object") for name in COLUMNS})
    stored = read_parts(place, meeting, COLUMNS)
    pairs = pd.MultiIndex.from_frame(rows[_KEY].astype("object"))
    return stored[pd.MultiIndex.from_frame(stored[_KEY].astype("object")).isin(pairs)].reset_index(drop=True)


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
