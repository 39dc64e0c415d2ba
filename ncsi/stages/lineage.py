"""What the results of a sector were made from, kept with them, and by revision once they are out: never rewritten."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version

import pandas as pd

from ncsi.results.declared import empty
from ncsi.spec import spec_sha256
from ncsi.spec.plan import WavePlan
from ncsi.stages.sector_inputs import PACKAGES, code_sha256, plan_of_sector
from ncsi.store import Store, Warehouse
from ncsi.tables import (
    CORE_LINEAGE_BY_COMPONENT,
    CORE_LINEAGE_BY_FILE,
    CORE_LINEAGE_BY_INDEX,
    CORE_LINEAGE_BY_REASON,
    CORE_PARTITIONS,
    CORE_REJECTS,
    ESTIMATED,
    OUT_INDEX_BY_BRAND,
    OUT_INDEX_BY_SECTOR,
    OUT_SAMPLE_BY_SECTOR,
    RAW_FILES,
)

Frames = dict[str, pd.DataFrame]
LINEAGE = (
    CORE_LINEAGE_BY_INDEX.name,
    CORE_LINEAGE_BY_FILE.name,
    CORE_LINEAGE_BY_REASON.name,
    CORE_LINEAGE_BY_COMPONENT.name,
)
"""The tables of lineage."""
_BY_BRAND = ["brand", "source_sha256"]
_JUDGED = ["brand", "status", "reasons", "source_sha256"]
_OF_A_CARD = [
    "source_name", "producer", "ingested_at", "reading_sha256", "rows_read", "superseded_by", "withdrawn_at",
]  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """What the store knows that lineage is told from: cards of the wave's files, catalogue of its sectors, how many
    `rows` were rejected by sector, file and rule, the lineage of the sector's revisions that are out."""

    cards: pd.DataFrame
    parts: pd.DataFrame
    rejects: pd.DataFrame
    published: Frames

    @classmethod
    def of(cls, store: Warehouse, wave: str, sector: str) -> Known:
        """Read it."""
        lineage = {name: store.table(name, wave, sector) for name in LINEAGE}
        return cls(
            store.table(RAW_FILES.name, wave),
            store.table(CORE_PARTITIONS.name, wave, sector),
            store.counts(CORE_REJECTS.name, ["sector", "source_sha256", "rule"], wave),
            {name: frame[frame["revision"] != ESTIMATED] for name, frame in lineage.items()},
        )


@dataclass(frozen=True, slots=True)
class Estimation:
    """One estimation of a sector: its run in the ledger, the hash of what its results follow from, and whether the
    public figures stand in place of its own (`held`)."""

    run: str
    inputs_sha256: str
    held: bool


def lineage(
    plan: WavePlan, sector: str, known: Known, judged: Iterable[pd.DataFrame], results: Mapping[str, pd.DataFrame],
    how: Estimation,
) -> Frames:  # fmt: skip
    """The lineage tables of a sector as its estimation leaves them, without wave and sector: those of the stored
    results, and of the revisions that are out. Where public figures stand, the stored results have their lineage.

    `judged`: brand, status, reasons and file (source_sha256) of each response, some at a time; `results`: the sector's
    other tables by name.
    """
    held = _of_public(known.published) if how.held else None
    if held is None:
        rows = _counted(judged)
        held = {
            CORE_LINEAGE_BY_INDEX.name: _indices(plan, sector, results, how),
            CORE_LINEAGE_BY_FILE.name: _files(known, sector, rows),
            CORE_LINEAGE_BY_REASON.name: _reasons(known, sector, rows),
            CORE_LINEAGE_BY_COMPONENT.name: _components(plan, sector),
        }
    return {
        name: _together(name, known.published[name], frame.assign(revision=ESTIMATED))
        for name, frame in held.items()
    }


def _counted(judged: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """How many `rows` are alike in brand, status, reasons and file, as they come first."""
    parts = [
        one.groupby(_JUDGED, observed=True, sort=False).size().rename("rows").reset_index() for one in judged
    ]
    whole = pd.concat([one.astype({"source_sha256": "str"}) for one in parts], ignore_index=True)
    return whole.groupby(_JUDGED, sort=False)["rows"].sum().reset_index()


def remember_lineage(store: Store, wave: str, revision: int, release_id: str) -> None:
    """Record that the figures which are stored are out now, as this revision: by what they were made from.

    A revision that is known with these figures stays as it was recorded. With others it was never public, as a public
    one is frozen, and is recorded anew.
    """
    with store.alone():
        known = {name: store.table(name, wave) for name in LINEAGE}
        index = known[CORE_LINEAGE_BY_INDEX.name]
        if _figures(index, revision) == _figures(index, ESTIMATED):
            return
        frames, when = {}, datetime.now(UTC).replace(tzinfo=None)
        for name, frame in known.items():
            now = frame[frame["revision"] == ESTIMATED].assign(revision=revision)
            if name == CORE_LINEAGE_BY_INDEX.name:
                now = now.assign(release_id=release_id, published_at=when)
            frames[name] = pd.concat([frame[frame["revision"] != revision], now], ignore_index=True)
        store.replace(wave, frames)


def _figures(index: pd.DataFrame, revision: int) -> list[tuple[object, ...]]:
    own = index[index["revision"] == revision]
    columns = ["sector", "brand", "n", "index_0_100", "weight_version"]
    return sorted(zip(*(own[name].tolist() for name in columns), strict=True), key=repr)


def _of_public(published: Frames) -> Frames | None:
    """Lineage of the last revision that is out, as that of the stored results; None where an earlier version of ncsi
    published it."""
    index = published[CORE_LINEAGE_BY_INDEX.name]
    if index.empty:
        return None
    last = index["revision"].max()
    found = {name: frame[frame["revision"] == last] for name, frame in published.items()}
    own = found[CORE_LINEAGE_BY_INDEX.name]
    found[CORE_LINEAGE_BY_INDEX.name] = own.assign(
        figures_of=own["figures_of"].fillna(last), release_id=None, published_at=None
    )
    return found


def _together(name: str, published: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    columns = list(empty(name).columns)
    parts = [one[columns] for one in (published, now) if len(one)]
    return pd.concat(parts, ignore_index=True) if parts else empty(name)


def _indices(
    plan: WavePlan, sector: str, results: Mapping[str, pd.DataFrame], how: Estimation
) -> pd.DataFrame:
    instrument, wave = plan.instruments[sector], plan.wave
    of_sector = results[OUT_INDEX_BY_SECTOR.name].assign(brand="")
    columns = ["brand", "construct", "n", "n_eff", "index_0_100", "low", "high"]
    both = pd.concat([of_sector[columns], results[OUT_INDEX_BY_BRAND.name][columns]], ignore_index=True)
    found = both[both["construct"] == instrument.target].drop(columns="construct")
    labels = {"": plan.sectors.sector(sector).label}
    labels |= {one.id: one.label for one in wave.sector(sector).brands}
    return found.assign(
        label_zh=[labels[one].zh for one in found["brand"]],
        label_en=[labels[one].en for one in found["brand"]],
        weight_version=results[OUT_SAMPLE_BY_SECTOR.name]["weight_version"].iloc[0],
        instrument=instrument.id, instrument_version=instrument.version, instrument_sha256=spec_sha256(instrument),
        seed=wave.seed, replicates=wave.replicates, synthetic=wave.synthetic, inputs_sha256=how.inputs_sha256,
        run=how.run, estimated_at=datetime.now(UTC).replace(tzinfo=None), figures_of=None, release_id=None,
        published_at=None,
    )  # fmt: skip


def _files(known: Known, sector: str, rows: pd.DataFrame) -> pd.DataFrame:
    """Those of the sector with all that came and does not count; those of brands that have answers in them."""
    cards = known.cards.set_index("source_sha256", drop=False)
    rejected = _rejected(known, sector).groupby("source_sha256")["rows"].sum()
    left_out = cards["superseded_by"].notna() | cards["withdrawn_at"].notna()
    own = [
        one
        for one in cards.index
        if one in set(known.parts["source_sha256"]) or one in rejected.index or left_out[one]
    ]
    whole = rows.groupby("source_sha256")["rows"].sum()
    by_brand = rows[rows["brand"] != ""].groupby(_BY_BRAND)["rows"].sum().reset_index(name="rows_accepted")
    of_sector = pd.DataFrame(
        [("", one, int(whole.get(one, 0)), int(rejected.get(one, 0))) for one in own],
        columns=[*_BY_BRAND, "rows_accepted", "rows_rejected"],
    )
    found = pd.concat([of_sector, by_brand.assign(rows_rejected=0)], ignore_index=True)
    cast = known.parts.set_index("source_sha256")[["instrument", "instrument_version", "spec_sha256"]]
    return found.join(cards[_OF_A_CARD], on="source_sha256").join(
        cast.rename(columns={"spec_sha256": "instrument_sha256"}), on="source_sha256"
    )


def _reasons(known: Known, sector: str, rows: pd.DataFrame) -> pd.DataFrame:
    told = rows.assign(outcome=rows["status"], reason=rows["reasons"].where(rows["status"] == "excluded", ""))
    rejected = _rejected(known, sector)
    columns = ["brand", "source_sha256", "outcome", "reason"]
    by_brand = told.groupby(columns)["rows"].sum().reset_index()
    parts = [
        rejected.assign(brand="", outcome="rejected", reason=rejected["rule"])[[*columns, "rows"]],
        by_brand.assign(brand=""),
        by_brand[by_brand["brand"] != ""],
    ]
    counts = pd.concat([one for one in parts if len(one)], ignore_index=True)
    return counts.groupby(columns, sort=True)["rows"].sum().reset_index()


def _rejected(known: Known, sector: str) -> pd.DataFrame:
    of_sector = known.rejects["sector"].isna() | (known.rejects["sector"] == sector)
    return known.rejects[of_sector]


def _components(plan: WavePlan, sector: str) -> pd.DataFrame:
    own, instrument = plan_of_sector(plan, sector), plan.instruments[sector]
    rows: list[tuple[str, str | None, str | None]] = [
        ("code", version("ncsi"), code_sha256()),
        ("package python", platform.python_version(), None),
        *((f"package {one}", version(one), None) for one in PACKAGES),
        (f"spec instrument {instrument.id}", instrument.version, spec_sha256(instrument)),
        ("spec sector", None, spec_sha256(own.sectors)),
        ("spec wave", None, spec_sha256(own.wave)),
        *((f"totals {name}", None, table.sha256) for name, table in sorted(plan.totals.items())),
    ]
    return pd.DataFrame(rows, columns=["component", "version", "sha256"])
