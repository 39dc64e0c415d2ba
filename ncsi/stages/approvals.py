"""A second pair of eyes: who has signed the draft of a release, and whether that is enough to let it out.

What is signed are the draft's figures: its release id (and so its specs, sources and versions), its revision and the
hash of every table in `data/`. Pages and the workbook follow from these; so the end of an embargo, or the release
date, which change their marks, ask nobody again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ncsi import atomic
from ncsi.errors import InputError, OutOfOrder, PublicationError
from ncsi.ledger import Ledger
from ncsi.report.verify import verify_release
from ncsi.signing import SigningKey, fingerprint, signature_of, signed
from ncsi.spec import Workspace
from ncsi.spec.hashing import sha256_of
from ncsi.stages.register import check_move, move
from ncsi.store import Store

OWN_RELEASE = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}-(20[0-9]{2}|2100)(H[12]|Q[1-4]|-(0[1-9]|1[0-2]))?")
"""The release of an index or a measure that is run by itself: its id and period."""


@dataclass(frozen=True, slots=True)
class Approved:
    """A draft that somebody signed: the hash of its figures, by whom it is signed now, how many more it needs."""

    release_id: str
    draft_sha256: str
    approver: str
    approvers: tuple[str, ...]
    lacking: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """A draft that approvals are asked for: the hash of its figures, who has signed it, how many more it needs."""

    draft_sha256: str
    approvers: tuple[str, ...]
    lacking: int


def draft_folder(workspace: Workspace, wave_id: str) -> Path:
    """Where the wave's release waits for approvals."""
    return workspace.releases / ".draft" / wave_id


def approve(workspace: Workspace, wave_id: str, key: SigningKey) -> Approved:
    """Sign the wave's draft as the approver whose key that is; kept in `approvals/<wave>/`, told in the ledger.

    Raises PublicationError where there is no draft or it does not hold, InputError for a key of no approver, or the
    key that signs the releases.
    """
    draft, mine = draft_folder(workspace, wave_id), fingerprint(key.public)
    names = {value: name for name, value in workspace.settings.approvers.items()}
    if mine not in names:
        raise InputError(
            "--key",
            f"the key with fingerprint {mine} belongs to no approver",
            "Register it under `approvers:` in ncsi.yaml",
        )
    if not draft.is_dir():
        raise OutOfOrder(f"wave {wave_id}: there is no draft. Run `ncsi publish --wave {wave_id}` first.")
    found = verify_release(draft)
    if found.problems:
        raise PublicationError(
            f"wave {wave_id}: the draft fails verification: {found.problems[0]}. Publish and review it again."
        )
    if found.signer == mine:
        raise InputError("--key", "this key signs the releases themselves", "Approve with a key of your own")
    name, statement = names[mine], _statement(draft)
    wave = None if OWN_RELEASE.fullmatch(wave_id) else workspace.wave(wave_id)
    if wave is not None:
        check_move(Store.open(workspace.warehouse), workspace, wave, "approve")
    with Ledger.of(workspace).run("approve", wave=wave_id, approver=name) as facts:
        place = _place(workspace, wave_id)
        place.mkdir(parents=True, exist_ok=True)
        made = signed(f"draft {found.release_id}", statement, key)
        atomic.write(place / f"{name}.json", made.as_json().encode("utf-8"))
        facts |= {"release_id": found.release_id, "draft_sha256": sha256_of(statement.decode("utf-8"))}
    given = approvals(workspace, wave_id)
    lacking = max(0, workspace.settings.approvals - len(given))
    if wave is not None and not lacking:
        move(Store.open(workspace.warehouse), workspace, wave, "approve", by=", ".join(given))
    return Approved(found.release_id, str(facts["draft_sha256"]), name, given, lacking)


def wanted(workspace: Workspace, wave_id: str) -> Wanted | None:
    """What the wave's draft still needs; None where there is no draft, or nobody has to approve.

    Raises PublicationError for a draft that is damaged.
    """
    draft = draft_folder(workspace, wave_id)
    if not workspace.settings.approvals or not draft.is_dir():
        return None
    try:
        statement, given = _statement(draft), approvals(workspace, wave_id)
    except (OSError, ValueError, KeyError) as error:
        raise PublicationError(f"wave {wave_id}: the draft is damaged. Publish it again.") from error
    lacking = max(0, workspace.settings.approvals - len(given))
    return Wanted(sha256_of(statement.decode("utf-8")), given, lacking)


def approvals(workspace: Workspace, wave_id: str) -> tuple[str, ...]:
    """Names of the approvers who have signed the draft as it lies there now."""
    statement = _statement(draft_folder(workspace, wave_id))
    return tuple(
        name
        for name, expected in sorted(workspace.settings.approvers.items())
        if _holds(_place(workspace, wave_id) / f"{name}.json", expected, statement)
    )


def _holds(path: Path, expected: str, statement: bytes) -> bool:
    """Whether the file is a signature of the statement by the key that is expected."""
    if not path.is_file():
        return False
    try:
        signature = signature_of(path.read_text(encoding="utf-8"))
    except ValueError:
        return False
    return fingerprint(signature.public) == expected and signature.holds(statement)


def _place(workspace: Workspace, wave_id: str) -> Path:
    return workspace.root / "approvals" / wave_id


def _is_figures(name: str) -> bool:
    """The workbook tells on its first sheet what the pages are marked with."""
    return name.startswith("data/") and name != "data/release.xlsx"


def _statement(draft: Path) -> bytes:
    """What an approver signs. Raises OSError, ValueError or KeyError where the draft is damaged."""
    manifest: Mapping[str, Any] = json.loads((draft / "manifest.json").read_text(encoding="utf-8"))
    told = {
        "approved": "the figures of a release",
        **{name: manifest[name] for name in ("wave", "release_id", "revision")},
        "data": {name: value for name, value in manifest["files"].items() if _is_figures(name)},
    }
    return json.dumps(told, ensure_ascii=False, sort_keys=True).encode("utf-8")
