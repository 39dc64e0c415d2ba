"""What a wave file says otherwise than when the wave was closed, told from what the ledger kept of it then."""

from __future__ import annotations

from dataclasses import dataclass

from ncsi.ledger import Ledger
from ncsi.spec import Wave, Workspace
from ncsi.stages.register import Registered, file_sha256, hashed_keys
from ncsi.stages.sector_inputs import OF_THE_RELEASE


@dataclass(frozen=True, slots=True)
class SinceClosed:
    """Keys of the wave file that changed (none where an earlier version closed it, which did not keep them), whether
    they concern the release only, and the revision that was published by the file as it is now, if any."""

    keys: tuple[str, ...]
    of_the_release: bool
    published: int | None

    def __str__(self) -> str:
        """In sentences."""
        what = f" in {', '.join(f'`{key}`' for key in self.keys)}" if self.keys else ""
        lines = [f"Since it was closed, its file changed{what}."]
        if self.of_the_release:
            lines.append("That concerns the release only: no answer is read or counted otherwise.")
        if self.published is not None:
            which = f"revision {self.published}" if self.published else "the first release"
            lines.append(f"What is out, {which}, was published by the file as it is now.")
        return " ".join(lines)


def since_closed(workspace: Workspace, wave: Wave, found: Registered) -> SinceClosed | None:
    """What changed in the wave's file since it was closed; None where nothing did, or it is open."""
    if not found.changed_since_closed:
        return None
    closings = [
        one["keys"]
        for one in Ledger.of(workspace).events()
        if (one["job"], one["event"], one.get("wave")) == ("register", "COMPLETE", wave.id) and "keys" in one
    ]
    now, then = hashed_keys(wave), closings[-1] if closings else {}
    keys = tuple(sorted(key for key in now if then.get(key) != now[key])) if then else ()
    published = found.moves[found.moves["step"] == "publish"].tail(1)
    same = len(published) and published["spec_sha256"].iloc[0] == file_sha256(wave)
    return SinceClosed(
        keys,
        bool(keys) and set(keys) <= OF_THE_RELEASE,
        int(published["revision"].iloc[0]) if same else None,
    )
