"""The published index of brands in a release of a wave: what is public of it, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ncsi.errors import InputError, SpecError
from ncsi.report.bundle.proof import MANIFEST
from ncsi.report.derived_figures import Row, rows_of
from ncsi.report.plain_files import plain
from ncsi.report.verify import verify_release
from ncsi.spec import Label
from ncsi.spec.measures.grades import BrandIndex
from ncsi.tables import OUT_INDEX_BY_BRAND


@dataclass(frozen=True, slots=True)
class BrandsOfRelease:
    """Brands of a sector whose index is shown: their rows of out_index_by_brand and their names, by brand; the release
    that they are of, and whether it is synthetic."""

    figures: Mapping[str, Row]
    labels: Mapping[str, Label]
    release_id: str
    synthetic: bool

    def by_name(self) -> dict[str, Row]:
        """The rows by every name of a brand: its id, its label in either language. A name of two brands is none's."""
        named: dict[str, set[str]] = {}
        for brand, label in self.labels.items():
            for name in (brand, label.zh, label.en):
                named.setdefault(name, set()).add(brand)
        return {name: self.figures[next(iter(own))] for name, own in named.items() if len(own) == 1}


def brands_of(release: Path, index: BrandIndex, where: str) -> BrandsOfRelease:
    """The brands of a release whose index is published. Raises InputError for a release that does not hold, SpecError
    naming `where` for one without such an index."""
    require_whole(release)
    figures = {
        row["brand"]: row
        for row in table_of(release, OUT_INDEX_BY_BRAND.name)
        if (row["sector"], row["construct"]) == (index.sector, index.index) and row["index_0_100"]
    }
    if not figures:
        raise SpecError(
            where,
            f"{release.name} publishes no index {index.index} of brands of the sector {index.sector}",
            "Name another release, or correct sector and index",
        )
    labels = {
        row["brand"]: Label(zh=plain(row["label_zh"]), en=plain(row["label_en"]))
        for row in table_of(release, "codes_brands")
        if row["sector"] == index.sector and row["brand"] in figures
    }
    manifest = json.loads((release / MANIFEST).read_text(encoding="utf-8"))
    return BrandsOfRelease(figures, labels, str(manifest["release_id"]), bool(manifest["synthetic"]))


def table_of(release: Path, name: str) -> list[Row]:
    """Rows of a public table. Raises InputError where the release has none of that name."""
    path = release / "data" / f"{name}.csv"
    if not path.is_file():
        raise InputError(str(release), f"it has no table {name}", "Name the folder of another release")
    return rows_of(path.read_bytes())


def require_whole(release: Path) -> None:
    """Raise InputError where a release does not hold."""
    found = verify_release(release)
    if found.problems:
        cure = "Get the release again from its publisher"
        raise InputError(str(release), f"it does not hold: {found.problems[0]}", cure)
