"""Which figures of few respondents may be shown: of passengers, by question, route and class.

Each function gives the status of every row (docs/method.md §15): a missing count or share hides the row.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ncsi.disclosure.complement import with_complement
from ncsi.spec import RULE

PUBLISHED, FEW, DOMINATED, COMPLEMENT, EMPTY = (
    "published", "few", "dominated", "complement", "no_answers"
)  # fmt: skip
Mask = NDArray[np.bool_]


def passenger_status(frame: pd.DataFrame) -> pd.Series:
    """Of rows of passengers with n, n_eff and largest_share, by the rule of a subgroup."""
    enough = (frame["n"] >= RULE.subgroup) & (frame["n_eff"] >= RULE.subgroup)
    even = frame["largest_share"] <= RULE.dominance
    told = np.select([frame["n"] == 0, ~enough, ~even], [EMPTY, FEW, DOMINATED], PUBLISHED)
    return pd.Series(told, index=frame.index, dtype=object)


def question_status(frame: pd.DataFrame) -> pd.Series:
    """Of rows of parts and questions: `unit`, `level` and `part` beside.

    A part's mean is that of its questions: where one of them is hidden, so is the smallest of the others.
    """
    status = passenger_status(frame)
    some = frame[(status != EMPTY) & (frame["level"] == "question")]
    hidden = with_complement(
        (status[some.index] != PUBLISHED).to_numpy(), some["n_eff"], some[["unit", "part"]], RULE.subgroup
    )
    return _complemented(status, hidden)


def domain_status(frame: pd.DataFrame) -> pd.Series:
    """Of rows of domains, with their `share` of the weight of what they add up to: the rows of one unit, question and
    dimension.

    What is hidden of these is, together, enough to be shown, and no row that is hidden for its own sake weighs more
    than the others that are: else its mean would follow closely from the total's.
    """
    status = passenger_status(frame)
    some = frame[status != EMPTY]
    parts = some.groupby(["unit", "level", "question", "dimension"], sort=False).indices.values()
    hidden = np.zeros(len(some), dtype=bool)
    small = (status[some.index] != PUBLISHED).to_numpy(dtype=bool)
    size = np.fmin(some["n"].to_numpy(dtype=float), some["n_eff"].to_numpy(dtype=float))
    share = some["share"].to_numpy(dtype=float)
    for at in parts:
        hidden[at] = _completed(small[at], size[at], share[at])
    return _complemented(status, pd.Series(hidden, index=some.index))


def small_passengers(frame: pd.DataFrame) -> pd.Series:
    """Rows that are hidden for their own sake."""
    own = passenger_status(frame)
    hidden: pd.Series = (own != PUBLISHED) & (own != EMPTY)
    return hidden


def _complemented(status: pd.Series, hidden: pd.Series) -> pd.Series:
    return status.mask((status == PUBLISHED) & hidden.reindex(status.index, fill_value=False), COMPLEMENT)


def _completed(small: Mask, size: NDArray[np.float64], share: NDArray[np.float64]) -> Mask:
    if not small.any():
        return small
    done = small.copy()
    for k in np.argsort(np.where(small, np.inf, size), kind="stable"):
        if done.all() or _holds(done, small, size, share):
            break
        done[k] = True
    return done


def _holds(done: Mask, small: Mask, size: NDArray[np.float64], share: NDArray[np.float64]) -> bool:
    enough = done.sum() > 1 and size[done].sum() >= RULE.subgroup
    return bool(enough and 2 * share[small].max() <= share[done].sum())
