"""Sector results → groups, nation, areas, changes, common faults."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping

import numpy as np
import pandas as pd

from ncsi.model import aggregate, changes, rank_sets_from_se
from ncsi.model.inference.changes import judged_again
from ncsi.model.inference.common_faults import common_faults
from ncsi.model.inference.contributions import contributions, joint_aggregates, jointly
from ncsi.results.declared import by_sector, empty
from ncsi.spec.hashing import seed_of
from ncsi.spec.plan import WavePlan
from ncsi.tables import (
    OUT_CHANGES,
    OUT_CONTRIBUTIONS,
    OUT_INDEX_BY_AREA,
    OUT_INDEX_BY_BRAND,
    OUT_INDEX_BY_GROUP,
    OUT_INDEX_BY_SECTOR,
    OUT_INDEX_NATIONAL,
    OUT_RANK_BY_SECTOR,
)
from ncsi.tables.rules import WITHIN_LEVEL

Frames = dict[str, pd.DataFrame]
LEVELS = {
    "nation": OUT_INDEX_NATIONAL.name,
    "group": OUT_INDEX_BY_GROUP.name,
    "sector": OUT_INDEX_BY_SECTOR.name,
    "brand": OUT_INDEX_BY_BRAND.name,
}
"""The table of indices of each level."""


def compute_nation(plan: WavePlan, stands: pd.DataFrame) -> Frames:
    """Group and national indices of every construct, and the ranks by the target of the sectors measured.

    `stands` as of `standing_sectors.standing`.
    """
    wave = plan.wave
    target = stands[(stands["construct"] == plan.target) & (stands["basis"] == "measured")]
    ranks = rank_sets_from_se(
        target["sector"].to_list(),
        target["index_0_100"].to_numpy(dtype=float),
        target["se"].to_numpy(dtype=float),
        wave.level,
        seed_of(wave.seed, wave.id),
        target["df"].to_numpy(dtype=float),
    )
    of_groups = {
        group.id: sum(one.share.value for one in plan.sectors.sectors if one.group == group.id)
        for group in plan.sectors.groups
    }
    groups = _summed(plan, stands, ["group", "construct"])
    within = groups["group"].map(of_groups)
    return {
        OUT_INDEX_BY_GROUP.name: groups.assign(
            coverage=groups["coverage"] / within, coverage_carried=groups["coverage_carried"] / within
        ),
        OUT_INDEX_NATIONAL.name: _summed(plan, stands, ["construct"]),
        OUT_RANK_BY_SECTOR.name: ranks.rename(columns={"unit": "sector"}),
    }


def compute_areas(plan: WavePlan, cells: pd.DataFrame) -> pd.DataFrame:
    """National index within each region, city tier or other background, over the `cells` that have figures."""
    shown = cells.dropna(subset=["index_0_100", "se"]).rename(columns={"subgroup": "area"})
    if shown.empty:
        return empty(OUT_INDEX_BY_AREA.name, ("wave",))
    return aggregate(
        shown, _shares(plan)[0], ["dimension", "area", "construct"], plan.wave.level, _shares(plan)[1]
    )


def _summed(plan: WavePlan, stands: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """The index of the sectors that stand within `keys`, and how much of it is carried forward."""
    shares, share_se = _shares(plan)
    carried = stands[stands["basis"] == "carried_forward"].groupby(keys)["share"]
    counted = pd.DataFrame({"sectors_carried": carried.size(), "coverage_carried": carried.sum()})
    merged = aggregate(stands, shares, keys, plan.wave.level, share_se).merge(
        counted.reset_index(), on=keys, how="left"
    )
    return merged.fillna({"sectors_carried": 0, "coverage_carried": 0.0}).astype({"sectors_carried": "int64"})


def _shares(plan: WavePlan) -> tuple[dict[str, float], dict[str, float]]:
    """Shares by sector, and their standard errors where given."""
    declared = {sector.id: sector.share for sector in plan.sectors.sectors}
    return (
        {sector: share.value for sector, share in declared.items()},
        {sector: share.se for sector, share in declared.items() if share.se is not None},
    )


def compute_common_faults(plan: WavePlan, gaps: pd.DataFrame, items: pd.DataFrame) -> pd.DataFrame:
    """Items below their national mean for most brands of a sector, from out_gaps_by_brand and out_items_by_sector."""
    measured = items[items["sector"].isin(plan.sector_ids)]
    asked = {sector: instrument.id for sector, instrument in plan.instruments.items()}
    return by_sector(common_faults(gaps, measured, asked, _shares(plan)[0]))


def compute_changes(
    plan: WavePlan,
    current: Frames,
    previous: Frames,
    broken: set[str],
    broken_wholes: pd.DataFrame,
    other_brands: Collection[tuple[str, str]],
) -> pd.DataFrame:
    """Changes at every level; Holm within level and construct, among those tested. Where the instrument changed:
    a trend break, which is not tested.

    The `current` indices have columns correlation, df_change (as `changes` takes them) and overlap. `broken_wholes`:
    level, unit and construct of the aggregates over a break; `other_brands`: sector and id of what was another then.
    """
    parts = []
    for level in LEVELS:
        keys = {"nation": [], "brand": ["sector", "brand"]}.get(level, [level])
        now, named = current[level], [*keys, "construct"]
        part = changes(now, previous[level], named, plan.wave.level, within="construct")
        part = part.merge(now[[*named, "overlap"]], on=named, how="left")
        place = part["construct"].map({one: k for k, one in enumerate(now["construct"].unique())})
        part = part.iloc[place.argsort(kind="stable")]
        unit = part[keys[-1]] if keys else "nation"
        sector = part["sector"] if level == "brand" else ""
        parts.append(part.assign(level=level, unit=unit, sector=sector))
    table = pd.concat(parts, ignore_index=True).assign(previous=plan.wave.previous)
    own_sector = table["unit"].where(table["level"] == "sector", table["sector"])
    named = ["level", "unit", "construct"]
    of_whole = pd.MultiIndex.from_frame(table[named]).isin(pd.MultiIndex.from_frame(broken_wholes[named]))
    of_brand = (table["level"] == "brand") & pd.MultiIndex.from_frame(table[["sector", "unit"]]).isin(
        list(other_brands)
    )
    over_break = own_sector.isin(broken) | of_whole | of_brand
    marked = table.assign(
        verdict=table["verdict"].mask(over_break, "trend_break"), overlap=table["overlap"].astype("Int64")
    )
    return judged_again(marked, WITHIN_LEVEL.within, plan.wave.level)


def broken_sectors(now: pd.DataFrame, before: pd.DataFrame) -> set[str]:
    """Sectors whose instrument or its version differs between two waves, from their out_sample_by_sector, or between
    what stands in them, from their out_basis_by_sector."""
    columns = ["sector", "instrument", "instrument_version"]
    both = now[columns].merge(before[columns], on="sector", suffixes=("", "_0"))
    same = (both["instrument"] == both["instrument_0"]) & (
        both["instrument_version"] == both["instrument_version_0"]
    )
    return set(both.loc[~same, "sector"])


def broken_aggregates(stands: pd.DataFrame, before: pd.DataFrame, asked_otherwise: set[str]) -> pd.DataFrame:
    """Level, unit and construct of the nation and groups whose sectors are not those of the wave before, or one of
    which was asked otherwise: what their index moved by is not how their sectors moved."""
    rows = []
    for level in ("nation", "group"):
        then = _members(before, level)
        rows += [
            {"level": level, "unit": unit, "construct": construct}
            for (unit, construct), sectors in _members(stands, level).items()
            if sectors != then.get((unit, construct), sectors) or sectors & asked_otherwise
        ]
    return pd.DataFrame(rows, columns=["level", "unit", "construct"])


def _members(stands: pd.DataFrame, level: str) -> Mapping[tuple[Hashable, Hashable], set[str]]:
    """The sectors that make up each unit and construct of a level."""
    counted = stands.dropna(subset=["index_0_100", "se"])
    units = counted["group"] if level == "group" else ["nation"] * len(counted)
    found: dict[tuple[Hashable, Hashable], set[str]] = {}
    for unit, construct, sector in zip(units, counted["construct"], counted["sector"], strict=True):
        found.setdefault((unit, construct), set()).add(str(sector))
    return found


def compared(
    plan: WavePlan,
    stands: pd.DataFrame,
    before: pd.DataFrame,
    current: Frames,
    previous: Frames,
    panel: pd.DataFrame,
    broken: set[str],
    asked_otherwise: set[str],
    other_brands: Collection[tuple[str, str]],
) -> Frames:
    """Changes against the previous wave, and what each sector adds to the national one.

    `stands`, `before`: the sectors that stand in the wave and stood in the one before; `current`, `previous`: indices
    by level; `panel`: out_panel_by_brand of the wave; `broken`: sectors whose instrument changed between the two waves,
    `asked_otherwise`: between the results that stand in them, which may be carried forward; `other_brands`: sector and
    id of what was another brand in the wave before.
    """
    matched = panel[(panel["previous"] == plan.wave.previous) & ~panel["sector"].isin(broken)]
    of_sectors, of_brands = matched[matched["brand"] == ""], matched[matched["brand"] != ""]
    stands = jointly(stands, before, of_sectors.drop(columns="brand"))
    joint = {
        "nation": _of_aggregates(current["nation"], previous["nation"], stands, before, ["construct"]),
        "group": _of_aggregates(current["group"], previous["group"], stands, before, ["group", "construct"]),
        "sector": _of_panel(current["sector"], of_sectors, ["sector", "construct"]),
        "brand": _of_panel(current["brand"], of_brands, ["sector", "brand", "construct"]),
    }
    return {
        OUT_CHANGES.name: compute_changes(
            plan, joint, previous, broken, broken_aggregates(stands, before, asked_otherwise), other_brands
        ),
        OUT_CONTRIBUTIONS.name: _marked(
            contributions(stands, before, plan.wave.level), asked_otherwise
        ).assign(previous=plan.wave.previous),
    }


def _marked(parts: pd.DataFrame, asked_otherwise: set[str]) -> pd.DataFrame:
    """Contributions, those of sectors in both waves whose questionnaires differ told apart: their two indices are not
    compared."""
    over_break = parts["sector"].isin(asked_otherwise) & ~parts["basis"].isin(("entered", "left"))
    return parts.assign(basis=parts["basis"].mask(over_break, "asked_otherwise"))


def _of_panel(index: pd.DataFrame, panel: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Indices with what they share with those of the wave before: overlap, correlation, df_change."""
    found = panel[[*keys, "shared", "correlation", "df_change"]].rename(columns={"shared": "overlap"})
    return index.merge(found, on=keys, how="left")


def _of_aggregates(
    index: pd.DataFrame, previous: pd.DataFrame, stands: pd.DataFrame, before: pd.DataFrame, keys: list[str]
) -> pd.DataFrame:
    """The same of aggregates, from what their sectors share; the errors of shares count as known."""
    found = joint_aggregates(stands, before, keys).rename(columns={"shared": "overlap"})
    rows = index.merge(found, on=keys, how="left").merge(
        previous[[*keys, "se"]], on=keys, how="left", suffixes=("", "_0")
    )
    covariance, unsure = rows["covariance"].fillna(0.0), rows["unsure"].where(rows["unsure"] > 0)
    known = rows["overlap"].notna() | (covariance != 0)
    variance = rows["se"] ** 2 + rows["se_0"] ** 2 - 2 * covariance
    return rows.assign(
        correlation=(covariance / (rows["se"] * rows["se_0"])).where(known).clip(-1, 1),
        df_change=(variance**2 / unsure).fillna(np.inf),
    )
