"""Complete, plausible result tables of an invented wave, the same at every call."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from ncsi.model.cautions import Caution
from ncsi.model.inference.advice import with_quadrants
from ncsi.report import Provenance, ReleaseSpec
from ncsi.simulate.background import VARIABLES
from ncsi.spec import RULE, Instrument, SectorList, Wave, load_instrument, load_sectors
from ncsi.tables import TABLES

WAVE, PREVIOUS = "2026Q1", "2025Q1"
HOSTILE = (
    "<script>alert(1)</script>",
    '=HYPERLINK("x")',
    "#set text(red)",
    "𠮷野家 ①",
    "@SUM(1)*_`$",
    "A&B “quoted”",
)
BRANDED = (
    "dairy", "edible_oil", "beer", "casual_wear", "laundry_care", "furniture", "smartphones", "telecom", "banks",
    "express_delivery", "property_management", "steel", "residential_building", "government_service",
)  # fmt: skip
UNBRANDED = ("schools", "hospitals")
N_EFF = {
    "dairy": (230.0,) * 8,
    "edible_oil": (240.0, 230.0, 220.0, 215.0, 150.0, 60.0),
    "beer": (230.0, 220.0, 61.0, 55.0, 210.0),
    "casual_wear": (220.0, 70.0),
}
"""Effective sample sizes: edible oil hides one brand, beer two, casual wear one of two."""

Tables = dict[str, pd.DataFrame]


def wave_of(sectors: SectorList, ids: tuple[str, ...], **changes: Any) -> Wave:
    """A wave over those sectors; the first one's brands carry hostile names."""
    entries = [
        {
            "id": one,
            "brands": [
                {"id": f"B{k:02}", "label": _name(one, k), "share": round(0.9 / len(_sizes(one)), 6)}
                for k in range(len(_sizes(one)))
            ],
        }
        for one in ids
    ]
    base = {
        "spec": "ncsi/wave/1", "id": WAVE, "label": {"zh": "2026 年第一季度", "en": "2026 Q1"},
        "title": {"zh": "全国顾客满意度指数", "en": "National Customer Satisfaction Index"},
        "publisher": {"zh": "演示发布单位（虚构）", "en": "Demonstration publisher (fictional)"},
        "scope": {"zh": "全国", "en": "national"},
        "field": {"start": date(2026, 1, 8), "end": date(2026, 3, 6)}, "release_date": date(2026, 4, 15),
        "previous": PREVIOUS, "synthetic": True, "sectors": entries,
    }  # fmt: skip
    base["background"] = {name: one.declared() for name, one in VARIABLES.items()}
    return Wave.model_validate({**base, **changes})


def release_spec(ids: tuple[str, ...] | None = None, **changes: Any) -> ReleaseSpec:
    """What publish_release is told; `changes` replace fields of the wave."""
    sectors = load_sectors()
    chosen = ids or (*BRANDED, *UNBRANDED)
    history = pd.DataFrame(
        {
            "wave": [PREVIOUS, WAVE], "label_zh": ["2025 年第一季度", "2026 年第一季度"],
            "label_en": ["2025 Q1", "2026 Q1"], "index_0_100": [77.1, 78.0], "low": [76.7, 77.6],
            "high": [77.5, 78.4],
        }
    )  # fmt: skip
    provenance = Provenance(
        "NCSI-2026Q1-0123456789ab", {"sectors": "0" * 64}, {"dairy.csv": "1" * 64}, {"ncsi": "0.1.0"}, 1, 1000
    )
    instruments = {one: load_instrument(sectors.sector(one).instrument) for one in chosen}
    return ReleaseSpec(wave_of(sectors, chosen, **changes), sectors, instruments, provenance, history)


def result_tables(spec: ReleaseSpec) -> Tables:
    """Every public table of that wave."""
    parts: dict[str, list[pd.DataFrame]] = {name: [] for name, table in TABLES.items() if table.public}
    for one in spec.wave.sectors:
        for name, frame in _sector(spec, one.id).items():
            parts[name].append(frame.assign(wave=spec.wave.id, sector=one.id))
    tables = {name: pd.concat(frames) if frames else pd.DataFrame() for name, frames in parts.items()}
    tables |= {name: frame.assign(wave=spec.wave.id) for name, frame in _nation(spec, tables).items()}
    return {name: frame.reindex(columns=list(TABLES[name].names)) for name, frame in tables.items()}


def _name(sector: str, k: int) -> Mapping[str, str]:
    hostile = HOSTILE[k] if sector == "dairy" and k < len(HOSTILE) else None
    return {"zh": hostile or f"{'甲乙丙丁戊己庚辛壬癸'[k]}牌", "en": hostile or f"Brand {'ABCDEFGHIJ'[k]}"}


def _sizes(sector: str) -> tuple[float, ...]:
    return () if sector in UNBRANDED else N_EFF.get(sector, (230.0,) * 6)


def _random(*keys: str) -> np.random.Generator:
    return np.random.default_rng(zlib.crc32("/".join(keys).encode()))


def _with_interval(frame: pd.DataFrame, value: str, se: float | pd.Series) -> pd.DataFrame:
    return frame.assign(se=se, low=frame[value] - 1.96 * se, high=frame[value] + 1.96 * se)


def _ranked(units: pd.DataFrame, key: str) -> pd.DataFrame:
    """Ranks with plain sets of two neighbours each way, a tier every third unit."""
    table = units.sort_values("index_0_100", ascending=False)[[key, "index_0_100"]].reset_index(drop=True)
    rank = np.arange(1, len(table) + 1)
    return table.assign(
        rank=rank, rank_low=np.maximum(rank - 2, 1), rank_high=np.minimum(rank + 2, len(rank)),
        rank_low_marginal=np.maximum(rank - 1, 1), rank_high_marginal=np.minimum(rank + 1, len(rank)),
        tier=[chr(65 + k // 3) for k in range(len(rank))], p_top_third=np.linspace(1, 0, len(rank)),
    )  # fmt: skip


def _sector(spec: ReleaseSpec, sector: str) -> Tables:
    instrument, random = spec.instruments[sector], _random(sector)
    level = 70 + 14 * random.random()
    own = pd.DataFrame({"construct": instrument.construct_ids})
    own["index_0_100"] = [
        level if c == instrument.target else 14.0 if c == "Complaint" else level + random.normal(0, 3)
        for c in instrument.construct_ids
    ]
    sizes = _sizes(sector)
    n = int(sum(sizes) * 1.1) or 600
    index = _with_interval(own, "index_0_100", 0.4).assign(
        n=n, n_eff=n / 1.1, deff=1.1, sd=15.2, index_equal_0_100=own["index_0_100"] + 0.1,
        index_pc1_0_100=own["index_0_100"] - 0.1, status="published",
    )  # fmt: skip
    tables = {
        "out_index_by_sector": index, "out_sample_by_sector": _sample(instrument, sizes, n), **_quality(n, level),
    }  # fmt: skip
    if sizes:
        brands = _brands(instrument, sizes, level, random)
        shown = brands[(brands["construct"] == instrument.target) & (brands["status"] != "suppressed")]
        tables |= {"out_index_by_brand": brands, "out_rank_by_brand": _ranked(shown, "brand")}
        tables |= {"out_gaps_by_brand": _gaps(instrument, list(shown["brand"]))}
        tables |= {"out_standing_by_brand": standings(brands, index)}
        tables |= _beside(instrument, list(brands["brand"].unique()), level)
    tables |= _model(instrument, own, random) | _beyond(instrument, level, n)
    if sizes:
        tables["out_gains_by_brand"] = gains(tables["out_gaps_by_brand"], tables["out_whatif_by_item"])
    return tables


def standings(brands: pd.DataFrame, sector: pd.DataFrame) -> pd.DataFrame:
    """Every brand's constructs against the sector's, as if samples were apart."""
    both = brands.merge(sector[["construct", "index_0_100", "se"]], on="construct", suffixes=("", "_sector"))
    rows = both[["brand", "construct"]].assign(
        difference=both["index_0_100"] - both["index_0_100_sector"],
        se=np.hypot(both["se"], both["se_sector"]),
    )
    made = _with_interval(rows, "difference", rows["se"])
    return made.assign(
        df=200.0,
        p=2 * stats.t.sf(made["difference"].abs() / made["se"], 200),
        p_holm=1.0,
        verdict="level",
    )


def gains(gaps: pd.DataFrame, effects: pd.DataFrame) -> pd.DataFrame:
    """What closing each gap to the best would bring; the interval carries the errors of both, as independent."""
    rows = gaps.merge(effects[["item", "effect", "effect_low", "effect_high"]], on="item")
    gain = -rows["effect"] * rows["gap_best"]
    half = np.hypot(
        rows["effect"] * (rows["gap_best_high"] - rows["gap_best_low"]) / 2,
        rows["gap_best"] * (rows["effect_high"] - rows["effect_low"]) / 2,
    )
    return rows[["brand", "construct", "item"]].assign(
        gain=gain, se=half / 1.96, low=gain - half, high=gain + half
    )


def _beyond(instrument: Instrument, level: float, n: int) -> Tables:
    """Subgroups with one cell too small, what-if, one common fault, a weighting."""
    items = pd.DataFrame([
        {"construct": c.id, "item": i.id} for c in instrument.constructs[:4] for i in c.items
    ])  # fmt: skip
    gain, below = np.linspace(1.2, 0.1, len(items)), np.linspace(0.9, 0.1, len(items))
    what_if = items.assign(
        mean_0_100=level, step=5.0, effect=gain / 5, effect_low=gain / 5 - 0.04, effect_high=gain / 5 + 0.04,
        gain=gain, gain_low=gain - 0.2, gain_high=gain + 0.2, index_after_0_100=level + gain,
    )  # fmt: skip
    faults = items.assign(
        brands=6, share_below=below, sector_mean_0_100=level, national_mean_0_100=level + 2, sectors=9,
        common_fault=below > 0.85,
    )  # fmt: skip
    return {
        "out_index_by_subgroup": _subgroups(instrument, level, n), "out_whatif_by_item": what_if,
        "out_common_faults_by_item": faults, **_weighting(n),
    }  # fmt: skip


def _beside(instrument: Instrument, brands: list[str], level: float) -> Tables:
    """Top-two box, NPS and two sub-indices of every brand, whatever its size."""
    units = pd.DataFrame(
        {"brand": ["", *brands], "n": 250, "n_eff": 230.0, "deff": 1.1, "largest_share": 0.01}
    )
    item = instrument.construct(instrument.target).items[0].id
    shares = [
        _with_interval(units.assign(measure=measure, item=item, estimate=value), "estimate", 2.0)
        for measure, value in (("top_two_box", 41.0), ("nps", -12.0))
    ]
    parts = [
        _with_interval(units.assign(subindex=one.id, index_0_100=level), "index_0_100", 1.0)
        for one in instrument.subindices
    ]
    return {
        "out_measures_by_brand": pd.concat(shares),
        "out_subindex_by_brand": pd.concat(parts) if parts else pd.DataFrame(),
    }


def _subgroups(instrument: Instrument, level: float, n: int) -> pd.DataFrame:
    cells = pd.DataFrame(
        [("region", "east", 2.0, "above"), ("region", "central", -0.5, "no_significant_difference"),
         ("region", "west", 0.2, "no_significant_difference"), ("region", "northeast", np.nan, "too_few"),
         ("city_tier", "tier1", 0.4, "no_significant_difference"), ("city_tier", "县级 <b>", -2.1, "below")],
        columns=["dimension", "subgroup", "difference", "verdict"],
    )  # fmt: skip
    made = cells.assign(
        construct=instrument.target, n=n // 4, n_eff=[300.0, 280.0, 60.0, 20.0, 400.0, 300.0],
        deff=1.1, largest_share=0.02,
        index_0_100=level + cells["difference"],
        difference_low=cells["difference"] - 1.6, difference_high=cells["difference"] + 1.6,
        p=np.where(cells["verdict"].isin(["above", "below"]), 0.001, 0.6), p_holm=0.4,
    )  # fmt: skip
    return _with_interval(made, "index_0_100", 0.8)


def _weighting(n: int) -> Tables:
    sector = {
        "method": "base raking trimming", "n": n, "n_eff": n / 1.1, "deff": 1.1, "weight_min": 0.4,
        "weight_p05": 0.6, "weight_median": 0.97, "weight_p95": 1.7, "weight_max": 2.1, "trimmed": 12, "strata": 6,
        "clusters": n, "degrees_of_freedom": n - 6, "replicates": 0,
    }  # fmt: skip
    margin = pd.DataFrame({"category": ["east", "central", "west", "northeast"]}).assign(
        margin="region", source="census", year=2020, target=0.25, before=[0.2, 0.22, 0.28, 0.3], after=0.25
    )
    return {
        "out_weighting_by_sector": pd.DataFrame([sector]), "out_weighting_by_margin": margin,
        "out_weighting_largest": pd.DataFrame({"place": [1, 2], "weight": [2.1, 2.0], "share": [0.002, 0.0019]}),
    }  # fmt: skip


def _gaps(instrument: Instrument, brands: list[str]) -> pd.DataFrame:
    """The first brand is the best of each item, the last has short boards."""
    items = pd.DataFrame([
        {"construct": c.id, "item": i.id} for c in instrument.constructs[:4] for i in c.items
    ])  # fmt: skip
    parts = []
    for k, brand in enumerate(brands):
        gap = 2.0 - 4.0 * k / max(1, len(brands) - 1)
        verdict = "strength" if k == 0 else "short_board" if k == len(brands) - 1 else "level"
        parts.append(
            items.assign(
                brand=brand, mean_0_100=75 + gap, gap_mean=gap, gap_mean_low=gap - 1.5, gap_mean_high=gap + 1.5,
                p_holm=0.3 if verdict == "level" else 0.01, best=brands[0], gap_best=gap - 2.0,
                gap_best_low=gap - 3.5, gap_best_high=gap - 0.5, behind_best=gap < -1,
                verdict=["level" if i % 3 else verdict for i in range(len(items))],
            )
        )  # fmt: skip
    return pd.concat(parts) if parts else items.assign(brand="")


def _sample(instrument: Instrument, sizes: tuple[float, ...], n: int) -> pd.DataFrame:
    return pd.DataFrame([{
        "instrument": instrument.id, "instrument_version": instrument.version, "rows_accepted": n + 43,
        "rows_rejected": 12, "excluded": 40, "excluded_quality": 3, "n": n, "n_eff": n / 1.1, "deff": 1.1,
        "weight_min": 0.4, "weight_max": 2.1, "brands": len(sizes), "coverage": 0.9 if sizes else None,
        "brand_weighting": "market_share" if sizes else "sample_share", "weight_version": "abcdef012345",
    }])  # fmt: skip


def _quality(n: int, level: float) -> Tables:
    counts = {"responses": n + 43, "valid": n - 60, "flagged": 100, "excluded": 3}
    indices = {"index_0_100": level, "index_valid_0_100": level - 0.4, "index_all_0_100": level + 0.1}
    families = {
        "speeding": "pace",
        "longest_run": "pattern",
        "low_variance": "pattern",
        "outlier": "consistency",
    }
    rules = [
        {"rule": rule, "family": family, "checked": n + 43, "flagged": 20}
        for rule, family in families.items()
    ]
    return {
        "out_response_quality_by_sector": pd.DataFrame([counts | indices]),
        "out_response_quality_by_rule": pd.DataFrame(rules),
    }


def _brands(
    instrument: Instrument, sizes: tuple[float, ...], level: float, random: np.random.Generator
) -> pd.DataFrame:
    rows = [
        {"brand": f"B{k:02}", "construct": c, "n": int(size * 1.1), "n_eff": size, "deff": 1.1,
         "index_0_100": level + random.normal(0, 2.5) + (len(sizes) / 2 - k), "status": RULE.status(size)}
        for k, size in enumerate(sizes)
        for c in instrument.construct_ids
    ]  # fmt: skip
    return _with_interval(pd.DataFrame(rows), "index_0_100", 0.95)


def _model(instrument: Instrument, own: pd.DataFrame, random: np.random.Generator) -> Tables:
    paths = pd.DataFrame([{"from": p.source, "to": p.target} for p in instrument.paths])
    paths["estimate"] = np.round(random.uniform(0.02, 0.65, len(paths)), 4)
    paths.loc[paths["to"] == "Complaint", "estimate"] = -0.35
    paths = _with_interval(paths, "estimate", 0.04)
    significant = (paths["low"] > 0) | (paths["high"] < 0)
    items = pd.DataFrame([{"construct": c.id, "item": i.id} for c in instrument.constructs for i in c.items])
    weights = items.assign(weight_std=0.35, weight=0.33, loading=0.84)
    quality = pd.DataFrame([
        {"construct": c.id, "items": len(c.items), "alpha": 0.84, "rho_a": 0.85, "rho_c": 0.89, "ave": 0.68,
         "r2": 0.61, "flags": "alpha_low" if c.id == "Expectation" else ""}
        for c in instrument.constructs
    ])  # fmt: skip
    ids = instrument.construct_ids
    htmt = pd.DataFrame(
        [{"construct_a": a, "construct_b": b, "htmt": 0.7} for k, a in enumerate(ids) for b in ids[k + 1 :]]
    )
    return {
        "out_paths_by_sector": paths.assign(significant=significant),
        "out_effects_by_sector": paths,
        "out_weights_by_item": _with_interval(weights, "weight", 0.02).assign(share_not_positive=0.0),
        "out_quality_by_construct": quality,
        "out_htmt_by_sector": htmt,
        **_drivers(instrument, own, items, random),
        "out_items_by_sector": _items(instrument, items, random),
        **_covariance(paths),
    }


def _drivers(
    instrument: Instrument, own: pd.DataFrame, items: pd.DataFrame, random: np.random.Generator
) -> Tables:
    acting = [
        c for c in instrument.construct_ids if c not in (instrument.target, "Complaint", "Loyalty", "Trust")
    ]
    frame = own[own["construct"].isin(acting)].rename(columns={"index_0_100": "performance"})
    frame = frame.assign(importance=np.round(random.uniform(0.05, 0.6, len(frame)), 3))
    of_items = items[items["construct"].isin(acting)].merge(frame, on="construct")
    of_items["importance"] /= of_items.groupby("construct")["item"].transform("size")
    frame["actionable"] = frame["construct"].isin(instrument.actionable_constructs)
    of_items["actionable"] = of_items["item"].isin(instrument.actionable_items)
    return {
        "out_drivers_by_construct": _quadrants(frame.reset_index(drop=True)),
        "out_drivers_by_item": _quadrants(of_items),
    }


def _quadrants(frame: pd.DataFrame) -> pd.DataFrame:
    return with_quadrants(
        frame.assign(
            importance_low=frame["importance"] - 0.04, importance_high=frame["importance"] + 0.04,
            performance_low=frame["performance"] - 0.7, performance_high=frame["performance"] + 0.7,
        )
    )  # fmt: skip


def _items(instrument: Instrument, items: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    mean = 65 + 20 * random.random(len(items))
    frame = items.assign(
        answered=1480,
        blank=3,
        dont_know=24,
        refused=5,
        not_asked=0,
        mean_0_100=mean,
        mean=1 + 9 * mean / 100,
        sd=2.0,
    )
    return _with_interval(frame, "mean_0_100", 0.5)


def _covariance(paths: pd.DataFrame) -> Tables:
    note = str(Caution("beyond_one", ("Quality", "~", "Expectation"), 1.2))
    fit = {"status": "converged", "note": note, "n": 1500.0, "chisq": 402.1, "df": 160.0,
           "pvalue": 0.0, "cfi": 0.962, "tli": 0.955, "rmsea": 0.041, "rmsea_low": 0.036,
           "rmsea_high": 0.046, "srmr": 0.031, "chisq_scaled": 400.0, "pvalue_scaled": 0.0,
           "cfi_robust": 0.963, "tli_robust": 0.956, "rmsea_robust": 0.04}  # fmt: skip
    estimates = paths.rename(columns={"from": "rhs", "to": "lhs"})
    estimates = estimates.assign(op="~", z=4.0, p=0.001, std=estimates["estimate"], std_se=0.04)
    estimates["caution"] = ["beyond_one" if pair == ("Expectation", "Quality") else None
                            for pair in zip(estimates["rhs"], estimates["lhs"], strict=True)]  # fmt: skip
    both = paths.rename(columns={"estimate": "pls", "low": "pls_low", "high": "pls_high"})
    both = both.assign(plsc=both["pls"] + 0.05, cbsem=both["pls"] + 0.04, cbsem_low=both["pls"] - 0.04,
                       cbsem_high=both["pls"] + 0.12, verdict="both_effect")  # fmt: skip
    return {
        "out_cbsem_fit_by_sector": pd.DataFrame([fit]),
        "out_cbsem_estimates_by_sector": estimates,
        "out_engines_by_sector": both,
    }


def _nation(spec: ReleaseSpec, tables: Tables) -> Tables:
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
        _with_interval(one.reset_index(), "index_0_100", se).assign(
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
        "out_rank_by_sector": _ranked(target, "sector"),
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
    size = np.array([_random(r.level, r.unit, r.construct).normal(0.3, 0.9) for r in frame.itertuples()])
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
    return _with_interval(pd.DataFrame(rows), "index_0_100", 0.2)


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
    return _with_interval(made, "index_0_100", 0.4)
