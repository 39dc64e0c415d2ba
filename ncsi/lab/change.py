"""Waves compared as an analyst reads them: why a mean changed, what the same persons did, and cohorts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import pandas as pd

from ncsi.errors import InputError
from ncsi.kinds import of_kind
from ncsi.lab import change_words as words
from ncsi.lab.cells import figure, shown
from ncsi.lab.page import Page
from ncsi.lab.result_words import page
from ncsi.lab.results import Result
from ncsi.spec import Language
from ncsi.spec.building_blocks import wave_order
from ncsi.survey.change import ChangeMethod, MeanChange, mean_change
from ncsi.survey.cohorts import LEAST, CohortTable, cohort_table
from ncsi.survey.within import WithinChange, within_change


class ChangeParts(Result):
    """A change of a mean: part (change, composition, answers), estimate, se, df, low, high, t, p. `cells` has the
    groups' shares and means in both waves, and their parts."""

    _keys: ClassVar[tuple[str, ...]] = ("part",)
    found: tuple[MeanChange, str]

    @property
    def cells(self) -> pd.DataFrame:
        """group, n_before, n_now, share_before, share_now, mean_before, mean_now, composition, answers (_se, _low,
        _high)."""
        return self.found[0].cells

    def sheets(self) -> Mapping[str, pd.DataFrame]:
        """parts and cells."""
        return {"parts": pd.DataFrame(self), "cells": self.cells}

    def page(self, lang: Language = "en") -> Page:
        """The change and its parts, then groups."""
        made, value = self.found
        table = pd.DataFrame(self).assign(part=[words.PARTS[one].text(lang) for one in self["part"]])
        lines = [
            words.CHANGED.text(lang).format(
                value=value, before=made.waves[0], now=made.waves[1], mean_before=figure(made.means[0], 1),
                mean_now=figure(made.means[1], 1), n_before=figure(made.n[0], 0), n_now=figure(made.n[1], 0),
            ),
            words.METHODS[made.method].text(lang),
            words.NO_CAUSE.text(lang),
        ]  # fmt: skip
        cells = made.cells.drop(
            columns=[one for one in made.cells if str(one).endswith(("_se", "_low", "_high"))]
        )
        return page(
            words.DECOMPOSITION, lang, lines, words.left_out(made.left_out, lang),
            shown(words.WHY.text(lang), table, lang, 1, made.level, digits=words.ONE, drawn="estimate"),
            shown(words.GROUPS.text(lang), cells.dropna(axis=1, how="all"), lang, 1, digits=words.OF_CELLS),
        )  # fmt: skip


class WithinPersons(Result):
    """Changes since the first wave: wave, part (within, turnover, all), persons, estimate, se, df, low, high, t, p."""

    _keys: ClassVar[tuple[str, ...]] = ("wave", "part")
    found: tuple[WithinChange, str]

    def page(self, lang: Language = "en") -> Page:
        """Who was followed, and how much of each change is theirs."""
        made, value = self.found
        table = pd.DataFrame(self).assign(part=[words.PARTS[one].text(lang) for one in self["part"]])
        line = words.FOLLOWED.text(lang).format(
            value=value,
            first=made.waves[0],
            persons=figure(made.persons, 0),
            everybody=figure(made.everybody, 0),
        )
        return page(
            words.WITHIN, lang, [line, words.FIXED.text(lang)], words.left_out(made.left_out, lang),
            shown(words.SINCE.text(lang).format(wave=made.waves[0]), table, lang, 2, made.level, words.ONE, "estimate"),
        )  # fmt: skip


class Cohorts(Result):
    """Means by birth cohort and wave: cohort, wave, age_low and age_high where birth years are known, mean, se, df,
    low, high, n, n_eff; no mean where a cell is too small."""

    _keys: ClassVar[tuple[str, ...]] = ("cohort", "wave")
    _estimate: ClassVar[str] = "mean"
    found: tuple[CohortTable, str]

    def table(self) -> pd.DataFrame:
        """Means, cohorts by waves."""
        made = self.found[0]
        wide = made.cells.pivot(index="cohort", columns="wave", values="mean")
        return wide.loc[list(made.cohorts), list(made.waves)]

    def sheets(self) -> Mapping[str, pd.DataFrame]:
        """cells and means, cohorts by waves."""
        return {"cells": pd.DataFrame(self), "means": self.table().reset_index()}

    def page(self, lang: Language = "en") -> Page:
        """What cannot be told apart, the means, and every cell with its interval."""
        made, value = self.found
        lines = [words.DESCRIBED.text(lang).format(value=value), words.NOT_IDENTIFIED.text(lang)]
        few = int(self["mean"].isna().sum())
        notices = words.left_out(made.left_out, lang)
        notices += [words.TOO_FEW.text(lang).format(cells=few, least=made.least)] if few else []
        means = self.table().reset_index()
        cells = pd.DataFrame(self).drop(columns=["se", "df"])
        return page(
            words.COHORTS, lang, lines, notices,
            shown(words.MEANS.text(lang), means, lang, 1, digits=dict.fromkeys(made.waves, 1)),
            shown(words.CELLS.text(lang), cells, lang, 2, made.level, digits=words.OF_CELLS),
        )  # fmt: skip


@of_kind
def decompose_change(
    df: pd.DataFrame,
    value: str,
    by: str | Sequence[str],
    wave: str = "wave",
    waves: Sequence[str | int] | None = None,
    method: ChangeMethod = "cells",
    weights: str | None = None,
    strata: str | None = None,
    clusters: str | None = None,
    person: str | None = None,
    level: float = 0.95,
) -> ChangeParts:
    """Why the weighted mean of the column `value` changed between two waves: who answers, and how they answer.

    `df` has one row a respondent and wave, `value` for instance of `fit.scores()`; `by` names what respondents
    differ in. cells: Kitagawa over crossed groups; regression: Oaxaca-Blinder with main effects, for several columns.
    `waves`: two, by default the first and the last. Waves are independent samples unless `person` tells who answered in
    both (docs/method.md §8). Raises InputError naming column, group or wave, with the cure.
    """
    chosen = _waves(df, wave, waves)
    two = (chosen[0], chosen[-1])
    found = mean_change(df, value, by, wave, two, method, weights, strata, clusters, person, level)
    return ChangeParts(found.parts, (found, value))


@of_kind
def change_within(
    df: pd.DataFrame,
    value: str,
    person: str,
    wave: str = "wave",
    waves: Sequence[str | int] | None = None,
    weights: str | None = None,
    strata: str | None = None,
    clusters: str | None = None,
    level: float = 0.95,
) -> WithinPersons:
    """What those who answered in several waves moved by, and what turnover adds to the change of the means.

    Two-way fixed effects of persons and waves, by weighted least squares; errors by person, or by clusters
    (docs/method.md §8). Raises InputError naming the column: somebody twice in a wave, fewer than two persons in two
    waves, a wave that shares nobody with the others.
    """
    chosen = _waves(df, wave, waves)
    found = within_change(df, value, person, wave, chosen, weights, strata, clusters, level)
    return WithinPersons(found.changes, (found, value))


@of_kind
def cohorts(
    df: pd.DataFrame,
    value: str,
    cohort: str,
    wave: str = "wave",
    waves: Sequence[str | int] | None = None,
    cuts: Sequence[float] | None = None,
    weights: str | None = None,
    strata: str | None = None,
    clusters: str | None = None,
    person: str | None = None,
    least: int = LEAST,
    level: float = 0.95,
) -> Cohorts:
    """Weighted means of `value` by birth cohort and wave, with intervals by the design; described, and no more.

    `cohort` has names, or birth years that `cuts` part ((1980, 1990): before 1980, 1980-1989, 1990 and after). A
    cell of fewer than `least` respondents has no mean. Raises InputError naming the column (docs/method.md §8).
    """
    chosen = _waves(df, wave, waves)
    found = cohort_table(
        df, value, cohort, wave, chosen, cuts, weights, strata, clusters, person, least, level
    )
    return Cohorts(found.cells, (found, value))


def _waves(df: pd.DataFrame, wave: str, waves: Sequence[str | int] | None) -> tuple[str, ...]:
    """The waves asked for, or all there are, in the order of time; ids that tell none, by their text.

    Raises InputError for what is no data frame, and where none is asked for.
    """
    if not isinstance(df, pd.DataFrame):
        raise InputError(
            "waves", f"the data are {type(df).__name__}, not a pandas data frame", "Make them one"
        )
    if waves is not None:
        if not len(waves):
            raise InputError("waves", "none is named", "Name two or more, or leave `waves` out")
        return tuple(map(str, waves))
    there = sorted(df[wave].dropna().astype(str).unique()) if wave in df else []
    try:
        return tuple(sorted(there, key=wave_order)) or ("",)
    except ValueError:
        return tuple(there) or ("",)
