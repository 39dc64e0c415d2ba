"""A small survey in memory, drawn from the instrument's own path model."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from ncsi.spec import Instrument, load_instrument


@pytest.fixture(scope="session")
def inst() -> Instrument:
    return load_instrument("ccsi")


@pytest.fixture(scope="session")
def survey() -> pd.DataFrame:
    return pd.read_csv(Path(__file__).parents[2] / "golden" / "golden.csv")


@pytest.fixture(scope="session")
def survey_missing() -> pd.DataFrame:
    return pd.read_csv(Path(__file__).parents[2] / "golden" / "golden_missing.csv")
