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
# # 06 Measures of quality beside the index
#
# What the policy names besides satisfaction, by the functions that the releases use. All records are synthetic.

# %% [markdown]
# ## Complaints: a rate and its exact interval
# 12 complaints about 4 million parcels. No complaint at all is no rate of zero: the interval says so.

# %%
from pathlib import Path
from tempfile import mkdtemp

from ncsi.composite.measures import chart, compared, handling, rate
from ncsi.ingest.records import read_records
from ncsi.ingest.records.complaints import complaints_checks, complaints_fields
from ncsi.results.measures import Asked
from ncsi.results.measures.complaints import complaints_tables
from ncsi.simulate.measures import example_complaints
from ncsi.spec.measures import load_measure

rate(12, 4_000_000), rate(0, 1_000_000)

# %% [markdown]
# Two firms, by a common route of complaint: the ratio of their rates.

# %%
compared(rate(24, 4_000_000), rate(12, 4_000_000))

# %% [markdown]
# ## Is the target of 98 % met?
# 98.1 % of 1,180 is undecided: the interval holds the target.

# %%
handling(1158, 1180).target, handling(5065, 5137).target

# %% [markdown]
# ## From a file to tables
# As an office sends it; a fault would be told by row, column, value and cure.

# %%
plan = load_measure("express_complaints")
path = Path(mkdtemp()) / "complaints.csv"
example_complaints(plan, seed=1).to_csv(path, index=False)
records = read_records(path, complaints_fields(plan.definition), None, complaints_checks(plan.definition))
tables = complaints_tables(plan, records, Asked("notebook", "2026-10"))
firms = tables["out_complaints_by_firm"]
firms.loc[firms["span"] == "year", ["label_en", "per_million", "low", "high", "ratio", "verdict"]]

# %% [markdown]
# ## A control chart with frozen limits
# Months of the season stand outside it. σz says how much more months vary than by chance; over 1.2 the limits are
# Laney's.

# %%
own = tables["out_complaints_chart"].query("chart == 'rate' and unit == 'all' and not season")
made = chart(own.rename(columns={"month": "period"})[["period", "n", "count"]], "u")
made.spread, made.adjusted, made.points[made.points["signal"] != ""]
