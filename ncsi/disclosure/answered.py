"""Differencing by question: what a new figure minus the public one would say of the few who answered it
(docs/method.md §15).

Of 80 respondents added, perhaps 8 were asked how their complaint was handled: the new share minus the public one is
theirs, though 80 changed. So each respondent's part in every figure is recorded (`ncsi.disclosure.answer_digests`);
a sector keeps its public figures where 1 to threshold − 1 of those in a figure were added, removed or changed, or are
left in one that was shown. A figure that was hidden for being small holds nothing: it stays hidden
(`ncsi.disclosure.kept_hidden`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

import numpy as np
import pandas as pd

from ncsi.arrays import Mask
from ncsi.disclosure import answer_digests
from ncsi.disclosure.answer_digests import (
    BEFORE,
    BYTES,
    CONSTRUCT,
    ITEM,
    MEASURE,
    QUALITY,
    SUBINDEX,
    Digests,
    unpacked,
)
from ncsi.disclosure.differencing import BRAND_CELL, WHOLE
from ncsi.spec import RULE

Count = dict[tuple[str, str], int]
"""Respondents by cell and figure."""

UNKNOWN = "?"
"""In place of a figure: someone of whom an earlier version recorded no questions."""
FLAGGED, EXCLUDED = f"{QUALITY}:{answer_digests.FLAGGED}", f"{QUALITY}:{answer_digests.EXCLUDED}"
"""Figures of response quality: what the flagged, or the excluded, make of the index."""
_ANSWERS = "answers"
"""The kind of an item's figure among all whom quality leaves in; among those with a score it is `item`."""
_WITH_THRESHOLD = (MEASURE, SUBINDEX)
_WHO = ["brand", "respondent"]


def few_judged(
    public: pd.DataFrame,
    forgotten: pd.DataFrame,
    now: pd.DataFrame,
    revisions: Collection[int],
    figures: Sequence[str],
) -> frozenset[str]:
    """Which of `FLAGGED` and `EXCLUDED` 1 to threshold − 1 respondents joined, left or changed in since a release that
    is out: the index with and without them, then and now, would tell of those few. As of `few_answers`; both where a
    release does not say whom it judged."""
    found: set[str] = set()
    for revision in revisions:
        before = public[public["revision"] == revision]
        if before["quality"].isna().any():
            return frozenset((FLAGGED, EXCLUDED))
        gone = _forgotten_by_figure(forgotten[forgotten["revision"] == revision])
        moved = _judged_otherwise(_with_what_stays(before, now), now, figures)
        found |= {
            one for one in (FLAGGED, EXCLUDED) if 0 < moved[one] + gone.get((WHOLE, one), 0) < RULE.subgroup
        }
    return frozenset(found)


def _judged_otherwise(before: pd.DataFrame, now: pd.DataFrame, figures: Sequence[str]) -> dict[str, int]:
    """How many joined, left or changed in each figure of quality; 1 at least where that is not known of somebody."""
    both = before.merge(now, on=_WHO, how="outer", suffixes=("_before", "_now"))
    (was, known), (today, _) = (unpacked(both[f"answered_{one}"], figures) for one in ("before", "now"))
    found = {}
    for figure, judged in ((FLAGGED, answer_digests.FLAGGED), (EXCLUDED, answer_digests.EXCLUDED)):
        was_in, is_in = (
            both[f"quality_{one}"].eq(judged).fillna(False).to_numpy(dtype=bool) for one in ("before", "now")
        )
        stays = was_in & is_in
        moved = (was_in != is_in) | (stays & known & (was[:, 1] != today[:, 1]))
        found[figure] = max(int(moved.sum()), int((stays & ~known).any()))
    return found


def few_answers(
    public: pd.DataFrame,
    forgotten: pd.DataFrame,
    now: pd.DataFrame,
    revisions: Collection[int],
    figures: Sequence[str],
) -> str | None:
    """A figure, as `kind name`, whose difference from a release that is out would be that of 1 to threshold − 1
    respondents; None without one.

    `public`: core_published_by_respondent of the sector; `forgotten`: core_forgotten_by_cell; `now`: whom a release of
    now would count, with what they `answered`; `revisions`: those of the wave that are out; `figures`: what digests
    are of, in order.
    """
    for revision in revisions:
        before = _with_what_stays(public[public["revision"] == revision], now)
        gone = _forgotten_by_figure(forgotten[forgotten["revision"] == revision])
        changed = _possible(changed_by_figure(before, now, figures) + gone, now, figures)
        told = {figure for _, figure in _told(changed, before, now, gone, figures)}
        if told:
            return min(told).replace(":", " ")
    return None


def _with_what_stays(before: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    """`before`, where it does not say what somebody answered whose answers are the same now, with what is said now."""
    lacking = before["answered"].isna().to_numpy(dtype=bool)
    if not lacking.any():
        return before
    keys = [*_WHO, "answers_sha256"]
    said = before.loc[lacking, keys].merge(now[[*keys, "answered"]], on=keys, how="left")["answered"]
    parts = [before[~lacking], before[lacking].assign(answered=said.to_numpy())]
    return pd.concat([one.astype({"answered": BYTES}) for one in parts], ignore_index=True)


def changed_by_figure(
    before: pd.DataFrame, now: pd.DataFrame, figures: Sequence[str]
) -> Counter[tuple[str, str]]:
    """Respondents of each cell and figure whose part in it was added, removed or changed; under the figure `UNKNOWN`
    those of whom `before` does not say what they answered."""
    both = before.merge(now, on=_WHO, how="outer", suffixes=("_before", "_now"), indicator="side")
    same = both["answers_sha256_before"].eq(both["answers_sha256_now"]).fillna(False).to_numpy(dtype=bool)
    moved = both[~same].reset_index(drop=True)
    was, today = (_Parts(moved, figures, f"_{one}") for one in ("before", "now"))
    unknown = (moved["side"] != "right_only").to_numpy() & ~was.known
    found: Counter[tuple[str, str]] = Counter()
    rows = {}
    for cell in was.cells | today.cells:
        was_in, is_in = was.in_cell(cell), today.in_cell(cell)
        found[cell, UNKNOWN] = int((unknown & (was_in | is_in)).sum())
        told = ~unknown
        groups = (told & was_in & is_in, told & was_in & ~is_in, told & ~was_in & is_in)
        rows[cell] = tuple(np.flatnonzero(one) for one in groups)
    for figure in was.names:
        then, there = was.of(figure), today.of(figure)
        differ, had, has = then != there, then != 0, there != 0
        for cell, (stay, left, joined) in rows.items():
            if _is_published(_kind(figure), cell):
                counts = (np.count_nonzero(one) for one in (differ[stay], had[left], has[joined]))
                found[cell, figure] = sum(map(int, counts))
    return +found


def forgotten_by_figure(
    public: pd.DataFrame, respondents: Collection[str], figures: Mapping[str, Sequence[str]]
) -> pd.DataFrame:
    """How many of the `respondents` each public release counts in each figure: revision, sector, cell (the cell, then
    the figure on a line of its own), respondents. Rows of core_forgotten_by_cell. `figures`: of each sector, what
    digests are of, in order."""
    gone = public[public["respondent"].isin(list(respondents))]
    rows: list[tuple[int, str, str, int]] = []
    for (revision, sector), own in gone.groupby(["revision", "sector"], sort=True):
        counts = _counts(own.reset_index(drop=True), figures.get(str(sector), ()))
        rows += [
            (int(str(revision)), str(sector), f"{cell}\n{figure}", count)
            for (cell, figure), count in sorted(counts.items())
        ]
    return pd.DataFrame(rows, columns=["revision", "sector", "cell", "respondents"])


def _counts(counted: pd.DataFrame, figures: Sequence[str]) -> Counter[tuple[str, str]]:
    """Respondents in each cell and figure, where something is published; those of whom nothing is known as
    `UNKNOWN`."""
    parts = _Parts(counted, figures)
    found: Counter[tuple[str, str]] = Counter()
    members = {figure: parts.takes_part(figure) for figure in parts.names} | {UNKNOWN: ~parts.known}
    for cell in parts.cells:
        here = parts.in_cell(cell)
        for figure, there in members.items():
            if _is_published(_kind(figure), cell):
                found[cell, figure] = int((here & there).sum())
    return +found


class _Parts:
    """What respondents take part in: the cells that each is in, and a digest for each figure, 0 for no part.

    `known`: of whom. An item in the model counts among its answers too.
    """

    def __init__(self, counted: pd.DataFrame, figures: Sequence[str], suffix: str = "") -> None:
        self._digests, self.known = unpacked(counted[f"answered{suffix}"], figures)
        self._quality = counted[f"quality{suffix}"]
        self._at = {name: BEFORE + k for k, name in enumerate(figures)}
        items = [name for name in figures if _kind(name) == ITEM]
        self.names = (*figures, *(_ANSWERS + one.removeprefix(ITEM) for one in items), FLAGGED, EXCLUDED)
        self._texts, cells = pd.factorize(counted[f"cells{suffix}"].fillna("").astype(str))
        self._brands, brands = pd.factorize(counted["brand"].astype(str))
        self._in: dict[str, list[int]] = {}
        for k, text in enumerate(cells.tolist()):
            for cell in {one for one in text.split("\n") if one}:
                self._in.setdefault(cell, []).append(k)
        self._of_brand = {BRAND_CELL + name: k for k, name in enumerate(brands.tolist())}
        self._known_cells = len(cells)
        self.cells = {WHOLE, *self._of_brand, *self._in} if len(counted) else set()

    def in_cell(self, cell: str) -> Mask:
        """Who is in a cell."""
        if cell == WHOLE:
            return np.ones(len(self._texts), dtype=bool)
        if cell in self._of_brand:
            return np.asarray(self._brands == self._of_brand[cell])
        inside = np.zeros(self._known_cells, dtype=bool)
        inside[self._in.get(cell, [])] = True
        return np.asarray(inside[self._texts])

    def of(self, figure: str) -> Digests:
        """The digest of each respondent's part."""
        kind, _, name = figure.partition(":")
        if kind == QUALITY:
            own: Digests = self._digests[:, 1] * self._judged(name)
            return own
        at = self._at.get(f"{ITEM}:{name}" if kind == _ANSWERS else figure)
        if at is None:
            return np.zeros(len(self._digests), dtype=np.uint32)
        found: Digests = self._digests[:, at]
        return found * (self._digests[:, 0] != 0) if kind == ITEM else found

    def takes_part(self, figure: str) -> Mask:
        """Who is known to have a part in it."""
        kind, _, name = figure.partition(":")
        return self._judged(name) if kind == QUALITY else self.of(figure) != 0

    def _judged(self, judged: str) -> Mask:
        mask: Mask = self._quality.eq(judged).fillna(False).to_numpy(dtype=bool)
        return mask


def _kind(figure: str) -> str:
    return figure.partition(":")[0]


def _is_published(kind: str, cell: str) -> bool:
    """Whether something of it is: answers by sector, the rest by brand, constructs by all."""
    of_brand = kind != _ANSWERS and cell.startswith(BRAND_CELL)
    return cell == WHOLE or of_brand or kind in (CONSTRUCT, UNKNOWN)


def _possible(changed: Mapping[tuple[str, str], int], now: pd.DataFrame, figures: Sequence[str]) -> Count:
    """The counts that are to be feared: where some are unknown, a figure that few or none are known to have changed in
    may have changed in one."""
    found = {one: count for one, count in changed.items() if one[1] != UNKNOWN}
    unsure = {cell for (cell, figure), count in changed.items() if figure == UNKNOWN and count}
    if unsure:
        parts = _Parts(now, figures)
        there = [name for name in parts.names if parts.takes_part(name).any()]
        for cell, name in ((cell, name) for cell in unsure for name in there):
            if _is_published(_kind(name), cell):
                found[cell, name] = max(found.get((cell, name), 0), 1)
    return found


def _told(
    changed: Mapping[tuple[str, str], int],
    before: pd.DataFrame,
    now: pd.DataFrame,
    gone: Mapping[tuple[str, str], int],
    figures: Sequence[str],
) -> set[tuple[str, str]]:
    """Those of the figures that few changed in and that no rule hid before, as what it hides it keeps hidden; and those
    that so few are left in: the others, shown before, and the sum tell what is hidden now."""
    changed = {one: count for one, count in changed.items() if _kind(one[1]) != QUALITY}  # of `few_judged`
    few = {one for one, count in changed.items() if 0 < count < RULE.subgroup}
    always = {one for one in few if not _by_rule(*one)}
    asked = {one for one, count in changed.items() if count and one[0] != WHOLE} | few - always
    then, today = _totals(before, asked, figures), _totals(now, asked, figures)
    shown = {one for one in asked if then[one] + gone.get(one, 0) >= RULE.subgroup}
    return always | {one for one in shown if one in few or 0 < today[one] < RULE.subgroup}


def _by_rule(cell: str, figure: str) -> bool:
    """Whether a rule of thresholds hides a small one."""
    return _kind(figure) in _WITH_THRESHOLD or not (cell == WHOLE or cell.startswith(BRAND_CELL))


def _totals(counted: pd.DataFrame, wanted: Collection[tuple[str, str]], figures: Sequence[str]) -> Count:
    """Respondents in each of the cells and figures wanted; of whom nothing is known counts in all."""
    if not wanted:
        return {}
    parts = _Parts(counted, figures)
    members = {figure: parts.takes_part(figure) | ~parts.known for figure in {one for _, one in wanted}}
    inside = {cell: parts.in_cell(cell) for cell in {one for one, _ in wanted}}
    return {(cell, figure): int((inside[cell] & members[figure]).sum()) for cell, figure in wanted}


def _forgotten_by_figure(forgotten: pd.DataFrame) -> Counter[tuple[str, str]]:
    found: Counter[tuple[str, str]] = Counter()
    for text, respondents in zip(forgotten["cell"], forgotten["respondents"], strict=True):
        cell, line, figure = str(text).partition("\n")
        if line:
            found[cell, figure] += int(respondents)
    return found
