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
# PLS gives the published index. Covariance SEM, fitted by maximum likelihood to the same answers, confirms it or casts
# doubt on it, and never replaces it silently. It corrects for measurement error, so its paths are usually larger.

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
pls = ncsi.fit_pls(responses, instrument, weights="weight", by="brand")
pls

# %% [markdown]
# ## The same model by covariances
# `missing="fiml"` takes every answer given; robust errors and χ² are of weighted answers that are not normal. Measures
# are defined as in lavaan: RMSEA up to .06, SRMR up to .08 and CFI from .95 are the usual thresholds for good fit. Look
# at χ² with its p before and after scaling: taken as normal and equally weighted, answers reject a model that holds.

# %%
sem = ncsi.fit_cbsem(responses, instrument, weights="weight", robust=True, missing="fiml")
sem.fit_measures.round(3)

# %% [markdown]
# ## Paths side by side
# Every path that is told from nothing has the same sign; what PLS is smaller by is what measurement error takes.

# %%
structural = sem.estimates[sem.estimates["op"] == "~"]
structural = structural.rename(columns={"lhs": "to", "rhs": "from", "std": "cbsem"})
both = pls.paths.rename(columns={"estimate": "pls"}).merge(
    structural[["from", "to", "cbsem", "p"]], on=["from", "to"]
)
both.assign(same_sign=both["pls"] * both["cbsem"] > 0, ratio=both["cbsem"] / both["pls"]).round(3)

# %% [markdown]
# ## Loadings side by side

# %%
loadings = sem.estimates[sem.estimates["op"] == "=~"].rename(columns={"rhs": "item", "std": "cbsem"})
pls.weights.rename(columns={"loading": "pls"})[["construct", "item", "pls"]].merge(
    loadings[["item", "cbsem"]], on="item", how="left"
).round(3)

# %% [markdown]
# ## Where does the covariance model misfit?
# What freeing a parameter would gain, the largest first; p is of one parameter alone, so the largest of many is to be
# looked at and not believed.

# %%
sem.modification_indices().head(8).round(3)

# %% [markdown]
# Covariances of items that the model leaves unexplained, the least likely first; then PLS's own as a picture.

# %%
left_over = sem.residuals()
left_over = left_over[left_over["item_a"] != left_over["item_b"]]
left_over.reindex(left_over["z"].abs().sort_values(ascending=False).index).head(6).round(3)

# %%
ax = ncsi.plot(pls, "residuals", title="PLS leaves little of the correlations")

# %% [markdown]
# ## Does the index care?
# Respondents' factor scores of the target beside their PLS scores: what is published hardly depends on the engine.

# %%
target = instrument.target
pd.Series({"correlation of scores": sem.scores()[target].corr(pls.scores()[target])}).round(3)
