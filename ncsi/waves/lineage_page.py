"""The page of a lineage: what an index was made from, one page for the institute itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import unescape

from ncsi.report import html, text
from ncsi.report.pages import Page
from ncsi.report.text import NOTHING, Pair, phrase, phrases
from ncsi.report.woff import font_css
from ncsi.waves.lineage import Component, Lineage, TracedFile


@dataclass(frozen=True, slots=True)
class Fact:
    """A number in large type, and what it counts."""

    label: Pair
    value: str


@dataclass(frozen=True, slots=True)
class Named:
    """A line: what it is, and its value."""

    name: Pair
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FileLine:
    """A file: its rows, what it was cast by, whether it was left out and why."""

    name: str
    sha256: str
    producer: str
    ingested: str
    read: str
    accepted: str
    rejected: str
    excluded: str
    questionnaire: str
    left_out: Pair


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonLine:
    """Rows of a file that are not in the index, by reason (its code beside its name)."""

    file: str
    outcome: Pair
    name: Pair
    code: str
    rows: str


@dataclass(frozen=True, slots=True)
class PartLine:
    """Something that it was estimated with."""

    name: str
    version: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LineagePage(Page):
    """Everything that the page says."""

    value: str
    interval: Pair
    stands: tuple[Pair, ...]
    facts: tuple[Fact, ...]
    files: tuple[FileLine, ...]
    reasons: tuple[ReasonLine, ...]
    made: tuple[Named, ...]
    parts: tuple[PartLine, ...]


def lineage_page(found: Lineage) -> str:
    """The page, self-contained, zh and en."""
    page = content(found)
    plain = html.page("lineage.html.j2", page, {}, "")
    return html.page("lineage.html.j2", page, {}, font_css(set(unescape(plain)), weights=(400,)))


def content(found: Lineage) -> LineagePage:
    """What the page says."""
    label = found.sector_label if found.brand_label is None else text.each(
        lambda language: f"{found.sector_label.of(language)} · {found.brand_label.of(language)}"  # type: ignore[union-attr]
    )  # fmt: skip
    return LineagePage(
        title=phrase("lineage_title"), label=label, publisher=NOTHING,
        banner=phrase("synthetic") if found.synthetic else NOTHING, mark=phrase("synthetic_short"),
        synthetic=found.synthetic, release=found.wave, date=f"{found.estimated_at:%Y-%m-%d %H:%M}",
        value=text.number(found.figure.index_0_100, 2),
        interval=text.interval(found.figure.low, found.figure.high, 2),
        stands=tuple(_stands(found)), facts=tuple(_facts(found)), files=tuple(map(_file, found.files)),
        reasons=tuple(line for file in found.files for line in _reasons(file)),
        made=tuple(_made(found)), parts=tuple(map(_part, found.components)),
    )  # fmt: skip


def _stands(found: Lineage) -> Iterator[Pair]:
    """Which figure this is: of a revision that is out, or as stored."""
    if found.revision is None:
        yield phrase("lineage_stored")
    elif found.release is not None:
        yield phrase(
            "lineage_revision" if found.revision else "lineage_first", revision=found.revision,
            release=found.release.release_id, time=f"{found.release.published_at:%Y-%m-%d %H:%M}",
        )  # fmt: skip
    if found.figures_of is not None:
        yield phrase("lineage_figures_of", revision=found.figures_of)
    others = [str(one) for one in found.revisions if one != found.revision]
    if others:
        yield phrase("lineage_others", revisions=text.joined([text.same(one) for one in others]))


def _facts(found: Lineage) -> Iterator[Fact]:
    excluded = found.by_status.get("excluded", 0)
    counts = {
        "lineage_files": sum(not one.left_out for one in found.files),
        "lineage_accepted": sum(found.by_status.values()), "lineage_excluded": excluded,
        "lineage_without_score": found.without_score, "lineage_n": found.figure.n,
    }  # fmt: skip
    for key, value in counts.items():
        yield Fact(phrase(key), text.count(value))
    yield Fact(phrase("lineage_n_eff"), text.count(found.figure.n_eff))


def _file(one: TracedFile) -> FileLine:
    if one.superseded_by is not None:
        left_out = phrase("lineage_replaced", by=one.superseded_by[:12])
    elif one.withdrawn_at is not None:
        left_out = phrase("lineage_withdrawn", day=f"{one.withdrawn_at:%Y-%m-%d}")
    else:
        left_out = NOTHING
    asked = (one.instrument, one.instrument_version, one.instrument_sha256[:12])
    return FileLine(
        name=one.name, sha256=one.sha256, producer=one.producer or "",
        ingested=f"{one.ingested_at:%Y-%m-%d %H:%M}", read=text.count(one.read), accepted=text.count(one.accepted),
        rejected=text.count(sum(one.rejected.values())), excluded=text.count(sum(one.excluded.values())),
        questionnaire=" ".join(asked) if one.instrument else text.NONE, left_out=left_out,
    )  # fmt: skip


def _reasons(one: TracedFile) -> Iterator[ReasonLine]:
    outcomes: tuple[tuple[str, Mapping[str, int]], ...] = (
        ("lineage_rejected", one.rejected), ("lineage_excluded", one.excluded),
    )  # fmt: skip
    for outcome, counts in outcomes:
        for reason, rows in counts.items():
            yield ReasonLine(
                file=one.name, outcome=phrase(outcome), name=_reason(reason), code=reason, rows=text.count(rows)
            )  # fmt: skip


def _reason(code: str) -> Pair:
    """A rule of rejection has a name in both languages, and so have families of evidence, which together make a reason
    of quality; another disposition is told by its code."""
    known = phrases()
    if f"rule_{code}" in known:
        return known[f"rule_{code}"]
    families = [known.get(f"lineage_family_{one}", NOTHING) for one in code.split()]
    if not all(one.zh for one in families):
        return NOTHING
    told = text.joined(families)
    return Pair(told.zh, told.en[:1].upper() + told.en[1:])


def _made(found: Lineage) -> Iterator[Named]:
    asked = (found.instrument, found.instrument_version, found.instrument_sha256)
    yield Named(phrase("lineage_questionnaire"), " ".join(asked))
    yield Named(phrase("lineage_weights"), found.weight_version)
    yield Named(phrase("lineage_seed"), str(found.seed))
    yield Named(phrase("lineage_replicates"), text.count(found.replicates))
    yield Named(phrase("lineage_inputs"), found.inputs_sha256)
    yield Named(phrase("lineage_run"), found.run)
    yield Named(phrase("lineage_estimated"), f"{found.estimated_at:%Y-%m-%d %H:%M} UTC")


def _part(one: Component) -> PartLine:
    return PartLine(one.name, one.version or "", one.sha256 or "")
