"""Grades: the gates, the figures graded with their bounds, what each entry is awarded, the certificates of the list.

An entry is a unit, or one of its products (`product` is empty text where units are graded as a whole). Figures are of
units, with as many digits as they were graded with, so that anybody can award the grades again.
"""

from __future__ import annotations

from ncsi.tables.adding_up import AddsUp
from ncsi.tables.base import Column, Table, integer, number, text
from ncsi.tables.measures.common import DEFINED, LABELS, MEASURE, NAMED, RELEASE, UNIT
from ncsi.tables.rules import UnitCounts

_PRODUCT = text("product", "id of the product; empty text where units are graded as a whole")
_GRADE = text("grade", "id of the grade")
_QUANTITY = text("quantity", "id of the quantity")
_SIDE = text("side", "at_least or at_most")
_MEASURED = "as the quantity"
_COUNTS = UnitCounts("grade", ("entries", "by_point"), among=("held", "borderline"))

OUT_GRADE_LISTS = Table(
    "out_grade_lists",
    "How each list is made: its rules, what keeps false entries few, how many entries were graded",
    ("wave", "measure"),
    (
        RELEASE,
        MEASURE,
        text("rule", "its rules as certificates name them: measure and version"),
        text("control", "expected (each entry by its own bounds) or bh (Benjamini and Hochberg over the entries)"),
        number("alpha", "level of that control", "0-1", digits=6),
        Column("hysteresis", "flag", "whether a grade held is lost only when a favourable bound fails a gate"),
        integer("entries", "entries graded", "entries"),
        number(
            "false_entries", "of entries not held from last time, of all where units are not named: most that may be "
            "expected above their true grade; of bh: largest expected share among the listed", "entries, or share",
            digits=4,
        ),
        text("product_zh", "what a product is, in Chinese; empty text where units are graded as a whole"),
        text("product_one", "one product, in English"),
        text("product_many", "several, in English"),
        text("source_zh", "where the thresholds come from, in Chinese"),
        text("source_en", "the same in English"),
    ),
    disclosure=(DEFINED,),
    may_be_empty=True,
)  # fmt: skip
OUT_GRADE_GATES = Table(
    "out_grade_gates",
    "The rules: every gate of every grade, best grade first",
    ("wave", "measure", "grade", "quantity", "side"),
    (
        RELEASE,
        MEASURE,
        _GRADE,
        integer("position", "place of the grade, 1 is best", "place"),
        *LABELS,
        integer("gate", "place of the gate in its grade, 1 is first", "place"),
        _QUANTITY,
        text("quantity_zh", "what the quantity is called, in Chinese"),
        text("quantity_en", "the same in English"),
        text("quantity_kind", "mean, share (of found among tested) or fact (known without error)"),
        text("unit_zh", "what it is measured in, in Chinese; empty text of a share"),
        text("unit_en", "the same in English"),
        integer("digits", "digits after the point on pages, of a share as per cent", "digits"),
        _SIDE,
        number("cut", "last value that passes", _MEASURED, digits=6),
        number("alpha", "one-sided level: the bound at 1 - alpha decides", "0-1", digits=6),
    ),
    disclosure=(DEFINED,),
    may_be_empty=True,
)
OUT_GRADES_BY_UNIT = Table(
    "out_grades_by_unit",
    "What every entry is awarded: grade of the bare figures, of the bounds, and why they differ",
    ("wave", "measure", "unit", "product"),
    (
        RELEASE,
        MEASURE,
        UNIT,
        _PRODUCT,
        *LABELS,
        text("product_zh", "what the product is called, in Chinese; empty text where there is none"),
        text("product_en", "the same in English"),
        text("last", "grade held last time; empty text: none"),
        text("point", "grade of the bare figures; empty text: below all"),
        text("awarded", "grade awarded; empty text: none"),
        text(
            "standing",
            "graded, undetermined (favourable bounds pass a grade), below (not even those) or withdrawn",
        ),
        Column("borderline", "flag", "whether unfavourable and favourable bounds give other grades"),
        Column("held", "flag", "whether the grade is kept from last time"),
        Column(
            "by_list",
            "flag",
            "whether the rule for the list keeps it from a better grade that its bounds give",
        ),
        number(
            "chance", "probability that the first quantity reaches the cut of the point grade", "0-1", True
        ),
        text("certificate", "SHA-256 of its certificate; empty text: none"),
    ),
    disclosure=(NAMED,),
    may_be_empty=True,
)
OUT_GRADE_EVIDENCE = Table(
    "out_grade_evidence",
    "The figures that were graded, with their one-sided bounds at the alpha of the first gate on them",
    ("wave", "measure", "unit", "product", "quantity"),
    (
        RELEASE,
        MEASURE,
        UNIT,
        _PRODUCT,
        _QUANTITY,
        number("value", "mean, share 0-1, or fact", _MEASURED, digits=6),
        number("se", "standard error; 0 of a fact, blank of a share", _MEASURED, True, digits=6),
        number(
            "df", "degrees of freedom of the error; blank: it counts as known", "df", nullable=True, digits=6
        ),
        integer("n", "measurements, or respondents; blank: not given", "count", nullable=True),
        integer("found", "found; blank of all but shares", "count", nullable=True),
        integer("tested", "tested; blank of all but shares", "count", nullable=True),
        Column("low", "number", "lower bound", _MEASURED, digits=6, estimate="value"),
        number("high", "upper bound", _MEASURED, digits=6),
        text("source", "file, or the id of the release whose index it is"),
    ),
    disclosure=(NAMED,),
    may_be_empty=True,
)
OUT_GRADE_BINDING = Table(
    "out_grade_binding",
    "Binding gates: those of the next better grade, or of a grade held, that a bound fails",
    ("wave", "measure", "unit", "product", "quantity", "side"),
    (
        RELEASE,
        MEASURE,
        UNIT,
        _PRODUCT,
        _QUANTITY,
        _SIDE,
        _GRADE,
        number("bound", "the bound that fails", _MEASURED, digits=6),
        number("cut", "last value that passes", _MEASURED, digits=6),
    ),
    disclosure=(NAMED,),
    may_be_empty=True,
)
OUT_GRADE_CHANCES = Table(
    "out_grade_chances",
    "How sure each grade is for each entry, and whether the list may award it",
    ("wave", "measure", "unit", "product", "grade"),
    (
        RELEASE,
        MEASURE,
        UNIT,
        _PRODUCT,
        _GRADE,
        number("chance", "probability that its first quantity reaches the cut", "0-1", True),
        number("p", "largest one-sided p of its gates: of 'this entry does not deserve it'", "0-1", digits=6),
        Column("listed", "flag", "whether its bounds pass all gates and the rule for the list awards it"),
    ),
    disclosure=(NAMED,),
    may_be_empty=True,
)
OUT_GRADE_COUNTS = Table(
    "out_grade_counts",
    "How many entries have each grade; `undetermined`, `below` and `withdrawn` beside them",
    ("wave", "measure", "grade"),
    (
        RELEASE,
        MEASURE,
        text("grade", "id of the grade, or undetermined, below, withdrawn"),
        integer("position", "place in the list, 1 is best", "place"),
        *LABELS,
        integer(
            "entries",
            "entries that have it; blank of fewer than five units without names",
            "entries",
            nullable=True,
        ),
        integer("by_point", "entries whose bare figures give it", "entries", nullable=True),
        integer("held", "of those that have it: kept from last time", "entries", nullable=True),
        integer("borderline", "of those that have it: borderline", "entries", nullable=True),
    ),
    disclosure=(_COUNTS,),
    adds_up=tuple(
        AddsUp(one, "sum", "grade", ("measure",), of=OUT_GRADE_LISTS.name, total="entries")
        for one in ("entries", "by_point")
    ),
    may_be_empty=True,
)
OUT_GRADE_CERTIFICATES = Table(
    "out_grade_certificates",
    "The certificate list: every awarded grade with the SHA-256 of its line, and those that were withdrawn",
    ("wave", "measure", "certificate"),
    (
        RELEASE,
        MEASURE,
        text("certificate", "SHA-256 of the certificate's line"),
        UNIT,
        _PRODUCT,
        _GRADE,
        text("grade_zh", "what the grade is called, in Chinese"),
        text("grade_en", "the same in English"),
        text("rule", "rules it was awarded by: measure and version"),
        text("period", "period it is for"),
        text("evidence", "SHA-256 of the figures that were graded"),
        text("status", "valid or withdrawn"),
        text("reason_zh", "why it was withdrawn, in Chinese; empty text of a valid one"),
        text("reason_en", "the same in English"),
    ),
    disclosure=(NAMED,),
    may_be_empty=True,
)
