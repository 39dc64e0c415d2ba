"""Whom or what measures count without naming them: kept under keyed pseudonyms when they are computed and published,
and held against when they are published again."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence

import pandas as pd

from ncsi.ingest.privacy import derived_key, pseudonym, pseudonym_maker
from ncsi.spec import Workspace
from ncsi.store import Store
from ncsi.store.warehouse import Warehouse
from ncsi.tables import CORE_PUBLISHED_BY_MEASURED_UNIT, ESTIMATED

NAME = CORE_PUBLISHED_BY_MEASURED_UNIT.name
_DIGITS = 16
_GONE = "gone-"


def counted_units(workspace: Workspace, measure: str, counted: pd.DataFrame) -> pd.DataFrame:
    """Rows of core_published_by_measured_unit without `wave` and `measure`, of what a kind of measure counts, as
    `counted_frame`: neither units nor records are in them, only digests made with the key of the workspace. SpecError
    where that is missing and something is counted."""
    if counted.empty:
        columns = [one for one in CORE_PUBLISHED_BY_MEASURED_UNIT.names if one not in ("wave", "measure")]
        return pd.DataFrame(columns=columns)
    key = derived_key(workspace.key(), f"measured/{measure}")
    of = pseudonym_maker(key)
    rows = zip(*(counted[name].tolist() for name in ("unit", "cell", "said")), strict=True)
    digests = [of(f"{unit}\x1f{cell}\x1f{said}")[:_DIGITS] if said else "" for unit, cell, said in rows]
    units = counted["unit"].map({unit: of(str(unit)) for unit in counted["unit"].unique()})
    return counted.drop(columns="said").assign(unit=units, digest=digests, revision=ESTIMATED)


def unlink_units(store: Store, release: str, units: Collection[str] | None = None) -> int:
    """Put what nobody can be found by in place of these pseudonyms of a release, or of all, and of what tells of their
    records; returns how many. They count as before, and as gone from the next release. The database is written anew."""
    rows = store.read(NAME, wave=release)
    linked = ~rows["unit"].str.startswith(_GONE)
    chosen = linked if units is None else linked & rows["unit"].isin(list(units))
    if not chosen.any():
        return 0
    names = {one: f"{_GONE}{secrets.token_hex(_DIGITS)}" for one in rows.loc[chosen, "unit"].unique()}
    digests = [
        secrets.token_hex(_DIGITS // 2) if one and gone else one
        for one, gone in zip(rows["digest"], chosen, strict=True)
    ]
    unlinked = rows["unit"].map(names).where(chosen, rows["unit"])
    store.take_out(release, {NAME: rows.assign(unit=unlinked, digest=digests)})
    return len(names)


def linked_units(store: Warehouse, release: str) -> int:
    """How many units or respondents of measures the store could find again in the records of a release."""
    units = store.read(NAME, wave=release)["unit"]
    return int(units[~units.str.startswith(_GONE)].nunique())


def pseudonyms_of(workspace: Workspace, measure: str, identity: Sequence[str]) -> list[str]:
    """What a measure counts somebody or something under, by how its records name it, in parts."""
    key = derived_key(workspace.key(), f"measured/{measure}")
    return [pseudonym(key, "\x1f".join(identity)), *(part for part in identity if len(part) == 2 * _DIGITS)]


def known_units(store: Store, release: str, measures: list[str]) -> pd.DataFrame:
    """What the stored results of a release count, and every release of its measures that is out, of any period."""
    known = store.table(NAME)
    known = known[known["measure"].isin(measures)]
    return known[(known["wave"] == release) | (known["revision"] != ESTIMATED)].reset_index(drop=True)


def with_what_is_out(store: Store, release: str, counted: pd.DataFrame) -> pd.DataFrame:
    """Rows to store of a release: what its results count now, and what is known of its revisions that are out."""
    known = store.read(NAME, wave=release)
    parts = [one for one in (counted, known[known["revision"] != ESTIMATED]) if len(one)]
    return pd.concat(parts, ignore_index=True) if parts else counted


def remember_measured(store: Store, release: str, revision: int) -> None:
    """Record that what the stored results count is out now, as this revision."""
    with store.alone():
        known = store.read(NAME, wave=release)
        now = known[known["revision"] == ESTIMATED]
        if len(now):
            others = known[known["revision"] != revision]
            both = pd.concat([others, now.assign(revision=revision)], ignore_index=True)
            store.replace(release, {NAME: both})
