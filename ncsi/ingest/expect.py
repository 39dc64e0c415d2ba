"""The only door to Great Expectations: a frame and a suite in, the positions of faulty rows out.

Run in memory without analytics; results stay in this process, and frames hold no raw text, so none can carry
an answer out. What the suite finds is decided here and nowhere else.
"""

from __future__ import annotations

import threading
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from ncsi.errors import NcsiError

_LOCK = threading.Lock()
_OURS = "Remembering"
_FILLED, _WITHIN = "expect_column_values_to_not_be_null", "expect_column_values_to_be_between"
_OF_EACH_VALUE = frozenset(("expect_column_values_to_be_in_set", _FILLED, _WITHIN))
"""Expectations of a column that ask the same of each of its values, whatever the others are."""
_ROWS, _COLUMNS = "expect_table_row_count_to_be_between", "expect_table_columns_to_match_set"
_UNIQUE = "expect_compound_columns_to_be_unique"
_KNOWN: dict[str, dict[Hashable, bool]] = {}
"""Verdicts of this process on values: what was asked → value → whether it passes."""
_PASSED: set[str] = set()
"""What was asked of tables and their columns, where it held and no key occurred twice."""
_MANY = 100_000
_COMPLETE = {"result_format": "COMPLETE", "include_unexpected_rows": False, "partial_unexpected_count": 0}


@dataclass(frozen=True, slots=True, eq=False)
class Finding:
    """A failed expectation: its type, its column (none for several), the positions of the faulty rows."""

    kind: str
    column: str | None
    positions: npt.NDArray[np.int64]


def make_ready() -> None:
    """Import the library and make what every suite needs of it, before there is a frame."""
    _batch_definition()
    for kind in sorted(_OF_EACH_VALUE):
        _remembering(kind)


def judge(frame: pd.DataFrame, suite: Mapping[str, Any]) -> tuple[Finding, ...]:
    """Validate the frame (index 0, 1, …) by the suite; findings in the order of the suite.

    Great Expectations takes milliseconds for an expectation, and hashes every row it is given. So what is asked of each
    value is asked of the values that occur, once for all columns it is asked of alike, and once a process: verdicts on
    values are kept. What is asked of the table is asked of those rows that decide it.

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
    """What fails among the rows that decide, by place in the suite. Where one row does, all there is to judge is the
    table's columns: once a process."""
    rows = _deciding(frame, list(asked.values()))
    few = frame.iloc[rows].reset_index(drop=True) if len(rows) < len(frame) else frame
    table = f"{list(asked.values())} {list(frame.columns)}" if len(rows) == 1 < len(frame) else None
    if table in _PASSED:
        return {}
    results = zip(asked, _run(few, name, list(asked.values()), _COMPLETE), strict=True)
    found = {k: _finding(asked[k], one) for k, one in results if not one.success}
    if table is not None and not found:
        _PASSED.add(table)
    return {k: replace(one, positions=rows[one.positions]) for k, one in found.items()}


def _deciding(frame: pd.DataFrame, asked: Sequence[Mapping[str, Any]]) -> npt.NDArray[np.int64]:
    """The rows that decide what is asked of a table: whether it has any, and which columns, is to be seen in one; which
    keys occur twice, in the rows whose key another row has. Whatever else is asked is asked of all."""
    deciding = np.zeros(len(frame), dtype=bool)
    deciding[:1] = True
    for one in asked:
        kind, kwargs = one["type"], one["kwargs"]
        if kind == _UNIQUE and set(kwargs) == {"column_list"} and set(kwargs["column_list"]) <= {*frame}:
            deciding |= frame.duplicated(kwargs["column_list"], keep=False).to_numpy()
        elif kind != _COLUMNS and (kind, kwargs) != (_ROWS, {"min_value": 1}):
            return np.arange(len(frame))
    return np.flatnonzero(deciding)


def _judged_values(
    frame: pd.DataFrame, name: str, asked: Mapping[int, Mapping[str, Any]]
) -> dict[int, Finding]:
    """What fails of the values that occur, by place in the suite."""
    held = {k: _deciding_values(frame[one["kwargs"]["column"]], one["type"]) for k, one in asked.items()}
    verdicts = _verdicts(frame, name, asked, held)
    unsure = [k for k, one in held.items() if one.codes is None and not all(verdicts[k])]
    if unsure:
        held |= {k: _values(frame[asked[k]["kwargs"]["column"]]) for k in unsure}
        verdicts = _verdicts(frame, name, asked, held)
    found = {}
    for k, one in held.items():
        faulty = [code for code, passes in zip(one.places, verdicts[k], strict=True) if not passes]
        if faulty and one.codes is not None:
            rows = np.flatnonzero(np.isin(one.codes, faulty))
            found[k] = Finding(asked[k]["type"], asked[k]["kwargs"]["column"], rows)
    return found


class _Values(NamedTuple):
    """Values of a column, what stands for each in verdicts, its code, and the code of each row; no codes of rows where
    these are the outermost values and the others lie between."""

    values: list[Any]
    keys: list[Hashable]
    places: list[int]
    codes: npt.NDArray[Any] | None


def _deciding_values(column: pd.Series, kind: str) -> _Values:
    """The values that decide what is asked of each: whether one is null, where that is asked; the outermost of numbers
    that are to lie within bounds; else all that occur."""
    if kind == _FILLED:
        missing = column.isna().to_numpy()
        states, first = np.unique(missing, return_index=True)
        return _Values(column.iloc[first].tolist(), states.tolist(), states.tolist(), missing)
    if kind == _WITHIN and pd.api.types.is_float_dtype(column.dtype):
        ends = sorted({float(one) for one in (column.min(), column.max()) if not pd.isna(one)})
        return _Values(ends, list(ends), list(range(len(ends))), None)
    return _values(column)


def _values(column: pd.Series) -> _Values:
    """The values that occur in a column."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        codes, known = column.cat.codes.to_numpy(), [None, *column.cat.categories]
        places = (np.flatnonzero(np.bincount(codes.astype(np.int64) + 1)) - 1).tolist()
        values = [known[code + 1] for code in places]
    else:
        codes, distinct = pd.factorize(column, use_na_sentinel=False)
        values = pd.Series(distinct).tolist()
        places = list(range(len(values)))
    return _Values(values, [None if pd.isna(one) else one for one in values], places, codes)


def _verdicts(
    frame: pd.DataFrame, name: str, asked: Mapping[int, Mapping[str, Any]], held: Mapping[int, _Values]
) -> dict[int, list[bool]]:
    """Whether each of the values passes, by place in the suite: as known of this process, else judged now."""
    labels = {}
    for k, one in asked.items():
        dtype = frame[one["kwargs"]["column"]].dtype
        own = dtype.categories.dtype if isinstance(dtype, pd.CategoricalDtype) else dtype
        labels[k] = f"{one['type']} {_but_column(one)} {dtype.name} {own.name}"
    if sum(map(len, _KNOWN.values())) > _MANY:
        _KNOWN.clear()
    new: dict[str, dict[Hashable, Any]] = {}
    for k, label in labels.items():
        known = _KNOWN.setdefault(label, {})
        if held[k].codes is None:
            known |= dict.fromkeys(_between_known(held[k].keys, known), True)
        pairs = zip(held[k].keys, held[k].values, strict=True)
        new.setdefault(label, {}).update({key: value for key, value in pairs if key not in known})
    ours = {label: asked[k] for k, label in labels.items() if new[label]}
    _learn(name, ours, new)
    return {k: [_KNOWN[label][key] for key in held[k].keys] for k, label in labels.items()}


def _between_known(numbers: Sequence[Any], known: Mapping[Any, bool]) -> list[Any]:
    """Those of the numbers that lie between two that are within the bounds."""
    within = [number for number, passes in known.items() if passes and number is not None]
    return [one for one in numbers if within and min(within) <= one <= max(within)]


def _learn(
    name: str, asked: Mapping[str, Mapping[str, Any]], new: Mapping[str, Mapping[Hashable, Any]]
) -> None:
    """Have new values judged, a column for each thing that is asked."""
    if not asked:
        return
    expectations = [
        {"type": one["type"], "kwargs": {**_but_column(one), "column": label}} for label, one in asked.items()
    ]
    results = _run(
        _side_by_side({label: list(new[label].values()) for label in asked}), name, expectations, _COMPLETE
    )
    for (label, one), result in zip(asked.items(), results, strict=True):
        faulty = set() if result.success else set(_finding(one, result).positions.tolist())
        _KNOWN[label] |= {key: k not in faulty for k, key in enumerate(new[label])}


def _side_by_side(columns: Mapping[str, list[Any]]) -> pd.DataFrame:
    """One column each; the first value of a shorter one again and again: what is asked of each is the same."""
    longest = max(map(len, columns.values()))
    return pd.DataFrame({label: [*own, *own[:1] * (longest - len(own))] for label, own in columns.items()})


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
