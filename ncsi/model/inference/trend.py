"""An index over waves: chain-linked over breaks, rolling over four quarters, against last quarter and last year.

Every figure is a linear form of sector results; a result that stands in several waves is one result, so its error
counts once, and the results of a panel's waves are correlated. Shares are taken as known.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import pandas as pd

from ncsi.arrays import Array, Mask, Positions
from ncsi.model.inference.changes import holm
from ncsi.model.moments.weighted import ROUNDING
from ncsi.model.resampling.freedom import satterthwaite
from ncsi.model.resampling.intervals import two_sided

QUARTER, YEAR = 0.25, 1.0
_NEAR = 1e-6


@dataclass(frozen=True, slots=True)
class _Point:
    """A sector in a wave: its share, its index, which result that is (position), by which instrument."""

    share: float
    index: float
    result: int
    instrument: str


@dataclass(frozen=True, slots=True, eq=False)
class _Link:
    """A sector asked otherwise in two waves: its index in both by what both were asked, now first; their variances and
    degrees of freedom (2,)."""

    sector: str
    wave: str
    previous: str
    values: tuple[float, float]
    variance: Array
    df: Array


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two results (positions) that share respondents: their covariance, and degrees of freedom of their difference."""

    now: int
    before: int
    covariance: float
    df: float


@dataclass(frozen=True, slots=True)
class _Chain:
    """`when` (T,) in years, `like` (T, T) which waves are of one kind; `values` (T,) and `forms` (T, E) of the linked
    index; `variance`, its `df` and the `sector` (E,) of the results, and the `pairs` among them that share
    respondents; `breaks` before each wave; `segments` (T,): how many breaks before it nothing bridges."""

    waves: tuple[str, ...]
    when: Array
    like: Mask
    values: Array
    forms: Array
    variance: Array
    df: Array
    sector: Positions
    pairs: tuple[_Pair, ...]
    breaks: tuple[str, ...]
    segments: Positions


def trend(
    rows: pd.DataFrame,
    when: Mapping[str, float],
    level: float,
    panel: pd.DataFrame,
    links: pd.DataFrame | None = None,
    kinds: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """The series of every unit: level, unit, at, linked_0_100, segment, rolling_0_100, rolling_se, changes, break.

    `rows`: level, unit, wave, sector, share, index_0_100, se, df (of se; missing: it is known), from_wave (whose
    result it is), instrument (with version), one per sector of the unit and wave. `when`: wave → time in years, a
    quarter being 0.25. `kinds`: wave → what it is of time (a year, a quarter), by default all alike:
    `rolling_0_100` and changes are of waves of one kind. `panel`: wave, previous, sector, correlation, df_change of
    results that share respondents. A `links`: wave, previous, sector, index_0_100, se, df, previous_0_100,
    previous_se, previous_df of sectors that were asked otherwise in the two, measured by what both were asked. A
    break lies where the sectors of a unit or one's instrument differ from the wave before; there the link is the
    mean change of the sectors that both waves hold with the same instrument or a link, by this wave's shares;
    without any, a segment ends, and the earlier waves are linked among themselves. A link's results count as
    independent of the sector's own, which makes errors over longer spans rather too wide. Levels are those of a
    segment's last wave. `rolling_0_100` needs all four quarters in one segment.
    Changes (change_quarter, change_year, each with _se and verdict_…) are of the linked index: rose, fell,
    no_significant_change at 1 − `level` after Holm within level and wave (a change without an error has no p and stays
    out of it), trend_break where no link spans them,
    empty without such an earlier wave.
    """
    parts = []
    for _, part in rows.groupby(["level", "unit"], sort=False):
        made = _described(_chain(part, when, panel, links, kinds or {}))
        parts.append(made.assign(level=part["level"].iloc[0], unit=part["unit"].iloc[0]))
    series = pd.concat(parts, ignore_index=True)
    for over in ("quarter", "year"):
        series[f"verdict_{over}"] = _verdicts(series, over, level)
    return series.drop(columns=["p_quarter", "p_year"])


def _chain(
    rows: pd.DataFrame,
    when: Mapping[str, float],
    panel: pd.DataFrame,
    links: pd.DataFrame | None,
    kinds: Mapping[str, str],
) -> _Chain:
    waves = tuple(sorted(rows["wave"].unique(), key=lambda wave: (when[wave], wave)))
    sources = list(zip(rows["sector"], rows["from_wave"], strict=True))
    results = {key: e for e, key in enumerate(dict.fromkeys(sources))}
    over = list(_links(links, results)) if links is not None else []
    size = len(results) + 2 * len(over)
    variance, df = np.zeros((2, size))
    at = [results[key] for key in sources]
    variance[at], df[at] = rows["se"].to_numpy(dtype=float) ** 2, rows["df"].to_numpy(dtype=float)
    for k, one in enumerate(over):
        ends = [len(results) + 2 * k, len(results) + 2 * k + 1]
        variance[ends], df[ends] = one.variance, one.df
    by_wave: dict[str, dict[str, _Point]] = {wave: {} for wave in waves}
    columns = rows[["wave", "sector", "share", "index_0_100", "instrument"]].itertuples(
        index=False, name=None
    )
    for (wave, sector, share, index, instrument), key in zip(columns, sources, strict=True):
        by_wave[wave][sector] = _Point(share, index, results[key], instrument)
    points = list(by_wave.values())
    breaks = ["", *(_break(now, before) for before, now in pairwise(points))]
    values, forms, segments = _linked(points, breaks, over, results, size)
    times, kind = np.array([when[wave] for wave in waves]), np.array([kinds.get(wave, "") for wave in waves])
    names = [name for name, _ in results] + [one.sector for one in over for _ in range(2)]
    sector = np.unique(names, return_inverse=True)[1].ravel()
    pairs = tuple(_pairs(panel, results, variance))
    like = kind[:, None] == kind
    return _Chain(waves, times, like, values, forms, variance, df, sector, pairs, tuple(breaks), segments)


def _linked(
    points: Sequence[Mapping[str, _Point]],
    breaks: Sequence[str],
    over: Sequence[_Link],
    results: Mapping[tuple[str, str], int],
    size: int,
) -> tuple[Array, Array, Positions]:
    """Values and forms of the waves, linked from the last one back, and their segments."""
    own = [_aggregate(part, part, part, size) for part in points]
    values, forms = np.array([value for value, _ in own]), np.array([form for _, form in own])
    segments = np.zeros(len(points), dtype=np.intp)
    for t in range(len(points) - 1, 0, -1):
        linked = {
            one.sector: (len(results) + 2 * k, one)
            for k, one in enumerate(over)
            if _spans(one, results, points[t], points[t - 1])
        }
        step = _step(points[t], points[t - 1], breaks[t], size, linked)
        if step is None:
            segments[t:] += 1
        else:
            values[t - 1], forms[t - 1] = values[t] - step[0], forms[t] - step[1]
    return values, forms, segments


def _pairs(panel: pd.DataFrame, results: Mapping[tuple[str, str], int], variance: Array) -> Iterator[_Pair]:
    columns = (panel[name] for name in ("sector", "wave", "previous", "correlation", "df_change"))
    for sector, wave, previous, correlation, df in zip(*columns, strict=True):
        now, before = results.get((sector, wave)), results.get((sector, previous))
        if now is not None and before is not None:
            yield _Pair(
                now, before, float(correlation * np.sqrt(variance[now] * variance[before])), float(df)
            )


def _break(now: Mapping[str, _Point], before: Mapping[str, _Point]) -> str:
    both = now.keys() & before.keys()
    instrument = any(now[one].instrument != before[one].instrument for one in both)
    listed = now.keys() != before.keys()
    return (
        "both" if instrument and listed else "instrument" if instrument else "sector_list" if listed else ""
    )


def _links(links: pd.DataFrame, results: Mapping[tuple[str, str], int]) -> Iterator[_Link]:
    columns = [
        "wave",
        "previous",
        "sector",
        "index_0_100",
        "previous_0_100",
        "se",
        "previous_se",
        "df",
        "previous_df",
    ]
    for wave, previous, sector, now, before, *errors in links[columns].itertuples(index=False, name=None):
        if {(sector, wave), (sector, previous)} <= results.keys() and not pd.isna(now):
            se, df = np.array(errors[:2], dtype=float), np.array(errors[2:], dtype=float)
            yield _Link(sector, wave, previous, (float(now), float(before)), se**2, df)


def _spans(
    link: _Link,
    results: Mapping[tuple[str, str], int],
    now: Mapping[str, _Point],
    before: Mapping[str, _Point],
) -> bool:
    """Whether the results that stand in the two waves are those that the link was made for."""
    ends = ((now, link.wave), (before, link.previous))
    return all(
        link.sector in points and points[link.sector].result == results[link.sector, wave]
        for points, wave in ends
    )


def _step(
    now: Mapping[str, _Point],
    before: Mapping[str, _Point],
    break_: str,
    results: int,
    linked: Mapping[str, tuple[int, _Link]],
) -> tuple[float, Array] | None:
    """Change between two waves: of the aggregates, over a break of sectors that both hold unchanged or linked."""
    bridge = [
        one
        for one in now
        if one in before and (now[one].instrument == before[one].instrument or one in linked)
    ]
    if not bridge:
        return None
    for sector, (at, one) in linked.items():
        now = {**now, sector: replace(now[sector], index=one.values[0], result=at)}
        before = {**before, sector: replace(before[sector], index=one.values[1], result=at + 1)}
    a, f = _aggregate(now, bridge, now, results)
    b, g = _aggregate(before, bridge, now if break_ else before, results)
    return a - b, f - g


def _aggregate(
    points: Mapping[str, _Point], sectors: Iterable[str], shares: Mapping[str, _Point], results: int
) -> tuple[float, Array]:
    """Mean of `sectors` by the shares of another wave's points, and its form (E,)."""
    chosen, form = list(sectors), np.zeros(results)
    weights = np.array([shares[one].share for one in chosen])
    weights /= weights.sum()
    form[[points[one].result for one in chosen]] = weights
    return float(weights @ np.array([points[one].index for one in chosen])), form


def _described(chain: _Chain) -> pd.DataFrame:
    frame = pd.DataFrame(
        {"at": chain.waves, "linked_0_100": chain.values, "segment": chain.segments, "break": chain.breaks}
    )
    rolling = [_rolling(chain, t) for t in range(len(chain.waves))]
    frame[["rolling_0_100", "rolling_se"]] = rolling
    for over, span in (("quarter", QUARTER), ("year", YEAR)):
        figures = np.array([_change(chain, t, span) for t in range(len(chain.waves))])
        frame[f"change_{over}"], frame[f"change_{over}_se"], frame[f"spans_{over}"] = figures[:, :3].T
        change, se, _, df = figures.T
        z = np.divide(change, se, out=np.where(change == 0, 0.0, np.nan), where=~(se <= 0))
        frame[f"p_{over}"] = two_sided(z, df)
    return frame


def _rolling(chain: _Chain, t: int) -> tuple[float, float]:
    spans = chain.when[t] - chain.when
    four = [np.flatnonzero(chain.like[t] & (np.abs(spans - k * QUARTER) < _NEAR)) for k in range(4)]
    at = np.concatenate(four)
    if any(len(one) == 0 for one in four) or len(set(chain.segments[at])) > 1:
        return np.nan, np.nan
    return float(chain.values[at].mean()), _se(chain.forms[at].mean(axis=0), chain)


def _change(chain: _Chain, t: int, span: float) -> tuple[float, float, float, float]:
    """Change, its standard error, 1 where there is an earlier wave to compare with, and degrees of freedom."""
    earlier = np.flatnonzero(chain.like[t] & (np.abs(chain.when[t] - chain.when - span) < _NEAR))
    if len(earlier) == 0:
        return np.nan, np.nan, 0.0, np.nan
    if chain.segments[t] != chain.segments[earlier[0]]:
        return np.nan, np.nan, 1.0, np.nan
    change = float(chain.values[t] - chain.values[earlier[0]])
    form = chain.forms[t] - chain.forms[earlier[0]]
    return change, _se(form, chain), 1.0, float(satterthwaite(*_parts(form, chain)))


def _se(form: Array, chain: _Chain) -> float:
    return float(np.sqrt(_parts(form, chain)[0].sum()))


def _parts(form: Array, chain: _Chain) -> tuple[Array, Array]:
    """Variance (E,) of a form in independent parts, and the degrees of freedom of each: two results that share
    respondents are one part, told under the later.

    Of results that are not of neighbouring waves no covariance is known. So one that takes from the variance counts
    only where the form holds just the two of the sector; one that adds to it always does.
    """
    v, df = form**2 * chain.variance, chain.df.copy()
    held = np.bincount(chain.sector, form != 0)
    for pair in chain.pairs:
        factor = form[pair.now] * form[pair.before]
        if factor > 0 or (factor < 0 and held[chain.sector[pair.now]] == 2):
            apart = v[pair.now] + v[pair.before]
            joint = apart + 2 * factor * pair.covariance
            v[pair.now], v[pair.before] = joint if joint > ROUNDING * apart else 0.0, 0.0
            df[pair.now] = pair.df
    return v, df


def _verdicts(series: pd.DataFrame, over: str, level: float) -> pd.Series:
    tested = series[f"p_{over}"].notna()
    adjusted = pd.Series(np.nan, index=series.index)
    for _, part in series[tested].groupby(["level", "at"]):
        adjusted[part.index] = holm(part[f"p_{over}"])
    change, significant = series[f"change_{over}"], adjusted < 1 - level
    words = np.select(
        [series[f"spans_{over}"] == 0, change.isna(), significant & (change > 0), significant & (change < 0)],
        ["", "trend_break", "rose", "fell"],
        "no_significant_change",
    )
    return pd.Series(words, index=series.index)
