"""Load instruments, sector lists, waves and column maps; everything is checked before it is returned."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Literal

from ncsi.errors import SpecError
from ncsi.kinds import of_kind
from ncsi.spec.bands import Bands, check_bands
from ncsi.spec.building_blocks import Spec
from ncsi.spec.instrument import Instrument
from ncsi.spec.instrument_checks import check_instrument
from ncsi.spec.map_checks import check_map
from ncsi.spec.problems import did_you_mean, validate
from ncsi.spec.sectors import SectorList
from ncsi.spec.tree import Tree
from ncsi.spec.tree_checks import check_tree
from ncsi.spec.wave import ColumnMap, Wave
from ncsi.spec.wave_checks import check_sectors, check_wave
from ncsi.spec.yaml_documents import Document, document_of, read_document

IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")


def schemas_root() -> Path:
    """The shipped specs: inside the installed package, or `data/schemas` of a checkout.

    Raises SpecError when neither is there.
    """
    package = Path(__file__).resolve().parents[1]
    for root in (package / "schemas", package.parent / "data" / "schemas"):
        if root.is_dir():
            return root
    raise SpecError(str(package / "schemas"), "the shipped specs are missing", "Install ncsi again")


def presets() -> tuple[str, ...]:
    """Ids of the shipped instruments, sorted."""
    return _ids_in(schemas_root() / "instruments")


def tree_ids() -> tuple[str, ...]:
    """Ids of the shipped trees of indicators, sorted."""
    return _ids_in(schemas_root() / "trees")


@of_kind
def load_instrument(id_or_path: str | Path, folder: Path | None = None) -> Instrument:
    """An instrument by preset id or from a YAML file.

    An id is looked up in `folder` (a workspace's `instruments/`) first, then among the presets. A `Path`, or
    text that ends in .yaml or .yml or holds a slash, is a file. Raises SpecError naming file, key and cure.
    """
    path, expected = _path_of("instrument", id_or_path, folder)
    document = read_document(path)
    instrument = _instrument_of(document)
    if expected is not None:
        check_name(instrument.id, expected, document.where("id"))
    return instrument


def instrument_from_text(text: str, name: str) -> Instrument:
    """An instrument that is in no file yet, checked as `load_instrument` does; `name` is what messages call it."""
    return _instrument_of(document_of(text, name))


def _instrument_of(document: Document) -> Instrument:
    instrument = validate(document, Instrument)
    check_instrument(instrument, document.where)
    return instrument


@of_kind
def load_tree(id_or_path: str | Path, folder: Path | None = None) -> Tree:
    """A tree of indicators by the id of a shipped one or from a YAML file (`Tree` says how it is written).

    An id is looked up in `folder` (a workspace's `trees/`) first, then among the shipped. Raises SpecError naming
    file, key, line and cure: a cycle, an orphan, two roots, a code twice, weights that are all 0 or, where they are
    global, do not sum to 1, reversed benchmarks, a target in the wrong direction.
    """
    path, expected = _path_of("tree", id_or_path, folder)
    document = read_document(path)
    tree = validate(document, Tree)
    check_tree(tree, document.where)
    if expected is not None:
        check_name(tree.id, expected, document.where("id"))
    return tree


def load_sectors(path: Path | str | None = None, folder: Path | None = None) -> SectorList:
    """The sector list in `path`, by default the shipped one; `folder` holds a workspace's own instruments.

    Raises SpecError naming file, key and cure: unknown group or instrument, duplicate ids, shares that do
    not sum to 1.
    """
    document = read_document(Path(path) if path is not None else schemas_root() / "sectors.yaml")
    sectors = validate(document, SectorList)
    check_sectors(sectors, document.where, (*presets(), *_ids_in(folder)))
    return sectors


def load_wave(path: Path | str) -> Wave:
    """A wave file, checked by itself; `Workspace.wave` also checks it against its workspace."""
    document = read_document(Path(path))
    wave = validate(document, Wave)
    check_wave(wave, document.where)
    return wave


def load_map(path: Path | str) -> ColumnMap:
    """A column map, checked by itself; `Workspace.wave` also checks its items against the instruments."""
    return _map_of(read_document(Path(path)))


def map_from_text(text: str, name: str) -> ColumnMap:
    """A column map that is in no file yet, checked as `load_map` does; `name` is what messages call it."""
    return _map_of(document_of(text, name))


def _map_of(document: Document) -> ColumnMap:
    column_map = validate(document, ColumnMap)
    check_map(column_map, document.where)
    return column_map


def load_bands(path: Path | str | None = None) -> Bands:
    """The satisfaction bands in `path`, by default the shipped ones. Raises SpecError."""
    document = read_document(Path(path) if path is not None else schemas_root() / "bands.yaml")
    bands = validate(document, Bands)
    check_bands(bands, document.where)
    return bands


def spec_sha256(spec: Spec) -> str:
    """SHA-256 (hex) of the spec's canonical JSON: keys sorted, no spaces, defaults written out."""
    return hashlib.sha256(canonical(spec).encode()).hexdigest()


def canonical(spec: Spec) -> str:
    """The spec as JSON: keys sorted, no spaces, defaults written out."""
    content = spec.model_dump(mode="json", by_alias=True)
    return json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def check_name(found: str, expected: str, where: str) -> None:
    """Raise SpecError when the id inside a file is not the file's name."""
    if found != expected:
        problem = f"the id is '{found}' but the file is named '{expected}'"
        raise SpecError(where, problem, "Make the file name and the id the same")


def _path_of(
    what: Literal["instrument", "tree"], id_or_path: str | Path, folder: Path | None
) -> tuple[Path, str | None]:
    """The file, and the id that it must have where it was asked for by id."""
    text = str(id_or_path)
    if isinstance(id_or_path, Path) or text.endswith((".yaml", ".yml")) or "/" in text or "\\" in text:
        return Path(id_or_path), None
    roots = tuple(root for root in (folder, schemas_root() / f"{what}s") if root is not None)
    if IDENTIFIER.fullmatch(text):
        for root in roots:
            if (root / f"{text}.yaml").is_file():
                return root / f"{text}.yaml", text
    known = tuple(sorted({name for root in roots for name in _ids_in(root)}))
    raise SpecError(what, f"there is no {what} '{text}'", did_you_mean(text, known, f"{what}s are"))


def _ids_in(folder: Path | None) -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in folder.glob("*.yaml"))) if folder is not None else ()
