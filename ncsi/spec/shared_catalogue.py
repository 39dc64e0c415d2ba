"""A database of Postgres that lists the tables of a store for several coordinators: its address, without a password.

`ncsi.yaml` says which one a workspace wants; `catalogue.json` in the store's folder, which one the store has.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ncsi.errors import SpecError
from ncsi.spec.notifications import is_loopback
from ncsi.spec.yaml_documents import Document

SCHEME = "ducklake:postgres:"
SHARED = "catalogue.json"
"""File in the store's folder that says in which database its tables are listed; none where they lie in the folder."""
DATABASE = "ncsi.duckdb"
"""File in the store's folder that holds its tables, where no database lists them."""
_WORDS = ("dbname", "host", "port", "user", "sslmode", "sslrootcert", "sslcert", "sslkey")
_VALUE = re.compile(r"[A-Za-z0-9_./@%+-]{1,200}")
_OUT_OF_IT = "Take it out: a password comes from PGPASSWORD, or the file that PGPASSFILE names (~/.pgpass)"
_WRITE = "Write catalogue: ducklake:postgres:dbname=ncsi host=HOST user=USER sslmode=verify-full"


@dataclass(frozen=True, slots=True)
class SharedCatalogue:
    """What libpq is told, in the order of its words: `dbname=… host=… user=…`."""

    address: str

    @property
    def name(self) -> str:
        """Database and host, for a person."""
        said = dict(one.split("=", 1) for one in self.address.split())
        return f"database {said['dbname']} at {said['host']}"

    def __str__(self) -> str:
        return self.name


def wanted_catalogue(setting: str) -> SharedCatalogue | None:
    """The database that a setting which was checked names; None where the tables lie in the folder."""
    return SharedCatalogue(_ordered(setting)) if setting else None


def check_catalogue(setting: str, document: Document) -> None:
    """SpecError where `catalogue` is no address, holds a password (which is not repeated), or would send pseudonyms
    over a network without knowing whom to."""
    if not setting:
        return
    where, words = document.where("catalogue"), setting.removeprefix(SCHEME).split()
    said = dict(one.split("=", 1) for one in words if "=" in one)
    if re.search(r"://[^ ]*@", setting) or any(re.search("pass|pwd|secret", one, re.I) for one in said):
        raise SpecError(where, "the address holds what looks like a password", _OUT_OF_IT)
    if not setting.startswith(SCHEME) or len(said) < len(words) or not {"dbname", "host"} <= set(said):
        raise SpecError(where, "it is no address of a database", _WRITE)
    for word, value in said.items():
        if word not in _WORDS:
            raise SpecError(where, f"'{word[:40]}' is no word of it", f"Words are: {', '.join(_WORDS)}")
        if not _VALUE.fullmatch(value):
            raise SpecError(where, f"the value of {word} is none that it can have", _WRITE)
    if not _is_known(said):
        raise SpecError(
            where,
            "the database is on another machine, and is not asked who it is",
            "Write sslmode=verify-full, and sslrootcert=FILE where its certificate is of an authority of your own",
        )


def _is_known(said: Mapping[str, str]) -> bool:
    """Whether it is known who is spoken to: this machine, or one that has to prove it."""
    near = said["host"].startswith("/") or is_loopback(said["host"])
    return near or said.get("sslmode") == "verify-full"


def catalogue_of(folder: Path) -> SharedCatalogue | None:
    """The database that lists the tables of the store in `folder`; None where they lie there.

    SpecError where the file that says so is damaged: tables are not looked for elsewhere.
    """
    path = folder / SHARED
    return said_in(path) if path.is_file() else None


def said_in(path: Path) -> SharedCatalogue:
    """What such a file says; as `catalogue_of`."""
    try:
        said = json.loads(path.read_text(encoding="utf-8"))["catalogue"]
        words = [one.split("=", 1) for one in said.split()]
        if any(len(one) != 2 or one[0] not in _WORDS or not _VALUE.fullmatch(one[1]) for one in words):
            raise ValueError("no address")
        if not {"dbname", "host"} <= {word for word, _ in words} or not _is_known(dict(words)):
            raise ValueError("no address")
        return SharedCatalogue(said)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        cure = "Restore the file from a backup of the folder"
        raise SpecError(str(path), "it does not say which database lists the tables", cure) from error


def said_of_catalogue(catalogue: SharedCatalogue) -> bytes:
    """What `catalogue_of` reads."""
    return (json.dumps({"catalogue": catalogue.address}, indent=1) + "\n").encode()


def is_stored(folder: Path) -> bool:
    """Whether there is a store in `folder`, whoever lists its tables."""
    return (folder / SHARED).is_file() or (folder / DATABASE).is_file()


def refuse_other_catalogue(folder: Path, wanted: SharedCatalogue | None, document: Document) -> None:
    """SpecError where the tables of the store in `folder` are not listed where the settings want them."""
    held = catalogue_of(folder)
    if held == wanted or not is_stored(folder):
        return
    lie, should = (f"{one.name} ({one.address})" if one else f"the folder {folder}" for one in (held, wanted))
    raise SpecError(
        document.where("catalogue"),
        f"the tables of the store lie in {lie}, and not in {should}",
        "Run `ncsi move-store`, which brings them there, or write here what was here before",
    )


def _ordered(setting: str) -> str:
    said = dict(one.split("=", 1) for one in setting.removeprefix(SCHEME).split())
    return " ".join(f"{word}={said[word]}" for word in _WORDS if word in said)
