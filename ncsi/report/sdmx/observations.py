"""The indices of a release as observations: one row per construct of the nation, a field, a sector, a brand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from ncsi.report.plain_files import plain
from ncsi.tables import OUT_INDEX_BY_BRAND, OUT_INDEX_BY_GROUP, OUT_INDEX_BY_SECTOR, OUT_INDEX_NATIONAL

TOTAL = "_T"
DIMENSIONS = ("FREQ", "GROUP", "SECTOR", "BRAND", "CONSTRUCT")
_FIGURES = {
    "index_0_100": "OBS_VALUE",
    "se": "STD_ERROR",
    "low": "CI_LOW",
    "high": "CI_HIGH",
    "n": "SAMPLE_SIZE",
}
_STATUS = {"published": "A", "indicative": "U", "suppressed": "Q", "withheld": "Q"}
"""SDMX observation status: normal, low reliability, confidential."""


def observations(data: Path, wave: str, level: float) -> pd.DataFrame:
    """From the CSV files in `data` of a release: the dimensions, time, value and attributes by SDMX's names.

    A figure that is not published is missing. Rows are in the order of nation, fields, sectors, brands.
    """
    groups = _groups(data)
    parts = [
        _part(data / f"{name}.csv", groups, level)
        for name in (
            OUT_INDEX_NATIONAL.name,
            OUT_INDEX_BY_GROUP.name,
            OUT_INDEX_BY_SECTOR.name,
            OUT_INDEX_BY_BRAND.name,
        )
    ]
    frame = pd.concat([one for one in parts if len(one)], ignore_index=True)
    frequency, period = time_period(wave)
    return frame.assign(FREQ=frequency, TIME_PERIOD=period)


def time_period(wave: str) -> tuple[str, str]:
    """Frequency code and SDMX time period of a wave: 2026, 2026-Q1 or 2026-W07."""
    year, part = wave[:4], wave[4:]
    return (part[0], f"{year}-{part}") if part else ("A", year)


def labels(data: Path) -> dict[str, list[tuple[str, str, str]]]:
    """Code, English and Chinese label of every group, sector, brand (as sector-brand) and construct."""
    found: dict[str, list[tuple[str, str, str]]] = {}
    for name in ("group", "sector", "brand", "construct"):
        path = data / f"codes_{name}s.csv"
        rows = pd.read_csv(path, dtype=str, keep_default_na=False) if path.is_file() else pd.DataFrame()
        codes = {
            _code(row, name): (plain(row["label_en"]), plain(row["label_zh"])) for _, row in rows.iterrows()
        }
        found[name] = [(code, *words) for code, words in codes.items()]
    return found


def _code(row: Any, name: str) -> str:
    return f"{row['sector']}-{row['brand']}" if name == "brand" else str(row[name])


def _groups(data: Path) -> dict[str, str]:
    codes = pd.read_csv(data / "codes_sectors.csv", dtype=str)
    return dict(zip(codes["sector"], codes["group"], strict=True))


def _part(path: Path, groups: dict[str, str], level: float) -> pd.DataFrame:
    rows = pd.read_csv(path, dtype={"sector": str, "brand": str, "group": str, "construct": str})
    made = pd.DataFrame(index=rows.index)
    sectors = rows.get("sector", pd.Series(TOTAL, rows.index))
    made["GROUP"] = rows.get("group", sectors.map(groups).fillna(TOTAL))
    made["SECTOR"] = sectors
    made["BRAND"] = sectors + "-" + rows["brand"] if "brand" in rows else TOTAL
    made["CONSTRUCT"] = rows["construct"]
    for name, shown in _FIGURES.items():
        made[shown] = rows[name]
    made["CONF_LEVEL"] = 100 * level
    made["OBS_STATUS"] = rows["status"].map(_STATUS) if "status" in rows else "A"
    return made
