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
LOOK_S = 1.0
"""Seconds after which we look whether who makes it is there."""


@dataclass(slots=True, eq=False)
class Asked:
    """Parts that `others` (addresses of workers) make since `begun`, waited for `until`, by the clock that only goes
    forward (s)."""

    others: frozenset[str]
    begun: float
    futures: tuple[Future, ...]
    until: float = 0.0

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
        return cls(frozenset(others), monotonic(), tuple(asked))

    @property
    def parts(self) -> int:
        """How many there are with the first."""
        return len(self.futures) + 1

    def part(self, which: int) -> Part | None:
        """One of them, from 1; None where it does not come though all were waited for as long again as we worked, or
        where those who could make it are lost."""
        now, future = monotonic(), self.futures[which - 1]
        self.until = self.until or now + max(PATIENCE_S, now - self.begun)
        while True:
            try:
                made: Part | None = future.result(timeout=LOOK_S)
            except TimeoutError:
                if monotonic() < self.until and not self.others.isdisjoint(get_client().nthreads()):
                    continue
                future.cancel()
                return None
            except (CancelledError, KilledWorker, MemoryError, OSError, NcsiError):
                return None  # whoever asked makes it, and meets what is wrong with the data, if anything is
            return made
