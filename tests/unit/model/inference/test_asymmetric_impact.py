"""Asymmetric impact: classes on made answers, clusters by hand, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import ncsi
from ncsi.errors import ModelError
from ncsi.model import asymmetric_impact
from ncsi.model.inference.asymmetric_impact import _classed, _freedom, _linearised, regression


@pytest.fixture(scope="module")
def fit(survey, inst):
    return ncsi.fit_pls(survey, inst)


def made(inst, effect, n=2000):
    """Answers in which the target moves with item QUA1 as `effect` says, and with nothing else."""
    rng = np.random.default_rng(5)
    columns = {}
    for construct in inst.constructs:
        base = rng.integers(3, 11, n)
        columns |= {one.id: np.clip(base + rng.integers(-2, 3, n), 1, 10) for one in construct.items}
    low, high = columns["QUA1"] <= 4, columns["QUA1"] >= 9
    centre = 6 + effect[0] * low + effect[1] * high + 0.7 * rng.standard_normal(n)
    for item in ("SAT1", "SAT2", "SAT3"):
        columns[item] = np.clip(np.round(centre + rng.standard_normal(n)), 1, 10).astype(int)
    return pd.DataFrame(columns)


@pytest.mark.filterwarnings("ignore::ncsi.model.ModelWarning")
@pytest.mark.parametrize(
    ("effect", "kind"),
    [((-3, 0), "basic"), ((0, 3), "attractive"), ((-2, 2), "performance"), ((0, 0), "no_effect")],
)
def test_classes(inst, effect, kind):
    found = asymmetric_impact(ncsi.fit_pls(made(inst, effect), inst)).items.set_index("item").loc["QUA1"]
    assert found["kind"] == kind
    assert found["penalty"] == pytest.approx(100 / 9 * effect[0], abs=3)
    assert found["reward"] == pytest.approx(100 / 9 * effect[1], abs=3)
    assert found["joint_penalty"] == pytest.approx(found["penalty"], abs=3)


def test_one_alone_that_is_not_told_apart_is_undecided(survey, inst):
    items = asymmetric_impact(ncsi.fit_pls(survey.iloc[::4], inst), cuts=(5, 9)).items
    reach = 1.973
    one = (items["penalty"] + reach * items["penalty_se"] < 0) != (
        items["reward"] - reach * items["reward_se"] > 0
    )
    apart = (items["asymmetry_low"] > 0) | (items["asymmetry_high"] < 0)
    few = items[["share_low", "share_high"]].min(axis=1) < 0.05
    assert (items["kind"] == "undecided").any()
    assert (items["kind"] == "undecided").equals(one & ~apart & ~few)


def test_errors_by_clusters(survey, inst):
    street = np.arange(len(survey)) % 60
    clustered = ncsi.fit_pls(survey.assign(street=street), inst, clusters="street")
    found = asymmetric_impact(clustered).items.set_index("item").loc["QUA3"]
    y = clustered.sample.X[:, 14:17] @ clustered.outer[14:17]
    x = survey["QUA3"].to_numpy()[clustered.sample.rows]
    X = np.column_stack([np.ones(720), x <= 4, x >= 9])
    beta = np.linalg.lstsq(X, y, rcond=None)[0]
    u = (X * (y - X @ beta)[:, None]) @ np.linalg.inv(X.T @ X)
    unit = street[clustered.sample.rows]
    total = np.array([u[unit == k].sum(axis=0) for k in range(60)])
    se = np.sqrt(60 / 59 * ((total - total.mean(axis=0)) ** 2).sum(axis=0))
    assert found[["penalty_se", "reward_se"]].to_numpy(dtype=float) == pytest.approx(se[1:], rel=1e-8)


def test_missing_answers_leave_a_respondent_out_of_that_item(survey_missing, inst):
    fit = ncsi.fit_pls(survey_missing, inst)
    found = asymmetric_impact(fit)
    answered = (~np.isnan(fit.sample.X[:, :14])).all(axis=1).sum()
    assert found.n_joint == answered < fit.n
    assert found.items["penalty"].notna().all()


def test_items_that_contrast_alike_have_no_joint_contrasts(survey, inst):
    """Answers 6 and 7 differ, low and high ones do not: nothing tells the two items' contrasts apart."""
    other = survey["QUA1"].where(~survey["QUA1"].between(6, 7), 13 - survey["QUA1"])
    items = asymmetric_impact(ncsi.fit_pls(survey.assign(QUA2=other), inst)).items
    assert items["penalty"].notna().all()
    assert items["joint_penalty"].isna().all()


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"cuts": (4, 11)}, "IMA1: cuts 4 and 11 leave no low, middle and high answers on its scale 1-10"),
        ({"cuts": (8, 9)}, "cuts 8 and 9"),
        ({"cuts": {"IMA1": (4, 9)}}, "no cuts for item IMA2"),
        ({"target": "Image"}, "no construct acts on Image"),
        ({"target": "Joy"}, "no construct 'Joy'"),
    ],
)
def test_what_is_refused(fit, asked, message):
    with pytest.raises(ModelError, match=message):
        asymmetric_impact(fit, **asked)


def cells(**changed):
    """An item whose penalty is 6 and whose reward is 2, each with an error of 1, all cells well filled."""
    base = {
        "share_low": 0.2, "share_high": 0.3, "penalty": -6.0, "penalty_se": 1.0, "reward": 2.0, "reward_se": 1.0,
        "asymmetry": 4.0, "asymmetry_se": 1.0,
    }  # fmt: skip
    return base | changed


@pytest.mark.parametrize(
    ("item", "kind"),
    [
        (cells(), "basic"),
        (cells(penalty=-2.5, reward=6.5, asymmetry=-4.0), "attractive"),
        (cells(penalty=-6.0, reward=6.5, asymmetry=-0.5), "performance"),
        (cells(penalty=-3.0, reward=1.0, asymmetry=2.0), "undecided"),
        (cells(penalty=-1.0, reward=3.0, asymmetry=-2.0), "undecided"),
        (cells(penalty=-1.0, reward=1.0, asymmetry=0.0), "no_effect"),
        (cells(penalty=3.0, reward=1.0, asymmetry=-4.0), "no_effect"),
        (cells(penalty=-1.0, reward=-3.0, asymmetry=4.0), "no_effect"),
        (cells(share_low=0.04), "too_few"),
        (cells(share_high=0.04), "too_few"),
        (cells(share_low=0.5, share_high=0.46), "too_few"),
        (cells(share_low=0.05, share_high=0.05), "basic"),
        (cells(share_low=0.0, **dict.fromkeys(list(cells())[2:], float("nan"))), "too_few"),
    ],
)
def test_a_class_by_hand(item, kind):
    """t of 20 degrees of freedom reaches 2.086 errors: 2 of them are not told from 0, 2.5 are; in any unit."""
    for unit in (1.0, 0.1):
        frame = pd.DataFrame([{name: one if "share" in name else unit * one for name, one in item.items()}])
        row = _classed(frame, 20.0, 0.95).iloc[0]
        assert row["kind"] == kind
        gap, reach = row["asymmetry"], unit * stats.t.ppf(0.975, 20)
        if np.isfinite(gap):
            assert (row["asymmetry_low"], row["asymmetry_high"]) == pytest.approx((gap - reach, gap + reach))
            assert row["p"] == pytest.approx(2 * stats.t.sf(abs(gap / unit), 20))


def test_p_is_adjusted_over_the_items_and_those_without_count_for_none():
    frame = pd.DataFrame(
        [cells(), cells(asymmetry=2.5), cells(share_low=0.0, asymmetry=np.nan, asymmetry_se=np.nan)]
    )
    made = _classed(frame, 20.0, 0.9)
    p = 2 * stats.t.sf([4.0, 2.5], 20)
    assert made["p_holm"].to_numpy()[:2] == pytest.approx([2 * p[0], p[1]])
    assert np.isnan(made["p_holm"][2])
    assert made["asymmetry_high"][0] == pytest.approx(4 + stats.t.ppf(0.95, 20))
    still = _classed(pd.DataFrame([cells(asymmetry=0.0, asymmetry_se=0.0)]), 20.0, 0.95)
    assert np.isnan(still["p"][0])


def test_everything_of_an_item_by_weighted_regression(survey, inst):
    """Weights and strata: svyglm's sandwich written out, t on respondents less strata."""
    data = survey.assign(w=np.arange(720) % 3 + 1.0, part=np.where(np.arange(720) < 300, "x", "y"))
    fit = ncsi.fit_pls(data, inst, weights="w", strata="part")
    found = asymmetric_impact(fit, level=0.9).items.set_index("item").loc["IMA2"]
    rows = fit.sample.rows
    y = fit.sample.X[:, 14:17] @ fit.outer[14:17]
    x, w, part = (data[name].to_numpy()[rows] for name in ("IMA2", "w", "part"))
    X = np.column_stack([np.ones(720), x <= 4, x >= 9])
    A = (X * w[:, None]).T @ X
    beta = np.linalg.solve(A, X.T @ (w * y))
    u = (X * (w * (y - X @ beta))[:, None]) @ np.linalg.inv(A)
    V = np.zeros((3, 3))
    for one in ("x", "y"):
        own = u[part == one]
        V += len(own) / (len(own) - 1) * (own - own.mean(axis=0)).T @ (own - own.mean(axis=0))
    both = np.array([0, -1, -1])
    gap, se = both @ beta, np.sqrt(both @ V @ both)
    assert found[["share_low", "share_high"]].tolist() == pytest.approx(
        [w[x <= 4].sum() / w.sum(), w[x >= 9].sum() / w.sum()]
    )
    assert found[["penalty", "reward", "asymmetry"]].tolist() == pytest.approx([beta[1], beta[2], gap])
    assert found[["penalty_se", "reward_se", "asymmetry_se"]].tolist() == pytest.approx(
        [V[1, 1] ** 0.5, V[2, 2] ** 0.5, se]
    )
    assert found["asymmetry_low"] == pytest.approx(gap - stats.t.ppf(0.95, 718) * se)
    assert found["p"] == pytest.approx(2 * stats.t.sf(abs(gap / se), 718))


def test_a_stratum_of_one_adds_nothing_and_takes_a_degree_of_freedom(survey, inst):
    y = np.random.default_rng(1).normal(size=6)
    u = np.column_stack([y, y**2])
    alone = replace(ncsi.fit_pls(survey, inst).sample, stratum=np.array([0, 0, 0, 1, 2, 2]), units=None)
    V = _linearised(alone, u)
    wanted = sum(
        len(part) / (len(part) - 1) * (part - part.mean(axis=0)).T @ (part - part.mean(axis=0))
        for part in (u[:3], u[4:])
    )
    assert pytest.approx(wanted) == V
    assert _freedom(alone) == 3
    assert _freedom(replace(alone, stratum=np.arange(6))) == 1


def test_an_item_of_which_only_one_end_was_answered_has_shares_alone(survey, inst):
    """Nobody between the cuts, or nobody below: no contrast, and in the joint regression no column of its own."""
    ends = survey.assign(QUA1=np.where(survey["QUA1"] >= 7, 10, 1), QUA2=survey["QUA2"].clip(lower=5))
    found = asymmetric_impact(ncsi.fit_pls(ends, inst)).items.set_index("item")
    for item in ("QUA1", "QUA2"):
        assert found.loc[item, "kind"] == "too_few"
        assert found.loc[item, ["penalty", "reward_se", "asymmetry", "p"]].isna().all()
    assert found.loc["QUA1", "share_low"] + found.loc["QUA1", "share_high"] == pytest.approx(1)
    assert found.loc["QUA2", "share_low"] == 0
    assert np.isnan(found.loc["QUA2", "joint_penalty"])


@pytest.mark.parametrize(
    ("cuts", "allowed"), [((1, 3), True), ((8, 10), True), ((0, 5), False), ((9.2, 9.8), False)]
)
def test_cuts_leave_low_middle_and_high_answers(survey, inst, cuts, allowed):
    fit = ncsi.fit_pls(survey, inst)
    if not allowed:
        with pytest.raises(ModelError, match="leave no low, middle and high answers"):
            asymmetric_impact(fit, cuts=cuts)
        return
    found = asymmetric_impact(fit, cuts=cuts)
    assert (found.items[["cut_low", "cut_high"]].to_numpy() == np.array(cuts)).all()
    item = found.items.set_index("item").loc["VAL1"]
    assert item["share_low"] == pytest.approx((survey["VAL1"] <= cuts[0]).mean())
    assert item["share_high"] == pytest.approx((survey["VAL1"] >= cuts[1]).mean())
    assert (found.target, found.level, found.n_joint) == (inst.target, 0.95, 720)


def test_items_are_those_of_what_acts_on_the_target(survey, inst):
    """On Loyalty act Satisfaction, Image and, through them, everything else."""
    fit = ncsi.fit_pls(survey, inst)
    of_value = asymmetric_impact(fit, target="Value")
    assert of_value.target == "Value"
    assert of_value.items["construct"].unique().tolist() == ["Image", "Expectation", "Quality"]
    y = fit.sample.X[:, 12:14] @ fit.outer[12:14]
    x = survey["QUA3"].to_numpy()[fit.sample.rows]
    low = of_value.items.set_index("item").loc["QUA3", "penalty"]
    assert low == pytest.approx(y[x <= 4].mean() - y[(x > 4) & (x < 9)].mean())


def test_a_regression_over_some_rows_counts_the_others_as_a_domains(survey, inst):
    """Coefficients of those rows alone; the others add 0 to the sums of their clusters and strata."""
    n = 60
    rng = np.random.default_rng(3)
    X = np.column_stack([np.ones(n), rng.normal(size=n)])
    y = X @ [1.0, 2.0] + rng.normal(size=n)
    used = rng.random(n) < 0.7
    X[~used, 1], y[~used] = np.nan, np.nan
    w = rng.uniform(1, 3, n)
    stratum = np.arange(n) % 2
    sample = replace(
        ncsi.fit_pls(survey, inst).sample, weights=w, stratum=stratum.astype(np.intp), units=None
    )
    beta, V = regression(sample, y, X, used)
    A = (X[used] * w[used, None]).T @ X[used]
    wanted = np.linalg.solve(A, X[used].T @ (w[used] * y[used]))
    u = np.zeros((n, 2))
    u[used] = (X[used] * (w[used] * (y[used] - X[used] @ wanted))[:, None]) @ np.linalg.inv(A)
    parts = [u[stratum == k] - u[stratum == k].mean(axis=0) for k in (0, 1)]
    np.testing.assert_allclose(beta, wanted)
    np.testing.assert_allclose(V, sum(30 / 29 * one.T @ one for one in parts))
