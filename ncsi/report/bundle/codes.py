"""Code lists: what each id in the tables is called, in both languages."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ncsi.report.release_spec import ReleaseSpec
from ncsi.spec import Instrument, Item, Label

Rows = list[dict[str, Any]]


def code_lists(spec: ReleaseSpec) -> dict[str, pd.DataFrame]:
    """Labels in both languages of groups, sectors, brands, background values, constructs, sub-indices, items and
    bands, by list."""
    lists = {
        "codes_groups": _groups(spec),
        "codes_sectors": _sectors(spec),
        "codes_brands": _brands(spec),
        "codes_background": _background(spec),
        "codes_constructs": _constructs(spec),
        "codes_subindices": _subindices(spec),
        "codes_items": _items(spec),
        "codes_bands": _bands(spec),
    }
    return {name: pd.DataFrame(rows) for name, rows in lists.items() if rows}


def _groups(spec: ReleaseSpec) -> Rows:
    return [{"group": one.id, **_labels(one.label)} for one in spec.sectors.groups]


def _sectors(spec: ReleaseSpec) -> Rows:
    """Every sector of the list: one that this wave does not measure may stand by an earlier wave."""
    measured = {one.id for one in spec.wave.sectors}
    return [
        {"sector": one.id, "group": one.group, "instrument": one.instrument, "measured": one.id in measured,
         **_labels(one.label), "share": one.share.value, "share_source": one.share.source,
         "share_year": one.share.year, "share_illustrative": one.share.illustrative}
        for one in spec.sectors.sectors
    ]  # fmt: skip


def _brands(spec: ReleaseSpec) -> Rows:
    return [
        {"sector": entry.id, "brand": one.id, **_labels(one.label), "share": one.share}
        for entry in spec.wave.sectors
        for one in entry.brands
    ]


def _background(spec: ReleaseSpec) -> Rows:
    """Every declared value, whether or not anyone has it."""
    return [
        {"dimension": name, "dimension_zh": one.label.zh, "dimension_en": one.label.en, "value": value.id,
         **_labels(value.label)}
        for name, one in spec.wave.dimensions.items()
        for value in one.values
    ]  # fmt: skip


def _constructs(spec: ReleaseSpec) -> Rows:
    return [
        {"instrument": instrument.id, "construct": one.id, **_labels(one.label)}
        for instrument in _instruments(spec)
        for one in instrument.constructs
    ]


def _items(spec: ReleaseSpec) -> Rows:
    return [
        {"instrument": instrument.id, "construct": construct, "item": one.id, **_labels(one.label),
         "question_zh": one.question.zh, "question_en": one.question.en,
         "scale_min": one.scale.min, "scale_max": one.scale.max}
        for instrument in _instruments(spec)
        for construct, one in _asked(instrument)
    ]  # fmt: skip


def _asked(instrument: Instrument) -> list[tuple[str, Item]]:
    """Questions with their construct; those beside the model have none."""
    modelled = [(construct.id, item) for construct in instrument.constructs for item in construct.items]
    return [*modelled, *(("", item) for item in instrument.beside)]


def _subindices(spec: ReleaseSpec) -> Rows:
    return [
        {"instrument": instrument.id, "subindex": one.id, **_labels(one.label), "items": " ".join(one.items)}
        for instrument in _instruments(spec)
        for one in instrument.subindices
    ]


def _bands(spec: ReleaseSpec) -> Rows:
    ends = [*(one.low for one in spec.bands.bands[1:]), 100.0]
    return [
        {"band": one.id, **_labels(one.label), "low": one.low, "high": end, "version": spec.bands.version,
         "source": spec.bands.source}
        for one, end in zip(spec.bands.bands, ends, strict=True)
    ]  # fmt: skip


def _instruments(spec: ReleaseSpec) -> list[Instrument]:
    return list({one.id: one for one in spec.instruments.values()}.values())


def _labels(label: Label) -> dict[str, str]:
    return {"label_zh": label.zh, "label_en": label.en}
