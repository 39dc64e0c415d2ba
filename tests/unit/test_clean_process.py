"""Imports are not looked through by collections; what comes after them is."""

from __future__ import annotations

import gc
import importlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from threading import Event

import pytest

from ncsi import clean_process
from ncsi.clean_process import importing
from ncsi.worker_pool import WorkerPool


@pytest.fixture(autouse=True)
def thawed():
    gc.unfreeze()
    yield
    gc.unfreeze()


def state(_item):
    return gc.isenabled(), gc.get_freeze_count() > 0


def test_what_is_imported_is_set_aside_and_collecting_goes_on(monkeypatch):
    with importing():
        assert not gc.isenabled()
        monkeypatch.setitem(sys.modules, "a_module_of_no_name", sys)
    assert state(0) == (True, True)


def test_where_nothing_is_imported_nothing_is_set_aside():
    with importing():
        pass
    assert state(0) == (True, False)


def test_a_failed_import_leaves_collecting_as_it_was():
    with pytest.raises(ModuleNotFoundError), importing():
        importlib.import_module("there_is_no_such_module")
    assert gc.isenabled()


def test_workers_collect_but_not_what_they_were_born_with():
    pool = WorkerPool()
    try:
        assert list(pool.map(state, [0, 1])) == [(True, True)] * 2
    finally:
        pool.close()


def test_the_clean_process_collects_nothing_is_not_interrupted_and_leaves_stdout_to_the_command():
    code = "import gc, signal, ncsi.uncollected; print(gc.isenabled(), signal.getsignal(2) == signal.SIG_IGN)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "False True\n")


ENDS = """
import os, time
command, (told, tell) = os.getpid(), os.pipe()
if os.fork():
    os.read(told, 1)
    os._exit(0)
import ncsi.uncollected
if os.fork() == 0:
    while os.getppid() == ncsi.uncollected._OWN:
        time.sleep(0.01)
    import colorsys
    print("a worker imports", flush=True)
    os._exit(0)
import sched
print("imported", flush=True)
os.write(tell, b".")
while os.getppid() == command:
    time.sleep(0.01)
import wave
print("imported for nobody", flush=True)
"""
"""A command that ends while the clean process, which has a worker, is importing."""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is then no clean process")
def test_the_clean_process_imports_no_more_once_the_command_is_over():
    done = subprocess.run([sys.executable, "-c", ENDS], capture_output=True, text=True, check=True)
    assert sorted(done.stderr.splitlines()) == ["a worker imports", "imported"]


@pytest.mark.parametrize("platform", [sys.platform, "darwin", "win32"])
def test_memory_is_given_back_where_the_c_library_can_and_nothing_breaks_elsewhere(monkeypatch, platform):
    monkeypatch.setattr(sys, "platform", platform)
    clean_process._trim.cache_clear()
    assert clean_process.give_back() is None
    clean_process._trim.cache_clear()


def test_a_c_library_without_it_is_left_alone(monkeypatch):
    monkeypatch.setattr(clean_process.ctypes, "CDLL", lambda _name: object())
    monkeypatch.setattr(sys, "platform", "linux")
    clean_process._trim.cache_clear()
    assert clean_process.give_back() is None
    clean_process._trim.cache_clear()


def test_an_interpreter_that_may_not_be_run_again_begins_no_clean_process(monkeypatch):
    monkeypatch.setattr(clean_process, "_REFUSED", Event())
    monkeypatch.setattr(clean_process.os, "access", lambda *_: False)
    assert not clean_process.begin()
    assert clean_process.context().get_start_method() == "spawn"


def held_back(_item=0):
    return signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, [])


@pytest.fixture
def interruptible() -> Iterator[None]:
    """As in a terminal: what runs in the background, as CI may, is begun with interruptions ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_while_the_clean_process_comes_up_ctrl_c_is_held_back_and_its_workers_hear_it(monkeypatch):
    """Begun with it held back, it has no traceback to print; what came meanwhile reaches the command."""
    seen = []

    def begun():
        seen.append(held_back())
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr("multiprocessing.forkserver.ensure_running", begun)
    with pytest.raises(KeyboardInterrupt):
        clean_process.begin()
    assert (seen, held_back()) == ([True], False)
    monkeypatch.undo()
    pool = WorkerPool()
    try:
        assert list(pool.map(held_back, [0, 1])) == [False] * 2
    finally:
        pool.close()
