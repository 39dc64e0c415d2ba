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
# # 03 Two engines: does covariance SEM agree with PLS?
#
# PLS gives the published index. Covariance SEM, fitted by maximum likelihood from the same moments, confirms it or
# casts doubt on it, and never replaces it silently. It corrects for measurement error, so its paths are usually larger.

# %%
import os
from pathlib import Path

import ncsi
from ncsi.spec import open_workspace

workspace = open_workspace(Path(os.environ.get("NCSI_WORKSPACE", "demo")))
store = ncsi.open(workspace.warehouse)
wave = store.waves()[-1]
sector = store.sectors(wave)[0]
instrument = workspace.instrument(workspace.sectors().sector(sector).instrument)
responses = store.responses(wave, sector, weights="final")

# %%
pls = ncsi.fit_pls(responses, instrument, weights="weight", by="brand")
sem = ncsi.fit_cbsem(responses, instrument, weights="weight")

# %% [markdown]
# ## Fit of the covariance model
# Definitions as in lavaan. RMSEA up to .06, SRMR up to .08 and CFI from .95 are the usual thresholds for good fit.

# %%
sem.fit_measures.round(4)

# %%
[str(one) for one in sem.warnings]

# %% [markdown]
# ## Paths side by side

# %%
structural = sem.estimates[sem.estimates["op"] == "~"]
structural = structural.rename(columns={"lhs": "to", "rhs": "from", "std": "cbsem"})
both = pls.paths.rename(columns={"estimate": "pls"}).merge(
    structural[["from", "to", "cbsem", "p"]], on=["from", "to"]
)
both["same_sign"] = both["pls"] * both["cbsem"] > 0
both.round(3)

# %% [markdown]
# ## Loadings side by side

# %%
loadings = sem.estimates[sem.estimates["op"] == "=~"].rename(columns={"rhs": "item", "std": "cbsem"})
pls.weights.rename(columns={"loading": "pls"})[["construct", "item", "pls"]].merge(
    loadings[["item", "cbsem"]], on="item", how="left"
).round(3)
