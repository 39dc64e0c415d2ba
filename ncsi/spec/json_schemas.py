"""A JSON Schema for each kind of spec file, by which editors complete keys, explain them and mark what is wrong.

Made from the specs themselves and from `data/schemas/keys.yaml`, which says what each key is. What reaches across keys
(an item that there is not, shares that do not sum to 1) only `ncsi` itself checks.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, reduce
from operator import or_
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, get_args

from pydantic import Field, TypeAdapter

from ncsi import atomic
from ncsi.spec.bands import Bands
from ncsi.spec.building_blocks import Spec
from ncsi.spec.field_work import AgencyList
from ncsi.spec.index_definition import IndexDefinition, TableMap, UnitList
from ncsi.spec.instrument import Instrument
from ncsi.spec.load import schemas_root
from ncsi.spec.measures import RecordMap
from ncsi.spec.measures.plan import DEFINITIONS
from ncsi.spec.sectors import SectorList
from ncsi.spec.settings import Settings
from ncsi.spec.theme import Theme
from ncsi.spec.tree import Tree
from ncsi.spec.wave import ColumnMap, Wave
from ncsi.spec.yaml_documents import read_document

_KIND = re.compile(r"^spec: ncsi/(\w+)/1\s*$", re.MULTILINE)
FOLDER = "schemas"
"""Folder of a workspace that holds the schemas."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of spec file: where it lies in a workspace, what it is for, and its specs (several where a key tells)."""

    place: str
    about: str
    specs: tuple[type[Spec], ...]


KINDS: Mapping[str, Kind] = {
    "workspace": Kind("ncsi.yaml", "Settings of the workspace.", (Settings,)),
    "instrument": Kind(
        "instruments/ID.yaml", "A questionnaire, its path model, the rules of its fieldwork.", (Instrument,)
    ),
    "sectors": Kind(
        "sectors.yaml", "Sectors, their groups, questionnaires and shares of the nation.", (SectorList,)
    ),
    "wave": Kind("waves/ID.yaml", "A wave: what is measured, when, and where the files are.", (Wave,)),
    "map": Kind("maps/ID.yaml", "Which column of an export is what.", (ColumnMap,)),
    "agencies": Kind("agencies.yaml", "Whoever does field work.", (AgencyList,)),
    "bands": Kind("bands.yaml", "Bands of satisfaction.", (Bands,)),
    "tree": Kind("trees/ID.yaml", "A tree of indicators.", (Tree,)),
    "index": Kind("indices/ID.yaml", "An index as published on a tree.", (IndexDefinition,)),
    "units": Kind("units/ID.yaml", "Units that files name in many ways.", (UnitList,)),
    "tree_map": Kind("maps/ID.yaml", "How a file of indicators names things.", (TableMap,)),
    "measure": Kind("measures/ID.yaml", "A measure of quality, of one of several kinds.", DEFINITIONS),
    "record_map": Kind("maps/ID.yaml", "How a file of records names things.", (RecordMap,)),
    "theme": Kind(
        "theme.yaml", "Publisher, logo, colours, fonts, map and sections of what is published.", (Theme,)
    ),
}
"""By name; `spec: ncsi/NAME/1` is the first key of such a file."""


def json_schema(kind: str) -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a kind of file, every key with what it is. KeyError for an unknown kind."""
    about = KINDS[kind]
    if len(about.specs) == 1:
        made = about.specs[0].model_json_schema(by_alias=True)
    else:
        union: Any = Annotated[reduce(or_, about.specs), Field(discriminator="kind")]
        made = TypeAdapter(union).json_schema(by_alias=True)
    said = sentences()
    for model in classes_of(kind):
        place = made if about.specs == (model,) else made["$defs"][model.__name__]
        for key, one in place.get("properties", {}).items():
            one["description"] = sentence(said, model, key)
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"ncsi/{kind}/1",
        "description": about.about,
    }
    return {**made, **head}


def write_schemas(root: Path) -> tuple[Path, ...]:
    """Write the schemas of all kinds to `schemas/` of a workspace, and return the files; those that hold the same
    already are left alone."""
    written = []
    for kind in KINDS:
        path = root / FOLDER / f"{kind}.json"
        content = _written(kind)
        if not path.is_file() or path.read_bytes() != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            atomic.write(path, content)
        written.append(path)
    return tuple(written)


@cache
def _written(kind: str) -> bytes:
    """The file of a kind's schema: the same in every workspace, and a tenth of a second of work for all of them."""
    return (json.dumps(json_schema(kind), ensure_ascii=False, indent=1) + "\n").encode()


def first_line(kind: str, place: str) -> str:
    """The comment by which editors find the schema of a file that lies at `place` in its workspace."""
    up = "../" * (len(PurePosixPath(place).parts) - 1)
    return f"# yaml-language-server: $schema={up}{FOLDER}/{kind}.json\n"


def name_schemas(root: Path) -> None:
    """Let the spec files of a workspace that name no schema do so in their first line."""
    for path in sorted(root.rglob("*.yaml")):
        text = path.read_text(encoding="utf-8")
        found = _KIND.search(text)
        if found and found[1] in KINDS and "$schema=" not in text:
            line = first_line(found[1], path.relative_to(root).as_posix())
            atomic.write(path, (line + text).encode())


def classes_of(kind: str) -> tuple[type[Spec], ...]:
    """The specs that a kind of file is made of, each once, the file itself first, then in the order of its keys."""
    found: dict[type[Spec], None] = {}
    for one in KINDS[kind].specs:
        found |= dict.fromkeys(_within(one))
    return tuple(found)


def _within(model: type[Spec]) -> Iterator[type[Spec]]:
    yield model
    for field in model.model_fields.values():
        for below in _named(field.annotation):
            yield from _within(below)


def _named(annotation: Any) -> Iterator[type[Spec]]:
    """Specs inside an annotation such as `tuple[Item, ...] | None`."""
    if isinstance(annotation, type) and issubclass(annotation, Spec):
        yield annotation
    else:
        for part in get_args(annotation):
            yield from _named(part)


def sentences() -> Mapping[str, Any]:
    """`data/schemas/keys.yaml`: what each key says."""
    return read_document(schemas_root() / "keys.yaml").data


def sentence(said: Mapping[str, Any], model: type[Spec], key: str) -> str:
    """What a key of a spec is: as the class says that declares it, else what all say. KeyError where nobody does."""
    for one in model.__mro__:
        own = said.get(one.__module__.rpartition(".")[2], {}).get(one.__name__, {})
        if key in own:
            return str(own[key])
    return str(said["common"][key])
