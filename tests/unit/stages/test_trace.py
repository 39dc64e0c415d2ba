"""A figure leads back to its files, rows and specs as they were when it was made; what is told are counts."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace

import pandas as pd
import pytest

import ncsi
from ncsi.cli import main
from ncsi.errors import InputError
from ncsi.quality.flag_rules import FAMILIES
from ncsi.report.text import NOTHING, Pair
from ncsi.spec import open_workspace
from ncsi.spec.plan import load_plan
from ncsi.stages.lineage import LINEAGE, Estimation, Known, lineage, remember_lineage
from ncsi.stages.trace import trace_index
from ncsi.store import Store
from ncsi.tables import ESTIMATED, TABLES
from ncsi.waves.lineage_page import _reason

WAVE = "2026Q1"


def test_rows_of_files_add_up_to_the_responses_of_the_figure(nation):
    warehouse = ncsi.open(nation.workspace.warehouse)
    for brand in (None, "B02"):
        found = trace_index(nation.workspace, WAVE, "dairy", brand)
        counting = [one for one in found.files if not one.left_out]
        rows = warehouse.respondents(WAVE, "dairy")
        rows = rows if brand is None else rows[rows["brand"] == brand]
        assert sum(one.accepted for one in counting) == len(rows) == sum(found.by_status.values())
        assert sum(found.excluded.values()) == found.by_status.get("excluded", 0)
        cards = warehouse.table("raw_files", WAVE).set_index("source_sha256")
        assert all(cards.loc[one.sha256, "source_name"] == one.name for one in found.files)
    whole = trace_index(nation.workspace, WAVE, "dairy")
    sample = warehouse.table("out_sample_by_sector", WAVE, "dairy").iloc[0]
    assert whole.without_score == sample["excluded"] - sample["excluded_quality"]
    assert whole.weight_version == sample["weight_version"]
    for one in whole.files:
        rejected = warehouse.table("core_rejects", WAVE)
        assert sum(one.rejected.values()) == (rejected["source_sha256"] == one.sha256).sum()
        assert one.read == one.accepted + sum(one.rejected.values())  # files of one sector


def test_the_release_is_named_with_seed_versions_and_the_sectors_own_questionnaire(nation, capsys):
    root = ["--workspace", str(nation.workspace.root)]
    main(["trace", "index", "--wave", WAVE, "--sector", "banks", "--json", *root])
    told = json.loads(capsys.readouterr().out)
    manifest = json.loads((nation.release(WAVE) / "manifest.json").read_text(encoding="utf-8"))
    assert (told["release"]["release_id"], told["seed"]) == (manifest["release_id"], manifest["seed"])
    parts = {one["name"]: one for one in told["components"]}
    assert parts["code"]["version"] == ncsi.__version__
    assert parts["package numpy"]["version"] == manifest["versions"]["numpy"]
    instrument = nation.workspace.instrument_of("banks")
    named = f"instrument {instrument.id} {instrument.version}"
    assert told["instrument_sha256"] == manifest["spec_sha256"][named]
    assert [one for one in parts if one.startswith("spec instrument ")] == [f"spec {named.rsplit(' ', 1)[0]}"]
    main(["trace", "index", "--wave", WAVE, "--sector", "banks", *root])
    out = capsys.readouterr().out
    assert told["files"][0]["sha256"] in out
    respondents = ncsi.open(nation.workspace.warehouse).respondents(WAVE, "banks")["respondent"]
    assert not any(one in out for one in respondents)


def test_every_run_of_the_ledger_is_that_of_the_sector(nation):
    events = (nation.workspace.root / "runs" / "ledger.jsonl").read_text(encoding="utf-8").splitlines()
    runs = {one["run"]: one for one in map(json.loads, events) if one["event"] == "COMPLETE"}
    for sector in ("dairy", "banks"):
        run = runs[trace_index(nation.workspace, WAVE, sector).run]
        assert (run["job"], run["wave"], run["sector"]) == ("estimate", WAVE, sector)


def test_sql_can_ask_for_the_lineage_and_no_release_holds_it(nation):
    rows = ncsi.open(nation.workspace.warehouse).sql(
        "SELECT i.sector, i.n, f.source_name, f.rows_accepted FROM core_lineage_by_index AS i "
        "JOIN core_lineage_by_file AS f USING (wave, revision, sector, brand) "
        "WHERE i.wave = '2026Q1' AND i.brand = '' AND i.revision = 0 AND i.release_id IS NOT NULL"
    )
    assert set(rows["sector"]) == {"dairy", "bottled_water", "banks"}
    assert (rows["rows_accepted"] >= rows["n"]).all()
    assert not any(TABLES[name].public for name in LINEAGE)
    assert not list(nation.release(WAVE).rglob("*lineage*"))


@pytest.fixture
def another(nation, tmp_path):
    left = shutil.ignore_patterns("releases", "exports")
    return open_workspace(shutil.copytree(nation.workspace.root, tmp_path / "workspace", ignore=left))


def test_what_was_published_is_told_as_it_was_whatever_specs_and_store_say_now(another):
    before = trace_index(another, WAVE, "dairy")
    store = Store.open(another.warehouse)
    index, files = (store.table(name, WAVE) for name in LINEAGE[:2])
    stored = index["revision"] == ESTIMATED
    store.replace(WAVE, {
        "core_lineage_by_index": index.assign(weight_version=index["weight_version"].where(~stored, "of now")),
        "core_lineage_by_file": files[files["revision"] != ESTIMATED],
    })  # fmt: skip
    for spec in (another.root / "waves").glob("*.yaml"):
        spec.write_text("of a wave that nobody finished: [", encoding="utf-8")
    assert trace_index(another, WAVE, "dairy") == before
    assert trace_index(another, WAVE, "dairy", revision=ESTIMATED).weight_version == "of now"
    remember_lineage(store, WAVE, 1, "NCSI-second")
    first, second = (trace_index(another, WAVE, "dairy", revision=one) for one in (0, 1))
    assert first == replace(before, revisions=(0, 1))
    assert (second.weight_version, second.release.release_id) == ("of now", "NCSI-second")
    assert second.revisions == (0, 1)


def test_the_same_figures_again_leave_the_record_of_a_revision_as_it_is(another):
    before = trace_index(another, WAVE, "dairy", revision=0)
    remember_lineage(Store.open(another.warehouse), WAVE, 0, "NCSI-again")
    assert trace_index(another, WAVE, "dairy", revision=0) == before


def test_where_public_figures_stand_their_lineage_does_too(nation):
    store, sector = ncsi.open(nation.workspace.warehouse), "dairy"
    known = Known.of(store, WAVE, sector)
    plan = load_plan(nation.workspace, WAVE)
    made = lineage(plan, sector, known, (), {}, Estimation("a later run", "", held=True))
    for name, frame in made.items():
        stored, public = (frame[frame["revision"] == one].drop(columns="revision") for one in (ESTIMATED, 0))
        told = ["figures_of", "release_id", "published_at"] if name == LINEAGE[0] else []
        pd.testing.assert_frame_equal(
            stored.drop(columns=told).reset_index(drop=True), public.drop(columns=told).reset_index(drop=True)
        )
    of_now = made[LINEAGE[0]][made[LINEAGE[0]]["revision"] == ESTIMATED]
    assert of_now["figures_of"].tolist() == [0] * len(of_now)
    assert of_now["release_id"].isna().all()


def test_the_page_says_it_in_both_languages_without_network(nation, tmp_path, capsys):
    page = tmp_path / "pages" / "dairy.html"
    main(["trace", "index", "--wave", WAVE, "--sector", "dairy", "--brand", "B01", "--html", str(page),
          "--workspace", str(nation.workspace.root)])  # fmt: skip
    assert str(page) in capsys.readouterr().out
    text, found = page.read_text(encoding="utf-8"), trace_index(nation.workspace, WAVE, "dairy", "B01")
    said = ("指数溯源", "Lineage of an index", f"{found.figure.index_0_100:.2f}", found.release.release_id)
    assert [one for one in said if one not in text] == []
    assert all(one.sha256 in text for one in found.files)
    assert "<script>alert(1)</script>" not in text  # the brand's name
    assert not re.search(r"(src|href)=\"(?!#|data:)", text)


@pytest.mark.parametrize(
    ("sector", "brand", "revision", "said"),
    [
        ("oil", None, None, r"'oil' is not in wave 2026Q1. There are: .*dairy"),
        ("dairy", "B99", None, r"'B99' is not in sector"),
        ("dairy", None, 7, r"'7' is not recorded of wave 2026Q1. There are: 0, stored"),
    ],
)
def test_what_is_not_there_is_named(nation, sector, brand, revision, said):
    with pytest.raises(InputError, match=said):
        trace_index(nation.workspace, WAVE, sector, brand, revision)


def test_a_wave_without_lineage_says_how_it_gets_one(nation):
    with pytest.raises(InputError, match="Run `ncsi estimate --wave 2019Q1`"):
        trace_index(nation.workspace, "2019Q1", "dairy")


def test_reasons_of_quality_are_words_for_every_family_of_evidence():
    assert [one for one in FAMILIES.values() if not _reason(one).zh] == []
    assert _reason("pace consistency") == Pair("作答过快、前后不一", "Speeding and erratic answers")
    assert _reason("off_scale").zh == "超出量表"
    assert _reason("technical_duplicate") == _reason("pace and more") == NOTHING  # told by their codes
