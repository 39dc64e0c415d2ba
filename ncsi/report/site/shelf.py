"""What the site knows of each release: read from the release's own folder, nothing else."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ncsi.report.bundle.manifest import damaged, read_manifest
from ncsi.report.content.heading import taken_along
from ncsi.report.pages import Link
from ncsi.report.plain_files import plain
from ncsi.report.printed_otherwise import printed_otherwise
from ncsi.report.text import NOTHING, Pair, pair, typed
from ncsi.report.withdrawn import withdrawal_of
from ncsi.spec import wave_order
from ncsi.spec.publication import FORMATS
from ncsi.tables import (
    OUT_CHANGES,
    OUT_INDEX_BY_BRAND,
    OUT_INDEX_BY_SECTOR,
    OUT_INDEX_NATIONAL,
    OUT_RANK_BY_SECTOR,
    OUT_SAMPLE_BY_SECTOR,
)

Row = dict[str, str]
LATEST = "latest"
"""The folder that holds the last release again: no release of its own."""
REVISED = "revised"
"""The verdict of a change from figures of a wave that are not those of its release."""


@dataclass(frozen=True, slots=True)
class Figures:
    """A published index with its interval (NaN where it is not published), and its respondents. `df` of `se`: NaN where
    it is known."""

    index_0_100: float
    se: float
    df: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class Place:
    """A sector's rank with its interval, and its index."""

    rank: int
    rank_low: int
    rank_high: int
    index_0_100: float


@dataclass(frozen=True, slots=True)
class Moved:
    """A published change against the wave `previous`; NaN where a break allows none, or that was revised since."""

    previous: str
    change: float
    low: float
    high: float
    verdict: str


@dataclass(frozen=True, slots=True)
class Code:
    """What a sector or a group of sectors is called, and the group that a sector belongs to."""

    id: str
    name: Pair
    group: str


@dataclass(frozen=True, slots=True)
class BrandFigures:
    """A brand's published index, NaN where its status says that it is not."""

    brand: str
    name: Pair
    status: str
    figures: Figures


@dataclass(frozen=True, slots=True)
class About:
    """What the manifest says of a release. `level` of the intervals 0-1; `revised`: day of the last revision;
    `incomplete`: which sectors it leaves out and why, nothing where it has all."""

    wave: str
    title: Pair
    label: Pair
    publisher: Pair
    release_date: str
    release_id: str
    synthetic: bool
    embargoed: bool
    level: float
    revised: str
    incomplete: Pair


@dataclass(frozen=True, slots=True)
class Shelved:
    """One release: what it is, and its figures of the target construct by sector id.

    `explorer`: whether it has one, which releases of earlier versions have not; `along`: files of the nation's report
    to take along;
    `measured`: how many sectors the national index covers; `change`: of the national index, where the wave is compared
    with one; `instruments`: name and version; `brands`: names of those that are published; `brand_figures`: of all.
    """

    about: About
    nation: Figures
    measured: int
    change: Moved | None
    sectors: dict[str, Figures]
    ranks: dict[str, Place]
    changes: dict[str, Moved]
    instruments: dict[str, str]
    codes: dict[str, Code]
    groups: dict[str, Code]
    brands: dict[str, list[Pair]]
    brand_figures: dict[str, list[BrandFigures]]
    explorer: bool
    along: tuple[Link, ...]

    @property
    def wave(self) -> str:
        """Its wave."""
        return self.about.wave


@dataclass(frozen=True, slots=True)
class Gone:
    """A wave that is withdrawn: when (ISO), and why; title and publisher of its releases, and
    whether they were `synthetic`."""

    wave: str
    title: Pair
    publisher: Pair
    label: Pair
    day: str
    why: Pair
    synthetic: bool


def shelf(releases: Path, but: str = "") -> list[Shelved]:
    """The releases in a folder, earliest wave first, without that of the wave `but`; folders that begin with a dot are
    not for readers, nor is one that is not called as its wave: a copy. Raises InputError where one is damaged."""
    folders = (path.parent for path in sorted(releases.glob("*/manifest.json")))
    found = [_for_readers(one) for one in folders if one.name not in (LATEST, but)]
    shelved = sorted((one for one in found if one is not None), key=lambda one: wave_order(one.wave))
    otherwise = printed_otherwise(releases, [one.wave for one in shelved])
    return [_against_what_is_out(one, otherwise) for one in shelved] if otherwise else shelved


def _against_what_is_out(one: Shelved, otherwise: Collection[tuple[str, str]]) -> Shelved:
    """The release without the changes that it counts from figures which are not those of the other wave's release."""

    def standing(change: Moved) -> Moved:
        if (one.wave, change.previous) not in otherwise:
            return change
        return Moved(change.previous, math.nan, math.nan, math.nan, REVISED)

    changes = {key: standing(change) for key, change in one.changes.items()}
    return replace(one, change=standing(one.change) if one.change else None, changes=changes)


def _for_readers(folder: Path) -> Shelved | None:
    if folder.name.startswith("."):
        return None
    manifest = read_manifest(folder / "manifest.json")
    alone = manifest.get("kind") in ("index", "measure")  # run by itself, of no wave
    apart = alone or bool(manifest.get("draft", False)) or withdrawal_of(folder) is not None
    if apart or folder.name != manifest["wave"]:
        return None
    try:
        return _shelved(folder, manifest)
    except (ValueError, KeyError, TypeError, csv.Error) as error:
        raise damaged(folder) from error


def gone(releases: Path) -> list[Gone]:
    """The waves of the folder that are withdrawn, earliest first."""
    found = []
    for path in sorted(releases.glob("*/manifest.json")):
        away = path.parent.name.startswith(".") or path.parent.name == LATEST
        told = None if away else withdrawal_of(path.parent)
        if told is not None:
            manifest = json.loads(path.read_text(encoding="utf-8"))
            title, publisher, label = (typed(**manifest[name]) for name in ("title", "publisher", "label"))
            found.append(
                Gone(
                    path.parent.name, title, publisher, label, told.day.isoformat(), pair(told.why),
                    manifest["synthetic"],
                )
            )  # fmt: skip
    return sorted(found, key=lambda one: wave_order(one.wave))


def _shelved(folder: Path, manifest: dict[str, Any]) -> Shelved:
    target, data = manifest["headline"]["construct"], folder / "data"

    def own(name: str) -> list[Row]:
        return [row for row in _rows(data / f"{name}.csv") if row["construct"] == target]

    sectors = [row for row in _rows(data / "codes_sectors.csv") if row["measured"] == "True"]
    fields = {row["group"] for row in sectors}
    groups = [row for row in _rows(data / "codes_groups.csv") if row["group"] in fields]
    changes = own(OUT_CHANGES.name)
    (nation,) = own(OUT_INDEX_NATIONAL.name)
    return Shelved(
        about=_about(manifest),
        nation=_figures(nation),
        measured=int(nation["sectors"]),
        change=next((_moved(row) for row in changes if row["level"] == "nation"), None),
        sectors={row["sector"]: _figures(row) for row in own(OUT_INDEX_BY_SECTOR.name)},
        ranks=_ranks(data),
        changes={row["unit"]: _moved(row) for row in changes if row["level"] == "sector"},
        instruments={
            row["sector"]: f"{row['instrument']} {row['instrument_version']}"
            for row in _rows(data / f"{OUT_SAMPLE_BY_SECTOR.name}.csv")
        },
        codes={row["sector"]: Code(row["sector"], _named(row), row["group"]) for row in sectors},
        groups={row["group"]: Code(row["group"], _named(row), row["group"]) for row in groups},
        brands=_brands(data, own(OUT_INDEX_BY_BRAND.name)),
        brand_figures=_brand_figures(data, own(OUT_INDEX_BY_BRAND.name)),
        explorer=(folder / "explorer.html").is_file(),
        along=tuple(one for one in taken_along(FORMATS, "national") if (folder / one.href).is_file()),
    )


def _ranks(data: Path) -> dict[str, Place]:
    """Of a single sector there is no ranking."""
    rows = _rows(data / f"{OUT_RANK_BY_SECTOR.name}.csv")
    return {row["sector"]: _place(row) for row in rows} if len(rows) > 1 else {}


def _about(manifest: dict[str, Any]) -> About:
    title, label, publisher = (typed(**manifest[name]) for name in ("title", "label", "publisher"))
    return About(
        wave=manifest["wave"],
        title=title,
        label=label,
        publisher=publisher,
        release_date=manifest["release_date"],
        release_id=manifest["release_id"],
        synthetic=manifest["synthetic"],
        embargoed=manifest["embargoed"],
        level=manifest["headline"]["level"],
        revised=manifest["revisions"][-1]["date"] if manifest["revisions"] else "",
        incomplete=_incomplete(manifest.get("incomplete")),
    )


def _incomplete(told: dict[str, Any] | None) -> Pair:
    return Pair(told["zh"], told["en"]) if told else NOTHING


def _figures(row: Row) -> Figures:
    # A release of a version before degrees of freedom were printed has none.
    index, se, df, low, high = (
        _number(row.get(name, "")) for name in ("index_0_100", "se", "df", "low", "high")
    )
    return Figures(index, se, df, low, high, int(float(row["n"])))


def _place(row: Row) -> Place:
    return Place(int(row["rank"]), int(row["rank_low"]), int(row["rank_high"]), _number(row["index_0_100"]))


def _moved(row: Row) -> Moved:
    broken = row["verdict"] == "trend_break"
    change, low, high = (math.nan if broken else _number(row[name]) for name in ("change", "low", "high"))
    return Moved(row["previous"], change, low, high, row["verdict"])


def _number(cell: str) -> float:
    return float(cell) if cell else math.nan


def _brands(data: Path, index: list[Row]) -> dict[str, list[Pair]]:
    """Names of the brands that are published, by sector: the others are not to be found by name."""
    shown = {(row["sector"], row["brand"]) for row in index if row["index_0_100"]}
    found: dict[str, list[Pair]] = {}
    for row in _rows(data / "codes_brands.csv"):
        if (row["sector"], row["brand"]) in shown:
            found.setdefault(row["sector"], []).append(_named(row))
    return found


def _brand_figures(data: Path, index: list[Row]) -> dict[str, list[BrandFigures]]:
    """Every brand of the tables, by sector, in their order."""
    names = {(row["sector"], row["brand"]): _named(row) for row in _rows(data / "codes_brands.csv")}
    found: dict[str, list[BrandFigures]] = {}
    for row in index:
        name = names[row["sector"], row["brand"]]
        found.setdefault(row["sector"], []).append(
            BrandFigures(row["brand"], name, row["status"], _figures(row))
        )
    return found


def _named(row: Row) -> Pair:
    """The label of a code list's row, as it was before it was neutralised."""
    return Pair(plain(row["label_zh"]), plain(row["label_en"]))


def _rows(path: Path) -> list[Row]:
    return list(_read(path)) if path.is_file() else []


def _read(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)
