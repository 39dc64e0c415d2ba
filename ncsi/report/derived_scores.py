"""Published scores of composite indices derived again: each node from those below it, ranks from scores.

Arithmetic on the rows of CSV files, apart from the code that published them. Scores agree within half a unit of the
last published digit of every input and of the figure itself.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ncsi.tables import (
    OUT_COMPOSITE_BY_UNIT,
    OUT_COMPOSITE_NODE_BY_UNIT,
    OUT_COMPOSITE_NODES,
    OUT_COMPOSITE_RANK_BY_UNIT,
    OUT_COMPOSITES,
)

Row = Mapping[str, str]
NEEDED = tuple(
    one.name
    for one in (
        OUT_COMPOSITES,
        OUT_COMPOSITE_NODES,
        OUT_COMPOSITE_NODE_BY_UNIT,
        OUT_COMPOSITE_BY_UNIT,
        OUT_COMPOSITE_RANK_BY_UNIT,
    )
)
_HALF = 0.005
_WEIGHTS = 2e-6
"""What rounding a weight to six digits can move a score of up to 1,000 by, at most, together with double arithmetic."""


def score_problems(tables: Mapping[str, Sequence[Row]]) -> Iterator[str]:
    """Every way in which published scores and ranks do not follow from others. Raises ValueError or KeyError where
    figures are missing. Means other than the arithmetic are not derived again."""
    for about in tables[OUT_COMPOSITES.name]:
        tree = about["tree"]
        own = {name: [row for row in rows if row["tree"] == tree] for name, rows in tables.items()}
        if about["aggregate"] == "arithmetic":
            yield from _nodes(own, float(about["scale_high"]))
        yield from _indices(own, about["root"])
        yield from _ranks(own)


def index_headline_problems(tables: Mapping[str, Sequence[Row]], headline: Any) -> Iterator[str]:
    """Every way in which the headline of a manifest is not what the tables of its only index say.

    Raises KeyError, TypeError or ValueError for one that is none.
    """
    (about,) = tables[OUT_COMPOSITES.name]
    for key, column in (("tree", "tree"), ("year", "year"), ("node", "root")):
        if str(headline[key]) != about[column]:
            yield f"manifest.json: the headline's {key} is {headline[key]}, {OUT_COMPOSITES.name} has {about[column]}"
    whole = [
        float(row["score"])
        for row in tables[OUT_COMPOSITE_BY_UNIT.name]
        if row["unit"] == "all" and row["version"] == about["benchmark_version"] and row["score"]
    ]
    said, derived = headline["score"], whole[-1] if whole else None
    if (said is None) != (derived is None) or (
        derived is not None and not abs(float(said) - derived) < _HALF
    ):
        yield f"manifest.json: the headline is {said}, {OUT_COMPOSITE_BY_UNIT.name} has {derived}"


def _nodes(tables: Mapping[str, Sequence[Row]], largest: float) -> Iterator[str]:
    children: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for row in tables[OUT_COMPOSITE_NODES.name]:
        children[row["parent"]].append((row["node"], float(row["weight_local"])))
    scores = _scores(tables[OUT_COMPOSITE_NODE_BY_UNIT.name])
    for (year, version, unit), nodes in scores.items():
        for parent, below in children.items():
            parts = [(weight, nodes.get(code, math.nan)) for code, weight in below]
            known = [(weight, score) for weight, score in parts if not math.isnan(score)]
            published = nodes.get(parent, math.nan)
            if not parent or math.isnan(published) or not known:
                continue
            total = math.fsum(weight for weight, _ in known)
            derived = math.fsum(weight * score for weight, score in known) / total
            if abs(derived - published) > 2 * _HALF + _WEIGHTS * len(known) * largest:
                yield (
                    f"{OUT_COMPOSITE_NODE_BY_UNIT.name}: {parent} of {unit} in {year} ({version}) is {published:.2f}, "
                    f"and the nodes below it give {derived:.2f}"
                )


def _scores(rows: Sequence[Row]) -> dict[tuple[str, str, str], dict[str, float]]:
    found: dict[tuple[str, str, str], dict[str, float]] = defaultdict(dict)
    for row in rows:
        found[row["year"], row["version"], row["unit"]][row["node"]] = float(row["score"] or "nan")
    return found


def _indices(tables: Mapping[str, Sequence[Row]], root: str) -> Iterator[str]:
    """The index of a unit is the score of the root."""
    nodes = _scores(tables[OUT_COMPOSITE_NODE_BY_UNIT.name])
    for row in tables[OUT_COMPOSITE_BY_UNIT.name]:
        at = nodes.get((row["year"], row["version"], row["unit"]), {}).get(root, math.nan)
        score = float(row["score"] or "nan")
        if not (math.isnan(at) and math.isnan(score)) and not abs(at - score) < _HALF:
            yield f"{OUT_COMPOSITE_BY_UNIT.name}: the index of {row['unit']} is {row['score']}, its root {at:.2f}"


def _ranks(tables: Mapping[str, Sequence[Row]]) -> Iterator[str]:
    """Nobody stands above a unit whose published score is higher by more than rounding."""
    scores = {
        (row["year"], row["unit"]): float(row["score"] or "nan") for row in tables[OUT_COMPOSITE_BY_UNIT.name]
    }
    levels: dict[tuple[str, str], list[tuple[int, str, float]]] = defaultdict(list)
    for row in tables[OUT_COMPOSITE_RANK_BY_UNIT.name]:
        score = scores[row["year"], row["unit"]]
        levels[row["year"], row["level"]].append((int(float(row["rank"])), row["unit"], score))
    for (_, level), ranked in levels.items():
        lowest = math.inf
        for rank, unit, score in sorted(ranked):
            if not score <= lowest + 2 * _HALF:
                name = OUT_COMPOSITE_RANK_BY_UNIT.name
                yield f"{name}: {unit} has rank {rank} of {level}, below units with lower scores"
            lowest = min(lowest, score)
