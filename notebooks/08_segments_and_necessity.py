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
# # 08 Segments and necessity: for whom, and what must not be missing
#
# One model for everyone may be two models in truth; and a driver that moves satisfaction is not yet one without which
# there is none. The survey is synthetic and its truth is known: the segments A and B differ in two paths, quality is
# necessary for satisfaction, and no other driver is.

# %%
import os
from pathlib import Path

import pandas as pd

import ncsi

surveys = Path(os.environ.get("NCSI_SURVEYS", "../tests/golden"))
df = pd.read_csv(surveys / "analyst" / "bench.csv")
model = ncsi.load_instrument("ccsi")
fit = ncsi.fit_pls(df, model, weights="weight", by="segment")
boot = ncsi.bootstrap(fit, replicates=1000, seed=1)
df.groupby("segment").size()

# %% [markdown]
# ## Groups that can be named: where does the model differ?
# Every column is tried at every node; p is that of the whole search, so that noise is not found.

# %%
tree = ncsi.split_tree(fit, by=["segment", "region", "brand"])
tree

# %%
tree.candidates.round(4).head(6)

# %%
ax = ncsi.plot(tree)

# %% [markdown]
# The groups differ in how satisfaction comes about, and not in how much of it there is:

# %%
ax = ncsi.plot(boot, "segments", title="Level alike, the model is not")

# %% [markdown]
# ## What is necessary
# Beside the usual null, under which any correlated pair passes, stands one with the same margins and the same
# correlation. Only what rejects both is called necessary: here quality alone, as is true.

# %%
conditions = ncsi.nca(fit, permutations=999)
conditions

# %%
ax = ncsi.plot(conditions, construct="Quality", title="High satisfaction does not occur without quality")

# %% [markdown]
# How much of each driver a level of satisfaction takes, at the least:

# %%
ax = ncsi.plot(conditions, "bottleneck")

# %% [markdown]
# Importance, performance and necessity together:

# %%
drivers = ncsi.drivers(fit, boot)
drivers = drivers[drivers["item"].isna()]
both = drivers[["construct", "importance", "performance", "quadrant"]].merge(
    conditions[["construct", "d_ce", "p", "p_matched", "necessary"]], on="construct"
)
both.round(3)

# %% [markdown]
# ## Is it a matter of few respondents?
# A ceiling rests on about ten of them. Without those in the corner, does the effect stay above what chance leaves?

# %%
ncsi.esse(fit, constructs=["Quality"])

# %% [markdown]
# ## Groups that nothing names (with a warning)
# Mixtures look for classes where no column tells them. Here the truth has two, and they are not found: CAIC asks for
# one class and AIC for four, and those of two have nothing to do with A and B. Never publish segments from it; split by
# what the survey declares.

# %%
hidden = ncsi.segments(fit, starts=20, simulations=19)
hidden

# %%
found = hidden.posterior(2).idxmax(axis=1)
pd.crosstab(df["segment"], found, normalize="index").round(2)
