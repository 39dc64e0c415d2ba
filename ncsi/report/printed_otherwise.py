"""Which releases print other figures of an earlier wave than its own release has: it was revised since, or what they
were made from is not out."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import pandas as pd

from ncsi.report.bundle.manifest import damaged
from ncsi.report.withdrawn import withdrawal_of
from ncsi.spec import wave_order
from ncsi.tables import OUT_TREND

_PLACE = ["level", "unit", "at"]
_SAME = 0.0051
"""Points: printed figures have two digits."""


def printed_otherwise(releases: Path, waves: Collection[str]) -> tuple[tuple[str, str], ...]:
    """Of these waves, whose releases lie in the folder, the later and the earlier of every two where the later prints
    another index of nation, group or sector for the earlier than that does. Releases of an earlier version, without
    series, print none. Raises InputError where a series cannot be read."""
    series = {one: frame for one in waves if (frame := _series(releases / one)) is not None}
    if len(series) < 2:
        return ()
    printed = pd.concat([frame.assign(by=one) for one, frame in series.items()], ignore_index=True)
    own = printed[printed["at"] == printed["by"]]
    both = printed.merge(own, on=_PLACE, suffixes=("", "_own"))
    differ = both[(both["index_0_100"] - both["index_0_100_own"]).abs() > _SAME]
    pairs = {(str(by), str(at)) for by, at in zip(differ["by"], differ["at"], strict=True)}
    after = [two for two in pairs if wave_order(two[1]) < wave_order(two[0])]
    return tuple(sorted(after, key=lambda two: (wave_order(two[0]), wave_order(two[1]))))


def _series(release: Path) -> pd.DataFrame | None:
    path = release / "data" / f"{OUT_TREND.name}.parquet"
    if not path.is_file() or withdrawal_of(release) is not None:
        return None
    try:
        return pd.read_parquet(path, columns=[*_PLACE, "index_0_100"])
    except (OSError, ValueError) as error:  # what pyarrow says of a file that is none of its own
        raise damaged(release) from error
