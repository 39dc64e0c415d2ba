"""Fifty SIGKILLs at random moments of opening, writing, replacing and forgetting: nothing lost, nothing half.

Twenty-five on each of two stores, side by side: writers mostly wait for the disk.
"""

from __future__ import annotations

import json
import random
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

import ncsi
from ncsi.store import Revision, Store

MOTHER = """
import sys
sys.path.insert(0, {here!r})
from test_killed_fifty_times import mother
mother({folder!r}, {seed})
"""
SEEDS = (20261121, 20261122)
KILLS = 25


def check(store) -> set[int]:
    """Every file is there with all of its rows, or not at all; returns the numbers of all ever stored."""
    files, parts, rejects = (store.table(name) for name in ("raw_files", "core_partitions", "core_rejects"))
    counting = files[files["superseded_by"].isna()]
    assert set(parts["source_sha256"]) == set(rejects["source_sha256"]) == set(counting["source_sha256"])
    rows = parts.groupby("source_sha256")["rows"].sum()
    read = pd.concat([store.responses("2026", one) for one in store.sectors("2026")] or [parts])
    counted = read["source_sha256"].value_counts()
    for card in counting.itertuples():
        assert rows[card.source_sha256] == card.rows_accepted
        assert card.rows_accepted + card.rows_rejected + card.rows_forgotten == card.rows_read
        assert counted[card.source_sha256] == card.rows_accepted
    revisions = store.table("core_revisions")
    assert set(revisions["earlier_sha256"]) == set(files["source_sha256"]) - set(counting["source_sha256"])
    assert revisions["revision"].tolist() == list(range(1, len(revisions) + 1))
    return {int(sha, 16) for sha in files["source_sha256"]}


def write(folder: str, source, say) -> None:
    """Open, check what an earlier kill left, then add, replace and forget until killed."""
    store = Store.open(folder, create=True)
    with store.session():
        known = check(store)
    number = max(known, default=0)
    say("0\n")
    while True:
        with store.alone():
            for _ in range(4):
                number += 1
                card, parts, rejects = source(number, rows=20)
                earlier = store.sources("2026")["source_sha256"].tolist()
                revised = [Revision(earlier[-1], "declared", 0, 0, 0)] if number % 2 and earlier else []
                store.add_source(card, parts, rejects, None, revised)
                say(f"{number}\n")
        store.forget("2026", [f"{number}-3"])


def mother(folder: str, seed: int) -> None:
    """Imports once, runs nothing itself: a fork of it is a writer that is ready at once."""
    import os
    import signal
    import time
    import traceback

    import pyarrow.parquet  # noqa: F401
    from test_store_survives import source

    chance, said = random.Random(seed), b""  # noqa: S311
    for kill in range(KILLS):
        back, out = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                write(folder, source, lambda text, out=out: os.write(out, text.encode()))
            except BaseException:
                traceback.print_exc()
            os._exit(1)
        os.close(out)
        # A kill may come while the store is opened, once it is open, or after a first write, however slow the machine.
        for _ in range((0, 1, 0, 2)[kill % 4]):
            said += os.read(back, 2)
        time.sleep(chance.uniform(0.0, 0.3))
        os.kill(child, signal.SIGKILL)
        with os.fdopen(back, "rb") as pipe:
            said += pipe.read()
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status):
            sys.exit(1)
    print(json.dumps(sorted({int(line) for line in said.split()} - {0})))


def test_killed_fifty_times_nothing_is_lost_and_nothing_is_half_written(warm, tmp_path):
    mothers = {tmp_path / str(seed): seed for seed in SEEDS}
    with ThreadPoolExecutor(len(mothers)) as side_by_side:
        acknowledged = list(side_by_side.map(partial(acknowledged_by, warm), mothers, mothers.values()))
    for folder, numbers in zip(mothers, acknowledged, strict=True):
        check_what_is_left(folder, numbers)


def acknowledged_by(warm: Any, folder: Path, seed: int) -> set[int]:
    """Numbers of the files that a mother's writers said they had stored before they were killed."""
    code = MOTHER.format(here=str(Path(__file__).parent), folder=str(folder), seed=seed)
    done = warm.run(code)
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout))


def check_what_is_left(folder: Path, acknowledged: set[int]) -> None:
    assert len(acknowledged) > 5
    warehouse = ncsi.open(folder)
    with warehouse.session():
        assert acknowledged <= check(warehouse)
    store = Store.open(folder)
    on_disk = {path.relative_to(folder).as_posix() for path in folder.rglob("*.parquet")}
    assert on_disk == set(store.table("core_partitions")["path"])
    assert not list(folder.rglob(".tmp-*"))
