"""Who a row is about: its sector, its brand, its respondent under a pseudonym, its region and background."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ncsi.errors import ConformError
from ncsi.ingest.conform.delivery import Column, Delivery, Made, Step, by_word, nothing, objects
from ncsi.ingest.conform.facts import Kind, digits_lost
from ncsi.ingest.conform.row_faults import Faults
from ncsi.ingest.privacy import (
    canonical_identity,
    derived_key,
    pseudonym,
    pseudonyms,
    respondent_key,
    row_pseudonyms,
)
from ncsi.spec.background import OTHER, REGION


def sector(file: Delivery) -> Made:
    """Sector id of each row, a category, none where unknown. ConformError where nothing says the sector."""
    scope, column = file.scope, file.column("sector")
    if scope.sector is not None or column is None:
        constant = scope.sector or (next(iter(scope.instruments)) if len(scope.instruments) == 1 else None)
        if constant is None:
            raise ConformError(
                file.table.name,
                f"no column gives the sector, and the wave measures {len(scope.instruments)}",
                "Map a column to `sector`, or give the file's source a constant `sector:`",
            )
        return Made(_categories(np.zeros(file.rows, dtype=np.int8), [constant]))
    known = sorted({word for word in column.words if word in scope.instruments})
    codes = _places(column.words, known)[column.cells.codes]
    return Made(_categories(codes, known), (_unknown("sector_unknown", column, codes < 0),))


def brand(file: Delivery, of_row: pd.Categorical) -> Made:
    """Brand id of each row ("" in a sector without brands), a category, none where unknown; `of_row` is each row's
    sector."""
    column, ids = file.column("brand"), dict[str, int]()
    found = np.full(file.rows, -1, dtype=np.int32)
    sectors, first = np.unique(of_row.codes, return_index=True)
    for code in sectors[np.argsort(first)]:
        if code >= 0:
            rows = np.flatnonzero(of_row.codes == code) if len(sectors) > 1 else slice(None)
            found[rows] = _brands_of(file, str(of_row.categories[code]), column, ids, rows)
    made = _categories(found, list(ids))
    if column is None:
        return Made(made)
    return Made(made, (_unknown("brand_unknown", column, (found < 0) & (of_row.codes >= 0)),))


def _brands_of(
    file: Delivery,
    of_sector: str,
    column: Column | None,
    ids: dict[str, int],
    rows: npt.NDArray[np.intp] | slice,
) -> npt.NDArray[np.int32] | int:
    """The places among `ids`, which those that are new join, of the brands of a sector's rows."""
    declared = file.scope.brands[of_sector]
    if declared == () or (declared is None and column is None):
        return ids.setdefault("", len(ids))
    if column is None:
        return ids.setdefault(_only_brand(file.table.name, of_sector, declared or ()), len(ids))
    known = [
        ids.setdefault(word, len(ids)) if declared is None or word in declared else -1
        for word in column.words
    ]
    return np.asarray(np.array(known, dtype=np.int32)[column.cells.codes[rows]])


def respondent(file: Delivery) -> Made:
    """Pseudonyms of the identity columns, else of the respondent column; linkable within a panel only."""
    key = respondent_key(file.key, file.scope.wave, file.scope.panel)
    column = file.layout.columns.get("respondent")
    columns = file.layout.identity or ((column,) if column else ())
    if not columns:
        return Made(objects(row_pseudonyms(key, file.table.sha256, file.table.row_numbers)))
    for one in columns:
        file.whole.ids.add(file.cells[one].words)
    return Made(
        pseudonyms(key, [file.cells[one] for one in columns]), tuple(_cut(file, one) for one in columns)
    )


def _cut(file: Delivery, column: str) -> Faults:
    """Rows whose id is a number that a spreadsheet cut."""
    words, codes = file.cells[column].words, file.cells[column].codes
    cut = [digits_lost(word) for word in words]
    positions = np.flatnonzero(np.array(cut, dtype=bool)[codes]) if any(cut) else np.zeros(0, dtype=np.int64)
    return Faults.alike("respondent_digits_lost", column, positions, Kind.EXPONENT)


def region(file: Delivery) -> Made:
    """Declared id of the region, None where empty. ConformError where the wave declares no regions."""
    return _category(file, REGION)


def background(variable: str) -> Step:
    """The step of a background variable of the wave, judged as regions are."""
    return lambda file: _category(file, variable)


def _category(file: Delivery, meaning: str) -> Made:
    """Declared values as they are, any other text as `other` and told; pseudonyms where none are declared."""
    column, declared = file.column(meaning), file.scope.values
    if column is None or declared is None:
        return nothing(file)
    if meaning not in declared:
        raise ConformError(
            f"{file.table.name}, column '{column.name[:60]}'",
            f"is the file's {meaning}, of which wave {file.scope.wave} declares no values",
            f"Declare them under `background: {{{meaning}: …}}` in the wave file, or name the column under "
            "`ignore:` in the column map",
        )
    if not declared[meaning]:
        key = derived_key(file.key, f"{meaning}/{file.scope.wave}")
        made = [pseudonym(key, canonical_identity(word)) if word else None for word in column.words]
        return by_word(column, objects(made))
    odd = [word != "" and word not in declared[meaning] for word in column.words]
    kept = [OTHER if other else word or None for word, other in zip(column.words, odd, strict=True)]
    return by_word(column, objects(kept), "value_undeclared", [Kind.CODE if other else None for other in odd])


def _only_brand(name: str, of_sector: str, ids: tuple[str, ...]) -> str:
    if len(ids) == 1:
        return ids[0]
    raise ConformError(
        name,
        f"no column gives the brand, and sector {of_sector} has {len(ids)}",
        "Map a column to `brand` in the column map",
    )


def _unknown(rule: str, column: Column, bad: npt.NDArray[np.bool_]) -> Faults:
    """Faults of codes that the wave does not know; a code may be somebody's answer, or somebody."""
    positions = np.flatnonzero(bad)
    facts = [Kind.CODE if word else Kind.EMPTY for word in column.cells.words]
    return Faults(rule, column.name, positions, [facts[code] for code in column.cells.codes[positions]])


def _categories(codes: npt.NDArray[np.integer[Any]], names: Sequence[str]) -> pd.Categorical:
    return pd.Categorical.from_codes(codes, pd.Index(list(names), dtype="object"))


def _places(words: Sequence[str], known: Sequence[str]) -> npt.NDArray[np.int32]:
    """The place of each word among those known, -1 for another."""
    places = {word: k for k, word in enumerate(known)}
    return np.array([places.get(word, -1) for word in words], dtype=np.int32)
