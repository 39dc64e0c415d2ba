"""One file's text rows by a layout and a scope: accepted responses by sector, and reject rows. Nothing lost."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ncsi.clean_process import give_back
from ncsi.ingest.conform import interview_columns as interview
from ncsi.ingest.conform import subject_columns as subject
from ncsi.ingest.conform.accepted_rows import AcceptedRows, Accepting
from ncsi.ingest.conform.delivery import Column, Delivery, Made, Scope, Step, by_word, deliveries, objects
from ncsi.ingest.conform.facts import DUPLICATE, DUPLICATE_CUT, any_spoiled, spoiled
from ncsi.ingest.conform.judged_rows import JudgedRows, answered_twice, judged_rows
from ncsi.ingest.conform.repeats import (
    content_of,
    repeated_header,
    repeated_in_file,
    repeated_in_store,
    row_hashes,
)
from ncsi.ingest.conform.row_faults import Faults, fault_rows, first_faults, reject_rows
from ncsi.ingest.dialects import Layout
from ncsi.ingest.read import TextTable
from ncsi.ingest.read.blocks import BLOCK
from ncsi.spec import Instrument
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

    `content` is the same for the same cells in whatever order of rows and kind of file. `repeated`: the rule of a
    respondent who answered before, of `REPEATED`.
    """

    rows: Mapping[str, AcceptedRows]
    rejects: pd.DataFrame
    faults: pd.DataFrame
    content: str
    repeated: str

    @property
    def accepted(self) -> dict[str, pd.DataFrame]:
        """The accepted rows of each sector at once; those of a large file take as much memory as they are many."""
        return {sector: rows.frame() for sector, rows in self.rows.items()}


@dataclass(slots=True, eq=False)
class _Found:
    """What was found in the blocks of a file so far."""

    hashes: npt.NDArray[np.uint64]
    rows: int = 0
    sectors: dict[str, Accepting] = field(default_factory=dict)
    rejects: list[pd.DataFrame] = field(default_factory=list)
    faults: list[pd.DataFrame] = field(default_factory=list)

    @property
    def many(self) -> bool:
        """Whether they may be too many for memory."""
        return len(self.hashes) > BLOCK

    def add(self, file: Delivery) -> None:
        """Conform, pseudonymise and judge a block."""
        made = _columns(file)
        self.hashes[self.rows : self.rows + file.rows] = row_hashes(file.cells)
        self.rows += file.rows
        without_value, numbers = _spoiled_cells(file), file.table.row_numbers
        header = repeated_header(file.table)
        file = _with_items_only(file)
        about = _about(file, made)
        judged = _judged(file, about)
        faults = [header, *without_value, *_in_order(made, judged)]
        made.clear()
        first, sector = first_faults(faults), about["sector"].array
        accepted = np.ones(file.rows, dtype=bool)
        accepted[first["position"].to_numpy(dtype=np.int64)] = False
        self.rejects.append(reject_rows(first, numbers, sector))
        self.faults.append(fault_rows(faults, numbers, sector))
        for name, rows in _by_sector(about, judged, accepted).items():
            if name not in self.sectors:
                self.sectors[name] = Accepting.begun(self.many)
            self.sectors[name].add(rows)

    def finished(self, instruments: Mapping[str, Instrument], content: str, repeated: str) -> Conformed:
        """All of it, answers that were given twice among the rejects; sectors by instrument."""
        ids = list(dict.fromkeys(one.id for one in instruments.values()))
        order = sorted(self.sectors, key=lambda name: (ids.index(instruments[name].id), name))
        rows = {}
        for name in order:
            keys = self.sectors[name].twice()
            where = keys["source_row"].to_numpy(), keys["sector"].to_numpy(dtype=object)
            again = repeated_in_file(keys, _repeated(instruments[name], keys), where[0], repeated)
            rows[name] = self.sectors[name].done(where[0][again.positions])
            self.rejects.append(reject_rows(first_faults([again]), *where))
            self.faults.append(fault_rows([again], *where))
        kept = {name: one for name, one in rows.items() if len(one)}
        return Conformed(kept, _by_row(self.rejects), _by_row(self.faults), content, repeated)


def conform(table: TextTable, layout: Layout, scope: Scope, key: bytes) -> Conformed:
    """Conform, pseudonymise and judge the rows of a file, block by block; accepted + rejected = read.

    Raises ConformError when the file as a whole does not fit: nothing says the sector or brand, an item that
    nobody answered, personal data in a column that would be stored.
    """
    found, names = _Found(np.zeros(table.rows, dtype=np.uint64)), set[str]()
    for file in deliveries(table, layout, scope, key):
        found.add(file)
        whole, names = file.whole, {*file.cells}
    whole.refuse(scope.instruments, layout.items)
    if found.many:
        give_back()
    repeated = DUPLICATE_CUT if whole.ids.cut else DUPLICATE
    return found.finished(scope.instruments, content_of(names, found.hashes, scope.sector), repeated)


def without_repeats(found: Conformed, stored: Mapping[str, pd.DataFrame]) -> Conformed:
    """The same with rows rejected whose respondent already answered on the brand in another file.

    `stored`: by sector, brand, respondent, source_name and source_row of stored responses.
    """
    kept, rejects, faults = dict(found.rows), [found.rejects], [found.faults]
    for sector, known in stored.items():
        for rows in found.rows[sector].frames(["sector", "brand", "respondent", "source_row"]):
            repeated = repeated_in_store(rows, known, found.repeated)
            where = rows["source_row"].to_numpy(), rows["sector"].to_numpy(dtype=object)
            kept[sector] = kept[sector].without(where[0][repeated.positions])
            rejects.append(reject_rows(first_faults([repeated]), *where))
            faults.append(fault_rows([repeated], *where))
    return replace(found, rows=_filled(kept), rejects=_by_row(rejects), faults=_by_row(faults))


def without_rows(found: Conformed, source_rows: Collection[int]) -> Conformed:
    """The same without these rows of the file: not among the accepted, the rejects or the faults."""
    gone = list(source_rows)
    kept = {sector: rows.without(gone) for sector, rows in found.rows.items()}
    rejects, faults = (
        one[~one["source_row"].isin(gone)].reset_index(drop=True) for one in (found.rejects, found.faults)
    )
    return replace(found, rows=_filled(kept), rejects=rejects, faults=faults)


def _filled(rows: Mapping[str, AcceptedRows]) -> dict[str, AcceptedRows]:
    return {sector: one for sector, one in rows.items() if len(one)}


def _repeated(instrument: Instrument, keys: pd.DataFrame) -> npt.NDArray[np.int64]:
    """Positions of rows that are not the only ones of their key. One row is."""
    return np.sort(answered_twice(instrument, keys)) if len(keys) > 1 else np.zeros(0, dtype=np.int64)


def _columns(file: Delivery) -> dict[str, Made]:
    """Every column besides the answers, by the name it is stored under."""
    made = {"sector": subject.sector(file)}
    made["brand"] = subject.brand(file, pd.Categorical(made["sector"].values))
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
    }
    constants = {
        name: pd.Categorical.from_codes(np.zeros(file.rows, dtype=np.int8), pd.Index([value]))
        for name, value in (("wave", file.scope.wave), ("source_sha256", file.table.sha256))
    }
    about = {**columns, **constants, "source_row": file.table.row_numbers}
    return pd.DataFrame(about, copy=False)


def _judged(file: Delivery, about: pd.DataFrame) -> list[JudgedRows]:
    """Rows of known sector and brand, by instrument: each is judged by its own."""
    known, sectors = about["brand"].array.codes >= 0, about["sector"].array
    instruments = file.scope.instruments
    found = []
    for instrument in {one.id: one for one in instruments.values()}.values():
        own = [instruments[sector].id == instrument.id for sector in sectors.categories]
        positions = np.flatnonzero(known & np.array([*own, False])[sectors.codes])
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
