"""One YAML file → one plain mapping, refusing what YAML lets slip: twice-given keys, aliases, odd bytes."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from ncsi.errors import SpecError

MAX_BYTES = 2 * 1024 * 1024
MAX_DEPTH = 32
_LOADER: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_UTF8_CURE = "Save the file as UTF-8 text"

Key = str | int


@dataclass(frozen=True, slots=True)
class Document:
    """A YAML file as read: its path, its mapping, and its nodes, which know their lines."""

    path: Path
    data: dict[Any, Any]
    root: yaml.MappingNode

    def where(self, *keys: Key) -> str:
        """`file: key.path (line n)`, as every SpecError names a place; the deepest key that exists."""
        node: yaml.Node = self.root
        for key in keys:
            below = _child(node, key)
            if below is None:
                break
            node = below
        line = f" (line {node.start_mark.line + 1})" if keys else ""
        return f"{self.path}: {dotted(keys)}{line}" if keys else str(self.path)


def dotted(keys: tuple[Key, ...]) -> str:
    """`('paths', 2, 'to')` → `paths[2].to`; list positions count from 0."""
    text = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys)
    return text.removeprefix(".")


def read_document(path: Path) -> Document:
    """Read one YAML file strictly.

    Raises SpecError for a missing, oversized, non-UTF-8, malformed or empty file, for anchors and aliases,
    for a key given twice, for control characters, and for a file that is not a mapping.
    """
    text = _read_text(path)
    try:
        _refuse_structure(text, path)
        root = yaml.compose(text, _LOADER)
        if not isinstance(root, yaml.MappingNode):
            raise SpecError(str(path), "is not a mapping of keys to values", "Start it with `spec: ncsi/...`")
        _refuse_keys(root, path, ())
        data = yaml.load(text, _LOADER)  # noqa: S506 - a safe loader, the C one where there is one
    except yaml.MarkedYAMLError as error:
        raise _syntax(path, error) from error
    except (yaml.YAMLError, ValueError) as error:
        raise SpecError(str(path), f"is not valid YAML: {error}", "Correct the value it names") from error
    return Document(path, data, root)


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
        raise SpecError(str(path), f"cannot be opened ({error.strerror})", "Check name and rights") from error
    except UnicodeDecodeError as error:
        raise SpecError(str(path), f"is not UTF-8 (byte {error.start})", _UTF8_CURE) from error


def _refuse_structure(text: str, path: Path) -> None:
    """Walk the events, before anything is built: no anchors, no aliases, no bottomless nesting."""
    depth = 0
    for event in yaml.parse(text, _LOADER):
        where = f"{path}: line {event.start_mark.line + 1}" if event.start_mark else str(path)
        if getattr(event, "anchor", None) is not None:
            raise SpecError(where, "uses a YAML anchor or alias", "Write the value out in full")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise SpecError(where, f"is nested more than {MAX_DEPTH} levels deep", "Check the brackets")


def _refuse_keys(node: yaml.Node, path: Path, keys: tuple[Key, ...]) -> None:
    """Refuse keys given twice (YAML would keep the last in silence), merges and control characters."""
    if isinstance(node, yaml.ScalarNode):
        _refuse_controls(node, path, keys)
    elif isinstance(node, yaml.SequenceNode):
        for position, below in enumerate(node.value):
            _refuse_keys(below, path, (*keys, position))
    elif isinstance(node, yaml.MappingNode):
        seen: dict[str, int] = {}
        for name, below in node.value:
            _refuse_key(name, path, keys, seen)
            _refuse_keys(below, path, (*keys, name.value))


def _refuse_key(name: yaml.Node, path: Path, keys: tuple[Key, ...], seen: dict[str, int]) -> None:
    line = name.start_mark.line + 1
    where = f"{path}: {dotted(keys) or 'top level'} (line {line})"
    if not isinstance(name, yaml.ScalarNode) or name.tag == "tag:yaml.org,2002:merge":
        raise SpecError(where, "a key is not plain text", "Use simple text keys")
    _refuse_controls(name, path, keys)
    if name.value in seen:
        problem = f"the key '{name.value}' is given twice, first on line {seen[name.value]}"
        raise SpecError(where, problem, "Keep one of them")
    seen[name.value] = line


def _refuse_controls(node: yaml.ScalarNode, path: Path, keys: tuple[Key, ...]) -> None:
    for letter in node.value:
        if unicodedata.category(letter) in ("Cc", "Cs") and letter not in "\n\t":
            where = f"{path}: {dotted(keys) or 'top level'} (line {node.start_mark.line + 1})"
            raise SpecError(where, f"contains the control character U+{ord(letter):04X}", "Remove it")


def _child(node: yaml.Node, key: Key) -> yaml.Node | None:
    if isinstance(node, yaml.SequenceNode) and isinstance(key, int):
        return node.value[key] if key < len(node.value) else None
    if isinstance(node, yaml.MappingNode):
        return next((below for name, below in node.value if name.value == str(key)), None)
    return None


def _syntax(path: Path, error: yaml.MarkedYAMLError) -> SpecError:
    mark = error.problem_mark or error.context_mark
    where = f"{path}: line {mark.line + 1}, column {mark.column + 1}" if mark else str(path)
    problem = f"is not valid YAML: {error.problem or error.context}"
    return SpecError(where, problem, "Check indentation, colons and quotes there")
