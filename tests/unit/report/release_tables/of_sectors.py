"""The result tables of a sector."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from ncsi.model.cautions import Caution
from ncsi.report import ReleaseSpec
from ncsi.spec import RULE, Instrument
from release_tables.figures import Tables, quadrants_of, random_of, ranked, sizes_of, with_interval


def sector_tables(spec: ReleaseSpec, sector: str) -> Tables:
    """Every table of a sector, without wave and sector."""
    instrument, random = spec.instruments[sector], random_of(sector)
    level = 70 + 14 * random.random()
    own = pd.DataFrame({"construct": instrument.construct_ids})
    own["index_0_100"] = [
        level if c == instrument.target else 14.0 if c == "Complaint" else level + random.normal(0, 3)
        for c in instrument.construct_ids
    ]
    sizes = sizes_of(sector)
    n = int(sum(sizes) * 1.1) or 600
    index = with_interval(own, "index_0_100", 0.4).assign(
        n=n, n_eff=n / 1.1, deff=1.1, sd=15.2, index_equal_0_100=own["index_0_100"] + 0.1,
        index_pc1_0_100=own["index_0_100"] - 0.1, status="published",
    )  # fmt: skip
    tables = {
        "out_index_by_sector": index, "out_sample_by_sector": _sample(instrument, sizes, n), **_quality(n, level),
    }  # fmt: skip
    if sizes:
        brands = _brands(instrument, sizes, level, random)
        shown = brands[(brands["construct"] == instrument.target) & (brands["status"] != "suppressed")]
        tables |= {"out_index_by_brand": brands, "out_rank_by_brand": ranked(shown, "brand")}
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
    made = with_interval(rows, "difference", rows["se"])
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
        with_interval(units.assign(measure=measure, item=item, estimate=value), "estimate", 2.0)
        for measure, value in (("top_two_box", 41.0), ("nps", -12.0))
    ]
    parts = [
        with_interval(units.assign(subindex=one.id, index_0_100=level), "index_0_100", 1.0)
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
    return with_interval(made, "index_0_100", 0.8)


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
    return with_interval(pd.DataFrame(rows), "index_0_100", 0.95)


def _model(instrument: Instrument, own: pd.DataFrame, random: np.random.Generator) -> Tables:
    paths = pd.DataFrame([{"from": p.source, "to": p.target} for p in instrument.paths])
    paths["estimate"] = np.round(random.uniform(0.02, 0.65, len(paths)), 4)
    paths.loc[paths["to"] == "Complaint", "estimate"] = -0.35
    paths = with_interval(paths, "estimate", 0.04)
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
        "out_weights_by_item": with_interval(weights, "weight", 0.02).assign(share_not_positive=0.0),
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
        "out_drivers_by_construct": quadrants_of(frame.reset_index(drop=True)),
        "out_drivers_by_item": quadrants_of(of_items),
    }


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
    return with_interval(frame, "mean_0_100", 0.5)


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
