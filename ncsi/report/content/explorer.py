"""The explorer: public figures of a release, with the comparisons that were published and no other.

Nothing is computed here or in the page: every figure is a cell of a disclosed table at its published digits, and what
two figures come to beside each other is the verdict of a published test, or that there is none.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ncsi.report import text
from ncsi.report.chart_data import ChartData
from ncsi.report.content.explored import (
    Cells,
    ConstructOf,
    Explored,
    Measured,
    Named,
    SectorMeasured,
    Series,
)
from ncsi.report.content.heading import heading
from ncsi.report.content.labels import (
    brand_labels,
    construct_labels,
    is_rate,
    several,
    unit_words,
    usual_labels,
)
from ncsi.report.pages import ReleasePage
from ncsi.report.release_spec import ReleaseSpec
from ncsi.report.result_rows import Tables, of, records
from ncsi.report.text import phrases, typed
from ncsi.spec import Instrument
from ncsi.tables import (
    OUT_CHANGES,
    OUT_DIFFERENCES,
    OUT_INDEX_BY_BRAND,
    OUT_INDEX_BY_GROUP,
    OUT_INDEX_BY_SECTOR,
    OUT_INDEX_NATIONAL,
    OUT_RANK_BY_BRAND,
    OUT_RANK_BY_SECTOR,
    OUT_STANDINGS,
    OUT_TREND,
)

Rows = Sequence[dict[str, Any]]
"""Rows of a table by column."""
_SHORT = {
    "published": "",
    "no_significant_change": "same",
    "no_significant_difference": "level",
    "trend_break": "break",
}
"""Codes of tables as the page holds them, where it holds another."""
_SAID = "explorer_say_"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplorerPage(ReleasePage):
    """The explorer of a release. `views`: what may be looked at: sectors, brands, constructs, waves; `shows`: which
    figures: the index, and its change where there is one."""

    views: tuple[str, ...]
    shows: tuple[Named, ...]
    data: Explored

    @property
    def listed(self) -> ChartData:
        """The target index of every sector: what readers download before a script knows what they have chosen."""
        rows = []
        for one in self.data.sectors:
            k = next(k for k, each in enumerate(one.constructs) if each.id == self.data.target)
            index, low, high = (*one.figures[k], None, None, None)[:3]
            rows.append((*one.name, index, low, high))
        return ChartData(("label_zh", "label_en", "index_0_100", "low", "high"), tuple(rows))


def explorer(tables: Tables, spec: ReleaseSpec) -> ExplorerPage:
    """The explorer of a wave, from its published tables."""
    head = heading(spec)
    series = _all_series(tables, spec)
    sectors = tuple(_sectors(tables, spec))
    possible = {
        "sectors": several(spec),
        "brands": any(one.brands for one in sectors),
        "constructs": True,
        "waves": any(len(one.points) > 1 for one in series),
    }
    usual = tuple(ConstructOf(id, name, is_rate(id, spec)) for id, name in usual_labels(spec).items())
    data = Explored(
        wave=spec.wave.id,
        previous=spec.wave.previous or "",
        target=spec.target,
        level=head["level"],
        constructs=usual,
        nation=_nation(tables, [one.id for one in usual]),
        sectors=sectors,
        waves=tuple(
            Named(row["wave"], typed(row["label_zh"], row["label_en"])) for row in records(spec.history)
        ),
        series=series,
        words={key.removeprefix(_SAID): one for key, one in phrases().items() if key.startswith(_SAID)},
    )
    shows = ("index", "change") if spec.wave.previous else ("index",)
    return ExplorerPage(
        **head,
        views=tuple(key for key, one in possible.items() if one),
        shows=tuple(Named(one, phrases()[f"explorer_show_{one}"]) for one in shows),
        data=data,
    )


def _nation(tables: Tables, constructs: Sequence[str]) -> Measured:
    index = [row | {"status": "published"} for row in records(tables[OUT_INDEX_NATIONAL.name])]
    changes = records(of(tables[OUT_CHANGES.name], level="nation"))
    return Measured(
        id="nation", name=phrases()["explorer_nation"], figures=_figures(constructs, index, changes)
    )


def _sectors(tables: Tables, spec: ReleaseSpec) -> Iterable[SectorMeasured]:
    of_sectors = {
        name: _by("sector", records(tables[name]))
        for name in (
            OUT_INDEX_BY_SECTOR.name, OUT_INDEX_BY_BRAND.name, OUT_STANDINGS.name, OUT_RANK_BY_BRAND.name,
            OUT_DIFFERENCES.name,
        )
    }  # fmt: skip
    changes = tables[OUT_CHANGES.name]
    by_sector = _by("unit", records(of(changes, level="sector")))
    by_brand = _by("sector", records(of(changes, level="brand")))
    ranks = _ranks(records(tables[OUT_RANK_BY_SECTOR.name]), "sector") if several(spec) else {}
    for one in spec.wave.sectors:
        instrument = spec.instruments[one.id]
        own = {name: found.get(one.id, []) for name, found in of_sectors.items()}
        names = [c.id for c in instrument.constructs]
        yield SectorMeasured(
            id=one.id,
            name=text.pair(spec.sectors.sector(one.id).label),
            units=unit_words(spec, one.id)["units"],
            constructs=_constructs(instrument, spec, one.id),
            figures=_figures(names, own[OUT_INDEX_BY_SECTOR.name], by_sector.get(one.id, [])),
            rank=ranks.get(one.id, ()),
            brands=_brands(own, by_brand.get(one.id, []), spec, one.id, names),
            differences=_differences(own[OUT_DIFFERENCES.name]),
        )


def _constructs(instrument: Instrument, spec: ReleaseSpec, sector: str) -> tuple[ConstructOf, ...]:
    return tuple(
        ConstructOf(id, name, is_rate(id, spec, sector)) for id, name in construct_labels(instrument).items()
    )


def _brands(
    own: Mapping[str, Rows],
    changes: Rows,
    spec: ReleaseSpec,
    sector: str,
    constructs: Sequence[str],
) -> tuple[Measured, ...]:
    """Every brand of the tables in the order of the wave, those that are not published too: with the reason."""
    index = _by("brand", own[OUT_INDEX_BY_BRAND.name])
    standing = {(row["brand"], row["construct"]): row["verdict"] for row in own[OUT_STANDINGS.name]}
    changed, ranks = _by("unit", changes), _ranks(own[OUT_RANK_BY_BRAND.name], "brand")
    return tuple(
        Measured(
            id=brand,
            name=name,
            figures=_figures(constructs, index[brand], changed.get(brand, []), standing),
            rank=ranks.get(brand, ()),
        )
        for brand, name in brand_labels(spec, sector).items()
        if brand in index
    )


def _figures(
    constructs: Sequence[str],
    index: Rows,
    changes: Rows,
    standing: Mapping[tuple[str, str], str] | None = None,
) -> tuple[Cells, ...]:
    """A row for each construct, as `Measured` says."""
    rows = {row["construct"]: row for row in index}
    changed = {row["construct"]: row for row in changes}
    told: list[Cells] = []
    for id in constructs:
        if id not in rows:
            told.append(())
            continue
        row, moved = rows[id], changed.get(id)
        place = standing.get((row["brand"], id), "") if standing is not None else ""
        told.append(
            (
                *(_cell(row[name]) for name in ("index_0_100", "low", "high")), int(row["n"]),
                _code(row["status"]), _code(place), *_moved(moved),
            )
        )  # fmt: skip
    return tuple(told)


def _moved(row: Mapping[str, object] | None) -> Cells:
    """A change, its interval and its verdict; over a break the verdict alone."""
    if row is None:
        return ()
    verdict = _code(row["verdict"])
    if verdict == "break":
        return (None, None, None, verdict)
    return (*(_cell(row[name]) for name in ("change", "low", "high")), verdict)


def _ranks(rows: Rows, key: str) -> dict[str, Cells]:
    return {
        row[key]: (int(row["rank"]), int(row["rank_low"]), int(row["rank_high"]), row["tier"]) for row in rows
    }


def _differences(rows: Rows) -> dict[str, dict[str, Cells]]:
    found: dict[str, dict[str, Cells]] = {}
    for row in rows:
        cells = (*(_cell(row[name]) for name in ("difference", "low", "high")), _code(row["verdict"]))
        found.setdefault(row["brand"], {})[row["other"]] = cells
    return found


def _all_series(tables: Tables, spec: ReleaseSpec) -> tuple[Series, ...]:
    """The nation, its groups, its sectors, each with its points in the order of the waves."""
    order = {wave: k for k, wave in enumerate(spec.history["wave"])}
    known = tables[OUT_TREND.name]
    known = known[known["at"].isin(list(order))]
    changes = {
        (row["level"], row["unit"]): row
        for row in records(of(tables[OUT_CHANGES.name], construct=spec.target))
    }
    named = {("nation", "nation"): phrases()["explorer_nation"]}
    groups = list(dict.fromkeys(tables[OUT_INDEX_BY_GROUP.name]["group"]))
    named |= {("group", one): text.pair(spec.sectors.group(one).label) for one in groups}
    named |= {("sector", one.id): text.pair(spec.sectors.sector(one.id).label) for one in spec.wave.sectors}
    by_unit: dict[tuple[str, str], list[dict[str, object]]] = {}
    for row in sorted(records(known), key=lambda one: order[one["at"]]):
        by_unit.setdefault((row["level"], row["unit"]), []).append(row)
    return tuple(
        Series(
            unit,
            level,
            name,
            tuple(_point(row) for row in by_unit.get((level, unit), [])),
            _moved(changes.get((level, unit))),
        )
        for (level, unit), name in named.items()
        if (level, unit) in by_unit
    )


def _point(row: Mapping[str, object]) -> Cells:
    return (
        str(row["at"]), *(_cell(row[name]) for name in ("index_0_100", "low", "high")), str(row["basis"]),
        str(row["break"] or ""), _cell(row["change_quarter"]), _code(row["verdict_quarter"]),
        _cell(row["change_year"]), _code(row["verdict_year"]),
    )  # fmt: skip


def _by(column: str, rows: Rows) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row[column], []).append(row)
    return found


def _cell(value: object) -> float | None:
    """A published number; None where it is blank."""
    if not isinstance(value, int | float) or math.isnan(value):
        return None
    return float(value)


def _code(value: object) -> str:
    code = value if isinstance(value, str) else ""
    return _SHORT.get(code, code)
