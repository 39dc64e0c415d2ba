"""Units that an index does not name, as a release counts them: what tells of two releases whether a unit's figures
differ."""

from __future__ import annotations

import hashlib
from collections import defaultdict

import pandas as pd

from ncsi.ingest.figures import Figures
from ncsi.results.indices.scoring import Scored, compared_units
from ncsi.spec.index_plan import IndexPlan
from ncsi.tables import ESTIMATED

COLUMNS = ["revision", "unit", "groups", "figures"]
_DIGITS = 16
_OF_RATINGS = ["rater", "value", "se"]
_OF_EVIDENCE = ["rater", "level", "accepted", "kind", "evidence"]


def counted_rows(plan: IndexPlan, figures: Figures, now: Scored) -> pd.DataFrame:
    """Rows of core_published_by_unit: the units of the first dimension with enough data; none of an index whose units
    are named.

    A digest is of what the file says of the unit and the indicator in that year, or carried into it, and of the unit's
    weight; not of its score, which others' figures move too.
    """
    if plan.definition.named_units:
        return pd.DataFrame(columns=COLUMNS)
    units = now.units.set_index("unit").loc[compared_units(now, plan)]
    if units["weight"].isna().any():  # groups are then means of equal weight
        units = units.assign(weight=1.0)
    given = _given(figures, now.year, plan.definition.carry_years)
    dimensions = [one.id for one in plan.definition.groups]
    rows = []
    for entry in units.reset_index().to_dict("records"):
        unit, weight = str(entry["unit"]), str(entry["weight"])
        own = given.get(unit, {})
        groups = [f"{one}={entry[one]!s}" for one in dimensions if entry[one]]
        lines = [f"{code}={_digest(unit, code, weight, *own[code])}" for code in sorted(own)]
        rows.append((ESTIMATED, unit, "\n".join(groups), "\n".join(lines)))
    return pd.DataFrame(rows, columns=COLUMNS)


def _given(figures: Figures, year: int, carry: int) -> dict[str, dict[str, list[str]]]:
    """What the file says, as lines by unit and indicator: of the year, else of the latest before that may be carried
    into it."""
    found: dict[str, dict[str, list[str]]] = defaultdict(dict)
    values = figures.values.dropna(subset="value")
    parts = ((values, _OF_RATINGS), (figures.evidence, _OF_EVIDENCE))
    for at in range(year - carry, year + 1):  # a later year's lines take the place of those before
        lines: dict[tuple[str, str], list[str]] = defaultdict(list)
        for frame, columns in parts:
            own = frame[frame["year"] == at]
            said = zip(*(own[name] for name in columns), strict=True)
            for unit, code, row in zip(own["unit"], own["indicator"], said, strict=True):
                lines[str(unit), str(code)].append("\x1f".join(map(str, row)))
        for (name, indicator), all_lines in lines.items():
            found[name][indicator] = sorted(all_lines)
    return found


def _digest(*texts: str) -> str:
    return hashlib.sha256("\x1f".join(texts).encode()).hexdigest()[:_DIGITS]
