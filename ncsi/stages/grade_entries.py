"""Entries to grade from what is public: the index of brands of a wave's release, and the grades held last time.

Only brands whose index is published are entries; what the release does not hold, such as tests of products, is left
blank for the office to fill.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from ncsi.errors import SpecError
from ncsi.ingest.records.grades import grades_fields
from ncsi.ingest.records.reading import SYNTHETIC
from ncsi.report.derived_figures import Row
from ncsi.report.plain_files import plain
from ncsi.spec import Label
from ncsi.spec.measures import GradesDefinition, MeasurePlan
from ncsi.spec.measures.grades import Quantity
from ncsi.spec.problems import check_known
from ncsi.stages.published_brands import brands_of, require_whole, table_of
from ncsi.tables import OUT_GRADES_BY_UNIT


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
    known = _held(definition, last) if last is not None else {}
    rows: dict[str, dict[str, str]] = {}
    labels: dict[str, Label] = {}
    for quantity, index in taken:
        found = brands_of(release, index, f"measure {plan.id}")
        labels |= found.labels
        source, synthetic = found.release_id, found.synthetic
        for brand, figures in found.figures.items():
            rows.setdefault(brand, {}).update(_cells(quantity, figures))
    entries = []
    for brand, cells in rows.items():
        named = {"unit": labels[brand].zh, "unit_en": labels[brand].en, "source": source}
        entries.append({**named, "last": known.get(labels[brand].zh, ""), **cells})
    fields = grades_fields(definition)
    frame = pd.DataFrame([{one.label.zh: entry.get(one.id, "") for one in fields} for entry in entries])
    return frame.assign(**{SYNTHETIC.label.zh: "是"}) if synthetic else frame


def _cells(quantity: Quantity, figures: Row) -> dict[str, str]:
    return {
        quantity.id: figures["index_0_100"],
        f"{quantity.id}_se": figures["se"],
        f"{quantity.id}_df": figures["df"],
    }


def _held(definition: GradesDefinition, last: Path) -> dict[str, str]:
    """Label of the grade that each unit held, by its name."""
    require_whole(last)
    labels = {one.id: one.label.zh for one in definition.grades}
    found = {}
    for row in table_of(last, OUT_GRADES_BY_UNIT.name):
        if row["measure"] == definition.id and row["awarded"]:
            check_known(row["awarded"], labels, "grade", f"{last.name}: {plain(row['unit'])}")
            found[plain(row["unit"])] = labels[row["awarded"]]
    return found
