"""What tests of faults share: what kills a command at work, and a workspace of figures and records that are out."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from ncsi.cli.main import main
from ncsi.spec import Workspace, open_workspace

KILLER = """
import os, signal, sys, time
from pathlib import Path
from ncsi.cli.main import main
root, seen, written, *command = sys.argv[1:]
ledger = os.path.join(root, "runs", "ledger.jsonl")
before = os.path.getsize(ledger)
child = os.fork()
if child == 0:
    main(command)
    os._exit(0)
def begun():
    with open(ledger, encoding="utf-8") as lines:
        lines.seek(before)
        if not any(seen in one and "START" in one for one in lines):
            return False
    return not written or any(Path(root).glob(written))
end = time.monotonic() + 600
while not begun():
    if time.monotonic() > end or os.waitpid(child, os.WNOHANG)[0]:
        sys.exit("nothing to kill at work was seen")
    time.sleep(0.01)
os.kill(child, signal.SIGKILL)
if not os.WIFSIGNALED(os.waitpid(child, 0)[1]):
    sys.exit("it had ended before it was killed")
"""


@pytest.fixture
def killer() -> str:
    """A program that runs `ncsi` with its further arguments and kills it at work: once the ledger of a workspace has a
    START that holds a text, and a file whose path in the workspace is like a pattern is there (none for "")."""
    return KILLER


@pytest.fixture(scope="session")
def figures_out(
    common: Path, once: Callable[[str, Callable[[], Any]], Any], put_firms: Callable[..., None]
) -> Path:
    """The folder of a workspace with four releases, to be copied: of visits to two chains, whose stores have no names,
    a list of three firms, an index of three named firms, one of them called as a formula is, and a small index of
    eight that are not named. Each comes of the file that is called as its measure or index."""
    root: Path = once("figures-out", lambda: _figures_out(common / "figures-as-made" / "work", put_firms))
    return root


@pytest.fixture
def of_figures(figures_out: Path, tmp_path: Path) -> Workspace:
    """A copy of it."""
    return open_workspace(shutil.copytree(figures_out, tmp_path / "work"))


ENTRIES = {
    "企业": ["甲电器", "乙电器", "丙电器"], "用户满意度": [95.0, 87.4, 70.0], "用户满意度标准误": [1.0, 0.6, 1.0],
    "检验件数": [900, 900, 900], "不合格件数": [1, 2, 3],
}  # fmt: skip
FIRMS = {
    "firm": [f"F{k}" for k in range(8)], "sector": ["A"] * 8, "year": [2025] * 8,
    "a": [41, 62, 55, 70, 83, 37, 58, 66], "b": [50, 45, 72, 61, 90, 28, 77, 49], "c": [33, 71, 52, 64, 59, 80, 46, 68],
}  # fmt: skip


def _figures_out(root: Path, put_firms: Callable[..., None]) -> Path:
    main(["init", str(root)])
    visits = _example(root, "measure", "pharmacy_visits")
    visits[visits["连锁企业"].isin(visits["连锁企业"].unique()[5:7])].to_csv(
        root / "pharmacy_visits.csv", index=False
    )
    pd.DataFrame(ENTRIES).to_csv(root / "satisfaction_list.csv", index=False)
    credit = _example(root, "composite", "quality_credit")
    firms = credit[credit.columns[1]]
    credit[credit.columns[1]] = firms.replace(firms.iloc[0], "=1+1")
    credit[firms.isin(firms.unique()[:3])].to_csv(root / "quality_credit.csv", index=False)
    put_firms(root)
    pd.DataFrame(FIRMS).to_csv(root / "firms.csv", index=False)
    for command in (
        ("measure", "run", "--measure", "pharmacy_visits", "--period", "2026"),
        ("measure", "run", "--measure", "satisfaction_list", "--period", "2026"),
        ("composite", "run", "--tree", "quality_credit"),
        ("composite", "run", "--tree", "firms"),
    ):
        data = ("--data", str(root / f"{command[3]}.csv"), "--workspace", str(root))
        main([*command, *data, "--date", "2026-03-31"])
    return root


def _example(root: Path, kind: str, name: str) -> pd.DataFrame:
    path = root / f"{name}.csv"
    main([kind, "example", name, str(path)])
    return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
