"""A small survey in memory, drawn from the instrument's own path model."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
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


@pytest.fixture(scope="session")
def on_rows() -> Callable[..., dict[str, np.ndarray]]:
    """Outer weights by construct, by a plain PLS that works on rows: (df, instrument, scheme)."""
    return _on_rows


def _standard(y):
    return (y - y.mean(axis=0)) / y.std(axis=0)


def _on_rows(df, inst: Instrument, scheme: str) -> dict[str, np.ndarray]:
    """Lohmöller's algorithm written out over respondents."""
    X = {c.id: _standard(df[[i.id for i in c.items]].to_numpy(dtype=float)) for c in inst.constructs}
    Y = {c: _standard(x.sum(axis=1)) for c, x in X.items()}
    for _ in range(2000):
        outer, moved = {}, 0.0
        for construct in inst.constructs:
            c = construct.id
            causes = [p.source for p in inst.paths if p.target == c]
            effects = [p.target for p in inst.paths if p.source == c]
            inner = {n: np.mean(Y[n] * Y[c]) for n in causes + effects}
            if scheme == "centroid":
                inner = {n: np.sign(v) for n, v in inner.items()}
            if scheme == "path" and causes:
                beta = np.linalg.lstsq(np.column_stack([Y[n] for n in causes]), Y[c], rcond=None)[0]
                inner.update(zip(causes, beta, strict=True))
            proxy = _standard(sum(v * Y[n] for n, v in inner.items()))
            x = X[c]
            own = x.T @ proxy if construct.mode == "A" else np.linalg.lstsq(x, proxy, rcond=None)[0]
            outer[c] = own / (x @ own).std()
        for c, own in outer.items():
            fresh = X[c] @ own
            moved, Y[c] = max(moved, np.abs(fresh - Y[c]).max()), fresh
        if moved < 1e-12:
            break
    return outer
