"""What a notebook passes by mistake: each call refuses it in words, with the argument and what to give instead."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import ncsi
from ncsi.errors import InputError, ModelError, NcsiError
from ncsi.kinds import of_kind


@pytest.fixture(scope="module")
def calls() -> dict[str, dict[str, object]]:
    """Good arguments of every public call, by its name."""
    good = pd.read_csv(Path(__file__).parents[2] / "golden" / "golden.csv")
    odd = good.index % 2
    good = good.assign(year=np.where(odd, "2026", "2025"), person=good.index // 2, age=good.index % 3)
    ccsi = ncsi.load_instrument("ccsi")
    fit = ncsi.fit_pls(good, ccsi, weights="weight", by="brand")
    data, of_fit, of_boot = (
        {"df": good, "inst": ccsi},
        {"fit": fit},
        {"boot": ncsi.bootstrap(fit, replicates=20)},
    )
    over_time = {"df": good, "value": "SAT1", "wave": "year"}
    both = ncsi.composite_of("A", "q1"), ncsi.composite_of("B", "q2")
    return {
        "admissibility": of_fit,
        "asymmetry": data,
        "bootstrap": {**of_fit, "replicates": 20},
        "change_within": {**over_time, "person": "person"},
        "check_errors": of_boot,
        "cipma": {**of_fit, "permutations": 20},
        "cohorts": {**over_time, "cohort": "age"},
        "compare": {"fits": fit},
        "compare_groups": {**data, "group": "region", "replicates": 20},
        "composite_of": {"construct": "A", "items": "q1"},
        "congruence": of_fit,
        "constructs": {"composites": ncsi.composite_of("A", "q1")},
        "cvpat": {"fit_a": fit, "folds": 4},
        "decompose_change": {**over_time, "by": "age"},
        "drivers": of_fit,
        "esse": of_fit,
        "fit_cbsem": data,
        "fit_composite": {"df": pd.DataFrame({"unit": ["a", "b"]}), "tree": ncsi.load_tree("qci")},
        "fit_pls": data,
        "fit_test": {**of_fit, "replicates": 0},
        "gaussian_copula": {**of_fit, "replicates": 20},
        "gsca": of_fit,
        "importance": {**of_fit, "replicates": 20},
        "infinitesimal_jackknife": of_fit,
        "interaction": {"predictor": "A", "moderator": "B"},
        "invariance": {**data, "group": "region"},
        "items": {"stem": "q", "first": 1, "last": 2},
        "load_instrument": {"id_or_path": "ccsi"},
        "load_tree": {"id_or_path": "qci"},
        "mediation": of_boot,
        "micom": {**data, "group": "region", "permutations": 20},
        "model_choice": {"fits": {"a": fit, "b": fit}},
        "model_from": {"model": ncsi.constructs(*both), "paths": ncsi.paths("A -> B")},
        "moderation": {**of_fit, "replicates": 20},
        "nca": {**of_fit, "permutations": 20},
        "open": {"folder": "nowhere"},
        "ordinal_pls": of_fit,
        "outcome_rates": {"I": 9, "P": 1, "R": 1, "NC": 1, "O": 1},
        "paths": {"effects": "A -> B"},
        "plot": {"of": fit},
        "predict": {**data, "folds": 4},
        "rake": {"frame": good, "margins": {"brand": {"b1": 1.0}}},
        "rank_sets": of_boot,
        "replicated": {**of_fit, "weights": good[["weight"]]},
        "segments": {**of_fit, "k": [1, 2], "starts": 1, "simulations": 0},
        "split_tree": {**of_fit, "by": "region", "signs": 20},
        "summary": of_fit,
        "survey_mean": {"frame": good, "variables": "SAT1"},
        "tetrads": of_fit,
        "tree_from": {"meta": pd.DataFrame({"code": ["a"]})},
    }


BEFORE = {"composite_of": ["construct"], "model_from": ["model"]}
"""Arguments before those of which there are several."""


def asked(calls: dict[str, dict[str, object]], name: str, **changed: object) -> object:
    """The call of that name with good arguments, some of them changed."""
    call, given = getattr(ncsi, name), {**calls[name], **changed}
    for argument, of in inspect.signature(call).parameters.items():
        if of.kind is inspect.Parameter.VAR_POSITIONAL:
            first = [given.pop(one) for one in BEFORE.get(name, ())]
            return call(*first, given.pop(argument), **given)
    return call(**given)


def test_every_public_call_is_asked(calls):
    assert sorted(calls) == ncsi.__all__


@pytest.mark.parametrize("name", ncsi.__all__)
def test_no_argument_of_another_kind_ends_in_an_error_of_python(calls, name):
    """An object of no kind at all in the place of each argument, and a number in that of each that takes a word."""
    for argument, of in inspect.signature(getattr(ncsi, name)).parameters.items():
        if of.kind is inspect.Parameter.VAR_KEYWORD:
            continue
        for wrong in (object(), 2.5j):
            with pytest.raises(NcsiError):  # noqa: PT012
                asked(calls, name, **{argument: wrong})
                pytest.fail(f"{name} takes {wrong!r} for {argument}")


REFUSED = {
    "a rule for lonely strata where none is": (
        "survey_mean",
        {"lonely": "x"},
        "survey_mean: lonely is 'x'. Give 'error', 'remove', 'average' or 'adjust', as in lonely='error'",
    ),
    "one cut": (
        "asymmetry",
        {"cuts": 4},
        "asymmetry: cuts is 4. Give a list of 2 numbers or a mapping, as in cuts=(4, 9)",
    ),
    "three cuts": ("asymmetry", {"cuts": (1, 4, 9)}, "asymmetry: cuts is (1, 4, 9). Give a list of 2 numbers"),
    "several kinds of chart": ("plot", {"kind": ["paths"]}, "plot: kind is ['paths']. Give a text or None"),
    "an axis that is none": ("plot", {"ax": 1}, "plot: ax is 1. Give an Axes or None"),
    "no folder": ("open", {"folder": None}, "open: folder is None. Give a Path or a text"),
    "a word that only counts as true": (
        "fit_cbsem",
        {"robust": "no"},
        "fit_cbsem: robust is 'no'. Give True or False, as in robust=False",
    ),
    "truth for a number": ("bootstrap", {"seed": True}, "bootstrap: seed is True. Give a whole number, as in seed=1"),
    "no seed": ("predict", {"seed": np.nan}, "predict: seed is nan. Give a whole number, as in seed=1"),
    "rows in a list": ("fit_pls", {"df": [1, 2]}, "the data are list, not a pandas data frame. Make them one."),
    "words for steps": ("esse", {"thresholds": ["0.1"]}, "esse: thresholds is ['0.1']. Give a list of numbers"),
    "no wave": ("decompose_change", {"waves": []}, "waves: none is named. Name two or more, or leave `waves` out"),
    "no column": ("fit_pls", {"weights": ""}, "weights is '', which names no column. Leave it out, or name one"),
    "no stratum": ("survey_mean", {"strata": ""}, "there is no column ''"),
    "a level of nothing": ("fit_test", {"level": 0.0}, "level 0.0 must lie between 0 and 1"),
    "no degrees of freedom": ("replicated", {"df": np.nan}, "df nan are no degrees of freedom. Give those of the"),
    "fewer than none": ("nca", {"permutations": -1}, "-1 permutations give no p below 1.00. Use 1000"),
    "texts for factors": ("replicated", {"rscales": ["a"]}, "replicated: rscales is ['a']. Give an array or a list of"),
    "a tree of no table": ("tree_from", {"meta": 3}, "it is of type int. Give a pandas data frame, one row a node"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_the_argument_is_named_with_what_to_give(calls, case):
    name, wrong, message = REFUSED[case]
    with pytest.raises(NcsiError, match=re.escape(message)):
        asked(calls, name, **wrong)


def test_what_is_good_in_another_spelling_is_taken(calls):
    assert asked(calls, "bootstrap", seed=np.int64(7)).seed == 7
    assert asked(calls, "micom", seed=-1).permutations > 0
    assert list(asked(calls, "survey_mean", variables=pd.Index(["SAT1", "SAT2"]))["variable"]) == [
        "SAT1",
        "SAT2",
    ]
    assert asked(calls, "asymmetry", cuts=[4, 9]).equals(asked(calls, "asymmetry"))
    assert asked(calls, "bootstrap", htmt=1).htmt is not None
    assert asked(calls, "invariance", free="IMA2 ~ 1") is not None
    numbered = dict.fromkeys((1, 2), calls["bootstrap"]["fit"])
    assert asked(calls, "model_choice", fits=numbered).page() is not None
    years = calls["fit_pls"]["df"].assign(two=lambda df: df["year"].astype(int))
    over = {"df": years, "wave": "two", "waves": [2025, 2026]}
    assert asked(calls, "decompose_change", **over).equals(asked(calls, "decompose_change"))
    assert len(asked(calls, "esse", thresholds=0.05)) == len(asked(calls, "esse", thresholds={0.05}))
    assert asked(calls, "nca", constructs={"Image"}).equals(asked(calls, "nca", constructs=("Image",)))


def test_an_error_that_no_argument_explains_is_left_as_it_is():
    @of_kind
    def halved(number: float, *more: "NotKnownHere") -> float:  # noqa: F821, UP037
        return 1 / number

    assert halved(2, "anything") == 0.5
    with pytest.raises(ZeroDivisionError):
        halved(0)
    with pytest.raises(TypeError, match="missing 1 required positional argument"):
        halved()
    with pytest.raises(InputError, match=r"number is '2'\. Give a number"):
        halved("2")


def test_what_the_call_itself_says_goes_first(calls):
    with pytest.raises(ModelError, match=r"replicates 2\.5 is no whole number\. Give one: replicates=1000"):
        asked(calls, "bootstrap", replicates=2.5)
