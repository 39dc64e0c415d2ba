"""Which sectors the faults of a wave let be estimated: those within the shares that the wave file declares."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import pandas as pd

from ncsi.errors import ConformError, SpecError
from ncsi.ingest.conform.fault_rules import RULES
from ncsi.spec import Wave
from ncsi.spec.problems import did_you_mean
from ncsi.store import Store
from ncsi.tables import CORE_FAULTS, CORE_PARTITIONS

_SHOWN = 4
_SECTOR, _ALL = "it is not estimated", "nothing is estimated"


@dataclass(frozen=True, slots=True, eq=False)
class _Faulty:
    """Rows at fault by one declared limit: `what` they have, the `rows`, a fault each, `errors` with all of theirs."""

    what: str
    limit: float
    rows: pd.DataFrame
    errors: pd.DataFrame

    def of(self, sector: str) -> _Faulty:
        """Those of one sector."""
        own = (one[one["sector"] == sector] for one in (self.rows, self.errors))
        return _Faulty(self.what, self.limit, *own)

    def but(self, sectors: Collection[str]) -> _Faulty:
        """Those of no such sector."""
        others = (one[~one["sector"].isin(list(sectors))] for one in (self.rows, self.errors))
        return _Faulty(self.what, self.limit, *others)

    def share(self, read: int) -> float:
        """Of the rows read."""
        return len(self.rows) / read if read else 0.0

    def said(self, read: int, so: str) -> str:
        """How many they are, what follows, and of which rules and files they are."""
        names = self.rows["source_name"].value_counts()
        rules = self.errors.drop_duplicates(["source_sha256", "source_row", "rule"])["rule"].value_counts()
        return (
            f"{len(self.rows):,} of {read:,} rows ({self.share(read):.1%}) have {self.what}, more than the declared "
            f"{self.limit:.1%}, so {so} ({_listed(rules)}; by file {_listed(names)})"
        )


def faulty_sectors(wave: Wave, store: Store) -> dict[str, str]:
    """Sectors above a declared share that the whole wave exceeds, each with what is wrong: the others go on without.

    Only error-level faults count, as a share of the rows read; a wave file that declares none refuses none. Raises
    ConformError naming rules, shares and the worst files where no sector is within the shares, or what is left without
    those above them still is not.
    """
    limits = wave.faults
    if limits.max_share is None and not limits.rules:
        return {}
    _check_rules(wave)
    faults = store.table(CORE_FAULTS.name, wave.id)
    errors = faults[(faults["severity"] == "error") & faults["source_row"].notna()]
    read, by_sector = int(store.sources(wave.id)["rows_read"].sum()), _read_by_sector(wave, store, errors)
    found: dict[str, str] = {}
    exceeded = [one for one in _by_limit(wave, errors) if one.share(read) > one.limit]
    for faulty in exceeded:
        for sector, rows in by_sector.items():
            if faulty.of(sector).share(rows) > faulty.limit:
                found.setdefault(sector, f"{faulty.of(sector).said(rows, _SECTOR)}. {_cure(wave.id)}.")
    rest = read - sum(by_sector[one] for one in found)
    for faulty in exceeded:
        if not set(by_sector) - set(found) or faulty.but(found).share(rest) > faulty.limit:
            raise ConformError(f"wave {wave.id}", faulty.said(read, _ALL), _cure(wave.id))
    return found


def _check_rules(wave: Wave) -> None:
    for rule in wave.faults.rules:
        if rule not in RULES:
            cure = did_you_mean(rule, tuple(RULES), "rules are")
            raise SpecError(f"wave {wave.id}: faults.rules", f"there is no rule '{rule}'", cure)


def _by_limit(wave: Wave, errors: pd.DataFrame) -> list[_Faulty]:
    limits, row = wave.faults, ["source_sha256", "source_row"]
    found = []
    if limits.max_share is not None:
        found.append(_Faulty("an error", limits.max_share, errors.drop_duplicates(row), errors))
    for rule, share in limits.rules.items():
        own = errors[errors["rule"] == rule].drop_duplicates(row)
        found.append(_Faulty(rule, share, own, own))
    return found


def _read_by_sector(wave: Wave, store: Store, errors: pd.DataFrame) -> dict[str, int]:
    """Rows read of each sector of the wave that has any: accepted ones, and those at fault, which are rejected."""
    accepted = store.table(CORE_PARTITIONS.name, wave.id).groupby("sector")["rows"].sum()
    rejected = errors.drop_duplicates(["source_sha256", "source_row"])["sector"].value_counts()
    read = {one.id: int(accepted.get(one.id, 0)) + int(rejected.get(one.id, 0)) for one in wave.sectors}
    return {sector: rows for sector, rows in read.items() if rows}


def _cure(wave: str) -> str:
    return f"Correct the files or their maps and ingest again; runs/{wave}/validation.html shows where"


def _listed(counts: pd.Series) -> str:
    shown = ", ".join(f"{name} {count:,}" for name, count in counts.head(_SHOWN).items())
    return shown + (f" and {len(counts) - _SHOWN} more" if len(counts) > _SHOWN else "")
