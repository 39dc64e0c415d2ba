"""What an index is, as rows: its tree with the source of each part, its benchmarks by version, published checks."""

from __future__ import annotations

from math import fsum
from typing import Any

import pandas as pd

from ncsi.composite import global_weights, structure_of
from ncsi.spec.building_blocks import Label
from ncsi.spec.index_definition import Origin
from ncsi.spec.index_plan import IndexPlan
from ncsi.spec.tree import Node, Tree

Rows = list[dict[str, Any]]
_ROUNDING = 1e-9
_SOURCES = ("source", "weight_source", "benchmark_source")


def node_rows(plan: IndexPlan) -> pd.DataFrame:
    """Rows of out_composite_nodes, from the index down to its indicators."""
    tree = plan.tree
    structure = structure_of(tree)
    local = dict(zip(structure.codes, structure.local, strict=True))
    whole = dict(zip(structure.codes, global_weights(structure, structure.local), strict=True))
    general = tree.method.impute if tree.method else "none"
    rows: Rows = []
    for position, (node, depth) in enumerate(_from_the_top(tree, tree.root, 0), 1):
        rows.append(
            {
                "node": node.code, "position": position, "parent": node.parent or "", "depth": depth,
                "indicator": node.code not in tree.children, **_labels(node),
                "direction": _direction(node, tree),
                "unit_zh": node.unit.zh if node.unit else "", "unit_en": node.unit.en if node.unit else "",
                "weight_local": float(local[node.code]), "weight_global": float(whole[node.code]),
                "lower": node.lower, "upper": node.upper,
                "se_kind": "" if node.code in tree.children else node.se_kind,
                "impute": "" if node.code in tree.children else node.impute or general,
                "illustrative": node.illustrative, **_sources(plan, node),
            }
        )  # fmt: skip
    return pd.DataFrame(rows).astype(dict.fromkeys((f"{key}_year" for key in _SOURCES), "Int64"))


def benchmark_rows(plan: IndexPlan) -> pd.DataFrame:
    """Rows of out_composite_benchmarks; none where scores are not made by benchmarks."""
    definition = plan.definition
    years: list[tuple[str, int, int | None]] = [
        (one.version, one.first, one.last) for one in definition.earlier
    ]
    years.append((plan.tree.benchmark_version or "1", definition.since, None))
    rows = [
        {
            "version": version,
            "node": node.code,
            "lower": node.lower,
            "upper": node.upper,
            "first_year": first,
            "last_year": last,
        }
        for version, first, last in years
        for node in plan.tree_of(version).leaves
        if node.lower is not None
    ]
    columns = ["version", "node", "lower", "upper", "first_year", "last_year"]
    return pd.DataFrame(rows, columns=columns).astype({"last_year": "Int64", "first_year": "int64"})


def check_rows(plan: IndexPlan) -> pd.DataFrame:
    """Rows of out_composite_checks: each published aggregate whose children are published too, derived again from them
    by the weights of the tree (arithmetic mean)."""
    tree = plan.tree
    structure = structure_of(tree)
    local = dict(zip(structure.codes, structure.local, strict=True))
    rows: Rows = []
    for check in plan.definition.checks:
        source = plan.definition.sources[check.source]
        for code, published in check.values.items():
            children = tree.children.get(code, ())
            if not children or not set(children) <= set(check.values):
                continue
            derived = fsum(local[child] * check.values[child] for child in children)
            difference = derived - published
            rows.append(
                {
                    "year": check.year, "node": code, "published": published, "derived": derived,
                    "difference": difference, "tolerance": check.tolerance,
                    "holds": abs(difference) <= check.tolerance + _ROUNDING,
                    "source_zh": source.text.zh, "source_en": source.text.en,
                }
            )  # fmt: skip
    columns = [
        "year",
        "node",
        "published",
        "derived",
        "difference",
        "tolerance",
        "holds",
        "source_zh",
        "source_en",
    ]
    return pd.DataFrame(rows, columns=columns)


def _from_the_top(tree: Tree, node: Node, depth: int) -> list[tuple[Node, int]]:
    below = [
        one
        for code in tree.children.get(node.code, ())
        for one in _from_the_top(tree, tree.node(code), depth + 1)
    ]
    return [(node, depth), *below]


def _labels(node: Node) -> dict[str, str]:
    label = node.label or Label(zh=node.code, en=node.code)
    return {"label_zh": label.zh, "label_en": label.en}


def _direction(node: Node, tree: Tree) -> str:
    if node.code in tree.children:
        return ""
    return "higher_is_better" if node.direction == 1 else "lower_is_better"


def _sources(plan: IndexPlan, node: Node) -> dict[str, Any]:
    origin = plan.definition.origins.get(node.code)
    named = (origin.node, origin.weight, origin.benchmarks) if origin else (None, None, None)
    found: dict[str, Any] = {}
    for key, name in zip(_SOURCES, named, strict=True):
        source: Origin | None = plan.definition.sources[name] if name is not None else None
        found |= {
            f"{key}_zh": source.text.zh if source else "",
            f"{key}_en": source.text.en if source else "",
            f"{key}_year": source.year if source else None,
        }
    return found
