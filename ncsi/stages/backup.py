"""A whole workspace as one folder that proves itself, and back: specs, exports, store, ledger, releases; no keys."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ncsi import __version__, atomic
from ncsi.errors import NothingStored, StoreError
from ncsi.ledger import Ledger
from ncsi.living import ALIVE, lives
from ncsi.spec import Workspace, open_workspace
from ncsi.spec.object_storage import POINTER
from ncsi.spec.shared_catalogue import SHARED
from ncsi.store import Place, as_file, lake, part_bytes, settle
from ncsi.store.moving import LEAVING
from ncsi.store.warehouse import open as read_only
from ncsi.tables import CORE_PARTITIONS

CARD = "backup.json"
_WORKSPACE, _WAREHOUSE, _RELEASES = "workspace", "warehouse", "releases"
_LEFT_OUT = (
    ".lock",
    ".lock-holder",
    "ledger.jsonl.lock",
    POINTER,
    lake.STORE_ID,
    LEAVING,
    SHARED,
    lake.LEAVING,
    lake.SEEN,
)


@dataclass(frozen=True, slots=True)
class Backup:
    """What was copied, to where or from where, and which keys it does not hold."""

    folder: Path
    files: int
    bytes: int
    keys: tuple[Path, ...]
    to_move: bool = False
    """Whether responses or tables lie in the folder of the store now, and should lie in a bucket or a database."""
    left: tuple[Path, ...] = ()
    """What a killed backup or restoration left beside the folder: it holds responses, and nothing else names it."""


def back_up(workspace: Workspace, folder: Path) -> Backup:
    """Copy the workspace to the new folder `folder`: all of it, or nothing. Responses in a bucket are copied too.

    Store and ledger are held meanwhile, so that other commands wait and what is copied is of one moment. The keys stay
    where they are. StoreError where the folder is there already, lies in the workspace, or the store cannot be had.
    """
    if folder.exists() and any(folder.iterdir()):
        raise NothingStored(f"{folder}: the folder is not empty. Name a new folder for each backup.")
    if folder.resolve().is_relative_to(workspace.root.resolve()):
        raise NothingStored(f"{folder}: the folder lies inside the workspace. Name a folder on another disk.")
    place, ledger = Place(workspace.warehouse), Ledger.of(workspace)
    with ExitStack() as held:
        if place.is_stored:
            held.enter_context(place.held())
            settle(place)
        held.enter_context(ledger.held())
        with atomic.replacing_folder(folder) as made:
            files = {name: _copied(path, made / name) for name, path in sorted(_contents(workspace).items())}
            files |= _from_bucket(place, made) | _from_postgres(place, made)
            card = {
                "ncsi": __version__,
                "ledger": ledger.head(),
                "files": {name: digest for name, (digest, _) in files.items()},
            }
            (made / CARD).write_text(json.dumps(card, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
            made.chmod(0o700)
    folder.chmod(0o700)
    size = sum(size for _, size in files.values())
    return Backup(folder, len(files), size, _keys(workspace), left=_left_beside(folder))


def restore(folder: Path, root: Path) -> Backup:
    """Make the workspace `root` from a backup, after every file of it was found to be what its card says.

    Responses and tables lie in the folder of the store then, also where settings name a bucket or a database: `to_move`
    says so.
    The keys have to be put back by hand. StoreError where the backup is damaged, or a place is taken already.
    """
    card = _card(folder)
    _refuse_changed(folder, card["files"])
    if root.exists() and any(root.iterdir()):
        raise NothingStored(
            f"{root}: the folder is not empty. Name a new folder, then put it in place of the old one."
        )
    apart: dict[str, Path] = {}
    try:
        with ExitStack() as places:  # left in reverse: what is there before the workspace is whole
            made = places.enter_context(atomic.replacing_folder(root))
            shutil.copytree(folder / _WORKSPACE, made, dirs_exist_ok=True)
            inside, outside = _targets(folder, made, root)
            apart |= outside
            for name, target in inside.items():
                shutil.copytree(folder / name, target)
            for name, target in apart.items():
                beside = places.enter_context(atomic.replacing_folder(target))
                shutil.copytree(folder / name, beside, dirs_exist_ok=True)
    except BaseException:
        for target in apart.values():  # was not there before
            shutil.rmtree(target, ignore_errors=True)
        raise
    size = sum(one.stat().st_size for one in folder.rglob("*") if one.is_file())
    restored = open_workspace(root, moving=True)
    moved = restored.bucket is not None or restored.catalogue is not None
    left = _left_beside(root, *apart.values())
    return Backup(root, len(card["files"]), size, _keys(restored), moved, left)


def _targets(folder: Path, made: Path, root: Path) -> tuple[dict[str, Path], dict[str, Path]]:
    """Where store and releases of a backup go: inside of the workspace that is being made, and to places of their own
    outside. StoreError where there is something already."""
    settings = open_workspace(made, moving=True).settings
    inside: dict[str, Path] = {}
    outside: dict[str, Path] = {}
    for name, setting in {_WAREHOUSE: settings.store_folder, _RELEASES: settings.releases}.items():
        if not (folder / name).is_dir():
            continue
        within = (made / setting).resolve().is_relative_to(made.resolve())
        target = made / setting if within else (root / setting).resolve()
        if target.exists():
            raise NothingStored(f"{target}: it already exists. Move it away, then restore again.")
        (inside if within else outside)[name] = target
    return inside, outside


def _left_beside(*folders: Path) -> tuple[Path, ...]:
    """Copies of a workspace, a store or releases beside these folders whose process is gone. They are named, not
    removed: the disk may be shared, and another machine's process at work on it."""
    beside = dict.fromkeys(folder.absolute().parent for folder in folders)
    return tuple(one for place in beside for one in atomic.left_behind(place, lives) if _is_copy(one))


def _is_copy(folder: Path) -> bool:
    whole = (folder / _WORKSPACE).is_dir() or (folder / "ncsi.yaml").is_file()
    return whole or Place(folder).database.is_file() or any(folder.glob("*/manifest.json"))


def _contents(workspace: Workspace) -> dict[str, Path]:
    """Every file of the workspace by its name in the backup, links and keys left out."""
    apart = {_WAREHOUSE: workspace.warehouse, _RELEASES: workspace.releases}
    keys = {path.resolve() for path in _keys(workspace)}
    found = {}
    for name, root in ((_WORKSPACE, workspace.root), *apart.items()):
        within = [one.resolve() for one in apart.values() if one != root]
        of_tables = (workspace.warehouse / lake.FILES).resolve()  # come as one file, which needs no database
        within.append(of_tables)
        for path in _files(root):
            if path.resolve() not in keys and not any(path.resolve().is_relative_to(one) for one in within):
                found[f"{name}/{path.relative_to(root).as_posix()}"] = path
    return found


def _from_bucket(place: Place, made: Path) -> dict[str, tuple[str, int]]:
    """The parts that lie in a bucket, each held against its name, as if they lay in the store's folder."""
    if place.bucket is None or not place.is_stored:
        return {}
    files = {}
    for path in sorted(set(read_only(place.folder).table(CORE_PARTITIONS.name)["path"].astype(str))):
        name, content = f"{_WAREHOUSE}/{path}", part_bytes(place, path)
        (made / name).parent.mkdir(parents=True, exist_ok=True)
        (made / name).write_bytes(content)
        files[name] = (hashlib.sha256(content).hexdigest(), len(content))
    return files


def _from_postgres(place: Place, made: Path) -> dict[str, tuple[str, int]]:
    """The tables that a database of Postgres lists, as if they lay in the store's folder."""
    if place.catalogue is None:
        return {}
    path = made / _WAREHOUSE / place.database.name
    path.parent.mkdir(parents=True, exist_ok=True)
    as_file(place, path)
    return {f"{_WAREHOUSE}/{path.name}": (_sha256(path), path.stat().st_size)}


def _files(root: Path) -> Iterator[Path]:
    for path in sorted(root.rglob("*")):
        temporary = any(part.startswith(atomic.TEMPORARY) for part in path.relative_to(root).parts)
        if path.is_file() and not path.is_symlink() and not temporary and not _is_lock(path):
            yield path


def _is_lock(path: Path) -> bool:
    """Locks are not even opened: who closes a file that says that he lives lets go of it."""
    return path.name in _LEFT_OUT or path.suffix == ALIVE


def _keys(workspace: Workspace) -> tuple[Path, ...]:
    return (workspace.root / workspace.settings.key_file, workspace.signing_key)


def _copied(path: Path, to: Path) -> tuple[str, int]:
    """Copy a file with its rights; SHA-256 and size of what was written."""
    to.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(path, to)
    return _sha256(to), to.stat().st_size


def _sha256(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _card(folder: Path) -> dict[str, Any]:
    try:
        card: dict[str, Any] = json.loads((folder / CARD).read_bytes())
        dict(card["files"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise NothingStored(
            f"{folder}: there is no backup here ({CARD} cannot be read). Check the folder."
        ) from error
    return card


def _refuse_changed(folder: Path, files: Mapping[str, str]) -> None:
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} - {CARD}
    odd = sorted(there ^ set(files)) or [
        name
        for name, digest in files.items()
        if (folder / name).is_symlink() or _sha256(folder / name) != digest
    ]
    if odd:
        what = (
            "is missing" if odd[0] not in there else "is not listed" if odd[0] not in files else "has changed"
        )
        raise StoreError(
            f"{folder / odd[0]}: it {what}, according to {CARD}. Use another backup; nothing was restored."
        )
