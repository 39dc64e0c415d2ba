"""Frozen values of which some fields are made when they are first looked at: who wants one table waits for no other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from functools import partial
from typing import TYPE_CHECKING, Any, Self


class Deferred:
    """A frozen dataclass with slots inherits it to have fields that are made on first use, once.

    They are fields as others are: `dataclasses.replace`, `fields` and pickling make what has not been made yet. What a
    field follows from must not change.
    """

    __slots__ = ("_makers",)

    @classmethod
    def deferring(cls, makers: Mapping[str, Callable[[], object]], **known: Any) -> Self:
        """With fields that are `known`, and `makers` of the others by name; each is let go when it has been called."""
        made = object.__new__(cls)
        for name, value in known.items():
            object.__setattr__(made, name, value)
        object.__setattr__(made, "_makers", dict(makers))
        return made

    @classmethod
    def carrying(cls, other: Deferred, **more: Any) -> Self:
        """The fields of `other`, of a class above this one, and `more`; what it has not made, it makes when asked."""
        names = [one.name for one in fields(other)]  # type: ignore[arg-type]
        known = {name: getattr(other, name) for name in names if other.has(name)}
        later = {name: partial(getattr, other, name) for name in names if name not in known}
        return cls.deferring(later, **known, **more)

    def has(self, name: str) -> bool:
        """Whether the field has been made."""
        try:
            object.__getattribute__(self, name)
        except AttributeError:
            return False
        return True

    if not TYPE_CHECKING:  # every name would be taken for a field

        def __getattr__(self, name: str) -> object:
            try:
                makers = object.__getattribute__(self, "_makers")
                make = makers[name]
            except (AttributeError, KeyError):
                if name in self.__dataclass_fields__ and self.has(name):  # another thread made it meanwhile
                    return getattr(self, name)
                kind = type(self).__name__
                raise AttributeError(
                    f"'{kind}' object has no attribute '{name}'", name=name, obj=self
                ) from None
            value = make()
            object.__setattr__(self, name, value)
            makers.pop(name, None)
            return value
