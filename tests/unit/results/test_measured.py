"""What answers add to measures, of many responses held as codes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ncsi.model.moments import row_blocks
from ncsi.model.moments.coded import Coded, whole
from ncsi.results.requested_totals import _measured
from ncsi.spec import Measure, load_instrument

KINDS = ("mean", "nps", "share", "top_two_box")


@pytest.fixture
def many(monkeypatch):
    monkeypatch.setattr(row_blocks, "FEW", 64)
    row_blocks.row_blocks.cache_clear()
    yield
    monkeypatch.undo()
    row_blocks.row_blocks.cache_clear()


def asked(kinds=KINDS):
    item = load_instrument("ccsi").items[0]
    return [(Measure.model_construct(measure=kind, item=item.id, answers=None), item) for kind in kinds]


def answers(item, count=200, half=False):
    rng = np.random.default_rng(1)
    own = pd.Series(
        rng.integers(item.scale.min, item.scale.max + 1, count), dtype="Float64" if half else "Int16"
    )
    own[rng.random(count) < 0.1] = pd.NA
    return pd.DataFrame({item.id: own + (np.arange(count) % 2 / 2 if half else 0)})


@pytest.mark.parametrize("half", [False, True])
def test_measures_of_many_have_the_bits_of_those_of_few(many, half):
    """Answers that are no whole numbers have no codes."""
    measures, rows = asked(), np.arange(199, 2, -1, dtype=np.int32)
    data = answers(measures[0][1], half=half)
    of_many = _measured(data, rows, measures)
    assert isinstance(of_many, Coded) is not half
    of_few = np.vstack([_measured(data, rows[k : k + 1], measures) for k in range(len(rows))])
    assert np.isnan(of_few).any()
    np.testing.assert_array_equal(whole(of_many), of_few)


def test_without_measures_there_is_a_column_of_none(many):
    data = answers(asked()[0][1])
    assert whole(_measured(data, np.arange(200, dtype=np.int32), [])).shape == (200, 0)
