"""A bucket of object storage in which the answers of a store lie: its address and how it is spoken to; no credentials.

`ncsi.yaml` says which one a workspace wants; `answers.json` in the folder of the catalogue, which one the store has.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from ncsi.errors import SpecError
from ncsi.spec.building_blocks import Spec, Whole
from ncsi.spec.notifications import is_loopback
from ncsi.spec.shared_catalogue import is_stored
from ncsi.spec.yaml_documents import Document

SCHEME = "s3://"
POINTER = "answers.json"
"""File beside the catalogue that says in which bucket its answers lie; none where they lie beside it."""
_URI = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])((?:/[A-Za-z0-9][A-Za-z0-9._-]{0,99}){0,8})")
_SECRET = re.compile(r"access|secret|token|password|credential|profile|account", re.IGNORECASE)
_FROM = (
    "Take it out of the file: credentials come from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile "
    "(AWS_PROFILE), or the machine's own role"
)


def endpoint_problem(url: str) -> str | None:
    """What is wrong with the address of a service; None where nothing is. Does not say it: it may hold a key."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "is no address"
    if parts.username or parts.password or parts.query or parts.fragment:
        return "holds more than a host"
    if not host or parts.path.strip("/") or not url.isascii() or not url.isprintable() or " " in url:
        return "is no address"
    if parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host)):
        return None
    return "is not https"


def _an_endpoint(url: str) -> str:
    problem = endpoint_problem(url) if url else None
    if problem is not None:
        raise PydanticCustomError(
            "endpoint",
            "the address of the service {problem}",
            {
                "problem": problem,
                "cure": "Write https://HOST or https://HOST:PORT, without user, path or query",
            },
        )
    return url.rstrip("/")


class ObjectStorage(Spec):
    """How the bucket of `warehouse: s3://…` is spoken to. `catalogue` is the folder of the tables, which stay there;
    `endpoint` of a service that is not AWS (MinIO, OSS, COS, OBS); `encryption` is asked of the service with each
    object; after `timeout_s` seconds without an answer a request is given up; a lock that was not renewed for
    `lease_s` seconds may be taken over."""

    catalogue: Annotated[str, Field(min_length=1)] = "warehouse"
    endpoint: Annotated[str, AfterValidator(_an_endpoint)] = ""
    region: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{0,40}$")] = ""
    addressing: Literal["path", "virtual"] = "path"
    encryption: Literal["", "AES256", "aws:kms"] = ""
    kms_key: Annotated[str, Field(pattern=r"^[A-Za-z0-9:/_-]{0,200}$")] = ""
    timeout_s: Annotated[Whole, Field(ge=1, le=600)] = 30
    lease_s: Annotated[Whole, Field(ge=3, le=600)] = 30

    @model_validator(mode="after")
    def _key_of_kms(self) -> Self:
        if self.kms_key and self.encryption != "aws:kms":
            raise PydanticCustomError(
                "kms_key",
                "there is a kms_key, and encryption is not aws:kms",
                {"cure": "Write encryption: aws:kms"},
            )
        return self


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket, or a part of one: `s3://bucket/prefix`; the rest as in `ObjectStorage`."""

    uri: str
    endpoint: str = ""
    region: str = ""
    addressing: str = "path"
    encryption: str = ""
    kms_key: str = ""
    timeout_s: int = 30
    lease_s: int = 30

    @property
    def name(self) -> str:
        """The bucket's name."""
        return self.uri.removeprefix(SCHEME).partition("/")[0]

    @property
    def prefix(self) -> str:
        """What every name in it begins with, without a slash at the end; empty where the whole bucket is ours."""
        return self.uri.removeprefix(SCHEME).partition("/")[2]

    def __str__(self) -> str:
        return self.uri


def wanted_bucket(warehouse: str, settings: ObjectStorage) -> Bucket | None:
    """The bucket that settings name; None where answers lie in a folder."""
    if not warehouse.startswith(SCHEME):
        return None
    ours = {name: getattr(settings, name) for name in ObjectStorage.model_fields if name != "catalogue"}
    return Bucket(warehouse, **ours)


def refuse_credentials(document: Document) -> None:
    """SpecError where `ncsi.yaml` holds what looks like a credential, which is not repeated."""
    given = document.data.get("object_storage")
    for key in given if isinstance(given, Mapping) else ():
        if _SECRET.search(str(key)):
            raise SpecError(document.where("object_storage", key), f"'{str(key)[:40]}' is no setting", _FROM)
    address = document.data.get("warehouse")
    if isinstance(address, str) and "://" in address and re.search(r"[@?#]", address):
        raise SpecError(
            document.where("warehouse"), "the address holds more than a bucket and a prefix", _FROM
        )


def check_address(warehouse: str, document: Document) -> None:
    """SpecError where `warehouse` is the address of something else than a bucket."""
    if "://" in warehouse and not _URI.fullmatch(warehouse):
        raise SpecError(
            document.where("warehouse"),
            "the address is none of a bucket",
            "Write s3://bucket or s3://bucket/prefix, in letters, digits, . - and _",
        )
    if not warehouse.startswith(SCHEME) and document.data.get("object_storage") is not None:
        raise SpecError(
            document.where("object_storage"),
            "the warehouse is a folder",
            "Write warehouse: s3://bucket/prefix, or take object_storage out",
        )


def bucket_of(folder: Path) -> Bucket | None:
    """The bucket in which the answers of the catalogue in `folder` lie; None where they lie beside it.

    SpecError where the file that says so is damaged: answers are not looked for elsewhere.
    """
    path = folder / POINTER
    try:
        said: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        made = Bucket(**said)
        ObjectStorage(**{name: value for name, value in asdict(made).items() if name != "uri"})
        if not _URI.fullmatch(made.uri):
            raise ValueError(made.uri)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError) as error:
        raise SpecError(
            str(path), "it does not say in which bucket the answers lie", "Restore the file from a backup"
        ) from error
    return made


def said_of(bucket: Bucket) -> bytes:
    """What `bucket_of` reads."""
    return (json.dumps(asdict(bucket), indent=1) + "\n").encode()


def refuse_elsewhere(folder: Path, wanted: Bucket | None, document: Document) -> None:
    """SpecError where the answers of the catalogue in `folder` do not lie where the settings want them: they are
    neither looked for nor written elsewhere."""
    held = bucket_of(folder)
    if held == wanted or (held is None and not is_stored(folder)):
        return
    lie, should = (one.uri if one else f"the folder {folder}" for one in (held, wanted))
    problem = f"the answers of the store lie in {lie}, and not in {should}"
    if lie == should:
        problem = f"the store speaks to {lie} in another way than object_storage says"
    cure = "Run `ncsi move-store`, which takes them over, or write here what was here before"
    raise SpecError(document.where("warehouse"), problem, cure)
