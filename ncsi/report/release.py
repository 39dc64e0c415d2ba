"""Result tables → one release folder: written beside the old one, then put in its place."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import pandas as pd

from ncsi import atomic
from ncsi.disclosure import publishable, require_nothing_given_away
from ncsi.report.bundle import cover_of, sign_manifest, write_book, write_data, write_manifest, write_readme
from ncsi.report.documents import write_job
from ncsi.report.freeze import earlier, frozen, kept_at, require_frozen
from ncsi.report.release_pages import ReleasePages
from ncsi.report.release_spec import Apply, Release, ReleaseSpec
from ncsi.report.release_warnings import restriction_of
from ncsi.report.result_rows import Tables
from ncsi.report.revised_figures import revisions_table
from ncsi.report.share import require_libraries
from ncsi.report.woff import characters_of, font_css, require_glyphs
from ncsi.signing import SigningKey
from ncsi.tables import OUT_INDEX_NATIONAL, OUT_REVISIONS

Progress = Callable[[str, int, int], None]


def publish_release(
    tables: Tables,
    release: ReleaseSpec,
    out: Path,
    apply: Apply = map,
    on_progress: Progress | None = None,
    key: SigningKey | None = None,
    draft: Path | None = None,
    before_out: Callable[[pd.DataFrame], None] | None = None,
) -> Release:
    """Write the release of a wave into `out`, replacing what is there; all of it, or nothing.

    A public release in `out` is replaced by the same figures, or by its next revision, and then kept in
    `revisions/` beside it; an embargoed one and a draft are replaced freely.

    `tables`: every public result table of the wave. `apply` maps the writing of documents: the built-in `map`,
    or that of a pool of processes. `key` signs its manifest, where there is one; its public key is in the release's
    provenance. With `draft` it is written there, as it would stand in `out`, for `release_draft`. `before_out` gets its
    rows of out_revisions when all is written, and what it raises keeps the release from coming out. The same inputs and
    key give the same bytes. Raises PublicationError: a table or column missing, a glyph that the fonts
    lack, a document that Typst refuses, other figures without a revision.
    """
    require_libraries(release.formats)
    atomic.recover(out)
    shown = publishable(tables, release.wave.id, release.target, release.wave.level)
    revision = len(release.wave.revisions)
    shown[OUT_REVISIONS.name] = revisions_table(earlier(out, revision), shown, release)
    with atomic.replacing_folder(draft or out, None if draft else _kept(out, revision)) as folder:
        data = partial(write_data, shown, release)
        if public := not release.draft and frozen(out) is not None:
            data(folder)
            require_frozen(folder, out, release.wave.id, revision)
        in_our_font = _write_documents(shown, release, folder, apply, on_progress, () if public else (data,))
        write_readme(folder, cover_of(release), restriction=restriction_of(release))
        write_manifest(shown[OUT_INDEX_NATIONAL.name], folder, release)
        if key is not None:
            sign_manifest(folder, key)
        files = tuple(sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()))
        if before_out is not None:
            before_out(shown[OUT_REVISIONS.name])
    return Release(
        release.provenance.release_id,
        draft or out,
        files,
        shown[OUT_REVISIONS.name],
        release.wave.synthetic,
        release.embargoed,
        draft=release.draft,
        left_out=release.incomplete.sectors if release.incomplete else (),
        in_our_font=in_our_font,
    )


def _write_documents(
    shown: dict[str, pd.DataFrame],
    release: ReleaseSpec,
    folder: Path,
    apply: Apply,
    on_progress: Progress | None,
    first: Sequence[Callable[[Path], None]],
) -> str:
    """Write the pages and the book, after what has to be written `first`, and hold what is shown against what is
    hidden; the characters of the pages that a font of the theme lacks. Raises PublicationError."""
    # What needs no page is done beside what makes them: the longest document, the gate of publication.
    begun = [
        *first,
        partial(write_book, shown, release),
        partial(_require_nothing_given_away, shown, release),
    ]
    beside = apply(write_job, begun, [folder] * len(begun))
    try:
        pages = ReleasePages.of(shown, release)
        texts, typeface = pages.texts, release.look.typeface
        require_glyphs(texts, typeface)
        characters = characters_of(texts)
        documents = pages.jobs(font_css(characters, apply, typeface=typeface))
    finally:
        list(beside)
    for done, _ in enumerate(apply(write_job, documents, [folder] * len(documents)), 1):
        if on_progress:
            on_progress("publish", done, len(documents))
    return typeface.lacking(characters) if typeface is not None else ""


def _require_nothing_given_away(shown: Tables, release: ReleaseSpec, _folder: Path) -> None:
    require_nothing_given_away(shown, release.wave.id, release.target, _declared_shares(release))


def release_draft(draft: Path, out: Path, revision: int) -> None:
    """Put a draft of that revision in the place of the release in `out`, all of it or nothing."""
    atomic.recover(out)
    with atomic.replacing_folder(out, _kept(out, revision)) as folder:
        shutil.copytree(draft, folder, dirs_exist_ok=True)
    shutil.rmtree(draft)


def _kept(out: Path, revision: int) -> Path | None:
    """Where what stands in `out` stays: it is an earlier revision."""
    public = frozen(out)
    return kept_at(out, public.revision) if public is not None and public.revision < revision else None


def _declared_shares(release: ReleaseSpec) -> dict[str, dict[str, float]]:
    """Brand shares by sector, where every brand of it has one: they are public."""
    found = {
        one.id: {brand.id: brand.share for brand in one.brands if brand.share is not None}
        for one in release.wave.sectors
    }
    return {
        one.id: found[one.id] for one in release.wave.sectors if len(found[one.id]) == len(one.brands) > 0
    }
