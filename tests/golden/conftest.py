"""Golden data: a synthetic survey, and what SEMinR, cSEM and lavaan say of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from ncsi.spec import Instrument, load_instrument

HERE = Path(__file__).parent


def _load(name: str) -> Any:
    return json.loads((HERE / name).read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def inst() -> Instrument:
    return load_instrument("ccsi")


@pytest.fixture(scope="session")
def golden() -> pd.DataFrame:
    return pd.read_csv(HERE / "golden.csv")


@pytest.fixture(scope="session")
def golden_missing() -> pd.DataFrame:
    return pd.read_csv(HERE / "golden_missing.csv")


@pytest.fixture(scope="session")
def seminr() -> Any:
    return _load("pls_seminr.json")


@pytest.fixture(scope="session")
def csem() -> Any:
    return _load("pls_csem.json")


@pytest.fixture(scope="session")
def lavaan() -> Any:
    return _load("cbsem_lavaan.json")


@pytest.fixture
def close(record_property: Any) -> Any:
    """Assert that two nested mappings agree, and print the largest difference (`pytest -s` shows it)."""

    def check(name: str, ours: Any, theirs: Any, tolerance: float) -> None:
        worst = largest_difference(ours, theirs)
        record_property(name, float(worst))
        print(f"{name}: largest difference {worst:.1e}, tolerance {tolerance:.0e}")
        assert worst <= tolerance, name

    return check


def largest_difference(ours: Any, theirs: Any) -> float:
    """Over every leaf of `theirs`; a leaf that ours lacks is an error."""
    if isinstance(theirs, dict):
        assert theirs, "an empty golden proves nothing"
        return max(largest_difference(ours[key], value) for key, value in theirs.items())
    return abs(float(ours) - float(theirs))
