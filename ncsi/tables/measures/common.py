"""What all kinds of measures share: the table of the measures of a release, and their key columns."""

from __future__ import annotations

from ncsi.tables.base import Column, Table, integer, number, text
from ncsi.tables.rules import NamedUnits, Public

RELEASE = text("wave", "release: a wave's id, or measure and period of a measure run by itself")
MEASURE = text("measure", "id of the measure")
UNIT = text("unit", "id of the unit; `all` for all of them together")
LABELS = (
    text("label_zh", "what it is called, in Chinese"),
    text("label_en", "what it is called, in English"),
)
NAMED = NamedUnits("measure")
"""Units of a measure: only of one that publishes its units by name, else the row of all of them."""
DEFINED = Public("the definition of a measure, no figures of units")

OUT_QUALITY_MEASURES = Table(
    "out_quality_measures",
    "Every measure of quality of the release beside the index: its definition in brief, its file of records",
    ("wave", "measure"),
    (
        RELEASE,
        MEASURE,
        *LABELS,
        text("version", "version of its definition"),
        text("kind", "kind of measure, such as complaints"),
        text("about_zh", "what it is, in Chinese"),
        text("about_en", "the same in English"),
        text("unit_zh", "what a unit is, in Chinese"),
        text("unit_one", "one unit, in English"),
        text("unit_many", "several units, in English"),
        text("period", "year, half-year, quarter or month that is published"),
        integer("units", "units in the records", "units"),
        Column("named_units", "flag", "whether units are published by name"),
        Column("illustrative", "flag", "whether any of its definition is ours and was published by nobody"),
        number("level", "level of intervals", "0-1"),
        text("source_name", "name of the file of records"),
        text("source_sha256", "SHA-256 of that file"),
        integer("source_rows", "records in it", "rows"),
    ),
    disclosure=(DEFINED,),
    may_be_empty=True,
)
