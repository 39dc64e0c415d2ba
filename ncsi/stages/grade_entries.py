"""Entries to grade from what is public: the index of brands of a wave's release, and the grades held last time.

Only brands whose index is published are entries; what the release does not hold, such as tests of products, is left
blank for the office to fill.
"""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

from ncsi.errors import InputError, SpecError
from ncsi.ingest.records.grades import grades_fields
from ncsi.ingest.records.reading import SYNTHETIC
from ncsi.report.bundle.plain_files import plain
from ncsi.report.bundle.proof import MANIFEST
from ncsi.report.derived_figures import Row, rows_of
from ncsi.report.verify import verify_release
from ncsi.spec.measures import GradesDefinition, MeasurePlan
from ncsi.spec.measures.grades import BrandIndex, Quantity
from ncsi.spec.problems import check_known
from ncsi.tables import OUT_GRADES_BY_UNIT, OUT_INDEX_BY_BRAND


def entries_from(
    plan: MeasurePlan[GradesDefinition], release: Path, last: Path | None = None
) -> pd.DataFrame:
    """A table of entries in the columns that the measure reads, by their Chinese heads: brands with their published
    index, its standard error and its degrees of freedom, the release they come from, the grade held in the release
    `last` of the same measure; all other columns empty. Of a synthetic release every entry says that it is.

    Raises InputError for a release that does not hold, SpecError where the measure takes nothing from a wave, or the
    release has no such index.
    """
    definition = plan.definition
    taken = [(one, one.wave) for one in definition.quantities if one.wave is not None]
    if not taken or definition.product is not None:
        raise SpecError(
            f"measure {plan.id}",
            "it takes no index of brands from a wave",
            "Declare under `wave:` of a quantity which; units must be brands, not their products",
        )
    _require_whole(release)
    known = _held(definition, last) if last is not None else {}
    rows: dict[str, dict[str, str]] = {}
    for quantity, index in taken:
        for brand, figures in _published(release, index, plan.id).items():
            rows.setdefault(brand, {}).update(_cells(quantity, figures))
    labels = {
        row["brand"]: row
        for row in _table(release, "codes_brands")
        if row["sector"] in {index.sector for _, index in taken}
    }
    manifest = json.loads((release / MANIFEST).read_text(encoding="utf-8"))
    source = str(manifest["release_id"])
    entries = []
    for brand, cells in rows.items():
        unit = plain(labels[brand]["label_zh"])
        named = {"unit": unit, "unit_en": plain(labels[brand]["label_en"]), "source": source}
        entries.append({**named, "last": known.get(unit, ""), **cells})
    fields = grades_fields(definition)
    frame = pd.DataFrame([{one.label.zh: entry.get(one.id, "") for one in fields} for entry in entries])
    return frame.assign(**{SYNTHETIC.label.zh: "是"}) if manifest["synthetic"] else frame


def _published(release: Path, index: BrandIndex, measure: str) -> dict[str, Row]:
    """Rows of the index of the brands that are shown, by brand."""
    rows = [
        row
        for row in _table(release, OUT_INDEX_BY_BRAND.name)
        if (row["sector"], row["construct"]) == (index.sector, index.index) and row["index_0_100"]
    ]
    if not rows:
        raise SpecError(
            f"measure {measure}",
            f"{release.name} publishes no index {index.index} of brands of the sector {index.sector}",
            "Name another release, or correct `wave:` in the definition",
        )
    return {row["brand"]: row for row in rows}


def _cells(quantity: Quantity, figures: Row) -> dict[str, str]:
    return {
        quantity.id: figures["index_0_100"],
        f"{quantity.id}_se": figures["se"],
        f"{quantity.id}_df": figures["df"],
    }


def _held(definition: GradesDefinition, last: Path) -> dict[str, str]:
    """Label of the grade that each unit held, by its name."""
    _require_whole(last)
    labels = {one.id: one.label.zh for one in definition.grades}
    found = {}
    for row in _table(last, OUT_GRADES_BY_UNIT.name):
        if row["measure"] == definition.id and row["awarded"]:
            check_known(row["awarded"], labels, "grade", f"{last.name}: {plain(row['unit'])}")
            found[plain(row["unit"])] = labels[row["awarded"]]
    return found


def _table(release: Path, name: str) -> list[Row]:
    path = release / "data" / f"{name}.csv"
    if not path.is_file():
        raise InputError(str(release), f"it has no table {name}", "Name the folder of another release")
    return rows_of(path.read_bytes())


def _require_whole(release: Path) -> None:
    found = verify_release(release)
    if found.problems:
        cure = "Get the release again from its publisher"
        raise InputError(str(release), f"it does not hold: {found.problems[0]}", cure)
