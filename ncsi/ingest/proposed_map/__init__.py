"""A column map proposed for an export, with the confidence of each line, for the researcher to correct."""

from ncsi.ingest.proposed_map.column_matches import Match, Proposal, Question, propose
from ncsi.ingest.proposed_map.declared import Declared, declared_by
from ncsi.ingest.proposed_map.map_text import as_yaml, group_told, map_id, short_scale, unnamed

__all__ = [
    "Declared",
    "Match",
    "Proposal",
    "Question",
    "as_yaml",
    "declared_by",
    "group_told",
    "map_id",
    "propose",
    "short_scale",
    "unnamed",
]
