"""The wave file of a simulated wave."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from ncsi.simulate.background import VARIABLES, WEIGHTING
from ncsi.simulate.plans import SectorPlan
from ncsi.spec import FieldDates

RELEASE_AFTER = timedelta(days=40)


def wave_spec(wave: str, previous: str | None, field: FieldDates, plans: list[SectorPlan]) -> dict[str, Any]:
    """The wave file's content."""
    spec: dict[str, Any] = {
        "spec": "ncsi/wave/1",
        "id": wave,
        "label": wave_label(wave),
        "title": {"zh": "全国顾客满意度指数", "en": "National Customer Satisfaction Index"},
        "publisher": {"zh": "演示发布单位（虚构）", "en": "Demonstration publisher (fictional)"},
        "scope": {"zh": "全国", "en": "national"},
        "field": {"start": field.start, "end": field.end},
        "release_date": field.end + RELEASE_AFTER,
        "synthetic": True,
        "faults": {"max_share": 0.05},
        "replicates": 1000,
        "seed": 1,
        "background": {name: one.declared() for name, one in VARIABLES.items()},
        "weighting": WEIGHTING,
        "sectors": [
            {
                "id": plan.id,
                "quota": plan.quota,
                "brands": [
                    {"id": brand, "label": {"zh": zh, "en": en}, "share": share}
                    for brand, (zh, en), share in zip(plan.brands, plan.names, plan.shares, strict=True)
                ],
            }
            for plan in plans
        ],
        "sources": [
            {"files": f"exports/{wave}/{plan.file}", "sector": plan.id}
            | ({"map": plan.id} if plan.kind == "wjx" else {})
            for plan in plans
        ],
    }
    return spec if previous is None else spec | {"previous": previous}


def wave_label(wave: str) -> dict[str, str]:
    """What readers call the wave of that id."""
    year, quarter = wave[:4], wave[5:]
    if "Q" not in wave:
        return {"zh": f"{year}年{f'第{int(quarter)}周' if quarter else ''}", "en": wave}
    return {"zh": f"{year}年第{'一二三四'[int(quarter) - 1]}季度", "en": f"{year} Q{quarter}"}


def field_dates(wave: str) -> FieldDates:
    """Two months at the beginning of the quarter, of the year for other waves."""
    year, month = int(wave[:4]), 3 * int(wave[5:]) - 2 if "Q" in wave else 1
    return FieldDates(start=date(year, month, 8), end=date(year, month + 2, 6))
