"""Is a certificate of a grade on the signed list of a release? Valid, withdrawn, revised since, or not there at all.

Only a release that holds as a whole can say: look a certificate up after `verify_release` found nothing wrong.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from ncsi.errors import InputError
from ncsi.report.bundle.manifest import sha256 as sha256_of
from ncsi.report.bundle.proof import MANIFEST
from ncsi.report.derived_figures import rows_of
from ncsi.report.derived_grades import Row, certificate_of
from ncsi.report.freeze import kept_at
from ncsi.report.plain_files import plain
from ncsi.report.verify import attached_json, verify_release
from ncsi.spec.measures.grade_certificate import GradeCertificate
from ncsi.tables import OUT_GRADE_CERTIFICATES

_PDF = b"%PDF"
Status = Literal["valid", "withdrawn", "revised", "not listed"]
_TOLD = ("measure", "rule", "period", "unit", "product", "grade", "grade_zh", "grade_en", "evidence")


@dataclass(frozen=True, slots=True)
class Certified:
    """What a release says of a certificate.

    `sha256`: its number; `listed`: the line of the list it stands for, None where it is on none; `release_id` of the
    release, or of the revision, whose list that is; `reason`: why it was withdrawn; `now`: the line that stands now for
    the same unit and product, where it is another; `differs`: which claims of a certificate that is not listed the list
    tells otherwise.
    """

    status: Status
    sha256: str
    release_id: str
    listed: GradeCertificate | None = None
    reason: str = ""
    now: GradeCertificate | None = None
    differs: tuple[str, ...] = ()


def certified(folder: Path, sha256: str, told: GradeCertificate | None = None, signer: str = "") -> Certified:
    """What the release in `folder`, and the revisions of it that are kept beside it, say of a certificate.

    `told`: the certificate itself, where there is more than its number; claims that the list contradicts are named.
    `signer`: fingerprint of the key that signed the release; revisions signed by another are not asked.
    """
    rows = _rows(folder)
    own = next((row for row in rows if row["certificate"] == sha256), None)
    release = _release_id(folder)
    if own is not None:
        withdrawn = own["status"] != "valid"
        reason = plain(own["reason_en"]) if withdrawn else ""
        return Certified("withdrawn" if withdrawn else "valid", sha256, release, certificate_of(own), reason)
    for kept in _kept(folder, signer):
        old = next((row for row in _rows(kept) if row["certificate"] == sha256), None)
        if old is not None:
            line = certificate_of(old)
            return Certified("revised", sha256, _release_id(kept), line, now=_same_entry(rows, line))
    now = None if told is None else _same_entry(rows, told)
    return Certified("not listed", sha256, release, now=now, differs=tuple(_differs(told, now)))


def certificates_in(path: Path, folder: Path) -> tuple[tuple[GradeCertificate, ...], str]:
    """The certificates of a file, a JSON file of one or a PDF that carries them; and what is wrong with a PDF: its
    pages could say anything, so it must be, byte for byte, a document of the release in `folder`, or of one of its
    revisions. Raises InputError for a file without a certificate."""
    content = path.read_bytes()
    if not content.startswith(_PDF):
        return (GradeCertificate.read(content, path.name),), ""
    found = tuple(
        GradeCertificate.read(one, f"{path.name}: {name}") for name, one in attached_json(path).items()
    )
    if not found:
        raise InputError(
            str(path), "this PDF carries no certificate", "Name the PDF of a unit, or a certificate"
        )
    digest = sha256_of(content)
    releases = (folder, *kept_at(folder.resolve(), 0).parent.glob("r*"))
    if any(digest in _manifest(one)["files"].values() for one in releases if (one / MANIFEST).is_file()):
        return found, ""
    return found, f"{path.name}: no document of this release: its pages may say other than its certificate"


def _same_entry(rows: Sequence[Row], of: GradeCertificate) -> GradeCertificate | None:
    """The valid line for the same unit and product of the same measure."""
    for row in rows:
        line = certificate_of(row)
        if (line.measure, line.unit, line.product) == (of.measure, of.unit, of.product) and row[
            "status"
        ] == "valid":
            return line
    return None


def _differs(told: GradeCertificate | None, listed: GradeCertificate | None) -> Iterator[str]:
    if told is None:
        return
    if listed is None:
        product = f", {told.product}," if told.product else ""
        yield f"unit: the list has no certificate for {told.unit}{product} of {told.measure}"
        return
    for name in _TOLD:
        said, true = getattr(told, name), getattr(listed, name)
        if said != true:
            yield f"{name}: the certificate says '{said}', the list says '{true}'"


def _rows(folder: Path) -> list[Mapping[str, str]]:
    path = folder / "data" / f"{OUT_GRADE_CERTIFICATES.name}.csv"
    return [*rows_of(path.read_bytes())] if path.is_file() else []


def _kept(folder: Path, signer: str) -> Iterator[Path]:
    """Earlier revisions of a release that are kept, latest first; those that do not hold are left out."""
    place = kept_at(folder.resolve(), 0).parent
    revisions = (one for one in place.glob("r*") if one.name[1:].isdigit())
    for one in sorted(revisions, key=lambda path: -int(path.name[1:])):
        if (one / MANIFEST).is_file() and not verify_release(one, signer).problems:
            yield one


def _release_id(folder: Path) -> str:
    return str(_manifest(folder)["release_id"])


def _manifest(folder: Path) -> Mapping[str, Any]:
    made: Mapping[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    return made
