"""`ncsi export`: what is published of a sector, or its respondents, written for other programs; told in the ledger."""

from __future__ import annotations

import json
import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

import ncsi.export as handed
from ncsi import atomic
from ncsi.errors import InputError, StoreError
from ncsi.export.files import Format, missing_codes
from ncsi.export.respondents import NO_CONSENT, WEIGHTS
from ncsi.export.words import missing_codes as missing_words
from ncsi.ledger import Ledger
from ncsi.quality import assess
from ncsi.report.bundle.manifest import sha256
from ncsi.report.verify import verify_release
from ncsi.results.weighted_model import kept_responses, weighed_responses
from ncsi.spec import Label, Workspace
from ncsi.spec.building_blocks import Language
from ncsi.spec.plan import WavePlan
from ncsi.stages.export_anonymity import (
    Coarsened,
    require_anonymous,
    require_estimated,
    require_not_joined,
    with_shared_weights,
)
from ncsi.stages.panel_members import responses_of
from ncsi.stages.questionnaires import require_asked
from ncsi.store import Store
from ncsi.tables import TABLES
from ncsi.tables.core import background_column
from ncsi.weighting import Weighed

MADE_BY = "ncsi export"
ABOUT, README = "about.json", "README.md"
DATA = "respondents"
_ENDINGS = (
    *(f".{form}" for form in handed.FORMATS),
    ".zsav", ".por", ".sas7bdat", ".tsv", ".txt", ".xls", ".ods", ".json", ".rds", ".zip",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written where; `rows` of respondents, or of all tables together."""

    folder: Path
    files: tuple[str, ...]
    rows: int
    microdata: bool
    about: Mapping[str, Any]
    replaced: bool
    """Whether the folder held an earlier export, which is gone."""


def export_tables(
    workspace: Workspace, wave: str, sector: str, form: Format, language: Language, out: Path
) -> Exported:
    """The published tables of a sector, as its release has them, into the folder `out`, whole or not at all.

    Raises InputError where the wave is not published, its release is not what it says, the sector is not in it, or
    `out` may not be written.
    """
    target = _free(out, workspace, form)
    release = workspace.releases / wave
    if not (release / "manifest.json").is_file():
        raise InputError(f"wave {wave}", "it is not published", f"Run `ncsi publish --wave {wave}` first")
    checked = verify_release(release)
    if checked.kind == "withdrawn":
        raise InputError(f"wave {wave}", "its release is withdrawn", "Export a wave that is out")
    if checked.problems:
        raise InputError(str(release), checked.problems[0], "Restore the release, or publish the wave again")
    found = {path.stem: pd.read_parquet(path) for path in sorted((release / "data").glob("*.parquet"))}
    tables = {name: frame for name, frame in found.items() if name in TABLES}
    lists = {name: frame for name, frame in found.items() if name not in TABLES}
    data = handed.labelled_tables(tables, lists, sector)
    if not data:
        known = ", ".join(lists["codes_sectors"]["sector"]) if "codes_sectors" in lists else ""
        raise InputError(
            "--sector", f"the release of wave {wave} has no sector {sector[:40]}", f"It has: {known}"
        )
    manifest = json.loads((release / "manifest.json").read_text(encoding="utf-8"))
    facts = {"release": checked.release_id, "synthetic": bool(manifest["synthetic"]), "microdata": False,
             "tables": list(data)}  # fmt: skip
    return _written(workspace, (wave, sector), data, form, language, target, facts)


def export_respondents(
    plan: WavePlan,
    sector: str,
    form: Format,
    language: Language,
    out: Path,
    without: Collection[str] = (),
    exact_weights: bool = False,
) -> Exported:
    """The respondents of a sector, numbered anew, into the folder `out`, whole or not at all.

    `without`: background variables, or `weights`, to leave out. Raises InputError where fewer than k persons share a
    combination of background variables, naming these; where the wave was not estimated since its responses came; and
    for an `out` that may not be written. Weights that files gave to persons are those of five neighbours at least;
    `exact_weights`, for use inside the house, are as estimated, and background and clusters are then left out.
    """
    workspace, wave = plan.workspace, plan.wave
    target = _free(out, workspace, form)
    _require_known(plan, sector, without)
    if exact_weights:
        without = (*without, *plan.wave.dimensions)
    store = Store.open(workspace.warehouse)
    require_asked(store, plan)
    responses = responses_of(store, plan, sector)
    quality = assess(responses, plan.instruments[sector])
    kept = kept_responses(responses, quality)
    weighed = weighed_responses(plan, sector, kept)
    require_estimated(store, sector, kept, weighed, wave.id)
    shown = [name for name in wave.dimensions if name not in without and background_column(name) in responses]
    agreed = responses[responses["disposition"] != NO_CONSENT]
    counted = require_anonymous(plan, sector, agreed, shown, without)
    require_not_joined(plan, sector, kept, shown, exact_weights)
    coarsened = None
    if WEIGHTS not in without and not exact_weights and kept["weight_base"].nunique() > 1:
        weighed, coarsened = with_shared_weights(plan, sector, kept, weighed, counted)
    data = handed.respondents(
        responses, quality, weighed, plan, sector, without, _random_order, clusters=not exact_weights
    )
    facts = {
        "microdata": True, "synthetic": wave.synthetic, "instrument": plan.instruments[sector].id,
        "instrument_version": plan.instruments[sector].version, "k": handed.K, "identifiers": shown,
        "counted": counted, "exact_weights": exact_weights,
        "without": sorted(set(without)), "weights": None if WEIGHTS in without else _design(plan, weighed, coarsened),
        "missing": missing_words(form, missing_codes(data, form)).model_dump(),
    }  # fmt: skip
    called = [wave.dimensions[name].label for name in shown]
    return _written(workspace, (wave.id, sector), {DATA: data}, form, language, target, facts, called)


def _random_order(count: int) -> Sequence[int]:
    """From the operating system: no seed is kept that could repeat it."""
    order = list(range(count))
    random.SystemRandom().shuffle(order)
    return order


def _require_known(plan: WavePlan, sector: str, without: Collection[str]) -> None:
    if sector not in plan.sector_ids:
        raise InputError(
            "--sector",
            f"wave {plan.wave.id} has no sector {sector[:40]}",
            f"It has: {', '.join(plan.sector_ids)}",
        )
    known = (*plan.wave.dimensions, WEIGHTS)
    for one in without:
        if one not in known:
            raise InputError(
                "--without",
                f"'{one[:40]}' is no background variable of the wave",
                f"Name: {', '.join(known)}",
            )


def _design(plan: WavePlan, weighed: Weighed, coarsened: Coarsened | None) -> dict[str, Any]:
    sets, declared = weighed.replicates, plan.wave.weighting
    told = None if coarsened is None else asdict(coarsened)
    made: dict[str, Any] = {"steps": list(weighed.method), "replicates": 0, "coarsened": told}
    if sets is None or declared is None or declared.replicates is None:
        return made
    return made | {
        "replicates": sets.weights.shape[1], "method": declared.replicates.method, "scale": sets.scale,
        "rscales": sets.rscales.tolist(), "mse": sets.mse, "df": sets.df,
    }  # fmt: skip


def _free(out: Path, workspace: Workspace, form: Format) -> Path:
    """The folder to write, resolved: new, empty or an earlier export; within a workspace only below `private/`; not
    called as files of data are."""
    target, root = out.resolve(), workspace.root.resolve()
    where = f"--out {out}"
    ending = target.suffix.lower()
    if ending in _ENDINGS:
        other = "" if ending == f".{form}" else f", and another format's than --format {form}"
        raise InputError(
            where, f"{ending} is the ending of a file{other}, and --out is a folder",
            f"Name a folder, as --out {target.stem}; the file of --format {form} is written into it",
        )  # fmt: skip
    if target == root or target in root.parents:
        raise InputError(where, "the workspace lies in it", "Name a new folder")
    private = root / "private"
    if root in target.parents and private not in target.parents:
        raise InputError(
            where, "the workspace keeps its own files there, and releases may be public",
            f"Name a folder below {private}, or one outside the workspace",
        )  # fmt: skip
    if out.is_symlink() or (target.exists() and not target.is_dir()):
        raise InputError(where, "it is a file or a link", "Name a new folder")
    if target.is_dir() and any(target.iterdir()) and not _is_export(target):
        raise InputError(
            where, "it holds files that `ncsi export` did not write", "Name a new or an empty folder"
        )
    return target


def _is_export(folder: Path) -> bool:
    """Whether all that a folder holds is an earlier export."""
    try:
        about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
        held = {path.name for path in folder.iterdir()}
        return bool(about["made_by"] == MADE_BY and held <= {ABOUT, README, *about["files"]})
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _written(
    workspace: Workspace,
    of: tuple[str, str],
    data: Mapping[str, handed.Labelled],
    form: Format,
    language: Language,
    target: Path,
    facts: Mapping[str, Any],
    called: Sequence[Label] = (),
) -> Exported:
    wave, sector = of
    rows = sum(len(one.frame) for one in data.values())
    told = {
        name: facts[name]
        for name in ("microdata", "identifiers", "counted", "exact_weights", "without", "release")
        if name in facts
    }
    replaced = _is_export(target)
    with Ledger.of(workspace).run("export", wave=wave, sector=sector, format=form, **told) as outcome:
        _make_parent(target, workspace)
        with atomic.replacing_folder(target) as folder:
            title = f"NCSI {wave} {sector}"
            files = handed.write_labelled(data, folder, form, language, title)
            about = {
                "made_by": MADE_BY, "wave": wave, "sector": sector, "format": form, "language": language,
                "rows": rows, "variables": sum(len(one.variables) for one in data.values()), **facts,
                "files": {name: sha256((folder / name).read_bytes()) for name in files},
            }  # fmt: skip
            page = handed.readme({**about, "data": files[0]}, called)
            (folder / README).write_text(page, encoding="utf-8", newline="\n")
            (folder / ABOUT).write_text(
                json.dumps(about, ensure_ascii=False, indent=2) + "\n", encoding="utf-8", newline="\n"
            )
            if facts["microdata"]:
                for path in folder.iterdir():
                    path.chmod(0o600)
            outcome |= {"rows": rows, "about_sha256": sha256((folder / ABOUT).read_bytes())}
    return Exported(target, (*files, README, ABOUT), rows, bool(facts["microdata"]), about, replaced)


def _make_parent(target: Path, workspace: Workspace) -> None:
    """The folders above it; `private/` is its owner's alone."""
    private = workspace.root.resolve() / "private"
    try:
        if private in target.parents and not private.exists():
            private.mkdir(0o700)
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"{target}: cannot write: {error.strerror}. Name a folder that can be made, then run again."
        ) from error
