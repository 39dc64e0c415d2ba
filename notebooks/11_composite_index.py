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
# # 11 An index that is no questionnaire
#
# City quality: statistics, surveys of residents and complaints on one tree. The figures are synthetic; only the five
# heads of the tree are published (GB/T 39497-2020): indicators, weights and benchmarks are illustrative.

# %%
from pathlib import Path
from tempfile import mkdtemp

import ncsi
from ncsi.ingest.figures import read_figures
from ncsi.simulate.indices import example_figures
from ncsi.spec.index_plan import load_index

tree = ncsi.load_tree("city_quality")
plan = load_index("city_quality")
path = Path(mkdtemp()) / "cities.csv"
example_figures(plan, seed=1).figures.to_csv(path, index=False)
found = read_figures(path, plan)
found.units[found.units["year"] == 2025].head()

# %% [markdown]
# ## From a table of figures to the frame that is fitted
# One row a city; a column for each indicator, and `se_` + code for what surveys and measurements err by. A dash is a
# missing figure: it is never 0.

# %%
own = found.values[found.values["year"] == 2025]
figures = own.pivot(index="unit", columns="indicator", values="value")
errors = own.pivot(index="unit", columns="indicator", values="se").dropna(axis=1, how="all")
frame = figures.join(errors.add_prefix("se_"))
frame.isna().sum().sort_values(ascending=False).head(4)

# %% [markdown]
# ## Scores, and every cell that a step changed

# %%
city = ncsi.fit_composite(frame, tree)
city.scores[city.scores["node"] == "CQI"].sort_values("score", ascending=False).head()

# %%
city.log.groupby(["step", "rule"]).size()

# %% [markdown]
# ## How sure is a rank?
# The rank set knows the sampling error and no other doubt; the robustness range knows the choices of method and no
# sampling. They are never one interval under one name.

# %%
choices = {
    "normalise": ["fixed", "minmax"],
    "weights": ["given", "equal"],
    "aggregate": ["arithmetic", "geometric"],
}
sure = city.uncertainty(choices=choices, seed=1)
sure.ranges.sort_values("rank").head(8)

# %% [markdown]
# ## Buy interviews, or settle the method?
# The share of the movement of ranks that each choice explains, with sampling error as one of them.

# %%
city.sensitivity(choices, seed=1, replicates=1024, imputation=True).indices.round(3)

# %% [markdown]
# ## Errors of one questionnaire go together
# A resident who is content says so of every item: errors of the items rise and fall as one. Taken as independent, the
# error of the index comes out too small; joint replicates of the survey carry it whole. In a wave, `survey:` under
# `composites:` draws them; here half of the variance is common to all survey figures of a city.

# %%
import numpy as np
import pandas as pd

stream = np.random.default_rng(1)
surveys = [node.code for node in tree.leaves if node.se_kind == "survey"]
shared = stream.standard_normal((1024, len(frame)))
drawn = {}
for code in surveys:
    moved = np.sqrt(0.5) * (shared + stream.standard_normal(shared.shape))
    values = frame[code].to_numpy() + moved * frame[f"se_{code}"].to_numpy()
    drawn[code] = pd.DataFrame(values, columns=frame.index)
together = city.uncertainty(seed=1, replicates=drawn).ranks["se"]
apart = city.uncertainty(seed=1).ranks["se"]
round(float((together / apart).median()), 2)

# %% [markdown]
# ## Larger cities
# An index that rises with population says something of size.

# %%
units = found.units[found.units["year"] == 2025].set_index("unit")
index = city.scores[city.scores["node"] == "CQI"].set_index("unit")["score"]
units["population"].rank().corr(index.rank())

# %% [markdown]
# The same from the command line, with tables, groups, movers and a signed release:
# `ncsi composite run --tree city_quality --data cities.csv`.
