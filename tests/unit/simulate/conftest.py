"""One small nation, written once: eight sectors cover every kind of export and four instruments."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from ncsi.simulate import DemoPlan, write_workspace
from ncsi.spec import Workspace, open_workspace

SECTORS = (
    "dairy", "edible_oil", "bottled_water", "sportswear", "banks", "steel", "schools", "residential_building",
    "telecom", "cement",
)  # fmt: skip


@dataclass(frozen=True)
class Nation:
    root: Path
    plan: DemoPlan
    workspace: Workspace

    def read(self, wave: str, sector: str) -> pd.DataFrame:
        """An export as text, whatever its kind."""
        path = next((self.root / "exports" / wave).glob(f"{sector}.*"))
        if path.suffix == ".parquet":
            return pd.read_parquet(path)
        if path.suffix == ".xlsx":
            return pd.read_excel(path, engine="calamine", dtype=str, keep_default_na=False)
        for encoding in ("utf-8-sig", "gb18030"):
            try:
                return pd.read_csv(path, dtype=str, keep_default_na=False, encoding=encoding)
            except UnicodeDecodeError:
                continue
        raise ValueError(f"{path.name} is neither UTF-8 nor GB18030")


def write(root: Path, **changed: object) -> DemoPlan:
    """The small nation: four brands of about 60."""
    return write_workspace(root, **{"brands": 4, "respondents": 60, "sectors": SECTORS} | changed)


@pytest.fixture(scope="session")
def nation(tmp_path_factory: pytest.TempPathFactory) -> Nation:
    root = tmp_path_factory.mktemp("nation")
    return Nation(root, write(root), open_workspace(root))
