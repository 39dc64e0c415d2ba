"""Brands in pairs, a brand's items against the sector and its best."""

from __future__ import annotations

import numpy as np

from ncsi.model.inference import contrasts


def test_pairs_of_brands_come_once_the_higher_first(asked, inst):
    fit, _, boot = asked
    pairs = contrasts.brand_differences(boot, inst.target, list(fit.sample.groups))
    assert len(pairs) == 15
    assert (pairs["difference"] >= 0).all()
    assert (pairs["p_holm"] >= pairs["p"]).all()
    assert set(pairs["verdict"]) <= {"above", "no_significant_difference"}


def test_gaps_are_to_the_sectors_mean_and_to_the_best(asked, inst):
    fit, _, boot = asked
    gaps = contrasts.item_gaps(boot, list(fit.sample.groups))
    means = gaps.pivot(index="brand", columns="item", values="mean_0_100")
    overall = boot.items.set_index("item")["estimate"]
    got = gaps.pivot(index="brand", columns="item", values="gap_mean")
    np.testing.assert_allclose(got, means - overall[means.columns], atol=1e-9)
    top = gaps.groupby("item")["gap_best"].max()
    assert (top == 0).all()
    assert (gaps["gap_best"] <= 0).all()
    assert not gaps.loc[gaps["brand"] == gaps["best"], "behind_best"].any()
