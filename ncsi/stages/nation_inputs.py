"""What a wave's national results were made from: a second estimation in which nothing changed leaves them as they are.

They follow from stored results, of this wave and of others, from specs and code. All of that, and what they left, is
hashed while the estimation that made them holds the store; as long as that hash stays, aggregating again would leave
the same.
"""

from __future__ import annotations

from contextlib import suppress

from ncsi import atomic
from ncsi.spec import spec_sha256
from ncsi.spec.hashing import sha256_of
from ncsi.spec.plan import WavePlan
from ncsi.stages.left_out import is_finished
from ncsi.stages.nation import other_brands
from ncsi.stages.register import withdrawn_waves
from ncsi.stages.sector_inputs import code_sha256
from ncsi.store import Warehouse
from ncsi.tables import (
    COMPOSITE_TABLES,
    CORE_LEFT_OUT_BY_SECTOR,
    MEASURE_TABLES,
    OUT_REVISIONS,
    TABLES,
    Layer,
)

_MADE_LATER = {OUT_REVISIONS.name, *COMPOSITE_TABLES, *MEASURE_TABLES}
"""What publishing, and the steps after the nation, leave; no index of a nation follows from it."""
_TABLES = (
    CORE_LEFT_OUT_BY_SECTOR.name,
    *(name for name, one in TABLES.items() if one.layer is Layer.OUT and name not in _MADE_LATER),
)
"""Tables of results."""


def nation_stands(store: Warehouse, plan: WavePlan) -> bool:
    """Whether the stored national results of the wave follow from what is there now."""
    try:
        kept = (plan.runs / "nation").read_text(encoding="ascii")
    except (OSError, ValueError):  # none, or none that can be read: then it is not known
        return False
    with store.session():
        return is_finished(store, plan.wave.id) and kept == nation_sha256(store, plan)


def remember_nation(plan: WavePlan, sha256: str) -> None:
    """Keep the hash of what they were made from. Where the disk refuses, the next estimation makes them again."""
    path = plan.runs / "nation"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        atomic.write(path, sha256.encode())
    except OSError:
        with suppress(OSError):
            path.unlink(missing_ok=True)


def nation_sha256(store: Warehouse, plan: WavePlan) -> str:
    """Hash of all that they follow from, and of what they left; taken while whoever made them holds the store."""
    with store.session():
        return sha256_of(
            code_sha256(),
            spec_sha256(plan.wave),
            spec_sha256(plan.sectors),
            [spec_sha256(one) for one in plan.instruments.values()],
            sorted(other_brands(plan)),
            withdrawn_waves(store, but=plan.wave.id),
            store.fingerprints(_TABLES),
        )
