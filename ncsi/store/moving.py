"""The responses of a store from a folder to a bucket, to another bucket, and back: copied, read back, then believed.

The catalogue lists parts by the same names wherever they lie, so that one small file (`answers.json`) says where, and
its rename is the move. A kill before leaves everything where it was, and what is there already is not copied again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass

import pandas as pd

from ncsi import atomic
from ncsi.errors import Damage, NothingStored, StoreError
from ncsi.spec.object_storage import POINTER, Bucket
from ncsi.store import duck, objects, wave_lock
from ncsi.store.claim import CLAIM, check_claim, claim, is_claimed, take_bucket
from ncsi.store.object_clients import require_extra
from ncsi.store.parts import left_in, part_bytes, part_problem, problem_at, put_part, sweep
from ncsi.store.place import RESPONSES, Place
from ncsi.store.table_rows import select
from ncsi.tables import CORE_PARTITIONS

_STILL = "responses may lie there still that were moved away"
LEAVING = "leaving.json"
"""Beside the catalogue: a bucket that is moved out of, until nothing of ours is in it."""


@dataclass(frozen=True, slots=True)
class Moved:
    """From where to where; how many parts with how many responses there are, how many of them were there already, and
    how many bytes were copied."""

    source: str
    target: str
    parts: int
    rows: int
    already: int
    bytes: int


def move(place: Place, target: Bucket | None, dry_run: bool = False) -> Moved:
    """Bring the responses of the store in `place` to `target` (None: its folder), and remove them where they were.

    Killed or failed, run again: every part is then where the catalogue looks for it. `dry_run` only looks. StoreError
    where a part is damaged, a bucket away or another's, a wave held, or what an earlier move left cannot be removed;
    SpecError where the bucket keeps versions.
    """
    if not place.is_stored:
        raise NothingStored(
            f"{place.folder}: there is no warehouse here. Ingest a wave first, or check the folder."
        )
    with place.held():
        duck.check_meta(place)
        with duck.connected(place, read_only=True) as connection:
            parts = select(connection, CORE_PARTITIONS).drop_duplicates("path")
        source = place.bucket
        if dry_run:
            return _looked(place, target, parts)
        if not _same(_leaving(place), target):
            _must_leave(place, "nothing was moved")
        with _held_waves(place, source, parts):
            copied, size = _copied(place, target, parts)
            _point(place, source, target)
        _must_leave(place, f"they lie in {_said(place, target)} now")
        sweep(place, set(parts["path"]) if target is None else set())
    return Moved(_said(place, source), _said(place, target), len(parts), int(parts["rows"].sum()),
                 len(parts) - copied, size)  # fmt: skip


def left(place: Place) -> Iterator[Damage]:
    """A move that was killed before the place of before was empty."""
    cure, bucket, leaving = "Run `ncsi move-store` again", place.bucket, _leaving(place)
    if leaving is not None and not _same(leaving, bucket):
        yield Damage(str(leaving), _STILL, cure)
    if bucket is not None and any(place.responses.rglob("*.parquet")):
        yield Damage(str(place.responses), _STILL, cure)


def _looked(place: Place, target: Bucket | None, parts: pd.DataFrame) -> Moved:
    """What a move would do."""
    source = place.bucket
    there: dict[str, int] = {}
    if target is not None:
        there = objects.listed(target, RESPONSES)
    elif source is None:
        there = dict.fromkeys(parts["path"], 0)
    if source is None:
        sizes = {path: _size(place, path) for path in parts["path"]}
    else:
        sizes = objects.listed(source, RESPONSES)
    missing = [path for path in parts["path"] if path not in there]
    return Moved(_said(place, source), _said(place, target), len(parts), int(parts["rows"].sum()),
                 len(parts) - len(missing), sum(sizes.get(path, 0) for path in missing))  # fmt: skip


def _size(place: Place, path: str) -> int:
    try:
        return (place.folder / path).stat().st_size
    except OSError as error:
        raise StoreError(
            f"{place.folder / path}: a file of the store is gone or damaged: {error.strerror or error}. Run "
            "`ncsi audit`; nothing was changed."
        ) from error


@contextmanager
def _held_waves(place: Place, source: Bucket | None, parts: pd.DataFrame) -> Iterator[None]:
    """Nobody else changes what is moved."""
    if source is None:
        yield
        return
    require_extra(source)
    check_claim(place.folder, source)
    with ExitStack() as locks:
        for wave, own in parts.groupby("wave"):
            listed = set(own["path"])
            lock = wave_lock.acquire(source, str(wave), listed, place.wait_s)
            locks.callback(lock.release, listed)
        yield


def _copied(place: Place, target: Bucket | None, parts: pd.DataFrame) -> tuple[int, int]:
    """Copy what is not there, every part read and held against its name on both sides; how many, how many bytes."""
    if target is not None:
        claim(place.folder, target)
    if _same(place.bucket, target):
        _require_whole(place, parts)
        return 0, 0
    copied = size = 0
    for row in parts.to_dict("records"):
        path = str(row["path"])
        if not problem_at(place.folder, target, path, int(row["rows"])):
            continue
        content = part_bytes(place, path)
        _write(place, target, path, content)
        copied, size = copied + 1, size + len(content)
    if target is not None:
        for path in left_in(target, set(parts["path"])):
            objects.remove(target, path)  # of an earlier attempt
    return copied, size


def _require_whole(place: Place, parts: pd.DataFrame) -> None:
    for row in parts.to_dict("records"):
        problem = part_problem(place, str(row["path"]), int(row["rows"]))
        if problem:
            raise StoreError(
                f"{place.shown(str(row['path']))}: {problem}. Run `ncsi audit`; nothing was changed."
            )


def _write(place: Place, target: Bucket | None, path: str, content: bytes) -> None:
    if target is not None:
        put_part(target, path, content)
        return
    full = place.folder / path
    try:
        full.parent.mkdir(parents=True, exist_ok=True)
        atomic.write(full, content)
    except OSError as error:
        raise StoreError(
            f"{full}: cannot write: {error.strerror or error}. Free disk space or make the folder writable, then run "
            "again; the store is as it was."
        ) from error


def _point(place: Place, source: Bucket | None, target: Bucket | None) -> None:
    """Say where the responses lie now."""
    if source is not None and not _same(source, target):
        atomic.write(place.folder / LEAVING, json.dumps(asdict(source)).encode(), 0o600)
    if target is not None:
        take_bucket(place, target)
    else:
        (place.folder / POINTER).unlink(missing_ok=True)


def leave(place: Place) -> None:
    """Empty the bucket that responses were moved out of. One that is gone is empty, and so is a prefix that we do not
    claim any more: the claim goes last, and another store may have the prefix since. BucketAway where it cannot be."""
    leaving = _leaving(place)
    if leaving is None:
        return
    with suppress(objects.BucketGone):
        if not _same(leaving, place.bucket) and is_claimed(place.folder, leaving):
            for folder in (RESPONSES, wave_lock.LOCKS):
                for name in objects.listed(leaving, folder):
                    objects.remove(leaving, name)
            objects.remove(leaving, CLAIM)
    (place.folder / LEAVING).unlink()


def _must_leave(place: Place, then: str) -> None:
    """`leave`, or a StoreError that says where responses may lie still, and what became of the move."""
    try:
        leave(place)
    except StoreError as error:
        raise StoreError(
            f"{str(error).removesuffix(objects.UNCHANGED)} Responses that were moved out of it may lie there still; "
            f"{then}. Make it reachable, then run `ncsi move-store` again."
        ) from error


def _leaving(place: Place) -> Bucket | None:
    path = place.folder / LEAVING
    return Bucket(**json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else None


def _same(one: Bucket | None, other: Bucket | None) -> bool:
    """Whether both are the same place, however it is spoken to."""
    return (one and one.uri) == (other and other.uri)


def _said(place: Place, bucket: Bucket | None) -> str:
    return str(bucket or place.responses)
