"""Every fault of a file as a row of `core_faults`: errors reject the row, warnings are looked at."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from ncsi.ingest.faults import Faults, faults_frame, reason

WARNINGS = frozenset(
    {
        "answered_not_asked", "outside_field_dates", "weight_extreme", "quota_short", "mean_shifted",
        "dont_know_rose", "scale_half_used", "interviewer_differs", "interviewer_fast",
    }
)  # fmt: skip
"""Rules that leave the row accepted, or the wave estimated."""

FAULT_COLUMNS = (
    "source_row", "sector", "column", "rule", "severity", "value_class", "message_zh", "message_en",
)  # fmt: skip


def severity(rule: str) -> str:
    """`error` or `warning`."""
    return "warning" if rule in WARNINGS else "error"


def errors(faults: Sequence[Faults]) -> list[Faults]:
    """Those that reject their rows."""
    return [one for one in faults if not isinstance(one.rule, str) or one.rule not in WARNINGS]


def fault_rows(
    faults: Sequence[Faults], row_numbers: npt.NDArray[np.int64], sectors: npt.NDArray[np.object_]
) -> pd.DataFrame:
    """All faults by row, columns of `core_faults` without the file; a message is made once per rule and detail."""
    frame = faults_frame(faults).sort_values("position", kind="stable", ignore_index=True)
    positions = frame["position"].to_numpy(dtype=np.int64)
    pairs = pd.MultiIndex.from_frame(frame[["rule", "detail"]])
    codes, distinct = pairs.factorize()
    texts = [reason(rule, detail) for rule, detail in distinct]
    zh, en = (np.array([text[k] for text in texts], dtype=object) for k in (0, 1))
    made = frame.assign(
        source_row=row_numbers[positions],
        sector=sectors[positions],
        severity=frame["rule"].map(severity).astype(object),
        message_zh=zh[codes],
        message_en=en[codes],
    )
    return made[list(FAULT_COLUMNS)]


def no_faults() -> pd.DataFrame:
    """The same without rows."""
    return pd.DataFrame(columns=list(FAULT_COLUMNS))
