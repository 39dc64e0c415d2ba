"""Whether an id of the sector list still stands for the sector that releases print under it."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from ncsi.errors import SpecError
from ncsi.report.plain_files import plain
from ncsi.spec import Label, Sector, in_wave_order, wave_order
from ncsi.spec.brands_called import is_called
from ncsi.spec.plan import WavePlan


def require_same_sectors(plan: WavePlan) -> None:
    """Hold the names of the sector list against those of the wave's own release, else of the last one before it that
    has the id.

    Raises SpecError where one reads otherwise in both languages and `formerly` does not say so: results of two sectors
    would be compared, carried forward and drawn in one line.
    """
    left = {one.id: one for one in plan.sectors.sectors}
    for wave, called in _called(plan):
        for sector in [one for one in called if one in left]:
            now = left.pop(sector)
            if not _is_called(now, called[sector]):
                raise SpecError(
                    f"sector list, sector {sector}",
                    f"the release of wave {wave} calls it {_both(called[sector])}, and the list {_both(now.label)}",
                    "Give another sector an id of its own; of one that was renamed, say what it was called before: "
                    "`formerly: [{zh: …, en: …}]`",
                )
        if wave == plan.wave.id or not left:
            return


def _called(plan: WavePlan) -> Iterator[tuple[str, dict[str, Label]]]:
    """What releases call the sectors, of the wave and of those before it, the latest first."""
    now, releases = wave_order(plan.wave.id), plan.workspace.releases
    for wave in reversed(in_wave_order(plan.workspace.wave_ids())):
        path = releases / wave / "data" / "codes_sectors.csv"
        if (wave == plan.wave.id or wave_order(wave) < now) and path.is_file():
            yield wave, _labels(path)


def _labels(path: Path) -> dict[str, Label]:
    """Empty where the file cannot be read: what publishes and `ncsi audit` name a damaged release."""
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            return {
                row["sector"]: Label(zh=plain(row["label_zh"]), en=plain(row["label_en"]))
                for row in csv.DictReader(lines)
            }
    except (OSError, ValueError, KeyError, AttributeError):
        return {}


def _is_called(sector: Sector, label: Label) -> bool:
    return any(is_called(one, label) for one in (sector.label, *sector.formerly))


def _both(label: Label) -> str:
    return f"{label.zh} ({label.en})"
