"""Texts of small tables as objects of Python, where a step works on hundreds of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pandas as pd

MANY = 100_000
"""Rows from which texts are held as Arrow holds them, without an object for each."""


@contextmanager
def texts_of_few(rows: int = 0) -> Iterator[None]:
    """What pandas makes of texts within the block is held by Python, unless there are many `rows`: to take or compare
    thirty texts takes half as long as with Arrow, and a step does it thousands of times.

    It changes no value. The setting is pandas' own, of all threads: where two enter and leave in turn, it may stay.
    """
    if rows >= MANY:
        yield
        return
    with pd.option_context("mode.string_storage", "python"):
        yield
