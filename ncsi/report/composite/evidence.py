"""What a composite index rests on: its tree, benchmarks, sensitivity, diagnostics, checks, filled and clipped cells."""

from __future__ import annotations

import math

import pandas as pd

from ncsi.report import text
from ncsi.report.composite.names import with_unit
from ncsi.report.composite.rows import NodeInfo, OneIndex
from ncsi.report.content.grids import Grid, cell, grid
from ncsi.report.text import NONE, NOTHING, Pair, each, phrase, phrases, reach, same
from ncsi.tables import (
    OUT_COMPOSITE_BENCHMARKS,
    OUT_COMPOSITE_CHANGED_CELLS,
    OUT_COMPOSITE_CHECKS,
    OUT_COMPOSITE_DIAGNOSTICS,
    OUT_COMPOSITE_SENSITIVITY,
)

_FLAGGED = 30


def tree_grid(one: OneIndex) -> Grid:
    """The tree: weights, direction, benchmarks, and where each weight comes from, by number."""
    sources = list(dict.fromkeys(_source(node) for node in one.nodes.values() if _source(node).zh))
    rows = [
        [
            cell(_indented(node)), cell(text.number(node.weight_local, 3)), cell(text.number(node.weight_global, 4)),
            cell(_direction(node)), cell(_benchmarks(node)), cell(_cited(node, sources)),
        ]
        for node in one.nodes.values()
    ]  # fmt: skip
    heads = ("node", "weight_local", "weight_global", "direction", "benchmarks", "weight_source")
    listed = each(
        lambda language: " ".join(f"[{k}] {source.of(language)}" for k, source in enumerate(sources, 1))
    )
    return grid("composite_tree", heads, rows, text.sentences([phrase("composite_tree_note"), listed]))


def _cited(node: NodeInfo, sources: list[Pair]) -> Pair:
    mark = phrase("illustrative_mark") if node.illustrative else NOTHING
    number = f"[{sources.index(_source(node)) + 1}]" if _source(node).zh else ""
    return each(lambda language: f"{number} {mark.of(language)}".strip())


def _indented(node: NodeInfo) -> Pair:
    """An ideographic space for each step down, which no reader trims."""
    return each(lambda language: "　" * node.depth + node.name.of(language))


def _direction(node: NodeInfo) -> Pair:
    return phrase(node.direction) if node.direction else same("")


def _benchmarks(node: NodeInfo) -> Pair:
    if not node.indicator or math.isnan(node.lower) or math.isnan(node.upper):
        return same("")
    unit = Pair(node.unit_zh, node.unit_en)
    low, high = (f"{end:g}".replace("-", "−") for end in (node.lower, node.upper))
    ends = reach(low, high)
    return each(lambda language: with_unit(ends.of(language), unit.of(language), language))


def _source(node: NodeInfo) -> Pair:
    """Where its weight comes from; of the index itself, where it does."""
    if node.weight_source_zh:
        return Pair(node.weight_source_zh, node.weight_source_en)
    return Pair(node.source_zh, node.source_en)


def benchmarks_grid(one: OneIndex) -> Grid | None:
    """Benchmarks of every version, where there is more than one."""
    frame = one.tables[OUT_COMPOSITE_BENCHMARKS.name]
    frame = frame[frame["tree"] == one.tree]
    if frame["version"].nunique() < 2:
        return None
    rows = [
        [
            cell(one.nodes[row["node"]].name), cell(str(row["version"])), cell(f"{row['lower']:g}"),
            cell(f"{row['upper']:g}"), cell(str(row["first_year"])),
            cell(NONE if row["last_year"] != row["last_year"] else f"{row['last_year']:.0f}"),
        ]
        for row in frame.astype({"last_year": "float"}).to_dict("records")
        if _differs(frame, row["node"])
    ]  # fmt: skip
    heads = (
        "indicator",
        "benchmark_version",
        "benchmark_lower",
        "benchmark_upper",
        "first_year",
        "last_year",
    )
    return grid("composite_benchmarks", heads, rows, phrase("composite_benchmarks_note"))


def _differs(frame: pd.DataFrame, node: str) -> bool:
    own = frame[frame["node"] == node]
    return bool(own["lower"].nunique() > 1 or own["upper"].nunique() > 1)


def sensitivity_grids(one: OneIndex) -> list[Grid]:
    """Which choice the ranks depend on: of the choices alone, and with sampling error as one more."""
    frame = one.frame(OUT_COMPOSITE_SENSITIVITY.name)
    return [_sensitivity(str(design), own) for design, own in frame.groupby("design", sort=True)]


def _sensitivity(design: str, frame: pd.DataFrame) -> Grid:
    rows = [
        [
            cell(input_name(row["input"])), cell(_index(row["s1"]), _reach(row["s1_reach"])),
            cell(_index(row["st"]), _reach(row["st_reach"])),
            cell(phrase(f"flag_{row['flag']}") if row["flag"] else same("")),
        ]
        for row in frame.sort_values("st", ascending=False).to_dict("records")
    ]  # fmt: skip
    first = frame.iloc[0]
    note = phrase(
        "composite_sensitivity_note", runs=text.count(float(first["runs"])),
        shift=text.number(float(first["mean_shift"]), 2), design=phrase(f"design_{design}"),
    )  # fmt: skip
    heads = ("choice_varied", "sobol_first", "sobol_total", "remark")
    return grid(f"composite_sensitivity_{design}", heads, rows, note, wide=(0, 3))


def input_name(name: str) -> Pair:
    """What a varied input is called; by its own name where it has no other."""
    return phrases().get(f"input_{name}", same(name.replace("_", " ")))


def _index(value: float) -> str:
    """A negative first-order index is chance: it is told as about nothing."""
    return NONE if value != value else "≈0" if value < 0 else text.number(value, 3)


def _reach(value: float) -> str:
    return "" if value != value else f"±{text.number(value, 3)}"


def diagnostics_grid(one: OneIndex) -> Grid | None:
    """What is conspicuous about how the index hangs together, and what always belongs to it."""
    frame = one.frame(OUT_COMPOSITE_DIAGNOSTICS.name)
    if frame.empty:
        return None
    told = frame[(frame["flag"] != "") | frame["quantity"].isin(("alpha", "pearson_with_population"))].head(
        _FLAGGED
    )
    rows = [
        [
            cell(_quantity(row["quantity"])), cell(_node(one, row["node"])), cell(_node(one, row["other"])),
            cell(text.number(row["value"], 2)), cell(_flag(row["flag"])),
        ]
        for row in told.to_dict("records")
    ]  # fmt: skip
    heads = ("quantity", "node", "held_against", "value", "remark")
    return (
        grid("composite_diagnostics", heads, rows, phrase("composite_diagnostics_note"), wide=(0, 1, 2, 4))
        if rows
        else None
    )


def _quantity(name: str) -> Pair:
    return phrases().get(f"quantity_{name}", same(name.replace("_", " ")))


def _flag(name: str) -> Pair:
    return phrases().get(f"flag_{name}", same(name.replace("_", " "))) if name else NOTHING


def _node(one: OneIndex, name: str) -> Pair:
    return (
        one.nodes[name].name
        if name in one.nodes
        else phrases().get(f"against_{name}", same(name.replace("_", " ")))
    )


def checks_grid(one: OneIndex) -> Grid | None:
    """Published figures derived again."""
    frame = one.tables[OUT_COMPOSITE_CHECKS.name]
    rows = [
        [
            cell(one.nodes[row["node"]].name), cell(str(row["year"])), cell(text.number(row["published"], 2)),
            cell(text.number(row["derived"], 3)), cell(phrase("check_holds" if row["holds"] else "check_fails")),
            cell(Pair(row["source_zh"], row["source_en"])),
        ]
        for row in frame[frame["tree"] == one.tree].to_dict("records")
    ]  # fmt: skip
    heads = ("node", "year", "published_figure", "derived_figure", "check_result", "source")
    return (
        grid("composite_checks", heads, rows, phrase("composite_checks_note"), wide=(0, 5)) if rows else None
    )


def filled_grid(one: OneIndex) -> Grid | None:
    """How many figures were filled, treated or clipped, by indicator and rule."""
    frame = one.frame(OUT_COMPOSITE_CHANGED_CELLS.name)
    if frame.empty:
        return None
    counted = frame.groupby(["node", "step", "rule"], sort=True).size().reset_index(name="cells")
    rows = [
        [
            cell(_node(one, row["node"])), cell(phrases().get(f"step_{row['step']}", same(row["step"]))),
            cell(phrases().get(f"changed_by_{row['rule']}", same(row["rule"]))), cell(text.count(row["cells"])),
        ]
        for row in counted.to_dict("records")
    ]  # fmt: skip
    return grid(
        "composite_filled",
        ("indicator", "step", "rule", "cells_changed"),
        rows,
        phrase("composite_filled_note"),
        wide=(0, 2),
    )


def bands_note(one: OneIndex) -> Pair:
    """Every table of bands with its source: they disagree, and each is data."""
    sources = list(dict.fromkeys(row.bands_source for row in one.bands))
    return (
        phrase("composite_bands_note", sources=text.listed([text.cited(source) for source in sources]))
        if sources
        else NOTHING
    )
