"""Does a weighting hold together, by itself and with the files of totals it names?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from ncsi.errors import SpecError
from ncsi.spec.check import Where
from ncsi.spec.margins import MarginTable, read_margin
from ncsi.spec.wave import Wave
from ncsi.spec.weighting import MarginSource, Weighting

SUMS_AGREE = 1e-6


def check_weighting(weighting: Weighting, where: Where) -> None:
    """Raise SpecError unless each margin is declared once, and the jackknife has clusters to leave out."""
    seen: set[frozenset[str]] = set()
    for k, margin in enumerate(weighting.margins):
        if frozenset(margin.by) in seen:
            problem = f"the margin {' × '.join(margin.by)} is declared twice"
            raise SpecError(where("weighting", "margins", k), problem, "Keep one of them")
        seen.add(frozenset(margin.by))
    files: dict[str, tuple[str, ...]] = {}
    for source in weighting.sources:
        if files.setdefault(source.file, source.by) != source.by:
            problem = f"{source.file} serves {' × '.join(source.by)} and {' × '.join(files[source.file])}"
            raise SpecError(where("weighting"), problem, "Name the same columns in the same order")
    if weighting.frame is not None and weighting.frame.missing != "error":
        problem = "a frame has a stratum for every respondent"
        raise SpecError(where("weighting", "frame", "missing"), problem, "Leave `missing` out here")
    if weighting.replicates and weighting.replicates.method == "jackknife" and weighting.cluster is None:
        problem = "the jackknife leaves out clusters, and none are declared"
        raise SpecError(where("weighting", "replicates"), problem, "Declare `cluster`, or use rao_wu")


def read_totals(wave: Wave, roots: Sequence[Path]) -> dict[str, MarginTable]:
    """The files of totals of a wave by name, each from the first of `roots` that has it.

    Raises SpecError when one cannot be read, lacks a sector, or the margins disagree on the population's size.
    """
    if wave.weighting is None:
        return {}
    weighting, tables = wave.weighting, {}
    for source in weighting.sources:
        tables[source.file] = read_margin(_found(source, roots), source, source == weighting.frame)
    for entry in wave.sectors:
        for table in tables.values():
            table.of(entry.id)
        _require_agreement(weighting.margins, tables, entry.id)
    return tables


def _found(source: MarginSource, roots: Sequence[Path]) -> Path:
    return next(
        (root / source.file for root in roots if (root / source.file).is_file()), roots[0] / source.file
    )


def _require_agreement(
    margins: Sequence[MarginSource], tables: Mapping[str, MarginTable], sector: str
) -> None:
    """Margins are of one population: their totals sum alike."""
    sums = [math.fsum(row.total for row in tables[one.file].of(sector)) for one in margins]
    for margin, total in zip(margins, sums, strict=True):
        if abs(total - sums[0]) > SUMS_AGREE * sums[0]:
            first = margins[0]
            raise SpecError(
                f"{margin.file}, margin {' × '.join(margin.by)}, sector {sector}",
                f"its totals sum to {total:.9g}, those of {' × '.join(first.by)} in {first.file} to {sums[0]:.9g}",
                "Give all margins of the same population, or shares that sum to 1",
            )
