"""The file of a further wave, made from that of an earlier one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from ncsi import atomic
from ncsi.errors import SpecError
from ncsi.spec import Brand, Label, Wave, Workspace
from ncsi.spec.json_schemas import first_line, write_schemas

_BLOCK = re.compile(r"(?m)^(?=[a-z_]+:)")
_ONCE = ("embargo", "revisions")
"""What was true of the earlier wave only."""


@dataclass(frozen=True, slots=True)
class NewWave:
    """What a further wave is called, and its days."""

    id: str
    label: Label
    start: date
    end: date
    release: date


def write_wave_file(workspace: Workspace, new: NewWave, like: str) -> Wave:
    """Write `waves/<id>.yaml` as that of the wave `like`, with the new id, label and days, and return it checked.

    The earlier wave's id and labels are replaced in title, files and quotas too; it becomes `previous`. Raises
    SpecError where the file is there already, or would not hold together; nothing is left of it then.
    """
    path = workspace.root / "waves" / f"{new.id}.yaml"
    earlier = workspace.wave(like)
    if path.exists():
        raise SpecError(str(path), "it is there already", "Edit it, or give the new wave another id")
    text = (path.parent / f"{like}.yaml").read_text(encoding="utf-8")
    return _checked(workspace, new.id, path, _rewritten(text, earlier, new))


@dataclass(frozen=True, slots=True)
class FirstWave:
    """What a wave that copies no other measures: sectors, titles, publisher, files with their map, and the brands of
    its one sector."""

    sectors: tuple[str, ...]
    title: Label
    publisher: Label
    files: tuple[str, ...] = ()
    map: str | None = None
    brands: tuple[Brand, ...] = ()
    synthetic: bool = False


def write_first_wave_file(workspace: Workspace, new: NewWave, first: FirstWave) -> Wave:
    """Write `waves/<id>.yaml` of these sectors and return it checked. Raises as the other does."""
    path = workspace.root / "waves" / f"{new.id}.yaml"
    if path.exists():
        raise SpecError(str(path), "it is there already", "Edit it, or give the new wave another id")
    one = f", sector: {first.sectors[0]}" if len(first.sectors) == 1 else ""
    source = (
        f"files: [{', '.join(map(_quoted, first.files))}]{f', map: {first.map}' if first.map else ''}{one}"
    )
    lines = [
        first_line("wave", "waves/ID.yaml").rstrip(),
        "spec: ncsi/wave/1",
        f'id: "{new.id}"',
        f"label: {_both(new.label)}",
        f"title: {_both(first.title)}",
        f"publisher: {_both(first.publisher)}",
        f"field: {{start: {new.start}, end: {new.end}}}",
        f"release_date: {new.release}",
        *(("synthetic: true",) if first.synthetic else ()),
        "",
        "sectors:"
        + ("" if first.brands else "   # brands to rank: brands: [{id: A, label: {zh: 甲, en: A}}, …]"),
        *(f"  - id: {sector}" for sector in first.sectors),
    ]
    if first.brands:
        lines.append("    brands:")
        lines += [f"      - {{id: {_quoted(one.id)}, label: {_both(one.label)}}}" for one in first.brands]
    lines += ["", "sources:", f"  - {{{source}}}"] if first.files else []
    path.parent.mkdir(parents=True, exist_ok=True)
    return _checked(workspace, new.id, path, "\n".join([*lines, ""]))


def _checked(workspace: Workspace, wave_id: str, path: Path, text: str) -> Wave:
    """The wave, once its file is written; nothing is left where it does not hold together."""
    atomic.write(path, text.encode("utf-8"))
    try:
        wave = workspace.wave(wave_id)
    except SpecError:
        path.unlink()
        raise
    write_schemas(workspace.root)
    return wave


def _both(label: Label) -> str:
    return f"{{zh: {_quoted(label.zh)}, en: {_quoted(label.en)}}}"


def _rewritten(text: str, earlier: Wave, new: NewWave) -> str:
    stated = {
        "id": f'"{new.id}"',
        "label": _both(new.label),
        "field": f"{{start: {new.start}, end: {new.end}}}",
        "release_date": str(new.release),
        "previous": f'"{earlier.id}"',
    }
    head, *blocks = _BLOCK.split(text)
    if "$schema=" not in head:
        head = first_line("wave", "waves/ID.yaml") + head
    kept = []
    for block in blocks:
        key, _, rest = block.partition(":")
        if key == "previous" or key in _ONCE:
            continue
        if key in stated:
            kept.append(f"{key}: {stated[key]}\n")
        else:
            kept.append(f"{key}:{_renamed(rest, earlier, new) if key in _NAMING else rest}")
        if key == "release_date":
            kept.append(f"previous: {stated['previous']}\n")
    return "".join((head, *kept))


_NAMING = ("title", "sources", "quotas", "composites", "measures")
"""Keys whose values name the wave: its label in the title, its id in folders and files."""


def _renamed(text: str, earlier: Wave, new: NewWave) -> str:
    for old, now in (
        (earlier.label.zh, new.label.zh), (earlier.label.en, new.label.en), (earlier.id, new.id)
    ):  # fmt: skip
        text = text.replace(old, now)
    return text


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
