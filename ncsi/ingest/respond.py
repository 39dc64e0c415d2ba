"""Who a row is about: its sector, its brand, its respondent under a pseudonym, its region and background."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ncsi.errors import ConformError
from ncsi.ingest.answers import recoding
from ncsi.ingest.cells import Coded, translated
from ncsi.ingest.dialects import Layout
from ncsi.ingest.faults import Faults
from ncsi.ingest.privacy import personal_kind, refuse_personal
from ncsi.spec import FieldDates, Instrument

MAX_REGION = 60
_MAX_CODE = 40
Texts = npt.NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class Scope:
    """What a file may hold: the instrument of each sector, and the brands of each.

    No brands (empty): the sector is measured without. `None`: any brand is taken as it comes (a check without
    a wave). `sector` is the constant of a file of one sector, `field` the days of fieldwork where known,
    `panel` the panel that its respondents belong to.
    """

    wave: str
    instruments: Mapping[str, Instrument]
    brands: Mapping[str, tuple[str, ...] | None]
    sector: str | None = None
    field: FieldDates | None = None
    panel: str | None = None


def sectors(
    name: str, rows: int, cells: Mapping[str, Coded], layout: Layout, scope: Scope
) -> tuple[Texts, Faults]:
    """Sector id of each row, None where unknown, and the faults. ConformError where nothing says the sector."""
    constant = scope.sector or (next(iter(scope.instruments)) if len(scope.instruments) == 1 else None)
    if scope.sector is not None or "sector" not in layout.columns:
        if constant is None:
            raise ConformError(
                name,
                f"no column says the sector, and the wave measures {len(scope.instruments)}",
                "Map a column to `sector`, or give the file's source a constant `sector:`",
            )
        return np.full(rows, constant, dtype=object), _none("sector_unknown")
    column, codes = layout.columns["sector"], recoding(layout, "sector")
    words = [translated(word, codes) for word in cells[column].words]
    known = np.array([word if word in scope.instruments else None for word in words], dtype=object)
    found = known[cells[column].codes]
    bad = np.array([one is None for one in found], dtype=bool)
    return found, _at("sector_unknown", column, cells[column], bad)


def brands(
    name: str, cells: Mapping[str, Coded], layout: Layout, scope: Scope, sector: Texts
) -> tuple[Texts, Faults]:
    """Brand id of each row ("" in a sector without brands), None where unknown, and the faults."""
    found = np.full(len(sector), None, dtype=object)
    column = layout.columns.get("brand")
    codes = recoding(layout, "brand")
    for one in dict.fromkeys(sector[sector != None]):  # noqa: E711 - elementwise
        rows, ids = sector == one, scope.brands[one]
        if ids == () or (ids is None and column is None):
            found[rows] = ""
        elif column is None:
            found[rows] = _only_brand(name, one, ids or ())
        else:
            words = [translated(word, codes) for word in cells[column].words]
            known = np.array([word if ids is None or word in ids else None for word in words], dtype=object)
            found[rows] = known[cells[column].codes[rows]]
    if column is None:
        return found, _none("brand_unknown")
    bad = np.array([one is None for one in found], dtype=bool) & (sector != None)  # noqa: E711
    return found, _at("brand_unknown", column, cells[column], bad)


def regions(name: str, cells: Mapping[str, Coded], layout: Layout, rows: int) -> tuple[Texts, Faults]:
    """Region of each row as mapped, None where empty; long texts are faults, personal data refuses the file."""
    column = layout.columns.get("region")
    if column is None:
        return np.full(rows, None, dtype=object), _none("region_unusable")
    return _categories(name, column, cells[column], recoding(layout, "region"), "region_unusable")


def backgrounds(
    name: str, cells: Mapping[str, Coded], layout: Layout
) -> tuple[dict[str, Texts], list[Faults]]:
    """Each background variable of the wave, judged as regions are."""
    found: dict[str, Texts] = {}
    faults = []
    for variable, column in layout.background.items():
        codes = recoding(layout, variable)
        found[variable], own = _categories(name, column, cells[column], codes, "background_unusable")
        faults.append(own)
    return found, faults


def _categories(
    name: str, column: str, cells: Coded, codes: Mapping[str, str], rule: str
) -> tuple[Texts, Faults]:
    refuse_personal(name, column, cells, any_one=True)
    words = [translated(word, codes) for word in cells.words]
    long = np.array([len(word) > MAX_REGION for word in words], dtype=bool)
    kept = np.array([word if word and len(word) <= MAX_REGION else None for word in words], dtype=object)
    positions = np.flatnonzero(long[cells.codes])
    return kept[cells.codes], Faults(rule, column, positions, ["long text"] * len(positions))


def _only_brand(name: str, sector: str, ids: tuple[str, ...]) -> str:
    if len(ids) == 1:
        return ids[0]
    raise ConformError(
        name,
        f"no column says the brand, and sector {sector} has {len(ids)}",
        "Map a column to `brand` in the column map",
    )


def _none(rule: str) -> Faults:
    return Faults(rule, None, np.array([], dtype=np.int64), [])


def _at(rule: str, column: str, cells: Coded, bad: npt.NDArray[np.bool_]) -> Faults:
    positions = np.flatnonzero(bad)
    words = [cells.words[code] for code in cells.codes[positions]]
    return Faults(rule, column, positions, ["code"] * len(words), [_code(word) for word in words])


def _code(word: str) -> str:
    """A code for a message: codes are short; anything else may be somebody's answer."""
    if word == "":
        return "''"
    if len(word) > _MAX_CODE:
        return "(a long text)"
    return "(personal data)" if personal_kind(word) else f"'{word}'"
