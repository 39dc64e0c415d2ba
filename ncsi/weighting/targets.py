"""Totals of files and brand shares against the responses of a sector."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ncsi.errors import InputError
from ncsi.spec import PLAIN, MarginRow, MarginSource, MarginTable, Wave, WaveSector, Weighting
from ncsi.survey.design import Floats
from ncsi.survey.known_margins import Margin, margin_of
from ncsi.tables import background_column

MISSING = "(missing)"
"""Category of respondents without a value, where they keep their own share."""


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """A margin on the rows, its totals summing to the number of rows; source and year of each total."""

    margin: Margin
    sources: tuple[str, ...]
    years: tuple[int, ...]


def named(weighting: Weighting) -> frozenset[str]:
    """The variables that a weighting names."""
    sources = (weighting.frame, weighting.nonresponse, *weighting.margins)
    by = {name for source in sources if source is not None for name in source.by}
    return frozenset({*by, *weighting.strata, *([weighting.cluster] if weighting.cluster else [])})


def columns_of(responses: pd.DataFrame, wave: Wave) -> pd.DataFrame:
    """brand and the stored background variables that the weighting names, by their names in the wave file, rows
    numbered from 0.

    A value that is not declared, as `other` mostly is, counts as missing: no total is of it.
    """
    stored = {
        name: background_column(name) for name in wave.background if name in named(wave.weighting or PLAIN)
    }
    known = {
        name: _declared(responses[column], wave.values[name])
        for name, column in stored.items()
        if column in responses
    }
    return pd.DataFrame({"brand": responses["brand"], **known}).reset_index(drop=True)


def _declared(values: pd.Series, declared: frozenset[str]) -> pd.Series:
    """Texts, those that are not declared missing, where any are; categories of texts stay such."""
    if not _is_of_few_texts(values):
        texts = as_texts(values)
        return texts.where(texts.isin(declared)) if declared else texts
    if not declared:
        return values
    return values.cat.set_categories(values.cat.categories[values.cat.categories.isin(declared)])


def _is_of_few_texts(values: pd.Series) -> bool:
    kind = values.dtype
    return isinstance(kind, pd.CategoricalDtype) and pd.api.types.is_string_dtype(kind.categories)


def as_texts(values: pd.Series) -> pd.Series:
    """Texts that are held as categories, as such: joined and replaced by others as they are."""
    if not isinstance(values.dtype, pd.CategoricalDtype):
        return values
    if not _is_of_few_texts(values):
        return values.astype("str")
    each = values.cat.categories.astype("str").array  # each of them once
    return pd.Series(
        each.take(values.cat.codes.to_numpy(), allow_fill=True), index=values.index, name=values.name
    )


def frame_factors(rows: pd.DataFrame, source: MarginSource, table: MarginTable, sector: str) -> Floats:
    """Units in the frame for each unit drawn (n,), by the stratum of the row."""
    own = table.of(sector)
    require_filled(
        rows, source.by, "Every response needs its stratum of the frame: map it, or correct the file"
    )
    margin = margin_of(rows, source.by, {row.category: row.total for row in own})
    drawn = np.array([row.drawn for row in own], dtype=np.float64)
    return np.asarray((margin.totals / drawn)[margin.codes])


def file_target(
    rows: pd.DataFrame, source: MarginSource, table: MarginTable, sector: str, weights: Floats
) -> Target:
    """The target of a file; with `own_share`, rows without a value keep the share that `weights` give them."""
    own = table.of(sector)
    if source.missing == "own_share":
        rows, own = _with_missing(rows, source.by, own, weights)
    else:
        require_filled(rows, source.by, "Correct the file, or declare `missing: own_share` for this margin")
    margin = margin_of(rows, source.by, {row.category: row.total for row in own})
    scaled = replace(margin, totals=margin.totals * (len(rows) / margin.totals.sum()))
    return Target(scaled, tuple(row.source for row in own), tuple(row.year for row in own))


def brand_target(rows: pd.DataFrame, wave: Wave, entry: WaveSector, weighting: Weighting) -> Target | None:
    """Shares of the brands with responses, which rarely hold the whole market; None where there are none.

    Raises InputError for a brand with responses and without a share.
    """
    shares = {brand.id: brand.share for brand in entry.brands if brand.share is not None}
    in_file = any(source.by == ("brand",) for source in weighting.margins)
    if not shares or in_file or not weighting.brand_share:
        return None
    present = set(rows["brand"].unique())
    margin = margin_of(rows, "brand", {brand: share for brand, share in shares.items() if brand in present})
    scaled = replace(margin, totals=margin.totals * (len(rows) / margin.totals.sum()))
    count = len(margin.totals)
    return Target(
        scaled,
        (f"调查期文件{wave.id}：市场份额 | wave file {wave.id}, market shares",) * count,
        (wave.field.end.year,) * count,
    )


def targets_of(
    rows: pd.DataFrame, wave: Wave, entry: WaveSector, totals: Mapping[str, MarginTable], weights: Floats
) -> tuple[Target, ...]:
    """Everything the weights of a sector are calibrated to: declared margins, then the brands' shares."""
    weighting = wave.weighting or Weighting()
    found = [file_target(rows, one, totals[one.file], entry.id, weights) for one in weighting.margins]
    brands = brand_target(rows, wave, entry, weighting)
    return (*found, *([brands] if brands is not None else []))


def require_filled(rows: pd.DataFrame, names: Sequence[str], cure: str) -> None:
    """InputError naming the column and how many responses lack a declared value in it."""
    for name in names:
        lacking = len(rows) if name not in rows else int(rows[name].isna().sum())
        if lacking:
            raise InputError(
                f"column {name}", f"{lacking:,} of {len(rows):,} responses have no declared value", cure
            )


def _with_missing(
    rows: pd.DataFrame, by: Sequence[str], own: Sequence[MarginRow], weights: Floats
) -> tuple[pd.DataFrame, tuple[MarginRow, ...]]:
    """Rows without a value as a category of their own, and its total beside the others, whose sum stays."""
    unknown = rows[list(by)].isna().any(axis=1).to_numpy()
    if not unknown.any():
        return rows, tuple(own)
    share = float(weights[unknown].sum() / weights.sum())
    whole = sum(row.total for row in own)
    known = tuple(replace(row, total=row.total * (1 - share)) for row in own)
    category = (MISSING,) * len(by)
    extra = MarginRow(category, whole * share, "share by base weights", own[0].year)
    marked = rows.assign(**{name: _with_category(rows[name], MISSING).mask(unknown, MISSING) for name in by})
    return marked, (*known, extra)


def _with_category(values: pd.Series, one: str) -> pd.Series:
    """Values among which there may be one more."""
    if not isinstance(values.dtype, pd.CategoricalDtype) or one in values.cat.categories:
        return values
    return values.cat.add_categories([one])
