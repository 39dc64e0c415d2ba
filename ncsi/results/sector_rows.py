"""From fitted models to the rows of the result tables: one small function a table, values unchanged."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ncsi.arrays import Array, Positions
from ncsi.model import Bootstrap, CbsemFit, PlsFit, rank_sets
from ncsi.model.inference.aggregation import with_share_errors
from ncsi.model.inference.alternative_weights import index_variants
from ncsi.model.moments.row_blocks import row_blocks
from ncsi.quality import Columns
from ncsi.results.declared import empty
from ncsi.spec import RULE, Instrument, Missing, WaveSector
from ncsi.tables import OUT_CBSEM_FIT, OUT_RANK_BY_BRAND, TABLES
from ncsi.weighting import Used

_INTERVAL = ["se", "low", "high"]


def sample(
    fit: PlsFit, weighed: Used, accepted: int, rejected: int, entry: WaveSector, version: str
) -> pd.DataFrame:
    """One row: from rows accepted to respondents in the model."""
    shares = [brand.share for brand in entry.brands if brand.share is not None]
    return pd.DataFrame(
        {
            "instrument": [fit.instrument.id],
            "instrument_version": fit.instrument.version,
            "rows_accepted": accepted,
            "rows_rejected": rejected,
            "excluded": fit.excluded,
            "excluded_quality": accepted - weighed.n,
            "n": fit.n,
            "n_eff": fit.n_eff,
            "deff": fit.deff,
            "weight_min": weighed.smallest,
            "weight_max": weighed.largest,
            "brands": len(entry.brands),
            "coverage": float(sum(shares)) if shares else None,
            "brand_weighting": "market_share" if weighed.by_share else "sample_share",
            "weight_version": version,
        }
    )


def index_by_brand(fit: PlsFit, boot: Bootstrap) -> pd.DataFrame:
    """Index of every construct by brand with interval, by other weights, and publication status."""
    sizes = fit.index_by.assign(deff=fit.index_by["n"] / fit.index_by["n_eff"])
    keys = ["brand", "construct"]
    frame = sizes.merge(boot.index_by[[*keys, *_INTERVAL, "df"]], on=keys)
    frame = frame.merge(index_variants(boot), on=keys)
    return frame[frame["n"] > 0].assign(status=lambda rows: rows["n_eff"].map(RULE.status))


def index_by_sector(fit: PlsFit, boot: Bootstrap) -> pd.DataFrame:
    """Index of every construct with interval, and by equal and first-component weights."""
    frame = fit.index.merge(boot.index[["construct", *_INTERVAL, "df"]], on="construct")
    for column, other in (("index_equal_0_100", fit.index_equal), ("index_pc1_0_100", fit.index_pc1)):
        frame = frame.merge(other.rename(columns={"index_0_100": column}), on="construct")
    return frame.assign(n=fit.n, n_eff=fit.n_eff, deff=fit.deff, status=RULE.status(fit.n_eff))


def with_brand_share_errors(sector: pd.DataFrame, brands: pd.DataFrame, entry: WaveSector) -> pd.DataFrame:
    """The sector's indices with the uncertainty of its brands' shares, where these are declared with one."""
    shares = {brand.id: brand.share for brand in entry.brands if brand.share is not None}
    unsure = {brand.id: brand.share_se for brand in entry.brands if brand.share_se}
    return with_share_errors(sector, brands, shares, unsure) if unsure else sector


def rank_by_brand(boot: Bootstrap, shown: Sequence[str], target: str, level: float) -> pd.DataFrame:
    """Ranks among the brands `shown`, so that a hidden one leaves no gap; empty below two."""
    if len(shown) < 2:
        return empty(OUT_RANK_BY_BRAND.name)
    return rank_sets(boot, construct=target, level=level, among=tuple(shown))


def paths(boot: Bootstrap) -> pd.DataFrame:
    """Path coefficients; significant when the interval excludes zero."""
    return boot.paths.assign(significant=(boot.paths["low"] > 0) | (boot.paths["high"] < 0))


def weights_by_item(fit: PlsFit, boot: Bootstrap) -> pd.DataFrame:
    """Outer weights and loadings; the interval is that of the unstandardised weight."""
    weights = fit.weights.assign(share_not_positive=boot.draws.share_not_positive)
    return weights.merge(boot.weights[["construct", "item", *_INTERVAL]], on=["construct", "item"])


def quality_by_construct(fit: PlsFit, instrument: Instrument) -> pd.DataFrame:
    """Reliability with warnings where a block misses the usual marks (docs/method.md §11: flags, not gates)."""
    sizes = pd.DataFrame({"construct": c.id, "items": len(c.items)} for c in instrument.constructs)
    frame = sizes.merge(fit.quality, on="construct", how="left").merge(fit.r2, on="construct", how="left")
    return frame.assign(flags=[_flags(row, fit) for _, row in frame.iterrows()])


def _flags(row: pd.Series, fit: PlsFit) -> str:
    construct = row["construct"]
    loadings = fit.weights.loc[fit.weights["construct"] == construct, "loading"].abs()
    htmt = fit.htmt.loc[
        (fit.htmt["construct_a"] == construct) | (fit.htmt["construct_b"] == construct), "htmt"
    ]
    marks = {
        "alpha_low": row["alpha"] < 0.7,
        "rho_c_low": row["rho_c"] < 0.7,
        "rho_c_high": row["rho_c"] > 0.95,
        "ave_low": row["ave"] < 0.5,
        "loading_low": row["items"] > 1 and bool((loadings < 0.708).any()),
        "htmt_high": bool((htmt > 0.9).any()),
    }
    return " ".join(name for name, raised in marks.items() if raised)


def htmt(fit: PlsFit, boot: Bootstrap) -> pd.DataFrame:
    """HTMT of each pair; its interval where the replicates were asked for."""
    if boot.htmt is None:
        return fit.htmt.assign(low=None, high=None)
    return boot.htmt.rename(columns={"estimate": "htmt"})


def answered_items(responses: Columns, lacking: Columns, instrument: Instrument) -> pd.DataFrame:
    """Answers and the four kinds of missing per item among accepted rows, whose columns of these kinds are `lacking`;
    mean and SD, and the mean on 0-100."""
    ids = list(instrument.item_ids)
    answered, mean, square = _moments(responses, ids, responses["weight"].to_numpy(dtype=float))
    kinds = [lacking[f"{item}_missing"].value_counts() for item in ids]
    return pd.DataFrame(
        {
            "construct": [instrument.construct_of(item).id for item in ids],
            "item": ids,
            "answered": answered,
            **{kind.value: [int(counts.get(kind.value, 0)) for counts in kinds] for kind in Missing},
            "mean": mean,
            "sd": np.sqrt(square),
            "mean_0_100": [
                item.scale.on_0_100(float(one)) for item, one in zip(instrument.items, mean, strict=True)
            ],
        }
    )


def items_by_sector(answered: pd.DataFrame, boot: Bootstrap) -> pd.DataFrame:
    """Items as of `answered_items`, with the interval of the mean on 0-100.

    The replicates are of the model's respondents, who may be fewer, and fill in what is missing: what they tell is
    how far a mean varies, and the interval lies about the mean of the answers.
    """
    own = answered.merge(boot.items[["item", "estimate", *_INTERVAL]], on="item")
    apart = own["mean_0_100"] - own["estimate"]
    bounds = {name: (own[name] + apart).clip(0.0, 100.0) for name in ("low", "high")}
    return own.assign(**bounds).drop(columns="estimate")


def _moments(answers: Columns, names: Sequence[str], weights: Array) -> tuple[Positions, Array, Array]:
    """Of some columns (p,) how many answered, their weighted mean and the weighted mean square about it."""
    found = [_moments_of(answers[name].to_numpy(dtype=float, na_value=np.nan), weights) for name in names]
    answered, mean, square = zip(*found, strict=True)
    return np.array(answered, dtype=np.intp), np.array(mean), np.array(square)


def _moments_of(answers: Array, weights: Array) -> tuple[int, float, float]:
    """The same of one (n,), NaN where missing, some thousand rows at a time."""
    answered, sums, total, squares = 0, 0.0, 0.0, 0.0
    blocks = row_blocks(len(answers))
    weighing = [np.where(np.isnan(answers[rows]), 0.0, weights[rows]) for rows in blocks]
    for rows, w in zip(blocks, weighing, strict=True):
        own = answers[rows]
        answered += int((~np.isnan(own)).sum())
        sums += float(np.nansum(own * w))
        total += float(w.sum())
    mean = sums / total
    for rows, w in zip(blocks, weighing, strict=True):
        squares += float(np.nansum((answers[rows] - mean) ** 2 * w))
    return answered, mean, squares / total


def cbsem_fit(fit: CbsemFit) -> pd.DataFrame:
    """One row of fit measures of a converged covariance model."""
    wanted = [c.name for c in TABLES[OUT_CBSEM_FIT.name].columns if c.kind == "number" and c.name != "n"]
    measures = {name: fit.fit_measures[name] for name in wanted}
    note = "; ".join(map(str, fit.warnings))
    return pd.DataFrame([{"status": "converged", "note": note, "n": fit.n, **measures}])


def cbsem_estimates(fit: CbsemFit) -> pd.DataFrame:
    """The estimates of a covariance model, each with the code of what the fit warns of it."""
    warned = {one.about: one.code for one in fit.warnings}
    parameters = fit.estimates[["lhs", "op", "rhs"]].itertuples(index=False, name=None)
    codes = [warned.get(one) for one in parameters]
    return fit.estimates.assign(caution=pd.Series(codes, index=fit.estimates.index, dtype="object"))


def cbsem_failed(status: str, note: str) -> pd.DataFrame:
    """One row that says why there is no covariance model."""
    names = TABLES[OUT_CBSEM_FIT.name].names
    nothing = {name: None for name in names if name not in ("wave", "sector")}
    return pd.DataFrame([{**nothing, "status": status, "note": note}])
