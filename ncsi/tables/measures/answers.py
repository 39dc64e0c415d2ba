"""Columns that measures of respondents' answers share."""

from __future__ import annotations

from ncsi.tables.base import FREEDOM, Column, number, text

PART = text("part", "part of the questionnaire, by its id")
SCORE = number("score", "mean of its respondents' scores", "0-100", nullable=True)
T_INTERVAL = (
    number("se", "standard error; blank where answers do not vary, or too few are there", "points", True, 3),
    FREEDOM,
    Column("low", "number", "lower end of the t interval, cut at 0", "0-100", True, 2, estimate="score"),
    number("high", "upper end of it, cut at 100", "0-100", nullable=True),
)
STATUS = text(
    "status",
    "published, or why not: few (respondents), dominated (by one of them), complement (it would give another away), "
    "no_answers",
)
