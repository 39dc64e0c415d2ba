"""A wave that was published and is withdrawn: its releases leave the public folder, and a page in their place says so.

Not to be mistaken for a withdrawn delivery (`stages.withdrawal`), which takes rows out of a wave that stays. What was
published remains known to its readers: the store goes on comparing later releases of the wave with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pandas as pd

from ncsi import atomic
from ncsi.errors import PublicationError
from ncsi.ledger import Ledger
from ncsi.report.bundle.manifest import read_manifest, sha256
from ncsi.report.look import Look, look_of
from ncsi.report.site import write_site
from ncsi.report.tombstone import write_tombstone
from ncsi.report.withdrawn import Withdrawal, withdrawal_of
from ncsi.signing import SigningKey, read_key
from ncsi.spec import Label, Wave, Workspace, wave_order
from ncsi.spec.theme import published_by, theme_if_whole
from ncsi.stages.one_at_a_time import listing, releasing
from ncsi.stages.register import check_move, move, registered, who
from ncsi.stages.survey_figures import year_before
from ncsi.store import Store
from ncsi.tables import OUT_COMPOSITES, OUT_TREND

_FILES = "manifest.json"


@dataclass(frozen=True, slots=True)
class WithdrawnWave:
    """A withdrawn wave: ids of its releases, the first one first; where they lie now; releases of later waves that show
    its figures, and go on doing so until they are revised; `resumed`: an earlier call had been broken off; `cautions`:
    what did not work and stopped nothing."""

    wave: str
    releases: tuple[str, ...]
    folder: Path
    shown_in: tuple[str, ...]
    resumed: bool
    cautions: tuple[str, ...] = ()


def withdraw_wave(
    workspace: Workspace, wave: Wave, why: Label, by: str = "", dry_run: bool = False
) -> WithdrawnWave:
    """Withdraw all that is out of a wave, told in the register and the ledger; `dry_run` only looks.

    `why` is what readers are told. The releases go to `private/withdrawn/<wave>/`. A call that was killed is done again
    by the next. Raises IllegalMove where nothing of the wave is out, StoreBusy while it is being published, SpecError
    without a signing key.
    """
    key, store = read_key(workspace.signing_key), Store.open(workspace.warehouse)
    themed, wrong = theme_if_whole(workspace.root)  # to withdraw is urgent, however its page looks
    look = look_of(themed, workspace.root)
    Ledger.of(workspace).end_killed()
    with releasing(workspace, wave.id), store.alone():
        check_move(store, workspace, wave, "withdraw")
        found = WithdrawnWave(
            wave.id, tuple(_releases(workspace, wave.id)), _kept(workspace, wave.id),
            tuple(_shown_in(workspace, wave.id)), _begun(workspace, wave.id),
        )  # fmt: skip
        if dry_run:
            return found
        by, reason = by or who(), f"{why.zh} / {why.en}"
        revision = registered(store, workspace, wave).standing.revision or 0
        with Ledger.of(workspace).run("withdraw_wave", wave=wave.id, by=by, reason=reason) as facts:
            told = withdrawal_of(workspace.releases / wave.id) or Withdrawal(
                date.today(), why, found.releases, revision
            )
            signed = published_by(wave, themed)
            look, first = _lettered(lambda one: _put_away(workspace, signed, told, key, one), look)
            with listing(workspace):
                look, second = _lettered(
                    lambda one: write_site(
                        workspace.releases, site_url=workspace.settings.site_url, look=one
                    ),
                    look,
                )
            facts |= {
                "release_id": found.releases[-1] if found.releases else "",
                "releases": list(found.releases),
                "folder": wave.id,
                "manifest_sha256": sha256((workspace.releases / wave.id / _FILES).read_bytes()),
            }
        move(store, workspace, wave, "withdraw", by, reason)
    unthemed = f"The page of the withdrawal has our look, since the publisher's cannot be used: {wrong}"
    return replace(found, cautions=(*((unthemed,) if wrong else ()), *first, *second))


def _lettered(write: Callable[[Look], object], look: Look) -> tuple[Look, tuple[str, ...]]:
    """Write in the publisher's fonts, or in ours where these cannot be used: no font holds a withdrawal up.

    Returns the look that was written in, and what is to be said of it. `write` may be called twice.
    """
    if look.typeface is None:
        write(look)
        return look, ()
    ours = replace(look, typeface=None)
    try:
        look.typeface.ready()
        write(look)
    except (PublicationError, OSError) as error:
        write(ours)
        return ours, (
            f"The page of the withdrawal is set in our fonts, since the publisher's cannot be used: {error}",
        )
    return look, ()


def _put_away(workspace: Workspace, wave: Wave, told: Withdrawal, key: SigningKey, look: Look) -> None:
    """The page in place of the release, and what was replaced before out of the public folder too."""
    out, kept = workspace.releases / wave.id, _kept(workspace, wave.id)
    kept.mkdir(parents=True, exist_ok=True)
    for folder in (workspace.root / "private", kept):
        folder.chmod(0o700)
    if withdrawal_of(out) is None:
        with atomic.replacing_folder(out, kept / f"r{told.revision}") as folder:
            write_tombstone(folder, wave, told, key, look)
    for earlier in sorted((workspace.releases / "revisions" / wave.id).glob("r*")):
        if withdrawal_of(earlier) is None:
            earlier.rename(kept / earlier.name)


def _kept(workspace: Workspace, wave: str) -> Path:
    return workspace.root / "private" / "withdrawn" / wave


def _releases(workspace: Workspace, wave: str) -> Iterator[str]:
    """Ids of the releases of the wave, the first one first; where it was begun already, as its page says."""
    told = withdrawal_of(workspace.releases / wave)
    if told is not None:
        yield from told.releases
        return
    revisions = workspace.releases / "revisions" / wave
    away = [one for one in _kept(workspace, wave).glob("r*") if withdrawal_of(revisions / one.name) is None]
    before = sorted((*revisions.glob("r*"), *away), key=lambda path: int(path.name[1:]))
    for folder in (*before, workspace.releases / wave):
        if (folder / _FILES).is_file() and withdrawal_of(folder) is None:
            yield str(read_manifest(folder / _FILES)["release_id"])


def _begun(workspace: Workspace, wave: str) -> bool:
    """Whether a withdrawal of what is out was begun: its page is there, or nothing is any more."""
    out = workspace.releases / wave
    return withdrawal_of(out) is not None or not out.exists()


def _shown_in(workspace: Workspace, wave: str) -> Iterator[str]:
    """Releases of later waves whose trend has a point of it, or whose indices have its figures as last year's."""
    for path in sorted(workspace.releases.glob(f"*/data/{OUT_TREND.name}.parquet")):
        other = path.parents[1].name
        if other not in workspace.wave_ids() or wave_order(other) <= wave_order(wave):
            continue
        indexed = (path.parent / f"{OUT_COMPOSITES.name}.parquet").is_file() and year_before(other) == wave
        supplied = indexed and any(one.survey for one in workspace.wave_alone(other).composites)
        if supplied or wave in set(pd.read_parquet(path, columns=["at"])["at"]):
            yield other


def refuse_same(workspace: Workspace, wave: Wave) -> None:
    """Raise PublicationError where the wave is withdrawn, and the wave file declares no further revision."""
    told = withdrawal_of(workspace.releases / wave.id)
    if told is not None and len(wave.revisions) <= told.revision:
        raise PublicationError(
            f"wave {wave.id}: it was withdrawn on {told.day} as revision {told.revision}. What was withdrawn is not "
            f"published again; declare a further entry under `revisions` in waves/{wave.id}.yaml that says what was "
            "corrected."
        )
