"""Parameters carried into another metric, and what groups share at each level: by what they imply."""

from __future__ import annotations

import re
from types import SimpleNamespace

import numpy as np
import pytest
from scipy import stats

import ncsi
from ncsi.errors import ModelError, NotConverged
from ncsi.model.cbsem.casewise import cross_products
from ncsi.model.cbsem.checks import check_identified
from ncsi.model.cbsem.estimates import in_metric
from ncsi.model.cbsem.full_information import mean_of
from ncsi.model.cbsem.invariance import _table, _verdict
from ncsi.model.cbsem.levels import names_of, sharing, started, with_latent_means
from ncsi.model.cbsem.likelihood import implied
from ncsi.model.cbsem.parameters import layout
from ncsi.model.cbsem.score_tests import score_tests
from ncsi.model.cbsem.semopy_start import LAMBDA, start
from ncsi.model.moments.sample import Units


@pytest.fixture(scope="module")
def solution(survey, inst):
    return ncsi.fit_cbsem(survey, inst).solution


def test_parameters_in_another_metric_imply_the_same_covariances_there(solution):
    """Each item times its own unit: Σ in that metric is D Σ D, and the markers' loadings stay 1."""
    structure, theta = solution.structure, solution.optimum.theta
    sd = np.random.default_rng(1).uniform(0.5, 3.0, len(structure.order))
    moved = in_metric(structure, theta, sd)
    unit = sd[structure.order]
    np.testing.assert_allclose(
        implied(structure, moved).sigma, implied(structure, theta).sigma * np.outer(unit, unit), rtol=1e-10
    )
    np.testing.assert_allclose(in_metric(structure, moved, 1 / sd), theta, rtol=1e-10)


def test_latent_means_take_what_markers_differ_by_and_leave_the_items_means(solution):
    structure = solution.structure
    q, p, latent = structure.n_parameters, len(structure.order), len(structure.measured)
    rng = np.random.default_rng(2)
    own = np.zeros((3, q + p + latent))
    own[:, :q] = solution.optimum.theta
    own[:, q : q + p] = rng.normal(size=(3, p))
    loadings = structure.filled(own[0, :q])[LAMBDA][:, structure.measured]
    moved = with_latent_means(own, structure, loadings)
    for before, after in zip(own, moved, strict=True):
        np.testing.assert_allclose(mean_of(structure, after), mean_of(structure, before), atol=1e-12)
    markers = [int(np.flatnonzero(structure.matrices[LAMBDA][:, k] == 1)[0]) for k in structure.measured]
    assert len(set(markers)) == latent
    np.testing.assert_allclose(moved[:, q:][:, markers], np.tile(own[0, q:][markers], (3, 1)), atol=1e-12)
    assert (moved[0] == own[0]).all()
    assert (own[:, q + p :] == 0).all(), "what was given is left as it was"


class Three:
    """Three parameters of a group with one latent mean: a loading, an intercept, and that mean."""

    labels = ("A =~ a2", "a2 ~1", "A ~1")
    since = np.array([1, 2, -1])

    def shared(self, level):
        return np.array([level != "configural", level in ("scalar", "strict"), False])


@pytest.mark.parametrize(
    ("level", "labels", "at"),
    [
        (
            "configural",
            ["A =~ a2 in x", "a2 ~1 in x", "A =~ a2 in y", "a2 ~1 in y"],
            [[0, 1, -1], [2, 3, -1]],
        ),
        ("metric", ["A =~ a2", "a2 ~1 in x", "a2 ~1 in y"], [[0, 1, -1], [0, 2, -1]]),
        ("scalar", ["A =~ a2", "a2 ~1", "A ~1 in y"], [[0, 1, -1], [0, 1, 2]]),
        ("strict", ["A =~ a2", "a2 ~1", "A ~1 in y"], [[0, 1, -1], [0, 1, 2]]),
    ],
)
def test_what_groups_share_stands_first_and_the_first_groups_mean_is_0(level, labels, at):
    found = sharing(Three(), ["x", "y"], level, 1)
    assert list(found.labels) == labels
    assert [one.tolist() for one in found.at] == at


def test_a_shared_parameter_starts_at_the_mean_by_the_groups_shares():
    to = sharing(Three(), ["x", "y"], "scalar", 1)
    own = np.array([[0.4, 1.0, 9.0], [0.8, 2.0, 0.5]])
    assert started(own, to, np.array([0.25, 0.75])).tolist() == pytest.approx([0.7, 1.75, 0.5])


@pytest.fixture(scope="module")
def small(two_blocks):
    plan = layout(two_blocks)
    cov = np.full((6, 6), 0.3) + 0.7 * np.eye(6)
    return plan, start(plan, cov, 200)[0]


def test_from_which_level_on_a_parameter_is_shared(small):
    """Loadings from metric, intercepts from scalar, residual variances from strict on; what constructs do, never."""
    names = names_of(*small, ())
    since = dict(zip(names.labels, names.since.tolist(), strict=True))
    assert {label for label, level in since.items() if level == 1} == {
        "A =~ a2",
        "A =~ a3",
        "B =~ b2",
        "B =~ b3",
    }
    items = ["a1", "a2", "a3", "b1", "b2", "b3"]
    assert {label for label, level in since.items() if level == 2} == {f"{one} ~1" for one in items}
    assert {label for label, level in since.items() if level == 3} == {f"{one} ~~ {one}" for one in items}
    assert {label for label, level in since.items() if level == 0} == {
        "B ~ A",
        "A ~~ A",
        "B ~~ B",
        "A ~1",
        "B ~1",
    }
    shared = {level: names.shared(level).sum() for level in ("configural", "metric", "scalar", "strict")}
    assert shared == {"configural": 0, "metric": 4, "scalar": 10, "strict": 16}


def test_what_is_set_free_by_name_is_shared_nowhere(small):
    names = names_of(*small, ["b2 ~ 1", "A  =~ a2", "a1 ~~ a1", "b3 ~1"])
    since = dict(zip(names.labels, names.since.tolist(), strict=True))
    freed = ["b2 ~1", "A =~ a2", "a1 ~~ a1", "b3 ~1"]
    assert [since[one] for one in freed] == [-1] * 4
    assert names.shared("strict").sum() == 12


@pytest.mark.parametrize(
    ("free", "message"),
    [
        (
            ["A =~ a1"],
            r"the loading A =~ a1 sets the scale of A and is 1 in every group\. Put another item first",
        ),
        (["B ~ A"], "no level of invariance holds 'B ~ A' equal"),
        (["A =~ a4"], r"holds 'A =~ a4' equal.*; did you mean A =~ a[23]\."),
        (["zzz"], r"residual variance \(IMA2 ~~ IMA2\)\.$"),
        (["b1 ~1", "b2 ~1", "b3 ~1"], r"no intercept of B \(b1, b2, b3\) is left equal"),
        (["a3 ~1", "a2 ~1", "a1 ~1"], r"no intercept of A \(a1, a2, a3\) is left equal"),
    ],
)
def test_what_cannot_be_set_free(small, free, message):
    with pytest.raises(ModelError, match=message):
        names_of(*small, free)


def test_a_start_without_a_number_is_refused(small, two_blocks, monkeypatch):
    class Lost:
        param_vals = (1.0, np.nan)

        def fit(self, **_):
            pass

    monkeypatch.setattr("ncsi.model.cbsem.semopy_start._build", lambda _: Lost())
    with pytest.raises(NotConverged, match="the starting fit produced non-finite values"):
        start(layout(two_blocks), np.eye(6), 100)


def reached(**changed):
    """Four levels of two groups: χ², degrees of freedom, CFI and, robust, their scalings."""
    rows = {
        "configural": (20.0, 16, 0.990, 1.2, 0.991), "metric": (26.0, 20, 0.985, 1.1, 0.986),
        "scalar": (33.0, 24, 0.9751, 1.3, 0.970), "strict": (70.0, 30, 0.920, 1.25, 0.925),
    }  # fmt: skip
    names = ("chisq", "df", "cfi", "scaling", "cfi_robust")
    return {
        level: SimpleNamespace(measures=dict(zip(names, row, strict=True)) | changed.get(level, {}))
        for level, row in rows.items()
    }


def test_levels_are_compared_with_the_one_above():
    """Δχ² on Δdf, and CFI may fall by a hundredth, itself allowed; nothing is above the first."""
    found = _table(reached(), robust=False).set_index("model")
    assert found["delta_chisq"].tolist() == pytest.approx([np.nan, 6, 7, 37], nan_ok=True)
    assert found["delta_df"].tolist() == pytest.approx([np.nan, 4, 4, 6], nan_ok=True)
    assert found["delta_p"].tolist() == pytest.approx(
        [np.nan, stats.chi2.sf(6, 4), stats.chi2.sf(7, 4), stats.chi2.sf(37, 6)], nan_ok=True
    )
    assert found["holds"].tolist() == [True, True, True, False]
    assert _verdict(found.reset_index()) == "scalar"
    broken = _table(reached(metric={"cfi": 0.9}), robust=False)
    assert broken["holds"].tolist() == [True, False, True, False]
    assert _verdict(broken) == "configural", "a level holds with all above it"


def test_scaled_differences_are_satorra_and_bentlers():
    """(df₁c₁ − df₀c₀)/(df₁ − df₀) divides Δχ²; where it is not positive there is none."""
    found = _table(reached(), robust=True).set_index("model")
    scaling = [(20 * 1.1 - 16 * 1.2) / 4, (24 * 1.3 - 20 * 1.1) / 4, (30 * 1.25 - 24 * 1.3) / 6]
    wanted = [6 / scaling[0], 7 / scaling[1], 37 / scaling[2]]
    assert found["delta_chisq"].tolist()[1:] == pytest.approx(wanted)
    assert found["delta_p"].tolist()[1:] == pytest.approx(
        [stats.chi2.sf(one, df) for one, df in zip(wanted, (4, 4, 6), strict=True)]
    )
    assert found["delta_cfi"].tolist()[1:] == pytest.approx([-0.005, -0.016, -0.045])
    assert found["holds"].tolist() == [True, True, False, False]
    negative = _table(reached(metric={"scaling": 0.5}), robust=True).set_index("model")
    assert np.isnan(negative.loc["metric", ["delta_chisq", "delta_p"]].to_numpy(dtype=float)).all()


def test_a_fall_of_chisq_by_rounding_has_a_p_of_1():
    found = _table(reached(metric={"chisq": 20.0 - 1e-9}), robust=False).set_index("model")
    assert found.loc["metric", "delta_p"] == 1
    lost = {name: one for name, one in reached().items() if name != "metric"}
    found = _table(lost, robust=False).set_index("model")
    assert found["chisq"].isna().tolist() == [False, True, False, False]
    assert found["holds"].tolist() == [True, False, False, False]


@pytest.mark.parametrize("size", [1e-4, 1.0, 1e4])
def test_score_tests_by_their_definition(size):
    """s²/(I_cc − I_cf I_ff⁻¹ I_fc) on one degree, the change s/(…); robust: over the variance of the score once the
    free ones have had their part of it; what follows from them has none, in any unit."""
    rng = np.random.default_rng(4)
    A, B = rng.normal(size=(2, 6, 9))
    information, meat = size * A @ A.T, size * B @ B.T
    slope = np.sqrt(size) * rng.normal(size=6)
    free = np.eye(6, 3)
    free[3, 0] = 1.0  # the first two groups' parameter is one
    candidates = np.array([0, 4, 5, 1])
    found = {
        name: score_tests(slope, information, free, candidates, one)
        for name, one in (("", None), ("r", meat))
    }
    for place, c in enumerate(candidates):
        unit = np.eye(6)[c]
        pulled = free @ np.linalg.solve(free.T @ information @ free, free.T @ information @ unit)
        rest = unit @ information @ (unit - pulled)
        if c == 1:
            for made in found.values():
                assert np.isnan([one[place] for one in made]).all(), "it is one of the free"
            continue
        spread = (unit - pulled) @ meat @ (unit - pulled)
        for name, over in (("", rest), ("r", spread)):
            mi, p, change = (one[place] for one in found[name])
            assert mi == pytest.approx(slope[c] ** 2 / over)
            assert p == pytest.approx(stats.chi2.sf(mi, 1))
            assert change == pytest.approx(slope[c] / rest)


@pytest.mark.parametrize("clustered", [False, True])
def test_cross_products_are_about_the_mean_and_weighted(clustered):
    """Σ(wu − mean)(wu − mean)' over respondents of all groups, or over clusters, which count m/(m − 1)."""
    rng = np.random.default_rng(5)
    w = rng.uniform(0.5, 2, 12)
    u = rng.normal(1.0, size=(12, 2))
    rows = np.array([0, 3, 4, 7, 8, 11]), np.array([1, 2, 5, 6, 9, 10])
    parts = tuple(
        SimpleNamespace(
            rows=one, answers=SimpleNamespace(weights=w[one], blocks=lambda: iter((slice(0, 4), slice(4, 6))))
        )
        for one in rows
    )
    units = Units(np.arange(12) // 3, np.zeros(4, dtype=np.intp)) if clustered else None
    found = cross_products(parts, lambda k, part: u[rows[k][part]], 2, units)
    each = w[:, None] * u
    if clustered:
        each = each.reshape(4, 3, 2).sum(axis=1)
    each = each - each.mean(axis=0)
    np.testing.assert_allclose(found, each.T @ each * (4 / 3 if clustered else 1))


@pytest.mark.parametrize("size", [1e-12, 1.0, 1e12])
def test_what_is_identified_does_not_depend_on_the_size_of_the_information(small, two_blocks, size):
    """Every parameter by its own: one of which nothing is known is named, however much is known of the others."""
    plan, structure = small
    each = size * np.linspace(1.0, 1e4, structure.n_parameters)
    check_identified(plan, structure, np.diag(each), two_blocks)
    twins = np.diag(each)
    twins[0, 0] = twins[1, 1] = twins[0, 1] = twins[1, 0] = size
    named = [
        f"{row.lhs} {row.op} {row.rhs}"
        for row, (*_, k) in zip(plan.rows, structure.of_row, strict=True)
        if k in (0, 1)
    ]
    with pytest.raises(ModelError, match=re.escape(f"(parameters {'; '.join(named)})")):
        check_identified(plan, structure, twins, two_blocks)
