"""Whom or what a measure counts without naming them: which of its cells may be shown, and whether a release tells of a
few of them by what it changes (docs/method.md §15)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd

from ncsi.disclosure.differencing import is_differencing
from ncsi.errors import PublicationError
from ncsi.results.measures.counted import told_cells as enough_and_even
from ncsi.spec import RULE
from ncsi.tables import RECORDS


def told_cells(members: pd.DataFrame) -> frozenset[tuple[str, str]]:
    """Measure and cell of what may be shown: of enough units or respondents, of which none carries too much.

    `members`: rows of core_published_by_measured_unit as the stored results count them.
    """
    of_measures = members.groupby("measure", sort=False)
    return frozenset((str(name), cell) for name, rows in of_measures for cell in enough_and_even(rows))


def require_units_enough(about: pd.DataFrame, members: pd.DataFrame, release: str) -> None:
    """PublicationError for a measure that does not name its units and has fewer than may be shown together, or of which
    it is not stored which figures count them. `about`: rows of out_quality_measures."""
    known = set(members["measure"]) if len(members) else set()
    unnamed = about[~about["named_units"].astype(bool) & (about["units"] > 0)]
    for measure, units in zip(unnamed["measure"], unnamed["units"], strict=True):
        if units < RULE.units:
            raise PublicationError(
                f"{release}, measure {measure}: it does not name its units and has {units} of them, and fewer than "
                f"{RULE.units} are not shown together. Nothing was published."
            )
        if measure not in known:
            raise PublicationError(
                f"{release}, measure {measure}: which units its figures count is not stored. Nothing was published. "
                "Compute the measure again."
            )


def refuse_few_changed(public: pd.DataFrame, now: pd.DataFrame, release: str) -> None:
    """Hold what the stored results count against every release of the same measures that is out.

    Rows of core_published_by_measured_unit. PublicationError naming the cell in which fewer were added, removed or
    changed than a figure may be of, where it may be shown in both. Records of another period are another sample, unless
    they are the same but for a few units.
    """
    for (measure, wave, _), then in public.groupby(["measure", "wave", "revision"], sort=True):
        own = now[now["measure"] == measure]
        told = _few_changed(then, own) if len(own) else None
        if told is not None:
            cell, least = told
            raise PublicationError(
                f"{release}, measure {measure}: fewer than {least} units differ from the release {wave} that is out "
                f"({', '.join(cell.splitlines())}), so the difference would be their figures. Nothing was published. "
                f"Publish the figures as they were, or correct {least} units of each group or more."
            )


def _few_changed(then: pd.DataFrame, now: pd.DataFrame) -> tuple[str, int] | None:
    """The cell, and its least number of units, where the difference of two releases of a measure would tell of fewer;
    None where none would."""
    units = {
        cell: (before, after)
        for cell, before, after in _compared(then[then["digest"] != ""], now[now["digest"] != ""])
    }
    new_records = _changed(*units.get(RECORDS, ({}, {})))
    another_period = set(then["period"]) != set(now["period"])
    least = now.groupby("cell")["least"].max()
    for cell in sorted(enough_and_even(then) & enough_and_even(now) & units.keys()):
        moved = _changed(*units[cell])
        in_cell = units[cell][0].keys() | units[cell][1].keys()
        if another_period and len(new_records & in_cell) >= least[cell]:
            continue
        if is_differencing([len(moved)], int(least[cell])):
            return cell, int(least[cell])
    return None


Digests = Mapping[str, str]


def _compared(then: pd.DataFrame, now: pd.DataFrame) -> Iterator[tuple[str, Digests, Digests]]:
    """Cells of both releases, with the digest of each unit before and now."""
    before, after = (
        {
            str(cell): dict(zip(rows["unit"], rows["digest"], strict=True))
            for cell, rows in frame.groupby("cell")
        }
        for frame in (then, now)
    )
    for cell in before.keys() & after.keys():
        yield cell, before[cell], after[cell]


def _changed(before: Digests, after: Digests) -> set[str]:
    """Units that were added, removed or changed."""
    return {one for one in before.keys() | after.keys() if before.get(one) != after.get(one)}
