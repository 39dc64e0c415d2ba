"""The infinitesimal jackknife against refits, closed forms, design-based errors and the bootstrap."""

from dataclasses import fields, replace
from functools import partial

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import ncsi
from ncsi import model
from ncsi.errors import ModelError
from ncsi.model.inference.error_check import _noise, check_errors
from ncsi.model.resampling.infinitesimal import InfinitesimalJackknife, infinitesimal_jackknife
from ncsi.survey import survey_mean

FRAMES = [one.name for one in fields(InfinitesimalJackknife) if one.name != "level"]


@pytest.fixture(scope="module")
def ecsi():
    return ncsi.load_instrument("ecsi")


@pytest.fixture(scope="module")
def small(ecsi):
    """Three constructs of it: fits are made a hundred times."""
    kept = ("Expectation", "Value", "Satisfaction")
    return ecsi.model_copy(
        update={
            "constructs": tuple(one for one in ecsi.constructs if one.id in kept),
            "paths": tuple(one for one in ecsi.paths if one.source in kept and one.target in kept),
        }
    )


def answers(inst, n, seed, missing=0.0):
    """Few answers of every item, of one factor a construct."""
    rng = np.random.default_rng(seed)
    common, columns = rng.standard_normal(n), {}
    for construct in inst.constructs:
        factor = 0.7 * common + 0.7 * rng.standard_normal(n)
        for item in construct.items:
            low, high = item.scale.min, item.scale.max
            at = 0.65 + 0.2 * (0.8 * factor + 0.6 * rng.standard_normal(n))
            columns[item.id] = np.clip(np.round(low + (high - low) * at), low, high)
    df = pd.DataFrame(columns)
    if missing:
        df = df.mask(rng.random(df.shape) < missing)
    return df.assign(
        w=rng.uniform(0.5, 2.5, n), brand=rng.integers(0, 3, n), region=rng.integers(0, 2, n),
        village=rng.integers(0, 12, n),
    )  # fmt: skip


def values(fit):
    """The same quantities of a fit, by frame."""
    by = fit.index_by["index_0_100"] if fit.by else pd.Series(dtype=float)
    return {
        "paths": fit.paths["estimate"], "total_effects": fit.total_effects["estimate"],
        "weights": fit.weights["weight"], "loadings": fit.weights["loading"],
        "index": fit.index["index_0_100"], "index_by": by,
    }  # fmt: skip


def by_refitting(df, inst, factor, **asked):
    """Standard errors from each respondent's numeric derivative: the model fitted again, EM and all, with one weight a
    little larger, and a little smaller. `factor`: (derivatives (n,), df) → variance."""
    step, slopes = 1e-3, {}
    kept = model.fit_pls(df, inst, weights="w", **asked).sample.rows
    for i in kept:
        moved = []
        for sign in (1, -1):
            w = df["w"].to_numpy().copy()
            w[i] *= 1 + sign * step
            moved.append(values(model.fit_pls(df.assign(w=w), inst, weights="w", **asked)))
        for name in FRAMES:
            change = (moved[0][name].to_numpy() - moved[1][name].to_numpy()) / (2 * step)
            slopes.setdefault(name, []).append(change)
    rows = df.iloc[kept]
    return {name: np.sqrt(factor(np.array(found), rows)) for name, found in slopes.items()}


def of_rows(u, rows):
    """n/(n − 1) Σ(u − ū)² within strata, u set right for the stratum's total."""
    total = np.zeros(u.shape[1])
    for _, own in rows.reset_index(drop=True).groupby("brand"):
        w, part = own["w"].to_numpy(), u[own.index]
        part = part - np.outer(w, part.sum(axis=0)) / w.sum()
        total += len(own) / (len(own) - 1) * (part**2).sum(axis=0)
    return total


@pytest.mark.parametrize("missing", [0.0, 0.05])
def test_influences_are_those_of_refits(small, missing):
    """Each derivative in a respondent's weight, by fitting again: through EM too, and the outer weights of groups."""
    df = answers(small, 45, 5, missing)
    fit = model.fit_pls(df, small, weights="w", by="brand")
    found, wanted = infinitesimal_jackknife(fit), by_refitting(df, small, of_rows, by="brand")
    for name in FRAMES:
        frame = getattr(found, name)
        np.testing.assert_allclose(frame["se"], wanted[name], rtol=2e-5, atol=1e-7, err_msg=name)
        np.testing.assert_allclose(frame["estimate"], values(fit)[name], rtol=1e-12)


def test_intervals_are_t_on_the_degrees_of_freedom_of_a_bootstrap(small):
    fit = model.fit_pls(answers(small, 120, 5), small, weights="w", by="brand")
    boot, found = model.bootstrap(fit, 50, level=0.9), infinitesimal_jackknife(fit, 0.9)
    for name in FRAMES:
        frame, theirs = getattr(found, name), getattr(boot, name)
        np.testing.assert_allclose(frame["df"], theirs["df"], rtol=1e-12, err_msg=name)
        half = stats.t.ppf(0.95, frame["df"]) * frame["se"]
        np.testing.assert_allclose(frame["high"] - frame["estimate"], half, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(frame["estimate"] - frame["low"], half, rtol=1e-9, atol=1e-12)
    few = infinitesimal_jackknife(fit, df=7)
    assert all((getattr(few, name)["df"] <= 7).all() for name in FRAMES)
    with pytest.raises(ModelError, match=r"level 95 must lie between 0 and 1"):
        infinitesimal_jackknife(fit, level=95)


def test_a_single_item_has_the_linearised_error_of_its_mean(ecsi):
    """Its weight is 1 whoever answers, so its index is a mean: as design-based estimation has it."""
    df = answers(ecsi, 400, 6)
    single = next(one for one in ecsi.constructs if len(one.items) == 1)
    item = single.items[0]
    at = df.assign(y=[item.scale.on_0_100(float(one)) for one in df[item.id]])
    alone = infinitesimal_jackknife(model.fit_pls(df, ecsi, weights="w"))
    se = alone.index.set_index("construct")["se"][single.id]
    assert se == pytest.approx(survey_mean(at, "y", weights="w")["se"].iloc[0], rel=1e-10)
    level = df.assign(
        w=1.0 + df["region"]
    )  # within a stratum all weigh alike: its total is theirs whoever is drawn
    fit = model.fit_pls(level, ecsi, weights="w", strata="region")
    of_strata = infinitesimal_jackknife(fit).index.set_index("construct")["se"][single.id]
    wanted = survey_mean(at.assign(w=level["w"]), "y", weights="w", strata="region")
    assert of_strata == pytest.approx(wanted["se"].iloc[0], rel=1e-10)
    own = alone.weights.set_index("item")["se"]
    assert own[item.id] == 0.0
    assert (own.drop(item.id) > 0.0).all()


def test_sampled_units_take_the_place_of_respondents(ecsi):
    """Of the single item: sums by village about those of their region."""
    df = answers(ecsi, 400, 7).assign(village=lambda d: d["region"] * 100 + d["village"])
    item = next(one for one in ecsi.constructs if len(one.items) == 1)
    fit = model.fit_pls(df, ecsi, weights="w", strata="region", clusters="village")
    se = infinitesimal_jackknife(fit).index.set_index("construct")["se"][item.id]
    scale = item.items[0].scale
    y = ((df[item.items[0].id] - scale.min) / (scale.max - scale.min) * 100).to_numpy()
    w, total = df["w"].to_numpy(), 0.0
    for _, rows in df.groupby("region"):
        mean = np.average(y[rows.index], weights=w[rows.index])
        sums = (
            pd.Series(w[rows.index] * (y[rows.index] - mean) / w.sum())
            .groupby(rows["village"].to_numpy())
            .sum()
        )
        total += len(sums) / (len(sums) - 1) * ((sums - sums.mean()) ** 2).sum()
    assert se == pytest.approx(np.sqrt(total), rel=1e-10)


@pytest.mark.parametrize(
    "asked",
    [
        {"by": "brand", "strata": "region"},
        {"by": "brand", "strata": "region", "clusters": "across"},
        {"by": "brand", "clusters": "nested"},
        {"strata": "region"},
    ],
    ids=["strata", "clusters across brands", "clusters within brands", "no groups"],
)
@pytest.mark.parametrize("missing", [0.0, 0.05])
def test_it_tells_what_the_bootstrap_tells(ecsi, asked, missing):
    df = answers(ecsi, 1200, 8, missing)
    rng = np.random.default_rng(9)
    df["across"] = df["region"] * 1000 + rng.integers(0, 120, len(df))
    df["nested"] = df["brand"] * 1000 + rng.integers(0, 80, len(df))
    boot = model.bootstrap(model.fit_pls(df, ecsi, weights="w", **asked), replicates=400)
    checked = check_errors(boot)
    assert not checked.errors["differs"].any(), checked
    apart = checked.errors["apart"]
    assert abs(apart.mean()) < 0.02
    assert apart.abs().max() < 0.15
    assert set(checked.errors["quantity"]) >= {"path", "total_effect", "weight", "loading", "index"}


@pytest.mark.parametrize("scheme", ["path", "factorial", "centroid"])
def test_the_golden_survey_agrees_under_every_scheme(survey, inst, scheme):
    checked = check_errors(
        model.bootstrap(model.fit_pls(survey, inst, by="brand", scheme=scheme), replicates=500)
    )
    assert abs(checked.errors["apart"].mean()) < 0.02
    assert checked.errors["differs"].mean() < 0.02, checked.differing


def test_errors_that_are_off_are_told(survey, inst):
    """Were the replicates' errors wrong by a fifth, every one of them would be named, the farthest first."""
    boot = model.bootstrap(model.fit_pls(survey, inst, by="brand"), replicates=1000)
    whole = check_errors(boot).errors
    assert not whole.loc[whole["quantity"] == "path", "differs"].any()
    wrong = boot.paths.assign(se=boot.paths["se"] * 1.25)
    told = check_errors(replace(boot, paths=wrong))
    off = told.errors[told.errors["quantity"] == "path"]
    assert off["differs"].all()
    assert (told.differing["apart"].abs().diff().dropna() <= 0).all()
    assert "standard errors are over 10% off" in str(told)
    assert len(off) == len(boot.paths)


def test_a_group_in_strata_of_one_has_no_error(ecsi):
    df = answers(ecsi, 200, 10)
    df.loc[df.index[0], "brand"] = 7
    found = infinitesimal_jackknife(model.fit_pls(df, ecsi, by="brand")).index_by
    alone = found["brand"] == 7
    assert found.loc[alone, "se"].isna().all()
    assert found.loc[~alone, "se"].gt(0).all()


def test_given_replicate_weights_are_not_checked(survey, inst):
    fit = model.fit_pls(survey, inst)
    rng = np.random.default_rng(1)
    weights = pd.DataFrame(rng.poisson(1.0, (len(survey), 40)).astype(float), index=survey.index)
    with pytest.raises(ModelError, match="calibration"):
        check_errors(model.replicated(fit, weights))


def test_blocks_of_rows_change_nothing(ecsi, monkeypatch, blocks_of):
    """Strata that go over the blocks' edges are summed as a whole."""
    df = pd.concat([answers(ecsi, 900, 11, 0.03)] * 3, ignore_index=True)
    fit = model.fit_pls(df, ecsi, weights="w", by="brand", strata="region")
    whole = infinitesimal_jackknife(fit)
    monkeypatch.setattr("ncsi.model.moments.respondents.ROWS", 97)
    blocks_of(97)
    parts = infinitesimal_jackknife(fit)
    for name in FRAMES:
        np.testing.assert_allclose(
            getattr(parts, name)["se"], getattr(whole, name)["se"], rtol=1e-9, atol=1e-12
        )


def test_noise_of_draws_of_two_values_is_none_and_of_normal_ones_that_of_their_number():
    two = np.tile([0.1, 0.7], (1, 50))
    normal = np.random.default_rng(1).standard_normal((1, 100_000))
    with np.errstate(all="raise"):
        assert _noise(two)[0] == pytest.approx(0.0, abs=1e-8)
        assert _noise(normal)[0] == pytest.approx(1 / np.sqrt(2 * normal.size), rel=0.02)


def test_a_brand_without_anyone_in_the_model_has_no_figures_and_changes_none(survey_missing, inst):
    """Its respondents left out too much: both kinds of errors leave its rows blank, first or last among the brands."""
    alone = survey_missing[survey_missing["brand"].isin(["B1", "B2"])]
    for name in ("A0", "Z9"):
        nobody = alone.iloc[:2].assign(brand=name, **dict.fromkeys(inst.item_ids[:8], np.nan))
        fits = [
            ncsi.fit_pls(one, inst, weights="weight", by="brand")
            for one in (alone, pd.concat([alone, nobody], ignore_index=True))
        ]
        for made in (partial(ncsi.bootstrap, replicates=20), infinitesimal_jackknife):
            without, found = (made(one) for one in fits)
            blank = found.index_by["brand"] == name
            assert blank.sum() == len(inst.constructs)
            assert found.index_by.loc[blank, ["se", "low", "high", "df"]].isna().all(axis=None)
            pd.testing.assert_frame_equal(found.index_by[~blank].reset_index(drop=True), without.index_by)
            pd.testing.assert_frame_equal(found.paths, without.paths)
