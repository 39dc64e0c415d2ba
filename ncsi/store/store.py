"""The store for writing: one transaction per call, under the warehouse's lock."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

import duckdb
import pandas as pd

from ncsi.errors import NothingStored, StoreError
from ncsi.spec.object_storage import Bucket
from ncsi.spec.shared_catalogue import SharedCatalogue
from ncsi.store import duck, erase, instance, lake, lake_generations, public_version
from ncsi.store.changing import Unswept, changing, sweep_marked
from ncsi.store.delivered_files import (
    Partition,
    SourceCard,
    card_row,
    counting,
    fault_rows,
    partition_rows,
    questionnaire_rows,
    reject_rows,
)
from ncsi.store.moving import leave
from ncsi.store.moving_tables import leave_old
from ncsi.store.objects import BucketAway
from ncsi.store.parts import sweep, write_part
from ncsi.store.place import Place
from ncsi.store.revise import Revision, mark_withdrawn, remove_card, supersede, take_out_file
from ncsi.store.sector_results import SectorTables, check_scope, replace_sectors, result_table
from ncsi.store.table_rows import counts as row_counts
from ncsi.store.table_rows import delete, delete_of_file, delete_of_sectors, insert, keep_as, select
from ncsi.store.warehouse import Warehouse
from ncsi.store.whole_database import begin
from ncsi.tables import (
    CORE_FAULTS,
    CORE_FORGOTTEN_BY_CELL,
    CORE_PARTITIONS,
    CORE_PUBLISHED_BY_RESPONDENT,
    CORE_QUESTIONNAIRES,
    CORE_REJECTS,
    CORE_WAVE_MOVES,
    ESTIMATED,
    RAW_FILES,
)


@dataclass(frozen=True, slots=True)
class Store(Warehouse):
    """A warehouse opened for writing. Threads and processes may share the folder: each write waits its turn.

    Reads as `Warehouse` does. Every write is one transaction: all of it is stored, or none.
    """

    @classmethod
    def open(
        cls,
        folder: Path | str,
        create: bool = False,
        wait_s: float = 60.0,
        bucket: Bucket | None = None,
        catalogue: SharedCatalogue | None = None,
    ) -> Store:
        """Open the warehouse in `folder`; `create` makes it where there is none: responses in `bucket`, tables listed
        by `catalogue`, if given.

        Sweeps what a killed write left behind. StoreError: missing, held, damaged, or of another version.
        """
        with cls.opened_alone(folder, create, wait_s, bucket, catalogue) as store:
            return store

    @classmethod
    @contextmanager
    def opened_alone(
        cls,
        folder: Path | str,
        create: bool = False,
        wait_s: float = 60.0,
        bucket: Bucket | None = None,
        catalogue: SharedCatalogue | None = None,
    ) -> Iterator[Self]:
        """As `open`, and hold the store over the block, as `alone` does: the file is opened once for both."""
        place = Place(Path(folder), wait_s)
        if not place.is_stored and not create:
            raise NothingStored(
                f"{place.folder}: there is no warehouse here. Ingest a wave first, or check the folder."
            )
        with ExitStack() as held:
            try:
                store = cls._open(place, bucket, catalogue, held)
            except OSError as error:
                raise StoreError(
                    f"{place.folder}: cannot be written: {error.strerror or error}. Make the folder writable."
                ) from error
            yield store

    @classmethod
    def _open(
        cls, place: Place, bucket: Bucket | None, catalogue: SharedCatalogue | None, held: ExitStack
    ) -> Self:
        """Make what is not there and sweep; lock and connection last as long as `held`."""
        place.folder.mkdir(parents=True, exist_ok=True)
        if not place.is_stored:
            with place.held_by_file():
                begin(place, bucket, catalogue)
        held.enter_context(place.held())
        instance.clear_spilled(place.database)
        with suppress(StoreError, OSError, duckdb.Error):  # no room for it: told by an audit
            erase.finish(place)
        held.enter_context(duck.keeping(place))
        duck.prepare(place)
        store = cls(place)
        leave_old(place.folder)
        lake_generations.sweep_shared(place.folder, place.catalogue)
        sweep(place, set(store.table(CORE_PARTITIONS.name)["path"]))
        public_version.sweep(place)
        with suppress(BucketAway):  # told by an audit, and by who needs the bucket
            sweep_marked(place)
            leave(place)
        return store

    def require_key(self, key: bytes) -> None:
        """StoreError where the store is several coordinators' and its pseudonyms were made with another key."""
        catalogue = self.place.catalogue
        if catalogue is not None:
            with self.place.held():
                lake.require_key(catalogue, key)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the store over several calls, so that nobody writes between a look and a write."""
        with self.place.held(), duck.keeping(self.place):
            yield

    def add_source(
        self,
        card: SourceCard,
        partitions: Sequence[Partition],
        rejects: pd.DataFrame,
        faults: pd.DataFrame | None = None,
        revisions: Sequence[Revision] = (),
    ) -> bool:
        """Store a file: its card, its accepted rows, its rejects and faults, in place of the files it revises; of the
        first of a sector, what it was asked too.

        False, and nothing done, when its rows count already and none of the revisions is of itself. StoreError when
        accepted + rejected + forgotten is not read, a frame is not as declared, or the disk is full.
        """
        added = False
        with (
            suppress(Unswept),
            changing(self.place, card.wave) as connection,
        ):  # whose mark the next command sees
            added = self._add(connection, card, partitions, rejects, faults, revisions)
        return added

    def _add(
        self,
        connection: duckdb.DuckDBPyConnection,
        card: SourceCard,
        partitions: Sequence[Partition],
        rejects: pd.DataFrame,
        faults: pd.DataFrame | None,
        revisions: Sequence[Revision],
    ) -> bool:
        files = counting(select(connection, RAW_FILES, card.wave))
        counts = (files["source_sha256"] == card.source_sha256).any()
        if counts and all(one.earlier_sha256 != card.source_sha256 for one in revisions):
            return False
        supersede(connection, card, revisions)
        remove_card(connection, card)
        written = [(part, write_part(self.place, card.wave, part.sector, part.rows)) for part in partitions]
        insert(connection, RAW_FILES, card_row(card, partitions, rejects))
        insert(connection, CORE_PARTITIONS, partition_rows(card, written))
        asked = set(row_counts(connection, CORE_QUESTIONNAIRES, ["sector"], card.wave)["sector"])
        new = [part for part in partitions if part.sector not in asked]
        insert(connection, CORE_QUESTIONNAIRES, questionnaire_rows(card.wave, new))
        insert(connection, CORE_REJECTS, reject_rows(card, rejects))
        if faults is not None:
            insert(connection, CORE_FAULTS, fault_rows(card, faults))
        return True

    def replace(self, wave: str, frames: Mapping[str, pd.DataFrame], sector: str | None = None) -> None:
        """Replace the rows of a wave, or of one sector of it, in result tables: all of them or none.

        StoreError naming table and column when a frame is not as declared, or holds another wave or sector.
        """
        tables = {name: result_table(name) for name in frames}
        for name, frame in frames.items():
            check_scope(name, frame, wave, sector)
        with self.place.held(), duck.transaction(self.place) as connection:
            for name, frame in frames.items():
                delete(connection, tables[name], wave, sector)
                insert(connection, tables[name], frame)

    def replace_sectors(self, parts: Sequence[SectorTables]) -> None:
        """Replace the rows of these sectors in the tables they bring: all of them or none."""
        with self.place.held():
            with duck.transaction(self.place) as connection:
                bound = replace_sectors(connection, parts)
            if bound:
                duck.begin_anew(self.place)

    def take_out(self, wave: str, frames: Mapping[str, pd.DataFrame]) -> None:
        """`replace` by what is left of a wave's result tables; the database is written anew, so that what they had is
        not in its free pages."""
        with self.place.held():
            with erase.marked(self.place):
                self.replace(wave, frames)
            erase.rebuild(self.place)

    def keep_public(self, wave: str, revision: int, results: Mapping[str, pd.DataFrame]) -> None:
        """Record a release that is out: the respondents that the stored results count now, and the results that it was
        made from, `results` by table name, in full precision."""
        with self.place.held():
            public_version.keep(self.place, wave, results)
            with duck.transaction(self.place) as connection:
                keep_as(connection, CORE_PUBLISHED_BY_RESPONDENT, wave, revision, ESTIMATED)

    def public_results(
        self, wave: str, sector: str, names: Collection[str] | None = None
    ) -> dict[str, pd.DataFrame]:
        """A sector's rows of the results that the last public release was made from, or of those of the `names` that it
        has; none where none is out. StoreError where one is out, and they are damaged or gone."""
        if public_version.is_gone(self.place, wave) and self._is_out(wave):
            raise StoreError(str(public_version.gone(self.place, wave)))
        return public_version.read(self.place, wave, sector, names)

    def _is_out(self, wave: str) -> bool:
        asked = f"SELECT 1 FROM {CORE_PUBLISHED_BY_RESPONDENT.name} WHERE wave = ? AND revision >= 0 LIMIT 1"  # noqa: S608
        with self.place.shared(), duck.connected(self.place, read_only=True) as connection:
            return connection.execute(asked, [wave]).fetchone() is not None

    def forget(
        self, wave: str, respondents: Collection[str], counts: pd.DataFrame | None = None
    ) -> pd.DataFrame:
        """Remove the accepted responses of these pseudonyms from a wave, everywhere in the store.

        `counts`, rows of core_forgotten_by_cell without their wave, are added to those known: how many a public
        release counts, not who.

        Returns where they were read: wave, sector, brand, source_sha256, source_row. The database is written
        anew even when nothing is found: an earlier call may have been killed before it was.
        """
        with self.place.held():
            found = erase.rows_of(self.place, self.table(CORE_PARTITIONS.name, wave), respondents)
            with erase.erasing(self.place, wave) as (connection, orphans):
                if counts is not None and len(counts):
                    known = select(connection, CORE_FORGOTTEN_BY_CELL, wave)
                    delete(connection, CORE_FORGOTTEN_BY_CELL, wave, None)
                    insert(connection, CORE_FORGOTTEN_BY_CELL, _added(known, counts.assign(wave=wave)))
                orphans += erase.take_out(connection, self.place, wave, respondents)
        return found

    def forget_wave(self, wave: str) -> int:
        """Remove every response of a wave, its figures staying; returns how many. The database is written anew."""
        with erase.erasing(self.place, wave) as (connection, orphans):
            gone, paths = erase.take_out_wave(connection, wave)
            orphans += paths
        return gone

    def withdraw(self, wave: str, sha256: str, reason: str, by: str) -> int:
        """Take a file's rows, rejects and faults out of the wave; its card stays, with reason and name.

        Returns how many responses left. The database is written anew. StoreError where the file does not count.
        """
        with erase.erasing(self.place, wave) as (connection, orphans):
            files = counting(select(connection, RAW_FILES, wave))
            if not (files["source_sha256"] == sha256).any():
                raise StoreError(f"wave {wave}: that file does not count in it. Nothing was changed.")
            parts = select(connection, CORE_PARTITIONS, wave)
            own = parts[parts["source_sha256"] == sha256]
            take_out_file(connection, wave, sha256)
            mark_withdrawn(connection, wave, sha256, reason, by)
            orphans += set(own["path"]) - set(select(connection, CORE_PARTITIONS)["path"])
        return int(own["rows"].sum())

    def add_move(self, wave: str, facts: Mapping[str, object]) -> int:
        """Append a move to the wave's register: a row of core_wave_moves without key and time. Returns its number."""
        with self.place.held(), duck.transaction(self.place) as connection:
            number = len(select(connection, CORE_WAVE_MOVES, wave)) + 1
            row = {**facts, "wave": wave, "move": number, "moved_at": datetime.now(UTC).replace(tzinfo=None)}
            insert(connection, CORE_WAVE_MOVES, pd.DataFrame([row])[list(CORE_WAVE_MOVES.names)])
        return number

    def keep_questionnaires(self, wave: str, parts: Sequence[Partition]) -> None:
        """Record what sectors were asked whose answers are there, and the record is not."""
        with self.place.held(), duck.transaction(self.place) as connection:
            insert(connection, CORE_QUESTIONNAIRES, questionnaire_rows(wave, parts))

    def drop_questionnaires(self, wave: str, sectors: Collection[str]) -> None:
        """Forget what sectors of the wave were asked: what counts is what the next file of theirs is read by."""
        with self.place.held(), duck.transaction(self.place) as connection:
            delete_of_sectors(connection, CORE_QUESTIONNAIRES, wave, sorted(sectors))

    def replace_wave_faults(self, wave: str, faults: pd.DataFrame) -> None:
        """Replace the faults of the wave as a whole; those of its files stay."""
        own = {"wave": wave, "source_sha256": "", "source_name": ""}
        rows = faults.assign(**own, fault=range(1, len(faults) + 1))[list(CORE_FAULTS.names)]
        with self.place.held(), duck.transaction(self.place) as connection:
            delete_of_file(connection, CORE_FAULTS, wave, "")
            insert(connection, CORE_FAULTS, rows)


def _added(known: pd.DataFrame, counts: pd.DataFrame) -> pd.DataFrame:
    """Counts by cell, the known and the new together."""
    keys = list(CORE_FORGOTTEN_BY_CELL.key)
    both = pd.concat([one for one in (known, counts) if len(one)], ignore_index=True)
    summed = both.groupby(keys)["respondents"].sum().reset_index()
    return summed[list(CORE_FORGOTTEN_BY_CELL.names)]
