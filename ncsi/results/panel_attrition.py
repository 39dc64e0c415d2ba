"""Who of a panel came back: by cohort, brand, background; how those who left had answered (docs/method.md §8)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from ncsi.results.declared import empty
from ncsi.spec import RULE, Wave
from ncsi.spec.background import UNKNOWN
from ncsi.spec.panel_plan import Rotation
from ncsi.survey.design import Floats
from ncsi.tables import OUT_PANEL_ATTRITION, OUT_PANEL_LEAVERS, OUT_PANEL_RETENTION
from ncsi.weighting.attrition import Members

Seen = Mapping[str, frozenset[str]]
"""Respondents of each wave of a panel so far, the earliest first, this one last."""


@dataclass(frozen=True, slots=True, eq=False)
class PanelKeeping:
    """A sector of a panel's wave: who was seen when; its members of the wave before who were to be asked again, None
    where that wave has no results; rows of out_panel_leavers_by_sector in the release of the wave that is out, None
    where none is; the rotation group of whoever has one; `profile`, what was stored of the members in the wave before:
    respondent, brand and each background variable of both waves, a row a member and brand."""

    seen: Seen
    members: Members | None
    told: pd.DataFrame | None = None
    groups: Mapping[str, str] = field(default_factory=dict)
    profile: pd.DataFrame | None = None

    def due(self, rotation: Rotation | None) -> frozenset[str]:
        """Members of the wave before who are to be asked again."""
        return due_again(self.seen, rotation, self.groups)


def panel_tables(kept_up: PanelKeeping | None, wave: Wave) -> dict[str, pd.DataFrame]:
    """The tables of a sector, without wave and sector; empty where the wave is of no panel."""
    if kept_up is None:
        tables = (OUT_PANEL_ATTRITION, OUT_PANEL_RETENTION, OUT_PANEL_LEAVERS)
        return {one.name: empty(one.name) for one in tables}
    attrition = attrition_table(kept_up.seen, wave.rotation, wave.level, kept_up.groups)
    leavers = leavers_table(kept_up.members, str(wave.previous), wave.level)
    if kept_up.told is not None and not _is_same(leavers, kept_up.told):
        leavers = empty(OUT_PANEL_LEAVERS.name)
    return {
        OUT_PANEL_ATTRITION.name: attrition,
        OUT_PANEL_RETENTION.name: retention_table(kept_up, wave.rotation, wave.level),
        OUT_PANEL_LEAVERS.name: leavers,
    }


def cohorts(seen: Seen) -> dict[str, str]:
    """The wave in which each respondent was seen first."""
    first: dict[str, str] = {}
    for wave, members in seen.items():
        first |= {one: wave for one in members if one not in first}
    return first


def due_again(
    seen: Seen, rotation: Rotation | None, groups: Mapping[str, str] | None = None
) -> frozenset[str]:
    """Respondents of the wave before whom the rotation does not release now. `groups`: the rotation group of whoever
    has one; a member of unknown group stays."""
    waves = list(seen)
    before = seen[waves[-2]]
    if rotation is None:
        return before
    if rotation.stay is None:
        asked, known = rotation.asked_in(waves[-1]), groups or {}
        return frozenset(one for one in before if known.get(one) is None or known[one] in asked)
    first, place = cohorts(seen), {wave: k for k, wave in enumerate(waves)}
    return frozenset(one for one in before if len(waves) - 1 - place[first[one]] < rotation.stay)


def out_of_turn(seen: Seen, rotation: Rotation | None, groups: Mapping[str, str]) -> frozenset[str]:
    """Respondents of this wave who were not to be asked: released, or of a group that is not asked now."""
    waves = list(seen)
    now = seen[waves[-1]]
    asked = rotation.asked_in(waves[-1]) if rotation is not None else frozenset[str]()
    strangers = {one for one in now if one in groups and groups[one] not in asked} if asked else set[str]()
    released = seen[waves[-2]] - due_again(seen, rotation, groups) if len(waves) > 1 else frozenset[str]()
    return frozenset(strangers | (now & released))


def attrition_table(
    seen: Seen, rotation: Rotation | None, level: float, groups: Mapping[str, str] | None = None
) -> pd.DataFrame:
    """Rows of out_panel_attrition_by_cohort without wave and sector: every cohort that has, or had in the wave before,
    enough members to be told, then all together under an empty cohort; none for a panel's first wave."""
    waves = list(seen)
    if len(waves) < 2:
        return empty(OUT_PANEL_ATTRITION.name)
    now, before, due = seen[waves[-1]], seen[waves[-2]], due_again(seen, rotation, groups)
    first, strangers = cohorts(seen), out_of_turn(seen, rotation, groups or {})
    rows = []
    for cohort in (*waves, ""):
        own = frozenset(one for one, wave in first.items() if not cohort or wave == cohort)
        here, there, asked = own & now, own & before, own & due
        entered = own & seen[cohort] if cohort else own
        if max(len(here), len(there)) < RULE.subgroup:
            continue
        returned, new = here & asked, frozenset(one for one in here if first[one] == waves[-1])
        rows.append({
            "cohort": cohort, "previous": waves[-2], "entered": len(entered), "respondents_before": len(there),
            "released": len(there - asked), **_returned(asked, returned, level),
            "back": len(here - there - new), "overstayed": len(here & strangers), "new": len(new),
            "respondents": len(here), "survival": len(here) / len(entered) if cohort else np.nan,
        })  # fmt: skip
    return pd.DataFrame(rows, columns=list(empty(OUT_PANEL_ATTRITION.name).columns))


def retention_table(kept_up: PanelKeeping, rotation: Rotation | None, level: float) -> pd.DataFrame:
    """Rows of out_panel_retention_by_part without wave and sector: the members who were to be asked again, by brand and
    by each background variable of the wave before. Values of fewer than 30 are told together, with the next smallest
    until they are 30 (an empty value); a variable that leaves one part is left out."""
    rows: list[dict[str, object]] = []
    if kept_up.profile is not None and len(kept_up.seen) > 1:
        due, waves = kept_up.due(rotation), list(kept_up.seen)
        own = kept_up.profile[kept_up.profile["respondent"].isin(due)]
        for dimension in (one for one in own if one != "respondent"):
            for value, asked in _parts(own, str(dimension)):
                counts = _returned(asked, asked & kept_up.seen[waves[-1]], level)
                rows.append({"dimension": dimension, "value": value, "previous": waves[-2], **counts})
    return pd.DataFrame(rows, columns=list(empty(OUT_PANEL_RETENTION.name).columns))


def _parts(rows: pd.DataFrame, dimension: str) -> Iterator[tuple[str, frozenset[str]]]:
    """Each value's members, the few together under an empty value; nothing where that leaves one part."""
    members = {
        str(value): frozenset(own)
        for value, own in rows["respondent"].groupby(
            rows[dimension].astype("object").fillna(UNKNOWN), sort=True
        )
    }
    left, few = sorted(members, key=lambda one: (len(members[one]), one)), frozenset[str]()
    while left and (len(members[left[0]]) < RULE.subgroup or 0 < len(few) < RULE.subgroup):
        few |= members[left.pop(0)]
    if len(left) + bool(few) < 2:
        return
    yield from ((value, members[value]) for value in sorted(left))
    if few:
        yield "", few


def _returned(asked: frozenset[str], returned: frozenset[str], level: float) -> dict[str, float]:
    """How many of those asked again answered, and their share with Wilson's interval."""
    from ncsi.composite.measures.counts import (
        wilson,
    )  # late, as below: the board of most waves needs none of it

    n, k = len(asked), len(returned)
    low, high = wilson(k / n, n, level) if n else (np.nan, np.nan)
    return {
        "asked_again": n, "returned": k, "lost": n - k, "retention": k / n if n else np.nan, "low": low, "high": high,
    }  # fmt: skip


def leavers_table(members: Members | None, previous: str, level: float) -> pd.DataFrame:
    """The row of out_panel_leavers_by_sector without wave and sector: how satisfied those who answered again and those
    who did not were in the wave before. None where either are fewer than may be told of, by number or by weight, or all
    of one opinion; none where the published means of that wave less these two would be those of a few: so few were
    released, or that wave's figures are not of these answers."""
    if members is None or 0 < members.released < RULE.subgroup or not members.as_counted:
        return empty(OUT_PANEL_LEAVERS.name)
    stayed = members.stayed.to_numpy(dtype=bool)
    score, weight = (members.rows[name].to_numpy(dtype=float) for name in ("score", "weight"))
    if not all(_may_be_told(score[part], weight[part]) for part in (stayed, ~stayed)):
        return empty(OUT_PANEL_LEAVERS.name)
    (one, se_one, n_one), (other, se_other, n_other) = (
        _mean(score[part], weight[part]) for part in (stayed, ~stayed)
    )
    from ncsi.model.resampling.freedom import satterthwaite
    from ncsi.model.resampling.intervals import t_reach, two_sided

    variances = np.array([se_one, se_other])[:, None] ** 2
    df = float(satterthwaite(variances, np.array([n_one - 1, n_other - 1])[:, None])[0])
    se = float(np.sqrt(variances.sum()))
    reach = float(t_reach(level, df)) * se
    z = np.array([(other - one) / se])
    return pd.DataFrame([{
        "previous": previous, "stayed": int(stayed.sum()), "left": int((~stayed).sum()),
        "stayed_0_100": one, "left_0_100": other, "difference": other - one, "se": se, "df": df,
        "low": other - one - reach, "high": other - one + reach, "p": float(two_sided(z, np.array([df]))[0]),
    }])[list(empty(OUT_PANEL_LEAVERS.name).columns)]  # fmt: skip


def _may_be_told(score: Floats, weight: Floats) -> bool:
    """Whether a part's mean is that of enough people: as of a subgroup, and not the one opinion of all of them."""
    if len(score) < RULE.subgroup or np.ptp(score) == 0:
        return False
    n_eff = weight.sum() ** 2 / (weight**2).sum()
    return bool(n_eff >= RULE.subgroup * (1 - 1e-9) and weight.max() <= RULE.dominance * weight.sum())


def _is_same(now: pd.DataFrame, told: pd.DataFrame) -> bool:
    """Whether a release says the same: two of them would differ by the few who went from one part to the other."""
    own, theirs = (one.select_dtypes("number").to_numpy(dtype=float) for one in (now, told[now.columns]))
    return own.shape == theirs.shape and np.allclose(own, theirs, rtol=1e-9, equal_nan=True)


def _mean(score: Floats, weight: Floats) -> tuple[float, float, int]:
    """Weighted mean, its standard error with respondents drawn with replacement, and their number."""
    n, mean = len(score), float(weight @ score / weight.sum())
    residual = weight * (score - mean) / weight.sum()
    return mean, float(np.sqrt(n / (n - 1) * (residual**2).sum())), n
