"""A path model as it is said: constructs of items, paths from one to another, effects that depend on a third."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ncsi.errors import SpecError
from ncsi.kinds import of_kind
from ncsi.lab.declared import ARROW, Block, Effect, Mode, Product, Scales, instrument_of
from ncsi.lab.lavaan import read
from ncsi.spec.instrument import Instrument

Names = str | Sequence[str]
Source = str | Product | Sequence["str | Product"]
Said = str | tuple[Source, Names] | list[Any]
"""One or several paths in one go: "A + B -> C", or a pair of sources and targets."""


@dataclass(frozen=True, slots=True)
class Constructs:
    """What is measured, and by which items: `blocks` in the order given."""

    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Paths:
    """What acts on what: `effects` in the order given."""

    effects: tuple[Effect, ...]


@of_kind
def items(stem: str, first: int, last: int) -> tuple[str, ...]:
    """Names in a row: items("IMA", 1, 4) are IMA1, IMA2, IMA3, IMA4. Raises SpecError where last is below first."""
    if last < first:
        raise SpecError(f'items("{stem}", {first}, {last})', "the last is below the first", "Turn them round")
    return tuple(f"{stem}{k}" for k in range(first, last + 1))


@of_kind
def composite_of(construct: str, *items: Names, mode: Mode = "A", label: str | None = None) -> Block:
    """A construct measured by items, given by name or as `items(...)`; one alone is enough.

    `mode` A: weights are correlations with the rest of the model (reflective); B: regressions on it (formative).
    `label`: its name on pages, by default its id.
    """
    named = tuple(one for part in items for one in ([part] if isinstance(part, str) else part))
    place = f'composite_of("{construct}")'
    return Block(construct, named, mode, label or construct, place, (place,) * len(named))


@of_kind
def constructs(*composites: Block) -> Constructs:
    """The measurement model: one `composite_of` for each construct. Raises SpecError for anything else."""
    for one in composites:
        if not isinstance(one, Block):
            raise SpecError(
                "constructs(…)",
                f"{type(one).__name__} is no construct",
                'Write composite_of("Image", items("IMA", 1, 4)) for each; paths stand beside: '
                "ncsi.model_from(ncsi.constructs(…), ncsi.paths(…))",
            )
    return Constructs(composites)


@of_kind
def interaction(predictor: str, moderator: str) -> Product:
    """That the effect of `predictor` depends on `moderator`: as a source in `paths`, beside both of them.

    The product is not part of the path model and its indices: `ncsi.moderation(fit)` estimates it in two stages.
    """
    return Product(predictor, moderator)


@of_kind
def paths(*effects: Said) -> Paths:
    """The structural model: each a pair (from, to), either side one name or a list, or "Image + Value -> Loyalty".

    An `interaction` may stand among the sources. Raises SpecError for what is neither.
    """
    made = [one for effect in effects for one in _effects(effect)]
    return Paths(tuple(made))


@of_kind
def model_from(
    model: str | Constructs,
    *paths: Paths,
    target: str | None = None,
    id: str = "model",
    label: str | None = None,
    scale: tuple[int, int] | Mapping[str, tuple[int, int]] = (1, 10),
) -> Instrument:
    """An instrument from lavaan text, or from `constructs(…)` and `paths(…)`.

    In lavaan text `Image =~ IMA1 + IMA2` measures a construct in Mode A, `<~` in Mode B, `Loyalty ~ Image + Value` are
    paths, `Loyalty ~ Image:Satisfaction` an interaction (predictor:moderator); `#` and `!` begin comments, `;` and line
    ends end statements unless an operator stands beside the line end. `target`: the construct whose index counts and of
    which two items must be answered (or its only one); by default Satisfaction, else the last that a path leads to.
    `scale`: lowest and highest answer, for all items or by item or construct, 1-10 where it is not said. Labels are the
    ids; questions are not told. Raises SpecError with line or construct, what is wrong and the nearest name.
    """
    if isinstance(model, str):
        if paths:
            raise SpecError(
                "model_from", "paths beside lavaan text", "Write them in the text: Loyalty ~ Image"
            )
        blocks, effects = read(model)
    else:
        _require_said(model, paths)
        blocks, effects = model.blocks, tuple(one for part in paths for one in part.effects)
    return instrument_of(blocks, effects, target, id, label, Scales.of(scale))


def _require_said(model: object, parts: Sequence[object]) -> None:
    """Raise SpecError for what is not made by `constructs` and `paths`."""
    if not isinstance(model, Constructs):
        raise SpecError(
            "model_from", f"{type(model).__name__} is no model", "Give lavaan text, or ncsi.constructs(…)"
        )
    for one in parts:
        if not isinstance(one, Paths):
            raise SpecError(
                "model_from", f"{type(one).__name__} is no path", 'Write ncsi.paths("Image -> Loyalty")'
            )


def _effects(effect: Said) -> list[Effect]:
    if isinstance(effect, str):
        sides = [part.strip() for part in effect.split(ARROW)]
        if len(sides) != 2 or not all(sides):
            raise SpecError(
                "paths(…)", f"'{effect}' is no path", 'Write ("Image", "Loyalty") or "Image -> Loyalty"'
            )
        sources: Sequence[str | Product] = [one.strip() for one in sides[0].split("+")]
        targets: Sequence[str] = [one.strip() for one in sides[1].split("+")]
    elif isinstance(effect, tuple | list) and len(effect) == 2:
        sources = [effect[0]] if isinstance(effect[0], str | Product) else effect[0]
        targets = [effect[1]] if isinstance(effect[1], str) else effect[1]
    else:
        raise SpecError(
            "paths(…)", f"{effect!r} is no path", 'Write ("Image", "Loyalty") or "Image -> Loyalty"'
        )
    return [Effect(a, b, f"path {a} {ARROW} {b}") for b in targets for a in sources]
