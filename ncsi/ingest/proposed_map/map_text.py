"""A proposed column map as a YAML file, for the researcher to correct: its confidence stands in comments."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

from ncsi.ingest.dialects.column_names import plain_text
from ncsi.ingest.proposed_map.answer_words import Wording
from ncsi.ingest.proposed_map.coded_values import Coding
from ncsi.ingest.proposed_map.column_matches import Kind, Match, Proposal, Question
from ncsi.ingest.proposed_map.meant_otherwise import REVERSED
from ncsi.spec.wave import EVERY_ITEM
from ncsi.spec.yaml_documents import as_scalar

_HEAD = """\
# Proposed by `ncsi map`: check every line, above all those below 1.00, then run `ncsi check --map`.
# A question is a comment with its candidates: remove the mark # before the one that is right."""
_SECTIONS: tuple[tuple[str, Kind], ...] = (
    ("columns", "column"),
    ("background", "background"),
    ("items", "item"),
)
_LONGEST = 40


def map_id(name: str) -> str:
    """A map's id from the name of its file: letters, digits and underscores, a letter first, at most 40."""
    plain = re.sub(r"[^A-Za-z0-9_]+", "_", name).strip("_")
    return (plain if plain[:1].isalpha() else f"map_{plain}".rstrip("_"))[:_LONGEST]


def as_yaml(proposal: Proposal, name: str, sheet: str | None = None, header_row: int = 1) -> str:
    """The proposal as a map file: its confidence in comments, its questions too, what is left under `ignore`.

    `name`: what its id is made from; `sheet` and `header_row`: where the table stands in a workbook.
    """
    lines = [
        _HEAD,
        "spec: ncsi/map/1",
        f"id: {map_id(name)}",
        f"dialect: {proposal.dialect}",
        *([] if sheet is None else [f"sheet: {as_scalar(sheet)}"]),
        *([] if header_row == 1 else [f"header_row: {header_row}"]),
        *_own(one for one in proposal.matches if one.kind == "platform"),
        *([] if proposal.short_scale is None else [f"# {short_scale(proposal.short_scale)}"]),
    ]
    for title, kind in _SECTIONS:
        rows = [one for one in proposal.matches if one.kind == kind]
        lines += _section(title, rows, [one for one in proposal.questions if one.kind == kind])
    placed = {one.kind for one in proposal.matches} | {one.kind for one in proposal.questions}
    if proposal.unmatched and "item" not in placed:
        lines.append("# items:  # remove the mark # here too")
    lines += [
        f"  # {name}: no similar column was found; name its column"
        + (" under `columns:`" if name == "brand" else "")
        for name in proposal.unmatched
    ]
    if proposal.missing:
        lines.append("missing:")
        lines += [f"  {kind}: [{', '.join(map(as_scalar, codes))}]" for kind, codes in proposal.missing]
    lines += _values(proposal.words, proposal.codings)
    if proposal.unnamed:
        lines.append(f"# {unnamed(proposal.unnamed)}")
    if proposal.left:
        lines.append("ignore:  # read and dropped")
        note = {name: f"  # {group_told(meant)}" for name, meant in proposal.groups}
        note |= dict.fromkeys(proposal.personal, "  # looks personal")
        lines += [f"  - {_header(name)}{note.get(name, '')}" for name in proposal.left]
    return "\n".join(lines) + "\n"


def short_scale(reach: tuple[int, int]) -> str:
    """What to say where answers use no more than the lower part of the scale."""
    return (
        f"All answers lie from {reach[0]} to {reach[1]}, the lower part of the instrument's scale: "
        "is the file on another scale?"
    )


_WHERE = {
    "sector": "where the file is of several, name it under columns: and leave --sector out",
    "brand": "declare brands: of the sector to rank them",
    "region": "declare background: {region: …} of the wave to use it",
    "background": "declare it among those of the wave to use it",
}


def group_told(meant: str) -> str:
    """What to say of a column that seems to group the rows and that nothing declares."""
    return f"by its name the {meant}: {_WHERE[meant]}"


def unnamed(count: int) -> str:
    """What to say of words that are counted only."""
    which = "1 answer is a word" if count == 1 else f"{count} answers are words"
    return (
        f"{which} that fewer than three respondents gave; not named here, since it may be personal. "
        "`ncsi check` names the rows."
    )


def _own(matches: Iterable[Match]) -> list[str]:
    """What the platform's own columns mean needs no line: naming one takes away what else it tells."""
    told = "; ".join(f"{one.meaning} from {_header(one.column)}" for one in matches)
    return [f"# Known of this platform, nothing to write: {told}."] if told else []


def _section(title: str, rows: Sequence[Match], questions: Sequence[Question]) -> list[str]:
    if not rows and not questions:
        return []
    lines = [f"{title}:" if rows else f"# {title}:  # remove the mark # here too"]
    lines += [f"  {one.meaning}: {_header(one.column)}  # {one.confidence:.2f} by {one.by}" for one in rows]
    for one in questions:
        sure = f"not sure, {one.why}" if one.why else "not sure"
        lines.append(f"  # {one.meaning}: {sure}" + (", one of:" if len(one.columns) > 1 else ", perhaps:"))
        lines += [f"  # {one.meaning}: {_turned(one, column)}" for column in one.columns]
    return lines


def _turned(question: Question, column: str) -> str:
    """A candidate; one whose labels run the other way is offered to be counted from its other end."""
    found = _header(column)
    return f"{{column: {found}, reverse: true}}" if question.why == REVERSED else found


def _values(words: Sequence[Wording], codings: Sequence[Coding]) -> list[str]:
    """Codes of words and ids of values; one that nothing tells of stays a comment: it would be no answer."""
    told = [
        (one.item, one.word, one.code, f"{one.confidence:.2f} by {one.by}")
        for one in words
        if one.code is not None
    ]
    told += [(one.meaning, one.word, one.id, f"by {one.by}") for one in codings if one.id is not None]
    lines = ["values:"] if told else []
    for meaning in dict.fromkeys(one[0] for one in told):
        lines.append(f"  {meaning}:")
        lines += [
            f"    {as_scalar(word)}: {as_scalar(code)}  # {why}"
            for of, word, code, why in told
            if of == meaning
        ]
    lines += _without_code([one for one in words if one.code is None])
    return lines + [
        f"  # values.{one.meaning}: {as_scalar(one.word)} is nothing that the wave declares; give it an id"
        for one in codings
        if one.id is None
    ]


def _without_code(words: Sequence[Wording]) -> list[str]:
    """Words that nothing tells the code of, each once: what several items say is coded under `"*"`."""
    items: dict[str, list[str]] = {}
    for one in words:
        items.setdefault(one.word, []).append(one.item)
    lines = []
    for word, of in items.items():
        place, many = (of[0], "") if len(of) == 1 else (as_scalar(EVERY_ITEM), f" ({len(of)} items)")
        lines.append(f"  # values.{place}: {as_scalar(word)} is an answer without a code; give it one{many}")
    return lines


def _header(name: str) -> str:
    """A header as YAML, without characters that are not seen: no spec may hold them, and it is found without."""
    seen = all(char in "\n\t" or unicodedata.category(char) not in ("Cc", "Cf") for char in name)
    return as_scalar(name if seen else plain_text(name))
