"""The subgroups of a sector: strips by dimension on one axis, each beside the others."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from ncsi.report import text
from ncsi.report.axis_rows import Axis, AxisRow, Tone, axis_of
from ncsi.report.content.labels import area, dimension
from ncsi.report.release_spec import ReleaseSpec
from ncsi.report.result_rows import SubgroupIndex, Tables, of, read
from ncsi.report.text import NONE, NOTHING, Pair, phrase
from ncsi.spec import Wave
from ncsi.tables import OUT_INDEX_BY_SUBGROUP


@dataclass(frozen=True, slots=True, kw_only=True)
class SubgroupRow(AxisRow):
    """The index of a subgroup, and its difference to the others."""

    n: str
    change: str
    star: str


@dataclass(frozen=True, slots=True)
class SubgroupStrip:
    """The subgroups of one dimension."""

    name: Pair
    rows: tuple[SubgroupRow, ...]


@dataclass(frozen=True, slots=True)
class Subgroups:
    """Subgroups by dimension, on one axis."""

    strips: tuple[SubgroupStrip, ...]
    axis: Axis


def subgroups(own: Tables, spec: ReleaseSpec) -> Subgroups:
    """Strips by dimension on one axis; empty where no subgroup was estimated."""
    chosen = of(own[OUT_INDEX_BY_SUBGROUP.name], construct=spec.target)
    strips = tuple(
        SubgroupStrip(
            dimension(str(name), spec.wave),
            tuple(_subgroup(one, spec.wave) for one in read(SubgroupIndex, part)),
        )
        for name, part in chosen.groupby("dimension", sort=False)
    )
    return Subgroups(strips, axis_of([row for one in strips for row in one.rows]))


def _subgroup(one: SubgroupIndex, wave: Wave) -> SubgroupRow:
    shown = not pd.isna(one.index_0_100)
    tones: dict[str, Tone] = {"above": "up", "below": "down"}
    tone = tones.get(one.verdict, "")
    return SubgroupRow(
        name=area(one.dimension, one.subgroup, wave),
        shown=shown,
        note=NOTHING if shown else phrase("too_few"),
        value=text.number(one.index_0_100) if shown else NONE,
        interval=text.interval(one.low, one.high) if shown else NOTHING,
        x=one.index_0_100 if shown else None,
        x_low=one.low if shown else None,
        x_high=one.high if shown else None,
        n=text.count(one.n),
        change=text.signed(one.difference),
        star="*" if tone else "",
        tone=tone,
    )
