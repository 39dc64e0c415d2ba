"""Great Expectations, imported without what frames are never judged by: its import takes half the time.

Its own charts and tests of distributions get their library when one of them first runs; databases and clouds, which it
does without where they are not installed, are not looked for.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from types import ModuleType
from typing import Any

from ncsi.clean_process import importing

_ON_USE = ("altair", "scipy.stats")
_EXTRAS = ("sqlalchemy", "boto3", "botocore")


class _OnUse(ModuleType):
    """Stands for a module until something of it is asked for."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        _take_away(self)
        return getattr(import_module(self.__name__), name)


@contextmanager
def _lean() -> Iterator[None]:
    """A block in which `_ON_USE` are imported without being run, and `_EXTRAS` are as if they were not installed: of
    either, what is there already stays, and so do extras where another thread could miss them."""
    stand_ins = [_OnUse(name) for name in _ON_USE if name not in sys.modules]
    alone = threading.active_count() == 1
    absent = [name for name in _EXTRAS if alone and name not in sys.modules]
    for one in stand_ins:
        _put_in_place(one)
    sys.modules.update(dict.fromkeys(absent))  # type: ignore[arg-type]  # None: "not to be found", as the language has it
    try:
        yield
    finally:
        for name in absent:
            del sys.modules[name]
        for one in stand_ins:
            _take_away(one)


def _put_in_place(module: ModuleType) -> None:
    package, _, own = module.__name__.rpartition(".")
    if package:
        setattr(import_module(package), own, module)
    sys.modules[module.__name__] = module


def _take_away(module: ModuleType) -> None:
    """Whoever imports it next gets the module itself."""
    package, _, own = module.__name__.rpartition(".")
    if sys.modules.get(module.__name__) is module:
        with suppress(KeyError):  # another thread was before us
            del sys.modules[module.__name__]
    if package and vars(sys.modules[package]).get(own) is module:
        with suppress(AttributeError):
            delattr(sys.modules[package], own)


os.environ["GX_ANALYTICS_ENABLED"] = "false"
with importing(), _lean():
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

__all__ = ["ProgressBarsConfig", "gx"]
