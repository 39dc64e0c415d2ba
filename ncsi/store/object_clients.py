"""Connections to a bucket: where it is, by whose keys: of the environment, a profile, or the machine's role.

obstore writes (extra `s3`), pyarrow reads; a connection is of one process, since no thread of it survives a fork.
"""

from __future__ import annotations

import configparser
import os
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ncsi.errors import SpecError
from ncsi.spec.object_storage import Bucket, endpoint_problem

if TYPE_CHECKING:
    from obstore.store import S3Store

ATTEMPTS = 3
_CONNECT_S = 5


def require_extra(bucket: Bucket) -> None:
    """SpecError where what writes to buckets is not installed."""
    try:
        import obstore  # noqa: F401
    except ImportError as error:
        raise SpecError(
            str(bucket), "to write to a bucket needs obstore", 'Install it: pip install "ncsi[s3]"'
        ) from error


def writer(bucket: Bucket) -> S3Store:
    """What puts, replaces and removes objects. SpecError where the extra is not installed, or keys cannot be had."""
    require_extra(bucket)
    return _made_writer(bucket, _keys(), os.getpid())


def reader(bucket: Bucket) -> Any:
    """What reads and lists objects: pyarrow's file system. SpecError where keys cannot be had."""
    return _made_reader(bucket, _keys(), os.getpid())


@lru_cache(maxsize=8)
def _made_writer(bucket: Bucket, keys: tuple[str, ...], _process: int) -> S3Store:
    from obstore.store import S3Store

    endpoint, patience = _endpoint(bucket), timedelta(seconds=bucket.timeout_s)
    names = ("access_key_id", "secret_access_key", "session_token")
    settings: dict[str, Any] = {name: key for name, key in zip(names, keys, strict=False) if key}
    settings["virtual_hosted_style_request"] = not endpoint or bucket.addressing == "virtual"
    if endpoint:
        at = endpoint.replace("://", f"://{bucket.name}.", 1) if bucket.addressing == "virtual" else endpoint
        settings["endpoint"] = settings["aws_endpoint_url_s3"] = at
    if bucket.encryption:
        settings["server_side_encryption"] = bucket.encryption
    if bucket.kms_key:
        settings["sse_kms_key_id"] = bucket.kms_key
    return S3Store(
        bucket.name,
        prefix=bucket.prefix or None,
        region=_region(bucket),
        disable_bulk_delete=True,  # not every service has it
        client_options={
            "allow_http": endpoint.startswith("http://"),
            "connect_timeout": timedelta(seconds=min(_CONNECT_S, bucket.timeout_s)),
            "read_timeout": patience,
            "timeout": 20 * patience,
        },
        retry_config={"max_retries": ATTEMPTS - 1, "retry_timeout": ATTEMPTS * patience},
        **settings,
    )


@lru_cache(maxsize=8)
def _made_reader(bucket: Bucket, keys: tuple[str, ...], _process: int) -> Any:
    from pyarrow import fs

    names = ("access_key", "secret_key", "session_token")
    settings: dict[str, Any] = {name: key for name, key in zip(names, keys, strict=False) if key}
    endpoint = _endpoint(bucket)
    if endpoint:
        settings["scheme"], _, settings["endpoint_override"] = endpoint.partition("://")
        settings["force_virtual_addressing"] = bucket.addressing == "virtual"
    return fs.S3FileSystem(
        region=_region(bucket),
        connect_timeout=min(_CONNECT_S, bucket.timeout_s),
        request_timeout=bucket.timeout_s,
        retry_strategy=fs.AwsStandardS3RetryStrategy(max_attempts=ATTEMPTS),
        **settings,
    )


def _endpoint(bucket: Bucket) -> str:
    """Of the settings, else of the environment, which is held to the same. SpecError where it is none."""
    for name in ("", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"):
        found = os.environ.get(name, "") if name else bucket.endpoint
        problem = endpoint_problem(found) if found else None
        if problem:
            raise SpecError(name or "endpoint", f"the address of the service {problem}", "Write https://HOST")
        if found:
            return found.rstrip("/")
    return ""


def _region(bucket: Bucket) -> str:
    variables = ("AWS_REGION", "AWS_DEFAULT_REGION")
    return bucket.region or next((os.environ[one] for one in variables if os.environ.get(one)), "us-east-1")


def _keys() -> tuple[str, ...]:
    """Of the environment, else of a profile; none where the machine has a role of its own. Never shown or kept."""
    variables = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
    found = tuple(os.environ.get(one, "") for one in variables)
    if any(found[:2]) and not all(found[:2]):
        given, lacking = sorted(variables[:2], key=lambda one: not os.environ.get(one))
        raise SpecError("the environment", f"{given} is set, and {lacking} is not", "Set both, or none")
    return found if all(found[:2]) else _of_profile(os.environ.get("AWS_PROFILE", ""))


def _of_profile(name: str) -> tuple[str, ...]:
    path = Path(os.environ.get("AWS_SHARED_CREDENTIALS_FILE", "") or Path.home() / ".aws" / "credentials")
    profiles = configparser.RawConfigParser()
    try:
        profiles.read(path, encoding="utf-8")
    except (OSError, configparser.Error, UnicodeDecodeError):
        raise SpecError(str(path), "it cannot be read", "Correct the file of profiles") from None
    own = name or "default"
    keys = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")
    found = tuple(profiles.get(own, key, fallback="") for key in keys)
    if all(found[:2]):
        return found
    if name:
        raise SpecError(
            str(path),
            f"the profile '{name[:60]}' has no keys there",
            "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, as `aws configure export-credentials --format env` "
            "prints them",
        )
    return ()
