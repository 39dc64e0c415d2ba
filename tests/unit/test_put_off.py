"""Modules that are put off are imported when something of them is asked for, and are then what they are anywhere."""

from __future__ import annotations

import subprocess
import sys

PREFECT = """
import os, sys
os.environ["PREFECT_HOME"] = sys.argv[1]
from pathlib import Path
from flows.settings import configure
configure(Path(sys.argv[1]))
from flows.settings import SENDERS
from ncsi.put_off import put_off
with put_off(SENDERS):
    import flows.prefect_engine
print([name for name in SENDERS if name in sys.modules])
import prefect.blocks
print([name for name in SENDERS if hasattr(prefect.blocks, name.rpartition(".")[2])])
from prefect.blocks import notifications, webhook
import prefect.blocks.notifications as again
print(again is notifications is sys.modules[SENDERS[0]] is prefect.blocks.notifications)
print(issubclass(notifications.SlackWebhook, prefect.blocks.core.Block), webhook.Webhook.__name__)
"""


def test_what_prefect_can_send_messages_by_is_not_imported_until_it_is_used(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", PREFECT, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == ["[]", "[]", "True", "True Webhook"]


SCIPY = """
import sys
import ncsi.lean_scipy
from scipy import special
put_off = ("numpy.f2py", "numpy.testing", "numpy.polynomial")
print([name for name in put_off if name in sys.modules], special.ndtri(0.5) == 0)
from scipy._lib.array_api_compat import numpy as theirs
import numpy
print(numpy.polynomial.Polynomial([1, 2])(3), theirs.polynomial.Polynomial is numpy.polynomial.Polynomial)
import scipy.stats, numpy.testing
print(scipy.stats.norm.cdf(0), numpy.testing is sys.modules["numpy.testing"], numpy.f2py.__name__)
"""


def test_scipy_works_as_ever_without_what_it_names_and_no_more():
    done = subprocess.run([sys.executable, "-c", SCIPY], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["[] True", "7.0 True", "0.5 True numpy.f2py"]


SEMOPY = """
import sys
import numpy as np
from ncsi.model.cbsem.lean_semopy import Model
heavy = ("sympy", "sklearn", "polars", "statsmodels", "scipy.stats", "semopy")
print([name for name in heavy if name in sys.modules])
import pandas as pd
values = np.random.default_rng(1).normal(size=(400, 1)) + np.random.default_rng(2).normal(size=(400, 4))
cov = pd.DataFrame(np.cov(values.T), index=list("abcd"), columns=list("abcd"))
fits = []
import semopy
for kind in (Model, semopy.Model):
    model = kind("f =~ a + b + c + d", mimic_lavaan=True, cov_diag=True)
    model.fit(cov=cov, n_samples=400)
    fits.append(np.array(model.param_vals))
print(Model is semopy.Model, np.array_equal(*fits), semopy.model.Model is semopy.Model)
print(len(Model("f =~ a + x*b + c + d\\nCONSTRAINT(x > 0)").constraints))
from ncsi.put_off import named_only
with named_only({"statsmodels.stats.moment_helpers": ("cov2corr",)}):
    from statsmodels.stats.moment_helpers import cov2corr
known = [cov2corr.__class__.__name__, "statsmodels.stats.moment_helpers" in sys.modules]
print(known, cov2corr(np.diag([4.0, 9.0])).tolist(), "statsmodels.stats.moment_helpers" in sys.modules)
"""


def test_semopys_model_is_imported_without_what_it_only_names_and_fits_the_same():
    done = subprocess.run([sys.executable, "-c", SEMOPY], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.splitlines() == [
        "[]",
        "False True True",
        "1",
        "['_Named', False] [[1.0, 0.0], [0.0, 1.0]] True",
    ]
