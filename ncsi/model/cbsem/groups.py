"""A covariance SEM of several groups at once, at each level of what they share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import pandas as pd

from ncsi.arrays import Array, Positions
from ncsi.errors import ModelError, NotConverged
from ncsi.model.cbsem.answers import answers_of
from ncsi.model.cbsem.casewise import Answered, sandwich_of
from ncsi.model.cbsem.estimates import in_metric
from ncsi.model.cbsem.full_information import FullInformation, Part
from ncsi.model.cbsem.group_measures import measures_of
from ncsi.model.cbsem.levels import LEVELS, Level, Names, names_of, sharing, started, with_latent_means
from ncsi.model.cbsem.optimum import Optimum, polish
from ncsi.model.cbsem.respondents import respondents_drawn
from ncsi.model.cbsem.robust import scaled
from ncsi.model.cbsem.saturated import Saturated, saturated_of
from ncsi.model.cbsem.scales import on_scale
from ncsi.model.cbsem.semopy_start import LAMBDA
from ncsi.model.cbsem.solution import Solution, solve
from ncsi.model.moments.coded import taken
from ncsi.model.moments.sample import Sample, Units, check_sample, groups_in, sample_of
from ncsi.model.moments.weighted import Moments

if TYPE_CHECKING:
    from ncsi.spec.instrument import Instrument

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Groups:
    """The groups' answers in one metric: `centre` and `sd` (p,) by item, `solutions` of each alone on its own scale,
    `rows` of each among those of the sample, `units` where clusters were sampled or respondents within strata."""

    labels: tuple[object, ...]
    parts: tuple[Part, ...]
    saturated: Saturated
    solutions: tuple[Solution, ...]
    centre: Array
    sd: Array
    names: Names
    units: Units | None

    @property
    def said(self) -> tuple[str, ...]:
        """Names of the groups."""
        return tuple(str(one) for one in self.labels)

    @property
    def shares(self) -> Array:
        """Part of each group in all respondents."""
        return np.array([part.share for part in self.parts])


@dataclass(frozen=True, slots=True)
class Fitted:
    """A level's model at its optimum: `measures` of fit, `variance` of its parameters, `robust` or by the observed
    information where answers are missing and the expected where none is."""

    level: Level
    answered: Answered
    optimum: Optimum
    measures: dict[str, float]
    variance: Array


def groups_of(
    df: pd.DataFrame, inst: Instrument, group: str, weights: str | None, clusters: str | None, strata: str | None,
    free: tuple[str, ...],
) -> Groups:  # fmt: skip
    """Read the groups in column `group`; rows without one stay out. Raises ModelError naming the group at fault."""
    labels = groups_in(df, group)
    whole = sample_of(df[df[group].notna()], inst, weights, by=None, strata=strata, clusters=clusters)
    if strata and not clusters:
        whole = replace(whole, units=respondents_drawn(whole, strata))
    of = df.loc[df[group].notna(), group].to_numpy()[whole.rows]
    return _read(whole, inst, group, labels, [np.flatnonzero(of == one) for one in labels], free)


def _read(
    whole: Sample,
    inst: Instrument,
    group: str,
    labels: list[object],
    rows: list[Positions],
    free: tuple[str, ...],
) -> Groups:
    called = [f"group {one} of '{group}'" for one in labels]
    samples = [_part_of(whole, one) for one in rows]
    for who, one in zip(called, samples, strict=True):
        within(who, lambda one=one: check_sample(one, inst))  # type: ignore[misc]
    moments = [within(who, one.moments) for who, one in zip(called, samples, strict=True)]
    solutions = [
        within(who, lambda one=one: solve(*on_scale(one, inst), one.n, inst))  # type: ignore[misc]
        for who, one in zip(called, moments, strict=True)
    ]
    first = solutions[0]
    names = names_of(first.layout, first.structure, free)
    centre, sd, parts, saturated = _in_one_metric(samples, moments, rows, first)
    return Groups(tuple(labels), parts, saturated, tuple(solutions), centre, sd, names, whole.units)


def _part_of(whole: Sample, rows: Positions) -> Sample:
    return replace(
        whole, answers=taken(whole.answers, rows), weights=whole.weights[rows], group=whole.group[rows],
        stratum=whole.stratum[rows], rows=whole.rows[rows], units=None,
    )  # fmt: skip


def within(who: str, job: Callable[[], T]) -> T:
    """The job's result; its errors name the group."""
    try:
        return job()
    except NotConverged as error:
        raise NotConverged(f"{who}: {error}") from error
    except ModelError as error:
        raise ModelError(f"{who}: {error}") from error


def _in_one_metric(
    samples: list[Sample], moments: list[Moments], rows: list[Positions], first: Solution
) -> tuple[Array, Array, tuple[Part, ...], Saturated]:
    """Answers about the pooled means in pooled standard deviations: a loading that is equal on the items' scale is
    equal there too. `centre` and `sd` are on 0-100."""
    order = first.structure.order
    sizes = np.array([len(one.X) for one in samples])
    shares = sizes / sizes.sum()
    sd = np.sqrt(np.average([np.diag(one.cov) for one in moments], axis=0, weights=shares))
    centre = np.average([one.mean for one in moments], axis=0, weights=shares)
    answers = tuple(answers_of(((one.X - centre) / sd)[:, order], one.weights) for one in samples)
    nowhere = np.zeros(0, dtype=np.intp)
    parts = tuple(
        Part(one, float(share), nowhere, at) for one, share, at in zip(answers, shares, rows, strict=True)
    )
    means = tuple(((one.mean - centre) / sd)[order] for one in moments)
    covs = tuple((one.cov / np.outer(sd, sd))[np.ix_(order, order)] for one in moments)
    return centre, sd, parts, saturated_of(answers, means, covs, tuple(shares.tolist()))


def fit_levels(groups: Groups, inst: Instrument, robust: bool) -> dict[Level, Fitted]:
    """The optimum of each level that has one, each started from the one before. NotConverged without the first."""
    first = groups.solutions[0]
    structure = first.structure
    q, p, latent = structure.n_parameters, len(structure.order), len(structure.measured)
    item_sd = groups.sd * on_unit(inst)
    own: Array = np.zeros((len(groups.parts), q + p + latent))
    for k, one in enumerate(groups.solutions):
        own[k, :q] = in_metric(one.structure, one.optimum.theta, one.sd / item_sd)
        own[k, q : q + p] = groups.saturated.means[k]
    found: dict[Level, Fitted] = {}
    for level in LEVELS:
        to = sharing(groups.names, groups.said, level, latent)
        parts = tuple(replace(part, at=at) for part, at in zip(groups.parts, to.at, strict=True))
        problem = FullInformation(structure, parts, to.labels, groups.saturated.value)
        if level == "scalar":
            own = with_latent_means(
                own, structure, structure.filled(own[0, :q])[LAMBDA][:, structure.measured]
            )
        start = started(own, to, groups.shares)
        try:
            optimum = polish(problem, start)
        except NotConverged as error:
            if not found:
                raise NotConverged(f"{level} model: {error}") from error
            continue
        answered = Answered(problem, groups.saturated, groups.units, item_sd[structure.order])
        found[level] = _at_optimum(level, answered, optimum, robust)
        own = np.stack([part.own(optimum.theta) for part in parts])
    return found


def on_unit(inst: Instrument) -> Array:
    """A hundredth of each item's scale (p,)."""
    return np.array([(one.scale.max - one.scale.min) / 100 for one in inst.items], dtype=np.float64)


def _at_optimum(level: Level, answered: Answered, optimum: Optimum, robust: bool) -> Fitted:
    measures = measures_of(answered, optimum.point)
    if not robust:
        whole = all(part.answers.mask.all() for part in answered.problem.parts)
        information = 0.5 * answered.n * (optimum.expected if whole else optimum.observed)
        return Fitted(level, answered, optimum, measures, np.linalg.inv(information))
    made = sandwich_of(answered, optimum, measures["df"], measures["baseline.df"])
    told = scaled(pd.Series(measures), answered.n, made, len(answered.problem.parts))
    return Fitted(level, answered, optimum, measures | {str(k): v for k, v in told.items()}, made.variance)
