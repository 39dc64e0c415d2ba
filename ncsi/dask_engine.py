"""The engine of Dask: sectors are estimated by the workers of a scheduler, on this machine or others. They read the
workspace and write nothing: what is stored, and the ledger, is written here, as each sector comes back.

Dask runs whatever is sent to it, so that an address off this machine is spoken to by TLS or not at all.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping
from concurrent.futures import CancelledError, ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar
from urllib.parse import urlsplit

from distributed import Client
from distributed.comm.core import CommClosedError
from distributed.scheduler import KilledWorker
from distributed.security import Security

from ncsi.atomic import temporary_name
from ncsi.dask_parts import Asked
from ncsi.engine import Caution, Processes, Progress, settled
from ncsi.errors import ClusterAway, SpecError, StoreError, WorkerDied, WorkerDiffers
from ncsi.spec.notifications import is_loopback
from ncsi.spec.plan import WavePlan
from ncsi.stages import recorded
from ncsi.stages.sector_inputs import code_sha256
from ncsi.store import Store

if TYPE_CHECKING:
    from ncsi.model.resampling.parts import Part
    from ncsi.model.resampling.streams import Share
    from ncsi.stages.estimate import SectorResults

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")

_PATIENCE_S = 30.0
_START = "Start the scheduler, and workers with `dask worker`, as docs/scale.md says, then run again"


class DaskEngine(Processes):
    """Sectors by the workers of the scheduler at `address` (tls://host:port; tcp:// on this machine), everything else
    as `Processes`."""

    def __init__(
        self, address: str, progress: Progress | None = None, caution: Caution | None = None
    ) -> None:
        super().__init__(progress, *([caution] if caution else []))
        self.address = checked_address(address)

    def __enter__(self) -> Self:
        """Connect. Raises ClusterAway where no scheduler answers or it has no workers; nothing was begun."""
        self.client = _connected(self.address)
        try:
            return super().__enter__()
        except BaseException:
            self.client.close()
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, trace)
        self.client.close()

    def estimating(self, store: Store, plan: WavePlan, sectors: int) -> Callable[[str], SectorResults]:
        """The work of estimating a sector: here a thread that waits for a worker, and stores what it made. Where there
        are more workers than sectors, several make the replicates of one that is large.

        Raises WorkerDiffers where workers have other code, or do not see the workspace; nothing was begun.
        """
        there, absolute = Store(replace(store.place, folder=store.place.folder.resolve())), _absolute(plan)
        parts = self._compare_workers(there.place.folder) // max(1, sectors)
        expected = _versions()

        def ask(_store: Store, _plan: WavePlan, sector: str, run: str) -> SectorResults:
            return self._ask(partial(_computed, expected, there, absolute, sector, run, parts), sector)

        return partial(recorded.estimate, store, plan, compute=ask)

    def run_step(
        self, step: str, work: Callable[[Item], Outcome], items: Mapping[str, Item]
    ) -> tuple[Outcome, ...]:
        """As every engine's. Sectors are handed out all at once: whoever is free takes the next, and what comes back is
        stored at once, so that a lost worker costs only what it was at."""
        if step != "estimate" or not items:
            return super().run_step(step, work, items)
        threads = ThreadPoolExecutor(len(items))
        try:
            futures = {name: threads.submit(work, item) for name, item in items.items()}
            return settled(step, {name: one.result for name, one in futures.items()}, self.tell)
        finally:
            threads.shutdown(wait=False, cancel_futures=True)

    def _ask(self, work: Callable[[], SectorResults], sector: str) -> SectorResults:
        """What a worker makes of a sector. Raises WorkerDied where those who tried were lost, ClusterAway where the
        scheduler was."""
        future = self.client.submit(work, pure=False, key=f"estimate-{sector}-{id(work):x}")
        try:
            made: SectorResults = future.result()
        except KilledWorker as error:
            raise WorkerDied("estimate", sector) from error
        except (CancelledError, CommClosedError) as error:
            raise self._lost() from error
        return made

    def _compare_workers(self, warehouse: Path) -> int:
        """How many there are."""
        with temporary_name(warehouse) as token:
            token.write_text(self.client.id, encoding="utf-8")
            told = self._asked(token)
        for worker, (versions, read) in told.items():
            refuse_other(worker, _versions(), versions)
            if read != self.client.id:
                raise WorkerDiffers(
                    f"worker {worker}",
                    f"it does not see {warehouse}",
                    "Mount the workspace there under the same path, with locks (NFS 4), for reading and writing",
                )
        return len(told)

    def _asked(self, token: Path) -> dict[str, tuple[dict[str, str], str]]:
        """What each worker tells. Raises ClusterAway where one is lost before it does, or the scheduler is."""
        try:
            told: dict[str, tuple[dict[str, str], str]] = self.client.run(_told, token)
        except (
            CancelledError,
            OSError,
            RuntimeError,
        ) as error:  # Dask's own errors of a lost connection are of all three
            raise self._lost() from error
        return told

    def _lost(self) -> ClusterAway:
        return ClusterAway(f"the scheduler at {self.address} was lost. {_START}; no figure was changed")


def checked_address(address: str) -> str:
    """The address of a scheduler. SpecError where it is none, or where it leaves this machine without TLS."""
    where, parts = f"--address {address[:80]}", urlsplit(address)
    try:
        scheme, host, port = parts.scheme, parts.hostname, parts.port
    except ValueError:
        scheme, host, port = "", None, None
    if scheme not in {"tls", "tcp"} or not host or port is None or parts.path or parts.query:
        raise SpecError(where, "it is no address of a scheduler", "Write tls://HOST:PORT")
    if scheme == "tcp" and not is_loopback(host):
        raise SpecError(
            where,
            "tcp is not encrypted, and a scheduler runs whatever is sent to it",
            "Start the scheduler and its workers with TLS and write tls://HOST:PORT; docs/scale.md says how",
        )
    return address


def refuse_other(worker: str, here: Mapping[str, str], there: Mapping[str, str]) -> None:
    """Raise WorkerDiffers where a worker has another Python, other packages or other code than we: figures could
    differ, or what it sends be unreadable."""
    for name, version in here.items():
        if there.get(name) != version:
            raise WorkerDiffers(
                f"worker {worker}",
                f"its {name} is {there.get(name, 'not there')[:20]}, and here it is {version[:20]}",
                "Install the same release of ncsi with its constraints.txt there, and start the worker again",
            )


def _connected(address: str) -> Client:
    security = _tls(address) if address.startswith("tls://") else None
    try:
        client = Client(address, timeout=_PATIENCE_S, set_as_default=False, security=security)
    except (OSError, TimeoutError) as error:
        raise ClusterAway(
            f"no scheduler answers at {address} ({type(error).__name__}). {_START}. Nothing was begun"
        ) from error
    try:
        client.wait_for_workers(1, timeout=_PATIENCE_S)
    except TimeoutError as error:
        client.close()
        raise ClusterAway(
            f"the scheduler at {address} has no workers. {_START}. Nothing was begun"
        ) from error
    return client


def _tls(address: str) -> Security:
    """Dask's own settings of certificates. Raises SpecError where one is missing."""
    security = Security(require_encryption=True)
    settings = {
        "ca-file": security.tls_ca_file, "client.cert": security.tls_client_cert,
        "client.key": security.tls_client_key,
    }  # fmt: skip
    for name, file in settings.items():
        if not file:
            variable = f"DASK_DISTRIBUTED__COMM__TLS__{name.upper().replace('-', '_').replace('.', '__')}"
            raise SpecError(
                f"--address {address[:80]}",
                f"Dask has no {name} for it",
                f"Set {variable} to the file; docs/scale.md says how certificates are made",
            )
    return security


def _absolute(plan: WavePlan) -> WavePlan:
    return replace(plan, workspace=replace(plan.workspace, root=plan.workspace.root.resolve()))


def _versions() -> dict[str, str]:
    return {
        "Python": ".".join(platform.python_version_tuple()[:2]),
        "code, or the version of a package that it computes with,": code_sha256(),
    }


def _told(token: Path) -> tuple[dict[str, str], str]:
    """On a worker: its versions, and what it reads where we wrote."""
    try:
        read = token.read_text(encoding="utf-8")
    except OSError:
        read = ""
    return _versions(), read


def _computed(
    expected: Mapping[str, str], store: Store, plan: WavePlan, sector: str, run: str, parts: int = 1
) -> Any:
    """On a worker, which may have come since the others were compared. Others make all but one of `parts` of the
    replicates, where they are worth it."""
    refuse_other(platform.node(), expected, _versions())
    work = partial(_part, expected, store, plan, sector)
    begin = partial(Asked.of, work, sector, parts) if parts > 1 else None
    try:
        return recorded.computed(store, plan, sector, run, begin=begin)
    except OSError as error:
        raise StoreError(
            f"worker {platform.node()}: sector {sector}: {error.strerror or type(error).__name__}. Give it room and "
            "the workspace, then run again"
        ) from error


def _part(
    expected: Mapping[str, str], store: Store, plan: WavePlan, sector: str, share: Share
) -> Part | None:
    """On a worker: a share of a sector's replicates."""
    refuse_other(platform.node(), expected, _versions())
    return recorded.computed_part(store, plan, sector, share)
