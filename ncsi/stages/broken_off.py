"""A publication that was killed once its release was out is brought to its end before anything else is done."""

from __future__ import annotations

import platform

from ncsi.errors import PublicationError, StoreBusy
from ncsi.ledger import Ledger
from ncsi.spec.plan import WavePlan
from ncsi.stages.one_at_a_time import listing, releasing
from ncsi.stages.register import move, registered, revision_out
from ncsi.store import Store
from ncsi.store.place import Place
from ncsi.tables import CORE_PUBLISHED_BY_RESPONDENT


def finish_publication(plan: WavePlan) -> int | None:
    """Where a release of the wave is out that the register does not know, tell register and ledger; returns its
    revision, None where there is nothing to do.

    Whom a release counts is stored before it is out, so results that follow are held against it. PublicationError
    where that is not so: the release came from elsewhere, or from a version that stored it afterwards.
    """
    workspace, wave = plan.workspace, plan.wave
    folder = workspace.releases / wave.id
    if not (folder / "manifest.json").is_file() or not Place(workspace.warehouse).is_stored:
        return None
    out = revision_out(folder)
    with Store.opened_alone(workspace.warehouse) as store:
        if out is None or _is_known(store, plan, out):
            return None
    try:
        with releasing(workspace, wave.id):
            if _is_known(store, plan, out):
                return None
            _require_counted(store, plan, out)
            _record(store, plan, out)
    except StoreBusy:  # whoever publishes tells the register itself
        return None
    return out


def _is_known(store: Store, plan: WavePlan, out: int) -> bool:
    entry = registered(store, plan.workspace, plan.wave)
    known = -1 if entry.standing.revision is None else entry.standing.revision
    return entry.moves.empty or entry.standing.state == "withdrawn" or out <= known


def _require_counted(store: Store, plan: WavePlan, out: int) -> None:
    """Raise PublicationError where the store does not hold whom the release counts: what follows could not be held
    against it."""
    counted = store.table(CORE_PUBLISHED_BY_RESPONDENT.name, plan.wave.id)
    if (counted["revision"] == out).any():
        return
    raise PublicationError(
        f"wave {plan.wave.id}: revision {out} is out in {plan.workspace.releases / plan.wave.id}, and the store does "
        f"not know whom it counts, so that later figures could not be held against it. Run `ncsi publish --wave "
        f"{plan.wave.id}` first, which records it; if the folder was never public, move it away."
    )


def _record(store: Store, plan: WavePlan, out: int) -> None:
    from ncsi.report.bundle.manifest import sha256
    from ncsi.report.freeze import frozen
    from ncsi.report.look import look_of
    from ncsi.report.site import write_site
    from ncsi.spec.theme import load_theme

    folder = plan.workspace.releases / plan.wave.id
    found = frozen(folder)
    if found is None:
        return
    with Ledger.of(plan.workspace).run("publish", wave=plan.wave.id) as facts:
        facts |= {
            "release_id": found.release_id,
            "manifest_sha256": sha256((folder / "manifest.json").read_bytes()),
            "files": sum(1 for one in folder.rglob("*") if one.is_file()),
            "python": platform.python_version(),
            "platform": platform.platform(),
            "approvals_lacking": 0,
            "draft": False,
            "folder": folder.relative_to(plan.workspace.releases).as_posix(),
        }
    with listing(plan.workspace):
        write_site(
            plan.workspace.releases,
            site_url=plan.workspace.settings.site_url,
            look=look_of(load_theme(plan.workspace.root), plan.workspace.root),
        )
    reason = "its publication had been broken off once it was out"
    move(store, plan.workspace, plan.wave, "publish", reason=reason, revision=out)
