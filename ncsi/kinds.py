"""Whether the arguments of a call are of the kinds that it declares: else a refusal that names argument and cure."""

from __future__ import annotations

import builtins
from collections import abc
from collections.abc import Callable, Iterable, Mapping, Sized
from decimal import Decimal
from functools import cache, wraps
from inspect import Parameter, Signature, signature
from numbers import Integral, Real
from types import NoneType, UnionType
from typing import Any, Literal, ParamSpec, TypeVar, Union, get_args, get_origin

from ncsi.errors import ArgumentError, NcsiError

P = ParamSpec("P")
R = TypeVar("R")
_SHOWN = 60
_PLAIN = (NoneType, bool, int, float, str)
_WORDS: Mapping[object, str] = {
    bool: "True or False", int: "a whole number", float: "a number", str: "a text", NoneType: "None",
}  # fmt: skip


def of_kind(call: Callable[P, R]) -> Callable[P, R]:
    """The call, which refuses arguments that are not what its annotations say.

    An error of Python, pandas or NumPy names neither argument nor cure, and what only counts as true (`robust="no"`)
    would be taken. A refusal of the call's own says more, and goes first.
    """

    @wraps(call)
    def asked(*args: P.args, **kwargs: P.kwargs) -> R:
        fault = _fault(call, args, kwargs)
        if fault is None:
            return call(*args, **kwargs)
        try:
            call(*args, **kwargs)
        except ArgumentError:  # of a call within, by another name
            raise fault from None
        except NcsiError:
            raise
        except Exception as error:
            raise fault from error
        raise fault

    return asked


def _fault(
    call: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> ArgumentError | None:
    """The refusal of the first argument that is of another kind; none also where Python itself refuses the call."""
    declared = _declared(call)
    try:
        given = declared.bind(*args, **kwargs).arguments
    except TypeError:
        return None
    for name, value in given.items():
        parameter = declared.parameters[name]
        if parameter.kind is Parameter.VAR_KEYWORD or parameter.annotation is Parameter.empty:
            continue
        for one in value if parameter.kind is Parameter.VAR_POSITIONAL else (value,):
            if not _fits(one, parameter.annotation):
                return _refusal(call, parameter, one)
    return None


def _refusal(call: Callable[..., Any], parameter: Parameter, value: object) -> ArgumentError:
    where, usual = call.__qualname__, parameter.default
    example = "" if usual in (Parameter.empty, None, "", ()) else f", as in {parameter.name}={usual!r}"
    if hasattr(value, "to_pandas") and "DataFrame" in _named(parameter.annotation):
        return ArgumentError(
            where, f"{parameter.name} is no pandas data frame", "Make it one with .to_pandas()"
        )
    return ArgumentError(
        where, f"{parameter.name} is {_told(value)}", f"Give {_named(parameter.annotation)}{example}"
    )


class _KnownLater(dict[str, Any]):
    """Names that annotations use and only type checkers import: anything is of their kind."""

    def __init__(self, known: Mapping[str, Any]) -> None:
        super().__init__()
        self.known = known

    def __missing__(self, name: str) -> Any:
        if name in self.known or hasattr(builtins, name):
            raise KeyError(name)
        return Any


@cache
def _declared(call: Callable[..., Any]) -> Signature:
    known: Mapping[str, Any] = getattr(call, "__globals__", {})
    return signature(call, locals=_KnownLater(known), eval_str=True)


def _fits(value: object, kind: Any) -> bool:
    """Whether a value is of a kind; of a kind that is not told apart here anything is."""
    origin, inner = get_origin(kind), get_args(kind)
    if kind is Any:
        return True
    if origin in (Union, UnionType):
        return any(_fits(value, one) for one in inner)
    if origin is Literal:
        return any(isinstance(value, type(one)) and value == one for one in inner)
    if kind is bool:
        return type(value).__name__ in ("bool", "bool_") or (isinstance(value, Integral) and value in (0, 1))
    if kind in (int, float):
        numbers = Integral if kind is int else (Real, Decimal)
        return isinstance(value, numbers) and not isinstance(value, bool)
    if origin is not None:
        return _holds(value, origin, inner)
    return isinstance(value, kind) if isinstance(kind, type) else kind is not None or value is None


def _holds(value: object, origin: Any, inner: tuple[Any, ...]) -> bool:
    """Whether a value holds what a mapping, or what a sequence of any type, is declared to hold."""
    if not isinstance(origin, type):
        return True
    if issubclass(origin, Mapping):
        return isinstance(value, Mapping) and all(
            _fits(key, inner[0]) and _fits(one, inner[1]) for key, one in value.items()
        )
    if not issubclass(origin, Iterable) or origin.__module__ == "numpy":
        return callable(value) if origin is abc.Callable else isinstance(value, origin)
    if not isinstance(value, Iterable) or isinstance(value, (str, bytes, Mapping)):
        return False
    if hasattr(value, "columns") or (origin is tuple and not _as_many(value, inner)):
        return False
    kinds = [one for one in inner if one is not Ellipsis]
    return not isinstance(value, Sized) or all(any(_fits(one, kind) for kind in kinds) for one in value)


def _as_many(value: object, inner: tuple[Any, ...]) -> bool:
    """Whether a value is as long as what a tuple is declared to hold."""
    return Ellipsis in inner or not isinstance(value, Sized) or len(value) == len(inner)


def _named(kind: Any) -> str:
    """A kind in words."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return " or ".join(dict.fromkeys(_named(one) for one in inner))
    if origin is Literal:
        return (
            ", ".join(repr(one) for one in inner[:-1]) + f" or {inner[-1]!r}" if inner[1:] else repr(inner[0])
        )
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return "a mapping"
    if isinstance(origin, type) and origin.__module__ == "numpy":
        return "an array"
    if isinstance(origin, type) and issubclass(origin, Iterable):
        inside = {int: "whole numbers", float: "numbers", str: "texts"}.get(inner[0])
        many = f"{len(inner)} " if origin is tuple and Ellipsis not in inner else ""
        return f"a list of {many}{inside}" if inside else "a list"
    if kind in _WORDS:
        return _WORDS[kind]
    name = getattr(kind, "__name__", "value of its own")
    return f"{'an' if name[0] in 'AEIOU' else 'a'} {name}"


def _told(value: object) -> str:
    """A value as a refusal shows it: plain ones as they are, others by their type."""
    plain = isinstance(value, _PLAIN) or (
        isinstance(value, (list, tuple)) and all(isinstance(one, _PLAIN) for one in value)
    )
    words = repr(value)
    return words if plain and len(words) <= _SHOWN else f"of type {type(value).__name__}"
