"""The rows of one measure at hand."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from ncsi.report.content.grids import Fact, Paragraph
from ncsi.report.measures.heading import period_label
from ncsi.report.result_rows import Tables, of, read
from ncsi.report.text import Pair, count, phrase, sentences, typed
from ncsi.tables import OUT_QUALITY_MEASURES

WHOLE = "all"
"""Id of the unit that is all units together."""


@dataclass(frozen=True, slots=True)
class MeasureAbout:
    """A row of out_quality_measures."""

    label_zh: str
    label_en: str
    version: str
    kind: str
    about_zh: str
    about_en: str
    unit_zh: str
    unit_one: str
    unit_many: str
    period: str
    units: int
    named_units: bool
    illustrative: bool
    level: float
    source_name: str
    source_sha256: str
    source_rows: int

    @property
    def name(self) -> Pair:
        """What the measure is called."""
        return typed(self.label_zh, self.label_en)

    @property
    def unit(self) -> Pair:
        """What one unit is called."""
        return Pair(self.unit_zh, self.unit_one)

    @property
    def units_name(self) -> Pair:
        """What several units are called."""
        return Pair(self.unit_zh, self.unit_many)


@dataclass(frozen=True, slots=True, eq=False)
class OneMeasure:
    """A measure in the disclosed tables of its release."""

    tables: Tables
    measure: str

    def frame(self, name: str) -> pd.DataFrame:
        """Its rows of a table."""
        return of(self.tables[name], measure=self.measure)

    @property
    def about(self) -> MeasureAbout:
        """Its row of out_quality_measures."""
        return read(MeasureAbout, self.frame(OUT_QUALITY_MEASURES.name))[0]

    @property
    def facts(self) -> tuple[Fact, ...]:
        """Units, records, period: what any kind can say."""
        about = self.about
        return (
            Fact(count(about.units), about.units_name),
            Fact(count(about.source_rows), phrase("fact_records")),
            Fact(about.period, phrase("fact_period")),
        )

    @property
    def period(self) -> Pair:
        """The period that is told of."""
        return period_label(self.about.period)

    def method(self) -> tuple[Paragraph, ...]:
        """What the measure is, and what of it is ours."""
        about = self.about
        words = [Pair(about.about_zh, about.about_en)]
        if about.illustrative:
            words.append(phrase("measure_illustrative"))
        return (Paragraph(phrase("measure_about"), sentences(words)),)
