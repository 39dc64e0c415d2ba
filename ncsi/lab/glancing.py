"""One row about a whole result: what it is of, and what it was asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from numbers import Number

import pandas as pd

from ncsi import model
from ncsi.spec.instrument import Instrument


def glanced(kind: str, values: Iterable[object]) -> pd.DataFrame:
    """result (its kind), then of fits, replicates and instruments among the values instrument, n, n_eff, replicates and
    level, then the single figures and words of the others; what comes first under a name stays."""
    row: dict[str, object] = {"result": kind}
    for value in sorted(values, key=_common, reverse=True):
        for name, told in _told(value):
            row.setdefault(name, told)
    return pd.DataFrame([row])


def _common(value: object) -> bool:
    return isinstance(value, model.PlsFit | model.Bootstrap | Instrument)


def _told(value: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, model.Bootstrap):
        yield from _told(value.fit)
        yield from (("replicates", value.replicates), ("level", value.level))
    elif isinstance(value, model.PlsFit):
        yield from (("instrument", value.instrument.id), ("n", value.n), ("n_eff", value.n_eff))
    elif isinstance(value, Instrument):
        yield "instrument", value.id
    elif is_dataclass(value):
        for one in fields(value):
            told = getattr(value, one.name)
            if isinstance(told, Instrument):
                yield "instrument", told.id
            elif told is None or isinstance(told, str | Number):
                yield one.name, told
