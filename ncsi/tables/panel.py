"""Tables of a panel: what two of its waves share, who answered again, how those who left had answered."""

from __future__ import annotations

from math import inf

from ncsi.tables.base import CONSTRUCT, SECTOR, WAVE, Column, Table, difference, integer, number, text
from ncsi.tables.rules import NEVER, Public

OUT_PANEL = Table(
    "out_panel_by_brand",
    "What the indices of a panel's wave share with those of the wave before; out_changes publishes what may be",
    ("wave", "sector", "brand", "construct"),
    (
        WAVE,
        SECTOR,
        text("brand", "brand id; empty text for the sector"),
        CONSTRUCT,
        text("previous", "wave compared with"),
        integer("shared", "respondents of both waves: none, or 30 and more", "respondents"),
        number("correlation", "correlation of the two indices", "correlation"),
        number("df_change", "degrees of freedom of their difference", digits=1, limits=(0, inf)),
    ),
    disclosure=(NEVER,),
    may_be_empty=True,
)
OUT_PANEL_ATTRITION = Table(
    "out_panel_attrition_by_cohort",
    "Of a panel's wave: how many of each cohort answered again, were lost, were released, are new",
    ("wave", "sector", "cohort"),
    (
        WAVE,
        SECTOR,
        text("cohort", "wave in which its members were asked first; empty text for all together"),
        text("previous", "wave compared with"),
        integer("entered", "members when the cohort was asked first; of all, members ever", "respondents"),
        integer("respondents_before", "of them in the wave before", "respondents"),
        integer(
            "released", "of these not to be asked again, as their time in the panel is over", "respondents"
        ),
        integer("asked_again", "of these to be asked again", "respondents"),
        integer("returned", "of these in this wave", "respondents"),
        integer("lost", "of these not in this wave", "respondents"),
        integer("back", "in this wave and not in the one before, though not new", "respondents"),
        integer("overstayed", "in this wave although they were not to be asked", "respondents"),
        integer("new", "in this wave for the first time", "respondents"),
        integer("respondents", "in this wave", "respondents"),
        number(
            "retention",
            "returned / asked_again; null where nobody was to be asked again",
            "0-1",
            nullable=True,
        ),
        Column("low", "number", "lower end of its Wilson interval", "0-1", True, estimate="retention"),
        number("high", "upper end", "0-1", nullable=True),
        number("survival", "respondents / entered of a cohort; null for all together", "0-1", nullable=True),
    ),
    disclosure=(Public("counts of who took part, no answers; cohorts of few are left out"),),
    may_be_empty=True,
)
OUT_PANEL_RETENTION = Table(
    "out_panel_retention_by_part",
    "Of a panel's wave: how many of those to be asked again answered, by their brand and background in the wave before",
    ("wave", "sector", "dimension", "value"),
    (
        WAVE,
        SECTOR,
        text("dimension", "brand, or a background variable"),
        text("value", "brand id, or value as mapped; empty text for those of few members together"),
        text("previous", "wave compared with"),
        integer("asked_again", "members to be asked again", "respondents"),
        integer("returned", "of these in this wave", "respondents"),
        integer("lost", "of these not in this wave", "respondents"),
        number("retention", "returned / asked_again", "0-1"),
        Column("low", "number", "lower end of its Wilson interval", "0-1", estimate="retention"),
        number("high", "upper end", "0-1"),
    ),
    disclosure=(Public("counts of who took part, no answers; values of few members are told together"),),
    may_be_empty=True,
)
OUT_PANEL_LEAVERS = Table(
    "out_panel_leavers_by_sector",
    "How satisfied a panel's members were in the wave before: those who answered again, those who did not",
    ("wave", "sector"),
    (
        WAVE,
        SECTOR,
        text("previous", "the wave before"),
        integer("stayed", "members who answered again", "respondents"),
        integer("left", "members who were to be asked again and did not answer", "respondents"),
        number("stayed_0_100", "their weighted mean of the target's items then", "0-100"),
        number("left_0_100", "the same of those who left", "0-100"),
        difference("difference", "left minus stayed"),
        number("se", "its standard error", "points", digits=3),
        number("df", "Welch-Satterthwaite degrees of freedom", digits=1, limits=(0, inf)),
        Column("low", "number", "lower end of the interval", "points", estimate="difference"),
        number("high", "upper end of the interval", "points"),
        number("p", "two-sided p", "0-1", nullable=True),
    ),
    disclosure=(Public("halves of a sector, each of as many respondents as a subgroup needs"),),
    may_be_empty=True,
)
