"""Field work as it is planned: agencies that deliver files, and quotas by cell."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from ncsi.errors import SpecError
from ncsi.spec.building_blocks import Identifier, Label, Spec
from ncsi.spec.problems import did_you_mean
from ncsi.spec.wave import Wave

MAX_BYTES = 5 * 1024 * 1024
_NAMES = ("sector", "brand", "agency")
_TARGET = "target"


class Agency(Spec):
    """Who does field work; `mode`: how (face to face, by telephone, on the web), where one agency has one."""

    id: Identifier
    label: Label
    mode: Label | None = None


class AgencyList(Spec):
    """`agencies.yaml` of the workspace: whoever delivers files to its waves."""

    spec: Literal["ncsi/agencies/1"]
    agencies: Annotated[tuple[Agency, ...], Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class QuotaCell:
    """Accepted answers wanted of a sector's cell: `brand` None for all brands together, `agency` None whoever asks;
    `of`: background variable and value, in the order of the file's columns."""

    sector: str
    brand: str | None
    agency: str | None
    of: tuple[tuple[str, str], ...]
    target: int

    @property
    def family(self) -> tuple[str, ...]:
        """What the cell tells apart: quotas of one family do not overlap."""
        named = (name for name in ("brand", "agency") if getattr(self, name) is not None)
        return (*named, *(variable for variable, _ in self.of))


def read_quotas(path: Path, wave: Wave, agencies: Sequence[str]) -> tuple[QuotaCell, ...]:
    """The quotas of a wave from a CSV file: columns sector and target, and of brand, agency and the wave's background
    variables whatever they tell apart; an empty cell means all.

    Raises SpecError naming file, row, column and cure: unknown columns, sectors, brands, agencies and values, targets
    that are no whole numbers above 0, a cell given twice, a cell that all of its brand's or sector's quota leaves out.
    """
    rows = list(csv.reader(io.StringIO(_content(path), newline="")))
    header = [name.strip() for name in rows[0]] if rows else []
    variables = tuple(name for name, one in wave.background.items() if one.values)
    _check_header(path, header, (*_NAMES, *variables, _TARGET))
    known = _known(wave, agencies)
    found: dict[tuple[object, ...], int] = {}
    cells = []
    for number, read in enumerate(rows[1:], 2):
        if not any(cell.strip() for cell in read):
            continue
        where = f"{path}: row {number}"
        if len(read) != len(header):
            raise SpecError(
                where, f"has {len(read)} cells for {len(header)} columns", "Correct commas and quotes"
            )
        cell = _cell(where, dict(zip(header, (one.strip() for one in read), strict=True)), known, variables)
        key = (cell.sector, cell.brand, cell.agency, cell.of)
        if key in found:
            raise SpecError(where, f"is the cell of row {found[key]} again", "Keep one of them")
        found[key] = number
        cells.append(cell)
    if not cells:
        raise SpecError(str(path), "has no quotas", "Add a row for each cell")
    return tuple(cells)


def brand_quotas(wave: Wave, cells: Sequence[QuotaCell]) -> tuple[QuotaCell, ...]:
    """The quotas of all sectors: those of the file, and for the sectors it leaves out the wave file's `quota` of each
    brand, of the sector where it has none."""
    told = {one.sector for one in cells}
    plain = [
        QuotaCell(entry.id, brand or None, None, (), entry.quota)
        for entry in wave.sectors
        if entry.quota and entry.id not in told
        for brand in [one.id for one in entry.brands] or [""]
    ]
    return (*cells, *plain)


def _content(path: Path) -> str:
    if not path.is_file():
        raise SpecError(
            str(path), "there is no such file of quotas", "Correct `quotas:` of the wave, or add the file"
        )
    if path.stat().st_size > MAX_BYTES:
        raise SpecError(str(path), f"is larger than {MAX_BYTES:,} bytes", "Give one row for each cell")
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SpecError(str(path), f"is not UTF-8 (byte {error.start})", "Save it as CSV UTF-8") from error


def _check_header(path: Path, header: Sequence[str], known: Sequence[str]) -> None:
    where = f"{path}: row 1"
    for name in header:
        if name not in known:
            raise SpecError(
                where, f"unknown column '{name[:60]}'", did_you_mean(name, tuple(known), "columns are")
            )
        if header.count(name) > 1:
            raise SpecError(where, f"the column '{name}' is given twice", "Remove one of them")
    lacking = next((name for name in ("sector", _TARGET) if name not in header), None)
    if lacking is not None:
        raise SpecError(where, f"the column '{lacking}' is missing", f"Columns are: {', '.join(known)}")


def _known(wave: Wave, agencies: Sequence[str]) -> Mapping[str, Sequence[str]]:
    """Values that a column may hold; brands by sector under the sector's id."""
    brands = {f"brand of {entry.id}": [one.id for one in entry.brands] for entry in wave.sectors}
    values = {name: sorted(one.ids) for name, one in wave.background.items()}
    return {"sector": [one.id for one in wave.sectors], "agency": list(agencies), **brands, **values}


def _cell(
    where: str, cells: Mapping[str, str], known: Mapping[str, Sequence[str]], variables: Sequence[str]
) -> QuotaCell:
    sector = cells["sector"]
    _refuse_unknown(where, "sector", sector, known["sector"])
    brand, agency = cells.get("brand") or None, cells.get("agency") or None
    if brand is not None:
        _refuse_unknown(where, "brand", brand, known[f"brand of {sector}"])
    if agency is not None:
        _refuse_unknown(where, "agency", agency, known["agency"])
    of = tuple((name, cells[name]) for name in cells if name in variables and cells[name])
    for name, value in of:
        _refuse_unknown(where, name, value, known[name])
    target = cells[_TARGET]
    if not (target.isascii() and target.isdigit() and 0 < int(target) <= 10_000_000):
        raise SpecError(f"{where}, column {_TARGET}", f"'{target[:20]}' is no whole number above 0",
                        "Give the answers wanted of the cell; leave a cell out that nobody is to fill")  # fmt: skip
    return QuotaCell(sector, brand, agency, of, int(target))


def _refuse_unknown(where: str, column: str, value: str, known: Sequence[str]) -> None:
    if value not in known:
        raise SpecError(f"{where}, column {column}", f"there is no {column} '{value[:60]}'",
                        did_you_mean(value, tuple(known), "declared are"))  # fmt: skip
