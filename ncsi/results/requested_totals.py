"""What a sector's one bootstrap is asked to sum besides: sub-indices and measures by brand, subgroups."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ncsi.arrays import Array, Codes, Positions
from ncsi.model import PlsFit
from ncsi.model.inference.shares import percent_of
from ncsi.model.moments.coded import Answers, Coded
from ncsi.model.moments.row_blocks import row_blocks
from ncsi.model.pls.scores import scores_of
from ncsi.model.resampling.subsamples import construct_items, score_block, slopes_of
from ncsi.model.resampling.totals import Block, Totals
from ncsi.spec import Instrument, Item, Measure, Wave
from ncsi.spec.background import OTHER, UNKNOWN
from ncsi.tables import background_column
from ncsi.weighting.targets import as_texts


@dataclass(frozen=True, slots=True, eq=False)
class Sizes:
    """Of the columns of a block (c,): respondents, effective respondents, and the largest share of the weight that
    one respondent carries (0-1)."""

    n: Positions
    n_eff: Array
    largest_share: Array

    def part(self, columns: slice) -> Sizes:
        """Of some of the columns."""
        return Sizes(self.n[columns], self.n_eff[columns], self.largest_share[columns])


def joined_sizes(parts: Sequence[Sizes]) -> dict[str, Array]:
    """Sizes one after another, as the columns n, n_eff, deff and largest_share of a table."""
    n = np.concatenate([one.n for one in parts])
    n_eff = np.concatenate([one.n_eff for one in parts])
    return {
        "n": n,
        "n_eff": n_eff,
        "deff": np.divide(n, n_eff, out=np.ones_like(n_eff), where=n_eff > 0),
        "largest_share": np.concatenate([one.largest_share for one in parts]),
    }


@dataclass(frozen=True, slots=True)
class RequestedTotals:
    """Blocks of `totals` by what they hold.

    `brands`: columns sub-indices, measures; the brand is "" in a sector without. `subgroups`: columns
    constructs, by dimension and subgroup. `sizes`: of each block.
    """

    totals: Totals
    brands: dict[str, int]
    subgroups: dict[tuple[str, str], int]
    sizes: tuple[Sizes, ...]

    def sizes_of(self, blocks: list[int]) -> Sizes:
        """Sizes of blocks that are disjoint, together."""
        parts = [(self.totals.weights_of(k), self.sizes[k]) for k in blocks]
        total = np.sum([weight for weight, _ in parts], axis=0)
        squares = np.sum(
            [np.divide(w**2, one.n_eff, out=np.zeros_like(w), where=w > 0) for w, one in parts], axis=0
        )
        heaviest = np.max([one.largest_share * w for w, one in parts], axis=0)
        return Sizes(
            np.sum([one.n for _, one in parts], axis=0),
            np.divide(total**2, squares, out=np.zeros_like(total), where=squares > 0),
            np.divide(heaviest, total, out=np.zeros_like(total), where=total > 0),
        )


def requested_totals_of(fit: PlsFit, data: pd.DataFrame, wave: Wave) -> RequestedTotals:
    """Made ready for the bootstrap of `fit`, of the `data` it was fitted to."""
    brands, subgroups = dict(_brand_blocks(fit, data)), dict(_subgroup_blocks(fit, data, wave))
    blocks = [*brands.values(), *subgroups.values()]
    return RequestedTotals(
        Totals.of(fit, blocks),
        {name: k for k, name in enumerate(brands)},
        {name: len(brands) + k for k, name in enumerate(subgroups)},
        tuple(_sizes(block, fit.sample.weights[block.rows]) for block in blocks),
    )


def summed_columns(instrument: Instrument, wave: Wave) -> set[str]:
    """The columns of responses that totals are made from beside the fit: measures and dimensions."""
    return {*(one.item for one in instrument.measures), *map(background_column, wave.dimensions)}


def _brand_blocks(fit: PlsFit, data: pd.DataFrame) -> Iterator[tuple[str, Block]]:
    inst, sample = fit.instrument, fit.sample
    questions = {item.id: item for item in (*inst.items, *inst.beside)}
    composites = [np.array([inst.item_ids.index(i) for i in one.items]) for one in inst.subindices]
    measures = [(one, questions[one.item]) for one in inst.measures]
    values = scores_of(fit, composites, _measured(data, sample.rows, measures))
    groups = sample.groups or ("",)
    edges = np.searchsorted(sample.group, np.arange(len(groups) + 1))
    for g, name in enumerate(groups):
        rows = slice(int(edges[g]), int(edges[g + 1]))
        slope = np.zeros((values.shape[1], len(inst.item_ids)))
        slope[: len(composites)] = slopes_of(fit, composites, values, rows)
        yield str(name), Block(rows, values, slope)


def _measured(data: pd.DataFrame, rows: Codes, measures: Sequence[tuple[Measure, Item]]) -> Answers:
    """What each of some responses adds to each measure (n, measures), of many as codes of the answers."""

    def columns() -> Iterator[Array]:
        for one, _ in measures:
            yield data[one.item].to_numpy(dtype=np.float64, na_value=np.nan)[rows]

    shape = len(rows), len(measures)
    coded = Coded.of(columns(), *shape) if measures and len(row_blocks(len(rows))) > 1 else None
    of_measures: Iterable[Array] = columns() if coded is None else coded.values
    found = [percent_of(own, *one) for own, one in zip(of_measures, measures, strict=True)]
    if coded is not None:
        return coded.changed(np.array(found))
    return np.array(found).T if found else np.empty(shape)


def _subgroup_blocks(fit: PlsFit, data: pd.DataFrame, wave: Wave) -> Iterator[tuple[tuple[str, str], Block]]:
    """Cells of each dimension of the wave; those without a value are one, so that cells add up to the sector."""
    composites = construct_items(fit)
    scores = scores_of(fit, composites)
    for dimension in wave.dimensions:
        codes, names = _cells(data, wave, dimension)
        codes = codes[fit.sample.rows]
        for code, name in enumerate(names if len(names) > 1 else ()):
            yield (
                (dimension, name),
                score_block(fit, composites, scores, np.flatnonzero(codes == code).astype(np.int32)),
            )


def _cells(data: pd.DataFrame, wave: Wave, dimension: str) -> tuple[NDArray[np.int16], list[str]]:
    """The place of each response among the names of a dimension's cells, sorted: values as `declared_values` tells
    them, and those who have none."""
    column = data[background_column(dimension)].astype("category")
    stored, declared = column.cat.categories, set(wave.values[dimension])
    called = np.array([*(str(one) if one in declared else OTHER for one in stored), UNKNOWN], dtype=object)
    codes = np.asarray(column.cat.codes)  # −1, the last, where there is none
    names = sorted({called[code] for code in np.unique(codes).tolist()})
    return np.searchsorted(np.array(names, dtype=object), called).astype(np.int16)[codes], names


def declared_values(data: pd.DataFrame, wave: Wave, variable: str) -> pd.Series:
    """A background variable of responses by its declared ids, null where blank; anything else stored is `other`.

    A wave file may have lost a value since its responses were stored.
    """
    stored = as_texts(data[background_column(variable)])
    return stored.where(stored.isna() | stored.isin(wave.values[variable]), OTHER)


def _sizes(block: Block, weights: Array) -> Sizes:
    values = block.values
    c = values.shape[1]
    n, total, squares, heaviest = np.zeros(c, dtype=np.intp), np.zeros(c), np.zeros(c), np.zeros(c)
    for part in row_blocks(len(weights)):
        given, w = ~np.isnan(values[part]), weights[part]
        n += given.sum(axis=0)
        total += w @ given
        squares += w**2 @ given
        np.maximum(heaviest, np.max(w[:, None] * given, axis=0, initial=0.0), out=heaviest)
    n_eff: Array = np.divide(total**2, squares, out=np.zeros_like(total), where=squares > 0)
    largest = np.divide(heaviest, total, out=np.zeros_like(total), where=total > 0)
    return Sizes(n, n_eff, largest)
