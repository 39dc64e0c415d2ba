"""What killed publications and diagnoses left in the folders that they are made in: figures that are not out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ncsi import atomic
from ncsi.living import lives
from ncsi.spec import Workspace


def written(workspace: Workspace) -> Iterator[Path]:
    """Folders in which releases and diagnoses are made."""
    private = workspace.root / "private"
    yield from (workspace.releases, workspace.releases / ".embargo", workspace.releases / ".draft")
    yield from sorted(path for path in (*private.glob("*"), *private.glob("*/*")) if path.is_dir())


def clear_ended(workspace: Workspace, elsewhere: Path | None = None) -> None:
    """Remove it, also from another folder of releases, where its process has surely ended; an audit names the rest."""
    for folder in (*written(workspace), *(() if elsewhere is None else (elsewhere,))):
        atomic.clear_ended(folder, lives)
