"""What a wave may say of the one before, when brands, ids and the list of sectors are not what they were."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import UTC, date, datetime

import pandas as pd
import pytest
import yaml

import ncsi
from ncsi.cli.main import main
from ncsi.cli.say import estimated
from ncsi.errors import SpecError
from ncsi.model import holm
from ncsi.spec import open_workspace, schemas_root
from ncsi.spec.plan import load_plan
from ncsi.stages.estimate import SectorOutcome
from ncsi.stages.nation import estimate_nation, kept_nation
from ncsi.stages.nation_inputs import nation_sha256
from ncsi.stages.notify import due_notices
from ncsi.stages.person_removal import forget_respondent
from ncsi.stages.publish import _history
from ncsi.stages.retention import expired
from ncsi.store import Store

NOW, THEN = "2026Q1", "2025Q1"


@pytest.fixture
def root(nation, tmp_path):
    for name in ("ncsi.yaml", ".ncsi-key", "waves", "margins", "maps", "instruments", "warehouse"):
        kept = nation.workspace.root / name
        (shutil.copytree if kept.is_dir() else shutil.copy)(kept, tmp_path / name)
    return tmp_path


def edited(root, change, wave=NOW):
    path = root / "waves" / f"{wave}.yaml"
    spec = yaml.safe_load(path.read_text(encoding="utf-8"))
    change(spec)
    path.write_text(yaml.safe_dump(spec, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return load_plan(open_workspace(root), NOW)


def swapped(spec):
    first, second = next(one for one in spec["sectors"] if one["id"] == "banks")["brands"][:2]
    first["label"], second["label"] = second["label"], first["label"]


def verdicts(root):
    changes = ncsi.open(root / "warehouse").table("out_changes", NOW)
    return changes[changes["level"] == "brand"].set_index(["sector", "unit"])["verdict"]


def test_a_brand_whose_id_had_another_name_is_not_compared_and_that_is_told(root):
    before = verdicts(root)
    assert "trend_break" not in set(before)
    made = nation_sha256(Store.open(root / "warehouse"), load_plan(open_workspace(root), NOW))
    plan = edited(root, swapped)
    assert nation_sha256(Store.open(root / "warehouse"), plan) != made, "the stored verdicts do not stand"
    outcome = estimate_nation(plan)
    after = verdicts(root)
    broken = set(after[after == "trend_break"].index)
    assert broken == {("banks", "B01"), ("banks", "B02")}
    others = [key for key in before.index if key not in broken]
    assert after[others].tolist() == before[others].tolist()
    changes = ncsi.open(root / "warehouse").table("out_changes", NOW)
    of_brands = changes[(changes["level"] == "brand") & (changes["construct"] == "Satisfaction")]
    tested = of_brands[of_brands["verdict"] != "trend_break"]
    assert of_brands.loc[of_brands["verdict"] == "trend_break", ["p", "p_holm"]].isna().all(axis=None)
    assert tested["p_holm"].tolist() == holm(tested["p"]).tolist(), "Holm over what is not compared"
    assert [one.partition(" (")[0] for one in outcome.other_brands] == ["banks B01", "banks B02"]
    said, facts = estimated([SectorOutcome("banks", 500, 75.0, 74.0, 76.0)], outcome)
    assert any("the wave before called their ids otherwise: banks B01 (" in one for one in said)
    assert len(facts["other_brands"]) == 2


def leave_the_list(root):
    """The banks, which both waves measured, are no sector of the workspace any more."""
    listed = yaml.safe_load((schemas_root() / "sectors.yaml").read_text(encoding="utf-8"))
    listed["sectors"] = [one for one in listed["sectors"] if one["id"] != "banks"]
    listed["sectors"][0]["share"]["value"] += 1 - sum(one["share"]["value"] for one in listed["sectors"])
    listed["groups"] = [
        one for one in listed["groups"] if one["id"] in {each["group"] for each in listed["sectors"]}
    ]
    (root / "sectors.yaml").write_text(yaml.safe_dump(listed, allow_unicode=True), encoding="utf-8")


def test_a_sector_that_left_the_list_since_keeps_no_later_wave_from_its_release(root):
    leave_the_list(root)

    def without(spec):
        spec["sectors"] = [one for one in spec["sectors"] if one["id"] != "banks"]
        spec["sources"] = [one for one in spec["sources"] if one.get("sector") != "banks"]

    plan = edited(root, without)
    with pytest.raises(SpecError, match="no sector 'banks'"):
        plan.workspace.wave(THEN)
    assert _history(plan, Store.open(root / "warehouse"))["label_en"].tolist() == ["2025 Q1", "2026 Q1"]


def test_waves_of_a_sector_that_left_the_list_are_listed_with_what_is_wrong(root, capsys):
    leave_the_list(root)
    main(["wave", "list", "--workspace", str(root)])  # which would end with the exit status of a fault
    lines = capsys.readouterr().out.splitlines()
    assert [one.split("  ")[:2] for one in lines] == [[THEN, "published"], [NOW, "published"]]
    assert all("It cannot be estimated or published: " in one and "no sector 'banks'" in one for one in lines)
    main(["wave", "show", "--wave", THEN, "--workspace", str(root), "--json"])
    shown = json.loads(capsys.readouterr().out)
    assert (shown["state"], len(shown["moves"])) == ("published", 3)
    assert "no sector 'banks'" in shown["unfit"]

    path = root / "waves" / f"{NOW}.yaml"
    planned = path.read_text(encoding="utf-8").replace(f"id: {NOW}", "id: 2027Q1", 1)
    (root / "waves" / "2027Q1.yaml").write_text(planned, encoding="utf-8")
    with pytest.raises(SystemExit) as end:
        main(["wave", "list", "--workspace", str(root), "--json"])
    assert end.value.code == 2, "a wave that is to come and cannot be measured is a fault"
    found = json.loads(capsys.readouterr().out)
    assert (found["waves"], list(found["faults"])) == ([THEN, NOW, "2027Q1"], ["2027Q1"])


def test_whoever_answered_a_wave_of_a_sector_that_left_the_list_can_be_forgotten(root):
    store = Store.open(root / "warehouse")
    pseudonym = str(store.respondents(THEN, "banks")["respondent"].iloc[0])
    leave_the_list(root)
    found = forget_respondent(open_workspace(root), (pseudonym,), dry_run=True)
    assert found.waves == (THEN,)
    assert "banks" in set(found.places["sector"])


def test_what_is_over_its_time_is_found_where_a_sector_left_the_list(root):
    settings = root / "ncsi.yaml"
    settings.write_text(
        settings.read_text(encoding="utf-8") + "retention: {responses_days: 1}\n", encoding="utf-8"
    )
    leave_the_list(root)
    found = expired(open_workspace(root), date(2027, 1, 1))
    assert [(one.wave, one.responses > 0) for one in found] == [(THEN, True), (NOW, True)]


def test_a_wave_of_a_sector_that_left_the_list_can_be_withdrawn(root, nation, capsys):
    shutil.copytree(nation.workspace.releases, root / "releases")
    shutil.copy(nation.workspace.signing_key, root)
    leave_the_list(root)
    command = ["wave", "withdraw", "--wave", THEN, "--why", "伪造。", "Made up.", "--dry-run"]
    main([*command, "--workspace", str(root)])
    said = capsys.readouterr().out
    assert f"Wave {THEN} would be withdrawn: NCSI-{THEN}-" in said
    assert f"trends or indices of {NOW}" in said


def test_nobody_is_told_daily_that_a_wave_that_is_out_has_a_sector_that_left_the_list(root):
    leave_the_list(root)
    now = datetime(2026, 6, 1, tzinfo=UTC)
    told = {one.wave for one in due_notices(open_workspace(root), now)[0]}
    assert told == {THEN, NOW}, "without their releases both are to be done yet"
    (root / "releases" / THEN).mkdir(parents=True)
    assert {one.wave for one in due_notices(open_workspace(root), now)[0]} == {NOW}


def test_a_schedule_of_waves_to_come_is_not_held_by_one_that_is_past(root, capsys):
    leave_the_list(root)
    main(["wave", "schedule", "--dry-run", "--workspace", str(root), "--json"])
    assert json.loads(capsys.readouterr().out) == {"waves": {}, "faults": {}}


def test_waves_whose_figures_would_come_out_first_in_the_series_of_a_later_one_are_named(root, nation):
    plan = load_plan(open_workspace(root), NOW)
    outcome = estimate_nation(plan)
    assert outcome.not_out == (THEN,)
    said, facts = estimated([SectorOutcome("banks", 500, 75.0, 74.0, 76.0)], outcome)
    assert any(f"Its series has {THEN}, of which no release is out" in one for one in said)
    assert facts["not_out"] == [THEN]

    shutil.copytree(nation.release(THEN), root / "releases" / THEN)
    assert estimate_nation(plan).not_out == kept_nation(Store.open(root / "warehouse"), plan).not_out == ()
    manifest = root / "releases" / THEN / "manifest.json"
    manifest.write_text(
        manifest.read_text(encoding="utf-8").replace('"embargoed": false', '"embargoed": true')
    )
    assert estimate_nation(plan).not_out == (THEN,)
    said, facts = estimated([SectorOutcome("banks", 500, 75.0, 74.0, 76.0)], replace(outcome, not_out=()))
    assert not any("no release is out" in one for one in said)


def test_sectors_that_look_like_another_scale_are_named_where_their_index_is_told(root):
    plan = load_plan(open_workspace(root), NOW)
    assert estimate_nation(plan).doubtful == ()
    store = Store.open(root / "warehouse")
    items = plan.instruments["banks"].item_ids[:3]
    rules = [*[("scale_half_used", one) for one in items], ("mean_shifted", items[0])]
    told = pd.DataFrame(rules, columns=["rule", "column"]).assign(
        source_row=pd.NA, sector="banks", severity="warning", value_class="", message_zh="", message_en=""
    )
    store.replace_wave_faults(NOW, told)
    outcome = estimate_nation(plan)
    assert outcome.doubtful == ("banks (mean_shifted 1, scale_half_used 3)",)
    said, facts = estimated([SectorOutcome("banks", 500, 75.0, 74.0, 76.0)], outcome)
    assert any("To be looked at" in one and "banks (mean_shifted 1" in one for one in said)
    assert facts["doubtful"] == ["banks (mean_shifted 1, scale_half_used 3)"]
