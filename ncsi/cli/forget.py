"""`ncsi forget`: remove a person from the store."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from ncsi.cli import options, say


@click.command()
@click.option(
    "--respondent", "identity", multiple=True, required=True, metavar="KEY",
    help="The person's identity as the exports have it (or the stored pseudonym); `-` reads it from stdin. "
    "Repeat it for an identity of several columns, in the order of the map.",
)  # fmt: skip
@click.option("--wave", "waves", multiple=True, metavar="ID", help="Only this wave; all by default.")
@click.option("--dry-run", is_flag=True, help="Say what would be removed, and remove nothing.")
@options.workspace
@options.as_json
def forget(
    identity: tuple[str, ...], waves: tuple[str, ...], dry_run: bool, root: Path, as_json: bool
) -> None:
    """Remove a person's responses from every wave; the ledger records that it was done, not who it was."""
    from ncsi.spec import open_workspace
    from ncsi.stages.person_removal import forget_respondent

    result = forget_respondent(open_workspace(root), _parts(identity), waves, dry_run)
    done = "Would remove" if dry_run else "Removed"
    lines = [
        f"{done} {say.counted(result.responses, 'response')} in {say.counted(len(result.waves), 'wave')}."
    ]
    if result.responses:
        lines += [
            f"  {row['wave']} {row['sector']}: read from {row['source_path']}, row {row['source_row']}"
            for row in result.places.to_dict("records")
        ]
        lines.append(
            "Delete these rows from the export files too: ncsi keeps no copy of them. Then run `ncsi estimate` "
            "and `ncsi publish`; releases that are out stay as they are."
        )
    if result.measures:
        lines.append(
            f"Counted without the name by {', '.join(result.measures)}, and not to be found there "
            f"{'afterwards' if dry_run else 'any more'}. Delete the records from their files too."
        )
    facts = {
        "measures": list(result.measures), "dry_run": dry_run,
        "responses": result.responses, "waves": list(result.waves),
        "places": result.places.to_dict("records"),
    }  # fmt: skip
    say.say(lines, facts, as_json)


def _parts(identity: tuple[str, ...]) -> tuple[str, ...]:
    """What stands on a command line stays in the shell's history: `-` reads a line of stdin instead."""
    return tuple(sys.stdin.readline().rstrip("\n") if part == "-" else part for part in identity)
