"""The method in short, the terms, and where the shares of sectors come from: what pages of the whole say alike."""

from __future__ import annotations

from ncsi.report import text
from ncsi.report.content.grids import Paragraph
from ncsi.report.content.heading import level
from ncsi.report.content.labels import several, unit_words
from ncsi.report.release_spec import ReleaseSpec
from ncsi.report.text import Pair, each, phrase, phrases

_METHOD = (
    "index", "weights", "uncertainty", "change", "ranks", "aggregation", "publication", "quality", "revision",
)  # fmt: skip


def method_paragraphs(spec: ReleaseSpec) -> tuple[Paragraph, ...]:
    """The method in short paragraphs, each with its heading."""
    declared = spec.wave.weighting.replicates if spec.wave.weighting else None
    values = {
        "replicates": text.count(declared.number if declared else spec.provenance.replicates),
        "level": level(spec),
        "seed": spec.provenance.seed,
    }
    wording = {"uncertainty": f"uncertainty_{declared.method}"} if declared else {}
    if not several(spec):
        wording["aggregation"] = "aggregation_one"
    told = [key for key in _METHOD if key != "aggregation" or several(spec) or _sampled_by_brand(spec)]
    words = unit_words(spec)
    return tuple(
        Paragraph(phrase(f"method_{key}_name"), phrase(f"method_{wording.get(key, key)}", **values, **words))
        for key in told
    )


def _sampled_by_brand(spec: ReleaseSpec) -> bool:
    return any(one.brands for one in spec.wave.sectors)


def glossary() -> tuple[Paragraph, ...]:
    """Terms with their definitions, in the order of the phrases."""
    names = [key.removeprefix("term_") for key in phrases() if key.startswith("term_")]
    return tuple(Paragraph(phrase(f"term_{name}"), phrase(f"define_{name}")) for name in names)


def share_note(spec: ReleaseSpec, coverage: float) -> Pair:
    """Where the shares of sectors come from, and how much of the list they cover."""
    used = [spec.sectors.sector(one.id).share for one in spec.wave.sectors]
    sources = [phrase("source_of_year", source=text.cited(share.source), year=share.year) for share in used]
    note = phrase("share_note", sources=text.listed(sources), coverage=f"{100 * coverage:.0f}%")
    if not any(share.illustrative for share in used):
        return note
    mark = phrase("illustrative")
    brackets = {"zh": "{}（{}）", "en": "{} ({})"}
    return each(lambda language: brackets[language].format(note.of(language), mark.of(language)))
