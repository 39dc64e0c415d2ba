"""Mediation against SEMinR 2.3.4 (docs/method.md §33)."""

from __future__ import annotations

import pytest

from ncsi.model import mediation


@pytest.fixture(scope="module")
def found(boot):
    return mediation(boot)


def test_every_chain(case, found, close):
    expected = {row["chain"]: row["effect"] for row in case.expected("mediation")["specific_indirect"]}
    assert len(expected) == len(found.chains) == 29
    close("specific indirect", found.chains.set_index("chain")["estimate"], expected, 1e-8)


def test_direct_indirect_total_and_vaf(case, found, close):
    effects = {(row["from"], row["to"]): row for row in found.effects.to_dict("records")}
    theirs = case.expected("mediation")["totals"]
    assert len(theirs) == len(effects)
    for row in theirs:
        ours = effects[row["from"], row["to"]]
        close("indirect", ours["indirect"], row["total_indirect"], 1e-8)
        close("total", ours["total"], row["total"], 1e-8)
        if row["has_direct_path"]:
            close("direct", ours["direct"], row["direct"], 1e-8)
            if ours["vaf"] == ours["vaf"]:
                close("vaf", ours["vaf"], row["vaf"], 1e-8)
        else:
            assert ours["kind"] == "direct_not_modelled"
            assert ours["vaf"] != ours["vaf"]


def test_errors_and_intervals(case, found):
    chains = found.chains.set_index("chain")
    for row in case.expected("mediation")["bootstrap_specific"]:
        ours, width = chains.loc[row["chain"]], row["hi95"] - row["lo95"]
        assert ours["se"] == pytest.approx(row["boot_sd"], rel=0.05)
        assert ours["low"] == pytest.approx(row["lo95"], abs=max(0.006, 0.12 * width))
        assert ours["high"] == pytest.approx(row["hi95"], abs=max(0.006, 0.12 * width))


def test_the_survey_whose_truth_is_known_has_no_path_from_expectation_to_satisfaction(case, found):
    kind = found.effects.set_index(["from", "to"])["kind"]["Expectation", "Satisfaction"]
    assert kind == ("indirect_only" if "segment" in case.df else "complementary")
