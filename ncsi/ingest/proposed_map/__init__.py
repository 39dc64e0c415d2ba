"""A column map proposed for an export, with the confidence of each line, for the researcher to correct."""

from ncsi.ingest.proposed_map.column_matches import Match, Proposal, propose
from ncsi.ingest.proposed_map.map_text import as_yaml

__all__ = ["Match", "Proposal", "as_yaml", "propose"]
