# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 01 Responses: what came in, what was turned away, what is missing
#
# Reads a workspace's store, never the raw files. `NCSI_WORKSPACE` names the workspace (default: `demo`, which
# `ncsi demo` makes).

# %%
import os
from pathlib import Path

import pandas as pd

import ncsi
from ncsi.spec import open_workspace
from ncsi.tables import CORE_REJECTS, RAW_FILES

workspace = open_workspace(Path(os.environ.get("NCSI_WORKSPACE", "demo")))
store = ncsi.open(workspace.warehouse)
wave = store.waves()[-1]
wave

# %% [markdown]
# ## Every file has an identity card
# Accepted and rejected rows add up to the rows read, always.

# %%
files = store.table(RAW_FILES.name, wave)
files[["source_name", "format", "encoding", "dialect", "rows_read", "rows_accepted", "rows_rejected"]]

# %%
unaccounted = files["rows_read"] - files["rows_accepted"] - files["rows_rejected"]
if unaccounted.any():
    raise ValueError("rows are unaccounted for")

# %% [markdown]
# ## Why rows were turned away
# A reject says row, column, rule and cure; the answer itself is not kept.

# %%
rejects = store.table(CORE_REJECTS.name, wave)
rejects.groupby(["rule", "value_class"], dropna=False).size().rename("rows").reset_index()

# %%
rejects[["source_name", "source_row", "column", "reason_en"]].head()

# %% [markdown]
# ## Four kinds of missing answers, item by item
# All four are null to the model; which kind it was tells the field manager what to fix.

# %%
sector = store.sectors(wave)[0]
instrument = workspace.instrument(workspace.sectors().sector(sector).instrument)
responses = store.responses(wave, sector)
kinds = pd.DataFrame(
    {item: responses[f"{item}_missing"].value_counts(normalize=True) for item in instrument.item_ids}
)
(100 * kinds.fillna(0)).T.round(2)

# %% [markdown]
# ## Weights
# The design effect says how many respondents the unequal weights cost: n / n_eff.

# %%
weight = responses["weight_base"]
n_eff = weight.sum() ** 2 / (weight**2).sum()
pd.Series({"n": len(weight), "n_eff": n_eff, "deff": len(weight) / n_eff, "largest": weight.max()}).round(2)
