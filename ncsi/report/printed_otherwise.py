"""Which releases print other figures of an earlier wave than its own release has: it was revised since, or what they
were made from is not out."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import pandas as pd

from ncsi.report.withdrawn import withdrawal_of
from ncsi.spec import wave_order
from ncsi.tables import OUT_TREND

_UNIT = ["level", "unit"]
_SAME = 0.0051
"""Points: printed figures have two digits."""


def printed_otherwise(releases: Path, waves: Collection[str]) -> tuple[tuple[str, str], ...]:
    """Of these waves, whose releases lie in the folder, the later and the earlier of every two where the later prints
    another index of nation, group or sector for the earlier than that does. Releases of an earlier version, without
    series, print none."""
    printed = {one: frame for one in waves if (frame := _series(releases / one)) is not None}
    own = {one: frame[frame["at"] == one].set_index(_UNIT)["index_0_100"] for one, frame in printed.items()}
    return tuple(
        (later, earlier)
        for later in sorted(printed, key=wave_order)
        for earlier in sorted(own, key=wave_order)
        if wave_order(earlier) < wave_order(later) and _differ(printed[later], earlier, own[earlier])
    )


def _series(release: Path) -> pd.DataFrame | None:
    path = release / "data" / f"{OUT_TREND.name}.parquet"
    if not path.is_file() or withdrawal_of(release) is not None:
        return None
    return pd.read_parquet(path, columns=[*_UNIT, "at", "index_0_100"])


def _differ(printed: pd.DataFrame, wave: str, own: pd.Series) -> bool:
    then = printed[printed["at"] == wave].set_index(_UNIT)["index_0_100"]
    return bool(((then - own).abs() > _SAME).any())
