"""Specs: what is asked, of whom, in which sectors, when. Frozen, and checked when loaded."""

from ncsi.spec.load import (
    load_instrument,
    load_map,
    load_sectors,
    load_wave,
    presets,
    schemas_root,
    spec_sha256,
)
from ncsi.spec.workspace import Settings, Workspace, open_workspace

__all__ = [
    "Settings",
    "Workspace",
    "load_instrument",
    "load_map",
    "load_sectors",
    "load_wave",
    "open_workspace",
    "presets",
    "schemas_root",
    "spec_sha256",
]
