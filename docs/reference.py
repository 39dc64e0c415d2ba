"""docs/reference.md: every key of every spec file, made from the specs. `python docs/reference.py` writes it anew."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ncsi.spec.json_schemas import KINDS, first_line, json_schema

PAGE = Path(__file__).with_name("reference.md")
HEAD = """# Every key of every spec file

Made from the specs by `python docs/reference.py`; a test holds it to them. **Bold** keys have to be there, the others
have the default that is shown. *A text in both languages* is `{zh: …, en: …}`; both are needed. An *id* is a letter,
then letters, digits and underscores, at most 40.

Editors with a YAML language server (VS Code with the extension YAML, Neovim, Emacs, PyCharm) complete keys, show these
sentences and mark what is wrong, by the first line of a file:

```yaml
# yaml-language-server: $schema=../schemas/wave.json
```

`ncsi init` and the `new` commands write it and the schemas; `ncsi schema` writes the schemas of a workspace that is
older, or anew after an update of ncsi. What reaches across files and keys, `ncsi` itself checks whenever it reads them.
"""


def page() -> str:
    """The whole page, in Markdown."""
    parts = [HEAD]
    for kind, about in KINDS.items():
        schema = json_schema(kind)
        parts.append(
            f"\n## {kind}\n`{about.place}`. {about.about} First line: `{first_line(kind, about.place).strip()}`\n"
        )
        parts += [_table(kind, path, schema, one) for path, one in _objects(schema)]
    return "".join(parts)


def _objects(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each mapping of a kind of file by the path of keys that leads to it, the file first; each once."""
    seen: set[str] = set()
    waiting = [("", one) for one in ([schema] if "properties" in schema else _variants(schema))]
    while waiting:
        path, one = waiting.pop(0)
        yield path, one
        for key, value in one["properties"].items():
            for suffix, name in _references(value):
                if name not in seen and not _is_label(schema["$defs"][name]):
                    seen.add(name)
                    below = schema["$defs"][name]
                    if "properties" in below:
                        waiting.append((f"{path}.{key}{suffix}".lstrip("."), below))


def _variants(schema: dict[str, Any]) -> list[dict[str, Any]]:
    return [schema["$defs"][one["$ref"].rpartition("/")[2]] for one in schema["oneOf"]]


def _references(value: dict[str, Any], suffix: str = "") -> Iterator[tuple[str, str]]:
    if "$ref" in value:
        yield suffix, value["$ref"].rpartition("/")[2]
    for one in (*value.get("anyOf", ()), *value.get("oneOf", ())):
        yield from _references(one, suffix)
    if isinstance(value.get("items"), dict):
        yield from _references(value["items"], suffix + "[]")
    if isinstance(value.get("additionalProperties"), dict):
        yield from _references(value["additionalProperties"], suffix + ".NAME")


def _is_label(one: dict[str, Any]) -> bool:
    return set(one.get("properties", ())) == {"zh", "en"}


def _table(kind: str, path: str, schema: dict[str, Any], one: dict[str, Any]) -> str:
    told = one["properties"].get("kind", {}).get("const")
    heading = f"\n### {kind}: {path}\n" if path else f"\n### kind: {told}\n" if told else ""
    rows = ["| key | takes | default | what it is |", "|---|---|---|---|"]
    for key, value in one["properties"].items():
        needed = key in one.get("required", ())
        default = "" if needed else _default(value)
        name = f"**`{key}`**" if needed else f"`{key}`"
        rows.append(f"| {name} | {_takes(value, schema)} | {default} | {_cell(value['description'])} |")
    return heading + "\n" + "\n".join(rows) + "\n"


def _default(value: dict[str, Any]) -> str:
    default = value.get("default")
    if default is None or default in ([], {}, ""):
        return "none"
    if isinstance(default, dict):
        return "as its keys say"
    if isinstance(default, list):
        return ", ".join(f"`{one}`" for one in default)
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"


def _takes(value: dict[str, Any], schema: dict[str, Any]) -> str:
    """The kind of value, in words."""
    if "$ref" in value:
        below = schema["$defs"][value["$ref"].rpartition("/")[2]]
        if _is_label(below):
            return "a text in both languages"
        return "keys" if "properties" in below else _takes(below, schema)
    if "const" in value:
        return f"`{value['const']}`"
    if "enum" in value:
        return ", ".join(f"`{one}`" for one in value["enum"])
    several = [one for one in value.get("anyOf", value.get("oneOf", ())) if one.get("type") != "null"]
    if several:
        return " or ".join(dict.fromkeys(_takes(one, schema) for one in several))
    return _plain(value, schema)


def _plain(value: dict[str, Any], schema: dict[str, Any]) -> str:
    kind = value.get("type")
    if kind == "array":
        if "prefixItems" in value:
            return "a list of " + ", ".join(_takes(one, schema) for one in value["prefixItems"])
        return f"a list of {_several(_takes(value.get('items', {}), schema))}"
    if kind == "object":
        inner = next(iter(value.get("patternProperties", {}).values()), value.get("additionalProperties"))
        return f"NAME: {_takes(inner, schema)}" if isinstance(inner, dict) else "keys"
    if kind in ("integer", "number"):
        return ("a whole number" if kind == "integer" else "a number") + _bounds(value)
    if kind == "boolean":
        return "`true` or `false`"
    if value.get("format") == "date":
        return "a day, 2026-01-31"
    if value.get("format") == "date-time":
        return "a time, 2026-01-31T09:00:00+08:00"
    return "an id" if value.get("pattern") == r"^[A-Za-z][A-Za-z0-9_]{0,39}$" else "text"


def _several(what: str) -> str:
    return {"text": "texts", "an id": "ids", "keys": "mappings", "a whole number": "whole numbers"}.get(
        what, what
    )


def _bounds(value: dict[str, Any]) -> str:
    signs = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
    found = ", ".join(f"{sign} {value[name]:g}" for name, sign in signs.items() if name in value)
    return f" {found}" if found else ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace('"*"', '`"*"`')


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
