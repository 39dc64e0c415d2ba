"""Specs: what is asked, of whom, in which sectors, when. Frozen, and checked when loaded."""

from ncsi.spec.bands import Band, Bands
from ncsi.spec.base import LANGUAGES, Identifier, Label, Language, Spec, WaveId
from ncsi.spec.check_weighting import read_totals
from ncsi.spec.fieldwork import AttentionCheck, Condition, Contradiction, Item, Route, Scale
from ncsi.spec.instrument import Construct, Instrument, Missing, MissingCodes, Path
from ncsi.spec.load import (
    load_bands,
    load_instrument,
    load_map,
    load_sectors,
    load_wave,
    presets,
    schemas_root,
    spec_sha256,
)
from ncsi.spec.margins import MarginRow, MarginTable, read_margin
from ncsi.spec.publication import RULE, PublicationRule
from ncsi.spec.sectors import Group, Sector, SectorList, Share
from ncsi.spec.wave import Brand, ColumnMap, Dialect, FieldDates, IdentityCard, Source, Wave, WaveSector
from ncsi.spec.weighting import PLAIN, Bounds, MarginSource, Replication, Weighting
from ncsi.spec.workspace import Settings, Workspace, open_workspace

__all__ = [
    "LANGUAGES",
    "PLAIN",
    "RULE",
    "AttentionCheck",
    "Band",
    "Bands",
    "Bounds",
    "Brand",
    "ColumnMap",
    "Condition",
    "Construct",
    "Contradiction",
    "Dialect",
    "FieldDates",
    "Group",
    "Identifier",
    "IdentityCard",
    "Instrument",
    "Item",
    "Label",
    "Language",
    "MarginRow",
    "MarginSource",
    "MarginTable",
    "Missing",
    "MissingCodes",
    "Path",
    "PublicationRule",
    "Replication",
    "Route",
    "Scale",
    "Sector",
    "SectorList",
    "Settings",
    "Share",
    "Source",
    "Spec",
    "Wave",
    "WaveId",
    "WaveSector",
    "Weighting",
    "Workspace",
    "load_bands",
    "load_instrument",
    "load_map",
    "load_sectors",
    "load_wave",
    "open_workspace",
    "presets",
    "read_margin",
    "read_totals",
    "schemas_root",
    "spec_sha256",
]
