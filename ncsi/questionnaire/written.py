"""A draft as the text of an instrument's file, or as a sheet whose constructs are filled in by hand."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from ncsi.questionnaire.asked import Asked, Words
from ncsi.questionnaire.draft import Draft, DraftConstruct, DraftItem
from ncsi.spec.yaml_documents import as_scalar

_USUAL = (1, 10)


def instrument_text(draft: Draft, instrument_id: str, respondent: Words, modelled_on: str) -> str:
    """The YAML of the instrument, to be looked over: what is written is what the questionnaire says, no more."""
    title = draft.title if draft.title.any else Words(en=instrument_id)
    lines = [
        "spec: ncsi/instrument/1",
        f"id: {instrument_id}",
        "version: 1.0.0",
        f"label: {_both(title)}",
        f"respondent: {_both(respondent)}",
        f"modelled_on: {as_scalar(modelled_on)}",
    ]
    if draft.missing:
        lines += ["", "missing:"]
        lines += [
            f"  {kind}: [{', '.join(as_scalar(code) for code in codes)}]"
            for kind, codes in sorted(draft.missing.items())
        ]
    lines += ["", "constructs:"]
    lines += [line for one in draft.constructs for line in _construct(one)]
    lines += [
        "",
        "paths:           # every construct leads to the target, or follows from it: change what theory says",
    ]
    lines += [f"  - {{from: {source}, to: {goal}}}" for source, goal in draft.paths]
    return "\n".join([*lines, "", f"target: {draft.target}", ""])


def sheet_text(questions: Iterable[tuple[Asked, tuple[int, int]]]) -> str:
    """A CSV of construct, item and question, a row a question; constructs as the questionnaire groups them."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["construct", "item", "question_zh", "question_en", "scale"])
    for one, (low, high) in questions:
        row = [one.group_words.any or "?", one.name, one.words.zh, one.words.en, f"{low}-{high}"]
        writer.writerow([_no_formula(text) for text in row])
    return out.getvalue()


def _construct(one: DraftConstruct) -> Sequence[str]:
    lines = [f"  - id: {one.id}", f"    label: {_both(one.label)}", "    items:"]
    return [*lines, *(line for item in one.items for line in _item(item))]


def _item(one: DraftItem) -> Sequence[str]:
    words = one.question.label()
    lines = [f"      - id: {one.id}", f"        label: {_both(one.label)}"]
    lines += [
        "        question:",
        f"          zh: {as_scalar(words.zh)}",
        f"          en: {as_scalar(words.en)}",
    ]
    if one.scale != _USUAL:
        lines.append(f"        scale: {{min: {one.scale[0]}, max: {one.scale[1]}}}")
    return lines


def _both(words: Words) -> str:
    label = words.label()
    return f"{{zh: {as_scalar(label.zh)}, en: {as_scalar(label.en)}}}"


def _no_formula(text: str) -> str:
    """What a spreadsheet would take for a formula is text."""
    return f"'{text}" if text.startswith(("=", "+", "@")) else text
