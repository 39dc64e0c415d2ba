"""The design that the columns of a frame describe."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ncsi.errors import InputError
from ncsi.survey.design import Codes, Design, Floats, Lonely


def design_of(
    frame: pd.DataFrame,
    weights: str | None = None,
    strata: str | None = None,
    clusters: str | Sequence[str] | None = None,
    fpc: str | None = None,
    lonely: Lonely = "error",
) -> Design:
    """The design that the columns of a frame describe: rows are respondents.

    `weights` (none: all 1) may be 0, which leaves a row out; `clusters` none: each row is its own; names of
    clusters count within strata. `fpc`: clusters in the population by stratum (> 1), or the sampling fraction
    (<= 1). Raises InputError naming column and row for missing, negative or contradictory values.
    """
    n = len(frame)
    w = np.ones(n) if weights is None else _numbers(frame, weights)
    if (w < 0).any() or not (w > 0).any():
        raise _bad_row(
            frame, str(weights), w < 0, "is negative", "Weights are positive, or 0 to leave a row out"
        )
    names = _labels(frame, strata) if strata else np.zeros(n, dtype=np.int64)
    stratum, labels = pd.factorize(names, sort=True)
    columns = [clusters] if isinstance(clusters, str) else list(clusters or ())
    own = np.arange(n) if not columns else _codes(frame, columns)
    cluster, first = _nested(stratum, own)
    of_cluster = stratum[first].astype(np.int64)
    fraction = np.zeros(len(first))
    if fpc is not None:
        fraction = _fractions(_numbers(frame, fpc), fpc, stratum, of_cluster, cluster, w)
    return Design(w, cluster, of_cluster, tuple(str(one) for one in labels), fraction, lonely)


def _nested(stratum: NDArray[np.intp], own: NDArray[np.int64]) -> tuple[Codes, Codes]:
    """Cluster codes within strata in the order of the pairs, and the first row of each cluster."""
    pairs = stratum.astype(np.int64) * (int(own.max(initial=0)) + 1) + own
    _, first, cluster = np.unique(pairs, return_index=True, return_inverse=True)
    return cluster.astype(np.int64), first.astype(np.int64)


def _fractions(
    sizes: Floats, column: str, stratum: NDArray[np.intp], of_cluster: Codes, cluster: Codes, w: Floats
) -> Floats:
    low = np.full(int(stratum.max()) + 1, np.inf)
    high = np.full(len(low), -np.inf)
    np.minimum.at(low, stratum, sizes)
    np.maximum.at(high, stratum, sizes)
    present = np.unique(cluster[w > 0])
    drawn = np.bincount(of_cluster[present], minlength=len(low))
    fraction = np.where(low <= 1, low, drawn / np.maximum(low, 1e-300))
    if (low != high).any() or (low <= 0).any() or (fraction > 1 + 1e-12).any():
        raise InputError(
            f"column {column}",
            "a stratum's population size varies, is not positive, or is smaller than its sample",
            "Give each stratum one number: its clusters in the population, or the fraction drawn",
        )
    return np.asarray(fraction[of_cluster])


def _codes(frame: pd.DataFrame, columns: Sequence[str]) -> NDArray[np.int64]:
    for column in columns:
        _labels(frame, column)
    codes = frame.groupby(list(columns), sort=True).ngroup()
    return np.asarray(codes.to_numpy(), dtype=np.int64)


def _labels(frame: pd.DataFrame, column: str) -> NDArray[np.object_]:
    if column not in frame:
        raise InputError("survey design", f"there is no column '{column}'", f"Columns are: {_some(frame)}")
    missing = frame[column].isna().to_numpy()
    if missing.any():
        raise _bad_row(frame, column, missing, "is missing", "Every row needs its stratum and cluster")
    return frame[column].to_numpy()


def _numbers(frame: pd.DataFrame, column: str) -> Floats:
    _labels(frame, column)
    values = pd.to_numeric(frame[column], errors="coerce").to_numpy(dtype=float)
    if not np.isfinite(values).all():
        raise _bad_row(frame, column, ~np.isfinite(values), "is not a number", "Correct the column")
    return values


def _bad_row(frame: pd.DataFrame, column: str, bad: NDArray[np.bool_], what: str, cure: str) -> InputError:
    row = frame.index[np.flatnonzero(bad)[0]] if bad.any() else "none"
    return InputError(f"column {column}, row {row}", f"the value {what}" if bad.any() else "all are 0", cure)


def _some(frame: pd.DataFrame) -> str:
    return ", ".join(map(str, list(frame.columns)[:12]))
