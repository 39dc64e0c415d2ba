"""`manifest.json`: what a release is made from, its headline, and the SHA-256 of every file in it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from ncsi.errors import InputError
from ncsi.report.bundle.cover import Cover
from ncsi.report.plain_files import as_json
from ncsi.report.release_spec import ReleaseSpec
from ncsi.report.release_warnings import incomplete_of
from ncsi.report.result_rows import records
from ncsi.spec import Label

_SAID = {"release_id", "wave", "label", "release_date", "embargoed", "synthetic", "files"}
"""What every release says."""


def write_manifest(national: pd.DataFrame, folder: Path, spec: ReleaseSpec) -> None:
    """Write it last of all. `national`: the table out_index_national as published."""
    (folder / "manifest.json").write_text(as_json(_manifest(national, folder, spec)), encoding="utf-8")


def write_standalone_manifest(kind: str, cover: Cover, facts: Mapping[str, Any], folder: Path) -> None:
    """The manifest of an `index` or a `measure` that is run by itself, last of all. `facts`: what it was made from."""
    told = {
        "release_id": cover.release_id,
        "kind": kind,
        "wave": cover.id,
        "title": _both(cover.title),
        "label": _both(cover.label),
        "publisher": _both(cover.publisher),
        "release_date": cover.release_date.isoformat(),
        "embargo": None,
        "embargoed": False,
        "draft": False,
        "synthetic": cover.synthetic,
        **facts,
        "files": hashes_of(folder),
    }
    (folder / "manifest.json").write_text(as_json(told), encoding="utf-8")


def read_manifest(path: Path) -> dict[str, Any]:
    """What a release says of itself. Raises InputError where it is damaged: what is out cannot be told then."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict) or not _SAID.issubset(told):
        raise damaged(path.parent)
    return told


def damaged(release: Path) -> InputError:
    """That a release cannot be read."""
    problem = "this release is damaged: its manifest or tables cannot be read"
    cure = (
        f"`ncsi verify {release}` says what is wrong. Restore the folder from a backup, or move it away and publish "
        "that wave again: the same inputs and key give the same bytes"
    )
    return InputError(str(release), problem, cure)


def hashes_of(folder: Path) -> dict[str, str]:
    """SHA-256 of every file in a folder, by its place there."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {one.relative_to(folder).as_posix(): sha256(one.read_bytes()) for one in files}


def _manifest(national: pd.DataFrame, folder: Path, spec: ReleaseSpec) -> dict[str, Any]:
    provenance = spec.provenance
    return {
        "release_id": provenance.release_id,
        "wave": spec.wave.id,
        "title": _both(spec.wave.title),
        "label": _both(spec.wave.label),
        "publisher": _both(spec.wave.publisher),
        "release_date": spec.wave.release_date.isoformat(),
        "embargo": spec.wave.embargo.isoformat() if spec.wave.embargo else None,
        "embargoed": spec.embargoed,
        "draft": spec.draft,
        "incomplete": _incomplete(spec),
        "revisions": [one.model_dump(mode="json") for one in spec.wave.revisions],
        "bands": {"version": spec.bands.version, "source": spec.bands.source},
        "revision": len(spec.wave.revisions),
        "synthetic": spec.wave.synthetic,
        "headline": _headline(national, spec),
        "seed": provenance.seed,
        "replicates": provenance.replicates,
        "spec_sha256": dict(provenance.spec_sha256),
        "source_sha256": dict(provenance.source_sha256),
        "versions": dict(provenance.versions),
        "files": hashes_of(folder),
    }


def _incomplete(spec: ReleaseSpec) -> dict[str, Any] | None:
    """The sectors that it leaves out, each with the code of why, and the sentence that readers see."""
    if spec.incomplete is None:
        return None
    told = incomplete_of(spec)
    return {
        "sectors": {one.sector: one.reason for one in spec.incomplete.sectors},
        "zh": told.zh,
        "en": told.en,
    }


def _both(label: Label) -> dict[str, str]:
    return {"zh": label.zh, "en": label.en}


def _headline(national: pd.DataFrame, spec: ReleaseSpec) -> dict[str, Any]:
    """The figures that `ncsi verify` derives again from the sectors' indices and shares."""
    row = records(national[national["construct"] == spec.target])[0]
    figures = {key: row[key] for key in ("index_0_100", "se", "low", "high")}
    return {"construct": spec.target, "level": spec.wave.level, **figures}


def sha256(content: bytes) -> str:
    """The hash in hexadecimal."""
    return hashlib.sha256(content).hexdigest()
