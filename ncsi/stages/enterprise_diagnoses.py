"""Result tables → a PDF for each enterprise, in a folder that is not part of a release."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from ncsi.errors import SpecError
from ncsi.report import Apply
from ncsi.report.diagnoses import Diagnoses, write_diagnoses
from ncsi.spec.plan import WavePlan
from ncsi.stages.publish import results


def diagnose_wave(
    plan: WavePlan, sector: str | None = None, brand: str | None = None, apply: Apply = map
) -> Diagnoses:
    """Write `private/<wave>/<sector>/<brand>.pdf` for every brand over the threshold, or for those asked for.

    Raises SpecError for a sector or brand that the wave does not measure, PublicationError when there is none to
    diagnose or results are missing.
    """
    _require_known(plan, sector, brand)
    tables, release = results(replace(plan, allow_incomplete=True), datetime.now(UTC))
    return write_diagnoses(tables, release, private_folder(plan), sector, brand, apply)


def private_folder(plan: WavePlan) -> Path:
    """Where the wave's diagnoses lie: in the workspace, never in its releases."""
    return plan.workspace.root / "private" / plan.wave.id


def _require_known(plan: WavePlan, sector: str | None, brand: str | None) -> None:
    where = f"wave {plan.wave.id}"
    if brand is not None and sector is None:
        raise SpecError(
            where, f"brand '{brand}' is given without its sector", "Name the sector too: --sector ID"
        )
    if sector is None:
        return
    if sector not in plan.sector_ids:
        known = ", ".join(plan.sector_ids)
        raise SpecError(where, f"it does not measure the sector '{sector}'", f"Choose one of {known}")
    brands = [one.id for one in plan.wave.sector(sector).brands]
    if brand is not None and brand not in brands:
        cure = f"Choose one of {', '.join(brands)}" if brands else "It was not sampled by brand"
        raise SpecError(where, f"sector {sector} has no brand '{brand}'", cure)
