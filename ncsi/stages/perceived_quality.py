"""Perceived quality of tested products from a wave's release: the published index of their brands, no other figure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ncsi.errors import SpecError
from ncsi.ingest.records.product_test import product_test_fields
from ncsi.ingest.records.reading import SYNTHETIC, read_records
from ncsi.spec.measures import MeasurePlan, ProductTestDefinition, RecordMap
from ncsi.spec.measures.grades import BrandIndex
from ncsi.stages.published_brands import brands_of

_FIGURES = {"perceived": "index_0_100", "perceived_se": "se"}
"""Columns of a file of results → columns of out_index_by_brand."""


@dataclass(frozen=True, slots=True, eq=False)
class Perceived:
    """Results of a test with what customers think of the brands: the table under the heads of its file, the brands
    that have a published figure, those that have none, the release that the figures are of."""

    table: pd.DataFrame
    found: tuple[str, ...]
    without: tuple[str, ...]
    release_id: str


def with_perceived(
    plan: MeasurePlan[ProductTestDefinition],
    file: Path,
    release: Path,
    index: BrandIndex,
    record_map: RecordMap | None = None,
) -> Perceived:
    """The results of a file, each with the published index of its product's brand and the standard error of that.

    Brands are found by id or by label in either language; of one that the release hides, or does not have, the figure
    stays blank. Raises ReadError and FigureFaults for the file; SpecError where it names no brands, has perceived
    quality already, or none of its brands has a published index; InputError for a release that does not hold.
    """
    fields = {one.id: one for one in product_test_fields(plan.definition)}
    records = read_records(file, tuple(fields.values()), record_map)
    _require_brands(records.heads, file.name)
    known = brands_of(release, index, f"measure {plan.id}")
    of = known.by_name()
    brands = records.frame["brand"].astype(str)
    named = sorted(set(brands) - {""})
    found = tuple(one for one in named if one in of)
    if not found:
        calls = ", ".join(label.zh for label in known.labels.values())
        raise SpecError(
            f"{file.name}, {records.heads['brand']}",
            f"none of its {len(named)} brands has a published index {index.index} in {release.name}",
            f"Write brands as the release does: {calls}",
        )
    table = pd.DataFrame({
        head: records.frame[name] for name, head in records.heads.items() if name in records.frame
    })  # fmt: skip
    for name, figure in _FIGURES.items():
        table[fields[name].label.zh] = [of[one][figure] if one in of else "" for one in brands]
    if records.synthetic or known.synthetic:
        table[SYNTHETIC.label.zh] = "是"
    return Perceived(table, found, tuple(one for one in named if one not in of), known.release_id)


def _require_brands(heads: Mapping[str, str], file: str) -> None:
    if "brand" not in heads:
        raise SpecError(file, "it has no column of brands", "Add a column 品牌 (brand)")
    for name in _FIGURES:
        if name in heads:
            raise SpecError(
                f"{file}, {heads[name]}",
                "it has perceived quality already",
                "Take the column out of the file first",
            )
