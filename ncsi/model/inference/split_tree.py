"""Which declared groups the model differs between: a tree of splits, each with p corrected for its search.

Outer weights stay those of all respondents, so that constructs mean the same in every node and what splits a node are
paths, not other composites; indices of nodes are comparable for the same reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd

from ncsi.arrays import Array, Positions
from ncsi.errors import ModelError
from ncsi.model.inference.score_regressions import standardised
from ncsi.model.inference.split_tests import Column, Node, Split, tested
from ncsi.model.pls.fit import PlsFit
from ncsi.model.pls.positions import layout_of, position_of
from ncsi.model.pls.scores import row_scores
from ncsi.model.resampling.intervals import require_level
from ncsi.survey import effective_size

SplitsOn = Literal["paths", "index"]
FEW_UNITS = 3
"""Sampling units for each parameter that a test needs at least."""


@dataclass(frozen=True, slots=True)
class SplitTree:
    """A tree of respondents by declared columns.

    `nodes` (node: 1, children 2k and 2k + 1, the lower index first; parent, depth, rule ("region: East, West"), n,
    n_eff, index_0_100 of `target`, leaf, and of the best split that was found there column, statistic, df, p alone,
    p_search for the search over all splits of the node; missing where none could be tested). `paths` (node, from, to,
    estimate: standardised within the node, outer weights those of all). `candidates` (node, column, left, right,
    statistic, df, p, p_search): every split that was tested. `left_out` respondents without a score.
    """

    nodes: pd.DataFrame
    paths: pd.DataFrame
    candidates: pd.DataFrame
    target: str
    on: SplitsOn
    alpha: float
    signs: int
    seed: int
    left_out: int


def split_tree(
    fit: PlsFit,
    columns: pd.DataFrame,
    on: SplitsOn = "paths",
    target: str | None = None,
    depth: int = 3,
    least: float = 100.0,
    alpha: float = 0.05,
    signs: int = 1000,
    seed: int = 1,
) -> SplitTree:
    """Split the fit's respondents by `columns`, which have the rows of its data frame, until no search finds p < alpha.

    Every node is searched over all two-way splits (numbers and ordered categoricals in their order) that leave `least`
    effective respondents on both sides. `on="paths"`: do slopes differ, each level having its own means; "index": does
    the index of `target` (the instrument's by default). Score tests with respondents' weights; where the fit names
    clusters, those are the units. p_search = (1 + count)/(1 + signs), by random signs of units (docs/method.md §44).
    Strata are not used, which makes p a little too large. Raises ModelError for columns that cannot be split, other
    rows, too few units, `least` below 30, `depth` outside 1 to 6, fewer than 20 signs and a target that is not there.
    """
    _require(on, depth, least, signs)
    require_level(alpha, "alpha", 0.05)
    _require_rows(fit, columns)
    name = fit.instrument.target if target is None else target
    grown = _Growing(fit, columns, on, position_of(fit.instrument, name), least, alpha, signs, seed)
    grown.grow(1, grown.all, "", depth)
    pairs = [part for part in grown.tests if len(part)]
    candidates = pd.concat(pairs, ignore_index=True) if pairs else pd.DataFrame(columns=list(CANDIDATES))
    nodes = pd.DataFrame(grown.nodes).sort_values("node", ignore_index=True)
    paths = pd.concat(grown.paths, ignore_index=True).sort_values("node", kind="stable", ignore_index=True)
    left_out = len(fit.sample.rows) - len(grown.all)
    return SplitTree(nodes, paths, candidates, name, on, alpha, signs, seed, left_out)


CANDIDATES = ("node", "column", "left", "right", "statistic", "df", "p", "p_search")


class _Growing:
    """A tree while it grows: nodes, paths and tests so far."""

    def __init__(
        self, fit: PlsFit, columns: pd.DataFrame, on: SplitsOn, target: int, least: float, alpha: float,
        signs: int, seed: int,
    ) -> None:  # fmt: skip
        layout = layout_of(fit.instrument)
        self.fit, self.on, self.target, self.least = fit, on, target, least
        self.alpha, self.signs, self.seed = alpha, signs, seed
        self.scores = row_scores(fit.sample.X, fit.outer, layout.blocks)
        self.all = np.flatnonzero(~np.isnan(self.scores).any(axis=1))
        used = columns.iloc[fit.sample.rows].reset_index(drop=True)
        self.columns = [Column.of(used[one], str(one)) for one in used]
        self.equations = [(y, list(causes)) for y, causes in enumerate(layout.causes) if len(causes)]
        self.nodes: list[dict[str, object]] = []
        self.paths: list[pd.DataFrame] = []
        self.tests: list[pd.DataFrame] = []

    def grow(self, node: int, rows: Positions, rule: str, depth: int) -> None:
        """Add the node of `rows` and, as long as splits are found, those below it."""
        splits = self._tested(rows) if depth > 0 else []
        best = splits[0] if splits else None
        found = best if best is not None and best.p_search < self.alpha else None
        w = self.fit.sample.weights[rows]
        self.nodes.append(
            {
                "node": node, "parent": node // 2, "depth": node.bit_length() - 1, "rule": rule, "n": len(rows),
                "n_eff": float(effective_size(w)), "index_0_100": self._index(rows), "leaf": found is None,
                "column": best.column.name if best else None, "statistic": best.statistic if best else np.nan,
                "df": best.df if best else np.nan, "p": best.p if best else np.nan,
                "p_search": best.p_search if best else np.nan,
            }
        )  # fmt: skip
        self.paths.append(self._paths_of(node, rows))
        self.tests.append(pd.DataFrame([self._told(node, one, rows) for one in splits]))
        if found is None:
            return
        at = found.side(rows)
        sides = sorted((rows[at], rows[~at]), key=self._index)
        for child, side in enumerate(sides):
            self.grow(2 * node + child, side, _rule(found.column, side), depth - 1)

    def _index(self, rows: Positions) -> float:
        return float(np.average(self.scores[rows, self.target], weights=self.fit.sample.weights[rows]))

    def _standardised(self, rows: Positions) -> Array:
        w = self.fit.sample.weights[rows]
        return standardised(self.scores[rows], (w / w.sum())[:, None])

    def _tested(self, rows: Positions) -> list[Split]:
        S, sample = self._standardised(rows), self.fit.sample
        means = self.on == "index"
        asked = [(self.target, [])] if means else self.equations
        units = (
            np.arange(len(rows))
            if sample.units is None
            else np.unique(sample.units.of_row[rows], return_inverse=True)[1]
        )
        parameters = 1 if means else sum(len(causes) for _, causes in self.equations)
        if sample.units is not None and units.max() + 1 < FEW_UNITS * parameters:
            if len(rows) < len(self.all):
                return []
            raise ModelError(
                f"{units.max() + 1} clusters are too few to test {parameters} paths at once: "
                f"{FEW_UNITS * parameters} are needed. Use on='index'."
            )
        node = Node(
            rows, sample.weights[rows], units, tuple((S[:, y], S[:, causes]) for y, causes in asked), means
        )
        return tested(node, self.columns, self.least, self.signs, self.seed)

    def _paths_of(self, node: int, rows: Positions) -> pd.DataFrame:
        S, root, ids = (
            self._standardised(rows),
            np.sqrt(self.fit.sample.weights[rows]),
            self.fit.instrument.construct_ids,
        )
        found = []
        for y, causes in self.equations:
            slopes = np.linalg.lstsq(S[:, causes] * root[:, None], S[:, y] * root, rcond=None)[0]
            found += [(node, ids[x], ids[y], float(b)) for x, b in zip(causes, slopes, strict=True)]
        own = pd.DataFrame(found, columns=["node", "from", "to", "estimate"])
        return self.fit.paths[["from", "to"]].merge(own, on=["from", "to"])[list(own.columns)]

    def _told(self, node: int, split: Split, rows: Positions) -> dict[str, object]:
        at = split.side(rows)
        return {
            "node": node, "column": split.column.name, "left": _levels(split.column, rows[at]),
            "right": _levels(split.column, rows[~at]), "statistic": split.statistic, "df": split.df, "p": split.p,
            "p_search": split.p_search,
        }  # fmt: skip


def _levels(column: Column, rows: Positions) -> str:
    return ", ".join(column.levels[one] for one in np.unique(column.of_row[rows]))


def _rule(column: Column, rows: Positions) -> str:
    return f"{column.name}: {_levels(column, rows)}"


def _require(on: str, depth: int, least: float, signs: int) -> None:
    if on not in get_args(SplitsOn):
        raise ModelError(f"there is no split on '{on}'. Use {' or '.join(get_args(SplitsOn))}.")
    if not 1 <= depth <= 6:
        raise ModelError(f"a depth of {depth} is not between 1 and 6. Use 3.")
    if not least >= 30:
        raise ModelError(f"leaves of {least:g} effective respondents say nothing. Ask for 30 or more.")
    if signs < 20:
        raise ModelError(f"{signs} signs give no p below {1 / (max(signs, 0) + 1):.2f}. Use 1000.")


def _require_rows(fit: PlsFit, columns: pd.DataFrame) -> None:
    n = len(fit.sample.rows) + fit.sample.excluded
    if len(columns) != n:
        raise ModelError(
            f"{len(columns)} rows of columns for {n} rows of data. Give one row for each row of the data."
        )
    if columns.shape[1] == 0:
        raise ModelError("no column is named to split by. Name one or more: by=['region'].")
    if not columns.columns.is_unique:
        raise ModelError("a column is named twice. Name each once.")
