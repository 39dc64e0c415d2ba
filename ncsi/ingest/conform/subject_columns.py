"""Who a row is about: its sector, its brand, its respondent under a pseudonym, its region and background."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from ncsi.errors import ConformError
from ncsi.ingest.conform.delivery import Column, Delivery, Made, Step, by_word, nothing, objects
from ncsi.ingest.conform.facts import Kind
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
    """Sector id of each row, None where unknown. ConformError where nothing says the sector."""
    scope, column = file.scope, file.column("sector")
    if scope.sector is not None or column is None:
        constant = scope.sector or (next(iter(scope.instruments)) if len(scope.instruments) == 1 else None)
        if constant is None:
            raise ConformError(
                file.table.name,
                f"no column gives the sector, and the wave measures {len(scope.instruments)}",
                "Map a column to `sector`, or give the file's source a constant `sector:`",
            )
        return Made(np.full(file.rows, constant, dtype=object))
    found = objects([word if word in scope.instruments else None for word in column.words])[
        column.cells.codes
    ]
    return Made(found, (_unknown("sector_unknown", column, _is_none(found)),))


def brand(file: Delivery, of_row: npt.NDArray[np.object_]) -> Made:
    """Brand id of each row ("" in a sector without brands), None where unknown; `of_row` is each row's sector."""
    column = file.column("brand")
    found = np.full(file.rows, None, dtype=object)
    for one in dict.fromkeys(of_row[~_is_none(of_row)]):
        rows, ids = of_row == one, file.scope.brands[one]
        if ids == () or (ids is None and column is None):
            found[rows] = ""
        elif column is None:
            found[rows] = _only_brand(file.table.name, one, ids or ())
        else:
            known = objects([word if ids is None or word in ids else None for word in column.words])
            found[rows] = known[column.cells.codes[rows]]
    if column is None:
        return Made(found)
    return Made(found, (_unknown("brand_unknown", column, _is_none(found) & ~_is_none(of_row)),))


def respondent(file: Delivery) -> Made:
    """Pseudonyms of the identity columns, else of the respondent column; linkable within a panel only."""
    key = respondent_key(file.key, file.scope.wave, file.scope.panel)
    column = file.layout.columns.get("respondent")
    columns = file.layout.identity or ((column,) if column else ())
    if not columns:
        return Made(objects(row_pseudonyms(key, file.table.sha256, file.table.row_numbers)))
    return Made(pseudonyms(key, [file.cells[one] for one in columns]))


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


def _is_none(values: npt.NDArray[np.object_]) -> npt.NDArray[np.bool_]:
    return np.asarray(pd.isna(values), dtype=bool)
