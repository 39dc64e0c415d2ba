"""The result tables of the nation, of changes and of the trend, from those of the sectors."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ncsi.report import ReleaseSpec
from release_tables.figures import (
    PREVIOUS,
    WAVE,
    Tables,
    random_of,
    ranked,
    with_interval,
)


def national_tables(spec: ReleaseSpec, tables: Tables) -> Tables:
    """Every table of the nation, from those of the sectors."""
    index = tables["out_index_by_sector"]
    index = index.assign(group=[spec.sectors.sector(one).group for one in index["sector"]])
    target = index[index["construct"] == spec.target]
    groups = index.groupby(["group", "construct"], sort=True).agg(
        sectors=("sector", "size"), n=("n", "sum"), index_0_100=("index_0_100", "mean")
    )
    national = index.groupby("construct", sort=False).agg(
        sectors=("sector", "size"), n=("n", "sum"), index_0_100=("index_0_100", "mean")
    )
    whole = {"coverage": 0.41, "sectors_carried": 0, "coverage_carried": 0.0}
    nation, of_groups = (
        with_interval(one.reset_index(), "index_0_100", se).assign(
            index_equal_0_100=lambda rows: rows["index_0_100"] + 0.2, **whole
        )
        for one, se in ((national, 0.2), (groups, 0.3))
    )
    return {
        "out_index_by_group": of_groups,
        "out_index_national": nation,
        "out_basis_by_sector": _basis(spec, target),
        "out_trend": _trend(spec, target),
        "out_contributions_by_sector": _contributions(spec, target),
        "out_index_by_area": _areas(nation),
        "out_rank_by_sector": ranked(target, "sector"),
        "out_changes": _changes(spec, tables, nation),
    }


def _basis(spec: ReleaseSpec, target: pd.DataFrame) -> pd.DataFrame:
    """Every sector of the list: measured by `target`, or not available."""
    measured = target.set_index("sector")
    rows = []
    for sector in spec.sectors.sectors:
        here = sector.id in measured.index
        figures = measured.loc[sector.id, ["index_0_100", "se", "low", "high"]].to_dict() if here else {}
        rows.append({
            "sector": sector.id, "group": sector.group, "share": sector.share.value, "share_source": "invented",
            "share_year": 2025, "basis": "measured" if here else "not_available", "weight": sector.share.value / 0.41,
            "from_wave": spec.wave.id if here else "", "instrument": "ccsi" if here else "",
            "instrument_version": "1.0.0" if here else "", **figures,
        })  # fmt: skip
    return pd.DataFrame(rows)


def _changes(spec: ReleaseSpec, tables: Tables, nation: pd.DataFrame) -> pd.DataFrame:
    sectors, brands = tables["out_index_by_sector"], tables["out_index_by_brand"]
    keep = ["unit", "sector", "construct", "index_0_100"]
    levels = {
        "nation": nation.assign(unit="nation", sector="")[keep],
        "sector": sectors.assign(unit=sectors["sector"]).assign(sector="")[keep],
        "brand": brands.assign(unit=brands["brand"])[keep] if len(brands) else pd.DataFrame(columns=keep),
    }
    frame = pd.concat([part.assign(level=level) for level, part in levels.items()], ignore_index=True)
    size = np.array([random_of(r.level, r.unit, r.construct).normal(0.3, 0.9) for r in frame.itertuples()])
    size = np.where(frame["level"] == "nation", 0.9, size)
    p = np.where(np.abs(size) > 1.2, 0.001, 0.4)
    p = np.where(frame["level"] == "nation", 0.002, p)
    moved = p < 0.05
    verdict = np.select([moved & (size > 0), moved & (size < 0)], ["rose", "fell"], "no_significant_change")
    made = frame.assign(
        previous=PREVIOUS, previous_0_100=frame["index_0_100"] - size, change=size, se=0.4, low=size - 0.8,
        high=size + 0.8, p=p, p_holm=p, verdict=verdict,
    )  # fmt: skip
    broken = frame["unit"].eq("banks") & frame["level"].eq("sector")
    return made.assign(verdict=made["verdict"].mask(broken, "trend_break"))


def _trend(spec: ReleaseSpec, target: pd.DataFrame) -> pd.DataFrame:
    """Two waves a year apart, for the nation and the sectors; banks break between them."""
    own = [("sector", one["sector"], one["index_0_100"]) for one in target.to_dict("records")]
    rows = []
    for level, unit, index in [("nation", "nation", 78.0), *own]:
        for at, value in ((PREVIOUS, index - 0.9), (WAVE, index)):
            now = at == WAVE
            broken = now and unit == "banks"
            rows.append({
                "level": level, "unit": unit, "at": at, "basis": "measured", "index_0_100": value, "se": 0.2,
                "linked_0_100": value, "segment": int(broken), "break": "instrument" if broken else "",
                "change_year": 0.9 if now and not broken else np.nan, "verdict_quarter": "",
                "verdict_year": "trend_break" if broken else "rose" if now else "",
            })  # fmt: skip
    return with_interval(pd.DataFrame(rows), "index_0_100", 0.2)


def _contributions(spec: ReleaseSpec, target: pd.DataFrame) -> pd.DataFrame:
    """Contributions that sum to the national change of .9."""
    part = 0.9 / len(target) + np.linspace(0.1, -0.1, len(target))
    return target[["sector", "construct", "index_0_100"]].assign(
        previous=PREVIOUS, basis="measured", weight=1 / len(target), previous_weight=1 / len(target),
        previous_0_100=target["index_0_100"] - part * len(target), from_index=part, from_share=0.0,
        contribution=part, se=0.03, low=part - 0.06, high=part + 0.06,
    )  # fmt: skip


def _areas(nation: pd.DataFrame) -> pd.DataFrame:
    cells = pd.DataFrame(
        [("region", "east", 1.0), ("region", "central", -1.0), ("city_tier", "tier1", 0.5)],
        columns=["dimension", "area", "away"],
    )
    frame = cells.merge(nation[["construct", "index_0_100"]], how="cross")
    frame["index_0_100"] += frame.pop("away")
    made = frame.assign(sectors=6, n=3000, index_equal_0_100=frame["index_0_100"], coverage=0.4)
    return with_interval(made, "index_0_100", 0.4)
