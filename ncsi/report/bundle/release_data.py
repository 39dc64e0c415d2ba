"""All data of a release into its folder."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from ncsi.report.bundle.codes import code_lists
from ncsi.report.bundle.cover import Cover, cover_of
from ncsi.report.bundle.package import data_package
from ncsi.report.bundle.workbook import write_workbook
from ncsi.report.plain_files import as_json, write_csv, write_parquet
from ncsi.report.release_spec import ReleaseSpec


def write_data(tables: dict[str, pd.DataFrame], spec: ReleaseSpec, folder: Path) -> None:
    """`data/<table>.csv|parquet`, code lists and `datapackage.json` of a wave into `folder`."""
    write_tables(tables, code_lists(spec), cover_of(spec), folder)


def write_tables(
    tables: dict[str, pd.DataFrame], lists: dict[str, pd.DataFrame], cover: Cover, folder: Path
) -> None:
    """`data/<table>.csv|parquet` of tables and code lists, and `datapackage.json`, into `folder`."""
    data = folder / "data"
    data.mkdir(parents=True, exist_ok=True)
    for name, frame in {**tables, **lists}.items():
        write_csv(frame, data / f"{name}.csv")
        write_parquet(frame, data / f"{name}.parquet")
    package = data_package(tables, lists, cover, data)
    (folder / "datapackage.json").write_text(as_json(package), encoding="utf-8")


def write_book(tables: dict[str, pd.DataFrame], spec: ReleaseSpec, folder: Path) -> None:
    """`data/release.xlsx`: the same tables and code lists as sheets; beside those, or before they are written."""
    path = folder / "data" / "release.xlsx"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_workbook({**code_lists(spec), **tables}, cover_of(spec), path)
