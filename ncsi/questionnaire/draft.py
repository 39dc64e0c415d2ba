"""A questionnaire of others as an instrument of ours: its items, their constructs and scales."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from ncsi.errors import SpecError
from ncsi.questionnaire.asked import Asked, Survey, Words
from ncsi.questionnaire.names import Names, named, short

_RATES = re.compile(
    r"\d|满意|同意|可能|非常|很|好|差|重要|符合|satisf|agree|likely|good|poor|excellent|important|very|never|always|easy|"
    r"difficult|reliab|high|low",
    re.IGNORECASE,
)
_FEWEST = 3
"""Answers of a scale."""
_TARGET = re.compile(r"满意|satisf|^sat$", re.IGNORECASE)
_OUTCOME = re.compile(
    r"忠诚|抱怨|投诉|推荐|再次|重复购买|意愿|意向|loyal|^loy|complain|recommend|repurchas|retention|intention|advoca",
    re.IGNORECASE,
)

Labelled = TypeVar("Labelled", "DraftItem", "DraftConstruct")
KindOf = Callable[[str], str]
"""Label of a code → the kind of missing answer that it speaks of, "blank" where it speaks of none."""


@dataclass(frozen=True, slots=True)
class DraftItem:
    """An item: its ids in the file and here, its words, the lowest and the highest answer."""

    source: str
    id: str
    label: Words
    question: Words
    scale: tuple[int, int]


@dataclass(frozen=True, slots=True)
class DraftConstruct:
    """A construct and its items."""

    id: str
    label: Words
    items: tuple[DraftItem, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """What an instrument is written from; `left_out`: questions that are no items, and why."""

    title: Words
    constructs: tuple[DraftConstruct, ...]
    target: str
    paths: tuple[tuple[str, str], ...]
    missing: dict[str, tuple[str, ...]]
    left_out: tuple[tuple[str, str], ...]


def rated(
    survey: Survey,
    kind_of: KindOf,
    keep: Collection[str] = (),
    drop: Collection[str] = (),
    doubtful: bool = False,
) -> tuple[tuple[tuple[Asked, tuple[int, int]], ...], tuple[tuple[str, str], ...]]:
    """The questions that are answered on a scale, each with it, and the others with the reason.

    `keep` names questions that are items although nothing says so, `drop` those that are none; `doubtful`: whether
    those are items whose answers nothing labels and that may be a scale. Raises SpecError for a name that there is
    not, and for one to keep that has no scale.
    """
    refuse_unknown(survey, (*keep, *drop))
    alike = Counter(_asked_as(one) for one in survey.questions)
    found, left = [], []
    for one in survey.questions:
        scale = _scale(one, kind_of)
        many = 2 if doubtful and not one.answers else alike[_asked_as(one)] if one.group else 1
        why = _why_not(one, scale, many)
        if one.name in drop:
            left.append((one.name, "left out as asked"))
        elif one.name in keep and scale is None:
            reason = f": {one.why}" if one.why else ""
            problem = f"'{one.name[:60]}' has no answers that are whole numbers in a row{reason}"
            raise SpecError(f"question {one.name[:60]}", problem, "Leave it out, or code its answers")
        elif scale is not None and (one.name in keep or not why):
            found.append((one, scale))
        else:
            left.append((one.name, why))
    return tuple(found), tuple(left)


def drafted(
    survey: Survey,
    kind_of: KindOf,
    target: str | None = None,
    keep: Collection[str] = (),
    drop: Collection[str] = (),
) -> Draft:
    """The survey as a draft: each group of questions on a scale is a construct, `target` the one that is published.

    Every construct leads to the target, but those that speak of loyalty or complaints follow from it. Raises SpecError:
    fewer than two constructs, or none that can be told to be the target.
    """
    questions, left = rated(survey, kind_of, keep, drop)
    constructs = _constructs(questions)
    if not questions:
        raise SpecError(
            "the questionnaire",
            f"none of its {len(left)} questions is taken for one on a scale: {reasons(left)}",
            "Name those that are with --construct NAME QUESTIONS, or with --keep",
        )
    if len(questions) == 1:
        raise SpecError(
            "the questionnaire",
            f"it has one question on a scale, {questions[0][0].name[:60]}, and a model needs two constructs at least",
            "Name others that are answered in order with --construct NAME QUESTIONS, or take a file that asks more",
        )
    if len(constructs) < 2:
        raise SpecError(
            "the questionnaire",
            f"questions on a scale: {len(questions)}, and they stand in one group, so that no constructs can be told",
            "Name the constructs with --construct NAME QUESTIONS, or write a sheet with --out questions.csv, fill in "
            "its column construct, and give the sheet instead",
        )
    chosen = _target(constructs, target)
    paths = tuple(
        (chosen, one.id) if _outcome(one) else (one.id, chosen) for one in constructs if one.id != chosen
    )
    if all(source == chosen for source, _ in paths):
        raise SpecError(
            f"construct {chosen}",
            "every other construct speaks of what follows from it",
            "Name another --target",
        )
    scales = [item.scale for one in constructs for item in one.items]
    return Draft(survey.title, constructs, chosen, paths, _missing(questions, scales, kind_of), left)


def reasons(left: Sequence[tuple[str, str]], most: int = 6) -> str:
    """The questions that are no items, each with why, for a message; the first ones."""
    more = f" and {len(left) - most} more" if len(left) > most else ""
    return ", ".join(f"{name[:30]} ({why})" for name, why in left[:most]) + more


def refuse_unknown(survey: Survey, names: Sequence[str]) -> None:
    """Raise SpecError for a name that no question has."""
    known = [one.name for one in survey.questions]
    for name in names:
        if name not in known:
            shown = ", ".join(one[:30] for one in known[:40])
            raise SpecError(
                "the questionnaire", f"it has no question '{name[:60]}'", f"Its questions: {shown}"
            )


def _asked_as(one: Asked) -> tuple[object, ...]:
    """What two questions of one battery have in common."""
    return (one.group, one.span) if one.span else (one.group, one.answers)


def _scale(one: Asked, kind_of: KindOf) -> tuple[int, int] | None:
    """The lowest and the highest answer; None where the codes are no row of whole numbers."""
    if one.span is not None:
        return one.span
    codes = sorted(
        int(code)
        for code, said in one.answers
        if code.lstrip("-").isdigit() and code not in one.missing and kind_of(said.any) == "blank"
    )
    row = len(codes) > 1 and codes == list(range(codes[0], codes[0] + len(codes)))
    return (codes[0], codes[-1]) if row else None


def _why_not(one: Asked, scale: tuple[int, int] | None, alike: int) -> str:
    """Why a question is no item; empty where it is one."""
    if one.why or scale is None:
        return one.why or "no scale of whole numbers"
    if one.rating is False:
        return "not asked as a rating"
    if scale[1] - scale[0] + 1 < _FEWEST:
        return "two answers only"
    if one.rating is None and alike < 2 and not any(_RATES.search(said.any) for _, said in one.answers):
        return "its answers do not read as a scale"
    return ""


def _constructs(questions: Sequence[tuple[Asked, tuple[int, int]]]) -> tuple[DraftConstruct, ...]:
    groups: dict[str, list[tuple[Asked, tuple[int, int]]]] = {}
    for one, scale in questions:
        groups.setdefault(one.group, []).append((one, scale))
    names = Names(tuple(one.name for one, _ in questions))
    found = []
    for place, (group, members) in enumerate(groups.items(), 1):
        name = names.construct(group, members[0][0].group_words, place)
        label = named(name, members[0][0].group_words)
        items = tuple(
            DraftItem(one.name, names.item(one.name, name), _label(one), _question(one), scale)
            for one, scale in members
        )
        found.append(DraftConstruct(name, label, _told_apart(items)))
    return tuple(_told_apart(found))


def _label(one: Asked) -> Words:
    said = _question(one)
    return one.label if one.label.any else Words(short(said.zh), short(said.en))


def _question(one: Asked) -> Words:
    """Its words; a dictionary may have none."""
    return one.words if one.words.any else Words(en=one.name)


def _told_apart(ones: Sequence[Labelled]) -> tuple[Labelled, ...]:
    """Labels that read alike get the id behind them."""
    seen = Counter(key for one in ones for key in _read(one.label))
    return tuple(
        replace(
            one, label=Words(*(f"{text} ({one.id})" if text else "" for text in (one.label.zh, one.label.en)))
        )
        if any(seen[key] > 1 for key in _read(one.label))
        else one
        for one in ones
    )


def _read(label: Words) -> tuple[tuple[str, str], ...]:
    both = label.label()
    return ("zh", both.zh.casefold()), ("en", both.en.casefold())


def _target(constructs: Sequence[DraftConstruct], wanted: str | None) -> str:
    ids = ", ".join(one.id for one in constructs)
    if wanted is not None:
        for one in constructs:
            if wanted.casefold() in (one.id.casefold(), one.label.zh.casefold(), one.label.en.casefold()):
                return one.id
        raise SpecError("--target", f"there is no construct '{wanted[:60]}'", f"Constructs are: {ids}")
    found = [
        one
        for one in constructs
        if _TARGET.search(one.id) or _TARGET.search(f"{one.label.zh} {one.label.en}")
    ]
    if len(found) != 1:
        problem = (
            f"{len(found) or 'none'} of its constructs can be told to be the one whose index is published"
        )
        raise SpecError("the questionnaire", problem, f"Name it with --target; constructs are: {ids}")
    return found[0].id


def _outcome(one: DraftConstruct) -> bool:
    return any(_OUTCOME.search(text) for text in (one.id, one.label.zh, one.label.en))


def _missing(
    questions: Sequence[tuple[Asked, tuple[int, int]]], scales: Sequence[tuple[int, int]], kind_of: KindOf
) -> dict[str, tuple[str, ...]]:
    """Codes of missing answers by kind, those that are an answer of some item aside, and one code of two kinds too."""
    kinds: dict[str, set[str]] = {}
    for one, (low, high) in questions:
        for code, said in one.answers:
            kind = kind_of(said.any)
            inside = code.lstrip("-").isdigit() and low <= int(code) <= high
            if not inside and (code in one.missing or kind != "blank"):
                kinds.setdefault(code, set()).add(kind)
        for code in set(one.missing) - {code for code, _ in one.answers}:
            kinds.setdefault(code, set()).add("blank")
    found: dict[str, tuple[str, ...]] = {}
    for code, told in sorted(kinds.items()):
        on_scale = code.lstrip("-").isdigit() and any(low <= int(code) <= high for low, high in scales)
        if len(told) == 1 and not on_scale:
            (kind,) = told
            found[kind] = (*found.get(kind, ()), code)
    return found
