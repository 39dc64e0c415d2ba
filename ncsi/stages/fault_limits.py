"""Whether a wave's faults let it be estimated: within the shares that the wave file declares."""

from __future__ import annotations

import pandas as pd

from ncsi.errors import ConformError, SpecError
from ncsi.ingest.conform.fault_rules import RULES
from ncsi.spec import Wave
from ncsi.spec.problems import did_you_mean
from ncsi.store import Store
from ncsi.tables import CORE_FAULTS

_SHOWN = 4


def refuse_faulty(wave: Wave, store: Store) -> None:
    """Raise ConformError naming rules, shares and the worst files when a declared share is exceeded.

    Only error-level faults count, as a share of the rows read; a wave file that declares none refuses none.
    """
    limits = wave.faults
    if limits.max_share is None and not limits.rules:
        return
    for rule in limits.rules:
        if rule not in RULES:
            cure = did_you_mean(rule, tuple(RULES), "rules are")
            raise SpecError(f"wave {wave.id}: faults.rules", f"there is no rule '{rule}'", cure)
    files, faults = store.sources(wave.id), store.table(CORE_FAULTS.name, wave.id)
    read = int(files["rows_read"].sum())
    errors = faults[(faults["severity"] == "error") & faults["source_row"].notna()]
    if not read or errors.empty:
        return
    rows = errors.drop_duplicates(["source_sha256", "source_row"])
    if limits.max_share is not None and len(rows) / read > limits.max_share:
        raise _refusal(wave.id, "an error", rows, errors, read, limits.max_share)
    for rule, share in limits.rules.items():
        own = errors[errors["rule"] == rule].drop_duplicates(["source_sha256", "source_row"])
        if len(own) / read > share:
            raise _refusal(wave.id, rule, own, own, read, share)


def _refusal(
    wave: str, what: str, rows: pd.DataFrame, errors: pd.DataFrame, read: int, limit: float
) -> ConformError:
    names = rows["source_name"].value_counts()
    rules = errors.drop_duplicates(["source_sha256", "source_row", "rule"])["rule"].value_counts()
    return ConformError(
        f"wave {wave}",
        f"{len(rows):,} of {read:,} rows ({len(rows) / read:.1%}) have {what}, more than the declared {limit:.1%}, so "
        f"nothing is estimated ({_listed(rules)}; by file {_listed(names)})",
        f"Correct the files or their maps and ingest again; runs/{wave}/validation.html shows where",
    )


def _listed(counts: pd.Series) -> str:
    shown = ", ".join(f"{name} {count:,}" for name, count in counts.head(_SHOWN).items())
    return shown + (f" and {len(counts) - _SHOWN} more" if len(counts) > _SHOWN else "")
