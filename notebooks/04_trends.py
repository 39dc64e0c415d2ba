# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 04 Trends: what changed, and what only seems to have
#
# A change is reported only when the two waves differ by more than their sampling errors explain, after
# Holm's correction for the number of comparisons in the table.

# %%
import os
from pathlib import Path

import pandas as pd

import ncsi
from ncsi.spec import open_workspace
from ncsi.tables import OUT_CHANGES, OUT_INDEX_BY_BRAND, OUT_INDEX_NATIONAL, OUT_TREND

workspace = open_workspace(Path(os.environ.get("NCSI_WORKSPACE", "demo")))
store = ncsi.open(workspace.warehouse)
wave = store.waves()[-1]
target = "Satisfaction"

# %% [markdown]
# ## The nation

# %%
history = pd.concat([store.table(OUT_INDEX_NATIONAL.name, one) for one in store.waves()], ignore_index=True)
history = history[history["construct"] == target]
history.round(2)

# %% [markdown]
# ## The nation as a line
# Linked over breaks where both waves asked the same; a break that nothing bridges is drawn as one.

# %%
trend = store.table(OUT_TREND.name, wave)
if len(store.waves()) > 1:
    ax = ncsi.plot(trend, level="nation", unit="nation")

# %% [markdown]
# ## Sectors that moved

# %%
changes = store.table(OUT_CHANGES.name, wave)
changes = changes[changes["construct"] == target]
changes[changes["level"] == "sector"].round(3)

# %% [markdown]
# ## Brands: most differences are noise

# %%
brands = changes[changes["level"] == "brand"]
brands["verdict"].value_counts()

# %% [markdown]
# ## Why it moved: who answers, or how they answer
# One sector, both waves scored by one set of outer weights. A mean also changes where groups that differ in level grow
# or shrink: the part of who answers is told from the part of how they answer.

# %%
sector = store.sectors(wave)[0]
instrument = workspace.instrument(workspace.sectors().sector(sector).instrument)
asked = [store.responses(one, sector, weights="final") for one in store.waves()[-2:]]
both = pd.concat(asked, ignore_index=True)
fit = ncsi.fit_pls(both, instrument, weights="weight", by="wave")
both["score"] = fit.scores()[target]
if both["wave"].nunique() > 1:
    why = ncsi.decompose_change(both.dropna(subset=["score"]), "score", ["brand"], weights="weight")
    print(why)

# %%
if both["wave"].nunique() > 1:
    ax = ncsi.plot(why)

# %% [markdown]
# ## Against the truth
# Only a synthetic workspace knows it: how far are the estimates from the population they were drawn from?
# The truth is that of equal item weights, so the equal-weight index is compared.

# %%
truth_file = workspace.root / "truth" / f"{wave}.csv"
if truth_file.exists():
    truth = pd.read_csv(truth_file).rename(columns={"index_0_100": "true_0_100"})
    known = store.table(OUT_INDEX_BY_BRAND.name, wave).merge(truth, on=["sector", "brand", "construct"])
    known = known[(known["construct"] == target) & known["low"].notna()]
    inside = known["true_0_100"].between(known["low"], known["high"])
    print(f"{inside.mean():.0%} of {len(known)} intervals hold the true index")
