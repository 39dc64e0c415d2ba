"""What the site knows of each release: read from the release's own folder, nothing else."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ncsi.report.bundle.plain import plain
from ncsi.report.text import Pair
from ncsi.spec import wave_order

Rows = list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class Shelved:
    """One release: its manifest, and its rows of the target construct by sector id."""

    manifest: dict[str, Any]
    nation: dict[str, str]
    sectors: dict[str, dict[str, str]]
    ranks: dict[str, dict[str, str]]
    changes: dict[str, dict[str, str]]
    instruments: dict[str, str]
    codes: dict[str, dict[str, str]]
    groups: dict[str, dict[str, str]]
    brands: dict[str, list[Pair]]

    @property
    def wave(self) -> str:
        """Its wave."""
        return str(self.manifest["wave"])

    @property
    def change(self) -> dict[str, str] | None:
        """Change of the national index, where the wave is compared with one."""
        return self.changes.get("nation")


def shelf(releases: Path) -> list[Shelved]:
    """The releases in a folder, earliest wave first; folders that begin with a dot are not for readers."""
    shelved = [
        _shelved(path.parent)
        for path in sorted(releases.glob("*/manifest.json"))
        if not path.parent.name.startswith(".")
    ]
    return sorted(shelved, key=lambda one: wave_order(one.wave))


def _shelved(folder: Path) -> Shelved:
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    target, data = manifest["headline"]["construct"], folder / "data"

    def own(name: str) -> Rows:
        return [row for row in _rows(data / f"{name}.csv") if row["construct"] == target]

    codes = {row["sector"]: row for row in _rows(data / "codes_sectors.csv") if row["measured"] == "True"}
    fields = {row["group"] for row in codes.values()}
    return Shelved(
        manifest=manifest,
        nation=own("out_index_national")[0],
        sectors={row["sector"]: row for row in own("out_index_by_sector")},
        ranks={row["sector"]: row for row in _rows(data / "out_rank_by_sector.csv")},
        changes={row["unit"]: row for row in own("out_changes") if row["level"] in ("nation", "sector")},
        instruments={
            row["sector"]: f"{row['instrument']} {row['instrument_version']}"
            for row in _rows(data / "out_sample_by_sector.csv")
        },
        codes=codes,
        groups={row["group"]: row for row in _rows(data / "codes_groups.csv") if row["group"] in fields},
        brands=_brands(data, own("out_index_by_brand")),
    )


def _brands(data: Path, index: Rows) -> dict[str, list[Pair]]:
    """Names of the brands that are published, by sector: the others are not to be found by name."""
    shown = {(row["sector"], row["brand"]) for row in index if row["index_0_100"]}
    found: dict[str, list[Pair]] = {}
    for row in _rows(data / "codes_brands.csv"):
        if (row["sector"], row["brand"]) in shown:
            found.setdefault(row["sector"], []).append(named(row))
    return found


def named(row: dict[str, str]) -> Pair:
    """The label of a code list's row, as it was before it was neutralised."""
    return {"zh": plain(row["label_zh"]), "en": plain(row["label_en"])}


def _rows(path: Path) -> Rows:
    return list(_read(path)) if path.is_file() else []


def _read(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)
