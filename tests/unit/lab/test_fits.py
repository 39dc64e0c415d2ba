"""Fits at the front door: the model's values, with methods that change none of them."""

from __future__ import annotations

import pickle
import re
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import ncsi
from ncsi import model
from ncsi.errors import InputError, ModelError, NcsiError, SpecError
from ncsi.lab import fits
from ncsi.lab.html import as_html
from ncsi.lab.page import Dot, Page, Shown
from ncsi.model.cautions import Caution
from ncsi.spec import Label
from ncsi.spec.instrument import Component


@pytest.fixture(scope="module")
def survey() -> pd.DataFrame:
    return pd.read_csv(Path(__file__).parents[2] / "golden" / "golden.csv")


@pytest.fixture(scope="module")
def fit(survey):
    return ncsi.fit_pls(survey, ncsi.load_instrument("ccsi"), weights="weight", by="brand")


@pytest.fixture(scope="module")
def boot(fit):
    return ncsi.bootstrap(fit, replicates=50)


@pytest.fixture(scope="module")
def cb(survey):
    return ncsi.fit_cbsem(survey, ncsi.load_instrument("ccsi"))


def test_they_are_those_of_the_model(survey, fit, boot, cb):
    plain = model.fit_pls(survey, fit.instrument, weights="weight", by="brand")
    assert isinstance(fit, model.PlsFit)
    pd.testing.assert_frame_equal(fit.weights, plain.weights)
    pd.testing.assert_frame_equal(fit.index_by, plain.index_by)
    assert isinstance(boot, model.Bootstrap)
    assert boot.fit is fit
    pd.testing.assert_frame_equal(boot.paths, model.bootstrap(plain, replicates=50).paths)
    assert isinstance(cb, model.CbsemFit)
    pd.testing.assert_frame_equal(cb.estimates, model.fit_cbsem(survey, fit.instrument).estimates)
    again = pickle.loads(pickle.dumps(fit))  # noqa: S301
    assert type(again) is type(fit)


def test_many_respondents_are_resampled_by_all_cores_to_the_same_bits(survey, monkeypatch):
    many = pd.concat([survey] * (9000 // len(survey) + 1), ignore_index=True)
    fit, asked = ncsi.fit_pls(many, ncsi.load_instrument("ccsi"), weights="weight"), []
    own = fits.Hands.mapping
    monkeypatch.setattr(
        fits.Hands, "mapping", lambda self, sample: asked.append(self.threads) or own(self, sample)
    )
    cores = fits.all_cores().threads
    by_all, by_one = ncsi.bootstrap(fit, replicates=20), model.bootstrap(fit, replicates=20)
    assert asked == [cores, 1]
    assert 1 <= cores <= fits.MOST_THREADS
    assert np.array_equal(by_all.draws.index, by_one.draws.index)


def test_update_changes_what_is_named_and_nothing_else(survey, fit):
    changed = fit.update(weights=None, drop="Image -> Loyalty", add=["Quality -> Loyalty"])
    by_hand = fit.instrument.model_dump(by_alias=True)
    by_hand["paths"] = [p for p in by_hand["paths"] if p != {"from": "Image", "to": "Loyalty"}]
    by_hand["paths"].append({"from": "Quality", "to": "Loyalty"})
    expected = model.fit_pls(survey, type(fit.instrument).model_validate(by_hand), by="brand")
    pd.testing.assert_frame_equal(changed.paths, expected.paths)
    pd.testing.assert_frame_equal(changed.index_by, expected.index_by)
    part = fit.update(df=survey.iloc[:400])
    assert (part.n, part.by, part.asked["weights"]) == (400, "brand", "weight")
    with pytest.raises(SpecError, match=r"no path Image -> Value.*Did you mean"):
        fit.update(drop="Image -> Value")
    with pytest.raises(SpecError, match="form a cycle"):
        fit.update(add="Loyalty -> Image")
    with pytest.raises(SpecError, match="is no path"):
        fit.update(add="Image")


def test_update_drops_items_which_stay_questions(survey, fit):
    fewer = fit.update(drop=["IMA4", "Image -> Loyalty"])
    assert fewer.instrument.item_ids == tuple(one for one in fit.instrument.item_ids if one != "IMA4")
    assert [one.id for one in fewer.instrument.fielded] == [
        *(one.id for one in fit.instrument.items if one.id != "IMA4"),
        *(one.id for one in fit.instrument.beside),
        "IMA4",
        *(one.id for one in fit.instrument.attention),
    ]
    by_hand = fit.instrument.model_dump(by_alias=True)
    image = next(one for one in by_hand["constructs"] if one["id"] == "Image")
    image["items"] = [one for one in image["items"] if one["id"] != "IMA4"]
    by_hand["paths"] = [p for p in by_hand["paths"] if p != {"from": "Image", "to": "Loyalty"}]
    expected = model.fit_pls(survey, type(fit.instrument).model_validate(by_hand), "weight", "brand")
    pd.testing.assert_frame_equal(fewer.weights, expected.weights)
    alone = ncsi.fit_pls(survey, ncsi.model_from("Image =~ IMA1 + IMA2\nValue =~ VAL1\nValue ~ Image"))
    for call, told in (
        (lambda: fit.update(drop="IMA9"), "the model has no item 'IMA9'. Did you mean 'IMA"),
        (lambda: fit.update(drop="Image"), "'Image' is a construct, and an item or a path is dropped"),
        (lambda: alone.update(drop="VAL1"), "'VAL1' is the only item of 'Value'"),
        (lambda: alone.update(drop=["IMA1", "IMA2"]), "'IMA2' is the only item of 'Image'"),
        (lambda: fit.update(dorp="IMA4"), "update: there is no argument 'dorp'. Did you mean 'drop'?"),
        (lambda: fit.update(missing="fiml"), "update: there is no argument 'missing'"),
    ):
        with pytest.raises(InputError) as error:
            call()
        assert told in str(error.value)


def test_several_fits_are_told_apart_by_what_was_changed(fit):
    found = ncsi.compare(
        fit, fit.update(drop="Image -> Loyalty"), fit.update(drop="IMA4", weights=None), fit.update()
    )
    en, zh = (str(found.summary(lang)) for lang in ("en", "zh"))
    assert "b: ccsi 1.0.0; without Image → Loyalty\n" in en
    assert "c: ccsi 1.0.0; without Image: IMA4; without weights\n" in en
    assert "d: ccsi 1.0.0; the model of a\n" in en
    assert "b：" not in en
    assert "b：ccsi 1.0.0；去掉" in zh
    assert "d − a" in en
    assert found["difference_d"].abs().max() == 0
    tidied = found.tidy()
    assert tidied.columns.tolist() == ["kind", "from", "to", "model", "estimate"]
    assert len(tidied) == 3 * len(found)
    assert found.glance().loc[0, "models"] == 4
    assert found.criteria.empty  # of other items and weights
    same = ncsi.compare(fit, fit.update(drop="Image -> Loyalty"), fit.update(add="Quality -> Loyalty"))
    assert set(same.criteria["model"]) == {"a", "b", "c"}


def test_what_does_not_compare_is_refused(fit, boot, cb):
    for given, told in (
        ((fit,), "two PLS fits or more are compared, at most 26, and it was given 1"),
        ((fit, boot), "compare takes a PLS fit, not Bootstrap. Give its fit: boot.fit."),
        ((cb, cb), "compare takes PLS fits, not CbsemFit. Put covariance fits one below another"),
    ):
        with pytest.raises(NcsiError) as error:
            ncsi.compare(*given)
        assert told in str(error.value)


def test_one_warning_is_no_plural(cb, fit):
    for one in (cb, fit):
        for many, told in ((0, "0 warnings"), (1, "1 warning"), (2, "2 warnings")):
            heeded = replace(one, warnings=(Caution("few_effective", ("x",), 1.0, (2.0,)),) * many)
            assert repr(heeded).endswith(f", {told}")


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("fit.csv", "this is no workbook's name. End it in .xlsx: fit.xlsx"),
        ("fit", "End it in .xlsx"),
        ("none/fit.xlsx", "there is no folder"),
    ],
)
def test_a_workbook_has_its_name_and_a_folder(fit, tmp_path, name, told):
    with pytest.raises(InputError, match=re.escape(told)):
        fit.summary().to_excel(tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_a_covariance_fit_by_name_and_at_a_glance(cb):
    tidied, broom, row = cb.tidy(), cb.tidy("broom"), cb.glance().iloc[0]
    assert tidied.columns.tolist() == [
        "lhs", "op", "rhs", "estimate", "se", "z", "p", "low", "high", "std",
    ]  # fmt: skip
    free = tidied["se"].notna()
    assert ((tidied["high"] - tidied["estimate"]) / tidied["se"])[free].to_numpy() == pytest.approx(1.959964)
    assert broom.loc[broom["op"] == "~", "term"].iloc[0] == "Expectation ~ Image"
    assert row["cfi"] == cb.fit_measures["cfi"]
    assert (row["instrument"], row["n"]) == ("ccsi", 720)
    assert repr(cb).startswith("CbsemFit ccsi 1.0.0: n 720, 6 constructs, 11 paths, CFI 0.998")
    assert "最大似然" in str(cb.summary("zh"))
    assert len(cb.update(drop="Image -> Loyalty").estimates) == len(cb.estimates) - 1


def test_two_fits_side_by_side(survey, fit):
    fewer = fit.update(drop="Image -> Loyalty")
    found = ncsi.compare(fit, fewer)
    paths = found[found["kind"] == "path"].set_index(["from", "to"])
    assert np.isnan(paths.loc[("Image", "Loyalty"), "estimate_b"])
    assert paths["estimate_a"].tolist() == fit.paths["estimate"].tolist()
    r2 = found[found["kind"] == "r2"].set_index("to")
    assert r2.loc["Loyalty", "difference"] < 0
    assert set(found.criteria["model"]) == {"a", "b"}
    other = ncsi.compare(fit, fit.update(df=survey.iloc[:400]))
    assert other.criteria.empty
    assert "of different samples, n 720, 400" in str(other.summary())
    assert found.tidy("broom").columns.tolist() == ["term", "estimate"]
    by_region = ncsi.compare(fit, fit.update(by="region"))
    assert by_region.criteria.empty
    assert "all of one sample, n 720" in str(by_region.summary())


def test_models_that_explain_nothing_in_common_stand_side_by_side(survey):
    measured = "Image =~ IMA1 + IMA2\nValue =~ VAL1 + VAL2\n"
    there, back = (
        ncsi.fit_pls(survey, ncsi.model_from(measured + one)) for one in ("Value ~ Image", "Image ~ Value")
    )
    found = ncsi.compare(there, back)
    assert found.criteria.empty
    assert found.loc[found["kind"] == "path", ["estimate_a", "estimate_b"]].isna().sum().tolist() == [1, 1]
    assert "all of one sample" in str(found.summary())


def test_a_covariance_fit_names_components(survey):
    inst = ncsi.load_instrument("ccsi")
    image = inst.construct("Image")
    halves = tuple(
        Component(id=name, label=Label(zh=told, en=told), items=tuple(one.id for one in items))
        for name, told, items in (("P", "Part one", image.items[:2]), ("Q", "Part two", image.items[2:]))
    )
    constructs = tuple(
        one.model_copy(update={"components": halves}) if one is image else one for one in inst.constructs
    )
    told = str(ncsi.fit_cbsem(survey, inst.model_copy(update={"constructs": constructs})).summary())
    assert "P Part one" in told
    assert "\nPart two" in told


def test_a_result_is_short_and_comes_back_whole(fit):
    found = ncsi.compare(fit, fit)
    lines = repr(found).splitlines()
    assert len(lines) == 14
    assert lines[-1] == "… 6 more rows"
    again = pickle.loads(pickle.dumps(found))  # noqa: S301
    assert repr(again) == repr(found)
    assert type(found[found["kind"] == "path"]) is pd.DataFrame


def test_what_is_no_instrument_is_refused_with_the_way_to_one(survey):
    with pytest.raises(ModelError, match="the model is str, not an instrument"):
        ncsi.fit_pls(survey, "ccsi")
    with pytest.raises(ModelError, match=r"ncsi\.model_from"):
        ncsi.fit_cbsem(survey, {})


def test_cautions_are_given_for_the_line_that_asked(survey):
    doubled = survey.assign(SAT2=survey["SAT1"] + (np.arange(len(survey)) % 400 == 0))
    doubled = doubled[doubled["SAT2"] <= 10]
    with warnings.catch_warnings(record=True) as given:
        warnings.simplefilter("always")
        fit = ncsi.fit_pls(doubled, ncsi.load_instrument("ccsi"))
    assert [Path(one.filename).name for one in given] == [Path(__file__).name]
    assert "one question asked twice" in fit._repr_html_()


def test_a_workbook_and_latex_hold_the_same_figures(boot, tmp_path):
    boot.summary().to_excel(tmp_path / "fit.xlsx")
    back = pd.read_excel(tmp_path / "fit.xlsx", sheet_name="paths", engine="calamine")
    assert back["estimate"].tolist() == pytest.approx(boot.paths["estimate"].tolist(), rel=1e-14)
    tex = boot.summary().to_latex()
    estimate = boot.paths["estimate"][0]
    assert rf"Image $\rightarrow$ Expectation & {estimate:.3f} &" in tex
    assert tex.count(r"\begin{tabular}") == tex.count(r"\end{tabular}") == 2


def test_intervals_are_drawn_on_one_axis():
    """From 0.5 to 1.5 over 132 of 160 pixels; a row that holds no estimate has the grid alone."""
    table = Shown("", ("x",), (("a",), ("b",)), 1, (Dot(1.0, 0.5, 1.5), None), 0)
    html = as_html(Page("", (), "", (), (table,)), "en")
    assert 'cx="80.0"' in html
    assert "M14.0 9.0H146.0" in html
    assert html.count("<circle") == 1
    assert [html.count(f">{tick}</text>") for tick in ("0.5", "1.0", "1.5")] == [1, 1, 1]
