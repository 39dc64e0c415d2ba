"""What a wave's own survey supplies to an index: figures as disclosure shows them, with replicates drawn again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from ncsi.composite.replicates import FEWEST_REPLICATES
from ncsi.disclosure import disclosed_tables
from ncsi.errors import CompositeError, NcsiError, PublicationError, SpecError
from ncsi.ingest.figures.surveyed import UnitOf
from ncsi.results.survey_replicates import MEAN, SurveyReplicates, survey_replicates
from ncsi.spec.index_plan import IndexPlan
from ncsi.spec.plan import WavePlan, load_earlier_plan
from ncsi.spec.problems import check_known
from ncsi.spec.wave import SurveyIndicator
from ncsi.stages.panel_members import responses_of
from ncsi.stages.public_version import held_sectors
from ncsi.stages.register import withdrawn_waves
from ncsi.store import Store
from ncsi.tables import OUT_INDEX_BY_BRAND, OUT_MEASURES

_COLUMNS = ["year", "sector", "brand", "label_zh", "label_en", "indicator", "value", "se"]
ByCode = dict[str, pd.DataFrame]


@dataclass(frozen=True, slots=True)
class SurveyedIndicator:
    """An indicator and what of a sector makes it: the index of a construct, or the mean of an item."""

    indicator: str
    sector: str
    kind: str
    name: str


@dataclass(frozen=True, slots=True, eq=False)
class OfWave:
    """What one wave supplies. `figures`: year, sector, brand, label_zh, label_en, indicator, value, se, of the brands
    that disclosure shows alone. `draws`: by indicator and sector a row for each replicate and a column for each brand;
    without a sector whose stored figures they are not draws of, which `problem` says of the first such."""

    figures: pd.DataFrame
    draws: Mapping[tuple[str, str], pd.DataFrame]
    problem: str = ""

    def by_code(self, unit_of: UnitOf, units: Sequence[str]) -> ByCode:
        """Joint replicates by indicator, a column for each of the `units`; of those indicators whose every figure has
        some. Sectors have no respondents in common, so any replicate of one goes with any of another."""
        fewest = min((len(one) for one in self.draws.values()), default=0)
        found: dict[str, list[pd.DataFrame]] = {}
        for (code, sector), frame in self.draws.items():
            own = {brand: unit_of[sector, brand] for brand in frame.columns if (sector, brand) in unit_of}
            named = frame[list(own)].rename(columns=own).head(fewest)
            found.setdefault(code, []).append(named[[one for one in named.columns if one in set(units)]])
        lacking = {
            code
            for code, sector in zip(self.figures["indicator"], self.figures["sector"], strict=True)
            if (code, sector) not in self.draws
        }
        return {code: pd.concat(parts, axis=1) for code, parts in found.items() if code not in lacking}


def asked_of(
    plan: WavePlan, index: IndexPlan, declared: Sequence[SurveyIndicator]
) -> tuple[SurveyedIndicator, ...]:
    """Every indicator that the survey supplies. Raises SpecError for one that the tree lacks, or that is supplied
    twice, a construct or item that the instrument lacks, an item whose mean it does not publish, an index of units of
    two dimensions."""
    where = f"wave {plan.wave.id}, index {index.tree.id}, survey"
    if len(index.definition.dimensions) > 1:
        problem = "its units are of two dimensions, and brands are of one"
        raise SpecError(where, problem, "Give its figures in a file")
    leaves = tuple(node.code for node in index.tree.leaves)
    found: dict[str, SurveyedIndicator] = {}
    for one in declared:
        place = f"{where}, sector {one.sector}"
        instrument = plan.instruments[one.sector]
        means = tuple(measure.item for measure in instrument.measures if measure.measure == MEAN)
        if one.of_construct is not None:
            check_known(one.of_construct, instrument.construct_ids, "construct", place)
        if one.item is not None:
            check_known(one.item, means, "item whose mean the instrument publishes", place)
        if one.indicator is not None:
            check_known(one.indicator, leaves, "indicator of the tree", place)
        codes = [code for code in leaves if code in means] if one.indicator is None else [one.indicator]
        if not codes:
            cure = "Publish them: `measures: [{measure: mean, item: …}]`, or name each indicator"
            raise SpecError(place, "no indicator has the code of an item whose mean is published", cure)
        for code in codes:
            if code in found:
                raise SpecError(place, f"'{code}' is supplied twice", "Name it once")
            kind, name = (
                ("construct", one.of_construct)
                if one.of_construct is not None
                else ("item", one.item or code)
            )
            found[code] = SurveyedIndicator(code, one.sector, kind, name)
    return tuple(found.values())


def taken(plan: WavePlan, sector: str, pairs: Sequence[str]) -> tuple[SurveyIndicator, ...]:
    """What `CODE=NAME` asks of a sector, NAME a construct or an item; without any, all of its items.

    Raises SpecError for a sector that the wave does not measure, or a pair that is none.
    """
    check_known(sector, plan.sector_ids, "sector in this wave", f"wave {plan.wave.id}")
    constructs = plan.instruments[sector].construct_ids
    found = []
    for pair in pairs:
        code, mark, name = pair.partition("=")
        if not mark or not code or not name:
            raise SpecError(f"'{pair}'", "it names no indicator and what it is made of", "Write CODE=NAME")
        key = "construct" if name in constructs else "item"
        found.append(SurveyIndicator.model_validate({"sector": sector, "indicator": code, key: name}))
    return tuple(found) or (SurveyIndicator(sector=sector),)


def of_wave(plan: WavePlan, asked: Sequence[SurveyedIndicator], year: int) -> OfWave:
    """What the wave supplies for its own `year`.

    Raises CompositeError for a sector without results, and where its responses no longer give the results that are
    stored although it is not held.
    """
    store = Store.open(plan.workspace.warehouse)
    figures = _shown(store, plan, asked, year)
    held = set(held_sectors(store, plan.wave.id))
    draws: dict[tuple[str, str], pd.DataFrame] = {}
    problem = ""
    for sector in dict.fromkeys(one.sector for one in asked):
        own = [one for one in asked if one.sector == sector]
        again = survey_replicates(plan, sector, responses_of(store, plan, sector))
        if not again.reproduces(_as_stored(figures[figures["sector"] == sector], own)):
            if sector not in held:
                raise CompositeError(
                    f"wave {plan.wave.id}, sector {sector}",
                    "its responses and specs no longer give the results stored",
                    f"Run `ncsi estimate --wave {plan.wave.id}` again",
                )  # fmt: skip
            problem = problem or "held"
        elif _count(again) < FEWEST_REPLICATES:
            problem = problem or "few_replicates"
        else:
            draws |= {(one.indicator, sector): again.draws[one.kind, one.name] for one in own}
    return OfWave(figures, draws, problem)


def year_before(wave: str) -> str:
    """Id of the wave of the same part of the year before."""
    return f"{int(wave[:4]) - 1}{wave[4:]}"


def of_year_before(plan: WavePlan, asked: Sequence[SurveyedIndicator], year: int) -> OfWave | None:
    """What the wave of the same part of the year before supplies, as its results are stored now; None where there is no
    such wave, it is withdrawn, or it did not measure these sectors. Its replicates are left out where they cannot be
    drawn again."""
    before = year_before(plan.wave.id)
    store = Store.open(plan.workspace.warehouse)
    if before not in plan.workspace.wave_ids() or before in withdrawn_waves(store):
        return None
    earlier = load_earlier_plan(plan.workspace, before)
    measured = set(earlier.sector_ids) & set(store.sectors(before))
    own = [one for one in asked if one.sector in measured and _has(earlier, one)]
    if not own or store.read(OUT_INDEX_BY_BRAND.name, wave=before, sector=own[0].sector).empty:
        return None
    try:
        return of_wave(earlier, own, year - 1)
    except NcsiError:  # its files or specs are no longer those of then: figures stand, changes are not tested
        return OfWave(_shown(store, earlier, own, year - 1), {}, "not_drawn")


def figures_and_draws(
    plan: WavePlan, asked: Sequence[SurveyedIndicator], year: int
) -> tuple[pd.DataFrame, Mapping[int, OfWave]]:
    """The figures of this year and, where there are some, of the year before; what each supplies, by year."""
    supplied = {year: of_wave(plan, asked, year)}
    before = of_year_before(plan, asked, year)
    if before is not None:
        supplied = {year - 1: before} | supplied
    return pd.concat([one.figures for one in supplied.values()], ignore_index=True), supplied


def of_standing_wave(plan: WavePlan, asked: Sequence[SurveyedIndicator], year: int) -> OfWave:
    """As `of_wave`, to be passed on. Raises PublicationError for a wave that is withdrawn."""
    if plan.wave.id in withdrawn_waves(Store.open(plan.workspace.warehouse)):
        raise PublicationError(
            f"wave {plan.wave.id} is withdrawn, and its figures are not passed on. Publish a further revision of it "
            "first, or name another wave."
        )
    return of_wave(plan, asked, year)


def as_files(of: OfWave, index: IndexPlan) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What a wave supplies in the form that files of figures, and of replicates, are read in: units by their Chinese
    names, indicators by their codes. Raises CompositeError for figures that the wave has no replicates of."""
    lacking = [
        sector for sector in of.figures["sector"].unique() if sector not in {key[1] for key in of.draws}
    ]
    if lacking:
        raise CompositeError(
            f"sector {lacking[0]}", f"there are no replicates of its published figures ({of.problem})",
            f"Ask for {FEWEST_REPLICATES} or more under `replicates:`; of a sector that is held there are none",
        )  # fmt: skip
    unit, codes = index.definition.dimensions[0].id, [node.code for node in index.tree.leaves]
    names = of.figures.drop_duplicates(["sector", "brand"])
    unit_of = dict(zip(zip(names["sector"], names["brand"], strict=True), names["label_zh"], strict=True))
    by_code = of.by_code(unit_of, names["label_zh"].tolist())
    long = pd.concat({code: frame.stack() for code, frame in by_code.items()}, axis=1)
    long.index.names = ["replicate", unit]
    own = [code for code in codes if code in by_code]
    wide = of.figures.rename(columns={"label_zh": unit}).pivot(
        index=[unit, "year"], columns="indicator", values=["value", "se"]
    )
    heads = zip(wide.columns.get_level_values(0), wide.columns.get_level_values(1), strict=True)
    wide.columns = pd.Index([code if name == "value" else f"{code}_se" for name, code in heads])
    order = [column for code in own for column in (code, f"{code}_se")]
    return wide[order].reset_index(), long[own].reset_index()


def _has(plan: WavePlan, one: SurveyedIndicator) -> bool:
    """Whether the instrument of that wave asked for it too."""
    instrument = plan.instruments[one.sector]
    if one.kind == "construct":
        return one.name in instrument.construct_ids
    return any(measure.measure == MEAN and measure.item == one.name for measure in instrument.measures)


def _shown(store: Store, plan: WavePlan, asked: Sequence[SurveyedIndicator], year: int) -> pd.DataFrame:
    """The stored figures that disclosure shows: what is hidden of a brand must not come back inside an index."""
    with store.session():
        stored = {
            one.name: store.read(one.name, wave=plan.wave.id) for one in (OUT_INDEX_BY_BRAND, OUT_MEASURES)
        }
    shown = disclosed_tables(stored, plan.target, plan.wave.level)
    index = shown[OUT_INDEX_BY_BRAND.name].rename(columns={"construct": "name", "index_0_100": "value"})
    told = shown[OUT_MEASURES.name].rename(columns={"item": "name", "estimate": "value"})
    told = told[(told["measure"] == MEAN) & (told["brand"] != "")]
    tables = {"construct": index, "item": told}
    figures = {
        (kind, *names): rows
        for kind, table in tables.items()
        for names, rows in table[table["value"].notna()].groupby(["sector", "name"], sort=False)
    }
    parts = []
    for one in asked:
        rows = figures.get((one.kind, one.sector, one.name))
        if rows is None:
            raise CompositeError(
                f"wave {plan.wave.id}, sector {one.sector}", f"it has no figure of '{one.name}' that may be shown",
                f"Run `ncsi estimate --wave {plan.wave.id}`; units need enough respondents (docs/method.md §13)",
            )  # fmt: skip
        labels = {brand.id: brand.label for brand in plan.wave.sector(one.sector).brands}
        rows = rows[rows["brand"].isin(list(labels))]
        parts.append(
            rows[["sector", "brand", "value", "se"]].assign(
                year=year, indicator=one.indicator,
                label_zh=[labels[brand].zh for brand in rows["brand"]],
                label_en=[labels[brand].en for brand in rows["brand"]],
            )[_COLUMNS]
        )  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def _as_stored(figures: pd.DataFrame, asked: Sequence[SurveyedIndicator]) -> pd.DataFrame:
    """Figures by what of the sector they are: kind, name, brand, value, se."""
    made_of = {one.indicator: (one.kind, one.name) for one in asked}
    pairs = [made_of[code] for code in figures["indicator"]]
    return figures.assign(kind=[kind for kind, _ in pairs], name=[name for _, name in pairs])


def _count(again: SurveyReplicates) -> int:
    return min(len(one) for one in again.draws.values())
