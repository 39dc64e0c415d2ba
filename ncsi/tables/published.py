"""What a public release was made of: whom it counted, and in which cells; kept so that the next can be compared."""

from __future__ import annotations

from collections.abc import Mapping

from ncsi.tables.base import SECTOR, WAVE, Column, Table, integer, number, text
from ncsi.tables.rules import NEVER

ESTIMATED = -1
"""In place of a revision: whom or what the stored results count, out or not."""
_REVISION = integer("revision", "revision that is out; the first release is 0", "revision")
CORE_PUBLISHED_BY_RESPONDENT = Table(
    "core_published_by_respondent",
    "Respondents whom each public release of a wave counts, with a hash of their answers",
    ("wave", "revision", "sector", "brand", "respondent"),
    (
        WAVE,
        integer(
            "revision", "revision that is out; −1 for the results that are stored, out or not", "revision"
        ),
        SECTOR,
        text("brand", "brand id; empty text where the wave measures the sector without brands"),
        text("respondent", "keyed pseudonym, the same in the waves of one panel only"),
        text("cells", "cells that the respondent is in beside sector and brand: name=value, one a line"),
        text("answers_sha256", "hash of answers, background and whether quality leaves the response in"),
        text(
            "quality",
            "flagged or excluded, where the index of those rests on the response; else empty text; null where an "
            "earlier version recorded it",
            nullable=True,
        ),
        Column(
            "answered",
            "binary",
            "words of 4 bytes (little-endian): 1 where there are answers enough for the model, a digest of all answers "
            "to it, one for each figure of core_figures_by_sector in its order; 0 or the end: no part in it. Digests "
            "are keyed and tell a change, not an answer; null where an earlier version recorded it",
            nullable=True,
        ),
    ),
    disclosure=(NEVER,),
)
CORE_FIGURES_BY_SECTOR = Table(
    "core_figures_by_sector",
    "What the digests of core_published_by_respondent are of, in order",
    ("wave", "sector"),
    (
        WAVE,
        SECTOR,
        text(
            "figures",
            "kind:name, one a line: item, measure, subindex or construct; new ones follow at the end",
        ),
    ),
    disclosure=(NEVER,),
    may_be_empty=True,
)
CORE_FORGOTTEN_BY_CELL = Table(
    "core_forgotten_by_cell",
    "How many respondents that a public release counts were removed since at their wish; not who",
    ("wave", "revision", "sector", "cell"),
    (
        WAVE,
        _REVISION,
        SECTOR,
        text(
            "cell",
            "name=value; `sector` for the sector as a whole; on a second line the figure (kind:name; ? unknown) "
            "where only those who answered it count",
        ),
        integer("respondents", "respondents removed", "respondents"),
    ),
    disclosure=(NEVER,),
)
CORE_HELD_BY_SECTOR = Table(
    "core_held_by_sector",
    "Sectors whose figures stay those of a public release, because too few respondents, or too few of "
    "those in one figure, changed since",
    ("wave", "sector"),
    (WAVE, SECTOR, _REVISION),
    disclosure=(NEVER,),
)
CORE_INPUTS_BY_SECTOR = Table(
    "core_inputs_by_sector",
    "What the stored results of each sector were made from, so that what has not changed is not estimated again",
    ("wave", "sector"),
    (
        WAVE,
        SECTOR,
        text("inputs_sha256", "hash of rows, specs, releases, code and keys"),
        text("few", "figure (kind and name) in which too few changed for new results; empty text where none"),
    ),
    disclosure=(NEVER,),
)
CORE_LEFT_OUT_BY_SECTOR = Table(
    "core_left_out_by_sector",
    "Sectors that the last estimation of a wave could not estimate, or left out as too small, and why",
    ("wave", "sector"),
    (
        WAVE,
        text("sector", "sector id; empty text while an estimation of the wave has not come to its end"),
        text(
            "reason",
            "no_responses, repeated, not_converged, not_weighted, not_supported, too_small, few_answers or faulty; of "
            "the wave unfinished",
        ),
    ),
    disclosure=(NEVER,),
    may_be_empty=True,
)
CORE_PUBLISHED_BY_UNIT = Table(
    "core_published_by_unit",
    "Units of composite indices that do not name them, as each public release counts them, with digests of their "
    "figures",
    ("wave", "tree", "revision", "unit"),
    (
        text("wave", "release: a wave's id, or tree and year of an index run by itself"),
        text("tree", "id of the index"),
        integer(
            "revision", "revision that is out; −1 for the results that are stored, out or not", "revision"
        ),
        text("unit", "id of the unit"),
        text("groups", "groups that the unit is in: dimension=group, one a line"),
        text("figures", "indicators that it has a figure of: code=digest of figure and weight, one a line"),
    ),
    disclosure=(NEVER,),
    may_be_empty=True,
)
CORE_PUBLISHED_BY_MEASURED_UNIT = Table(
    "core_published_by_measured_unit",
    "Whom or what measures of quality count without naming them, by cell, as each public release does",
    ("wave", "measure", "revision", "unit", "cell"),
    (
        text("wave", "release: a wave's id, or measure and period of a measure run by itself"),
        text("measure", "id of the measure"),
        integer(
            "revision", "revision that is out; −1 for the results that are stored, out or not", "revision"
        ),
        text("unit", "keyed pseudonym of the unit or respondent, the same in all releases of the measure"),
        text("cell", "what published figures count it in: name=value, one a line"),
        text("period", "period of the records; empty text: the cell says it, or needs none"),
        number("weight", "what it adds to them", "as the cell", digits=6, limits=(0, float("inf"))),
        text(
            "digest",
            "keyed digest of what the records say of it there, which tells a change, not a figure; empty text: the "
            "cell is not compared, as another has the same records",
        ),
        integer("least", "fewest of them that figures of the cell may be of", "units"),
        number("largest", "largest share of the weight that one of them may carry", "0-1"),
    ),
    disclosure=(NEVER,),
    may_be_empty=True,
)


RECORDS = "records"
"""The cell of core_published_by_measured_unit that has everything that the records say of a unit."""


def cell_of(names: Mapping[str, object], figure: str = "") -> str:
    """A cell as core_published_by_measured_unit has it: name=value a line, and the figure where it is one of several
    that count others."""
    lines = [f"{name}={value}" for name, value in names.items()]
    return "\n".join([*lines, f"figure={figure}"] if figure else lines)
