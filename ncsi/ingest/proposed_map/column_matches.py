"""A proposed column map: which column seems to be which item, by name, question text and label, and how surely."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rapidfuzz import fuzz

from ncsi.ingest.cells import coded
from ncsi.ingest.dialects import Export
from ncsi.ingest.dialects.column_names import Column, Names, plain_text
from ncsi.ingest.dialects.value_labels import kind_of
from ncsi.ingest.personal_data import personal_kind
from ncsi.ingest.proposed_map.answer_words import Wording, wordings
from ncsi.spec import Instrument, Item, Missing

SURE, LIKELY, POSSIBLE = 1.0, 0.85, 0.6
MIN_PART = 6
_MAX_CODES = 40
SYNONYMS: dict[str, tuple[str, ...]] = {
    "respondent": (
        "respondent",
        "respnum",
        "respid",
        "caseid",
        "id",
        "受访者",
        "被访者",
        "样本编号",
        "问卷编号",
    ),
    "sector": ("sector", "industry", "行业", "领域", "品类"),
    "brand": ("brand", "company", "品牌", "企业", "您评价的品牌是", "公司"),
    "region": ("region", "province", "地区", "省份", "所在地区", "您所在的地区是", "城市"),
    "weight": ("weight", "wgt", "wt", "pw", "权重", "加权"),
    "submitted_at": ("submitted_at", "enddate", "intdate", "completed", "提交时间", "答题时间"),
    "duration_s": ("duration_s", "duration", "interviewtime", "答题时长", "用时"),
    "interviewer": ("interviewer", "ccgid", "访问员", "访员"),
}
"""Canonical names and what exports call them."""


@dataclass(frozen=True, slots=True)
class Match:
    """What a column seems to mean: an item or a canonical name, how surely (0-1), and by what."""

    meaning: str
    column: str
    confidence: float
    by: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """A map to be corrected: matches, items without one, columns left over, those that look personal."""

    dialect: str
    matches: tuple[Match, ...]
    unmatched: tuple[str, ...]
    left: tuple[str, ...]
    personal: tuple[str, ...]
    missing: tuple[tuple[str, tuple[str, ...]], ...]
    words: tuple[Wording, ...] = ()


def propose(export: Export, instrument: Instrument) -> Proposal:
    """Match the columns of an export to the items of an instrument and to the canonical columns, each once.

    Exact names, keys and texts are sure; similar texts are weighed (0.6 and more are proposed).
    """
    names = Names(export.columns)
    matches = [*_roles(export, names), *_sure(instrument, names)]
    taken = {one.column for one in matches} | export.own
    done = {one.meaning for one in matches}
    open_items = [item for item in instrument.fielded if item.id not in done]
    columns = [one for one in export.columns if one.name not in taken]
    matches += _similar(open_items, columns)
    taken |= {one.column for one in matches}
    left = tuple(one.name for one in export.columns if one.name not in taken)
    words = wordings(export, {one.meaning: one.column for one in matches}, instrument)
    return Proposal(
        export.dialect,
        tuple(matches),
        tuple(item.id for item in instrument.fielded if item.id not in {one.meaning for one in matches}),
        left,
        tuple(name for name in left if _looks_personal(export, name)),
        _missing(export, matches, instrument, words),
        tuple(one for one in words if one.missing is None),
    )


def _roles(export: Export, names: Names) -> list[Match]:
    found = [Match(role, column, SURE, f"dialect {export.dialect}") for role, column in export.roles.items()]
    done = set(export.roles)
    taken = set(export.roles.values()) | export.own
    for name, synonyms in SYNONYMS.items():
        column = names.find(name, *synonyms)
        if name not in done and column is not None and column not in taken:
            found.append(Match(name, column, SURE if column == name else LIKELY, "name"))
            taken.add(column)
    return found


def _sure(instrument: Instrument, names: Names) -> list[Match]:
    found = []
    for item in instrument.fielded:
        by_name, by_text = names.find(item.id), names.find(item.question.zh, item.question.en)
        if by_name or by_text:
            found.append(
                Match(item.id, by_name or by_text or "", SURE, "name" if by_name else "question text")
            )
    return found


def _similar(items: list[Item], columns: list[Column]) -> list[Match]:
    """The most similar pairs first, each item and each column once."""
    pairs = [
        (score, item.id, column.name, by)
        for item in items
        for column in columns
        for score, by in [_similarity(item, column)]
        if score >= POSSIBLE
    ]
    found: dict[str, Match] = {}
    taken: set[str] = set()
    for score, item_id, column, by in sorted(pairs, key=lambda one: (-one[0], one[1], one[2])):
        if item_id not in found and column not in taken:
            found[item_id] = Match(item_id, column, round(score, 2), by)
            taken.add(column)
    return list(found.values())


def _similarity(item: Item, column: Column) -> tuple[float, str]:
    texts = [plain_text(one) for one in {column.text, column.name, column.key} if one]
    scored = [
        (weight * _alike(plain_text(wanted).casefold(), text.casefold()), by)
        for wanted, weight, by in _wordings(item)
        for text in texts
    ]
    return max(scored, default=(0.0, ""))


def _alike(wanted: str, text: str) -> float:
    """0-1: of whole texts, or of a text that is part of the other, as where an export shortens its questions."""
    part = 0.9 * fuzz.partial_ratio(wanted, text) if min(len(wanted), len(text)) >= MIN_PART else 0.0
    return max(fuzz.ratio(wanted, text), part) / 100


def _wordings(item: Item) -> Iterable[tuple[str, float, str]]:
    yield item.id, 0.9, "similar name"
    for text in (item.question.zh, item.question.en):
        yield text, 0.98, "similar question"
    for text in (item.label.zh, item.label.en):
        yield text, 0.95, "similar label"


def _missing(
    export: Export, matches: list[Match], instrument: Instrument, words: tuple[Wording, ...]
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Codes whose value labels speak of a missing answer, and that the instrument does not know of."""
    known = {code for kind in Missing for code in getattr(instrument.missing, kind.value)}
    columns = {one.name: one for one in export.columns}
    kinds: dict[str, list[str]] = {}
    for match in matches:
        for code, label in columns[match.column].labels.items():
            kind = kind_of(label)
            if kind != "blank" and code not in known and code not in kinds.setdefault(kind, []):
                kinds[kind].append(code)
    for one in words:
        if one.missing is not None and one.word not in kinds.setdefault(one.missing, []):
            kinds[one.missing].append(one.word)
    return tuple((kind, tuple(codes)) for kind, codes in kinds.items() if codes)


def _looks_personal(export: Export, name: str) -> bool:
    words = coded(export.table.values.column(name).slice(0, 1000)).words
    return any(personal_kind(word) for word in words[:_MAX_CODES])
