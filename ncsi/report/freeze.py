"""A published release is frozen: its figures may be written again as they are; others become its next revision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ncsi.errors import OutOfOrder
from ncsi.report.bundle.manifest import damaged, read_manifest, sha256
from ncsi.report.withdrawn import withdrawal_of
from ncsi.tables import Layer

_KEPT = "revisions"


@dataclass(frozen=True, slots=True)
class Frozen:
    """A release that is public: its folder, its revision (0 is the first), the SHA-256 of its result tables."""

    folder: Path
    release_id: str
    revision: int
    tables: Mapping[str, str]


def frozen(out: Path) -> Frozen | None:
    """The release in `out`; None where there is none, or only one under embargo or a draft. InputError where it is
    damaged, since what is frozen cannot be told then."""
    path = out / "manifest.json"
    if not path.is_file():
        return None
    manifest = read_manifest(path)
    if manifest["embargoed"] or manifest.get("draft", False):
        return None
    try:
        tables = {name: digest for name, digest in manifest["files"].items() if _is_table(name)}
        return Frozen(out, manifest["release_id"], int(manifest.get("revision", 0)), tables)
    except (ValueError, TypeError, AttributeError) as error:
        raise damaged(out) from error


def earlier(out: Path, revision: int) -> Path | None:
    """Folder of the revision before `revision`, where it is kept or still stands in `out`; None where it is withdrawn,
    as its figures are not shown again."""
    public = frozen(out)
    found = out if public is not None and public.revision == revision - 1 else kept_at(out, revision - 1)
    return found if found.is_dir() and withdrawal_of(found) is None else None


def kept_at(out: Path, revision: int) -> Path:
    """Where a replaced revision of the release in `out` stays."""
    return out.parent / _KEPT / out.name / f"r{revision}"


def require_frozen(made: Path, out: Path, wave: str, revision: int) -> None:
    """Refuse to publish other figures as the same revision, or a revision that does not follow the public one.

    `made` holds the new release's `data/`. Raises PublicationError naming the first table that differs.
    """
    public = frozen(out)
    if public is None:
        return
    if revision not in (public.revision, public.revision + 1):
        raise OutOfOrder(
            f"wave {wave}: {out.name} is published as revision {public.revision}, and waves/{wave}.yaml declares "
            f"{revision} revisions. Declare one revision more than is published, and remove none."
        )
    differ = differing(made, public)
    if revision == public.revision and differ:
        more = f" and {len(differ) - 1} more tables differ" if len(differ) > 1 else " differs"
        raise OutOfOrder(
            f"wave {wave}: already published as {public.release_id} with other figures: {differ[0]}{more}. A "
            "published wave is frozen, so that readers never find other figures under the same name. If it was never "
            f"public, move {out.name} away and publish again. Else say under `revisions` in waves/{wave}.yaml when and "
            "why it is corrected, as in `revisions: [{date: 2026-06-01, note: {zh: …, en: …}}]`, then publish again; "
            f"what was published stays in {_KEPT}/. `ncsi publish --draft` shows figures without publishing them."
        )


def differing(made: Path, public: Frozen) -> list[str]:
    """Result tables of the release in `made` that are not those that are public."""
    files = (path for path in sorted((made / "data").iterdir()) if _is_table(f"data/{path.name}"))
    new = {f"data/{path.name}": sha256(path.read_bytes()) for path in files}
    return [name for name in sorted({*new, *public.tables}) if new.get(name) != public.tables.get(name)]


def _is_table(name: str) -> bool:
    file = PurePosixPath(name)
    return file.parts[:-1] == ("data",) and file.suffix == ".csv" and Layer.of(file.stem) is Layer.OUT
