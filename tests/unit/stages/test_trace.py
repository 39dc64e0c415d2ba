"""A figure leads back to its files, rows and specs; what is told are counts."""

from __future__ import annotations

import json

import pytest

import ncsi
from ncsi.cli import main
from ncsi.errors import InputError
from ncsi.spec.plan import load_plan
from ncsi.stages.trace import trace_index

WAVE = "2026Q1"


def test_rows_of_files_add_up_to_the_responses_of_the_figure(nation):
    plan, warehouse = load_plan(nation.workspace, WAVE), ncsi.open(nation.workspace.warehouse)
    for brand in (None, "B02"):
        found = trace_index(plan, "dairy", brand)
        counting = [one for one in found.files if not one.left_out]
        rows = warehouse.respondents(WAVE, "dairy")
        rows = rows if brand is None else rows[rows["brand"] == brand]
        assert sum(one.accepted for one in counting) == len(rows) == sum(found.by_status.values())
        assert sum(found.excluded.values()) == found.by_status.get("excluded", 0)
        cards = warehouse.table("raw_files", WAVE).set_index("source_sha256")
        assert all(cards.loc[one.sha256, "source_name"] == one.name for one in found.files)
    whole, sample = trace_index(plan, "dairy"), warehouse.table("out_sample_by_sector", WAVE, "dairy").iloc[0]
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
    assert (told["release"]["release_id"], told["release"]["seed"]) == (
        manifest["release_id"],
        manifest["seed"],
    )
    assert told["release"]["versions"]["ncsi"] == ncsi.__version__
    instrument = nation.workspace.instrument_of("banks")
    named = [one for one in told["release"]["spec_sha256"] if one.startswith("instrument ")]
    assert named == [f"instrument {instrument.id} {instrument.version}"]
    main(["trace", "index", "--wave", WAVE, "--sector", "banks", *root])
    out = capsys.readouterr().out
    assert told["files"][0]["sha256"] in out
    respondents = ncsi.open(nation.workspace.warehouse).respondents(WAVE, "banks")["respondent"]
    assert not any(one in out for one in respondents)


@pytest.mark.parametrize(
    ("sector", "brand", "said"),
    [
        ("oil", None, r"'oil' is not in wave 2026Q1. There are: .*dairy"),
        ("dairy", "B99", r"'B99' is not in sector"),
    ],
)
def test_what_is_not_there_is_named(nation, sector, brand, said):
    with pytest.raises(InputError, match=said):
        trace_index(load_plan(nation.workspace, WAVE), sector, brand)
