"""XLSForm (KoboToolbox, ODK, SurveyCTO): rows of the sheets survey and choices. Source: the XLSForm reference."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence

from ncsi.errors import ReadError
from ncsi.questionnaire.asked import Asked, Survey, Words, words

Row = Mapping[str, str]
_LANGUAGE = re.compile(r"\((\w+)[^)]*\)\s*$")
_APPEARANCES = ("likert", "rating")


def from_xlsform(name: str, survey: Sequence[Row], choices: Sequence[Row], settings: Sequence[Row]) -> Survey:
    """The survey of the form's three sheets, each row by its columns. Raises ReadError where there are no types."""
    if not survey or "type" not in survey[0] or "name" not in survey[0]:
        raise ReadError(name, "its sheet survey has no columns type and name", "Save it as an XLSForm")
    lists: dict[str, list[tuple[str, Words]]] = defaultdict(list)
    for row in choices:
        code = row.get("name", "") or row.get("value", "")
        if code:
            lists[row.get("list_name", row.get("list name", ""))].append((code, _label(row)))
    found, within = [], [("", Words())]
    for row in survey:
        kind, _, rest = row["type"].strip().replace("begin group", "begin_group").partition(" ")
        if kind in ("begin_group", "begin_repeat"):
            within.append((row["name"], _label(row)))
        elif kind.startswith("end") and len(within) > 1:
            within.pop()
        elif kind in ("select_one", "range", "integer", "select_multiple", "text", "decimal"):
            group, group_words = within[-1]
            rated = any(one in row.get("appearance", "") for one in _APPEARANCES) or None
            answers = tuple(lists.get(rest.split(" ")[0], ())) if kind == "select_one" else ()
            found.append(
                Asked(
                    row["name"], _label(row), group, group_words, answers,
                    rated if kind == "select_one" else kind == "range",
                    _range(row) if kind == "range" else None,
                )
            )  # fmt: skip
    title = next((one.get("form_title", "") for one in settings), "")
    return Survey(words(title), tuple(found))


def _range(row: Row) -> tuple[int, int] | None:
    said = dict(re.findall(r"(start|end|step)=(-?\d+)", row.get("parameters", "")))
    return (int(said.get("start", 1)), int(said.get("end", 10))) if said.get("step", "1") == "1" else None


def _label(row: Row) -> Words:
    """The label in the languages of the form: `label`, or `label::English (en)`."""
    found = Words()
    for column, text in row.items():
        head, _, language = column.partition("::")
        if head.strip().lower() == "label" and text:
            code = _LANGUAGE.search(language)
            found = found.and_not(words(text, code[1] if code else ""))
    return found
