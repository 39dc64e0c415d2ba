"""Finite mixtures: classes that are there and some that are not, weights, clusters, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import ncsi
from ncsi.errors import ModelError
from ncsi.model import finite_mixture
from ncsi.model.inference import mixture_em as em
from ncsi.model.inference.mixtures import _gains, _of_one_class, _starts, _Survey

MODEL = "A =~ A1 + A2\n Y =~ Y1 + Y2\n Y ~ A"


def survey(n, slopes, seed=1, shape=None):
    """Two constructs of two items on 0-100; a slope a class, classes by row; `shape` bends what is answered."""
    rng = np.random.default_rng(seed)
    a, slope = rng.normal(size=n), np.array(slopes)[np.arange(n) % len(slopes)]
    y = slope * a + np.sqrt(1 - slope**2) * rng.normal(size=n)
    bent = shape or (lambda v: v)
    columns = {"A1": a, "A2": a, "Y1": y, "Y2": y}
    return pd.DataFrame(
        {name: 50 + 10 * bent(v + 0.2 * rng.normal(size=n)) for name, v in columns.items()}
    ).clip(0, 100)


@pytest.fixture(scope="module")
def inst():
    return ncsi.model_from(MODEL, scale=(0, 100), target="Y")


@pytest.fixture(scope="module")
def two(inst):
    return ncsi.fit_pls(survey(400, (0.9, -0.9)), inst)


def test_classes_that_are_there_are_found(two):
    found = finite_mixture(two, k=range(1, 4), starts=10, simulations=19)
    assert found.best("bic") == found.best("caic") == 2
    assert found.criteria.set_index("k").loc[2, "p_one_class"] == 0.05
    paths = found.paths[found.paths["k"] == 2]["estimate"]
    assert sorted(paths) == pytest.approx([-0.87, 0.87], abs=0.06)
    told = found.posteriors[2]
    assert told.sum(axis=1).to_numpy() == pytest.approx(1)
    own = told.to_numpy().argmax(axis=1)
    agree = (own == np.arange(400) % 2).mean()
    assert max(agree, 1 - agree) > 0.8
    assert found.classes.groupby("k")["share"].sum().tolist() == pytest.approx([1, 1, 1])
    assert found.classes.groupby("k")["assigned"].sum().tolist() == [400] * 3


def test_one_class_of_bent_answers_is_told_from_two(inst):
    """Criteria ask for classes, the null of one class does not."""
    bent = survey(400, (0.6,), shape=lambda v: np.exp(0.8 * v) - 2)
    found = finite_mixture(ncsi.fit_pls(bent, inst), k=(1, 2), starts=10, simulations=39)
    assert found.best("bic") == found.best("caic") == 2
    assert found.criteria.set_index("k").loc[2, "p_one_class"] > 0.05


def test_one_number_of_classes_may_be_given_by_itself(two):
    one, listed = (finite_mixture(two, k=k, starts=3, simulations=0) for k in (2, (2,)))
    pd.testing.assert_frame_equal(one.criteria, listed.criteria)
    assert one.criteria["k"].tolist() == [2]
    assert "2" in str(ncsi.segments(two, k=2, starts=3, simulations=0).summary("zh"))


def test_the_likelihood_is_that_of_its_parameters(two):
    found = finite_mixture(two, k=[2], starts=5, simulations=0)
    S = two.scores().to_numpy()
    S = (S - S.mean(axis=0)) / S.std(axis=0)
    shares, slopes = found.classes["share"].to_numpy(), found.paths["estimate"].to_numpy()
    residuals = S[:, 1] - slopes[:, None] * S[:, 0]
    posterior = found.posteriors[2].to_numpy().T
    variance = (posterior * residuals**2).sum(axis=1) / posterior.sum(axis=1)
    log = np.log(
        (shares[:, None] * stats.norm.pdf(residuals, scale=np.sqrt(variance)[:, None])).sum(axis=0)
    ).sum()
    row = found.criteria.iloc[0]
    assert row["lnl"] == pytest.approx(log, abs=1e-6)
    q = row["parameters"]
    assert q == 1 + 2 * 2
    assert row["aic3"] == pytest.approx(-2 * log + 3 * q)
    assert row["caic"] == pytest.approx(-2 * log + q * (np.log(400) + 1))
    entropy = -(posterior * np.log(posterior)).sum() / (400 * np.log(2))
    assert row["en"] == pytest.approx(1 - entropy, abs=1e-6)
    explained = 1 - variance / ((posterior * S[:, 1] ** 2).sum(axis=1) / posterior.sum(axis=1))
    assert found.r2["r2"].to_numpy() == pytest.approx(explained, abs=1e-6)


def test_integer_weights_equal_repeated_rows():
    rng = np.random.default_rng(2)
    S, counts = rng.normal(size=(60, 3)), rng.integers(1, 4, 60)
    start = rng.dirichlet((1, 1), 60).T
    repeated = np.repeat(np.arange(60), counts)
    outcomes, causes = np.array([3]), (np.array([0, 1, 2]),)
    made = []
    for rows, weights in ((np.arange(60), counts.astype(float)), (repeated, np.ones(len(repeated)))):
        P = em.products(S[rows])
        paths = em.pooled(P, weights, outcomes, causes)
        begun = em.maximised(P, start[None][..., rows] * weights, paths)
        made.append(em.climbed(P, weights, paths, begun, 1e-12, 50))
    (one, height), (other, same) = made
    assert height == pytest.approx(same, abs=1e-10)
    for name in ("share", "slopes", "variance"):
        assert getattr(one, name) == pytest.approx(getattr(other, name), abs=1e-8)


def test_a_class_of_a_few_equal_respondents_has_no_likelihood_without_end(inst):
    frame = survey(200, (0.5,))
    frame.loc[:11] = 100.0
    found = finite_mixture(ncsi.fit_pls(frame, inst), k=[3], starts=20, simulations=0)
    assert np.isfinite(found.criteria["lnl"]).all()
    assert found.criteria["narrowest"].ge(em.FLOOR).all()


def test_weights_make_n_eff_respondents_and_clusters_no_p(inst):
    frame = survey(300, (0.8, -0.8)).assign(w=np.arange(300) % 3 + 1.0, psu=np.arange(300) // 5)
    found = finite_mixture(ncsi.fit_pls(frame, inst, weights="w"), k=(1, 2), starts=5, simulations=19)
    assert found.n == 300
    assert found.n_eff == pytest.approx(300 * 4 / (14 / 3))
    assert found.criteria["p_one_class"].notna().tolist() == [False, True]
    clustered = finite_mixture(ncsi.fit_pls(frame, inst, clusters="psu"), k=(1, 2), starts=5, simulations=19)
    assert clustered.clustered
    assert clustered.criteria["p_one_class"].isna().all()


def test_the_same_seed_gives_the_same(two):
    first, second = (finite_mixture(two, k=(1, 2), starts=5, simulations=19, seed=3) for _ in range(2))
    pd.testing.assert_frame_equal(first.criteria, second.criteria)


def test_posteriors_have_the_index_of_the_data_and_those_without_scores_are_left_out(inst):
    frame = survey(120, (0.5,))
    frame.index = [f"r{k}" for k in range(120)]
    frame.loc["r5", ["A1", "A2"]] = np.nan
    fit = ncsi.fit_pls(frame.assign(A1_missing="not_asked", A2_missing="not_asked"), inst)
    found = finite_mixture(fit, k=[2], starts=3, simulations=0)
    assert found.left_out == 1
    assert found.posteriors[2].index.tolist() == [one for one in frame.index if one != "r5"]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"k": [0, 2]}, "between 1 and 8"), ({"k": []}, "between 1 and 8"), ({"k": [9]}, "between 1 and 8"),
        ({"starts": 0}, "0 starts find nothing"), ({"simulations": 5}, "no p below 0.17"),
    ],
)  # fmt: skip
def test_what_is_refused(two, asked, message):
    with pytest.raises(ModelError, match=message):
        finite_mixture(two, **asked)


def test_a_group_of_twelve_has_no_classes(inst):
    fit = ncsi.fit_pls(survey(12, (0.5,)), inst)
    with pytest.raises(
        ModelError, match="12 effective respondents are too few for the 11 parameters of 4 classes: 22"
    ):
        finite_mixture(fit)


@pytest.fixture(scope="module")
def uneven(inst):
    """Two thirds go up, one goes down; weights of 1 and 2, rows in the order of a by-column that the data have not."""
    frame = survey(300, (0.9, 0.9, -0.9), seed=4)
    frame = frame.assign(w=np.arange(300) % 2 + 1.0, brand=np.array(["b", "a", "c"])[np.arange(300) % 3])
    return frame, ncsi.fit_pls(frame, inst, weights="w", by="brand")


def test_criteria_are_those_of_the_definition(uneven):
    """Less is better; n is the effective number; the deviance of a weighted sample is that of so many."""
    _, fit = uneven
    found = finite_mixture(fit, k=(1, 2), starts=8, simulations=0)
    told = found.criteria.set_index("k")
    n = 300 * 4.5 / 5
    assert found.n_eff == pytest.approx(n)
    assert told["parameters"].to_dict() == {1: 2, 2: 5}
    for row in told.itertuples():
        q, deviance = row.parameters, -2 * row.lnl
        assert row.aic == pytest.approx(deviance + 2 * q)
        assert row.aic3 == pytest.approx(deviance + 3 * q)
        assert row.bic == pytest.approx(deviance + q * np.log(n))
        assert row.caic == pytest.approx(deviance + q * (np.log(n) + 1))
    w = fit.sample.weights / fit.sample.weights.sum()
    S = fit.sample.X @ np.where(np.arange(4)[:, None] // 2 == np.arange(2), fit.outer[:, None], 0.0)
    S = S - w @ S
    S = S / np.sqrt(w @ S**2)
    r = w @ (S[:, 0] * S[:, 1])
    assert told.loc[1, "lnl"] == pytest.approx(-0.5 * n * (np.log(2 * np.pi * (1 - r**2)) + 1))
    assert np.isnan(told.loc[1, "en"])
    assert (told.loc[1, "smallest"], told.loc[1, "narrowest"]) == pytest.approx((1, 1))
    assert told.loc[1, "reached"] == 1
    assert 1 <= told.loc[2, "reached"] <= 8


def test_segments_are_numbered_by_share_and_posteriors_follow_the_data(uneven):
    frame, fit = uneven
    found = finite_mixture(fit, k=2, starts=8, simulations=0)
    assert found.classes["segment"].tolist() == [1, 2]
    assert found.classes["share"].tolist() == pytest.approx([0.65, 0.35], abs=0.08)
    assert found.paths["estimate"].tolist() == pytest.approx([0.87, -0.87], abs=0.08)
    told = found.posteriors[2]
    assert told.columns.tolist() == [1, 2]
    assert told.index.tolist() == frame.index.tolist()
    first = told[1].to_numpy() > 0.5
    assert found.classes["assigned"].tolist() == [first.sum(), 300 - first.sum()]
    assert (first == (np.arange(300) % 3 < 2)).mean() > 0.8, "the order of the data, not of the by-groups"
    weights = frame["w"].to_numpy()
    assert found.classes["share"][0] == pytest.approx(np.average(told[1], weights=weights), abs=1e-4)
    assert found.criteria["smallest"][0] == found.classes["share"][1]
    assert (found.criteria["narrowest"] < 1).all()


@pytest.mark.filterwarnings("ignore::ncsi.model.ModelWarning")
def test_with_intercepts_classes_differ_in_level_too(inst):
    """Half lies two deviations above: one slope for all, two levels; the constant is no path."""
    rng = np.random.default_rng(5)
    a, high = rng.normal(size=400), np.arange(400) % 2
    y = 0.5 * a + 4.0 * high + 0.5 * rng.normal(size=400)
    frame = pd.DataFrame({"A1": a, "A2": a, "Y1": y, "Y2": y}).apply(lambda v: 50 + 6 * v).clip(0, 100)
    fit = ncsi.fit_pls(frame + 0.01 * rng.normal(size=frame.shape), inst)
    plain, with_levels = (
        finite_mixture(fit, k=(1, 2), starts=8, intercepts=one, simulations=0) for one in (False, True)
    )
    assert with_levels.intercepts
    assert not plain.intercepts
    assert with_levels.criteria["parameters"].tolist() == [3, 7]
    assert with_levels.criteria["lnl"][0] == pytest.approx(plain.criteria["lnl"][0]), (
        "scores have a mean of 0"
    )
    assert with_levels.criteria["lnl"][1] > plain.criteria["lnl"][1] + 100
    assert with_levels.paths["from"].tolist() == ["A"] * 3
    posterior = with_levels.posteriors[2].to_numpy()
    S = fit.scores().to_numpy()
    S = (S - S.mean(axis=0)) / S.std(axis=0)
    for k in (1, 2):
        w = posterior[:, k - 1]
        X = np.column_stack([np.ones(400), S[:, 0]])
        beta = np.linalg.solve((X * w[:, None]).T @ X, X.T @ (w * S[:, 1]))
        part = with_levels.r2[(with_levels.r2["k"] == 2) & (with_levels.r2["segment"] == k)]["r2"].item()
        about = np.average(S[:, 1], weights=w)
        left, whole = w @ (S[:, 1] - X @ beta) ** 2, w @ (S[:, 1] - about) ** 2
        assert part == pytest.approx(1 - left / whole, abs=1e-4)


def test_paths_stand_in_the_order_of_the_model(survey_of_three):
    fit = survey_of_three
    found = finite_mixture(fit, k=2, starts=2, simulations=0)
    order = list(zip(fit.paths["from"], fit.paths["to"], strict=True))
    for _, own in found.paths.groupby("segment"):
        assert list(zip(own["from"], own["to"], strict=True)) == order
    assert found.paths["segment"].tolist() == [1] * 3 + [2] * 3
    assert found.r2["segment"].tolist() == [1, 1, 2, 2]
    assert found.criteria["parameters"].tolist() == [1 + 2 * (3 + 2)]


@pytest.fixture(scope="module")
def survey_of_three():
    frame = survey(200, (0.6,)).assign(M1=lambda d: 0.5 * d["A1"] + 0.3 * d["Y2"] + 10)
    frame["M1"] += np.random.default_rng(1).normal(size=200)
    model = ncsi.model_from(
        "A =~ A1 + A2\n M =~ M1\n Y =~ Y1 + Y2\n Y ~ A + M\n M ~ A", scale=(-200, 200), target="Y"
    )
    return ncsi.fit_pls(frame, model)


def test_a_survey_of_one_class_keeps_margins_and_rank_correlations(two):
    """The null: another survey of the same answers to each construct, which go together as much, and no more."""
    made = _Survey.of(two, False)
    drawn = list(_of_one_class(made, 60, 3))
    assert len(drawn) == 60
    for one in drawn[:3]:
        np.testing.assert_allclose(np.sort(one, axis=0), np.sort(made.S, axis=0))
    own = stats.spearmanr(made.S).statistic
    assert np.mean([stats.spearmanr(one).statistic for one in drawn]) == pytest.approx(own, abs=0.03)
    assert not np.array_equal(drawn[0], drawn[1])


@pytest.mark.parametrize(("k", "simulations"), [(8, 0), (1, 0), (2, 19)])
def test_what_lies_on_the_bounds_is_allowed(inst, k, simulations):
    """Eight classes, one class, 19 surveys: the least that give p of .05."""
    fit = ncsi.fit_pls(survey(120, (0.5,)), inst)
    found = finite_mixture(fit, k=k, starts=1, simulations=simulations)
    assert found.criteria["k"].tolist() == [k]
    p = found.criteria["p_one_class"][0]
    assert np.isnan(p) if simulations == 0 else 0.05 <= p <= 1


@pytest.mark.filterwarnings("ignore::ncsi.model.ModelWarning")
def test_as_many_respondents_as_two_a_parameter_are_enough(inst):
    """Of 3 classes 8 parameters: 16 respondents are enough, 15 are not."""
    frame = survey(16, (0.5,), seed=2)
    found = finite_mixture(ncsi.fit_pls(frame, inst), k=3, starts=1, simulations=0)
    assert found.criteria["parameters"].tolist() == [8]
    with pytest.raises(
        ModelError, match=r"15 effective respondents are too few for the 8 parameters of 3 .*: 16"
    ):
        finite_mixture(ncsi.fit_pls(frame.head(15), inst), k=3, starts=1, simulations=0)
    with pytest.raises(ModelError, match=r"18 simulations give no p below 0\.05"):
        finite_mixture(ncsi.fit_pls(frame, inst), k=2, starts=1, simulations=18)


def test_the_gain_over_one_class_is_that_of_the_best_of_five_starts(two):
    """Twelve cycles each; of one class one start is enough, its maximum being the only one."""
    made = _Survey.of(two, False)

    def heights(k, starts):
        begun = em.maximised(made.P, _starts(len(made.S), k, starts, 3) * made.weights, made.paths)
        return em.climbed(made.P, made.weights, made.paths, begun, 1e-5, 12)[1]

    (one,) = heights(1, 1)
    of_three = heights(3, 5)
    assert _gains(made, [3, 1], 3) == pytest.approx([of_three.max() - one, 0.0], abs=1e-12)
    assert of_three.max() > of_three[0] + 1e-6
    posterior = _starts(400, 3, 5, 3)
    assert posterior.shape == (5, 3, 400)
    assert posterior.sum(axis=1) == pytest.approx(1)
    assert sorted(set(posterior.ravel().round(9))) == [0.05, 0.9]
