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
# # 07 Key drivers: what to improve, by four questions that are not one
#
# What moves satisfaction most? What explains most of it? Where does failure hurt more than success helps? By which way
# does it work? The survey is synthetic and its truth is known: quality is what satisfaction needs.

# %%
import os
from pathlib import Path

import pandas as pd

import ncsi

surveys = Path(os.environ.get("NCSI_SURVEYS", "../tests/golden"))
df = pd.read_csv(surveys / "analyst" / "bench.csv")
model = ncsi.load_instrument("ccsi")
fit = ncsi.fit_pls(df, model, weights="weight")
boot = ncsi.bootstrap(fit, replicates=2000, seed=1)
boot

# %% [markdown]
# ## What moves it: total effects, with the zone where nothing is decided

# %%
drivers = ncsi.drivers(fit, boot)
drivers

# %%
ax = ncsi.plot(drivers, title="Quality matters most, and no item is clearly weak")

# %% [markdown]
# ## What explains it: parts of R²
# Shares of explained variance (Shapley values over all orders of entry), not effects: a driver that merely goes with
# others gets its part too.

# %%
shares = ncsi.importance(boot, model.target)
shares

# %%
ax = ncsi.plot(shares)

# %% [markdown]
# ## Where failure hurts more than success helps
# Answers of 1-4 against the middle, 9-10 against the middle, by item. A kind is given only where the asymmetry is told
# from nothing after correction for all items.

# %%
asymmetry = ncsi.asymmetry(df, model, model.target, weights="weight")
asymmetry

# %% [markdown]
# ## By which way it works
# Every chain of paths, all tested together: what image does through quality, what through value.

# %%
chains = ncsi.mediation(boot)
own = chains[chains["p_joint"] < 0.05].sort_values("estimate", ascending=False)
own[["chain", "estimate", "low", "high", "p_joint", "kind"]].head(6).round(3)

# %%
ax = ncsi.plot(chains, most=8)

# %% [markdown]
# ## Is the model worth its paths?
# Prediction of answers it has not seen, against a linear model of the direct causes' items, on the same folds.

# %%
ncsi.cvpat(fit, repetitions=2, seed=1)

# %% [markdown]
# One page for the people who decide, in their language:

# %%
drivers.summary("zh")
