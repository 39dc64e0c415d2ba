"""The national report's appendix: every sector's sample and model at a glance, definitions, glossary."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ncsi.report import text
from ncsi.report.text import NONE, Pair, phrase, phrases
from ncsi.report.types import ReleaseSpec, records

Tables = dict[str, pd.DataFrame]
_METHOD = (
    "index",
    "weights",
    "uncertainty",
    "change",
    "ranks",
    "aggregation",
    "publication",
    "quality",
    "revision",
)


def samples(tables: Tables, spec: ReleaseSpec) -> list[dict[str, Any]]:
    """One line a sector: responses, effective sample, design effect, reliability, explained variance, fit."""
    fits = {one["sector"]: one for one in records(tables["out_cbsem_fit_by_sector"])}
    quality = tables["out_quality_by_construct"]
    blocks = {one["sector"]: one for one in records(quality[quality["construct"] == spec.target])}
    return [
        _line(one, blocks.get(one["sector"], {}), fits.get(one["sector"], {}), spec)
        for one in records(tables["out_sample_by_sector"])
    ]


def _line(
    one: dict[str, Any], block: dict[str, Any], fit: dict[str, Any], spec: ReleaseSpec
) -> dict[str, Any]:
    converged = fit.get("status") == "converged"
    return {
        "name": text.pair(spec.sectors.sector(one["sector"]).label),
        "accepted": text.count(one["rows_accepted"]),
        "n": text.count(one["n"]),
        "n_eff": text.count(one["n_eff"]),
        "deff": text.number(one["deff"], 2),
        "weights": text.interval(one["weight_min"], one["weight_max"], 2),
        "coverage": NONE if pd.isna(one["coverage"]) else f"{100 * one['coverage']:.0f}%",
        "alpha": text.number(block.get("alpha"), 2),
        "r2": text.number(block.get("r2"), 2),
        "cfi": text.number(fit["cfi"], 3) if converged else NONE,
        "rmsea": text.number(fit["rmsea"], 3) if converged else NONE,
        "srmr": text.number(fit["srmr"], 3) if converged else NONE,
    }


def method(spec: ReleaseSpec) -> list[dict[str, Pair]]:
    """The method in short paragraphs, each with its heading."""
    declared = spec.wave.weighting.replicates if spec.wave.weighting else None
    values = {
        "replicates": text.count(declared.number if declared else spec.provenance.replicates),
        "level": f"{100 * spec.wave.level:g}",
        "seed": spec.provenance.seed,
    }
    wording = {"uncertainty": f"uncertainty_{declared.method}"} if declared else {}
    return [
        {"name": phrase(f"method_{key}_name"), "text": phrase(f"method_{wording.get(key, key)}", **values)}
        for key in _METHOD
    ]


def glossary() -> list[dict[str, Pair]]:
    """Terms with their definitions, in the order of the phrases."""
    names = [key.removeprefix("term_") for key in phrases() if key.startswith("term_")]
    return [{"name": phrase(f"term_{name}"), "text": phrase(f"define_{name}")} for name in names]
