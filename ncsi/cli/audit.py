"""`ncsi audit`: is everything in a workspace what its records say?"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from ncsi.cli import options, say
from ncsi.cli.running import working


@click.command()
@click.option("--repair", is_flag=True, help="Repair what can be repaired without loss, then check.")
@options.workspace
@options.as_json
@working("Checking store, ledger, releases")
def audit(repair: bool, root: Path, as_json: bool) -> None:
    """Check the workspace's store, ledger, releases and keys; report each problem and its remedy. Exits 1 if any."""
    from ncsi.spec import open_workspace
    from ncsi.stages.audit import audit_workspace

    found = audit_workspace(open_workspace(root), repair)
    lines = [f"  Repaired: {one}." for one in found.repaired] + [f"  {one}" for one in found.damages]
    if found.damages:
        lines.insert(0, f"{say.counted(len(found.damages), 'problem')} found.")
    else:
        lines.insert(0, f"Store, ledger, keys and {say.counted(len(found.releases), 'release')} are intact.")
    facts = {"whole": not found.damages, "damages": [asdict(one) for one in found.damages]}
    lines += [f"  Withdrawn: {one}" for one in found.withdrawn]
    facts |= {"withdrawn": list(found.withdrawn)}
    facts |= {"repaired": list(found.repaired), "releases": [str(one) for one in found.releases]}
    say.say(lines, facts, as_json)
    if found.damages:
        raise SystemExit(1)
