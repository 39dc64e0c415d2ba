"""A prefix of a bucket belongs to one store: written into it once, and looked at before it is changed."""

from __future__ import annotations

import json
import secrets
from pathlib import Path

from ncsi import atomic
from ncsi.errors import SpecError, StoreError
from ncsi.spec.object_storage import POINTER, Bucket, said_of
from ncsi.store import objects
from ncsi.store.lake import STORE_ID
from ncsi.store.object_clients import require_extra
from ncsi.store.place import RESPONSES, Place

CLAIM = "ncsi-store.json"
_UNTRIED = "untried"
"""In a claim until its prefix was found empty and its service to keep conditions."""


def take_bucket(place: Place, bucket: Bucket) -> None:
    """Claim the prefix for the store in `place` and write down that its responses lie there. The caller holds it.

    StoreError where the prefix is another's or not empty; SpecError where the bucket keeps versions, or its service
    does not keep the conditions that locks need.
    """
    claim(place.folder, bucket)
    atomic.write(place.folder / POINTER, said_of(bucket), 0o600)


def claim(folder: Path, bucket: Bucket) -> None:
    """Claim the prefix for the store in `folder`; again is once. A claim that was killed before the prefix and its
    service were looked at says so, and they are looked at by the next."""
    require_extra(bucket)
    own = _store_id(folder)
    try:
        etag = objects.put_new(bucket, CLAIM, json.dumps({"store": own, _UNTRIED: True}).encode())
    except objects.ObjectChanged:
        check_claim(folder, bucket)
        content, etag = objects.get(bucket, CLAIM)
        if not json.loads(content).get(_UNTRIED):
            return
    try:
        if any(one.startswith(RESPONSES) for one in objects.listed(bucket, "")):
            raise StoreError(
                f"{bucket}: there are responses of a store already. Name a prefix that is empty."
            )
        _try_conditions(bucket)
        objects.put_over(bucket, CLAIM, json.dumps({"store": own}).encode(), etag)
    except BaseException:
        objects.remove(bucket, CLAIM)
        raise


def check_claim(folder: Path, bucket: Bucket) -> None:
    """StoreError where the prefix is not that of the store in `folder`."""
    said = _claimant(bucket)
    if said != _store_id(folder):
        whose = "belongs to another store" if said else "is not claimed by a store any more"
        raise StoreError(
            f"{bucket}: the prefix {whose}. Nothing was stored. Name a prefix of its own in ncsi.yaml; where that "
            "store is given up, empty the prefix first."
        )


def is_claimed(folder: Path, bucket: Bucket) -> bool:
    """Whether the prefix is that of the store in `folder`."""
    return _claimant(bucket) == _store_id(folder)


def _claimant(bucket: Bucket) -> str:
    """Which store claims the prefix; empty where none does, "?" where that cannot be read."""
    try:
        return str(json.loads(objects.get(bucket, CLAIM)[0])["store"])
    except objects.ObjectGone:
        return ""
    except (ValueError, KeyError, TypeError):
        return "?"


def _try_conditions(bucket: Bucket) -> None:
    """A service that takes no notice of conditions would let two coordinators have one lock."""
    name = f"probe-{secrets.token_hex(8)}.json"
    first = objects.put_new(bucket, name, b"1")
    try:
        for condition in (
            lambda: objects.put_new(bucket, name, b"2"),
            lambda: _over_another(bucket, name, first),
        ):
            try:
                condition()
            except objects.ObjectChanged:
                continue
            raise SpecError(
                str(bucket),
                "the service writes over objects in spite of a condition (If-None-Match, If-Match), so that locks "
                "would not hold",
                "Use a service or a version of it that keeps them",
            )
    finally:
        objects.remove(bucket, name)


def _over_another(bucket: Bucket, name: str, first: str) -> None:
    objects.put(bucket, name, b"3")
    objects.put_over(bucket, name, b"4", first)


def _store_id(folder: Path) -> str:
    path = folder / STORE_ID
    if not path.is_file():
        atomic.write(path, secrets.token_hex(16).encode(), 0o600)
    return path.read_text(encoding="ascii")
