"""A sector on one page: where it stands, what changed, what stands out, its units, and the one action."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from ncsi.report import text
from ncsi.report.axis_rows import Axis, AxisRow, RankedRow, axis, axis_of, tone_of
from ncsi.report.chart_data import ChartData, Trend
from ncsi.report.content.heading import level, previous_label
from ncsi.report.content.labels import construct_labels, is_rate, item_labels, scored, several
from ncsi.report.content.over_time import sector_trend
from ncsi.report.evidence_rows import Sample
from ncsi.report.release_spec import ReleaseSpec
from ncsi.report.result_rows import Change, Rank, SectorTables, Tables, WhatIf, of, read, read_by, records
from ncsi.report.text import NOTHING, Pair, phrase
from ncsi.results.item_contrasts import items_against_others
from ncsi.tables import (
    OUT_CHANGES,
    OUT_DRIVERS_BY_ITEM,
    OUT_INDEX_BY_SECTOR,
    OUT_ITEMS_BY_SECTOR,
    OUT_RANK_BY_SECTOR,
    OUT_SAMPLE_BY_SECTOR,
    OUT_WHATIF,
)

_SHOWN = 3
"""Strengths and weaknesses of a profile."""
_PEERS, _FIRST, _LAST = 10, 6, 3
"""Units that a profile lists at most; of more, the first and the last."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sector stands among all: their indices, its rank set and how many there are."""

    points: tuple[float, ...]
    axis: Axis
    rank_set: str
    total: str

    def data(self, own: str) -> ChartData:
        """The index of the sector, as it is written, and of the others."""
        return ChartData(("sector", "index_0_100"), (("this", own), *(("other", one) for one in self.points)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Standout(AxisRow):
    """An item that differs from the other sectors: `value` is the difference, `x` the own score; `others` their mean,
    `best` the highest of all sectors and `best_of` whose it is."""

    score: str
    others: float
    best: float
    best_of: Pair


@dataclass(frozen=True, slots=True)
class Standouts:
    """Strengths and weaknesses on one axis; `sectors`: how many others they are held against; `marks`: what the
    marks of their charts are."""

    strengths: tuple[Standout, ...]
    weaknesses: tuple[Standout, ...]
    axis: Axis
    sectors: int
    note: Pair
    marks: Pair


@dataclass(frozen=True, slots=True)
class Moves:
    """The change of every construct with its interval, on one axis; `on`: what wave it is against."""

    rows: tuple[AxisRow, ...]
    axis: Axis
    on: Pair


@dataclass(frozen=True, slots=True)
class Peers:
    """The sector's units, all or the first and the last; `between`: how many are left out after the first `after`."""

    rows: tuple[RankedRow, ...]
    after: int
    between: int


@dataclass(frozen=True, slots=True)
class Action:
    """The one action that the data single out; without a `name` there is none, and the text says why."""

    name: Pair
    why: Pair
    gain: Pair


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What a sector's page shows first. `moved`: how the index moved, as `title` begins; `place`: None where the wave
    has one sector."""

    title: Pair
    moved: Pair
    place: Place | None
    trend: Trend | None
    moves: Moves
    standouts: Standouts
    peers: Peers
    action: Action
    sample: Pair


def profile(
    tables: Tables, own: SectorTables, spec: ReleaseSpec, change: Change | None, peers: Sequence[RankedRow],
    put_first: Sequence[str],
) -> Profile:  # fmt: skip
    """The profile from published tables; `own`: those of the sector, `peers` its units, the ranked first, `put_first`
    its items that may be, the most urgent first."""
    found, trend = _standouts(tables, spec, own.sector), sector_trend(tables, spec, own.sector)
    moved = _moved(spec, change, trend)
    return Profile(
        title=_title(moved, found),
        moved=moved,
        place=_place(tables, spec, own.sector),
        trend=trend,
        moves=_moves(tables, spec, own.sector),
        standouts=found,
        peers=_peers(peers),
        action=_action(own, spec, put_first),
        sample=_sample(own, spec),
    )


def _moved(spec: ReleaseSpec, change: Change | None, trend: Trend | None) -> Pair:
    """How the index moved."""
    keys = {"rose": "rose", "fell": "fell", "trend_break": "break", "no_significant_change": "flat"}
    uncompared = "first" if trend is None else "apart"
    key = keys[change.verdict] if change is not None else uncompared
    return phrase(f"profile_title_{key}", label=previous_label(spec))


def _title(moved: Pair, found: Standouts) -> Pair:
    """How the index moved; which item stands out most, weaknesses first."""
    for kind, rows in (("weak", found.weaknesses), ("strong", found.strengths)):
        if rows:
            return text.clauses([moved, phrase(f"profile_title_{kind}", name=rows[0].name)])
    return moved


def _place(tables: Tables, spec: ReleaseSpec, sector: str) -> Place | None:
    if not several(spec):
        return None
    chosen = of(tables[OUT_INDEX_BY_SECTOR.name], construct=spec.target).dropna(subset=["index_0_100"])
    rank = read(Rank, of(tables[OUT_RANK_BY_SECTOR.name], sector=sector))
    ends = chosen.loc[chosen["sector"] == sector, ["low", "high"]].to_numpy().ravel().tolist()
    points = tuple(float(one) for one in chosen.loc[chosen["sector"] != sector, "index_0_100"])
    set_ = text.ranks(rank[0].rank_low, rank[0].rank_high) if rank else text.NONE
    return Place(points, axis([*points, *ends], (5, 10, 20)), set_, str(len(points) + 1))


def _standouts(tables: Tables, spec: ReleaseSpec, sector: str) -> Standouts:
    """Items of what drives the index; those of satisfaction itself and of what follows from it are no strengths."""
    instrument = spec.instruments[sector]
    target = of(tables[OUT_INDEX_BY_SECTOR.name], construct=spec.target)
    compared = items_against_others(
        tables[OUT_ITEMS_BY_SECTOR.name], sector, {key: f"{one.id} {one.version}" for key, one in
        spec.instruments.items()}, dict(zip(target["sector"], target["df"], strict=True)), spec.wave.level,
    )  # fmt: skip
    causes = of(tables[OUT_DRIVERS_BY_ITEM.name], sector=sector)["item"]
    compared = compared[compared["item"].isin(scored(instrument) & set(causes))]
    own = {one["item"]: one for one in records(of(tables[OUT_ITEMS_BY_SECTOR.name], sector=sector))}
    labels = item_labels(instrument)
    told = {verdict: records(of(compared, verdict=verdict)) for verdict in ("above", "below")}
    made = {
        verdict: tuple(
            _standout(labels[one["item"]], one, own[one["item"]], spec)
            for one in sorted(found, key=lambda one: -abs(one["difference"]))[:_SHOWN]
        )
        for verdict, found in told.items()
    }
    rows = [*made["above"], *made["below"]]
    sectors = int(compared["sectors"].max()) if len(compared) else 0
    ends = [end for one in rows for end in (one.others, one.best)]
    words = "profile_standouts_note" if rows else "profile_standouts_none"
    note = phrase(f"{words}_one") if sectors == 1 else phrase(words, k=sectors)
    return Standouts(
        made["above"], made["below"], axis_of(rows, *ends, steps=(5, 10, 20)), sectors,
        note if sectors else phrase("profile_standouts_alone"),
        phrase("profile_standouts_marks", level=level(spec)) if rows else NOTHING,
    )  # fmt: skip


def _standout(name: Pair, one: Mapping[str, Any], own: Mapping[str, Any], spec: ReleaseSpec) -> Standout:
    return Standout(
        name=name, value=text.signed(one["difference"]),
        interval=text.signed_interval(one["low"], one["high"]),
        x=own["mean_0_100"], x_low=own["low"], x_high=own["high"], tone="up" if one["difference"] > 0 else "down",
        score=text.number(own["mean_0_100"]), others=one["others_0_100"], best=one["best_0_100"],
        best_of=_best_of(one, own["mean_0_100"], spec),
    )  # fmt: skip


def _best_of(one: Mapping[str, Any], own: float, spec: ReleaseSpec) -> Pair:
    if own >= one["best_0_100"]:
        return phrase("profile_best_own")
    name = text.pair(spec.sectors.sector(str(one["best_sector"])).label)
    return phrase("profile_best", name=name, value=text.number(one["best_0_100"]))


def _moves(tables: Tables, spec: ReleaseSpec, sector: str) -> Moves:
    """Constructs whose change can be told; none for a first wave and over a break."""
    labels = construct_labels(spec.instruments[sector])
    found = read_by("construct", Change, of(tables[OUT_CHANGES.name], level="sector", unit=sector))
    order = [spec.target, *(one for one in labels if one != spec.target)]
    rows = tuple(
        AxisRow(
            name=labels[key], value=text.signed(one.change), interval=text.signed_interval(one.low, one.high),
            x=one.change, x_low=one.low, x_high=one.high, tone=tone_of(one.verdict, is_rate(key, spec, sector)),
        )
        for key, one in ((key, found[key]) for key in order if key in found)
        if one.verdict != "trend_break" and not pd.isna(one.low)
    )  # fmt: skip
    return Moves(rows, axis_of(rows, 0.0), previous_label(spec))


def _peers(rows: Sequence[RankedRow]) -> Peers:
    told = [one for one in rows if one.shown]
    if len(told) <= _PEERS:
        return Peers(tuple(told), len(told), 0)
    return Peers((*told[:_FIRST], *told[-_LAST:]), _FIRST, len(told) - _FIRST - _LAST)


def _action(own: SectorTables, spec: ReleaseSpec, ordered: Sequence[str]) -> Action:
    """One item alone, whose importance lies wholly above the mean and whose score wholly below; else why none."""
    drivers, labels = own[OUT_DRIVERS_BY_ITEM.name], item_labels(spec.instruments[own.sector])
    if not ordered:
        return Action(NOTHING, phrase("profile_action_none"), NOTHING)
    if len(ordered) > 1:
        names = [labels[one] for one in ordered[:_SHOWN]]
        more = [phrase("and_more", k=len(ordered) - _SHOWN)] if len(ordered) > _SHOWN else []
        told = phrase("profile_action_several", k=len(ordered), names=text.joined([*names, *more]))
        return Action(NOTHING, told, NOTHING)
    effect = read_by("item", WhatIf, own[OUT_WHATIF.name]).get(ordered[0])
    gain = NOTHING if effect is None else phrase(
        "profile_action_gain", step=text.number(effect.step), gain=text.number(effect.gain),
        interval=text.interval(effect.gain_low, effect.gain_high),
    )  # fmt: skip
    return Action(labels[ordered[0]], phrase("profile_action_why", total=len(drivers)), gain)


def _sample(own: Tables, spec: ReleaseSpec) -> Pair:
    one = read(Sample, own[OUT_SAMPLE_BY_SECTOR.name])[0]
    start, end = text.from_to(spec.wave.field.start, spec.wave.field.end)
    return phrase(
        "profile_sample", n=text.count(one.n), n_eff=text.count(one.n_eff), deff=text.number(one.deff, 2),
        start=start, end=end,
    )  # fmt: skip
