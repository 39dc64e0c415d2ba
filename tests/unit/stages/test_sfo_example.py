"""Two real waves with drifting codes come in as one instrument (docs/examples/sfo)."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from ncsi.disclosure import shown_brands
from ncsi.ingest.dialects import recognised
from ncsi.ingest.proposed_map import propose
from ncsi.ingest.read import read_file
from ncsi.results.accepted import Accepted
from ncsi.results.sector import compute_sector
from ncsi.spec import open_workspace
from ncsi.spec.plan import load_plan
from ncsi.stages.collect import collect_file
from ncsi.stages.source_files import sources_of
from ncsi.store import Store

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "docs" / "examples" / "sfo"
ROWS = {"2015": 2958, "2016": 3087}


@pytest.fixture(scope="module")
def sfo(tmp_path_factory, shared):
    root = tmp_path_factory.mktemp("sfo") / "sfo"
    shutil.copytree(EXAMPLE, root)
    for wave in ROWS:
        shutil.copy(shared("data", f"sfo_{wave}.csv"), root / "data")
    (root / ".ncsi-key").write_text("k" * 64)
    (root / ".ncsi-key").chmod(0o600)
    workspace = open_workspace(root)
    for wave in ROWS:
        for source in sources_of(workspace, wave):
            collect_file(load_plan(workspace, wave), source)
    return workspace


def test_the_example_holds_together():
    workspace = open_workspace(EXAMPLE)
    items = set(workspace.instrument("sfo").item_ids)
    for wave in ROWS:
        assert set(workspace.column_map(f"sfo_{wave}").items) == items
        assert workspace.wave(wave).sector("airport").brands == ()


@pytest.mark.parametrize("wave", ROWS)
def test_every_row_is_accepted_and_every_answer_is_the_files(sfo, wave):
    store = Store.open(sfo.warehouse)
    stored = store.responses(wave, "airport").set_index("source_row").sort_index()
    raw = pd.read_csv(sfo.root / "data" / f"sfo_{wave}.csv", dtype=str, keep_default_na=False)
    raw.index = pd.RangeIndex(2, len(raw) + 2)
    assert len(stored) == len(raw) == ROWS[wave]
    for item, column in sfo.column_map(f"sfo_{wave}").items.items():
        answered = raw[column].isin(list("12345"))
        assert stored[item].notna().tolist() == answered.tolist()
        assert stored.loc[answered, item].astype(str).tolist() == raw.loc[answered, column].tolist()
        kinds = stored[f"{item}_missing"].astype(object)
        assert (kinds[raw[column] == "6"] == "not_asked").all()
        assert (kinds[raw[column].isin(["0", ""])] == "blank").all()
    assert stored["weight_base"].sum() == pytest.approx(raw["WEIGHT"].astype(float).sum(), rel=1e-12)


def test_the_files_cards_say_who_made_them(sfo):
    store = Store.open(sfo.warehouse)
    for wave, rows in ROWS.items():
        card = store.table("raw_files", wave).iloc[0]
        assert (card["producer"], card["rows_read"]) == ("San Francisco International Airport", rows)
        assert (card["encoding"], str(card["collected_from"])[:10]) == ("utf-8", f"{wave}-05-01")


def test_a_map_is_proposed_for_the_second_wave(sfo):
    export = recognised(read_file(sfo.root / "data" / "sfo_2016.csv"))
    proposal = propose(export, sfo.instrument("sfo"))
    found = {one.meaning: one.column for one in proposal.matches}
    used = sfo.column_map("sfo_2016")
    right = [item for item, column in used.items.items() if found.get(item) == column]
    assert found["weight"] == "WEIGHT"
    assert len(right) >= 10, found


def test_errors_follow_the_flights_through_the_whole_chain(sfo):
    """Moments, outer weights and index of 2016 again without each flight: wider than among single passengers."""
    plan = load_plan(sfo, "2016")
    responses = Store.open(sfo.warehouse).responses("2016", "airport")
    alone = replace(plan, wave=plan.wave.model_copy(update={"weighting": None, "replicates": 2000}))
    made, by_person = (
        compute_sector(one, "airport", Accepted(responses), 0, shown_brands) for one in (plan, alone)
    )
    tables, single = made.tables, by_person.tables
    report = tables["out_weighting_by_sector"].iloc[0]
    assert (report["clusters"], report["replicates"], report["degrees_of_freedom"]) == (225, 225, 224)
    assert made.of_respondents["core_weights_by_respondent"]["replicates"].map(len).unique().tolist() == [225]
    for name, key in (("out_index_by_sector", "construct"), ("out_items_by_sector", "item")):
        both = tables[name].merge(single[name], on=key, suffixes=("", "_alone"))
        assert both["se"].notna().all()
        assert (both["se"] / both["se_alone"]).median() > 1.1
    overall = tables["out_items_by_sector"].set_index("item").loc["ALL"]
    own = single["out_items_by_sector"].set_index("item").loc["ALL"]
    assert overall["mean_0_100"] == pytest.approx(own["mean_0_100"], rel=1e-12)
    assert overall["se"] > 1.08 * own["se"]  # of those with enough answers for the model
    gallery = (ROOT / "docs" / "examples.md").read_text(encoding="utf-8")
    index = tables["out_index_by_sector"].set_index("construct").loc["Satisfaction"]
    assert f"{index['index_0_100']:.1f} in 2016" in gallery
    assert f" and {len(responses):,} passengers" in gallery
