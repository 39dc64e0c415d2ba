"""Do attention checks, contradictions, routing and required items fit the questions they name?"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ncsi.errors import SpecError
from ncsi.spec.fieldwork import Condition, Item
from ncsi.spec.instrument import Instrument
from ncsi.spec.problems import did_you_mean

Where = Callable[..., str]


def check_fieldwork(instrument: Instrument, where: Where) -> None:
    """Raise SpecError unless every item named exists, every answer is on its scale, and no route is circular."""
    for k, check in enumerate(instrument.attention):
        check_scale(check, where("attention", k, "scale"))
        check_answers(check, check.expected, where("attention", k, "expected"))
    seen: set[str] = set()
    for k, one in enumerate(instrument.contradictions):
        if one.id in seen:
            raise SpecError(where("contradictions", k, "id"), f"'{one.id}' is declared twice", "Rename one")
        seen.add(one.id)
        for j, condition in enumerate(one.when):
            _check_condition(instrument, condition, where("contradictions", k, "when", j))
    _check_routing(instrument, where)
    for k, item in enumerate(instrument.required):
        _item(instrument, item, where("required", k))


def check_scale(item: Item, where: str) -> None:
    """Raise SpecError unless the scale has two answers or more."""
    if item.scale.min >= item.scale.max:
        problem = f"the scale of '{item.id}' runs from {item.scale.min} to {item.scale.max}"
        raise SpecError(where, problem, "Give a min below the max")


def _check_routing(instrument: Instrument, where: Where) -> None:
    order = [item.id for item in (*instrument.items, *instrument.beside)]
    routed: set[str] = set()
    for k, route in enumerate(instrument.routing):
        _item(instrument, route.item, where("routing", k, "item"))
        _check_condition(instrument, route.asked_if, where("routing", k, "asked_if"))
        if route.item in routed:
            raise SpecError(where("routing", k, "item"), f"'{route.item}' has two routes", "Keep one of them")
        routed.add(route.item)
        if order.index(route.asked_if.item) >= order.index(route.item):
            problem = f"'{route.item}' depends on '{route.asked_if.item}', which is not asked before it"
            raise SpecError(where("routing", k), problem, "Route on an earlier item")


def _check_condition(instrument: Instrument, condition: Condition, where: str) -> None:
    check_answers(_item(instrument, condition.item, where), condition.answers, where)


def _item(instrument: Instrument, name: str, where: str) -> Item:
    known = {item.id: item for item in (*instrument.items, *instrument.beside)}
    if name not in known:
        raise SpecError(where, f"there is no item '{name}'", did_you_mean(name, tuple(known), "items are"))
    return known[name]


def check_answers(item: Item, answers: Iterable[int], where: str) -> None:
    """Raise SpecError for an answer off the scale of the item."""
    off = [answer for answer in answers if not item.scale.min <= answer <= item.scale.max]
    if off:
        problem = f"{off[0]} is no answer on the scale of '{item.id}' ({item.scale.min}-{item.scale.max})"
        raise SpecError(where, problem, "Name answers on the scale")
