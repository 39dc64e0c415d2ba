"""Comparative product tests (质量比较试验) as a measure: what is measured, its limits, its uncertainty."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ncsi.errors import SpecError
from ncsi.spec.building_blocks import Flag, Identifier, Label, Real, Spec, Whole
from ncsi.spec.index_definition import Ends
from ncsi.spec.measures.definition import MeasureDefinition
from ncsi.spec.problems import Where, check_known, check_labels, check_unique

Guard = Literal["likely", "strict", "shared"]
Positive = Annotated[Real, Field(gt=0)]


class Component(Spec):
    """A systematic part of a measurement's uncertainty: its standard uncertainty in the unit of the characteristic, or
    in per cent of the value (`relative`), what the result changes by a unit of it, and its degrees of freedom (none:
    infinite)."""

    label: Label
    u: Annotated[Real, Field(ge=0)]
    relative: Flag = False
    sensitivity: Real = 1.0
    df: Positive | None = None


class Benchmarks(Spec):
    """Values scored 0 and 100; lower is better where `best` lies below `worst`."""

    worst: Real
    best: Real


class Characteristic(Spec):
    """What is measured of each product.

    Limits: `lower` and `upper` with the guard band between them and the region where a product is said to conform;
    `safety`: a failure makes the whole product fail, whatever its score. Worth: `benchmarks` and `weight`; none, it is
    not scored. Uncertainty: `budget`, the systematic parts; or `u`, the standard uncertainty of one result; or none,
    and the file has to give it. `repeatability`: s_r of the method, by default that of the repeats; `sigma`: standard
    deviation for proficiency, by default that of the laboratories.
    """

    id: Identifier
    label: Label
    unit: Label
    source: Identifier
    names: tuple[str, ...] = ()
    lower: Real | None = None
    upper: Real | None = None
    guard: Guard = "likely"
    safety: Flag = False
    benchmarks: Benchmarks | None = None
    weight: Positive = 1.0
    u: Positive | None = None
    budget: tuple[Component, ...] = ()
    repeatability: Positive | None = None
    sigma: Positive | None = None
    plausible: Ends | None = None
    digits: Annotated[Whole, Field(ge=0, le=6)] = 2

    @property
    def limited(self) -> bool:
        """Whether there is a limit to conform to."""
        return self.lower is not None or self.upper is not None

    @property
    def lower_is_better(self) -> bool:
        """Whether less of it scores more; False where it is not scored."""
        return self.benchmarks is not None and self.benchmarks.best < self.benchmarks.worst


class ProductTestDefinition(MeasureDefinition):
    """A test of products of several brands: `units` are the products. `score_source`: of benchmarks and weights.

    `comparison`: what files call the sample that every laboratory measures, which is no product. `named_laboratories`:
    whether they may be published by name, else they have numbers.
    """

    kind: Literal["product_test"]
    characteristics: Annotated[tuple[Characteristic, ...], Field(min_length=1)]
    score_source: Identifier
    comparison: tuple[str, ...] = ()
    named_laboratories: Flag = False

    def check(self, where: Where) -> None:
        """Raise SpecError: a characteristic twice, limits or benchmarks in the wrong order, a gate without a limit,
        a source that is not there."""
        rows = tuple(enumerate(self.characteristics))
        check_unique("characteristic", ((one.id, ("characteristics", k, "id")) for k, one in rows), where)
        check_labels(
            "characteristics", ((one.label, ("characteristics", k, "label")) for k, one in rows), where
        )
        check_known(self.score_source, tuple(self.sources), "source", where("score_source"))
        for k, one in rows:
            place = where("characteristics", k)
            check_known(one.source, tuple(self.sources), "source", where("characteristics", k, "source"))
            if one.lower is not None and one.upper is not None and one.lower >= one.upper:
                raise SpecError(place, f"its lower limit {one.lower:g} is not below the upper {one.upper:g}",
                                "Exchange them")  # fmt: skip
            if one.safety and not one.limited:
                raise SpecError(place, "a safety gate needs a limit", "Give it `lower` or `upper`")
            if one.benchmarks is not None and one.benchmarks.best == one.benchmarks.worst:
                raise SpecError(place, "its benchmarks are equal", "Let `worst` and `best` differ")
            if one.u is not None and one.budget:
                raise SpecError(place, "it has both `u` and a budget", "Keep one of them")

    def characteristic(self, name: str) -> Characteristic:
        """That of this id. Raises StopIteration for one that is not there."""
        return next(one for one in self.characteristics if one.id == name)

    @property
    def scored(self) -> tuple[Characteristic, ...]:
        """Those that the score is made of."""
        return tuple(one for one in self.characteristics if one.benchmarks is not None)
