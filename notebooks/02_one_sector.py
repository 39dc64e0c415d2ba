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
# # 02 One sector: from answers to a ranking with error bars
#
# The same functions that the pipeline calls, step by step on one sector: responses that quality leaves in, with the
# weights that the wave's declaration made.

# %%
import os
from pathlib import Path

import pandas as pd

import ncsi
from ncsi.spec import open_workspace

workspace = open_workspace(Path(os.environ.get("NCSI_WORKSPACE", "demo")))
store = ncsi.open(workspace.warehouse)
wave = store.waves()[-1]
sector = store.sectors(wave)[0]
instrument = workspace.instrument(workspace.sectors().sector(sector).instrument)
responses = store.responses(wave, sector, weights="final")

# %% [markdown]
# ## The path model, by weighted PLS
# One set of outer weights for the sector, so that its brands are comparable.

# %%
fit = ncsi.fit_pls(responses, instrument, weights="weight", by="brand")
fit.paths.round(3)

# %%
fit.weights[fit.weights["construct"] == instrument.target].round(3)

# %% [markdown]
# ## Is each block one thing?
# Desirable: ρ_C .70-.95, AVE at least .50. These are warnings, not gates.

# %%
fit.quality.round(3)

# %%
ax = ncsi.plot(fit, "answers", items=[item.id for item in instrument.construct(instrument.target).items])

# %% [markdown]
# ## How sure is the index?
# Respondents are resampled within brands; every replicate re-estimates the outer weights.

# %%
boot = ncsi.bootstrap(fit, replicates=1000, seed=1)
target = boot.index_by[boot.index_by["construct"] == instrument.target]
target.sort_values("estimate", ascending=False).round(2)

# %% [markdown]
# ## The model on one page
# p of each path alone and of all paths together; what is significant only alone is said above the tables.

# %%
fit.summary(boot)

# %% [markdown]
# The same as a picture: dashed is what is not significant once all paths are tested together.

# %%
ax = ncsi.plot(boot, "paths")

# %% [markdown]
# ## Which ranks does the evidence allow?
# The sets hold for all brands at once. A tier is shared by brands that do not differ from its leader.

# %%
ncsi.rank_sets(boot, construct=instrument.target).round(2)

# %%
ax = ncsi.plot(boot, "ranking")

# %% [markdown]
# ## What to improve first
# Importance: points of satisfaction for one point of the driver. What can be acted on, matters more and scores less
# than the mean comes first, if both intervals keep clear of the mean; else the data do not decide.

# %%
drivers = ncsi.drivers(fit, boot)
drivers[drivers["item"].isna()].drop(columns="item").round(3)

# %%
ax = ncsi.plot(boot, "drivers")

# %%
items = drivers[drivers["item"].notna() & (drivers["quadrant"] == "improve_first")]
items.sort_values("importance", ascending=False).round(3)

# %% [markdown]
# ## Is it what was published?
# The store holds what the pipeline computed for the same sector.

# %%
published = store.index(wave)
published = published[(published["sector"] == sector) & (published["construct"] == instrument.target)]
here = target.set_index("brand")["estimate"]
there = published[published["level"] == "brand"].set_index("unit")["index_0_100"]
pd.DataFrame({"notebook": here, "published": there, "apart": (here - there).abs()}).round(6)
