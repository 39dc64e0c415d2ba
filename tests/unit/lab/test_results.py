"""Tables of results: the columns that others read, one row a parameter, both languages, clear refusals."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import polars
import pyarrow as pa
import pytest

import ncsi
from ncsi import model
from ncsi.errors import InputError, ModelError
from ncsi.lab import Result

COLUMNS = {
    "mediation": ["chain", "estimate", "low", "high", "p", "vaf", "kind"],
    "moderation": ["estimate", "se", "low", "high", "f2", "slopes", "johnson_neyman"],
    "welch": ["group_a", "group_b", "from", "to", "difference", "se", "low", "high", "p", "p_adjusted"],
    "wald": ["from", "to", "statistic", "p", "p_adjusted"],
    "predict": ["item", "q2_predict", "rmse", "rmse_lm", "mae", "mae_lm"],
    "cvpat": ["construct", "loss_a", "loss_b", "difference", "t", "p"],
    "importance": ["construct", "r2_part", "share", "low", "high"],
    "asymmetry": ["item", "penalty", "reward", "joint_penalty", "joint_reward", "kind"],
    "nca": ["construct", "d_ce", "d_cr", "p", "p_matched"],
    "tetrads": ["construct", "statistic", "df", "p", "p_holm"],
    "gaussian_copula": [
        "outcome",
        "construct",
        "estimate",
        "low",
        "high",
        "p",
        "p_holm",
        "corrected",
        "state",
    ],
    "congruence": ["construct_a", "construct_b", "estimate", "low", "high"],
    "ordinal_pls": ["from", "to", "estimate", "ordinal", "difference", "ordinal_c"],
    "esse": ["construct", "threshold", "kept", "d", "benchmark", "excess"],
    "cipma": [
        "construct",
        "importance",
        "performance",
        "quadrant",
        "d_ce",
        "p_holm",
        "p_matched_holm",
        "necessary",
    ],
    "fit_test": ["kind", "statistic", "estimate", "critical", "p"],
    "admissibility": ["check", "holds", "worst", "where"],
    "gsca": ["from", "to", "estimate", "gsca", "difference"],
    "segments": ["k", "lnl", "parameters", "aic3", "bic", "caic", "en", "p_one_class"],
    "infinitesimal_jackknife": ["quantity", "first", "second", "estimate", "se", "low", "high", "df"],
    "check_errors": ["quantity", "first", "second", "se", "se_jackknife", "apart", "noise", "differs"],
    "split_tree": ["node", "rule", "n", "n_eff", "index_0_100", "leaf", "column", "p_search"],
}
ROWS = {
    "mediation": 29, "moderation": 1, "welch": 33, "wald": 12, "predict": 16, "cvpat": 12, "importance": 4,
    "asymmetry": 70, "nca": 4, "split_tree": 3, "tetrads": 2, "segments": 33,
    "gaussian_copula": 11, "congruence": 15, "ordinal_pls": 11, "esse": 44,
    "cipma": 12, "fit_test": 6, "admissibility": 5, "gsca": 11, "infinitesimal_jackknife": 72, "check_errors": 72,
}  # fmt: skip
"""One row a parameter."""


@pytest.fixture(scope="module")
def survey() -> pd.DataFrame:
    return pd.read_csv(Path(__file__).parents[2] / "golden" / "golden.csv")


@pytest.fixture(scope="module")
def inst():
    return ncsi.load_instrument("ccsi")


@pytest.fixture(scope="module")
def fit(survey, inst):
    return ncsi.fit_pls(survey, inst)


@pytest.fixture(scope="module")
def results(survey, inst, fit) -> dict[str, Result]:
    boot = ncsi.bootstrap(fit, replicates=50)
    return {
        "mediation": ncsi.mediation(boot),
        "moderation": ncsi.moderation(fit, "Satisfaction", "Image", "Loyalty", replicates=np.int64(50)),
        "welch": ncsi.compare_groups(survey, inst, group="region", replicates=np.int64(50)),
        "wald": ncsi.compare_groups(survey, inst, group="region", method="wald", replicates=50),
        "predict": ncsi.predict(survey, inst, folds=np.int64(10)),
        "cvpat": ncsi.cvpat(fit),
        "importance": ncsi.importance(boot, "Satisfaction"),
        "asymmetry": ncsi.asymmetry(survey, inst, "Satisfaction"),
        "nca": ncsi.nca(fit, "Satisfaction", permutations=20),
        "tetrads": ncsi.tetrads(fit),
        "gaussian_copula": ncsi.gaussian_copula(fit, replicates=20),
        "congruence": ncsi.congruence(boot),
        "ordinal_pls": ncsi.ordinal_pls(fit),
        "esse": ncsi.esse(fit),
        "cipma": ncsi.cipma(fit, boot, permutations=20),
        "fit_test": ncsi.fit_test(fit, replicates=20),
        "infinitesimal_jackknife": ncsi.infinitesimal_jackknife(fit),
        "check_errors": ncsi.check_errors(boot),
        "admissibility": ncsi.admissibility(fit),
        "gsca": ncsi.gsca(fit),
        "segments": ncsi.segments(fit, k=(1, 2), starts=3, simulations=19),
        "split_tree": ncsi.split_tree(fit, by=["region", "brand"], on="index", signs=99),
    }


@pytest.mark.parametrize("name", COLUMNS)
def test_a_frame_with_the_columns_that_others_read(results, name, tmp_path):
    found = results[name]
    assert isinstance(found, pd.DataFrame)
    assert [one for one in COLUMNS[name] if one not in found] == []
    tidied, broom = found.tidy(), found.tidy("broom")
    assert len(tidied) == len(broom) == ROWS[name]
    assert broom["term"].is_unique or name == "wald"
    assert {"estimate", "statistic"} & set(tidied)
    assert len(repr(found).splitlines()) <= 14
    found.summary().to_excel(tmp_path / "result.xlsx")
    first = pd.read_excel(tmp_path / "result.xlsx", engine="calamine")
    assert len(first) == len(results[name].terms if name == "moderation" else found)


@pytest.mark.parametrize("name", COLUMNS)
def test_a_result_at_a_glance_is_one_row(results, name):
    row = results[name].glance()
    assert len(row) == 1
    assert row.loc[0, "result"] == type(results[name]).__name__
    assert row.loc[0, "instrument"] == "ccsi"
    assert not [one for one in row.iloc[0] if isinstance(one, pd.DataFrame | pd.Series | np.ndarray)]
    assert results[name].summary().glance().equals(row)
    if name in ("mediation", "importance"):
        assert row.loc[0, ["n", "replicates", "level"]].tolist() == [720, 50, 0.95]
    if name == "importance":
        assert row.loc[0, "r2"] == pytest.approx(results[name].found[0].r2)


@pytest.mark.parametrize("name", COLUMNS)
def test_the_page_has_words_in_both_languages(results, name):
    page = results[name].page("zh")
    assert not page.title.isascii()
    assert [line for line in page.lines if line.isascii()] == []
    heads = {head for table in page.tables for head in table.heads}
    assert [head for head in heads if "_" in head] == []
    english = str(results[name].summary())
    assert english.isascii() or not any("一" <= one <= "鿿" for one in english)
    assert results[name].to_markdown("zh").startswith(f"## {page.title}")
    assert results[name].to_latex().count(r"\toprule") == len(page.tables)


def test_figures_on_the_page_are_those_of_the_frame(results):
    page = results["nca"].page()
    for cells, row in zip(page.tables[0].rows, results["nca"].to_dict("records"), strict=True):
        assert cells[1:3] == (f"{row['d_ce']:.3f}", f"{row['d_cr']:.3f}")
        assert cells[-1] == ("yes" if row["necessary"] else "no")
    bottleneck = page.tables[1].rows
    assert len(bottleneck) == 11
    assert {cell for row in bottleneck for cell in row} & {"NN"}


def test_standard_errors_are_those_of_the_model_and_read_as_a_page(survey, inst, fit, results):
    boot, found = results["check_errors"].found[1], results["infinitesimal_jackknife"]
    made = model.infinitesimal_jackknife(fit)
    for quantity, frame in (("path", made.paths), ("loading", made.loadings), ("index", made.index)):
        own = found[found["quantity"] == quantity]
        for name in ("estimate", "se", "low", "high", "df"):
            assert own[name].tolist() == frame[name].tolist()
    tables = {one.title: one for one in found.page().tables}
    row = made.index.set_index("construct").loc["Satisfaction"]
    cells = next(one for one in tables["Indices (0–100)"].rows if one[0] == "Satisfaction")
    assert cells[1:4] == (
        f"{row['estimate']:.1f}",
        f"{row['se']:.2f}",
        f"{row['low']:.1f} to {row['high']:.1f}",
    )
    checked = results["check_errors"]
    pd.testing.assert_frame_equal(pd.DataFrame(checked), model.check_errors(boot).errors)
    far = int(checked["differs"].sum())
    line = f"{len(checked)}个标准误（50次重抽样）与无穷小刀切法对照，其中{far}个不一致"
    assert line in checked.page("zh").lines
    wrong = model.bootstrap(ncsi.fit_pls(survey, inst, by="brand"), 50)
    index_by = wrong.index_by.assign(
        se=wrong.index_by["se"].mask(wrong.index_by["brand"] == "B2", lambda se: 3 * se)
    )
    told = ncsi.check_errors(replace(wrong, index_by=index_by))
    assert len(told.differing) == (told["differs"]).sum() >= 6
    page = told.page()
    assert page.notices[0].startswith("Few respondents")
    first, far = page.tables[1].rows[0], len(told.differing)
    assert page.tables[1].title == f"Differing, the farthest apart first ({min(far, 20)} of {far})"
    assert page.lines[0].endswith(f"jackknife; differing: {far}")
    assert first[0] == "Indices by group (0–100)"
    assert first[1].startswith("B2 · ")
    with pytest.raises(ModelError, match="given replicate weights"):
        ncsi.check_errors(ncsi.replicated(fit, pd.DataFrame(np.ones((720, 3)))))


def test_diagnoses_are_those_of_the_model(fit, results):
    boot = results["mediation"].found[1]
    pd.testing.assert_frame_equal(pd.DataFrame(results["admissibility"]), model.admissibility(fit))
    pd.testing.assert_frame_equal(
        pd.DataFrame(results["fit_test"]), model.fit_test(fit, replicates=20).distances
    )
    by_gsca = model.gsca(fit)
    assert results["gsca"]["gsca"].tolist() == by_gsca.paths["estimate"].tolist()
    assert results["gsca"]["estimate"].tolist() == fit.paths["estimate"].tolist()
    pd.testing.assert_frame_equal(results["gsca"].indices, by_gsca.index)
    levers = ncsi.drivers(fit, boot)
    levers = levers[levers["item"].isna()].set_index("construct")
    conditions = ncsi.nca(fit, permutations=20).set_index("construct")
    found = results["cipma"].set_index("construct")
    assert found["importance"].tolist() == levers["importance"].tolist()
    for name in ("d_ce", "p_holm", "p_matched_holm", "necessary"):
        assert found.loc[conditions.index, name].tolist() == conditions[name].tolist()
    assert results["admissibility"].glance().loc[0, "holds"] == results["admissibility"]["holds"].all()
    assert "Distances alone" in str(ncsi.fit_test(fit, replicates=0).summary())
    assert "paths alone" in str(ncsi.gsca(fit, loadings=False).summary())


def test_parts_of_a_total_effect_add_up(results):
    found = results["mediation"]
    pairs = found.effects.set_index(["from", "to"])
    own = found[(found["from"] == "Image") & (found["to"] == "Satisfaction")]
    assert own["vaf"].sum() == pytest.approx(pairs.loc[("Image", "Satisfaction"), "vaf"], abs=1e-12)
    unknown = found[found["kind"] == "direct_not_modelled"]
    assert unknown["vaf"].isna().all()


def test_names_from_the_data_do_not_break_a_page(survey, inst):
    """Markup and line ends in a group's name."""
    odd = survey.assign(side=np.where(survey["region"] == "East", "<b>|\n$x_1", "other"))
    found = ncsi.compare_groups(odd, inst, group="side", method="henseler", replicates=20)
    assert "<b>" not in found._repr_html_()
    lines = found.to_markdown().splitlines()
    assert len({line.replace("\\|", "").count("|") for line in lines if line.startswith("|")}) == 1
    assert r"|\$x\_1" in found.to_latex().replace(" ", "")


def test_importance_draws_its_own_replicates_where_none_are_given(fit):
    given = ncsi.importance(ncsi.bootstrap(fit, replicates=60, seed=3), "Satisfaction")
    pd.testing.assert_frame_equal(
        pd.DataFrame(ncsi.importance(fit, "Satisfaction", replicates=60, seed=3)), pd.DataFrame(given)
    )
    assert given["share"].sum() == pytest.approx(1.0)
    assert given.r2 == pytest.approx(given["r2_part"].sum())


def test_what_is_drawn_is_what_the_room_draws(survey, inst, fit, results):
    """So that the peers' Monte Carlo figures, which the room's own tests reach, are reached here."""
    for method in ("welch", "henseler"):
        ours = ncsi.compare_groups(survey, inst, group="region", method=method, replicates=50)
        theirs = model.compare_groups(survey, inst, "region", method, replicates=50)
        pd.testing.assert_frame_equal(pd.DataFrame(ours), theirs.paths)
    effects = model.necessity(fit, "Satisfaction", permutations=20).effects
    for ours, theirs in (
        ("p", "p_ce"),
        ("p_matched", "p_ce_matched"),
        ("p_cr", "p_cr"),
        ("p_holm", "p_ce_holm"),
    ):
        assert results["nca"][ours].tolist() == effects[theirs].tolist()
    chains = model.mediation(results["mediation"].found[1]).chains
    pd.testing.assert_frame_equal(pd.DataFrame(results["mediation"])[chains.columns.tolist()], chains)


def test_folds_are_given_as_any_list(survey, inst, results):
    rows = pd.Series(np.arange(len(survey)) % 5)
    by_series = ncsi.predict(survey, inst, folds=rows)
    assert by_series["rmse"].tolist() == ncsi.predict(survey, inst, folds=rows.tolist())["rmse"].tolist()
    assert by_series["rmse"].tolist() != results["predict"]["rmse"].tolist()
    assert results["predict"].benchmark == "direct"
    assert (by_series.glance()["folds"][0], results["predict"].glance()["folds"][0]) == (5, 10)


@pytest.mark.parametrize(
    "chains",
    [
        "Image -> Quality -> Value",
        ("Image", "Quality", "Value"),
        [("Image", "Quality", "Value")],
        ["Image->Quality->Value"],
        ("Image -> Quality -> Value",),
    ],
)
def test_a_chain_is_text_or_names(results, chains):
    boot = results["mediation"].found[1]
    assert ncsi.mediation(boot, chains)["chain"].tolist() == ["Image -> Quality -> Value"]


@pytest.mark.parametrize("chains", [3, [], [3], [("Image", 3)], pd.DataFrame()])
def test_what_is_no_chain(results, chains):
    with pytest.raises(InputError, match=r"names no chains. Write one as"):
        ncsi.mediation(results["mediation"].found[1], chains)


def test_what_is_refused(survey, inst, fit):
    """The bad input of the bench, through the front door."""
    boot = ncsi.bootstrap(fit, replicates=20)
    with pytest.raises(ModelError, match=r"there is no construct 'Imago'\. Did you mean Image"):
        ncsi.moderation(fit, "Imago", "Satisfaction", "Loyalty")
    with pytest.raises(ModelError, match="Quality is no direct cause of Loyalty"):
        ncsi.moderation(fit, "Quality", "Satisfaction", "Loyalty")
    with pytest.raises(ModelError, match="declares and that fit: none"):
        ncsi.moderation(fit)
    still = survey.assign(VAL1=7, VAL2=7)
    with pytest.raises(ModelError, match="construct Value, item VAL1: every answer is the same"):
        ncsi.fit_pls(still, inst)
    few = survey.assign(side=np.where(np.arange(len(survey)) < 12, "few", "many"))
    with pytest.raises(ModelError, match=r"few.*12"):
        ncsi.compare_groups(few, inst, group="side")
    with pytest.raises(ModelError, match="no method 'anova'"):
        ncsi.compare_groups(survey, inst, group="region", method="anova")
    with pytest.raises(ModelError, match="has no path Image -> Value"):
        ncsi.mediation(boot, ["Image -> Value -> Loyalty"])
    odd = survey.assign(SAT1=np.where(np.arange(len(survey)) < 40, survey["SAT1"], 7))
    with pytest.raises(ModelError, match="every answer to item SAT1 is the same"):
        ncsi.predict(odd, inst, folds=[int(row >= 40) for row in range(len(survey))])
    with pytest.raises(ModelError, match="3 fold numbers for 720 rows"):
        ncsi.cvpat(fit, folds=[0, 1, 2])
    by_tier = ncsi.bootstrap(
        ncsi.fit_pls(survey.assign(tier=survey["region"]), inst, by="tier"), replicates=20
    )
    for call, told in (
        (lambda: ncsi.mediation(fit), "takes the replicates of a fit, not PlsFit"),
        (lambda: ncsi.rank_sets(fit), "takes the replicates of a fit"),
        (lambda: ncsi.nca(boot), "takes a PLS fit, not Bootstrap. Give its fit"),
        (lambda: ncsi.drivers(fit.update(scheme="factorial"), boot), "is of another fit"),
        (lambda: ncsi.drivers(fit, fit), "takes the replicates of a fit"),
        (lambda: ncsi.replicated(fit, survey[[]]), "has no columns"),
        (lambda: ncsi.replicated(fit, np.ones((720, 3))), "weights are ndarray, not a pandas data frame"),
        (
            lambda: ncsi.predict(survey, inst, folds=5000),
            "5,000 folds of 720 respondents without missing answers",
        ),
        (
            lambda: ncsi.fit_pls(polars.DataFrame({"SAT1": [1]}), inst),
            "data are DataFrame, not a pandas data frame. Make them one with .to_pandas().",
        ),
        (lambda: ncsi.fit_pls(survey.to_dict(), inst), "data are dict, not a pandas data frame"),
        (lambda: ncsi.fit_pls(pa.Table.from_pandas(survey), inst), "data are Table, not a pandas data frame"),
        (
            lambda: ncsi.fit_pls(pa.Table.from_pandas(survey).drop_columns(["SAT1"]).to_pandas(), inst),
            "no column SAT1",
        ),
        (lambda: ncsi.fit_pls(pd.concat([survey, survey[["SAT1"]]], axis=1), inst), "several columns SAT1"),
        (lambda: ncsi.replicated(fit, survey, level=95), "level 95 must lie between 0 and 1"),
        (lambda: ncsi.moderation(fit, "Satisfaction", "Image", "Loyalty", level=95), "level 95"),
        (lambda: ncsi.compare_groups(survey, inst, "region", level=95), "level 95"),
        (lambda: ncsi.asymmetry(survey, inst, level=95), "level 95"),
        (lambda: ncsi.rank_sets(by_tier, level=95), "level 95"),
        (lambda: ncsi.nca(fit, alpha=5), "alpha 5"),
        (lambda: ncsi.micom(survey, inst, "region", alpha=5), "alpha 5"),
        (lambda: ncsi.bootstrap(fit, interval="bc"), "no interval 'bc'"),
        (
            lambda: ncsi.fit_pls(survey.assign(n=survey["region"]), inst, by="n"),
            "called as a column of the result",
        ),
        (lambda: ncsi.rank_sets(by_tier), "called as a column of ranks"),
        (lambda: ncsi.compare(fit, survey), "takes a PLS fit, not DataFrame"),
        (lambda: ncsi.model_choice({"a": fit, "b": None}), "takes a PLS fit, not NoneType"),
        (lambda: ncsi.model_choice([fit, fit]), "takes fits by name, not list"),
        (lambda: ncsi.importance(fit, method="pratt"), "no method 'pratt'"),
        (lambda: ncsi.predict(survey, inst, antecedents="EA"), "no antecedents 'EA'"),
        (lambda: ncsi.cvpat(fit, benchmark="lm"), "no benchmark 'lm'"),
        (lambda: ncsi.segments(boot), "takes a PLS fit, not Bootstrap. Give its fit"),
        (lambda: ncsi.segments(fit, method="pos"), "no method 'pos'. Use fimix"),
        (lambda: ncsi.segments(fit, k=(1, 2), starts=2, simulations=0).posterior(3), "Choose of 1, 2"),
        (lambda: ncsi.gaussian_copula(boot), "takes a PLS fit, not Bootstrap"),
        (lambda: ncsi.gaussian_copula(fit, level=95), "level 95"),
        (lambda: ncsi.gaussian_copula(fit, replicates=1), "1 replicates give no standard error"),
        (lambda: ncsi.congruence(survey), "takes a PLS fit, not DataFrame"),
        (lambda: ncsi.congruence(fit, "omega"), "no reliability 'omega'"),
        (lambda: ncsi.ordinal_pls(None), "takes a PLS fit, not NoneType"),
        (lambda: ncsi.esse(fit, "Imago"), "Did you mean Image"),
        (lambda: ncsi.cipma(boot), "takes a PLS fit, not Bootstrap"),
        (lambda: ncsi.cipma(fit.update(scheme="factorial"), boot), "is of another fit"),
        (lambda: ncsi.cipma(fit, constructs=["Imago"]), "Did you mean Image"),
        (lambda: ncsi.infinitesimal_jackknife(boot), "takes a PLS fit, not Bootstrap. Give its fit"),
        (lambda: ncsi.infinitesimal_jackknife(fit, level=95), "level 95"),
        (lambda: ncsi.check_errors(fit), "takes the replicates of a fit"),
        (lambda: ncsi.fit_test(survey), "takes a PLS fit, not DataFrame"),
        (lambda: ncsi.admissibility(None), "takes a PLS fit, not NoneType"),
        (lambda: ncsi.gsca(boot), "takes a PLS fit, not Bootstrap"),
        (lambda: ncsi.esse(fit, thresholds=[0.9]), "not all between 0 and 0.5"),
    ):
        with pytest.raises(ModelError) as error:
            call()
        assert told in str(error.value)
    with pytest.raises(ModelError, match="no language 'fr'"):
        ncsi.mediation(boot).summary("fr")


def test_an_empty_corner_is_no_condition_and_no_crash(survey, inst):
    """One respondent with the least image and the greatest satisfaction leaves no empty corner."""
    corner = survey.copy()
    corner.loc[0, [name for name in survey if name.startswith("IMA")]] = 1
    corner.loc[0, [name for name in survey if name.startswith("SAT")]] = 10
    found = ncsi.nca(ncsi.fit_pls(corner, inst), "Satisfaction", constructs=["Image"], permutations=20)
    assert (found["d_ce"][0], found["p"][0], found["necessary"][0]) == (0.0, 1.0, False)
    assert set(found.bottleneck["ce_state"]) == {"not_needed"}
    assert "NN" in str(found.summary())


def test_pages_and_charts_share_their_words():
    """No phrase stands twice, once for each."""
    from ncsi.lab import appendix_words, result_words, words
    from ncsi.plots import words as of_charts
    from ncsi.spec import Label

    def phrases(module):
        values = list(vars(module).values())
        values += [one for table in values if isinstance(table, dict) for one in table.values()]
        return {id(one): (one.zh, one.en) for one in values if isinstance(one, Label)}

    pages = phrases(words) | phrases(result_words) | phrases(appendix_words)
    charts = phrases(of_charts)
    twice = {told for one, told in charts.items() if one not in pages and told in set(pages.values())}
    assert twice == set()
