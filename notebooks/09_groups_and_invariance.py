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
# # 09 Groups and invariance: is it the same thing, and does it work alike?
#
# Before paths or means of two groups are compared, the constructs must be the same in both. Then: which paths differ,
# tested together, and does one path depend on a construct? The survey is synthetic; the segments differ in truth in the
# paths from quality and value to satisfaction, and image strengthens the path from satisfaction to loyalty.

# %%
import os
from pathlib import Path

import pandas as pd

import ncsi

surveys = Path(os.environ.get("NCSI_SURVEYS", "../tests/golden"))
df = pd.read_csv(surveys / "analyst" / "bench.csv")
model = ncsi.load_instrument("ccsi")
fit = ncsi.fit_pls(df, model, weights="weight")
df["segment"].value_counts()

# %% [markdown]
# ## Are composites the same? MICOM
# Weights alike (step 2), then means and variances alike (step 3), by permutation.

# %%
composites = ncsi.micom(df, model, group="segment", permutations=500)
composites.summary()

# %%
ax = ncsi.plot(composites)

# %% [markdown]
# ## Is the measurement the same? Covariance SEM
# The same question of the factor model, step by step: form, loadings, intercepts.

# %%
ncsi.invariance(df, model, group="segment").summary()

# %% [markdown]
# ## Do the groups differ at all?
# One test of everything first: distances of the models' correlations, by permutation of the labels.

# %%
ncsi.compare_groups(df, model, group="segment", method="omnibus", replicates=300)

# %% [markdown]
# ## Which paths?
# Welch by design, p stepped down over all paths together.

# %%
groups = ncsi.compare_groups(df, model, group="segment", weights="weight", replicates=1000)
groups[["from", "to", "difference", "low", "high", "p", "p_adjusted"]].round(3)

# %%
ax = ncsi.plot(groups, title="Quality works in A, value in B")

# %% [markdown]
# ## Does a path depend on a construct?
# The product of two scores beside both: how much steeper is loyalty in satisfaction where the image is better?

# %%
moderated = ncsi.moderation(fit, "Image", "Satisfaction", "Loyalty", replicates=1000)
moderated

# %%
ax = ncsi.plot(moderated, title="A good image makes satisfaction count")

# %% [markdown]
# Where along the image is the slope told from nothing?

# %%
ax = ncsi.plot(moderated, "floodlight")
