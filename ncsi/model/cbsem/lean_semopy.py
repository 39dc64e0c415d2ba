"""semopy's model of covariances, imported without what we never run: three quarters of its import.

Its package imports plots, factor analyses and effects of places, with scikit-learn, polars and what they import; its
model names symbolic algebra for constraints, and statistics of ordinal data, neither of which our models have.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from importlib.util import find_spec, module_from_spec

from ncsi.clean_process import importing
from ncsi.put_off import named_only

_PACKAGE = "semopy"
_NEVER_CALLED = {
    "statsmodels.stats.correlation_tools": ("cov_nearest", "corr_nearest"),
    "sympy": ("lambdify", "derive_by_array", "Symbol"),
    "sympy.parsing.sympy_parser": ("parse_expr",),
    "scipy.stats": ("norm", "mvn", "linregress"),
}
"""By module, what semopy's model imports of it for data that we do not give it."""


@contextmanager
def _alone() -> Iterator[None]:
    """A block in which modules of semopy are imported without the package itself; whoever imports it later gets all of
    it, anew."""
    spec = find_spec(_PACKAGE)
    if spec is None:
        raise ModuleNotFoundError(_PACKAGE, name=_PACKAGE)
    sys.modules[_PACKAGE] = module_from_spec(spec)
    try:
        yield
    finally:
        for name in [one for one in sys.modules if one.partition(".")[0] == _PACKAGE]:
            del sys.modules[name]


_WHOLE = _PACKAGE in sys.modules or threading.active_count() > 1
"""Where it is there already, or another thread could miss what is put off, nothing is left out."""
with (
    importing(),
    nullcontext() if _WHOLE else named_only(_NEVER_CALLED),
    nullcontext() if _WHOLE else _alone(),
):
    from semopy.model import Model

__all__ = ["Model"]
