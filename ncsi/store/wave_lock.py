"""The lock of a wave in a bucket: an object that is replaced only where its ETag is the one that was read.

Whoever changes the parts of a wave holds it, and renews it while at work. It may be taken over when it was *seen
unchanged* for the length of its lease, by the watcher's own count of seconds: clocks of machines need not agree. Each
holder writes down a hash of the parts that its catalogue lists, before its transaction is committed and after: a
catalogue that lists others than the last holder left (a copy, a restored one) is refused, rather than remove what it
does not know.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import socket
import threading
import time
from collections.abc import Collection
from contextlib import suppress
from dataclasses import asdict, dataclass, replace

from ncsi.errors import StoreBusy, StoreError
from ncsi.spec.object_storage import Bucket
from ncsi.store import objects

LOCKS = "locks"
_FREE, _HELD = "free", "held"


@dataclass(frozen=True, slots=True)
class State:
    """What the lock says: who holds it, how often it was renewed, what its catalogue lists and is about to list."""

    state: str
    holder: str
    token: str
    beat: int
    lease_s: int
    listing: str
    coming: str = ""

    def said(self) -> bytes:
        """As it is written."""
        return json.dumps(asdict(self), indent=1).encode()


def listing_of(paths: Collection[str]) -> str:
    """Hash of the parts that a catalogue lists of a wave."""
    return hashlib.sha256("\n".join(sorted(paths)).encode()).hexdigest()


class Held:
    """A lock that this process holds, renewed by a thread of its own until it is released or lost."""

    def __init__(self, bucket: Bucket, wave: str, state: State, etag: str) -> None:
        self._bucket, self._name, self._state, self._etag = bucket, _name(wave), state, etag
        self._alone, self._over = threading.Lock(), threading.Event()
        self._renewed, self._lost = time.monotonic(), False
        self._thread = threading.Thread(target=self._renew, name=f"lock of {wave}", daemon=True)
        self._thread.start()

    def about_to_list(self, paths: Collection[str]) -> None:
        """Write down what the catalogue will list once its transaction is committed. StoreBusy where another holds the
        lock by now: the transaction must not be."""
        with self._alone:
            if self._lost:
                raise self._taken()
            try:
                self._write(replace(self._state, beat=self._state.beat + 1, coming=listing_of(paths)))
            except objects.ObjectChanged:
                raise self._taken() from None

    def still(self) -> bool:
        """Whether nobody took it over, asked of the bucket."""
        with self._alone, suppress(objects.ObjectChanged):
            if not self._lost:
                self._write(replace(self._state, beat=self._state.beat + 1))
                return True
        return False

    def release(self, paths: Collection[str] | None) -> None:
        """Let others have it; where they have it already, or the bucket is away, the lease ends by itself.

        `paths`: what the catalogue lists now; None where that is not known, and may be either of what was written down.
        """
        self._over.set()
        self._thread.join()
        with suppress(StoreError):
            free = replace(self._state, state=_FREE, beat=self._state.beat + 1)
            if paths is not None:
                free = replace(free, listing=listing_of(paths), coming="")
            if not self._lost:
                self._write(free)

    def _renew(self) -> None:
        while not self._over.wait(self._state.lease_s / 3):
            with self._alone:
                try:
                    self._write(replace(self._state, beat=self._state.beat + 1))
                except objects.ObjectChanged:
                    self._lost = True
                except Exception:  # a bucket that is away: told by the next write, or by the lease
                    self._lost = time.monotonic() - self._renewed > self._state.lease_s
            if self._lost:
                return

    def _write(self, state: State) -> None:
        self._etag = objects.put_over(self._bucket, self._name, state.said(), self._etag)
        self._state, self._renewed = state, time.monotonic()

    def _taken(self) -> StoreBusy:
        return StoreBusy(
            f"{self._bucket}/{self._name}: another took over the lock, because it was not renewed for "
            f"{self._state.lease_s} s. Nothing was stored; run again."
        )


def acquire(bucket: Bucket, wave: str, listed: Collection[str], wait_s: float) -> Held:
    """Hold the wave alone, until it is released; `listed` are the parts that the catalogue lists of it.

    StoreBusy naming the holder after `wait_s` seconds; StoreError where the catalogue is not the one that wrote the
    wave last.
    """
    listing = listing_of(listed)
    name, end = _name(wave), time.monotonic() + wait_s
    seen, since = "", time.monotonic()
    while True:
        found = _found(bucket, name)
        mine = State(_HELD, _me(), secrets.token_hex(8), 0, bucket.lease_s, listing)
        with suppress(objects.ObjectChanged):
            if found is None:
                return Held(bucket, wave, mine, objects.put_new(bucket, name, mine.said()))
            state, etag = found
            if etag != seen:
                seen, since = etag, time.monotonic()
            if state.state == _FREE or time.monotonic() - since >= state.lease_s:
                _refuse_copy(bucket, wave, state, listing)
                return Held(bucket, wave, mine, objects.put_over(bucket, name, mine.said(), etag))
        if time.monotonic() >= end:
            holder = found[0].holder if found else "another process"
            raise StoreBusy(
                f"{bucket}: {holder} holds the lock of wave {wave}, and has for {wait_s:g} s. Wait until it is done, "
                "then run again; nothing was changed."
            )
        time.sleep(min(1.0, bucket.lease_s / 10))


def _found(bucket: Bucket, name: str) -> tuple[State, str] | None:
    try:
        content, etag = objects.get(bucket, name)
    except objects.ObjectGone:
        return None
    try:
        state = State(**json.loads(content))
        if state.state not in (_FREE, _HELD) or not 1 <= state.lease_s <= 3600:
            raise ValueError(state.state)
    except (ValueError, TypeError) as error:
        raise StoreError(
            f"{bucket}/{name}: it is no lock that ncsi wrote. Remove it when nobody is at work on the wave."
        ) from error
    return state, etag


def _refuse_copy(bucket: Bucket, wave: str, state: State, listing: str) -> None:
    if listing not in (state.listing, state.coming):
        raise StoreError(
            f"{bucket}: wave {wave} was last written by {state.holder} with another catalogue, which lists other parts "
            "than this one. Nothing was stored. Work with that catalogue; where it is lost, move what this one has to "
            "another prefix: restore its backup, name the prefix in ncsi.yaml, and run `ncsi move-store`."
        )


def _name(wave: str) -> str:
    return f"{LOCKS}/{wave}.json"


def _me() -> str:
    return f"process {os.getpid()} on {socket.gethostname()}"
