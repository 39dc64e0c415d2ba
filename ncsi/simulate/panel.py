"""A rotating panel with a known truth: groups that enter and leave, members who think much the same from wave to wave,
and of whom the satisfied stay.

In the first wave as many groups enter as are asked at once; from then on one leaves and one enters in each wave. A
member's distance from the mean of their brand lasts by `LASTING` from one wave to the next; whether they answer again
hangs on how satisfied they are. So means of those who answer are too high, and by how much is known (`truth/`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ncsi.arrays import Array, Positions
from ncsi.signing import WORTHLESS_KEY
from ncsi.simulate.background import BACKGROUND, background_of
from ncsi.simulate.names import brand_names
from ncsi.simulate.plans import generator
from ncsi.simulate.population import Population, base_population, moved
from ncsi.simulate.specs import RELEASE_AFTER, field_dates, wave_label
from ncsi.simulate.workspace import DEMO_KEY, dump, write_key
from ncsi.spec import Instrument, load_instrument, load_sectors

SECTOR, PANEL, GROUP = "banks", "households", "rotation_group"
LASTING = 0.8
"""Correlation of what a member thinks in two waves, within their brand."""
STAYS = (0.9, 0.8)
"""Log-odds to answer again of a member at the mean, and what a standard deviation of satisfaction adds to them."""
DRIFT = 0.03
_SECONDS_A_DAY = 86_400


@dataclass(frozen=True, slots=True)
class PanelPlan:
    """What was written: the waves in order, and of each group the places of the first wave that asks it and of the
    first that does not."""

    root: Path
    waves: tuple[str, ...]
    groups: dict[str, tuple[int, int]]


@dataclass(frozen=True, slots=True, eq=False)
class Members:
    """Everybody who is ever asked: brand (position), group, background; in the order that their numbers are given."""

    brand: Positions
    group: Positions
    background: pd.DataFrame


def write_panel_workspace(
    root: Path, seed: int = 1, brands: int = 3, members: int = 600, waves: int = 4, asked: int = 3
) -> PanelPlan:
    """Write a workspace of one sector whose `waves` (2 and more) ask about `members` of a rotating panel: `asked`
    groups at a time, each for `asked` waves; the same arguments write the same bytes. `truth/<wave>.csv` holds the
    population's true indices with equal item weights."""
    instrument = load_instrument(load_sectors().sector(SECTOR).instrument)
    ids = [f"B{k:02d}" for k in range(1, brands + 1)]
    named = tuple(f"{2025 + k // 4}Q{k % 4 + 1}" for k in range(waves))
    groups = {
        f"g{k + 1:02d}": (max(0, k - asked + 1), k + 1) for k in range(waves + asked - 1)
    }  # the first ones leave early
    for folder in ("waves", "truth", *(f"exports/{one}" for one in named)):
        (root / folder).mkdir(parents=True, exist_ok=True)
    dump(root / "ncsi.yaml", {"spec": "ncsi/workspace/1"})
    write_key(root / ".ncsi-key", DEMO_KEY + "\n")
    write_key(root / ".ncsi-signing-key", WORTHLESS_KEY)
    labels = brand_names(SECTOR, brands, generator(seed, "names"))
    plan = PanelPlan(root, named, groups)
    for wave, rows, truth in _answers(plan, instrument, ids, members // asked, seed):
        rows.to_csv(root / "exports" / wave / f"{SECTOR}.csv", index=False, lineterminator="\n")
        truth.to_csv(root / "truth" / f"{wave}.csv", index=False, lineterminator="\n")
        dump(root / "waves" / f"{wave}.yaml", _wave(plan, wave, ids, labels, 1 / asked))
    return plan


def _answers(
    plan: PanelPlan, instrument: Instrument, brands: list[str], size: int, seed: int
) -> Iterator[tuple[str, pd.DataFrame, pd.DataFrame]]:
    """Each wave with the rows of its export and the true indices."""
    rng = generator(seed, "panel")
    population = base_population(instrument, len(brands), rng)
    group = np.repeat(np.arange(len(plan.groups)), size)
    brand = rng.integers(0, len(brands), len(group))
    everybody = Members(brand, group, background_of(len(group), rng))
    enters, leaves = (np.array([one[k] for one in plan.groups.values()])[group] for k in (0, 1))
    away = population.latent(brand, rng) - population.means[brand]
    satisfied = [one.id for one in instrument.constructs].index(instrument.target)
    stays = np.ones(len(group), dtype=bool)
    for k, wave in enumerate(plan.waves):
        if k:
            population = moved(population, DRIFT, rng)
            fresh = population.latent(brand, rng) - population.means[brand]
            odds = STAYS[0] + STAYS[1] * away[:, satisfied]
            stays &= (rng.random(len(group)) < 1 / (1 + np.exp(-odds))) | (k <= enters)
            away = LASTING * away + np.sqrt(1 - LASTING**2) * fresh
        here = np.flatnonzero((enters <= k) & (k < leaves) & stays)
        truth = population.true_index()
        named = truth.assign(sector=SECTOR, brand=truth["brand"].map(dict(enumerate(brands))))
        yield (
            wave,
            _rows(plan, wave, everybody, here, population, away, brands, rng),
            named[["sector", "brand", "construct", "index_0_100"]],
        )


def _rows(
    plan: PanelPlan, wave: str, everybody: Members, here: Positions, population: Population, away: Array,
    brands: list[str], rng: np.random.Generator,
) -> pd.DataFrame:  # fmt: skip
    brand, field, n = everybody.brand[here], field_dates(wave), len(here)
    answers = population.answers_to(population.means[brand] + away[here], rng)
    day = rng.integers(0, (field.end - field.start).days + 1, n)
    at = pd.Timestamp(field.start) + pd.to_timedelta(
        day * _SECONDS_A_DAY + rng.integers(28_800, 79_200, n), unit="s"
    )
    told = pd.DataFrame({
        "respondent": [f"M{k:06d}" for k in here], "brand": np.array(brands, dtype=object)[brand],
        GROUP: np.array(list(plan.groups), dtype=object)[everybody.group[here]],
        "submitted_at": at.strftime("%Y-%m-%d %H:%M:%S"),
        "duration_s": rng.lognormal(5.7, 0.35, n).astype(int),
    })  # fmt: skip
    items = pd.DataFrame(answers, columns=list(population.instrument.item_ids))
    return pd.concat([told, everybody.background.iloc[here].reset_index(drop=True), items], axis=1)


def _wave(
    plan: PanelPlan, wave: str, brands: list[str], labels: list[tuple[str, str]], refreshment: float
) -> dict[str, Any]:
    at, field = plan.waves.index(wave), field_dates(wave)
    spec: dict[str, Any] = {
        "spec": "ncsi/wave/1",
        "id": wave,
        "label": wave_label(wave),
        "title": {"zh": "全国顾客满意度指数", "en": "National Customer Satisfaction Index"},
        "publisher": {"zh": "演示发布单位（虚构）", "en": "Demonstration publisher (fictional)"},
        "field": {"start": field.start, "end": field.end},
        "release_date": field.end + RELEASE_AFTER,
        "synthetic": True,
        "replicates": 200,
        "background": {GROUP: _groups(plan)} | {name: one.declared() for name, one in BACKGROUND.items()},
        "panel": PANEL,
        "rotation": {
            "by": GROUP,
            "groups": [_group(plan, name) for name in plan.groups],
            "refreshment": round(refreshment, 3),
        },
        "sectors": [
            {
                "id": SECTOR,
                "brands": [
                    {"id": brand, "label": {"zh": zh, "en": en}}
                    for brand, (zh, en) in zip(brands, labels, strict=True)
                ],
            }
        ],
        "sources": [{"files": f"exports/{wave}/{SECTOR}.csv", "sector": SECTOR}],
    }
    return spec if not at else spec | {"previous": plan.waves[at - 1], "attrition": {"by": ["city_tier"]}}


def _groups(plan: PanelPlan) -> dict[str, Any]:
    values = [
        {"id": name, "label": {"zh": f"第 {k} 组", "en": f"Group {k}"}}
        for k, name in enumerate(plan.groups, 1)
    ]
    return {"label": {"zh": "轮换组", "en": "Rotation group"}, "values": values}


def _group(plan: PanelPlan, name: str) -> dict[str, str]:
    """In which wave a group enters, and in which one it is not asked any more where that is a wave of the plan."""
    enters, leaves = plan.groups[name]
    told = {"id": name, "enters": plan.waves[enters]}
    return told | {"leaves": plan.waves[leaves]} if leaves < len(plan.waves) else told
