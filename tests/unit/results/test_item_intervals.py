"""An item's interval lies about the mean of its answers, also of those whom the model leaves out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ncsi.model import bootstrap, fit_pls
from ncsi.results.sector_rows import answered_items, items_by_sector
from ncsi.spec import load_instrument

GOLDEN = Path(__file__).parents[2] / "golden" / "golden.csv"


def test_many_who_answered_in_part_move_mean_and_interval_alike():
    instrument = load_instrument("ccsi")
    ids = list(instrument.item_ids)
    whole = pd.read_csv(GOLDEN)[ids].astype(float)
    boot = bootstrap(fit_pls(whole, instrument), replicates=100, seed=1)
    partial = pd.DataFrame(np.nan, index=range(200), columns=ids).assign(SAT1=1.0)
    answers = pd.concat([whole, partial], ignore_index=True).assign(weight=1.0)
    missing = {f"{one}_missing": np.where(answers[one].isna(), "blank", None) for one in ids}
    lacking = pd.DataFrame(missing)
    rows = items_by_sector(answered_items(answers, lacking, instrument), boot).set_index("item")
    alone = boot.items.set_index("item")
    assert rows.loc["SAT1", ["answered", "blank"]].to_list() == [len(answers), 0]
    assert rows.loc["SAT1", "mean_0_100"] < alone.loc["SAT1", "low"]
    assert rows["mean_0_100"].between(rows["low"], rows["high"]).all()
    widths = [one["high"] - one["low"] for one in (rows, alone.loc[rows.index])]
    assert widths[0].to_numpy() == pytest.approx(widths[1].to_numpy(), abs=1e-9)
    assert rows.loc["SAT2", "low"] == pytest.approx(alone.loc["SAT2", "low"], abs=1e-9)
