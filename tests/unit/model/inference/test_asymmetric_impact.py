"""Asymmetric impact: classes on made answers, clusters by hand, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import ncsi
from ncsi.errors import ModelError
from ncsi.model import asymmetric_impact


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
