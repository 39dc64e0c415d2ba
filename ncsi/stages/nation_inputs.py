"""What a wave's national results were made from: a second estimation in which nothing changed leaves them as they are.

They follow from stored results, of this wave and of others, from specs and code. All of that, and what they left, is
hashed when an estimation ends; while that hash stays, aggregating again would leave the same.
"""

from __future__ import annotations

from ncsi import atomic
from ncsi.spec import spec_sha256
from ncsi.spec.hashing import sha256_of
from ncsi.spec.plan import WavePlan
from ncsi.stages.register import withdrawn_waves
from ncsi.stages.sector_inputs import code_sha256
from ncsi.store import Warehouse
from ncsi.tables import CORE_LEFT_OUT_BY_SECTOR, OUT_REVISIONS, TABLES, Layer

_TABLES = (
    CORE_LEFT_OUT_BY_SECTOR.name,  # it says whether the last estimation came to its end too
    *(name for name, one in TABLES.items() if one.layer is Layer.OUT and one is not OUT_REVISIONS),
)
"""Tables of results. Revisions are left by publishing, and no index follows from them."""


def nation_stands(store: Warehouse, plan: WavePlan) -> bool:
    """Whether the stored national results of the wave follow from what is there now."""
    try:
        kept = (plan.runs / "nation").read_text(encoding="ascii")
    except (OSError, ValueError):  # none, or none that can be read: then it is not known
        return False
    return kept == _sha256(store, plan)


def remember_nation(store: Warehouse, plan: WavePlan) -> None:
    """Keep what they were made from, when an estimation has ended. Where the disk refuses, the next one makes them."""
    path = plan.runs / "nation"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        atomic.write(path, _sha256(store, plan).encode())
    except OSError:
        path.unlink(missing_ok=True)


def _sha256(store: Warehouse, plan: WavePlan) -> str:
    with store.session():
        return sha256_of(
            code_sha256(),
            spec_sha256(plan.wave),
            spec_sha256(plan.sectors),
            [spec_sha256(one) for one in plan.instruments.values()],
            withdrawn_waves(store, but=plan.wave.id),
            store.fingerprints(_TABLES),
        )
