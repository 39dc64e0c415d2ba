"""Disclosure: what may leave the house. Every public table passes through here on its way to a report."""

from ncsi.disclosure.small_cells import open_cells, shown_brands, suppressed_tables, visible

__all__ = ["open_cells", "shown_brands", "suppressed_tables", "visible"]
