"""Disclosure: what may leave the house. Every public table passes through here on its way to a report."""

from ncsi.disclosure.attack import require_nothing_given_away
from ncsi.disclosure.digits import in_published_digits
from ncsi.disclosure.kept_hidden import KeptHidden
from ncsi.disclosure.publishable import (
    BESIDE,
    publishable,
    publishable_draft,
    publishable_indices,
    publishable_measures,
)
from ncsi.disclosure.rules import disclosed_tables, open_cells
from ncsi.disclosure.scarce_items import scarce_item
from ncsi.disclosure.shown_brands import HIDDEN, shown_brands, visible, with_withheld

__all__ = [
    "BESIDE",
    "HIDDEN",
    "KeptHidden",
    "disclosed_tables",
    "in_published_digits",
    "open_cells",
    "publishable",
    "publishable_draft",
    "publishable_indices",
    "publishable_measures",
    "require_nothing_given_away",
    "scarce_item",
    "shown_brands",
    "visible",
    "with_withheld",
]
