"""A proposed column map as a YAML file, for the researcher to correct: its confidence stands in comments."""

from __future__ import annotations

from ncsi.ingest.proposed_map.answer_words import Wording
from ncsi.ingest.proposed_map.column_matches import SYNONYMS, Proposal
from ncsi.spec.yaml_documents import as_scalar


def as_yaml(proposal: Proposal, map_id: str, sheet: str | None = None) -> str:
    """The proposal as a map file: its confidence in comments, what is left under `ignore` to be looked at."""
    items = {one.meaning for one in proposal.matches if one.meaning not in SYNONYMS}
    lines = [
        "# Proposed by `ncsi map`: check every line, above all those below 1.00, then run `ncsi check --map`.",
        "spec: ncsi/map/1",
        f"id: {as_scalar(map_id)}",
        f"dialect: {proposal.dialect}",
        *([] if sheet is None else [f"sheet: {as_scalar(sheet)}"]),
    ]
    for title, chosen in (("columns", False), ("items", True)):
        rows = [one for one in proposal.matches if (one.meaning in items) is chosen]
        lines += [f"{title}:"] if rows else []
        lines += [
            f"  {one.meaning}: {as_scalar(one.column)}  # {one.confidence:.2f} by {one.by}" for one in rows
        ]
    for item in proposal.unmatched:
        lines.append(f"  # {item}: no similar column was found; name its column")
    if proposal.missing:
        lines.append("missing:")
        lines += [f"  {kind}: [{', '.join(map(as_scalar, codes))}]" for kind, codes in proposal.missing]
    lines += _values(proposal.words)
    if proposal.left:
        lines.append("ignore:  # read and dropped")
        note = dict.fromkeys(proposal.personal, "  # looks personal")
        lines += [f"  - {as_scalar(name)}{note.get(name, '')}" for name in proposal.left]
    return "\n".join(lines) + "\n"


def _values(words: tuple[Wording, ...]) -> list[str]:
    """Codes of words by item; a word that nothing tells the code of stays a comment: it would be no answer."""
    coded_words = [one for one in words if one.code is not None]
    lines = ["values:"] if coded_words else []
    for item in dict.fromkeys(one.item for one in coded_words):
        lines.append(f"  {item}:")
        lines += [
            f"    {as_scalar(one.word)}: {as_scalar(one.code or '')}  # {one.confidence:.2f} by {one.by}"
            for one in coded_words
            if one.item == item
        ]
    return lines + [
        f"  # values.{one.item}: {as_scalar(one.word)} is an answer without a code; give it one"
        for one in words
        if one.code is None
    ]
