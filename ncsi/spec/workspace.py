"""A workspace: one folder with its settings, instruments, sector list, waves, maps, data and key."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ncsi.errors import ReadError, SpecError, as_typed
from ncsi.spec.bands import Bands
from ncsi.spec.building_blocks import WAVE_ID, in_wave_order
from ncsi.spec.field_work import Agency, AgencyList, QuotaCell, brand_quotas, read_quotas
from ncsi.spec.instrument import Instrument
from ncsi.spec.load import (
    IDENTIFIER,
    check_name,
    load_bands,
    load_instrument,
    load_sectors,
    schemas_root,
)
from ncsi.spec.map_checks import check_map
from ncsi.spec.margins import MarginTable, read_totals
from ncsi.spec.notifications import check_channels
from ncsi.spec.object_storage import (
    Bucket,
    check_address,
    refuse_credentials,
    refuse_elsewhere,
    wanted_bucket,
)
from ncsi.spec.pinned import read_pins
from ncsi.spec.problems import check_known, check_labels, check_unique, did_you_mean, validate
from ncsi.spec.pseudonym_key import pseudonym_key
from ncsi.spec.sectors import SectorList
from ncsi.spec.settings import Settings, require_approvers
from ncsi.spec.shared_catalogue import (
    SharedCatalogue,
    check_catalogue,
    refuse_other_catalogue,
    wanted_catalogue,
)
from ncsi.spec.wave import ColumnMap, Source, Wave
from ncsi.spec.wave_checks import check_wave
from ncsi.spec.wave_references import check_references
from ncsi.spec.yaml_documents import Document, read_document

_WAVE_ID = re.compile(WAVE_ID)


@dataclass(frozen=True, slots=True)
class Workspace:
    """An opened workspace: `root` as given, and its settings. Specs are read afresh at every call."""

    root: Path
    settings: Settings

    @property
    def warehouse(self) -> Path:
        """Folder of the store; where its answers lie in a bucket, that of its catalogue."""
        return self.root / self.settings.store_folder

    @property
    def bucket(self) -> Bucket | None:
        """The bucket in which the answers of the store lie; None where they lie in its folder."""
        return wanted_bucket(self.settings.warehouse, self.settings.object_storage)

    @property
    def catalogue(self) -> SharedCatalogue | None:
        """The database that lists the tables of the store; None where they lie in its folder."""
        return wanted_catalogue(self.settings.catalogue)

    @property
    def signing_key(self) -> Path:
        """File of the private key that releases are signed with."""
        return self.root / self.settings.signing_key

    @property
    def releases(self) -> Path:
        """Folder of the releases."""
        return self.root / self.settings.releases

    @property
    def instruments_folder(self) -> Path:
        """Folder of the workspace's own instruments, which take precedence over the presets."""
        return self.root / "instruments"

    def instrument(self, instrument_id: str) -> Instrument:
        """The instrument of that id: the workspace's own, else the preset. Raises SpecError."""
        _refuse_name(instrument_id, IDENTIFIER, "instrument")
        return load_instrument(instrument_id, self.instruments_folder)

    def instrument_of(self, sector_id: str) -> Instrument:
        """The instrument that measures the sector, by the sector list. Raises SpecError."""
        sectors = self.sectors()
        known = (sector.id for sector in sectors.sectors)
        check_known(sector_id, known, "sector", str(self.root / "sectors.yaml"))
        return self.instrument(sectors.sector(sector_id).instrument)

    def instruments_of(self, wave: Wave) -> dict[str, Instrument]:
        """The instrument of each sector of a wave: the one that was asked, where answers came, else that of the sector
        list; none of a sector that neither has. Raises SpecError."""
        pins = read_pins(self.instruments_folder, wave.id)
        listed = {one.id: one.instrument for one in self.sectors().sectors}
        read = {pin.sha256: pin.read() for pin in {one.sha256: one for one in pins.values()}.values()}
        asked = {one.id: read[pins[one.id].sha256] for one in wave.sectors if one.id in pins}
        names = {one.id: listed[one.id] for one in wave.sectors if one.id in listed and one.id not in asked}
        now = {name: self.instrument(name) for name in sorted(set(names.values()))}
        known = asked | {sector: now[name] for sector, name in names.items()}
        return {one.id: known[one.id] for one in wave.sectors if one.id in known}

    def sectors(self) -> SectorList:
        """The workspace's `sectors.yaml`, else the shipped list. Raises SpecError."""
        own = self.root / "sectors.yaml"
        return load_sectors(own if own.exists() else None, self.instruments_folder)

    def bands(self) -> Bands:
        """The workspace's `bands.yaml`, else the shipped bands. Raises SpecError."""
        own = self.root / "bands.yaml"
        return load_bands(own if own.exists() else None)

    def wave_ids(self) -> tuple[str, ...]:
        """Ids of the wave files, earliest first."""
        names = (path.stem for path in (self.root / "waves").glob("*.yaml"))
        return in_wave_order(name for name in names if _WAVE_ID.fullmatch(name))

    def no_waves(self) -> tuple[str, ...]:
        """Names of the YAML files among the waves that are not read, as their names are no ids of waves."""
        files = (path for path in (self.root / "waves").glob("*.y*ml") if not path.name.startswith("."))
        return tuple(
            sorted(one.name for one in files if one.suffix != ".yaml" or not _WAVE_ID.fullmatch(one.stem))
        )

    def wave(self, wave_id: str) -> Wave:
        """The wave, checked against the sector list, the instruments and the maps. Raises SpecError."""
        wave, document = self._read_wave(wave_id)
        check_references(self, wave, document)
        return wave

    def wave_alone(self, wave_id: str) -> Wave:
        """The wave by its file alone, for what is told of it or done to what is stored or out of it: sectors that it
        measured may have left the list since, and its maps be gone. Raises SpecError."""
        return self._read_wave(wave_id)[0]

    def _read_wave(self, wave_id: str) -> tuple[Wave, Document]:
        _refuse_name(wave_id, _WAVE_ID, "wave")
        path = self.root / "waves" / f"{wave_id}.yaml"
        if not path.is_file():
            cure = did_you_mean(wave_id, self.wave_ids(), "waves are")
            raise SpecError(str(path), f"there is no wave '{wave_id}'", cure)
        document = read_document(path)
        wave = validate(document, Wave)
        check_wave(wave, document.where)
        check_name(wave.id, wave_id, document.where("id"))
        return wave, document

    def column_map(self, map_id: str) -> ColumnMap:
        """The column map `maps/<id>.yaml`. Raises SpecError."""
        return self.map_document(map_id)[1]

    def map_document(self, map_id: str) -> tuple[Document, ColumnMap]:
        """As `column_map`, with the document that it was read from, for faults to be placed in."""
        _refuse_name(map_id, IDENTIFIER, "column map")
        path = self.root / "maps" / f"{map_id}.yaml"
        if not path.is_file():
            known = tuple(sorted(one.stem for one in (self.root / "maps").glob("*.yaml")))
            raise SpecError(
                str(path), f"there is no column map '{map_id}'", did_you_mean(map_id, known, "maps are")
            )
        document = read_document(path)
        column_map = validate(document, ColumnMap)
        check_map(column_map, document.where)
        check_name(column_map.id, map_id, document.where("id"))
        return document, column_map

    def agencies(self) -> tuple[Agency, ...]:
        """The agencies of the workspace's `agencies.yaml`; none where it has no such file. Raises SpecError."""
        path = self.root / "agencies.yaml"
        if not path.is_file():
            return ()
        document = read_document(path)
        found = validate(document, AgencyList).agencies
        check_unique(
            "agency", ((one.id, ("agencies", k, "id")) for k, one in enumerate(found)), document.where
        )
        check_labels(
            "agencies", ((one.label, ("agencies", k, "label")) for k, one in enumerate(found)), document.where
        )
        return found

    def quotas(self, wave: Wave) -> tuple[QuotaCell, ...]:
        """Answers wanted of the wave by cell: its file of quotas, and the quota of each brand in sectors that the file
        leaves out. Raises SpecError naming file, row, column and cure."""
        cells: tuple[QuotaCell, ...] = ()
        if wave.quotas is not None:
            cells = read_quotas(self.root / wave.quotas, wave, [one.id for one in self.agencies()])
        return brand_quotas(wave, cells)

    def totals(self, wave: Wave) -> Mapping[str, MarginTable]:
        """The files of totals that a wave is weighted to, by name: its own in `margins/`, else the shipped one.

        Raises SpecError naming file, row, column and cure, also where totals disagree.
        """
        return read_totals(wave, (self.root, schemas_root()))

    def source_files(self, source: Source, partial: bool = False) -> tuple[Path, ...]:
        """Files of a source, each once, in the order of its globs, sorted within each.

        Raises ReadError when a glob matches none (`partial`: those are passed over), or a file lies outside.
        """
        found: dict[Path, None] = {}
        for pattern in source.patterns:
            matching = sorted(path for path in self.root.glob(pattern) if not path.is_dir())
            if not matching and not partial:
                raise ReadError(
                    f"{self.root}: {pattern}", "no file matches", "Check the name, or copy the file"
                )
            found |= dict.fromkeys(matching)
        inside = self.root.resolve()
        for path in found:
            if not path.resolve().is_relative_to(inside):
                raise ReadError(
                    str(path), "is a link that leads outside the workspace", "Copy the file itself"
                )
        return tuple(found)

    def key(self) -> bytes:
        """The pseudonym key: the environment variable NCSI_PSEUDONYM_KEY, else the key file.

        Raises SpecError when it is missing, shorter than 16 bytes, or readable by others.
        """
        return pseudonym_key(self.root / self.settings.key_file)


def open_workspace(root: Path | str, moving: bool = False) -> Workspace:
    """Open the workspace in `root`. Raises SpecError when there is none, or its settings are wrong.

    Also where the answers of its store do not lie where the settings say, unless they are about to be `moving`.
    """
    folder = Path(root)
    path = folder / "ncsi.yaml"
    if not path.is_file():
        raise SpecError(
            str(path), "there is no workspace here", f"Make one with `ncsi init {as_typed(folder)}`"
        )
    document = read_document(path)
    refuse_credentials(document)
    workspace = Workspace(folder, validate(document, Settings))
    check_address(workspace.settings.warehouse, document)
    check_catalogue(workspace.settings.catalogue, document)
    _refuse_overlap(workspace, document)
    if not moving:
        refuse_other_catalogue(workspace.warehouse, workspace.catalogue, document)
        refuse_elsewhere(workspace.warehouse, workspace.bucket, document)
    require_approvers(workspace.settings, document)
    check_channels(workspace.settings.notifications, document.where)
    return workspace


def _refuse_overlap(workspace: Workspace, document: Document) -> None:
    """The store, the releases and the key may not lie in each other: a release is published as it stands."""
    settings = workspace.settings
    said = {name: str(getattr(settings, name)) for name in ("key_file", "signing_key", "releases")}
    said["warehouse"] = settings.store_folder
    places = {name: (workspace.root / one).resolve() for name, one in said.items()}
    for name, place in places.items():
        for other in ("warehouse", "releases"):
            if name != other and place.is_relative_to(places[other]):
                problem = f"{name} '{said[name]}' lies inside {other} '{said[other]}'"
                raise SpecError(document.where(name), problem, "Give each a place of its own")
    if workspace.root.resolve().is_relative_to(places["releases"]):
        raise SpecError(
            document.where("releases"), "the releases folder contains the workspace", "Name a folder in it"
        )


def _refuse_name(name: str, pattern: re.Pattern[str], what: str) -> None:
    if not pattern.fullmatch(name):
        cure = 'Use "2026", "2026Q1" or "2026W07"' if pattern is _WAVE_ID else "Use letters, digits and _"
        raise SpecError(what, f"'{name[:60]}' is not a valid {what} id", cure)
