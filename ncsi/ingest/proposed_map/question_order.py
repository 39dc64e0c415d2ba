"""What the order and the blocks of an export say, once some of its columns are known: learnt, not assumed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from ncsi.ingest.dialects.column_names import Column
from ncsi.spec import Instrument

Scores = npt.NDArray[np.float64]
Pairs = Sequence[tuple[int, int]]
"""Item and column that are known to belong together, by their places."""

_IN_ORDER, _FEWEST = 0.9, 4
_LIFT, _AGAINST, _FOREIGN = 0.45, 0.85, 0.8
_UNBACKED, _BACKED = 0.05, 0.15
"""Order alone decides nothing: below the first, it adds nothing to what name and question say."""

_STEM = re.compile(r"^(.*?)(?:\s+[-–]\s+|—+|\s*[\[(（])", re.DOTALL)
_QUESTION = re.compile(r"^(Q\d+)_?[A-Za-z]{2}", re.IGNORECASE)
_PREFIX = re.compile(r"^(.*?[A-Za-z\]_.\[-])0*(\d+)\D?$", re.DOTALL)


@dataclass(frozen=True, slots=True, eq=False)
class Order:
    """Where each column stands among those that could be items, and its block; which construct each item is of."""

    rank: npt.NDArray[np.int64]
    blocks: tuple[str, ...]
    constructs: tuple[str, ...]


def order_of(instrument: Instrument, columns: Sequence[Column], possible: npt.NDArray[np.bool_]) -> Order:
    """`possible`: which columns could be an item by their cells; others have rank -1."""
    rank = np.where(possible, np.cumsum(possible) - 1, -1).astype(np.int64)
    of_item = {item.id: one.id for one in instrument.constructs for item in one.items}
    names = tuple(of_item.get(item.id, "") for item in instrument.fielded)
    return Order(rank, tuple(block_of(one) for one in columns), names)


def block_of(column: Column) -> str:
    """What a column has in common with its neighbours of one grid: the stem of the question, or of the name."""
    for text in (column.text, column.name):
        stem = _STEM.match(text) if text != column.name or "[" in text else None
        if stem and stem[1].strip():
            return stem[1].strip()
    prefix = _QUESTION.match(column.name) or _PREFIX.match(column.name)
    return prefix[1] if prefix else ""


def with_order(content: Scores, order: Order, known: Pairs, guess: float) -> Scores:
    """The evidence, raised where the order of the known columns says that this one comes here, else lowered.

    `guess`: what a place that all its known neighbours agree on is worth where nothing else speaks for it.
    """
    votes, cast = _votes(order, known, content.shape)
    share = np.divide(votes, cast[:, None], out=np.zeros_like(votes), where=cast[:, None] > 0)
    backed = np.clip((content - _UNBACKED) / _BACKED, 0, 1) * (order.rank >= 0)[None, :]
    raised = content + (1 - content) * _LIFT * share * backed
    elsewhere = (share.max(axis=1, initial=0.0) > 0.7) & (cast > 1.5)
    sure = (share > _IN_ORDER) & (cast >= 1)[:, None] & (order.rank >= 0)[None, :]
    raised = np.where(sure, np.maximum(raised, guess), raised)
    made = np.where(elsewhere[:, None] & (share == 0), content * _AGAINST, raised)
    return np.asarray(
        np.where(sure & (made <= guess), made, made * _block_share(order, known, content.shape))
    )


def _votes(order: Order, known: Pairs, shape: tuple[int, ...]) -> tuple[Scores, Scores]:
    """Each known pair votes for where the items after and before it stand: those of its construct, and, where the whole
    export keeps the instrument's order, its neighbours of other constructs."""
    place = {int(rank): column for column, rank in enumerate(order.rank) if rank >= 0}
    together = _kept(order, known, same=True)
    across = _kept(order, known, same=False)
    votes, cast = np.zeros(shape), np.zeros(shape[0])
    for item in range(shape[0]):
        for other, column in known:
            if other == item or order.rank[column] < 0:
                continue
            same = order.constructs[item] == order.constructs[other] and order.constructs[item] != ""
            worth = (
                (1.0 if together else 0.0) if same else (0.5 if across and abs(item - other) <= 3 else 0.0)
            )
            worth /= abs(item - other)
            target = place.get(int(order.rank[column]) + item - other)
            cast[item] += worth
            if target is not None:
                votes[item, target] += worth
    return votes, cast


def _kept(order: Order, known: Pairs, same: bool) -> bool:
    """Whether known columns follow each other as their items do: within constructs (nothing told: yes), or over all."""
    pairs = [
        (second[0] - first[0]) * (second[1] - first[1]) > 0
        for first, second in combinations(known, 2)
        if not same or order.constructs[first[0]] == order.constructs[second[0]]
    ]
    if same:
        return not pairs or sum(pairs) / len(pairs) >= _IN_ORDER
    return len(known) >= _FEWEST and sum(pairs) / len(pairs) >= _IN_ORDER


def _block_share(order: Order, known: Pairs, shape: tuple[int, ...]) -> Scores:
    """1 where the block's other known columns are of the item's construct, less the more of them are of others."""
    made = np.ones(shape)
    members: dict[str, list[tuple[int, int]]] = {}
    for item, column in known:
        if order.blocks[column]:
            members.setdefault(order.blocks[column], []).append((item, column))
    for column, block in enumerate(order.blocks):
        others = [item for item, one in members.get(block, []) if one != column]
        if len(others) < 2:
            continue
        for item in range(shape[0]):
            own = sum(order.constructs[one] == order.constructs[item] for one in others) / len(others)
            made[item, column] = _FOREIGN + (1 - _FOREIGN) * own
    return made


def by_blocks(instrument: Instrument, order: Order) -> dict[int, int]:
    """Item → column, where nothing but their number tells: blocks of the sizes of the constructs, in their order.

    Empty where the blocks do not follow each other so exactly once, or where most constructs have the same size.
    """
    runs = _runs(order)
    sizes = [len(one.items) for one in instrument.constructs]
    if len(set(sizes)) < 2 or len(sizes) < 3:
        return {}
    hits = [
        runs[start : start + len(sizes)]
        for start in range(len(runs) - len(sizes) + 1)
        if [len(one) for one in runs[start : start + len(sizes)]] == sizes
    ]
    hits = [hit for hit in hits if all(order.rank[k] >= 0 for run in hit for k in run)]
    return dict(enumerate(k for run in hits[0] for k in run)) if len(hits) == 1 else {}


def by_count(instrument: Instrument, order: Order) -> dict[int, int]:
    """Item → column, where one run of numbered columns holds as many as the model has items: no more than a guess."""
    wanted = len(instrument.items)
    hits = [run for run in _runs(order) if len(run) == wanted and all(order.rank[k] >= 0 for k in run)]
    return dict(enumerate(hits[0])) if len(hits) == 1 else {}


def _runs(order: Order) -> list[list[int]]:
    """Columns side by side that are of one block; a column of none stands alone."""
    runs: list[list[int]] = []
    for k, block in enumerate(order.blocks):
        if runs and block and block == order.blocks[runs[-1][-1]]:
            runs[-1].append(k)
        else:
            runs.append([k])
    return runs
