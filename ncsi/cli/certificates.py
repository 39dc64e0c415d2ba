"""What `ncsi verify --certificate` says of certificates of grades."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from ncsi.report.certified import Certified
    from ncsi.spec.measures.grade_certificate import GradeCertificate


@dataclass(frozen=True, slots=True)
class LookedUp:
    """What was found, as lines and as facts; `holds`: whether all of it is valid."""

    lines: tuple[str, ...]
    facts: dict[str, Any]
    holds: bool


def looked_up(folder: Path, given: str, signer: str) -> LookedUp:
    """Look up a certificate, by its SHA-256 or from its file, in a release that holds.

    Raises InputError for a file without a certificate; click's BadParameter for what is neither.
    """
    from ncsi.report.certified import certificates_in, certified

    plain = "".join(given.split()).lower()
    if re.fullmatch(r"[0-9a-f]{64}", plain):
        found: tuple[Certified, ...] = (certified(folder, plain, None, signer),)
        wrong = ""
    elif Path(given).is_file():
        told, wrong = certificates_in(Path(given), folder)
        found = tuple(certified(folder, one.sha256, one, signer) for one in told)
    else:
        raise click.BadParameter(
            f"'{given}' is neither a file nor a SHA-256 of 64 hexadecimal digits.", param_hint="--certificate"
        )
    lines = [line for one in found for line in _lines(one)] + ([f"  {wrong}"] if wrong else [])
    facts = {"certificates": [_facts(one) for one in found], "problem": wrong}
    return LookedUp(tuple(lines), facts, not wrong and all(one.status == "valid" for one in found))


def _lines(one: Certified) -> list[str]:
    number = f"Certificate {one.sha256[:16]}…"
    if one.status == "not listed":
        return [f"{number}: not on the list of {one.release_id}.", *(f"  {line}" for line in one.differs)]
    told = f"{_named(one.listed)}, on the list of {one.release_id}"
    if one.status == "valid":
        return [f"{number}: valid. {told}."]
    if one.status == "withdrawn":
        return [f"{number}: withdrawn. {told}: {one.reason}."]
    now = _named(one.now) if one.now else "none"
    return [f"{number}: revised since. {told}.", f"  What stands now: {now}."]


def _named(one: GradeCertificate | None) -> str:
    if one is None:
        return ""
    product = f", {one.product}" if one.product else ""
    return f"{one.unit}{product}: {one.grade_zh} ({one.grade_en}) by {one.rule} for {one.period}"


def _facts(one: Certified) -> dict[str, Any]:
    return {
        "sha256": one.sha256, "status": one.status, "release": one.release_id, "reason": one.reason,
        "listed": one.listed.model_dump() if one.listed else None, "now": one.now.model_dump() if one.now else None,
        "differs": list(one.differs),
    }  # fmt: skip
