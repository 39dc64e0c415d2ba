"""A sector in the field: three agencies that deliver a file a day, with what goes wrong in life.

One agency is late by three days, one corrects a file and sends yesterday's under a new name, one interviews on the web:
faster, with more answers all alike, and slow to find people of 60 and over. A file of another survey lies among theirs.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import product
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np
import pandas as pd

from ncsi.signing import WORTHLESS_KEY
from ncsi.simulate.background import BACKGROUND, VARIABLES, WEIGHTING, write_margins
from ncsi.simulate.fieldwork import survey
from ncsi.simulate.names import brand_names
from ncsi.simulate.plans import generator
from ncsi.simulate.population import base_population
from ncsi.simulate.workspace import DEMO_KEY, dump, write_key
from ncsi.spec import FieldDates, Instrument, load_instrument, load_sectors

SECTOR, WAVE = "banks", "2026Q4"
FIELD = FieldDates(start=date(2026, 11, 3), end=date(2026, 11, 30))
CELLS = ("city_tier", "age_group")
What = Literal["answers", "late", "corrected", "renamed", "foreign"]
_WEEKEND = 0.65
_LATE = (9, 12)
"""Days of fieldwork whose files the first agency sends together on the day after."""
_CORRECTED, _RENAMED, _FOREIGN = 6, 14, 16
_HIGH = "yi-03"
"""The interviewer whose answers are three points too high."""


@dataclass(frozen=True, slots=True)
class _Agency:
    id: str
    zh: str
    en: str
    mode: tuple[str, str]
    share: float
    interviewers: int
    straight: float
    pace: float


_AGENCIES = (
    _Agency("jia", "甲调查公司", "Agency A", ("面访", "Face to face"), 0.45, 12, 0.01, 1.0),
    _Agency("yi", "乙调查公司", "Agency B", ("电话", "Telephone"), 0.40, 10, 0.015, 0.9),
    _Agency("bing", "丙调查公司", "Agency C", ("网络", "Web"), 0.15, 0, 0.09, 0.5),
)


@dataclass(frozen=True, slots=True)
class DailyFile:
    """A file that an agency sends: on which day, where it lies until then, what it is."""

    day: date
    agency: str
    path: Path
    what: What


@dataclass(frozen=True, slots=True)
class FieldPlan:
    """What was written: the wave, its sector, the files in the order that they are sent."""

    root: Path
    wave: str
    sector: str
    files: tuple[DailyFile, ...]


def write_field_workspace(
    root: Path, seed: int = 1, brands: int = 10, quota: int = 270, field: FieldDates = FIELD
) -> FieldPlan:
    """Write a workspace whose wave is in the field, its quotas by brand, city tier and age, and under `sent/` what its
    agencies deliver day by day; the same arguments write the same bytes."""
    wave = _id(field)
    instrument = load_instrument(load_sectors().sector(SECTOR).instrument)
    ids = [f"B{k:02d}" for k in range(1, brands + 1)]
    for folder in ("waves", "quotas", *(f"data/{wave}/{one.id}" for one in _AGENCIES)):
        (root / folder).mkdir(parents=True, exist_ok=True)
    dump(root / "ncsi.yaml", {"spec": "ncsi/workspace/1"})
    write_key(root / ".ncsi-key", DEMO_KEY + "\n")
    write_key(root / ".ncsi-signing-key", WORTHLESS_KEY)
    dump(root / "agencies.yaml", _agencies())
    write_margins(root / "margins", field.start.year - 1)
    dump(
        root / "waves" / f"{wave}.yaml",
        _wave(field, ids, brand_names(SECTOR, brands, generator(seed, "names"))),
    )
    quotas = _quotas(ids, quota)
    quotas.to_csv(root / "quotas" / f"{wave}.csv", index=False)
    answers = _answers(field, instrument, ids, quotas, generator(seed, "field"))
    return FieldPlan(root, wave, SECTOR, tuple(_send(field, root / "sent", answers, instrument)))


def _id(field: FieldDates) -> str:
    """The quarter in which fieldwork begins."""
    return f"{field.start.year}Q{(field.start.month + 2) // 3}"


def _quotas(brands: list[str], quota: int) -> pd.DataFrame:
    """A brand's quota in proportion to the population of each cell."""
    shares = [BACKGROUND[name].population for name in CELLS]
    rows = [
        {"sector": SECTOR, "brand": brand, **dict(zip(CELLS, cell, strict=True)),
         "target": max(1, round(quota * float(np.prod([own[one] for own, one in zip(shares, cell, strict=True)]))))}
        for brand in brands
        for cell in product(*shares)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def _answers(
    field: FieldDates,
    instrument: Instrument,
    brands: list[str],
    quotas: pd.DataFrame,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Everyone whom an agency found and whose cell was open, a row each: the export's columns, agency and day."""
    per_brand = int(1.3 * quotas["target"].sum() / len(brands))
    population = base_population(instrument, len(brands), rng)
    rows = survey(population, brands, [per_brand] * len(brands), field, rng).rows
    rows = rows.drop_duplicates("respondent").reset_index(drop=True)
    n = len(rows)
    agency = rng.choice(len(_AGENCIES), n, p=[one.share for one in _AGENCIES])
    days = [field.start + timedelta(days=k) for k in range((field.end - field.start).days + 1)]
    pull = np.array([_WEEKEND if day.weekday() >= 5 else 1.0 for day in days])
    day = np.sort(rng.choice(len(days), n, p=pull / pull.sum()))
    at = pd.Timestamp(field.start) + pd.to_timedelta(day, unit="D")
    at += pd.to_timedelta(rng.integers(9 * 3600, 21 * 3600, n), unit="s")
    found = (rows["age_group"] != "60_up") | (rng.random(n) < 0.55)
    rows = rows.assign(
        agency=[_AGENCIES[k].id for k in agency], day=[days[k] for k in day],
        submitted_at=at.strftime("%Y-%m-%d %H:%M:%S"), interviewer=_interviewers(agency, rng),
        duration_s=(rows["duration_s"].astype(int) * np.array([_AGENCIES[k].pace for k in agency])).astype(int),
    )  # fmt: skip
    rows = _with_straight_lines(rows, instrument, agency, rng)[found]
    targets = quotas.set_index(["brand", *CELLS])["target"]
    key = pd.MultiIndex.from_frame(rows[["brand", *CELLS]])
    wanted = targets.reindex(key).fillna(0).to_numpy()
    return rows[rows.groupby(["brand", *CELLS]).cumcount().to_numpy() < wanted].reset_index(drop=True)


def _interviewers(agency: np.ndarray[Any, Any], rng: np.random.Generator) -> list[str]:
    """A code for each answer; nobody asks on the web."""
    drawn = rng.random(len(agency))
    return [
        f"{_AGENCIES[k].id}-{1 + int(u * _AGENCIES[k].interviewers):02d}" if _AGENCIES[k].interviewers else ""
        for k, u in zip(agency, drawn, strict=True)
    ]


def _with_straight_lines(
    rows: pd.DataFrame, instrument: Instrument, agency: np.ndarray[Any, Any], rng: np.random.Generator
) -> pd.DataFrame:
    """Some answer every question of the scale alike; one interviewer reads the scale three points too high."""
    scale = [item for item in instrument.items if item.scale.max - item.scale.min > 1]
    straight = rng.random(len(rows)) < np.array([_AGENCIES[k].straight for k in agency])
    high = (rows["interviewer"] == _HIGH).to_numpy(dtype=bool)
    made = {}
    for item in scale:
        raised = {str(k): str(min(k + 3, item.scale.max)) for k in range(item.scale.min, item.scale.max + 1)}
        answers = rows[item.id].where(~high, rows[item.id].replace(raised))
        made[item.id] = answers.where(~straight, str(item.scale.max - 2))
    return rows.assign(**made)


def _send(field: FieldDates, folder: Path, answers: pd.DataFrame, instrument: Instrument) -> list[DailyFile]:
    """Write each agency's file of each day; what the first agency is late with goes out on one day."""
    sent: list[DailyFile] = []
    late = [field.start + timedelta(days=k) for k in range(*_LATE)]
    for key, rows in answers.groupby(["agency", "day"]):
        agency, day = cast("tuple[str, date]", key)
        held = agency == _AGENCIES[0].id and day in late
        out = late[-1] + timedelta(days=1) if held else day
        sent.append(
            _write(folder, out, agency, f"{agency}_{day:%m%d}.csv", rows, "late" if held else "answers")
        )
    sent += _spoilt(field, folder, answers, instrument)
    order: dict[What, int] = {"answers": 0, "late": 1, "corrected": 2, "renamed": 3, "foreign": 4}
    return sorted(sent, key=lambda one: (one.day, one.agency, order[one.what], one.path.name))


def _spoilt(
    field: FieldDates, folder: Path, answers: pd.DataFrame, instrument: Instrument
) -> list[DailyFile]:
    """A corrected file, yesterday's under a new name, one of another survey."""
    second, third = _AGENCIES[1].id, _AGENCIES[2].id
    corrected, renamed, foreign = (field.start + timedelta(days=k) for k in (_CORRECTED, _RENAMED, _FOREIGN))

    def of(agency: str, day: date) -> pd.DataFrame:
        return answers[(answers["agency"] == agency) & (answers["day"] == day)]

    wrong = of(second, corrected)
    again = wrong.assign(region=np.roll(wrong["region"].to_numpy(), 1))
    before = of(second, renamed - timedelta(days=1))
    other = of(third, foreign).rename(columns={one: f"X{k}" for k, one in enumerate(instrument.item_ids)})
    next_day = corrected + timedelta(days=1)
    return [
        _write(folder / "again", next_day, second, f"{second}_{corrected:%m%d}.csv", again, "corrected"),
        _write(folder, renamed, second, f"{second}_{renamed:%m%d}_b.csv", before, "renamed"),
        _write(folder, foreign, third, f"{third}_panel_study.csv", other, "foreign"),
    ]


def _write(folder: Path, day: date, agency: str, name: str, rows: pd.DataFrame, what: What) -> DailyFile:
    path = folder / agency / name
    path.parent.mkdir(parents=True, exist_ok=True)
    rows.drop(columns=["agency", "day"]).to_csv(path, index=False, lineterminator="\n")
    return DailyFile(day, agency, path, what)


def _agencies() -> dict[str, Any]:
    named = [
        {
            "id": one.id,
            "label": {"zh": one.zh, "en": one.en},
            "mode": dict(zip(("zh", "en"), one.mode, strict=True)),
        }
        for one in _AGENCIES
    ]
    return {"spec": "ncsi/agencies/1", "agencies": named}


def _wave(field: FieldDates, brands: list[str], names: list[tuple[str, str]]) -> dict[str, Any]:
    wave = _id(field)
    return {
        "spec": "ncsi/wave/1",
        "id": wave,
        "label": {
            "zh": f"{field.start.year}年第{'一二三四'[int(wave[-1]) - 1]}季度",
            "en": wave.replace("Q", " Q"),
        },
        "title": {"zh": "全国顾客满意度指数", "en": "National Customer Satisfaction Index"},
        "publisher": {"zh": "演示发布单位（虚构）", "en": "Demonstration publisher (fictional)"},
        "field": {"start": field.start, "end": field.end},
        "release_date": field.end + timedelta(days=25),
        "synthetic": True,
        "replicates": 200,
        "background": {name: one.declared() for name, one in VARIABLES.items()},
        "weighting": {**WEIGHTING, "margins": WEIGHTING["margins"]},
        "sectors": [
            {
                "id": SECTOR,
                "brands": [
                    {"id": brand, "label": {"zh": zh, "en": en}}
                    for brand, (zh, en) in zip(brands, names, strict=True)
                ],
            }
        ],
        "quotas": f"quotas/{wave}.csv",
        "deliveries": [{"agency": one.id, "every": "day"} for one in _AGENCIES],
        "sources": [
            {"files": f"data/{wave}/{one.id}/*.csv", "sector": SECTOR, "agency": one.id} for one in _AGENCIES
        ],
    }
