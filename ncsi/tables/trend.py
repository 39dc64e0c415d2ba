"""The nation in parts and over time: what it is made of, who moved it, its areas, its trend."""

from __future__ import annotations

from math import inf

from ncsi.tables.base import (
    CONSTRUCT,
    FREEDOM,
    INDEX,
    INTERVAL,
    SECTOR,
    WAVE,
    Column,
    Table,
    difference,
    integer,
    number,
    text,
)
from ncsi.tables.rules import OF_SECTORS, OF_THE_NATION, Public


def _change(over: str, since: str) -> tuple[Column, ...]:
    return (
        number(f"change_{over}", f"linked index minus that of {since}", "points", nullable=True),
        number(f"change_{over}_se", "its standard error", "points", nullable=True, digits=3),
        text(
            f"verdict_{over}", "rose, fell, no_significant_change or trend_break; empty without such a wave"
        ),
    )


OUT_BASIS_BY_SECTOR = Table(
    "out_basis_by_sector",
    "Every sector of the list: its share with source and year, whether measured or carried forward",
    ("wave", "sector"),
    (
        WAVE,
        SECTOR,
        text("group", "group id"),
        number("share", "share in the nation as declared", "0-1", digits=6),
        number(
            "share_se",
            "standard error of the share, where its source gives one",
            "0-1",
            nullable=True,
            digits=4,
        ),
        text("share_source", "where the share comes from"),
        integer("share_year", "year of the share", "year"),
        text("basis", "measured, carried_forward or not_available"),
        text("from_wave", "wave whose index stands; empty text where there is none"),
        text("instrument", "instrument that the index was measured by; empty text where there is none"),
        text("instrument_version", "its version"),
        number("weight", "share among the sectors that stand, as used; 0 for the others", "0-1", digits=6),
        INDEX,
        *INTERVAL,
        FREEDOM,
    ),
    disclosure=(OF_SECTORS,),
    may_be_empty=True,
)
OUT_CONTRIBUTIONS = Table(
    "out_contributions_by_sector",
    "What each sector adds to the national change; the contributions of a construct sum to it exactly",
    ("wave", "sector", "construct"),
    (
        WAVE,
        SECTOR,
        CONSTRUCT,
        text("previous", "wave compared with"),
        text(
            "basis",
            "measured, carried_forward, entered, left, or asked_otherwise, whose two indices are not compared",
        ),
        number("weight", "weight in this wave", "0-1", digits=6),
        number("previous_weight", "weight in the previous wave", "0-1", digits=6),
        number("index_0_100", "index in this wave; blank for a sector that left", "0-100", nullable=True),
        number("previous_0_100", "index then; blank for one that entered", "0-100", nullable=True),
        number("from_index", "part that the sector's own change adds, at its mean weight", "points"),
        number("from_share", "part that its change of weight, entry or exit adds", "points"),
        number("contribution", "the two together", "points"),
        number("se", "standard error of from_index", "points", digits=3),
        FREEDOM,
        Column(
            "low", "number", "lower end of the contribution's interval", "points", estimate="contribution"
        ),
        number("high", "upper end of the contribution's interval", "points"),
    ),
    disclosure=(OF_SECTORS,),
    may_be_empty=True,
)
OUT_INDEX_BY_AREA = Table(
    "out_index_by_area",
    "National index within a region, city tier or other background, sectors by their shares",
    ("wave", "dimension", "area", "construct"),
    (
        WAVE,
        text("dimension", "background variable: region, city tier …"),
        text("area", "its value as mapped"),
        CONSTRUCT,
        integer("sectors", "sectors with a cell that may be shown", "sectors"),
        integer("n", "respondents in these cells", "respondents"),
        INDEX,
        *INTERVAL,
        FREEDOM,
        number("index_equal_0_100", "the same with every sector weighted equally", "0-100", nullable=True),
        number("coverage", "share of the sector list in these cells", "0-1"),
    ),
    disclosure=(Public("sums over sectors of cells that are shown themselves"),),
    may_be_empty=True,
)
OUT_QUESTIONNAIRE_CHANGES = Table(
    "out_questionnaire_changes_by_sector",
    "Sectors asked otherwise than in the wave before: what the questionnaires share, and the index on that alone",
    ("wave", "sector"),
    (
        WAVE,
        SECTOR,
        text("previous", "wave compared with"),
        text("instrument", "instrument id in this wave"),
        text("instrument_version", "its version"),
        text("previous_instrument", "instrument id in the wave before"),
        text("previous_version", "its version"),
        integer("items", "questions of the model in this wave", "items"),
        integer("previous_items", "questions of the model in the wave before", "items"),
        integer("shared", "asked in both with the same words on the same scale", "items"),
        text("reworded", "ids asked in both with other words or another scale, separated by spaces"),
        text("added", "ids asked in this wave only"),
        text("dropped", "ids asked in the wave before only"),
        text(
            "reason",
            "why the trend breaks: target_changed, model_changed, answers_gone (not kept any more), not_repeated (the "
            "wave before does not give its stored index any more), not_estimated; empty text where it is linked",
        ),
        number("index_0_100", "target index of this wave on the shared questions", "0-100", nullable=True),
        number("se", "its standard error", "points", nullable=True, digits=3),
        number("df", "its degrees of freedom; null: it is known", nullable=True, digits=1, limits=(0, inf)),
        number("previous_0_100", "the same of the wave before", "0-100", nullable=True),
        number("previous_se", "its standard error", "points", nullable=True, digits=3),
        number(
            "previous_df",
            "its degrees of freedom; null: it is known",
            nullable=True,
            digits=1,
            limits=(0, inf),
        ),
        difference("change", "difference of the two", nullable=True),
        number(
            "change_se", "its standard error, samples taken as independent", "points", nullable=True, digits=3
        ),
        number(
            "change_df", "its degrees of freedom; null: it is known", nullable=True, digits=1, limits=(0, inf)
        ),
        Column("low", "number", "lower end of the change's interval", "points", True, estimate="change"),
        number("high", "upper end of the change's interval", "points", nullable=True),
        number("p", "two-sided p of the change, not adjusted", "0-1", nullable=True),
    ),
    disclosure=(OF_SECTORS,),
    may_be_empty=True,
)
OUT_TREND = Table(
    "out_trend",
    "The target index of all waves so far, not seasonally adjusted: four quarters, changes, linked over breaks",
    ("wave", "level", "unit", "at"),
    (
        WAVE,
        text("level", "nation, group or sector"),
        text("unit", "id of the group or sector; `nation`"),
        text("at", "wave of this point"),
        text("basis", "measured, carried_forward or partly_carried"),
        INDEX,
        *INTERVAL,
        number("linked_0_100", "the same chain-linked to the last wave of its segment", "points"),
        integer(
            "segment",
            "breaks before this point that nothing bridges: linked figures compare within",
            "breaks",
        ),
        number("rolling_0_100", "mean of the last four quarters, linked", "points", nullable=True),
        number("rolling_se", "its standard error", "points", nullable=True, digits=3),
        *_change("quarter", "the quarter before"),
        *_change("year", "the same period a year before"),
        text(
            "break", "instrument, sector_list or both where the series breaks before this point; else empty"
        ),
    ),
    disclosure=(OF_THE_NATION,),
    may_be_empty=True,
)
OUT_REVISIONS = Table(
    "out_revisions",
    "What a published figure was, is, and why; a row of level `release` for every revision",
    ("wave", "revision", "level", "unit", "sector", "construct"),
    (
        WAVE,
        integer("revision", "number of the revision; the first release is 0", "revision"),
        text("date", "day of the revision"),
        text("level", "release, source (a file withdrawn since), nation, group, sector or brand"),
        text(
            "unit", "id of the group, sector or brand; `nation`; the wave for a release; SHA-256 of a source"
        ),
        text("sector", "sector of a brand; otherwise empty text"),
        text("construct", "construct id; empty text for a release or a source"),
        number("was_0_100", "index as published before; blank where none was", "0-100", nullable=True),
        number("is_0_100", "index with this revision; blank where there is none now", "0-100", nullable=True),
        text("reason_zh", "why, in Chinese"),
        text("reason_en", "why, in English"),
    ),
    disclosure=(Public("figures of releases that are out, as they were shown"),),
    may_be_empty=True,
)
