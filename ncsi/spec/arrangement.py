"""Where the constructs of a model stand in its diagram: causes below from the left, the target above at the right."""

from __future__ import annotations

from dataclasses import dataclass

from ncsi.spec.instrument import Instrument


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Column and row (0 the lower, 1 the upper, between them halves) of each construct; columns 0 to `last`."""

    places: dict[str, tuple[float, float]]
    last: int


def arranged(instrument: Instrument) -> Arrangement:
    """Two rows: causes from the left, the target above, what it acts on at the right."""
    effects = [p.target for p in instrument.paths if p.source == instrument.target]
    downstream = [name for name in instrument.construct_ids if name in effects]
    caused = {path.target for path in instrument.paths}
    first = [name for name in instrument.construct_ids if name not in caused][:1]
    placed = {instrument.target, *downstream, *first}
    lower = [name for name in instrument.construct_ids if name not in placed]
    columns = max(3, len(lower))
    grid: dict[str, tuple[float, float]] = dict.fromkeys(first, (0.0, 1.0))
    grid |= {name: (k * (columns - 1) / max(1, len(lower) - 1), 0) for k, name in enumerate(lower)}
    grid[instrument.target] = (columns - 1, 1)
    rows: list[float] = [1] if len(downstream) == 1 else [0, 1, 0.5]
    if len(downstream) > len(rows):
        rows = [k / (len(downstream) - 1) for k in range(len(downstream))]
    ordered = sorted(
        downstream, key=lambda name: any(p.source == name for p in instrument.paths), reverse=True
    )
    grid |= {name: (columns, row) for name, row in zip(ordered, rows[: len(ordered)], strict=True)}
    return Arrangement(grid, columns)
