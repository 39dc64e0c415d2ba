"""A sector in which hardly anyone answered an item is not published."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
import pytest

from ncsi.errors import PublicationError
from ncsi.stages.publish import _require_answered

PLAN = SimpleNamespace(wave=SimpleNamespace(id="2026"))


def items(answered: int) -> pd.DataFrame:
    return pd.DataFrame({"sector": "banks", "item": ["SAT1", "EXP2"], "answered": [700, answered]})


@pytest.mark.parametrize("answered", [1, 29])
def test_an_item_that_hardly_anyone_answered_stops_publication_and_is_named(answered):
    with pytest.raises(
        PublicationError, match=f"sector banks, item EXP2: {answered} respondents.*Collect more"
    ):
        _require_answered(PLAN, items(answered))


@pytest.mark.parametrize("answered", [0, 30])
def test_thirty_are_enough_and_nobody_has_no_mean(answered):
    _require_answered(PLAN, items(answered))
