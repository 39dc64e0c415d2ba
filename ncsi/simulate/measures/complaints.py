"""Complaints of synthetic express firms by month: a season, months that vary more than by chance, one firm that is
worse than the others and one that worsens."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ncsi.simulate.names import brand_names
from ncsi.spec.measures import ComplaintsDefinition, MeasurePlan

FIRMS, MONTHS, LAST = 8, 36, (2026, 10)
_RATE, _SEASON, _SEASON_VOLUME, _VARIES = 3.0, 1.5, 1.35, 0.06
_VALID, _SATISFIED, _SATISFIED_OTHERS = 0.55, 0.981, 0.955


def example_complaints(plan: MeasurePlan[ComplaintsDefinition], seed: int = 1) -> pd.DataFrame:
    """A row a firm and month, and one of all firms: heads and words as an office writes them; marked as synthetic."""
    stream = np.random.Generator(np.random.Philox(key=[seed, 13]))
    definition = plan.definition
    names = brand_names("express_delivery", FIRMS, stream)
    volume = np.exp(stream.normal(18.5, 0.7, FIRMS))
    quality = np.exp(stream.normal(0, 0.2, FIRMS))
    quality[1] *= 1.8
    rows: list[dict[str, object]] = []
    for position, month in enumerate(_months()):
        season = definition.season is not None and int(month[5:-1]) in definition.season.months
        common = _RATE * (_SEASON if season else 1.0) * np.exp(stream.normal(0, _VARIES))
        drift = np.where(np.arange(FIRMS) == 2, 1 + 0.9 * max(0, position - MONTHS + 8) / 8, 1.0)
        items = np.round(volume * (1 + 0.012 * position) * (_SEASON_VOLUME if season else 1.0)).astype(int)
        complaints = stream.poisson(items / 1e6 * common * quality * drift)
        firms = [
            _firm(month, *names[k], int(complaints[k]), int(items[k]), definition, stream)
            for k in range(FIRMS)
        ]
        rows += [_whole(month, firms, definition, stream), *firms] if definition.whole else firms
    return pd.DataFrame(rows).assign(模拟数据="是")


def _firm(
    month: str, zh: str, en: str, complaints: int, items: int, definition: ComplaintsDefinition,
    stream: np.random.Generator,
) -> dict[str, object]:  # fmt: skip
    row: dict[str, object] = {
        "月份": month, "企业名称": zh, "企业英文名": en, "申诉量": complaints, "业务量（件）": items
    }  # fmt: skip
    valid = int(stream.binomial(complaints, _VALID))
    for k, one in enumerate(definition.series):
        share = _SATISFIED if one.id == definition.default else _SATISFIED_OTHERS
        of_others = (
            0 < k < len(definition.series) - 1
        )  # handled by others than these firms: known of all together
        row[f"{one.label.zh}有效申诉量"] = "—" if of_others else valid
        row[f"{one.label.zh}满意量"] = "—" if of_others else int(stream.binomial(valid, share))
    return row


def _whole(
    month: str, firms: list[dict[str, object]], definition: ComplaintsDefinition, stream: np.random.Generator
) -> dict[str, object]:
    row: dict[str, object] = {"月份": month, "企业名称": definition.whole[0], "企业英文名": "All firms"}
    for head in list(firms[0])[3:]:
        counts = [one[head] for one in firms if isinstance(one[head], int)]
        row[head] = sum(int(str(one)) for one in counts) if counts else "—"
    for one in definition.series:
        if row[f"{one.label.zh}有效申诉量"] == "—":
            valid = int(stream.poisson(90))
            row[f"{one.label.zh}有效申诉量"] = valid
            row[f"{one.label.zh}满意量"] = int(stream.binomial(valid, _SATISFIED_OTHERS))
    return row


def _months() -> list[str]:
    """The months to the last one, earliest first, as `2026年10月`."""
    year, month = LAST
    ends = [divmod(12 * year + month - 1 - back, 12) for back in range(MONTHS - 1, -1, -1)]
    return [f"{one}年{other + 1}月" for one, other in ends]
