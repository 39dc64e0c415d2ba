"""Synthetic data of composite indices, and what COINr and other programs say of them (README.md: tolerances)."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from ncsi.spec import Tree, tree_from

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def table() -> Callable[[str], pd.DataFrame]:
    """A golden table by name, units as index where it has them."""

    def read(name: str) -> pd.DataFrame:
        frame = pd.read_csv(HERE / f"{name}.csv")
        return frame.set_index("uCode") if "uCode" in frame.columns else frame

    return read


@pytest.fixture(scope="session")
def facts() -> Callable[[str], Any]:
    """A golden JSON document by name."""
    return lambda name: json.loads((HERE / f"{name}.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def tree() -> Tree:
    return tree_from(pd.read_csv(HERE / "synthetic12x9" / "input_meta.csv"), id="synthetic12x9")


@pytest.fixture(scope="session")
def raw(table: Callable[[str], pd.DataFrame]) -> pd.DataFrame:
    return table("synthetic12x9/input_data")


@pytest.fixture(scope="session")
def filled(table: Callable[[str], pd.DataFrame]) -> pd.DataFrame:
    """Missing cells filled by means, as the goldens of normalisation and aggregation start from."""
    return table("synthetic12x9/imputed_mean")


@pytest.fixture
def within(record_property: Any) -> Callable[[str, float, float], None]:
    """Assert that the largest difference from a golden is within its tolerance, and print it (`pytest -s` shows it)."""

    def check(golden: str, difference: float, tolerance: float) -> None:
        record_property(golden, float(difference))
        print(f"{golden}: largest difference {difference:.1e}, tolerance {tolerance:.0e}")
        assert difference <= tolerance, golden

    return check
