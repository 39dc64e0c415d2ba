"""Fit measures by lavaan's definitions, from the discrepancy and the moments alone.

χ² = n·F with S over n; baseline: all variables independent; CFI and TLI from both; RMSEA with n (not
n−1) and its 90 % interval by the noncentral χ²; SRMR Bentler's, from residuals standardised by the sample;
AIC and BIC from the normal log-likelihood. semopy's own differ: its GFI is NFI, its AIC and BIC are not
likelihood-based, its RMSEA uses n−1, and SRMR is absent.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.special import chdtr, chdtrc, chndtr

from ncsi.arrays import Array


def fit_measures(cov: Array, sigma: Array, value: float, n: float, n_parameters: int) -> pd.Series:
    """All fit measures, named as lavaan names them (`rmsea_low`, `rmsea_high`: the 90 % interval).

    `cov` and `sigma` are sample and implied covariance over n, `value` the discrepancy F. With no degrees
    of freedom the model fits trivially: p is 1, CFI and TLI 1, RMSEA 0.
    """
    size = len(cov)
    moments = size * (size + 1) // 2
    sd = np.sqrt(np.diag(cov))
    logdet = float(np.linalg.slogdet(cov)[1])
    base = n * (2.0 * float(np.log(sd).sum()) - logdet)
    chisq, df, base_df = n * max(value, 0.0), moments - n_parameters, moments - size
    logl = -0.5 * n * (size * np.log(2 * np.pi) + value + logdet + size)
    measures = {
        "chisq": chisq,
        "df": float(df),
        "pvalue": float(chdtrc(df, chisq)) if df else 1.0,
        "baseline.chisq": base,
        "baseline.df": float(base_df),
        **comparative(chisq, df, base, base_df),
        **rmsea(chisq, df, n),
        "srmr": srmr(cov, sigma),
        "logl": logl,
        "npar": float(n_parameters),
        "aic": 2 * n_parameters - 2 * logl,
        "bic": np.log(n) * n_parameters - 2 * logl,
    }
    return pd.Series(measures, name="value", dtype=float).rename_axis("measure")


def comparative(chisq: float, df: int, base: float, base_df: int) -> dict[str, float]:
    """CFI and TLI against the baseline model."""
    excess, base_excess = max(chisq - df, 0.0), max(chisq - df, base - base_df, 0.0)
    cfi = 1.0 - excess / base_excess if base_excess > 0 else 1.0
    if df == 0 or base_df == 0 or base == base_df:
        return {"cfi": cfi, "tli": 1.0}
    ratio = base / base_df
    return {"cfi": cfi, "tli": (ratio - chisq / df) / (ratio - 1.0)}


def rmsea(chisq: float, df: int, n: float, groups: int = 1) -> dict[str, float]:
    """RMSEA and its 90 % interval; several groups scale it by √groups (Steiger 1998)."""
    if df == 0:
        return {"rmsea": 0.0, "rmsea_low": 0.0, "rmsea_high": 0.0}
    scale = np.sqrt(groups / (n * df))
    low, high = _noncentrality(chisq, df, 0.95), _noncentrality(chisq, df, 0.05)
    return {
        "rmsea": float(np.sqrt(max(chisq - df, 0.0)) * scale),
        "rmsea_low": float(np.sqrt(low) * scale),
        "rmsea_high": float(np.sqrt(high) * scale),
    }


def _noncentrality(chisq: float, df: int, probability: float) -> float:
    """λ with P(χ²(df, λ) ≤ chisq) = probability; 0 where already the central χ² is below."""
    if chdtr(df, max(chisq, 0.0)) < probability:
        return 0.0
    upper = max(chisq, 1.0)
    while chndtr(chisq, df, upper) > probability:
        upper *= 2.0
    return float(brentq(lambda shift: chndtr(chisq, df, shift) - probability, 1e-12, upper, xtol=1e-10))


def srmr(cov: Array, sigma: Array) -> float:
    """Root mean square of (S−Σ)/√(sᵢᵢsⱼⱼ) over the lower triangle, diagonal included."""
    sd = np.sqrt(np.diag(cov))
    residual = ((cov - sigma) / np.outer(sd, sd))[np.tril_indices(len(cov))]
    return float(np.sqrt(np.mean(residual**2)))
