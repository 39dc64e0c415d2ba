"""Results of laboratories on synthetic products: one fails a safety gate, one lies at its limit, one has a single
specimen, and a laboratory of the comparison is off."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ncsi.simulate.names import brand_names
from ncsi.spec.measures.plan import MeasurePlan
from ncsi.spec.measures.product_test import Characteristic, ProductTestDefinition

PRODUCTS, SPECIMENS, REPEATS, LABORATORIES = 14, 3, 2, 6
_PLACE, _QUALITY, _OWN = 0.55, 0.13, 0.10
_BETWEEN, _WITHIN, _OFF = 0.02, 0.006, 4.0
_UNSAFE, _AT_LIMIT, _SINGLE, _APART = 2, 5, 8, 10
"""Products, by position, of which something is conspicuous; of the last, repeats differ by more than r."""
_RANGE = 2.5
"""Repeats that lie further apart than this many s_r were measured again, as laboratories do."""


@dataclass(frozen=True, slots=True)
class _Scale:
    """A characteristic: spread of goods on it, s_r, systematic u, and what a file states of it."""

    spread: float
    s_r: float
    systematic: float
    stated: float | None


def example_product_test(plan: MeasurePlan[ProductTestDefinition], seed: int = 1) -> pd.DataFrame:
    """A row a result: heads and words as a laboratory writes them; marked as synthetic."""
    stream = np.random.Generator(np.random.Philox(key=[seed, 14]))
    definition = plan.definition
    names = brand_names("product_test", PRODUCTS, stream)
    quality = stream.normal(0, 1, PRODUCTS)
    rows: list[dict[str, object]] = []
    for one in definition.characteristics:
        scale = _scale(one)
        off = scale.systematic * stream.standard_normal()
        for k, name in enumerate(names):
            true = _true(one, float(quality[k]), k, stream)
            rows += _product(definition, one, scale, k, name, true + off, stream)
        if definition.comparison:
            rows += _comparison(definition, one, scale, _true(one, 0.0, -1, stream), stream)
    perceived = np.round(np.clip(74 + 5 * quality + stream.normal(0, 2.5, PRODUCTS), 0, 100), 1)
    seen = {
        f"{zh} K{k + 1:02d}": value for k, ((zh, _), value) in enumerate(zip(names, perceived, strict=True))
    }
    frame = pd.DataFrame(rows)
    of = frame["产品"].map(seen)
    return frame.assign(感知质量=of, 感知质量标准误=of.notna().map({True: 1.4, False: np.nan}), 模拟数据="是")


def _scale(one: Characteristic) -> _Scale:
    ends = (one.benchmarks.worst, one.benchmarks.best) if one.benchmarks else (one.lower, one.upper)
    low, high = (0.0 if end is None else end for end in ends)
    span = abs(high - low)
    s_r = one.repeatability or _WITHIN * span
    parts = [(part.u if not part.relative else part.u * span / 200) * part.sensitivity for part in one.budget]
    systematic = float(np.sqrt(np.sum(np.square(parts)))) if parts else 2 * s_r
    stated = None if one.budget or one.u else float(np.hypot(s_r, systematic))
    return _Scale(_BETWEEN * span, s_r, systematic, stated)


def _true(one: Characteristic, quality: float, position: int, stream: np.random.Generator) -> float:
    """The product's own value; where it is unsafe, or at the limit, that of the first upper limit."""
    own = _PLACE + _QUALITY * quality + _OWN * stream.standard_normal()
    if one.safety and one.upper is not None and position == _UNSAFE and one.benchmarks is not None:
        return 1.12 * one.upper
    if one.safety and one.upper is not None and position == _AT_LIMIT and one.benchmarks is None:
        return 0.975 * one.upper
    if one.benchmarks is not None:
        place = float(np.clip(own, 0.12, 0.95))
        return one.benchmarks.worst + place * (one.benchmarks.best - one.benchmarks.worst)
    if one.lower is not None and one.upper is not None:
        return 0.5 * (one.lower + one.upper) + 0.4 * (own - _PLACE) * (one.upper - one.lower)
    edge = one.upper if one.upper is not None else one.lower or 0.0
    return edge * float(np.clip(1 - own, 0.2, 0.8) if one.upper is not None else 1 + np.clip(own, 0.1, 0.6))


def _product(
    definition: ProductTestDefinition, one: Characteristic, scale: _Scale, k: int, name: tuple[str, str], true: float,
    stream: np.random.Generator,
) -> list[dict[str, object]]:  # fmt: skip
    rows = []
    for specimen in range(1 if k == _SINGLE else SPECIMENS):
        own = true + scale.spread * stream.standard_normal()
        values = own + scale.s_r * _settled(REPEATS, stream)
        if k == _APART and specimen == 0 and one == definition.characteristics[-1]:
            values[1] = values[0] + 4.5 * scale.s_r
        for repeat, value in enumerate(values, 1):
            rows.append({
                "产品": f"{name[0]} K{k + 1:02d}", "产品英文名": f"{name[1]} K{k + 1:02d}", "品牌": name[0],
                "样品编号": f"S{k + 1:02d}-{specimen + 1}", "实验室": "甲实验室", "重复": repeat,
                **_told(one, scale, value),
            })  # fmt: skip
    return rows


def _settled(count: int, stream: np.random.Generator) -> np.ndarray:
    """Errors of repeats in s_r, drawn again while they lie too far apart."""
    while True:
        drawn = stream.standard_normal(count)
        if np.ptp(drawn) < _RANGE:
            return np.asarray(drawn)


def _told(one: Characteristic, scale: _Scale, value: float) -> dict[str, object]:
    digits = one.digits + 1
    stated = "" if scale.stated is None else round(scale.stated, digits + 1)
    return {
        "检测项目": one.label.zh,
        "检测值": round(float(value), digits),
        "单位": one.unit.zh,
        "标准不确定度": stated,
    }


def _comparison(
    definition: ProductTestDefinition,
    one: Characteristic,
    scale: _Scale,
    true: float,
    stream: np.random.Generator,
) -> list[dict[str, object]]:
    rows = []
    off = 1.2 * scale.systematic * stream.standard_normal(LABORATORIES)
    if one == definition.scored[0]:
        off[3] = _OFF * 1.2 * scale.systematic
    for k, laboratory in enumerate("甲乙丙丁戊己"[:LABORATORIES]):
        values = true + off[k] + scale.s_r * stream.standard_normal(3)
        stated = float(np.hypot(scale.s_r, scale.systematic))
        for repeat, value in enumerate(values, 1):
            rows.append({
                "产品": definition.comparison[0], "产品英文名": "", "品牌": "", "样品编号": "C-1",
                "实验室": f"{laboratory}实验室", "重复": repeat, **_told(one, scale, value),
                "标准不确定度": round(stated, one.digits + 2),
            })  # fmt: skip
    return rows
