"""The design that the columns of a frame describe."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ncsi.arrays import Codes, narrowest
from ncsi.errors import InputError
from ncsi.kinds import of_kind
from ncsi.survey.design import Design, Floats, Lonely, Stage


@of_kind
def design_of(
    frame: pd.DataFrame,
    weights: str | None = None,
    strata: str | None = None,
    clusters: str | Sequence[str] | None = None,
    fpc: str | Sequence[str] | None = None,
    lonely: Lonely = "error",
) -> Design:
    """The design that the columns of a frame describe: rows are respondents.

    `weights` (none: all 1) may be 0, which leaves a row out. `clusters`: the units of each stage, first to last
    (none: each row is its own); names count within strata, and within the unit of the stage above. `fpc`: units in
    the population by stratum, or at later stages by the unit above (> 1), or the sampling fraction (<= 1); one
    column a stage. A stage counts when the stages above have an `fpc`, as without one the first stage holds all of
    the variance; one column more than clusters makes the rows the last stage. Raises InputError naming column and
    row for missing, negative or contradictory values.
    """
    n = len(frame)
    if not n:
        raise InputError("survey design", "the data have no rows", "Look at what they were selected by")
    w = np.ones(n) if weights is None else _numbers(frame, weights)
    if (w < 0).any() or not (w > 0).any():
        raise _bad_row(
            frame, str(weights), w < 0, "is negative", "Weights are positive, or 0 to leave a row out"
        )
    names = _labels(frame, strata) if strata is not None else np.zeros(n, dtype=np.int64)
    stratum, labels = codes_of(names, str(strata))
    units, sizes = _listed(clusters), _listed(fpc)
    if len(sizes) > max(len(units) + 1, 1):
        raise InputError(
            f"columns {', '.join(sizes)}",
            f"{len(sizes)} stages have a population size, but {len(units)} have clusters",
            "Name the clusters of each stage; rows may be the last",
        )
    stages: list[Stage] = []
    texts = tuple(str(one) for one in labels)
    share: Floats = np.broadcast_to(1.0, n)
    for k in range(max(len(sizes), 1)):
        if stages:
            stratum, texts = stages[-1].cluster, _names_of(frame, units[k - 1], stages[-1])
            share = share * stages[-1].fraction[stratum]
        own = _codes(frame, units[k]) if k < len(units) else None
        size = sizes[k] if k < len(sizes) else None
        stages.append(_stage(frame, stratum.astype(narrowest(len(texts))), texts, own, size, w, share))
    return Design(w, tuple(stages), lonely)


def _stage(
    frame: pd.DataFrame,
    stratum: Codes,
    strata: tuple[str, ...],
    own: Codes | None,
    size: str | None,
    w: Floats,
    share: Floats,
) -> Stage:
    """The stage that draws units `own` (n,), None: the rows, within strata (n,)."""
    cluster, first = _rows_of(stratum) if own is None else _nested(stratum, own)
    of_cluster = stratum[first]
    fraction: Floats = np.broadcast_to(0.0, len(first))
    if size is not None:
        fraction = _fractions(_numbers(frame, size), size, stratum, of_cluster, cluster, w)
    of_stage = (
        share[first] if share.strides[0] else share[: len(first)]
    )  # of the first stage one number for all
    return Stage(cluster, of_cluster, strata, fraction, of_stage)


def _names_of(frame: pd.DataFrame, column: str, stage: Stage) -> tuple[str, ...]:
    """Names of a stage's clusters, the strata of the next."""
    _, first = np.unique(stage.cluster, return_index=True)
    return tuple(map(str, frame[column].to_numpy()[first]))


def _nested(stratum: Codes, own: Codes) -> tuple[Codes, Codes]:
    """Cluster codes within strata in the order of the pairs, and the first row of each cluster."""
    pairs = stratum.astype(np.int64) * (int(own.max(initial=0)) + 1) + own
    _, first, cluster = np.unique(pairs, return_index=True, return_inverse=True)
    return cluster.astype(narrowest(len(first))), first


def _rows_of(stratum: Codes) -> tuple[Codes, Codes]:
    """The same where each row is a cluster."""
    first = np.argsort(stratum, kind="stable")
    cluster = np.empty(len(stratum), dtype=narrowest(len(stratum)))
    cluster[first] = np.arange(len(stratum), dtype=cluster.dtype)
    return cluster, first


def _fractions(
    sizes: Floats, column: str, stratum: Codes, of_cluster: Codes, cluster: Codes, w: Floats
) -> Floats:
    low = np.full(int(stratum.max()) + 1, np.inf)
    high = np.full(len(low), -np.inf)
    np.minimum.at(low, stratum, sizes)
    np.maximum.at(high, stratum, sizes)
    present = np.unique(cluster[w > 0])
    drawn = np.bincount(of_cluster[present], minlength=len(low))
    fraction = np.where(low <= 1, low, drawn / np.maximum(low, 1))
    if (low != high).any() or (low <= 0).any() or (fraction > 1 + 1e-12).any():
        raise InputError(
            f"column {column}",
            "a stratum's population size varies, is not positive, or is smaller than its sample",
            "Give each stratum (at later stages each cluster) one number: its units in the population, or the "
            "fraction drawn",
        )
    return np.asarray(fraction[of_cluster])


def _listed(columns: str | Sequence[str] | None) -> list[str]:
    return [columns] if isinstance(columns, str) else list(columns or ())


def _codes(frame: pd.DataFrame, column: str) -> Codes:
    return codes_of(_labels(frame, column), column)[0]


def require_same_rows(what: str, index: pd.Index, frame: pd.DataFrame) -> None:
    """InputError for weights of other rows than the data, or in another order: each row would have another's."""
    if not index.equals(frame.index):
        raise InputError(
            what, "they are of other rows than the data, or in another order: their row labels differ",
            "Make them from these rows and keep the index, or put them into the data as columns",
        )  # fmt: skip


def require_once(frame: pd.DataFrame, column: str) -> None:
    """InputError for a column that is there twice."""
    if not frame.columns.is_unique and (count := int((frame.columns == column).sum())) > 1:
        raise InputError("survey data", f"there are {count} columns '{column}'", "Keep one of each name")


def require_numbers(values: pd.Series, column: str) -> None:
    """InputError for a column of dates, durations or complex numbers, which pandas would make numbers of."""
    if values.dtype.kind in "mMc":
        what = "complex numbers" if values.dtype.kind == "c" else "dates or durations, not numbers"
        raise InputError(f"column {column}", f"it holds {what}", "Make them numbers first")


def crossed(codes: Sequence[Codes]) -> tuple[Codes, NDArray[np.intp]]:
    """Of rows by the codes (n,) of several columns, −1 where missing: which of the combinations that there are each has
    (n,), as they come, and the first row of each."""
    which, size = codes[0], int(codes[0].max(initial=0)) + 1
    for one in codes[1:]:
        which, size = _joint(which, size, one)
    first = np.flatnonzero(~pd.Series(which, copy=False).duplicated().to_numpy())
    found = pd.factorize(which, use_na_sentinel=False)[0]
    return found.astype(narrowest(len(first))), first


def _joint(which: Codes, size: int, one: Codes) -> tuple[Codes, int]:
    """Codes of two columns, −1 where missing, as those of one, and above how many they are not."""
    here = int(one.max(initial=0)) + 2
    if (size + 1) * here > np.iinfo(np.int64).max:
        which, distinct = pd.factorize(which, use_na_sentinel=False)
        size = len(distinct)
    joint = which.astype(narrowest((size + 1) * here))
    joint += 1
    joint *= here
    joint += one
    joint += 1
    return joint, (size + 1) * here


def codes_of(values: NDArray[Any] | pd.Series | pd.Categorical, column: str) -> tuple[Codes, pd.Index]:
    """Positions (n,) of a column's values among its distinct ones, and these in order, of a categorical by its values
    in place of the order of its categories. InputError for lists and the like, which tell no rows apart."""
    if isinstance(values, pd.Categorical):
        return _codes_of_categories(values, column)
    try:
        codes, distinct = pd.factorize(values, sort=True)
    except TypeError as error:
        raise InputError(
            f"column {column}", "its values are lists or the like, which tell no rows apart",
            "Name a column of texts or numbers",
        ) from error  # fmt: skip
    return codes.astype(np.int64, copy=False), pd.Index(distinct)


def _codes_of_categories(values: pd.Categorical, column: str) -> tuple[Codes, pd.Index]:
    codes, size = np.asarray(values.codes), len(values.categories)
    there = np.unique(codes[codes >= 0])
    among, distinct = codes_of(values.categories[there].array, column)
    place = np.full(size + 1, -1, dtype=narrowest(size))  # the last is that of a missing one
    place[there] = among
    return place[codes], distinct


def _labels(frame: pd.DataFrame, column: str, cure: str = "Every row needs its stratum and cluster") -> Any:
    """The values of a column; texts and categories as pandas holds them, without an object of Python for each."""
    if not isinstance(frame, pd.DataFrame):
        raise InputError(
            "survey design", f"the data are {type(frame).__name__}, not a pandas data frame", "Make them one"
        )
    if not isinstance(column, str):
        raise InputError(
            "survey design", f"{type(column).__name__} is not the name of a column",
            "Put the values into the data as a column, and give its name",
        )  # fmt: skip
    if column not in frame:
        raise InputError("survey design", f"there is no column '{column}'", f"Columns are: {_some(frame)}")
    require_once(frame, column)
    missing = frame[column].isna().to_numpy()
    if missing.any():
        raise _bad_row(frame, column, missing, "is missing", cure)
    own = frame[column]
    return own.array if isinstance(own.dtype, pd.StringDtype | pd.CategoricalDtype) else own.to_numpy()


def _numbers(frame: pd.DataFrame, column: str) -> Floats:
    _labels(frame, column, "Give every row a number; a weight of 0 leaves it out")
    require_numbers(frame[column], column)
    values = pd.to_numeric(frame[column], errors="coerce").to_numpy(dtype=float)
    if not np.isfinite(values).all():
        raise _bad_row(frame, column, ~np.isfinite(values), "is not a number", "Correct the column")
    return values


def _bad_row(frame: pd.DataFrame, column: str, bad: NDArray[np.bool_], what: str, cure: str) -> InputError:
    row = frame.index[np.flatnonzero(bad)[0]] if bad.any() else "none"
    return InputError(f"column {column}, row {row}", f"the value {what}" if bad.any() else "all are 0", cure)


def _some(frame: pd.DataFrame) -> str:
    return ", ".join(map(str, list(frame.columns)[:12]))
