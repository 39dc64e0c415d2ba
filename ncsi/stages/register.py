"""The register of waves in the store: where a wave stands, and each move, told in the ledger too."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from ncsi.errors import ConformError, Damage, InputError
from ncsi.ledger import Ledger
from ncsi.report.withdrawn import withdrawal_of
from ncsi.spec import Wave, Workspace, spec_sha256
from ncsi.spec.hashing import sha256_of
from ncsi.store import Store, Warehouse
from ncsi.store.place import Place
from ncsi.store.warehouse import open as read_only
from ncsi.tables import CORE_WAVE_MOVES, OUT_INDEX_NATIONAL, RAW_FILES
from ncsi.waves.register import NEW, Standing, Step, moved, takes_files


@dataclass(frozen=True, slots=True)
class Registered:
    """A wave in the register: where it stands, its moves (rows of core_wave_moves), and whether its file has another
    content than when it was closed."""

    standing: Standing
    moves: pd.DataFrame
    changed_since_closed: bool


def registered(store: Warehouse, workspace: Workspace, wave: Wave) -> Registered:
    """The wave's entry; without one, it stands where store and releases say."""
    moves = store.table(CORE_WAVE_MOVES.name, wave.id)
    standing = _last(moves) or _derived(store, workspace, wave.id)
    closings = moves[moves["step"] == "close"]
    closed_with = str(closings["spec_sha256"].iloc[-1]) if standing.closed and len(closings) else None
    return Registered(standing, moves, closed_with not in (None, file_sha256(wave)))


def unregistered(workspace: Workspace, wave: str) -> Registered:
    """The entry of a wave in a workspace without a store."""
    return Registered(
        _derived(None, workspace, wave), pd.DataFrame(columns=list(CORE_WAVE_MOVES.names)), False
    )


def closed_at(workspace: Workspace, wave: Wave) -> datetime | None:
    """When the wave was closed (aware); None while it takes files, also where there is no store yet."""
    if not Place(workspace.warehouse).is_stored:
        return None
    found = registered(read_only(workspace.warehouse), workspace, wave)
    closings = found.moves[found.moves["step"] == "close"]
    if not found.standing.closed or closings.empty:
        return None
    moment: datetime = closings.sort_values("move")["moved_at"].iloc[-1].to_pydatetime()
    return moment.replace(tzinfo=UTC)


def withdrawn_waves(store: Warehouse, but: str = "") -> tuple[str, ...]:
    """Waves that are withdrawn, `but` one: no other wave is compared with them, or drawn in one line."""
    moves = store.table(CORE_WAVE_MOVES.name)
    columns = (moves[name].tolist() for name in ("wave", "move", "state"))
    last = {str(wave): state for wave, _, state in sorted(zip(*columns, strict=True))}
    return tuple(wave for wave, state in last.items() if state == "withdrawn" and wave != but)


def disagreements(store: Warehouse, workspace: Workspace) -> Iterator[Damage]:
    """Waves whose register and releases say different things: a command that changes both was killed between them."""
    moves = store.table(CORE_WAVE_MOVES.name)
    for wave in sorted(set(moves["wave"].astype(str))):
        folder, standing = workspace.releases / wave, _last(moves[moves["wave"] == wave])
        told, out = withdrawal_of(folder), revision_out(folder)
        if standing is None:
            continue
        if told is not None and standing.state != "withdrawn":
            problem = f"it is withdrawn, and the register says {standing.state}: a withdrawal was broken off"
            yield Damage(str(folder), problem, f"Run `ncsi wave withdraw --wave {wave}` again")
        elif out is not None and standing.state == "withdrawn":
            problem = "a release stands there, and the register says that the wave is withdrawn"
            yield Damage(str(folder), problem, "Restore the page of the withdrawal from a backup")
        elif out is not None and out > (-1 if standing.revision is None else standing.revision):
            problem = f"revision {out} is out, and the register does not know it: publishing was broken off"
            yield Damage(str(folder), problem, f"Run `ncsi publish --wave {wave}` again")


def revision_out(folder: Path) -> int | None:
    """Revision of the release that is out in a folder; None where there is none, or its manifest is damaged, which is
    told by itself."""
    from ncsi.report.freeze import frozen  # what only an audit needs

    try:
        found = frozen(folder)
    except InputError:
        return None
    return None if found is None or withdrawal_of(folder) is not None else found.revision


def check_move(store: Store, workspace: Workspace, wave: Wave, step: Step) -> None:
    """Raise IllegalMove where the step is not possible from where the wave stands."""
    moved(wave.id, registered(store, workspace, wave).standing, step)


def move(
    store: Store, workspace: Workspace, wave: Wave, step: Step, by: str = "", reason: str = "",
    revision: int | None = None,
) -> Standing:  # fmt: skip
    """Take the wave a step further; kept in the register and the ledger unless the wave stands there already.

    `by`: whose move it is, by default whoever is logged in. Raises IllegalMove saying what is legal.
    """
    with store.alone():
        before = registered(store, workspace, wave)
        after = NEW if step == "new" else moved(wave.id, before.standing, step, revision)
        if after == before.standing and len(before.moves):
            return after
        facts = {"wave": wave.id, "step": step, "by": by or who(), "reason": reason}
        with Ledger.of(workspace).run("register", **facts) as told:
            earlier = before.standing.state if len(before.moves) else ""
            store.add_move(
                wave.id,
                {
                    "step": step, "earlier_state": earlier, "state": after.state, "closed": after.closed,
                    "revision": after.revision, "moved_by": facts["by"], "reason": reason,
                    "spec_sha256": file_sha256(wave),
                },
            )  # fmt: skip
            told |= {"from": earlier, "to": after.state, "closed": after.closed}
            if step == "close":
                told["keys"] = hashed_keys(wave)
    return after


def tell_what_came(store: Store, workspace: Workspace, wave: Wave) -> None:
    """Make the move of a collection that was stopped once its files were stored, before the register was told."""
    found, files = registered(store, workspace, wave), store.table(RAW_FILES.name, wave.id)
    if found.moves.empty or files.empty or not takes_files(found.standing, len(wave.revisions)):
        return
    if files["ingested_at"].max() > found.moves["moved_at"].max():
        move(store, workspace, wave, "collect")


def refuse_late(store: Store, workspace: Workspace, wave: Wave, file: str, again: bool) -> None:
    """Raise ConformError where the wave is closed and no declared revision waits for further files; `again`: the file
    is in it, and would be read otherwise than it was."""
    found = registered(store, workspace, wave)
    if takes_files(found.standing, len(wave.revisions)):
        return
    last = found.moves[found.moves["step"] == "close"].iloc[-1]
    closed = f"wave {wave.id} was closed on {last['moved_at']:%Y-%m-%d} by {last['moved_by']}"
    closed += f" ({last['reason']})" if last["reason"] else ""
    changed = ", and since then its map or the wave's coding changed" if again else ""
    cure = f"`ncsi wave reopen --wave {wave.id} --reason …` lets it in"
    if found.standing.revision is not None:
        cure += ", and so does a further entry under `revisions:` in the wave file"
    raise ConformError(file, closed + changed, cure)


def who() -> str:
    """The name that the user of this process is logged in with; "unknown" where the system has none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def file_sha256(wave: Wave) -> str:
    """Hash of what a wave file says, its revisions aside: they are declared after it was closed."""
    return spec_sha256(wave.model_copy(update={"revisions": ()}))


def hashed_keys(wave: Wave) -> dict[str, str]:
    """Short hashes of what a wave file says by key, its revisions aside: what is told of a change, without the file."""
    content = wave.model_dump(mode="json", by_alias=True, exclude={"revisions"})
    return {key: sha256_of(value)[:16] for key, value in content.items()}


def _last(moves: pd.DataFrame) -> Standing | None:
    if moves.empty:
        return None
    last = moves.sort_values("move").iloc[-1]
    revision = None if pd.isna(last["revision"]) else int(last["revision"])
    return Standing(last["state"], bool(last["closed"]), revision)


def _derived(store: Warehouse | None, workspace: Workspace, wave: str) -> Standing:
    told = withdrawal_of(workspace.releases / wave)
    if told is not None and store is None:
        return Standing("withdrawn", revision=told.revision)
    if told is not None:  # a withdrawal that came to its end would stand in the register
        return Standing("revised" if told.revision else "published", revision=told.revision)
    away = [int(one.name[1:]) for one in (workspace.root / "private" / "withdrawn" / wave).glob("r*")]
    if (
        away and not (workspace.releases / wave).exists()
    ):  # a withdrawal was killed before its page stood there
        return Standing("revised" if max(away) else "published", revision=max(away))
    if (workspace.releases / wave).is_dir():
        replaced = len(list((workspace.releases / "revisions" / wave).glob("r*")))
        return Standing("revised" if replaced else "published", revision=replaced)
    if store is None:
        return NEW
    if len(store.counts(OUT_INDEX_NATIONAL.name, ["wave"], wave)):
        return Standing("estimated")
    return Standing("fielding") if len(store.counts(RAW_FILES.name, ["wave"], wave)) else NEW
