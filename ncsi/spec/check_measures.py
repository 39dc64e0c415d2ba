"""Do sub-indices and measures fit the questions they name?"""

from __future__ import annotations

from ncsi.errors import SpecError
from ncsi.spec.check_fieldwork import Where, check_answers, check_scale
from ncsi.spec.instrument import Instrument
from ncsi.spec.measures import Measure, SubIndex
from ncsi.spec.problems import did_you_mean


def check_measures(instrument: Instrument, where: Where) -> None:
    """Raise SpecError unless every item named exists, sub-indices stay within a construct, and scales suit."""
    for k, item in enumerate(instrument.beside):
        check_scale(item, where("beside", k, "scale"))
    seen: set[str] = set()
    for k, one in enumerate(instrument.subindices):
        if one.id in seen or one.id in instrument.construct_ids:
            raise SpecError(where("subindices", k, "id"), f"'{one.id}' is declared twice", "Rename one")
        seen.add(one.id)
        _check_items(instrument, one, where("subindices", k, "items"))
    named: set[tuple[str, str]] = set()
    for k, measure in enumerate(instrument.measures):
        if (measure.measure, measure.item) in named:
            problem = f"{measure.measure} of '{measure.item}' is declared twice"
            raise SpecError(where("measures", k), problem, "Keep one of them")
        named.add((measure.measure, measure.item))
        _check_measure(instrument, measure, where("measures", k))


def _check_items(instrument: Instrument, one: SubIndex, where: str) -> None:
    for item in one.items:
        if item not in instrument.item_ids:
            cure = did_you_mean(item, instrument.item_ids, "items are")
            raise SpecError(where, f"there is no item '{item}'", cure)
    if len(set(one.items)) < len(one.items):
        raise SpecError(where, f"'{one.id}' names an item twice", "Name each once")
    owners = sorted({instrument.construct_of(item).id for item in one.items})
    if len(owners) > 1:
        problem = f"the items of '{one.id}' belong to {', '.join(owners)}, whose weights do not compare"
        raise SpecError(where, problem, "Take the items of one construct")


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
    if measure.measure == "complaints_handled" and measure.answers is None:
        problem = f"complaints_handled of '{item.id}' does not say which answers mean satisfied"
        raise SpecError(where, problem, "Name them under `answers`")
    check_answers(item, measure.answers or (), where)
