"""What a sector's stored results were made from: a second estimation does only the sectors whose inputs changed."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import version
from pathlib import Path

import pandas as pd

import ncsi
from ncsi.ingest.privacy import derived_key
from ncsi.spec import Label, Wave, spec_sha256, wave_order
from ncsi.spec.hashing import sha256_of
from ncsi.spec.plan import WavePlan, load_earlier_plan
from ncsi.stages.register import withdrawn_waves
from ncsi.store import Store
from ncsi.tables import (
    CORE_FORGOTTEN_BY_CELL,
    CORE_PARTITIONS,
    CORE_PUBLISHED_BY_RESPONDENT,
    CORE_REJECTS,
    ESTIMATED,
    OUT_INDEX_BY_BRAND,
    OUT_INDEX_BY_SECTOR,
    OUT_SAMPLE_BY_SECTOR,
)

PACKAGES = ("numpy", "pandas", "scipy", "semopy", "duckdb", "pyarrow")
"""Whose versions an estimate depends on, beside this package's own code."""
_NO_LABEL = Label(zh="-", en="-")
_OF_THE_RELEASE = {
    "label": _NO_LABEL, "title": _NO_LABEL, "publisher": _NO_LABEL, "scope": None, "embargo": None, "carry_forward": 0,
    "least_coverage": None,
    "sources": (), "deliveries": (), "quotas": None, "composites": (), "measures": (), "revisions": (),
}  # fmt: skip
"""Of a wave file, what no sector is estimated from, each with nothing in its place."""
OF_THE_RELEASE = frozenset(_OF_THE_RELEASE) | {"release_date"}
"""Keys of a wave file that concern files or the release only."""


@dataclass(frozen=True, slots=True)
class StoredInputs:
    """Frames that tell what a wave's sectors are estimated from, of all of them or of one; `rejects`: how many `rows`
    by sector."""

    parts: pd.DataFrame
    rejects: pd.DataFrame
    forgotten: pd.DataFrame

    @classmethod
    def of(cls, store: Store, wave: str, sector: str | None = None) -> StoredInputs:
        """Read them."""
        parts, forgotten = (
            store.table(one.name, wave, sector) for one in (CORE_PARTITIONS, CORE_FORGOTTEN_BY_CELL)
        )
        return cls(parts, store.counts(CORE_REJECTS.name, ["sector"], wave, sector), forgotten)

    @property
    def accepted(self) -> int:
        """Rows that were accepted."""
        return int(self.parts["rows"].sum())

    @property
    def rejected(self) -> int:
        """Rows that were read and not accepted."""
        return int(self.rejects["rows"].sum())

    def of_sector(self, sector: str) -> StoredInputs:
        """Those of one sector."""
        frames = (self.parts, self.rejects, self.forgotten)
        return StoredInputs(*(one[one["sector"] == sector] for one in frames))


def without_release(wave: Wave) -> Wave:
    """The wave with nothing in it that concerns files or the release only: what answers are read and counted by."""
    return wave.model_copy(update=_OF_THE_RELEASE | {"release_date": wave.field.end})


def plan_of_sector(plan: WavePlan, sector: str) -> WavePlan:
    """The plan with nothing in it that concerns other sectors, files or the release only: a sector that is estimated by
    it cannot depend on them."""
    alone = without_release(plan.wave).model_copy(update={"sectors": (plan.wave.sector(sector),)})
    own = plan.sectors.sector(sector)
    sectors = plan.sectors.model_copy(update={"sectors": (own,)})
    return replace(plan, wave=alone, sectors=sectors, instruments={sector: plan.instruments[sector]})


def inputs_sha256(
    plan: WavePlan, sector: str, stored: StoredInputs, counted: pd.DataFrame, before: Before | None
) -> str:
    """Hash of everything that the results of the sector follow from: its rows, the specs, what is out of it, code, key,
    and of a panel, or where it was asked otherwise, the wave before.

    `counted`: rows of core_published_by_respondent as the results leave them. A release of just these results adds
    nothing that they would be held against, so that publishing them changes no input.
    """
    own = plan_of_sector(plan, sector)
    return sha256_of(
        code_sha256(),
        hashlib.sha256(derived_key(plan.workspace.key(), "inputs")).hexdigest(),
        _specs(own),
        sorted(stored.parts[["source_sha256", "path"]].astype(str).agg("\n".join, axis=1)),
        stored.rejected,
        _lines(stored.forgotten),
        _other_releases(counted),
        before.of_sector(sector) if before else None,
    )


@dataclass(frozen=True, slots=True)
class Before:
    """The wave before: of a panel, or one in which sectors were asked otherwise (`otherwise`)."""

    store: Store
    plan: WavePlan
    panel: bool
    otherwise: frozenset[str]

    @classmethod
    def of(cls, store: Store, plan: WavePlan) -> Before | None:
        """None where nothing follows from the wave before, or it is not there or withdrawn."""
        wave, workspace = plan.wave, plan.workspace
        if wave.previous is None or wave.previous not in workspace.wave_ids():
            return None
        if wave.previous in withdrawn_waves(store):
            return None
        sample = store.table(OUT_SAMPLE_BY_SECTOR.name, wave.previous)
        columns = (sample[one] for one in ("sector", "instrument", "instrument_version"))
        otherwise = frozenset(
            sector
            for sector, instrument, version in zip(*columns, strict=True)
            if sector in plan.instruments
            and (instrument, version) != (plan.instruments[sector].id, plan.instruments[sector].version)
        )
        if wave.panel is None and not otherwise:
            return None
        return cls(store, load_earlier_plan(workspace, wave.previous), wave.panel is not None, otherwise)

    def of_sector(self, sector: str) -> list[object] | None:
        """What the sector's panel table, or its link over another questionnaire, follows from."""
        if not self.panel and sector not in self.otherwise:
            return None
        wave = self.plan.wave.id
        specs = _specs(plan_of_sector(self.plan, sector)) if sector in self.plan.instruments else ""
        stored = (OUT_SAMPLE_BY_SECTOR, OUT_INDEX_BY_SECTOR, OUT_INDEX_BY_BRAND, CORE_PARTITIONS)
        with self.store.session():
            counted = self.store.table(CORE_PUBLISHED_BY_RESPONDENT.name, wave, sector)
            frames = [self.store.table(one.name, wave, sector) for one in stored]
            frames += [
                self.store.table(CORE_PARTITIONS.name, one, sector)
                for one in self.store.waves()
                if self.panel and wave_order(one) < wave_order(wave)
            ]
        return [specs, *map(_lines, frames), _lines(counted[counted["revision"] == ESTIMATED])]


def _specs(plan: WavePlan) -> str:
    totals = sorted((name, one.sha256) for name, one in plan.totals.items())
    instruments = [spec_sha256(one) for one in plan.instruments.values()]
    return sha256_of(spec_sha256(plan.wave), spec_sha256(plan.sectors), instruments, totals)


def _other_releases(counted: pd.DataFrame) -> list[str]:
    """Releases that count others than the stored results do."""
    columns = [name for name in counted.columns if name not in ("wave", "sector", "revision")]
    revisions = sorted(set(counted["revision"].tolist()) - {ESTIMATED})
    now, *others = (
        counted.loc[counted["revision"] == one, columns].reset_index(drop=True)
        for one in (ESTIMATED, *revisions)
    )
    return [_lines(one) for one in others if not _same_rows(one, now)]


def _same_rows(one: pd.DataFrame, other: pd.DataFrame) -> bool:
    """Whether two frames hold the same rows, in whatever order: most are in the same one, and need no sorting."""
    if one.equals(other) or len(one) != len(other):
        return len(one) == len(other)
    columns = list(one.columns)
    first, second = (each.sort_values(columns, ignore_index=True) for each in (one, other))
    return first.equals(second)


def _lines(frame: pd.DataFrame) -> str:
    """Hash of the rows, in whatever order."""
    return _hash(_rows(frame))


def _rows(frame: pd.DataFrame) -> Iterator[tuple[object, ...]]:
    """The rows as Python has them, None where nothing is, whatever types pandas keeps the columns in."""
    columns = [
        frame[name].astype("object").where(frame[name].notna(), None) for name in sorted(frame.columns)
    ]
    return zip(*(one.tolist() for one in columns), strict=True)


def _hash(rows: Iterable[tuple[object, ...]]) -> str:
    return sha256_of(sorted(map(repr, rows)))


@cache
def code_sha256() -> str:
    """Hash of this package's code and of the versions of what it computes with."""
    root = Path(ncsi.__file__).parent
    sources: Collection[Path] = sorted(root.rglob("*.py"))
    code = hashlib.sha256()
    for path in sources:
        code.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return sha256_of(code.hexdigest(), [version(one) for one in PACKAGES])
