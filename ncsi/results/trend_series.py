"""The series that a wave publishes: nation, groups and sectors up to it, from what every wave stood on."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from ncsi.model.inference.trend import trend
from ncsi.spec import wave_order
from ncsi.spec.plan import WavePlan
from ncsi.tables import (
    OUT_BASIS_BY_SECTOR,
    OUT_INDEX_BY_GROUP,
    OUT_INDEX_NATIONAL,
    OUT_PANEL,
    OUT_QUESTIONNAIRE_CHANGES,
)

Frames = dict[str, pd.DataFrame]
SERIES = (
    OUT_BASIS_BY_SECTOR.name,
    OUT_INDEX_NATIONAL.name,
    OUT_INDEX_BY_GROUP.name,
    OUT_PANEL.name,
    OUT_QUESTIONNAIRE_CHANGES.name,
)
"""Tables whose rows of all waves a trend is made of."""
_FIGURES = ["level", "unit", "wave", "index_0_100", "se", "low", "high"]


def trend_table(plan: WavePlan, stored: Mapping[str, pd.DataFrame], results: Frames) -> pd.DataFrame:
    """`out_trend` of a wave; `results` holds its basis and its group and national indices, `stored` the same tables
    of all waves."""
    now = wave_order(plan.wave.id)

    def all_waves(name: str) -> pd.DataFrame:
        known = stored[name]
        before = known[[wave_order(wave) < now for wave in known["wave"]]]
        own = results[name].assign(wave=plan.wave.id)
        return own if before.empty else pd.concat([before, own], ignore_index=True)

    basis = all_waves(OUT_BASIS_BY_SECTOR.name)
    stands = basis[basis["basis"] != "not_available"]
    published = pd.concat(
        [
            _of_target(all_waves(OUT_INDEX_NATIONAL.name), plan).assign(level="nation", unit="nation")[
                _FIGURES
            ],
            _of_target(all_waves(OUT_INDEX_BY_GROUP.name), plan).assign(
                level="group", unit=lambda r: r["group"]
            )[_FIGURES],
            stands.assign(level="sector", unit=stands["sector"])[_FIGURES],
        ],
        ignore_index=True,
    )
    rows = _units(stands)
    years = {wave: wave_order(wave) for wave in stands["wave"].unique()}
    keys = ["level", "unit", "at"]
    panel = _of_target(stored[OUT_PANEL.name], plan)
    links = stored[OUT_QUESTIONNAIRE_CHANGES.name]
    kinds = {wave: wave[4:5] for wave in years}
    made = trend(rows, years, plan.wave.level, panel[panel["brand"] == ""], links, kinds).merge(
        published.rename(columns={"wave": "at"}), on=keys, how="left"
    )
    return made.merge(_bases(rows), on=keys)


def _of_target(frame: pd.DataFrame, plan: WavePlan) -> pd.DataFrame:
    return frame[frame["construct"] == plan.target]


def _units(stands: pd.DataFrame) -> pd.DataFrame:
    """One row a sector, wave and unit that holds it."""
    rows = stands.assign(instrument=stands["instrument"] + " " + stands["instrument_version"])
    nation, groups = (
        rows.assign(level="nation", unit="nation"),
        rows.assign(level="group", unit=rows["group"]),
    )
    return pd.concat([nation, groups, rows.assign(level="sector", unit=rows["sector"])], ignore_index=True)


def _bases(rows: pd.DataFrame) -> pd.DataFrame:
    """Whether a point is measured, carried forward, or partly so."""
    carried = (rows["basis"] == "carried_forward").groupby(
        [rows["level"], rows["unit"], rows["wave"].rename("at")]
    )
    words = carried.mean().map(lambda part: {0: "measured", 1: "carried_forward"}.get(part, "partly_carried"))
    return words.rename("basis").reset_index()
