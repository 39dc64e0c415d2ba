"""A sector's respondents as variables: what they answered, who they are by declared background, flags, weights.

What could lead back to a person is left out: pseudonyms of the store, times, durations, interviewers, devices, files
and rows, and the order of rows. Who refused consent is left out with all answers.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from ncsi.errors import SpecError
from ncsi.export import words
from ncsi.export.labelled import Labelled, Variable, legal_names
from ncsi.quality import FAMILIES, Quality
from ncsi.report.text import phrase
from ncsi.spec import Instrument, Label
from ncsi.spec.background import OTHER
from ncsi.spec.plan import WavePlan
from ncsi.tables.core import background_column
from ncsi.weighting import Weighed

WEIGHTS = "weights"
"""The name by which weights are left out."""
NO_CONSENT = "no_consent"
WEIGHT, REPLICATE, CLUSTER = "weight", "rw_", "cluster"
Order = Callable[[int], Sequence[int]]
"""A random order of the numbers 0 to n - 1."""
Column = tuple[Variable, pd.Series]


def respondents(
    responses: pd.DataFrame,
    quality: Quality,
    weighed: Weighed,
    plan: WavePlan,
    sector_id: str,
    without: Collection[str],
    order: Order,
    clusters: bool = True,
) -> Labelled:
    """Accepted `responses` (rows as the store has them) with their quality and weights, persons numbered anew.

    `weighed`: of the responses that quality keeps, in their order; the others have no weight. `without`: background
    variables, or `weights`, that are left out. `order`: what persons and clusters are numbered by; no key is kept.
    `clusters`: whether these stand beside the weights.
    """
    rows = responses.reset_index(drop=True)
    agreed = (rows["disposition"] != NO_CONSENT).to_numpy(dtype=bool)
    columns = [
        *_who(rows, plan, sector_id, without, order),
        *_answers(rows, plan.instruments[sector_id]),
        *_quality(quality),
        *(() if WEIGHTS in without else _weights(quality, weighed, plan, order, clusters)),
    ]
    called = [one.column for one, _ in columns]
    for name in called:
        if called.count(name) > 1:
            raise SpecError(
                f"wave {plan.wave.id}, sector {sector_id}",
                f"two variables of an export would be called '{name}'",
                "Give the background variable or the item another name, or leave the variable out (`--without`)",
            )
    kinds = {one.kinds_in: rows[one.kinds_in].astype(object) for one, _ in columns if one.kinds_in}
    frame = pd.DataFrame({one.column: values for one, values in columns} | kinds)[agreed]
    names = legal_names(frame.columns)
    variables = tuple(
        replace(one, name=names[one.column], kinds_in=names.get(one.kinds_in, "")) for one, _ in columns
    )
    return Labelled(frame.rename(columns=names).sort_values("respondent", ignore_index=True), variables)


def _who(
    rows: pd.DataFrame, plan: WavePlan, sector_id: str, without: Collection[str], order: Order
) -> Iterator[Column]:
    entry, wave = plan.wave.sector(sector_id), plan.wave
    sector = plan.sectors.sector(sector_id)
    yield Variable("", "respondent", words.RESPONDENT, "number"), _numbered(rows["respondent"], order)
    yield Variable("", "wave", words.WAVE, "coded", ((wave.id, wave.label),)), rows["wave"]
    yield Variable("", "sector", words.SECTOR, "coded", ((sector_id, sector.label),)), rows["sector"]
    if entry.brands:
        units = entry.units or plan.sectors.units_of(sector_id)
        called = Label(zh=units.zh, en=units.one.capitalize())
        brands = tuple((one.id, one.label) for one in entry.brands)
        yield Variable("", "brand", called, "coded", brands), rows["brand"]
    for name, declared in wave.dimensions.items():
        if name in without or background_column(name) not in rows:
            continue
        values = (*((one.id, one.label) for one in declared.values if one.id != OTHER), (OTHER, words.OTHER))
        yield Variable("", name, declared.label, "coded", values), rows[background_column(name)]


def _answers(rows: pd.DataFrame, instrument: Instrument) -> Iterator[Column]:
    for item in instrument.fielded:
        if item.id in rows:
            yield (
                Variable(
                    "", item.id, item.label, "answer", question=item.question, kinds_in=f"{item.id}_missing",
                    lowest=item.scale.min,
                ),
                rows[item.id],
            )  # fmt: skip


def _quality(quality: Quality) -> Iterator[Column]:
    found = quality.by_respondent.reset_index(drop=True)
    yield Variable("", "status", words.STATUS, "coded", words.STATUSES), found["status"]
    flags = found["flags"].astype(str).str.split()
    for rule in FAMILIES:
        name = phrase(f"rq_rule_{rule}")
        label = Label(zh=f"质量标记：{name.zh}", en=f"Quality flag: {name.en}")
        flagged = pd.Series([rule in own for own in flags], dtype=bool)
        yield Variable("", f"flag_{rule}", label, "flag"), flagged


def _weights(
    quality: Quality, weighed: Weighed, plan: WavePlan, order: Order, clusters: bool
) -> Iterator[Column]:
    """Final weights, replicate weights, and clusters where the design declares any; NaN for the excluded."""
    yield Variable("", WEIGHT, words.WEIGHT, "number"), _of_kept(quality, weighed.weights)
    if clusters and plan.wave.weighting is not None and plan.wave.weighting.cluster is not None:
        numbers = _numbered(pd.Series(weighed.design.cluster), order).to_numpy(dtype=float)
        yield Variable("", CLUSTER, words.CLUSTER, "number"), _of_kept(quality, numbers)
    if weighed.replicates is not None:
        for k, column in enumerate(weighed.replicates.weights.T, 1):
            label = Label(zh=words.REPLICATE.zh.format(k=k), en=words.REPLICATE.en.format(k=k))
            yield Variable("", f"{REPLICATE}{k:04d}", label, "number"), _of_kept(quality, column)


def _of_kept(quality: Quality, values: np.ndarray) -> pd.Series:
    whole = np.full(len(quality.kept), np.nan)
    whole[quality.kept] = values
    return pd.Series(whole)


def _numbered(ids: pd.Series, order: Order) -> pd.Series:
    """Numbers from 1 in a random order, the same for the same id."""
    codes, found = pd.factorize(ids)
    return pd.Series(np.asarray(order(len(found)), dtype=np.int64)[codes] + 1)
