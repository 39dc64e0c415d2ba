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
# # 12 Measures of quality beside the index
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

# %% [markdown]
# ## Product tests: three answers
# A value conforms, does not, or is undecided: it must keep a guard band from its limit either way. With few degrees of
# freedom the band is wider.

# %%
from ncsi.composite.measures import conformity

(
    [conformity(y, 0.05, upper=0.75).verdict for y in (0.60, 0.72, 0.90)],
    conformity(0.66, 0.05, upper=0.75, df=2).verdict,
)

# %% [markdown]
# From the results of laboratories to scores with rank sets. A product that failed a safety gate has no rank; one with a
# single specimen has no interval.

# %%
from ncsi.ingest.records.product_test import product_test_checks, product_test_fields
from ncsi.results.measures.product_test import product_test_tables
from ncsi.simulate.measures import example_product_test, example_visits

test = load_measure("kettle_test")
path = Path(mkdtemp()) / "kettles.csv"
example_product_test(test, seed=1).to_csv(path, index=False)
records = read_records(path, product_test_fields(test.definition), None, product_test_checks(test.definition))
tables = product_test_tables(test, records, Asked("notebook", "2026"))
products = tables["out_test_products"].sort_values("score", ascending=False)
products[["label_en", "score", "low", "high", "rank_low", "rank_high", "verdict", "safety"]]

# %% [markdown]
# ## Mystery visits: the store is the unit
# The interval comes from how stores differ. A chain of fewer than five stores has none.

# %%
from ncsi.ingest.records.visits import visits_checks, visits_fields
from ncsi.results.measures.visits import visits_tables

survey = load_measure("pharmacy_visits")
path = Path(mkdtemp()) / "visits.csv"
example_visits(survey, seed=1).to_csv(path, index=False)
records = read_records(path, visits_fields(survey.definition), None, visits_checks(survey.definition))
tables = visits_tables(survey, records, Asked("notebook", "2026"))
tables["out_visits_by_chain"][
    ["label_en", "stores", "score", "low", "high", "rank_low", "rank_high", "status"]
]

# %%
tables["out_visits_shoppers"].T

# %% [markdown]
# ## Answers of few: projects and buyers
# A project has 5 to 30 answers: its own interval is wide, the estimate drawn towards its kind is steadier. A supplier
# weighs buyers by volume, unless a key account decides.

# %%
import pandas as pd

from ncsi.simulate.measures import example_projects, example_purchases
from ncsi.stages.measures import kind_of

answers: dict[str, pd.DataFrame] = {}
for name, example in (
    ("housing_projects", example_projects),
    ("material_buyers", example_purchases),
):
    measure = load_measure(name)
    path = Path(mkdtemp()) / f"{name}.csv"
    example(measure, 1).to_csv(path, index=False)
    kind = kind_of(measure)
    records = read_records(path, kind.fields(measure.definition), None, kind.checks(measure.definition))
    answers |= kind.tables(measure, records, Asked("notebook", "2026"))
own = answers["out_projects"].query("part == 'satisfaction' and role == ''")
own[
    ["unit", "builder", "n", "score", "low", "high", "drawn_0_100", "drawn_low", "drawn_high", "status"]
].head(8)

# %%
answers["out_purchases"].query("part == 'satisfaction'")[
    ["material", "unit", "n", "n_eff", "score", "plain_score", "rank_low", "rank_high", "status"]
].head(8)

# %% [markdown]
# ## Grades: the bound decides
# 86.0 ± 2.4 reaches 85 by its estimate, and is graded by its lower bound. 60 tested without a defect do not prove 2 %.

# %%
from ncsi.composite.measures import Estimate, Gate, Grade, Share, fewest_without_defect, graded
from ncsi.ingest.records.grades import grades_checks, grades_fields
from ncsi.results.measures.grades import grades_tables
from ncsi.simulate.measures import example_grades

rules = [Grade("good", (Gate("index", "at_least", 85),)), Grade("pass", (Gate("index", "at_least", 80),))]
graded(rules, {"index": Estimate(86.0, 2.4)}), Share(0, 60).bounds(0.05)[1], fewest_without_defect(0.02)

# %%
rule = load_measure("satisfaction_list")
path = Path(mkdtemp()) / "entries.csv"
example_grades(rule, seed=1).to_csv(path, index=False)
records = read_records(path, grades_fields(rule.definition), None, grades_checks(rule.definition))
tables = grades_tables(rule, records, Asked("notebook", "2026"))
tables["out_grades_by_unit"][["label_en", "point", "awarded", "standing", "borderline", "held", "chance"]]

# %% [markdown]
# What stands between each and the next better grade, and the list that certificates are looked up in.

# %%
tables["out_grade_binding"][["unit", "grade", "quantity", "bound", "cut"]]

# %%
tables["out_grade_certificates"][["unit", "grade", "status", "certificate"]]

# %% [markdown]
# ## Passengers: the train is what was drawn
# Passengers of one train had the same journey, so 590 of them are worth fewer: the design effect says how many. A
# route of one train has a mean and no interval.

# %%
from ncsi.disclosure.small_groups import domain_status, question_status
from ncsi.ingest.records.passengers import passengers_checks, passengers_fields
from ncsi.results.measures.passengers import Statuses, passengers_tables
from ncsi.simulate.measures import example_passengers

rail = load_measure("rail_passengers")
path = Path(mkdtemp()) / "passengers.csv"
example_passengers(rail, seed=1).to_csv(path, index=False)
records = read_records(path, passengers_fields(rail.definition), None, passengers_checks(rail.definition))
tables = passengers_tables(rail, records, Asked("notebook", "2026"), Statuses(question_status, domain_status))
overall = tables["out_passengers"].query("question == 'overall'")
overall[["unit", "n", "clusters", "score", "low", "high", "deff", "rank_low", "rank_high"]]

# %% [markdown]
# Routes against their operator: `few` and `complement` are hidden at publication.

# %%
routes = tables["out_passengers_by_domain"].query("question == 'overall' and dimension == 'route'")
routes[["unit", "domain", "n", "clusters", "score", "difference", "p_holm", "verdict", "status"]]
