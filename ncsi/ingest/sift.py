"""One file's text rows by a layout and a scope: accepted responses by sector, and reject rows. Nothing lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from ncsi.ingest import fieldnotes, paradata
from ncsi.ingest.answers import recoding
from ncsi.ingest.cells import Coded, coded
from ncsi.ingest.dialects import Layout
from ncsi.ingest.faults import Faults, first_faults, reject_rows
from ncsi.ingest.findings import errors, fault_rows
from ncsi.ingest.fingerprint import content_of
from ncsi.ingest.groups import Group, judged_group
from ncsi.ingest.privacy import derived_key, pseudonyms, respondent_key, row_pseudonyms
from ncsi.ingest.read import TextTable
from ncsi.ingest.respond import Scope, backgrounds, brands, regions, sectors
from ncsi.ingest.screen import repeated_header, repeated_in_file
from ncsi.tables import BACKGROUND

_STORED = (
    "wave", "sector", "brand", "respondent", "region", "weight_base", "submitted_at", "duration_s",
    "disposition", "interviewer", "device",
    "source_sha256", "source_row",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Sifted:
    """Accepted rows by sector (columns of `core_responses_by_respondent`), the reject rows, and all faults.

    `content` is the same for the same cells in whatever order of rows and kind of file.
    """

    accepted: Mapping[str, pd.DataFrame]
    rejects: pd.DataFrame
    faults: pd.DataFrame
    content: str


def sift(table: TextTable, layout: Layout, scope: Scope, key: bytes) -> Sifted:
    """Conform, pseudonymise, judge and screen the rows of a file; accepted + rejected = read.

    Raises ConformError when the file as a whole does not fit: nothing says the sector or brand, an item that
    nobody answered, personal data in a column that would be stored.
    """
    cells = _cells(table, layout)
    about, faults = _about(table, cells, layout, scope, key)
    groups = _groups(table, about, cells, layout, scope)
    faults = [
        repeated_header(table),
        *faults[:2],
        *(one for group in groups for one in group.faults),
        *faults[2:],
    ]
    flagged = np.concatenate([group.repeated for group in groups]) if groups else np.array([], dtype=np.int64)
    faulty = first_faults(errors(faults))["position"].to_numpy(dtype=np.int64)
    repeated = repeated_in_file(about, np.setdiff1d(flagged, faulty), table.row_numbers)
    sector = about["sector"].to_numpy(dtype=object)
    first = first_faults(errors([*faults, repeated]))
    rejects = reject_rows(first, table.row_numbers, sector)
    accepted = np.ones(table.rows, dtype=bool)
    accepted[first["position"].to_numpy(dtype=np.int64)] = False
    everything = fault_rows([*faults, repeated], table.row_numbers, sector)
    return Sifted(_by_sector(about, groups, accepted), rejects, everything, content_of(cells, scope.sector))


def _cells(table: TextTable, layout: Layout) -> dict[str, Coded]:
    used = dict.fromkeys(
        [*layout.columns.values(), *layout.background.values(), *layout.items.values(), *layout.identity]
    )
    return {column: coded(table.values.column(column)) for column in used}


def _about(
    table: TextTable, cells: Mapping[str, Coded], layout: Layout, scope: Scope, key: bytes
) -> tuple[pd.DataFrame, list[Faults]]:
    """What is stored of every row besides the answers; faults of sector, brands, then the rest."""
    sector, of_sector = sectors(table.name, table.rows, cells, layout, scope)
    brand, of_brand = brands(table.name, cells, layout, scope, sector)
    region, of_region = regions(table.name, cells, layout, table.rows)
    background, of_background = backgrounds(table.name, cells, layout)
    weight, weight_class = _weights(cells, layout, table.rows)
    moment, of_moment = _submitted(cells, layout, table.rows)
    duration, of_duration = _durations(cells, layout, table.rows)
    disposition, of_disposition = fieldnotes.dispositions(cells, layout, table.rows)
    notices = [
        *paradata.outside(moment, scope.field, layout.columns.get("submitted_at")),
        *paradata.extreme(weight, layout.columns.get("weight")),
    ]
    staff, device = (derived_key(key, f"{one}/{scope.wave}") for one in ("interviewer", "device"))
    about = pd.DataFrame(
        {
            "wave": scope.wave,
            "sector": pd.Series(sector, dtype="object"),
            "brand": pd.Series(brand, dtype="object"),
            "respondent": pd.Series(_respondents(table, cells, layout, scope, key), dtype="object"),
            "region": pd.Series(region, dtype="object"),
            "weight_base": weight,
            "weight_class": weight_class,
            "submitted_at": moment,
            "duration_s": duration,
            "disposition": pd.Series(disposition, dtype="object"),
            "interviewer": pd.Series(
                fieldnotes.interviewers(cells, layout, table.rows, staff), dtype="object"
            ),
            "device": pd.Series(fieldnotes.devices(cells, layout, table.rows, device), dtype="object"),
            "source_sha256": table.sha256,
            "source_row": table.row_numbers,
            **{BACKGROUND + one: pd.Series(own, dtype="object") for one, own in background.items()},
        }
    )
    return about, [
        of_sector,
        of_brand,
        of_region,
        *of_background,
        *of_moment,
        *of_duration,
        *of_disposition,
        *notices,
    ]


def _respondents(
    table: TextTable, cells: Mapping[str, Coded], layout: Layout, scope: Scope, key: bytes
) -> list[str | None]:
    """Pseudonyms of the identity columns, else of the respondent column; linkable within a panel only."""
    own = respondent_key(key, scope.wave, scope.panel)
    column = layout.columns.get("respondent")
    columns = layout.identity or ((column,) if column else ())
    if not columns:
        return row_pseudonyms(own, table.sha256, table.row_numbers)
    return pseudonyms(own, [cells[one] for one in columns])


def _weights(
    cells: Mapping[str, Coded], layout: Layout, rows: int
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.object_]]:
    column = layout.columns.get("weight")
    if column is None:
        return np.ones(rows), np.full(rows, "number", dtype=object)
    return paradata.weights(cells[column])


def _submitted(
    cells: Mapping[str, Coded], layout: Layout, rows: int
) -> tuple[npt.NDArray[np.datetime64], list[Faults]]:
    column = layout.columns.get("submitted_at")
    if column is None:
        return np.full(rows, "NaT", dtype="datetime64[us]"), []
    values, faults = paradata.submitted(cells[column], column, recoding(layout, "submitted_at"))
    return values, [faults]


def _durations(
    cells: Mapping[str, Coded], layout: Layout, rows: int
) -> tuple[npt.NDArray[np.float64], list[Faults]]:
    column = layout.columns.get("duration_s")
    if column is None:
        return np.full(rows, np.nan), []
    values, faults = paradata.durations(cells[column], column)
    return values, [faults]


def _groups(
    table: TextTable, about: pd.DataFrame, cells: Mapping[str, Coded], layout: Layout, scope: Scope
) -> list[Group]:
    """Rows of known sector and brand, by instrument: each is judged by its own."""
    known = about["brand"].notna().to_numpy()
    ids = {sector: instrument.id for sector, instrument in scope.instruments.items()}
    instrument_of = about["sector"].map(ids).to_numpy(dtype=object)
    groups = []
    for instrument in {one.id: one for one in scope.instruments.values()}.values():
        positions = np.flatnonzero(known & (instrument_of == instrument.id))
        if len(positions):
            groups.append(judged_group(table.name, instrument, about, positions, cells, layout))
    return groups


def _by_sector(
    about: pd.DataFrame, groups: Sequence[Group], accepted: npt.NDArray[np.bool_]
) -> dict[str, pd.DataFrame]:
    found = {}
    for group in groups:
        stored = [*_STORED, *(name for name in map(str, about) if name.startswith(BACKGROUND))]
        rows = about[stored].iloc[group.positions].reset_index(drop=True)
        items = {
            column: values
            for item, one in group.answers.items()
            for column, values in ((item, one.values), (f"{item}_missing", one.missing))
        }
        rows = pd.concat([rows, pd.DataFrame(items, index=rows.index)], axis=1)
        kept = rows[accepted[group.positions]]
        for sector, part in kept.groupby("sector", sort=True):
            found[str(sector)] = part.reset_index(drop=True)
    return found
