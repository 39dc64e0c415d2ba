"""A sector in which hardly anyone answered an item is not published; others go on without it."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
import pytest

from ncsi.disclosure import scarce_item
from ncsi.errors import PublicationError
from ncsi.report.text import phrases
from ncsi.stages.estimate import SectorOutcome, SectorResults
from ncsi.stages.estimated_sectors import without_too_small
from ncsi.stages.publish import _require_answered

PLAN = SimpleNamespace(wave=SimpleNamespace(id="2026"))


def items(answered: int) -> pd.DataFrame:
    return pd.DataFrame({"sector": "banks", "item": ["SAT1", "EXP2"], "answered": [700, answered]})


@pytest.mark.parametrize("answered", [1, 29])
def test_an_item_that_hardly_anyone_answered_stops_publication_and_is_named(answered):
    with pytest.raises(
        PublicationError, match=f"sector banks, item EXP2: {answered} respondents.*Collect more"
    ):
        _require_answered(PLAN, items(answered), ())


@pytest.mark.parametrize("answered", [0, 30])
def test_thirty_are_enough_and_nobody_has_no_mean(answered):
    _require_answered(PLAN, items(answered), ())
    assert not scarce_item(items(answered))


def test_figures_that_are_out_already_are_published_as_they_are():
    _require_answered(PLAN, items(12), ("banks",))


def test_an_estimation_leaves_the_sector_out_and_says_why_and_what_to_do():
    scarce = SectorOutcome("banks", n=700, n_eff=600.0, scarce=scarce_item(items(12)))
    others = SectorOutcome("dairy", n=300, n_eff=250.0)
    found, stands = (one.outcome for one in without_too_small([SectorResults(scarce), SectorResults(others)]))
    assert (found.sector, found.reason, stands) == ("banks", "few_answers", others)
    assert found.problem == (
        "item EXP2: 12 respondents answered it, and figures of fewer than 30 may not be published; collect more, take "
        "the item out of the questionnaire, or the sector out of the wave file"
    )
    assert f"incomplete_{found.reason}" in phrases()


def test_where_no_other_sector_stands_it_can_be_looked_at():
    alone = [SectorResults(SectorOutcome("banks", n=700, n_eff=600.0, scarce=scarce_item(items(12))))]
    assert without_too_small(alone) == alone
