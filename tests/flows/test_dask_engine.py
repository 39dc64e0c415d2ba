"""Sectors estimated by the workers of a Dask scheduler: the same results, whoever dies."""

from __future__ import annotations

import errno
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from time import monotonic, sleep
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

import ncsi
from ncsi.atomic import TEMPORARY
from ncsi.cli import main
from ncsi.errors import ClusterAway, SpecError, StepFailed, StoreError, WorkerDiffers
from ncsi.ledger import Ledger
from ncsi.model.resampling import streams
from ncsi.model.resampling.streams import Share
from ncsi.spec import open_workspace
from ncsi.spec.plan import WavePlan, load_plan
from ncsi.stages import recorded
from ncsi.stages.source_files import sources_of
from ncsi.store import Store
from ncsi.tables import TABLES, Layer

pytest.importorskip("distributed", reason="needs ncsi[dask]")
import dask
from distributed import Client, LocalCluster

from ncsi import dask_engine, dask_parts
from ncsi.dask_engine import DaskEngine, checked_address, refuse_other
from ncsi.dask_parts import Asked

GUARD_S = 300.0
"""A hang is a failure; nothing is timed."""
WAVE = "2026Q1"
DASK = "from dask.__main__ import main; main()"


def until(holds: Callable[[], Any]) -> Any:
    end = monotonic() + GUARD_S
    while not (found := holds()):
        assert monotonic() < end, "waited in vain"
        sleep(0.05)
    return found


def engine_of(address: str) -> DaskEngine | None:
    """The engine once it has a worker, which takes its time on a busy machine."""
    try:
        return DaskEngine(address).__enter__()
    except ClusterAway:
        return None


@contextmanager
def ended(begun: Any) -> Iterator[Any]:
    """A process that is killed where the block ends."""
    try:
        yield begun
    finally:
        begun.kill()
        begun.wait()


class Cluster:
    """A scheduler on loopback, and workers as they are asked for, forked off one process that has imported both."""

    def __init__(
        self, warm: Any, folder: Path, stack: ExitStack, host: str = "127.0.0.1", tls: Sequence[str] = ()
    ) -> None:
        self.card, self.stack, self.tls = folder / "scheduler.json", stack, tls
        self.warm = warm
        self.scheduler = self._begun(
            "scheduler", "--host", host, "--port", "0", "--no-dashboard", "--no-show",
            "--scheduler-file", str(self.card), *tls,
        )  # fmt: skip
        until(self.card.exists)
        self.address = json.loads(self.card.read_text())["address"]

    def _begun(self, *command: str) -> Any:
        env = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
        return self.stack.enter_context(ended(self.warm.start(DASK, *command, env=env, quiet=True)))

    def worker(self, name: str, preload: str = "") -> Any:
        """One that executes the code of `preload` first."""
        return self._begun(*self._command(name, preload))

    def stranger(self, name: str, **variables: str) -> None:
        """One that imports everything anew, as these variables of the environment have it."""
        command = (sys.executable, "-c", DASK, *self._command(name, ""))
        env = {**os.environ, "OPENBLAS_NUM_THREADS": "1", **variables}
        nothing = subprocess.DEVNULL
        self.stack.enter_context(ended(subprocess.Popen(command, env=env, stdout=nothing, stderr=nothing)))

    def _command(self, name: str, preload: str) -> tuple[str, ...]:
        code = self.card.with_name(f"{name}_first.py")
        code.write_text(preload, encoding="utf-8")
        return (
            "worker", self.address, "--nthreads", "1", "--no-nanny", "--no-dashboard", "--name", name,
            "--preload", "ncsi.stages.estimate", "--preload", str(code), *self.tls,
        )  # fmt: skip


@pytest.fixture(scope="module")
def cluster(warm: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with ExitStack() as stack:
        yield Cluster(warm, tmp_path_factory.mktemp("cluster"), stack)


def copied(nation: Any, folder: Path) -> WavePlan:
    shutil.copytree(nation.workspace.root, folder, dirs_exist_ok=True)
    return load_plan(open_workspace(folder), WAVE)


def results(plan: WavePlan) -> dict[str, Any]:
    """What is stored of the wave; rows of respondents in any order, as sectors come back in any."""
    store = Store.open(plan.workspace.warehouse)
    return {name: sorted(text) if name.startswith("core") else text for name, text in texts(store).items()}


def texts(store: Store) -> dict[str, list[str]]:
    with store.session():
        return {
            name: store.table(name, WAVE).to_csv(index=False).splitlines()
            for name, table in TABLES.items()
            if table.layer is Layer.OUT or name == "core_quality_by_respondent"
        }


FULL = """
import resource
def dask_setup(worker):
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
"""
"""No byte goes into any file of the process any more, as where the disk is full."""
AHEAD = """
import time
time.time = lambda now=time.time: now() + 86400
"""


def test_results_are_those_of_the_local_engine_whoever_computes(nation, cluster, tmp_path):
    """One worker is killed, another cannot write, the clock of a third is a day ahead."""
    expected, plan = results(copied(nation, tmp_path / "local")), copied(nation, tmp_path / "dask")
    first = cluster.worker("first")
    made: list[Any] = []
    with DaskEngine(cluster.address) as engine:
        at_work = Thread(target=lambda: made.append(engine.estimate(plan, anew=True)))
        at_work.start()
        until(lambda: any(engine.client.processing().values()))
        first.send_signal(signal.SIGKILL)
        others = [cluster.worker("second", FULL), cluster.worker("third", AHEAD)]
        at_work.join(GUARD_S)
    assert not any(one.ended() for one in others)
    (sectors, _nation), *_ = made
    assert [one.problem for one in sectors] == ["", "", ""]
    assert results(plan) == expected
    events = [one for one in Ledger.of(plan.workspace).events() if one["job"] == "estimate"][-8:]
    assert {one["pid"] for one in events} == {os.getpid()}, "workers write nothing"


def test_workers_estimate_what_lies_in_a_catalogue_that_machines_share(
    nation, cluster, sharing, catalogue, tmp_path
):
    """Files are taken in by processes and sectors estimated by workers; the release has the bytes of a DuckDB file."""
    wave = nation.plan.waves[0]
    root = sharing(tmp_path / "workspace", tmp_path / "disk" / "warehouse", catalogue)
    workspace = open_workspace(root)
    plan = load_plan(workspace, wave)
    cluster.worker("fourth")
    with DaskEngine(cluster.address) as engine:
        engine.run(plan, sources_of(workspace, wave))
    made, alone = (folder / "manifest.json" for folder in (root / "releases" / wave, nation.release(wave)))
    assert made.read_bytes() == alone.read_bytes()


LARGE = """
from ncsi import dask_parts
from ncsi.model.resampling import streams
from ncsi.stages import estimate
estimate.LARGE, streams.BLOCKS_AT_A_TIME, dask_parts.PATIENCE_S = 1, 1, 300.0
"""
"""Every sector is a large one, of several batches, and parts are waited for on a busy machine too."""


def test_parts_of_a_large_sector_are_made_by_idle_workers_and_a_lost_one_costs_time(
    warm, nation, tmp_path, monkeypatch
):
    """The same rows of the same tables as by one process: by two workers; and by the one that is left of them."""
    plan = copied(nation, tmp_path / "workspace")
    store = Store.open(plan.workspace.warehouse)
    monkeypatch.setattr(streams, "BLOCKS_AT_A_TIME", 1)
    alone = figures(recorded.computed(store, plan, "dairy", "run"))

    def is_the_same() -> bool:
        made = figures(engine.estimating(store, plan, 1)("dairy"))
        return made.keys() == alone.keys() and all(made[name].equals(alone[name]) for name in alone)

    with ExitStack() as stack:
        cluster = Cluster(warm, tmp_path, stack)
        first, _ = cluster.worker("first", LARGE), cluster.worker("second", LARGE)
        with DaskEngine(cluster.address) as engine:
            engine.client.wait_for_workers(2, timeout=GUARD_S)
            assert is_the_same()
            made = engine.client.run_on_scheduler(
                lambda dask_scheduler: dask_scheduler.task_prefixes["replicates-dairy"].state_counts["memory"]
            )
            assert made == 1
            at_work: list[Any] = []
            thread = Thread(target=lambda: at_work.append(is_the_same()))
            thread.start()
            until(lambda: all(engine.client.processing().values()))
            first.kill()
            thread.join(GUARD_S)
    assert at_work == [True]


def figures(made: Any) -> dict[str, Any]:
    return {
        name: table.to_pandas()
        for name, table in made.tables.tables.items()
        if TABLES[name].layer is Layer.OUT
    }


LET_GO = Event()


def refused_or_never(share: Share) -> None:
    if share.which == 1:
        raise WorkerDiffers("worker odd", "its code is another", "Install the same")
    LET_GO.wait(GUARD_S)


def asks_for_both() -> list[Any]:
    asked = Asked.of(refused_or_never, "dairy", 5)
    return [asked.parts, *map(asked.part, range(1, asked.parts))]


def test_a_part_that_is_refused_or_does_not_come_is_left_to_who_asked(monkeypatch):
    """No more are asked for than there are others to make them."""
    monkeypatch.setattr(dask_parts, "PATIENCE_S", 0.5)
    with (
        LocalCluster(n_workers=3, threads_per_worker=1, processes=False, dashboard_address=":0") as local,
        Client(local, set_as_default=False) as client,
    ):
        try:
            assert client.submit(asks_for_both).result(GUARD_S) == [3, None, None]
        finally:
            LET_GO.set()


def test_a_scheduler_that_is_lost_is_named_and_no_figure_changes(warm, nation, tmp_path):
    plan = copied(nation, tmp_path / "workspace")
    expected, failed = results(plan), []

    def attempt() -> None:
        try:
            engine.estimate(plan, anew=True)
        except StepFailed as error:
            failed.append(error)

    with ExitStack() as stack:
        cluster = Cluster(warm, tmp_path, stack)
        cluster.worker("only")
        with DaskEngine(cluster.address) as engine:
            at_work = Thread(target=attempt)
            at_work.start()
            until(lambda: any(engine.client.processing().values()))
            cluster.scheduler.kill()
            at_work.join(GUARD_S)
    assert str(failed[0]).count(f"the scheduler at {cluster.address} was lost") == 1
    assert {type(one) for one in failed[0].errors.values()} == {ClusterAway}
    ends = [one["event"] for one in Ledger.of(plan.workspace).events()[-6:]]
    assert sorted(ends) == ["FAIL"] * 3 + ["START"] * 3
    assert results(plan) == expected


def test_a_scheduler_that_is_lost_before_anything_begins_is_named(warm, nation, tmp_path, monkeypatch):
    monkeypatch.setattr(dask_engine, "_PATIENCE_S", 5.0)
    plan = copied(nation, tmp_path / "workspace")
    with ExitStack() as stack:
        cluster = Cluster(warm, tmp_path, stack)
        cluster.worker("only")
        engine = until(lambda: engine_of(cluster.address))
        stack.callback(engine.client.close)
        cluster.scheduler.kill()
        cluster.scheduler.wait()
        with pytest.raises(ClusterAway, match=f"the scheduler at {cluster.address} was lost"):
            engine.estimating(Store.open(plan.workspace.warehouse), plan, 3)
    assert not [one for one in plan.workspace.warehouse.iterdir() if one.name.startswith(TEMPORARY)]


def test_a_worker_with_other_code_is_refused_before_anything_begins(warm, nation, tmp_path, monkeypatch):
    """One that really has: a comment more in a module that computes."""
    monkeypatch.setattr(dask_engine, "_PATIENCE_S", GUARD_S)
    plan, other = copied(nation, tmp_path / "workspace"), tmp_path / "other"
    shutil.copytree(Path(ncsi.__file__).parent, other / "ncsi", ignore=shutil.ignore_patterns("__pycache__"))
    with (other / "ncsi" / "model" / "__init__.py").open("a", encoding="utf-8") as module:
        module.write("# of another release\n")
    with ExitStack() as stack:
        cluster = Cluster(warm, tmp_path, stack)
        cluster.stranger("odd", PYTHONPATH=str(other), PYTHONSAFEPATH="1")
        with (
            DaskEngine(cluster.address) as engine,
            pytest.raises(WorkerDiffers, match=r"worker .*: its code"),
        ):
            engine.estimating(Store.open(plan.workspace.warehouse), plan, 3)


def test_a_worker_that_a_full_disk_stops_is_named_with_its_sector(nation, monkeypatch):
    def full(*_: Any, **_named: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("ncsi.stages.recorded.computed", full)
    store = Store.open(nation.workspace.warehouse)
    said = rf"worker {platform.node()}: sector dairy: No space left on device\. Give it room"
    with pytest.raises(StoreError, match=said):
        dask_engine._computed(
            dask_engine._versions(), store, load_plan(nation.workspace, WAVE), "dairy", "run"
        )


def test_without_workers_or_a_scheduler_nothing_is_begun(warm, monkeypatch, tmp_path):
    monkeypatch.setattr(dask_engine, "_PATIENCE_S", 1.0)
    with pytest.raises(ClusterAway, match=r"no scheduler answers at tcp://127\.0\.0\.1:9 "):
        DaskEngine("tcp://127.0.0.1:9").__enter__()
    monkeypatch.setattr(dask_engine, "_PATIENCE_S", 5.0)  # in which a scheduler on a loaded machine answers
    with ExitStack() as stack, pytest.raises(ClusterAway, match="has no workers"):
        DaskEngine(Cluster(warm, tmp_path, stack).address).__enter__()


@pytest.mark.parametrize(
    "address", ["tls://host", "host:8786", "http://host:1", "tls://host:99999", "tls://h:1/x", ""]
)
def test_an_address_is_checked(address):
    with pytest.raises(SpecError, match="it is no address of a scheduler"):
        checked_address(address)


def test_nothing_leaves_the_machine_unencrypted():
    for address in ("tcp://10.0.0.7:8786", "tcp://scheduler:8786", "tcp://[2001:db8::1]:8786"):
        with pytest.raises(SpecError, match="tcp is not encrypted"):
            checked_address(address)
    for address in ("tls://10.0.0.7:8786", "tcp://127.0.0.1:1", "tcp://localhost:1", "tcp://[::1]:1"):
        assert checked_address(address) == address


def test_a_worker_of_another_version_is_refused_by_name():
    here = {"Python": "3.12", "code": "a" * 64}
    refuse_other("w1", here, dict(here))
    with pytest.raises(WorkerDiffers, match=r"worker w1: its Python is 3\.13, and here it is 3\.12"):
        refuse_other("w1", here, {**here, "Python": "3.13"})
    with pytest.raises(WorkerDiffers, match="its code is not there"):
        refuse_other("w1", here, {"Python": "3.12"})


def test_by_tls_only_who_has_its_certificate_is_heard(warm, nation, tmp_path, monkeypatch):
    ca, certificate, key = certificates(tmp_path)
    plan, tls = copied(nation, tmp_path / "workspace"), ("ca-file", "cert", "key")
    files = [str(one) for one in (ca, certificate, key)]
    given = [word for name, file in zip(tls, files, strict=True) for word in (f"--tls-{name}", file)]
    with ExitStack() as stack:
        cluster = Cluster(warm, tmp_path, stack, "tls://127.0.0.1", given)
        assert cluster.address.startswith("tls://")
        cluster.worker("only")
        names = ("ca-file", "client.cert", "client.key")
        known = {f"distributed.comm.tls.{name}": file for name, file in zip(names, files, strict=True)}
        with dask.config.set(known), DaskEngine(cluster.address) as engine:
            engine.estimating(Store.open(plan.workspace.warehouse), plan, 3)
        monkeypatch.setattr(dask_engine, "_PATIENCE_S", 2.0)
        (tmp_path / "other").mkdir()
        strange = zip(names, map(str, certificates(tmp_path / "other")), strict=True)
        with (
            dask.config.set({f"distributed.comm.tls.{name}": file for name, file in strange}),
            pytest.raises(ClusterAway, match="no scheduler answers"),
        ):
            DaskEngine(cluster.address).__enter__()


def certificates(folder: Path) -> tuple[Path, Path, Path]:
    """An authority's certificate, which is the peers' too, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "ncsi test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "ca.pem", folder / "own.pem", folder / "own.key"
    for path in paths[:2]:
        path.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    paths[2].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return paths


def test_the_command_asks_for_an_address(nation, capsys, monkeypatch):
    monkeypatch.delenv("NCSI_DASK_ADDRESS", raising=False)
    root = ["estimate", "--wave", WAVE, "--workspace", str(nation.workspace.root), "--engine", "dask"]
    for words, said in (
        ([], "--engine dask needs --address"),
        (["--address", "tcp://10.0.0.7:8786"], "tcp is not encrypted"),
        (["--address", "tls://10.0.0.7:8786"], "Dask has no ca-file for it"),
    ):
        with pytest.raises(SystemExit) as stopped:
            main([*root, *words])
        assert stopped.value.code == 2
        assert said in capsys.readouterr().err
