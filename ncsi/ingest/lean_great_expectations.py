"""Great Expectations, imported without what frames are never judged by: its import takes half the time.

Its own charts and tests of distributions get their library when one of them first runs; databases and clouds, which it
does without where they are not installed, are not looked for. The clean process, which only judges, is spared its
models of whatever pandas reads files with.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import pandas

from ncsi.clean_process import importing
from ncsi.put_off import put_off

_ON_USE = ("altair", "scipy.stats")
_EXTRAS = ("sqlalchemy", "boto3", "botocore")
_ONLY_JUDGES = "ncsi.uncollected" in sys.modules
"""Whether this is the clean process, where whoever works with the library themselves never is."""
_READER = "read_csv"
"""One of pandas' that stays: a source of data has to have some kind of file."""


@contextmanager
def _lean() -> Iterator[None]:
    """A block in which `_ON_USE` are imported without being run, and `_EXTRAS` are as if they were not installed: of
    either, what is there already stays, and so do extras where another thread could miss them."""
    alone = threading.active_count() == 1
    absent = [name for name in _EXTRAS if alone and name not in sys.modules]
    sys.modules.update(dict.fromkeys(absent))  # type: ignore[arg-type]  # None: "not to be found", as the language has it
    try:
        with put_off(_ON_USE), _without_readers() if _ONLY_JUDGES and alone else nullcontext():
            yield
    finally:
        for name in absent:
            del sys.modules[name]


@contextmanager
def _without_readers() -> Iterator[None]:
    """A block in which pandas seems to read one kind of file."""
    names = [name for name in vars(pandas) if name.startswith("read_") and name != _READER]
    hidden = {name: vars(pandas).pop(name) for name in names}
    try:
        yield
    finally:
        vars(pandas).update(hidden)


os.environ["GX_ANALYTICS_ENABLED"] = "false"
with importing(), _lean():
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

__all__ = ["ProgressBarsConfig", "gx"]
