"""Where a warehouse lies, on disk or its responses in a bucket, and who may write to it."""

from __future__ import annotations

import json
import os
import re
import socket
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from ncsi.errors import StoreBusy, StoreError
from ncsi.spec.object_storage import Bucket, bucket_of
from ncsi.spec.shared_catalogue import DATABASE, SharedCatalogue, catalogue_of, is_stored
from ncsi.store import lake
from ncsi.tables import CORE_RESPONSES

RESPONSES = CORE_RESPONSES.name
_POLL_S = 0.01
"""How often a warehouse that is held is tried: two steps on one wave hold it for tenths of a second in turn."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_]{0,39}")


@dataclass(frozen=True, slots=True)
class Place:
    """The folder of a warehouse; `wait_s` is how long to wait for another process."""

    folder: Path
    wait_s: float = 60.0

    @property
    def database(self) -> Path:
        """The DuckDB file, where no database of Postgres lists the tables."""
        return self.folder / DATABASE

    @property
    def catalogue(self) -> SharedCatalogue | None:
        """The database of Postgres that lists the tables; None where they are in a DuckDB file."""
        return catalogue_of(self.folder)

    @property
    def is_stored(self) -> bool:
        """Whether there is a store."""
        return is_stored(self.folder)

    @property
    def tables(self) -> str:
        """Where the tables are, for a person to look."""
        catalogue = self.catalogue
        return str(self.database) if catalogue is None else f"{self.folder / lake.FILES} ({catalogue})"

    @property
    def responses(self) -> Path:
        """Folder of the respondent rows."""
        return self.folder / RESPONSES

    @property
    def public(self) -> Path:
        """Folder of the results that public releases were made from."""
        return self.folder / "public"

    @property
    def bucket(self) -> Bucket | None:
        """The bucket in which the respondent rows lie; None where they lie in `responses`."""
        return bucket_of(self.folder)

    def shown(self, path: str) -> str:
        """Where a part lies, for a person to look."""
        bucket = self.bucket
        return str(self.folder / path) if bucket is None else f"{bucket}/{path}"

    def partition(self, wave: str, sector: str) -> Path:
        """Folder of one wave and sector. StoreError when a name could leave the warehouse."""
        names = self.checked("wave", wave), self.checked("sector", sector)
        return self.responses / f"wave={names[0]}" / f"sector={names[1]}"

    def checked(self, what: str, name: str) -> str:
        """The name of a wave or sector. StoreError when it could leave the warehouse."""
        if not _NAME.fullmatch(name):
            raise StoreError(
                f"{self.folder}: {name[:60]!r} cannot be a {what} id. Use letters, digits and _."
            )
        return name

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the warehouse alone, between threads and processes; the same thread may enter again.

        StoreBusy saying who holds it after `wait_s` seconds. Where a database of Postgres lists the tables, it has the
        lock, and the disk need not hold any.
        """
        while True:
            catalogue = self.catalogue
            with self._held_by(catalogue):
                if self.catalogue == catalogue:
                    yield
                    return
            # the tables were moved while we waited, and another lock is theirs now

    def _held_by(self, catalogue: SharedCatalogue | None) -> AbstractContextManager[None]:
        if catalogue is not None:
            return lake.held(self.folder, catalogue, self.wait_s)
        return self.held_by_file()

    @contextmanager
    def held_by_file(self) -> Iterator[None]:
        """The same by a file in the folder, which holds among those whose disk holds locks."""
        lock = FileLock(self.folder.resolve() / ".lock", is_singleton=True)
        try:
            lock.acquire(timeout=self.wait_s, poll_interval=_POLL_S)
        except Timeout as error:
            raise StoreBusy(
                f"{self.folder}: {self._holder()} holds the warehouse, and has done so for {self.wait_s:g} s. "
                "Wait until it is done, then run again; nothing was changed."
            ) from error
        try:
            if lock.lock_counter == 1:
                self._sign()
            yield
        finally:
            lock.release()

    @contextmanager
    def shared(self) -> Iterator[None]:
        """Hold the warehouse for reading; where the folder takes no lock file nobody can write either."""
        if self.catalogue is None and not os.access(self.folder, os.W_OK):
            yield
            return
        with self.held():
            yield

    def _sign(self) -> None:
        owner = {"pid": os.getpid(), "host": socket.gethostname()}
        with suppress(OSError):  # a courtesy to who waits: a full disk must not stop a reader
            (self.folder / ".lock-holder").write_text(json.dumps(owner), encoding="utf-8")

    def _holder(self) -> str:
        try:
            owner = json.loads((self.folder / ".lock-holder").read_text(encoding="utf-8"))
            return f"process {owner['pid']} on {owner['host']}"
        except (OSError, ValueError, KeyError, TypeError):
            return "another process"
