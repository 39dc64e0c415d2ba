"""Questions beside the model, from the file to NPS and the share of complaints handled well."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from ncsi.spec import schemas_root
from ncsi.spec.plan import load_plan
from ncsi.stages.collect import collect_file
from ncsi.stages.estimate import estimate_sector
from ncsi.stages.estimated_sectors import store_results
from ncsi.stages.source_files import sources_of
from ncsi.store import Store

GOLDEN = Path(__file__).parents[2] / "golden" / "golden.csv"


def both(words: str) -> dict[str, str]:
    return {"zh": words, "en": words}


def question(name: str, low: int, high: int) -> dict[str, object]:
    return {"id": name, "label": both(name), "question": both(name), "scale": {"min": low, "max": high}}


@pytest.fixture
def answered(workspace) -> pd.DataFrame:
    """ccsi with three more questions, one of them for complainers only, answered by 720."""
    spec = yaml.safe_load((schemas_root() / "instruments" / "ccsi.yaml").read_text(encoding="utf-8"))
    spec |= {
        "beside": [question("REC", 0, 10), question("COMP", 0, 1), question("HANDLE", 1, 10)],
        "routing": [{"item": "HANDLE", "asked_if": {"item": "COMP", "answers": [1]}}],
        "measures": [
            {"measure": "nps", "item": "REC"},
            {"measure": "complaint_rate", "item": "COMP"},
            {"measure": "complaints_handled", "item": "HANDLE", "answers": [7, 8, 9, 10]},
        ],
    }
    path = workspace.root / "instruments" / "ccsi.yaml"
    path.parent.mkdir()
    path.write_text(yaml.safe_dump(spec, allow_unicode=True), encoding="utf-8")
    rng, golden = np.random.default_rng(1), pd.read_csv(GOLDEN)
    items = [item["id"] for construct in spec["constructs"] for item in construct["items"]]
    complained = rng.random(720) < 0.2
    rows = golden[items].assign(
        respondent=[f"R{k}" for k in range(720)], brand=np.where(golden["brand"] < "B4", "b1", "b2"),
        REC=rng.integers(0, 11, 720), COMP=complained.astype(int),
        HANDLE=pd.array(np.where(complained, rng.integers(1, 11, 720), 0), dtype="Int64"),
    )  # fmt: skip
    rows["HANDLE"] = rows["HANDLE"].mask(~complained)
    rows.to_csv(workspace.root / "data" / "answers.csv", index=False)
    return rows


def test_a_map_may_name_them(workspace, answered):
    wave = workspace.root / "waves" / "2026.yaml"
    wave.write_text(
        wave.read_text(encoding="utf-8").replace("sector: only", "sector: only\n  map: own"), "utf-8"
    )
    own = workspace.root / "maps" / "own.yaml"
    own.parent.mkdir()
    own.write_text("spec: ncsi/map/1\nid: own\nitems: {REC: recommend}\n", encoding="utf-8")
    assert workspace.wave("2026").sources[0].map == "own"


def test_they_come_through_to_the_measures(workspace, answered):
    plan = load_plan(workspace, "2026")
    for source in sources_of(workspace, "2026"):
        collect_file(plan, source)
    store = Store.open(workspace.warehouse)
    with warnings.catch_warnings():
        warnings.simplefilter(
            "error", RuntimeWarning
        )  # of a net promoter score below zero, which is no share
        results = estimate_sector(store, plan, "only", "run")
    assert not results.outcome.problem
    store_results(store, "2026", [results])
    rows = store.read("out_measures_by_brand", wave="2026")
    whole = rows[rows["brand"] == ""].set_index("measure")
    kept = answered[answered["HANDLE"].notna()]
    assert whole.loc["complaints_handled", "n"] == len(kept)
    assert whole.loc["complaints_handled", "estimate"] == pytest.approx(100 * (kept["HANDLE"] >= 7).mean())
    assert whole.loc["complaint_rate", "estimate"] == pytest.approx(100 * answered["COMP"].mean())
    score = 100 * ((answered["REC"] >= 9).mean() - (answered["REC"] <= 6).mean())
    assert whole.loc["nps", "estimate"] == pytest.approx(score)
    assert whole.loc["nps", "low"] < score < whole.loc["nps", "high"] < 0
    assert set(rows["brand"]) == {"", "b1", "b2"}
    assert "REC" not in set(store.read("out_weights_by_item", wave="2026")["item"])
