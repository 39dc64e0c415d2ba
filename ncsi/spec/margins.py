"""Files of population totals by category: read strictly, with the source and year of each total."""

from __future__ import annotations

import csv
import hashlib
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ncsi.errors import SpecError
from ncsi.spec.building_blocks import FIRST_YEAR, LAST_YEAR
from ncsi.spec.problems import did_you_mean
from ncsi.spec.wave import Wave
from ncsi.spec.weighting_plan import MarginSource

MAX_BYTES = 5 * 1024 * 1024
SUMS_AGREE = 1e-6
_REQUIRED = ("total", "source", "year")
_OPTIONAL = ("sector", "drawn")


@dataclass(frozen=True, slots=True)
class MarginRow:
    """A category (one value per column of `by`), its total, and where that comes from; `sector` None: of all."""

    category: tuple[str, ...]
    total: float
    source: str
    year: int
    sector: str | None = None
    drawn: float | None = None


@dataclass(frozen=True, slots=True)
class MarginTable:
    """A read file: `by` its columns, `sha256` of its bytes."""

    file: str
    by: tuple[str, ...]
    rows: tuple[MarginRow, ...]
    sha256: str

    @property
    def name(self) -> str:
        """The columns, crossed with ×."""
        return " × ".join(self.by)

    def of(self, sector: str) -> tuple[MarginRow, ...]:
        """Rows of a sector. Raises SpecError when the file has none for it."""
        own = tuple(row for row in self.rows if row.sector in (None, sector))
        if not own:
            raise SpecError(
                f"{self.file}, margin {self.name}",
                f"there is no row for sector '{sector}'",
                "Add its totals, or leave the column sector out where all sectors share one population",
            )
        return own


def read_margin(path: Path, source: MarginSource, needs_drawn: bool = False) -> MarginTable:
    """Read a file of totals. Raises SpecError naming file, row, column and cure.

    Refused: unknown or missing columns, empty cells, totals that are not positive, a category given twice, a
    year out of 2000-2100; with `needs_drawn` a file without the column `drawn`.
    """
    content = _content(path)
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    header = [name.strip() for name in rows[0]] if rows else []
    wanted = (*source.by, *_REQUIRED, *(("drawn",) if needs_drawn else ()))
    _check_header(path, header, wanted, (*source.by, *_REQUIRED, *_OPTIONAL))
    read = [
        _row(f"{path}: row {number}", dict(zip(header, cells, strict=False)), len(cells), header, source.by)
        for number, cells in enumerate(rows[1:], 2)
        if any(cell.strip() for cell in cells)
    ]
    _check_rows(path, read)
    return MarginTable(source.file, source.by, tuple(read), hashlib.sha256(content).hexdigest())


def read_totals(wave: Wave, roots: Sequence[Path]) -> dict[str, MarginTable]:
    """The files of totals of a wave by name, each from the first of `roots` that has it.

    Raises SpecError when one cannot be read, lacks a sector, names a value that the wave
    does not declare, or the margins disagree on the population's size.
    """
    if wave.weighting is None:
        return {}
    weighting, tables = wave.weighting, {}
    for source in weighting.sources:
        tables[source.file] = read_margin(_found(source, roots), source, source == weighting.frame)
    for entry in wave.sectors:
        for table in tables.values():
            table.of(entry.id)
            _require_declared(table, wave)
        _require_agreement(weighting.margins, tables, entry.id)
    return tables


def _content(path: Path) -> bytes:
    if not path.is_file():
        raise SpecError(str(path), "there is no such file of totals", "Put it in the workspace's margins/")
    if path.stat().st_size > MAX_BYTES:
        raise SpecError(str(path), f"is larger than {MAX_BYTES:,} bytes", "Give totals by category only")
    content = path.read_bytes()
    try:
        content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SpecError(str(path), f"is not UTF-8 (byte {error.start})", "Save it as CSV UTF-8") from error
    return content


def _check_header(path: Path, header: Sequence[str], wanted: Sequence[str], known: Sequence[str]) -> None:
    where = f"{path}: row 1"
    for name in header:
        if name not in known:
            raise SpecError(
                where, f"unknown column '{name[:60]}'", did_you_mean(name, tuple(known), "columns are")
            )
        if header.count(name) > 1:
            raise SpecError(where, f"the column '{name}' is given twice", "Remove one of them")
    lacking = next((name for name in wanted if name not in header), None)
    if lacking is not None:
        raise SpecError(where, f"the column '{lacking}' is missing", f"Columns are: {', '.join(wanted)}")


def _row(
    where: str, cells: dict[str, str], count: int, header: Sequence[str], by: tuple[str, ...]
) -> MarginRow:
    if count != len(header):
        raise SpecError(where, f"has {count} cells for {len(header)} columns", "Correct commas and quotes")
    values = {name: cell.strip() for name, cell in cells.items()}
    empty = next((name for name, value in values.items() if not value), None)
    if empty is not None:
        raise SpecError(f"{where}, column {empty}", "is empty", "Fill it, or take the row out")
    year = values["year"]
    if not year.isdigit() or not FIRST_YEAR <= int(year) <= LAST_YEAR:
        raise SpecError(
            f"{where}, column year",
            f"'{year[:20]}' is not a year",
            "Write it as in 2024; years run from 2000 to 2100",
        )
    return MarginRow(
        tuple(values[name] for name in by), _positive(where, "total", values["total"]), values["source"], int(year),
        values.get("sector"), _positive(where, "drawn", values["drawn"]) if "drawn" in values else None,
    )  # fmt: skip


def _positive(where: str, column: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value > 0):
        raise SpecError(
            f"{where}, column {column}",
            f"'{text[:20]}' is not a positive number",
            "Give a count or a share above 0, without separators; join an empty category to a neighbour",
        )
    return value


def _check_rows(path: Path, rows: Sequence[MarginRow]) -> None:
    if not rows:
        raise SpecError(str(path), "has no totals", "Add a row for each category")
    seen: set[tuple[str | None, tuple[str, ...]]] = set()
    for row in rows:
        if (row.sector, row.category) in seen:
            name = " × ".join(row.category)
            raise SpecError(
                str(path), f"the category '{name[:80]}' is given twice", "Keep one row for each category"
            )
        seen.add((row.sector, row.category))


def _found(source: MarginSource, roots: Sequence[Path]) -> Path:
    return next(
        (root / source.file for root in roots if (root / source.file).is_file()), roots[0] / source.file
    )


def _require_declared(table: MarginTable, wave: Wave) -> None:
    """A total of a category that the wave does not declare could have no respondent."""
    for row in table.rows:
        for name, value in zip(table.by, row.category, strict=True):
            known = sorted(wave.values.get(name, ()))
            if known and value not in known:
                raise SpecError(
                    f"{table.file}, margin {table.name}",
                    f"wave {wave.id} declares no value '{value[:60]}' of {name}",
                    did_you_mean(value, known, "values are"),
                )


def _require_agreement(
    margins: Sequence[MarginSource], tables: Mapping[str, MarginTable], sector: str
) -> None:
    """Margins are of one population: their totals sum alike."""
    sums = [math.fsum(row.total for row in tables[one.file].of(sector)) for one in margins]
    for margin, total in zip(margins, sums, strict=True):
        if abs(total - sums[0]) > SUMS_AGREE * sums[0]:
            first = margins[0]
            raise SpecError(
                f"{margin.file}, margin {' × '.join(margin.by)}, sector {sector}",
                f"its totals sum to {total:.9g}, those of {' × '.join(first.by)} in {first.file} to {sums[0]:.9g}",
                "Give all margins of the same population, or shares that sum to 1",
            )
