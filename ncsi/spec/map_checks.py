"""Column maps by themselves: names are canonical, no file column and no code serves twice."""

from __future__ import annotations

from ncsi.errors import SpecError
from ncsi.spec.background import REGION
from ncsi.spec.problems import Where, check_known, did_you_mean
from ncsi.spec.wave import CANONICAL_COLUMNS, EVERY_ITEM, ColumnMap


def check_map(column_map: ColumnMap, where: Where) -> None:
    """Raise SpecError unless names are canonical and no file column or code serves twice."""
    for name in column_map.columns:
        check_known(name, CANONICAL_COLUMNS, "canonical column", where("columns", name))
    for name in column_map.values:
        if name not in (EVERY_ITEM, *CANONICAL_COLUMNS, *column_map.items, *column_map.background):
            cure = did_you_mean(name, (*CANONICAL_COLUMNS, *column_map.items), "names are")
            raise SpecError(
                where("values", name), f"'{name}' is neither a canonical column nor an item", cure
            )
    if REGION in column_map.background:
        problem = "region is a canonical column"
        raise SpecError(where("background", REGION), problem, "Name its column under `columns:`")
    _check_columns_once(column_map, where)
    _check_ignored(column_map, where)
    _check_codes_once(column_map, where)


def _check_columns_once(column_map: ColumnMap, where: Where) -> None:
    seen: dict[str, str] = {}
    meanings = {
        "columns": column_map.columns,
        "background": column_map.background,
        "items": column_map.item_columns,
    }
    for key, columns in meanings.items():
        for name, column in columns.items():
            if column in seen:
                problem = f"the file column '{column}' is already mapped to '{seen[column]}'"
                raise SpecError(where(key, name), problem, "Map each file column once")
            seen[column] = name


def _check_ignored(column_map: ColumnMap, where: Where) -> None:
    used = {
        *column_map.columns.values(),
        *column_map.background.values(),
        *column_map.item_columns.values(),
        *column_map.identity,
    }
    for position, column in enumerate(column_map.ignore):
        if column in used:
            problem = f"the file column '{column}' is both used and ignored"
            raise SpecError(where("ignore", position), problem, "Remove it from one of the two")


def _check_codes_once(column_map: ColumnMap, where: Where) -> None:
    seen: dict[str, str] = {}
    for kind, codes in column_map.missing.items():
        for code in codes:
            if code in seen:
                problem = f"the code '{code}' already stands for {seen[code]}"
                raise SpecError(where("missing", kind), problem, "Give each code one kind of missing")
            seen[code] = kind
