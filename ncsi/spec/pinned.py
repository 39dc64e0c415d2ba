"""Questionnaires as the waves of a workspace asked them: copies in `instruments/pinned/`, a file for each content and
one for each wave, which says what its sectors were asked.

The store is the record (`core_questionnaires_by_sector`); these files are how a wave's specs are read without it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from ncsi import atomic
from ncsi.errors import SpecError
from ncsi.spec.instrument import Instrument
from ncsi.spec.load import canonical

_FOLDER = "pinned"
_CURE = "Run `ncsi audit --repair`, which writes it again from the store"


@dataclass(frozen=True, slots=True)
class Pin:
    """What a sector was asked: id and version of the instrument, its canonical JSON, and the SHA-256 (hex) of that."""

    instrument: str
    version: str
    sha256: str
    content: str

    @classmethod
    def of(cls, instrument: Instrument) -> Pin:
        """The pin of an instrument as it is now."""
        content = canonical(instrument)
        return cls(instrument.id, instrument.version, _sha256(content), content)

    def read(self) -> Instrument:
        """The instrument. Raises SpecError where the content is not one, or not what its hash says."""
        where = f"{self.instrument} {self.version}, {self.sha256[:12]}"
        if _sha256(self.content) != self.sha256:
            raise SpecError(where, "the copy of this questionnaire was changed", _CURE)
        try:
            return Instrument.model_validate_json(self.content)
        except ValidationError as error:
            problem = f"this version of ncsi does not read the copy of the questionnaire ({error.error_count()} faults)"
            raise SpecError(
                where, problem, "Estimate the wave with the version that it was made with"
            ) from error


def read_pins(folder: Path, wave: str) -> dict[str, Pin]:
    """What the sectors of a wave were asked, by sector; none where nothing of it was collected. `folder`: that of the
    workspace's instruments. Raises SpecError where a file is damaged or gone."""
    path = folder / _FOLDER / f"{wave}.json"
    if not path.is_file():
        return {}
    try:
        told = json.loads(path.read_bytes())
        return {str(sector): _pin(path.parent, *map(str, one)) for sector, one in told.items()}
    except (OSError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise SpecError(str(path), "it cannot be read", _CURE) from error


def write_pins(folder: Path, wave: str, pins: Mapping[str, Pin]) -> None:
    """Write what `read_pins` reads, in place of what is there; the wave's file last. Raises OSError."""
    place = folder / _FOLDER
    path = place / f"{wave}.json"
    if not pins:
        path.unlink(missing_ok=True)
        return
    place.mkdir(parents=True, exist_ok=True)
    for pin in pins.values():
        copy = _copy(place, pin.sha256)
        if not copy.is_file() or hashlib.sha256(copy.read_bytes()).hexdigest() != pin.sha256:
            atomic.write(copy, pin.content.encode())
    listed = {sector: [one.instrument, one.version, one.sha256] for sector, one in sorted(pins.items())}
    atomic.write(path, json.dumps(listed, indent=1).encode())


def differing(folder: Path, wave: str, pins: Mapping[str, Pin]) -> Iterator[str]:
    """Sectors whose files do not say what the store does."""
    try:
        there: Mapping[str, Pin] = read_pins(folder, wave)
    except SpecError:
        there = {}
    yield from (sector for sector in sorted({*pins, *there}) if pins.get(sector) != there.get(sector))


def _pin(place: Path, instrument: str, version: str, sha256: str) -> Pin:
    copy = _copy(place, sha256)
    if not copy.is_file():  # to read a pipe would wait for whoever writes to it
        raise FileNotFoundError(copy)
    return Pin(instrument, version, sha256, copy.read_text(encoding="utf-8"))


def _copy(place: Path, sha256: str) -> Path:
    if len(sha256) != len(_sha256("")) or not sha256.isalnum():
        raise ValueError("no SHA-256")
    return place / f"{sha256}.json"


def _sha256(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()
