"""What is written is there whole or not at all, wherever the process is killed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ncsi import atomic

KILLED = """
import os, signal, sys
from pathlib import Path
from ncsi import atomic
path, at = Path(sys.argv[1]), sys.argv[2]

def dies(*_):
    os.kill(os.getpid(), signal.SIGKILL)

calls = {"replace": 0}
plain = Path.replace
def replace(self, target):
    calls["replace"] += 1
    if at == f"rename {calls['replace']}":
        dies()
    return plain(self, target)
Path.replace = replace
if at == "sync":
    os.fsync = dies
if at == "unlink":
    atomic.shutil.rmtree = dies

def halfway(handle):
    handle.write(b"ne")
    if at == "write":
        handle.flush()
        dies()
    handle.write(b"w")

if path.suffix:
    atomic.write(path, halfway)
else:
    with atomic.replacing_folder(path) as folder:
        (folder / "a").write_text("new")
        if at == "write":
            dies()
"""


def killed(path: Path, at: str) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, str(path), at], capture_output=True, timeout=600)
    assert done.returncode == -9, done.stderr.decode()


def rubble(folder: Path) -> list[str]:
    return [one.name for one in folder.iterdir() if one.name.startswith(atomic.TEMPORARY)]


def test_a_file_is_written_and_replaced(tmp_path):
    path = tmp_path / "one.txt"
    atomic.write(path, b"first")
    atomic.write(path, lambda handle: handle.write(b"second"), mode=0o600)
    assert path.read_bytes() == b"second"
    assert path.stat().st_mode & 0o777 == 0o600
    assert not rubble(tmp_path)


@pytest.mark.parametrize("at", ["write", "sync", "rename 1"])
def test_a_killed_write_leaves_the_old_file(tmp_path, at):
    path = tmp_path / "one.txt"
    path.write_text("old")
    killed(path, at)
    assert path.read_text() == "old"
    assert len(rubble(tmp_path)) == 1


def test_a_write_that_fails_leaves_the_old_file_and_no_rubble(tmp_path):
    path = tmp_path / "one.txt"
    path.write_text("old")

    def fails(handle):
        handle.write(b"half")
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left on device") as raised:
        atomic.write(path, fails)
    assert raised.value.filename == str(path)
    assert [one.name for one in tmp_path.iterdir()] == ["one.txt"]
    assert path.read_text() == "old"


def folder_of(tmp_path: Path) -> Path:
    path = tmp_path / "release"
    path.mkdir()
    (path / "a").write_text("old")
    return path


def test_a_folder_takes_the_place_of_the_old_one(tmp_path):
    path = folder_of(tmp_path)
    with atomic.replacing_folder(path) as folder:
        (folder / "deep").mkdir()
        (folder / "deep" / "b").write_text("new")
    assert [str(one.relative_to(path)) for one in sorted(path.rglob("*"))] == ["deep", "deep/b"]
    assert path.stat().st_mode & 0o777 == 0o755
    assert not rubble(tmp_path)


def test_the_old_folder_may_be_kept(tmp_path):
    path, kept = folder_of(tmp_path), tmp_path / "revisions" / "r0"
    with atomic.replacing_folder(path, kept) as folder:
        (folder / "a").write_text("new")
    assert (kept / "a").read_text() == "old"
    assert (path / "a").read_text() == "new"


def test_a_block_that_fails_leaves_the_old_folder(tmp_path):
    path = folder_of(tmp_path)
    with pytest.raises(ValueError, match="no"), atomic.replacing_folder(path):
        raise ValueError("no")
    assert (path / "a").read_text() == "old"
    assert not rubble(tmp_path)


@pytest.mark.parametrize(
    ("at", "found"), [("write", "old"), ("sync", "old"), ("rename 1", "old"), ("rename 2", "old"), ("unlink", "new")]
)  # fmt: skip
def test_a_killed_replacement_is_the_old_folder_or_the_new_one(tmp_path, at, found):
    path = folder_of(tmp_path)
    killed(path, at)
    atomic.recover(path)
    assert (path / "a").read_text() == found
    with atomic.replacing_folder(path) as folder:
        (folder / "a").write_text("newer")
    assert (path / "a").read_text() == "newer"


def lives_here(number: int) -> bool:
    return number == os.getpid()


def test_between_its_renames_a_folder_is_under_way_and_says_where_it_is(tmp_path, monkeypatch):
    """An audit took it for what a killed publication left, and its repair put it back under the new one."""
    path, seen, plain = folder_of(tmp_path), [], Path.replace

    def look(*_: object) -> None:
        seen.append((atomic.left_behind(tmp_path, lives_here), len(atomic.moved_away(path))))
        assert atomic.clear(tmp_path, lives_here) == ()

    def replace(self: Path, target: Path) -> Path:
        look()
        return plain(self, target)

    monkeypatch.setattr(Path, "replace", replace)
    monkeypatch.setattr(atomic.shutil, "rmtree", lambda *_, remove=atomic.shutil.rmtree: (look(), remove(*_)))
    with atomic.replacing_folder(path) as folder:
        (folder / "a").write_text("new")
    assert seen == [((), 0), ((), 1), ((), 1)]
    assert (path / "a").read_text() == "new"
    assert atomic.moved_away(path) == ()


def test_a_folder_that_a_killed_process_moved_away_is_left_behind_and_put_back(tmp_path):
    path = folder_of(tmp_path)
    other = tmp_path / "release-2"
    other.mkdir()
    killed(path, "rename 2")
    (old,) = atomic.moved_away(path)
    assert atomic.moved_away(other) == ()
    assert old in atomic.left_behind(tmp_path, lambda _: False)
    assert old not in atomic.left_behind(tmp_path, lambda _: True)
    atomic.clear(tmp_path, lambda _: False)
    assert (path / "a").read_text() == "old"
    assert not rubble(tmp_path)


def test_a_folder_that_another_system_moved_away_today_is_under_way_however_old_it_is(tmp_path):
    old = tmp_path / f".tmp-release.1-{'0' * 12}.old"
    old.mkdir()
    os.utime(old, (0, 0))
    assert atomic.left_behind(tmp_path, lambda _: False) == ()
    unsaid = tmp_path / ".tmp-release.old"  # as an earlier version called it
    unsaid.mkdir()
    assert atomic.left_behind(tmp_path, lambda _: True) == (unsaid,)


def test_names_are_never_taken_twice(tmp_path):
    with atomic.temporary_name(tmp_path) as one, atomic.temporary_name(tmp_path) as two:
        assert one != two
        assert str(os.getpid()) in one.name
        one.mkdir()
        two.write_text("x")
    assert list(tmp_path.iterdir()) == []


def test_what_an_ended_process_of_this_system_left_is_cleared_and_nothing_else(tmp_path, monkeypatch):
    """Of another machine that shares the folder the number says nothing here, and none may be wrong about a folder that
    was moved away."""
    for path in (tmp_path / "one.txt", tmp_path / "release"):
        killed(path, "write")
    ours = sorted(rubble(tmp_path))
    _, pid, system, drawn = ours[0].split("-")
    others = [
        f".tmp-{pid}-{'0' * 12}-{drawn}",
        f".tmp-{pid}-{drawn}",
        f".tmp-{pid}-{system}-{drawn}.old",
        "mine",
    ]
    for name in others:
        (tmp_path / name).mkdir()
    with atomic.temporary_name(tmp_path) as at_work:
        at_work.mkdir()
        assert atomic.clear_ended(tmp_path, lambda _: True) == ()
        assert len(ours) == 2
        assert [
            one.name for one in atomic.clear_ended(tmp_path, lambda number: number == os.getpid())
        ] == ours
        assert sorted(one.name for one in tmp_path.iterdir()) == sorted([*others, at_work.name])
    (tmp_path / ours[0]).touch()
    monkeypatch.setattr(atomic, "_system", lambda: "")  # where it cannot be told
    with atomic.temporary_name(tmp_path) as unknown:
        unknown.touch()
        assert atomic.clear_ended(tmp_path, lambda _: False) == ()


def test_what_another_system_wrote_today_is_under_way(tmp_path):
    other = "0" * 12
    today, before = (tmp_path / f".tmp-1-{other}-{end}" for end in ("0" * 8, "1" * 8))
    for one in (today, before):
        one.mkdir()
    then = before.stat().st_mtime - atomic.A_DAY_S - 60
    os.utime(before, (then, then))
    assert atomic.left_behind(tmp_path, lambda _: False) == (before,)
    assert atomic.clear(tmp_path, lambda _: False) == (before,)
    assert [*tmp_path.iterdir()] == [today]
