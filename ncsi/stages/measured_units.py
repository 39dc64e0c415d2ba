"""Whom or what measures count without naming them: kept under keyed pseudonyms when they are computed and published,
and held against when they are published again."""

from __future__ import annotations

import pandas as pd

from ncsi.ingest.privacy import derived_key, pseudonym
from ncsi.spec import Workspace
from ncsi.store import Store
from ncsi.tables import CORE_PUBLISHED_BY_MEASURED_UNIT, ESTIMATED

NAME = CORE_PUBLISHED_BY_MEASURED_UNIT.name
_DIGITS = 16


def counted_units(workspace: Workspace, measure: str, counted: pd.DataFrame) -> pd.DataFrame:
    """Rows of core_published_by_measured_unit without `wave` and `measure`, of what a kind of measure counts, as
    `counted_frame`: neither units nor records are in them, only digests made with the key of the workspace. SpecError
    where that is missing and something is counted."""
    if counted.empty:
        columns = [one for one in CORE_PUBLISHED_BY_MEASURED_UNIT.names if one not in ("wave", "measure")]
        return pd.DataFrame(columns=columns)
    key = derived_key(workspace.key(), f"measured/{measure}")
    digests = [
        pseudonym(key, f"{unit}\x1f{cell}\x1f{said}")[:_DIGITS] if said else ""
        for unit, cell, said in zip(counted["unit"], counted["cell"], counted["said"], strict=True)
    ]
    units = [pseudonym(key, str(unit)) for unit in counted["unit"]]
    return counted.drop(columns="said").assign(unit=units, digest=digests, revision=ESTIMATED)


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
