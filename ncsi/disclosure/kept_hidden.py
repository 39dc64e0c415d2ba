"""What a release hides of a sector stays hidden in its revisions (docs/method.md §15).

Where late answers make another brand the smallest, the new release would withhold that one and show the one that was
withheld: each release is safe, and both together give away what neither shows. So a brand or a cell that is hidden in
the release that is out is withheld in the next, and counts among those that others are withheld beside.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import pandas as pd

from ncsi.disclosure.rules import hidden_cells
from ncsi.disclosure.shown_brands import HIDDEN, shown_brands, with_withheld
from ncsi.tables import OUT_INDEX_BY_BRAND, TABLES, Cells

Frames = Mapping[str, pd.DataFrame]
_OF_BRAND = ["brand", "construct"]


def _rule(name: str) -> Cells | None:
    return next((one for one in TABLES[name].disclosure if isinstance(one, Cells) and one.block), None)


_RULES: Mapping[str, Cells] = {
    name: rule
    for name, table in TABLES.items()
    if table.key[:2] == ("wave", "sector") and (rule := _rule(name)) is not None
}
"""Tables of cells that add up to a total of the sector."""


@dataclass(frozen=True, slots=True)
class KeptHidden:
    """Of the release of a sector that is out: the brands and constructs hidden in it, and by table the keys of hidden
    cells. Nothing where none is out."""

    READS: ClassVar[tuple[str, ...]] = (OUT_INDEX_BY_BRAND.name, *_RULES)
    """Tables of the release that it is told from."""

    brands: frozenset[tuple[str, ...]] = frozenset()
    cells: Mapping[str, frozenset[tuple[str, ...]]] = field(default_factory=dict)

    @classmethod
    def of(cls, public: Frames, target: str) -> KeptHidden:
        """`public`: the results of one sector that its last release was made from, in full precision."""
        if OUT_INDEX_BY_BRAND.name not in public:
            return cls()
        index = with_withheld(public[OUT_INDEX_BY_BRAND.name], target)
        blank = index["status"].isin(HIDDEN)
        open_ = index[(index["construct"] == target) & ~blank]
        shown = frozenset(open_[["sector", "brand"]].itertuples(index=False, name=None))
        cells = {}
        for name, rule in _RULES.items():
            frame = public.get(name, pd.DataFrame())
            if len(frame):
                cells[name] = _keys(frame[hidden_cells(rule, frame, shown)], _key(name))
        return cls(_keys(index[blank], _OF_BRAND), cells)

    def shown_brands(self, index_by_brand: pd.DataFrame, target: str) -> list[str]:
        """As `ncsi.disclosure.shown_brands`, less those that are kept hidden."""
        return shown_brands(self.withheld(index_by_brand, target), target)

    def applied(self, tables: Frames, target: str) -> dict[str, pd.DataFrame]:
        """New results of the sector, by table: the same brands `withheld`, the same cells without figures. Where all of
        them are hidden anyway nothing is changed, so that results do not depend on whether a release is out."""
        made = dict(tables)
        if not self.brands and not any(self.cells.values()):
            return made
        index = self.withheld(tables[OUT_INDEX_BY_BRAND.name], target)
        made[OUT_INDEX_BY_BRAND.name] = index
        shown = {("", brand) for brand in shown_brands(index, target)}
        for name, keys in self.cells.items():
            among = _among(tables[name], _key(name), keys)
            if (among & ~hidden_cells(_RULES[name], tables[name].assign(sector=""), shown)).any():
                blank = {one: tables[name][one].mask(among) for one in _RULES[name].figures}
                made[name] = tables[name].assign(**blank)
        return made

    def withheld(self, index: pd.DataFrame, target: str) -> pd.DataFrame:
        """The sector's index by brand, those withheld that are kept hidden."""
        kept = _among(index, _OF_BRAND, self.brands) & ~index["status"].isin(HIDDEN)
        anyway = with_withheld(index.assign(sector=""), target)["status"].isin(HIDDEN).to_numpy()
        if not (kept & ~anyway).any():
            return index
        return index.assign(status=index["status"].mask(kept, "withheld"))


def _key(name: str) -> list[str]:
    return list(TABLES[name].key[2:])


def _keys(frame: pd.DataFrame, names: list[str]) -> frozenset[tuple[str, ...]]:
    return frozenset(frame[names].astype(str).itertuples(index=False, name=None))


def _among(frame: pd.DataFrame, names: list[str], keys: frozenset[tuple[str, ...]]) -> pd.Series:
    own = frame[names].astype(str).itertuples(index=False, name=None)
    return pd.Series([one in keys for one in own], index=frame.index, dtype=bool)
