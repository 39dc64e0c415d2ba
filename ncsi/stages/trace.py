"""From a figure back to what it was made from, as the tables of lineage recorded it: the specs of now are not asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from ncsi import atomic
from ncsi.errors import InputError, StoreError
from ncsi.report.text import Pair
from ncsi.spec import Workspace
from ncsi.store import Warehouse
from ncsi.store import open as open_store
from ncsi.tables import (
    CORE_LINEAGE_BY_COMPONENT,
    CORE_LINEAGE_BY_FILE,
    CORE_LINEAGE_BY_INDEX,
    CORE_LINEAGE_BY_REASON,
    ESTIMATED,
)
from ncsi.waves.lineage import CameOut, Component, Figure, Lineage, TracedFile
from ncsi.waves.lineage_page import lineage_page

Row = Mapping[Any, Any]


def trace_index(
    workspace: Workspace, wave: str, sector: str, brand: str | None = None, revision: int | None = None
) -> Lineage:
    """The lineage of the sector's index, or of a brand's in it.

    `revision`: one that is out, or ESTIMATED for the stored results; by default the last one that is out, and the
    stored results where none is. Raises InputError where there is none of that wave, sector, brand or revision.
    """
    store = open_store(workspace.warehouse)
    with store.session():
        of_wave = store.table(CORE_LINEAGE_BY_INDEX.name, wave)
        if of_wave.empty:
            raise InputError(
                "--wave",
                f"nothing is recorded of wave {wave[:20]}: it was not estimated, or by a version that kept no lineage",
                f"Run `ncsi estimate --wave {wave[:20]}` first, which records it from now on",
            )  # fmt: skip
        out = sorted(set(of_wave["revision"]) - {ESTIMATED})
        chosen = revision if revision is not None else (out or [ESTIMATED])[-1]
        known = [*map(str, out), *(["stored"] if ESTIMATED in set(of_wave["revision"]) else [])]
        if chosen not in set(of_wave["revision"]):
            raise InputError("--revision", f"'{chosen}' is not recorded of wave {wave}", _named(known))
        index = of_wave[of_wave["revision"] == chosen]
        return _lineage(store, wave, index, (sector, brand), out)


def _lineage(
    store: Warehouse, wave: str, index: pd.DataFrame, asked: tuple[str, str | None], out: Sequence[int]
) -> Lineage:
    sector, brand = asked
    own = index[index["sector"] == sector]
    if own.empty:
        raise InputError(
            "--sector", f"'{sector[:60]}' is not in wave {wave}", _named(sorted(set(index["sector"])))
        )
    if brand is not None and brand not in set(own["brand"]) - {""}:
        raise InputError(
            "--brand", f"'{brand[:60]}' is not in sector {sector}", _named(sorted(set(own["brand"]) - {""}))
        )
    rows = {str(row["brand"]): row for row in own.to_dict("records")}
    one, revision = rows[brand or ""], int(own["revision"].iloc[0])
    return Lineage(
        wave=wave, revision=None if revision == ESTIMATED else revision, revisions=tuple(map(int, out)),
        sector=sector, sector_label=_label(rows[""]), brand=brand,
        brand_label=None if brand is None else _label(one),
        figure=Figure(one["index_0_100"], one["low"], one["high"], int(one["n"]), one["n_eff"]),
        files=_files(store, one), weight_version=one["weight_version"], instrument=one["instrument"],
        instrument_version=one["instrument_version"], instrument_sha256=one["instrument_sha256"],
        seed=int(one["seed"]), replicates=int(one["replicates"]), synthetic=bool(one["synthetic"]),
        components=tuple(
            Component(row["component"], _text(row["version"]), _text(row["sha256"]))
            for row in _of(store, CORE_LINEAGE_BY_COMPONENT.name, one)
        ),
        inputs_sha256=one["inputs_sha256"], run=one["run"], estimated_at=one["estimated_at"],
        figures_of=None if pd.isna(one["figures_of"]) else int(one["figures_of"]),
        release=None if pd.isna(one["release_id"]) else CameOut(one["release_id"], one["published_at"]),
    )  # fmt: skip


def _label(row: Row) -> Pair:
    return Pair(row["label_zh"], row["label_en"])


def _of(store: Warehouse, name: str, index: Row) -> list[dict[str, Any]]:
    """Rows of a table of lineage that belong to an index."""
    frame = store.table(name, index["wave"], index["sector"])
    own = frame["revision"] == index["revision"]
    if "brand" in frame:
        own &= frame["brand"] == index["brand"]
    return [{str(key): value for key, value in row.items()} for row in frame[own].to_dict("records")]


def _files(store: Warehouse, index: Row) -> tuple[TracedFile, ...]:
    reasons = _of(store, CORE_LINEAGE_BY_REASON.name, index)
    files = _of(store, CORE_LINEAGE_BY_FILE.name, index)
    ordered = sorted(files, key=lambda row: (row["source_name"], row["ingested_at"], row["source_sha256"]))
    return tuple(
        _file(row, [one for one in reasons if one["source_sha256"] == row["source_sha256"]])
        for row in ordered
    )


def _file(row: Row, reasons: Sequence[Row]) -> TracedFile:
    accepted = [one for one in reasons if one["outcome"] != "rejected"]
    return TracedFile(
        name=row["source_name"], sha256=row["source_sha256"], producer=_text(row["producer"]),
        ingested_at=row["ingested_at"], reading_sha256=_text(row["reading_sha256"]), read=int(row["rows_read"]),
        accepted=int(row["rows_accepted"]),
        rejected=_counts(reasons, "rejected"),
        by_status={
            status: sum(int(one["rows"]) for one in accepted if one["outcome"] == status)
            for status in sorted({str(one["outcome"]) for one in accepted})
        },
        excluded=_counts(reasons, "excluded"),
        instrument=_text(row["instrument"]) or "", instrument_version=_text(row["instrument_version"]) or "",
        instrument_sha256=_text(row["instrument_sha256"]) or "", superseded_by=_text(row["superseded_by"]),
        withdrawn_at=_time(row["withdrawn_at"]),
    )  # fmt: skip


def _counts(reasons: Sequence[Row], outcome: str) -> dict[str, int]:
    return {str(one["reason"]): int(one["rows"]) for one in reasons if one["outcome"] == outcome}


def _text(value: Any) -> str | None:
    return None if pd.isna(value) else str(value)


def _time(value: Any) -> datetime | None:
    return None if pd.isna(value) else value


def _named(known: Sequence[str]) -> str:
    return f"There are: {', '.join(known) or 'none'}"


def write_trace(found: Lineage, path: Path) -> Path:
    """Write its page to a file, whole or not at all; returns the path. Raises StoreError where it cannot."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        atomic.write(path, lineage_page(found).encode())
    except OSError as error:
        raise StoreError(
            f"{path}: cannot write: {error.strerror}. Free disk space or make the folder writable, then run again."
        ) from error
    return path
