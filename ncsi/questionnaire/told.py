"""What its owner says of a questionnaire that its file does not: constructs, the scale, codes of missing answers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from ncsi.errors import SpecError
from ncsi.questionnaire.asked import Asked, Survey, Words, words
from ncsi.questionnaire.draft import Draft, refuse_unknown
from ncsi.questionnaire.taken import ONE_ANSWER, scale_read_off
from ncsi.spec import Missing

UNNAMED = "in none of the constructs named"


@dataclass(frozen=True, slots=True)
class Told:
    """`constructs`: name → its questions; `scale`: the lowest and the highest answer; `missing`: code → its kind.

    A construct's name may be Chinese, English, or both as `环境 | Environment`.
    """

    constructs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    scale: tuple[int, int] | None = None
    missing: Mapping[str, str] = field(default_factory=dict)


def as_told(survey: Survey, told: Told) -> Survey:
    """The survey with what is told of it. Raises SpecError: a question that there is not, in two constructs, or that
    cannot be an item; answers beyond the scale that are not told to be missing; a kind of missing that there is not.

    Questions stay in the order asked, since rules of response quality go by it."""
    kinds = [kind.value for kind in Missing]
    for code, kind in told.missing.items():
        if kind not in kinds:
            raise SpecError(
                "--missing", f"'{kind[:30]}' is no kind, of {code[:10]}", f"Kinds: {', '.join(kinds)}"
            )
    home = _homes(survey, told.constructs)
    return replace(survey, questions=tuple(_told(one, told, home) for one in survey.questions))


def with_missing(draft: Draft, missing: Mapping[str, str]) -> Draft:
    """The draft with the codes of missing answers told. Raises SpecError for one that is an answer of an item."""
    found = {
        kind: tuple(code for code in codes if code not in missing) for kind, codes in draft.missing.items()
    }
    for code, kind in missing.items():
        for item in (item for one in draft.constructs for item in one.items):
            low, high = item.scale
            if code.lstrip("-").isdigit() and low <= int(code) <= high:
                raise SpecError(
                    "--missing", f"{code} is an answer of {item.source[:60]}, whose scale is {low}-{high}",
                    "Give its --scale, or leave that question out",
                )  # fmt: skip
        found[kind] = (*found.get(kind, ()), code)
    return replace(draft, missing={kind: codes for kind, codes in found.items() if codes})


def _homes(survey: Survey, constructs: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, Words]]:
    """Question → id and words of its construct."""
    found: dict[str, tuple[str, Words]] = {}
    for name, questions in constructs.items():
        refuse_unknown(survey, questions)
        parts = [words(part.strip()) for part in name.split("|")]
        both = parts[0].and_not(parts[-1])
        for one in questions:
            if one in found:
                raise SpecError("--construct", f"'{one[:60]}' stands in two", "Name it once")
            found[one] = (both.any, both)
    return found


def _told(one: Asked, told: Told, home: Mapping[str, tuple[str, Words]]) -> Asked:
    missing = (*one.missing, *(code for code in told.missing if code not in one.missing))
    one = _without(replace(one, missing=missing), told.missing)
    named = one.name in home
    if home and not named:
        return replace(one, rating=False, why=UNNAMED)
    beyond = _beyond(one, told.scale)
    if beyond and named:
        raise SpecError(
            f"question {one.name[:60]}",
            f"beyond the scale there are answers {', '.join(map(str, beyond))}",
            f"Say what they stand for, as in --missing {beyond[0]} not_asked, or give another --scale",
        )
    if beyond:
        return replace(one, rating=False, why="answers beyond the scale given")
    if told.scale is not None and (one.span is not None or (named and one.why == ONE_ANSWER)):
        one = replace(one, span=told.scale, why="")
    if not named:
        return one
    if one.why and one.span is None:
        raise SpecError(f"question {one.name[:60]}", f"it cannot be an item: {one.why}", _cure(one.why))
    group, group_words = home[one.name]
    return replace(one, group=group, group_words=group_words, rating=True, why="")


def _cure(why: str) -> str:
    if "whole numbers" in why:
        return "Export the file again with numbers (问卷星: 按选项序号下载; others: values, codes), or leave it out"
    return "Give its --scale, or leave it out" if why == ONE_ANSWER else "Leave it out"


def _without(one: Asked, missing: Collection[str]) -> Asked:
    """The question without codes of missing answers: its scale is what else it holds, or a declared one without those
    at its ends."""
    if one.held:
        held = tuple(code for code in one.held if str(code) not in missing)
        if held == one.held:
            return one
        span, why = scale_read_off(held, bool(one.group))
        return replace(one, held=held, span=span, why=why)
    if one.span is None:
        return one
    low, high = one.span
    while str(low) in missing and low < high:
        low += 1
    while str(high) in missing and low < high:
        high -= 1
    return replace(one, span=(low, high))


def _beyond(one: Asked, scale: tuple[int, int] | None) -> list[int]:
    """Answers that lie beyond the scale told: of those it holds, or of its declared scale."""
    if scale is None or (one.span is None and not one.held):
        return []
    codes = one.held or (range(one.span[0], one.span[1] + 1) if one.span else ())
    return [code for code in codes if not scale[0] <= code <= scale[1]]
