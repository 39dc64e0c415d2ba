"""The errors page of the manual: every message that ncsi raises on purpose, with its cure, read from the source.

`page` writes it among the gathered pages, so that it is never behind. `…` stands for what a message names: a file, a
row, a key, a value.
"""

from __future__ import annotations

import ast
import inspect
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ncsi import errors

PACKAGE = Path(errors.__file__).parent
ROOMS = {
    "spec": "Spec files: instruments, sectors, waves, maps, settings",
    "ingest": "Reading exports", "questionnaire": "Questionnaires", "weighting": "Weighting", "survey": "Weighting",
    "model": "The model", "composite": "Composite indices", "results": "Results", "disclosure": "Disclosure",
    "store": "The store", "report": "Publishing", "stages": "Running a wave", "waves": "Running a wave",
    "cli": "The command line", "signing": "Keys", "ledger": "The store",
}  # fmt: skip
"""Title of each room of the package, in the order of the page."""
HEAD = """# Errors and their cures

Each message of ncsi says where, what is wrong, and what to do; an answer or an identity never stands in one. This page
is read from the source when the manual is built. `…` stands for what a message names. With `--json` an error is also
one JSON object (`kind`, `where`, `problem`, `cure`, `exit_code`).

## Kinds
Exit code 2: something that you supplied. 1: anything else.

| kind | exit | when |
|---|---|---|
"""


@dataclass(frozen=True, slots=True)
class Message:
    """A message as the source has it: its kind, where, what is wrong, the cure (empty where one sentence says all)."""

    room: str
    kind: str
    where: str
    problem: str
    cure: str


def page(pages: Path) -> str:
    """Write errors.md to the gathered pages, and return its name."""
    (pages / "errors.md").write_text(text(), encoding="utf-8")
    return "errors.md"


def text() -> str:
    """The whole page, in Markdown."""
    rows = [f"| `{kind.__name__}` | {kind.exit_code} | {_cell(_about(kind))} |" for kind in kinds()]
    parts = [HEAD, "\n".join(rows), "\n"]
    by_title: dict[str, list[Message]] = defaultdict(list)
    for one in messages():
        by_title[ROOMS.get(one.room, "Elsewhere")].append(one)
    for title in dict.fromkeys((*ROOMS.values(), "Elsewhere")):
        if found := sorted(set(by_title[title]), key=lambda one: (one.kind, one.problem, one.cure)):
            parts.append(f"\n## {title}\n\n| message | what to do | kind |\n|---|---|---|\n")
            parts += [f"| {_cell(one.problem)} | {_cell(one.cure)} | `{one.kind}` |\n" for one in found]
    return "".join(parts)


def kinds() -> list[type[errors.NcsiError]]:
    """Every class of the error tree, as it is written."""
    found = [
        one for _, one in inspect.getmembers(errors, inspect.isclass) if issubclass(one, errors.NcsiError)
    ]
    return sorted(found, key=lambda one: inspect.getsourcelines(one)[1])


@cache
def messages() -> tuple[Message, ...]:
    """Every call of the package that makes an error of ours with a message in words."""
    names = {one.__name__ for one in kinds()}
    return tuple(one for path in sorted(PACKAGE.rglob("*.py")) for one in _messages_of(path, names))


def _messages_of(path: Path, names: set[str]) -> Iterator[Message]:
    room, text = path.relative_to(PACKAGE).parts[0].removesuffix(".py"), path.read_text(encoding="utf-8")
    if not any(
        f"{name}(" in text for name in names
    ):  # most modules raise nothing: to parse them is all the time
        return
    scopes: list[ast.AST] = [ast.parse(text)]
    for scope in scopes:  # which grows by the functions that it holds
        own = list(_own(scope))
        scopes += [node for node in own if isinstance(node, ast.FunctionDef)]
        calls = [
            (node, node.func.id)
            for node in own
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names
        ]
        said = _assigned(own) if calls else []
        for node, name in calls:
            nearest = {word: words for line, word, words in said if line <= node.lineno}
            yield from _message(room, name, [_words(one, nearest) for one in node.args])


def _message(room: str, kind: str, words: list[str]) -> Iterator[Message]:
    if len(words) == 3 and words[1].strip("… "):
        where, problem, cure = words
        yield Message(room, kind, where, problem, cure if cure.strip("… ") else "as the message says")
    elif len(words) == 1 and words[0].strip("… "):
        problem, _, cure = words[0].rpartition(". ") if words[0].count(". ") else (words[0], "", "")
        yield Message(room, kind, "", problem, cure)


def _own(scope: ast.AST) -> Iterator[ast.AST]:
    """Nodes of a scope, those of functions within it aside."""
    waiting = list(ast.iter_child_nodes(scope))
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, (ast.FunctionDef, ast.Lambda)):
            waiting += ast.iter_child_nodes(node)


def _assigned(own: list[ast.AST]) -> list[tuple[int, str, str]]:
    """Line, name and words wherever the nodes of a scope give words to a name, in the order of the lines."""
    found = []
    for node in own:
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            found.append((node.lineno, node.targets[0].id, _words(node.value, {})))
    return sorted(found)


def _words(node: ast.expr, said: dict[str, str]) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(str(one.value) if isinstance(one, ast.Constant) else "…" for one in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _words(node.left, said) + _words(node.right, said)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "did_you_mean":
        return "Take the nearest name, which the message gives, or one of those that it lists"
    return said.get(node.id, "…") if isinstance(node, ast.Name) else "…"


def _about(kind: type) -> str:
    return " ".join((inspect.getdoc(kind) or "").split("\n\n")[0].split())


def _cell(words: str) -> str:
    clean = " ".join(words.replace("|", "\\|").replace("<", "&lt;").split()).split("`")
    clean[::2] = [text.replace("*", "\\*") for text in clean[::2]]  # within backticks a star is one
    whole = "`".join(clean)
    return whole[:1].upper() + whole[1:]
