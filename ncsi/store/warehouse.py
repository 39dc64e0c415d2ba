"""The store for reading: what notebooks, reports and checks see."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa

from ncsi.errors import NothingStored, StoreError
from ncsi.kinds import of_kind
from ncsi.spec import Language, in_wave_order
from ncsi.store import asking, duck, lake, listing
from ncsi.store.analysts_responses import Weights, chosen, labelled, language_of, needed, weighted
from ncsi.store.delivered_files import counting
from ncsi.store.estimated_files import sectors_as_estimated
from ncsi.store.parts import part_blocks, read_parts
from ncsi.store.place import Place
from ncsi.store.table_rows import counts, declared, fingerprint, select
from ncsi.store.who_answered import answered
from ncsi.tables import (
    CORE_LINEAGE_BY_FILE,
    CORE_PARTITIONS,
    CORE_QUALITY_BY_RESPONDENT,
    CORE_QUESTIONNAIRES,
    CORE_WEIGHTS_BY_RESPONDENT,
    OUT_INDEX_BY_BRAND,
    OUT_INDEX_BY_GROUP,
    OUT_INDEX_BY_SECTOR,
    OUT_INDEX_NATIONAL,
    OUT_RANK_BY_BRAND,
    RAW_FILES,
    Table,
)
from ncsi.tables import CORE_LINEAGE_BY_INDEX as CORE_LINEAGE

_INDEX_LEVELS = {
    "nation": OUT_INDEX_NATIONAL.name,
    "group": OUT_INDEX_BY_GROUP.name,
    "sector": OUT_INDEX_BY_SECTOR.name,
    "brand": OUT_INDEX_BY_BRAND.name,
}
_INDEX = ["level", "unit", "sector", "construct", "n", "index_0_100", "se", "low", "high", "status"]


@dataclass(frozen=True, slots=True)
class Warehouse:
    """A warehouse opened read-only. Connections are short, so that reading waits for a running ingest at most."""

    place: Place

    @property
    def folder(self) -> Path:
        """The folder of the warehouse."""
        return self.place.folder

    @contextmanager
    def session(self) -> Iterator[None]:
        """Read several tables at one go: one connection, and no write in between."""
        with self.place.shared(), duck.keeping(self.place, read_only=True):
            yield

    def waves(self) -> tuple[str, ...]:
        """Ids of the waves with at least one ingested file, earliest first."""
        return in_wave_order(self.table(RAW_FILES.name)["wave"].unique())

    @of_kind
    def sectors(self, wave: str) -> tuple[str, ...]:
        """Ids of the sectors of the wave that have accepted responses, sorted."""
        return tuple(sorted(self.table(CORE_PARTITIONS.name, wave)["sector"].unique()))

    @of_kind
    def sources(self, wave: str) -> pd.DataFrame:
        """Cards of the files whose rows count: those of `raw_files` neither superseded nor withdrawn."""
        return counting(self.table(RAW_FILES.name, wave))

    def responses_of(self, wave: str, sha256: str) -> dict[str, pd.DataFrame]:
        """Accepted responses of one file, by sector; empty where it has none."""
        with self.place.shared():
            parts = self.table(CORE_PARTITIONS.name, wave)
            own = parts[parts["source_sha256"] == sha256]
            places = zip(own["sector"].astype(str), own["path"].astype(str), strict=True)
            return {sector: read_parts(self.place, [path]) for sector, path in places}

    @of_kind
    def responses(
        self,
        wave: str,
        sector: str,
        columns: list[str] | None = None,
        weights: Weights | None = None,
        labels: Language | bool = False,
        compact: bool = False,
    ) -> pd.DataFrame:
        """Accepted responses, one row per respondent and brand, in an order that the files' content sets.

        Columns of `core_responses_by_respondent`, then per item ID (Int16) and ID_missing (its kind, else
        null); or the `columns` named. `weights="final"` adds `weight`, `status` and `flags`, and leaves out who is
        excluded for quality: those whom the published index is of. `labels` (True is English) adds `brand_label` and
        puts what each item is called into `attrs["labels"]`. `compact`: columns of few texts, as wave, region,
        background and every ID_missing, are categories, a byte a row. StoreError when the wave has no responses in that
        sector, when final weights are not there or not of these responses, and for a language or weights unknown.
        """
        language = language_of(labels)
        with self.session():
            paths = self._parts(wave, sector)
            wanted = needed(columns, weights, language)
            frame = read_parts(self.place, paths, wanted, compact)
            if weights is not None:
                frame = weighted(frame, self._of(CORE_WEIGHTS_BY_RESPONDENT, wave, sector),
                                 self._of(CORE_QUALITY_BY_RESPONDENT, wave, sector), weights,
                                 self.estimated_as_held(wave, sector))  # fmt: skip
            if language is not None:
                asked, called = (self._of(one, wave, sector) for one in (CORE_QUESTIONNAIRES, CORE_LINEAGE))
                frame = labelled(frame, asked, called, language)
            return chosen(frame, columns)

    def response_blocks(self, wave: str, sector: str, rows: int) -> Iterator[pd.DataFrame]:
        """All columns of the same rows, compact, in the same order, so many at a time: read as they are asked for, in
        the session of whoever asks. StoreError as `responses`."""
        return part_blocks(self.place, self._parts(wave, sector), rows)

    def _parts(self, wave: str, sector: str) -> list[str]:
        """Where the responses of a sector lie, in the order in which they are read."""
        parts = self.table(CORE_PARTITIONS.name, wave, sector).sort_values("source_sha256")
        if parts.empty:
            there = ", ".join(self.sectors(wave)) or "none"
            raise StoreError(
                f"{self.folder}: wave {wave!r} has no responses in sector {sector!r} (sectors: {there}). "
                "Ingest its files first."
            )
        return list(parts["path"])

    def estimated_as_held(self, wave: str, sector: str) -> bool:
        """Whether the stored figures of a sector are of its responses as they are now: the same files, read the same
        way."""
        with self.session():
            parts, files = (self._of(one, wave, sector) for one in (CORE_PARTITIONS, CORE_LINEAGE_BY_FILE))
            return sector in sectors_as_estimated(parts, self.table(RAW_FILES.name, wave), files)

    def respondents(self, wave: str, sector: str) -> pd.DataFrame:
        """brand, respondent, source_sha256 and source_row of the accepted responses; may be empty."""
        columns = ["brand", "respondent", "source_sha256", "source_row"]
        with self.place.shared():
            parts = self.table(CORE_PARTITIONS.name, wave, sector)
            if parts.empty:
                return pd.DataFrame({name: pd.Series(dtype="object") for name in columns})
            return read_parts(self.place, list(parts["path"]), columns)

    def answered(
        self, wave: str, sector: str, rows: Iterable[pd.DataFrame], without: Collection[str]
    ) -> pd.DataFrame:
        """Stored responses whose brand and respondent are those of a row of `rows`, which come block by block; those of
        files `without` aside."""
        with self.place.shared():
            parts = self.table(CORE_PARTITIONS.name, wave, sector)
            others = parts[~parts["source_sha256"].isin(list(without))]
            return answered(self.place, list(others["path"]), rows)

    @of_kind
    def table(self, name: str, wave: str | None = None, sector: str | None = None) -> pd.DataFrame:
        """Rows of a declared table, of a wave, of one sector of it, in the order they were stored."""
        table = declared(name)
        with self.place.shared(), duck.connected(self.place, read_only=True) as connection:
            return select(connection, table, wave, sector)

    read = table

    def released(self, name: str, wave: str, sector: str) -> pd.DataFrame:
        """Rows of a declared table by revision, of a sector's revisions that are out, in the order they were stored."""
        table = declared(name)
        with self.place.shared(), duck.connected(self.place, read_only=True) as connection:
            return select(connection, table, wave, sector, released=True)

    def written(self) -> tuple[int, int, int]:
        """Of the file of the tables, what every write changes. It costs nothing, and may change where no row did."""
        catalogue = self.place.catalogue
        if catalogue is not None:
            with self.place.shared():
                return lake.written(self.folder, catalogue)
        file = self.place.database.stat()
        return file.st_mtime_ns, file.st_size, file.st_ino

    def fingerprints(self, names: Sequence[str]) -> dict[str, str]:
        """Of declared tables, a value by name that stays while their rows do, in whatever order they are stored; DuckDB
        of another version gives another."""
        with self.place.shared(), duck.connected(self.place, read_only=True) as connection:
            return {name: fingerprint(connection, declared(name)) for name in names}

    def counts(self, name: str, by: Sequence[str], wave: str, sector: str | None = None) -> pd.DataFrame:
        """How many `rows` a declared table has in a wave by the values of some of its columns; nulls are a value."""
        table = declared(name)
        with self.place.shared(), duck.connected(self.place, read_only=True) as connection:
            return counts(connection, table, by, wave, sector)

    @of_kind
    def sql(self, query: str) -> pd.DataFrame:
        """Rows of one SELECT in DuckDB's SQL over the declared tables and the views `responses_<wave>`.

        A view has the accepted responses of all sectors of a wave, with `weight` (final; null where excluded),
        `status`, `flags` and `reasons`, all null where `current` is false: the sector is not estimated, or its files
        were corrected, read anew or withdrawn since. `tables` lists what there is. StoreError where it is something
        else, or DuckDB refuses it: it reads no other file and writes nothing.
        """
        frame: pd.DataFrame = self.arrow(query).to_pandas()
        return frame

    @of_kind
    def arrow(self, query: str) -> pa.Table:
        """The same as a table of Arrow, which polars and ibis take as it is. StoreError as of `sql`."""
        with self.place.shared(), asking.apart(self.place, query) as connection:
            return asking.answered(connection, self.place, query)

    def tables(self) -> pd.DataFrame:
        """What `sql` may ask, a row each: table, about, key, columns, rows; the views of responses last."""
        with self.place.shared(), duck.connected(self.place, read_only=True) as connection:
            return listing.tables(connection)

    @of_kind
    def columns(self, name: str) -> pd.DataFrame:
        """The columns of a declared table, a row each: column, kind, unit, nullable, about. StoreError for another."""
        return listing.columns(name)

    @of_kind
    def index(self, wave: str) -> pd.DataFrame:
        """Indices of the wave at every level: level, unit, sector, construct, n, index_0_100, se, low, high.

        `status` is empty text where the publication rule does not apply (nation, group).
        """
        with self.session():
            frames = [self._level(level, name, wave) for level, name in _INDEX_LEVELS.items()]
        return pd.concat([one for one in frames if not one.empty] or frames[:1], ignore_index=True)

    @of_kind
    def ranks(self, wave: str, sector: str) -> pd.DataFrame:
        """Ranks of the sector's brands with their simultaneous confidence sets."""
        return self.table(OUT_RANK_BY_BRAND.name, wave, sector)

    def _of(self, table: Table, wave: str, sector: str) -> pd.DataFrame:
        return self.table(table.name, wave, sector)

    def _level(self, level: str, name: str, wave: str) -> pd.DataFrame:
        frame = self.table(name, wave).assign(level=level)
        frame["unit"] = frame[level] if level in frame.columns and level != "nation" else "nation"
        for column in ("sector", "status"):
            if column not in frame.columns:
                frame[column] = ""
        return frame[_INDEX]


@of_kind
def open(folder: Path | str, wait_s: float = 60.0) -> Warehouse:
    """Open the warehouse in `folder` read-only.

    StoreError when there is none, it is damaged, another version wrote it, or a writer holds it for longer
    than `wait_s` seconds.
    """
    with reading(folder, wait_s) as store:
        return store


@contextmanager
def reading(folder: Path | str, wait_s: float = 60.0) -> Iterator[Warehouse]:
    """As `open`, and a session over the block: the file is opened once for both."""
    place = Place(Path(folder), wait_s)
    if not place.is_stored:
        raise NothingStored(
            f"{place.folder}: there is no warehouse here. Ingest a wave first, or check the folder."
        )
    store = Warehouse(place)
    with store.session():
        duck.check_meta(place)
        yield store
