"""Synthetic figures for the indices that stand on trees, written as offices send them, with the truth beside them.

A unit has a latent quality; an indicator lies between its benchmarks by that quality and its own noise. Survey figures
are the truth moved by their standard error. Deterministic: the same index, seed and years give the same table.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ncsi.simulate.names import brand_names
from ncsi.spec.index_definition import Dimension
from ncsi.spec.index_plan import IndexPlan
from ncsi.spec.tree import Node

Array = npt.NDArray[np.float64]
YEARS = (2021, 2022, 2023, 2024, 2025)
CITIES, FEW_CITIES, FIRMS, AUDITED, AWARDED = 120, 6, 80, 30, 40
BIAS = 0.6
"""How far firms rate themselves above the auditors, in levels."""
RATED_FROM = 60.0
"""Where the scale that residents rate on begins in fact."""
_AREAS = ("东部", "中部", "西部")
_PROVINCES = tuple(f"{name}省" for name in ("青禾", "云岭", "晨溪", "松屿", "澄心", "沐野", "景和", "安澜"))
_SECTORS = ("机械", "电子", "食品", "化工", "纺织", "建材")
_REGIONS = ("华东", "华北", "华南", "西部")
_KINDS = ("文件", "记录", "访谈", "观察")
_DRIFT, _CENTRE, _SPREAD, _NOISE = 0.03, 0.55, 0.14, 0.07


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """`figures`: a table as an office sends it. `truth`: unit, year and index of every unit, as figures without
    sampling error give it: the score a formula of fixed benchmarks and arithmetic means makes of them."""

    figures: pd.DataFrame
    truth: pd.DataFrame


def example_figures(plan: IndexPlan, seed: int = 1) -> Example:
    """Figures of synthetic units for that index. Raises KeyError where an indicator has no benchmarks."""
    stream = np.random.Generator(np.random.Philox(key=[seed, len(plan.tree.nodes)]))
    kind = plan.definition.kind
    make: Callable[[IndexPlan, np.random.Generator], Example] = {
        "maturity": _maturity, "points": _points, "scorecard": _scorecard,
    }.get(kind, _two_dimensional if len(plan.definition.dimensions) == 2 else _cities)  # fmt: skip
    made = make(plan, stream)
    return Example(made.figures.assign(模拟数据="是"), made.truth)


def _two_dimensional(plan: IndexPlan, stream: np.random.Generator) -> Example:
    """Cells of two dimensions of units, their margins and the whole as means of the cells, over the years."""
    first, second = (_entries(plan, one, stream) for one in plan.definition.dimensions)
    everything = [one.whole[0] for one in plan.definition.dimensions]
    quality = stream.normal(0, 0.8, (len(first), 1)) + stream.normal(0, 0.6, (1, len(second)))
    parts, truths = [], []
    for position, year in enumerate(YEARS):
        cells = _true_values(plan, quality.ravel() + stream.normal(0, 0.2, quality.size), position, stream)
        cube = cells.reshape(len(first), len(second), -1)
        rows = [(*everything, cube.mean(axis=(0, 1)))]
        rows += [(label, everything[1], cube[k].mean(axis=0)) for k, (label, _) in enumerate(first)]
        rows += [(everything[0], label, cube[:, k].mean(axis=0)) for k, (label, _) in enumerate(second)]
        rows += [
            (label, other, cube[j, k])
            for j, (label, _) in enumerate(first)
            for k, (_, other) in enumerate(second)
        ]
        true = _rounded(np.array([one[2] for one in rows]))
        seen, errors = _surveyed(plan, true, stream)
        heads = dict(
            zip(
                (one.label.zh for one in plan.definition.dimensions),
                zip(*[one[:2] for one in rows], strict=True),
                strict=True,
            )
        )
        parts.append(pd.DataFrame({"年份": year, **heads, **_columns(plan, seen), **errors}))
        truths.append(_truth(plan, [f"{one[0]} {one[1]}" for one in rows], year, true))
    return Example(pd.concat(parts, ignore_index=True), pd.concat(truths, ignore_index=True))


def _entries(plan: IndexPlan, dimension: Dimension, stream: np.random.Generator) -> list[tuple[str, str]]:
    """Label and id of the units of a dimension: those of its list, else some cities."""
    if dimension.list is None:
        return [(name, name) for name in _names("市", FEW_CITIES, stream)]
    return [(one.label.zh, one.id) for one in plan.units[dimension.id].units]


def _cities(plan: IndexPlan, stream: np.random.Generator) -> Example:
    """Cities of every size; larger ones are a little better. Survey and measured figures carry their error."""
    names = _names("市", CITIES, stream)
    population = np.exp(stream.normal(5.8, 0.8, CITIES))
    quality = stream.normal(0, 1, CITIES) + 0.5 * (np.log(population) - 5.8)
    grouping = plan.definition.groups[0]
    groups = _AREAS if grouping.id == "area" else _PROVINCES
    group_of = [groups[k % len(groups)] for k in range(CITIES)]
    parts, truths = [], []
    for position, year in enumerate(YEARS[-3:]):
        true = _rounded(_true_values(plan, quality + stream.normal(0, 0.2, CITIES), position, stream))
        seen, errors = _surveyed(plan, true, stream)
        frame = pd.DataFrame(
            {
                "年份": year,
                "城市": names,
                grouping.label.zh: group_of,
                "常住人口": population.round(1),
                **_columns(plan, seen),
                **errors,
            }
        )
        parts.append(_with_gaps(frame, plan, stream))
        truths.append(_truth(plan, names, year, true))
    return Example(pd.concat(parts, ignore_index=True), pd.concat(truths, ignore_index=True))


def _scorecard(plan: IndexPlan, stream: np.random.Generator) -> Example:
    """Firms with a few vetoes, one of them not known."""
    names = _names("公司", FIRMS, stream)
    true = _rounded(_true_values(plan, stream.normal(0.4, 1, FIRMS), 0, stream))
    seen, errors = _surveyed(plan, true, stream)
    vetoes: dict[str, Any] = {}
    for veto in plan.definition.vetoes:
        counts = np.where(stream.random(FIRMS) < 0.05, 1 + stream.poisson(0.3, FIRMS), 0).astype(object)
        counts[int(stream.integers(FIRMS))] = ""
        vetoes[veto.names[0] if veto.names else veto.label.zh] = counts
    sectors = [_SECTORS[k % len(_SECTORS)] for k in range(FIRMS)]
    year = YEARS[-1]
    frame = pd.DataFrame(
        {"年份": year, "企业名称": names, "行业": sectors, **_columns(plan, seen), **errors, **vetoes}
    )
    return Example(frame, _truth(plan, names, year, true))


def _points(plan: IndexPlan, stream: np.random.Generator) -> Example:
    names = _names("公司", AWARDED, stream)
    true = _true_values(plan, stream.normal(0, 1, AWARDED), 0, stream)
    scored = np.clip(np.round(true / 5) * 5, 0, 100)
    sectors = [_SECTORS[k % len(_SECTORS)] for k in range(AWARDED)]
    frame = pd.DataFrame({"年份": YEARS[-1], "企业名称": names, "行业": sectors, **_columns(plan, scored)})
    return Example(frame, _truth(plan, names, YEARS[-1], scored))


def _maturity(plan: IndexPlan, stream: np.random.Generator) -> Example:
    """A row for each statement of a level, of every firm by itself and of half of them by auditors, with evidence."""
    firms, criteria = 2 * AUDITED, list(plan.tree.leaves)
    names = _names("公司", firms, stream)
    quality = stream.normal(0, 1, (firms, 1))
    true = np.clip(np.round(2.8 + 0.7 * quality + stream.normal(0, 0.6, (firms, len(criteria)))), 1, 5)
    own = np.clip(np.round(true + BIAS + stream.normal(0, 0.4, true.shape)), 1, 5)
    rows = []
    for firm, name in enumerate(names):
        for rater, levels in (("自评", own), ("审核", true)):
            if rater == "审核" and firm >= AUDITED:
                continue
            for k, node in enumerate(criteria):
                rows += _statements(name, firm, node, rater, int(levels[firm, k]), stream)
    columns = ["企业名称", "行业", "地区", "准则", "等级", "来源", "采信", "证据类型", "证据编号"]
    frame = pd.DataFrame(rows, columns=columns)
    frame.insert(0, "年份", YEARS[-1])
    return Example(frame, _truth(plan, names, YEARS[-1], true))


def _names(what: str, count: int, stream: np.random.Generator) -> list[str]:
    """Fictional names of cities or firms."""
    return [f"{zh.removesuffix('品牌')}{what}" for zh, _ in brand_names("", count, stream)]


def _statements(
    name: str, firm: int, node: Node, rater: str, level: int, stream: np.random.Generator
) -> list[tuple[str, ...]]:
    """Levels 2 to 5 of a criterion: met up to the firm's level, and now and then one above a gap."""
    found: list[tuple[str, ...]] = []
    for step in range(2, 6):
        met = step <= level or (step > level + 1 and stream.random() < 0.05)
        kind = _KINDS[int(stream.integers(len(_KINDS)))] if met and rater == "审核" else ""
        shown = f"E{firm:02d}-{node.code}-{step}" if kind else ""
        label = node.label.zh if node.label else node.code
        sector, region = _SECTORS[firm % len(_SECTORS)], _REGIONS[firm % len(_REGIONS)]
        found.append((name, sector, region, label, str(step), rater, "是" if met else "否", kind, shown))
    return found


def _ends(plan: IndexPlan) -> tuple[Array, Array, Array]:
    """Worst and best benchmark of each indicator, and whether more is better."""
    leaves = plan.tree.leaves
    if any(node.lower is None or node.upper is None for node in leaves):
        raise KeyError(f"index {plan.tree.id} has indicators without benchmarks")
    direction = np.array([node.direction for node in leaves], dtype=float)
    lower = np.array([node.lower for node in leaves], dtype=float)
    upper = np.array([node.upper for node in leaves], dtype=float)
    return np.where(direction > 0, lower, upper), np.where(direction > 0, upper, lower), direction


def _true_values(plan: IndexPlan, quality: Array, position: int, stream: np.random.Generator) -> Array:
    """Figures (n, p) of units of that quality, rising from year to year."""
    worst, best, _ = _ends(plan)
    rated = [node.se_kind == "survey" and (node.lower, node.upper) == (0, 100) for node in plan.tree.leaves]
    worst = np.where(rated, RATED_FROM, worst)
    place = _CENTRE + _DRIFT * position + _SPREAD * quality[:, None]
    place = place + stream.normal(0, _NOISE, (len(quality), len(worst)))
    values = worst + place * (best - worst)
    for k, node in enumerate(plan.tree.leaves):
        ends = plan.definition.indicator(node.code).plausible
        if ends is not None:
            values[:, k] = np.clip(values[:, k], ends.lower, ends.upper)
    return np.asarray(values)


def _rounded(values: Array) -> Array:
    """Four digits, as offices print them."""
    with np.errstate(divide="ignore"):
        size = np.where(values == 0, 1.0, np.abs(values))
    scale = 10.0 ** (3 - np.floor(np.log10(size)))
    return np.asarray(np.round(np.round(values * scale) / scale, 6))


def _surveyed(plan: IndexPlan, true: Array, stream: np.random.Generator) -> tuple[Array, dict[str, Array]]:
    """Figures as seen, and the columns of standard errors of those that surveys and measurements give."""
    seen, errors = true.copy(), {}
    for k, node in enumerate(plan.tree.leaves):
        if node.se_kind not in ("survey", "measured"):
            continue
        ends = plan.definition.indicator(node.code).plausible
        size = 0.9 if node.se_kind == "survey" else 0.03 * float((node.upper or 0) - (node.lower or 0))
        se = np.round(size * stream.uniform(0.7, 1.3, len(true)), 3)
        moved = true[:, k] + se * stream.standard_normal(len(true))
        seen[:, k] = np.clip(moved, ends.lower, ends.upper) if ends else moved
        errors[f"{_called(node)}标准误"] = se
    return _rounded(seen), errors


def _with_gaps(frame: pd.DataFrame, plan: IndexPlan, stream: np.random.Generator) -> pd.DataFrame:
    """A few cells of filled-in indicators missing, and one city of which most is."""
    made = frame.astype(object)
    for node in plan.tree.leaves:
        if node.impute not in (None, "none"):
            made.loc[stream.random(len(made)) < 0.04, _head(node)] = "—"
    for node in plan.tree.leaves[: len(plan.tree.leaves) // 2]:
        made.loc[len(made) - 1, _head(node)] = "…"
    return made


def _columns(plan: IndexPlan, values: Array) -> dict[str, Array]:
    return {_head(node): values[:, k] for k, node in enumerate(plan.tree.leaves)}


def _called(node: Node) -> str:
    return node.label.zh if node.label else node.code


def _head(node: Node) -> str:
    """The head of its column: its name, with the unit in brackets."""
    return f"{_called(node)}（{node.unit.zh}）" if node.unit else _called(node)


def _truth(plan: IndexPlan, names: list[str], year: int, values: Array) -> pd.DataFrame:
    """The index by fixed benchmarks and arithmetic means, written out here and not taken from the engine."""
    worst, best, _ = _ends(plan)
    low, high = plan.tree.method.to if plan.tree.method and plan.tree.method.to else (0.0, 100.0)
    scores = dict(
        zip(
            (node.code for node in plan.tree.leaves),
            (low + (high - low) * np.clip((values - worst) / (best - worst), 0, 1)).T,
            strict=True,
        )
    )

    def score(code: str) -> Array:
        children = plan.tree.children.get(code, ())
        if not children:
            return np.asarray(scores[code])
        weights = [
            1.0 if plan.tree.node(one).weight is None else float(plan.tree.node(one).weight or 0)
            for one in children
        ]
        total = sum(weight * score(one) for weight, one in zip(weights, children, strict=True))
        return np.asarray(total / sum(weights))

    return pd.DataFrame({"unit": names, "year": year, "index": score(plan.tree.root.code)})
