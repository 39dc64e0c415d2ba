"""SPSS and Stata files with variable labels, value labels and kinds of missing. A door to pyreadstat."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyreadstat

from ncsi.export.labelled import Labelled, Variable
from ncsi.export.words import KINDS, NO, YES
from ncsi.spec import Missing
from ncsi.spec.building_blocks import Language

STATA_MISSING = dict(zip(Missing, "abcd", strict=True))
"""Extended missing values .a to .d of the kinds."""
_LABEL_BYTES, _VALUE_BYTES = 250, 120
"""What SPSS keeps of a label; Stata keeps 80 characters of a variable's."""
_LABEL_CHARACTERS = 80


def spss_missing(data: Labelled) -> Mapping[Missing, int]:
    """Codes of the kinds of missing: −99 to −96, or four below the lowest scale of all."""
    lowest = min((one.lowest for one in data.variables if one.kind == "answer"), default=0)
    first = min(-99, lowest - len(Missing))
    return {kind: first + k for k, kind in enumerate(Missing)}


def write_sav(data: Labelled, path: Path, language: Language, title: str) -> None:
    """An SPSS file: kinds of missing are user-missing values."""
    codes = spss_missing(data)
    answers = [one for one in data.variables if one.kind == "answer"]
    columns = _columns(data, {kind: float(code) for kind, code in codes.items()}, np.float64)
    pyreadstat.write_sav(
        pd.DataFrame(columns),
        str(path),
        file_label=_cut_bytes(title, 60),
        column_labels={
            one.name: _cut_bytes(one.label.text(language), _LABEL_BYTES) for one in data.variables
        },
        variable_value_labels={
            name: {code: _cut_bytes(text, _VALUE_BYTES) for code, text in labels.items()}
            for name, labels in _value_labels(data, codes, language).items()
        },
        missing_ranges={
            one.name: [{"lo": min(codes.values()), "hi": max(codes.values())}] for one in answers
        },
        variable_measure={one.name: _MEASURES[one.kind] for one in data.variables},
        row_compress=True,
    )


def write_dta(data: Labelled, path: Path, language: Language, title: str) -> None:
    """A Stata file (version 15 and later): kinds of missing are .a to .d."""
    pyreadstat.write_dta(
        pd.DataFrame(_columns(data, STATA_MISSING, object)),
        str(path),
        file_label=title[:_LABEL_CHARACTERS],
        column_labels={one.name: _cut(one.label.text(language)) for one in data.variables},
        variable_value_labels=_value_labels(data, STATA_MISSING, language),
        missing_user_values={
            one.name: list(STATA_MISSING.values()) for one in data.variables if one.kind == "answer"
        },
        version=14,  # the next form is for Stata/MP alone
    )


_MEASURES = {"text": "nominal", "number": "scale", "coded": "nominal", "answer": "ordinal", "flag": "nominal"}


def _columns(data: Labelled, codes: Mapping[Missing, Any], answers: type) -> dict[str, Any]:
    """Arrays by name: ids as 1, 2, …, flags as 0 and 1, and of an answer that is missing the code of its kind."""
    return {one.name: _column(one, data.frame, codes, answers) for one in data.variables}


def _column(one: Variable, frame: pd.DataFrame, codes: Mapping[Missing, Any], answers: type) -> Any:
    values = frame[one.name]
    if one.kind == "text":
        return values.astype(object).where(values.notna(), "").map(str).to_numpy(dtype=object)
    if one.kind == "coded":
        numbers = {id_: float(k) for k, (id_, _) in enumerate(one.values, 1)}
        return values.astype(object).map(numbers).to_numpy(dtype=np.float64)
    if one.kind in ("number", "flag"):
        return values.to_numpy(dtype=np.float64, na_value=np.nan)
    made: Any = values.to_numpy(dtype=np.float64, na_value=np.nan).astype(answers)
    kinds = frame[one.kinds_in].astype(object)
    for kind, code in codes.items():
        made[(values.isna() & (kinds == kind.value)).to_numpy(dtype=bool)] = code
    return made


def _value_labels(
    data: Labelled, codes: Mapping[Missing, Any], language: Language
) -> dict[str, dict[Any, str]]:
    missing = {code: KINDS[kind].text(language) for kind, code in codes.items()}
    made: dict[str, dict[Any, str]] = {}
    for one in data.variables:
        if one.kind == "coded":
            made[one.name] = {k: label.text(language) for k, (_, label) in enumerate(one.values, 1)}
        elif one.kind == "flag":
            made[one.name] = {0: NO.text(language), 1: YES.text(language)}
        elif one.kind == "answer":
            made[one.name] = dict(missing)
    return made


def _cut(text: str) -> str:
    return text if len(text) <= _LABEL_CHARACTERS else f"{text[: _LABEL_CHARACTERS - 1]}…"


def _cut_bytes(text: str, most: int) -> str:
    """A text of at most so many bytes, whole characters."""
    content = text.encode("utf-8")
    if len(content) <= most:
        return text
    return f"{content[: most - 3].decode('utf-8', 'ignore')}…"
