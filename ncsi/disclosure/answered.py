"""Differencing by question: what a new figure minus the public one would say of the few who answered it
(docs/method.md §15).

Of 80 respondents added, perhaps 8 were asked how their complaint was handled: the new share minus the public one is
theirs, though 80 changed. So each respondent's part in every figure is recorded, as a keyed digest that tells whether
it changed and not what it was; a sector keeps its public figures where 1 to threshold − 1 of those in a figure were
added, removed or changed, or are left in one that was shown. A figure that was hidden for being small holds nothing:
it stays hidden (`ncsi.disclosure.kept_hidden`).
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from ncsi.arrays import Mask
from ncsi.disclosure.differencing import BRAND_CELL, WHOLE, as_texts, cells_of
from ncsi.spec import RULE, Instrument

Count = dict[tuple[str, str], int]
"""Respondents by cell and figure."""

UNKNOWN = "?"
"""In place of a figure: someone of whom an earlier version recorded no questions."""
_ITEM, _MODELLED, _MEASURE, _SUBINDEX, _CONSTRUCT = "answers", "item", "measure", "subindex", "construct"
_QUALITY = "quality"
FLAGGED, EXCLUDED = f"{_QUALITY}:flagged", f"{_QUALITY}:excluded"
"""Figures of response quality: what the flagged, or the excluded, make of the index."""
_WITH_THRESHOLD = (_MEASURE, _SUBINDEX)
_WHO = ["brand", "respondent"]
_DIGITS = 6


def answered(
    responses: pd.DataFrame, kept: Mask, scored: Mask, instrument: Instrument, key: bytes
) -> pd.Series:
    """The figures that each response takes part in, one a line: `kind:name=digest`, by a key of the workspace.

    `kept`: whom response quality leaves in; `scored`: who answered enough for the model. The figures are the items
    (`answers` for those without a score, `item` with one), measures of questions beside the model, sub-indices and
    constructs. Text in the order of `responses`; empty for a response that takes part in none.
    """
    who = [f"{one}\x1f".encode() for one in responses["respondent"].astype(str)]
    texts = _texts(responses, instrument)
    takes_part = {True: np.flatnonzero(kept), False: np.flatnonzero(kept & scored)}
    is_scored, keyed = scored.tolist(), hashlib.blake2b(key=key[:64])
    lines: list[list[str]] = [[] for _ in who]
    for kind, name, items in _figures(instrument):
        given = _joined([texts[one] for one in items if one in texts])
        mine, other = f"{kind}:{name}=", f"{_ITEM}:{name}="
        about = f"{name}\x1f".encode()
        there = [k for k in takes_part[kind == _MODELLED].tolist() if given[k]] if given else []
        digests = _digests(keyed, (who[k] + about + given[k] for k in there))
        for k, digest in zip(there, digests, strict=True):
            lines[k].append((mine if is_scored[k] else other) + digest)
    return pd.Series(["\n".join(one) for one in lines], index=responses.index, dtype="string")


def _digests(keyed: hashlib.blake2b, texts: Iterable[bytes]) -> Iterator[str]:
    """Of each text the first digits of its keyed digest."""
    for text in texts:
        digest = keyed.copy()
        digest.update(text)
        yield digest.digest()[: _DIGITS // 2].hex()


def judged(
    responses: pd.DataFrame, flagged: Mask, excluded: Mask, instrument: Instrument, key: bytes
) -> pd.Series:
    """The line of those whom the index of the flagged, or of the excluded, rests on, as of `answered`; empty text for
    all others. Both masks: among who answered enough for the model."""
    of_quality = flagged | excluded
    own = responses[of_quality]
    texts = _texts(own, instrument)
    given = _joined([texts[one] for one in instrument.item_ids if one in texts])
    lines = np.full(len(responses), "", dtype=object)
    lines[of_quality] = [
        f"{FLAGGED if is_flagged else EXCLUDED}={_digest_of(respondent, text, key)}"
        for respondent, text, is_flagged in zip(
            own["respondent"].astype(str), given, flagged[of_quality], strict=True
        )
    ]
    return pd.Series(lines, index=responses.index, dtype="string")


def _digest_of(respondent: str, text: bytes, key: bytes) -> str:
    said = f"{respondent}\x1f{_QUALITY}\x1f".encode() + text
    return hashlib.blake2b(said, key=key[:64]).hexdigest()[:_DIGITS]


def few_judged(
    public: pd.DataFrame, forgotten: pd.DataFrame, now: pd.DataFrame, revisions: Collection[int]
) -> frozenset[str]:
    """Which of `FLAGGED` and `EXCLUDED` 1 to threshold − 1 respondents joined, left or changed in since a release that
    is out: the index with and without them, then and now, would tell of those few. As of `few_answers`; both where a
    release does not say whom it judged."""
    found: set[str] = set()
    today = _judged(now) if revisions else set()
    for revision in revisions:
        before = public[public["revision"] == revision]
        if before["answered"].isna().any():
            return frozenset((FLAGGED, EXCLUDED))
        gone = _forgotten_by_figure(forgotten[forgotten["revision"] == revision])
        moved = Counter(figure for figure, _ in {(figure, who) for figure, who, _ in _judged(before) ^ today})
        found |= {
            one for one in (FLAGGED, EXCLUDED) if 0 < moved[one] + gone.get((WHOLE, one), 0) < RULE.subgroup
        }
    return frozenset(found)


def _judged(counted: pd.DataFrame) -> set[tuple[str, tuple[str, str], str]]:
    """Figure, who (brand and respondent) and digest of everyone in a figure of quality."""
    found = set()
    for brand, respondent, text in zip(
        counted["brand"], counted["respondent"], counted["answered"], strict=True
    ):
        for line in str(text).split("\n"):
            if line.startswith((FLAGGED, EXCLUDED)):
                figure, _, digest = line.partition("=")
                found.add((figure, (str(brand), str(respondent)), digest))
    return found


def _texts(responses: pd.DataFrame, instrument: Instrument) -> dict[str, list[bytes]]:
    """The answers to each item that a figure is made of, as text; empty for none."""
    items = {one for figure in _figures(instrument) for one in figure.items if one in responses}
    return {one: [text.encode() for text in as_texts(responses[one])] for one in items}


def _joined(answers: Sequence[list[bytes]]) -> list[bytes]:
    """Each respondent's answers to some items as one text; empty for who answered none of them."""
    if len(answers) == 1:
        return answers[0]
    return [b"\x1f".join(given) if any(given) else b"" for given in zip(*answers, strict=True)]


def few_answers(
    public: pd.DataFrame, forgotten: pd.DataFrame, now: pd.DataFrame, revisions: Collection[int]
) -> str | None:
    """A figure, as `kind name`, whose difference from a release that is out would be that of 1 to threshold − 1
    respondents; None without one.

    `public`: core_published_by_respondent of the sector; `forgotten`: core_forgotten_by_cell; `now`: whom a release of
    now would count, with what they `answered`; `revisions`: those of the wave that are out.
    """
    for revision in revisions:
        before = public[public["revision"] == revision]
        gone = _forgotten_by_figure(forgotten[forgotten["revision"] == revision])
        changed = _possible(changed_by_figure(before, now) + gone, now)
        told = {figure for _, figure in _told(changed, before, now, gone)}
        if told:
            return min(told).replace(":", " ")
    return None


def changed_by_figure(before: pd.DataFrame, now: pd.DataFrame) -> Counter[tuple[str, str]]:
    """Respondents of each cell and figure whose part in it was added, removed or changed; under the figure `UNKNOWN`
    those of whom `before` does not say what they answered."""
    both = before.merge(now, on=_WHO, how="outer", suffixes=("_before", "_now"), indicator="side")
    same = both["answers_sha256_before"].eq(both["answers_sha256_now"]).fillna(False).to_numpy(dtype=bool)
    moved = both[~same]
    unknown = (moved["side"] != "right_only") & moved["answered_before"].isna()
    columns = (
        moved[name].fillna("").astype(str)
        for name in ("brand", "cells_before", "cells_now", "answered_before", "answered_now")
    )
    found: Counter[tuple[str, str]] = Counter()
    for is_unknown, brand, was_in, is_in, was, is_now in zip(unknown, *columns, strict=True):
        if is_unknown:
            found.update((cell, UNKNOWN) for cell in cells_of(brand, f"{was_in}\n{is_in}"))
            continue
        then, today = (
            _placed(cells_of(brand, one), _parts(text)) for one, text in ((was_in, was), (is_in, is_now))
        )
        found.update({(cell, name) for cell, name, _ in then ^ today})
    return found


def forgotten_by_figure(public: pd.DataFrame, respondents: Collection[str]) -> pd.DataFrame:
    """How many of the `respondents` each public release counts in each figure: revision, sector, cell (the cell, then
    the figure on a line of its own), respondents. Rows of core_forgotten_by_cell."""
    gone = public[public["respondent"].isin(list(respondents))]
    counts: Counter[tuple[int, str, str]] = Counter()
    for row in gone.to_dict("records"):
        cells = cells_of(str(row["brand"]), str(row["cells"]))
        own = {(UNKNOWN, "")} if pd.isna(row["answered"]) else _parts(str(row["answered"]))
        counts.update(
            (int(row["revision"]), str(row["sector"]), f"{cell}\n{name}")
            for cell, name, _ in _placed(cells, own)
        )
    rows = [(*key, count) for key, count in sorted(counts.items())]
    return pd.DataFrame(rows, columns=["revision", "sector", "cell", "respondents"])


class _Figure(NamedTuple):
    kind: str
    name: str
    items: tuple[str, ...]


def _figures(instrument: Instrument) -> Iterator[_Figure]:
    modelled = set(instrument.item_ids)
    for item in instrument.item_ids:
        yield _Figure(_MODELLED, item, (item,))
    for beside in sorted({one.item for one in instrument.measures} - modelled):
        yield _Figure(_MEASURE, beside, (beside,))
    for part in instrument.subindices:
        yield _Figure(_SUBINDEX, part.id, part.items)
    for construct in instrument.constructs:
        yield _Figure(_CONSTRUCT, construct.id, tuple(one.id for one in construct.items))


def _parts(recorded: str) -> set[tuple[str, str]]:
    """Figure and digest of each line; an item in the model counts among its answers too."""
    found = {
        (name, digest) for name, _, digest in (line.partition("=") for line in recorded.split("\n") if line)
    }
    whole = {(_ITEM + name.removeprefix(_MODELLED), one) for name, one in found if _kind(name) == _MODELLED}
    return found | whole


def _kind(figure: str) -> str:
    return figure.partition(":")[0]


def _placed(cells: Collection[str], parts: Collection[tuple[str, str]]) -> set[tuple[str, str, str]]:
    """Cell, figure and digest where something is published: answers by sector, the rest by brand, constructs by all."""
    return {
        (cell, name, digest) for name, digest in parts for cell in cells if _is_published(_kind(name), cell)
    }


def _is_published(kind: str, cell: str) -> bool:
    of_brand = kind != _ITEM and cell.startswith(BRAND_CELL)
    return cell == WHOLE or of_brand or kind in (_CONSTRUCT, UNKNOWN)


def _possible(changed: Mapping[tuple[str, str], int], now: pd.DataFrame) -> Count:
    """The counts that are to be feared: where some are unknown, a figure that few or none are known to have changed in
    may have changed in one."""
    found = {one: count for one, count in changed.items() if one[1] != UNKNOWN}
    unsure = {cell for (cell, figure), count in changed.items() if figure == UNKNOWN and count}
    if unsure:
        there = {(name, "") for text in now["answered"].unique() for name, _ in _parts(str(text))}
        for cell, name, _ in _placed(unsure, there):
            found[cell, name] = max(found.get((cell, name), 0), 1)
    return found


def _told(
    changed: Mapping[tuple[str, str], int],
    before: pd.DataFrame,
    now: pd.DataFrame,
    gone: Mapping[tuple[str, str], int],
) -> set[tuple[str, str]]:
    """Those of the figures that few changed in and that no rule hid before, as what it hides it keeps hidden; and those
    that so few are left in: the others, shown before, and the sum tell what is hidden now."""
    changed = {one: count for one, count in changed.items() if _kind(one[1]) != _QUALITY}  # of `few_judged`
    few = {one for one, count in changed.items() if 0 < count < RULE.subgroup}
    always = {one for one in few if not _by_rule(*one)}
    asked = {one for one, count in changed.items() if count and one[0] != WHOLE} | few - always
    then, today = _totals(before, asked), _totals(now, asked)
    shown = {one for one in asked if then[one] + gone.get(one, 0) >= RULE.subgroup}
    return always | {one for one in shown if one in few or 0 < today[one] < RULE.subgroup}


def _by_rule(cell: str, figure: str) -> bool:
    """Whether a rule of thresholds hides a small one."""
    return _kind(figure) in _WITH_THRESHOLD or not (cell == WHOLE or cell.startswith(BRAND_CELL))


def _totals(counted: pd.DataFrame, wanted: Collection[tuple[str, str]]) -> Counter[tuple[str, str]]:
    """Respondents in each of the cells and figures wanted; of whom nothing is known counts in all."""
    found: Counter[tuple[str, str]] = Counter()
    figures = {figure for _, figure in wanted}
    for brand, cells, text in zip(counted["brand"], counted["cells"], counted["answered"], strict=True):
        own = figures if pd.isna(text) else figures & {name for name, _ in _parts(str(text))}
        found.update({(cell, one) for cell in cells_of(str(brand), str(cells)) for one in own} & set(wanted))
    return found


def _forgotten_by_figure(forgotten: pd.DataFrame) -> Counter[tuple[str, str]]:
    found: Counter[tuple[str, str]] = Counter()
    for text, respondents in zip(forgotten["cell"], forgotten["respondents"], strict=True):
        cell, line, figure = str(text).partition("\n")
        if line:
            found[cell, figure] += int(respondents)
    return found
