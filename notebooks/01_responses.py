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
# # 01 Responses: what came in, what was turned away, what is missing
#
# Reads a workspace's store, never the raw files. `NCSI_WORKSPACE` names the workspace (default: `demo`, which
# `ncsi demo` makes). The outputs kept here are of a small synthetic nation of three sectors.

# %%
import os
from pathlib import Path

import pandas as pd

import ncsi
from ncsi.spec import open_workspace

workspace = open_workspace(Path(os.environ.get("NCSI_WORKSPACE", "demo")))
store = ncsi.open(workspace.warehouse)
wave = store.waves()[-1]
wave

# %% [markdown]
# ## What there is to ask
# Every table says what it holds and what a row is; `store.columns(name)` has the units. Answers of a wave are the view
# `responses_<wave>`, with final weights and flags.

# %%
there = store.tables()
there[there["table"].str.startswith(("raw_", "core_rej", "responses_"))]

# %% [markdown]
# ## Every file has an identity card
# Accepted and rejected rows add up to the rows read, always. One SELECT at a time; nothing else is taken.

# %%
store.sql(f"""
    SELECT source_name, encoding, dialect, rows_read, rows_accepted, rows_rejected,
           rows_read - rows_accepted - rows_rejected AS unaccounted
    FROM raw_files WHERE wave = '{wave}'
""")

# %% [markdown]
# ## Why rows were turned away
# A reject says row, column, rule and cure; the answer itself is not kept.

# %%
store.sql(f"""
    SELECT rule, value_class, count(*) AS "rows", any_value(reason_en) AS cure
    FROM core_rejects WHERE wave = '{wave}' GROUP BY ALL ORDER BY ALL
""")

# %% [markdown]
# ## Four kinds of missing answers
# All four are null to the model; which kind it was tells the field manager what to fix.

# %%
sector = store.sectors(wave)[0]
instrument = workspace.instrument(workspace.sectors().sector(sector).instrument)
responses = store.responses(wave, sector, weights="final", labels=True)
kinds = pd.DataFrame({item: responses[f"{item}_missing"].value_counts() for item in instrument.item_ids})
kinds = kinds.T.rename(index=responses.attrs["labels"]).fillna(0).astype(int)
kinds.assign(missing=kinds.sum(axis=1)).sort_values("missing", ascending=False).head(6)

# %% [markdown]
# Do the same people leave several items out? A column is a pattern of missing answers.

# %%
ax = ncsi.plot(responses, "missing", instrument=instrument)

# %% [markdown]
# ## Who answered, and how far they are to be trusted
# Flagged responses stay in the index; only what a rule excludes is left out. `weight` is final: what the published
# index was computed with.

# %%
store.sql(f"""
    SELECT sector, status, count(*) AS n, sum(weight) AS weight, median(duration_s) AS median_s,
           sum(weight) ^ 2 / sum(weight ^ 2) AS n_eff
    FROM responses_{wave} GROUP BY ALL ORDER BY ALL
""").round(1)

# %% [markdown]
# ## The answers themselves
# Low to the left of the middle of the scale, high to the right of it.

# %%
ax = ncsi.plot(responses, "answers", instrument=instrument, weights="weight")

# %% [markdown]
# `store.arrow(query)` gives the same rows as Arrow: `polars.DataFrame(…)` and `ibis.memtable(…)` take them as they are.

# %%
by_brand = store.arrow(f"SELECT brand, avg(SAT1) AS sat1, count(*) AS n FROM responses_{wave} GROUP BY brand")
by_brand.schema
