"""Does an instrument hold together? Checks that reach across its keys."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from graphlib import CycleError, TopologicalSorter

from ncsi.errors import SpecError
from ncsi.spec.instrument import Condition, Construct, Instrument, Item, Measure, MissingCodes, Path, SubIndex
from ncsi.spec.problems import Place, Where, check_known, check_labels, check_unique, did_you_mean
from ncsi.spec.wave import RESERVED


def check_instrument(instrument: Instrument, where: Where) -> None:
    """Raise SpecError unless constructs, items, paths, target and missing codes agree with each other."""
    check_unique("construct or item", _names(instrument), where)
    check_model(instrument, where)
    _check_not_reserved(instrument, where)
    _check_missing_codes(instrument, where)
    _check_fieldwork(instrument, where)
    _check_measures(instrument, where)


def check_model(instrument: Instrument, where: Where) -> None:
    """Raise SpecError unless constructs, items, paths and target make a path model; what is stored and published of it
    is not asked."""
    check_unique("construct or item", _names(instrument), where, alike=str)
    _check_labels(instrument, where)
    _check_scales(instrument, where)
    _check_paths(instrument, where)
    _check_acyclic(instrument, where)
    _check_connected(instrument, where)
    _check_interactions(instrument, where)
    _check_target(instrument, where)
    _check_components(instrument, where)


def _names(instrument: Instrument) -> Iterable[Place]:
    """Constructs and items share one name space: model syntaxes and tables put them side by side."""
    for k, construct in enumerate(instrument.constructs):
        yield construct.id, ("constructs", k, "id")
        for i, item in enumerate(construct.items):
            yield item.id, ("constructs", k, "items", i, "id")
        for c, component in enumerate(construct.components):
            yield component.id, ("constructs", k, "components", c, "id")
    for k, item in enumerate(instrument.beside):
        yield item.id, ("beside", k, "id")
    for k, check in enumerate(instrument.attention):
        yield check.id, ("attention", k, "id")


def _check_labels(instrument: Instrument, where: Where) -> None:
    constructs = enumerate(instrument.constructs)
    check_labels("constructs", ((one.label, ("constructs", k, "label")) for k, one in constructs), where)
    for k, construct in enumerate(instrument.constructs):
        items = ((one.label, ("constructs", k, "items", i, "label")) for i, one in enumerate(construct.items))
        check_labels(f"items of '{construct.id}'", items, where)


def _check_not_reserved(instrument: Instrument, where: Where) -> None:
    for name, keys in _names(instrument):
        if name.lower() in RESERVED:
            raise SpecError(where(*keys), f"'{name}' is the name of a stored column", "Choose another id")


def _check_scales(instrument: Instrument, where: Where) -> None:
    for k, construct in enumerate(instrument.constructs):
        for i, item in enumerate(construct.items):
            _check_scale(item, where("constructs", k, "items", i, "scale"))


def _check_paths(instrument: Instrument, where: Where) -> None:
    seen: set[tuple[str, str]] = set()
    for p, path in enumerate(instrument.paths):
        check_known(path.source, instrument.construct_ids, "construct", where("paths", p, "from"))
        check_known(path.target, instrument.construct_ids, "construct", where("paths", p, "to"))
        if path.source == path.target:
            raise SpecError(where("paths", p), f"'{path.source}' has a path to itself", "Remove the path")
        if (path.source, path.target) in seen:
            problem = f"the path {path.source} -> {path.target} is declared twice"
            raise SpecError(where("paths", p), problem, "Keep one of them")
        seen.add((path.source, path.target))


def _check_acyclic(instrument: Instrument, where: Where) -> None:
    causes: dict[str, set[str]] = {}
    for path in instrument.paths:
        causes.setdefault(path.target, set()).add(path.source)
    try:
        TopologicalSorter(causes).prepare()
    except CycleError as error:
        problem = "the paths form a cycle: " + " -> ".join(error.args[1])
        raise SpecError(where("paths"), problem, "Remove one path of the cycle") from error


def _check_connected(instrument: Instrument, where: Where) -> None:
    joined = {end for path in instrument.paths for end in (path.source, path.target)}
    for k, construct in enumerate(instrument.constructs):
        if construct.id not in joined:
            problem = f"no path leads to or from '{construct.id}'"
            raise SpecError(where("constructs", k, "id"), problem, "Add a path or remove the construct")


def _check_interactions(instrument: Instrument, where: Where) -> None:
    seen: set[tuple[frozenset[str], str]] = set()
    for k, one in enumerate(instrument.interactions):
        for end in ("moderator", "predictor", "outcome"):
            check_known(
                getattr(one, end), instrument.construct_ids, "construct", where("interactions", k, end)
            )
        if one.outcome in (one.moderator, one.predictor):
            problem = f"'{one.outcome}' is the outcome and part of the product that explains it"
            raise SpecError(where("interactions", k), problem, "Take the product out")
        causes = {path.source for path in instrument.paths if path.target == one.outcome}
        lacking = [name for name in (one.moderator, one.predictor) if name not in causes]
        if lacking:
            problem = f"'{lacking[0]}' is part of a product but no direct cause of '{one.outcome}'"
            cure = f"Add the path {lacking[0]} -> {one.outcome}"
            if lacking[0] in _led_to(one.outcome, instrument.paths):
                cure = f"Take the product out: '{one.outcome}' leads to '{lacking[0]}', so that no path may lead back"
            raise SpecError(where("interactions", k), problem, cure)
        term = (frozenset((one.moderator, one.predictor)), one.outcome)
        if term in seen:
            problem = f"the interaction of '{one.moderator}' and '{one.predictor}' is declared twice"
            raise SpecError(where("interactions", k), problem, "Keep one of them")
        seen.add(term)


def _led_to(start: str, paths: Sequence[Path]) -> set[str]:
    """Constructs that paths lead to from `start`, in one step or more."""
    reached, ahead = set[str](), [start]
    while ahead:
        here = ahead.pop()
        new = {one.target for one in paths if one.source == here} - reached
        reached |= new
        ahead += sorted(new)
    return reached


def _check_target(instrument: Instrument, where: Where) -> None:
    target = instrument.target
    check_known(target, instrument.construct_ids, "construct", where("target"))
    if target not in {path.target for path in instrument.paths}:
        problem = f"no path leads to the target '{target}', so nothing would drive the published index"
        raise SpecError(where("target"), problem, "Choose a construct that paths lead to, or add a path")


def _check_missing_codes(instrument: Instrument, where: Where) -> None:
    seen: dict[str, str] = {}
    for kind in MissingCodes.model_fields:
        for position, code in enumerate(getattr(instrument.missing, kind)):
            place = where("missing", kind, position)
            if code in seen:
                problem = f"the code '{code}' already stands for {seen[code]}"
                raise SpecError(place, problem, "Give each code one kind of missing")
            seen[code] = kind
            _check_off_scale(instrument, code, place)


def _check_off_scale(instrument: Instrument, code: str, place: str) -> None:
    try:
        number = int(code)
    except ValueError:
        return
    for item in instrument.fielded:
        if item.scale.min <= number <= item.scale.max:
            problem = f"the code '{code}' is an answer on the scale of '{item.id}'"
            raise SpecError(place, problem, "Use a code off every item's scale")


def _check_components(instrument: Instrument, where: Where) -> None:
    """Raise SpecError unless every item of a construct with components lies in one of them, in the items' order."""
    for k, construct in enumerate(instrument.constructs):
        if construct.components:
            _check_components_of(construct, k, instrument, where)


def _check_components_of(construct: Construct, k: int, instrument: Instrument, where: Where) -> None:
    keys = ("constructs", k, "components")
    if construct.id == instrument.target:
        problem = f"the target '{construct.id}' has components"
        raise SpecError(where(*keys), problem, "Give its items to the target itself")
    if len(construct.components) < 2:
        problem = f"'{construct.id}' has a single component"
        raise SpecError(where(*keys), problem, "Name two components or more, or none")
    shared = [item for component in construct.components for item in component.items]
    own = [item.id for item in construct.items]
    if shared != own:
        problem = (
            f"the components of '{construct.id}' hold {', '.join(shared)}, its items are {', '.join(own)}"
        )
        raise SpecError(where(*keys), problem, "Name every item once, in the order of the items")


def _check_fieldwork(instrument: Instrument, where: Where) -> None:
    """Raise SpecError unless every item named exists, every answer is on its scale, and no route is circular."""
    for k, check in enumerate(instrument.attention):
        _check_scale(check, where("attention", k, "scale"))
        _check_answers(check, check.expected, where("attention", k, "expected"))
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


def _check_scale(item: Item, where: str) -> None:
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
    _check_answers(_item(instrument, condition.item, where), condition.answers, where)


def _item(instrument: Instrument, name: str, where: str) -> Item:
    known = {item.id: item for item in (*instrument.items, *instrument.beside)}
    if name not in known:
        raise SpecError(where, f"there is no item '{name}'", did_you_mean(name, tuple(known), "items are"))
    return known[name]


def _check_answers(item: Item, answers: Iterable[int], where: str) -> None:
    """Raise SpecError for an answer off the scale of the item."""
    off = [answer for answer in answers if not item.scale.min <= answer <= item.scale.max]
    if off:
        problem = f"{off[0]} is not an answer on the scale of '{item.id}' ({item.scale.min}-{item.scale.max})"
        raise SpecError(where, problem, "Name answers on the scale")


def _check_measures(instrument: Instrument, where: Where) -> None:
    """Raise SpecError unless every item named exists, sub-indices stay within a construct, and scales suit."""
    for k, item in enumerate(instrument.beside):
        _check_scale(item, where("beside", k, "scale"))
    seen: set[str] = set()
    for k, one in enumerate(instrument.subindices):
        if one.id in seen or one.id in instrument.construct_ids:
            raise SpecError(where("subindices", k, "id"), f"'{one.id}' is declared twice", "Rename one")
        seen.add(one.id)
        _check_subindex(instrument, one, where("subindices", k, "items"))
    named: set[tuple[str, str]] = set()
    for k, measure in enumerate(instrument.measures):
        if (measure.measure, measure.item) in named:
            problem = f"{measure.measure} of '{measure.item}' is declared twice"
            raise SpecError(where("measures", k), problem, "Keep one of them")
        named.add((measure.measure, measure.item))
        _check_measure(instrument, measure, where("measures", k))


def _check_subindex(instrument: Instrument, one: SubIndex, where: str) -> None:
    for item in one.items:
        if item not in instrument.item_ids:
            cure = did_you_mean(item, instrument.item_ids, "items are")
            raise SpecError(where, f"there is no item '{item}'", cure)
    if len(set(one.items)) < len(one.items):
        raise SpecError(where, f"'{one.id}' names an item twice", "Name each once")
    owners = sorted({instrument.construct_of(item).id for item in one.items})
    if len(owners) > 1:
        problem = f"the items of '{one.id}' belong to {', '.join(owners)}, whose weights are not comparable"
        raise SpecError(where, problem, "Use items of one construct")


def _check_measure(instrument: Instrument, measure: Measure, where: str) -> None:
    known = {item.id: item for item in (*instrument.items, *instrument.beside)}
    if measure.item not in known:
        cure = did_you_mean(measure.item, tuple(known), "items are")
        raise SpecError(where, f"there is no item '{measure.item}'", cure)
    item = known[measure.item]
    if measure.measure == "nps" and ((item.scale.min, item.scale.max) != (0, 10) or measure.answers):
        problem = f"NPS of '{item.id}', whose scale is {item.scale.min}-{item.scale.max}"
        raise SpecError(
            where, problem, "Ask it on 0-10, and leave `answers` out: 9 and 10 promote, 0-6 detract"
        )
    if measure.measure == "mean" and measure.answers:
        problem = f"the mean of '{item.id}' names answers that count"
        raise SpecError(where, problem, "Leave `answers` out: a mean is of all answers")
    if measure.measure == "complaints_handled" and measure.answers is None:
        problem = f"complaints_handled of '{item.id}' does not say which answers mean satisfied"
        raise SpecError(where, problem, "Name them under `answers`")
    _check_answers(item, measure.answers or (), where)
