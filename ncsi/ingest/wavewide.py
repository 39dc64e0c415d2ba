"""A wave as a whole: quota cells, drift against the last wave, interviewers who differ. Warnings, all of them.

What is looked at is summed up first, one row a cell, item or interviewer; Great Expectations judges the sums.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from ncsi.ingest.expect import judge
from ncsi.ingest.faults import reason
from ncsi.ingest.findings import FAULT_COLUMNS, severity
from ncsi.ingest.sums import CHECKS, MIN_INTERVIEWS, SHIFT_Z

SHIFT_POINTS = 5.0
DONT_KNOW_RISE = 0.05
SCALE_USED = 0.5
PACE_LOW = 0.5
_RULES = {
    "quota_filled": "quota_short",
    "mean_shift": "mean_shifted",
    "dont_know_rise": "dont_know_rose",
    "scale_used": "scale_half_used",
    "interviewer_shift": "interviewer_differs",
    "interviewer_pace": "interviewer_fast",
}


def wave_suite() -> dict[str, Any]:
    """The suite a wave's sums are judged by, as kept in data/schemas/expectations/wave.json."""

    def between(column: str, **bounds: float) -> dict[str, Any]:
        return {"type": "expect_column_values_to_be_between", "kwargs": {"column": column, **bounds}}

    return {
        "name": "wave",
        "meta": {"shift_z": SHIFT_Z, "min_interviews": MIN_INTERVIEWS},
        "expectations": [
            {
                "type": "expect_table_columns_to_match_set",
                "kwargs": {"column_set": ["sector", "place", "detail", *CHECKS], "exact_match": True},
            },
            between("quota_filled", min_value=1.0),
            between("mean_shift", min_value=-SHIFT_POINTS, max_value=SHIFT_POINTS),
            between("dont_know_rise", max_value=DONT_KNOW_RISE),
            between("scale_used", min_value=SCALE_USED),
            between("interviewer_shift", min_value=-SHIFT_POINTS, max_value=SHIFT_POINTS),
            between("interviewer_pace", min_value=PACE_LOW),
        ],
    }


def wave_faults(sums: pd.DataFrame) -> pd.DataFrame:
    """Faults of a wave (columns of `core_faults` without file and number) from the sums of its sectors."""
    if sums.empty:
        return pd.DataFrame(columns=list(FAULT_COLUMNS))
    rows = []
    for finding in judge(sums.reset_index(drop=True), wave_suite()):
        rule = _RULES[str(finding.column)]
        for at in sums.iloc[finding.positions].itertuples():
            zh, en = reason(rule, str(at.detail))
            rows.append((None, at.sector, at.place, rule, severity(rule), None, zh, en))
    return pd.DataFrame(rows, columns=list(FAULT_COLUMNS))
