"""Expectation suites made from an instrument, as plain JSON: what Great Expectations is asked to judge.

`python -m ncsi.ingest.conform.suites FOLDER` writes the suites of the shipped instruments.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from ncsi.ingest.conform.answers import KEPT, item_rules
from ncsi.spec import Instrument, load_instrument, presets

KEY = ("sector", "brand", "respondent")
_UNIQUE = "expect_compound_columns_to_be_unique"
JUDGED = (*KEY, "weight_base")


def suite_of(instrument: Instrument) -> dict[str, Any]:
    """The suite: rows there, columns exact, keys and weights filled, answers on the scale, routing kept, required
    items answered, one response each.

    A range check alone would pass an empty table, an all-null column and 2.5; a set of values does not.
    """
    rules = item_rules(instrument)
    expectations = [
        _one("expect_table_row_count_to_be_between", min_value=1),
        _one(
            "expect_table_columns_to_match_set",
            column_set=[*JUDGED, *(item.id for item in instrument.fielded), *rules],
            exact_match=True,
        ),
        *(_one("expect_column_values_to_not_be_null", column=column) for column in JUDGED),
        _one("expect_column_values_to_be_between", column="weight_base", min_value=0, strict_min=True),
        *(
            _one(
                "expect_column_values_to_be_in_set",
                column=item.id,
                value_set=[str(value) for value in range(item.scale.min, item.scale.max + 1)],
            )
            for item in instrument.fielded
        ),
        *(_one("expect_column_values_to_be_in_set", column=column, value_set=[KEPT]) for column in rules),
        _one(_UNIQUE, column_list=list(KEY)),
    ]
    return {
        "name": instrument.id,
        "meta": {"instrument": instrument.id, "version": instrument.version},
        "expectations": expectations,
    }


def parted(suite: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """A suite as what is asked of any rows, and what is asked of all of them together: that no key occurs twice."""
    together = [one for one in suite["expectations"] if one["type"] == _UNIQUE]
    apart = [one for one in suite["expectations"] if one["type"] != _UNIQUE]
    return {**suite, "expectations": apart}, {**suite, "expectations": together}


def suite_text(instrument: Instrument) -> str:
    """The suite as it is kept in data/schemas/expectations."""
    return as_text(suite_of(instrument))


def as_text(suite: dict[str, Any]) -> str:
    """A suite as JSON, one line per value."""
    return json.dumps(suite, ensure_ascii=False, indent=1) + "\n"


def write_suites(folder: Path) -> None:
    """Write `<instrument>.json` for every shipped instrument."""
    from ncsi.ingest.whole_wave import wave_suite  # late: it reads facts of this room

    for name in presets():
        (folder / f"{name}.json").write_text(suite_text(load_instrument(name)), encoding="utf-8")
    (folder / "wave.json").write_text(as_text(wave_suite()), encoding="utf-8")


def _one(kind: str, **kwargs: Any) -> dict[str, Any]:
    return {"type": kind, "kwargs": kwargs}


if __name__ == "__main__":
    write_suites(Path(sys.argv[1]))
