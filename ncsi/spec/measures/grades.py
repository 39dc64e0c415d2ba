"""Grades (质量分级, 用户满意 lists) as a measure: what is measured, which gates a grade has, the rule for the list."""

from __future__ import annotations

from itertools import pairwise
from math import nan
from typing import Annotated, Literal

from pydantic import Field

from ncsi.errors import SpecError
from ncsi.spec.building_blocks import Flag, Identifier, Label, Real, Spec, Whole
from ncsi.spec.index_definition import Ends
from ncsi.spec.measures.definition import MeasureDefinition
from ncsi.spec.problems import Where, check_known, check_labels, check_unique
from ncsi.spec.sectors import Units
from ncsi.spec.yaml_documents import Key

QuantityKind = Literal["mean", "share", "fact"]
Side = Literal["at_least", "at_most"]
Alpha = Annotated[Real, Field(gt=0, lt=0.5)]
RESERVED = (
    "unit", "unit_en", "product", "product_en", "last", "source", "withdrawn", "withdrawn_en", "synthetic", "none",
    "undetermined", "below",
)  # fmt: skip
"""Ids with a meaning of their own, which no quantity and no grade may have."""


class BrandIndex(Spec):
    """The index of a wave that a mean may come from: of the brands of a sector, `index` being the construct."""

    sector: Identifier
    index: Identifier


class Product(Spec):
    """What is graded within a unit, as readers call it, and what files call its column besides."""

    units: Units
    names: tuple[str, ...] = ()


class Counted(Spec):
    """A column of counts: its label, and what files call it besides."""

    label: Label
    names: tuple[str, ...] = ()


class Quantity(Spec):
    """What a gate is about.

    `kind`: a `mean` known with a standard error, or with n and sd; a `share` of `found` among `tested`, 0-1; a `fact`
    known without error. `names`: what files call it besides. `plausible`: values that it can have at all. `digits`:
    after the point, on pages. `wave`: the index of a wave that it may be taken from.
    """

    id: Identifier
    kind: QuantityKind
    label: Label
    names: tuple[str, ...] = ()
    unit: Label | None = None
    plausible: Ends | None = None
    digits: Annotated[Whole, Field(ge=0, le=4)] = 1
    found: Counted | None = None
    tested: Counted | None = None
    wave: BrandIndex | None = None

    @property
    def ends(self) -> tuple[float, float] | None:
        """Lowest and highest value that it can have, where that is known."""
        if self.kind == "share":
            return 0.0, 1.0
        return (self.plausible.lower, self.plausible.upper) if self.plausible else None


class GateRule(Spec):
    """A quantity that must be `at_least`, or `at_most`, a value, by its one-sided bound at 1 - `alpha`."""

    quantity: Identifier
    at_least: Real | None = None
    at_most: Real | None = None
    alpha: Alpha = 0.05

    @property
    def side(self) -> Side:
        """Which of the two."""
        return "at_most" if self.at_least is None else "at_least"

    @property
    def cut(self) -> float:
        """The value, the last that passes; NaN of a gate that has neither, which `check` refuses."""
        given = self.at_most if self.at_least is None else self.at_least
        return nan if given is None else given

    def passes(self, value: float) -> bool:
        """Whether a value lies on the right side, the cut included."""
        return value <= self.cut if self.at_least is None else value >= self.cut


class GradeRule(Spec):
    """A grade and its gates, which must all pass."""

    id: Identifier
    label: Label
    gates: Annotated[tuple[GateRule, ...], Field(min_length=1)]


class ListRule(Spec):
    """What keeps false entries of a list of many units few.

    `expected`: each unit by its own bounds, and the list says how many false entries are to be expected at most (α
    times the units); `bh`: Benjamini and Hochberg's procedure at `alpha`, over the units, for each grade.
    """

    control: Literal["expected", "bh"]
    alpha: Alpha = 0.05


class GradesDefinition(MeasureDefinition):
    """Grades of units, or of their products, best first.

    `unit_names`: what files call the column of units; `product`: the column of products, where they are graded.
    `hysteresis`: whether a grade held last time is lost only when the favourable bound fails one of its gates.
    `threshold_source`: source, by id, of the cuts.
    """

    kind: Literal["grades"]
    unit_names: tuple[str, ...] = ()
    product: Product | None = None
    quantities: Annotated[tuple[Quantity, ...], Field(min_length=1)]
    grades: Annotated[tuple[GradeRule, ...], Field(min_length=1, max_length=9)]
    list_rule: ListRule
    hysteresis: Flag
    threshold_source: Identifier

    def quantity(self, name: str) -> Quantity:
        """One of its quantities; KeyError where there is none."""
        return {one.id: one for one in self.quantities}[name]

    @property
    def rule(self) -> str:
        """Its rules as certificates name them: id and version."""
        return f"{self.id} {self.version}"

    def check(self, where: Where) -> None:
        """Raise SpecError: an id or label twice, a quantity that is unknown or not what its kind needs, a gate that
        nothing passes, gates that exclude each other, a better grade that asks for less than a lesser one."""
        _check_names(self, where)
        for place, one in enumerate(self.quantities):
            _check_quantity(one, where, place)
        for place, grade in enumerate(self.grades):
            _check_gates(self, grade, where, place)
        for place, (better, lesser) in enumerate(pairwise(self.grades)):
            _check_order(better, lesser, where, place)


def _check_names(one: GradesDefinition, where: Where) -> None:
    check_known(one.threshold_source, tuple(one.sources), "source", where("threshold_source"))
    named: dict[str, tuple[Quantity | GradeRule, ...]] = {"quantities": one.quantities, "grades": one.grades}
    for key, parts in named.items():
        check_unique(key, ((part.id, (key, k, "id")) for k, part in enumerate(parts)), where)
        check_labels(key, ((part.label, (key, k, "label")) for k, part in enumerate(parts)), where)
        for k, part in enumerate(parts):
            if part.id in RESERVED:
                raise SpecError(
                    where(key, k, "id"), f"'{part.id}' means something else", "Give it another id"
                )


def _check_quantity(one: Quantity, where: Where, place: int) -> None:
    share = one.kind == "share"
    for key in ("found", "tested"):
        given = getattr(one, key) is not None
        if given != share:
            problem = f"a {one.kind} {'needs' if share else 'has no'} `{key}`"
            raise SpecError(where("quantities", place, key), problem, "A share is `found` among `tested`")
    if share and one.plausible is not None:
        raise SpecError(where("quantities", place, "plausible"), "a share is 0 to 1", "Leave it out")
    if one.wave is not None and one.kind != "mean":
        raise SpecError(
            where("quantities", place, "wave"),
            "only a mean comes from a wave",
            "Make it a mean, or leave it out",
        )
    if one.plausible is not None and one.plausible.lower >= one.plausible.upper:
        raise SpecError(where("quantities", place, "plausible"), "lower is not below upper", "Swap them")


def _check_gates(definition: GradesDefinition, grade: GradeRule, where: Where, place: int) -> None:
    known = tuple(one.id for one in definition.quantities)
    seen: dict[tuple[str, Side], int] = {}
    for k, gate in enumerate(grade.gates):
        keys: tuple[Key, ...] = ("grades", place, "gates", k)
        check_known(gate.quantity, known, "quantity", where(*keys, "quantity"))
        if (gate.at_least is None) == (gate.at_most is None):
            raise SpecError(where(*keys), "a gate has one of `at_least` and `at_most`", "Give exactly one")
        if seen.setdefault((gate.quantity, gate.side), k) != k:
            raise SpecError(where(*keys), f"grade {grade.id} has this gate twice", "Keep the stricter")
        _check_possible(definition.quantity(gate.quantity), gate, where(*keys))
    for k, gate in enumerate(grade.gates):
        other = next(
            (one for one in grade.gates if one.quantity == gate.quantity and one.side == "at_least"), gate
        )
        if gate.side == "at_most" and other is not gate and gate.cut < other.cut:
            problem = (
                f"{gate.quantity} must be at least {other.cut:g} and at most {gate.cut:g}: nothing passes"
            )
            raise SpecError(where("grades", place, "gates", k), problem, "Correct one of the two gates")


def _check_possible(quantity: Quantity, gate: GateRule, at: str) -> None:
    """The bound of what is measured lies strictly within the ends of its values: a gate at or beyond the favourable
    end is passed by nothing, however much is measured. A fact can reach the end."""
    ends = quantity.ends
    if ends is None:
        return
    best = ends[1] if gate.side == "at_least" else ends[0]
    beyond = not gate.passes(best)
    if beyond or (quantity.kind != "fact" and gate.cut == best):
        how = "no value" if beyond else "no bound of what is measured with error"
        side = gate.side.replace("_", " ")
        problem = f"'{quantity.id}' {side} {gate.cut:g}: {how} can pass, as values run from {ends[0]:g} to {ends[1]:g}"
        share = " (a share is 0 to 1, not per cent)" if quantity.kind == "share" else ""
        raise SpecError(at, problem, f"Correct the cut{share}")


def _check_order(better: GradeRule, lesser: GradeRule, where: Where, place: int) -> None:
    """Each gate of the lesser grade must follow from one of the better."""
    for k, gate in enumerate(lesser.gates):
        same = [one for one in better.gates if (one.quantity, one.side) == (gate.quantity, gate.side)]
        if not any(gate.passes(one.cut) and one.alpha <= gate.alpha for one in same):
            raise SpecError(
                where("grades", place + 1, "gates", k),
                f"the better grade {better.id} asks for less: what passes it could miss {lesser.id} by {gate.quantity}",
                f"List grades best first, and give {better.id} a gate on {gate.quantity} that is at least as strict",
            )
