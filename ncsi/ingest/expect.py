"""The only door to Great Expectations: a frame and a suite in, the positions of faulty rows out.

Run in memory without analytics; results stay in this process, and frames hold no raw text, so none can carry
an answer out. What the suite finds is decided here and nowhere else.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from ncsi.errors import NcsiError

_LOCK = threading.Lock()
_OURS = "Remembering"
_OF_EACH_VALUE = frozenset(
    f"expect_column_values_to_{one}" for one in ("be_in_set", "not_be_null", "be_between")
)
"""Expectations of a column that ask the same of each of its values, whatever the others are."""
_COMPLETE = {"result_format": "COMPLETE", "include_unexpected_rows": False, "partial_unexpected_count": 0}


@dataclass(frozen=True, slots=True, eq=False)
class Finding:
    """A failed expectation: its type, its column (none for several), the positions of the faulty rows."""

    kind: str
    column: str | None
    positions: npt.NDArray[np.int64]


def judge(frame: pd.DataFrame, suite: Mapping[str, Any]) -> tuple[Finding, ...]:
    """Validate the frame (index 0, 1, …) by the suite; findings in the order of the suite.

    What is asked of each value is asked of the values that occur, once for all columns it is asked of alike: Great
    Expectations takes milliseconds for an expectation, however short the file.

    Raises NcsiError when the table itself is not as expected, or an expectation could not be evaluated.
    """
    asked: list[Mapping[str, Any]] = suite["expectations"]
    of_values = [k for k, one in enumerate(asked) if _of_values(one, frame)]
    of_rows = [k for k in range(len(asked)) if k not in of_values]
    with _LOCK:
        found = _judged_rows(frame, suite["name"], {k: asked[k] for k in of_rows})
        found |= _judged_values(frame, suite["name"], {k: asked[k] for k in of_values})
    return tuple(found[k] for k in sorted(found))


def _of_values(expectation: Mapping[str, Any], frame: pd.DataFrame) -> bool:
    """Whether it holds of a column where it holds of each value, however often that occurs."""
    kwargs = expectation["kwargs"]
    return expectation["type"] in _OF_EACH_VALUE and "mostly" not in kwargs and kwargs["column"] in frame


def _judged_rows(
    frame: pd.DataFrame, name: str, asked: Mapping[int, Mapping[str, Any]]
) -> dict[int, Finding]:
    """What fails among all rows, by place in the suite; positions are listed only of what does."""
    failed = [
        k
        for k, one in zip(asked, _run(frame, name, list(asked.values()), "BOOLEAN_ONLY"), strict=True)
        if not one.success
    ]
    if not failed:
        return {}
    again = _run(frame, name, [asked[k] for k in failed], _COMPLETE)
    return {k: _finding(asked[k], one) for k, one in zip(failed, again, strict=True)}


def _judged_values(
    frame: pd.DataFrame, name: str, asked: Mapping[int, Mapping[str, Any]]
) -> dict[int, Finding]:
    """What fails of the values that occur, by place in the suite."""
    alike: dict[str, list[int]] = {}
    for k, one in asked.items():
        dtype = frame[one["kwargs"]["column"]].dtype
        alike.setdefault(f"{one['type']} {_but_column(one)} {dtype.name}", []).append(k)
    groups = {
        label: _Values.of(frame, [str(asked[k]["kwargs"]["column"]) for k in places])
        for label, places in alike.items()
    }
    ours = [
        {"type": asked[places[0]]["type"], "kwargs": {**_but_column(asked[places[0]]), "column": label}}
        for label, places in alike.items()
    ]
    results = _run(_side_by_side(groups), name, ours, _COMPLETE) if ours else []
    found = {}
    for (label, places), result in zip(alike.items(), results, strict=True):
        if result.success:
            continue
        rows = groups[label].rows(_finding(ours[0], result).positions)
        for k in places:
            column = asked[k]["kwargs"]["column"]
            if len(rows[column]):
                found[k] = Finding(asked[k]["type"], column, rows[column])
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _Values:
    """The values that occur in some columns, one column's after the other's, and which of them each row holds."""

    values: pd.Series
    codes: Mapping[str, npt.NDArray[np.int64]]

    @classmethod
    def of(cls, frame: pd.DataFrame, columns: Sequence[str]) -> Self:
        values, codes, before = [], {}, 0
        for column in columns:
            own, values_of_it = pd.factorize(frame[column], use_na_sentinel=False)
            values.append(pd.Series(values_of_it))
            codes[column], before = own + before, before + len(values_of_it)
        return cls(pd.concat(values, ignore_index=True), codes)

    def rows(self, faulty: npt.NDArray[np.int64]) -> dict[str, npt.NDArray[np.int64]]:
        """The rows of each column that hold one of the values at these positions."""
        return {column: np.flatnonzero(np.isin(own, faulty)) for column, own in self.codes.items()}


def _side_by_side(groups: Mapping[str, _Values]) -> pd.DataFrame:
    """A column a group; the first value of a shorter one again and again: what is asked of each is the same."""
    longest = max(len(one.values) for one in groups.values())
    places = np.arange(longest)
    return pd.DataFrame(
        {
            label: one.values.take(np.where(places < len(one.values), places, 0)).reset_index(drop=True)
            for label, one in groups.items()
        }
    )


def _run(frame: pd.DataFrame, name: str, expectations: Sequence[Any], result_format: Any) -> list[Any]:
    """Results of the expectations, in their order. One that could not be evaluated is neither pass nor fail."""
    batch = _batch_definition().get_batch({"dataframe": frame})
    from great_expectations import ExpectationSuite

    ours = [
        {**one, "type": _remembering(one["type"]), "meta": {"place": place}}
        for place, one in enumerate(expectations)
    ]
    validated = batch.validate(ExpectationSuite(name=name, expectations=ours), result_format=result_format)
    results = sorted(validated.results, key=lambda one: int(one.expectation_config.meta["place"]))
    for asked, one in zip(expectations, results, strict=True):
        if _raised(one.exception_info):
            raise NcsiError(
                f"suite {name}: {asked['type']} on {asked['kwargs'].get('column', 'the table')} could not be "
                "evaluated. Report it with the instrument; nothing was stored."
            )
    return results


def _finding(asked: Mapping[str, Any], result: Any) -> Finding:
    positions = result.result.get("unexpected_index_list")
    if positions is None:
        raise NcsiError(
            f"the table to be judged does not match its instrument ({asked['type']}). Nothing was stored."
        )
    return Finding(asked["type"], asked["kwargs"].get("column"), np.array(sorted(positions), dtype=np.int64))


def _but_column(asked: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in asked["kwargs"].items() if key != "column"}


def _raised(info: Any) -> bool:
    """`exception_info` is one record, or one a metric."""
    if not info:
        return False
    records = [info] if "raised_exception" in info else list(info.values())
    return any(record.get("raised_exception") for record in records)


@cache
def _batch_definition() -> Any:
    """One ephemeral context a process: it costs nothing to keep and seconds to import."""
    from ncsi.ingest.lean_great_expectations import ProgressBarsConfig, gx

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
