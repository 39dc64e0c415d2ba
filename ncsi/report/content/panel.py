"""Who of a panel answered again: a line for each cohort, for each brand and background, and how those who left had
answered."""

from __future__ import annotations

from collections.abc import Iterable

from ncsi.report import text
from ncsi.report.content.grids import Grid, cell, grid
from ncsi.report.content.heading import level
from ncsi.report.content.labels import area, brand_labels, dimension, unit_words
from ncsi.report.evidence_rows import Cohort, Leavers, Retention, WeightingStep
from ncsi.report.release_spec import ReleaseSpec
from ncsi.report.result_rows import SectorTables, read
from ncsi.report.text import NONE, Pair, phrase, share, typed
from ncsi.spec.panel_plan import RotationGroup
from ncsi.tables import (
    OUT_PANEL_ATTRITION,
    OUT_PANEL_LEAVERS,
    OUT_PANEL_RETENTION,
    OUT_WEIGHTING_BY_STEP,
)


def panel(own: SectorTables, spec: ReleaseSpec) -> Grid:
    """The grid of a sector's panel; without rows where the wave is of none, or is its first."""
    rows = [
        [
            cell(phrase("panel_all") if not one.cohort else _label(one.cohort, spec)),
            *(cell(text.count(value)) for value in (one.entered, one.asked_again, one.returned)),
            cell(NONE if one.retention != one.retention else share(one.retention, 1)),
            *(cell(text.count(value)) for value in (one.new, one.respondents)),
        ]
        for one in read(Cohort, own[OUT_PANEL_ATTRITION.name])
    ]
    told = ("cohort", "entered", "asked", "returned", "retention", "new", "here")
    return grid("panel_kept", tuple(f"panel_{one}" for one in told), rows, _note(own, spec), wide=(0,))


def panel_parts(own: SectorTables, spec: ReleaseSpec, sector: str) -> Grid:
    """The grid of the members' retention by brand and background; without rows as `panel` is."""
    brands = brand_labels(spec, sector)

    def called(one: Retention) -> Pair:
        if not one.value:
            return phrase("panel_few")
        if one.dimension == "brand":
            return brands.get(one.value, text.same(one.value))
        return area(one.dimension, one.value, spec.wave)

    rows = [
        [
            cell(dimension(one.dimension, spec.wave)), cell(called(one)),
            *(cell(text.count(value)) for value in (one.asked_again, one.returned)),
            cell(share(one.retention, 1), f"{share(one.low, 1)}{text.DASH}{share(one.high, 1)}"),
        ]
        for one in read(Retention, own[OUT_PANEL_RETENTION.name])
    ]  # fmt: skip
    told = ("variable", "part", "asked", "returned", "retention")
    words = unit_words(spec, sector)
    note = phrase("panel_parts_note", level=level(spec), **words)
    return grid("panel_parts", tuple(f"panel_{one}" for one in told), rows, note, wide=(0, 1), **words)


def _note(own: SectorTables, spec: ReleaseSpec) -> Pair:
    said = [phrase("panel_note")]
    rotation = spec.wave.rotation
    if rotation is not None:
        if rotation.by is not None:
            called, asked = dimension(rotation.by, spec.wave), _asked(rotation.by, rotation.groups, spec)
            said.append(phrase("panel_groups", variable=called, groups=asked))
        else:
            said.append(phrase("panel_stay", waves=rotation.stay))
        if rotation.refreshment is not None:
            said.append(phrase("panel_refreshment", share=share(rotation.refreshment, 0)))
    for one in read(Leavers, own[OUT_PANEL_LEAVERS.name]):
        said.append(
            phrase(
                "panel_leavers", left=text.number(one.left_0_100), stayed=text.number(one.stayed_0_100),
                size=text.signed(one.difference), level=level(spec), interval=text.interval(one.low, one.high),
            )
        )  # fmt: skip
    if spec.wave.attrition is not None:
        said.append(phrase("panel_weighted"))
        for step in read(WeightingStep, own[OUT_WEIGHTING_BY_STEP.name]):
            if step.step == "attrition":
                cost = text.number(step.deff_of_step, 2)
                said.append(phrase("panel_weighted_cost", factor=cost, deff=text.number(step.deff, 2)))
    return text.sentences(said)


def _asked(by: str, groups: Iterable[RotationGroup], spec: ReleaseSpec) -> Pair:
    """Names of the rotation groups, values of the variable `by`, that are asked in this wave."""
    asked = [one.id for one in groups if one.asked_in(spec.wave.id)]
    return text.joined([area(by, one, spec.wave) for one in asked])


def _label(wave: str, spec: ReleaseSpec) -> Pair:
    known = spec.history[spec.history["wave"] == wave]
    if known.empty:
        return text.same(wave)
    return typed(str(known["label_zh"].iloc[0]), str(known["label_en"].iloc[0]))
