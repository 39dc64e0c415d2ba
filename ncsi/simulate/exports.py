"""Survey rows as files: six kinds of export, as platforms and offices really write them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

from ncsi.grid_sheet import Cell, Grid
from ncsi.simulate.background import BACKGROUND
from ncsi.spec import Instrument

_EPOCH = pd.Timestamp("2000-01-01")
_COMPLAINT_OPTIONS = {"0": "1", "1": "2"}


def _csv(encoding: str) -> Callable[[pd.DataFrame, Path], None]:
    def write(rows: pd.DataFrame, path: Path) -> None:
        rows.to_csv(path, index=False, encoding=encoding, lineterminator="\r\n")

    return write


def _xlsx(rows: pd.DataFrame, path: Path) -> None:
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False}) as book:
        book.set_properties({"created": _EPOCH.to_pydatetime()})
        sheet = book.add_worksheet("data", Grid)
        known: dict[str, Cell | None] = {}
        columns = []
        for name in rows.columns:
            cells = [str(name), *rows[name].tolist()]
            known |= {cell: _cell(sheet, cell) for cell in cells if cell not in known}
            columns.append([known[cell] for cell in cells])
        sheet.fill(columns, spans=False)


def _cell(sheet: Grid, cell: str) -> Cell | None:
    """Digits as a number, as a spreadsheet holds them; an unanswered question as no cell."""
    if cell.lstrip("-").isdigit():
        return sheet.number(int(cell)), None
    return (sheet.inline(cell), None) if cell else None


def _parquet(rows: pd.DataFrame, path: Path) -> None:
    pq.write_table(pa.Table.from_pandas(rows.astype(str), preserve_index=False), path, compression="zstd")


WRITERS: dict[str, tuple[str, Callable[[pd.DataFrame, Path], None]]] = {
    "csv_utf8": (".csv", _csv("utf-8")),
    "csv_utf8_bom": (".csv", _csv("utf-8-sig")),
    "csv_gb18030": (".csv", _csv("gb18030")),
    "xlsx": (".xlsx", _xlsx),
    "parquet": (".parquet", _parquet),
    "wjx": (".xlsx", _xlsx),
}
"""Kind of export → file suffix and writer."""


def as_wjx(
    rows: pd.DataFrame, instrument: Instrument, brands: list[str], regions: tuple[str, ...]
) -> pd.DataFrame:
    """The rows as 问卷星 exports them by option number: six leading columns, then one column per question."""
    brand_options = {brand: str(k) for k, brand in enumerate(brands, 1)}
    region_options = {region: str(k) for k, region in enumerate(regions, 1)}
    columns = {
        "序号": rows["respondent"].str.lstrip("R0"),
        "提交答卷时间": rows["submitted_at"],
        "所用时间": rows["duration_s"] + "秒",
        "来源": "链接",
        "来源详情": "直接访问",
        "来自IP": [f"192.0.2.{k % 250 + 1}" for k in range(len(rows))],
        "1、您评价的品牌是": rows["brand"].map(brand_options).fillna("99"),
        "2、您所在的地区是": rows["region"].map(region_options),
    }
    for number, item in enumerate(instrument.items, 3):
        answers = rows[item.id].replace({"": "-2"})
        if item.scale.max - item.scale.min == 1:
            answers = answers.replace(_COMPLAINT_OPTIONS)
        columns[f"{number}、{item.question.zh}"] = answers
    for number, (name, variable) in enumerate(BACKGROUND.items(), 3 + len(instrument.items)):
        options = {value: str(k) for k, value in enumerate(variable.population, 1)}
        columns[f"{number}、{variable.question}"] = rows[name].map(options)
    return pd.DataFrame(columns)


def wjx_map(
    instrument: Instrument, brands: list[str], regions: tuple[str, ...], map_id: str
) -> dict[str, Any]:
    """The column map that reads such an export."""
    binary = [item.id for item in instrument.items if item.scale.max - item.scale.min == 1]
    values: dict[str, dict[str, str]] = {
        "brand": {str(k): brand for k, brand in enumerate(brands, 1)},
        "region": {str(k): region for k, region in enumerate(regions, 1)},
    }
    values |= {
        name: {str(k): value for k, value in enumerate(variable.population, 1)}
        for name, variable in BACKGROUND.items()
    }
    values |= {item: {option: answer for answer, option in _COMPLAINT_OPTIONS.items()} for item in binary}
    return {
        "spec": "ncsi/map/1",
        "id": map_id,
        "dialect": "wjx_index",
        "columns": {"brand": "1", "region": "2"},
        "background": {
            name: str(number) for number, name in enumerate(BACKGROUND, 3 + len(instrument.items))
        },
        "items": {item.id: str(number) for number, item in enumerate(instrument.items, 3)},
        "values": values,
    }
