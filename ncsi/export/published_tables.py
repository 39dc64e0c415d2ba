"""Published tables of a sector as labelled data: ids that the release's code lists name get their labels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

import pandas as pd

from ncsi.export.labelled import Kind, Labelled, Variable, legal_names
from ncsi.spec import Label
from ncsi.spec.yaml_documents import read_document
from ncsi.tables import TABLES, Column

_LISTS: Mapping[str, tuple[str, str]] = {
    "sector": ("codes_sectors", "sector"),
    "group": ("codes_groups", "group"),
    "subindex": ("codes_subindices", "subindex"),
    **dict.fromkeys(("brand", "other", "best"), ("codes_brands", "brand")),
    **dict.fromkeys(("item", "lhs", "rhs"), ("codes_items", "item")),
    **dict.fromkeys(("construct", "construct_a", "construct_b", "from", "to"), ("codes_constructs", "construct")),
}  # fmt: skip
"""By the column that holds ids: the code list that names them, and the list's own column of them."""


def labelled_tables(
    tables: Mapping[str, pd.DataFrame], lists: Mapping[str, pd.DataFrame], sector: str
) -> dict[str, Labelled]:
    """The rows of `sector` of each published table that has any; `lists`: the code lists of the release."""
    own = {name: _of_sector(frame, sector) for name, frame in lists.items()}
    instruments = set(own.get("codes_sectors", pd.DataFrame({"instrument": []}))["instrument"])
    own = {
        name: frame[frame["instrument"].isin(instruments)]
        if "construct" in frame or "item" in frame
        else frame
        for name, frame in own.items()
    }
    found = {
        name: frame[frame["sector"] == sector].reset_index(drop=True)
        for name, frame in tables.items()
        if "sector" in frame
    }
    return {name: _labelled(name, frame, own) for name, frame in found.items() if len(frame)}


def _of_sector(frame: pd.DataFrame, sector: str) -> pd.DataFrame:
    return frame[frame["sector"] == sector] if "sector" in frame else frame


def _labelled(name: str, frame: pd.DataFrame, lists: Mapping[str, pd.DataFrame]) -> Labelled:
    declared = {one.name: one for one in TABLES[name].columns}
    names = legal_names(map(str, frame.columns))
    variables = tuple(
        replace(_variable(declared[column], frame[column], lists), name=names[column])
        for column in map(str, frame.columns)
    )
    coded = {one.column: frame[one.column].replace("", None) for one in variables if one.kind == "coded"}
    return Labelled(frame.assign(**coded).rename(columns=names), variables)


def _variable(column: Column, cells: pd.Series, lists: Mapping[str, pd.DataFrame]) -> Variable:
    about = _about(column)
    kind: Kind = {"integer": "number", "number": "number", "flag": "flag"}.get(column.kind, "text")  # type: ignore[assignment]
    if kind == "text":
        values = _named(column.name, cells, lists)
        return Variable("", column.name, about, "coded" if values else "text", values)
    return Variable("", column.name, about, kind)


def _about(column: Column) -> Label:
    """What it is, with its unit."""
    words = chinese()
    told, unit = (
        words["columns"].get(column.about, column.about),
        words["units"].get(column.unit, column.unit),
    )
    return Label(
        zh=f"{told}（{unit}）" if unit else told,
        en=f"{column.about} ({column.unit})" if column.unit else column.about,
    )


@cache
def chinese() -> Mapping[str, Mapping[str, str]]:
    """`columns` and `units`: what `ncsi.tables` says of the columns of published tables → the same in Chinese."""
    found = read_document(Path(__file__).with_name("columns_zh.yaml")).data
    return {name: {str(one): str(said) for one, said in found[name].items()} for name in ("columns", "units")}


def _named(column: str, cells: pd.Series, lists: Mapping[str, pd.DataFrame]) -> tuple[tuple[str, Label], ...]:
    """Ids and labels of a column whose ids the code list all names; else none."""
    code_list, ids = _LISTS.get(column, ("", ""))
    known = lists.get(code_list)
    if known is None or known.empty:
        return ()
    values = {
        str(row[ids]): Label(zh=str(row["label_zh"]), en=str(row["label_en"]))
        for row in known.to_dict("records")
    }
    held = {str(one) for one in cells.dropna() if one != ""}
    return tuple(values.items()) if held <= set(values) else ()
