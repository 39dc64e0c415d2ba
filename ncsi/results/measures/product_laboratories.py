"""Where several laboratories measured one material: precision of the method, and how each laboratory stands."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ncsi.composite.measures import (
    Precision,
    algorithm_a,
    e_numbers,
    mandel_critical,
    precision,
    z_scores,
)
from ncsi.spec.measures.product_test import Characteristic, ProductTestDefinition

_FEWEST, _WARNING, _ACTION = 3, 2.0, 3.0
_COVERAGE = 2.0
"""k of the expanded uncertainties in E_n (ISO 13528)."""
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Round:
    """One characteristic of one material, measured by two laboratories or more."""

    characteristic: Characteristic
    material: str
    rows: pd.DataFrame
    precision: Precision
    assigned: float
    u_assigned: float
    sigma: float
    basis: str


def _rounds(definition: ProductTestDefinition, measured: pd.DataFrame) -> Iterator[_Round]:
    """Every round with two laboratories or more of two repeats each; other laboratories are left out."""
    for one in definition.characteristics:
        own = measured[measured["characteristic"] == one.id]
        for material, rows in own.groupby("product", sort=True):
            enough = rows[rows.groupby("laboratory")["value"].transform("size") > 1]
            if enough["laboratory"].nunique() < 2:
                continue
            found = precision(enough, "laboratory", "value")
            means = enough.groupby("laboratory", sort=True)["value"].mean().to_numpy()
            yield _Round(one, str(material), enough, found, *_assigned(one, means))


def _assigned(one: Characteristic, means: np.ndarray) -> tuple[float, float, float, str]:
    """Assigned value with its standard uncertainty, standard deviation for proficiency and its basis."""
    if len(means) < _FEWEST:
        return math.nan, math.nan, math.nan, ""
    robust = algorithm_a(means)
    if one.sigma is not None:
        return robust.mean, robust.u, one.sigma, "declared"
    return robust.mean, robust.u, robust.s or math.nan, "of_laboratories"


def precision_rows(definition: ProductTestDefinition, measured: pd.DataFrame) -> list[Row]:
    """Rows of out_test_precision."""
    return [
        {
            "characteristic": one.characteristic.id, "material": one.material,
            "laboratories": len(one.precision.laboratories), "mean": one.precision.mean, "s_r": one.precision.s_r,
            "s_l": one.precision.s_L, "s_big_r": one.precision.s_R, "repeatability_limit": one.precision.r,
            "reproducibility_limit": one.precision.R, "cochran": one.precision.cochran,
            "cochran_critical": one.precision.cochran_critical, "assigned": one.assigned,
            "u_assigned": one.u_assigned, "sigma": one.sigma, "sigma_basis": one.basis,
        }
        for one in _rounds(definition, measured)
    ]  # fmt: skip


def laboratory_rows(definition: ProductTestDefinition, measured: pd.DataFrame) -> list[Row]:
    """Rows of out_test_laboratories. A laboratory has one number in all rounds, by the mean of its figures: numbers in
    the order of names would tell the names to whoever knows which laboratories took part."""
    rounds = list(_rounds(definition, measured))
    means = (
        pd.concat([one.rows for one in rounds]).groupby("laboratory")["value"].mean()
        if rounds
        else pd.Series()
    )
    place = {str(name): k for k, name in enumerate(means.sort_values(kind="stable").index, 1)}
    return [
        {**row, "code": f"L{place[row['laboratory']]}", "named": definition.named_laboratories}
        for one in rounds
        for row in sorted(_of_round(one), key=lambda row: place[row["laboratory"]])
    ]


def _of_round(one: _Round) -> Iterator[Row]:
    groups = one.rows.groupby("laboratory", sort=True)
    sizes, means, spreads = (getattr(groups["value"], name)() for name in ("size", "mean", "std"))
    stated = groups["u"].mean().to_numpy(dtype=float)
    h_critical, k_critical = _critical(len(sizes), float(sizes.mean()))
    z, z_prime, e_n = _scores(one, means.to_numpy(), stated)
    worst = int(np.argmax(spreads.to_numpy()))
    for k, name in enumerate(one.precision.laboratories):
        flags = {
            "h": abs(one.precision.h[k]) > h_critical, "k": one.precision.k[k] > k_critical,
            "cochran": k == worst and one.precision.cochran > one.precision.cochran_critical, "e_n": abs(e_n[k]) > 1,
        }  # fmt: skip
        yield {
            "characteristic": one.characteristic.id, "material": one.material, "laboratory": name,
            "repeats": int(sizes.iloc[k]), "mean": float(means.iloc[k]), "sd": float(spreads.iloc[k]),
            "h": float(one.precision.h[k]), "h_critical": h_critical, "k": float(one.precision.k[k]),
            "k_critical": k_critical, "z": float(z[k]), "z_prime": float(z_prime[k]), "e_n": float(e_n[k]),
            "verdict": _verdict(float(z_prime[k])), "flags": " ".join(flag for flag, on in flags.items() if on),
        }  # fmt: skip


def _critical(laboratories: int, repeats: float) -> tuple[float, float]:
    return (math.nan, math.nan) if laboratories < _FEWEST else mandel_critical(laboratories, round(repeats))


def _scores(one: _Round, means: np.ndarray, u: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """z, z' and E_n of each laboratory; NaN where nothing is assigned, E_n also where no uncertainty is stated."""
    blank = np.full(len(means), np.nan)
    if not math.isfinite(one.sigma):
        return blank, blank, blank
    plain = z_scores(means, one.assigned, one.sigma)
    own = z_scores(means, one.assigned, one.sigma, one.u_assigned)
    return plain, own, e_numbers(means, _COVERAGE * u, one.assigned, _COVERAGE * one.u_assigned)


def _verdict(z: float) -> str:
    if math.isnan(z):
        return "not_scored"
    return "satisfactory" if abs(z) < _WARNING else "warning" if abs(z) < _ACTION else "action"
