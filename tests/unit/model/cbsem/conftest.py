"""Small instruments, by the items of their constructs."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from ncsi.spec import Instrument


@pytest.fixture(scope="session")
def instrument_of() -> Callable[..., Instrument]:
    """(items by construct, paths) → an instrument whose target is B."""
    return _instrument


@pytest.fixture(scope="session")
def two_blocks() -> Instrument:
    """A → B, of three items each."""
    return _instrument({"A": ("a1", "a2", "a3"), "B": ("b1", "b2", "b3")}, [("A", "B")])


@pytest.fixture(scope="session")
def drawn() -> Callable[..., pd.DataFrame]:
    """(n, seed, …) → answers to two_blocks from a model that holds: loadings .8 but 1 for the first items, path .5,
    standardised factors; with `gap` that share of b1 and b2 missing where a1 is high, with `tails` heavy ones, in
    `clusters` of so many that share half of A."""
    return _drawn


def _drawn(n: int, seed: int, gap: float = 0.0, tails: bool = False, clusters: int = 1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    shared = np.repeat(rng.standard_normal(-(-n // clusters)), clusters)[:n]
    own = rng.standard_normal(n)
    A = own if clusters == 1 else np.sqrt(0.5) * (shared + own)
    B = 0.5 * A + np.sqrt(0.75) * rng.standard_normal(n)
    loadings = np.array([1.0, 0.8, 0.8])
    answers = np.hstack([np.outer(factor, loadings) for factor in (A, B)]) + 0.6 * rng.standard_normal((n, 6))
    if tails:
        answers *= np.sqrt(4 / rng.chisquare(6, n))[:, None]
    frame = pd.DataFrame(np.clip(5.5 + answers, 1, 10), columns=["a1", "a2", "a3", "b1", "b2", "b3"])
    lost = (rng.random(n) < gap) & (frame["a1"] > 5.5)
    frame.loc[lost, "b1"] = np.nan
    return frame.assign(cluster=np.arange(n) // clusters)


def _text(value: str) -> dict[str, str]:
    return {"zh": value, "en": value}


def _instrument(blocks: dict[str, tuple[str, ...]], paths: list[tuple[str, str]]) -> Instrument:
    return Instrument.model_validate(
        {
            "spec": "ncsi/instrument/1",
            "id": "small",
            "version": "1.0.0",
            "label": _text("small"),
            "respondent": _text("buyer"),
            "modelled_on": "nothing",
            "target": "B",
            "constructs": [
                {
                    "id": name,
                    "label": _text(name),
                    "items": [{"id": item, "label": _text(item), "question": _text(item)} for item in items],
                }
                for name, items in blocks.items()
            ],
            "paths": [{"from": source, "to": target} for source, target in paths],
        }
    )
