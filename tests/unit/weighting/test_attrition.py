"""Attrition of a panel: classes of the wave before, which are merged, and weights that make up for leavers."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest

from ncsi.errors import WeightingError
from ncsi.survey.raking import raked
from ncsi.weighting.attrition import CLASS, SHARE, Members, attrition_classes, attrition_margin


def members(n=300, returned=range(0, 300, 2), **columns):
    score = np.linspace(0, 100, n)
    names = [f"p{k:03}" for k in range(n)]
    rows = pd.DataFrame({"respondent": names, "weight": 1.0, "score": score}).assign(**columns)
    return Members(rows, frozenset(names[k] for k in returned))


def test_classes_are_fifths_of_satisfaction_with_the_share_of_all_members():
    found = attrition_classes(members(), (), 30)
    assert found[CLASS].value_counts().to_dict() == dict.fromkeys("12345", 30)
    assert found.groupby(CLASS)[SHARE].first().to_dict() == pytest.approx(dict.fromkeys("12345", 0.2))


def test_shares_are_those_of_weights():
    heavy = members(weight=np.where(np.arange(300) < 60, 4.0, 1.0))
    shares = attrition_classes(heavy, (), 30).groupby(CLASS)[SHARE].first()
    assert shares.tolist() == pytest.approx([0.5, 0.125, 0.125, 0.125, 0.125])


def test_what_is_declared_crosses_the_fifths_and_small_cells_join_the_largest_of_theirs():
    region = np.where(np.arange(300) % 6 == 0, "north", "south")  # 10 and 20 of each fifth came back
    found = attrition_classes(members(returned=range(300), region=region), ("region",), 30)
    assert set(found[CLASS]) == {f"{k}/south" for k in range(1, 6)}
    assert found[SHARE].tolist() == pytest.approx([0.2] * 300)
    halves = np.where(np.arange(300) % 2 == 0, "a", None)
    whole = attrition_classes(members(returned=range(300), region=halves), ("region",), 30)
    assert set(whole[CLASS]) == {f"{k}/{one}" for k in range(1, 6) for one in ("a", "unknown")}


def test_a_fifth_that_hardly_anybody_of_came_back_joins_the_smaller_one_beside_it():
    few = members(returned=[*range(0, 60, 10), *range(60, 300)])
    found = attrition_classes(few, (), 30)
    assert set(found[CLASS]) == {"2", "3", "4", "5"}
    assert found.groupby(CLASS)[SHARE].first()["2"] == pytest.approx(0.4)
    only = members(returned=range(0, 300, 9))
    assert attrition_classes(only, (), 30)[CLASS].nunique() == 1


@pytest.mark.parametrize("returned", [range(0), range(29)])
def test_a_panel_of_nearly_nobody_in_common_is_refused(returned):
    with pytest.raises(WeightingError, match=r"fewer than 30.*take `attrition:` out of the wave file"):
        attrition_classes(members(returned=returned), (), 30)


def test_those_who_returned_get_the_shares_of_before_and_the_new_keep_theirs():
    # 10 low, 30 middle and 60 high came back of as many in each third; 50 are new
    came = pd.DataFrame(
        {
            CLASS: ["low"] * 10 + ["middle"] * 30 + ["high"] * 60 + [None] * 50,
            SHARE: [1 / 3] * 100 + [np.nan] * 50,
        }
    )
    weights = np.ones(150)
    margin = attrition_margin(came, weights)
    made = raked(weights, [margin])
    of_class = pd.Series(made).groupby(came[CLASS].fillna("new")).sum()
    assert of_class.to_dict() == pytest.approx(
        {"low": 100 / 3, "middle": 100 / 3, "high": 100 / 3, "new": 50}
    )
    assert made[0] == pytest.approx(10 / 3)


def test_responses_without_classes_are_left_as_they_are():
    assert attrition_margin(pd.DataFrame({"brand": ["a"]}), np.ones(1)) is None
    assert attrition_margin(pd.DataFrame({CLASS: [None], SHARE: [np.nan]}), np.ones(1)) is None


@cache
def unchanged(seed):
    """Members who think the same in both waves, 70 on average, and of whom the satisfied stay: the answers now of
    those who did, and their weights."""
    rng = np.random.default_rng(seed)
    truth = rng.normal(70, 12, 1200)
    before, now = (truth + rng.normal(0, 5, 1200) for _ in range(2))
    stays = rng.random(1200) < 1 / (1 + np.exp(-(before - 65) / 15))
    names = np.array([f"p{k}" for k in range(1200)])
    rows = pd.DataFrame({"respondent": names, "weight": 1.0, "score": before})
    found = attrition_classes(Members(rows, frozenset(names[stays])), (), 30)
    own = pd.DataFrame({"respondent": names[stays], "score": now[stays]}).merge(found, on="respondent")
    return own, raked(np.ones(len(own)), [attrition_margin(own, np.ones(len(own)))])


def test_the_mean_of_those_who_stayed_is_biased_and_weights_remove_most_of_it():
    """Over 100 panels the plain mean is 3 points too high, the weighted one by a fifth of that at most: within a class
    the more satisfied stay too."""
    panels = [unchanged(seed) for seed in range(100)]
    plain = np.mean([own["score"].mean() - 70 for own, _ in panels])
    weighed = np.mean([np.average(own["score"], weights=weights) - 70 for own, weights in panels])
    assert plain > 3.0
    assert abs(weighed) < plain / 5


def test_respondents_with_their_weights_give_an_error_wide_enough_and_known_shares_would_not():
    """Why replicate weights are refused: the shares of the classes are those of a sample too."""
    means, drawn, known = [], [], []
    for seed in range(100):
        own, weights = unchanged(seed)
        mean = np.average(own["score"], weights=weights)
        of_class = (own["score"] * weights).groupby(own[CLASS]).transform("sum") / pd.Series(weights).groupby(
            own[CLASS]
        ).transform("sum")
        means.append(mean)
        drawn.append(np.sqrt((weights**2 * (own["score"] - mean) ** 2).sum()) / weights.sum())
        known.append(np.sqrt((weights**2 * (own["score"] - of_class) ** 2).sum()) / weights.sum())
    spread = np.std(means, ddof=1)
    assert np.mean(drawn) > spread
    assert np.mean(known) < 0.8 * spread
