"""Whether responses are those that stored figures were made from: the same files, each read the same way."""

from __future__ import annotations

import pandas as pd

from ncsi.tables import ESTIMATED


def sectors_as_estimated(parts: pd.DataFrame, cards: pd.DataFrame, files: pd.DataFrame) -> frozenset[str]:
    """Sectors of a wave whose responses are of the files, and of the readings, that their stored figures are of.

    `parts`: rows of `core_partitions`, of the wave or of one sector; `cards`: `raw_files` of the wave; `files`: its
    `core_lineage_by_file`. A sector that is not estimated is none of them.
    """
    return frozenset(
        str(sector)
        for sector, own in parts.groupby("sector")
        if _read_as(cards[cards["source_sha256"].isin(own["source_sha256"])])
        == _read_as(_then(files[files["sector"] == sector]))
    )


def _then(files: pd.DataFrame) -> pd.DataFrame:
    """Those that counted when the stored figures were made."""
    own = files[(files["revision"] == ESTIMATED) & (files["brand"] == "") & (files["rows_accepted"] > 0)]
    return own[own["superseded_by"].isna() & own["withdrawn_at"].isna()]


def _read_as(files: pd.DataFrame) -> set[tuple[str, str]]:
    return set(zip(files["source_sha256"], files["reading_sha256"].astype(object).fillna(""), strict=True))
