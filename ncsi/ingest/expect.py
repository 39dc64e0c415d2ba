"""The only door to Great Expectations: a frame and a suite in, the positions of faulty rows out.

Run in memory without analytics; results stay in this process, and frames hold no raw text, so none can carry
an answer out. What the suite finds is decided here and nowhere else.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ncsi.errors import NcsiError

_LOCK = threading.Lock()
_OURS = "Remembering"
_COMPLETE = {"result_format": "COMPLETE", "include_unexpected_rows": False, "partial_unexpected_count": 0}


@dataclass(frozen=True, slots=True, eq=False)
class Finding:
    """A failed expectation: its type, its column (none for several), the positions of the faulty rows."""

    kind: str
    column: str | None
    positions: npt.NDArray[np.int64]


def judge(frame: pd.DataFrame, suite: Mapping[str, Any]) -> tuple[Finding, ...]:
    """Validate the frame (index 0, 1, …) by the suite; findings in the order of the suite.

    Raises NcsiError when the table itself is not as expected, or an expectation could not be evaluated.
    """
    with _LOCK:
        failed = _run(frame, suite["name"], suite["expectations"], "BOOLEAN_ONLY")
        if not failed:
            return ()
        again: list[dict[str, Any]] = [{"type": _kind(one), "kwargs": _kwargs(one)} for one in failed]
        about = list(dict.fromkeys(column for one in again for column in _columns(one["kwargs"])))
        seen = frame[about] if all(_columns(one["kwargs"]) for one in again) else frame
        return tuple(_finding(one) for one in _run(seen, suite["name"], again, _COMPLETE))


def _run(frame: pd.DataFrame, name: str, expectations: list[Any], result_format: Any) -> list[Any]:
    """Results of the expectations that failed. One that could not be evaluated is neither pass nor fail."""
    from great_expectations import ExpectationSuite

    batch = _batch_definition().get_batch({"dataframe": frame})
    ours = [{**one, "type": _remembering(one["type"])} for one in expectations]
    validated = batch.validate(ExpectationSuite(name=name, expectations=ours), result_format=result_format)
    for one in validated.results:
        if _raised(one.exception_info):
            raise NcsiError(
                f"suite {name}: {_kind(one)} on {_column(one) or 'the table'} could not be "
                "evaluated. Report it with the instrument; nothing was stored."
            )
    return [one for one in validated.results if not one.success]


def _finding(result: Any) -> Finding:
    kind = _kind(result)
    positions = result.result.get("unexpected_index_list")
    if positions is None:
        raise NcsiError(f"the table to be judged does not match its instrument ({kind}). Nothing was stored.")
    return Finding(kind, _column(result), np.array(sorted(positions), dtype=np.int64))


def _kwargs(result: Any) -> dict[str, Any]:
    return {key: value for key, value in result.expectation_config.kwargs.items() if key != "batch_id"}


def _columns(kwargs: Mapping[str, Any]) -> list[str]:
    """Columns an expectation looks at; none for one about the table."""
    column = kwargs.get("column")
    return list(kwargs.get("column_list", [])) if column is None else [column]


def _column(result: Any) -> str | None:
    column = result.expectation_config.kwargs.get("column")
    return None if column is None else str(column)


def _raised(info: Any) -> bool:
    """`exception_info` is one record, or one a metric."""
    if not info:
        return False
    records = [info] if "raised_exception" in info else list(info.values())
    return any(record.get("raised_exception") for record in records)


@cache
def _batch_definition() -> Any:
    """One ephemeral context a process: it costs nothing to keep and seconds to import."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
    asset = context.data_sources.add_pandas("ingest").add_dataframe_asset("responses")
    return asset.add_batch_definition_whole_dataframe("file")


@cache
def _remembering(kind: str) -> str:
    """The type of a subclass of that expectation which works its configuration out once.

    Great Expectations asks for it 60 times a column: a quarter of its time on files of 2,500 rows. Defining a
    subclass is how it is extended; its own expectations stay as they are.
    """
    from great_expectations.compatibility.pydantic import PrivateAttr
    from great_expectations.expectations.registry import get_expectation_impl

    plain = get_expectation_impl(kind)

    def configuration(self: Any) -> Any:
        if self._known is None:
            self._known = plain.configuration.__get__(self)
        return self._known

    body = {"_known": PrivateAttr(None), "configuration": property(configuration), "__module__": __name__}
    made = type(plain)(_OURS + plain.__name__, (plain,), body)
    return str(made.expectation_type)


def _kind(result: Any) -> str:
    """The type of an expectation as its suite names it."""
    return str(result.expectation_config.type).removeprefix(f"{_OURS.lower()}_")
