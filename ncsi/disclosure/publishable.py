"""The gate: every result table on its way to a release, complete, disclosed, in published digits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from ncsi.disclosure.digits import in_published_digits
from ncsi.disclosure.group_bounds import require_no_group_given_away
from ncsi.disclosure.measure_bounds import require_no_figure_given_away
from ncsi.disclosure.measured_units import refuse_few_changed, require_units_enough
from ncsi.disclosure.rules import (
    context_of_measures,
    disclosed,
    disclosed_draft,
    disclosed_indices,
    disclosed_tables,
)
from ncsi.disclosure.unit_groups import LEAST_UNITS, few_units_changed
from ncsi.errors import PublicationError
from ncsi.tables import (
    COMPOSITE_TABLES,
    CORE_PUBLISHED_BY_MEASURED_UNIT,
    CORE_PUBLISHED_BY_UNIT,
    ESTIMATED,
    MEASURE_TABLES,
    OUT_QUALITY_MEASURES,
    TABLES,
    TABLES_OF_KIND,
)
from ncsi.tables.draft import DRAFT_TABLES, OUT_DRAFT_INDEX_BY_SECTOR

BESIDE = frozenset((*COMPOSITE_TABLES, *MEASURE_TABLES))
"""Tables that a wave's release has only where it has composite indices or measures."""


def publishable(
    tables: Mapping[str, pd.DataFrame], wave: str, target: str, level: float
) -> dict[str, pd.DataFrame]:
    """Every public table of a wave without what may not be published, in its published digits.

    `target` is the construct whose index is published, `level` that of the wave's intervals. Tables of composite
    indices and of measures are in it where they are given. Raises PublicationError when a table, or a column of one,
    is missing, or a rule is unknown.
    """
    shown = disclosed_tables(_complete(tables, wave), target, level)
    published = {name: in_published_digits(frame, TABLES[name]) for name, frame in shown.items()}
    of_indices = (*COMPOSITE_TABLES, CORE_PUBLISHED_BY_UNIT.name)
    given = {name: frame for name, frame in tables.items() if name in of_indices}
    published |= publishable_indices(given, wave) if given else {}
    kept = (*MEASURE_TABLES, CORE_PUBLISHED_BY_MEASURED_UNIT.name)
    of_measures = {name: frame for name, frame in tables.items() if name in kept}
    return published | (publishable_measures(of_measures, wave) if of_measures else {})


def publishable_draft(
    tables: Mapping[str, pd.DataFrame], wave: str, target: str, level: float
) -> dict[str, pd.DataFrame]:
    """Every table of a draft without what may not leave the house, in its published digits, in the declared order.

    `target`, `level` as `publishable`. Sectors that may not be published stop it: they are left out before. Raises
    PublicationError as `publishable`.
    """
    strange = [name for name in tables if name not in DRAFT_TABLES]
    if strange:
        raise PublicationError(f"wave {wave}: {strange[0]} is no table of a draft, so it is not shown.")
    for name, table in DRAFT_TABLES.items():
        lacking = [one for one in table.names if name not in tables or one not in tables[name]]
        if lacking:
            raise PublicationError(f"wave {wave}: the draft has no {name}, or it lacks '{lacking[0]}'.")
    small = tables[OUT_DRAFT_INDEX_BY_SECTOR.name].query("construct == @target and status == 'suppressed'")
    if len(small):
        raise PublicationError(
            f"wave {wave}, sector {small['sector'].iloc[0]}: too few effective respondents for its figures to leave "
            "the house."
        )
    full = {name: tables[name][list(table.names)] for name, table in DRAFT_TABLES.items()}
    shown = disclosed_draft(full, target, level)
    return {name: in_published_digits(frame, DRAFT_TABLES[name]) for name, frame in shown.items()}


def publishable_indices(tables: Mapping[str, pd.DataFrame], release: str) -> dict[str, pd.DataFrame]:
    """Every table of composite indices without what may not be published, in its published digits.

    `tables` has core_published_by_unit beside them, where an index does not name its units: those of the stored
    results, and of releases that are out. PublicationError when one, or a column of one, is missing, a rule is unknown,
    or where such an index would tell of a few units: by what differs from a release that is out, or by its hidden
    groups.
    """
    _require_whole(tables, COMPOSITE_TABLES, release, "index")
    nobody = pd.DataFrame(columns=list(CORE_PUBLISHED_BY_UNIT.names))
    counted = tables.get(CORE_PUBLISHED_BY_UNIT.name, nobody)
    is_now = counted["revision"] == ESTIMATED
    _refuse_few_changed(counted[~is_now], counted[is_now], release)
    full = {name: tables[name][list(TABLES[name].names)] for name in COMPOSITE_TABLES}
    shown = disclosed_indices(full, counted[is_now])
    published = {name: in_published_digits(frame, TABLES[name]) for name, frame in shown.items()}
    require_no_group_given_away(full, published, release)
    return published


def publishable_measures(tables: Mapping[str, pd.DataFrame], release: str) -> dict[str, pd.DataFrame]:
    """Every table of the kinds of measures that the release has, without what may not be published, in its published
    digits.

    `tables` has core_published_by_measured_unit beside them, where a measure counts whom or what it does not name: rows
    of the stored results, and of releases of the same measures that are out. PublicationError when a table, or a column
    of one, is missing, one is of a kind that the release has no measure of, a rule is unknown, or where a measure would
    tell of a few: by its number of units, by what differs from a release that is out, or by its hidden figures.
    """
    about = _whole(tables, (OUT_QUALITY_MEASURES.name,), release, "measure")[OUT_QUALITY_MEASURES.name]
    nobody = pd.DataFrame(columns=list(CORE_PUBLISHED_BY_MEASURED_UNIT.names))
    counted = tables.get(CORE_PUBLISHED_BY_MEASURED_UNIT.name, nobody)
    members, public = (counted[(counted["revision"] == ESTIMATED) == now] for now in (True, False))
    require_units_enough(about, members, release)
    refuse_few_changed(public, members, release)
    kinds = list(dict.fromkeys(about["kind"].astype(str)))
    unknown = [kind for kind in kinds if kind not in TABLES_OF_KIND]
    if unknown:
        raise PublicationError(f"{release}: measures of the kind '{unknown[0]}' have no declared tables.")
    wanted = (OUT_QUALITY_MEASURES.name, *(name for kind in kinds for name in TABLES_OF_KIND[kind]))
    beside = (*wanted, CORE_PUBLISHED_BY_MEASURED_UNIT.name)
    strange = [name for name, frame in tables.items() if name not in beside and len(frame)]
    if strange:
        raise PublicationError(
            f"{release}: {strange[0]} belongs to no measure of it, so it is not published."
        )
    full = _whole(tables, wanted, release, "measure")
    context = context_of_measures(about, members)
    shown = {name: disclosed(name, frame, context) for name, frame in full.items()}
    published = {name: in_published_digits(frame, TABLES[name]) for name, frame in shown.items()}
    require_no_figure_given_away(full, published, context, release)
    return published


def _whole(
    tables: Mapping[str, pd.DataFrame], names: Sequence[str], release: str, what: str
) -> dict[str, pd.DataFrame]:
    """Those tables with their declared columns in order. PublicationError where one is missing, or a column."""
    _require_whole(tables, names, release, what)
    return {name: tables[name][list(TABLES[name].names)] for name in names}


def _require_whole(tables: Mapping[str, pd.DataFrame], names: Sequence[str], release: str, what: str) -> None:
    for name in names:
        lacking = [one for one in TABLES[name].names if name not in tables or one not in tables[name]]
        if lacking:
            raise PublicationError(
                f"{release}: the result table {name} is missing, or lacks the column '{lacking[0]}'. "
                f"Compute the {what} again."
            )


def _refuse_few_changed(public: pd.DataFrame, now: pd.DataFrame, release: str) -> None:
    for tree, rows in public.groupby("tree"):
        told = few_units_changed(rows, now[now["tree"] == tree])
        if told is not None:
            raise PublicationError(
                f"{release}, index {tree}: fewer than {LEAST_UNITS} units differ from a release that is out ({told}), "
                "so the difference would be their figures. Nothing was published. Publish the figures as they were, or "
                f"correct {LEAST_UNITS} units of each group or more."
            )


def _complete(tables: Mapping[str, pd.DataFrame], wave: str) -> dict[str, pd.DataFrame]:
    """Every public table with its declared columns in their order."""
    wanted = {}
    for name, table in TABLES.items():
        if not table.public or name in BESIDE:
            continue
        lacking = [c for c in table.names if c not in tables[name]] if name in tables else None
        if lacking != []:
            what = f"lacks the column '{lacking[0]}'" if lacking else "is missing"
            raise PublicationError(
                f"wave {wave}: the result table {name} {what}. Run `ncsi estimate --wave {wave}` again."
            )
        wanted[name] = tables[name][list(table.names)]
    return wanted
