"""Load instruments, sector lists, waves and column maps; everything is checked before it is returned."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

from ncsi.errors import SpecError
from ncsi.spec.bands import Bands, check_bands
from ncsi.spec.building_blocks import Spec
from ncsi.spec.instrument import Instrument
from ncsi.spec.instrument_checks import check_instrument
from ncsi.spec.problems import did_you_mean, validate
from ncsi.spec.sectors import SectorList
from ncsi.spec.wave import ColumnMap, Wave
from ncsi.spec.wave_checks import check_map, check_sectors, check_wave
from ncsi.spec.yaml_documents import read_document

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
    return tuple(sorted(path.stem for path in (schemas_root() / "instruments").glob("*.yaml")))


def load_instrument(id_or_path: str | Path, folder: Path | None = None) -> Instrument:
    """An instrument by preset id or from a YAML file.

    An id is looked up in `folder` (a workspace's `instruments/`) first, then among the presets. A `Path`, or
    text that ends in .yaml or .yml or holds a slash, is a file. Raises SpecError naming file, key and cure.
    """
    path, expected = _instrument_path(id_or_path, folder)
    document = read_document(path)
    instrument = validate(document, Instrument)
    check_instrument(instrument, document.where)
    if expected is not None:
        check_name(instrument.id, expected, document.where("id"))
    return instrument


def load_sectors(path: Path | str | None = None, folder: Path | None = None) -> SectorList:
    """The sector list in `path`, by default the shipped one; `folder` holds a workspace's own instruments.

    Raises SpecError naming file, key and cure: unknown group or instrument, duplicate ids, shares that do
    not sum to 1.
    """
    document = read_document(Path(path) if path is not None else schemas_root() / "sectors.yaml")
    sectors = validate(document, SectorList)
    check_sectors(sectors, document.where, (*presets(), *_own_instruments(folder)))
    return sectors


def load_wave(path: Path | str) -> Wave:
    """A wave file, checked by itself; `Workspace.wave` also checks it against its workspace."""
    document = read_document(Path(path))
    wave = validate(document, Wave)
    check_wave(wave, document.where)
    return wave


def load_map(path: Path | str) -> ColumnMap:
    """A column map, checked by itself; `Workspace.wave` also checks its items against the instruments."""
    document = read_document(Path(path))
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
    content = spec.model_dump(mode="json", by_alias=True)
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def check_name(found: str, expected: str, where: str) -> None:
    """Raise SpecError when the id inside a file is not the file's name."""
    if found != expected:
        problem = f"the id is '{found}' but the file is named '{expected}'"
        raise SpecError(where, problem, "Make the file name and the id the same")


def _instrument_path(id_or_path: str | Path, folder: Path | None) -> tuple[Path, str | None]:
    text = str(id_or_path)
    if isinstance(id_or_path, Path) or text.endswith((".yaml", ".yml")) or "/" in text or "\\" in text:
        return Path(id_or_path), None
    if IDENTIFIER.fullmatch(text):
        for root in (folder, schemas_root() / "instruments"):
            if root is not None and (root / f"{text}.yaml").is_file():
                return root / f"{text}.yaml", text
    known = tuple(sorted({*presets(), *_own_instruments(folder)}))
    raise SpecError(
        "instrument", f"there is no instrument '{text}'", did_you_mean(text, known, "instruments are")
    )


def _own_instruments(folder: Path | None) -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in folder.glob("*.yaml"))) if folder is not None else ()
