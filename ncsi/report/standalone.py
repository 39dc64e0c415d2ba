"""A release that belongs to no wave, of an index or a measure run by itself: written whole, frozen, signed."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from ncsi import atomic
from ncsi.errors import PublicationError
from ncsi.report.bundle import Cover, sign_manifest, write_readme, write_standalone_manifest, write_tables
from ncsi.report.bundle.proof import Standing
from ncsi.report.bundle.workbook import write_workbook
from ncsi.report.documents import write_job
from ncsi.report.freeze import differing, frozen, kept_at
from ncsi.report.release_spec import Apply, Provenance, Release
from ncsi.report.woff import characters_of, font_css, require_glyphs
from ncsi.signing import SigningKey
from ncsi.spec.wave import RevisionNote
from ncsi.tables import OUT_REVISIONS

Jobs = Callable[[str], list[Callable[[Path], None]]]
"""The fonts of a release → what writes each of its documents into its folder."""


@dataclass(frozen=True, slots=True)
class Standalone:
    """What a release by itself is of (`index` or `measure`), and what it was made from. `correction`: why figures that
    are public are replaced; None for a first release, or the same figures again."""

    kind: Standing
    cover: Cover
    provenance: Provenance
    correction: RevisionNote | None = None


@dataclass(frozen=True, slots=True)
class Documents:
    """Texts of its pages by what they are of, and what writes them."""

    texts: dict[str, str]
    jobs: Jobs


def publish_standalone(
    shown: dict[str, pd.DataFrame],
    documents: Documents,
    headline: Mapping[str, Any],
    release: Standalone,
    out: Path,
    key: SigningKey | None = None,
    draft: Path | None = None,
    apply: Apply = map,
) -> Release:
    """Write a release into `out`, replacing what is there; all of it, or nothing.

    `shown`: disclosed tables. Other figures than those that are public need a `correction`; what they replace is kept
    in `revisions/`. With `draft` it is written there, as it would stand in `out`. The same inputs and key give the same
    bytes. Raises PublicationError: a glyph that the fonts lack, other figures without a correction.
    """
    notes = notes_of(out, release)
    typeface = release.cover.look.typeface
    require_glyphs(documents.texts, typeface)
    shown_characters = characters_of(documents.texts)
    fonts = font_css(shown_characters, apply, typeface=typeface)
    with atomic.replacing_folder(draft or out, None if draft else _kept(out, len(notes))) as folder:
        write_tables(shown, {}, release.cover, folder)
        _require_frozen(folder, out, release)
        write_workbook(shown, release.cover, folder / "data" / "release.xlsx")
        jobs = documents.jobs(fonts)
        for _ in apply(write_job, jobs, [folder] * len(jobs)):
            pass
        write_readme(folder, release.cover, release.kind)
        write_standalone_manifest(release.kind, release.cover, _facts(headline, release, notes), folder)
        if key is not None:
            sign_manifest(folder, key)
        files = tuple(sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()))
    return Release(
        release_id=release.cover.release_id,
        folder=draft or out,
        files=files,
        revisions=pd.DataFrame(columns=list(OUT_REVISIONS.names)),
        synthetic=release.cover.synthetic,
        in_our_font=typeface.lacking(shown_characters) if typeface is not None else "",
    )


def notes_of(out: Path, release: Standalone) -> list[dict[str, Any]]:
    """Notes of all corrections of the release in `out`, that of this one last."""
    own = [] if release.correction is None else [release.correction.model_dump(mode="json")]
    return [*revisions_of(out), *own]


def revisions_of(out: Path) -> list[dict[str, Any]]:
    """Notes of the corrections of the release in `out`, as its manifest holds them; none where there is none."""
    public = frozen(out)
    if public is None:
        return []
    manifest = json.loads((public.folder / "manifest.json").read_text(encoding="utf-8"))
    return list(manifest["revisions"])


def _kept(out: Path, revision: int) -> Path | None:
    public = frozen(out)
    return kept_at(out, public.revision) if public is not None and public.revision < revision else None


def _require_frozen(made: Path, out: Path, release: Standalone) -> None:
    public = frozen(out)
    if public is None:
        return
    differ = differing(made, public)
    if differ and release.correction is None:
        more = f" and {len(differ) - 1} more tables differ" if len(differ) > 1 else " differs"
        raise PublicationError(
            f"{release.kind} {release.cover.id}: already published as {public.release_id} with other figures: "
            f"{differ[0]}{more}. Published figures are frozen. Say why they are corrected with --correct, in Chinese "
            "and in English; what was published stays in revisions/. If it was never public, move "
            f"{out.name} away."
        )
    if not differ and release.correction is not None:
        raise PublicationError(
            f"{release.kind} {release.cover.id}: already published as {public.release_id} with these figures, so "
            "there is nothing to correct. Leave --correct out."
        )


def _facts(
    headline: Mapping[str, Any], release: Standalone, notes: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    provenance = release.provenance
    return {
        "revisions": list(notes),
        "revision": len(notes),
        "headline": dict(headline),
        "seed": provenance.seed,
        "replicates": provenance.replicates,
        "spec_sha256": dict(provenance.spec_sha256),
        "source_sha256": dict(provenance.source_sha256),
        "versions": dict(provenance.versions),
    }
