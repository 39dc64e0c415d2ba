"""Check a release against itself: every hash, the data inside its PDF, the headline from the sectors' indices.

Needs nothing but the release's folder; the national index is computed here a second time, from the CSV files
that the PDF carries: Σ share·index / Σ share, its interval from Σ share²·SE² and the shares' own errors. The
only door to pypdf.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import NormalDist
from typing import Any

from pypdf import PdfReader

from ncsi.errors import InputError
from ncsi.report.bundle.manifest import sha256
from ncsi.tables import OUT_BASIS_BY_SECTOR, OUT_INDEX_BY_SECTOR, OUT_INDEX_NATIONAL, Table

_MANIFEST = "manifest.json"
_NEEDED = ("out_basis_by_sector.csv", "out_index_by_sector.csv", "out_index_national.csv")


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found: files checked, the headline derived again (0-100), every way in which the release is wrong."""

    release_id: str
    files: int
    index_0_100: float
    low: float
    high: float
    problems: tuple[str, ...]


def verify_release(folder: Path) -> Verified:
    """Check the release in `folder`. Raises InputError where there is none that can be read."""
    manifest = _manifest(folder)
    problems = [*_files(folder, manifest["files"])]
    attached = _attached(folder / "national.pdf", problems)
    problems += [
        f"national.pdf: the attached {name} is not the file data/{name}"
        for name, content in attached.items()
        if name.endswith(".csv") and sha256(content) != manifest["files"].get(f"data/{name}")
    ]
    if not set(_NEEDED) <= set(attached):
        return Verified(manifest["release_id"], len(manifest["files"]), *(math.nan,) * 3, tuple(problems))
    nation = _derived(attached, manifest["headline"])
    problems += _compared(nation, attached, manifest["headline"])
    figures = nation.figures
    ends = figures["index_0_100"], figures["low"], figures["high"]
    return Verified(manifest["release_id"], len(manifest["files"]), *ends, tuple(problems))


def _manifest(folder: Path) -> dict[str, Any]:
    path = folder / _MANIFEST
    cure = "Name the folder of a release, such as releases/2026Q1; if it is one, publish it again"
    if not path.is_file():
        raise InputError(str(path), "there is no manifest", cure)
    try:
        loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        known = {name: loaded[name] for name in ("release_id", "files", "headline")}
        known["headline"] = {key: known["headline"][key] for key in _HEADLINE}
        known["files"] = {str(name): str(value) for name, value in known["files"].items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(str(path), f"is no manifest of a release ({error!r})", cure) from error
    return known


_HEADLINE = ("construct", "level", "index_0_100", "se", "low", "high")


def _files(folder: Path, files: Mapping[str, str]) -> Iterator[str]:
    """Files that are missing, changed, or not of the release."""
    root = folder.resolve()
    for name, expected in files.items():
        path = folder / name
        if not path.resolve().is_relative_to(root):
            yield f"{_MANIFEST}: {name} lies outside the release"
        elif not path.is_file():
            yield f"{name}: missing"
        elif sha256(path.read_bytes()) != expected:
            yield f"{name}: changed since publication (its SHA-256 is not that of the manifest)"
    here = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    for name in sorted(here - set(files) - {_MANIFEST}):
        yield f"{name}: not a file of this release"


def _attached(path: Path, problems: list[str]) -> dict[str, bytes]:
    """What the national report carries; adds to `problems` what it lacks."""
    if not path.is_file():
        return {}
    try:
        found = {name: contents[0] for name, contents in PdfReader(path).attachments.items()}
    except Exception as error:  # a damaged file can fail anywhere in pypdf; it is reported
        problems.append(f"{path.name}: cannot be read ({type(error).__name__})")
        return {}
    problems += [f"{path.name}: {name} is not attached" for name in _NEEDED if name not in found]
    return found


@dataclass(frozen=True, slots=True)
class _Nation:
    """index_0_100, se, low, high, and how far each may be off because everything is published rounded."""

    figures: Mapping[str, float]
    slack: Mapping[str, float]


def _derived(attached: Mapping[str, bytes], headline: Mapping[str, Any]) -> _Nation:
    """Index, SE, low, high of the nation from sector indices and shares.

    What was measured in the wave is read from the sectors' table, what is carried forward from the basis.
    """
    own = {
        row["sector"]: row
        for row in _rows(attached["out_index_by_sector.csv"])
        if row["construct"] == headline["construct"]
    }
    stands = [
        (float(row["share"]), float(row["share_se"] or 0), own.get(row["sector"], row))
        for row in _rows(attached["out_basis_by_sector.csv"])
        if row["basis"] != "not_available"
    ]
    total = sum(share for share, _, _ in stands)
    index = sum(share * float(row["index_0_100"]) for share, _, row in stands) / total
    variance = sum(
        (share * float(row["se"])) ** 2 + (unsure * (float(row["index_0_100"]) - index)) ** 2
        for share, unsure, row in stands
    )
    se = math.sqrt(variance) / total
    reach = NormalDist().inv_cdf(0.5 + float(headline["level"]) / 2)
    figures = {"index_0_100": index, "se": se, "low": index - reach * se, "high": index + reach * se}
    away = sum(abs(float(row["index_0_100"]) - index) for _, _, row in stands) / total
    return _Nation(figures, _slack(away, reach))


def _slack(away: float, reach: float) -> dict[str, float]:
    """Half a unit of the last published digit of every input, propagated, and of the figure itself.

    `away`: Σ |index − national index| / Σ share, what a unit's error of each share moves the nation by.
    """
    index = _half(OUT_INDEX_BY_SECTOR, "index_0_100") + _half(OUT_BASIS_BY_SECTOR, "share") * away
    se = _half(OUT_INDEX_BY_SECTOR, "se") + _half(OUT_BASIS_BY_SECTOR, "share_se") * away
    own = {name: _half(OUT_INDEX_NATIONAL, name) for name in ("index_0_100", "se", "low", "high")}
    ends = index + reach * se
    return {
        "index_0_100": index + own["index_0_100"], "se": se + own["se"],
        "low": ends + own["low"], "high": ends + own["high"],
    }  # fmt: skip


def _half(table: Table, column: str) -> float:
    digits = next(one.digits for one in table.columns if one.name == column)
    return 0.5 * 10.0 ** -(digits or 0) * (1 + 1e-9)


def _rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8"))))


def _compared(nation: _Nation, attached: Mapping[str, bytes], headline: Mapping[str, Any]) -> Iterator[str]:
    """Where the headline of the table or of the manifest is not what the sectors come to."""
    national = _rows(attached["out_index_national.csv"])
    table = next((row for row in national if row["construct"] == headline["construct"]), {})
    for key, value in nation.figures.items():
        for where, said in (("out_index_national", table.get(key)), (_MANIFEST, headline[key])):
            if said in (None, "") or abs(float(str(said)) - value) > nation.slack[key]:
                yield f"{where}: {key} is {said}, but the sectors' indices and shares come to {value:.4f}"
