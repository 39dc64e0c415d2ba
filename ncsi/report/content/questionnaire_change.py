"""In words: that a sector was asked otherwise than in the wave before, and what that does to its trend."""

from __future__ import annotations

from ncsi.report import text
from ncsi.report.content.heading import level, previous_label
from ncsi.report.evidence_rows import QuestionnaireChange
from ncsi.report.release_spec import ReleaseSpec
from ncsi.report.result_rows import SectorTables, read
from ncsi.report.text import NOTHING, Pair, phrase
from ncsi.tables import OUT_QUESTIONNAIRE_CHANGES


def questionnaire_note(own: SectorTables, spec: ReleaseSpec) -> Pair:
    """What changed, and either by how much the index moved on the shared questions, or why the trend breaks; nothing
    where the sector was asked the same."""
    rows = read(QuestionnaireChange, own[OUT_QUESTIONNAIRE_CHANGES.name])
    if not rows:
        return NOTHING
    (one,) = rows
    what = phrase(
        "asked_otherwise", label=previous_label(spec), before=_named(one.previous_instrument, one.previous_version),
        now=_named(one.instrument, one.instrument_version), shared=one.shared, items=one.items,
    )  # fmt: skip
    if one.reason:
        return text.sentences([what, phrase("asked_broken", reason=phrase(f"asked_{one.reason}"))])
    size, ends = text.signed(one.change), text.interval(one.low, one.high)
    return text.sentences([what, phrase("asked_linked", size=size, level=level(spec), interval=ends)])


def _named(instrument: str, version: str) -> str:
    return f"{instrument} {version}"
