"""Brand diagnoses: a PDF for each brand over the threshold, in a folder of their own, for the enterprise alone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ncsi import atomic
from ncsi.disclosure import publishable
from ncsi.errors import PublicationError
from ncsi.report import content
from ncsi.report.content import DiagnosisPage
from ncsi.report.documents import ENDINGS
from ncsi.report.pdf import pdf
from ncsi.report.plain_files import make_private
from ncsi.report.release_spec import Apply, ReleaseSpec
from ncsi.report.result_rows import Tables


@dataclass(frozen=True, slots=True)
class Diagnoses:
    """What was written: the folder, its files, and how many brands are too small for one."""

    folder: Path
    files: tuple[str, ...]
    too_small: int


def write_diagnoses(
    tables: Tables, release: ReleaseSpec, folder: Path, sector: str | None = None, brand: str | None = None,
    apply: Apply = map,
) -> Diagnoses:  # fmt: skip
    """Write `<sector>/<brand>.pdf` for the wave's brands, or for those of a `sector`, or one `brand` of it.

    Only the owner of the folder may read it. Raises PublicationError when a brand asked for has too small an
    effective sample or is withheld, when no brand is left, or when Typst refuses a document.
    """
    shown = publishable(tables, release.wave.id, release.target, release.wave.level)
    sectors = [one for one in release.wave.sectors if sector in (None, one.id)]
    wanted = [
        (one.id, each)
        for one in sectors
        for each in content.shown_brands(shown, release, one.id)
        if brand in (None, each)
    ]
    if not wanted:
        what = f"brand {brand} of {sector}" if brand else f"sector {sector}" if sector else "the wave"
        raise PublicationError(
            f"wave {release.wave.id}: no diagnosis for {what}: the effective sample is below the publication "
            "threshold, or the figure is withheld so that another cannot be derived. Diagnose a published brand."
        )
    make_private(folder)
    contents = [content.diagnosis(shown, release, *one) for one in wanted]
    files = [name for names in apply(_write, contents, [folder] * len(contents)) for name in names]
    measured = sum(len(one.brands) for one in sectors) if brand is None else 1
    return Diagnoses(folder, tuple(sorted(files)), measured - len(wanted))


def _write(one: DiagnosisPage, folder: Path) -> list[str]:
    place = folder / one.sector
    place.mkdir(exist_ok=True, mode=0o700)
    names = []
    for shown in one.editions:
        made = pdf("diagnosis.typ", one, {}, shown, place)
        path = place / f"{one.brand}{ENDINGS[shown]}"
        atomic.write(path, made, mode=0o600)
        names.append(f"{one.sector}/{path.name}")
    return names
