"""The choices a composite index rests on: one frozen record, which sensitivity varies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast, get_args

from ncsi.errors import CompositeError
from ncsi.spec.tree import AggregateName, ImputeName, NormaliseName, TreatName

if TYPE_CHECKING:
    from ncsi.composite.structure import Structure
    from ncsi.spec.tree import Method

_RANGES: dict[NormaliseName, tuple[float, float]] = {
    "fixed": (0.0, 100.0),
    "minmax": (0.0, 100.0),
    "z": (0.0, 1.0),
    "percentile_rank": (0.0, 1.0),
    "target": (0.0, 1.0),
    "reference": (0.0, 1.0),
    "fraction": (0.0, 1.0),
}
"""Where the caller names none; `rank` and `borda` have none."""


@dataclass(frozen=True, slots=True)
class Normalisation:
    """How raw values become scores that rise with goodness.

    `to`: (worst, best) of the scores; (mean, sd) of `z`; None of `rank` and `borda`. `cap`: whether `target` stops at
    the target. `reference`: the unit that `reference` measures from.
    """

    method: NormaliseName
    to: tuple[float, float] | None
    cap: bool = True
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class Mean:
    """How an aggregate is made of its children; `power` is the exponent p of the power mean, else None."""

    form: AggregateName
    power: float | None = None


@dataclass(frozen=True, slots=True)
class Choices:
    """What of the ways open was taken.

    `impute`: the rule where an indicator declares none. `weights`: "given" (by the tree), "equal" (among siblings),
    or (code, weight) pairs. `means`: one for each level, from 2 up.
    """

    impute: ImputeName
    treat: TreatName
    normalise: Normalisation
    weights: str | tuple[tuple[str, float], ...]
    means: tuple[Mean, ...]


def choices_of(
    structure: Structure,
    method: Method | None,
    impute: str | None = None,
    treat: str | None = None,
    normalise: str | Normalisation | None = None,
    to: tuple[float, float] | None = None,
    weights: str | Mapping[str, float] = "given",
    aggregate: str | Mapping[int, str] | None = None,
    power: float | None = None,
    cap: bool = True,
    reference: str | None = None,
) -> Choices:
    """The arguments of `fit_composite` as choices; what is None is the tree's `method`, else the plainest way.

    Raises CompositeError for an unknown name, a range that does not rise, a level without a mean.
    """
    return Choices(
        impute=cast(
            "ImputeName", known("impute", impute or (method.impute if method else "none"), ImputeName)
        ),
        treat=cast("TreatName", known("treat", treat or (method.treat if method else "none"), TreatName)),
        normalise=_normalisation(method, normalise, to, cap, reference),
        weights=_weights(weights),
        means=_means(structure, method, aggregate, power),
    )


def _weights(weights: str | Mapping[str, float]) -> str | tuple[tuple[str, float], ...]:
    if isinstance(weights, str):
        return weights
    if not isinstance(weights, Mapping):
        raise CompositeError("weights", f"{weights!r} is no scheme", "Give one by name, or weights by code")
    return tuple(weights.items())


def known(argument: str, name: object, names: object) -> str:
    """The name, where it is one of a Literal's. Raises CompositeError."""
    if name not in get_args(names):
        raise CompositeError(argument, f"there is no '{name}'", "Use one of " + ", ".join(get_args(names)))
    return str(name)


def _normalisation(
    method: Method | None,
    normalise: str | Normalisation | None,
    to: tuple[float, float] | None,
    cap: bool,
    reference: str | None,
) -> Normalisation:
    if isinstance(normalise, Normalisation):
        return normalise
    if method is not None and normalise in (None, method.normalise):
        normalise, to = method.normalise, to or method.to
    name = cast("NormaliseName", known("normalise", normalise or "fixed", NormaliseName))
    if to is not None and len(tuple(to)) != 2:
        raise CompositeError("to", f"{to!r} is no range", "Give two numbers, the score of the worst first")
    if name not in _RANGES and to is not None:
        raise CompositeError("to", f"`{name}` gives ranks, which have no range", "Leave `to` out")
    span = _RANGES.get(name) if to is None else (float(to[0]), float(to[1]))
    if span is not None and name != "z" and not span[0] < span[1]:
        raise CompositeError(
            "to", f"the range {span[0]:g} to {span[1]:g} does not rise", "Give the worst first"
        )
    if span is not None and name == "z" and not span[1] > 0:
        raise CompositeError("to", f"the sd of `z` is {span[1]:g}", "Give (mean, sd), the sd positive")
    if (name == "reference") != (reference is not None):
        raise CompositeError("reference", "a reference unit goes with `reference`", "Give both or neither")
    return Normalisation(name, span, cap, reference)


def _means(
    structure: Structure,
    method: Method | None,
    aggregate: str | Mapping[int, str] | None,
    power: float | None,
) -> tuple[Mean, ...]:
    levels = range(2, structure.top + 1)
    if aggregate is None and method is not None:
        if isinstance(method.aggregate, tuple):
            declared = {one.level: mean_of(one.aggregate, one.power) for one in method.aggregate}
            return tuple(declared[level] for level in levels)
        aggregate, power = method.aggregate, method.power
    if aggregate is None or isinstance(aggregate, str):
        return (mean_of(aggregate or "arithmetic", power),) * len(levels)
    if sorted(aggregate) != list(levels):
        problem = f"the levels above the indicators are 2 to {structure.top}, not {sorted(aggregate)}"
        raise CompositeError("aggregate", problem, "Name a mean for each of them")
    if "copeland" in aggregate.values():
        raise CompositeError("aggregate", "copeland is not made level by level", "Use it alone")
    return tuple(
        mean_of(aggregate[level], power if aggregate[level] == "power" else None) for level in levels
    )


def mean_of(name: str, power: float | None) -> Mean:
    """A mean by its name. Raises CompositeError for an unknown one and an exponent missing or without use."""
    form = cast("AggregateName", known("aggregate", name, AggregateName))
    if (form == "power") != (power is not None):
        raise CompositeError(
            "power", "an exponent goes with `power`, and only with it", "Give both or neither"
        )
    if power is not None and not (power != 0 and abs(power) <= 20):
        raise CompositeError(
            "power", f"the exponent is {power:g}", "Use another than 0 (geometric), within ±20"
        )
    return Mean(form) if power is None else Mean(form, float(power))
