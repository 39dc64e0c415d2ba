"""A whole workspace for the demo: specs, exports of two waves, the key, and the truth beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from ncsi.signing import WORTHLESS_KEY
from ncsi.simulate.background import write_margins
from ncsi.simulate.exports import WRITERS, as_wjx, wjx_map
from ncsi.simulate.fieldwork import REGIONS, survey
from ncsi.simulate.plans import SectorPlan, generator, plan_sector
from ncsi.simulate.population import moved
from ncsi.simulate.specs import field_dates, wave_spec
from ncsi.spec import load_instrument, load_sectors
from ncsi.spec.yaml_documents import as_yaml

DEMO_SECTORS = (
    "dairy", "edible_oil", "bottled_water", "sportswear", "jewellery", "laundry_care", "skin_care",
    "furniture", "flooring", "air_conditioners", "refrigerators", "smartphones", "residential_building",
    "banks", "insurance", "express_delivery", "telecom", "e_commerce", "catering", "property_management",
    "elderly_care", "steel", "cement", "schools", "hospitals", "government_service", "railway_passenger",
)  # fmt: skip
DEMO_KEY = "synthetic-demo-key-not-for-real-respondents"


@dataclass(frozen=True, slots=True, eq=False)
class DemoPlan:
    """What was written: the waves in order, and the faults sown (wave, sector, file, rule, count)."""

    root: Path
    waves: tuple[str, ...]
    sown: pd.DataFrame


def write_workspace(
    root: Path,
    seed: int = 20260415,
    brands: int = 10,
    respondents: int = 250,
    sectors: tuple[str, ...] | None = DEMO_SECTORS,
    waves: tuple[str, ...] = ("2025Q1", "2026Q1"),
    apply: Callable[..., Iterable[Any]] = map,
) -> DemoPlan:
    """Write the demo workspace into `root`; the same arguments write the same bytes.

    `sectors` are ids of the shipped list, None all of them; `brands` a sector, about `respondents` each.
    `truth/<wave>.csv` holds the population's true indices with equal item weights. A key that is there stays.
    `apply` maps the writing over sectors: the built-in `map`, or that of a pool of processes.
    Raises KeyError for a sector that is not in the shipped list, ValueError for more brands than names.
    """
    shipped = load_sectors()
    chosen = shipped.sectors if sectors is None else tuple(shipped.sector(one) for one in sectors)
    instruments = {name: load_instrument(name) for name in sorted({one.instrument for one in chosen})}
    plans = [
        plan_sector(one.id, instruments[one.instrument], k, seed, brands, respondents)
        for k, one in enumerate(chosen)
    ]
    for folder in ("waves", "maps", "truth"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    dump(root / "ncsi.yaml", {"spec": "ncsi/workspace/1"})
    write_key(root / ".ncsi-key", DEMO_KEY + "\n")
    write_key(root / ".ncsi-signing-key", WORTHLESS_KEY)
    write_margins(root / "margins", field_dates(waves[0]).start.year - 1)
    for plan in plans:
        if plan.kind == "wjx":
            dump(root / "maps" / f"{plan.id}.yaml", wjx_map(plan.instrument, plan.brands, REGIONS, plan.id))
    for position, wave in enumerate(waves):
        previous = waves[position - 1] if position else None
        dump(root / "waves" / f"{wave}.yaml", wave_spec(wave, previous, field_dates(wave), plans))
        (root / "exports" / wave).mkdir(parents=True, exist_ok=True)
    asked = [(root / "exports" / wave, wave, k, plan) for k, wave in enumerate(waves) for plan in plans]
    exported = list(apply(partial(_write_export, seed), asked))
    for position, wave in enumerate(waves):
        own = exported[position * len(plans) : (position + 1) * len(plans)]
        _write_truth(root / "truth" / f"{wave}.csv", own)
    return DemoPlan(root, waves, pd.DataFrame([fault for one in exported for fault in one.sown]))


@dataclass(frozen=True, slots=True, eq=False)
class _Exported:
    """What an export holds that its rows do not say: the true indices, the faults sown."""

    truth: pd.DataFrame
    sown: list[dict[str, Any]]


def _write_export(seed: int, asked: tuple[Path, str, int, SectorPlan]) -> _Exported:
    """An export into its folder: wave, its position among the waves, sector."""
    folder, wave, position, plan = asked
    rng = generator(seed, plan.id, wave)
    population = moved(plan.base, plan.shift * position, rng)
    done = survey(population, plan.brands, plan.sizes, field_dates(wave), rng)
    rows = done.rows
    if plan.kind == "wjx":
        rows = as_wjx(rows, plan.instrument, plan.brands, REGIONS)
    WRITERS[plan.kind][1](rows, folder / plan.file)
    known = population.true_index()
    named = known.assign(sector=plan.id, brand=known["brand"].map(dict(enumerate(plan.brands))))
    sown = [
        {"wave": wave, "sector": plan.id, "file": plan.file, "rule": rule, "count": count}
        for rule, count in done.sown.items()
    ]
    return _Exported(named, sown)


def _write_truth(path: Path, exported: list[_Exported]) -> None:
    columns = ["sector", "brand", "construct", "index_0_100"]
    pd.concat([one.truth for one in exported])[columns].to_csv(path, index=False)


def write_key(path: Path, key: str) -> None:
    """A key of the demo, readable by its owner only; a key that is there stays."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(key, encoding="utf-8")


def dump(path: Path, content: dict[str, Any]) -> None:
    """Write a spec as YAML."""
    path.write_text(as_yaml(content), encoding="utf-8")
