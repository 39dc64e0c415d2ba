"""What fieldwork leaves: files, responses, rejects."""

from __future__ import annotations

from ncsi.tables.base import SECTOR, WAVE, Column, Table, integer, number, text
from ncsi.tables.rules import NEVER

BACKGROUND = "background_"
"""Prefix of the columns that hold a wave's background variables."""


def background_column(variable: str) -> str:
    """The stored column of a background variable of the wave; region has its own name."""
    return variable if variable == "region" else BACKGROUND + variable


RAW_FILES = Table(
    "raw_files",
    "Identity card of every ingested file",
    ("wave", "source_sha256"),
    (
        WAVE,
        text("source_sha256", "SHA-256 of the file's bytes"),
        text("source_name", "file name as delivered"),
        text(
            "source_path",
            "path in the workspace, or the name of a file outside: the same path is one delivery",
        ),
        text("content_sha256", "hash of the cells used, whatever the order of rows and the format"),
        text(
            "reading_sha256",
            "hash of how it was read: map, coding, brands and values; null where an earlier version read it",
            nullable=True,
        ),
        text("superseded_by", "file that replaced this one; null while its rows count", nullable=True),
        Column("withdrawn_at", "timestamp", "UTC time it was withdrawn; null while it counts", "UTC", True),
        text("withdrawn_by", "who withdrew it, as given", nullable=True),
        text("withdrawn_reason", "why, as given", nullable=True),
        text("format", "csv, tsv, xlsx, xls, sav, dta, json or parquet"),
        text("encoding", "text encoding found", nullable=True),
        text("dialect", "dialect the columns were read by"),
        text("map_id", "column map used", nullable=True),
        text("producer", "who made the data, as declared", nullable=True),
        text("licence", "under which licence, as declared", nullable=True),
        Column("collected_from", "date", "first day of collection, as declared", "", True),
        Column("collected_to", "date", "last day of collection, as declared", "", True),
        integer("bytes", "file size", "bytes"),
        integer("rows_read", "data rows in the file", "rows"),
        integer("rows_accepted", "rows stored as responses", "rows"),
        integer("rows_rejected", "rows stored as rejects", "rows"),
        integer(
            "rows_forgotten",
            "accepted rows removed since, because a person asked for it or their time was over",
            "rows",
        ),
        Column("ingested_at", "timestamp", "UTC time of the commit", "UTC"),
    ),
    disclosure=(NEVER,),
)
CORE_PARTITIONS = Table(
    "core_partitions",
    "Catalogue of the Parquet files that hold core_responses_by_respondent",
    ("wave", "sector", "source_sha256"),
    (
        WAVE,
        SECTOR,
        text("source_sha256", "file the rows come from"),
        text("path", "Parquet file, relative to the warehouse"),
        integer("rows", "rows in the file", "rows"),
        text("instrument", "instrument id"),
        text("instrument_version", "instrument version"),
        text("spec_sha256", "hash of the instrument spec the rows were cast by"),
    ),
    disclosure=(NEVER,),
)
CORE_QUESTIONNAIRES = Table(
    "core_questionnaires_by_sector",
    "What each sector of a wave was asked, kept when its first answers came; later changes of the instrument do not "
    "touch it",
    ("wave", "sector"),
    (
        WAVE,
        SECTOR,
        text("instrument", "instrument id"),
        text("instrument_version", "instrument version"),
        text("spec_sha256", "SHA-256 of the content"),
        text("content", "the instrument as canonical JSON"),
        Column("pinned_at", "timestamp", "UTC time of the commit", "UTC"),
    ),
    disclosure=(NEVER,),
    may_be_empty=True,
)
CORE_RESPONSES = Table(
    "core_responses_by_respondent",
    "Accepted responses; per item of the instrument ITEM (answer, null when missing) and ITEM_missing (kind)"
    "; per background variable of the wave background_NAME (a declared id, or other; a pseudonym)",
    ("wave", "sector", "brand", "respondent"),
    (
        WAVE,
        SECTOR,
        text("brand", "brand id; empty text where the wave measures the sector without brands"),
        text("respondent", "keyed pseudonym, the same in the waves of one panel only"),
        text("region", "declared id of the region; other where the file has no declared one", nullable=True),
        number("weight_base", "weight as delivered, 1 where the file has none", digits=6),
        Column("submitted_at", "timestamp", "when it was submitted, clock of fieldwork", "UTC+8", True),
        number("duration_s", "time taken to answer", "s", nullable=True, digits=0),
        text("disposition", "outcome of the interview as declared", nullable=True),
        text("interviewer", "keyed pseudonym of the interviewer", nullable=True),
        text("device", "keyed pseudonym of the device the response came from", nullable=True),
        text("source_sha256", "file the row comes from"),
        integer("source_row", "row number as a spreadsheet shows it, header is 1", "row"),
    ),
    disclosure=(NEVER,),
    kept_in="parquet",
)
CORE_REJECTS = Table(
    "core_rejects",
    "Rows that were read and not accepted, each with its first fault; never the answer itself",
    ("wave", "source_sha256", "source_row"),
    (
        WAVE,
        text("source_sha256", "file the row comes from"),
        text("source_name", "file name as delivered"),
        integer("source_row", "row number as a spreadsheet shows it, header is 1", "row"),
        text("sector", "sector id where known", nullable=True),
        text("column", "file column at fault", nullable=True),
        text("rule", "rule id"),
        text("value_class", "what kind of value was found, never the value", nullable=True),
        text("reason_zh", "reason and cure"),
        text("reason_en", "reason and cure"),
    ),
    disclosure=(NEVER,),
)
CORE_REVISIONS = Table(
    "core_revisions",
    "Files that replaced an earlier delivery, in the order it happened",
    ("wave", "revision"),
    (
        WAVE,
        integer("revision", "number within the wave"),
        text("source_sha256", "the file that counts since"),
        text("source_name", "its name as delivered"),
        text("earlier_sha256", "the file it replaced"),
        text("earlier_name", "its name as delivered"),
        text("reason", "same_name, declared; other_reading or unknown_reading: the same content read again"),
        integer("added", "accepted responses that were not there before", "responses"),
        integer("removed", "accepted responses that are there no more", "responses"),
        integer("changed", "accepted responses with other answers than before", "responses"),
        Column("revised_at", "timestamp", "UTC time of the commit", "UTC"),
    ),
    disclosure=(NEVER,),
)
