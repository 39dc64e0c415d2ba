"""Who of a panel answered again: a line for each cohort, and how those who left had answered."""

from __future__ import annotations

from ncsi.report import text
from ncsi.report.content.grids import Grid, cell, grid
from ncsi.report.content.heading import level
from ncsi.report.evidence_rows import Cohort, Leavers
from ncsi.report.release_spec import ReleaseSpec
from ncsi.report.result_rows import SectorTables, read
from ncsi.report.text import NONE, Pair, phrase, share
from ncsi.tables import OUT_PANEL_ATTRITION, OUT_PANEL_LEAVERS


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


def _note(own: SectorTables, spec: ReleaseSpec) -> Pair:
    said = [phrase("panel_note")]
    rotation = spec.wave.rotation
    if rotation is not None:
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
    return text.sentences(said)


def _label(wave: str, spec: ReleaseSpec) -> Pair:
    known = spec.history[spec.history["wave"] == wave]
    if known.empty:
        return text.same(wave)
    return Pair(str(known["label_zh"].iloc[0]), str(known["label_en"].iloc[0]))
