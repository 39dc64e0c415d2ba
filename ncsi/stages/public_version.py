"""What is out of a wave: remembered when it is published, held against when it is estimated again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ncsi.disclosure.answer_digests import answered, figures_of
from ncsi.disclosure.answered import FLAGGED, few_answers, few_judged
from ncsi.disclosure.differencing import counted, must_hold, repeated_but_for_few
from ncsi.errors import RepeatedAnswers
from ncsi.ingest.privacy import derived_key
from ncsi.model.moments.sample import eligible
from ncsi.model.moments.scaled import on_0_100
from ncsi.results.accepted import Accepted
from ncsi.results.spooled_rows import Rows, blocks_of
from ncsi.spec import Instrument
from ncsi.spec.plan import WavePlan
from ncsi.store import Store, Warehouse
from ncsi.tables import (
    CORE_FIGURES_BY_SECTOR,
    CORE_FORGOTTEN_BY_CELL,
    CORE_HELD_BY_SECTOR,
    CORE_PUBLISHED_BY_RESPONDENT,
    ESTIMATED,
    TABLES,
    Layer,
)

Frames = dict[str, pd.DataFrame]
Texts = NDArray[np.object_]
_COUNTED = [one for one in CORE_PUBLISHED_BY_RESPONDENT.names if one not in ("wave", "sector")]


@dataclass(frozen=True, slots=True, eq=False)
class AgainstPublic:
    """A sector's results held against the releases that are out: the public `results` that it must keep (without wave
    and sector columns), None where the new ones may be published; the respondents `counted` by every release and by
    the results that stand, and the `figures` that their digests are of; why they are kept: `few`, the figure (kind and
    name) that too few of those who answered it would change, empty where too few respondents would. `untold`: columns
    of out_response_quality_by_sector that the new ones leave blank, because too few were flagged or excluded since.
    `blocks`: the respondents in place of `counted`, which has none then, some at a time."""

    results: Frames | None
    counted: pd.DataFrame
    figures: tuple[str, ...]
    few: str = ""
    untold: tuple[str, ...] = ()
    blocks: Iterator[pd.DataFrame] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Published:
    """What is out of a sector: the respondents that releases count, those forgotten by cell, the figures that digests
    are of."""

    counted: pd.DataFrame
    forgotten: pd.DataFrame
    figures: tuple[str, ...]


def published(store: Store, wave: str, sector: str) -> Published:
    """What the store knows of it."""
    return Published(
        store.released(CORE_PUBLISHED_BY_RESPONDENT.name, wave, sector),
        store.read(CORE_FORGOTTEN_BY_CELL.name, wave=wave, sector=sector),
        figures_by_sector(store, wave, sector).get(sector, ()),
    )


def figures_by_sector(store: Warehouse, wave: str, sector: str | None = None) -> dict[str, tuple[str, ...]]:
    """What digests of respondents are of, in order, by sector."""
    known = store.table(CORE_FIGURES_BY_SECTOR.name, wave, sector)
    return {
        str(one): tuple(str(figures).split("\n"))
        for one, figures in zip(known["sector"], known["figures"], strict=True)
    }


def against_public(
    out: Published, store: Store, plan: WavePlan, sector: str, accepted: Accepted, quality: Rows,
    in_blocks: bool = False,
) -> AgainstPublic:  # fmt: skip
    """Compare the accepted rows of now, with their core_quality_by_respondent in the same order, with what is out of
    the wave.

    `in_blocks`: where no release is out, respondents are told some at a time, as they are asked for.
    SpecError where the pseudonym key, which digests of answers are made with, is missing.
    """
    public = out.counted[_COUNTED]
    figures = figures_of(plan.instruments[sector], out.figures)
    blocks = _counted(plan, sector, accepted, quality, figures)
    if in_blocks and public.empty:
        told = (one.assign(revision=ESTIMATED)[_COUNTED] for one in blocks)
        return AgainstPublic(None, public, figures, blocks=told)
    now = pd.concat(blocks, ignore_index=True)
    revisions = sorted(set(public["revision"]))
    few = ""
    if not must_hold(public, out.forgotten, now, revisions):
        few = few_answers(public, out.forgotten, now, revisions, figures) or ""
        if not few:
            untold = few_judged(public, out.forgotten, now, revisions, figures)
            columns = ("index_valid_0_100" if one == FLAGGED else "index_all_0_100" for one in sorted(untold))
            return AgainstPublic(None, _with(public, now), figures, untold=tuple(columns))
    kept = {
        name: frame.drop(columns=["wave", "sector"])
        for name, frame in store.public_results(plan.wave.id, sector).items()
    }
    held = {CORE_HELD_BY_SECTOR.name: pd.DataFrame({"revision": revisions[-1:]})}
    standing = _with(public, public[public["revision"] == revisions[-1]])
    return AgainstPublic(kept | held, standing, figures, few)


def refuse_repeated(store: Store, plan: WavePlan, sector: str, now: pd.DataFrame) -> None:
    """Hold a panel's wave, its respondents as of `AgainstPublic.counted`, against the wave before. ModelError where a
    brand or the sector gave the answers of then but for a few people."""
    known = store.read(CORE_PUBLISHED_BY_RESPONDENT.name, wave=str(plan.wave.previous), sector=sector)
    before, own = (frame[frame["revision"] == ESTIMATED] for frame in (known, now))
    cell = repeated_but_for_few(before, own)
    if cell is not None:
        raise RepeatedAnswers(
            f"{cell}: all but a few respondents gave exactly the answers of wave {plan.wave.previous}, so the change "
            "would tell of those few. Was the earlier delivery sent again? Replace it, or take it out of the wave."
        )


def remember_public(store: Store, plan: WavePlan, tables: Mapping[str, pd.DataFrame]) -> None:
    """Record the release of the plan's wave that is out now: whom its results count, and the results themselves.

    `tables`: those that it was made from, in full precision.
    """
    wave = plan.wave.id
    with store.session():
        results = {
            name: tables[name] if name in tables else store.read(name, wave=wave)
            for name, table in TABLES.items()
            if table.layer is Layer.OUT and "sector" in table.names
        }
    store.keep_public(wave, len(plan.wave.revisions), results)


def held_sectors(store: Store, wave: str) -> tuple[str, ...]:
    """Sectors of the wave whose figures are those of a release that is out."""
    return tuple(sorted(store.read(CORE_HELD_BY_SECTOR.name, wave=wave)["sector"]))


def _with(public: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    parts = [one for one in (public, now.assign(revision=ESTIMATED)[_COUNTED]) if len(one)]
    return pd.concat(parts, ignore_index=True) if parts else public


def _counted(
    plan: WavePlan, sector: str, accepted: Accepted, quality: Rows, figures: Sequence[str]
) -> Iterator[pd.DataFrame]:
    """The respondents of now, as a release would count them, some at a time."""
    key = derived_key(plan.workspace.key(), f"answered/{plan.wave.id}")
    for rows, judged in zip(accepted.blocks(), blocks_of(quality), strict=True):
        yield _counted_of(rows, judged["status"].to_numpy(), plan.instruments[sector], key, figures)


def _counted_of(
    rows: pd.DataFrame, status: Texts, instrument: Instrument, key: bytes, figures: Sequence[str]
) -> pd.DataFrame:
    """The same of some rows."""
    kept = status != "excluded"
    items = list(instrument.item_ids)
    on_0_100(rows.loc[~kept, items], instrument)  # that those of all others are on their scale, the model saw
    lacking = np.array([rows[one].isna() for one in items]).T
    scored = eligible(rows, np.where(lacking, np.nan, 0.0), instrument)
    parts = answered(rows, kept, status == "flagged", scored, instrument, key, figures)
    return counted(rows, pd.Series(kept)).assign(
        quality=parts["quality"].array, answered=parts["answered"].array
    )
