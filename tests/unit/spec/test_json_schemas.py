"""The schemas that editors check by: of every kind of file, with a sentence a key, no stricter than ncsi."""

from __future__ import annotations

import json
import re
import runpy
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from ncsi.cli import main, schema
from ncsi.spec import schemas_root
from ncsi.spec.json_schemas import (
    KINDS,
    classes_of,
    first_line,
    json_schema,
    sentence,
    sentences,
    write_schemas,
)
from ncsi.spec.yaml_documents import read_document

ROOT = Path(__file__).parents[3]
SPEC = re.compile(r"^spec: ncsi/(\w+)/1$", re.MULTILINE)
SHIPPED = sorted(
    [*(ROOT / "data" / "schemas").rglob("*.yaml"), *(ROOT / "docs" / "examples").rglob("*.yaml")]
)


def plain(value):
    """As an editor sees it: days are text."""
    return json.loads(json.dumps(value, default=str))


@pytest.mark.parametrize("kind", KINDS)
def test_a_schema_is_one_and_says_what_every_key_is(kind):
    made = json_schema(kind)
    Draft202012Validator.check_schema(made)
    for one in (made, *made["$defs"].values()) if "$defs" in made else (made,):
        assert [key for key, value in one.get("properties", {}).items() if not value.get("description")] == []


def test_every_shipped_file_passes_the_schema_of_its_kind():
    seen = set()
    validators = {kind: Draft202012Validator(json_schema(kind)) for kind in KINDS}
    for path in SHIPPED:
        if found := SPEC.search(path.read_text(encoding="utf-8")):
            seen.add(found[1])
            document = plain(read_document(path).data)
            assert [one.message for one in validators[found[1]].iter_errors(document)] == [], path
    assert seen >= {
        "workspace",
        "instrument",
        "sectors",
        "wave",
        "map",
        "bands",
        "tree",
        "index",
        "units",
        "measure",
    }


def test_a_schema_marks_what_is_wrong():
    wave = plain(read_document(schemas_root() / "example" / "waves" / "2026.yaml").data)
    validator = Draft202012Validator(json_schema("wave"))
    for key, value in (
        ("sectros", []),
        ("replicates", "many"),
        ("sources", [{"files": 3}]),
        ("sources", [{"files": []}]),
        ("id", 2026),
    ):
        assert not validator.is_valid({**wave, key: value}), key
    assert validator.is_valid({**wave, "sources": [{"files": ["data/a.csv", "data/b_*.csv"]}]})


def test_keys_yaml_says_nothing_of_keys_that_there_are_not():
    said, used = sentences(), set()
    for kind in KINDS:
        for model in classes_of(kind):
            for name, field in model.model_fields.items():
                sentence(said, model, field.alias or name)
                used |= {
                    (one.__module__.rpartition(".")[2], one.__name__, field.alias or name)
                    for one in model.__mro__
                }
    declared = {
        (module, name, key)
        for module, classes in said.items()
        if module != "common"
        for name, keys in classes.items()
        for key in keys
    }
    assert declared - used == set()


def test_the_reference_page_is_current():
    made = runpy.run_path(str(ROOT / "docs" / "reference.py"))["page"]()
    page = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
    assert page == made, "run `python docs/reference.py`"
    for kind, about in KINDS.items():
        assert f"\n## {kind}\n" in page
        assert first_line(kind, about.place).strip() in page


def test_kinds_are_those_of_the_command_line():
    assert tuple(KINDS) == schema.KINDS


def test_files_of_the_example_name_a_schema_that_lies_there(tmp_path, capsys):
    main(["init", str(tmp_path / "ws")])
    capsys.readouterr()
    for path in (tmp_path / "ws").rglob("*.yaml"):
        named = re.match(r"# yaml-language-server: \$schema=(\S+)\n", path.read_text(encoding="utf-8"))
        assert named, path
        json.loads((path.parent / named[1]).read_text(encoding="utf-8"))


def test_schemas_are_written_anew_where_they_are_old(tmp_path):
    first = write_schemas(tmp_path)
    stamp = first[1].stat().st_mtime_ns
    first[0].write_text("{}", encoding="utf-8")
    write_schemas(tmp_path)
    assert "properties" in first[0].read_text(encoding="utf-8")
    assert first[1].stat().st_mtime_ns == stamp


def test_the_command_prints_one_and_needs_a_workspace_to_write_all(tmp_path, capsys):
    main(["schema", "--kind", "wave"])
    assert json.loads(capsys.readouterr().out)["title"] == "ncsi/wave/1"
    with pytest.raises(SystemExit) as stopped:
        main(["schema", "--workspace", str(tmp_path)])
    assert stopped.value.code == 2
    assert not (tmp_path / "schemas").exists()
