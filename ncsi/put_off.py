"""Modules of others that are imported when something of them is first asked for, not when a library names them."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from importlib import import_module
from types import ModuleType
from typing import Any


class _OnUse(ModuleType):
    """Stands for a module until something of it is asked for."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        _take_away(self)
        return getattr(import_module(self.__name__), name)


class _Named:
    """Stands for what a module holds until it is called, or something of it is asked for."""

    def __init__(self, module: str, name: str) -> None:
        self._module, self._name = module, name

    def __call__(self, *values: Any, **named: Any) -> Any:
        return self._itself()(*values, **named)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self._itself(), name)

    def _itself(self) -> Any:
        return getattr(import_module(self._module), self._name)


@contextmanager
def named_only(names: Mapping[str, Sequence[str]]) -> Iterator[None]:
    """A block in which functions, by their module, can be imported without it: who calls one has it imported then.
    Modules that are there already stay."""
    stand_ins = [ModuleType(name) for name in names if name not in sys.modules]
    for one in stand_ins:
        vars(one).update({name: _Named(one.__name__, name) for name in names[one.__name__]})
    with _there(stand_ins):
        yield


@contextmanager
def put_off(names: Sequence[str]) -> Iterator[None]:
    """A block in which these modules are imported without being run; those that are there already stay."""
    stand_ins = [_OnUse(name) for name in names if name not in sys.modules]
    for one in stand_ins:
        package, _, own = one.__name__.rpartition(".")
        if package in sys.modules:
            setattr(sys.modules[package], own, one)
    with _there(stand_ins):
        yield


@contextmanager
def _there(stand_ins: Sequence[ModuleType]) -> Iterator[None]:
    """A block in which these are imported in place of the modules that they are named after."""
    sys.modules.update({one.__name__: one for one in stand_ins})
    try:
        yield
    finally:
        for one in stand_ins:
            _take_away(one)


def _take_away(module: ModuleType) -> None:
    """Whoever imports it next gets the module itself."""
    package, _, own = module.__name__.rpartition(".")
    if sys.modules.get(module.__name__) is module:
        with suppress(KeyError):  # another thread was before us
            del sys.modules[module.__name__]
    if package in sys.modules and vars(sys.modules[package]).get(own) is module:
        with suppress(AttributeError):
            delattr(sys.modules[package], own)
