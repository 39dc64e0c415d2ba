"""A file of figures → the tables of a composite index → its release. Load, compute, save."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from ncsi.composite.draws import DRAWS
from ncsi.disclosure import in_published_digits
from ncsi.errors import SpecError
from ncsi.ingest.figures import Figures
from ncsi.report import Apply, Release
from ncsi.report.composite import OneIndex, heading_of, notice, write_private
from ncsi.report.index_release import IndexRelease, publish_index_release
from ncsi.results.indices import Asked, index_tables
from ncsi.signing import read_key
from ncsi.spec import Label, spec_sha256
from ncsi.spec.index_plan import IndexPlan
from ncsi.spec.plan import WavePlan
from ncsi.stages.index_request import IndexRequest, figures_of, wave_requests
from ncsi.stages.left_out import left_out, without
from ncsi.stages.own_release import OwnRelease
from ncsi.stages.record_withdrawal import refuse_withdrawn
from ncsi.stages.redeliver import delivered_path
from ncsi.stages.source_files import hashes_by_name
from ncsi.store import Store
from ncsi.tables import (
    COMPOSITE_TABLES,
    CORE_PUBLISHED_BY_UNIT,
    ESTIMATED,
    OUT_COMPOSITE_BY_UNIT,
    OUT_COMPOSITES,
    TABLES,
)

_STORED = (*COMPOSITE_TABLES, CORE_PUBLISHED_BY_UNIT.name)


@dataclass(frozen=True, slots=True)
class IndexOutcome:
    """What came of it: the release that its rows belong to, the year, units of the first kind with a score and without,
    the score of all units together (None where there are no figures of them), the best unit and its score."""

    release: str
    tree: str
    year: int
    units: int
    insufficient: int
    whole: float | None
    best: str
    best_score: float
    synthetic: bool


def compute_index(request: IndexRequest, release: str | None = None) -> IndexOutcome:
    """Read the figures, compute the index, store its tables in place of those of the same release.

    `release`: the wave they belong to; None: tree and year. Raises ReadError, FigureFaults, SpecError, CompositeError;
    nothing is stored then.
    """
    figures, asked, tables = computed(request, release)
    _stored(
        Store.open(
            request.workspace.warehouse,
            create=True,
            bucket=request.workspace.bucket,
            catalogue=request.workspace.catalogue,
        ),
        asked.release,
        tables,
    )
    return _outcome(request.plan, tables, asked.release, figures.synthetic or request.synthetic)


def compute_wave_indices(plan: WavePlan) -> tuple[IndexOutcome, ...]:
    """Compute every index of the wave and store them all, in place of what the wave had; all of them or none. One that
    would be supplied by a sector that is left out is not made."""
    store = Store.open(plan.workspace.warehouse)
    stands = without(plan, left_out(store, plan))
    made = [(request, *computed(request, plan.wave.id)) for request in wave_requests(stands)]
    if not made:
        if indices_of(store, plan.wave.id):
            _stored(store, plan.wave.id, {name: _no_rows(name) for name in _STORED})
        return ()
    _stored(store, plan.wave.id, {name: _together([tables[name] for *_, tables in made]) for name in _STORED})
    return tuple(
        _outcome(request.plan, tables, asked.release, figures.synthetic or request.synthetic)
        for request, figures, asked, tables in made
    )


def _stored(store: Store, release: str, tables: dict[str, pd.DataFrame]) -> None:
    """Store the tables of a release in place of those it had; what is known of its units that are out stays."""
    name = CORE_PUBLISHED_BY_UNIT.name
    with store.alone():
        known = store.read(name, wave=release)
        units = _together([tables[name], known[known["revision"] != ESTIMATED]])
        store.replace(release, {**tables, name: units})


def remember_units(store: Store, release: str, revision: int) -> None:
    """Record that the units which the stored results count are out now, as this revision."""
    name = CORE_PUBLISHED_BY_UNIT.name
    with store.alone():
        known = store.read(name, wave=release)
        now = known[known["revision"] == ESTIMATED]
        if len(now):
            others = known[known["revision"] != revision]
            store.replace(release, {name: _together([others, now.assign(revision=revision)])})


def wave_sources(
    plan: WavePlan, tables: Mapping[str, pd.DataFrame]
) -> tuple[dict[str, str], list[tuple[str, str, str]]]:
    """Hashes of the specs that the wave's indices were made from, by name; name, path and hash of their files."""
    requests = {one.plan.tree.id: one for one in wave_requests(plan)} if tables else {}
    specs: dict[str, str] = {}
    for request in requests.values():
        specs |= _specs(request)
    indices = tables.get(OUT_COMPOSITES.name, _no_rows(OUT_COMPOSITES.name))
    sources = [
        source for _, about in indices.iterrows() for source in _sources(requests.get(about["tree"]), about)
    ]
    return specs, sources


def _sources(request: IndexRequest | None, about: pd.Series) -> list[tuple[str, str, str]]:
    """Name, path and SHA-256, as they were read, of an index's files; `about`: its row of out_composites; `request`:
    None where the wave file no longer has it."""
    figures, joint = (None, None) if request is None else (request.file, request.replicates)
    return [
        (name, name if request is None or path is None else delivered_path(request.workspace, path), digest)
        for name, digest, path in (
            (str(about["source_name"]), str(about["source_sha256"]), figures),
            (str(about["replicates_name"]), str(about["replicates_sha256"]), joint),
        )
        if digest  # none of the wave's survey, whose files are named already
    ]


def _no_rows(name: str) -> pd.DataFrame:
    return pd.DataFrame(columns=list(TABLES[name].names))


def _together(parts: list[pd.DataFrame]) -> pd.DataFrame:
    some = [one for one in parts if len(one)]
    return pd.concat(some, ignore_index=True) if some else parts[0]


def computed(request: IndexRequest, release: str | None) -> tuple[Figures, Asked, dict[str, pd.DataFrame]]:
    """Figures as read, what was asked, the tables; nothing is stored."""
    plan = request.plan
    figures, joint = figures_of(request)
    refuse_withdrawn(request.workspace, figures.name, [figures.sha256, joint.sha256])
    year = request.year if request.year is not None else int(figures.units["year"].max())
    asked = Asked(release or f"{plan.tree.id}-{year}", year, request.level, request.seed)
    return figures, asked, index_tables(plan, figures, asked, joint)


def publish_index(
    request: IndexRequest,
    outcome: IndexOutcome,
    day: date,
    correction: Label | None = None,
    out: Path | None = None,
    apply: Apply = map,
) -> Release:
    """Stored tables → `releases/<tree>-<year>/`, signed; `out`: another folder of releases.

    Where the workspace asks for approvals, what lacks some stays in `releases/.draft/`. Raises PublicationError,
    SpecError without a signing key.
    """
    workspace = request.workspace
    key = read_key(workspace.signing_key)
    store = Store.open(workspace.warehouse)
    tables = indices_of(store, outcome.release)
    own = OwnRelease(workspace, outcome.release, day, correction, out)
    release = _release(request, outcome, tables, own, key.public)
    made = own.put_out(lambda draft: publish_index_release(tables, release, own.place, key, draft, apply))
    if not made.lacking:
        remember_units(store, outcome.release, own.revision)
    return made


def indices_of(store: Store, release: str) -> dict[str, pd.DataFrame]:
    """Tables of the composite indices of a release, and its units that are not named; none where it has none."""
    with store.session():
        if store.read(OUT_COMPOSITES.name, wave=release).empty:
            return {}
        return {name: store.read(name, wave=release) for name in _STORED}


def _release(
    request: IndexRequest, outcome: IndexOutcome, tables: dict[str, pd.DataFrame], own: OwnRelease, signer: bytes
) -> IndexRelease:  # fmt: skip
    plan = request.plan
    title, label = plan.tree.label, Label(zh=f"{outcome.year}年", en=str(outcome.year))
    sources = hashes_by_name(_sources(request, tables[OUT_COMPOSITES.name].iloc[0]))
    made_from = own.provenance(_specs(request), sources, request.seed, DRAWS, signer)
    return IndexRelease(plan, own.cover(title, label, made_from, outcome.synthetic), made_from, own.note)


def diagnose_index(request: IndexRequest, day: date, unit: str | None = None) -> tuple[Path, ...]:
    """Read the figures and write `private/<tree>-<year>/<unit>.pdf` for every unit that has a score, or for one.

    For each unit alone: nothing is hidden, and nothing is stored or published. Raises as `compute_index`; SpecError for
    a unit that has no score.
    """
    figures, asked, tables = computed(request, None)
    outcome = _outcome(request.plan, tables, asked.release, figures.synthetic or request.synthetic)
    place = request.workspace.root / "private" / asked.release
    own = OwnRelease(request.workspace, asked.release, day)
    release = _release(request, outcome, tables, own, b"")
    shown = {name: in_published_digits(frame, TABLES[name]) for name, frame in tables.items()}
    one = OneIndex(shown, request.plan.tree.id)
    kinds = {dimension.id for dimension in request.plan.definition.dimensions}
    known = [each.unit for each in one.units.values() if each.shown and each.level in kinds]
    if unit is not None and unit not in known:
        raise SpecError(
            asked.release, f"it has no unit '{unit}' with a score", f"Choose one of {', '.join(known[:10])} …"
        )
    head = heading_of(release.cover, release.provenance, request.level)
    pages = [notice(one, request.plan, each, head) for each in known if unit in (None, each)]
    return write_private(pages, place)


def _outcome(plan: IndexPlan, tables: dict[str, pd.DataFrame], release: str, synthetic: bool) -> IndexOutcome:
    about = tables[OUT_COMPOSITES.name].iloc[0]
    units = tables[OUT_COMPOSITE_BY_UNIT.name]
    own = units[(units["version"] == units["version"].iloc[-1])]
    whole = own.loc[own["level"] == "whole", "score"].dropna()
    others = own[own["level"] == plan.definition.dimensions[0].id]
    scored = others.dropna(subset="score").sort_values("score", ascending=False, kind="stable")
    return IndexOutcome(
        release=release,
        tree=str(about["tree"]),
        year=int(about["year"]),
        units=len(scored),
        insufficient=int((others["status"] != "published").sum()),
        whole=float(whole.iloc[0]) if len(whole) else None,
        best=str(scored["label_en"].iloc[0]) if len(scored) else "",
        best_score=float(scored["score"].iloc[0]) if len(scored) else float("nan"),
        synthetic=synthetic,
    )


def _specs(request: IndexRequest) -> dict[str, str]:
    """Hashes of the specs of an index, by name."""
    plan = request.plan
    specs = {
        f"tree {plan.tree.id} {plan.tree.version}": spec_sha256(plan.tree),
        f"index {plan.tree.id} {plan.definition.version}": spec_sha256(plan.definition),
        **{f"units {one.id}": spec_sha256(one) for one in plan.units.values()},
        **{f"bands {name}": spec_sha256(one) for name, one in plan.bands.items()},
    }
    if request.table_map is not None:
        specs[f"map {request.table_map.id}"] = spec_sha256(request.table_map)
    return specs
