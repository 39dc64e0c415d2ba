"""Units in the order of their index: dots with intervals, rank sets beside them, tiers behind them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import pandas as pd
from matplotlib.axes import Axes

from ncsi.errors import InputError
from ncsi.model import Bootstrap, rank_sets
from ncsi.numerals import level_told, number
from ncsi.plots import words
from ncsi.plots.rows import Row, dots, figures, named, size_of
from ncsi.plots.sheet import Sheet
from ncsi.spec import Language

COLUMNS = ("index_0_100", "rank", "rank_low", "rank_high", "tier")
_NO_NAMES = {*COLUMNS, "rank_low_marginal", "rank_high_marginal", "p_top_third", "low", "high"}


def ranking(
    of: Bootstrap | pd.DataFrame,
    construct: str | None = None,
    names: Mapping[object, str] | None = None,
    boot: Bootstrap | None = None,
    ax: Axes | None = None,
    lang: Language = "en",
    dark: bool = False,
    title: str | None = None,
) -> Axes:
    """Draw the by-groups of a bootstrap by the index of `construct` (the target's by default), or rows of ranks.

    A frame is that of `rank_sets`, or any with its columns; intervals are drawn where it has low and high, or from
    `boot`, which it was made of. `names`: what units are called. Raises InputError for a frame without ranks,
    ModelError as `rank_sets` does.
    """
    if isinstance(of, Bootstrap):
        target = construct or of.fit.instrument.target
        frame, whole = _of_bootstrap(of, target), _whole(of, target)
    else:
        frame, whole = _given(of if boot is None else _with_ends(of, boot, construct)), None
    unit = next(str(name) for name in frame.columns if name not in _NO_NAMES)
    rows = [
        Row((names or {}).get(one, str(one)), index, low, high)
        for one, index, low, high in zip(
            frame[unit], frame["index_0_100"], frame["low"], frame["high"], strict=True
        )
    ]
    sheet = Sheet.open(ax, lang, dark, size_of(len(rows)), grid="x")
    tiers = frame["tier"].tolist()
    _bands(sheet, tiers)
    dots(sheet, rows, whole)
    after = figures(sheet, rows, 1, (sheet.say(words.INDEX_HEAD), ""), ends=False)
    sets = [_set(low, high) for low, high in zip(frame["rank_low"], frame["rank_high"], strict=True)]
    after = sheet.column(after, sets, sheet.say(words.RANK_HEAD), colour=sheet.colours.muted)
    first = [one if k == 0 or tiers[k - 1] != one else "" for k, one in enumerate(tiers)]
    sheet.column(after, first, sheet.say(words.TIER_HEAD), weight="SemiBold", colour=sheet.colours.blue)
    sheet.scale("x")
    if whole is not None:
        sheet.text(whole, 0, sheet.say(words.ALL_OF_THEM, value=number(whole)), at=("data", "axes fraction"),
                   off=(0, -16), ha="center", va="top", size=7.5)  # fmt: skip
    told = sheet.note(_told(sheet, of, boot), sheet.say(words.RANKING_BANDS))
    return sheet.done(title, told, *named(rows))


def _told(sheet: Sheet, of: Bootstrap | pd.DataFrame, boot: Bootstrap | None) -> str:
    if isinstance(of, Bootstrap):
        return sheet.say(words.RANKING, level=level_told(of.level))
    if boot is None:
        return sheet.say(words.RANKING_GIVEN)
    return sheet.note(sheet.say(words.TREND, level=level_told(boot.level)), sheet.say(words.RANK_SETS))


def _of_bootstrap(boot: Bootstrap, construct: str) -> pd.DataFrame:
    return _with_ends(rank_sets(boot, construct, level=boot.level), boot, construct)


def _with_ends(ranks: pd.DataFrame, boot: Bootstrap, construct: str | None) -> pd.DataFrame:
    by, name = str(boot.fit.by), construct or boot.fit.instrument.target
    ends = boot.index_by.loc[boot.index_by["construct"] == name, [by, "low", "high"]]
    return ranks.merge(ends, on=by, how="left")


def _whole(boot: Bootstrap, construct: str) -> float:
    return float(boot.index["estimate"].to_numpy()[boot.fit.instrument.construct_ids.index(construct)])


def _given(frame: pd.DataFrame) -> pd.DataFrame:
    lacking = [name for name in COLUMNS if name not in frame]
    if lacking or frame.empty:
        problem = f"the frame has no {', '.join(lacking)}" if lacking else "the frame has no rows"
        raise InputError("ncsi.plot: ranking", problem, "Give that of ncsi.rank_sets, or the bootstrap")
    ends = {name: math.nan for name in ("low", "high") if name not in frame}
    return frame.assign(**ends).sort_values("rank", kind="stable", ignore_index=True)


def _set(low: int, high: int) -> str:
    return f"{low}" if low == high else f"{low}–{high}"


def _bands(sheet: Sheet, tiers: Sequence[str]) -> None:
    """Every second tier on a pale ground, from the first."""
    distinct = list(dict.fromkeys(tiers))
    for number_, tier in enumerate(distinct):
        at = [k for k, one in enumerate(tiers) if one == tier]
        if number_ % 2 == 0:
            sheet.ax.axhspan(
                at[0] - 0.5, at[-1] + 0.5, color=sheet.colours.pale, alpha=0.5, linewidth=0, zorder=0
            )
