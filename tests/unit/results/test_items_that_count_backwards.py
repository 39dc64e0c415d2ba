"""A reversed item stops its sector; a weak one that counts backwards by chance costs its construct's figures only."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ncsi.cli.drafting import drafted
from ncsi.engine import InOrder
from ncsi.errors import ModelError
from ncsi.report.bundle import write_data
from ncsi.report.documents import write_sector
from ncsi.spec import load_instrument
from ncsi.spec.plan import load_plan
from ncsi.stages.collect import collect_file
from ncsi.stages.estimate import estimate_sector
from ncsi.stages.publish import publish_wave
from ncsi.stages.source_files import sources_of
from ncsi.store import Store

GOLDEN = Path(__file__).parents[2] / "golden" / "golden.csv"


@pytest.fixture
def answers(workspace) -> pd.DataFrame:
    """720 respondents of two brands; what a test changes of it, it writes."""
    golden = pd.read_csv(GOLDEN)
    items = list(load_instrument("ccsi").item_ids)
    wave = workspace.root / "waves" / "2026.yaml"
    wave.write_text(wave.read_text(encoding="utf-8") + "replicates: 200\n", encoding="utf-8")
    return golden[items].assign(
        respondent=[f"R{k}" for k in range(720)], brand=np.where(golden["brand"] < "B4", "b1", "b2")
    )


def delivered(workspace, answers):
    answers.to_csv(workspace.root / "data" / "answers.csv", index=False)
    return load_plan(workspace, "2026")


def collected(workspace, answers):
    plan = delivered(workspace, answers)
    for source in sources_of(workspace, "2026"):
        collect_file(plan, source)
    return plan


def test_a_reversed_item_of_the_target_stops_the_sector_and_nothing_is_published(workspace, answers):
    plan = delivered(workspace, answers.assign(SAT2=11 - answers["SAT2"]))
    with pytest.raises(ModelError, match=r"construct Satisfaction, item SAT2: outer weight .*reverse: true"):
        InOrder().run(plan, sources_of(workspace, "2026"))
    assert not (workspace.releases / "2026").exists()
    assert Store.open(workspace.warehouse).read("out_index_by_sector", wave="2026").empty


def test_a_reversed_item_of_another_construct_stops_it_too(workspace, answers):
    plan = collected(workspace, answers.assign(QUA3=11 - answers["QUA3"]))
    found = estimate_sector(Store.open(workspace.warehouse), plan, "only", "run")
    assert "construct Quality, item QUA3" in found.outcome.problem
    with pytest.raises(ModelError, match="construct Quality, item QUA3"):
        InOrder().draft(plan)


def test_a_weak_item_that_counts_backwards_by_chance_costs_its_construct_only(
    workspace, answers, documents_of
):
    noise = np.random.default_rng(0).integers(1, 11, len(answers))
    plan = collected(workspace, answers.assign(IMA3=noise))
    InOrder().estimate(plan)
    folder = publish_wave(plan, documents_of(write_data, write_sector), draft=True).folder
    index = pd.read_csv(folder / "data" / "out_index_by_brand.csv")
    assert set(index["construct"]) == {"Expectation", "Quality", "Value", "Satisfaction", "Loyalty"}
    for name in ("out_index_by_sector", "out_drivers_by_construct", "out_changes", "out_index_national"):
        assert "Image" not in set(pd.read_csv(folder / "data" / f"{name}.csv")["construct"])
    paths = pd.read_csv(folder / "data" / "out_paths_by_sector.csv")
    assert "Image" not in set(paths["from"]) | set(paths["to"])
    why = pd.read_csv(folder / "data" / "out_withheld_by_construct.csv").iloc[0]
    assert (why["construct"], why["item"]) == ("Image", "IMA3")
    assert why["weight_low"] < 0 < why["weight_high"]
    assert 0.2 < why["share_not_positive"] < 1
    page = (folder / "sectors" / "only.html").read_text(encoding="utf-8")
    assert "Figures of Image are withheld" in page
    draft = InOrder().draft(plan)
    assert draft.sectors[0].withheld == ("Image",)
    assert "Image" not in set(draft.tables["out_draft_index_by_sector"]["construct"])
    assert "Image" in set(draft.tables["out_draft_weights_by_item"]["construct"])
    assert "    without Image: an item counts backwards by chance" in drafted(draft, "Satisfaction")[0]
