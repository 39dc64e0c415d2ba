"""The press note: one page of sentences, each made by the significance of its figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ncsi.report import text
from ncsi.report.axis_rows import RankedRow
from ncsi.report.chart_data import Spans, Trend
from ncsi.report.content.findings import ChangeLine
from ncsi.report.content.heading import heading, taken_along
from ncsi.report.content.nation_in_parts import MoverRow, Movers
from ncsi.report.content.national import NationalPage
from ncsi.report.content.quality_report import contact_line
from ncsi.report.pages import ReleasePage
from ncsi.report.release_spec import ReleaseSpec
from ncsi.report.text import Pair, phrase
from ncsi.spec import Language

_NAMED = 3
_COLON: dict[Language, str] = {"zh": "：", "en": ": "}


@dataclass(frozen=True, slots=True, kw_only=True)
class PressNote(ReleasePage):
    """Everything that the press note says."""

    headline: Pair
    index_name: Pair
    value: str
    interval: Pair
    change: ChangeLine | None
    changes: tuple[ChangeLine, ...]
    paragraphs: tuple[Pair, ...]
    measured: Pair
    caution: Pair
    contact: Pair
    movers: Movers
    trend: Trend | None
    changes_of_sectors: Spans | None


def press(national: NationalPage, spec: ReleaseSpec) -> PressNote:
    """The press note of a national report: the same findings, the significant movers by name, how sure all of it
    is, how it was measured."""
    start, end = text.from_to(spec.wave.field.start, spec.wave.field.end)
    return PressNote(
        **heading(spec, along=taken_along(spec.formats, "press")),
        headline=national.headline,
        index_name=national.index_name,
        value=national.value,
        interval=national.interval,
        change=national.change,
        changes=national.changes,
        paragraphs=(*national.findings, *_moved(national.movers.rows), *_extremes(national.ranking)),
        measured=phrase(
            "press_measured" if national.several else "press_measured_one",
            n=national.facts[0].value, sectors=len(spec.wave.sectors),
            start=start, end=end,
            level=national.level,
        ),
        caution=phrase("press_caution"),
        contact=contact_line(spec),
        movers=national.movers,
        trend=national.trend,
        changes_of_sectors=national.story.changes,
    )  # fmt: skip


def _moved(rows: Sequence[MoverRow]) -> list[Pair]:
    """The largest significant rises and falls by name; nothing where there is none."""
    found = []
    for key, chosen in (
        ("press_rose", [one for one in rows if one.tone == "up"][:_NAMED]),
        ("press_fell", [one for one in reversed(rows) if one.tone == "down"][:_NAMED]),
    ):
        if chosen:
            found.append(phrase(key, names=text.joined([_with_change(one) for one in chosen])))
    return found


def _with_change(one: MoverRow) -> Pair:
    return Pair(f"{one.name.zh}（{one.value}分）", f"{one.name.en} ({one.value} points)")


def _extremes(ranking: Sequence[RankedRow]) -> list[Pair]:
    """The highest and the lowest; nothing where there is nothing to compare."""
    if len(ranking) < 2:
        return []
    ends = {"low": ranking[-1].value, "high": ranking[0].value}
    ranks = {"first": ranking[0].rank_set, "last": ranking[-1].rank_set}
    return [phrase("press_range", k=len(ranking), **ends, **ranks)]


def markdown(note: PressNote, language: Language) -> str:
    """The note as Markdown in one language; text of others cannot become markup."""

    def said(words: Pair) -> str:
        return _plain(words.of(language))

    lines = [
        f"# {said(note.headline)}",
        f"**{said(note.title)} · {said(note.label)}** · {note.date} · {said(note.publisher)}",
        *(f"> {said(one.head)}: {said(one.note)}" for one in note.revisions),
        *(f"> {said(one)}" for one in (note.restriction, note.incomplete, note.banner) if one.of(language)),
        f"**{note.value}** ({phrase('ci', level=note.level).of(language)} {note.interval.of(language)})",
        "\n".join(f"- {said(one)}" for one in note.paragraphs),
        said(note.measured),
        said(note.caution),
        f"{phrase('contact').of(language)}{_COLON[language]}{said(note.contact)}",
        said(note.cite),
    ]
    return "\n\n".join(lines) + "\n"


def _plain(words: str) -> str:
    """Text whose Markdown signs stand for themselves."""
    return "".join(f"\\{sign}" if sign in "\\`*_[]<>#|~" else sign for sign in words)
