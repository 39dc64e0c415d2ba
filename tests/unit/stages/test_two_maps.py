"""Two agencies deliver the same sector of one wave, each by a questionnaire tool, and so a map, of its own."""

from __future__ import annotations

import pytest
import yaml

import ncsi
from ncsi.cli import main
from ncsi.spec import load_instrument
from ncsi.spec.plan import load_plan
from ncsi.stages.collect import collect_file
from ncsi.stages.field_answers import field_files, sector_answers
from ncsi.stages.source_files import sources_of

WAVE = "2026"
ITEMS = load_instrument("ccsi").item_ids
MAPS = {
    "jia": {"columns": {"respondent": "id", "brand": "Q1"}, "values": {"brand": {"1": "b1", "2": "b2"}}},
    "yi": {
        "columns": {"respondent": "uid", "brand": "brand_code"},
        "values": {"brand": {"1": "b2", "2": "b1"}},
        "items": {"SAT2": {"column": "SAT2", "reverse": True}},
    },
}
"""The same code is another brand for each, and one scale runs the other way."""
ROWS = {"jia": (("1", 9), ("2", 8), ("1", 7)), "yi": (("1", 2), ("2", 3))}
"""Brand code and answer to every question, of each agency's file."""
JIA_YI = [{"files": f"data/{name}/*.csv", "sector": "only", "map": name, "agency": name} for name in MAPS]


@pytest.fixture
def field(workspace):
    root = workspace.root
    (root / "maps").mkdir()
    for name, told in MAPS.items():
        (root / "data" / name).mkdir()
        content = {"spec": "ncsi/map/1", "id": name, **told}
        (root / "maps" / f"{name}.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
        head = ",".join([told["columns"]["respondent"], told["columns"]["brand"], *ITEMS])
        lines = [
            f"{name}{k},{brand},{','.join([str(answer)] * len(ITEMS))}"
            for k, (brand, answer) in enumerate(ROWS[name])
        ]
        (root / "data" / name / "1.csv").write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
    agencies = {
        "spec": "ncsi/agencies/1",
        "agencies": [{"id": name, "label": {"zh": name, "en": name}} for name in MAPS],
    }
    (root / "agencies.yaml").write_text(yaml.safe_dump(agencies), encoding="utf-8")
    declare(workspace, JIA_YI)
    return workspace


def declare(workspace, sources):
    path = workspace.root / "waves" / f"{WAVE}.yaml"
    told = yaml.safe_load(path.read_text(encoding="utf-8")) | {"sources": sources}
    path.write_text(yaml.safe_dump(told), encoding="utf-8")


def test_each_agencys_codes_are_read_by_its_own_map_and_its_rows_known_as_its_own(field):
    plan = load_plan(field, WAVE)
    for source in sources_of(field, WAVE):
        collect_file(plan, source)
    store = ncsi.open(field.warehouse)
    rows = store.responses(WAVE, "only")
    paths = store.sources(WAVE).set_index("source_sha256")["source_path"]
    got = sorted(
        (paths[sha256], str(brand), int(sat2), int(sat3))
        for sha256, brand, sat2, sat3 in rows[["source_sha256", "brand", "SAT2", "SAT3"]].itertuples(
            index=False
        )
    )
    assert got == [
        ("data/jia/1.csv", "b1", 7, 7), ("data/jia/1.csv", "b1", 9, 9), ("data/jia/1.csv", "b2", 8, 8),
        ("data/yi/1.csv", "b1", 8, 3), ("data/yi/1.csv", "b2", 9, 2),
    ]  # fmt: skip
    files = field_files(store, plan.wave)
    assert {paths[sha256]: agency for sha256, agency in files.agency.items()} == {
        f"data/{name}/1.csv": name for name in MAPS
    }
    answers = sector_answers(store, plan, "only", files, quality=False)
    assert answers.groupby(["agency", "brand"]).size().to_dict() == {
        ("jia", "b1"): 2, ("jia", "b2"): 1, ("yi", "b1"): 1, ("yi", "b2"): 1,
    }  # fmt: skip


def test_a_file_that_two_sources_read_differently_is_named_and_nothing_is_read(field, capsys):
    declare(field, [*JIA_YI, {"files": "data/yi/1.csv", "sector": "only", "map": "jia"}])
    with pytest.raises(SystemExit) as stopped:
        main(["ingest", "--wave", WAVE, "--workspace", str(field.root), "--engine", "local"])
    assert stopped.value.code == 2
    assert (
        "file data/yi/1.csv is of two of its sources, data/yi/*.csv and data/yi/1.csv, which differ "
        "(map yi or jia; agency yi or none). Let one source name it" in capsys.readouterr().err
    )
    assert ncsi.open(field.warehouse).sources(WAVE).empty


def test_a_file_that_two_sources_read_alike_is_read_once(field):
    declare(field, [*JIA_YI, {**JIA_YI[0], "files": "data/jia/1.csv"}])
    assert len(sources_of(field, WAVE)) == 2
