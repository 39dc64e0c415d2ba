"""May the groups of a sector be pooled, and do their paths differ: both engines, from the stored responses."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from ncsi.errors import ModelError
from ncsi.model import Invariance, Micom, invariance, micom
from ncsi.quality import assess
from ncsi.results.requested_totals import declared_values
from ncsi.results.weighted_model import kept_responses, weighed_responses, with_design
from ncsi.spec.hashing import seed_of
from ncsi.spec.plan import WavePlan
from ncsi.stages.panel_members import responses_of
from ncsi.store import Store
from ncsi.tables import background_column


@dataclass(frozen=True, slots=True)
class GroupOutcome:
    """`micom` of the groups compared; `invariance` of the covariance SEM, None with `problem` where it cannot be
    fitted; `left_out`: respondents of each group below the least size."""

    micom: Micom
    invariance: Invariance | None
    problem: str
    left_out: dict[str, int]


def compare_groups(
    plan: WavePlan, sector_id: str, by: str, permutations: int = 1000, least: int = 100
) -> GroupOutcome:
    """Compare the groups in `by` (brand, region or a background variable of the wave) by permutation and covariance
    SEM, on the responses and weights that the estimate uses; nothing is stored.

    Groups of fewer than `least` responses are left out. Raises ModelError for an unknown variable or fewer than two
    groups left, and what `micom` raises.
    """
    inst, wave = plan.instruments[sector_id], plan.wave
    responses = responses_of(Store.open(plan.workspace.warehouse), plan, sector_id)
    kept = kept_responses(responses, assess(responses, inst))
    data = with_design(plan.wave, kept, weighed_responses(plan, sector_id, kept))
    column = _column(by, data, plan)
    if by != "brand":
        data = data.assign(**{column: declared_values(data, wave, by)})
    sizes = data[column].value_counts()
    small = sizes[sizes < least]
    enough = data[data[column].isin(sizes[sizes >= least].index)]
    if len(sizes) - len(small) < 2:
        raise ModelError(
            f"{sector_id}: fewer than two groups of '{by}' have {least} responses "
            f"({', '.join(f'{name} {n}' for name, n in sizes.items())}). Merge groups, or lower --least."
        )
    seed = seed_of(wave.seed, wave.id, sector_id, f"groups {by}")
    found = micom(enough, inst, column, permutations, seed, weights="weight")
    tested, problem = _invariance(enough, plan, sector_id, column)
    return GroupOutcome(found, tested, problem, {str(name): int(n) for name, n in small.items()})


def variables(plan: WavePlan) -> dict[str, str]:
    """What a wave's responses may be grouped by, and the column that holds it."""
    return {"brand": "brand"} | {one: background_column(one) for one in plan.wave.dimensions}


def _column(by: str, data: pd.DataFrame, plan: WavePlan) -> str:
    known = variables(plan)
    if by not in known:
        raise ModelError(f"wave {plan.wave.id} has no variable '{by}'. Choose one of {', '.join(known)}.")
    if data[known[by]].isna().all():
        raise ModelError(f"'{by}' is empty in every response. Map its column, or choose another variable.")
    return known[by]


def _invariance(
    data: pd.DataFrame, plan: WavePlan, sector_id: str, column: str
) -> tuple[Invariance | None, str]:
    try:
        return invariance(data, plan.instruments[sector_id], column, weights="weight"), ""
    except (
        ModelError
    ) as error:  # a covariance model that cannot be fitted is a finding; MICOM stands without it
        return None, str(error)
