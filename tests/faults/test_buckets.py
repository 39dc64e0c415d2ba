"""A wave whose answers lie in a bucket: the same release, byte by byte; audited, backed up, restored, moved back."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from ncsi.cli.main import main
from ncsi.engine import InOrder
from ncsi.spec import open_workspace
from ncsi.spec.plan import load_plan
from ncsi.stages.audit import audit_workspace
from ncsi.stages.backup import back_up, restore
from ncsi.stages.source_files import sources_of

WAVE = "2026"
KEPT = ("data", "instruments", "maps", "margins", "waves", "ncsi.yaml", ".ncsi-key", ".ncsi-signing-key")


def contents(folder: Path) -> dict[str, bytes]:
    return {str(one.relative_to(folder)): one.read_bytes() for one in folder.rglob("*") if one.is_file()}


def names(run: SimpleNamespace) -> list[str]:
    found = run.client.list_objects_v2(Bucket=run.bucket.name).get("Contents", [])
    return [one["Key"].removeprefix("nation/") for one in found if one["Key"].endswith(".parquet")]


def parts(root: Path) -> list[str]:
    folder = root / "warehouse"
    return sorted(one.relative_to(folder).as_posix() for one in folder.glob("core_*/**/*.parquet"))


def said(root: Path, warehouse: str) -> None:
    path = root / "ncsi.yaml"
    lines = [
        one for one in path.read_text("utf-8").splitlines() if not one.startswith(("warehouse", "object"))
    ]
    path.write_text("\n".join([*lines, warehouse, ""]), "utf-8")


@pytest.fixture
def run(published_example, tmp_path, bucket) -> SimpleNamespace:
    """The wave of `published_example`, with the same keys, from exports to its release by way of a bucket."""
    root = tmp_path / "ws"
    for name in KEPT:
        one = published_example / name
        if one.is_dir():
            shutil.copytree(one, root / name)
        elif one.exists():
            shutil.copy2(one, root / name)
    return SimpleNamespace(root=root, bucket=bucket[0], client=bucket[1], as_files=published_example)


def test_the_whole_way_there_and_back(run, tmp_path, capsys):
    settings = f"{{endpoint: '{run.bucket.endpoint}', timeout_s: 5, lease_s: 3}}"
    in_bucket = f"warehouse: {run.bucket.uri}\nobject_storage: {settings}"
    said(run.root, in_bucket)
    workspace = open_workspace(run.root)
    InOrder().run(load_plan(workspace, WAVE), sources_of(workspace, WAVE))
    assert contents(run.root / "releases") == contents(run.as_files / "releases")
    assert names(run) == parts(run.as_files)
    assert parts(run.root) == []
    assert [str(one) for one in audit_workspace(workspace).damages] == []

    made = back_up(workspace, tmp_path / "backup")
    assert parts(made.folder) == names(run)
    done = restore(made.folder, tmp_path / "again")
    assert done.to_move
    assert parts(done.folder) == names(run)
    assert_refused(["estimate", "--wave", WAVE, "--workspace", str(done.folder)], "`ncsi move-store`", capsys)
    assert_refused(["move-store", "--workspace", str(done.folder)], "belongs to another store", capsys, 1)

    said(run.root, "warehouse: warehouse")
    assert_refused(["audit", "--workspace", str(run.root)], "and not in the folder", capsys)
    moved = command(["move-store", "--dry-run", "--json", "--workspace", str(run.root)], capsys)
    assert (moved["dry_run"], moved["already"]) == (True, 0)
    assert names(run)
    command(["move-store", "--json", "--workspace", str(run.root)], capsys)
    assert names(run) == []
    assert parts(run.root) == parts(run.as_files)
    assert [str(one) for one in audit_workspace(open_workspace(run.root)).damages] == []
    assert contents(run.root / "releases") == contents(run.as_files / "releases")


def command(words: list[str], capsys) -> dict:
    capsys.readouterr()
    main(words)
    found: dict = json.loads(capsys.readouterr().out)
    return found


def assert_refused(words: list[str], reason: str, capsys, code: int = 2) -> None:
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == code
    assert reason in capsys.readouterr().err
