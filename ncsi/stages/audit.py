"""Is a workspace what its records say: store, ledger, releases, keys? What is wrong, and what to do about it."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from ncsi import atomic
from ncsi.errors import Damage, InputError, NcsiError, StoreError
from ncsi.ledger import Ledger
from ncsi.living import lives
from ncsi.report.bundle.manifest import read_manifest, sha256
from ncsi.report.site.shelf import LATEST
from ncsi.report.verify import verify_release
from ncsi.signing import fingerprint, read_key
from ncsi.spec import Workspace
from ncsi.spec.pinned import Pin, differing, write_pins
from ncsi.stages.killed_writes import written
from ncsi.stages.questionnaires import recorded_pins
from ncsi.stages.record_withdrawal import withdrawn_records
from ncsi.stages.register import disagreements
from ncsi.stages.retention import expired
from ncsi.stages.withdrawal import withdrawals
from ncsi.store import Place, inspection
from ncsi.store.warehouse import open as read_only

_AGAIN = "Restore it from a backup, or publish the wave again: the same inputs and key give the same bytes"


@dataclass(frozen=True, slots=True)
class Audit:
    """What is wrong still, what was repaired, the release folders that were looked at, and the files withdrawn: no
    damage, but nothing that should be forgotten."""

    damages: tuple[Damage, ...]
    repaired: tuple[str, ...]
    releases: tuple[Path, ...]
    withdrawn: tuple[str, ...] = ()


def audit_workspace(workspace: Workspace, repair: bool = False) -> Audit:
    """Check the whole workspace; `repair` first mends what can be mended without losing anything that is there.

    StoreBusy where another process holds the store.
    """
    repaired = tuple(_repairs(workspace)) if repair else ()
    releases = tuple(_releases(workspace))
    found = [
        *_keys(workspace),
        *inspection.damages(Place(workspace.warehouse)),
        *Ledger.of(workspace).damages(),
        *_questionnaires(workspace),
        *_standings(workspace),
    ]
    found += [*_overdue(workspace), *_proofs(workspace, releases), *_left_behind(workspace)]
    counted = tuple(one for one in releases if one.name != LATEST)  # a copy of one of the others
    return Audit(tuple(found), repaired, counted, tuple(_withdrawn(workspace)))


def _keys(workspace: Workspace) -> Iterator[Damage]:
    for read in (workspace.key, lambda: read_key(workspace.signing_key)):
        try:
            read()
        except InputError as error:
            yield Damage(error.where, error.problem, error.cure)
    private = workspace.root / "private"
    if _is_open(private):
        cure = f"Run `chmod 700 {private}`, or `ncsi audit --repair`"
        yield Damage(str(private), "diagnoses of enterprises are open to others", cure)


def _questionnaires(workspace: Workspace) -> Iterator[Damage]:
    """Copies of what the waves asked that are not what the store says."""
    for wave, pins in _asked(workspace).items():
        for sector in differing(workspace.instruments_folder, wave, pins):
            where = f"{workspace.instruments_folder}/pinned, wave {wave}, sector {sector}"
            problem = "the copy of what it was asked is not what the store says"
            yield Damage(where, problem, "`ncsi audit --repair` writes it again")


def _standings(workspace: Workspace) -> Iterator[Damage]:
    """Waves of which the register says something else than lies in `releases/`."""
    try:
        yield from disagreements(read_only(workspace.warehouse), workspace)
    except StoreError:  # a store that is missing or cannot be read is told by itself
        return


def _asked(workspace: Workspace) -> dict[str, dict[str, Pin]]:
    """By wave, what its sectors were asked; nothing where the store cannot be read, which is told by itself."""
    try:
        store = read_only(workspace.warehouse)
        with store.session():
            return {wave: recorded_pins(store, wave) for wave in store.waves()}
    except StoreError:
        return {}


def _overdue(workspace: Workspace) -> Iterator[Damage]:
    try:
        over = expired(workspace, date.today())
    except NcsiError:  # a store or wave file that cannot be read is told by itself
        return
    for one in over:
        kept = f"{len(one.exports)} export files, {one.responses + one.counted:,} responses and units"
        where, cure = f"{workspace.root}, wave {one.wave}", "Run `ncsi retention`"
        yield Damage(where, f"{kept} are kept longer than `retention:` allows", cure)


def _withdrawn(workspace: Workspace) -> Iterator[str]:
    """Files that were taken out of a wave, each in a line."""
    if not Place(workspace.warehouse).is_stored:
        return
    try:
        store = read_only(workspace.warehouse)
        with store.session():
            cards = [one for wave in store.waves() for one in withdrawals(store, wave).to_dict("records")]
            cards += (
                withdrawn_records(store).rename(columns={"source_name": "source_path"}).to_dict("records")
            )
    except StoreError:  # a store that cannot be read is told by itself
        return
    for card in cards:
        yield (
            f"{card['wave']} {card['source_path']} ({card['source_sha256'][:12]}), on {card['withdrawn_at']:%Y-%m-%d} "
            f"by {card['withdrawn_by']}: {card['withdrawn_reason']}"
        )


def _releases(workspace: Workspace) -> Iterator[Path]:
    """Public releases, those under embargo or waiting for approvals, and the revisions that are kept."""
    root = workspace.releases
    for pattern in ("*", ".embargo/*", ".draft/*", "revisions/*/r*"):
        for path in sorted(root.glob(pattern)):
            if not atomic.is_temporary(path) and (path / "manifest.json").is_file():
                yield path


def _proofs(workspace: Workspace, releases: tuple[Path, ...]) -> Iterator[Damage]:
    try:
        expected = fingerprint(read_key(workspace.signing_key).public)
    except InputError:
        expected = ""
    for folder in releases:
        try:
            for problem in verify_release(folder, expected).problems:
                yield Damage(str(folder), problem, _AGAIN)
            yield from _copies(workspace, folder)
        except InputError as error:
            yield Damage(error.where, error.problem, _AGAIN)
    yield from _recorded(workspace)


def _copies(workspace: Workspace, folder: Path) -> Iterator[Damage]:
    """What lies among the releases under another name than its own, where readers find it too."""
    if folder.parent != workspace.releases or folder.name == LATEST:
        return
    own = read_manifest(folder / "manifest.json")["wave"]
    if folder.name != own:
        cure = f"Take it out of {workspace.releases}; the page over all releases leaves it out"
        yield Damage(str(folder), f"it holds a release of {own}, under another name", cure)


def _recorded(workspace: Workspace) -> Iterator[Damage]:
    """The manifest of each release is the one that the ledger says was published last."""
    for name, event in _published(workspace).items():
        folder = workspace.releases / name
        if not folder.is_dir():
            if not name.startswith(".") and not atomic.moved_away(folder):
                yield Damage(str(folder), f"the release {event['release_id']} is gone", _AGAIN)
            continue
        manifest = folder / "manifest.json"
        if not manifest.is_file():
            yield Damage(str(manifest), "it is gone", _AGAIN)
        elif sha256(manifest.read_bytes()) != event["manifest_sha256"]:
            when = f"{str(event['time'])[:10]} (line {event['number']} of the ledger)"
            said = f"it is not the one that was published on {when}"
            yield Damage(str(manifest), said, _AGAIN)


def _published(workspace: Workspace) -> dict[str, dict[str, Any]]:
    """The last completed publication of each folder; a broken ledger says nothing of them."""
    try:
        events = Ledger.of(workspace).events()
    except StoreError:
        return {}
    done = [one for one in events if one["event"] == "COMPLETE" and "folder" in one]
    return {str(one["folder"]): one for one in done}


def _left_behind(workspace: Workspace) -> Iterator[Damage]:
    for folder in written(workspace):
        for path in atomic.left_behind(folder, lives):
            cure = "`ncsi audit --repair` removes it, or puts it back where nothing has taken its place"
            yield Damage(str(path), "a killed publication left it behind", cure)


def _repairs(workspace: Workspace) -> Iterator[str]:
    """Mend rights, what killed commands left behind, and a ledger that lost lines; each said in a sentence."""
    keys = (workspace.root / workspace.settings.key_file, workspace.signing_key)
    for path, mode in ((keys[0], 0o600), (keys[1], 0o600), (workspace.root / "private", 0o700)):
        if _is_open(path):
            path.chmod(mode)
            yield f"{path}: only its owner may read it now"
    try:
        swept = inspection.clear(Place(workspace.warehouse))
        if swept:
            yield f"{workspace.warehouse}: removed {swept} files that killed writes had left behind"
    except StoreError:
        pass  # a database that does not open is told by the check
    for wave, pins in _asked(workspace).items():
        if any(differing(workspace.instruments_folder, wave, pins)):
            write_pins(workspace.instruments_folder, wave, pins)
            yield f"{workspace.instruments_folder}/pinned: what wave {wave} was asked is there again"
    for folder in written(workspace):
        yield from (f"{path}: removed or put back" for path in atomic.clear(folder, lives))
    ledger = Ledger.of(workspace)
    try:
        for name in ledger.accept_loss():
            yield f"{ledger.path}: goes on without the lines that anchors/{name} knew"
        ledger.end_killed()
    except StoreError:
        pass  # a chain that is broken is told by the check


def _is_open(path: Path) -> bool:
    return os.name == "posix" and path.exists() and bool(path.stat().st_mode & stat.S_IRWXO)
