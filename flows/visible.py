"""What a server shows of a run beside its states: counts, faults, indices, where board and release are. No answers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prefect.artifacts import create_link_artifact, create_table_artifact

from ncsi.engine import WaveOutcome
from ncsi.spec.plan import WavePlan
from ncsi.stages.collect import FileOutcome

if TYPE_CHECKING:
    from ncsi.stages.estimate import SectorOutcome
    from ncsi.stages.nation import NationOutcome

Rows = list[dict[str, Any]]


def item_name(item: str) -> str:
    """A file by its name alone: its path is nobody's business; a sector as it is."""
    return Path(item).name or item


def show(plan: WavePlan, outcome: object) -> tuple[str, ...]:
    """Leave on the server what a job of the wave came to, and say it in lines for the log."""
    match outcome:
        case WaveOutcome():
            return ()  # its parts were shown as they came
        case (FileOutcome(), *_):
            return _show_files(plan, [one for one in outcome if isinstance(one, FileOutcome)])
        case _:
            return _show_results(plan.wave.id, outcome)


def _show_files(plan: WavePlan, files: Sequence[FileOutcome]) -> tuple[str, ...]:
    wave = plan.wave.id
    _table(wave, "counts", counts(files), "Rows of each file: read = accepted + rejected")
    _table(wave, "faults", faults(files), "Rows by rule")
    if plan.board.exists():
        _link(wave, "board", plan.board)
    return tuple(
        f"{one.source_name}: {one.rows_read} read, {one.rows_accepted} accepted, {one.rows_rejected} rejected."
        for one in files
    )


def _show_results(wave: str, outcome: object) -> tuple[str, ...]:
    """Of estimation and publication, whose libraries are there by then; a file that comes in waits for none of them."""
    from ncsi.report import Release
    from ncsi.stages.estimate import SectorOutcome
    from ncsi.stages.nation import NationOutcome

    match outcome:
        case Release():
            _link(wave, "release", outcome.folder / "index.html")
            return (f"Release {outcome.release_id}: {len(outcome.files)} files.",)
        case (tuple() as parts, NationOutcome() as nation):
            sectors = [one for one in parts if isinstance(one, SectorOutcome)]
            _table(wave, "indices", indices(sectors, nation), "Indices, sectors as in the wave file")
            return (f"Estimated: {sum(not one.kept for one in sectors)} of {len(sectors)} sectors.",)
        case _:
            return ()


def counts(files: Sequence[FileOutcome]) -> Rows:
    """A row for each file."""
    return [
        {
            "file": one.source_name,
            "read": one.rows_read,
            "accepted": one.rows_accepted,
            "rejected": one.rows_rejected,
            "known before": one.repeated,
        }
        for one in files
    ]


def faults(files: Sequence[FileOutcome]) -> Rows:
    """A row for each file and rule; an error rejects its row, a warning does not."""
    return [
        {"file": one.source_name, "rule": rule, "severity": severity, "rows": rows}
        for one in files
        for severity, by_rule in (("error", one.rejects_by_rule), ("warning", one.warnings_by_rule))
        for rule, rows in by_rule.items()
    ]


def indices(sectors: Sequence[SectorOutcome], nation: NationOutcome) -> Rows:
    """A row for each sector, and for what they make up together."""
    rows = [
        {
            "unit": one.sector,
            "index": one.index_0_100,
            "low": one.low,
            "high": one.high,
            "n": one.n,
            "kept": one.kept,
        }
        for one in sectors
        if not one.problem
    ]
    failed = [
        {"unit": one.sector, "index": None, "low": None, "high": None, "n": one.n, "kept": False}
        for one in sectors
        if one.problem
    ]
    whole = {
        "unit": nation.scope,
        "index": nation.index_0_100,
        "low": nation.low,
        "high": nation.high,
        "n": nation.n,
    }
    return [*rows, *failed, whole | {"kept": nation.kept}]


def _table(wave: str, what: str, rows: Rows, description: str) -> None:
    if rows:
        create_table_artifact(rows, key=_key(wave, what), description=f"{wave}: {description}")


def _link(wave: str, what: str, target: Path) -> None:
    create_link_artifact(target.resolve().as_uri(), f"{wave} {what}", key=_key(wave, what), description=what)


def _key(wave: str, what: str) -> str:
    """Of lower-case letters, digits and hyphens only, as a server wants it."""
    return re.sub(r"[^a-z0-9]+", "-", f"{wave}-{what}".lower())
