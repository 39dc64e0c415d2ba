"""The ways an index might have been made: what sensitivity varies, parsed and named."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

from ncsi.composite.choices import Choices, Mean, Normalisation, choices_of, known, mean_of
from ncsi.composite.steps import COMPUTED
from ncsi.composite.structure import Structure, named_weights
from ncsi.errors import CompositeError
from ncsi.spec.tree import ImputeName, TreatName

if TYPE_CHECKING:
    from ncsi.composite.fit import CompositeFit


@dataclass(frozen=True, slots=True)
class Way:
    """One combination of methods; the structure carries the benchmarks."""

    choices: Choices
    structure: Structure


@dataclass(frozen=True, slots=True)
class MethodInput:
    """A choice to be made: its alternatives by name, and what each does to a way."""

    name: str
    labels: tuple[str, ...]
    steps: tuple[Callable[[Way], Way], ...]


Read = tuple[str, Callable[[Way], Way]]
"""An alternative's name, and what it does to a way."""


def alternatives_of(fit: CompositeFit, choices: Mapping[str, Sequence[Any]]) -> tuple[MethodInput, ...]:
    """What `choices` lists, input by input.

    `impute`, `treat`: names. `normalise`: names (with the fit's range, where that is one), (name, range) pairs or
    `Normalisation`s. `weights`: "given", "equal", "pca", "entropy", "balanced" or weights by code. `aggregate`: names,
    ("power", exponent), one name a level, or means. `benchmarks`: (version, {code: (lower, upper)}) pairs; a code left
    out keeps its own. Raises CompositeError for an input or an alternative that is none, given twice or alone.
    """
    readers: dict[str, Callable[[CompositeFit, Any], Read]] = {
        "impute": _impute, "treat": _treat, "normalise": _normalise, "benchmarks": _benchmarks, "weights": _weights,
        "aggregate": _aggregate,
    }  # fmt: skip
    found = []
    for name, options in choices.items():
        if name not in readers:
            raise CompositeError("choices", f"there is no input '{name}'", f"Use {', '.join(readers)}")
        if isinstance(options, str) or len(options) < 2:
            raise CompositeError(f"choices, {name}", "one alternative is no choice", "List two or more")
        labels, steps = zip(*(readers[name](fit, one) for one in options), strict=True)
        if len(set(labels)) < len(labels):
            twice = next(label for label in labels if labels.count(label) > 1)
            raise CompositeError(f"choices, {name}", f"'{twice}' is listed twice", "List each once")
        found.append(MethodInput(name, labels, steps))
    return tuple(found)


def _with(**changed: Any) -> Callable[[Way], Way]:
    return lambda way: replace(way, choices=replace(way.choices, **changed))


def _impute(_: CompositeFit, one: str) -> Read:
    return one, _with(impute=cast("ImputeName", known("impute", one, ImputeName)))


def _treat(_: CompositeFit, one: str) -> Read:
    return one, _with(treat=cast("TreatName", known("treat", one, TreatName)))


def _normalise(fit: CompositeFit, one: str | tuple[str, tuple[float, float]] | Normalisation) -> Read:
    if isinstance(one, Normalisation):
        how = one
    elif isinstance(one, str):
        own = fit.choices.normalise
        shared = own.to if own.method != "z" and one not in ("z", "rank", "borda") else None
        how = (
            own if one == own.method else choices_of(fit.structure, None, normalise=one, to=shared).normalise
        )
    else:
        how = choices_of(fit.structure, None, normalise=one[0], to=one[1]).normalise
    return how.method if how.to is None else f"{how.method} {how.to[0]:g} {how.to[1]:g}", _with(normalise=how)


def _weights(fit: CompositeFit, one: str | Mapping[str, float]) -> Read:
    if isinstance(one, str):
        if one not in ("given", "equal", *COMPUTED):
            cure = f"Use given, equal, {', '.join(COMPUTED)}, or weights by code"
            raise CompositeError("choices, weights", f"there is no scheme '{one}'", cure)
        return one, _with(weights=one)
    named_weights(fit.structure, one)
    label = " ".join(f"{code} {weight:g}" for code, weight in one.items())
    return label, _with(weights=tuple(one.items()))


def _aggregate(
    fit: CompositeFit, one: str | tuple[str, float] | Mapping[int, str] | tuple[Mean, ...]
) -> Read:
    if isinstance(one, tuple) and all(isinstance(mean, Mean) for mean in one):
        means = cast("tuple[Mean, ...]", one)
        if len(means) != fit.structure.top - 1:
            problem = f"{len(means)} means for {fit.structure.top - 1} levels"
            raise CompositeError("choices, aggregate", problem, "Give one a level, from 2 up")
    elif isinstance(one, tuple):
        means = (mean_of(str(one[0]), float(cast("float", one[1]))),) * (fit.structure.top - 1)
    else:
        means = choices_of(fit.structure, None, aggregate=one).means
    names = [mean.form if mean.power is None else f"{mean.form} {mean.power:g}" for mean in means]
    return names[0] if len(set(names)) == 1 else " ".join(names), _with(means=means)


def _benchmarks(fit: CompositeFit, one: tuple[str, Mapping[str, tuple[float, float]]]) -> Read:
    version, bounds = one
    lower, upper = fit.structure.lower.copy(), fit.structure.upper.copy()
    for code, (low, high) in bounds.items():
        where = f"choices, benchmarks {version}, node {code}"
        if code not in fit.structure.indicators:
            raise CompositeError(where, "there is no indicator of that code", "Name indicators of the tree")
        if not low < high:
            raise CompositeError(
                where, f"the lower {low:g} is not below the upper {high:g}", "Give lower < upper"
            )
        lower[fit.structure.position(code)], upper[fit.structure.position(code)] = low, high
    return version, lambda way: replace(way, structure=replace(way.structure, lower=lower, upper=upper))
