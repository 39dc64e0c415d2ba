"""A composite index: figures of units in, rows of its result tables out. Computes everything, hides nothing."""

from ncsi.results.indices.scoring import Joint
from ncsi.results.indices.tables import Asked, index_tables

__all__ = ["Asked", "Joint", "index_tables"]
