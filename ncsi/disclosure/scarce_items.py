"""Items that so few respondents answered that the item's mean would be theirs (docs/method.md §15)."""

from __future__ import annotations

import pandas as pd

from ncsi.spec import RULE


def scarce_item(items: pd.DataFrame) -> str:
    """The first item of a sector (rows of out_items_by_sector) that 1 to threshold − 1 respondents answered, in words
    for a message; empty text where there is none. Nobody has no mean."""
    few = items[(items["answered"] > 0) & (items["answered"] < RULE.subgroup)]
    if few.empty:
        return ""
    row = few.iloc[0]
    return (
        f"item {row['item']}: {int(row['answered'])} respondents answered it, and figures of fewer than "
        f"{RULE.subgroup:.0f} may not be published"
    )
