"""Small, valid contents of a store."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

from ncsi.store import Partition, Place, SourceCard, Store
from ncsi.tables import CORE_REJECTS

SHA = "a" * 64
NO_REJECTS = pd.DataFrame(columns=list(CORE_REJECTS.names))


@pytest.fixture(scope="session")
def make() -> ModuleType:
    """This module: contents of a store, made on the spot."""
    return sys.modules[__name__]


@pytest.fixture
def store(empty: Path, tmp_path: Path) -> Store:
    return Store(Place(shutil.copytree(empty, tmp_path / "warehouse")))


def responses(n: int = 3, sector: str = "bank", wave: str = "2026", sha: str = SHA) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "wave": [wave] * n,
            "sector": [sector] * n,
            "brand": ["b1"] * n,
            "respondent": [f"{sha[:4]}{i}" for i in range(n)],
            "region": [None, *["北京"] * (n - 1)],
            "weight_base": [1.0] * n,
            "submitted_at": [pd.Timestamp("2026-03-01 08:00:00")] * n,
            "duration_s": [None, *[12.0] * (n - 1)],
            "disposition": None,
            "interviewer": None,
            "device": None,
            "source_sha256": [sha] * n,
            "source_row": range(2, n + 2),
            "q1": pd.array([None, *[8] * (n - 1)], dtype="Int16"),
            "q1_missing": ["dont_know", *[None] * (n - 1)],
        }
    )


def part(rows: pd.DataFrame) -> Partition:
    return Partition(rows["sector"].iloc[0], "ccsi", "1.0.0", "f" * 64, rows)


def card(rows_read: int = 3, wave: str = "2026", sha: str = SHA) -> SourceCard:
    return SourceCard(wave, sha, f"{sha[:4]}.csv", "csv", "utf-8", "plain", None, 120, rows_read)


def reject(row: int = 5) -> pd.DataFrame:
    values = {
        "source_row": row,
        "sector": "bank",
        "column": "q1",
        "rule": "off_scale",
        "value_class": "integer above 10",
        "reason_zh": "原因",
        "reason_en": "reason",
    }
    return pd.DataFrame([values])


def ranks(wave: str = "2026", sector: str = "bank", index: float = 80.0) -> pd.DataFrame:
    values = {
        "wave": wave,
        "sector": sector,
        "brand": "b1",
        "index_0_100": index,
        "rank": 1,
        "rank_low": 1,
        "rank_high": 1,
        "rank_low_marginal": 1,
        "rank_high_marginal": 1,
        "tier": "A",
        "p_top_third": 0.9,
    }
    return pd.DataFrame([values])
