"""Changes taken apart: identities, refits, errors against resampling, and what is refused. No golden has them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import ncsi
from ncsi.errors import InputError

WAVES = ("2025", "2026")


def survey(seed, n=600, persons=False, mix=((0.5, 0.3, 0.2), (0.3, 0.3, 0.4)), rise=2.0):
    """c scores 8 more; its share doubles, and everybody's answers rise by `rise`."""
    rng = np.random.default_rng(seed)
    if persons:
        people = pd.DataFrame(
            {"person": np.arange(n), "g": rng.choice(list("abc"), n), "own": rng.normal(0, 9, n)}
        )
        parts = [
            people.sample(int(0.75 * n), random_state=seed + k).assign(wave=one)
            for k, one in enumerate(WAVES)
        ]
    else:
        parts = [
            pd.DataFrame({"wave": one, "g": rng.choice(list("abc"), n, p=p), "own": 0.0})
            for one, p in zip(WAVES, mix, strict=True)
        ]
    frame = pd.concat(parts, ignore_index=True)
    noise = rng.normal(0, 5 if persons else 10, len(frame))
    y = 60 + 8 * (frame["g"] == "c") + rise * (frame["wave"] == "2026") + frame["own"] + noise
    return frame.assign(y=y, h=rng.choice(list("xy"), len(frame)), w=rng.uniform(0.5, 2, len(frame)))


@pytest.fixture(scope="module")
def frame():
    return survey(1)


def weightless(frame):
    """Nobody of c counts in 2026."""
    return frame.assign(w=np.where((frame.g == "c") & (frame.wave == "2026"), 0.0, frame.w))


def coinciding(frame):
    """In 2026 all of c are y, and nobody else."""
    later = np.where(frame.g == "c", "y", "x")
    return frame.assign(h=np.where(frame.wave == "2026", later, frame.h))


def parts_of(found):
    return found.set_index("part")["estimate"]


def test_the_parts_are_kitagawas_by_hand(frame):
    found = ncsi.decompose_change(frame, "y", "g", weights="w")
    cells = [
        one.groupby("g").apply(lambda x: pd.Series({"p": x.w.sum(), "m": np.average(x.y, weights=x.w)}))
        for _, one in frame.groupby("wave")
    ]
    p, m = ([(one["p"] / one["p"].sum()).to_numpy() for one in cells], [one["m"].to_numpy() for one in cells])
    parts = parts_of(found)
    assert parts["composition"] == pytest.approx(((p[1] - p[0]) * (m[0] + m[1]) / 2).sum(), abs=1e-10)
    assert parts["answers"] == pytest.approx(((m[1] - m[0]) * (p[0] + p[1]) / 2).sum(), abs=1e-10)
    means = [np.average(one.y, weights=one.w) for _, one in frame.groupby("wave")]
    assert parts["change"] == pytest.approx(means[1] - means[0], abs=1e-10)
    for part in ("composition", "answers"):
        assert found.cells[part].sum() == pytest.approx(parts[part], abs=1e-10)
    assert found.cells["answers"].to_numpy() == pytest.approx((m[1] - m[0]) * (p[0] + p[1]) / 2, abs=1e-10)


def test_a_regression_on_one_column_says_the_same_and_on_crossed_ones_nearly(frame):
    ours, other = (
        ncsi.decompose_change(frame, "y", "g", method=one, weights="w") for one in ("cells", "regression")
    )
    pd.testing.assert_frame_equal(pd.DataFrame(ours), pd.DataFrame(other), rtol=1e-8)
    both = ncsi.decompose_change(frame, "y", ["g", "h"], method="regression", weights="w")
    assert both.cells["group"].tolist() == ["g", "h"]
    assert both.cells["composition"].sum() == pytest.approx(parts_of(both)["composition"])
    crossed = ncsi.decompose_change(frame, "y", ["g", "h"], weights="w")
    assert parts_of(both)["composition"] == pytest.approx(parts_of(crossed)["composition"], abs=0.2)
    assert parts_of(both)["change"] == pytest.approx(parts_of(ours)["change"], abs=1e-10)
    named = frame.assign(g=frame["g"].map({"a": "z", "b": "b", "c": "a"}))
    renamed = ncsi.decompose_change(named, "y", ["g", "h"], method="regression", weights="w")
    np.testing.assert_allclose(renamed.cells["composition"], both.cells["composition"], atol=1e-9)


@pytest.mark.parametrize(
    ("method", "by"), [("cells", "g"), ("regression", ["g", "h"])], ids=["cells", "regression"]
)
def test_errors_are_those_of_surveys_drawn_again(method, by):
    """100 surveys: the spread of the parts, and intervals that hold 1.6 and 2 in 95 %."""
    found = [
        ncsi.decompose_change(survey(seed, 300), "y", by, method=method, weights="w") for seed in range(100)
    ]
    values = np.array([one["estimate"] for one in found])
    errors = np.array([one["se"] for one in found])
    np.testing.assert_allclose(errors.mean(axis=0), values.std(axis=0), rtol=0.25)
    truth = np.array([3.6, 1.6, 2.0])
    covered = np.mean([(one["low"] <= truth) & (truth <= one["high"]) for one in found], axis=0)
    assert (covered >= 0.95 - 4 * np.sqrt(0.05 * 0.95 / 100)).all()


def test_who_answered_in_both_waves_counts_once():
    """A panel: errors of the change are those of persons, far smaller than of independent samples."""
    found = [survey(seed, 300, persons=True) for seed in range(60)]
    with_persons = [ncsi.decompose_change(one, "y", "g", weights="w", person="person") for one in found]
    apart = [ncsi.decompose_change(one, "y", "g", weights="w") for one in found]
    spread = np.std([one["estimate"] for one in with_persons], axis=0)[[0, 2]]
    errors = np.mean([one["se"] for one in with_persons], axis=0)[[0, 2]]
    np.testing.assert_allclose(errors, spread, rtol=0.3)
    assert np.mean([one["se"].iloc[0] for one in apart]) > 1.3 * errors[0]


def test_clusters_entered_twice_and_strata(frame):
    twice = pd.concat([frame.assign(psu=np.arange(len(frame)))] * 2, ignore_index=True)
    once = ncsi.decompose_change(frame, "y", "g", weights="w")
    both = ncsi.decompose_change(twice, "y", "g", weights="w", clusters="psu")
    pd.testing.assert_frame_equal(pd.DataFrame(once), pd.DataFrame(both), rtol=1e-9)
    within = ncsi.decompose_change(frame, "y", "g", weights="w", strata="g")
    assert within.set_index("part")["se"]["composition"] < once.set_index("part")["se"]["composition"]


def test_the_same_persons_are_fixed_effects_with_a_dummy_each():
    """Against least squares with a column a person, and the sandwich by person."""
    frame = survey(3, 120, persons=True)
    found = ncsi.change_within(frame, "y", "person", weights="w").set_index("part")
    stays = frame[frame.duplicated("person", keep=False)]
    dummies = pd.get_dummies(stays["person"]).to_numpy(dtype=float)
    x = np.column_stack([(stays["wave"] == "2026").to_numpy(dtype=float), dummies])
    root = np.sqrt(stays["w"].to_numpy())
    slope = np.linalg.lstsq(x * root[:, None], stays["y"] * root, rcond=None)[0]
    assert found["estimate"]["within"] == pytest.approx(slope[0], abs=1e-8)
    means = [np.average(one.y, weights=one.w) for _, one in frame.groupby("wave")]
    assert found["estimate"]["all"] == pytest.approx(means[1] - means[0])
    assert found["estimate"]["within"] + found["estimate"]["turnover"] == pytest.approx(
        found["estimate"]["all"]
    )
    scores = x * (stays["w"] * (stays["y"] - x @ slope)).to_numpy()[:, None]
    bread = np.linalg.inv(x.T @ (stays["w"].to_numpy()[:, None] * x))
    sums = pd.DataFrame(scores).groupby(stays["person"].to_numpy()).sum().to_numpy()
    m = frame["person"].nunique()
    variance = (bread @ sums.T @ sums @ bread)[0, 0] * m / (m - 1)
    assert found["se"]["within"] == pytest.approx(np.sqrt(variance), rel=1e-8)
    assert found["persons"].tolist() == [stays["person"].nunique()] * 3


def test_three_waves_joined_through_the_second():
    rng = np.random.default_rng(2)
    rows = [(p, w, 50 + p % 7 + 2 * k + rng.normal(0, 1)) for k, w in enumerate(("2024", "2025", "2026"))
            for p in range(60 * k // 2, 60 * k // 2 + 60)]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["person", "wave", "y"])
    found = ncsi.change_within(frame, "y", "person").query("part == 'within'").set_index("wave")["estimate"]
    assert found["2025"] == pytest.approx(2, abs=0.6)
    assert found["2026"] == pytest.approx(4, abs=0.9)


def test_cohort_means_and_ages(frame):
    born = np.random.default_rng(5).integers(1950, 2006, len(frame))
    frame = frame.assign(born=born)
    found = ncsi.cohorts(frame, "y", "born", cuts=(1970, 1990), weights="w")
    assert found["cohort"].unique().tolist() == ["≤1969", "1970–1989", "≥1990"]
    cell = found.query("cohort == '1970–1989' and wave == '2026'").iloc[0]
    part = frame[frame["born"].between(1970, 1989) & (frame["wave"] == "2026")]
    assert cell["mean"] == pytest.approx(np.average(part.y, weights=part.w))
    assert (cell["n"], cell["age_low"], cell["age_high"]) == (len(part), 37, 56)
    one = ncsi.survey_mean(part, "y", weights="w")
    assert cell["se"] == pytest.approx(one["se"].iloc[0], rel=0.05)
    assert found.table().shape == (3, 2)
    few = ncsi.cohorts(frame, "y", "born", cuts=(1951, 1990), weights="w")
    small = few[few["n"] < 30]
    assert len(small) == 2
    assert small[["mean", "se", "low", "high"]].isna().all(axis=None)
    assert "have no mean" in str(few.summary())
    assert "cannot be told apart" in str(found.summary())
    assert "无法区分" in str(found.summary("zh"))


def test_pages_and_rows_in_both_languages(frame, tmp_path):
    found = ncsi.decompose_change(frame.assign(g=frame["g"].where(frame.index > 3)), "y", "g", weights="w")
    assert "4 rows without a value or group are left out" in str(found.summary())
    assert "谁在回答" in str(found.summary("zh"))
    assert found.tidy("broom")["term"].tolist() == ["change", "composition", "answers"]
    found.summary("zh").to_excel(tmp_path / "parts.xlsx")
    panel = ncsi.change_within(survey(3, 120, persons=True), "y", "person")
    assert "同一批受访者" in str(panel.summary("zh"))
    assert panel.tidy().columns.tolist() == ["wave", "part", "estimate", "se", "df", "low", "high", "t", "p"]
    assert "<table" in panel._repr_html_()


@pytest.mark.parametrize(
    ("job", "message"),
    [
        (lambda f: ncsi.decompose_change(f.to_dict(), "y", "g"), "the data are dict, not a pandas data frame"),
        (lambda f: ncsi.decompose_change(f, "x", "g"), "column x.*not in the data"),
        (lambda f: ncsi.decompose_change(f.assign(y=pd.Timestamp(2026, 3, 1)), "y", "g"), "column y: it holds dates"),
        (lambda f: ncsi.decompose_change(f.assign(w=f.y.astype("m8[s]")), "y", "g", weights="w"),
         "column w: it holds dates or durations"),
        (lambda f: ncsi.change_within(f.assign(y=pd.Timestamp(2026, 3, 1), who=f.index % 600), "y", "who"),
         "column y: it holds dates or durations, not numbers"),
        (lambda f: ncsi.decompose_change(pd.concat([f, f[["y"]]], axis=1), "y", "g"), "there are 2 columns 'y'"),
        (lambda f: ncsi.cohorts(f.head(0), "y", "h", waves=["2025", "2026"]), "the data have no rows"),
        (lambda f: ncsi.decompose_change(f, f["y"], "g"), "Series is not the name of a column"),
        (lambda f: ncsi.decompose_change(f, "y", "g", weights=[1.0] * len(f)), "list is not the name of a column"),
        (lambda f: ncsi.decompose_change(f, "y", []), "method 'cells' of 0 columns"),
        (lambda f: ncsi.decompose_change(f, "y", "g", method="shapley"), "method 'shapley'"),
        (lambda f: ncsi.decompose_change(f, "y", "g", waves=("2025", "2027")), "no row is of wave 2027"),
        (lambda f: ncsi.decompose_change(f, "g", "h"), "column g.*values that are no numbers"),
        (lambda f: ncsi.decompose_change(f.assign(y=f.y.where(f.index > 0, np.inf)), "y", "g"), "column y.*no numbers"),
        (lambda f: ncsi.decompose_change(f[(f.g != "c") | (f.wave == "2025")], "y", "g"),
         "group c: nobody in it answered in wave 2026"),
        (lambda f: ncsi.decompose_change(f[(f.g != "c") | (f.wave == "2025")], "y", ["g", "h"], method="regression"),
         "group c of g: nobody in it answered in wave 2026"),
        (lambda f: ncsi.decompose_change(weightless(f), "y", "g", weights="w"),
         "group c: nobody in it has a weight above 0 in wave 2026"),
        (lambda f: ncsi.decompose_change(weightless(f), "y", ["g", "h"], method="regression", weights="w"),
         "group c of g: nobody in it has a weight above 0 in wave 2026"),
        (lambda f: ncsi.decompose_change(coinciding(f), "y", ["g", "h"], method="regression"),
         "columns g, h: in wave 2026 groups of different columns coincide: rank 3, of both 4"),
        (lambda f: ncsi.decompose_change(f, "y", "g", level=95), "level: 95 does not lie between 0 and 1"),
        (lambda f: ncsi.change_within(f.assign(who=f.index % 600), "y", "who", level=0), "level: 0 does not lie"),
        (lambda f: ncsi.cohorts(f, "y", "h", level=1), "level: 1 does not lie"),
        (lambda f: ncsi.decompose_change(f.assign(who=1), "y", "g", person="who"), "somebody stands twice"),
        (lambda f: ncsi.decompose_change(f.assign(w=np.where(f.wave == "2025", 0, f.w)), "y", "g", weights="w"),
         "no row of a wave has a weight above 0"),
        (lambda f: ncsi.decompose_change(f.assign(s=f.index), "y", "g", strata="s"), "no more clusters than strata"),
        (lambda f: ncsi.change_within(f.assign(who=f.index), "y", "who"), "0 of 1200 persons answered in two waves"),
        (lambda f: ncsi.change_within(f.assign(who=np.where(f.index % 600 == 0, -1, f.index)), "y", "who"),
         "1 of 1199 persons answered in two waves"),
        (lambda f: ncsi.change_within(f.assign(who=f.index % 600, s=f.wave), "y", "who", strata="s"),
         "somebody is in two strata"),
        (lambda f: ncsi.change_within(f.assign(who=f.index), "y", "who", waves=("2025",)), "1 wave is no change"),
        (lambda f: ncsi.cohorts(f, "y", "h", cuts=(1980,)), "no birth years"),
        (lambda f: ncsi.cohorts(f.assign(b=1980), "y", "b", cuts=(1990, 1970)), "not in ascending order"),
        (lambda f: ncsi.cohorts(f, "y", "h", least=5000), "no cohort has 5000 respondents"),
    ],
)  # fmt: skip
def test_what_is_refused(frame, job, message):
    with pytest.raises(InputError, match=message):
        job(frame)


def test_a_wave_that_shares_nobody_is_refused():
    rows = [(p, w, float(p)) for w, people in (("2024", range(10)), ("2025", range(10)), ("2026", range(20, 30)))
            for p in people]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["person", "wave", "y"])
    with pytest.raises(InputError, match="nobody in wave 2026 answered in a wave joined to 2024"):
        ncsi.change_within(frame, "y", "person")
