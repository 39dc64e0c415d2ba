"""Attrition of a panel: those who answered again are weighted up, class by class, to all who were to be asked again.

Weighting-class adjustment (Little, 1986; Kalton and Flores-Cervantes, 2003): the inverse of the weighted share of a
class that answered again. Classes are made of what is known of everybody from the wave before, satisfaction first,
because leaving depends on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ncsi.errors import WeightingError
from ncsi.survey.design import Floats
from ncsi.survey.known_margins import Margin

CLASS, SHARE = "attrition_class", "attrition_share"
"""Columns that the responses of a wave carry then: the class of each that answered again, and the share of the members
that it had in the wave before; those who are new have none."""
_NEW = "new"
FIFTHS = 5
"""Classes of satisfaction: five remove about nine tenths of what a variable biases (Cochran, 1968)."""


@dataclass(frozen=True, slots=True, eq=False)
class Members:
    """Those of the wave before who were to be asked again: respondent, weight, score (mean of the target's items,
    0-100) and further columns; `returned`: who of them answered; `released`: how many more that wave's figures count,
    who were not to be asked again; `as_counted`: whether these are all whom the stored figures of that wave are of,
    with the answers that they gave then."""

    rows: pd.DataFrame
    returned: frozenset[str]
    released: int = 0
    as_counted: bool = True

    @property
    def stayed(self) -> pd.Series:
        """Whether each row's member answered again."""
        return self.rows["respondent"].isin(self.returned)


def attrition_classes(members: Members, by: Sequence[str], least: int) -> pd.DataFrame:
    """respondent, attrition_class and attrition_share (of the weight of all members) of those who answered again.

    Classes are fifths of the score, the least satisfied first, crossed with `by`; a class with fewer than `least` of
    them joins the largest of its fifth, a fifth with fewer the smaller one beside it. Raises WeightingError where
    fewer than `least` answered again at all.
    """
    stayed = members.stayed
    if int(stayed.sum()) < least:
        raise WeightingError(
            "attrition",
            f"{int(stayed.sum())} members of the wave before answered again, fewer than {least}",
            "Are the pseudonyms those of the panel? Else take `attrition:` out of the wave file",
        )
    classes = _merged(_cells(members.rows, by), stayed, least)
    weight = members.rows["weight"].groupby(classes).sum()
    share = weight / weight.sum()
    own = members.rows.loc[stayed, ["respondent"]].assign(**{CLASS: classes[stayed]})
    return own.assign(**{SHARE: own[CLASS].map(share)}).reset_index(drop=True)


def attrition_margin(responses: pd.DataFrame, weights: Floats) -> Margin | None:
    """What the responses are weighted to: the classes of those who answered again at the shares that they had before,
    together and apart from the new at what `weights` give them. None where the responses carry no classes."""
    if CLASS not in responses or responses[CLASS].isna().all():
        return None
    codes, names = pd.factorize(responses[CLASS].astype("object").fillna(_NEW), sort=True)
    shares = responses.groupby(codes)[SHARE].first().to_numpy(dtype=float, na_value=np.nan)
    reached = np.bincount(codes, weights, len(names))
    new = names == _NEW
    returned = reached[~new].sum()
    totals = np.where(new, reached, shares / shares[~new].sum() * returned)
    return Margin("attrition", tuple(map(str, names)), totals, codes.astype(np.int64))


def _cells(rows: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """The fifth of each row's score, from 1, and its cell within it."""
    cuts = np.quantile(rows["score"], np.arange(1, FIFTHS) / FIFTHS)
    fifth = pd.Series(1 + np.searchsorted(cuts, rows["score"], side="left"), index=rows.index)
    cell = pd.Series("", index=rows.index)
    for name in by:
        cell = cell + "/" + rows[name].astype("object").fillna("unknown").astype(str)
    return pd.DataFrame({"fifth": fifth, "cell": cell})


def _merged(cells: pd.DataFrame, stayed: pd.Series, least: int) -> pd.Series:
    fifth = _merged_fifths(cells["fifth"], stayed, least)
    cell = cells["cell"].copy()
    for name in sorted(set(fifth)):
        own = fifth == name
        counts = cell[own & stayed].value_counts().reindex(sorted(set(cell[own])), fill_value=0)
        largest = counts.sort_values(ascending=False, kind="stable").index[0]
        cell = cell.mask(own & cell.isin(counts.index[counts < least]), largest)
    return fifth.astype(str) + cell


def _merged_fifths(fifth: pd.Series, stayed: pd.Series, least: int) -> pd.Series:
    """Fifths, each with at least so many who stayed: the smallest goes first, to the smaller one beside it."""
    merged = fifth.copy()
    while True:
        counts = stayed.groupby(merged).sum().sort_index()
        if len(counts) == 1 or counts.min() >= least:
            return merged
        at = int(counts.argmin())
        beside = [k for k in (at - 1, at + 1) if 0 <= k < len(counts)]
        other = min(beside, key=lambda k: counts.iloc[k])
        merged = merged.replace(counts.index[at], counts.index[other])
