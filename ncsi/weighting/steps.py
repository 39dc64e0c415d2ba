"""The steps of weighting in order: base, frame, non-response, calibration to margins, trimming, replicates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ncsi.errors import InputError, LeftOut, LonelyStratum, NotConverged, WeightingError
from ncsi.spec import PLAIN, MarginTable, Wave, WaveSector, Weighting
from ncsi.survey import Design, Replicates, design_of, jackknife, rao_wu
from ncsi.survey.calibrate import linear
from ncsi.survey.design import Floats, Lonely
from ncsi.survey.design_columns import crossed
from ncsi.survey.known_margins import Margin
from ncsi.survey.raking import raked
from ncsi.survey.trim import trimmed
from ncsi.weighting.attrition import attrition_margin
from ncsi.weighting.targets import (
    Target,
    columns_of,
    file_target,
    frame_factors,
    require_filled,
    targets_of,
)

SLACK = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Used:
    """What is used of a weighting once a model is fitted: how many weights there are, the `smallest` and the `largest`;
    `replicates` and `by_share` as of `Weighed`; the most degrees of freedom that errors have, those of the design where
    replicates carry them."""

    n: int
    smallest: float
    largest: float
    replicates: Replicates | None
    degrees_of_freedom: float
    by_share: bool


@dataclass(frozen=True, slots=True, eq=False)
class _After:
    """Weights (n,) after each step, of one that was not taken the very array of the step before: `base` times `frame`
    is `own`; `adjusted` for non-response and attrition, `calibrated`, `final`; `scale` brings their mean to 1."""

    base: Floats
    frame: Floats
    own: Floats
    adjusted: Floats
    calibrated: Floats
    final: Floats
    scale: float

    def factors(self, run: slice) -> dict[str, Floats]:
        """The factor of each step, of a run of the responses; the scale is in that of calibration."""
        return {
            "weight_base": self.base[run],
            "factor_frame": self.frame[run],
            "factor_nonresponse": self.adjusted[run] / self.own[run],
            "factor_calibration": self.calibrated[run] / self.adjusted[run] / self.scale,
            "factor_trimming": self.final[run] / self.calibrated[run],
        }

    def scaled(self) -> tuple[_After, Floats]:
        """The same with its scale, and the weights that all factors multiply to, mean 1."""
        weight = self.calibrated / self.adjusted
        weight *= self.own if self.adjusted is self.own else self.own * (self.adjusted / self.own)
        if self.final is not self.calibrated:
            weight *= self.final / self.calibrated
        mean = float(weight.mean())
        weight /= mean
        return replace(self, scale=mean), weight


@dataclass(frozen=True, slots=True, eq=False)
class Weighed:
    """Weights of n responses, in their order.

    `weights`: final ones (n,), mean 1. `after`: what each step left, taken or not. `targets`: what they were calibrated
    to. `design` holds strata and clusters; `replicates` are calibrated each, None where none are declared. `steps`: the
    steps taken, each with the weights after it. `trimmed`: weights that a bound cut.
    """

    weights: Floats
    after: _After
    targets: tuple[Target, ...]
    design: Design
    replicates: Replicates | None
    steps: Mapping[str, Floats]
    trimmed: int

    @property
    def method(self) -> tuple[str, ...]:
        """The steps taken, in their order."""
        return tuple(self.steps)

    @property
    def before(self) -> Floats:
        """Weights before calibration."""
        return self.after.adjusted

    @property
    def factors(self) -> pd.DataFrame:
        """weight_base, factor_frame, factor_nonresponse, factor_calibration, factor_trimming and their product
        `weight`."""
        return self.factors_of(slice(None))

    def factors_of(self, run: slice) -> pd.DataFrame:
        """The same of a run of the responses."""
        return pd.DataFrame({**self.after.factors(run), "weight": self.weights[run]}, copy=False)

    @property
    def by_share(self) -> bool:
        """Whether brands weigh their market share rather than their share of the sample."""
        return any(one.margin.name == "brand" for one in self.targets)

    def used(self) -> Used:
        """What is used of it once a model is fitted."""
        weights, made = self.weights, self.replicates
        df = np.inf if made is None else float(self.design.degrees_of_freedom())
        return Used(len(weights), float(weights.min()), float(weights.max()), made, df, self.by_share)


def weigh(
    responses: pd.DataFrame, wave: Wave, entry: WaveSector, totals: Mapping[str, MarginTable], seed: int = 1
) -> Weighed:
    """Weights of a sector's responses as its wave declares them; `totals` are its files by name.

    `responses` need brand, weight_base and what the weighting names. A wave without a weighting has base weights
    and its brands' shares. Raises WeightingError naming wave, sector, margin, category and cure; NotConverged
    where margins, or margins and bounds, contradict each other.
    """
    try:
        return _weighed(responses, wave, entry, totals, seed)
    except InputError as error:
        place = f"wave {wave.id}, sector {entry.id}, {error.where}"
        raise WeightingError(place, error.problem, _cure(error)) from error
    except NotConverged as error:
        raise NotConverged(f"wave {wave.id}, sector {entry.id}, {error}") from error


def _cure(error: InputError) -> str:
    """In words of the wave file where there are such."""
    match error:
        case LeftOut(margin="brand"):
            return (
                "A brand of so few cannot be weighted to its share in every replicate: set `brand_share: false` under "
                "`weighting`, or declare no strata, so that each brand is one and keeps respondents"
            )
        case LonelyStratum():
            return (
                "Join it to a similar stratum, or let it count as drawn with certainty: `lonely: certainty`"
            )
    return error.cure


def _weighed(
    responses: pd.DataFrame, wave: Wave, entry: WaveSector, totals: Mapping[str, MarginTable], seed: int
) -> Weighed:
    weighting, rows = wave.weighting or PLAIN, columns_of(responses, wave)
    base: Floats = _base(responses)
    frame: Floats = np.broadcast_to(1.0, len(rows))
    own = base
    if weighting.frame is not None:
        frame = frame_factors(rows, weighting.frame, totals[weighting.frame.file], entry.id)
        own = base * frame
    classes = []
    if weighting.nonresponse is not None:
        source = weighting.nonresponse
        classes.append(file_target(rows, source, totals[source.file], entry.id, own).margin)
    responding = raked(own, classes) if classes else own
    lost = attrition_margin(responses.reset_index(drop=True), responding)
    if lost is not None:
        classes.append(lost)
    adjusted = raked(own, classes) if lost is not None else responding
    targets = targets_of(rows, wave, entry, totals, adjusted)
    rows = rows[[name for name in ("brand", *weighting.strata, weighting.cluster) if name in rows]]
    margins = [one.margin for one in targets]
    calibrated = _calibrated(adjusted, margins, weighting)
    final, cut = _trimmed(calibrated, margins, weighting)
    drawn = own if final is calibrated else own * (final / calibrated)
    design = _design(rows.assign(weight=drawn), weighting)
    calibration = "post_stratification" if len(targets) == 1 else weighting.method
    by_step = {
        "base": base, "frame": own, "nonresponse": responding, "attrition": adjusted, calibration: calibrated,
        "trimming": final,
    }  # fmt: skip
    after, weights = _After(base, frame, own, adjusted, calibrated, final, 1.0).scaled()
    taken = _taken(weighting, lost is not None, calibration if targets else "")
    return Weighed(
        weights, after, targets, design, _replicates(design, classes, margins, weighting, seed),
        {name: one for name, one in by_step.items() if name in taken}, cut,
    )  # fmt: skip


def _base(responses: pd.DataFrame) -> Floats:
    base = responses["weight_base"].to_numpy(dtype=np.float64, na_value=np.nan)
    bad = ~(np.isfinite(base) & (base > 0))
    if bad.any():
        raise InputError(
            "base weights",
            f"{int(bad.sum())} of {len(base)} are zero, negative or missing",
            "Correct the file's weights and ingest it again",
        )
    return base


def _calibrated(weights: Floats, margins: list[Margin], weighting: Weighting) -> Floats:
    """Weights (n,), or (n, R), that meet the margins; without margins with a mean of 1."""
    if not margins:
        return np.asarray(weights / weights.mean(axis=0))
    return linear(weights, margins) if weighting.method == "linear" else raked(weights, margins)


def _trimmed(weights: Floats, margins: list[Margin], weighting: Weighting) -> tuple[Floats, int]:
    """Weights within the bounds, and how many were outside them."""
    if weighting.bounds is None:
        return weights, 0
    low, high = weighting.bounds.low, weighting.bounds.high
    outside = (weights < low * (1 - SLACK)) | (weights > high * (1 + SLACK))
    return trimmed(weights, (low, high), margins) if outside.any() else weights, int(outside.sum())


def _design(rows: pd.DataFrame, weighting: Weighting) -> Design:
    """Strata and clusters as declared; without either, the brands are strata, of which one with a single respondent
    keeps it in every replicate, as where respondents are drawn again."""
    brands = not weighting.strata and not weighting.cluster
    names = ["brand"] if brands else list(weighting.strata)
    declared = [*weighting.strata, *([weighting.cluster] if weighting.cluster else [])]
    require_filled(
        rows, declared, "The design needs it of every response: map it, or leave it out of the design"
    )
    marked = rows.assign(stratum=_joined(rows, names))
    lonely: Lonely = "remove" if brands or weighting.lonely == "certainty" else "error"
    return design_of(marked, "weight", "stratum", weighting.cluster, lonely=lonely)


def _joined(rows: pd.DataFrame, names: list[str]) -> pd.Series:
    """The stratum of each row by the texts of some columns; without any, all are one."""
    if not names:
        return pd.Series(pd.Categorical.from_codes(np.zeros(len(rows), dtype=np.int8), pd.Index(["all"])))
    if len(names) == 1:
        return rows[names[0]]
    which, first = crossed([np.asarray(pd.Categorical(rows[name]).codes) for name in names])
    texts = [" × ".join(map(str, one)) for one in rows[names].iloc[first].itertuples(index=False)]
    among = pd.Categorical(texts)
    return pd.Series(pd.Categorical.from_codes(np.asarray(among.codes)[which], among.categories))


def _replicates(
    design: Design, classes: list[Margin], margins: list[Margin], weighting: Weighting, seed: int
) -> Replicates | None:
    """Replicate weights, each adjusted and calibrated anew; the factors of trimming stay."""
    declared = weighting.replicates
    if declared is None:
        return None
    made = jackknife(design) if declared.method == "jackknife" else rao_wu(design, declared.number, seed)
    if classes:
        made = made.reweighted(lambda sets: raked(sets, classes))
    return made.reweighted(lambda sets: _calibrated(sets, margins, weighting))


def _taken(weighting: Weighting, attrition: bool, calibration: str) -> frozenset[str]:
    """The steps that are declared; `calibration`: what the one to margins is called, empty without margins."""
    declared = {
        "base": True,
        "frame": weighting.frame is not None,
        "nonresponse": weighting.nonresponse is not None,
        "attrition": attrition,
        calibration: bool(calibration),
        "trimming": weighting.bounds is not None,
    }
    return frozenset(name for name, is_so in declared.items() if is_so)
