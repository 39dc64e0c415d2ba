"""What a reader could derive of hidden groups of a composite index whose units are not named: bounds by linear
programming, as of the cells of a sector in `ncsi.disclosure.attack`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from ncsi.disclosure.attack import NEAR, Bound, Problem
from ncsi.disclosure.published_relations import Cell, Relation, Tables
from ncsi.disclosure.unit_groups import WHOLE, small_groups
from ncsi.errors import PublicationError
from ncsi.tables import OUT_COMPOSITE_BY_GROUP, OUT_COMPOSITE_NODES, OUT_COMPOSITES

_HALF = 0.005
_CELL = ["dimension", "group", "node"]


def group_bounds(full: Tables, published: Tables) -> tuple[Bound, ...]:
    """Bounds of every hidden group of too few units, or that one dominates, on a scale of 0 to 100.

    `full`: the tables of indices as stored, `published` as they would leave. A reader is taken to know which groups
    there are and of how many units.
    """
    return tuple(
        bound
        for about in full[OUT_COMPOSITES.name].to_dict("records")
        if not about["named_units"]
        for bound in _of_index({str(key): value for key, value in about.items()}, full, published)
    )


def require_no_group_given_away(full: Tables, published: Tables, release: str) -> None:
    """The gate of publication. PublicationError naming each group that the release would give away, not its figure."""
    found = [str(one) for one in group_bounds(full, published) if one.given_away]
    if found:
        raise PublicationError(
            f"{release}: what is published would bound the figure of a hidden group within ±{NEAR:.0f} points "
            f"({'; '.join(found)}). Nothing was published. Leave the column of these groups out of the file."
        )


def _of_index(about: Mapping[str, object], full: Tables, published: Tables) -> Iterator[Bound]:
    tree = str(about["tree"])
    groups, shown = (
        rows[rows["tree"] == tree].set_index(_CELL, drop=False).rename_axis([None] * 3)
        for rows in (full[OUT_COMPOSITE_BY_GROUP.name], published[OUT_COMPOSITE_BY_GROUP.name])
    )
    open_ = shown["score"].dropna()
    hidden = groups.index[small_groups(groups) & ~groups.index.isin(open_.index)]
    if hidden.empty:
        return
    low, high = float(str(about["scale_low"])), float(str(about["scale_high"]))
    nodes = full[OUT_COMPOSITE_NODES.name]
    relations = [
        *_known(open_, low, 100 / (high - low)),
        *_sums(groups),
        *(_parts(groups, nodes[nodes["tree"] == tree]) if about["aggregate"] == "arithmetic" else ()),
    ]
    problem = Problem.of(relations) if relations else None
    for cell in hidden:
        yield Bound(tree, cell, *(problem.range(cell) if problem else (0.0, 100.0)))


def _known(open_: pd.Series, low: float, factor: float) -> Iterator[Relation]:
    for cell, score in open_.items():
        yield Relation({_cell(cell): 1.0}, (score - low) * factor, _HALF * factor)


def _sums(groups: pd.DataFrame) -> Iterator[Relation]:
    """Groups of a dimension, and the units in none of them, are all units together. Weights that are not equal are not
    published, so their sums tell a reader nothing."""
    equal = groups[groups["basis"] == "equal"]
    of_all = equal[equal["dimension"] == WHOLE]
    whole = dict(zip(of_all["node"].astype(str), of_all["units"].astype(float), strict=True))
    for (dimension, node), rows in equal[equal["dimension"] != WHOLE].groupby(["dimension", "node"]):
        units = dict(zip(rows.index, rows["units"].astype(float), strict=True))
        total = whole[str(node)]
        units[(str(dimension), "", str(node))] = total - sum(units.values())
        parts = {_cell(cell): n / total for cell, n in units.items() if n > 0}
        yield Relation({(WHOLE, WHOLE, str(node)): -1.0, **parts}, known=False)


def _parts(groups: pd.DataFrame, nodes: pd.DataFrame) -> Iterator[Relation]:
    """Parts of a group add up by the weights of the tree, where its units have every part."""
    below = nodes[nodes["parent"] != ""].groupby("parent")
    for _, rows in groups.groupby(["dimension", "group"]):
        if rows["units"].nunique() > 1 or len(rows) < len(nodes):
            continue
        dimension, group = str(rows["dimension"].iloc[0]), str(rows["group"].iloc[0])
        for parent, children in below:
            weights = children["weight_local"].to_numpy(dtype=float)
            shares: Mapping[str, float] = dict(zip(children["node"], weights / np.sum(weights), strict=True))
            parts: dict[Cell, float] = {(dimension, group, code): one for code, one in shares.items()}
            yield Relation({(dimension, group, str(parent)): -1.0, **parts}, known=False)


def _cell(key: object) -> Cell:
    return tuple(map(str, key)) if isinstance(key, tuple) else (str(key),)
