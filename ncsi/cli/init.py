"""`ncsi init DIR`: a workspace with a small example."""

from __future__ import annotations

import secrets
import shutil
from pathlib import Path

import click

from ncsi.cli import options, say


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@options.as_json
def init(folder: Path, as_json: bool) -> None:
    """Make a workspace in DIR: settings, a wave, a column map, a small synthetic export, private keys."""
    from ncsi.signing import fingerprint, new_key, spaced
    from ncsi.spec import open_workspace, schemas_root
    from ncsi.spec.json_schemas import name_schemas, write_schemas

    if folder.exists() and any(folder.iterdir()):
        raise click.UsageError(f"{folder} is not empty. Name a new folder.")
    shutil.copytree(schemas_root() / "example", folder, dirs_exist_ok=True)
    workspace = open_workspace(folder)
    key, signing = folder / workspace.settings.key_file, new_key()
    _write_private(key, secrets.token_hex(32) + "\n")
    _write_private(workspace.signing_key, signing.pem())
    write_schemas(folder)
    name_schemas(folder)
    public = fingerprint(signing.public)
    wave_id = workspace.wave_ids()[0]
    lines = [
        f"Workspace {folder}: one small synthetic wave, {wave_id}.",
        f"  Next: ncsi run --wave {wave_id} --workspace {folder}",
        f"  {key} makes the pseudonyms: keep it out of backups that others read; without it waves cannot be linked.",
        f"  {workspace.signing_key} signs releases: keep it as safe, or bring your own. Its fingerprint, for readers:",
        f"  {spaced(public)}",
    ]
    say.say(lines, {"workspace": str(folder), "wave": wave_id, "fingerprint": public}, as_json)


def _write_private(path: Path, content: str) -> None:
    path.touch(mode=0o600)
    path.write_text(content, encoding="utf-8")
