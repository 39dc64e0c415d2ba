"""Errors of replicates against those of the jackknife: what counts as far, and how it is told."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import ncsi
from ncsi.model.inference import error_check
from ncsi.model.inference.error_check import NONE, ErrorCheck, _noise, check_errors
from ncsi.model.resampling.infinitesimal import infinitesimal_jackknife


@pytest.fixture(scope="module")
def boot(survey, inst):
    return ncsi.bootstrap(ncsi.fit_pls(survey.head(240), inst, by="region"), replicates=60)


@pytest.fixture(scope="module")
def jackknife(boot):
    return infinitesimal_jackknife(boot.fit)


def against(boot, jackknife, monkeypatch, factor, noise):
    """The check where the jackknife's errors of paths are the replicates' times `factor`, of others just theirs."""
    frames = {
        name: getattr(boot, name)[
            [one for one in getattr(jackknife, name).columns if one in getattr(boot, name)]
        ]
        for name in error_check.QUANTITIES.values()
    }
    frames["paths"] = frames["paths"].assign(se=frames["paths"]["se"] * factor)
    monkeypatch.setattr(error_check, "infinitesimal_jackknife", lambda *_, **__: replace(jackknife, **frames))
    monkeypatch.setattr(error_check, "_noise", lambda draws: np.full(len(draws), noise))
    return check_errors(boot)


@pytest.mark.parametrize(
    ("factor", "noise", "differs"),
    [
        (1.11, 0.02, True), (1.09, 0.02, False), (0.89, 0.02, True), (0.91, 0.02, False), (1.19, 0.05, False),
        (1.21, 0.05, True), (0.79, 0.05, True), (0.81, 0.05, False),
    ],
)  # fmt: skip
def test_far_is_a_tenth_and_four_times_what_chance_makes(
    boot, jackknife, monkeypatch, factor, noise, differs
):
    found = against(boot, jackknife, monkeypatch, factor, noise)
    of_paths = found.errors["quantity"] == "path"
    assert of_paths.sum() == 11
    assert (found.errors["differs"] == (of_paths & differs)).all()
    assert found.errors.loc[of_paths, "apart"].to_numpy() == pytest.approx(factor - 1)
    assert found.errors.loc[~of_paths, "apart"].to_numpy() == pytest.approx(0)
    assert len(found.differing) == (11 if differs else 0)
    if not differs:
        assert str(found) == (
            f"{len(found.errors)} standard errors agree with those of the infinitesimal jackknife"
        )


def test_every_quantity_is_held_against_its_own(boot, jackknife):
    """Words, keys and errors of both, in the order of the frames; what cannot vary is left out."""
    found = check_errors(boot).errors
    assert found.columns.tolist() == [
        "quantity", "first", "second", "se", "se_jackknife", "apart", "noise", "differs"
    ]  # fmt: skip
    for quantity, name in error_check.QUANTITIES.items():
        own, theirs = getattr(boot, name), getattr(jackknife, name)
        told = found[found["quantity"] == quantity].reset_index(drop=True)
        known = own["se"] > NONE
        assert told["se"].tolist() == own.loc[known, "se"].tolist()
        assert told["se_jackknife"].tolist() == theirs["se"].to_numpy()[known].tolist()
        keys = {"index": ["construct"], "index_by": ["region", "construct"], "path": ["from", "to"],
                "total_effect": ["from", "to"]}.get(quantity, ["construct", "item"])  # fmt: skip
        assert told["first"].tolist() == theirs.loc[known.to_numpy(), keys[0]].tolist()
        second = theirs.loc[known.to_numpy(), keys[1]].tolist() if len(keys) > 1 else [""] * len(told)
        assert told["second"].tolist() == second
    ids = boot.fit.instrument.construct_ids
    draws = boot.draws.index[ids.index("Value")]
    own = found[(found["quantity"] == "index") & (found["first"] == "Value")].iloc[0]
    assert own["noise"] == pytest.approx(np.sqrt((stats.kurtosis(draws, fisher=False) - 1) / (4 * 60)))
    draws = boot.draws.paths[ids.index("Image"), ids.index("Loyalty")]
    own = found[(found["first"] == "Image") & (found["second"] == "Loyalty") & (found["quantity"] == "path")]
    assert own["noise"].item() == pytest.approx(_noise(draws[None])[0])


def test_the_worst_is_told_first():
    errors = pd.DataFrame(
        {
            "quantity": ["path", "index", "weight", "loading"], "first": ["A", "B", "C", "C"],
            "second": ["B", "", "c1", "c2"], "se": [1.0, 2.0, 4.0, 3.0], "se_jackknife": [1.2, 1.0, 4.0, 3.9],
            "apart": [0.2, -0.5, 0.0, 0.3], "noise": 0.01, "differs": [True, True, False, True],
        }
    )  # fmt: skip
    found = ErrorCheck(errors)
    assert found.differing["apart"].tolist() == [-0.5, 0.3, 0.2]
    assert found.differing.index.tolist() == [0, 1, 2]
    assert found.differing.columns.tolist() == errors.columns.tolist()
    assert str(found) == (
        "3 of 4 standard errors are over 10% off those of the infinitesimal jackknife, most that of index B: "
        "2 against 1"
    )
