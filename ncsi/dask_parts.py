"""Replicates of a large sector in parts: by workers of a Dask scheduler that had nothing to do.

Whoever estimates the sector asks them as soon as it has read it, and makes the first part itself. They read the
workspace too, so that replicates of figures travel and never rows. A part that does not come is made by who asked: a
worker that is lost, or is busy, costs time and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import CancelledError
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Self
from uuid import uuid4

from distributed import Future, get_client, get_worker
from distributed.scheduler import KilledWorker

from ncsi.errors import NcsiError
from ncsi.model.resampling.streams import Share

if TYPE_CHECKING:
    from ncsi.model.resampling.parts import Part

PATIENCE_S = 1.0
"""Seconds that a part is waited for at least."""


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """Parts that others make, since `begun` by the clock that only goes forward (s)."""

    begun: float
    futures: tuple[Future, ...]

    @classmethod
    def of(cls, work: Callable[[Share], Part | None], name: str, parts: int) -> Self:
        """On a worker: ask others for all parts but the first, where there are any."""
        client, own = get_client(), get_worker().address
        others = [one for one in client.nthreads() if one != own]
        parts = min(parts, len(others) + 1)
        asked = [
            client.submit(
                work, Share(which, parts), pure=False, workers=others, key=f"replicates-{name}-{uuid4().hex}"
            )
            for which in range(1, parts)
        ]
        return cls(monotonic(), tuple(asked))

    @property
    def parts(self) -> int:
        """How many there are with the first."""
        return len(self.futures) + 1

    def part(self, which: int) -> Part | None:
        """One of them, from 1; None where it does not come though we waited as long again as we worked: then who should
        make it is busy or lost."""
        future, patience = self.futures[which - 1], max(PATIENCE_S, monotonic() - self.begun)
        try:
            made: Part | None = future.result(timeout=patience)
        except (TimeoutError, CancelledError, KilledWorker, MemoryError, OSError, NcsiError):
            future.cancel()
            return None
        return made
