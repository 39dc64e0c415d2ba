"""Frames and their declared tables: columns in order, keys set or left out, no rows where there are none."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from ncsi.tables import TABLES
from ncsi.tables.possible import ending_where_figures_end


def stamp(name: str, frame: pd.DataFrame, **keys: str) -> pd.DataFrame:
    """The frame with its key columns set, in the declared order of table `name`."""
    return frame.assign(**keys)[list(TABLES[name].names)]


def of_sector(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """The columns of a sector's table `name`, without its keys."""
    names = [one for one in TABLES[name].names if one not in ("wave", "sector")]
    return frame if list(frame.columns) == names else frame[names]


def within_limits(frames: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The frames by table name, their intervals without what no such figure can be."""
    return {name: ending_where_figures_end(TABLES[name], frame) for name, frame in frames.items()}


def by_sector(frame: pd.DataFrame) -> pd.DataFrame:
    """Sectors are stored in whatever order they finish: put them in one order, rows within as stored."""
    return frame.sort_values("sector", kind="stable", ignore_index=True) if "sector" in frame else frame


def empty(name: str, keys: tuple[str, ...] = ("wave", "sector")) -> pd.DataFrame:
    """Table `name` without rows, and without the `keys` that are set when it is stored."""
    return pd.DataFrame(columns=[one for one in TABLES[name].names if one not in keys])
