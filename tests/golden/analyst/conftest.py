"""What SEMinR, seminrExtras, cSEM, NCA and relaimpo say of golden.csv, and of bench.csv, whose truth is known."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import ncsi
from ncsi.model import PlsFit
from ncsi.spec import Instrument

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Case:
    """One of the two surveys, its fit, and the peers' results by method."""

    df: pd.DataFrame
    inst: Instrument
    fit: PlsFit
    expected: Callable[[str], Any]


@pytest.fixture(scope="session", params=["golden", "bench"])
def case(request, golden, inst) -> Case:
    """Tests run on both surveys."""
    bench = request.param == "bench"
    df = pd.read_csv(HERE / "bench.csv") if bench else golden

    def expected(method: str) -> Any:
        name = f"{method}_bench.json" if bench else f"{method}.json"
        return json.loads((HERE / name).read_text(encoding="utf-8"))["results"]

    return Case(df, inst, ncsi.fit_pls(df, inst), expected)


@pytest.fixture(scope="session")
def boot(case) -> ncsi.model.Bootstrap:
    """5,000 replicates of the case."""
    return ncsi.bootstrap(case.fit, replicates=5000, seed=20260101)
