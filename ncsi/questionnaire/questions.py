"""The questions of an instrument in the order they are asked, with the codes of their answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ncsi.spec import AttentionCheck, Brand, Instrument, Item, Label, Missing

_MISSING = {
    Missing.DONT_KNOW: Label(zh="不知道/说不清", en="Don't know"),
    Missing.REFUSED: Label(zh="拒绝回答", en="Prefer not to answer"),
}
_YES_NO = {0: Label(zh="没有", en="No"), 1: Label(zh="有", en="Yes")}
BRAND = Label(zh="您评价的是哪个品牌？", en="Which brand are you rating?")


@dataclass(frozen=True, slots=True)
class Choice:
    """An answer: its code, its text, the kind of missing answer it stands for."""

    code: str
    label: Label
    missing: Missing | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """A closed question: who is asked it (item and codes; none: everyone), and whether it must be answered."""

    id: str
    group: str
    group_label: Label
    label: Label
    text: Label
    choices: tuple[Choice, ...]
    asked_if: tuple[str, tuple[str, ...]] | None = None
    required: bool = False


def questions_of(instrument: Instrument, brands: Sequence[Brand] = ()) -> tuple[Question, ...]:
    """Which brand (where brands are given), then every item by construct, those beside the model, attention checks."""
    routes = {route.item: route.asked_if for route in instrument.routing}
    found = []
    if brands:
        choices = tuple(Choice(one.id, one.label) for one in brands)
        group = Label(zh="评价对象", en="What is rated")
        found.append(
            Question("brand", "About", group, Label(zh="品牌", en="Brand"), BRAND, choices, None, True)
        )
    places = [
        (construct.id, construct.label, item)
        for construct in instrument.constructs
        for item in construct.items
    ]
    places += [("Beside", Label(zh="其他", en="More questions"), item) for item in instrument.beside]
    places += [("Checks", Label(zh="核对", en="Checks"), check) for check in instrument.attention]
    for group_id, group, item in places:
        route = routes.get(item.id)
        asked_if = (route.item, tuple(map(str, route.answers))) if route else None
        required = item.id in instrument.required or isinstance(item, AttentionCheck)
        choices = _choices(instrument, item, required)
        found.append(
            Question(item.id, group_id, group, item.label, item.question, choices, asked_if, required)
        )
    return tuple(found)


def _choices(instrument: Instrument, item: Item, required: bool) -> tuple[Choice, ...]:
    low, high = item.scale.min, item.scale.max
    words = _YES_NO if (low, high) == (0, 1) else {}
    answers = [Choice(str(k), words.get(k, Label(zh=str(k), en=str(k)))) for k in range(low, high + 1)]
    if isinstance(item, AttentionCheck):
        return tuple(answers)
    for kind, label in _MISSING.items():
        codes = getattr(instrument.missing, kind.value)
        if codes and not required:
            answers.append(Choice(codes[0], label, kind))
    return tuple(answers)
