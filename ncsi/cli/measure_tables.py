"""Tables that commands of measures write for an office to fill or to run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    import pandas as pd


def require_new_table(file: Path) -> None:
    """Raise UsageError unless the file is to be one of csv or xlsx, and is not there."""
    if file.suffix not in (".csv", ".xlsx"):
        raise click.UsageError(f"{file} is neither .csv nor .xlsx.")
    if file.exists():
        raise click.UsageError(f"{file} is there already. Name a new file.")


def write_table(frame: pd.DataFrame, file: Path) -> None:
    """Write it by its ending."""
    if file.suffix == ".csv":
        frame.to_csv(file, index=False, encoding="utf-8-sig")
    else:
        frame.to_excel(file, index=False, engine="xlsxwriter")
