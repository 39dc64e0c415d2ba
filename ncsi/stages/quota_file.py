"""Respondents of a brand → the file of a wave's quotas by cell."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from ncsi import atomic
from ncsi.errors import SpecError, StoreError
from ncsi.spec import Workspace
from ncsi.waves.quota_plan import allocated, cell_shares


def write_quotas(
    workspace: Workspace, wave_id: str, sizes: Mapping[str, int], by: Sequence[str], path: Path
) -> int:
    """Write a row for each brand and cell of the variables `by` with somebody in it; returns how many.

    `sizes`: respondents of a brand by sector. Raises SpecError for a variable that is not of the wave or has no totals,
    or a file that is there.
    """
    wave = workspace.wave(wave_id)
    tables = list(workspace.totals(wave).values())
    unknown = next((one for one in by if one not in wave.dimensions), None)
    if unknown is not None:
        known = ", ".join(wave.dimensions) or "none"
        raise SpecError("--by", f"wave {wave_id} has no background variable '{unknown}'", f"It has: {known}")
    if path.exists():
        raise SpecError(str(path), "is there already", "Name another file, or move this one away")
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["sector", "brand", *by, "target"])
    rows = 0
    for entry in wave.sectors:
        if entry.id not in sizes:
            continue
        cells = allocated(sizes[entry.id], cell_shares(tables, by, entry.id) if by else {(): 1.0})
        for brand in [one.id for one in entry.brands] or [""]:
            for cell, target in cells.items():
                if target:
                    writer.writerow([entry.id, brand, *cell, target])
                    rows += 1
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        atomic.write(path, out.getvalue().encode())
    except OSError as error:
        raise StoreError(f"{path}: cannot write: {error.strerror}. Choose another folder.") from error
    return rows
