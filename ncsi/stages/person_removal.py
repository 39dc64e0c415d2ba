"""A person's wish to be forgotten: every accepted response of theirs leaves the store; that it did is recorded."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd

from ncsi.disclosure.answered import forgotten_by_figure
from ncsi.disclosure.differencing import forgotten_by_cell
from ncsi.errors import InputError
from ncsi.ingest.figures.numbers import plain
from ncsi.ingest.privacy import possible_pseudonyms, respondent_key
from ncsi.ledger import Ledger
from ncsi.spec import Workspace, in_wave_order
from ncsi.stages.measured_units import pseudonyms_of, unlink_units
from ncsi.stages.public_version import figures_by_sector
from ncsi.store import Store
from ncsi.tables import CORE_PUBLISHED_BY_MEASURED_UNIT, CORE_PUBLISHED_BY_RESPONDENT, RAW_FILES

_PSEUDONYM = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True, eq=False)
class Forgotten:
    """`places`: wave, sector, source_path, source_row of each response removed, for whoever keeps the exports.
    `measures`: releases of measures that counted the person, or unit, without the name: they cannot be found in what is
    kept of them any more, and count as gone."""

    responses: int
    waves: tuple[str, ...]
    places: pd.DataFrame
    measures: tuple[str, ...] = ()


def forget_respondent(
    workspace: Workspace, identity: Sequence[str], waves: Sequence[str] = (), dry_run: bool = False
) -> Forgotten:
    """Remove a person from the waves given, by default all.

    `identity` is what the exports hold of the person, its parts in the order of the map's `identity:` columns,
    or the stored pseudonym. `dry_run` only looks. The ledger gets the waves and the number of responses, and
    nothing that tells who. Raises InputError for an empty identity or a wave that is not in the store.
    """
    if not any(part.strip() for part in identity):
        raise InputError("--respondent", "it is empty", "Give the person's identity as the export has it")
    key, store = workspace.key(), Store.open(workspace.warehouse)
    store.require_key(key)
    chosen = _waves(store, waves)
    ledger = Ledger.of(workspace)
    counted = _counted(workspace, store, identity, waves)
    measured = tuple(dict.fromkeys(release for release, _ in counted))
    if dry_run:
        with store.session():
            found = [_found(store, one, _names(workspace, key, one, identity)) for one in chosen]
            return replace(_result(found, store), measures=measured)
    with ledger.run("forget", waves=list(chosen)) as facts:
        gone = [_forgotten(store, one, _names(workspace, key, one, identity)) for one in chosen]
        for release, units in counted:
            unlink_units(store, release, units)
        result = replace(_result(gone, store), measures=measured)
        facts |= {"responses": result.responses, "measures": list(measured)}
    return result


def _counted(
    workspace: Workspace, store: Store, identity: Sequence[str], waves: Sequence[str]
) -> list[tuple[str, list[str]]]:
    """Releases of measures that count somebody or something without the name, with the pseudonym that it has there."""
    kept = store.table(CORE_PUBLISHED_BY_MEASURED_UNIT.name)
    found = []
    for (release, measure), rows in kept.groupby(["wave", "measure"], sort=True):
        units = pseudonyms_of(workspace, str(measure), [plain(part) for part in identity])
        if rows["unit"].isin(units).any() and (not waves or release in waves):
            found.append((str(release), units))
    return found


def _waves(store: Store, waves: Sequence[str]) -> tuple[str, ...]:
    known = store.waves()
    for one in waves:
        if one not in known:
            there = ", ".join(known) or "none"
            raise InputError("--wave", f"wave '{one[:20]}' is not in the store", f"Waves are: {there}")
    return tuple(waves) or known


def _names(workspace: Workspace, key: bytes, wave: str, identity: Sequence[str]) -> list[str]:
    """The pseudonyms that may be this person's in the wave: by the wave's own key, and by its panel's."""
    panel = workspace.wave_alone(wave).panel if wave in workspace.wave_ids() else None
    keys = [respondent_key(key, wave, one) for one in dict.fromkeys((None, panel))]
    made = [name for one in keys for name in possible_pseudonyms(one, identity)]
    return made + [part for part in identity if _PSEUDONYM.fullmatch(part)]


def _forgotten(store: Store, wave: str, names: Sequence[str]) -> pd.DataFrame:
    """Remove them, and keep by cell and figure how many of those that public releases count are gone (not who)."""
    public = store.table(CORE_PUBLISHED_BY_RESPONDENT.name, wave)
    figures = figures_by_sector(store, wave)
    counts = [forgotten_by_cell(public, names), forgotten_by_figure(public, names, figures)]
    return store.forget(
        wave, names, pd.concat([one for one in counts if len(one)] or counts, ignore_index=True)
    )


def _found(store: Store, wave: str, names: Sequence[str]) -> pd.DataFrame:
    frames = [
        store.respondents(wave, sector).assign(wave=wave, sector=sector) for sector in store.sectors(wave)
    ]
    hits = [one[one["respondent"].isin(list(names))].drop(columns="respondent") for one in frames]
    return pd.concat(hits, ignore_index=True) if hits else pd.DataFrame()


def _result(found: Sequence[pd.DataFrame], store: Store) -> Forgotten:
    hits = [one for one in found if len(one)]
    if not hits:
        return Forgotten(0, (), pd.DataFrame(columns=["wave", "sector", "source_path", "source_row"]))
    everything = pd.concat(hits, ignore_index=True)
    files = store.table(RAW_FILES.name)[["wave", "source_sha256", "source_path"]]
    places = everything.merge(files, on=["wave", "source_sha256"])
    columns = ["wave", "sector", "source_path", "source_row"]
    return Forgotten(len(everything), in_wave_order(set(everything["wave"])), places[columns])
