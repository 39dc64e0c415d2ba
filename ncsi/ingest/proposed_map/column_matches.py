"""Which column seems to be which item, brand, weight …, how surely, and what stays a question."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from ncsi.ingest.cells import coded
from ncsi.ingest.dialects import Export
from ncsi.ingest.dialects.column_names import Column
from ncsi.ingest.personal_data import personal_kind, personal_name
from ncsi.ingest.proposed_map.answer_words import Wording, wordings
from ncsi.ingest.proposed_map.assignment import Assigned, assigned, rivals
from ncsi.ingest.proposed_map.coded_values import Coding, Known, codings
from ncsi.ingest.proposed_map.column_profiles import Profile, profiles
from ncsi.ingest.proposed_map.declared import Declared
from ncsi.ingest.proposed_map.item_evidence import SAME_CODE, SAME_QUESTION, Evidence, evidence
from ncsi.ingest.proposed_map.meant_otherwise import meant_otherwise
from ncsi.ingest.proposed_map.missing_labels import missing_labels
from ncsi.ingest.proposed_map.question_order import by_blocks, by_count, order_of, with_order
from ncsi.ingest.proposed_map.roles import (
    DOUBTFUL,
    LEAST_ROLE,
    ROLES,
    background_score,
    group_meant,
    role_score,
)
from ncsi.spec import Instrument

Kind = Literal["platform", "column", "background", "item"]

LEAST = 0.2
KNOWN, KNOWN_LEAD, TIE, DECIDED = 0.3, 0.08, 0.05, 0.35
BLOCKS, GUESS = 0.75, LEAST + TIE / 2
"""What the sizes of all blocks say alone; what a mere place among others does, which is always a question."""

_MAX_CODES, _ROUNDS, _MOSTLY = 40, 3, 0.5
_TELLING, _LOWER = 30, 0.6
"""Answers from which on a scale that nobody uses the upper part of is told."""


@dataclass(frozen=True, slots=True)
class Match:
    """What a column seems to mean, how surely (0-1), and by what. `kind`: what the platform itself says it is, a
    canonical column, a background variable of the wave, or an item."""

    meaning: str
    column: str
    confidence: float
    by: str
    kind: Kind = "item"


@dataclass(frozen=True, slots=True)
class Question:
    """A meaning that several columns could have, best first: for the researcher to decide. `why`: what speaks against
    the one column that seems to have it."""

    meaning: str
    columns: tuple[str, ...]
    kind: Kind
    why: str = ""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A map to be corrected: matches, questions, what is wanted and has no column, columns left over, those that look
    personal; codes of missing answers, words of items, values of brands and background that are no declared ids.

    `short_scale`: the lowest and highest answer of all items, where they reach no further than the lower part of the
    instrument's scale, as where the file counts to 5 and the instrument to 10. `unnamed`: words that fewer than three
    respondents gave and nothing knows; they are counted only, since one may be a name. `groups`: of the columns left
    over, those that seem to group the rows, each with what it is by its name.
    """

    dialect: str
    matches: tuple[Match, ...]
    questions: tuple[Question, ...]
    unmatched: tuple[str, ...]
    left: tuple[str, ...]
    personal: tuple[str, ...]
    missing: tuple[tuple[str, tuple[str, ...]], ...]
    words: tuple[Wording, ...] = ()
    codings: tuple[Coding, ...] = ()
    short_scale: tuple[int, int] | None = None
    unnamed: int = 0
    groups: tuple[tuple[str, str], ...] = ()


def propose(export: Export, instrument: Instrument, declared: Declared | None = None) -> Proposal:
    """Match the columns of an export to the items of an instrument, to the canonical columns and to what a wave
    declares, each once, by names, questions, cells, order and blocks; what is nearly a tie becomes a question."""
    declared = declared or Declared()
    fixed = [
        Match(role, column, 1.0, f"dialect {export.dialect}", "platform")
        for role, column in export.roles.items()
    ]
    taken = export.own | set(export.roles.values())
    seen = profiles(export, instrument)
    personal = {
        one.name for one in export.columns if one.name not in taken and _personal_share(export, one.name)
    }
    banned = {name for name in personal if _personal_share(export, name) > _MOSTLY}
    columns = [
        one for one in export.columns if one.name not in taken | banned and not personal_name(one.name)
    ]
    found, open_ones = _decided(instrument, columns, seen, declared, set(export.roles))
    used = {one.column for one in found} | {name for question in open_ones for name in question.columns}
    left = tuple(one.name for one in export.columns if one.name not in taken | used)
    items = {one.meaning: one.column for one in found if one.kind == "item"}
    words, unnamed = wordings(export, items, instrument)
    codes, also_unnamed = _codings(found, columns, seen, declared)
    of_all, of_one = missing_labels(export, items, instrument)
    asked = {one.meaning for one in found} | {question.meaning for question in open_ones}
    return Proposal(
        export.dialect,
        (*fixed, *found),
        tuple(open_ones),
        tuple(one for one in _wanted(instrument, declared) if one not in asked | set(export.roles)),
        left,
        tuple(name for name in left if name in personal or personal_name(name)),
        _missing(of_all, words),
        (*(one for one in words if one.missing is None), *of_one),
        codes,
        _short_scale(found, instrument, seen),
        unnamed + also_unnamed,
        tuple(
            (one.name, meant)
            for one in columns
            if one.name in left and (meant := group_meant(one, seen[one.name]))
        ),
    )


def _short_scale(
    found: Iterable[Match], instrument: Instrument, seen: Mapping[str, Profile]
) -> tuple[int, int] | None:
    columns = {one.meaning: seen[one.column] for one in found if one.kind == "item"}
    wide = [one for one in instrument.items if one.id in columns and one.scale.max - one.scale.min > 1]
    there = {
        one.id: [value for value in columns[one.id].numbers if one.scale.min <= value <= one.scale.max]
        for one in wide
    }
    answered = [one for one in wide if there[one.id]]
    if not answered or max(columns[one.id].filled for one in answered) < _TELLING:
        return None
    if any(max(there[one.id]) > one.scale.min + _LOWER * (one.scale.max - one.scale.min) for one in answered):
        return None
    values = [value for one in answered for value in there[one.id]]
    return min(values), max(values)


def _wanted(instrument: Instrument, declared: Declared) -> tuple[str, ...]:
    """What a file has to carry: every item, the wave's background, the brand where a sector has several."""
    brand = ("brand",) if len(declared.brands or {}) > 1 else ()
    return (*(item.id for item in instrument.fielded), *declared.background, *brand)


def _decided(
    instrument: Instrument,
    columns: Sequence[Column],
    seen: Mapping[str, Profile],
    declared: Declared,
    fixed: set[str],
) -> tuple[list[Match], list[Question]]:
    """The matches that stand clear of every other assignment, and the questions that the rest make."""
    if not columns:
        return [], []
    own = evidence(instrument, columns, seen)
    scores, by_order = _item_scores(instrument, columns, own)
    roles = _roles(columns, seen, declared, fixed)
    meanings = [*(item.id for item in instrument.fielded), *(name for name, _, _ in roles)]
    kinds: list[Kind] = [kind for _, kind, _ in roles]
    first_role = len(instrument.fielded)
    table = np.vstack([scores, *(row[None, :] for _, _, row in roles)])
    found, open_ones = [], []
    for one in assigned(table, LEAST):
        meaning, kind = meanings[one.row], "item" if one.row < first_role else kinds[one.row - first_role]
        said = own.content[one.row, one.column] if kind == "item" else one.score
        sure = round(float(said), 2) if said >= SAME_CODE else _confidence(one)
        if one.lead < TIE or sure < DECIDED:
            near = rivals(table, one.row, max(LEAST, one.score - 2 * TIE))
            open_ones.append(Question(meaning, tuple(columns[k].name for k in near), kind))
        else:
            column = columns[one.column]
            why = ""
            if kind == "item":
                why = meant_otherwise(instrument.fielded[one.row], column, seen[column.name].words)
            if why:
                open_ones.append(Question(meaning, (column.name,), kind, why))
                continue
            by = _by(own, one, by_order) if kind == "item" else "name and values"
            found.append(Match(meaning, columns[one.column].name, sure, by, kind))
    return found, _apart(found, open_ones)


def _apart(found: Sequence[Match], open_ones: Sequence[Question]) -> list[Question]:
    """Questions without the columns that are decided."""
    taken = {one.column for one in found}
    return [
        replace(one, columns=tuple(name for name in one.columns if name not in taken)) for one in open_ones
    ]


def _item_scores(
    instrument: Instrument, columns: Sequence[Column], own: Evidence
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """Items × columns with what order and blocks say, learnt from the columns that are known without; and which
    pairs rest on them alone."""
    content = own.content
    full = own.cells.max(axis=0, initial=0.0)
    order = order_of(instrument, columns, full >= (1.0 if (full == 1.0).sum() >= len(content) / 2 else 0.5))
    scores = content
    for _ in range(_ROUNDS):
        known = [
            (one.row, one.column)
            for one in assigned(scores, LEAST)
            if one.score >= KNOWN and one.lead >= KNOWN_LEAD
        ]
        scores = with_order(content, order, known, GUESS)
    blind = np.zeros(content.shape, dtype=bool)
    if len(known) <= 1:
        blocks, run = by_blocks(instrument, order), by_count(instrument, order)
        worth = BLOCKS if blocks else GUESS
        for item, column in (blocks or run).items():
            if own.cells[item, column] > 0.5:
                scores[item, column] = worth
                blind[item, column] = True
    return scores, blind


def _roles(
    columns: Sequence[Column], seen: Mapping[str, Profile], declared: Declared, fixed: set[str]
) -> list[tuple[str, Kind, npt.NDArray[np.float64]]]:
    """Each canonical name and background variable that is wanted, with the score of every column."""
    values: dict[str, Known | None] = {"brand": declared.brands, "region": declared.regions}
    made: list[tuple[str, Kind, npt.NDArray[np.float64]]] = []
    for role in ROLES:
        unwanted = (role == "sector" and declared.of_sector) or values.get(role) == {}
        if role not in fixed and not unwanted:
            row = np.array([role_score(role, one, seen[one.name], values.get(role)) for one in columns])
            made.append((role, "column", np.where((row >= LEAST_ROLE) | (row == DOUBTFUL), row, 0.0)))
    for name, (names, known) in declared.background.items():
        row = np.array([background_score(names, one, seen[one.name], known) for one in columns])
        made.append((name, "background", np.where(row >= LEAST_ROLE, row, 0.0)))
    return made


def _confidence(one: Assigned) -> float:
    """0-0.95: the evidence, held down by how near another assignment comes."""
    clear = min(1.0, one.lead / 0.4)
    return round(min(0.95, one.score * (0.55 + 0.45 * clear)), 2)


def _by(own: Evidence, one: Assigned, blind: npt.NDArray[np.bool_]) -> str:
    if blind[one.row, one.column]:
        return "sizes of the blocks alone"
    code, text = own.code[one.row, one.column], own.text[one.row, one.column]
    if code >= SAME_CODE:
        return "name"
    if text >= SAME_QUESTION:
        return "question"
    told = {
        "similar name": code > 0, "similar question": text > 0.1,
        "order": one.score > own.content[one.row, one.column],
    }  # fmt: skip
    return " and ".join(name for name, holds in told.items() if holds) or "similar question"


def _missing(
    of_all: Mapping[str, Sequence[str]], words: tuple[Wording, ...]
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Kind → codes and words of all items that stand for a missing answer and that the instrument does not know."""
    kinds = {kind: list(codes) for kind, codes in of_all.items()}
    for one in words:
        if one.missing is not None and one.word not in kinds.setdefault(one.missing, []):
            kinds[one.missing].append(one.word)
    return tuple((kind, tuple(codes)) for kind, codes in kinds.items() if codes)


def _codings(
    found: Iterable[Match], columns: Sequence[Column], seen: Mapping[str, Profile], declared: Declared
) -> tuple[tuple[Coding, ...], int]:
    """Values of the brand, region and background columns that are no declared ids; how many are not named."""
    known = {name: values for name, (_, values) in declared.background.items()}
    known |= {"brand": declared.brands or {}, "region": declared.regions or {}}
    by_name = {one.name: one for one in columns}
    made: list[Coding] = []
    unnamed = 0
    for one in found:
        if known.get(one.meaning):
            profile = seen[one.column]
            words = [word for word in profile.words if not personal_kind(word)][:_MAX_CODES]
            own, few = codings(one.meaning, by_name[one.column], words, known[one.meaning], profile.common)
            made, unnamed = [*made, *own], unnamed + few
    return tuple(made), unnamed


def _personal_share(export: Export, name: str) -> float:
    """Share (0-1) of the first words that look personal: one may stray into any column."""
    words = coded(export.table.values.column(name).slice(0, 1000)).words[:_MAX_CODES]
    return sum(personal_kind(word) is not None for word in words) / len(words) if words else 0.0
