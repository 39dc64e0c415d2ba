"""Faults of rows: one column's, all of a file's in order, and the rows of `core_rejects` and `core_faults`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from ncsi.ingest.conform.facts import Fact
from ncsi.ingest.conform.fault_rules import Severity, message, severity

REJECT_COLUMNS = ("source_row", "sector", "column", "rule", "value_class", "reason_zh", "reason_en")
FAULT_COLUMNS = (
    "source_row", "sector", "column", "rule", "severity", "value_class", "message_zh", "message_en",
)  # fmt: skip
_COLUMNS = ("position", "column", "rule", "fact")


Sectors = npt.NDArray[np.object_] | pd.Categorical
"""The sector of each row."""


@dataclass(frozen=True, slots=True, eq=False)
class Faults:
    """Faults in one column: row positions, and what was found at each. `rule` holds for all, or is one each."""

    rule: str | Sequence[str]
    column: str | None
    positions: npt.NDArray[np.int64]
    facts: Sequence[Fact]

    @classmethod
    def alike(cls, rule: str, column: str | None, positions: npt.NDArray[np.int64], fact: Fact) -> Faults:
        """The same found at every position."""
        return cls(rule, column, positions, [fact] * len(positions))

    @property
    def rejecting(self) -> bool:
        """Whether these reject their rows."""
        return not isinstance(self.rule, str) or severity(self.rule) == Severity.ERROR


def faults_frame(faults: Sequence[Faults]) -> pd.DataFrame:
    """One row a fault, in the order given: position, column, rule, fact."""
    frames = [
        pd.DataFrame(
            {
                "position": one.positions,
                "column": one.column,
                "rule": one.rule if isinstance(one.rule, str) else list(one.rule),
                "fact": pd.Series(list(one.facts), dtype="object"),
            }
        )
        for one in faults
        if len(one.positions)
    ]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=list(_COLUMNS))


def first_faults(faults: Sequence[Faults]) -> pd.DataFrame:
    """One row a rejected position, with its first fault in the order given; columns as `faults_frame`."""
    everything = faults_frame([one for one in faults if one.rejecting])
    return everything.drop_duplicates("position", keep="first").sort_values("position", ignore_index=True)


def reject_rows(first: pd.DataFrame, row_numbers: npt.NDArray[np.int64], sectors: Sectors) -> pd.DataFrame:
    """The rows of `core_rejects` (without their file) for the first faults of positions."""
    told = _told(first, row_numbers, sectors)
    return told.rename(columns={"message_zh": "reason_zh", "message_en": "reason_en"})[list(REJECT_COLUMNS)]


def fault_rows(
    faults: Sequence[Faults], row_numbers: npt.NDArray[np.int64], sectors: Sectors
) -> pd.DataFrame:
    """All faults by row, columns of `core_faults` without the file."""
    frame = faults_frame(faults).sort_values("position", kind="stable", ignore_index=True)
    return _told(frame, row_numbers, sectors)[list(FAULT_COLUMNS)]


def _told(frame: pd.DataFrame, row_numbers: npt.NDArray[np.int64], sectors: Sectors) -> pd.DataFrame:
    """Positions as row numbers, facts as messages; a message is made once a rule and fact."""
    positions = frame["position"].to_numpy(dtype=np.int64)
    pairs = list(zip(frame["rule"], frame["fact"], strict=True))
    texts = {pair: message(*pair) for pair in set(pairs)}
    return pd.DataFrame(
        {
            "source_row": row_numbers[positions],
            "sector": np.asarray(sectors[positions], dtype=object),
            "column": frame["column"].to_numpy(dtype=object),
            "rule": frame["rule"].to_numpy(dtype=object),
            "severity": pd.Series([severity(rule) for rule, _ in pairs], dtype="object"),
            "value_class": pd.Series([fact.value_class for _, fact in pairs], dtype="object"),
            "message_zh": pd.Series([texts[pair][0] for pair in pairs], dtype="object"),
            "message_en": pd.Series([texts[pair][1] for pair in pairs], dtype="object"),
        }
    )
