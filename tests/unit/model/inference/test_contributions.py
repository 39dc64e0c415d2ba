"""Who moved the nation: parts that sum to the change, shares that are unsure, results that stand twice."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from ncsi.model import aggregate
from ncsi.model.inference.aggregation import with_share_errors
from ncsi.model.inference.contributions import contributions, joint_aggregates, jointly


def wave(rows: list[tuple[str, float, float, float, str]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["sector", "share", "index_0_100", "se", "from_wave"])
    return frame.assign(construct="Satisfaction", n=100, df=50.0)


BEFORE = wave(
    [("a", 0.5, 70.0, 1.0, "2025"), ("b", 0.3, 80.0, 2.0, "2025"), ("left", 0.2, 60.0, 1.0, "2025")]
)
NOW = wave([("a", 0.4, 74.0, 1.0, "2026"), ("b", 0.3, 80.0, 2.0, "2025"), ("new", 0.1, 90.0, 1.0, "2026")])


NO_PANEL = pd.DataFrame(
    columns=["wave", "previous", "sector", "construct", "shared", "correlation", "df_change"]
)


def parts_of(now: pd.DataFrame, panel: pd.DataFrame = NO_PANEL) -> pd.DataFrame:
    return contributions(jointly(now, BEFORE, panel), BEFORE, 0.95)


def total(frame: pd.DataFrame) -> pd.Series:
    shares = dict(zip(frame["sector"], frame["share"], strict=True))
    return aggregate(frame, shares, ["construct"], 0.95).iloc[0]


def test_the_parts_sum_to_the_change_exactly():
    parts = parts_of(NOW)
    change = total(NOW)["index_0_100"] - total(BEFORE)["index_0_100"]
    assert parts["contribution"].sum() == pytest.approx(change, abs=1e-12)
    assert parts.set_index("sector")["basis"].to_dict() == {
        "a": "measured",
        "b": "carried_forward",
        "left": "left",
        "new": "entered",
    }


def test_a_sectors_own_change_counts_at_its_mean_weight():
    a = parts_of(NOW).set_index("sector").loc["a"]
    assert a["from_index"] == pytest.approx((0.5 + 0.5) / 2 * 4)
    assert a["se"] == pytest.approx(0.5 * np.sqrt(2))
    assert a["df"] == pytest.approx(100)
    reach = stats.t.ppf(0.975, 100) * a["se"]
    assert (a["low"], a["high"]) == pytest.approx((a["contribution"] - reach, a["contribution"] + reach))


def test_a_sectors_weight_counts_at_its_distance_from_the_middle():
    """Ī = (78.25 + 71)/2; b weighs .375 now, .3 before, at 80 in both; one that enters has no weight before."""
    parts = parts_of(NOW).set_index("sector")
    middle = (78.25 + 71) / 2
    assert parts.loc["b", "from_share"] == pytest.approx((0.375 - 0.3) * (80 - middle))
    assert parts.loc["new", "from_share"] == pytest.approx(0.125 * (90 - middle))
    assert parts.loc["left", "from_share"] == pytest.approx(-0.2 * (60 - middle))


def test_what_enters_or_leaves_has_no_error_of_its_own():
    parts = parts_of(NOW).set_index("sector")
    for name in ("new", "left", "b"):
        assert parts.loc[name, "low"] == parts.loc[name, "high"] == parts.loc[name, "contribution"]
        assert np.isnan(parts.loc[name, "df"])


def test_what_stands_in_both_waves_adds_no_error_to_the_change():
    shared = joint_aggregates(jointly(NOW, BEFORE, NO_PANEL), BEFORE, ["construct"])
    assert shared["covariance"].iloc[0] == pytest.approx((0.3 / 0.8) * 0.3 * 2.0**2)
    assert np.isnan(shared["shared"].iloc[0])


PANEL = pd.DataFrame([("2026", "2025", "a", "Satisfaction", 80, 0.9, 70.0)], columns=NO_PANEL.columns)


def test_a_panels_covariance_makes_a_part_and_the_whole_surer():
    """a: w 0.5 and 0.5, SE 1 and 1, r .9; b: the same result at .375 and .3; new and left: each its own."""
    joint = jointly(NOW, BEFORE, PANEL)
    a = contributions(joint, BEFORE, 0.95).set_index("sector").loc["a"]
    assert a["se"] == pytest.approx(0.5 * np.sqrt(2 - 2 * 0.9))
    assert a["df"] == 70
    whole = joint_aggregates(joint, BEFORE, ["construct"]).iloc[0]
    assert whole["covariance"] == pytest.approx(0.25 * 0.9 + 0.375 * 0.3 * 4)
    assert whole["shared"] == 80
    parts = np.array([0.25 * 0.2, (0.375 - 0.3) ** 2 * 4, 0.125**2, 0.2**2])
    assert whole["unsure"] == pytest.approx((parts**2 / [70, 50, 50, 50]).sum())


def test_a_panel_of_another_wave_is_not_this_ones():
    for one in (PANEL.assign(previous="2024"), PANEL.assign(wave="2027")):
        assert (jointly(NOW, BEFORE, one)["covariance"] == [0, 4, 0]).all()


def test_unsure_shares_widen_the_interval_by_the_ratio_formula():
    """Against simulation: shares drawn around their values, the index recomputed each time."""
    frame, se = wave([("a", 0.6, 70.0, 0.0, "x"), ("b", 0.4, 90.0, 0.0, "x")]), {"a": 0.03, "b": 0.02}
    shares = {"a": 0.6, "b": 0.4}
    made = aggregate(frame, shares, ["construct"], 0.95, se).iloc[0]["se"]
    drawn = np.random.default_rng(1).normal([0.6, 0.4], [0.03, 0.02], (200_000, 2))
    assert made == pytest.approx((drawn @ [70.0, 90.0] / drawn.sum(axis=1)).std(), rel=0.01)
    assert aggregate(frame, shares, ["construct"], 0.95).iloc[0]["se"] == 0.0


def test_a_construct_of_one_wave_alone_is_not_compared():
    other = NOW.assign(construct="Value")
    assert parts_of(pd.concat([NOW, other]))["construct"].unique().tolist() == ["Satisfaction"]


def test_unsure_brand_shares_widen_the_sectors_interval():
    totals = pd.DataFrame(
        [{"construct": "Satisfaction", "index_0_100": 78.0, "se": 0.3, "low": 77.4, "high": 78.7}]
    )
    brands = pd.DataFrame({"brand": ["a", "b"], "construct": "Satisfaction", "index_0_100": [70.0, 90.0]})
    made = with_share_errors(totals, brands, {"a": 0.48, "b": 0.32}, {"a": 0.03, "b": 0.02}).iloc[0]
    drawn = np.random.default_rng(1).normal([0.48, 0.32], [0.03, 0.02], (200_000, 2))
    spread = (drawn @ [70.0, 90.0] / drawn.sum(axis=1)).std()
    assert made["se"] == pytest.approx(np.hypot(0.3, spread), rel=0.01)
    grown = made["se"] / 0.3
    assert made["low"] == pytest.approx(78 - 0.6 * grown)
    assert made["high"] == pytest.approx(78 + 0.7 * grown)
    certain = with_share_errors(totals, brands, {"a": 0.48, "b": 0.32}, {})
    pd.testing.assert_frame_equal(certain, totals)


@pytest.mark.parametrize("unit", [1e-6, 1e6])
def test_parts_and_their_errors_do_not_depend_on_the_unit(unit):
    def scaled(frame):
        return frame.assign(index_0_100=unit * frame["index_0_100"], se=unit * frame["se"])

    own = contributions(jointly(NOW, BEFORE, PANEL), BEFORE, 0.95)
    other = contributions(jointly(scaled(NOW), scaled(BEFORE), PANEL), scaled(BEFORE), 0.95)
    for name in ("from_index", "from_share", "contribution", "se", "low", "high"):
        np.testing.assert_allclose(other[name], unit * own[name], rtol=1e-9, atol=unit * 1e-12)
    np.testing.assert_allclose(other["df"], own["df"])
    first, second = (
        joint_aggregates(jointly(make(NOW), make(BEFORE), PANEL), make(BEFORE), ["construct"]).iloc[0]
        for make in (lambda frame: frame, scaled)
    )
    assert second["covariance"] == pytest.approx(unit**2 * first["covariance"])
    assert second["unsure"] == pytest.approx(unit**4 * first["unsure"])


def test_frames_without_an_index_are_not_of_the_wave():
    """One that was not measured has no weight: it neither enters nor leaves."""
    gap = pd.concat(
        [NOW, wave([("none", 0.9, np.nan, 1.0, "2026"), ("unsure", 0.9, 70.0, np.nan, "2026")])],
        ignore_index=True,
    )
    pd.testing.assert_frame_equal(parts_of(gap), parts_of(NOW))
    assert parts_of(NOW).index.tolist() == list(range(4))
