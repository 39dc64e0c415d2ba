"""Mutation run: change one thing in a module, see whether a test notices. On request: `make mutants`.

    python tests/mutants.py --module ncsi/survey                 every mutant of a room
    python tests/mutants.py --module ncsi/model/kernel.py --sample 50 --seed 3
    python tests/mutants.py --list --module ncsi/survey          what would be tried

A room's tests run once under coverage, which says which test runs which line; a mutant then meets the tests of
its line only, in a forked process: a changed function gets its new code after the tests were collected, a changed
constant or default needs the module imported anew. Nothing is written into the repository. A mutant that no test
runs has survived; one that exceeds its time was killed. Survivors that are equivalent to the original, or not worth
a test, stand with a reason in tests/mutants-survivors.md.

mutmut 3.8 was tried and works here, but it copies the repository, leaves out constants, defaults and properties,
changes every word of every message (2,762 mutants of the survey room instead of 900) and draws no sample.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import copy
import importlib
import importlib.abc
import importlib.util
import inspect
import json
import math
import os
import random
import re
import resource
import signal
import sys
import tempfile
import time
import types
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
ROOMS: dict[str, tuple[str, ...]] = {
    "ncsi/survey": (
        "tests/unit/survey",
        "tests/golden/test_survey.py",
        "tests/golden/test_survey_synthetic.py",
        "tests/properties/test_survey_properties.py",
    ),
    "ncsi/weighting": ("tests/unit/weighting", "tests/spec/test_totals_say_what_is_wrong.py"),
    "ncsi/model": ("tests/unit/model", "tests/golden", "tests/properties/test_model_properties.py"),
    "ncsi/model/moments": (
        "tests/unit/model/moments",
        "tests/unit/model/pls/test_refusals.py",
        "tests/unit/model/resampling/test_bootstrap.py",
        "tests/golden/test_cbsem.py",
        "tests/golden/test_pls.py",
    ),
    "ncsi/model/pls": (
        "tests/unit/model/pls",
        "tests/unit/model/test_gates.py",
        "tests/golden/test_pls.py",
        "tests/faults/test_bad_models.py",
    ),
    "ncsi/model/resampling": ("tests/unit/model/resampling", "tests/golden/test_micom.py"),
    "ncsi/model/inference": (
        "tests/unit/model/inference",
        "tests/unit/model/test_advice.py",
        "tests/unit/model/resampling/test_infinitesimal.py",
        "tests/golden/analyst",
        "tests/golden/test_pls.py",
        "tests/golden/test_micom.py",
    ),
    "ncsi/model/cbsem": (
        "tests/unit/model/cbsem",
        "tests/golden/test_cbsem.py",
        "tests/golden/test_invariance.py",
        "tests/faults/test_bad_models.py",
    ),
    "ncsi/disclosure": ("tests/unit/disclosure",),
    "ncsi/composite": (
        "tests/unit/composite",
        "tests/golden/composite",
        "tests/properties/test_composite_properties.py",
    ),
}
"""The tests that must notice a change in a room; paths that do not exist are left out. A room within a room has tests
of its own."""
SURVIVORS = Path(__file__).with_name("mutants-survivors.md")
EVERYWHERE = "*"
"""The context of lines that run at import or in a fixture of the session: every test may depend on them."""
QUICK = 0.2
"""Seconds of a test that is tried though it runs nothing of the file, whose constants it may read."""


@dataclass(frozen=True)
class Mutant:
    """One change: where, in which function, what became what, and the tree that has it."""

    path: str
    line: int
    last_line: int
    function: str
    change: str
    tree: ast.Module
    inside: bool
    """Whether it changes what a function does, rather than what its module or signature holds."""

    @property
    def name(self) -> str:
        """As survivors are listed: file, function, change; lines move too often."""
        return f"{self.path} {self.function}: {self.change}"

    @property
    def module(self) -> str:
        return self.path.removesuffix(".py").replace("/", ".").removesuffix(".__init__")


COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.BitXor: ast.BitAnd,
}


def changes_of(node: ast.AST) -> Iterator[ast.AST]:
    """What stands in the place of a node, one change each."""
    match node:
        case ast.Compare():
            for k, op in enumerate(node.ops):
                for other in COMPARISONS[type(op)]:
                    ops = [*node.ops[:k], other(), *node.ops[k + 1 :]]
                    yield ast.Compare(node.left, ops, node.comparators)
        case ast.BinOp() | ast.AugAssign() if type(node.op) in OPERATORS:
            yield _but(node, op=OPERATORS[type(node.op)]())
        case ast.BoolOp():
            yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
        case ast.UnaryOp(op=ast.Not() | ast.USub() | ast.Invert()):
            yield node.operand
        case ast.Constant():
            yield from (ast.Constant(value) for value in _other_values(node.value))
        case ast.If() | ast.IfExp() | ast.While():
            yield _but(node, test=ast.UnaryOp(ast.Not(), node.test))
        case ast.Return() if node.value is not None and not _is_none(node.value):
            yield ast.Return(ast.Constant(None))
        case _:
            yield from (other() for kind, other in STATEMENTS.items() if isinstance(node, kind))


TINY = 1e-3
STATEMENTS: dict[type[ast.stmt], type[ast.stmt]] = {
    ast.Raise: ast.Pass,
    ast.Break: ast.Continue,
    ast.Continue: ast.Break,
}


def _but(node: Any, **parts: Any) -> Any:
    """A copy with other parts."""
    changed = copy.copy(node)
    for name, value in parts.items():
        setattr(changed, name, value)
    return changed


def _other_values(value: object) -> tuple[bool | float, ...]:
    if isinstance(value, bool):
        return (not value,)
    if isinstance(value, int):
        return (value + 1,)
    if isinstance(value, float):
        tiny = abs(value) < TINY  # a tolerance: twice as much is the same, a half of everything is not
        return (0.5 if tiny else value * 2,)
    return ()


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


SKIPPED = {"annotation", "returns", "decorator_list", "format_spec", "ctx", "op", "ops", "bases"}
"""Parts that do not act at run time, or that are changed together with the node they belong to."""


Steps = tuple[tuple[str, int | None], ...]


def _sites(node: ast.AST, steps: Steps, function: str, inside: bool) -> Iterator[tuple[Steps, str, bool]]:
    """Every node that may change: the way to it from the root, the function it stands in, and if in its body."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        function = f"{function}.{node.name}" if function != "module" else node.name
    if steps:
        yield steps, function, inside
    if isinstance(node, ast.Raise | ast.JoinedStr) or (
        isinstance(node, ast.keyword) and node.arg == "strict"
    ):
        return  # the words of an error, and a check on lengths, are no behaviour that a number depends on
    for field, value in ast.iter_fields(node):
        if field in SKIPPED:
            continue
        within = inside or (field == "body" and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
        if isinstance(value, ast.AST):
            yield from _sites(value, (*steps, (field, None)), function, within)
        elif isinstance(value, list):
            for k, child in enumerate(value):
                if isinstance(child, ast.AST) and not _is_for_types(child):
                    yield from _sites(child, (*steps, (field, k)), function, within)


def _is_for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


def mutants_of(path: str) -> list[Mutant]:
    """All mutants of a file, in the order of its text."""
    whole = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    found = []
    for steps, function, inside in _sites(whole, (), "module", False):
        node = _at(whole, steps)
        for changed in changes_of(node):
            tree = _with(whole, steps, ast.copy_location(changed, node))
            what = f"{_head(node)} → {_head(changed)}"
            last = node.end_lineno or node.lineno
            if isinstance(node, ast.If | ast.While):
                last = node.test.end_lineno or node.lineno
            tree = ast.fix_missing_locations(tree)
            found.append(Mutant(path, node.lineno, last, function, what, tree, inside))
    return found


def _head(node: ast.AST) -> str:
    text = ast.unparse(node).split("\n")[0]
    return re.sub(r"\s+", " ", text)[:100]


def _at(node: Any, steps: Steps) -> Any:
    for field, k in steps:
        node = getattr(node, field) if k is None else getattr(node, field)[k]
    return node


def _with(node: Any, steps: Steps, changed: ast.AST) -> Any:
    """A copy of the tree along the way to the change; the rest is shared."""
    if not steps:
        return changed
    (field, k), *rest = steps
    if k is None:
        return _but(node, **{field: _with(getattr(node, field), (*rest,), changed)})
    children = list(getattr(node, field))
    children[k] = _with(children[k], (*rest,), changed)
    return _but(node, **{field: children})


class Swap(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports a mutant in place of its module."""

    def __init__(self, mutant: Mutant) -> None:
        self.file, self.name = str(ROOT / mutant.path), mutant.module
        self.code = compile(mutant.tree, self.file, "exec")

    def find_spec(self, fullname: str, *_: Any) -> Any:
        if fullname != self.name:
            return None
        inside = [str(Path(self.file).parent)] if self.file.endswith("__init__.py") else None
        return importlib.util.spec_from_file_location(
            fullname, self.file, loader=self, submodule_search_locations=inside
        )

    def exec_module(self, module: types.ModuleType) -> None:
        exec(self.code, module.__dict__)  # noqa: S102


def patched(mutant: Mutant) -> bool:
    """Gives the function its changed code in the module as imported; False when it cannot be reached so."""
    module = importlib.import_module(mutant.module)
    code: types.CodeType = compile(mutant.tree, str(ROOT / mutant.path), "exec")
    found: Any = module
    for name in mutant.function.split("."):
        inner = [one for one in code.co_consts if isinstance(one, types.CodeType) and one.co_name == name]
        if len(inner) != 1 or name not in vars(found):
            return False
        code, found = inner[0], vars(found)[name]
        if not isinstance(found, type):
            break
    if isinstance(found, property):
        found = found.fget
    found = inspect.unwrap(getattr(found, "__func__", found))
    if not isinstance(found, types.FunctionType) or found.__code__.co_freevars != code.co_freevars:
        return False
    found.__code__ = code
    return True


@dataclass(frozen=True)
class Coverage:
    """Tests by line of each file (`EVERYWHERE`: all of them) and the seconds each test took."""

    tests: dict[str, dict[int, frozenset[str]]]
    seconds: dict[str, float]

    def of(self, mutant: Mutant) -> list[str]:
        """The tests that run the mutant's lines, quickest first. What an import alone runs may matter to all: then
        those that run any line of the file, and every quick one."""
        lines = self.tests.get(mutant.path, {})
        names = frozenset().union(*(lines.get(k, ()) for k in range(mutant.line, mutant.last_line + 1)))
        if EVERYWHERE not in names:
            return self._among(names, 0.0)
        if mutant.inside:
            return sorted(self.seconds, key=self.seconds.__getitem__)
        return self._among(frozenset().union(*lines.values()), QUICK)

    def _among(self, names: frozenset[str], quick: float) -> list[str]:
        kept = {
            test
            for test, seconds in self.seconds.items()
            if test in names or test.split("::")[0] in names or seconds < quick
        }
        return sorted(kept, key=self.seconds.__getitem__)


def forked(work: Callable[[], int], seconds: float | None = None) -> int:
    """Process id of a child that exits with what `work` returns, and is ended when it has had so many seconds of the
    processor; its output is dropped."""
    pid = os.fork()
    if pid:
        return pid
    os.setpgid(0, 0)
    if seconds is not None:
        resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(seconds), math.ceil(seconds) + 5))
    silent = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(silent, stream)
    code = 70
    try:
        code = int(work())
    finally:
        os._exit(code)


def run_tests(tests: Sequence[str], *more: str, plugins: Sequence[Any] = ()) -> int:
    import pytest

    return int(pytest.main([*tests, "-x", "-q", "-p", "no:xdist", "--no-header", *more], plugins=plugins))


def cover(files: Sequence[str], tests: Sequence[str]) -> Coverage:
    """Runs the tests once as they are. Exits with their report when one fails: a mutant would prove nothing."""
    with tempfile.NamedTemporaryFile() as kept, tempfile.TemporaryFile() as report:
        pid = os.fork()
        if not pid:
            os.dup2(report.fileno(), 1)
            os._exit(_covered(files, tests, Path(kept.name)))
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        if status:
            report.seek(0)
            sys.exit(report.read().decode() + "\nThe tests fail as they are; correct that first.")
        raw = json.loads(Path(kept.name).read_text(encoding="utf-8"))
    _preload(raw["modules"])
    by_line = {
        path: {int(line): frozenset(names) for line, names in lines.items()}
        for path, lines in raw["tests"].items()
    }
    return Coverage(by_line, raw["seconds"])


def _covered(files: Sequence[str], tests: Sequence[str], kept: Path) -> int:
    import coverage
    import pytest

    watch = coverage.Coverage(data_file=None, include=[str(ROOT / one) for one in files], config_file=False)
    seconds: dict[str, float] = defaultdict(float)

    class Watch:
        @pytest.hookimpl(hookwrapper=True)
        def pytest_runtest_protocol(self, item: Any) -> Iterator[None]:
            watch.switch_context(item.nodeid)
            yield
            watch.switch_context(EVERYWHERE)

        @pytest.hookimpl(hookwrapper=True)
        def pytest_fixture_setup(self, fixturedef: Any, request: Any) -> Iterator[None]:
            if fixturedef.scope == "function":
                yield
                return
            item = request._pyfuncitem.nodeid
            watch.switch_context(EVERYWHERE if fixturedef.scope == "session" else item.split("::")[0])
            yield
            watch.switch_context(item)

        def pytest_runtest_logreport(self, report: Any) -> None:
            if report.passed:
                seconds[report.nodeid] += report.duration
            else:  # one that was skipped cannot kill
                seconds.pop(report.nodeid, None)

    watch.start()
    watch.switch_context(EVERYWHERE)
    code = run_tests(tests, plugins=[Watch()])
    watch.stop()
    data = watch.get_data()
    by_file = {}
    for one in files:
        lines = data.contexts_by_lineno(str(ROOT / one))
        by_file[one] = {line: sorted(set(names) - {""}) for line, names in lines.items()}
    raw = {"tests": by_file, "seconds": seconds, "modules": list(sys.modules)}
    kept.write_text(json.dumps(raw), encoding="utf-8")
    return code


Try = Callable[[Mutant, Sequence[str]], int]
"""Runs tests on a mutant in a process of its own: 0 when none noticed it, `UNREACHED`, else noticed."""
UNREACHED = 71
IDLE = 20
"""Times its seconds of the processor that a mutant may take by the clock: a busy machine must not kill any."""


def fates(
    mutants: Sequence[Mutant], cover: Coverage, limit: float, jobs: int, attempt: Try
) -> Iterator[tuple[Mutant, str]]:
    """Each mutant with what became of it: killed, timeout, survived, untested, or unreached."""
    waiting = list(mutants)[::-1]
    running: dict[int, tuple[Mutant, float]] = {}
    while waiting or running:
        while waiting and len(running) < jobs:
            mutant = waiting.pop()
            tests = cover.of(mutant)
            if not tests:
                yield mutant, "untested"
                continue
            allowed = min(limit, 10 + 5 * sum(cover.seconds[one] for one in tests))
            pid = forked(partial(attempt, mutant, tests), allowed)
            running[pid] = (mutant, time.monotonic() + IDLE * allowed)
        for pid, (mutant, end) in list(running.items()):
            done, status = os.waitpid(pid, os.WNOHANG)
            if not done and time.monotonic() < end:
                continue
            if not done:
                os.killpg(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
            del running[pid]
            code = os.waitstatus_to_exitcode(status) if done else None
            ends = {0: "survived", None: "timeout", -signal.SIGXCPU: "timeout", UNREACHED: "unreached"}
            yield mutant, ends.get(code, "killed")
        time.sleep(0.002)


def imported(mutant: Mutant, tests: Sequence[str]) -> int:
    """The tests on a module that is imported with the change."""
    sys.meta_path.insert(0, Swap(mutant))
    return run_tests(tests)


def collected(
    mutants: Sequence[Mutant], cover: Coverage, limit: float, jobs: int, room: Sequence[str]
) -> Iterator[tuple[Mutant, str]]:
    """As `fates`, of changed functions, the tests collected once for all."""
    from _pytest.runner import runtestprotocol

    reading, writing = os.pipe()

    class Loop:
        def pytest_runtestloop(self, session: Any) -> bool:
            items = {item.nodeid: item for item in session.items}

            def attempt(mutant: Mutant, tests: Sequence[str]) -> int:
                if not patched(mutant):
                    return UNREACHED
                own = [items[one] for one in tests]
                for item, following in zip(own, [*own[1:], None], strict=True):
                    if any(one.failed for one in runtestprotocol(item, log=False, nextitem=following)):
                        return 1
                return 0

            places = {id(mutant): k for k, mutant in enumerate(mutants)}
            for mutant, fate in fates(mutants, cover, limit, jobs, attempt):
                os.write(writing, f"{places[id(mutant)]} {fate}\n".encode())
            return True

    pid = forked(lambda: run_tests(room, plugins=[Loop()]))
    os.close(writing)
    heard = 0
    with os.fdopen(reading) as lines:
        for line in lines:
            heard += 1
            place, fate = line.split()
            yield mutants[int(place)], fate
    os.waitpid(pid, 0)
    if heard < len(mutants):
        sys.exit(f"the process that holds the collected tests ended after {heard} of {len(mutants)} mutants")


def room_of(path: str) -> str:
    """The room whose tests judge a file."""
    rooms = [room for room in ROOMS if path == room or path.startswith(room + "/")]
    if not rooms:
        sys.exit(f"{path} lies in none of {', '.join(ROOMS)}: add its room and tests to ROOMS")
    return max(rooms, key=len)


def files_of(modules: Sequence[str]) -> dict[str, list[str]]:
    """Files to change, by room, each once."""
    found: dict[str, list[str]] = defaultdict(list)
    places = [ROOT / one for one in modules]
    files = dict.fromkeys(
        file for place in places for file in ([place] if place.is_file() else sorted(place.rglob("*.py")))
    )
    for file in files:
        path = file.relative_to(ROOT).as_posix()
        found[room_of(path)].append(path)
    return dict(found)


def explained() -> set[str]:
    """Survivors that are listed with a reason: the code spans that begin list items."""
    if not SURVIVORS.exists():
        return set()
    return set(re.findall(r"^- `(.+?)` —", SURVIVORS.read_text(encoding="utf-8"), re.MULTILINE))


def _preload(modules: Sequence[str]) -> None:
    """Import what the tests import of other projects, so that each child need not."""
    for name in modules:
        if name.split(".")[0] not in {"ncsi", "flows", "tests", "notebooks", "__main__"}:
            with contextlib.suppress(Exception):  # some are made at run time, under names of no file
                importlib.import_module(name)


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument(
        "--module", action="append", help="file or folder; may be repeated (default: all rooms)"
    )
    asked.add_argument("--sample", type=int, help="so many mutants a room, drawn with the seed")
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--limit", type=float, default=120, help="seconds of the processor a mutant at most")
    asked.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    asked.add_argument("--floor", type=float, default=0, help="exit 1 when a room kills a smaller share")
    asked.add_argument("--list", action="store_true", help="print the mutants, run nothing")
    options = asked.parse_args()
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = str(Path(tempfile.gettempdir()) / "mutants-hypothesis")
    sys.path.insert(0, str(ROOT))
    os.chdir(ROOT)
    known, below = explained(), False
    for room, files in files_of(options.module or list(ROOMS)).items():
        mutants = [one for path in files for one in mutants_of(path)]
        if options.sample is not None and options.sample < len(mutants):
            mutants = random.Random(options.seed).sample(mutants, options.sample)  # noqa: S311
        if options.list:
            print(*(f"{one.path}:{one.line} {one.function}: {one.change}" for one in mutants), sep="\n")
            continue
        share = _run_room(room, files, mutants, known, options)
        below = below or share < options.floor
    return int(below)


def _fates(
    mutants: Sequence[Mutant], seen: Coverage, options: argparse.Namespace, tests: Sequence[str]
) -> Iterator[tuple[Mutant, str]]:
    """Changed functions first, then what needs an import."""
    later = [one for one in mutants if not one.inside]
    for mutant, fate in collected(
        [one for one in mutants if one.inside], seen, options.limit, options.jobs, tests
    ):
        if fate == "unreached":
            later.append(mutant)
        else:
            yield mutant, fate
    yield from fates(later, seen, options.limit, options.jobs, imported)


def _run_room(
    room: str, files: list[str], mutants: list[Mutant], known: set[str], options: argparse.Namespace
) -> float:
    """Tries a room's mutants, prints survivors and the table; the share killed."""
    tests = [one for one in ROOMS[room] if (ROOT / one).exists()]
    begun = time.monotonic()
    seen = cover(files, tests)
    print(f"{room}: {len(mutants)} mutants, {len(seen.seconds)} tests", flush=True)
    counts: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for mutant, fate in _fates(mutants, seen, options, tests):
        counts[mutant.path][fate] += 1
        if fate in ("survived", "untested", "timeout"):
            word = "explained" if mutant.name in known and fate != "timeout" else fate
            counts[mutant.path]["explained"] += word == "explained"
            print(f"  {word:9} {mutant.path}:{mutant.line} {mutant.function}: {mutant.change}", flush=True)
    fates_shown = ("killed", "timeout", "survived", "untested", "explained")
    rows = [(path, counts[path]) for path in files if counts[path]]
    whole = {fate: sum(one.get(fate, 0) for _, one in rows) for fate in fates_shown}
    print(f"\n{'module':44}  mutants {' '.join(f'{fate:>9}' for fate in fates_shown)}  share")
    for path, one in [*rows, (room, whole)]:
        dead = one.get("killed", 0) + one.get("timeout", 0)
        count = dead + one.get("survived", 0) + one.get("untested", 0)
        share = 100 * dead / max(count, 1)
        numbers = " ".join(f"{one.get(fate, 0):9}" for fate in fates_shown)
        print(f"{path:44} {count:8} {numbers} {share:5.1f}%")
    print(f"{time.monotonic() - begun:.0f} s\n", flush=True)
    return share


if __name__ == "__main__":
    sys.exit(main())
