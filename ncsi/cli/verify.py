"""`ncsi verify FOLDER`: whether a release is whole and its headline follows from its data."""

from __future__ import annotations

import re
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ncsi.cli import options, say
from ncsi.cli.certificates import looked_up
from ncsi.cli.running import working

if TYPE_CHECKING:
    from ncsi.report.verify import Verified


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--key", "expected", metavar="FINGERPRINT",
    help="Of the publisher's key, from elsewhere than FOLDER. Default: the key of the workspace, where there is one.",
)  # fmt: skip
@click.option(
    "--certificate",
    metavar="FILE_OR_SHA256",
    help="A certificate of a grade: whether it is on the list of this release, was withdrawn, or revised since.",
)
@options.workspace
@options.as_json
@working("Verifying the release")
def verify(folder: Path, expected: str | None, certificate: str | None, root: Path, as_json: bool) -> None:
    """Check signature and every file of a release FOLDER, and derive its figures again from its data.

    Exits 1 when anything differs, 2 when FOLDER holds no release.
    """
    from ncsi.report.verify import verify_release

    found = verify_release(folder, _fingerprint(expected) if expected else _own(root))
    gone = _withdrawn_here(root, found.release_id)
    lines = [*_found(found), *(gone if found.withdrawal is None else ())]
    lines.append(_signed(found))
    if certificate is not None and not found.problems:
        certified = looked_up(folder, certificate, found.signer)
        say.say(
            [*certified.lines, *lines], {"folder": str(folder), **certified.facts, **asdict(found)}, as_json
        )
        if not certified.holds:
            raise SystemExit(1)
        return
    if certificate is not None:
        lines.append("  No certificate is looked up in a release that does not hold.")
    say.say(lines, {"folder": str(folder), "holds": not found.problems, **asdict(found)}, as_json)
    if found.problems:
        raise SystemExit(1)


def _found(found: Verified) -> list[str]:
    """What the release is and whether it holds."""
    if found.problems:
        head = f"Release {found.release_id}: {len(found.problems)} of its claims do not hold."
        lines = [head, *(f"  {problem}" for problem in found.problems)]
    elif found.withdrawal is not None:
        told = found.withdrawal
        lines = [
            f"Release {found.release_id}: withdrawn on {told.day}. {told.why.zh} / {told.why.en}",
            f"  Withdrawn with it: {', '.join(told.releases)}. This page is as it was signed.",
        ]
    else:
        follows = {
            "index": "the nodes' scores and weights give those above them, and the ranks, as it says",
            "measure": "its rates, shares and grades follow from its figures, as it says",
        }.get(
            found.kind,
            f"the sectors' indices and shares give {found.index_0_100:.2f} ({found.low:.2f} to {found.high:.2f}), "
            "which is what it says, to rounding",
        )
        lines = [f"Release {found.release_id}: {say.counted(found.files, 'file')} as published; {follows}."]
    if found.left_out:
        lines.append(f"  It is incomplete: it leaves out {', '.join(found.left_out)}, and says so.")
    if found.draft:
        lines.append("  It is a draft: it is not published.")
    return lines


def _withdrawn_here(root: Path, release_id: str) -> list[str]:
    """That the workspace's publisher withdrew a release of which this is a copy."""
    from ncsi.report.withdrawn import withdrawal_of
    from ncsi.spec import open_workspace

    if not (root / "ncsi.yaml").is_file():
        return []
    told = [withdrawal_of(path.parent) for path in open_workspace(root).releases.glob("*/manifest.json")]
    return [
        f"  It is a copy of what was withdrawn on {one.day}: {one.why.zh} / {one.why.en}"
        for one in told
        if one is not None and release_id in one.releases
    ]


def _fingerprint(given: str) -> str:
    plain = "".join(given.split()).lower()
    if not re.fullmatch(r"[0-9a-f]{64}", plain):
        raise click.BadParameter(
            "a fingerprint has 64 hexadecimal digits; `ncsi init` prints it.", param_hint="--key"
        )
    return plain


def _own(root: Path) -> str:
    """Fingerprint of the workspace's key; empty where `root` is not a workspace, or has none."""
    from ncsi.signing import fingerprint, read_key
    from ncsi.spec import open_workspace

    if not (root / "ncsi.yaml").is_file():
        return ""
    file = open_workspace(root).signing_key
    return fingerprint(read_key(file).public) if file.exists() else ""


def _signed(found: Verified) -> str:
    from ncsi.signing import spaced

    key = spaced(found.signer)
    return {
        "expected key": f"  Signed with the expected key, {key}.",
        "unknown key": f"  Signed with the key {key}. Whether that is the publisher's is for you to compare: --key.",
        "worthless key": f"  Signed with the demonstration key, {key}: it is public and proves nothing.",
        "none": "  No signature holds: nothing says who published this.",
    }[found.trust]
