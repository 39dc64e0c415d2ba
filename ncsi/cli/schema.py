"""`ncsi schema`: JSON Schemas of the spec files, by which editors complete and check them."""

from __future__ import annotations

from pathlib import Path

import click

from ncsi.cli import options, say

KINDS = (
    "workspace", "instrument", "sectors", "wave", "map", "agencies", "bands", "tree", "index", "units", "tree_map",
    "measure", "record_map", "theme",
)  # fmt: skip
"""As `ncsi.spec.json_schemas.KINDS`; a test holds the two together."""


@click.command()
@click.option("--kind", type=click.Choice(KINDS), help="Print that schema instead of writing all of them.")
@options.workspace
@options.as_json
def schema(kind: str | None, root: Path, as_json: bool) -> None:
    """Write a JSON Schema for each kind of spec file to schemas/ of the workspace, for editors.

    A file finds its own by its first line: # yaml-language-server: $schema=../schemas/wave.json
    """
    import json

    from ncsi.spec import open_workspace
    from ncsi.spec.json_schemas import json_schema, write_schemas

    if kind is not None:
        found = json_schema(kind)
        say.say([json.dumps(found, ensure_ascii=False, indent=1)], found, as_json)
        return
    written = write_schemas(open_workspace(root).root)
    lines = [f"Schemas of {len(written)} kinds of spec file: {root / 'schemas'}."]
    say.say(lines, {"schemas": [str(one) for one in written]}, as_json)
