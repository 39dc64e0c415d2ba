"""A small synthetic nation, run once through every stage without a server, for all tests that need results."""

from __future__ import annotations

import gc
import importlib.util
import io
import os
import pickle
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from filelock import FileLock

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as `make test` sets it, before anything loads OpenBLAS

from ncsi import clean_process
from ncsi.engine import InOrder, WaveOutcome
from ncsi.signing import WORTHLESS_KEY, new_key
from ncsi.simulate import DemoPlan, write_workspace
from ncsi.spec import Workspace, open_workspace, schemas_root
from ncsi.spec.object_storage import Bucket
from ncsi.spec.plan import load_plan
from ncsi.spec.shared_catalogue import SCHEME, SharedCatalogue
from ncsi.stages.source_files import sources_of
from ncsi.store import Store, lake
from ncsi.store.lake_tables import instance, literal

SECTORS = ("dairy", "bottled_water", "banks")
HOSTILE = {
    "B01": "<script>alert(1)</script>",
    "B02": '=HYPERLINK("x")',
    "B03": "#set text(red)",
    "B04": r"$\frac{$",
    "B05": "𠮷野家",
}


HERE = Path(__file__).parent
LONG_FIXTURES = {
    "nation",
    "warm",
    "warm_prefect",
    "by_prefect",
    "server",
    "tab",
    "wheel",
    "pages",
    "published_example",
    "whole",
    "postgres_server",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini("numeric", "tests of numbers that linear algebra computes: files and folders", type="args")
    parser.addini(
        "slow", "tests that run a wave, an index or another process: files and folders", type="args"
    )


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Files that hold no quick test are not even imported for `-m quick`: their imports take longer than its tests."""
    left_out = config.option.markexpr == "quick" and _lies_in(collection_path, _named(config, "slow"))
    return True if left_out else None


def _named(config: pytest.Config, mark: str) -> set[Path]:
    return {config.rootpath / path for path in config.getini(mark)}


def _lies_in(file: Path, named: set[Path]) -> bool:
    return not named.isdisjoint((file, *file.parents))


def pytest_configure() -> None:
    """What collecting imports stays, so no garbage is looked for until it is done: a fifth of its time.

    Nothing here has to outlive a failure of the machine, so nothing waits for its disks, as a wave does 400 times;
    what a kill leaves is the same. And where SlipCover takes coverage, what it counts lines by is taken out of those
    seen a few times a minute: it does so whenever a line has run fifty times, and looks through every function then."""
    gc.disable()
    os.fsync = lambda _descriptor: None
    covering = getattr(sys.modules.get("slipcover.pytest_plugin"), "_slipcover_instance", None)
    if covering is not None:
        covering.deinstrument_seen = _seldom(covering.deinstrument_seen)


def _seldom(take_out: Callable[[], None], each_s: float = 15.0) -> Callable[[], None]:
    last = time.process_time()

    def seldom() -> None:
        nonlocal last
        if time.process_time() - last > each_s:
            take_out()
            last = time.process_time()

    return seldom


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark by where a test lies and what it waits for, so that a new test needs no mark of its own."""
    named = {mark: _named(config, mark) for mark in ("numeric", "slow")}
    of_files = {
        file: [mark for mark, paths in named.items() if _lies_in(file, paths)]
        for file in {item.path for item in items}
    }
    for item in items:
        for mark in of_files[item.path]:
            item.add_marker(mark)
        if item.get_closest_marker("slow") is None and not LONG_FIXTURES & set(
            getattr(item, "fixturenames", ())
        ):
            item.add_marker("quick")
    # Files go out in this order: what waits for servers comes first, beside what needs both cores; and nobody waits for
    # the small nation, which one file of the first ones asks for while the others do not.
    items.sort(key=lambda item: not item.path.is_relative_to(HERE / "flows"))


def pytest_collection_finish(session: pytest.Session) -> None:
    """What has been imported by now is there to stay: no collection of garbage need look through it, nor as often as
    in a small program. Where waves are run, so is the process that workers are forked off: made ready for all that they
    do, since a first command makes it ready for its own work alone, and each worker of a later one then imports."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    gc.enable()
    if "PYTEST_XDIST_WORKER" in os.environ and any(item.get_closest_marker("slow") for item in session.items):
        clean_process.begin()


@dataclass(frozen=True)
class SmallNation:
    """The workspace, what was sown into it, and what each wave came to."""

    workspace: Workspace
    plan: DemoPlan
    outcomes: dict[str, WaveOutcome]

    def release(self, wave: str) -> Path:
        return self.outcomes[wave].release.folder


def small_workspace(root: Path) -> DemoPlan:
    """Three sectors, five brands, hostile names in one of them, 200 replicates."""
    plan = write_workspace(root, brands=5, respondents=260, sectors=SECTORS)
    for wave in plan.waves:
        path = root / "waves" / f"{wave}.yaml"
        text = path.read_text(encoding="utf-8").replace("replicates: 1000", "replicates: 200")
        head, dairy, rest = text.partition("- id: dairy")
        brands, banks, tail = rest.partition("- id: bottled_water")
        lines = brands.splitlines()
        for k, line in enumerate(lines):
            brand = line.strip().removeprefix("- id: ")
            if brand in HOSTILE:
                quoted = HOSTILE[brand].replace("'", "''")
                lines[k + 2] = f"      zh: '{quoted}'"
                lines[k + 3] = f"      en: '{quoted}'"
        path.write_text(head + dairy + "\n".join(lines) + "\n" + banks + tail, encoding="utf-8")
    return plan


@pytest.fixture(scope="session")
def common(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of this run of pytest share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def once(common: Path) -> Callable[[str, Callable[[], Any]], Any]:
    """What a function makes, by a name: made by whichever process of pytest asks first, read by the others."""

    def made(name: str, make: Callable[[], Any]) -> Any:
        kept = common / f"{name}.pickle"
        with FileLock(common / f"{name}.lock"):
            if not kept.exists():
                kept.write_bytes(pickle.dumps(make()))
        return pickle.loads(kept.read_bytes())  # noqa: S301 (written above)

    return made


@pytest.fixture(scope="session")
def nation(
    common: Path, once: Callable[[str, Callable[[], Any]], Any], tmp_path_factory: pytest.TempPathFactory
) -> SmallNation:
    """Run once by whichever process of pytest asks first; each gets a copy of its own."""
    plan, outcomes = once("nation", lambda: run_small_nation(common / "nation-as-made"))
    root = shutil.copytree(common / "nation-as-made", tmp_path_factory.mktemp("nation"), dirs_exist_ok=True)
    here = {
        wave: replace(one, release=replace(one.release, folder=root / "releases" / wave))
        for wave, one in outcomes.items()
    }
    return SmallNation(open_workspace(root), plan, here)


def run_small_nation(root: Path) -> tuple[DemoPlan, dict[str, WaveOutcome]]:
    root.mkdir()
    plan = small_workspace(root)
    workspace = open_workspace(root)
    outcomes = {}
    for wave in plan.waves:
        wave_plan = load_plan(workspace, wave)
        outcomes[wave] = InOrder().run(wave_plan, sources_of(workspace, wave))
    return plan, outcomes


@pytest.fixture(scope="session")
def published_example(common: Path, once: Callable[[str, Callable[[], Any]], Any]) -> Path:
    """The folder of the example workspace with its one wave, 2026, published: to be copied, other processes read it."""
    root: Path = once("example", lambda: run_example(common / "example-as-made"))
    return root


def run_example(root: Path) -> Path:
    """One sector, 100 replicates."""
    shutil.copytree(schemas_root() / "example", root)
    path = root / "waves" / "2026.yaml"
    text = path.read_text(encoding="utf-8").replace("replicates: 1000", "replicates: 100")
    path.write_text(text.replace("number: 500", "number: 100"), encoding="utf-8")
    for name, content in ((".ncsi-key", "k" * 32), (".ncsi-signing-key", new_key().pem())):
        (root / name).touch(mode=0o600)
        (root / name).write_text(content)
    workspace = open_workspace(root)
    InOrder().run(load_plan(workspace, "2026"), sources_of(workspace, "2026"))
    return root


@pytest.fixture(scope="session")
def shared() -> Callable[..., Path]:
    """Path of a real file that is not ours to commit; the test is skipped where it is absent."""
    root = Path(os.environ.get("NCSI_SHARED", HERE.parent / "../shared"))

    def found(*parts: str) -> Path:
        path = root.joinpath(*parts)
        if not path.exists():
            pytest.skip(f"{'/'.join(parts)} is not here: set NCSI_SHARED to the folder that holds it")
        return path

    return found


FIRMS_TREE = """spec: ncsi/tree/1
id: firms
version: 1.0.0
label: {zh: 企业指数, en: Index of firms}
source: ours
method: METHOD
nodes:
  - {code: I}
  - {code: P, parent: I, weight: 0.5}
  - {code: a, parent: P, weight: 0.5, lower: 0, upper: 100}
  - {code: b, parent: P, weight: 0.5, lower: 0, upper: 100}
  - {code: c, parent: I, weight: 0.5, lower: 0, upper: 100}
"""
FIRMS_INDEX = """spec: ncsi/index/1
tree: firms
version: 1.0.0
kind: index
about: {zh: 试验, en: A trial}
units: {zh: 企业, one: firm}
dimensions:
  - {id: firm, label: {zh: 企业, en: Firm}}
named_units: false
screening: {units: 0.5, groups: 0.3}
groups:
"""
FIRMS_GROUPS = {
    "sector": "  - {id: sector, label: {zh: 行业, en: Sector}}\n",
    "region": "  - {id: region, label: {zh: 地区, en: Region}}\n",
}


@pytest.fixture(scope="session")
def put_firms() -> Callable[..., None]:
    """What puts specs of an index of firms that are not named into a workspace, by some `groups` of FIRMS_GROUPS."""

    def put(
        root: Path, groups: tuple[str, ...] = ("sector",), method: str = "{normalise: fixed, to: [0, 100]}"
    ) -> None:
        index = FIRMS_INDEX + "".join(FIRMS_GROUPS[one] for one in groups)
        for folder, text in (("trees", FIRMS_TREE.replace("METHOD", method)), ("indices", index)):
            (root / folder).mkdir(exist_ok=True)
            (root / folder / "firms.yaml").write_text(text, encoding="utf-8")

    return put


@pytest.fixture(scope="session")
def documents_of() -> Callable[..., Callable[..., list[Any]]]:
    """What applies the jobs of a release as `map` does, but of its documents those of some writers alone."""
    from ncsi.report.documents import write_job

    def of(*writers: Callable[..., None]) -> Callable[..., list[Any]]:
        def applied(job: Callable[..., Any], *given: Any) -> list[Any]:
            rows = zip(*given, strict=True)
            return [job(*row) for row in rows if job is not write_job or row[0].func in writers]

        return applied

    return of


@pytest.fixture(scope="session")
def warm(warmed: Callable[..., Any]) -> Iterator[Any]:
    """Runs code in processes of its own that need not import the heavy libraries first: `warm.py` beside this."""
    with warmed("warm") as python:
        yield python


@pytest.fixture(scope="session")
def warmed(common: Path) -> Callable[..., Any]:
    """Has a process that others are forked off, by a name, for all processes of pytest; off such a one with further
    modules, too, as `warm.py` has it."""
    spec = importlib.util.spec_from_file_location("warm", HERE / "warm.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    def had(name: str, *more: Any) -> Any:
        return module.shared(common / name, *more)

    return had


def both(zh_en: str) -> dict[str, str]:
    return {"zh": zh_en, "en": zh_en}


@pytest.fixture(scope="session")
def empty(common: Path, once: Callable[[str, Callable[[], Any]], Any]) -> Path:
    """The folder of a store that holds nothing, to be copied: to make its tables takes longer than most tests."""
    folder: Path = once("empty-store", lambda: Store.open(common / "empty-store", create=True).folder)
    return folder


@pytest.fixture(scope="session")
def object_storage() -> Iterator[str]:
    """The address of a stand-in for S3 (moto), in a process of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            for _ in range(600):
                with socket.socket() as door:
                    if door.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.1)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


@pytest.fixture
def bucket(object_storage: str, monkeypatch: pytest.MonkeyPatch) -> tuple[Bucket, Any]:
    """A prefix of a bucket of its own, and a client that does there what others may do. Patience is short."""
    keys = {"AWS_ACCESS_KEY_ID": "AKIATEST", "AWS_SECRET_ACCESS_KEY": "not-to-be-seen"}
    for name, value in {**keys, "AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": os.devnull}.items():
        monkeypatch.setenv(name, value)
    name, client = f"b{os.urandom(6).hex()}", _client_of(object_storage)
    client.create_bucket(Bucket=name)
    return Bucket(f"s3://{name}/nation", endpoint=object_storage, timeout_s=5, lease_s=3), client


@cache
def _client_of(address: str) -> Any:
    """With the keys of the test that first asks for it, which all have; to make one takes longer than its use."""
    import boto3

    return boto3.client("s3", endpoint_url=address, region_name="us-east-1")


_POSTGRES = "/usr/lib/postgresql"
_NO_TLS = "SSL is not supported by this build"
_QUICKER = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c log_min_error_statement=panic"


@pytest.fixture(scope="session")
def begin_postgres() -> Callable[..., AbstractContextManager[Path]]:
    """What starts a Postgres (user ncsi) that is heard on a socket in its folder, and as `options` say; `files` lie
    among its data. Skipped where none can be started."""
    initdb, pg_ctl = _program("initdb"), _program("pg_ctl")
    as_other = _as_other()

    @contextmanager
    def begun(
        options: str = "-c listen_addresses=", files: Mapping[str, bytes] | None = None
    ) -> Iterator[Path]:
        with tempfile.TemporaryDirectory(prefix="ncsi-pg-") as name:
            folder = Path(name)
            if as_other:
                shutil.chown(folder, "nobody")
            data = folder / "data"
            made = [initdb, "-D", str(data), "-U", "ncsi", "--auth=trust", "-E", "UTF8", "--locale=C", "-N"]
            done = subprocess.run([*as_other, *made], capture_output=True, text=True, check=False, cwd="/")
            if done.returncode:
                pytest.skip(f"initdb made no database: {done.stderr.strip()[-300:]}")
            for file, content in (files or {}).items():
                (data / file).write_bytes(content)
                (data / file).chmod(0o600)
                if as_other:
                    shutil.chown(data / file, "nobody")
            ctl = [*as_other, pg_ctl, "-D", str(data), "-w", "-t", "120", "-s"]
            told = ["-l", str(folder / "log"), "-o", f"-k {folder} {options} {_QUICKER}"]
            started = subprocess.run([*ctl, *told, "start"], check=False, cwd="/")
            if started.returncode and _NO_TLS in (folder / "log").read_text(encoding="utf-8"):
                pytest.skip("this Postgres was built without TLS")
            started.check_returncode()
            try:
                yield folder
            finally:
                subprocess.run([*ctl, "-m", "immediate", "stop"], check=True, cwd="/")

    return begun


@pytest.fixture(scope="session")
def postgres_server(begin_postgres: Callable[..., AbstractContextManager[Path]]) -> Iterator[Path]:
    """The folder of a Postgres that is heard on a socket in it and nowhere else."""
    with begin_postgres() as folder:
        yield folder


def _program(name: str) -> str:
    """Its path: on PATH, or where Debian keeps the newest version."""
    newest = sorted(Path(_POSTGRES).glob(f"*/bin/{name}"), key=lambda path: float(path.parts[-3]))
    found = shutil.which(name) or (str(newest[-1]) if newest else None)
    if found is None:
        pytest.skip(f"there is no {name} of Postgres on this machine")
    return found


def _as_other() -> list[str]:
    """What goes before a command of Postgres, which root may not run."""
    if os.geteuid() != 0:
        return []
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        pytest.skip("Postgres does not run as root, and there is no setpriv to run it as another user")
    return [setpriv, "--reuid", "nobody", "--regid", "nogroup", "--clear-groups"]


@pytest.fixture
def catalogue(postgres_server: Path) -> Iterator[SharedCatalogue]:
    """A database of its own of that Postgres; skipped where DuckDB's extensions are not installed."""
    pytest.importorskip("duckdb_extension_ducklake")
    name = f"d{os.urandom(6).hex()}"
    outside = SharedCatalogue(f"dbname=postgres host={postgres_server} user=ncsi")
    told_postgres(outside, f"CREATE DATABASE {name}")
    yield SharedCatalogue(f"dbname={name} host={postgres_server} user=ncsi")
    lake.end()
    told_postgres(outside, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def sharing(nation: SmallNation) -> Callable[[Path, Path, SharedCatalogue], Path]:
    """What makes a machine's workspace at a root, with its own ledger and nothing taken in yet, whose store is one that
    all share: in a folder, its tables in a catalogue."""

    def made(root: Path, folder: Path, catalogue: SharedCatalogue) -> Path:
        own = shutil.ignore_patterns("warehouse", "releases", "runs", "anchors", ".prefect")
        shutil.copytree(nation.workspace.root, root, ignore=own)
        settings = yaml.safe_load((root / "ncsi.yaml").read_text(encoding="utf-8"))
        settings |= {"warehouse": str(folder), "catalogue": SCHEME + catalogue.address}
        (root / "ncsi.yaml").write_text(yaml.safe_dump(settings, allow_unicode=True), encoding="utf-8")
        return root

    return made


@pytest.fixture
def told(postgres_server: Path) -> Callable[..., list[tuple[Any, ...]]]:
    """What Postgres answers another client: of a query, and nothing of a statement; in a `catalogue`, if given."""

    def answered(statement: str, where: SharedCatalogue | None = None) -> list[tuple[Any, ...]]:
        return told_postgres(
            where or SharedCatalogue(f"dbname=postgres host={postgres_server} user=ncsi"), statement
        )

    return answered


def told_postgres(where: SharedCatalogue, statement: str) -> list[tuple[Any, ...]]:
    other = instance("postgres_scanner")
    with closing(other):
        other.execute(f"ATTACH {literal(where.address)} AS other (TYPE postgres)")
        if statement.startswith("SELECT"):
            return other.execute(f"FROM postgres_query('other', {literal(statement)})").fetchall()
        other.execute(f"CALL postgres_execute('other', {literal(statement)}, use_transaction => false)")
        return []


@pytest.fixture
def workspace(new_workspace, tmp_path) -> Workspace:
    """A wave of one sector measured by ccsi, with two brands, and a store that holds nothing."""
    return new_workspace(tmp_path)


@pytest.fixture(scope="session")
def new_workspace(empty: Path) -> Callable[[Path], Workspace]:
    """The same in a folder of the test's choice, for tests that share one."""

    def made(root: Path) -> Workspace:
        shutil.copytree(empty, root / "warehouse")
        return one_sector(root)

    return made


def one_sector(root: Path) -> Workspace:
    wave = {
        "spec": "ncsi/wave/1", "id": "2026", "label": both("w"), "title": both("t"), "publisher": both("p"),
        "field": {"start": "2026-03-01", "end": "2026-03-31"}, "release_date": "2026-05-15",
        "sectors": [{"id": "only", "brands": [{"id": b, "label": both(b)} for b in ("b1", "b2")]}],
        "sources": [{"files": "data/*.csv", "sector": "only"}],
    }  # fmt: skip
    sectors = {
        "spec": "ncsi/sectors/1", "version": "1", "groups": [{"id": "g", "label": both("g")}],
        "sectors": [{"id": "only", "label": both("only"), "group": "g", "instrument": "ccsi",
                     "share": {"value": 1.0, "source": "test", "year": 2026}}],
    }  # fmt: skip
    for name, content in {
        "ncsi.yaml": {"spec": "ncsi/workspace/1"},
        "waves/2026.yaml": wave,
        "sectors.yaml": sectors,
    }.items():
        path = root / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(yaml.safe_dump(content), encoding="utf-8")
    for name, key in ((".ncsi-key", "k" * 32), (".ncsi-signing-key", WORTHLESS_KEY)):
        (root / name).write_text(key)
        (root / name).chmod(0o600)
    (root / "data").mkdir()
    return open_workspace(root)


@pytest.fixture(scope="session")
def made_font() -> Callable[..., bytes]:
    """Makes a font of boxes: of ASCII, or of that and what a Chinese font must have. `wide`: of letters, of their size;
    `lacks`: characters that it has not; `names`: further ones by id; `change`: alters it before it is saved."""
    from fontTools.fontBuilder import FontBuilder
    from fontTools.pens.t2CharStringPen import T2CharStringPen
    from fontTools.pens.ttGlyphPen import TTGlyphPen

    from ncsi.spec.font_files import required_of

    def box(pen: Any, width: int) -> Any:
        pen.moveTo((60, 0))
        for point in ((60, 700), (width - 60, 700), (width - 60, 0)):
            pen.lineTo(point)
        pen.closePath()
        return pen

    def made(
        script: str = "latin", bold: bool = False, *, wide: float = 0.6, lacks: str = "", family: str = "Qinghe Sans",
        more: str = "", kind: str = "", outlines: str = "glyf", names: dict[int, str] | None = None, rights: int = 0,
        change: Callable[[Any], object] | None = None,
    ) -> bytes:  # fmt: skip
        codes = set(required_of("latin")) | (set(required_of("chinese")) if script == "chinese" else set())
        codes = {*codes, *map(ord, more)} - {*map(ord, lacks)}
        order = {code: f"uni{code:04X}" for code in sorted(codes)}
        builder, letter = FontBuilder(1000, isTTF=outlines == "glyf"), round(1000 * wide)
        advances = {name: 1000 if code > 0x2E7F else letter for code, name in order.items()}
        advances[".notdef"] = 1000
        builder.setupGlyphOrder([".notdef", *order.values()])
        builder.setupCharacterMap(order)
        if outlines == "glyf":
            drawn = {width: box(TTGlyphPen(None), width).glyph() for width in {*advances.values()}}
            builder.setupGlyf({name: drawn[width] for name, width in advances.items()})
        else:
            strings = {w: box(T2CharStringPen(w, None), w).getCharString() for w in {*advances.values()}}
            builder.setupCFF("Qinghe", {}, {name: strings[w] for name, w in advances.items()}, {})
        builder.setupHorizontalMetrics({name: (width, 60) for name, width in advances.items()})
        builder.setupHorizontalHeader(ascent=880, descent=-120)
        style = "Bold" if bold else "Regular"
        builder.setupNameTable({"familyName": family, "styleName": style, "psName": f"QingheSans-{style}"})
        for id_, words in (names or {}).items():
            builder.font["name"].setName(words, id_, 3, 1, 0x409)
        builder.setupOS2(
            sTypoAscender=880, sTypoDescender=-120, usWinAscent=880, usWinDescent=120, sCapHeight=700, sxHeight=500,
            usWeightClass=700 if bold else 400, fsType=rights,
        )  # fmt: skip
        builder.setupPost()
        builder.font["head"].created = builder.font["head"].modified = 3_800_000_000
        if change is not None:
            change(builder.font)
        builder.font.flavor = kind or None
        saved = io.BytesIO()
        builder.font.recalcTimestamp = False
        builder.save(saved)
        return saved.getvalue()

    return made
