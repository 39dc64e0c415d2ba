"""Result tables → one release folder: written beside the old one, then put in its place."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pandas as pd

from ncsi import atomic
from ncsi.disclosure import publishable, require_nothing_given_away
from ncsi.report import content
from ncsi.report.bundle import cover_of, sign_manifest, write_book, write_data, write_manifest, write_readme
from ncsi.report.composite import index_jobs, index_pages
from ncsi.report.content import SectorPage
from ncsi.report.content.heading import heading, index_folder
from ncsi.report.content.sections import shown_of_nation, shown_of_sector
from ncsi.report.documents import (
    SectorReport,
    write_explorer,
    write_job,
    write_method,
    write_national,
    write_press,
    write_sector,
)
from ncsi.report.freeze import earlier, frozen, kept_at, require_frozen
from ncsi.report.measures import measure_jobs, write_measure
from ncsi.report.measures.heading import measure_folder
from ncsi.report.pages import words
from ncsi.report.release_spec import Apply, Release, ReleaseSpec
from ncsi.report.result_rows import Tables, of, with_plain_texts
from ncsi.report.revised_figures import revisions_table
from ncsi.report.share import national_outline, require_libraries, sector_outline
from ncsi.report.situation import situation
from ncsi.report.woff import characters_of, font_css, require_glyphs
from ncsi.signing import SigningKey
from ncsi.tables import OUT_DRIVERS_BY_CONSTRUCT, OUT_INDEX_NATIONAL, OUT_PATHS_BY_SECTOR, OUT_REVISIONS

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
        write_data(shown, release, folder)
        require_frozen(folder, out, release.wave.id, revision)
        # What needs no page is done beside what makes them: the longest document, the gate of publication.
        begun = [partial(write_book, shown, release), partial(_require_nothing_given_away, shown, release)]
        beside = apply(write_job, begun, [folder] * len(begun))
        try:
            documents = _documents(shown, release, apply)
        finally:
            list(beside)
        for done, _ in enumerate(apply(write_job, documents, [folder] * len(documents)), 1):
            if on_progress:
                on_progress("publish", done, len(documents))
        write_readme(folder, cover_of(release))
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
    )


def _documents(shown: Tables, release: ReleaseSpec, apply: Apply) -> list[Callable[[Path], None]]:
    """The national report, the press note and each sector's report, ready to be written into a folder."""
    read = with_plain_texts(shown)
    left_out = release.look.left_out
    national = shown_of_nation(content.national(read, release), left_out)
    sectors = [
        shown_of_sector(content.sector(read, release, one.id), left_out) for one in release.wave.sectors
    ]
    note = content.press(national, release)
    method = content.method_page(read, release)
    explored = content.explorer(read, release)
    texts = {
        "national report": words(national),
        "press note": words(note),
        "method and quality": words(method),
        **{one.sector: words(one) for one in sectors},
        "explorer": words(explored),  # names of the sectors, whose place is told rather
    }
    indices = [
        index_pages(shown, one, heading(release), index_folder(one.tree.id)) for one in release.indices
    ]
    for one in indices:
        texts |= one.texts
    measures = [
        one.pages(shown, one.plan, heading(release), measure_folder(one.plan.id)) for one in release.measures
    ]
    for of_measure in measures:
        texts |= of_measure.texts
    state = situation(
        shown, release, national, [one.bulletin for one in indices], [one.main for one in measures]
    )
    if state is not None:
        texts["situation report"] = words(state)
    require_glyphs(texts)
    fonts = font_css(characters_of(texts), apply)
    return [
        partial(
            write_national,
            national,
            fonts,
            carried=national_outline(national, read, release) if release.formats else None,
            formats=release.formats,
        ),
        partial(write_press, note, fonts, formats=release.formats, site_url=release.site_url),
        partial(write_method, method, fonts),
        partial(write_explorer, explored, fonts),
        *(partial(write_sector, _with_figures(one, shown, read, release), fonts) for one in sectors),
        *(job for one in indices for job in index_jobs(one, fonts)),
        *([partial(write_measure, state, fonts, "")] if state is not None else []),
        *(job for of_measure in measures for job in measure_jobs(of_measure, fonts)),
    ]


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


def _with_figures(page: SectorPage, shown: Tables, read: Tables, release: ReleaseSpec) -> SectorReport:
    drivers, paths = (
        of(shown[name], sector=page.sector)
        for name in (OUT_DRIVERS_BY_CONSTRUCT.name, OUT_PATHS_BY_SECTOR.name)
    )
    carried = sector_outline(page, read, release) if release.formats else None
    return SectorReport(page, release.instruments[page.sector], drivers, paths, carried, release.formats)
