"""Changes between two waves that no release compares: by what both print."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from ncsi.results.published_changes import changes_between

COLUMNS = ["sector", "instrument", "index_0_100", "se", "df"]
NOW = pd.DataFrame(
    [("a", "ccsi 1", 74.0, 1.0, 80.0), ("b", "ccsi 1", 71.0, 0.5, 30.0), ("c", "ccsi 2", 80.0, 1.0, 50.0),
     ("d", "ccsi 1", 70.0, np.nan, np.nan), ("new", "ccsi 1", 66.0, 1.0, 50.0)],
    columns=COLUMNS,
)  # fmt: skip
BEFORE = pd.DataFrame(
    [("a", "ccsi 1", 70.0, 1.2, 60.0), ("b", "ccsi 1", 72.4, 0.4, np.nan), ("c", "ccsi 1", 75.0, 1.0, 50.0),
     ("d", "ccsi 1", 68.0, 1.0, 50.0), ("left", "ccsi 1", 66.0, 1.0, 50.0)],
    columns=COLUMNS,
)  # fmt: skip


def test_t_on_the_degrees_of_freedom_of_both_and_holm_over_those_that_can_be_compared():
    found = changes_between(NOW, BEFORE, 0.9).set_index("sector")
    assert sorted(found.index) == ["a", "b", "c"]
    assert found.loc["c", "verdict"] == "trend_break"
    assert np.isnan(found.loc["c", "change"])
    for sector, (v, w), (df_v, df_w) in (("a", (1.0, 1.44), (80, 60)), ("b", (0.25, 0.16), (30, np.inf))):
        df = (v + w) ** 2 / (v**2 / df_v + w**2 / df_w)
        row = found.loc[sector]
        reach = stats.t.ppf(0.95, df) * np.sqrt(v + w)
        assert row["high"] - row["change"] == pytest.approx(reach)
        assert row["change"] - row["low"] == pytest.approx(reach)
    assert found.loc[["a", "b"], "verdict"].tolist() == ["rose", "fell"]


def test_holm_counts_no_sector_over_a_break():
    """p of b is .036: with two compared it holds at .1, with three it would not at .05."""
    p = 2 * stats.t.sf(1.4 / np.sqrt(0.41), 0.41**2 / (0.25**2 / 30))
    assert 0.05 / 3 < p < 0.05
    alone = NOW[NOW["sector"].isin(["b", "c"])]
    assert changes_between(alone, BEFORE, 0.95).set_index("sector").loc["b", "verdict"] == "fell"


def test_waves_with_nothing_in_common_have_no_changes():
    assert changes_between(NOW[NOW["sector"] == "new"], BEFORE, 0.95).empty
