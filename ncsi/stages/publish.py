"""Result tables → one release. Load, compute, save."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path

import pandas as pd

from ncsi.disclosure import BESIDE, in_published_digits, scarce_item
from ncsi.errors import OutOfOrder, PublicationError
from ncsi.report import Apply, Provenance, Release, ReleaseSpec, publish_release, release_draft
from ncsi.report.freeze import frozen
from ncsi.report.look import look_of
from ncsi.report.printed_otherwise import printed_otherwise
from ncsi.report.result_rows import records
from ncsi.report.site import require_whole, write_site
from ncsi.report.withdrawn import withdrawal_of
from ncsi.results.declared import by_sector
from ncsi.signing import read_key
from ncsi.spec import RULE, Label, spec_sha256, wave_order
from ncsi.spec.hashing import sha256_of
from ncsi.spec.plan import WavePlan
from ncsi.spec.theme import WorkspaceTheme, load_theme, published_by
from ncsi.stages.approvals import approvals, draft_folder
from ncsi.stages.estimated_by import corrects_sector_list, require_estimated_by, sectors_as_estimated
from ncsi.stages.index_request import wave_requests
from ncsi.stages.indices import indices_of, remember_units, wave_sources
from ncsi.stages.left_out import incomplete, require_allowed, without
from ncsi.stages.lineage import remember_lineage
from ncsi.stages.measured_units import remember_measured
from ncsi.stages.measuring import measures_of, wave_measure_reports, wave_measure_sources
from ncsi.stages.one_at_a_time import listing
from ncsi.stages.public_version import held_sectors, remember_public
from ncsi.stages.record_withdrawal import withdrawn_records
from ncsi.stages.register import revision_out, withdrawn_waves
from ncsi.stages.source_files import hashes_by_name
from ncsi.stages.wave_withdrawal import refuse_same
from ncsi.stages.withdrawal import withdrawals
from ncsi.store import Store
from ncsi.tables import (
    OUT_BASIS_BY_SECTOR,
    OUT_COMPOSITES,
    OUT_INDEX_BY_SECTOR,
    OUT_INDEX_NATIONAL,
    OUT_ITEMS_BY_SECTOR,
    OUT_QUALITY_MEASURES,
    OUT_REVISIONS,
    TABLES,
)

PACKAGES = (
    "ncsi",
    "numpy",
    "pandas",
    "scipy",
    "semopy",
    "great-expectations",
    "duckdb",
    "pyarrow",
    "typst",
)
"""Whose versions stand in the manifest."""


def publish_wave(
    plan: WavePlan,
    apply: Apply = map,
    on_progress: Callable[[str, int, int], None] | None = None,
    now: datetime | None = None,
    *,
    draft: bool = False,
) -> Release:
    """Write `releases/<wave>/` and the site over all waves from the stored results.

    Before the wave's embargo (`now`, by default the present), into `releases/.embargo/<wave>/` with each page
    marked. A published wave is frozen: other figures are published only as the next of the wave file's
    `revisions`, and what they replace stays in `releases/revisions/`. PublicationError when results are missing or
    out of date, or when figures differ without a revision; SpecError without a signing key; InputError where another
    release is damaged, before anything is out. Where the workspace asks for approvals, what lacks some stays in
    `releases/.draft/<wave>/`. With `draft` it is made there whatever it
    lacks, each page marked; nothing is published, and nothing remembered.
    """
    key = read_key(plan.workspace.signing_key)
    refuse_same(plan.workspace, plan.wave)
    tables, unsigned = results(plan, now or datetime.now(UTC))
    release = replace(unsigned, provenance=replace(unsigned.provenance, signer=key.public), draft=draft)
    out = embargo_folder(plan) if release.embargoed else release_folder(plan)
    if not draft:
        require_whole(out.parent, plan.wave.id)
    needed = plan.workspace.settings.approvals
    folder = draft_folder(plan.workspace, plan.wave.id)
    aside = draft or needed > 0
    remember = partial(_remember, plan, tables, release)
    if not aside:
        made = publish_release(tables, release, out, apply, on_progress, key, before_out=remember)
        shutil.rmtree(folder, ignore_errors=True)
    else:
        made = publish_release(tables, release, out, apply, on_progress, key, folder)
        lacking = max(0, needed - len(approvals(plan.workspace, plan.wave.id)))
        if draft or lacking:
            return replace(made, lacking=lacking)
        remember(made.revisions)
        release_draft(folder, out, len(plan.wave.revisions))
        made = replace(made, folder=out)
    with listing(plan.workspace):
        write_site(out.parent, apply, plan.workspace.settings.site_url, release.look)
    if not release.embargoed:
        made = replace(made, otherwise=_printed_otherwise(plan))
    if not release.embargoed and embargo_folder(plan).exists():
        with listing(plan.workspace):
            shutil.rmtree(embargo_folder(plan))
            write_site(embargo_folder(plan).parent, apply, plan.workspace.settings.site_url, release.look)
    return made


def _printed_otherwise(plan: WavePlan) -> tuple[tuple[str, str], ...]:
    """Where later releases print of the wave, or its own of earlier waves, what is not out of them."""
    found = printed_otherwise(plan.workspace.releases, plan.workspace.wave_ids())
    return tuple(two for two in found if plan.wave.id in two)


def _remember(
    plan: WavePlan, tables: dict[str, pd.DataFrame], release: ReleaseSpec, revisions: pd.DataFrame
) -> None:
    """Store whom a release counts, before it is out: wherever a kill falls, later figures are held against it."""
    store, wave, revision = Store.open(plan.workspace.warehouse), plan.wave.id, len(plan.wave.revisions)
    with store.alone():
        store.replace(wave, {OUT_REVISIONS.name: revisions})
        if not release.embargoed:
            remember_public(store, plan, tables)
            remember_units(store, wave, revision)
            remember_measured(store, wave, revision)
            remember_lineage(store, wave, revision, release.provenance.release_id)


def results(asked: WavePlan, now: datetime) -> tuple[dict[str, pd.DataFrame], ReleaseSpec]:
    """Every public table of the wave, and what its documents refer to.

    PublicationError when results are missing or out of date, or sectors are left out and the plan does not allow it.
    """
    themed = load_theme(asked.workspace.root)
    names = [name for name, table in TABLES.items() if table.public and name not in BESIDE]
    with Store.opened_alone(asked.workspace.warehouse) as store:
        left_out = require_allowed(store, asked)
        plan = without(asked, left_out)
        tables = {name: by_sector(store.read(name, wave=plan.wave.id)) for name in names}
        tables |= indices_of(store, plan.wave.id) | measures_of(store, plan.wave.id)
        _require_complete(plan, tables)
        require_estimated_by(asked)
        listed = sectors_as_estimated(asked, tables[OUT_BASIS_BY_SECTOR.name], out=_keeps_sector_list(asked))
        planned, plan = (replace(one, sectors=listed) for one in (asked, plan))
        _require_large_enough(plan, tables[OUT_INDEX_BY_SECTOR.name])
        held = held_sectors(store, plan.wave.id)
        _require_answered(plan, tables[OUT_ITEMS_BY_SECTOR.name], held)
        release = ReleaseSpec(
            wave=published_by(plan.wave, themed),
            sectors=plan.sectors,
            instruments=plan.instruments,
            provenance=_provenance(planned, store, themed),
            history=_history(plan, store),
            editions=plan.editions,
            formats=plan.formats,
            embargoed=_embargoed(plan, now),
            bands=plan.workspace.bands(),
            held=held,
            withdrawn_waves=_withdrawn_before(plan, store),
            incomplete=incomplete(left_out, tables[OUT_BASIS_BY_SECTOR.name], _not_made(planned, plan)),
            indices=tuple(one.plan for one in wave_requests(plan)),
            measures=wave_measure_reports(plan),
            contact=plan.workspace.settings.contact,
            site_url=plan.workspace.settings.site_url,
            look=look_of(themed, planned.workspace.root),
            province_map=themed.map if themed else None,
            withdrawn=tuple(
                str(digest)
                for cards in (withdrawals(store, plan.wave.id), withdrawn_records(store, plan.wave.id))
                for digest in cards["source_sha256"]
            ),
        )
    return tables, release


def _not_made(planned: WavePlan, plan: WavePlan) -> list[Label]:
    """Names of the indices that are declared, and not made of what stands."""
    made = {one.plan.tree.id for one in wave_requests(plan)}
    return [one.plan.tree.label for one in wave_requests(planned) if one.plan.tree.id not in made]


def _require_complete(plan: WavePlan, tables: dict[str, pd.DataFrame]) -> None:
    wave = plan.wave.id
    estimated = set(tables[OUT_INDEX_BY_SECTOR.name]["sector"])
    missing = [sector for sector in plan.sector_ids if sector not in estimated]
    if missing:
        raise OutOfOrder(
            f"wave {wave}: no results for {', '.join(missing)}. Run `ncsi estimate --wave {wave}` first."
        )
    taken_out = sorted(estimated - set(plan.sector_ids))
    if taken_out:
        raise OutOfOrder(
            f"wave {wave}: results of {', '.join(taken_out)}, which its file does not have. Run `ncsi estimate --wave "
            f"{wave}` first."
        )
    computed = set(tables[OUT_COMPOSITES.name]["tree"]) if OUT_COMPOSITES.name in tables else set()
    lacking = [one.tree for one in plan.wave.composites if one.tree not in computed]
    if lacking:
        raise OutOfOrder(
            f"wave {wave}: no results for the index {lacking[0]}. Run `ncsi estimate --wave {wave}` first."
        )
    measured = (
        set(tables[OUT_QUALITY_MEASURES.name]["measure"]) if OUT_QUALITY_MEASURES.name in tables else set()
    )
    unmeasured = [one.measure for one in plan.wave.measures if one.measure not in measured]
    if unmeasured:
        raise OutOfOrder(
            f"wave {wave}: no results for the measure {unmeasured[0]}. Run `ncsi estimate --wave {wave}` first."
        )
    empty = [name for name, frame in tables.items() if frame.empty and not TABLES[name].may_be_empty]
    if empty:
        raise PublicationError(
            f"wave {wave}: result table {empty[0]} is empty. Run `ncsi estimate --wave {wave}` again."
        )


def _require_large_enough(plan: WavePlan, index: pd.DataFrame) -> None:
    """A sector is a total of the nation's: one that is too small cannot be hidden in a release that shows it."""
    own = index[(index["construct"] == plan.target) & (index["status"] == "suppressed")]
    if len(own):
        row = records(own)[0]
        raise PublicationError(
            f"wave {plan.wave.id}, sector {row['sector']}: {row['n_eff']:.0f} effective respondents, and fewer than "
            f"{RULE.indicative:.0f} may not be published. Collect more, or take the sector out of the wave file."
        )


def _require_answered(plan: WavePlan, items: pd.DataFrame, held: Collection[str]) -> None:
    """The mean of an item that hardly anyone answered is theirs, unless it is out as it is, in a sector that is held.
    An estimation leaves such a sector out where others stand."""
    for sector, own in items[~items["sector"].isin(list(held))].groupby("sector", sort=False):
        if scarce := scarce_item(own):
            raise PublicationError(
                f"wave {plan.wave.id}, sector {sector}, {scarce}. Collect more, take the item out of the "
                "questionnaire, or the sector out of the wave file."
            )


def _provenance(plan: WavePlan, store: Store, themed: WorkspaceTheme | None) -> Provenance:
    files = store.sources(plan.wave.id).sort_values("source_name")
    exports = zip(files["source_name"], files["source_path"], files["source_sha256"], strict=True)
    specs = {f"wave {plan.wave.id}": spec_sha256(plan.wave), "sectors": spec_sha256(plan.sectors)}
    specs["bands"] = spec_sha256(plan.workspace.bands())
    for instrument in plan.instruments.values():
        specs[f"instrument {instrument.id} {instrument.version}"] = spec_sha256(instrument)
    for name, table in plan.totals.items():
        specs[name] = table.sha256
    for sha256, reading in zip(files["source_sha256"], files["reading_sha256"], strict=True):
        specs[f"reading of {sha256}"] = "unknown" if pd.isna(reading) else str(reading)
    of_indices, figures = wave_sources(plan, indices_of(store, plan.wave.id))
    of_measures, measured_files = wave_measure_sources(plan, measures_of(store, plan.wave.id))
    specs |= of_indices | of_measures | (themed.sha256 if themed else {})
    sources = hashes_by_name([*exports, *figures, *measured_files])
    versions = {package: version(package) for package in PACKAGES}
    fingerprint = sha256_of(sorted(specs.items()), sorted(sources.items()), sorted(versions.items()))
    return Provenance(
        release_id=f"NCSI-{plan.wave.id}-{fingerprint[:12]}",
        spec_sha256=dict(sorted(specs.items())),
        source_sha256=sources,
        versions=versions,
        seed=plan.wave.seed,
        replicates=plan.wave.replicates,
    )


def _history(plan: WavePlan, store: Store) -> pd.DataFrame:
    """National results up to this wave, oldest first, with each wave's label."""
    rows = []
    withdrawn = withdrawn_waves(store, but=plan.wave.id)
    for wave_id in _up_to(plan.wave.id, (one for one in store.waves() if one not in withdrawn)):
        stored = store.read(OUT_INDEX_NATIONAL.name, wave=wave_id)
        national = in_published_digits(stored, OUT_INDEX_NATIONAL).set_index("construct")
        if plan.target not in national.index:
            continue
        label = plan.workspace.wave_alone(wave_id).label
        figures = national.loc[plan.target, ["index_0_100", "low", "high"]].to_dict()
        rows.append({"wave": wave_id, "label_zh": label.zh, "label_en": label.en, **figures})
    return pd.DataFrame(rows)


def _up_to(own: str, waves: Iterable[str]) -> list[str]:
    """The waves that begin before it, and itself."""
    return [one for one in waves if one == own or wave_order(one) < wave_order(own)]


def _withdrawn_before(plan: WavePlan, store: Store) -> tuple[Label, ...]:
    """Labels of earlier waves that are withdrawn."""
    before = _up_to(plan.wave.id, withdrawn_waves(store, but=plan.wave.id))
    return tuple(plan.workspace.wave_alone(one).label for one in before)


def _embargoed(plan: WavePlan, now: datetime) -> bool:
    return plan.wave.embargo is not None and now < plan.wave.embargo


def embargo_folder(plan: WavePlan) -> Path:
    """Where the wave's release waits until its embargo is over."""
    return plan.workspace.releases / ".embargo" / plan.wave.id


def _keeps_sector_list(plan: WavePlan) -> bool:
    """Whether it has the groups and shares of its release: it is out, and no revision under way corrects them."""
    out = revision_out(release_folder(plan))
    return out is not None and not corrects_sector_list(plan, out)


def is_public(plan: WavePlan) -> bool:
    """Whether a release of the wave is out."""
    return frozen(release_folder(plan)) is not None and withdrawal_of(release_folder(plan)) is None


def release_folder(plan: WavePlan) -> Path:
    """Where the wave's release lies."""
    return plan.workspace.releases / plan.wave.id
