"""Releases that somebody copied, renamed or damaged in the folder that readers see."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from ncsi.cli import main
from ncsi.errors import InputError
from ncsi.report.site.shelf import shelf
from ncsi.spec import Workspace, open_workspace
from ncsi.spec.plan import load_plan
from ncsi.stages.audit import audit_workspace
from ncsi.stages.publish import publish_wave
from ncsi.store import Store

WAVE, BEFORE = "2026", "2025"


@pytest.fixture
def workspace(published_example: Path, tmp_path: Path) -> Workspace:
    return open_workspace(shutil.copytree(published_example, tmp_path / "ws"))


def put_before(workspace: Workspace) -> Path:
    """A release of an earlier wave."""
    folder = shutil.copytree(workspace.releases / WAVE, workspace.releases / BEFORE)
    path = folder / "manifest.json"
    told = {**json.loads(path.read_text(encoding="utf-8")), "wave": BEFORE}
    path.write_text(json.dumps(told), encoding="utf-8")
    return folder


def cut(folder: Path) -> None:
    path = folder / "manifest.json"
    path.write_bytes(path.read_bytes()[:3000])


def no_mapping(folder: Path) -> None:
    (folder / "manifest.json").write_text("[]", encoding="utf-8")


def emptied(folder: Path) -> None:
    (folder / "manifest.json").write_text("{}", encoding="utf-8")


def without_data(folder: Path) -> None:
    shutil.rmtree(folder / "data")


def no_text(folder: Path) -> None:
    (folder / "data" / "out_index_national.csv").write_bytes(b"\xff\xfe\x00")


def other_columns(folder: Path) -> None:
    (folder / "data" / "out_changes.csv").write_text("a,b\n1,2\n", encoding="utf-8")


@pytest.mark.parametrize("damage", [cut, no_mapping, emptied, without_data, no_text, other_columns])
def test_a_release_beside_that_is_damaged_is_named_before_anything_is_out(
    workspace: Workspace, damage: Callable[[Path], None]
) -> None:
    damage(put_before(workspace))
    before = Store.open(workspace.warehouse).table("core_wave_moves")
    shutil.rmtree(workspace.releases / WAVE)
    with pytest.raises(InputError, match=rf"{BEFORE}: this release is damaged.* Restore the folder"):
        publish_wave(load_plan(workspace, WAVE))
    assert not (workspace.releases / WAVE).exists()
    assert len(Store.open(workspace.warehouse).table("core_wave_moves")) == len(before)


def test_a_kept_release_that_is_damaged_is_named_too(workspace: Workspace) -> None:
    kept = workspace.releases / "revisions" / BEFORE / "r0"
    shutil.copytree(workspace.releases / WAVE, kept)
    cut(kept)
    with pytest.raises(InputError, match="r0: this release is damaged"):
        publish_wave(load_plan(workspace, WAVE))


def test_what_is_frozen_is_not_taken_for_nothing_where_its_manifest_is_damaged(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    cut(workspace.releases / WAVE)
    with pytest.raises(SystemExit) as ended:
        main(["publish", "--wave", WAVE, "--engine", "local", "--workspace", str(workspace.root)])
    assert ended.value.code == 2
    assert f"{WAVE}: this release is damaged" in capsys.readouterr().err


def test_a_damaged_release_keeps_no_audit_and_no_collection_from_going_on(workspace: Workspace) -> None:
    cut(workspace.releases / WAVE)
    told = [str(one) for one in audit_workspace(workspace).damages]
    assert any("is not the manifest of a release" in one for one in told)
    main(["ingest", "--wave", WAVE, "--engine", "local", "--workspace", str(workspace.root)])


def test_a_withdrawal_of_a_damaged_release_names_it_and_changes_nothing(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    cut(workspace.releases / WAVE)
    why = ("--why", "错", "wrong", "--workspace", str(workspace.root))
    with pytest.raises(SystemExit) as ended:
        main(["wave", "withdraw", "--wave", WAVE, *why])
    assert ended.value.code == 2
    assert f"{WAVE}: this release is damaged" in capsys.readouterr().err
    assert (workspace.releases / WAVE / "sectors").is_dir()


def test_a_copy_under_another_name_is_no_release_of_the_page_and_the_audit_names_it(
    workspace: Workspace,
) -> None:
    assert not audit_workspace(workspace).damages
    shutil.copytree(workspace.releases / WAVE, workspace.releases / "2026 (copy)")
    shutil.copytree(workspace.releases / WAVE, workspace.releases / "2024")
    assert [one.wave for one in shelf(workspace.releases)] == [WAVE]
    told = {Path(one.where).name: str(one) for one in audit_workspace(workspace).damages}
    assert set(told) == {"2026 (copy)", "2024"}
    assert all(f"it holds a release of {WAVE}, under another name" in one for one in told.values())
