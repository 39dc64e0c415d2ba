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
# # 10 A paper redone: the ACSI sample of 2015
#
# Morgeson, Hult, Sharma and Fornell (2023), *The American Customer Satisfaction Index (ACSI): A sample dataset and
# description*, Data in Brief 48, 109123 (doi 10.1016/j.dib.2023.109123), publish 8,239 interviews of four industries.
# The data are theirs: fetch them from the article, and say with `NCSI_SHARED` in which folder `data/acsi_2015_raw.csv`
# lies. Their model is ours by the preset `acsi`; their software is proprietary.

# %%
import os
from pathlib import Path

import pandas as pd

import ncsi

raw = pd.read_csv(Path(os.environ.get("NCSI_SHARED", "../../shared")) / "data" / "acsi_2015_raw.csv")
industries = {1001: "Processed food", 3003: "Airlines", 3013: "Internet service", 5001: "Banks"}
model = ncsi.load_instrument("acsi")
items = list(model.item_ids)
df = raw[items].mask(raw[items].isin([98, 99])).assign(industry=raw["INDUSTRY"].map(industries))
len(df)

# %% [markdown]
# ## The table of variables
# Respondents, mean and standard deviation by industry: 98 (does not know), 99 (refused) and blanks are no answers.

# %%
labels = {item.id: item.label.en for item in model.items}
grouped = df.groupby("industry")[items]
told = {"n": grouped.count().T, "mean": grouped.mean().T.round(2), "SD": grouped.std().T.round(2)}
pd.concat(told, axis=1).rename(index=labels)

# %% [markdown]
# ## The index of each industry
# One model for all, indices by industry with 95 % intervals of 1,000 bootstrap draws.

# %%
fit = ncsi.fit_pls(df, model, by="industry")
boot = ncsi.bootstrap(fit, replicates=1000, seed=1)
indices = boot.index_by.pivot(index="construct", columns="industry", values="estimate")
indices.reindex([one.id for one in model.constructs]).round(1)

# %%
ax = ncsi.plot(boot, "ranking", title="Food leads, internet service trails")

# %% [markdown]
# ## The model
# Complaint is one question, yes or no; its block has a single item.

# %%
fit.summary(boot)

# %%
ax = ncsi.plot(boot, "paths", title="Quality carries most of satisfaction")

# %% [markdown]
# ## Does the model differ between industries?
# Each path, four industries pair by pair, p corrected over all pairs and paths.

# %%
groups = ncsi.compare_groups(df, model, group="industry", replicates=300)
told_apart = groups[groups["p_adjusted"] < 0.05].copy()
told_apart["path"] = told_apart["from"] + " → " + told_apart["to"]
told_apart[["group_a", "group_b", "path", "difference", "p_adjusted"]].sort_values("p_adjusted").head(
    8
).round(3)

# %% [markdown]
# ## What the sample cannot say
# Those who answer every item alike are 9 % of the complete cases, most of them all tens. To leave them out moves the
# index by more than a usual year does, so straight-lining alone never excludes here.

# %%
ratings = [item.id for item in model.items if item.id != "COMP"]
complete = df.dropna(subset=ratings)
straight = complete[ratings].nunique(axis=1) == 1
left = ncsi.fit_pls(complete[~straight], model, by="industry")
whole = ncsi.fit_pls(complete, model, by="industry")
target = model.target
both = {
    name: one.index_by[one.index_by["construct"] == target].set_index("industry")["index_0_100"]
    for name, one in {"all": whole, "without": left}.items()
}
pd.DataFrame({**both, "straight": straight.groupby(complete["industry"]).mean()}).round(3)
