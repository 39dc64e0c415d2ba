"""`ncsi init DIR`: a workspace with a small example."""

from __future__ import annotations

import secrets
import shutil
from pathlib import Path

import click

from ncsi.cli import options, say
from ncsi.errors import as_typed


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.option("--empty", is_flag=True, help="Without the example: settings and keys only.")
@options.as_json
def init(folder: Path, empty: bool, as_json: bool) -> None:
    """Make a workspace in DIR: settings, private keys, and a small synthetic example (a wave, its map and export)."""
    from ncsi.signing import fingerprint, new_key, spaced
    from ncsi.spec import open_workspace, schemas_root
    from ncsi.spec.json_schemas import name_schemas, write_schemas

    if folder.exists() and any(folder.iterdir()):
        raise click.UsageError(f"{folder} is not empty. Name a new folder.")
    example = schemas_root() / "example"
    example = schemas_root() / "example"
    names = _KEPT if empty else tuple(one.name for one in example.iterdir())
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (shutil.copytree if (example / name).is_dir() else shutil.copy)(example / name, folder / name)
    for name in _OWN:
        (folder / name).mkdir(exist_ok=True)
    workspace = open_workspace(folder)
    key, signing = folder / workspace.settings.key_file, new_key()
    _write_private(key, secrets.token_hex(32) + "\n")
    _write_private(workspace.signing_key, signing.pem())
    write_schemas(folder)
    name_schemas(folder)
    public = fingerprint(signing.public)
    wave_id = next(iter(workspace.wave_ids()), None)
    told = f"one small synthetic wave, {wave_id}" if wave_id else "empty"
    after = (
        f"ncsi run --wave {wave_id} --workspace {as_typed(folder)}"
        if wave_id
        else "ncsi sector new, ncsi map, ncsi wave new"
    )
    lines = [
        f"Workspace {folder}: {told}.",
        f"  Next: {after}",
        f"  {key} makes the pseudonyms: keep it out of backups that others read; without it waves cannot be linked.",
        f"  {workspace.signing_key} signs releases: keep it as safe, or bring your own. Its fingerprint, for readers:",
        f"  {spaced(public)}",
    ]
    say.say(lines, {"workspace": str(folder), "wave": wave_id, "fingerprint": public}, as_json)


_KEPT = ("ncsi.yaml", "instruments")
"""Of the example, what an empty workspace has as well."""
_OWN = ("data", "maps", "waves")
"""Folders that hold what is brought in."""


def _write_private(path: Path, content: str) -> None:
    path.touch(mode=0o600)
    path.write_text(content, encoding="utf-8")
