"""A small survey in memory, drawn from the instrument's own path model."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import ncsi
from ncsi.model.moments import row_blocks
from ncsi.model.pls.scores import row_scores
from ncsi.model.resampling.subsamples import construct_items, score_block
from ncsi.model.resampling.totals import Block, Totals
from ncsi.spec import Instrument, load_instrument


@pytest.fixture
def blocks_of(monkeypatch):
    """Cut rows into blocks of so many; a multiple of 1,024 respondents, whose moments are made together, for the same
    bits."""

    def cut(rows: int) -> None:
        monkeypatch.setattr(row_blocks, "FEW", rows)
        row_blocks.row_blocks.cache_clear()

    yield cut
    monkeypatch.undo()
    row_blocks.row_blocks.cache_clear()


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
def asked(survey_missing, inst):
    """A fit with missing answers, its brands' construct scores and items as totals, and the bootstrap of both."""
    fit = ncsi.fit_pls(survey_missing, inst, weights="weight", by="brand")
    composites = construct_items(fit)
    scores = row_scores(fit.sample.X, fit.outer, composites)
    rows = [np.flatnonzero(fit.sample.group == g) for g in range(len(fit.sample.groups))]
    blocks = [score_block(fit, composites, scores, one) for one in rows]
    totals = Totals.of(fit, [*blocks, *(Block(one, fit.sample.X) for one in rows)])
    return fit, totals, ncsi.bootstrap(fit, replicates=300, seed=4, totals=totals)


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
