"""A panel over three waves: the satisfied stay, some are released, some are new; from files to tables and weights."""

from __future__ import annotations

import shutil

import numpy as np
import pandas as pd
import pytest
import yaml

from ncsi.errors import SpecError
from ncsi.spec import load_instrument
from ncsi.spec.plan import load_plan
from ncsi.stages.collect import collect_file
from ncsi.stages.estimate import estimate_sector
from ncsi.stages.estimated_sectors import store_results, store_rows
from ncsi.stages.panel_members import panel_keeping
from ncsi.stages.public_version import held_sectors, remember_public
from ncsi.stages.source_files import sources_of
from ncsi.store import Store
from ncsi.tables import (
    CORE_WEIGHTS_BY_RESPONDENT,
    OUT_INDEX_BY_SECTOR,
    OUT_PANEL,
    OUT_PANEL_ATTRITION,
    OUT_PANEL_LEAVERS,
    OUT_PANEL_RETENTION,
    OUT_WEIGHTING_BY_SECTOR,
    OUT_WEIGHTING_BY_STEP,
)

KEPT = {"Quality": 3, "Satisfaction": 3, "Loyalty": 2}
N, NEW = 600, 150
ATTRITION = {"by": ["town"], "least": 30}


def mini():
    """Quality → Satisfaction → Loyalty, of eight items of ccsi."""
    told = load_instrument("ccsi").model_dump(mode="json", by_alias=True, exclude_none=True)
    told["constructs"] = [
        one | {"items": one["items"][: KEPT[one["id"]]]} for one in told["constructs"] if one["id"] in KEPT
    ]
    told["paths"] = [one for one in told["paths"] if one["from"] in KEPT and one["to"] in KEPT]
    empty = ("subindices", "beside", "measures", "routing", "required", "attention", "contradictions")
    return told | {"id": "mini", **{name: [] for name in empty}}


ITEMS = [item["id"] for one in mini()["constructs"] for item in one["items"]]


def panel():
    """What N + NEW persons think for good, in which wave each is asked first, and who answers in which."""
    rng = np.random.default_rng(5)
    whole = rng.standard_normal(N + 2 * NEW)
    stays = rng.random((2, len(whole))) < 1 / (1 + np.exp(-1.2 * whole - 0.8))
    first = np.repeat([0, 1, 2], [N, NEW, NEW])
    answers = [first == 0, (first == 1) | (stays[0] & (first == 0)), np.zeros(len(whole), dtype=bool)]
    answers[2] = (first == 2) | (answers[1] & stays[1] & (first > 0))  # those of the first wave are released
    return whole, answers


def deliver(root, wave, k):
    whole, answers = panel()
    rng, rows = np.random.default_rng(100 + k), np.flatnonzero(answers[k])
    points = 6.5 + 1.7 * (0.8 * whole[rows, None] + 0.6 * rng.standard_normal((len(rows), len(ITEMS))))
    frame = pd.DataFrame(np.clip(np.round(points), 1, 10).astype(int), columns=ITEMS)
    frame["respondent"] = [f"p{one}" for one in rows]
    frame["brand"] = np.where(rows % 2 == 0, "b1", "b2")
    frame["town"] = np.where(rows % 3 == 0, "small", "large")
    (root / "data" / wave).mkdir(parents=True)
    frame.to_csv(root / "data" / wave / "a.csv", index=False)


def groups(**changes):
    """Both towns as rotation groups from the first wave on, with what a test changes of them."""
    return [{"id": one, "enters": "2026"} | changes.get(one, {}) for one in ("large", "small")]


def label(word):
    return {"zh": word, "en": word}


@pytest.fixture(scope="module")
def kept_up(new_workspace, tmp_path_factory):
    """Three waves collected and estimated: members stay for two of them."""
    workspace = new_workspace(tmp_path_factory.mktemp("panel"))
    root = workspace.root
    (root / "instruments").mkdir()
    (root / "instruments" / "mini.yaml").write_text(yaml.safe_dump(mini()), encoding="utf-8")
    sectors = yaml.safe_load((root / "sectors.yaml").read_text(encoding="utf-8"))
    sectors["sectors"][0]["instrument"] = "mini"
    (root / "sectors.yaml").write_text(yaml.safe_dump(sectors), encoding="utf-8")
    towns = {
        "label": label("town"),
        "values": [{"id": one, "label": label(one)} for one in ("large", "small")],
    }
    base = yaml.safe_load((root / "waves" / "2026.yaml").read_text(encoding="utf-8"))
    for k, wave in enumerate(("2026", "2027", "2028")):
        told = base | {
            "id": wave, "field": {"start": f"{wave}-03-01", "end": f"{wave}-03-31"}, "release_date": f"{wave}-05-15",
            "replicates": 200, "sources": [{"files": f"data/{wave}/*.csv", "sector": "only"}], "panel": "households",
            "background": {"town": towns}, "rotation": {"stay": 2, "refreshment": 0.25}, "attrition": ATTRITION,
        }  # fmt: skip
        told |= {"previous": str(int(wave) - 1)} if k else {}
        (root / "waves" / f"{wave}.yaml").write_text(yaml.safe_dump(told), encoding="utf-8")
        deliver(root, wave, k)
        plan = load_plan(workspace, wave)
        collect(plan)
        estimate(plan)
    return workspace


def collect(plan):
    for source in sources_of(plan.workspace, plan.wave.id):
        collect_file(plan, source)


def estimate(plan):
    """Its sector as stored, without a nation."""
    store = Store.open(plan.workspace.warehouse)
    found = store_rows(store, estimate_sector(store, plan, "only", "run"))
    assert found.outcome.problem == ""
    store_results(store, plan.wave.id, [found])


def test_every_cohort_is_counted_from_its_first_wave_on(kept_up):
    store, (_, answers) = Store.open(kept_up.warehouse), panel()
    assert len(store.read(OUT_PANEL_ATTRITION.name, wave="2026")) == 0
    second = store.read(OUT_PANEL_ATTRITION.name, wave="2027").set_index("cohort")
    returned = int((answers[0] & answers[1]).sum())
    one = second.loc["2026"]
    assert [one[name] for name in ("entered", "released", "asked_again", "returned", "lost", "new")] == [
        N, 0, N, returned, N - returned, 0,
    ]  # fmt: skip
    assert one["retention"] == pytest.approx(returned / N)
    assert one["low"] < one["retention"] < one["high"]
    whole = second.loc[""]
    assert (whole["new"], whole["respondents"]) == (NEW, returned + NEW)
    third = store.read(OUT_PANEL_ATTRITION.name, wave="2028").set_index("cohort")
    assert third.loc["2026", ["respondents_before", "released", "asked_again"]].tolist() == [
        returned,
        returned,
        0,
    ]
    assert np.isnan(third.loc["2026", "retention"])
    assert third.loc["2027", "asked_again"] == NEW
    assert third.loc["2027", "survival"] == pytest.approx(third.loc["2027", "returned"] / NEW)


def test_retention_is_told_by_brand_and_by_background(kept_up):
    store, (_, answers) = Store.open(kept_up.warehouse), panel()
    rows = store.read(OUT_PANEL_RETENTION.name, wave="2027").set_index(["dimension", "value"])
    members = np.flatnonzero(answers[0])
    small = members[members % 3 == 0]
    told = rows.loc[("town", "small")]
    assert (told["asked_again"], told["returned"]) == (len(small), int(answers[1][small].sum()))
    assert told["low"] < told["retention"] < told["high"]
    assert rows.loc["brand", "asked_again"].sum() == len(members)
    assert store.read(OUT_PANEL_RETENTION.name, wave="2026").empty


def test_what_weighting_for_attrition_costs_is_told_step_by_step(kept_up):
    store = Store.open(kept_up.warehouse)
    steps = store.read(OUT_WEIGHTING_BY_STEP.name, wave="2027")
    (whole,) = store.read(OUT_WEIGHTING_BY_SECTOR.name, wave="2027").to_dict("records")
    assert steps["step"].tolist() == whole["method"].split()
    assert steps["deff"].iloc[-1] == pytest.approx(whole["deff"])
    assert steps["deff_of_step"].prod() == pytest.approx(whole["deff"])
    assert steps.set_index("step").loc["attrition", "deff_of_step"] > 1.01
    assert steps["n_eff"].tolist() == pytest.approx((whole["n"] / steps["deff"]).tolist())


def test_those_who_left_were_less_satisfied_and_the_others_are_weighted_up_to_them(kept_up):
    store = Store.open(kept_up.warehouse)
    (leavers,) = store.read(OUT_PANEL_LEAVERS.name, wave="2027").to_dict("records")
    assert leavers["stayed"] + leavers["left"] == N
    assert leavers["high"] < 0
    assert leavers["p"] < 1e-6
    (steps,) = store.read(OUT_WEIGHTING_BY_SECTOR.name, wave="2027")["method"].to_list()
    assert "attrition" in steps
    weights = store.read(CORE_WEIGHTS_BY_RESPONDENT.name, wave="2027")
    assert weights["factor_nonresponse"].nunique() > 5
    index = {
        wave: store.read(OUT_INDEX_BY_SECTOR.name, wave=wave)
        .set_index("construct")
        .loc["Satisfaction", "index_0_100"]
        for wave in ("2026", "2027")
    }
    responses = store.responses("2027", "only")
    target = [one for one in ITEMS if one in [item["id"] for item in mini()["constructs"][1]["items"]]]
    plain = ((responses[target].astype(float) - 1) / 9 * 100).to_numpy().mean()
    assert index["2027"] < plain - 1.5  # of all who answered, the satisfied are too many
    assert abs(index["2027"] - index["2026"]) < 2.5


def test_a_wave_weighted_for_attrition_is_matched_again_by_the_next(kept_up):
    pairs = Store.open(kept_up.warehouse).read(OUT_PANEL.name, wave="2028")
    assert (pairs["shared"] >= 30).any()
    assert pairs.loc[pairs["brand"] == "", "correlation"].gt(0).all()


def test_what_a_panel_declares_is_checked(kept_up, tmp_path):
    root = shutil.copytree(kept_up.root, tmp_path / "ws", ignore=shutil.ignore_patterns("warehouse", "runs"))
    path = root / "waves" / "2027.yaml"
    told = yaml.safe_load(path.read_text(encoding="utf-8"))
    for changes, said in (
        ({"panel": None}, "rotation.*the wave is of no panel"),
        ({"attrition": {"by": ["income"]}}, "income.*background variable with declared values"),
        ({"attrition": {"by": ["town", "town"]}}, "town"),
        ({"attrition": {"least": 5}}, "30"),
        (
            {"weighting": {"replicates": {"method": "rao_wu", "number": 200}}},
            "attrition.*errors come out too small",
        ),
        ({"rotation": {"stay": 1}}, "2"),
        ({"rotation": {"refreshment": 0.2}}, "rotation.*says not how long members stay"),
        ({"rotation": {"by": "town"}}, "rotation.*says not how long"),
        ({"rotation": {"by": "town", "groups": groups(), "stay": 2}}, "rotation.*two things at once"),
        ({"rotation": {"by": "income", "groups": groups()}}, "rotation.by.*income"),
        ({"rotation": {"by": "town", "groups": groups(small={"id": "tiny"})}}, "no value of town 'tiny'"),
        ({"rotation": {"by": "town", "groups": groups()[:1]}}, "'small' of town is no group"),
        ({"rotation": {"by": "town", "groups": groups(small={"id": "large"})}}, "'large' is declared twice"),
        (
            {"rotation": {"by": "town", "groups": groups(small={"leaves": "2026"})}},
            "small.*leaves in 2026, not after it enters in 2026",
        ),
        (
            {
                "rotation": {
                    "by": "town",
                    "groups": groups(small={"enters": "2028"}, large={"leaves": "2027"}),
                }
            },
            "none of the 2 groups is to be asked in 2027",
        ),
    ):
        changed = {name: value for name, value in (told | changes).items() if value is not None}
        path.write_text(yaml.safe_dump(changed), encoding="utf-8")
        with pytest.raises(SpecError, match=said):
            load_plan(type(kept_up)(root, kept_up.settings), "2027")


def test_a_panel_of_nobody_in_common_is_refused_by_name(kept_up, tmp_path):
    root = shutil.copytree(kept_up.root, tmp_path / "ws")
    workspace = type(kept_up)(root, kept_up.settings)
    frame = pd.read_csv(root / "data" / "2028" / "a.csv")
    frame["respondent"] = [f"other{k}" for k in range(len(frame))]
    frame.to_csv(root / "data" / "2028" / "a.csv", index=False)
    plan = load_plan(workspace, "2028")
    collect(plan)
    found = estimate_sector(Store.open(workspace.warehouse), plan, "only", "run").outcome
    assert "0 members of the wave before answered again, fewer than 30" in found.problem
    assert found.reason == "not_weighted"


def test_somebody_whom_the_figures_of_the_wave_before_count_still_is_not_told_by_subtraction(
    kept_up, tmp_path
):
    root = shutil.copytree(kept_up.root, tmp_path / "ws")
    workspace = type(kept_up)(root, kept_up.settings)
    store, plan = Store.open(workspace.warehouse), load_plan(workspace, "2027")
    assert panel_keeping(store, plan, "only").members.as_counted
    gone = store.responses("2026", "only", ["respondent"])["respondent"].iloc[0]
    store.forget("2026", [gone])
    assert not panel_keeping(store, plan, "only").members.as_counted


def test_a_late_file_does_not_tell_how_satisfied_the_one_was_who_came_back(kept_up, tmp_path):
    root = shutil.copytree(kept_up.root, tmp_path / "ws")
    workspace = type(kept_up)(root, kept_up.settings)
    store, plan = Store.open(workspace.warehouse), load_plan(workspace, "2027")
    remember_public(store, plan, {})
    frame, before = (pd.read_csv(root / "data" / wave / "a.csv") for wave in ("2027", "2026"))
    one = before[~before["respondent"].isin(frame["respondent"])].iloc[:1]
    new = frame.iloc[:200].assign(respondent=[f"late{k}" for k in range(200)])
    pd.concat([one, new]).to_csv(root / "data" / "2027" / "late.csv", index=False)
    collect(plan)
    estimate(plan)
    assert held_sectors(store, "2027") == ()
    assert len(store.read(OUT_PANEL_LEAVERS.name, wave="2027")) == 0
