"""Objects of a bucket: written and removed by obstore (extra `s3`), read and listed by pyarrow. The one door to both.

Faults are told by what they are (gone, denied, slow, full), never by what the service wrote: it may name a key.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ncsi.errors import InputError, SpecError, StoreError
from ncsi.spec.object_storage import Bucket
from ncsi.store.object_clients import ATTEMPTS, reader, writer

UNCHANGED = " Nothing was changed."
"""How errors of a bucket end; who has changed something by then says what instead."""
_BESIDE = 4
_PIECE = 8 * 1024 * 1024
_WHOLE = 4 * _PIECE
"""What is larger goes in pieces, of which a kill leaves some that no listing shows."""
_CODE = re.compile(r"(?:HTTP status|status code:) (\d{3})|AWS Error ([A-Z_]{3,60}) during")
_OF_KEYS = re.compile(r" http\S*/(?:latest/(?:api/token|meta-data/)|v2/credentials)|WebIdentity")
"""Requests for the keys of a machine's role: they are asked for where nobody gave any."""
_ROOM = {"507"}
_DENIED = {"ACCESS_DENIED", "INVALID_ACCESS_KEY_ID", "SIGNATURE_DOES_NOT_MATCH", "UNRECOGNIZED_CLIENT",
           "INVALID_SIGNATURE", "MISSING_AUTHENTICATION_TOKEN", "401", "403"}  # fmt: skip
_RIGHTS = (
    "Check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (or AWS_PROFILE), the clock, and that they may get, put, delete "
    "and list there"
)


class BucketAway(StoreError):
    """A bucket that is gone, denies us, or does not answer."""


class BucketGone(BucketAway):
    """There is no such bucket."""


class ObjectGone(StoreError):
    """There is no object of that name."""


class ObjectChanged(StoreError):
    """An object is there already, or is not the one that should be replaced."""


def put(bucket: Bucket, name: str, content: bytes) -> None:
    """Write an object, whatever was there. BucketAway where it cannot be."""
    import obstore

    with _told(bucket, name):
        in_pieces = len(content) > _WHOLE
        done = obstore.put(
            writer(bucket), name, content, use_multipart=in_pieces, chunk_size=_PIECE, max_concurrency=_BESIDE
        )
        _refuse_versions(bucket, done)


def put_new(bucket: Bucket, name: str, content: bytes) -> str:
    """Write an object that is not there, and return its ETag. ObjectChanged where it is."""
    return _put_if(bucket, name, content, "create")


def put_over(bucket: Bucket, name: str, content: bytes, etag: str) -> str:
    """Write an object in place of the one with that ETag, and return the new one. ObjectChanged where it is another."""
    return _put_if(bucket, name, content, {"e_tag": etag})


def get(bucket: Bucket, name: str) -> tuple[bytes, str]:
    """A small object and its ETag. ObjectGone where it is not there."""
    import obstore

    with _told(bucket, name):
        found = obstore.get(writer(bucket), name)
        return bytes(found.bytes()), str(found.meta["e_tag"])


def read(bucket: Bucket, name: str) -> bytes:
    """An object as a whole. ObjectGone where it is not there, BucketAway where it cannot be had."""
    with _told(bucket, name), reader(bucket).open_input_stream(_full(bucket, name)) as stream:
        content: bytes = stream.read()
    return content


def listed(bucket: Bucket, folder: str) -> dict[str, int]:
    """Size in bytes of each object under a folder, by name, sorted."""
    from pyarrow import fs

    root = _full(bucket, "")
    with _told(bucket, folder):
        chosen = fs.FileSelector(_full(bucket, folder).rstrip("/"), recursive=True, allow_not_found=True)
        found = reader(bucket).get_file_info(chosen)
        if not found and reader(bucket).get_file_info(bucket.name).type is fs.FileType.NotFound:
            raise _gone(bucket)
    sizes = {one.path.removeprefix(root): int(one.size) for one in found if one.type is fs.FileType.File}
    return dict(sorted(sizes.items()))


def remove(bucket: Bucket, name: str) -> None:
    """Remove an object; one that is not there is removed already."""
    import obstore

    with _told(bucket, name):
        obstore.delete(writer(bucket), name)


def _put_if(bucket: Bucket, name: str, content: bytes, mode: Any) -> str:
    import obstore
    from obstore.exceptions import AlreadyExistsError, PreconditionError

    with _told(bucket, name):
        try:
            done = obstore.put(writer(bucket), name, content, mode=mode)
        except (AlreadyExistsError, PreconditionError, FileNotFoundError) as error:
            if isinstance(error, FileNotFoundError) and mode == "create":
                raise
            raise ObjectChanged(f"{bucket}/{name}: another was there first.") from error
        _refuse_versions(bucket, done)
    return str(done["e_tag"])


def _refuse_versions(bucket: Bucket, done: Any) -> None:
    """A bucket that keeps versions keeps what is deleted: the answers of persons who withdrew."""
    if done.get("version") not in (None, "null"):
        raise SpecError(
            str(bucket),
            "the bucket keeps versions, so that answers which are deleted would live on in it",
            "Suspend its versioning and remove the versions that it holds, or name a bucket without",
        )


@contextmanager
def _told(bucket: Bucket, name: str) -> Iterator[None]:
    """What a service or a line does wrong as an error of ours."""
    try:
        yield
    except (StoreError, InputError):
        raise
    except FileNotFoundError as error:
        if _has_gone(bucket):
            raise _gone(bucket) from None
        raise ObjectGone(f"{bucket}/{name}: there is no such object.") from error
    except Exception as error:
        if not isinstance(error, OSError) and not type(error).__module__.startswith("obstore"):
            raise
        raise BucketAway(f"{bucket}: {_meaning(bucket, error)}.{UNCHANGED}") from None


def _meaning(bucket: Bucket, error: Exception) -> str:
    said = str(error)
    code = next((one or two for one, two in _CODE.findall(said)), "")
    kind = type(error).__name__
    if _OF_KEYS.search(said.partition("\n")[0]):
        return f"no credentials were found. {_RIGHTS}"
    if code in _DENIED or kind in ("PermissionDeniedError", "UnauthenticatedError"):
        return f"access is denied. {_RIGHTS}"
    if code in _ROOM:
        return "the service has no room left. Make room there, then run again"
    if code in ("NO_SUCH_BUCKET", "404"):
        return _no_bucket(bucket)
    if code in ("", "NETWORK_CONNECTION", "REQUEST_TIMEOUT", "SLOW_DOWN", "408", "429", "503", "504"):
        at = f" at {bucket.endpoint}" if bucket.endpoint else ""
        return (
            f"the service{at} does not answer within {bucket.timeout_s} s, tried {ATTEMPTS} times. Wait, or check the "
            "network and object_storage in ncsi.yaml, then run again"
        )
    return f"the service refuses ({code}). Look into its log, then run again"


def _no_bucket(bucket: Bucket) -> str:
    return f"there is no bucket {bucket.name}. Check warehouse in ncsi.yaml, or restore the bucket"


def _gone(bucket: Bucket) -> BucketGone:
    return BucketGone(f"{bucket}: {_no_bucket(bucket)}.{UNCHANGED}")


def _has_gone(bucket: Bucket) -> bool:
    from pyarrow import fs

    try:
        found = reader(bucket).get_file_info(bucket.name)
    except OSError:
        return False
    return bool(found.type is fs.FileType.NotFound)


def _full(bucket: Bucket, name: str) -> str:
    return "/".join(one for one in (bucket.name, bucket.prefix) if one) + "/" + name
