"""Instruments made in Python rather than read from a file: whether they hold together, and with other paths."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from ncsi.errors import ModelError, SpecError
from ncsi.spec.instrument import Construct, Instrument, Path
from ncsi.spec.instrument_checks import check_model
from ncsi.spec.problems import did_you_mean, validate
from ncsi.spec.yaml_documents import Key

ARROW = "->"
Mode = Literal["A", "B"]
SCALE = (1, 10)


@dataclass(frozen=True, slots=True)
class Block:
    """A construct as it was written, and how an error names its place and those of its items."""

    construct: str
    items: tuple[str, ...]
    mode: Mode
    label: str
    place: str
    item_places: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Product:
    """An effect of `predictor` that depends on `moderator`."""

    predictor: str
    moderator: str

    def __str__(self) -> str:
        return f"{self.predictor}:{self.moderator}"


@dataclass(frozen=True, slots=True)
class Effect:
    """A path as it was written, from a construct or a product, and how an error names its place."""

    source: str | Product
    target: str
    place: str


@dataclass(frozen=True, slots=True)
class Scales:
    """Lowest and highest answer: of all items, or of those named by item or construct."""

    all: tuple[int, int]
    named: Mapping[str, tuple[int, int]]

    @classmethod
    def of(cls, scale: tuple[int, int] | Mapping[str, tuple[int, int]]) -> Scales:
        """From one for all, or a mapping."""
        return cls(SCALE, scale) if isinstance(scale, Mapping) else cls(scale, {})

    def spec(self, construct: str, item: str) -> dict[str, int]:
        """min and max of an item. Raises SpecError for what is no pair."""
        ends = self.named.get(item, self.named.get(construct, self.all))
        if not isinstance(ends, tuple | list) or len(ends) != 2:
            raise SpecError(
                "scale", f"{ends!r} is no scale", "Give the lowest and the highest answer: (1, 10)"
            )
        return {"min": ends[0], "max": ends[1]}


@dataclass(frozen=True, slots=True)
class _Written:
    """An instrument's content whose keys know where they were written."""

    data: Mapping[str, object]
    places: Mapping[tuple[Key, ...], str]

    def where(self, *keys: Key) -> str:
        """The place of the longest run of the keys that was written somewhere."""
        runs = (keys[:k] for k in range(len(keys), 0, -1))
        return next((self.places[run] for run in runs if run in self.places), "model")


def instrument_of(
    blocks: Sequence[Block],
    effects: Sequence[Effect],
    target: str | None,
    name: str,
    label: str | None,
    scales: Scales,
) -> Instrument:
    """The instrument of what was written; raises SpecError where it does not hold together."""
    plain = [one for one in effects if isinstance(one.source, str)]
    products = [one for one in effects if isinstance(one.source, Product)]
    _require_enough(blocks, plain)
    _require_first_order(blocks)
    _require_named(scales, blocks)
    text = {"zh": label or name, "en": label or name}
    data = {
        "spec": "ncsi/instrument/1", "id": name, "version": "1.0.0", "label": text,
        "respondent": {"zh": "受访者", "en": "A respondent"}, "modelled_on": "written by an analyst",
        "constructs": [_construct(one, scales) for one in blocks],
        "paths": [{"from": one.source, "to": one.target} for one in plain],
        "interactions": [
            {"moderator": one.source.moderator, "predictor": one.source.predictor, "outcome": one.target}
            for one in products if isinstance(one.source, Product)
        ],
        "target": target or _target(blocks, plain),
    }  # fmt: skip
    places: dict[tuple[Key, ...], str] = {}
    for k, block in enumerate(blocks):
        places["constructs", k] = block.place
        places.update({("constructs", k, "items", i): place for i, place in enumerate(block.item_places)})
    places.update({("paths", k): one.place for k, one in enumerate(plain)})
    places.update({("interactions", k): one.place for k, one in enumerate(products)})
    written = _Written(data, places)
    instrument = validate(written, Instrument)
    check_model(instrument, written.where)
    return instrument


def _construct(block: Block, scales: Scales) -> dict[str, object]:
    return {
        "id": block.construct,
        "label": {"zh": block.label, "en": block.label},
        "mode": block.mode,
        "items": [
            {
                "id": one, "label": {"zh": one, "en": one}, "question": {"zh": one, "en": one},
                "scale": scales.spec(block.construct, one),
            }
            for one in block.items
        ],
    }  # fmt: skip


def _target(blocks: Sequence[Block], effects: Sequence[Effect]) -> str:
    """Satisfaction where a path leads to it, else the last construct that one leads to."""
    reached = [one.construct for one in blocks if any(e.target == one.construct for e in effects)]
    return "Satisfaction" if "Satisfaction" in reached or not reached else reached[-1]


def _require_enough(blocks: Sequence[Block], paths: Sequence[Effect]) -> None:
    if len(blocks) < 2:
        told = ", ".join(one.construct for one in blocks) or "none"
        raise SpecError(
            "model", f"two constructs make a model, and it has {told}", "Measure another: Y =~ y1 + y2"
        )
    if not paths:
        raise SpecError(
            "model",
            f"no path leads from any of {', '.join(one.construct for one in blocks)} to another",
            f'Write {blocks[-1].construct} ~ {blocks[0].construct}, or ncsi.paths(("{blocks[0].construct}", '
            f'"{blocks[-1].construct}"))',
        )


def _require_first_order(blocks: Sequence[Block]) -> None:
    names = {one.construct for one in blocks}
    for block in blocks:
        for item, place in zip(block.items, block.item_places, strict=True):
            if item in names and item != block.construct:
                raise SpecError(
                    place,
                    f"'{item}', among the items of '{block.construct}', is a construct: that makes "
                    f"'{block.construct}' one of second order",
                    "Write it in YAML, where a construct names its `components`, and read it with "
                    "ncsi.load_instrument",
                )


def _require_named(scales: Scales, blocks: Sequence[Block]) -> None:
    known = tuple(name for one in blocks for name in (one.construct, *one.items))
    for name in scales.named:
        if name not in known:
            raise SpecError(
                "scale", f"there is no construct or item '{name}'", did_you_mean(name, known, "names are")
            )


def changed_model(inst: Instrument, add: Sequence[str] | str, drop: Sequence[str] | str) -> Instrument:
    """The instrument with paths "A -> B" added, and paths and items dropped, which must be there.

    Raises SpecError for a path or item to drop that it has not, the only item of a block, and where the model no longer
    holds together.
    """
    if not add and not drop:
        return inst
    dropped = [one.strip() for one in _listed(drop)]
    inst = without_items(inst, [one for one in dropped if ARROW not in one])
    kept = {f"{one.source} {ARROW} {one.target}": one for one in inst.paths}
    for text in (one for one in dropped if ARROW in one):
        name = f" {ARROW} ".join(_ends(text, "drop"))
        if name not in kept:
            raise SpecError(
                "drop", f"the model has no path {name}", did_you_mean(name, tuple(kept), "paths are")
            )
        del kept[name]
    added = [
        Path.model_validate(dict(zip(("from", "to"), _ends(t, "add"), strict=True))) for t in _listed(add)
    ]
    changed = inst.model_copy(update={"paths": (*kept.values(), *added)})
    check_model(changed, lambda *_: f"the paths of {inst.id}")
    return changed


def without_items(inst: Instrument, names: Sequence[str]) -> Instrument:
    """The instrument with items taken out of their constructs; they stay among its questions, beside the model.

    Raises SpecError for a name that is no item, and for the only item of a construct or component.
    """
    for name in names:
        if name in inst.construct_ids:
            problem = f"'{name}' is a construct, and an item or a path is dropped"
            raise SpecError("drop", problem, f'Drop its paths: drop="{name} {ARROW} …"')
        if name not in inst.item_ids:
            known = (*inst.item_ids, *(f"{one.source} {ARROW} {one.target}" for one in inst.paths))
            cure = did_you_mean(name, known, "items and paths are")
            raise SpecError("drop", f"the model has no item '{name}'", cure)
        owner = inst.construct_of(name)
        measured = {owner.id: len(owner.items)}
        measured |= {one.id: len(one.items) for one in owner.components if name in one.items}
        for block, items in measured.items():
            if items == 1:
                problem = f"'{name}' is the only item of '{block}', which nothing would measure without it"
                raise SpecError("drop", problem, f"Leave '{block}' out of the model, or keep the item")
        inst = _without_item(inst, owner, name)
    return inst


def _without_item(inst: Instrument, owner: Construct, name: str) -> Instrument:
    (item,) = (one for one in owner.items if one.id == name)
    parts = tuple(
        one.model_copy(update={"items": tuple(i for i in one.items if i != name)}) for one in owner.components
    )
    smaller = owner.model_copy(
        update={"items": tuple(one for one in owner.items if one.id != name), "components": parts}
    )
    means = (
        one.model_copy(update={"items": tuple(i for i in one.items if i != name)}) for one in inst.subindices
    )
    return inst.model_copy(
        update={
            "constructs": tuple(smaller if one.id == owner.id else one for one in inst.constructs),
            "beside": (*inst.beside, item),
            "subindices": tuple(one for one in means if one.items),
        }
    )


def interaction_of(
    inst: Instrument, moderator: str | None, predictor: str | None, outcome: str | None
) -> tuple[str, str, str]:
    """Moderator, predictor and outcome as named, else those of the one declared interaction that fits.

    Raises ModelError where names are missing and none or several are declared.
    """
    if moderator is not None and predictor is not None and outcome is not None:
        return moderator, predictor, outcome
    asked = (moderator, predictor, outcome)
    declared = [(one.moderator, one.predictor, one.outcome) for one in inst.interactions]
    fitting = [one for one in declared if all(a in (None, b) for a, b in zip(asked, one, strict=True))]
    if len(fitting) != 1:
        told = "; ".join(f"{m} × {p} -> {o}" for m, p, o in fitting) or "none"
        raise ModelError(
            f"interactions that the model {inst.id} declares and that fit: {told}. Name moderator, predictor and "
            "outcome."
        )
    return fitting[0]


def _listed(texts: Sequence[str] | str) -> Sequence[str]:
    return [texts] if isinstance(texts, str) else texts


def _ends(text: str, where: str) -> tuple[str, str]:
    parts = [part.strip() for part in text.split(ARROW)]
    if len(parts) != 2 or not all(parts):
        raise SpecError(where, f"'{text}' is no path", 'Write it as "Image -> Loyalty"')
    return parts[0], parts[1]
