"""YAML 1.2, read strictly into plain mappings that know their lines, and written; the one door to the library.

PyYAML's C parser finds the structure; what a plain word means (YAML 1.2's core schema, and dates) is decided here,
since PyYAML reads YAML 1.1, where `16:40` is 1000 and `no` is false. ruamel.yaml would know 1.2, but its C parser
refuses `{files: C:/data}` and its Python parser takes eight times as long (640 ms for the shipped specs, not 80).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from ncsi.errors import SpecError

MAX_BYTES = 2 * 1024 * 1024
MAX_DEPTH = 32
_UTF8_CURE = "Save the file as UTF-8 text"
_PARSER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_BREAKS = "\n\t"
_TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Marks that change the direction of what follows: a label could read as another one."""
_NO_LETTERS = "\ufffe\uffff"
"""What Unicode says is none, beside the letters without width (its category Cf)."""

_CORE: tuple[tuple[str, str, Callable[[str], Any]], ...] = (
    ("null", r"~|null|Null|NULL|", lambda _: None),
    ("bool", r"true|True|TRUE|false|False|FALSE", lambda word: word.lower() == "true"),
    ("int", r"[-+]?[0-9]+", int),
    ("int", r"0o[0-7]+|0x[0-9a-fA-F]+", lambda word: int(word, 0)),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", float),
    ("float", r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)", lambda word: float(word.replace(".", "", 1))),
    ("timestamp", r"[0-9]{4}-[0-9]{2}-[0-9]{2}", date.fromisoformat),
    ("timestamp", r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}[^ ]*", datetime.fromisoformat),
)
"""What a plain word may stand for: tag, pattern, and the value of what matches as a whole."""

_PATTERNS = tuple((re.compile(pattern), value) for _, pattern, value in _CORE)
_WORDS = ("null", "true", "false")

Key = str | int


class _Dumper(yaml.SafeDumper):
    """Quotes every text that is read back as something else."""


for _tag, _pattern, _ in _CORE:
    _Dumper.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"^(?:{_pattern})$"), None)


@dataclass(frozen=True, slots=True)
class Document:
    """A YAML file as read: its path, its mapping, and its nodes, which know their lines."""

    path: Path
    data: Mapping[Any, Any]
    root: MappingNode

    def where(self, *keys: Key) -> str:
        """`file: key.path (line n)`, as every SpecError names a place; the deepest key that exists."""
        node: Node = self.root
        for key in keys:
            below = _child(node, key)
            if below is None:
                break
            node = below
        return _place(self.path, keys, node) if keys else str(self.path)


def dotted(keys: tuple[Key, ...]) -> str:
    """`('paths', 2, 'to')` → `paths[2].to`; list positions count from 0."""
    text = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys)
    return text.removeprefix(".")


def read_document(path: Path) -> Document:
    """Read one YAML file strictly, as YAML 1.2: `16:40` and `no` are text.

    Raises SpecError for a missing, oversized, non-UTF-8, malformed or empty file, for anchors, aliases, tags and
    directives, for a key given twice, for control characters, marks of writing direction and letters without width,
    and for a file that is not a mapping.
    """
    return _document(path, _read_text(path))


def document_of(text: str, name: str) -> Document:
    """YAML text that is in no file yet, read as strictly; `name` is what messages call it."""
    return _document(Path(name), text)


@lru_cache(maxsize=512)
def _document(path: Path, text: str) -> Document:
    """The same text at the same place is parsed once: a plan asks for its instruments several times."""
    try:
        _refuse_structure(text, path)
        root = yaml.compose(text, _PARSER)
    except yaml.MarkedYAMLError as error:
        raise _syntax(path, error) from error
    except yaml.YAMLError as error:
        raise SpecError(str(path), f"is not valid YAML: {error}", "Correct the value it names") from error
    if not isinstance(root, MappingNode):
        raise SpecError(str(path), "is not a mapping of keys to values", "Start it with `spec: ncsi/...`")
    return Document(path, _Builder(path).mapping(root, ()), root)


def as_yaml(content: dict[str, Any]) -> str:
    """A mapping as YAML text, its keys in their order; text that would be read as anything else is quoted."""
    return yaml.dump(content, Dumper=_Dumper, allow_unicode=True, sort_keys=False)


def as_scalar(text: str) -> str:
    """Text as a YAML scalar on one line, quoted always: `1`, `no` and `0x1` stay text."""
    return yaml.dump(text, Dumper=_Dumper, allow_unicode=True, default_style='"', width=10_000).strip()


def _read_text(path: Path) -> str:
    try:
        if not path.is_file():
            raise SpecError(str(path), "there is no such file", "Check the name and the folder")
        size = path.stat().st_size
        if size > MAX_BYTES:
            problem = f"is {size:,} bytes, more than the {MAX_BYTES:,} a spec file may have"
            raise SpecError(str(path), problem, "Keep data out of spec files")
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise SpecError(
            str(path), f"cannot be opened ({error.strerror})", "Check its name and permissions"
        ) from error
    except UnicodeDecodeError as error:
        raise SpecError(str(path), f"is not UTF-8 (byte {error.start})", _UTF8_CURE) from error


def _refuse_structure(text: str, path: Path) -> None:
    """Walk the events, before anything is built: no anchors, aliases, tags, directives, no unbounded nesting."""
    depth = 0
    for event in yaml.parse(text, _PARSER):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        refused = _refused(event, depth)
        if refused is not None:
            where = f"{path}: line {event.start_mark.line + 1}" if event.start_mark else str(path)
            raise SpecError(where, *refused)


def _refused(event: Any, depth: int) -> tuple[str, str] | None:
    if getattr(event, "anchor", None) is not None:
        return "uses a YAML anchor or alias", "Write the value out in full"
    if isinstance(event, yaml.DocumentStartEvent) and (event.version or event.tags):
        return "has a YAML directive (%)", "Remove it: spec files are YAML 1.2"
    if getattr(event, "tag", None) is not None:
        return f"is not valid YAML here: the tag {event.tag}", "Remove the tag"
    return (
        (f"is nested more than {MAX_DEPTH} levels deep", "Check the brackets") if depth > MAX_DEPTH else None
    )


@dataclass(frozen=True, slots=True)
class _Builder:
    """Plain values from nodes; what is wrong is told with its line."""

    path: Path

    def mapping(self, node: MappingNode, keys: tuple[Key, ...]) -> dict[Any, Any]:
        """Keys given twice are refused (YAML would silently keep the last), and keys that are not scalars."""
        seen: dict[str, int] = {}
        built: dict[Any, Any] = {}
        for name, below in node.value:
            if not isinstance(name, ScalarNode) or (name.value == "<<" and not name.style):
                raise SpecError(
                    _place(self.path, keys, name), "a key is not plain text", "Use simple text keys"
                )
            if name.value in seen:
                problem = f"the key '{name.value}' is given twice, first on line {seen[name.value]}"
                raise SpecError(_place(self.path, keys, name), problem, "Keep one of them")
            seen[name.value] = name.start_mark.line + 1
            built[self.scalar(name, keys)] = self.value(below, (*keys, name.value))
        return built

    def value(self, node: Node, keys: tuple[Key, ...]) -> Any:
        if isinstance(node, MappingNode):
            return self.mapping(node, keys)
        if isinstance(node, SequenceNode):
            return [self.value(below, (*keys, position)) for position, below in enumerate(node.value)]
        return self.scalar(cast("ScalarNode", node), keys)

    def scalar(self, node: ScalarNode, keys: tuple[Key, ...]) -> Any:
        _refuse_controls(node, self.path, keys)
        if node.style:  # quoted, or a block: text as it stands
            return node.value
        try:
            return _plain(node.value)
        except ValueError as error:
            where = _place(self.path, keys, node)
            raise SpecError(where, f"is not valid YAML: {error}", "Correct the value") from error


def _plain(word: str) -> Any:
    """What an unquoted word stands for; ValueError where it looks like a date or number and is none."""
    if word[:1].isalpha() and word.lower() not in _WORDS:
        return word
    return next((value(word) for pattern, value in _PATTERNS if pattern.fullmatch(word)), word)


def _refuse_controls(node: Node, path: Path, keys: tuple[Key, ...]) -> None:
    if node.value.isprintable():
        return
    for letter in node.value:
        if unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp") and letter not in _BREAKS:
            problem = f"contains the control character U+{ord(letter):04X}"
            raise SpecError(_place(path, keys, node), problem, "Remove it")
        if letter in _TURNING:
            problem = f"contains U+{ord(letter):04X}, which changes the direction of writing"
            raise SpecError(_place(path, keys, node), problem, "Remove it")
        if unicodedata.category(letter) == "Cf" or letter in _NO_LETTERS:
            problem = (
                f"contains U+{ord(letter):04X}, which no reader sees, so that what looks alike would differ"
            )
            raise SpecError(_place(path, keys, node), problem, "Remove it")


def _place(path: Path, keys: tuple[Key, ...], node: Node) -> str:
    return f"{path}: {dotted(keys) or 'top level'} (line {node.start_mark.line + 1})"


def _child(node: Node, key: Key) -> Node | None:
    found: Node | None = None
    if isinstance(node, SequenceNode) and isinstance(key, int):
        found = node.value[key] if key < len(node.value) else None
    elif isinstance(node, MappingNode):
        found = next((below for name, below in node.value if name.value == str(key)), None)
    return found


def _syntax(path: Path, error: yaml.MarkedYAMLError) -> SpecError:
    mark = error.problem_mark or error.context_mark
    where = f"{path}: line {mark.line + 1}, column {mark.column + 1}" if mark else str(path)
    problem = f"is not valid YAML: {error.problem or error.context}"
    return SpecError(where, problem, "Check indentation, colons and quotes there")
