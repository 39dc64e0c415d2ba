"""Does an instrument hold together? Checks that reach across its keys."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from graphlib import CycleError, TopologicalSorter

from ncsi.errors import SpecError
from ncsi.spec.check_components import check_components
from ncsi.spec.check_fieldwork import check_fieldwork, check_scale
from ncsi.spec.check_measures import check_measures
from ncsi.spec.instrument import Instrument, MissingCodes
from ncsi.spec.problems import did_you_mean

Where = Callable[..., str]
"""Keys → `file: key.path (line n)`."""

Place = tuple[str, tuple[str | int, ...]]
"""An id and the keys that lead to it."""

CANONICAL_COLUMNS = (
    "respondent", "sector", "brand", "region", "weight", "submitted_at", "duration_s", "disposition",
    "interviewer", "device",
)  # fmt: skip
"""Columns besides the items that an export may be mapped to."""

RESERVED = frozenset({*CANONICAL_COLUMNS, "wave", "status", "source_row", "source_sha256", "source_name"})
"""Names no item or construct may take: stored tables use them."""

MIN_TARGET_ITEMS = 2


def check_instrument(instrument: Instrument, where: Where) -> None:
    """Raise SpecError unless constructs, items, paths, target and missing codes agree with each other."""
    check_unique("construct or item", _names(instrument), where)
    _check_items(instrument, where)
    _check_paths(instrument, where)
    _check_acyclic(instrument, where)
    _check_connected(instrument, where)
    _check_target(instrument, where)
    check_components(instrument, where)
    _check_missing_codes(instrument, where)
    check_fieldwork(instrument, where)
    check_measures(instrument, where)


def check_unique(what: str, places: Iterable[Place], where: Where) -> None:
    """Raise SpecError when an id comes twice; case does not tell two ids apart, as in file names."""
    seen: dict[str, str] = {}
    for name, keys in places:
        first = seen.get(name.lower())
        if first is not None:
            problem = f"the {what} '{name}' is declared twice"
            if first != name:
                problem = f"the {what} '{name}' differs from '{first}' only in case"
            raise SpecError(where(*keys), problem, "Rename or remove one of them")
        seen[name.lower()] = name


def check_known(name: str, known: Iterable[str], what: str, where: str) -> None:
    """Raise SpecError when `name` is not among `known`, with the nearest one as the cure."""
    names = tuple(known)
    if name not in names:
        raise SpecError(where, f"there is no {what} '{name}'", did_you_mean(name, names, f"{what}s are"))


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


def _check_items(instrument: Instrument, where: Where) -> None:
    for name, keys in _names(instrument):
        if name.lower() in RESERVED:
            raise SpecError(where(*keys), f"'{name}' is the name of a stored column", "Choose another id")
    for k, construct in enumerate(instrument.constructs):
        for i, item in enumerate(construct.items):
            check_scale(item, where("constructs", k, "items", i, "scale"))


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
        problem = "the paths run in a circle: " + " -> ".join(error.args[1])
        raise SpecError(where("paths"), problem, "Remove one path of the circle") from error


def _check_connected(instrument: Instrument, where: Where) -> None:
    joined = {end for path in instrument.paths for end in (path.source, path.target)}
    for k, construct in enumerate(instrument.constructs):
        if construct.id not in joined:
            problem = f"no path leads to or from '{construct.id}'"
            raise SpecError(where("constructs", k, "id"), problem, "Add a path or remove the construct")


def _check_target(instrument: Instrument, where: Where) -> None:
    target = instrument.target
    check_known(target, instrument.construct_ids, "construct", where("target"))
    if target not in {path.target for path in instrument.paths}:
        problem = f"no path leads to the target '{target}', so nothing would drive the published index"
        raise SpecError(where("target"), problem, "Choose a construct that paths lead to, or add a path")
    count = len(instrument.construct(target).items)
    if count < MIN_TARGET_ITEMS:
        problem = (
            f"the target '{target}' has {count} item, and a respondent needs {MIN_TARGET_ITEMS} answered"
        )
        raise SpecError(where("target"), problem, "Give the target two items or more")


def _check_missing_codes(instrument: Instrument, where: Where) -> None:
    seen: dict[str, str] = {}
    for kind in MissingCodes.model_fields:
        for position, code in enumerate(getattr(instrument.missing, kind)):
            place = where("missing", kind, position)
            if code in seen:
                problem = f"the code '{code}' already stands for {seen[code]}"
                raise SpecError(place, problem, "One code, one kind of missing")
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
