"""Changes between any two waves from what their releases print, for readers who compare other waves than a release."""

from __future__ import annotations

import pandas as pd

from ncsi.model import changes


def changes_between(now: pd.DataFrame, before: pd.DataFrame, level: float) -> pd.DataFrame:
    """Changes of the sectors that both waves printed an index of: sector, change, low, high, verdict.

    Both frames: sector, instrument (with its version), index_0_100, se, df (missing: se is known), se missing where no
    change may be counted. t as in `changes`, samples of the two waves taken as independent; Holm over the sectors asked
    by the same instrument. The others are a trend_break, without figures.
    """
    both = now[["sector", "instrument"]].merge(
        before[["sector", "instrument"]], on="sector", suffixes=("", "_0")
    )
    same = both["instrument"] == both["instrument_0"]
    one, other = (frame[frame["sector"].isin(both.loc[same, "sector"])] for frame in (now, before))
    tested = changes(one.dropna(subset=["se"]), other.dropna(subset=["se"]), ["sector"], level)
    broken = pd.DataFrame({"sector": both.loc[~same, "sector"], "verdict": "trend_break"})
    wanted = ["sector", "change", "low", "high", "verdict"]
    return pd.concat([tested[wanted], broken], ignore_index=True) if len(broken) else tested[wanted]
