"""A workspace is backed up while others wait, and restored byte by byte; what is damaged or taken is refused."""

from __future__ import annotations

import json
import shutil
import threading
import time
from pathlib import Path

import pytest

from ncsi.cli.main import main
from ncsi.errors import StoreError
from ncsi.spec import open_workspace
from ncsi.stages.audit import audit_workspace
from ncsi.stages.backup import back_up, restore
from ncsi.store import Place, Store

WAVE = "2026"
KEYS = (".ncsi-key", ".ncsi-signing-key")
OF_PROCESSES = (".lock", ".lock-holder", ".alive")
"""How files end that say who is at work."""


@pytest.fixture(scope="module")
def root(published_example: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copytree(published_example, tmp_path_factory.mktemp("backup") / "ws"))


def contents(folder: Path) -> dict[str, bytes]:
    return {str(one.relative_to(folder)): one.read_bytes() for one in folder.rglob("*") if one.is_file()}


def put_keys(root: Path, to: Path) -> None:
    for name in KEYS:
        shutil.copy2(root / name, to / name)


def test_a_restored_workspace_has_every_byte_of_what_was_backed_up(root, tmp_path):
    """So it publishes the same bytes again: that exports, specs and keys alone give them, `test_buckets` shows."""
    before = contents(root)
    made = back_up(open_workspace(root), tmp_path / "backup")
    assert not [one for one in made.folder.rglob("*") if one.name in KEYS]
    assert made.folder.stat().st_mode & 0o777 == 0o700
    again = restore(made.folder, tmp_path / "again").folder
    put_keys(root, again)
    there = contents(again)
    for one in (before, there):
        for name in [name for name in one if name.endswith(OF_PROCESSES)]:
            del one[name]
    assert there == before
    assert [str(one) for one in audit_workspace(open_workspace(again)).damages] == []


def test_a_backup_waits_for_who_writes(root, tmp_path):
    place, ended = Place(open_workspace(root).warehouse), []

    def writes():
        with place.held():
            begun.set()
            time.sleep(1)
            ended.append(time.monotonic())

    begun = threading.Event()
    writer = threading.Thread(target=writes)
    writer.start()
    begun.wait()
    back_up(open_workspace(root), tmp_path / "backup")
    assert ended
    writer.join()


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (
            lambda b: (b / "workspace" / "ncsi.yaml").write_text("spec: x\n"),
            "it has changed, according to backup.json",
        ),
        (lambda b: (b / "workspace" / "ncsi.yaml").unlink(), "it is missing, according to backup.json"),
        (lambda b: (b / "workspace" / "more").touch(), "it is not listed, according to backup.json"),
        (lambda b: (b / "backup.json").unlink(), "there is no backup here"),
    ],
)
def test_a_damaged_backup_is_refused_and_nothing_is_restored(root, tmp_path, harm, said):
    made = back_up(open_workspace(root), tmp_path / "backup").folder
    harm(made)
    with pytest.raises(StoreError, match=said):
        restore(made, tmp_path / "again")
    assert not (tmp_path / "again").exists()


def test_places_that_are_taken_are_refused(root, tmp_path):
    made = back_up(open_workspace(root), tmp_path / "backup").folder
    with pytest.raises(StoreError, match=r"the folder is not empty\. Name a new folder for each backup"):
        back_up(open_workspace(root), made)
    with pytest.raises(StoreError, match=r"the folder is not empty\. Name a new folder, then put it"):
        restore(made, root)
    with pytest.raises(StoreError, match="the folder lies inside the workspace"):
        back_up(open_workspace(root), root / "backup")


def test_a_store_outside_of_the_workspace_is_backed_up_too(root, tmp_path):
    moved = Path(shutil.copytree(root, tmp_path / "moved"))
    (moved / "warehouse").rename(tmp_path / "store")
    (moved / "ncsi.yaml").write_text("spec: ncsi/workspace/1\nwarehouse: ../store\n", encoding="utf-8")
    made = back_up(open_workspace(moved), tmp_path / "backup").folder
    with pytest.raises(StoreError, match="store: it already exists"):
        restore(made, tmp_path / "again")
    (tmp_path / "elsewhere").mkdir()
    again = restore(made, tmp_path / "elsewhere" / "again").folder
    assert Store.open(open_workspace(again).warehouse).waves() == (WAVE,)


def apart(root: Path, tmp_path: Path) -> Path:
    """A backup of a workspace whose store and releases lie outside of it, where there is nothing now."""
    moved = Path(shutil.copytree(root, tmp_path / "moved"))
    settings = "spec: ncsi/workspace/1\nwarehouse: ../store\nreleases: ../out\n"
    (moved / "ncsi.yaml").write_text(settings, encoding="utf-8")
    (moved / "warehouse").rename(tmp_path / "store")
    (moved / "releases").rename(tmp_path / "out")
    made = back_up(open_workspace(moved), tmp_path / "backup").folder
    for name in ("moved", "store", "out"):
        shutil.rmtree(tmp_path / name)
    return made


STOPS = ["after 10 files", "after 60 files", "at its last rename"]


@pytest.mark.parametrize("when", STOPS)
def test_a_restoration_that_is_stopped_leaves_nothing_outside_of_the_workspace_either(
    root, tmp_path, monkeypatch, when
):
    """Half a store lay in its place then, called as a whole one, and no restoration came after."""
    backup = apart(root, tmp_path)
    before = sorted(one.name for one in tmp_path.iterdir())
    stop_at(monkeypatch, when, tmp_path / "again")
    with pytest.raises(KeyboardInterrupt):
        restore(backup, tmp_path / "again")
    monkeypatch.undo()
    assert sorted(one.name for one in tmp_path.iterdir()) == before
    restore(backup, tmp_path / "again")
    assert Store.open(tmp_path / "store").waves() == (WAVE,)
    assert (tmp_path / "out" / WAVE / "manifest.json").is_file()


def stop_at(monkeypatch: pytest.MonkeyPatch, when: str, last: Path) -> None:
    """Ctrl-C comes there."""
    copied, copy, rename = [], shutil.copyfile, Path.replace

    def copies(*given: object, **options: object) -> object:
        copied.append(given)
        if when == f"after {len(copied)} files":
            raise KeyboardInterrupt
        return copy(*given, **options)

    def renames(self: Path, target: Path) -> Path:
        if when == "at its last rename" and target == last:
            raise KeyboardInterrupt
        return rename(self, target)

    monkeypatch.setattr(shutil, "copyfile", copies)
    monkeypatch.setattr(Path, "replace", renames)


KILLED = """
import os, shutil, signal, sys
from pathlib import Path
from ncsi.stages.backup import restore
copied, copy = [], shutil.copyfile
def copies(*given, **options):
    copied.append(given)
    if len(copied) == int(sys.argv[3]):
        os.kill(os.getpid(), signal.SIGKILL)
    return copy(*given, **options)
shutil.copyfile = copies
restore(Path(sys.argv[1]), Path(sys.argv[2]))
"""


def test_what_a_killed_restoration_left_outside_of_the_workspace_is_named_by_the_next(root, tmp_path, warm):
    backup = apart(root, tmp_path)
    before = {one.name for one in tmp_path.iterdir()}
    files = [one for one in backup.rglob("*") if one.is_file() and one.parent != backup]
    ended = warm.run(KILLED, str(backup), str(tmp_path / "again"), str(len(files)))
    assert ended.returncode < 0
    left = {one.name for one in tmp_path.iterdir()} - before
    assert len(left) == 3
    assert all(name.startswith(".tmp-") for name in left)
    assert {one.name for one in restore(backup, tmp_path / "again").left} == left


def test_the_commands_say_what_is_not_in_it(root, tmp_path, capsys):
    main(["backup", str(tmp_path / "b"), "--workspace", str(root)])
    said = capsys.readouterr().out
    assert f"Not included; keep it elsewhere: {root / '.ncsi-key'}" in said
    main(["restore", str(tmp_path / "b"), str(tmp_path / "again"), "--json"])
    assert json.loads(capsys.readouterr().out)["files"] > 100


def test_what_a_killed_backup_left_behind_is_named(root, tmp_path, monkeypatch, capsys):
    from ncsi.stages import backup

    gone, ours, foreign = (tmp_path / name for name in (".tmp-7-aaaa", ".tmp-8-bbbb", ".tmp-7-cccc"))
    (gone / "workspace").mkdir(parents=True)
    (ours / "workspace").mkdir(parents=True)
    foreign.mkdir()
    monkeypatch.setattr(backup, "lives", lambda pid: pid == 8)
    main(["backup", str(tmp_path / "backup"), "--workspace", str(root), "--json"])
    assert json.loads(capsys.readouterr().out)["left_behind"] == [str(gone)]
    main(["restore", str(tmp_path / "backup"), str(tmp_path / "again")])
    assert f"left this copy of a workspace behind; delete it: {gone}\n" in capsys.readouterr().out
    assert gone.is_dir()
