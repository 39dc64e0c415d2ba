"""Bilingual text: phrases from YAML, numbers as readers expect them."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from ncsi.numerals import NONE as NONE
from ncsi.numerals import number as number
from ncsi.spec import Label, Language
from ncsi.spec.publication import Shown as Shown
from ncsi.spec.yaml_documents import read_document

DASH = "–"
_RANGE = re.compile(r"(?<![\w-])(\d+)-(?=\d+(?![\w-]))", re.ASCII)
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_GAP = re.compile(r"(?<=[\u3400-\u9fff]) +(?=[A-Za-z0-9])|(?<=[A-Za-z0-9%]) +(?=[\u3400-\u9fff])")


@dataclass(frozen=True, slots=True)
class Pair:
    """A text in both languages."""

    zh: str
    en: str

    def of(self, language: Language) -> str:
        """The text in `language`."""
        return self.zh if language == "zh" else self.en

    def __iter__(self) -> Iterator[str]:
        """Chinese, then English."""
        return iter((self.zh, self.en))


NOTHING = Pair("", "")


@dataclass(frozen=True, slots=True)
class Reach(Pair):
    """Two ends with a word between them; where both languages are shown, `both` stands once for the two."""

    both: str


@cache
def _phrases(language: Language) -> dict[str, str]:
    folder = Path(__file__).parent / "phrases"
    loaded: dict[str, str] = {}
    for path in (folder / f"{language}.yaml", *sorted(folder.glob(f"*.{language}.yaml"))):
        loaded |= read_document(path).data
    return loaded


@cache
def phrases() -> dict[str, Pair]:
    """All phrases, unfilled."""
    zh, en = _phrases("zh"), _phrases("en")
    return {key: Pair(zh[key], en[key]) for key in zh}


def phrase(key: str, **values: object) -> Pair:
    """The phrase in both languages; a value that is a Pair gives each language its own text."""
    return each(
        lambda language: _phrases(language)[key].format(
            **{
                name: value.of(language) if isinstance(value, Pair) else value
                for name, value in values.items()
            }
        )
    )


def each(words: Callable[[Language], str]) -> Pair:
    """The pair of what `words` gives for each language."""
    return Pair(words("zh"), words("en"))


def pair(label: Label) -> Pair:
    """A label as a pair, as `typed`."""
    return typed(label.zh, label.en)


def typed(zh: str, en: str) -> Pair:
    """What somebody typed, as an editor prints it: in Chinese no space beside figures and Latin letters, where the page
    sets the gap."""
    return Pair(_GAP.sub("", zh), en)


def line(words: Pair) -> str:
    """Both languages in one line, a text that is the same in both once."""
    return words.zh if words.zh == words.en else f"{words.zh} {words.en}"


def set_in_type(words: Pair) -> Pair:
    """A question as an editor prints it: as `typed`, with an en dash between figures."""
    return typed(_ranged(words.zh), _ranged(words.en))


def _ranged(words: str) -> str:
    return _RANGE.sub(rf"\1{DASH}", words)


def same(text: str) -> Pair:
    """A text that is the same in both languages."""
    return Pair(text, text)


def cited(source: str) -> Pair:
    """A source as its file writes it: `Chinese | English`, or one text for both languages."""
    zh, bar, en = source.partition(" | ")
    return Pair(zh.strip(), en.strip()) if bar and zh.strip() and en.strip() else same(source)


def listed(pairs: Sequence[Pair]) -> Pair:
    """Things of one kind in a row, each once, in the order of their English."""
    ordered = sorted(set(pairs), key=lambda one: one.en)
    return clauses(ordered)


def joined(pairs: Sequence[Pair]) -> Pair:
    """A list in prose."""
    names = [one.en for one in pairs]
    en = names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1] if names else ""
    return Pair("、".join(one.zh for one in pairs), en)


def named(pairs: Sequence[Pair], most: int = 4) -> Pair:
    """A list in prose that names at most so many; the others are counted."""
    more = [phrase("and_more", k=len(pairs) - most)] if len(pairs) > most else []
    return joined([*pairs[:most], *more])


def clauses(pairs: Sequence[Pair]) -> Pair:
    """Clauses of one sentence, which may hold lists themselves."""
    return Pair("；".join(one.zh for one in pairs), "; ".join(one.en for one in pairs))


def sentences(pairs: Sequence[Pair]) -> Pair:
    """Whole sentences, one after another."""
    return Pair("".join(one.zh for one in pairs), " ".join(one.en for one in pairs))


def signed(value: float | None, digits: int = 1) -> str:
    """A change with its sign."""
    text = number(value, digits)
    return f"+{text}" if value is not None and float(f"{value:.{digits}f}") > 0 else text


def interval(low: float | None, high: float | None, digits: int = 1) -> Pair:
    """Two ends with an en dash, with a word where a minus sign would run into it; an em dash where there is none."""
    if low is None or high is None or math.isnan(low) or math.isnan(high):
        return same(NONE)
    return reach(number(low, digits), number(high, digits))


def signed_interval(low: float, high: float, digits: int = 1) -> Pair:
    """The two ends of a change, each with its sign."""
    return reach(signed(low, digits), signed(high, digits))


def reach(low: str, high: str) -> Pair:
    """Two written figures as the ends of one range."""
    if "−" not in low + high and "+" not in low + high:
        return same(f"{low}{DASH}{high}")
    words = phrase("reach", low=low, high=high)
    return Reach(words.zh, words.en, words.zh)


def span(least: str, most: str) -> Pair:
    """From the least to the most of several, as written; one figure where both are the same."""
    return same(least) if least == most else reach(least, most)


def bracketed(words: Pair) -> Pair:
    """Figures in brackets, as they follow another one: in Chinese without a gap."""
    made = phrase("in_brackets", words=words)
    return Reach(made.zh, f" {made.en}", made.zh)


def followed(name: Pair, words: Pair) -> Pair:
    """A name and, in brackets, what is to be said of it."""
    both = zip(name, bracketed(words), strict=True)
    return Pair(*(f"{one}{said}" for one, said in both))


def day(value: date) -> Pair:
    """A day as it stands in a sentence."""
    return Pair(
        f"{value.year}年{value.month}月{value.day}日", f"{value.day} {_MONTHS[value.month - 1]} {value.year}"
    )


def from_to(start: date, end: date) -> tuple[Pair, Pair]:
    """The first and the last day of a time; the year once where it is the same."""
    first, last = day(start), day(end)
    if start.year != end.year:
        return first, last
    return Pair(first.zh, first.en.rpartition(" ")[0]), Pair(last.zh.partition("年")[2], last.en)


def count(value: float) -> str:
    """A whole number with thousands separated."""
    return f"{round(value):,}"


def ranks(low: int, high: int) -> str:
    """A rank set: 3 or 2–5."""
    return str(low) if low == high else f"{low}{DASH}{high}"


def share(value: float, digits: int = 0) -> str:
    """A share of 0-1 in per cent; an em dash where there is none."""
    words = number(100 * value, digits)
    return words if words == NONE else f"{words}%"
