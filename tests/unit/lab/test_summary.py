"""Summaries: their figures are the model's, and both languages say what they should."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import numpy as np
import pandas as pd
import pytest

import ncsi
from ncsi.errors import ModelError
from ncsi.lab.cells import shown
from ncsi.lab.html import as_html
from ncsi.lab.page import Dot, Page, Shown
from ncsi.lab.rendering import as_markdown, as_text
from ncsi.lab.words import CAUTIONS, caution
from ncsi.model.cautions import Caution, Code


@pytest.fixture(scope="module")
def survey() -> pd.DataFrame:
    return pd.read_csv(Path(__file__).parents[2] / "golden" / "golden.csv")


@pytest.fixture(scope="module")
def fit(survey):
    return ncsi.fit_pls(survey, ncsi.load_instrument("ccsi"), weights="weight")


@pytest.fixture(scope="module")
def boot(fit):
    return ncsi.bootstrap(fit, replicates=200, seed=2)


def test_paths_and_blocks_are_those_of_the_model(fit, boot):
    found = ncsi.summary(fit, boot)
    pd.testing.assert_frame_equal(
        found.paths[["from", "to", "estimate", "se", "low", "high"]],
        boot.paths[["from", "to", "estimate", "se", "low", "high"]],
    )
    assert found.paths["t"].to_numpy() == pytest.approx(
        (found.paths["estimate"] / found.paths["se"]).to_numpy()
    )
    assert (found.paths["p_joint"] >= found.paths["p"]).all()
    assert found.blocks["index_0_100"].tolist() == fit.index["index_0_100"].tolist()
    r2 = found.blocks.set_index("construct")["r2"]
    assert np.isnan(r2["Image"])
    assert r2.dropna().to_dict() == fit.r2.set_index("construct")["r2"].to_dict()


def test_a_fit_alone_says_that_it_has_no_errors(fit):
    found = ncsi.summary(fit)
    assert "no standard errors" in str(found)
    assert "没有标准误" in str(ncsi.summary(fit, lang="zh"))
    assert "SE" not in str(found).split("Paths")[1]
    assert found.tidy()["se"].isna().all()
    assert found.glance()["replicates"].tolist() == [0]


def test_tidy_in_house_names_and_in_brooms(fit, boot):
    tidied = boot.tidy()
    assert tidied.columns.tolist() == [
        "kind", "from", "to", "estimate", "se", "t", "p", "p_joint", "low", "high",
    ]  # fmt: skip
    assert tidied["kind"].value_counts(sort=False).to_dict() == {"path": 11, "loading": 20, "weight": 20}
    paths = tidied[tidied["kind"] == "path"].drop(columns="kind")
    pd.testing.assert_frame_equal(paths, ncsi.summary(fit, boot).paths[paths.columns.tolist()])
    weights = tidied[tidied["kind"] == "weight"].reset_index(drop=True)
    assert weights["estimate"].tolist() == fit.weights["weight"].tolist()
    assert weights["se"].tolist() == boot.weights["se"].tolist()
    broom = boot.tidy("broom")
    assert {"term", "estimate", "std.error", "statistic", "p.value", "conf.low", "conf.high"} <= set(broom)
    assert broom["term"][0] == "Image -> Expectation"
    assert fit.tidy()["estimate"].tolist() == tidied["estimate"].tolist()
    with pytest.raises(ModelError, match="no 'sas' names"):
        fit.tidy("sas")


def test_significant_alone_and_not_together_is_said(survey, fit):
    """At a level between the two p values of a path, it is significant alone and not with the others."""
    few = ncsi.fit_pls(survey.sample(80, random_state=8), fit.instrument)
    tested = ncsi.summary(few, ncsi.bootstrap(few, replicates=200, seed=2)).paths
    one = tested.loc[(tested["p_joint"] - tested["p"]).idxmax()]
    assert one["p_joint"] > one["p"] + 0.01
    level = 1 - (one["p"] + one["p_joint"]) / 2
    text = str(ncsi.summary(few, ncsi.bootstrap(few, replicates=200, seed=2, level=level)))
    label = {c.id: c.label.en for c in fit.instrument.constructs}
    assert f"{label[one['from']]} → {label[one['to']]} is significant alone" in text


def test_readings_and_checks_are_those_of_the_figures(survey, fit, boot):
    """Sizes by f² .02, .15, .35; a path that is not significant has none."""
    page = ncsi.summary(fit, boot).page()
    readings = [row[-1] for row in page.tables[1].rows]
    paths = ncsi.summary(fit, boot).paths
    assert paths["f2"].round(2).tolist()[:4] == [0.15, 0.16, 0.13, 0.01]
    assert readings[:4] == ["small", "medium", "small", "not different from zero"]
    assert {row[-1] for row in ncsi.summary(fit).page().tables[1].rows} == {"small", "medium", "slight"}
    worst = fit.htmt.loc[fit.htmt["htmt"].idxmax()]
    checks = next(line for line in page.lines if line.startswith("Checks"))
    assert f"largest HTMT {worst['htmt']:.2f} (" in checks
    assert f"largest VIF {paths['vif'].max():.1f}, SRMR" in checks
    asked = fit.instrument.model_dump(by_alias=True)
    asked["interactions"] = [{"moderator": "Value", "predictor": "Image", "outcome": "Satisfaction"}]
    declared = ncsi.fit_pls(survey, type(fit.instrument).model_validate(asked)).summary()
    assert "Declared interactions: Image × Perceived value → Satisfaction" in str(declared)


def test_html_is_escaped_and_takes_the_notebooks_colours(fit, boot):
    table = Shown("a<b", ("x", "y"), (("<i>", "1|2"),))
    page = Page("T&", ("l",), "!", ("<script>",), (table,))
    assert "<script>" not in as_html(page, "en")
    assert "a&lt;b" in as_html(page, "en")
    assert "1\\|2" in as_markdown(page)
    assert ncsi.summary(fit, boot, lang="zh")._repr_html_().startswith('<div lang="zh"')


def test_dots_that_rounding_alone_sets_apart_share_an_axis():
    dots = (Dot(50.0, 50.0, 50.0), Dot(50 + 7e-15, 50.0, 50 + 7e-15))
    page = Page("t", (), "", (), (Shown("t", ("x",), (("a",), ("b",)), 1, dots, 0),))
    assert as_html(page, "en").count("<circle") == 2


def test_a_level_keeps_its_decimals():
    frame = pd.DataFrame({"item": ["a"], "estimate": [0.5], "low": [0.4], "high": [0.6]})
    assert [shown("t", frame, "en", 1, one).heads[2] for one in (0.95, 0.995)] == [
        "95% interval",
        "99.5% interval",
    ]


def test_columns_align_under_wide_characters():
    page = Page("t", (), "", (), (Shown("表", ("构念", "值"), (("质量", "1.0"), ("ab", "22.0"))),))
    assert as_text(page).splitlines()[-3:] == ["构念    值", "质量   1.0", "ab    22.0"]


def test_every_caution_has_words_in_both_languages():
    assert set(CAUTIONS) == set(get_args(Code))
    for code in CAUTIONS:
        one = Caution(code, ("Quality", "QUA1"), 0.5, (1.0,))
        assert "Quality QUA1" in caution(one, "zh")
        assert caution(one, "en") == str(one)


def test_what_is_refused(survey, fit, boot):
    other = ncsi.fit_pls(survey.iloc[:300], fit.instrument)
    with pytest.raises(ModelError, match="of another fit"):
        ncsi.summary(other, boot)
    with pytest.raises(ModelError, match="summary takes a PLS fit, not Bootstrap"):
        ncsi.summary(boot)
    with pytest.raises(ModelError, match="no language 'fr'"):
        ncsi.summary(fit, lang="fr")


def test_a_result_is_one_line(fit, boot):
    assert repr(fit).startswith("PlsFit ccsi 1.0.0: n 720 (n_eff 642), 6 constructs, 11 paths, Satisfaction")
    assert repr(boot).startswith("Bootstrap of ccsi 1.0.0: 200 replicates, seed 2, 0 failed; Satisfaction")
    assert "\n" not in repr(fit) + repr(boot)
