"""Result tables of a composite index → one release folder, of the same kind as a wave's."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from ncsi import atomic
from ncsi.disclosure import publishable_indices
from ncsi.errors import PublicationError
from ncsi.report.bundle import Cover, sign_manifest, write_index_manifest, write_readme, write_tables
from ncsi.report.bundle.workbook import write_workbook
from ncsi.report.composite import heading_of, index_jobs, index_pages
from ncsi.report.documents import write_job
from ncsi.report.freeze import differing, frozen, kept_at
from ncsi.report.release_spec import Apply, Provenance, Release
from ncsi.report.woff import characters_of, font_css, require_glyphs
from ncsi.signing import SigningKey
from ncsi.spec.index_plan import IndexPlan
from ncsi.spec.wave import RevisionNote
from ncsi.tables import OUT_COMPOSITE_BY_UNIT, OUT_COMPOSITES, OUT_REVISIONS

WHOLE = "all"


@dataclass(frozen=True, slots=True)
class IndexRelease:
    """What the release of an index is, and what it was made from. `correction`: why figures that are public are
    replaced; None for a first release, or the same figures again."""

    plan: IndexPlan
    cover: Cover
    provenance: Provenance
    correction: RevisionNote | None = None


def publish_index_release(
    tables: Mapping[str, pd.DataFrame],
    release: IndexRelease,
    out: Path,
    key: SigningKey | None = None,
    draft: Path | None = None,
    apply: Apply = map,
) -> Release:
    """Write the release of an index into `out`, replacing what is there; all of it, or nothing.

    `tables`: every table of composite indices. Other figures than those that are public need a `correction`; what they
    replace is kept in `revisions/`. With `draft` it is written there, as it would stand in `out`. The same inputs and
    key give the same bytes. Raises PublicationError: a table or column missing, other figures without a correction.
    """
    atomic.recover(out)
    shown = publishable_indices(tables, release.cover.id)
    notes = _notes(out, release)
    level = float(shown[OUT_COMPOSITES.name]["level"].iloc[0])
    pages = index_pages(shown, release.plan, heading_of(release.cover, release.provenance, level, notes))
    require_glyphs(pages.texts)
    fonts = font_css(characters_of(pages.texts), apply)
    with atomic.replacing_folder(draft or out, None if draft else _kept(out, len(notes))) as folder:
        write_tables(shown, {}, release.cover, folder)
        _require_frozen(folder, out, release)
        write_workbook(shown, release.cover, folder / "data" / "release.xlsx")
        jobs = index_jobs(pages, fonts)
        for _ in apply(write_job, jobs, [folder] * len(jobs)):
            pass
        write_readme(folder, release.cover, "index")
        write_index_manifest(release.cover, _facts(shown, release, notes), folder)
        if key is not None:
            sign_manifest(folder, key)
        files = tuple(sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()))
    return Release(
        release_id=release.cover.release_id,
        folder=draft or out,
        files=files,
        revisions=pd.DataFrame(columns=list(OUT_REVISIONS.names)),
        synthetic=release.cover.synthetic,
    )


def revisions_of(out: Path) -> list[dict[str, Any]]:
    """Notes of the corrections of the release in `out`, as its manifest holds them; none where there is none."""
    public = frozen(out)
    if public is None:
        return []
    manifest = json.loads((public.folder / "manifest.json").read_text(encoding="utf-8"))
    return list(manifest["revisions"])


def _notes(out: Path, release: IndexRelease) -> list[dict[str, Any]]:
    own = [] if release.correction is None else [release.correction.model_dump(mode="json")]
    return [*revisions_of(out), *own]


def _kept(out: Path, revision: int) -> Path | None:
    public = frozen(out)
    return kept_at(out, public.revision) if public is not None and public.revision < revision else None


def _require_frozen(made: Path, out: Path, release: IndexRelease) -> None:
    public = frozen(out)
    if public is None:
        return
    differ = differing(made, public)
    if differ and release.correction is None:
        more = f" and {len(differ) - 1} more tables differ" if len(differ) > 1 else " differs"
        raise PublicationError(
            f"index {release.cover.id}: already published as {public.release_id} with other figures: "
            f"{differ[0]}{more}. Published figures are frozen. Say why they are corrected with --correct, in Chinese "
            "and in English; what was published stays in revisions/. If it was never public, move "
            f"{out.name} away."
        )
    if not differ and release.correction is not None:
        raise PublicationError(
            f"index {release.cover.id}: already published as {public.release_id} with these figures, so there is "
            "nothing to correct. Leave --correct out."
        )


def _facts(
    shown: Mapping[str, pd.DataFrame], release: IndexRelease, notes: list[dict[str, Any]]
) -> dict[str, Any]:
    provenance = release.provenance
    return {
        "revisions": notes,
        "revision": len(notes),
        "headline": _headline(shown),
        "seed": provenance.seed,
        "replicates": provenance.replicates,
        "spec_sha256": dict(provenance.spec_sha256),
        "source_sha256": dict(provenance.source_sha256),
        "versions": dict(provenance.versions),
    }


def _headline(shown: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    """The index of all units together, where there are figures of them."""
    about = shown[OUT_COMPOSITES.name].iloc[0]
    units = shown[OUT_COMPOSITE_BY_UNIT.name]
    whole = units[(units["unit"] == WHOLE) & (units["version"] == about["benchmark_version"])][
        "score"
    ].dropna()
    score = None if whole.empty else float(whole.iloc[-1])
    return {
        "tree": str(about["tree"]),
        "year": int(about["year"]),
        "node": str(about["root"]),
        "score": score,
    }
