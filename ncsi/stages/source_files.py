"""Which files a wave is made of, and how each is read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ncsi.errors import SpecError
from ncsi.ingest.personal_data import personal_name
from ncsi.ingest.read import TextTable, exports_in, read_file
from ncsi.spec import ColumnMap, Dialect, IdentityCard, Source, Workspace
from ncsi.stages.redeliver import delivered_path, is_named, refuse_same_names


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file to ingest: its column map, its constant sector and its dialect, where it has them; who made it.

    `declared`: the wave file names it, nobody did on a command line. `again`: even where it was withdrawn.
    """

    path: Path
    column_map: ColumnMap | None = None
    sector: str | None = None
    supersedes: tuple[str, ...] = ()
    dialect: Dialect | None = None
    card: IdentityCard | None = None
    declared: bool = False
    again: bool = False


def read_as(
    path: Path, column_map: ColumnMap | None, sheet: str | None = None, header_row: int | None = None
) -> TextTable:
    """The file, from the sheet and below the header row that are named here, else in the map. Raises ReadError."""
    if column_map is not None:
        sheet, header_row = sheet or column_map.sheet, header_row or column_map.header_row
    return read_file(path, sheet, header_row)


def sources_of(
    workspace: Workspace,
    wave_id: str,
    files: Sequence[Path] = (),
    map_id: str | None = None,
    sector: str | None = None,
    supersedes: Sequence[str] = (),
    dialect: Dialect | None = None,
    partial: bool = False,
    again: bool = False,
) -> tuple[SourceFile, ...]:
    """The files given, or those the wave file names, each once; of a zip archive each export.

    `partial`: while fieldwork lasts, sources without a file yet are left out, and there may be none.
    `again` takes files named here even where they were withdrawn. Raises ReadError naming a glob that matches nothing,
    SpecError for an unknown map, no sources at all, or a file that two sources name and read differently.
    """
    if again and not files:
        raise SpecError("--again", "it names no files", "Name the withdrawn files that are to count again")
    if files:
        column_map = workspace.column_map(map_id) if map_id else None
        refuse_same_names(workspace, files)
        paths = dict.fromkeys(one for path in files for one in exports_in(Path(path)))
        _refuse_personal_names(workspace, paths)
        return tuple(
            SourceFile(path, column_map, sector, tuple(supersedes), dialect, again=again) for path in paths
        )
    wave = workspace.wave(wave_id)
    found: dict[Path, SourceFile] = {}
    of: dict[Path, Source] = {}
    for source in wave.sources:
        for one in _declared(workspace, source, partial):
            found.setdefault(one.path, one)
            if _reading(of.setdefault(one.path, source)) != _reading(source):
                raise _named_twice(wave_id, delivered_path(workspace, one.path), of[one.path], source)
    gone = {name for source in wave.sources for name in source.supersedes}
    found = {path: one for path, one in found.items() if not is_named(delivered_path(workspace, path), gone)}
    _refuse_personal_names(workspace, found)
    if not found and not (partial and wave.sources):
        raise SpecError(
            f"wave {wave_id}", "it names no source files", "Add `sources:` to the wave file, or name files"
        )
    return tuple(found.values())


def hashes_by_name(files: Iterable[tuple[str, str, str]]) -> dict[str, str]:
    """SHA-256 of files by name, from name, path and SHA-256 of each; by path where other bytes have the same name."""
    paths: dict[str, dict[str, str]] = {}
    for name, path, sha256 in files:
        paths.setdefault(name, {})[path] = sha256
    return {
        path if len(set(of_name.values())) > 1 else name: sha256
        for name, of_name in paths.items()
        for path, sha256 in of_name.items()
    }


def _refuse_personal_names(workspace: Workspace, paths: Iterable[Path]) -> None:
    """Names of files are stored, kept in the ledger and published in the manifest: SpecError before any of it."""
    for number, path in enumerate(paths, 1):
        parts = delivered_path(workspace, path).split("/")
        kinds = (personal_name(one) or personal_name(one.rsplit(".", 1)[0]) for one in parts)
        kind = next((one for one in kinds if one), None)
        if kind:
            raise SpecError(
                f"file {number} of the wave",
                f"its name, or a folder's on its path, looks like personal data ({kind})",
                "Rename it: names of files are stored, kept in the ledger and published with the release",
            )


def _reading(source: Source) -> dict[str, str | None]:
    """What a source says of how its files are read and whose they are."""
    return {"map": source.map, "sector": source.sector, "dialect": source.dialect, "agency": source.agency}


def _named_twice(wave_id: str, path: str, first: Source, second: Source) -> SpecError:
    both = ((name, said, _reading(second)[name]) for name, said in _reading(first).items())
    apart = "; ".join(
        f"{name} {one or 'none'} or {other or 'none'}" for name, one, other in both if one != other
    )
    patterns = " and ".join(", ".join(source.patterns) for source in (first, second))
    return SpecError(
        f"wave {wave_id}",
        f"file {path} is of two of its sources, {patterns}, which differ ({apart})",
        "Let one source name it: give each agency a folder of its own, or its files names of their own",
    )


def _declared(workspace: Workspace, source: Source, partial: bool) -> list[SourceFile]:
    column_map = workspace.column_map(source.map) if source.map else None
    return [
        SourceFile(
            one, column_map, source.sector, source.supersedes, source.dialect, source.card, declared=True
        )
        for path in workspace.source_files(source, partial)
        for one in exports_in(path)
    ]
