"""What the data of a release say of it: title, publisher, date, warnings; the same of a wave and of an index."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from ncsi.report.look import PLAIN, Look
from ncsi.report.release_spec import ReleaseSpec
from ncsi.report.release_warnings import warnings_of
from ncsi.report.text import Pair
from ncsi.spec import Label


@dataclass(frozen=True, slots=True)
class Cover:
    """`id`: the wave, or tree and year of an index; `notes`: of revisions, with their dates; `signer`: the public key
    that it is signed with, empty where it is not; `look`: of pages that are made from it."""

    id: str
    title: Label
    label: Label
    publisher: Label
    release_date: date
    release_id: str
    synthetic: bool
    warnings: tuple[Pair, ...]
    notes: tuple[str, ...]
    signer: bytes
    look: Look = PLAIN


def cover_of(spec: ReleaseSpec) -> Cover:
    """The cover of a wave's release."""
    wave = spec.wave
    return Cover(
        id=wave.id,
        title=wave.title,
        label=wave.label,
        publisher=wave.publisher,
        release_date=wave.release_date,
        release_id=spec.provenance.release_id,
        synthetic=wave.synthetic,
        warnings=tuple(warnings_of(spec)),
        notes=tuple(f"{one.date} {words}" for one in wave.revisions for words in (one.note.zh, one.note.en)),
        signer=spec.provenance.signer,
        look=spec.look,
    )
