"""One small survey and its results, for every chart; charts are drawn off screen and closed again."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt

import ncsi
from ncsi.model.inference.moderation import johnson_neyman

mpl.use("Agg")


class Results:
    """Results of a small survey, each made when it is first drawn; `drawn`: charts that several tests look at."""

    def __init__(self):
        self.drawn = {}

    @cached_property
    def survey(self):
        return pd.read_csv(Path(__file__).parents[2] / "golden" / "golden.csv")

    @cached_property
    def inst(self):
        return ncsi.load_instrument("ccsi")

    @cached_property
    def fit(self):
        return ncsi.fit_pls(self.survey, self.inst, weights="weight", by="brand")

    @cached_property
    def boot(self):
        return ncsi.bootstrap(self.fit, replicates=200, seed=2)

    @cached_property
    def mediation(self):
        return ncsi.mediation(self.boot)

    @cached_property
    def shares(self):
        return ncsi.importance(self.boot)

    @cached_property
    def groups(self):
        return ncsi.compare_groups(self.survey, self.inst, group="region", replicates=100, weights="weight")

    @cached_property
    def gaps(self):
        """The survey with answers missing at random, two items often together."""
        frame, rng = self.survey.copy(), np.random.default_rng(1)
        for item, share in (("QUA4", 0.2), ("LOY3", 0.08), ("EXP1", 0.05)):
            frame.loc[rng.random(len(frame)) < share, item] = np.nan
        frame.loc[rng.random(len(frame)) < 0.1, ["QUA4", "QUA5"]] = np.nan
        return frame

    @cached_property
    def moderated(self):
        return ncsi.moderation(self.fit, "Image", "Satisfaction", "Loyalty", replicates=50)

    @cached_property
    def conditional(self):
        """The same with a slope that is told from 0 on one side of the moderator alone."""
        slope, change, covariance = 0.2, 0.15, np.diag([0.05, 0.04]) ** 2
        x = self.moderated.floodlight["moderator"].to_numpy()
        se = np.sqrt(covariance[0, 0] + x**2 * covariance[1, 1])
        at = slope + change * x
        lit = pd.DataFrame(
            {"moderator": x, "estimate": at, "se": se, "low": at - 2 * se, "high": at + 2 * se}
        )
        bounds = johnson_neyman(slope, change, covariance, 2.0)
        neyman = pd.DataFrame({"bound": bounds, "observed": True})
        return replace(self.moderated.found[0], floodlight=lit, johnson_neyman=neyman, significant=0.7)

    @cached_property
    def conditions(self):
        return ncsi.nca(self.fit, permutations=50)

    @cached_property
    def mixtures(self):
        return ncsi.segments(self.fit, k=(1, 2, 3), starts=10, intercepts=True, simulations=0)

    @cached_property
    def tree(self):
        """Of groups whose paths and indices were made to differ."""
        frame = self.survey.assign(side=np.arange(720) % 2, third=np.arange(720) % 3)
        for item in ("SAT1", "SAT2", "SAT3"):
            lower = frame[item] - np.where(frame["side"] == 0, 2, 0) - np.where(frame["third"] == 0, 1, 0)
            frame[item] = lower.clip(1, 10)
        fit = ncsi.fit_pls(frame, self.inst)
        return ncsi.split_tree(fit, by=["side", "third"], on="index", depth=2, signs=99)

    @cached_property
    def tetrads(self):
        return ncsi.tetrads(self.fit)

    @cached_property
    def micom(self):
        return ncsi.micom(self.survey, self.inst, "region", permutations=50)

    @cached_property
    def impact(self):
        return ncsi.asymmetry(self.survey, self.inst)

    @cached_property
    def predicted(self):
        return ncsi.predict(self.survey, self.inst, folds=5)

    @cached_property
    def losses(self):
        return ncsi.cvpat(self.fit, folds=5)

    @cached_property
    def two_waves(self):
        """The survey as two waves that share a part of their respondents, with birth years."""
        halves = (("2025", self.survey.iloc[:400]), ("2026", self.survey.iloc[200:]))
        frame = pd.concat([one.assign(wave=name) for name, one in halves], ignore_index=True)
        score = frame[["SAT1", "SAT2", "SAT3"]].mean(axis=1) + (frame["wave"] == "2026")
        score += 0.4 * (frame.index * 7 % 5 - 2) + 0.2 * (frame["region"] == "East") * (
            frame["wave"] == "2026"
        )
        return frame.assign(score=score, born=1950 + frame.index % 50).drop(index=range(350, 400))

    @cached_property
    def why(self):
        return ncsi.decompose_change(self.two_waves, "score", "region", weights="weight", person="respondent")

    @cached_property
    def within(self):
        return ncsi.change_within(self.two_waves, "score", "respondent", weights="weight")

    @cached_property
    def covariances(self):
        return ncsi.fit_cbsem(self.survey, self.inst, weights="weight", robust=True)

    @cached_property
    def cohorts(self):
        return ncsi.cohorts(self.two_waves, "score", "born", cuts=(1965, 1980), weights="weight")

    @cached_property
    def copula(self):
        return ncsi.gaussian_copula(self.fit, replicates=50)

    @cached_property
    def congruence(self):
        return ncsi.congruence(self.boot)

    @cached_property
    def ordinal(self):
        return ncsi.ordinal_pls(self.fit)

    @cached_property
    def corners(self):
        return ncsi.esse(self.fit, "Satisfaction")

    @cached_property
    def levels(self):
        return ncsi.invariance(self.survey, self.inst, "region")

    @cached_property
    def choice(self):
        return ncsi.model_choice({"all paths": self.fit, "fewer": self.fit.update(drop="Image -> Loyalty")})

    @cached_property
    def wald(self):
        return ncsi.compare_groups(self.survey, self.inst, group="region", method="wald", replicates=50)

    @cached_property
    def omnibus(self):
        return ncsi.compare_groups(self.survey, self.inst, group="region", method="omnibus", replicates=50)

    @cached_property
    def raked(self):
        shares = self.survey["region"].value_counts(normalize=True) ** 2
        return ncsi.rake(self.survey, {"region": (shares / shares.sum()).to_dict()}, base="weight")

    @cached_property
    def waves(self):
        frame = pd.DataFrame(
            {
                "wave": ["2025Q1", "2025Q2", "2025Q3", "2025Q4", "2026Q1", "2026Q2"],
                "index_0_100": [74.2, 74.6, 74.1, 75.0, 75.9, 76.4],
                "break": ["", "", "instrument", "", "", ""],
            }
        )
        return frame.assign(low=frame["index_0_100"] - 0.5, high=frame["index_0_100"] + 0.6)


@pytest.fixture(scope="session")
def results():
    return Results()


@pytest.fixture(autouse=True)
def closed():
    plt.close("all")  # what tests of notebooks left open in this process
    yield
    plt.close("all")
