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
# # 05 Your own survey: from a CSV to a page you can send
#
# No workspace, no questionnaire file, no wave: a table of answers, a model written as a sentence, and what it says.
# The survey is synthetic: 720 respondents, items on 1-10, one answer in twenty missing.

# %%
import os
from pathlib import Path
from tempfile import mkdtemp

import pandas as pd

import ncsi
from ncsi.errors import InputError

surveys = Path(os.environ.get("NCSI_SURVEYS", "../tests/golden"))
df = pd.read_csv(surveys / "golden_missing.csv")
df.iloc[:4, :10]

# %% [markdown]
# ## The model, as you would say it
# In lavaan's words: `=~` measures, `~` is a path. What is misspelt is answered with its line and the nearest name.

# %%
try:
    ncsi.model_from("""
        Quality      =~ QUA1 + QUA2 + QUA3
        Satisfaction =~ SAT1 + SAT2 + SAT3
        Satisfaction ~ Qualty
    """)
except InputError as error:
    print(error)

# %%
model = ncsi.model_from(
    """
    Image        =~ IMA1 + IMA2 + IMA3 + IMA4
    Quality      =~ QUA1 + QUA2 + QUA3 + QUA4 + QUA5
    Value        =~ VAL1 + VAL2
    Satisfaction =~ SAT1 + SAT2 + SAT3
    Loyalty      =~ LOY1 + LOY2 + LOY3

    Quality ~ Image
    Value ~ Quality
    Satisfaction ~ Image + Quality + Value
    Loyalty ~ Image + Satisfaction
    """,
    label="Our survey of 720 customers",
)
[f"{path.source} → {path.target}" for path in model.paths]

# %% [markdown]
# ## What is missing
# Blanks are not replaced by means: means and covariances are made by EM from all answers there are.

# %%
ax = ncsi.plot(df, "missing", instrument=model)

# %% [markdown]
# ## The fit in one line, then as a page

# %%
fit = ncsi.fit_pls(df, model, by="brand")
fit

# %%
boot = ncsi.bootstrap(fit, replicates=1000, seed=1)
fit.summary(boot)

# %% [markdown]
# ## Does one path carry its weight?
# The model without it, side by side. A lower BIC is better; Loyalty's own equation is where it shows.

# %%
without = fit.update(drop="Image -> Loyalty")
ncsi.compare(fit, without)

# %% [markdown]
# ## Who leads, and who only seems to
# A tier holds brands that do not differ from its leader.

# %%
ax = ncsi.plot(boot, "ranking", title="Where the brands stand")

# %% [markdown]
# ## To take along
# The page in Chinese, in Markdown, LaTeX or a workbook; one row a parameter as R's broom names it.

# %%
fit.summary(boot, lang="zh").to_excel(Path(mkdtemp()) / "fit.xlsx")
print(fit.summary(boot, lang="zh").to_markdown()[:760])

# %%
boot.tidy(names="broom").head(8).round(3)
