"""How a column may be referred to: by its header, its key, its number, the text of its question."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ncsi.ingest.cells import normalised

_TAG = re.compile(r"<[^>]{0,500}>")
_SPACE = re.compile(r"\s+")
_CODED = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its header, and what else the export calls it. `key` is stable between waves; `number` a question's."""

    name: str
    text: str = ""
    key: str = ""
    number: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)


def plain_text(text: str) -> str:
    """A question's text for comparison: no markup, one space, normalised."""
    bare = html.unescape(_TAG.sub(" ", text)) if "<" in text or "&" in text else text
    return _SPACE.sub(" ", normalised(bare)).strip(" :：")


class Names:
    """Finds the column that a map, an item id or a question means; the surest way of naming it wins."""

    def __init__(self, columns: tuple[Column, ...]) -> None:
        """Index the columns; what names two columns names none."""
        self._headers = {one.name: one.name for one in columns}
        self._others = [
            _unique((one.key, one.name) for one in columns if one.key),
            _unique((one.number, one.name) for one in columns if one.number),
            _unique((plain_text(one.text), one.name) for one in columns if one.text),
            _unique((one.key.casefold(), one.name) for one in columns if _CODED.fullmatch(one.key)),
            _unique((one.name.casefold(), one.name) for one in columns if _CODED.fullmatch(one.name)),
        ]

    def find(self, *wanted: str) -> str | None:
        """Header of the first of these names that the export knows."""
        for name in wanted:
            if name in self._headers:
                return name
            for known in self._others:
                found = known.get(name) or known.get(plain_text(name)) or known.get(name.casefold())
                if found:
                    return found
        return None


def _unique(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Name → header, without names that two columns share."""
    found: dict[str, str] = {}
    shared: set[str] = set()
    for name, header in pairs:
        if name in found and found[name] != header:
            shared.add(name)
        found.setdefault(name, header)
    return {name: header for name, header in found.items() if name and name not in shared}
