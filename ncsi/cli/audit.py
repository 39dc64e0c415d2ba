"""`ncsi audit`: is everything in a workspace what its records say?"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from ncsi.cli import options, say


@click.command()
@click.option("--repair", is_flag=True, help="Mend what can be mended without losing anything, then check.")
@options.workspace
@options.as_json
def audit(repair: bool, root: Path, as_json: bool) -> None:
    """Check store, ledger, releases and keys of the workspace; say what is wrong and what to do. Exits 1 then."""
    from ncsi.spec import open_workspace
    from ncsi.stages.audit import audit_workspace

    found = audit_workspace(open_workspace(root), repair)
    lines = [f"  Repaired: {one}." for one in found.repaired] + [f"  {one}" for one in found.damages]
    if found.damages:
        lines.insert(0, f"{len(found.damages)} things are not as they should be.")
    else:
        lines.insert(0, f"Store, ledger, keys and {len(found.releases)} releases are whole.")
    facts = {"whole": not found.damages, "damages": [asdict(one) for one in found.damages]}
    lines += [f"  Withdrawn: {one}" for one in found.withdrawn]
    facts |= {"withdrawn": list(found.withdrawn)}
    facts |= {"repaired": list(found.repaired), "releases": [str(one) for one in found.releases]}
    say.say(lines, facts, as_json)
    if found.damages:
        raise SystemExit(1)
