"""Published figures derived again from other published figures: the nation from its sectors, a sector and its ranks
from its brands. Arithmetic on the rows of CSV files, apart from the code that published them.

Figures agree within half a unit of the last published digit of every input, propagated, and of the figure itself.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ncsi.model.resampling.intervals import t_reach
from ncsi.tables import (
    OUT_BASIS_BY_SECTOR,
    OUT_INDEX_BY_BRAND,
    OUT_INDEX_BY_SECTOR,
    OUT_INDEX_NATIONAL,
    OUT_RANK_BY_BRAND,
    OUT_RANK_BY_SECTOR,
    OUT_SAMPLE_BY_SECTOR,
    OUT_WEIGHTING_BY_MARGIN,
    Table,
)

Row = dict[str, str]
OF_THE_NATION = (OUT_BASIS_BY_SECTOR.name, OUT_INDEX_BY_SECTOR.name, OUT_INDEX_NATIONAL.name)
"""The tables that the nation is derived from, and where it stands."""
OF_THE_SECTORS = (
    OUT_INDEX_BY_BRAND.name, OUT_INDEX_BY_SECTOR.name, OUT_RANK_BY_BRAND.name, OUT_RANK_BY_SECTOR.name,
    OUT_SAMPLE_BY_SECTOR.name, OUT_WEIGHTING_BY_MARGIN.name,
)  # fmt: skip
"""The tables that `sector_problems` reads."""
_INDEX = "index_0_100"


@dataclass(frozen=True, slots=True)
class Headline:
    """The national index derived again: index_0_100, se, low, high; how far each may be off by rounding."""

    figures: Mapping[str, float]
    slack: Mapping[str, float]


UNKNOWN = Headline(dict.fromkeys((_INDEX, "se", "low", "high"), math.nan), {})


def rows_of(content: bytes) -> list[Row]:
    """The rows of a CSV file by column name. Raises ValueError (UnicodeDecodeError) where it is no UTF-8."""
    return list(csv.DictReader(io.StringIO(content.decode("utf-8"), newline="")))


def nation(sectors: Sequence[Row], basis: Sequence[Row], construct: str, level: float) -> Headline:
    """Index and interval from sector indices and shares: Σ share·index / Σ share; Σ share²·SE² and the shares' errors.

    What was measured in the wave is read from the sectors' table, what is carried forward from the basis. Raises
    ValueError (ZeroDivisionError, KeyError) where figures are missing.
    """
    own = {row["sector"]: row for row in sectors if row["construct"] == construct}
    stands = [
        (float(row["share"]), float(row["share_se"] or 0), own.get(row["sector"], row))
        for row in basis
        if row["basis"] != "not_available"
    ]
    total = sum(share for share, _, _ in stands)
    index = sum(share * float(row[_INDEX]) for share, _, row in stands) / total
    sampled = [((share * float(row["se"])) ** 2, _freedom(row)) for share, _, row in stands]
    variance = math.fsum(part for part, _ in sampled)
    variance += math.fsum((unsure * (float(row[_INDEX]) - index)) ** 2 for _, unsure, row in stands)
    se = math.sqrt(variance) / total
    unknown = math.fsum(part**2 / df for part, df in sampled)
    df = variance**2 / unknown if unknown > 0 else math.inf
    reach = float(t_reach(level, df))
    ends = {
        "low": max(index - reach * se, 0.0),
        "high": min(index + reach * se, 100.0),
    }  # where an index ends
    figures = {_INDEX: index, "se": se, **ends}
    away = sum(abs(float(row[_INDEX]) - index) for _, _, row in stands) / total
    off = max(
        _half(OUT_INDEX_BY_SECTOR, "df") / _freedom(row) + 4 * _rounded_off(row) for _, _, row in stands
    )
    wider = float(t_reach(level, max(df * (1 - off), 1.0))) - reach
    return Headline(figures, _slack(away, reach, wider * se))


def _freedom(row: Row) -> float:
    """Degrees of freedom of a sector's standard error; infinite where it is known."""
    return float(row["df"]) if row["df"] else math.inf


def _rounded_off(row: Row) -> float:
    """Share of a sector's standard error that its rounding may have moved."""
    return _half(OUT_INDEX_BY_SECTOR, "se") / float(row["se"])


def _slack(away: float, reach: float, wider: float) -> dict[str, float]:
    """`away`: Σ |index − national index| / Σ share, what a unit's error of each share moves the nation by; `wider`:
    what rounded degrees of freedom move an end of the interval by."""
    index = _half(OUT_INDEX_BY_SECTOR, _INDEX) + _half(OUT_BASIS_BY_SECTOR, "share") * away
    se = _half(OUT_INDEX_BY_SECTOR, "se") + _half(OUT_BASIS_BY_SECTOR, "share_se") * away
    own = {name: _half(OUT_INDEX_NATIONAL, name) for name in (_INDEX, "se", "low", "high")}
    ends = index + reach * se + wider
    return {
        _INDEX: index + own[_INDEX],
        "se": se + own["se"],
        "low": ends + own["low"],
        "high": ends + own["high"],
    }


def headline_problems(
    derived: Headline, national: Iterable[Row], headline: Mapping[str, Any]
) -> Iterator[str]:
    """Where the headline of the table or of the manifest is not what the sectors come to."""
    table = next((row for row in national if row["construct"] == headline["construct"]), {})
    for key, value in derived.figures.items():
        for where, told in ((OUT_INDEX_NATIONAL.name, table.get(key)), ("manifest.json", headline[key])):
            if told in (None, "") or not abs(float(str(told)) - value) <= derived.slack[key]:
                yield f"{where}: {key} is {told}, but the sectors' indices and shares come to {value:.4f}"


def sector_problems(tables: Mapping[str, Sequence[Row]], construct: str) -> Iterator[str]:
    """Where a sector's index cannot come from those of its brands, or its brands' ranks not from their indices."""
    brands: dict[str, list[Row]] = {}
    for row in tables[OUT_INDEX_BY_BRAND.name]:
        if row["construct"] == construct:
            brands.setdefault(row["sector"], []).append(row)
    samples = {row["sector"]: row for row in tables[OUT_SAMPLE_BY_SECTOR.name]}
    shares = _shares(tables)
    for sector in tables[OUT_INDEX_BY_SECTOR.name]:
        name = sector["sector"]
        if sector["construct"] != construct or name not in brands or name not in samples:
            continue
        yield from _from_brands(sector, brands[name], samples[name], shares.get(name, {}))
        ranked = [row for row in tables[OUT_RANK_BY_BRAND.name] if row["sector"] == name]
        yield from _ranks(f"out_rank_by_brand, sector {name}", "brand", brands[name], ranked)
    measured = [row for row in tables[OUT_INDEX_BY_SECTOR.name] if row["construct"] == construct]
    yield from _ranks(OUT_RANK_BY_SECTOR.name, "sector", measured, tables[OUT_RANK_BY_SECTOR.name])


def not_finite(name: str, rows: Iterable[Row], numbers: Iterable[str]) -> Iterator[str]:
    """Cells of number columns that hold something and no finite number; the first of each column."""
    kept = list(rows)
    for column in numbers:
        for line, row in enumerate(kept, 2):
            if row.get(column) and not _finite(row[column]):
                yield f"data/{name}.csv: line {line}: {column} is not a finite number"
                break


def _finite(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def _shares(tables: Mapping[str, Sequence[Row]]) -> dict[str, dict[str, float]]:
    """What each brand weighs in its sector: as weighted to, else its declared share."""
    met: dict[str, dict[str, float]] = {}
    for row in tables[OUT_WEIGHTING_BY_MARGIN.name]:
        if row["margin"] == "brand":
            met.setdefault(row["sector"], {})[row["category"]] = float(row["after"])
    return met


def _from_brands(
    sector: Row, brands: Sequence[Row], sample: Row, shares: Mapping[str, float]
) -> Iterator[str]:
    """The sector's index is the mean of its brands' by what each weighs.

    Weighted to brand shares these are known but for respondents whom the model leaves out; with equal weights they
    are the numbers of respondents; else the index lies between its lowest and highest brand.
    """
    index, where = float(sector[_INDEX]), f"out_index_by_sector, sector {sector['sector']}"
    shown = {row["brand"]: float(row[_INDEX]) for row in brands if row[_INDEX]}
    weighs, doubt = _weighs(brands, sample, shares)
    slack = _half(OUT_INDEX_BY_SECTOR, _INDEX) + _half(OUT_INDEX_BY_BRAND, _INDEX)
    unsure = _half(OUT_WEIGHTING_BY_MARGIN, "after") if shares else 0.0
    if len(shown) == len(brands):
        low, high = min(shown.values()), max(shown.values())
        if not low - slack <= index <= high + slack:
            yield f"{where}: {_INDEX} is {index}, outside of its brands' {low} to {high}"
        elif weighs:
            derived = sum(weighs[brand] * value for brand, value in shown.items()) / sum(weighs.values())
            away = sum(abs(value - index) for value in shown.values())
            if not abs(derived - index) <= slack + unsure * away + doubt * (high - low):
                yield f"{where}: {_INDEX} is {index}, but its brands come to {derived:.4f}"
    elif shown and all(brand in weighs for brand in shown):
        held = sum(weighs[brand] for brand in shown)
        rest = 1 - held
        if rest > doubt:
            left = (index - sum(weighs[brand] * value for brand, value in shown.items())) / rest
            room = (slack + 100 * (doubt + unsure * len(shown))) / rest
            if not -room <= left <= 100 + room:
                yield f"{where}: {_INDEX} is {index}, which leaves {left:.2f} for the brands not shown"


def _weighs(
    brands: Sequence[Row], sample: Row, shares: Mapping[str, float]
) -> tuple[dict[str, float], float]:
    """What each brand weighs in its sector, as far as it is published, and how far that may be off in all.

    Of N respondents weighted, the model leaves out e, each of at most the largest weight.
    """
    if shares:
        out, n = float(sample["excluded"]), float(sample["n"])
        gone = min(out * float(sample["weight_max"]) / (n + out), 0.5)
        return dict(shares), gone / (1 - gone)
    if sample["weight_min"] == sample["weight_max"]:
        return {row["brand"]: float(row["n"]) / float(sample["n"]) for row in brands if row["n"]}, 0.0
    return {}, 0.0


def _ranks(where: str, key: str, indices: Sequence[Row], ranked: Sequence[Row]) -> Iterator[str]:
    """Ranks stand in the order of the indices shown; equal figures in any order among themselves."""
    shown = {row[key]: row[_INDEX] for row in indices if row[_INDEX]}
    if len(shown) < 2 and not ranked:
        return
    if {row[key] for row in ranked} != set(shown) or len(ranked) != len(shown):
        yield f"{where}: the {key}s ranked are not those whose index is shown"
        return
    for row in ranked:
        if float(row[_INDEX]) != float(shown[row[key]]):
            yield f"{where}: {row[key]} is ranked with {row[_INDEX]}, but its index is {shown[row[key]]}"
        above = sum(float(one) > float(shown[row[key]]) for one in shown.values())
        level = sum(float(one) == float(shown[row[key]]) for one in shown.values())
        if not above < int(row["rank"]) <= above + level:
            yield f"{where}: {row[key]} has rank {row['rank']}, but {above} have a higher index"
        low, high = int(row["rank_low"]), int(row["rank_high"])
        if not 1 <= low <= high <= len(shown):
            yield f"{where}: {row[key]} has the rank set {low} to {high} of {len(shown)}"


def _half(table: Table, column: str) -> float:
    """Half a unit of the last digit that the column is published with."""
    digits = next(one.digits for one in table.columns if one.name == column)
    return 0.5 * 10.0 ** -(digits or 0) * (1 + 1e-9)
