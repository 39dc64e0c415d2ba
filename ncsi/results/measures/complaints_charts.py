"""Control charts of complaints: stretches between breaks, each with limits frozen from its own first months."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

import pandas as pd

from ncsi.composite.measures import Chart, chart
from ncsi.composite.measures.complaints import MILLION
from ncsi.results.measures.asked import WHOLE
from ncsi.spec.measures import ComplaintsDefinition

_BLANK = ("centre", "limit_low", "limit_high", "plain_low", "plain_high", "spread")
Of = Literal["rate", "handling"]


def chart_rows(
    own: pd.DataFrame, definition: ComplaintsDefinition, labels: Mapping[str, dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    """Rows of out_complaints_chart: of all firms together and of every firm, the rate and handling. `own`: unit, month,
    counts, in order of time; `labels` by unit. A stretch shorter than a base has its values and no limits; so has the
    season in the chart of the rate, as it is held against the same month of the year before only."""
    for unit in [WHOLE, *sorted(set(own["unit"]) - {WHOLE})]:
        part = own[own["unit"] == unit]
        yield from _charted(
            part.assign(n=part["items"] / MILLION, count=part["complaints"]),
            "rate",
            {"unit": unit, **labels[unit]},
            definition,
        )
        satisfied, valid = f"satisfied_{definition.default}", f"valid_{definition.default}"
        known = part[part[valid] > 0]
        yield from _charted(
            known.assign(n=known[valid], count=known[satisfied]),
            "handling",
            {"unit": unit, **labels[unit]},
            definition,
        )


def _charted(
    counts: pd.DataFrame, what: Of, told: Mapping[str, Any], definition: ComplaintsDefinition
) -> Iterator[dict[str, Any]]:
    months = definition.season.months if definition.season else ()
    frame = counts.rename(columns={"month": "period"})[["period", "n", "count"]]
    frame = frame.assign(season=[int(one[5:]) in months for one in frame["period"]])
    starts = [one.month for one in definition.breaks_of(what)]
    for number, stretch in enumerate(_stretches(frame, starts), 1):
        judged = stretch[~stretch["season"]] if what == "rate" else stretch
        limits = _limits(judged, what, definition.base_months)
        first = set(judged["period"].iloc[: definition.base_months]) if limits else set()
        for row in stretch.to_dict("records"):
            yield {
                "chart": what, **told, "month": row["period"], "segment": number, "base": row["period"] in first,
                "season": row["season"], "count": int(row["count"]), "n": row["n"],
                "value": row["count"] / row["n"], **limits.get(row["period"], _without_limits()),
            }  # fmt: skip


def _stretches(frame: pd.DataFrame, starts: Sequence[str]) -> list[pd.DataFrame]:
    """The series cut where a break begins; a break before or after it cuts nothing."""
    number = pd.Series(0, index=frame.index)
    for start in starts:
        number += (frame["period"] >= start).astype(int)
    return [part.reset_index(drop=True) for _, part in frame.groupby(number, sort=True)]


def _limits(judged: pd.DataFrame, what: Of, base: int) -> dict[str, dict[str, Any]]:
    """Centre, limits and signal by month; none where the base is too short, or does not vary at all."""
    first = judged.iloc[:base]
    unvaried = first["count"].sum() == 0 or (what == "handling" and (first["count"] == first["n"]).all())
    if len(judged) < base or unvaried:
        return {}
    made: Chart = chart(judged, "u" if what == "rate" else "p", base)
    plain = made.limits_plain
    return {
        row["period"]: {
            "centre": made.centre[0], "limit_low": row["low"], "limit_high": row["high"],
            "plain_low": float(plain[k, 0]), "plain_high": float(plain[k, 1]), "spread": made.spread[0],
            "adjusted": made.adjusted, "signal": row["signal"],
        }
        for k, row in enumerate(made.points.to_dict("records"))
    }  # fmt: skip


def _without_limits() -> dict[str, Any]:
    return {**dict.fromkeys(_BLANK, math.nan), "adjusted": False, "signal": ""}
