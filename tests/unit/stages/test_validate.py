"""A wave as a whole: drift, quotas and interviewers are told, and too many faults stop the estimation."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from html import unescape

import numpy as np
import pandas as pd
import pytest
import yaml

import ncsi
from ncsi.engine import InOrder
from ncsi.errors import ConformError, SpecError
from ncsi.ingest.conform.fault_rules import RULES
from ncsi.ingest.whole_wave import sector_sums, wave_faults, wave_suite
from ncsi.report.text import phrases
from ncsi.spec import load_instrument, load_wave, schemas_root
from ncsi.spec.plan import load_plan
from ncsi.spec.wave import FaultLimits
from ncsi.stages.collect import SourceFile, collect_file
from ncsi.stages.fault_limits import faulty_sectors
from ncsi.store import Store

CCSI = load_instrument("ccsi")


def responses(n: int = 400, shift: float = 0.0, dont_know: float = 0.0) -> pd.DataFrame:
    rng = np.random.default_rng(5)
    X = np.clip(np.round(rng.normal(6 + shift, 1.5, (n, len(CCSI.items)))), 1, 10)
    frame = pd.DataFrame(X, columns=list(CCSI.item_ids)).astype("Int16")
    unknown = rng.random(n) < dont_know
    frame.loc[unknown, CCSI.item_ids[0]] = pd.NA
    kinds = pd.DataFrame({f"{item}_missing": [None] * n for item in CCSI.item_ids}, dtype="object")
    kinds.loc[unknown, f"{CCSI.item_ids[0]}_missing"] = "dont_know"
    about = {
        "source_sha256": "a",
        "brand": "b1",
        "weight_base": 1.0,
        "interviewer": None,
        "duration_s": 300.0,
    }
    return pd.concat([pd.DataFrame(about, index=frame.index), frame, kinds], axis=1)


def last_wave(**changes: float) -> dict[str, dict[str, float]]:
    row = {"mean": 6.0, "sd": 1.5, "answered": 400, "blank": 0, "dont_know": 4, "refused": 0} | changes
    return {item: dict(row) for item in CCSI.item_ids}


@pytest.fixture
def entry(workspace):
    return workspace.wave("2026").sectors[0]


def rules(frame: pd.DataFrame, entry, before=None) -> list[tuple[str, str]]:
    found = wave_faults(sector_sums(frame, CCSI, entry, before or {}))
    return sorted(set(zip(found["rule"], found["column"], strict=True)))


def test_what_did_not_move_is_not_told(entry):
    assert rules(responses(), entry, last_wave()) == []
    assert rules(responses(), entry) == []


def test_a_mean_that_shifts_beyond_chance_is_told_with_its_size(entry):
    found = wave_faults(sector_sums(responses(shift=1.0), CCSI, entry, last_wave()))
    assert set(found["rule"]) == {"mean_shifted"}
    assert len(found) == len(CCSI.items)
    assert re.search(r"moved by \+1[01]\.\d points", found["message_en"].iloc[0])
    assert set(found["severity"]) == {"warning"}


def test_a_large_shift_of_few_answers_is_chance(entry):
    assert rules(responses(8, shift=1.0), entry, last_wave(answered=8)) == []


def test_a_rise_of_dont_know_is_told(entry):
    assert rules(responses(dont_know=0.2), entry, last_wave()) == [("dont_know_rose", CCSI.item_ids[0])]


def test_answers_of_a_shorter_scale_are_told(entry):
    frame = responses()
    frame["SAT1"] = (frame["SAT1"] + 1) // 2
    found = wave_faults(sector_sums(frame, CCSI, entry, {}))
    assert found[["rule", "column", "severity"]].values.tolist() == [["scale_half_used", "SAT1", "warning"]]
    assert found["message_en"].tolist() == [
        "Nobody used the upper half of the scale (highest answer 5/10). Check whether the file uses a shorter one."
    ]
    assert rules(frame.head(99), entry) == []


def of_five_files(backwards: Sequence[str] = ()) -> pd.DataFrame:
    """Answers that go together, of five files, in the last of which some items are coded 10 to 1."""
    frame = responses(1000)
    common = np.random.default_rng(7).normal(0, 1.5, len(frame)).round()
    for item in CCSI.items:
        if item.scale.max == 10:
            frame[item.id] = (frame[item.id] + common).clip(1, 10).astype("Int16")
    frame["source_sha256"] = np.repeat(list("abcde"), 200)
    last = frame["source_sha256"] == "e"
    for name in backwards:
        frame.loc[last, name] = 11 - frame.loc[last, name]
    return frame


def test_an_item_that_one_file_of_several_codes_the_other_way_round_is_told(entry):
    """All files together hide it: its loading is low, and positive."""
    found = wave_faults(sector_sums(of_five_files(["SAT1"]), CCSI, entry, {}))
    assert found[["rule", "column", "severity"]].values.tolist() == [["item_backwards", "SAT1", "warning"]]
    assert re.search(r"runs against the others \(r = -0\.\d\d, n = 200\)", found["message_en"].iloc[0])
    assert rules(of_five_files(["SAT1", "LOY1"]), entry) == [
        ("item_backwards", "LOY1"),
        ("item_backwards", "SAT1"),
    ]


def test_a_shorter_scale_of_one_file_of_several_is_told(entry):
    frame = of_five_files()
    last = frame["source_sha256"] == "e"
    frame.loc[last, "SAT1"] = (frame.loc[last, "SAT1"] + 1) // 2
    found = wave_faults(sector_sums(frame, CCSI, entry, {}))
    assert found[["rule", "column"]].values.tolist() == [["scale_half_used", "SAT1"]]
    assert "(highest answer 5/10, n = 200)" in found["message_en"].iloc[0]
    assert rules(frame[~last | (frame.index % 3 == 0)], entry) == [], "66 answers of a file"


def test_where_all_files_agree_nothing_runs_backwards(entry):
    assert rules(of_five_files(), entry) == []
    everywhere = of_five_files()
    everywhere["SAT1"] = 11 - everywhere["SAT1"]
    assert rules(everywhere, entry) == [], "estimation refuses such an item"
    few = of_five_files(["SAT1"])
    assert rules(few[(few["source_sha256"] != "e") | (few.index % 40 == 0)], entry) == [], (
        "five answers may be chance"
    )
    same = of_five_files().assign(SAT1=7)
    assert rules(same.astype({"SAT1": "Int16"}), entry) == []


def test_a_quota_that_is_not_met_is_told(entry):
    short = entry.model_copy(update={"quota": 401})
    found = wave_faults(sector_sums(responses(), CCSI, short, {}))
    assert found["column"].tolist() == ["b1", "b2"]
    assert "(400/401)" in found["message_en"].iloc[0]
    assert "（0/401）" in found["message_zh"].iloc[1]


def test_an_interviewer_who_differs_or_races_is_told(entry):
    frame = responses().assign(interviewer=[f"I{k % 8}" for k in range(400)])
    odd, fast = frame["interviewer"] == "I3", frame["interviewer"] == "I5"
    frame.loc[odd, list(CCSI.item_ids)] = 10
    frame.loc[fast, "duration_s"] = 60.0
    assert rules(frame, entry) == [("interviewer_differs", "I3"), ("interviewer_fast", "I5")]


def test_every_rule_has_its_name_in_both_languages():
    assert {f"rule_{rule}" for rule in RULES} <= set(phrases())


def test_the_suite_that_is_kept_is_the_one_used():
    kept = (schemas_root() / "expectations" / "wave.json").read_text(encoding="utf-8")
    assert json.loads(kept) == wave_suite()


def declare(workspace, **faults):
    path = workspace.root / "waves" / "2026.yaml"
    wave = yaml.safe_load(path.read_text(encoding="utf-8"))
    path.write_text(yaml.safe_dump(wave | {"faults": faults}), encoding="utf-8")
    return load_plan(workspace, "2026")


def deliver(workspace, bad: int, good: int):
    header = ",".join(["respondent", "brand", *CCSI.item_ids])
    answers = ",".join(["8"] * len(CCSI.items))
    off = ",".join(["11", *["8"] * (len(CCSI.items) - 1)])
    rows = [f"r{k},b1,{off if k < bad else answers}" for k in range(bad + good)]
    path = workspace.root / "data" / "a.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return SourceFile(path, None, "only")


def test_a_wave_with_too_many_faults_is_not_estimated_and_says_why(workspace):
    plan = declare(workspace, max_share=0.05)
    collect_file(plan, deliver(workspace, 3, 17))
    with pytest.raises(ConformError) as refused:
        InOrder().estimate(plan)
    assert str(refused.value) == (
        "wave 2026: 3 of 20 rows (15.0%) have an error, more than the declared 5.0%, so nothing is estimated "
        "(off_scale 3; by file a.csv 3). Correct the files or their maps and ingest again; "
        "runs/2026/validation.html shows where"
    )


def test_a_single_rule_may_have_its_own_limit(workspace):
    plan = declare(workspace, max_share=0.5, rules={"off_scale": 0.1})
    collect_file(plan, deliver(workspace, 3, 17))
    with pytest.raises(ConformError, match=r"have off_scale, more than the declared 10\.0%"):
        InOrder().estimate(plan)
    with pytest.raises(SpecError, match="there is no rule 'of_scale'"):
        InOrder().estimate(declare(workspace, rules={"of_scale": 0.1}))


def test_only_sectors_above_the_limit_are_refused_where_the_others_are_below(workspace):
    declare(workspace, max_share=0.05)
    half = {"share": {"value": 0.5, "source": "test", "year": 2026}}
    named = half | {"id": "other", "label": {"zh": "other", "en": "other"}}
    for path, own, new in (("waves/2026.yaml", {}, {"id": "other"}), ("sectors.yaml", half, named)):
        spec = yaml.safe_load((workspace.root / path).read_text(encoding="utf-8"))
        spec["sectors"] = [spec["sectors"][0] | own, spec["sectors"][0] | new]
        (workspace.root / path).write_text(json.dumps(spec), encoding="utf-8")
    plan = load_plan(workspace, "2026")
    other = workspace.root / "data" / "other.csv"
    other.write_bytes(deliver(workspace, 1, 59).path.read_bytes())
    for source in (deliver(workspace, 9, 11), SourceFile(other, None, "other")):
        collect_file(plan, source)
    store = Store.open(workspace.warehouse)
    refused = faulty_sectors(plan.wave, store)
    assert refused["only"].startswith(
        "9 of 20 rows (45.0%) have an error, more than the declared 5.0%, so it is not"
    )
    assert set(refused) == {"only"}
    strict = plan.wave.model_copy(update={"faults": FaultLimits(max_share=0.01)})
    with pytest.raises(ConformError, match=r"10 of 80 rows \(12\.5%\)"):
        faulty_sectors(strict, store)


def test_the_page_names_places_and_classes_and_no_answer(workspace):
    plan = declare(workspace, max_share=0.05)
    canary = "13912345678"
    source = deliver(workspace, 3, 17)
    text = source.path.read_text(encoding="utf-8").replace("r19,b1,8", f"r19,<img src=x onerror=1>,{canary}")
    source.path.write_text(text, encoding="utf-8")
    InOrder().collect(plan, [source])
    page = (workspace.root / "runs" / "2026" / "validation.html").read_text(encoding="utf-8")
    assert "Off the scale" in page
    assert "超出量表" in page
    assert "this wave is not estimated" in page
    assert "onerror" not in page
    assert canary not in page
    assert "http" not in page.replace("http-equiv", "").replace("https://schema.org", "")
    assert "default-src 'none'" in unescape(page)


def test_faults_of_the_wave_are_replaced_and_those_of_its_files_stay(workspace):
    plan = declare(workspace)
    source = deliver(workspace, 1, 19)
    for _ in range(2):
        InOrder().collect(plan, [source])
    faults = ncsi.open(workspace.warehouse).table("core_faults")
    assert faults["rule"].tolist() == ["off_scale"]


def test_a_limit_is_a_share(tmp_path, workspace):
    declared = yaml.safe_load((workspace.root / "waves" / "2026.yaml").read_text(encoding="utf-8"))
    path = tmp_path / "w.yaml"
    path.write_text(yaml.safe_dump(declared | {"faults": {"max_share": 5}}), encoding="utf-8")
    with pytest.raises(SpecError, match=r"faults\.max_share"):
        load_wave(path)
