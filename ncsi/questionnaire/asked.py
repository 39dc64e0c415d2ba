"""A questionnaire as some platform, dictionary or sheet describes it, before it is one of ours."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

from ncsi.spec import Label

_TAG = re.compile(r"<[^>]{0,2000}>")
_CHINESE, _ENGLISH = r"[^A-Za-z]*[\u3400-\u9fff][^A-Za-z]*?", r"[A-Za-z][^\u3400-\u9fff]*"
_BOTH = tuple(
    map(
        re.compile,
        (
            rf"(?P<zh>{_CHINESE}[？?。！!])\s*(?P<en>{_ENGLISH})",
            rf"(?P<zh>{_CHINESE})\s*[/|｜]\s*(?P<en>{_ENGLISH})",
            rf"(?P<en>{_ENGLISH}[?.!])\s*(?P<zh>{_CHINESE})",
            rf"(?P<en>{_ENGLISH}?)\s*[/|｜]\s*(?P<zh>{_CHINESE})",
        ),
    )
)
"""A text in both languages, told apart by the mark that ends the first or by a stroke between them."""
_LONGEST = 600
_CJK = re.compile(r"[\u3400-\u9fff]")


@dataclass(frozen=True, slots=True)
class Words:
    """One text, in Chinese, in English, or in both."""

    zh: str = ""
    en: str = ""

    @property
    def any(self) -> str:
        """The text in whichever language there is."""
        return self.en or self.zh

    def label(self) -> Label:
        """In both languages; one that is lacking is filled in with the other. ValueError where there is no text."""
        return Label(zh=self.zh or self.en, en=self.en or self.zh)

    def and_not(self, other: Words) -> Words:
        """These words, with the other ones in a language that lacks here."""
        return Words(self.zh or other.zh, self.en or other.en)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question: `group` is what it stands in (a block, a page, a matrix); `answers` are codes with their words.

    `rating`: whether its platform says that it is answered on a scale; None where it does not say. `span`: the lowest
    and highest whole number that is answered, where codes alone do not say. `missing`: codes declared as no answer.
    `why`: what is known to keep it from being an item. `held`: the whole numbers that the span was read off, those that
    are answered or labelled in it or in a row of its array; empty where its platform declares the scale.
    """

    name: str
    words: Words
    group: str = ""
    group_words: Words = Words()
    answers: tuple[tuple[str, Words], ...] = ()
    rating: bool | None = None
    span: tuple[int, int] | None = None
    missing: tuple[str, ...] = ()
    label: Words = Words()
    why: str = ""
    held: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Survey:
    """A questionnaire by others: its title, and its questions in the order asked; `answered`: whether it was read off
    answers, so that scales are what was answered."""

    title: Words
    questions: tuple[Asked, ...]
    answered: bool = False


def plain(text: str | None) -> str:
    """Text without markup, entities and runs of blanks."""
    return " ".join(html.unescape(_TAG.sub(" ", text or "")).split())


def words(text: str | None, language: str = "") -> Words:
    """A text as words of its language; without one, Chinese characters tell. Other languages count as English.

    One that says the same in Chinese and in English, a mark or a stroke between them, is the words of both.
    """
    said = plain(text)
    if not language and len(said) <= _LONGEST:
        both = next((found for one in _BOTH if (found := one.fullmatch(said))), None)
        if both:
            return Words(both["zh"].strip(), both["en"].strip())
    if language.lower().startswith("zh") or (not language and _CJK.search(said)):
        return Words(zh=said)
    return Words(en=said)
