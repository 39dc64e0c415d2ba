"""Ctrl-C during a query ends the query as it ends anything else."""

from __future__ import annotations

import signal
import threading
import time
from contextlib import nullcontext

import pytest

from ncsi.store import duck

_LONG = "SELECT sum(a.range * b.range) FROM range(1000000) a, range(1000000) b"


@pytest.fixture
def heard():
    """Interruptions, also where whoever started pytest has them ignored, as a shell has for a job in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("heard")
@pytest.mark.parametrize("keep", [False, True])
def test_an_interruption_during_a_query_is_one_and_leaves_the_store_open(store, keep):
    def interrupt():
        begun.wait()
        time.sleep(0.2)
        signal.pthread_kill(main, signal.SIGINT)

    def asked(connection):
        begun.set()
        connection.execute(_LONG).fetchall()

    main, begun = threading.get_ident(), threading.Event()
    threading.Thread(target=interrupt, daemon=True).start()
    block = duck.keeping(store.place) if keep else nullcontext()
    with (
        pytest.raises(KeyboardInterrupt),
        store.place.held(),
        block,
        duck.transaction(store.place) as connection,
    ):
        asked(connection)
    assert store.waves() == ()


def test_another_fault_stays_what_it_is(store):
    with pytest.raises(RuntimeError, match="something else"), duck.connected(store.place):
        raise RuntimeError("something else")
