"""Figures that a survey of our own supplies, joined to those of a file: its brands become units of the index."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import pandas as pd

from ncsi.errors import CompositeError
from ncsi.ingest.figures.heads import folded
from ncsi.ingest.figures.reading import Figures
from ncsi.ingest.figures.units import Unit, UnitNames
from ncsi.spec.building_blocks import Label
from ncsi.spec.index_plan import IndexPlan
from ncsi.spec.problems import did_you_mean

UnitOf = Mapping[tuple[str, str], str]
"""Id of the unit that a brand of a sector is, by sector and brand."""
_CELL = ["unit", "year", "indicator"]


def with_survey(
    figures: Figures | None, surveyed: pd.DataFrame, plan: IndexPlan, aliases: Mapping[str, str], source: str
) -> tuple[Figures, UnitOf]:
    """The figures of a file (None: there is none) and those `surveyed`: year, sector, brand, label_zh, label_en,
    indicator, value, se. And which unit each brand is: the one that its label, its id or an alias names.

    Of an earlier year, what the file gives stands. Raises CompositeError for a brand that is no unit of the file or of
    the index's list, two brands of a sector that are one unit, and a figure of the latest year that both give.
    `source`: what a file that is not there is called.
    """
    unit_of = _units_of(figures, surveyed, plan, aliases)
    units = {key: one.id for key, one in unit_of.items()}
    rows = surveyed.assign(
        unit=[units[key] for key in zip(surveyed["sector"], surveyed["brand"], strict=True)]
    )
    _refuse_twice(rows[rows.duplicated(_CELL)], source, "two brands of the survey are this unit")
    base = figures if figures is not None else _nothing(plan, source)
    given = base.values[base.values["value"].notna()]
    both = rows.merge(given[_CELL], on=_CELL)
    _refuse_twice(both[both["year"] == rows["year"].max()], base.name, "the file and the survey both give it")
    rows = rows[~pd.MultiIndex.from_frame(rows[_CELL]).isin(pd.MultiIndex.from_frame(given[_CELL]))]
    own = rows[["unit", "year", "indicator", "value", "se"]].assign(rater="")
    replaced = pd.MultiIndex.from_frame(base.values[_CELL]).isin(pd.MultiIndex.from_frame(own[_CELL]))
    parts = [one for one in (base.values[~replaced], own[list(base.values.columns)]) if len(one)]
    values = pd.concat(parts, ignore_index=True)
    named = _in_english(_with_units(base, rows, unit_of.values()), surveyed, units)
    return replace(base, units=named, values=values), units


def _in_english(units: pd.DataFrame, surveyed: pd.DataFrame, unit_of: UnitOf) -> pd.DataFrame:
    """Units of a file that has no English names, by those of the survey's brands."""
    known = {
        unit_of[sector, brand]: en
        for sector, brand, en in zip(surveyed["sector"], surveyed["brand"], surveyed["label_en"], strict=True)
        if en
    }
    names = zip(units["unit"], units["label_zh"], units["label_en"], strict=True)
    return units.assign(label_en=[known.get(unit, en) if en == zh else en for unit, zh, en in names])


def _refuse_twice(rows: pd.DataFrame, where: str, problem: str) -> None:
    for one in rows.head(1).to_dict("records"):
        place = f"{where}, unit {one['unit']}, year {one['year']}, indicator {one['indicator']}"
        raise CompositeError(place, problem, "Keep one of them")


def _units_of(
    figures: Figures | None, surveyed: pd.DataFrame, plan: IndexPlan, aliases: Mapping[str, str]
) -> dict[tuple[str, str], Unit]:
    names = UnitNames(plan, aliases)
    listed = plan.definition.dimensions[0].list is not None
    in_file = None if figures is None or listed else _by_name(figures)
    known = {folded(name): ours for name, ours in aliases.items()}
    found: dict[tuple[str, str], Unit] = {}
    brands = surveyed[["sector", "brand", "label_zh", "label_en"]].drop_duplicates(["sector", "brand"])
    for sector, brand, zh, en in brands.itertuples(index=False, name=None):
        words = [word for name in (zh, en, brand) for word in (known.get(folded(name), name), name)]
        if in_file is not None:
            unit = next((in_file[folded(word)] for word in words if folded(word) in in_file), None)
        elif listed:
            unit = next((one for one in (_listed(names, word) for word in words) if one is not None), None)
        else:
            unit = _named(names, words[0], Label(zh=zh, en=en))
        if unit is None:
            there = sorted({one.label.zh for one in (in_file or {}).values()})
            cure = did_you_mean(zh, there, "units are") if there else "Use a name of the list of units."
            raise CompositeError(
                f"sector {sector}, brand {brand}", f"'{zh}' is no unit of the index", f"{cure} A map can name it "
                "under `units:`",
            )  # fmt: skip
        found[sector, brand] = unit
    return found


def _by_name(figures: Figures) -> dict[str, Unit]:
    """Units of a file by every name that they have there."""
    found: dict[str, Unit] = {}
    for one in figures.units.to_dict("records"):
        unit = Unit(str(one["unit"]), Label(zh=one["label_zh"], en=one["label_en"]), str(one["level"]))
        found |= {folded(name): unit for name in (unit.id, unit.label.zh, unit.label.en)}
    return found


def _listed(names: UnitNames, word: str) -> Unit | None:
    try:
        return names.find((word,))
    except ValueError:
        return None


def _named(names: UnitNames, word: str, label: Label) -> Unit:
    """A unit of an index that has no list: called as the survey calls it. Raises CompositeError for what cannot be a
    name of one."""
    try:
        unit = names.find((word,))
    except ValueError as error:
        column, problem, cure = error.args
        raise CompositeError(f"{column} '{word}'", problem, cure) from error
    return replace(unit, label=label) if unit.label.zh == label.zh else unit


def _nothing(plan: IndexPlan, source: str) -> Figures:
    groups = [one.id for one in plan.definition.groups]
    units = ["unit", "year", "label_zh", "label_en", "level", "weight", "population", *groups]
    return Figures(
        units=pd.DataFrame(columns=units),
        values=pd.DataFrame(columns=["unit", "year", "rater", "indicator", "value", "se"]),
        vetoes=pd.DataFrame(columns=["unit", "year", "veto", "value"]),
        evidence=pd.DataFrame(columns=["unit", "year", "rater", "indicator", "level", "accepted", "kind", "evidence"]),
        name=source, sha256="", format="survey", rows=0, synthetic=False,
    )  # fmt: skip


def _with_units(base: Figures, rows: pd.DataFrame, units: Iterable[Unit]) -> pd.DataFrame:
    """Units of every year that has figures; what the file says of a unit in one year holds where it says nothing."""
    there = set(zip(base.units["unit"], base.units["year"], strict=True))
    latest = base.units.drop_duplicates("unit", keep="last").set_index("unit").to_dict("index")
    by_id = {one.id: one for one in units}
    groups = [name for name in base.units.columns if name not in _UNIT]
    more = []
    for unit, year in rows[["unit", "year"]].drop_duplicates().itertuples(index=False, name=None):
        if (unit, year) in there:
            continue
        one, known = by_id[unit], latest.get(unit, {})
        entry = {
            "label_zh": one.label.zh, "label_en": one.label.en, "level": one.level, "weight": float("nan"),
            "population": float("nan"), **{name: one.groups.get(name, "") for name in groups},
        }  # fmt: skip
        more.append(entry | known | {"unit": unit, "year": year})
    parts = [one for one in (base.units, pd.DataFrame(more, columns=base.units.columns)) if len(one)]
    return pd.concat(parts, ignore_index=True).astype({"weight": float, "population": float, "year": int})


_UNIT = ("unit", "year", "label_zh", "label_en", "level", "weight", "population")
