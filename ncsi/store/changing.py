"""A transaction that changes which parts a wave has: with the lock of the wave where they lie in a bucket.

Upload, read back, commit, and only then remove what no catalogue lists: whatever is killed in between, the catalogue
lists parts that are there. A mark beside the catalogue tells the next command of an end that was not reached.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import duckdb

from ncsi.errors import SpecError, StoreError
from ncsi.spec.object_storage import Bucket
from ncsi.store import duck, objects, wave_lock
from ncsi.store.claim import check_claim
from ncsi.store.object_clients import require_extra
from ncsi.store.parts import left_in
from ncsi.store.place import Place
from ncsi.store.table_rows import select
from ncsi.tables import CORE_PARTITIONS

UNSWEPT = ".unswept-"


class Unswept(StoreError):
    """The transaction is committed, and what the catalogue does not list any more could not be removed."""


@contextmanager
def changing(place: Place, wave: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """One transaction over a wave's parts: all of the block is stored, or none.

    In a bucket, StoreBusy where another holds the wave, and parts that are not listed any more are removed; Unswept,
    with everything stored, where they could not be: the next command that opens the store removes them.
    """
    bucket = place.bucket
    with place.held():
        if bucket is None:
            with duck.transaction(place) as connection:
                yield connection
            return
        lock = _begun(place, bucket, wave)
        try:
            with duck.transaction(place) as connection:
                yield connection
                lock.about_to_list(_paths(connection, wave))
        except BaseException:
            with suppress(StoreError, SpecError):
                _ended(place, bucket, wave, lock)
            raise
        _swept(place, bucket, wave, lock)


def sweep_marked(place: Place) -> int:
    """Remove from the bucket what killed writes left behind; how many waves had a mark. The caller holds the store."""
    bucket, marks = place.bucket, sorted(place.folder.glob(f"{UNSWEPT}*"))
    for mark in marks:
        if bucket is None:
            mark.unlink()
        else:
            sweep_wave(place, bucket, mark.name.removeprefix(UNSWEPT))
    return len(marks)


def sweep_wave(place: Place, bucket: Bucket, wave: str) -> None:
    """Remove from the bucket what the catalogue does not list of a wave."""
    _ended(place, bucket, wave, _begun(place, bucket, wave))


def _begun(place: Place, bucket: Bucket, wave: str) -> wave_lock.Held:
    require_extra(bucket)
    check_claim(place.folder, bucket)
    mark = place.folder / f"{UNSWEPT}{place.checked('wave', wave)}"
    before = mark.exists()
    try:
        mark.touch()
        return wave_lock.acquire(bucket, wave, _listed(place, wave), place.wait_s)
    except BaseException as error:
        if not before:
            mark.unlink(missing_ok=True)  # nothing was begun
        if not isinstance(error, OSError):
            raise
        raise StoreError(
            f"{mark}: cannot write: {error.strerror or error}. Free disk space or make the folder writable, then run "
            "again; the store is as it was."
        ) from error


def _swept(place: Place, bucket: Bucket, wave: str, lock: wave_lock.Held) -> None:
    """The end of a transaction that is committed: its faults must not say that nothing was changed."""
    try:
        ours, cause = _ended(place, bucket, wave, lock), None
    except (StoreError, SpecError, OSError) as error:
        ours, cause = False, error
    if not ours:
        why = str(cause or "another took over its lock").removesuffix(objects.UNCHANGED)
        raise Unswept(
            f"{bucket}, wave {wave}: it is taken out of the catalogue; what it replaced is still in the bucket: run "
            f"`ncsi audit --repair`. Why: {why}"
        ) from cause


def _ended(place: Place, bucket: Bucket, wave: str, lock: wave_lock.Held) -> bool:
    """Sweep and release. Where the lock is another's by now, what it has is left alone; whether it was ours still."""
    listed, ours = None, False
    try:
        listed = _listed(place, wave)
        ours = lock.still()
        if ours:
            for name in left_in(bucket, listed, wave):
                objects.remove(bucket, name)
            (place.folder / f"{UNSWEPT}{wave}").unlink(missing_ok=True)
    finally:
        lock.release(listed)
    return ours


def _listed(place: Place, wave: str) -> set[str]:
    with duck.connected(place, read_only=True) as connection:
        return _paths(connection, wave)


def _paths(connection: duckdb.DuckDBPyConnection, wave: str) -> set[str]:
    return {str(path) for path in select(connection, CORE_PARTITIONS, wave)["path"]}
