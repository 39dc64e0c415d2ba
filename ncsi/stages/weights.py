"""What the weighting of a wave's stored responses achieves, before anything is estimated. Nothing is stored."""

from __future__ import annotations

import pandas as pd

from ncsi.quality import assess
from ncsi.results.weighted_model import kept_responses, weighed_responses, weighting_tables
from ncsi.spec.plan import WavePlan
from ncsi.stages.panel_members import responses_of
from ncsi.store import Store


def weigh_sector(plan: WavePlan, sector_id: str) -> dict[str, pd.DataFrame]:
    """What the weighting of a sector's stored responses achieves, as its out_ tables; nothing is stored.

    Raises StoreError without responses, WeightingError when they cannot be weighted as declared.
    """
    store = Store.open(plan.workspace.warehouse)
    responses = responses_of(store, plan, sector_id)
    kept = kept_responses(responses, assess(responses, plan.instruments[sector_id]))
    return weighting_tables(weighed_responses(plan, sector_id, kept))
