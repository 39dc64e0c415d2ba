"""What `ncsi.yaml` says: where a workspace keeps its key, its store and its releases, who approves and who is asked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from ncsi.errors import SpecError
from ncsi.spec.building_blocks import FINGERPRINT, Identifier, Label, Spec, Whole
from ncsi.spec.notifications import Address, Notifications
from ncsi.spec.object_storage import ObjectStorage, wanted_bucket
from ncsi.spec.yaml_documents import Document

SITE_URL = r"^(https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._~-]+)*/?)?$"
"""An address without user, query or fragment; empty where it is not known."""


class Retention(Spec):
    """How long is kept what tells of persons: days after a wave's release date; left out, it is kept."""

    raw_exports_days: Annotated[Whole, Field(ge=1, le=36_525)] | None = None
    responses_days: Annotated[Whole, Field(ge=1, le=36_525)] | None = None


def _a_telephone(text: str) -> str:
    if not re.fullmatch(r"\+?[0-9][0-9 ()/-]{4,30}", text):
        raise PydanticCustomError(
            "telephone",
            "is no telephone number",
            {"cure": "Write digits with spaces, brackets or hyphens, as in +86 10 5555 0100"},
        )
    return text


class Contact(Spec):
    """Whom readers of a release may ask: printed as it stands, so of an office and no private person."""

    name: Label
    email: Address | None = None
    telephone: Annotated[str, AfterValidator(_a_telephone)] | None = None


class Settings(Spec):
    """`ncsi.yaml`: where the workspace keeps its key, its store and its releases.

    Relative paths start at the workspace; a key, a large store or releases may also live elsewhere. `warehouse` may be
    a bucket (`s3://…`), in which the answers then lie, and `object_storage` says how it is spoken to. `catalogue`: the
    database of Postgres that lists the tables for several coordinators. `approvals`: how
    many of the `approvers` (name → fingerprint of their Ed25519 key) must sign a draft before it leaves
    `releases/.draft/`. `retention`: after how many days `ncsi retention` deletes raw exports and responses.
    `publisher`: of indices that are run by themselves, by default that of the last wave. `notifications`: whom to tell
    what goes wrong or is ready. `contact`: whom readers of releases may ask. `site_url`: where the releases are
    published, for absolute links of feeds and of the JSON interface.
    """

    spec: Literal["ncsi/workspace/1"]
    key_file: str = ".ncsi-key"
    signing_key: str = ".ncsi-signing-key"
    warehouse: str = "warehouse"
    catalogue: str = ""
    object_storage: ObjectStorage = ObjectStorage()
    releases: str = "releases"
    retention: Retention = Retention()
    approvals: Annotated[Whole, Field(ge=0, le=9)] = 0
    publisher: Label | None = None
    contact: Contact | None = None
    site_url: Annotated[str, Field(pattern=SITE_URL)] = ""
    approvers: Mapping[Identifier, Annotated[str, Field(pattern=FINGERPRINT)]] = {}
    notifications: Notifications = Notifications()

    @property
    def store_folder(self) -> str:
        """Folder of the store: of its tables, or of what lies beside them."""
        if wanted_bucket(self.warehouse, self.object_storage) is None:
            return self.warehouse
        return self.object_storage.catalogue


def require_approvers(settings: Settings, document: Document) -> None:
    """As many persons as must approve; two with one key are one."""
    keys = list(settings.approvers.values())
    if len(set(keys)) < len(keys):
        raise SpecError(
            document.where("approvers"), "two approvers have the same key", "Each needs one of their own"
        )
    if settings.approvals > len(keys):
        raise SpecError(
            document.where("approvals"),
            f"{settings.approvals} must approve, and approvers named are {len(keys)}",
            "Name more under `approvers`, or ask for fewer",
        )
