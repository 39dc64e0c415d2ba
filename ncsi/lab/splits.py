"""Which declared groups a model differs between, as a tree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import pandas as pd

from ncsi import model
from ncsi.errors import ModelError
from ncsi.kinds import of_kind
from ncsi.lab import result_words as words
from ncsi.lab.cells import arrow, labels_of, shown
from ncsi.lab.fits import PlsFit
from ncsi.lab.given import require_fit
from ncsi.lab.page import Page
from ncsi.lab.results import Result
from ncsi.lab.tidying import Names, named
from ncsi.model.inference.split_tree import SplitsOn
from ncsi.spec import Language

SHOWN = 10
"""Splits of the root that the page shows."""


class Splits(Result):
    """Nodes of a tree: node, rule, n, n_eff, index_0_100, leaf, column, statistic, df, p, p_search, then parent, depth.

    The test is of the best split that was found in the node. `paths` (node, from, to, estimate) and `candidates` (every
    split that was tested) are frames, as `ncsi.model.SplitTree` has them.
    """

    _keys: ClassVar[tuple[str, ...]] = ("node",)
    found: tuple[model.SplitTree, model.PlsFit]

    @property
    def paths(self) -> pd.DataFrame:
        """node, from, to, estimate: paths within each node, outer weights those of all."""
        return self.found[0].paths

    @property
    def candidates(self) -> pd.DataFrame:
        """node, column, left, right, statistic, df, p, p_search: all splits that were tested."""
        return self.found[0].candidates

    def sheets(self) -> Mapping[str, pd.DataFrame]:
        """nodes, paths and candidates."""
        return {"nodes": pd.DataFrame(self), "paths": self.paths, "candidates": self.candidates}

    def tidy(self, names: Names = "house") -> pd.DataFrame:
        """One row a node: node, estimate (its index), statistic, df, p, p_adjusted (of the search)."""
        plain = pd.DataFrame(self).rename(columns={"index_0_100": "estimate", "p_search": "p_adjusted"})
        return named(plain[["node", "estimate", "statistic", "df", "p", "p_adjusted"]], ["node"], names)

    def page(self, lang: Language = "en") -> Page:
        """What was searched, the nodes, their paths, the best splits of all respondents."""
        found, fit = self.found
        label = labels_of(fit.instrument, lang)
        everyone = words.EVERYONE.text(lang)
        nodes = pd.DataFrame(self)[
            ["node", "rule", "n", "n_eff", "index_0_100", "column", "statistic", "df", "p_search"]
        ]
        nodes = nodes.rename(columns={"statistic": "chisq"}).assign(
            node=nodes["node"].astype(str), rule=nodes["rule"].replace("", everyone)
        )
        wide = found.paths.assign(path=arrow(found.paths["from"], found.paths["to"], label)).pivot(
            index="path", columns="node", values="estimate"
        )
        wide = wide.loc[arrow(fit.paths["from"], fit.paths["to"], label)]
        wide.columns = pd.Index([words.NODE.text(lang).format(node=one) for one in wide.columns])
        tried = (
            found.candidates[found.candidates["node"] == 1]
            .head(SHOWN)
            .drop(columns="node")
            .rename(columns={"statistic": "chisq"})
        )
        lines = [
            (words.SPLITS_PATHS if found.on == "paths" else words.SPLITS_INDEX).text(lang).format(
                target=label[found.target]
            ),
            words.SEARCHED.text(lang).format(signs=f"{found.signs:,}", alpha=f"{found.alpha:g}"),
        ]  # fmt: skip
        notices = [words.caution(one, lang) for one in fit.warnings]
        if found.left_out:
            notices.append(words.LEFT_OUT.text(lang).format(n=found.left_out))
        return words.page(
            words.SPLIT_TREE, lang, lines, notices,
            shown(words.NODES.text(lang), nodes, lang, 2),
            shown(words.PATHS_OF_NODES.text(lang), wide.reset_index(), lang, 1),
            shown(words.TRIED.text(lang).format(most=SHOWN), tried, lang, 3),
        )  # fmt: skip


@of_kind
def split_tree(
    fit: PlsFit,
    by: Sequence[str] | str,
    on: SplitsOn = "paths",
    target: str | None = None,
    depth: int = 3,
    least: float = 100.0,
    alpha: float = 0.05,
    signs: int = 1000,
    seed: int = 1,
) -> Splits:
    """Which of the declared groups in the columns `by` the model differs between: a tree of two-way splits.

    `on="paths"`: whether slopes differ, "index": whether the index of `target` does. A node is split at the best of all
    splits that leave `least` effective respondents on both sides, as long as p for the whole search is below alpha
    (docs/method.md §44). Numbers and ordered categoricals are split in their order. Weights and clusters are those of
    the fit. Raises ModelError for columns that are not in the data, have missing values, one level or too many, and for
    too few clusters.
    """
    require_fit(fit, "split_tree")
    if not isinstance(fit, PlsFit):
        raise ModelError("split_tree takes a fit that holds its data. Make one with ncsi.fit_pls(df, inst).")
    names = [by] if isinstance(by, str) else list(by)
    missing = [one for one in names if one not in fit.data.columns]
    if missing:
        raise ModelError(f"the data have no column {', '.join(missing)}. Add it, or name the right column.")
    found = model.split_tree(fit, fit.data[names], on, target, depth, least, alpha, signs, seed)
    first = [
        "node",
        "rule",
        "n",
        "n_eff",
        "index_0_100",
        "leaf",
        "column",
        "statistic",
        "df",
        "p",
        "p_search",
    ]
    return Splits(found.nodes[[*first, "parent", "depth"]], (found, fit))
