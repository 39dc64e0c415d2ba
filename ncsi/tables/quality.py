"""Faults of files and waves, and how much the responses are to be trusted."""

from __future__ import annotations

from math import inf

from ncsi.tables.base import BRAND, SECTOR, WAVE, Column, Table, integer, number, text
from ncsi.tables.rules import NEVER, OF_FIELDWORK, LeftOut

CORE_FAULTS = Table(
    "core_faults",
    "Every fault found, of rows, files and the wave as a whole; never the answer itself",
    ("wave", "source_sha256", "fault"),
    (
        WAVE,
        text("source_sha256", "file at fault; empty text for a fault of the wave as a whole"),
        text("source_name", "file name as delivered; empty text for a fault of the wave"),
        integer("fault", "number of the fault within its file or wave"),
        integer("source_row", "row number as a spreadsheet shows it, header is 1", "row", nullable=True),
        text("sector", "sector id where known", nullable=True),
        text("column", "file column, item or other place at fault", nullable=True),
        text("rule", "rule id"),
        text("severity", "error: the row is rejected or the wave held; warning: it is stored and looked at"),
        text("value_class", "what kind of value was found, never the value", nullable=True),
        text("message_zh", "what is wrong, and the cure"),
        text("message_en", "what is wrong, and the cure"),
    ),
    disclosure=(NEVER,),
)
CORE_QUALITY_BY_RESPONDENT = Table(
    "core_quality_by_respondent",
    "Response quality of every accepted response: flags, status, reasons, indices",
    ("wave", "sector", "brand", "respondent"),
    (
        WAVE,
        SECTOR,
        BRAND,
        text("respondent", "keyed pseudonym, the same in the waves of one panel only"),
        text("status", "valid, flagged or excluded; the excluded are not in the model"),
        text("flags", "space-separated rule ids; empty when none"),
        text("reasons", "space-separated reasons of exclusion: a disposition, or families; empty when none"),
        integer("families", "independent families of flags", "families"),
        integer("longest_run", "longest run of identical answers", "items", nullable=True),
        number("irv", "standard deviation of the respondent's own answers", "0-100", nullable=True),
        number("mahalanobis_d2", "Mahalanobis D² of the answers", nullable=True, digits=4),
        number(
            "mahalanobis_p",
            "upper tail of χ² with the answered items as degrees of freedom",
            "0-1",
            nullable=True,
        ),
        number("even_odd", "even-odd inconsistency, −1 (consistent) to 1", nullable=True, digits=4),
        number("pace", "duration over the median of the sector", nullable=True, digits=4),
    ),
    disclosure=(NEVER,),
)
OUT_RESPONSE_QUALITY_BY_SECTOR = Table(
    "out_response_quality_by_sector",
    "Responses by quality status, and the target index with and without the flagged",
    ("wave", "sector"),
    (
        WAVE,
        SECTOR,
        integer("responses", "accepted responses", "respondents"),
        integer("valid", "without a flag", "respondents"),
        integer("flagged", "with a flag, kept in the model", "respondents"),
        integer(
            "excluded", "kept out of the model: declared disposition, or two families of flags", "respondents"
        ),
        number("index_0_100", "published index of the target: valid and flagged", "0-100"),
        number(
            "index_valid_0_100",
            "the same without the flagged; null where nobody is left",
            "0-100",
            nullable=True,
        ),
        number(
            "index_all_0_100",
            "the same with the excluded too",
            "0-100",
            nullable=True,
        ),
    ),
    disclosure=(
        LeftOut("index_valid_0_100", "flagged", "valid"),
        LeftOut("index_all_0_100", "excluded"),
    ),
)
OUT_RESPONSE_QUALITY_BY_RULE = Table(
    "out_response_quality_by_rule",
    "Responses that each rule of response quality could judge, and those it flagged",
    ("wave", "sector", "rule"),
    (
        WAVE,
        SECTOR,
        text("rule", "rule id: speeding, longest_run, low_variance, outlier, …"),
        text("family", "family of evidence: pace, pattern, consistency, attention, contradiction, identity"),
        integer("checked", "responses the rule could judge", "respondents"),
        integer("flagged", "responses it flagged", "respondents"),
    ),
    disclosure=(OF_FIELDWORK,),
)
CORE_ERRORS_BY_QUANTITY = Table(
    "core_errors_by_quantity",
    "Standard errors of replicates held against those of the infinitesimal jackknife (docs/method.md §7)",
    ("wave", "sector", "quantity", "first", "second"),
    (
        WAVE,
        SECTOR,
        text("quantity", "path, total_effect, weight, loading, index or index_by (of a brand)"),
        text("first", "cause, construct or brand"),
        text("second", "effect, item or construct; empty text where the quantity has one name"),
        number("se", "standard error by the wave's replicates", digits=6),
        number("se_jackknife", "the same by what each respondent adds", digits=6, limits=(0, inf)),
        number("apart", "se_jackknife over se, less 1", digits=4, limits=(-1, inf)),
        number(
            "noise",
            "standard deviation of `apart` that the replicates' number explains",
            digits=4,
            limits=(0, inf),
        ),
        Column("differs", "flag", "apart by more than 0.1, and by more than four times the noise"),
    ),
    disclosure=(NEVER,),
    may_be_empty=True,
)
