"""Ids and short labels for what a questionnaire of others calls in its own way."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ncsi.questionnaire.asked import Words
from ncsi.spec.load import IDENTIFIER
from ncsi.spec.wave import RESERVED

_CONCEPTS = (
    ("Image", "形象", r"形象|\bimage\b"),
    ("Expectation", "预期", r"预期|期望|期待|expect"),
    ("Quality", "质量", r"质量|品质|quality"),
    ("Value", "价值", r"价值|性价比|value"),
    ("Satisfaction", "满意度", r"满意|satisf"),
    ("Loyalty", "忠诚", r"忠诚|loyal"),
    ("Complaints", "抱怨", r"抱怨|投诉|complain"),
    ("Trust", "信任", r"信任|信赖|\btrust"),
)
"""What constructs are mostly about: an id, which is its English name, its Chinese name, and the words that tell it."""
_BREAK = re.compile(r"[，,。.？?！!；;：:（(]")
_ZH, _EN = 16, 40


class Names:
    """Ids that are given out once each, whatever their case; `items`: names that items would like to keep."""

    def __init__(self, items: Sequence[str]) -> None:
        self._kept = {_clean(one).lower() for one in items}
        self._given: set[str] = set(RESERVED)

    def construct(self, group: str, words: Words, place: int) -> str:
        """For a construct: what its group is called, what it is about, its words, or its number."""
        about = (
            name
            for name, _, pattern in _CONCEPTS
            if re.search(pattern, f"{words.zh} {words.en}", re.IGNORECASE)
        )
        camel = "".join(one.capitalize() for one in re.findall(r"[A-Za-z0-9]+", words.en))[:40]
        own = group.removeprefix("G_")
        for name in (own, *about, camel):
            if IDENTIFIER.fullmatch(name) and name.lower() not in self._given | self._kept:
                return self._give(name)
        return self._numbered("Construct", place)

    def item(self, name: str, construct: str) -> str:
        """For an item: its name in the file where that will do, else a number in its construct."""
        clean = _clean(name)
        if IDENTIFIER.fullmatch(clean) and clean.lower() not in self._given:
            return self._give(clean)
        return self._numbered(construct[:3].upper(), 1)

    def _numbered(self, stem: str, first: int) -> str:
        number = first
        while f"{stem}{number}".lower() in self._given | self._kept:
            number += 1
        return self._give(f"{stem}{number}")

    def _give(self, name: str) -> str:
        self._given.add(name.lower())
        return name


def named(construct: str, words: Words) -> Words:
    """The name of a construct, in a language that lacks by its concept, else by its id."""
    zh = next((zh for name, zh, _ in _CONCEPTS if name == construct), "")
    return words.and_not(Words(zh, construct if zh else "")) if words.any else Words(zh, construct)


def _clean(name: str) -> str:
    return re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_")


def short(text: str) -> str:
    """The beginning of a question, for charts and tables: up to its first mark, at most some words."""
    head = _BREAK.split(text.strip(), maxsplit=1)[0].strip() or text.strip()
    if head.isascii():
        return head if len(head) <= _EN else head[:_EN].rsplit(" ", 1)[0] + " …"
    return head if len(head) <= _ZH else head[:_ZH] + "…"
