"""What each index was made from, kept with the results and, by revision, once they are out: counts, never answers."""

from __future__ import annotations

from ncsi.tables.base import SECTOR, WAVE, Column, Table, integer, number, text
from ncsi.tables.rules import NEVER

_REVISION = integer(
    "revision", "revision that is out; −1 for the results that are stored, out or not", "revision"
)
_OF = (WAVE, _REVISION, SECTOR, text("brand", "brand id; empty text for the sector's own index"))
_KEY = ("wave", "revision", "sector", "brand")
CORE_LINEAGE_BY_INDEX = Table(
    "core_lineage_by_index",
    "Each index of a sector or brand: its figure, how it was estimated, under which release it came out",
    _KEY,
    (
        *_OF,
        text("label_zh", "what it was called in Chinese"),
        text("label_en", "what it was called in English"),
        integer("n", "respondents with a score", "respondents"),
        number("n_eff", "effective sample size", "respondents"),
        number("index_0_100", "satisfaction index", "0-100", nullable=True),
        Column(
            "low",
            "number",
            "lower end of its interval at the wave's level",
            "0-100",
            True,
            estimate="index_0_100",
        ),
        number("high", "upper end of its interval at the wave's level", "0-100", nullable=True),
        text("weight_version", "hash of instrument, wave and outer weights"),
        text("instrument", "instrument id"),
        text("instrument_version", "instrument version"),
        text("instrument_sha256", "hash of the instrument that it was estimated by"),
        integer("seed", "seed of the replicates", "count"),
        integer("replicates", "replicates of the bootstrap"),
        Column("synthetic", "flag", "whether the wave's data are synthetic"),
        text("inputs_sha256", "hash of all that the sector's results follow from"),
        text("run", "run of the ledger that estimated it"),
        Column("estimated_at", "timestamp", "when, UTC", "UTC"),
        integer(
            "figures_of",
            "revision whose figures these are, because too few respondents changed since; null: its own",
            "revision",
            nullable=True,
        ),
        text("release_id", "release that it first came out with; null while it is not out", nullable=True),
        Column("published_at", "timestamp", "when that was, UTC; null while it is not out", "UTC", True),
    ),
    disclosure=(NEVER,),
    may_be_empty=True,
)
CORE_LINEAGE_BY_FILE = Table(
    "core_lineage_by_file",
    "Files of each index, those that were replaced or withdrawn too",
    (*_KEY, "source_sha256"),
    (
        *_OF,
        text("source_sha256", "SHA-256 of the file"),
        text("source_name", "file name as delivered"),
        text("producer", "who made the data, as declared", nullable=True),
        Column("ingested_at", "timestamp", "when it was taken into the store, UTC", "UTC"),
        text("reading_sha256", "hash of how it was read: map, coding, brands and values", nullable=True),
        integer("rows_read", "data rows in the file", "rows"),
        integer("rows_accepted", "its accepted responses of the sector, or of the brand", "rows"),
        integer(
            "rows_rejected",
            "its rows rejected in the sector, or in one that could not be told; 0 for brands",
            "rows",
        ),
        text(
            "instrument", "instrument that its rows were cast by; null where none is accepted", nullable=True
        ),
        text("instrument_version", "version of that instrument", nullable=True),
        text("instrument_sha256", "hash of that instrument", nullable=True),
        text("superseded_by", "file that replaced it; null while it counted", nullable=True),
        Column("withdrawn_at", "timestamp", "when it was withdrawn, UTC; null while it counted", "UTC", True),
    ),
    disclosure=(NEVER,),
    may_be_empty=True,
)
CORE_LINEAGE_BY_REASON = Table(
    "core_lineage_by_reason",
    "Rows of each index by file and by what became of them",
    (*_KEY, "source_sha256", "outcome", "reason"),
    (
        *_OF,
        text("source_sha256", "SHA-256 of the file"),
        text("outcome", "rejected; of accepted responses valid, flagged or excluded"),
        text("reason", "rule that rejected them, or reasons of the exclusion; else empty text"),
        integer("rows", "how many", "rows"),
    ),
    disclosure=(NEVER,),
    may_be_empty=True,
)
CORE_LINEAGE_BY_COMPONENT = Table(
    "core_lineage_by_component",
    "Specs, totals, code and packages that the indices of each sector were estimated with",
    ("wave", "revision", "sector", "component"),
    (
        WAVE,
        _REVISION,
        SECTOR,
        text("component", "code, package NAME, spec NAME (as far as it concerns the sector), totals NAME"),
        text("version", "its version; null where it has none", nullable=True),
        text("sha256", "its hash; null where only the version is known", nullable=True),
    ),
    disclosure=(NEVER,),
    may_be_empty=True,
)
