"""Covariance SEM of one sample by the likelihood of every answer given (full information, FIML)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ncsi.arrays import Array
from ncsi.errors import NotConverged
from ncsi.model.cbsem.answers import answers_of
from ncsi.model.cbsem.casewise import Answered, sandwich_of
from ncsi.model.cbsem.checks import nearly_one
from ncsi.model.cbsem.full_information import FullInformation, Part
from ncsi.model.cbsem.group_measures import measures_of
from ncsi.model.cbsem.optimum import polish
from ncsi.model.cbsem.robust import scaled
from ncsi.model.cbsem.saturated import saturated_of
from ncsi.model.cbsem.scales import on_items_scale, on_scale
from ncsi.model.cbsem.solution import CbsemFit, Solution, labels_of, parameter_table, solve
from ncsi.model.moments.sample import Sample, Units
from ncsi.model.moments.weighted import Moments

if TYPE_CHECKING:
    from ncsi.spec.instrument import Instrument


def fit_full_information(
    sample: Sample, moments: Moments, inst: Instrument, robust: bool, units: Units | None
) -> CbsemFit:
    """Maximise the likelihood of the answers in `sample`, starting from the model of their EM `moments`.

    Means are saturated. Standard errors are of the observed information, or `robust`, by respondents or by `units`.
    χ² is against the saturated model, whose likelihood the EM moments maximise. Raises as `fit_cbsem_moments`.
    Source: Anderson (1957); Arbuckle (1996); Savalei (2010) for the sandwich.
    """
    cov, mean = on_scale(moments, inst)
    start = solve(cov, mean, moments.n, inst)
    answered = _answered(sample, moments, start, units)
    q, p = start.structure.n_parameters, len(start.sample)
    try:
        optimum = polish(answered.problem, np.concatenate([start.optimum.theta, np.zeros(p)]))
    except NotConverged as error:
        raise NotConverged(f"{error}{nearly_one(moments.correlations, inst)}") from error
    solution = replace(start, optimum=optimum)
    measures = pd.Series(measures_of(answered, optimum.point), name="value", dtype=float)
    measures = measures.rename_axis("measure")
    if robust:
        found = sandwich_of(answered, optimum, measures["df"], measures["baseline.df"])
        variance = found.variance
        measures = pd.concat([measures, scaled(measures, moments.n, found)])
    else:
        variance = np.linalg.inv(0.5 * moments.n * optimum.observed)
    table, warnings = parameter_table(solution, variance[:q, :q], inst)
    items = list(inst.item_ids)
    return CbsemFit(
        estimates=table, fit_measures=measures, n=moments.n, robust=robust, warnings=warnings,
        gradient_norm=optimum.gradient_norm, cov=pd.DataFrame(cov, index=items, columns=items),
        mean=pd.Series(_means(solution, moments, inst), index=items, name="mean"), missing="fiml",
        solution=solution, influence=None, answered=answered,
    )  # fmt: skip


def _answered(sample: Sample, moments: Moments, start: Solution, units: Units | None) -> Answered:
    """The likelihood of the answers in standard deviations about their means, in the model's order."""
    order = start.structure.order
    answers = answers_of(((sample.X - moments.mean) / moments.sd)[:, order], sample.weights)
    p, latent = len(order), len(start.structure.measured)
    saturated = saturated_of((answers,), (np.zeros(p),), (start.sample,), (1.0,))
    at = np.concatenate([np.arange(start.structure.n_parameters + p), np.full(latent, -1)])
    labels = (*labels_of(start.layout, start.structure), *(f"{start.layout.items[k]} ~1" for k in order))
    part = Part(answers, 1.0, at, np.arange(answers.n))
    return Answered(
        FullInformation(start.structure, (part,), labels, saturated.value), saturated, units, start.sd[order]
    )


def _means(solution: Solution, moments: Moments, inst: Instrument) -> Array:
    """Means of the items under the model, on their scales."""
    off = np.empty(len(moments.mean))
    off[solution.structure.order] = solution.optimum.theta[solution.structure.n_parameters :]
    return on_items_scale(moments.mean + off * moments.sd, inst)
