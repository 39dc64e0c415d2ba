"""A whole workspace for the demo: specs, exports of two waves, the key, and the truth beside them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from ncsi.simulate.exports import WRITERS, as_wjx, wjx_map
from ncsi.simulate.fieldwork import REGIONS, survey
from ncsi.simulate.names import brand_names
from ncsi.simulate.population import Population, base_population, moved
from ncsi.spec import FieldDates, Instrument, load_instrument, load_sectors

DEMO_SECTORS = (
    "dairy", "edible_oil", "bottled_water", "sportswear", "jewellery", "laundry_care", "skin_care",
    "furniture", "flooring", "air_conditioners", "refrigerators", "smartphones", "residential_building",
    "banks", "insurance", "express_delivery", "telecom", "e_commerce", "catering", "property_management",
    "elderly_care", "steel", "cement", "schools", "hospitals", "government_service", "railway_passenger",
)  # fmt: skip
SMALL = {"bottled_water": (70, 150), "flooring": (150,), "cement": (65, 80, 140), "elderly_care": (90,)}
"""Sectors with brands too small to publish, or to publish without a mark: sizes of their last brands."""
RELEASE_AFTER = timedelta(days=40)
KINDS = (
    "csv_utf8", "csv_utf8_bom", "csv_gb18030", "parquet", "csv_utf8", "xlsx", "csv_gb18030", "wjx", "csv_utf8_bom",
)  # fmt: skip
"""Kinds of export, in turn over the sectors: text as often as it is in life."""
DEMO_KEY = "synthetic-demo-key-not-for-real-respondents"


@dataclass(frozen=True, slots=True, eq=False)
class DemoPlan:
    """What was written: the waves in order, and the faults sown (wave, sector, file, rule, count)."""

    root: Path
    waves: tuple[str, ...]
    sown: pd.DataFrame


@dataclass(frozen=True, slots=True)
class _SectorPlan:
    id: str
    instrument: Instrument
    kind: str
    brands: list[str]
    names: list[tuple[str, str]]
    shares: list[float]
    quota: int
    sizes: list[int]
    base: Population
    shift: float

    @property
    def file(self) -> str:
        """Name of the export."""
        return self.id + WRITERS[self.kind][0]


def write_workspace(
    root: Path,
    seed: int = 20260415,
    brands: int = 10,
    respondents: int = 250,
    sectors: tuple[str, ...] | None = DEMO_SECTORS,
    waves: tuple[str, ...] = ("2025Q1", "2026Q1"),
) -> DemoPlan:
    """Write the demo workspace into `root`; the same arguments write the same bytes.

    `sectors` are ids of the shipped list, None all of them; `brands` a sector, about `respondents` each.
    `truth/<wave>.csv` holds the population's true indices with equal item weights. A key that is there stays.
    Raises KeyError for a sector that is not in the shipped list, ValueError for more brands than names.
    """
    shipped = load_sectors()
    chosen = shipped.sectors if sectors is None else tuple(shipped.sector(one) for one in sectors)
    instruments = {name: load_instrument(name) for name in sorted({one.instrument for one in chosen})}
    plans = [
        _plan(one.id, instruments[one.instrument], k, seed, brands, respondents)
        for k, one in enumerate(chosen)
    ]
    for folder in ("waves", "maps", "truth"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    _dump(root / "ncsi.yaml", {"spec": "ncsi/workspace/1"})
    _write_key(root / ".ncsi-key")
    for plan in plans:
        if plan.kind == "wjx":
            _dump(root / "maps" / f"{plan.id}.yaml", wjx_map(plan.instrument, plan.brands, REGIONS, plan.id))
    sown = [_write_wave(root, wave, k, waves, plans, seed) for k, wave in enumerate(waves)]
    return DemoPlan(root, waves, pd.concat(sown, ignore_index=True))


def _plan(
    sector_id: str, instrument: Instrument, position: int, seed: int, brands: int, respondents: int
) -> _SectorPlan:
    rng = _rng(seed, sector_id)
    coverage = rng.uniform(0.7, 0.9)
    shares = np.sort(rng.dirichlet(np.full(brands, 6.0)))[::-1] * coverage
    sizes = [int(n) for n in rng.integers(respondents - 5, respondents + 36, brands)]
    small = SMALL.get(sector_id, ())[: max(brands - 2, 0)]
    sizes[brands - len(small) :] = (min(size, respondents) for size in small)
    shift = float(rng.choice([0.0, 0.02, 0.04, -0.03, 0.18, -0.15], p=[0.3, 0.2, 0.15, 0.15, 0.12, 0.08]))
    return _SectorPlan(
        sector_id, instrument, KINDS[position % len(KINDS)],
        [f"B{k:02d}" for k in range(1, brands + 1)], brand_names(sector_id, brands, rng),
        [round(float(share), 4) for share in shares], respondents, sizes,
        base_population(instrument, brands, rng), shift,
    )  # fmt: skip


def _write_wave(
    root: Path, wave: str, position: int, waves: tuple[str, ...], plans: list[_SectorPlan], seed: int
) -> pd.DataFrame:
    field = _field_dates(wave)
    folder = root / "exports" / wave
    folder.mkdir(parents=True, exist_ok=True)
    previous = waves[position - 1] if position else None
    _dump(root / "waves" / f"{wave}.yaml", _wave_spec(wave, previous, field, plans))
    truth, sown = [], []
    for plan in plans:
        rng = _rng(seed, plan.id, wave)
        population = moved(plan.base, plan.shift * position, rng)
        done = survey(population, plan.brands, plan.sizes, field, rng)
        rows = done.rows
        if plan.kind == "wjx":
            rows = as_wjx(rows, plan.instrument, plan.brands, REGIONS)
        WRITERS[plan.kind][1](rows, folder / plan.file)
        known = population.true_index()
        truth.append(known.assign(sector=plan.id, brand=known["brand"].map(dict(enumerate(plan.brands)))))
        sown += [
            {"wave": wave, "sector": plan.id, "file": plan.file, "rule": rule, "count": count}
            for rule, count in done.sown.items()
        ]
    columns = ["sector", "brand", "construct", "index_0_100"]
    pd.concat(truth)[columns].to_csv(root / "truth" / f"{wave}.csv", index=False)
    return pd.DataFrame(sown)


def _wave_spec(
    wave: str, previous: str | None, field: FieldDates, plans: list[_SectorPlan]
) -> dict[str, Any]:
    spec: dict[str, Any] = {
        "spec": "ncsi/wave/1",
        "id": wave,
        "label": _wave_label(wave),
        "title": {"zh": "全国顾客满意度指数", "en": "National Customer Satisfaction Index"},
        "publisher": {"zh": "演示发布单位（虚构）", "en": "Demonstration publisher (fictional)"},
        "field": {"start": field.start, "end": field.end},
        "release_date": field.end + RELEASE_AFTER,
        "synthetic": True,
        "replicates": 1000,
        "seed": 1,
        "sectors": [
            {
                "id": plan.id,
                "quota": plan.quota,
                "brands": [
                    {"id": brand, "label": {"zh": zh, "en": en}, "share": share}
                    for brand, (zh, en), share in zip(plan.brands, plan.names, plan.shares, strict=True)
                ],
            }
            for plan in plans
        ],
        "sources": [
            {"files": f"exports/{wave}/{plan.file}", "sector": plan.id}
            | ({"map": plan.id} if plan.kind == "wjx" else {})
            for plan in plans
        ],
    }
    return spec if previous is None else spec | {"previous": previous}


def _wave_label(wave: str) -> dict[str, str]:
    year, quarter = wave[:4], wave[5:]
    if "Q" not in wave:
        return {"zh": f"{year} 年{f'第 {int(quarter)} 周' if quarter else ''}", "en": wave}
    return {"zh": f"{year} 年第{'一二三四'[int(quarter) - 1]}季度", "en": f"{year} Q{quarter}"}


def _field_dates(wave: str) -> FieldDates:
    """Two months at the beginning of the quarter, of the year for other waves."""
    year, month = int(wave[:4]), 3 * int(wave[5:]) - 2 if "Q" in wave else 1
    return FieldDates(start=date(year, month, 8), end=date(year, month + 2, 6))


def _write_key(path: Path) -> None:
    """The demo's key, readable by its owner only; a key that is there stays."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(DEMO_KEY + "\n", encoding="utf-8")


def _rng(*parts: object) -> np.random.Generator:
    digest = hashlib.sha256("/".join(map(str, parts)).encode()).digest()
    return np.random.Generator(np.random.Philox(key=int.from_bytes(digest[:8], "big")))


def _dump(path: Path, content: dict[str, Any]) -> None:
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")
