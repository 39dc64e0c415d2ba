"""Whether a release is withdrawn, as the manifest in its place says."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from ncsi.spec import Label

KIND = "withdrawn"
"""Of a manifest that stands in the place of a withdrawn release."""


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """When a wave's releases were withdrawn, and why; `releases`: ids of those that were out, the first one first;
    `revision`: the last of them."""

    day: date
    why: Label
    releases: tuple[str, ...]
    revision: int


def withdrawal_of(release: Path) -> Withdrawal | None:
    """What the folder of a release says of its withdrawal; None where it holds no manifest, that of a
    release, or a damaged one."""
    path = release / "manifest.json"
    if not path.is_file():
        return None
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        if manifest.get("kind") != KIND:
            return None
        told, revision = manifest[KIND], int(manifest["revision"])
        why = Label(zh=told["zh"], en=told["en"])
        return Withdrawal(date.fromisoformat(told["date"]), why, tuple(told["releases"]), revision)
    except (
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
    ):  # damaged: `ncsi audit` and `ncsi verify` say so
        return None
