"""Nothing that cannot be: reversed, foreign and weak items, few effective respondents, items that are one."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import ncsi
from ncsi.errors import ModelError
from ncsi.model import ModelWarning, gate, infinitesimal_jackknife
from ncsi.model.gates import gate_of_errors


def codes(cautions):
    return [(one.code, one.about) for one in cautions]


def judged(df, inst, **options):
    with pytest.warns(ModelWarning):
        return gate(ncsi.bootstrap(ncsi.fit_pls(df, inst, **options), replicates=100))


def test_good_answers_pass_without_a_word(survey, inst, recwarn):
    boot = ncsi.bootstrap(ncsi.fit_pls(survey, inst), replicates=100)
    assert boot.fit.warnings == boot.warnings == ()
    assert gate(boot).verdicts == ()
    gate(boot).require()
    assert not [one for one in recwarn if issubclass(one.category, ModelWarning)]


def test_a_reversed_item_of_the_target_stops_the_sector(survey, inst):
    reversed_ = survey.assign(SAT2=11 - survey["SAT2"])
    with pytest.warns(ModelWarning, match=r"Satisfaction SAT2: outer weight -0\.\d+, loading -0\.\d+"):
        fit = ncsi.fit_pls(reversed_, inst)
    assert codes(fit.warnings) == [("counts_backwards", ("Satisfaction", "SAT2"))]
    with pytest.warns(ModelWarning, match="not positive in 100.0% of the replicates"):
        boot = ncsi.bootstrap(fit, replicates=100)
    found = gate(boot)
    (verdict,) = found.refused
    assert (verdict.item, verdict.share, verdict.ruling) == ("SAT2", 1.0, "refuse")
    assert verdict.weight < 0 > verdict.weight_interval[1]
    with pytest.raises(
        ModelError, match=r"construct Satisfaction, item SAT2: .*Declare `reverse: true` in the map"
    ):
        found.require()


def test_without_replicates_the_same_items_are_judged_and_none_are_counted(survey, inst):
    noise = np.random.default_rng(0).integers(1, 11, len(survey))
    for changed, refused in (({"SAT2": 11 - survey["SAT2"]}, ["SAT2"]), ({"IMA3": noise}, []), ({}, [])):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ModelWarning)
            fit = ncsi.fit_pls(survey.assign(**changed), inst)
        found = gate_of_errors(fit, infinitesimal_jackknife(fit))
        assert [one.item for one in found.refused] == refused
        assert list(found.withheld) == (["Image"] if "IMA3" in changed else [])
        assert all(np.isnan(one.share) for one in found.verdicts)
        assert not [one for one in found.verdicts if "replicates" in str(one) or "nan" in str(one)]


def test_a_reversed_item_anywhere_stops_the_sector(survey, inst):
    found = judged(survey.assign(IMA2=11 - survey["IMA2"]), inst)
    assert [one.item for one in found.refused] == ["IMA2"]
    assert found.withheld == {}


def test_a_weak_item_of_another_construct_withholds_that_construct(survey, inst):
    """No relation to anything: its weight is at or below zero by chance, its interval reaches above."""
    for seed in range(40):
        noise = np.random.default_rng(seed).integers(1, 11, len(survey))
        fit = ncsi.fit_pls(survey.assign(IMA3=noise), inst)
        if fit.weights.set_index("item")["weight_std"]["IMA3"] <= 0:
            break
    found = gate(ncsi.bootstrap(fit, replicates=200))
    assert found.refused == ()
    assert list(found.withheld) == ["Image"]
    found.require()


def test_the_same_item_in_the_target_stops_the_sector(survey, inst):
    for seed in range(40):
        noise = np.random.default_rng(seed).integers(1, 11, len(survey))
        fit = ncsi.fit_pls(survey.assign(SAT3=noise), inst)
        if fit.weights.set_index("item")["weight_std"]["SAT3"] <= 0:
            break
    assert [one.item for one in gate(ncsi.bootstrap(fit, replicates=200)).refused] == ["SAT3"]


def test_formative_blocks_may_weigh_negatively(survey, inst):
    spec = inst.model_dump(by_alias=True)
    blocks = [c | {"mode": "B"} if c["id"] == "Image" else c for c in spec["constructs"]]
    formative = type(inst).model_validate(spec | {"constructs": blocks})
    boot = ncsi.bootstrap(ncsi.fit_pls(survey.assign(IMA2=11 - survey["IMA2"]), formative), replicates=100)
    assert gate(boot).verdicts == ()


def test_few_effective_respondents_are_told_and_fewer_than_a_block_refused(survey, inst):
    weights = np.ones(len(survey))
    weights[:20] = 200.0
    with pytest.warns(ModelWarning, match=r"2\d effective respondents of 720; .* unsure below 50"):
        fit = ncsi.fit_pls(survey.assign(w=weights), inst, weights="w")
    assert [one.code for one in fit.warnings if one.code == "few_effective"]
    weights[0] = 1e6
    with pytest.raises(ModelError, match=r"1\.0 effective respondents for the 5 items of Quality"):
        ncsi.fit_pls(survey.assign(w=weights), inst, weights="w")


def test_items_that_are_nearly_one_are_named(survey, inst):
    twin = survey.assign(VAL2=survey["VAL1"].where(survey.index > 0, 11 - survey["VAL1"]))
    with pytest.warns(ModelWarning, match=r"items VAL1 VAL2 correlate at 0\.9\d+"):
        fit = ncsi.fit_pls(twin, inst)
    assert ("nearly_one", ("VAL1", "VAL2")) in codes(fit.warnings)
