"""What several tests of stages begin with."""

from __future__ import annotations

import shutil

import pytest


@pytest.fixture(scope="session")
def uncollected(nation):
    """Copies the small nation into a folder as it was before any file was taken in."""

    def copied(root):
        for path in nation.workspace.root.iterdir():
            if path.is_file():
                shutil.copy(path, root)
        for folder in ("waves", "maps", "margins", "exports"):
            shutil.copytree(nation.workspace.root / folder, root / folder)
        return root

    return copied
