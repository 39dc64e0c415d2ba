"""A wrong delivery taken out of a wave: its rows leave the store, its card stays and says when, why and by whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from ncsi.errors import InputError
from ncsi.ingest.personal_data import personal_kind
from ncsi.ledger import Ledger
from ncsi.spec import Workspace
from ncsi.store import Store, counting
from ncsi.store.warehouse import Warehouse
from ncsi.tables import CORE_PARTITIONS, CORE_REVISIONS, RAW_FILES

_SHORTEST_HASH = 8
_LONGEST = 400


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A file that was taken out: its responses by sector, the files that it had `replaced`, which stay out, and
    whether a release of the wave is `released`."""

    wave: str
    sha256: str
    source_path: str
    responses: int
    sectors: Mapping[str, int]
    replaced: tuple[str, ...]
    released: bool


def withdraw_file(
    workspace: Workspace, name: str, reason: str, by: str, wave: str | None = None, dry_run: bool = False
) -> Withdrawn:
    """Take a file out of its wave, told in the ledger. `dry_run` only looks.

    `name`: its name or path as delivered, or 8 and more digits of its SHA-256. Raises InputError for an empty reason or
    one that holds personal data, a file that is unknown, ambiguous, superseded, withdrawn already, or of a wave whose
    responses were deleted since: what cannot be estimated again keeps its sources.
    """
    reason, by = said("--reason", reason), said("--by", by)
    store = Store.open(workspace.warehouse)
    with store.alone():
        found = _found(workspace, store, name, wave)
    if dry_run:
        return found
    with Ledger.of(workspace).run("withdraw", wave=found.wave, source_sha256=found.sha256) as facts:
        facts |= {"reason": reason, "by": by}
        facts["responses"] = store.withdraw(found.wave, found.sha256, reason, by)
    return found


def withdrawals(store: Warehouse, wave: str) -> pd.DataFrame:
    """Cards of the wave's withdrawn files, in the order they were ingested."""
    files = store.table(RAW_FILES.name, wave)
    return files[files["withdrawn_at"].notna()].reset_index(drop=True)


def _found(workspace: Workspace, store: Store, name: str, wave: str | None) -> Withdrawn:
    card = _the_one(store, name, wave)
    wave, sha256 = str(card["wave"]), str(card["source_sha256"])
    parts, past = (store.table(one.name, wave) for one in (CORE_PARTITIONS, CORE_REVISIONS))
    own = parts[parts["source_sha256"] == sha256]
    if card["rows_forgotten"] and own.empty and parts.empty:
        raise InputError(
            name,
            f"the responses of wave {wave} were deleted, as `retention:` says: no figure can be estimated without it",
            "Publish a revision note instead; the figures that are out stay",
        )
    before = past[(past["source_sha256"] == sha256) & (past["earlier_sha256"] != sha256)]["earlier_name"]
    return Withdrawn(
        wave, sha256, str(card["source_path"]), int(own["rows"].sum()),
        {str(sector): int(rows) for sector, rows in zip(own["sector"], own["rows"], strict=True)},
        tuple(dict.fromkeys(before.astype(str))), (workspace.releases / wave / "manifest.json").is_file(),
    )  # fmt: skip


def _the_one(store: Store, name: str, wave: str | None) -> dict[str, object]:
    if wave is not None and wave not in store.waves():
        there = ", ".join(store.waves()) or "none"
        raise InputError("--wave", f"wave '{wave[:20]}' is not in the store", f"Waves are: {there}")
    files = store.table(RAW_FILES.name, wave)
    called = files["source_path"].eq(name) | files["source_name"].eq(name)
    if not called.any():
        called = files["source_path"].str.rsplit("/", n=1).str[-1].eq(name.rsplit("/", 1)[-1])
    if not called.any() and len(name) >= _SHORTEST_HASH:
        called = files["source_sha256"].str.startswith(name.lower())
    cards = files[called]
    if cards.empty:
        cure = "`ncsi wave status --wave ID` lists a wave's files; give a name, a path or the SHA-256"
        raise InputError(name[:80], "no file in the store has this name", cure)
    standing = counting(cards)
    if len(standing) > 1:
        places = "; ".join(
            f"{row['wave']} {row['source_path']} ({row['source_sha256'][:12]})"
            for row in standing.to_dict("records")
        )
        raise InputError(
            name[:80], f"{len(standing)} files have this name: {places}", "Give --wave, or the SHA-256"
        )
    if standing.empty:
        raise _not_counting(name, cards.iloc[-1])
    return {str(key): value for key, value in standing.iloc[0].items()}


def _not_counting(name: str, card: pd.Series) -> InputError:
    if not pd.isna(card["withdrawn_at"]):
        said = f"it was withdrawn on {card['withdrawn_at']:%Y-%m-%d}: {card['withdrawn_reason']}"
    else:
        said = f"a later delivery ({str(card['superseded_by'])[:12]}) superseded it: its rows do not count"
    return InputError(name[:80], said, "There is nothing to withdraw")


def said(option: str, text: str) -> str:
    """A text for a card, which is kept for good. Raises InputError for one that is empty, unprintable or personal."""
    text = " ".join(text.split())
    if not text or len(text) > _LONGEST or not text.isprintable():
        raise InputError(option, f"it is no text of 1 to {_LONGEST} characters", "Say it in a sentence")
    kind = personal_kind(text)
    if kind:
        raise InputError(
            option, f"it holds what looks like {kind}", "Leave persons out: the card is kept for good"
        )
    return text
