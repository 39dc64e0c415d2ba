"""Another questionnaire than in the wave before: what both share, and whether a trend goes on over it."""

from __future__ import annotations

import shutil

import numpy as np
import pandas as pd
import pytest
import yaml

import ncsi
from ncsi.engine import InOrder
from ncsi.model import changes
from ncsi.model.resampling.intervals import t_reach
from ncsi.results.questionnaire_change import Shared, shared_instrument, shared_items
from ncsi.spec import Label, Scale, load_instrument
from ncsi.spec.hashing import seed_of
from ncsi.spec.plan import load_plan
from ncsi.stages.collect import collect_file
from ncsi.stages.estimate import estimate_sector
from ncsi.stages.source_files import sources_of
from ncsi.stages.unchanged_sectors import unchanged
from ncsi.store import Store
from ncsi.tables import OUT_INDEX_BY_SECTOR, OUT_QUESTIONNAIRE_CHANGES, OUT_TREND

KEPT = {"Quality": 3, "Satisfaction": 3, "Loyalty": 2}


def mini(version="1.0.0", without=(), **changed):
    """Quality → Satisfaction → Loyalty, of eight items of ccsi but for those left out."""
    whole = load_instrument("ccsi")
    constructs = tuple(
        one.model_copy(
            update={
                "items": tuple(
                    item.model_copy(update=changed.get(item.id, {}))
                    for item in one.items[: KEPT[one.id]]
                    if item.id not in without
                )
            }
        )
        for one in whole.constructs
        if one.id in KEPT
    )
    paths = tuple(one for one in whole.paths if one.source in KEPT and one.target in KEPT)
    return whole.model_copy(
        update={
            "id": "mini", "version": version, "constructs": constructs, "paths": paths, "subindices": (),
            "beside": (), "measures": (), "routing": (), "required": (), "attention": (), "contradictions": (),
        }
    )  # fmt: skip


ITEMS = mini().item_ids
QUALITY, TARGET = ITEMS[:3], ITEMS[3:6]
OTHER = {"question": Label(zh="改写了的题目？", en="A question in other words?")}


def test_what_two_questionnaires_share_is_told_by_item():
    before, now = mini(without=(ITEMS[0],)), mini("2.0.0", without=(ITEMS[7],), **{ITEMS[1]: OTHER})
    same = tuple(one for one in ITEMS if one not in (ITEMS[0], ITEMS[1], ITEMS[7]))
    assert shared_items(now, before) == Shared(same, (ITEMS[1],), (ITEMS[0],), (ITEMS[7],))
    relabelled = mini("2.0.1", **{ITEMS[1]: {"label": Label(zh="甲", en="a")}})
    assert shared_items(relabelled, mini()).reworded == ()


def test_the_model_on_the_shared_questions_is_the_same_from_either_side():
    before, now = mini(without=(ITEMS[0],)), mini("2.0.0", without=(ITEMS[7],))
    one, other = shared_instrument(now, before), shared_instrument(before, now)
    assert one.item_ids == other.item_ids == tuple(item for item in ITEMS if item not in (ITEMS[0], ITEMS[7]))
    assert one.paths == other.paths == mini().paths


@pytest.mark.parametrize(
    ("now", "reason"),
    [
        (mini("2.0.0", without=(TARGET[0],)), "target_changed"),
        (mini("2.0.0", **{TARGET[0]: OTHER}), "target_changed"),
        (mini("2.0.0", **{TARGET[0]: {"scale": Scale(min=1, max=7)}}), "target_changed"),
        (mini("2.0.0").model_copy(update={"target": "Loyalty"}), "target_changed"),
        (mini("2.0.0").model_copy(update={"paths": mini().paths[:-1]}), "model_changed"),
        (
            mini("2.0.0").model_copy(
                update={
                    "constructs": (
                        mini().constructs[0].model_copy(update={"mode": "B"}),
                        *mini().constructs[1:],
                    )
                }
            ),
            "model_changed",
        ),
        (
            mini("2.0.0", **dict.fromkeys(QUALITY, OTHER)),
            "model_changed",
        ),  # nothing is left of what explains it
    ],
)
def test_a_trend_breaks_where_the_index_would_mean_something_else(now, reason):
    assert shared_instrument(now, mini()) == reason
    assert shared_instrument(mini(), now) == reason


def survey(instrument, rise, seed):
    rng = np.random.default_rng(seed)
    n, whole = 240, np.random.default_rng(seed).standard_normal(240)
    points = 6.5 + rise + 1.7 * (0.8 * whole[:, None] + 0.6 * rng.standard_normal((n, len(ITEMS))))
    frame = pd.DataFrame(np.clip(np.round(points), 1, 10).astype(int), columns=list(ITEMS))
    own = frame[list(instrument.item_ids)]
    return own.assign(respondent=[f"{seed}-{i}" for i in range(n)], brand=np.repeat(["b1", "b2"], n // 2))


def write(workspace, wave, instrument, answers, **more):
    root = workspace.root
    (root / "instruments").mkdir(exist_ok=True)
    told = instrument.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    (root / "instruments" / "mini.yaml").write_text(yaml.safe_dump(told), encoding="utf-8")
    (root / "data" / wave).mkdir()
    answers.to_csv(root / "data" / wave / "a.csv", index=False)
    path = root / "waves" / f"{wave}.yaml"
    if not path.exists():
        shutil.copy(root / "waves" / "2026.yaml", path)
    content = yaml.safe_load(path.read_text(encoding="utf-8")) | {
        "id": wave, "field": {"start": f"{wave}-03-01", "end": f"{wave}-03-31"}, "release_date": f"{wave}-05-15",
        "replicates": 300, "sources": [{"files": f"data/{wave}/*.csv", "sector": "only"}], **more,
    }  # fmt: skip
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    plan = load_plan(workspace, wave)
    for source in sources_of(workspace, wave):
        collect_file(plan, source)
    InOrder().estimate(plan)


def test_the_index_is_linked_by_fits_to_what_both_waves_asked(workspace):
    root, now = workspace.root, mini("2.0.0", without=(QUALITY[2],))
    sectors = yaml.safe_load((root / "sectors.yaml").read_text(encoding="utf-8"))
    sectors["sectors"][0]["instrument"] = "mini"
    (root / "sectors.yaml").write_text(yaml.safe_dump(sectors), encoding="utf-8")
    before_answers, answers = survey(mini(), 0.0, 1), survey(now, 0.4, 2)
    write(workspace, "2026", mini(), before_answers)
    write(workspace, "2027", now, answers, previous="2026")

    store = Store.open(workspace.warehouse)
    (row,) = store.read(OUT_QUESTIONNAIRE_CHANGES.name, wave="2027").to_dict("records")
    assert len(store.read(OUT_QUESTIONNAIRE_CHANGES.name, wave="2026")) == 0
    assert [row[name] for name in ("instrument_version", "previous_version", "shared", "dropped", "reason")] == [
        "2.0.0", "1.0.0", 7, QUALITY[2], "",
    ]  # fmt: skip
    common = shared_instrument(now, mini())
    fits = {
        wave: ncsi.fit_pls(frame, common) for wave, frame in (("2026", before_answers), ("2027", answers))
    }
    own = {
        wave: one.index.set_index("construct")["index_0_100"]["Satisfaction"] for wave, one in fits.items()
    }
    assert (row["index_0_100"], row["previous_0_100"]) == pytest.approx((own["2027"], own["2026"]), abs=1e-9)
    boots = {
        wave: ncsi.bootstrap(one, 300, seed_of(1, wave, "only"), 0.95).index for wave, one in fits.items()
    }
    figures = [
        boots[wave][boots[wave]["construct"] == "Satisfaction"].assign(index_0_100=own[wave])
        for wave in ("2027", "2026")
    ]
    (direct,) = changes(*figures, ["construct"], 0.95).to_dict("records")
    assert row["change"] == pytest.approx(direct["change"], abs=1e-9)
    assert row["change_se"] == pytest.approx(direct["se"], rel=0.2)  # 300 draws of people in another order
    reach = t_reach(0.95, np.array(row["change_df"])) * row["change_se"]
    assert (row["low"], row["high"]) == pytest.approx(
        (row["change"] - reach, row["change"] + reach), abs=1e-9
    )
    trend = store.read(OUT_TREND.name, wave="2027")
    of_sector = trend[trend["level"] == "sector"].set_index("at")
    published = store.read(OUT_INDEX_BY_SECTOR.name, wave="2027").set_index("construct").loc["Satisfaction"]
    assert of_sector["segment"].tolist() == [0, 0]
    assert of_sector["linked_0_100"].tolist() == pytest.approx(
        [published["index_0_100"] - row["change"], published["index_0_100"]]
    )
    assert of_sector.loc["2027", "change_year"] == pytest.approx(row["change"])

    plan = load_plan(workspace, "2027")
    assert set(unchanged(store, plan)) == {"only"}
    card = store.sources("2026")["source_sha256"].iloc[0]
    store.withdraw("2026", card, "gone", "test")
    assert (
        unchanged(store, plan) == {}
    )  # the wave before is one of its inputs, because it was asked otherwise
    made = estimate_sector(store, plan, "only", "run").tables.tables
    (row,) = made[OUT_QUESTIONNAIRE_CHANGES.name].to_pandas().to_dict("records")
    assert (row["reason"], np.isnan(row["change"])) == ("answers_gone", True)
