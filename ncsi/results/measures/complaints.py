"""Complaints by firm and month: rates per million, firms against the others, months against those of the year before,
satisfaction with handling against its target."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from ncsi.composite.measures import Rate, compared, handling, rate
from ncsi.errors import CompositeError
from ncsi.ingest.records import Records
from ncsi.model.inference.changes import holm
from ncsi.results.measures.asked import WHOLE, Asked, last_month
from ncsi.results.measures.complaints_charts import chart_rows
from ncsi.spec.measures import ComplaintsDefinition, MeasurePlan
from ncsi.tables import (
    OUT_COMPLAINTS_BREAKS,
    OUT_COMPLAINTS_BY_FIRM,
    OUT_COMPLAINTS_BY_MONTH,
    OUT_COMPLAINTS_CHART,
    OUT_COMPLAINTS_HANDLING,
    TABLES,
)

_YEAR = 12
_AGAINST = ("ratio", "ratio_low", "ratio_high", "p")
Row = dict[str, Any]


def complaints_tables(
    plan: MeasurePlan[ComplaintsDefinition], records: Records, asked: Asked
) -> dict[str, pd.DataFrame]:
    """Every table of complaints, by name, without `wave` and `measure`. `records` as `complaints_fields` read them;
    months after the period asked for are left out.

    Raises CompositeError for a period without complaints.
    """
    own = counted_months(records.frame, plan.definition)
    month = last_month(asked.period)
    if month not in set(own["month"]):
        months = sorted(set(own["month"]))
        raise CompositeError(
            records.name,
            f"it has no complaints of {month}",
            f"Its months run from {months[0]} to {months[-1]}",
        )
    own = own[own["month"] <= month]
    breaks = [
        {"month": one.month, "applies": one.applies, "reason_zh": one.reason.zh, "reason_en": one.reason.en}
        for one in plan.definition.breaks
    ]
    return {
        OUT_COMPLAINTS_BY_FIRM.name: _framed(
            OUT_COMPLAINTS_BY_FIRM.name, _by_firm(own, plan.definition, asked)
        ),
        OUT_COMPLAINTS_BY_MONTH.name: _framed(
            OUT_COMPLAINTS_BY_MONTH.name, _by_month(own, plan.definition, asked)
        ),
        OUT_COMPLAINTS_HANDLING.name: _framed(
            OUT_COMPLAINTS_HANDLING.name, _handled(own, plan.definition, asked)
        ),
        OUT_COMPLAINTS_CHART.name: _framed(
            OUT_COMPLAINTS_CHART.name, chart_rows(own, plan.definition, labels_of(own))
        ),
        OUT_COMPLAINTS_BREAKS.name: _framed(OUT_COMPLAINTS_BREAKS.name, breaks),
    }


def complaints_periods(records: Records) -> tuple[str, ...]:
    """Months that can be published, earliest first."""
    return tuple(sorted(set(records.frame["month"])))


def complaints_units(plan: MeasurePlan[ComplaintsDefinition], records: Records) -> int:
    """Firms in the records, all of them together aside."""
    return len(set(counted_months(records.frame, plan.definition)["unit"]) - {WHOLE})


def _framed(name: str, rows: Iterable[Row]) -> pd.DataFrame:
    columns = [one for one in TABLES[name].names if one not in ("wave", "measure")]
    return pd.DataFrame(list(rows), columns=columns)


def counted_months(frame: pd.DataFrame, definition: ComplaintsDefinition) -> pd.DataFrame:
    """Records by `unit` and month, those of all firms together among them: the file's own, else the sums."""
    whole = {word.casefold() for word in definition.whole}
    own = frame.assign(unit=[WHOLE if str(one).casefold() in whole else str(one) for one in frame["firm"]])
    if not (own["unit"] == WHOLE).any():
        counts = [one for one in own.columns if one not in ("unit", "firm", "firm_en", "month", "route")]
        sums = own.groupby("month", sort=True)[counts].sum(min_count=1).reset_index()
        own = pd.concat(
            [sums.assign(unit=WHOLE, firm="全部", firm_en="All", route=""), own], ignore_index=True
        )
    return own.sort_values(["unit", "month"], kind="stable", ignore_index=True)


def _ordered(own: pd.DataFrame) -> list[str]:
    """All firms together, then the firms by name."""
    return [WHOLE, *sorted(set(own["unit"]) - {WHOLE})]


def spans(
    own: pd.DataFrame, definition: ComplaintsDefinition, what: str
) -> Iterator[tuple[str, pd.DataFrame]]:
    """The month, and the twelve months to it; of these, those of one definition of the rate or of handling."""
    months = sorted(set(own["month"]))
    since = _last_break(definition, what, months[-1])
    yield "month", own[own["month"] == months[-1]]
    year = [one for one in months[-_YEAR:] if since is None or one >= since]
    yield "year", own[own["month"].isin(year)]


def _last_break(definition: ComplaintsDefinition, what: str, month: str) -> str | None:
    breaks = definition.breaks_of("rate" if what == "rate" else "handling")
    return max((one.month for one in breaks if one.month <= month), default=None)


def labels_of(own: pd.DataFrame) -> dict[str, Row]:
    """What each unit is called: as its last row says, in English too where the file does."""
    last = own.drop_duplicates("unit", keep="last").to_dict("records")
    return {row["unit"]: {"label_zh": row["firm"], "label_en": row["firm_en"] or row["firm"]} for row in last}


def _by_firm(own: pd.DataFrame, definition: ComplaintsDefinition, asked: Asked) -> Iterator[Row]:
    labels = labels_of(own)
    for span, part in spans(own, definition, "rate"):
        sums = {
            str(unit): (int(each["complaints"].sum()), float(each["items"].sum()))
            for unit, each in part.groupby("unit")
        }
        common = definition.common_route or part.loc[part["unit"] != WHOLE, "route"].nunique() == 1
        rows = []
        for unit in (one for one in _ordered(own) if one in sums):
            months = sorted(set(part.loc[part["unit"] == unit, "month"]))
            told = rate(*sums[unit], asked.level)
            others = None if unit == WHOLE or not common else _rest(sums, unit, asked.level)
            rows.append({
                "span": span, "unit": unit, **labels[unit], "first_month": months[0], "last_month": months[-1],
                "months": len(months), **_rate_row(told), **_against(told, others, asked.level),
            })  # fmt: skip
        judged = _judged(rows, asked.level, ("higher", "lower", "no_significant_difference"))
        yield from (
            {**row, "verdict": row["verdict"] or ("" if row["unit"] == WHOLE else "not_compared")}
            for row in judged
        )


def _rest(sums: Mapping[str, tuple[int, float]], unit: str, level: float) -> Rate | None:
    """The rate of all other firms; None where there is no other."""
    (complaints, items), (own, handled) = sums[WHOLE], sums[unit]
    return rate(complaints - own, items - handled, level) if items > handled else None


def _by_month(own: pd.DataFrame, definition: ComplaintsDefinition, asked: Asked) -> Iterator[Row]:
    breaks, labels = [one.month for one in definition.breaks_of("rate")], labels_of(own)
    for unit in _ordered(own):
        rates = {
            row["month"]: rate(int(row["complaints"]), float(row["items"]), asked.level)
            for row in own[own["unit"] == unit].to_dict("records")
        }
        recent, rows = set(sorted(rates)[-_YEAR:]), []
        for month, told in rates.items():
            year_ago = f"{int(month[:4]) - 1}{month[4:]}"
            broken = any(year_ago < one <= month for one in breaks)
            before = rates.get(year_ago) if month in recent and not broken else None
            rows.append({
                "unit": unit, **labels[unit], "month": month, "season": in_season(month, definition),
                **_rate_row(told), **_against(told, before, asked.level),
                "broken": broken and month in recent and year_ago in rates,
            })  # fmt: skip
        judged = _judged(rows, asked.level, ("rose", "fell", "no_significant_change"))
        yield from ({**row, "verdict": "trend_break" if row["broken"] else row["verdict"]} for row in judged)


def in_season(month: str, definition: ComplaintsDefinition) -> bool:
    """Whether a month, YYYY-MM, is in the season of the definition."""
    return definition.season is not None and int(month[5:]) in definition.season.months


def _rate_row(told: Rate) -> Row:
    return {
        "complaints": told.complaints, "items": told.items, "per_million": told.per_million, "low": told.low,
        "high": told.high,
    }  # fmt: skip


def _against(told: Rate, other: Rate | None, level: float) -> Row:
    """One rate over another; nothing where there is no other, or neither has a complaint."""
    if other is None or told.complaints + other.complaints == 0:
        return dict.fromkeys(_AGAINST, math.nan)
    found = compared(told, other, level)
    ends = {"ratio": found.ratio, "ratio_low": found.low, "ratio_high": found.high}
    return {name: value if math.isfinite(value) else math.nan for name, value in ends.items()} | {
        "p": found.p
    }


def _judged(rows: Sequence[Row], level: float, words: tuple[str, str, str]) -> list[Row]:
    """With Holm's p among the rows that have one, and a verdict: above, below, or neither."""
    adjusted = holm([row["p"] for row in rows])
    above, below, neither = words
    judged = []
    for row, p in zip(rows, adjusted, strict=True):
        higher = not row["ratio"] < 1  # a ratio over no complaints is blank, and above 1
        verdict = "" if math.isnan(p) else neither if p > 1 - level else above if higher else below
        judged.append({**row, "p_holm": p, "verdict": verdict})
    return judged


def _handled(own: pd.DataFrame, definition: ComplaintsDefinition, asked: Asked) -> Iterator[Row]:
    labels = labels_of(own)
    for span, part in spans(own, definition, "handling"):
        for unit in _ordered(own):
            for series in definition.series:
                known = part[(part["unit"] == unit) & (part[f"valid_{series.id}"] > 0)]
                if known.empty:
                    continue
                counts = {name: int(known[f"{name}_{series.id}"].sum()) for name in ("satisfied", "valid")}
                told = handling(counts["satisfied"], counts["valid"], definition.line, asked.level)
                yield {
                    "span": span, "unit": unit, **labels[unit], "series": series.id, "series_zh": series.label.zh,
                    "series_en": series.label.en, "meant": series.id == definition.default,
                    "first_month": min(known["month"]), "last_month": max(known["month"]), **counts,
                    "share": told.share, "low": told.low, "high": told.high, "line": definition.line,
                    "verdict": told.target,
                }  # fmt: skip
