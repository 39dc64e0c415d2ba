"""One file's text rows by a layout and a scope: accepted responses by sector, and reject rows. Nothing lost."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ncsi.ingest.conform import interview_columns as interview
from ncsi.ingest.conform import subject_columns as subject
from ncsi.ingest.conform.delivery import Column, Delivery, Made, Scope, Step, by_word, delivery, objects
from ncsi.ingest.conform.facts import any_spoiled, spoiled
from ncsi.ingest.conform.judged_rows import JudgedRows, judged_rows
from ncsi.ingest.conform.repeats import content_of, repeated_header, repeated_in_file, repeated_in_store
from ncsi.ingest.conform.row_faults import Faults, fault_rows, first_faults, reject_rows
from ncsi.ingest.dialects import Layout
from ncsi.ingest.read import TextTable
from ncsi.tables import BACKGROUND

_SUBJECT: tuple[tuple[str, Step], ...] = (("respondent", subject.respondent), ("region", subject.region))
_INTERVIEW: tuple[tuple[str, Step], ...] = (
    ("submitted_at", interview.submitted_at),
    ("duration_s", interview.duration_s),
    ("disposition", interview.disposition),
    ("weight_base", interview.weight),
    ("weight_kind", interview.weight_kind),
    ("interviewer", interview.interviewer),
    ("device", interview.device),
)
"""Columns besides the answers, made in this order after sector and brand, the wave's background between the two."""

_BEFORE_ANSWERS = ("sector", "brand")
"""Their faults go before those of the answers, which cannot be judged without them."""

_STORED = (
    "wave", "sector", "brand", "respondent", "region", "weight_base", "submitted_at", "duration_s",
    "disposition", "interviewer", "device",
    "source_sha256", "source_row",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Conformed:
    """Accepted rows by sector (columns of `core_responses_by_respondent`), the reject rows, and all faults.

    `content` is the same for the same cells in whatever order of rows and kind of file.
    """

    accepted: Mapping[str, pd.DataFrame]
    rejects: pd.DataFrame
    faults: pd.DataFrame
    content: str


def conform(table: TextTable, layout: Layout, scope: Scope, key: bytes) -> Conformed:
    """Conform, pseudonymise and judge the rows of a file; accepted + rejected = read.

    Raises ConformError when the file as a whole does not fit: nothing says the sector or brand, an item that
    nobody answered, personal data in a column that would be stored.
    """
    file = delivery(table, layout, scope, key)
    made = _columns(file)
    content, without_value = content_of(file.cells, scope.sector), _spoiled_cells(file)
    file = _with_items_only(file)
    about = _about(file, made)
    judged = _judged(file, about)
    faults = [repeated_header(table), *without_value, *_in_order(made, judged)]
    made.clear()
    repeated = repeated_in_file(about, _whole_repeats(judged, faults), table.row_numbers)
    return _split(file, about, judged, [*faults, repeated], content)


def without_repeats(found: Conformed, stored: Mapping[str, pd.DataFrame]) -> Conformed:
    """The same with rows rejected whose respondent already answered on the brand in another file.

    `stored`: by sector, brand, respondent, source_name and source_row of stored responses.
    """
    accepted, rejects, faults = dict(found.accepted), [found.rejects], [found.faults]
    for sector, known in stored.items():
        rows = accepted[sector]
        repeated = repeated_in_store(rows, known)
        accepted[sector] = rows.drop(index=repeated.positions.tolist()).reset_index(drop=True)
        where = rows["source_row"].to_numpy(), rows["sector"].to_numpy(dtype=object)
        rejects.append(reject_rows(first_faults([repeated]), *where))
        faults.append(fault_rows([repeated], *where))
    kept = {sector: rows for sector, rows in accepted.items() if len(rows)}
    return replace(found, accepted=kept, rejects=_by_row(rejects), faults=_by_row(faults))


def without_rows(found: Conformed, source_rows: Collection[int]) -> Conformed:
    """The same without these rows of the file: not among the accepted, the rejects or the faults."""
    gone = list(source_rows)
    kept = {
        sector: rows[~rows["source_row"].isin(gone)].reset_index(drop=True)
        for sector, rows in found.accepted.items()
    }
    rejects, faults = (
        one[~one["source_row"].isin(gone)].reset_index(drop=True) for one in (found.rejects, found.faults)
    )
    accepted = {sector: rows for sector, rows in kept.items() if len(rows)}
    return replace(found, accepted=accepted, rejects=rejects, faults=faults)


def _columns(file: Delivery) -> dict[str, Made]:
    """Every column besides the answers, by the name it is stored under."""
    made = {"sector": subject.sector(file)}
    made["brand"] = subject.brand(file, made["sector"].values)
    own = [(BACKGROUND + one, subject.background(one)) for one in file.layout.background]
    for name, step in (*_SUBJECT, *own, *_INTERVIEW):
        made[name] = step(file)
    return made


def _with_items_only(file: Delivery) -> Delivery:
    """The file with the cells of items alone: the others, among them ids and times of each row, are done with."""
    return replace(file, cells={name: file.cells[name] for name in file.layout.items.values()})


def _about(file: Delivery, made: Mapping[str, Made]) -> pd.DataFrame:
    """All but the answers, a row each; what all rows have, and what many share, as categories: a byte or two a row."""
    columns = {
        name: pd.Series(one.values, dtype="object") if one.values.dtype == object else one.values
        for name, one in made.items()
    } | {name: pd.Categorical(made[name].values) for name in _BEFORE_ANSWERS}
    constants = {
        name: pd.Categorical.from_codes(np.zeros(file.rows, dtype=np.int8), pd.Index([value]))
        for name, value in (("wave", file.scope.wave), ("source_sha256", file.table.sha256))
    }
    about = {**columns, **constants, "source_row": file.table.row_numbers}
    return pd.DataFrame(about, copy=False)


def _judged(file: Delivery, about: pd.DataFrame) -> list[JudgedRows]:
    """Rows of known sector and brand, by instrument: each is judged by its own."""
    known = about["brand"].notna().to_numpy()
    instruments = file.scope.instruments
    ids = {sector: instrument.id for sector, instrument in instruments.items()}
    instrument_of = about["sector"].map(ids).to_numpy(dtype=object)
    found = []
    for instrument in {one.id: one for one in instruments.values()}.values():
        positions = np.flatnonzero(known & (instrument_of == instrument.id))
        if len(positions):
            found.append(judged_rows(file, instrument, about, positions))
    return found


def _in_order(made: Mapping[str, Made], judged: Sequence[JudgedRows]) -> list[Faults]:
    """Faults in the order they are reported: subject, answers, the other columns; what rejects no row last."""
    first = [one for name in _BEFORE_ANSWERS for one in made[name].faults]
    answers = [one for group in judged for one in group.faults]
    rest = [one for name, column in made.items() if name not in _BEFORE_ANSWERS for one in column.faults]
    told = [one for one in rest if not one.rejecting]
    return [
        *first,
        *answers,
        *(one for one in rest if one.rejecting),
        *told,
    ]


def _spoiled_cells(file: Delivery) -> list[Faults]:
    """Cells without a value of their own, in columns besides the items', which are judged as answers."""
    items = set(file.layout.items.values())
    found: list[Faults] = []
    for name, cells in file.cells.items():
        if name in items or not any_spoiled(cells.words):
            continue
        kinds = [spoiled(word) for word in cells.words]
        if any(kinds):
            column = Column(name, cells, cells.words)
            found += by_word(column, objects(cells.words), "cell_without_value", kinds).faults
    return found


def _whole_repeats(judged: Sequence[JudgedRows], faults: Sequence[Faults]) -> npt.NDArray[np.int64]:
    """Rows flagged as not unique that have no other fault: a faulty first row does not cost the second."""
    flagged = np.concatenate([one.repeated for one in judged]) if judged else np.array([], dtype=np.int64)
    faulty = first_faults(faults)["position"].to_numpy(dtype=np.int64)
    return np.setdiff1d(flagged, faulty)


def _split(
    file: Delivery, about: pd.DataFrame, judged: Sequence[JudgedRows], faults: Sequence[Faults], content: str
) -> Conformed:
    numbers, sector = file.table.row_numbers, about["sector"].to_numpy(dtype=object)
    first = first_faults(faults)
    accepted = np.ones(file.rows, dtype=bool)
    accepted[first["position"].to_numpy(dtype=np.int64)] = False
    rejects, told = reject_rows(first, numbers, sector), fault_rows(faults, numbers, sector)
    return Conformed(_by_sector(about, judged, accepted), rejects, told, content)


def _by_sector(
    about: pd.DataFrame, judged: Sequence[JudgedRows], accepted: npt.NDArray[np.bool_]
) -> dict[str, pd.DataFrame]:
    """Accepted rows as they are stored. Where all are of one sector, which large files are, `about` and answers are
    emptied column by column, so that they are not in memory twice."""
    known, places = about["sector"].array, []
    for group in judged:
        kept = np.flatnonzero(accepted[group.positions])
        sector = known.codes[group.positions[kept]]
        places += [(known.categories[code], group, kept[sector == code]) for code in np.unique(sector)]
    return {str(sector): _rows(about, group, own, last=len(places) == 1) for sector, group, own in places}


def _rows(about: pd.DataFrame, group: JudgedRows, own: npt.NDArray[np.int64], last: bool) -> pd.DataFrame:
    """These of the group's rows, each column taken once; `last`: nobody needs what they are taken from."""
    rows, columns = group.positions[own], dict[str, Any]()
    for name in (*_STORED, *(one for one in map(str, about) if one.startswith(BACKGROUND))):
        columns[name] = (about.pop(name) if last else about[name]).take(rows).reset_index(drop=True)
    for item in tuple(group.answers):
        one = group.answers.pop(item) if last else group.answers[item]
        columns[item], columns[f"{item}_missing"] = one.values.take(own), one.missing.take(own)
    return pd.DataFrame(columns, copy=False)


def _by_row(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    filled = [one for one in frames if len(one)] or list(frames[:1])
    return pd.concat(filled).sort_values("source_row", kind="stable", ignore_index=True)
