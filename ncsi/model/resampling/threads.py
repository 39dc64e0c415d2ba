"""Work on blocks of rows by threads of one process: numpy lets go of the interpreter while it computes.

Outcomes come in the order of the items, whoever made them, so that sums over them have the same bits by one thread or
by many.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache, partial
from typing import Any, Protocol, TypeVar

from threadpoolctl import ThreadpoolController

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")


class Map(Protocol):
    """As the built-in `map`: outcomes of the work on each item, in the order of the items."""

    def __call__(self, work: Callable[[Item], Outcome], items: Iterable[Item], /) -> Iterator[Outcome]:
        """Do it."""


@contextmanager
def mapping(threads: int) -> Iterator[Map]:
    """The built-in `map`, or one by so many threads, each of which fills a core: BLAS has none of its own then. No
    more outcomes are held than these make while one is used."""
    if threads < 2:
        yield map
        return
    with _blas().limit(limits=1, user_api="blas"), ThreadPoolExecutor(threads) as pool:
        yield partial(_in_order, pool, threads)


@cache
def _blas() -> ThreadpoolController:
    """To look for libraries takes longer than some hundred replicates of few respondents."""
    return ThreadpoolController()


def _in_order(
    pool: ThreadPoolExecutor, ahead: int, work: Callable[[Any], Outcome], items: Iterable[Any], /
) -> Iterator[Outcome]:
    waiting: deque[Future[Outcome]] = deque()
    for item in items:  # the next is made while these are worked on
        done = [waiting.popleft().result()] if len(waiting) > ahead else []
        waiting.append(pool.submit(work, item))
        yield from done
    while waiting:
        yield waiting.popleft().result()
