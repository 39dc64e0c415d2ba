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
# # 06 Weighting: what it buys and what it costs
#
# A sample that is not the population: too few customers of the East answered, too many of the West. Weights put that
# right and make the errors larger. The survey is synthetic.

# %%
import os
from pathlib import Path

import pandas as pd

import ncsi
from ncsi.errors import InputError
from ncsi.survey import design_of, effective_size, rao_wu, trim
from ncsi.survey.known_margins import margin_of
from ncsi.survey.raking import raked
from ncsi.survey.size import Setting

surveys = Path(os.environ.get("NCSI_SURVEYS", "../tests/golden"))
df = pd.read_csv(surveys / "golden.csv")
model = ncsi.load_instrument("ccsi")
population = {"East": 0.62, "Central": 0.26, "West": 0.12}
brands = {"B1": 0.25, "B2": 0.25, "B3": 0.15, "B4": 0.15, "B5": 0.10, "B6": 0.10}
sample = df["region"].value_counts(normalize=True)
pd.DataFrame({"sample": sample, "population": population}).round(3)

# %% [markdown]
# ## Rake to both margins
# The closest weights, in their ratios, that meet region and brand at once. `weight` is the weight that respondents
# came with.

# %%
df["raked"] = ncsi.rake(df, {"region": population, "brand": brands}, base="weight")
df.groupby("region")["raked"].sum().div(df["raked"].sum()).round(4)

# %% [markdown]
# ## What it costs
# n_eff is the size of an equally weighted sample that would be as precise, as far as the weights alone decide.

# %%
df["trimmed"] = trim(df, df["raked"], (0.3, 3.0), {"region": population})
cost = pd.DataFrame({"n_eff": df[["weight", "raked", "trimmed"]].apply(effective_size).astype(float)})
cost.assign(deff=len(df) / cost["n_eff"], largest=df[cost.index].max() / df[cost.index].mean()).round(2)

# %%
ax = ncsi.plot(df["raked"], before=df["weight"], title="Raking spreads the weights")

# %% [markdown]
# Is a contradiction found? Categories that nobody answered from cannot be weighted up.

# %%
try:
    ncsi.rake(df, {"region": {**population, "North": 0.1}})
except InputError as error:
    print(error)

# %% [markdown]
# ## Does it move the index?
# The same model under each set of weights.

# %%
fits = {name: ncsi.fit_pls(df, model, weights=name) for name in ("weight", "raked", "trimmed")}
index = {name: fit.index.set_index("construct")["index_0_100"] for name, fit in fits.items()}
pd.DataFrame(index).round(2)

# %% [markdown]
# ## How sure, with the weighting in it
# Replicate weights: respondents are drawn anew within brands, and every draw is raked like the sample. Errors then know
# that the margins are met. Here it hardly matters, for region explains little of satisfaction.

# %%
design = design_of(df, weights="weight", strata="brand")
drawn = rao_wu(design, replicates=300, seed=1)
margins = [margin_of(df, "region", population), margin_of(df, "brand", brands)]
sets = drawn.reweighted(lambda weights: raked(weights, margins))
calibrated = ncsi.replicated(
    fits["raked"], pd.DataFrame(sets.weights), scale=sets.scale, df=sets.degrees_of_freedom()
)
plain = ncsi.bootstrap(fits["raked"], replicates=1000, seed=1)
target = model.target
pd.DataFrame(
    {
        name: one.index.set_index("construct").loc[target, ["estimate", "se", "low", "high"]]
        for name, one in {"respondents redrawn": plain, "raked in every draw": calibrated}.items()
    }
).T.round(2)

# %% [markdown]
# ## How many to ask next time
# For a difference of two points between two brands, at the design effect seen here.

# %%
deff = len(df) / effective_size(df["raked"])
ax = ncsi.plot(Setting(sd=20, deff=round(float(deff), 2)), title="What a sample of each size can tell apart")
