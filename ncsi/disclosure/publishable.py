"""The gate: every result table on its way to a release, complete, disclosed, in published digits."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from ncsi.disclosure.digits import in_published_digits
from ncsi.disclosure.rules import disclosed_indices, disclosed_tables
from ncsi.errors import PublicationError
from ncsi.tables import COMPOSITE_TABLES, TABLES


def publishable(
    tables: Mapping[str, pd.DataFrame], wave: str, target: str, level: float
) -> dict[str, pd.DataFrame]:
    """Every public table of a wave without what may not be published, in its published digits.

    `target` is the construct whose index is published, `level` that of the wave's intervals. Tables of composite
    indices are in it where they are given. Raises PublicationError when a table, or a column of one, is missing, or a
    rule is unknown.
    """
    shown = disclosed_tables(_complete(tables, wave), target, level)
    published = {name: in_published_digits(frame, TABLES[name]) for name, frame in shown.items()}
    given = {name: frame for name, frame in tables.items() if name in COMPOSITE_TABLES}
    return published | (publishable_indices(given, wave) if given else {})


def publishable_indices(tables: Mapping[str, pd.DataFrame], release: str) -> dict[str, pd.DataFrame]:
    """Every table of composite indices without what may not be published, in its published digits.

    PublicationError when one, or a column of one, is missing, or a rule is unknown.
    """
    for name in COMPOSITE_TABLES:
        lacking = [one for one in TABLES[name].names if name not in tables or one not in tables[name]]
        if lacking:
            raise PublicationError(
                f"{release}: the result table {name} is missing, or lacks the column '{lacking[0]}'. "
                "Compute the index again."
            )
    shown = disclosed_indices({name: tables[name][list(TABLES[name].names)] for name in COMPOSITE_TABLES})
    return {name: in_published_digits(frame, TABLES[name]) for name, frame in shown.items()}


def _complete(tables: Mapping[str, pd.DataFrame], wave: str) -> dict[str, pd.DataFrame]:
    """Every public table with its declared columns in their order."""
    wanted = {}
    for name, table in TABLES.items():
        if not table.public or name in COMPOSITE_TABLES:
            continue
        lacking = [c for c in table.names if c not in tables[name]] if name in tables else None
        if lacking != []:
            what = f"lacks the column '{lacking[0]}'" if lacking else "is missing"
            raise PublicationError(
                f"wave {wave}: the result table {name} {what}. Run `ncsi estimate --wave {wave}` again."
            )
        wanted[name] = tables[name][list(table.names)]
    return wanted
