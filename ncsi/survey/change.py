"""Why a mean changed between two waves: who answers, and how they answer.

Kitagawa (1955) over cells, and Oaxaca (1973) and Blinder (1973) by a regression on several variables, both with the
weights of the two waves averaged, so that neither wave is the standard and nothing is left over. Errors are those of
the design, by linearisation; who answered in both waves counts once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd

from ncsi.errors import InputError
from ncsi.survey.design import Floats
from ncsi.survey.waves import Waves, estimates_of

ChangeMethod = Literal["cells", "regression"]
_WHERE = "change of a mean"


@dataclass(frozen=True, slots=True)
class MeanChange:
    """A change of a mean and its parts.

    `parts`: part ("change", "composition": who answers, "answers": how they answer), estimate, se, df, low, high, t, p.
    `cells`: of every group, group, n_before, n_now, share_before, share_now, mean_before, mean_now, and of either part
    composition and answers with _se, _low and _high; a group's composition is against the mean of all. By regression
    group is a variable, and only its composition is given (else NaN): the rest would depend on the value that a
    variable is measured from. `left_out` rows without value or group; `waves` compared; `level`.
    """

    parts: pd.DataFrame
    cells: pd.DataFrame
    method: ChangeMethod
    waves: tuple[str, str]
    means: tuple[float, float]
    n: tuple[int, int]
    left_out: int
    level: float


def mean_change(
    frame: pd.DataFrame,
    value: str,
    by: str | Sequence[str],
    wave: str,
    waves: tuple[str, str],
    method: ChangeMethod = "cells",
    weights: str | None = None,
    strata: str | None = None,
    clusters: str | None = None,
    person: str | None = None,
    level: float = 0.95,
) -> MeanChange:
    """The change of the weighted mean of `value` from one of the `waves` to the other, split by the columns `by`.

    cells: crossed groups, Σ(p₁−p₀)(m₀+m₁)/2 and Σ(m₁−m₀)(p₀+p₁)/2; regression: main effects of the columns. Waves are
    independent samples unless `person` says who answered in both. Raises InputError for columns that are not there, a
    group without weighted answers in one wave, columns that one wave tells apart less than both, a person twice in a
    wave, and waves that are not in the frame.
    """
    names = [by] if isinstance(by, str) else list(by)
    if method not in get_args(ChangeMethod) or not names:
        raise InputError(_WHERE, f"method '{method}' of {len(names)} columns is not known",
                         f"Name a column or more in by=, and method {' or '.join(get_args(ChangeMethod))}")  # fmt: skip
    taken = Waves.of(frame, value, wave, waves, names, weights, strata, clusters, person)
    if method == "cells":
        first, others = taken.rows[names[0]].astype(str), taken.rows[names[1:]].astype(str)
        groups = first.str.cat(others, sep=" · ") if len(names) > 1 else first
        columns, labels = _dummies(groups), tuple(sorted(groups.unique()))
        _require_both(taken, columns, labels)
        found = _by_cells(taken, columns)
    else:
        labels, columns = tuple(names), np.empty((0, 0))
        found = _by_regression(taken, names)
    composition, answers, moved, changed = found
    who, how = moved.sum(axis=1), changed.sum(axis=1)
    total = [composition.sum() + answers.sum(), composition.sum(), answers.sum()]
    influence = np.column_stack([who + how, who, how])
    parts = estimates_of(taken.design, np.array(total), influence, level)
    parts.insert(0, "part", ["change", "composition", "answers"])
    cells = _cells(taken, labels, columns if method == "cells" else None)
    for name, values, rows in (("composition", composition, moved), ("answers", answers, changed)):
        made = estimates_of(taken.design, values, rows, level) if rows.shape[1] == len(labels) else None
        for column, suffix in (("estimate", ""), ("se", "_se"), ("low", "_low"), ("high", "_high")):
            cells[name + suffix] = np.nan if made is None else made[column]
    return MeanChange(parts, cells, method, waves, taken.means(), taken.sizes(), taken.left_out, level)


def _dummies(groups: pd.Series) -> Floats:
    codes, labels = pd.factorize(groups, sort=True)
    return np.asarray(codes[:, None] == np.arange(len(labels)), dtype=np.float64)


def _require_both(taken: Waves, columns: Floats, labels: tuple[str, ...]) -> None:
    for k, wave in enumerate(taken.waves):
        inside = taken.now == k
        weighed = columns[inside & (taken.design.weights > 0)].sum(axis=0)
        for one in np.flatnonzero(weighed == 0)[:1]:
            found = f"nobody in it answered in wave {wave}"
            if columns[inside, one].any():
                found = f"nobody in it has a weight above 0 in wave {wave}"
            raise InputError(f"{_WHERE}: group {labels[one]}", found,
                             "Join it to a similar group, or leave it out of both waves")  # fmt: skip


def _require_alike(taken: Waves, x: Floats, names: Sequence[str]) -> None:
    """Each wave must tell apart what both together do: a slope that one does not know would be made up."""
    weighed = taken.design.weights > 0
    whole = _rank(x[weighed])
    for k, wave in enumerate(taken.waves):
        rank = _rank(x[weighed & (taken.now == k)])
        if rank < whole:
            raise InputError(f"{_WHERE}: columns {', '.join(names)}",
                             f"in wave {wave} groups of different columns coincide: rank {rank}, of both {whole}",
                             "Leave a column out, join groups, or use method cells")  # fmt: skip


def _rank(x: Floats) -> int:
    return int(np.linalg.matrix_rank(x.T @ x, hermitian=True))


def _by_cells(taken: Waves, columns: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Parts by cell (C,) and their influences (n, C)."""
    p, m, of_p, of_m, level, of_level = [], [], [], [], [], []
    for k in (0, 1):
        inside, total = taken.now == k, taken.total(k)
        weighted = taken.design.weights * inside
        share, mean = weighted @ columns / total, float(weighted @ taken.y / total)
        own = weighted @ (columns * taken.y[:, None]) / (total * share)
        p.append(share)
        m.append(own)
        of_p.append(inside[:, None] * (columns - share) / total)
        of_m.append(inside[:, None] * columns * (taken.y[:, None] - own) / (total * share))
        level.append(mean)
        of_level.append(inside * (taken.y - mean) / total)
    shift, turn = p[1] - p[0], m[1] - m[0]
    middle, centre = (m[0] + m[1]) / 2, sum(level) / 2
    share, by_share = (p[0] + p[1]) / 2, of_p[1] - of_p[0]
    moved = by_share * (middle - centre) + shift * (
        (of_m[0] + of_m[1]) / 2 - ((of_level[0] + of_level[1]) / 2)[:, None]
    )
    changed = (of_m[1] - of_m[0]) * share + turn * (of_p[0] + of_p[1]) / 2
    return shift * (middle - centre), turn * share, moved, changed


def _by_regression(taken: Waves, names: Sequence[str]) -> tuple[Floats, Floats, Floats, Floats]:
    """Composition by variable, the answers' part whole, and their influences: neither depends on the values that the
    variables are measured from, which the smallest solution chooses."""
    blocks = [taken.rows[name].astype(str) for name in names]
    dummies = [_dummies(one) for one in blocks]
    for name, one, block in zip(names, dummies, blocks, strict=True):
        _require_both(taken, one, tuple(f"{value} of {name}" for value in sorted(block.unique())))
    x = np.column_stack([np.ones(len(taken.y)), *dummies])
    _require_alike(taken, x, names)
    owner = np.repeat(np.arange(len(names)), [one.shape[1] for one in dummies])
    of_variable = np.asarray(owner[:, None] == np.arange(len(names)), dtype=np.float64)
    slopes, means, of_slopes, of_means = [], [], [], []
    for k in (0, 1):
        inside, total = taken.now == k, taken.total(k)
        weighted = taken.design.weights * inside
        bread = np.linalg.pinv(x.T @ (weighted[:, None] * x) / total, rcond=1e-10, hermitian=True)
        slope = bread @ (x.T @ (weighted * taken.y)) / total
        mean = weighted @ x / total
        slopes.append(slope)
        means.append(mean)
        of_slopes.append(((inside * (taken.y - x @ slope))[:, None] * x) @ bread / total)
        of_means.append(inside[:, None] * (x - mean) / total)
    shift, slope = means[1] - means[0], (slopes[0] + slopes[1]) / 2
    turn, mean = slopes[1] - slopes[0], (means[0] + means[1]) / 2
    moved = (of_means[1] - of_means[0]) * slope + shift * (of_slopes[0] + of_slopes[1]) / 2
    changed = (of_slopes[1] - of_slopes[0]) @ mean + ((of_means[0] + of_means[1]) / 2) @ turn
    return (
        (shift * slope)[1:] @ of_variable,
        np.array([turn @ mean]),
        moved[:, 1:] @ of_variable,
        changed[:, None],
    )


def _cells(taken: Waves, labels: tuple[str, ...], columns: Floats | None) -> pd.DataFrame:
    frame = pd.DataFrame({"group": labels})
    described = ["n_before", "n_now", "share_before", "share_now", "mean_before", "mean_now"]
    if columns is None:
        return frame.assign(**dict.fromkeys(described, np.nan))
    for k, name in enumerate(("before", "now")):
        inside = taken.now == k
        weighted = taken.design.weights * inside
        share = weighted @ columns
        frame[f"n_{name}"] = columns[inside].sum(axis=0).astype(int)
        frame[f"share_{name}"] = share / taken.total(k)
        frame[f"mean_{name}"] = weighted @ (columns * taken.y[:, None]) / share
    return frame[["group", *described]]
