"""What a nation stands on: measured, carried forward, not available; and what `ncsi verify` makes of it."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
import yaml

import ncsi
from ncsi.report.verify import verify_release
from ncsi.spec import open_workspace
from ncsi.spec.plan import load_plan
from ncsi.stages.nation import estimate_nation


@pytest.fixture(scope="module")
def rotating(nation, tmp_path_factory):
    """The small nation when its second wave, three quarters later, measures two of the three sectors."""
    root = tmp_path_factory.mktemp("rotating") / "nation"
    shutil.copytree(nation.workspace.root, root, ignore=shutil.ignore_patterns("releases", "exports", "runs"))
    path = root / "waves" / "2026Q1.yaml"
    wave = yaml.safe_load(path.read_text(encoding="utf-8"))
    wave["sectors"] = [one for one in wave["sectors"] if one["id"] != "banks"]
    wave["sources"] = [one for one in wave["sources"] if one["sector"] != "banks"]
    path.write_text(yaml.safe_dump(wave | {"carry_forward": 4}, allow_unicode=True), encoding="utf-8")
    plan = load_plan(open_workspace(root), "2026Q1")
    outcome = estimate_nation(plan)
    return plan, outcome, ncsi.open(plan.workspace.warehouse)


def test_every_sector_of_the_list_is_accounted_for(nation):
    basis = ncsi.open(nation.workspace.warehouse).table("out_basis_by_sector", "2026Q1")
    assert len(basis) == len(nation.workspace.sectors().sectors)
    assert basis["basis"].value_counts().to_dict() == {"measured": 3, "not_available": len(basis) - 3}
    assert basis["weight"].sum() == pytest.approx(1)
    assert basis["share"].sum() == pytest.approx(1)


def test_a_sector_not_measured_stands_with_its_earlier_result(rotating):
    plan, outcome, warehouse = rotating
    basis = warehouse.table("out_basis_by_sector", plan.wave.id).set_index("sector")
    assert basis.loc["banks", ["basis", "from_wave"]].tolist() == ["carried_forward", "2025Q1"]
    national = warehouse.table("out_index_national", plan.wave.id).set_index("construct").loc[plan.target]
    assert (national["sectors"], national["sectors_carried"], outcome.sectors) == (3, 1, 3)
    stands = basis[basis["basis"] != "not_available"]
    assert national["coverage"] == pytest.approx(stands["share"].sum())
    assert national["coverage_carried"] == pytest.approx(basis.loc["banks", "share"])
    assert national["index_0_100"] == pytest.approx((stands["weight"] * stands["index_0_100"]).sum())


def test_the_ranks_are_of_sectors_measured(rotating):
    plan, _, warehouse = rotating
    assert set(warehouse.table("out_rank_by_sector", plan.wave.id)["sector"]) == {"dairy", "bottled_water"}


def test_without_the_declaration_nothing_is_carried_forward(rotating, tmp_path):
    root = shutil.copytree(rotating[0].workspace.root, tmp_path / "nation")
    path = root / "waves" / "2026Q1.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("carry_forward: 4", "carry_forward: 3"), encoding="utf-8")
    plan = load_plan(open_workspace(root), "2026Q1")
    estimate_nation(plan)
    basis = ncsi.open(plan.workspace.warehouse).table("out_basis_by_sector", "2026Q1").set_index("sector")
    assert basis.loc["banks", "basis"] == "not_available"


def test_contributions_are_published_and_sum_to_the_national_change(rotating, nation):
    for warehouse in (rotating[2], ncsi.open(nation.workspace.warehouse)):
        parts = warehouse.table("out_contributions_by_sector", "2026Q1")
        changes = warehouse.table("out_changes", "2026Q1").query("level == 'nation'").set_index("construct")
        added = parts.groupby("construct")["contribution"].sum()
        np.testing.assert_allclose(added.loc[changes.index], changes["change"], atol=1e-9)
    carried = rotating[2].table("out_contributions_by_sector", "2026Q1").query("sector == 'banks'")
    assert set(carried["basis"]) == {"carried_forward"}
    assert (carried["from_index"] == 0).all()


def test_verify_derives_the_headline_from_the_basis(nation):
    found = verify_release(nation.release("2026Q1"))
    assert found.problems == ()


def test_the_trend_holds_every_wave_at_every_level(nation, rotating):
    made = ncsi.open(nation.workspace.warehouse).table("out_trend", "2026Q1")
    assert set(made["at"]) == {"2025Q1", "2026Q1"}
    assert set(made["level"]) == {"nation", "group", "sector"}
    point = made.query("level == 'nation' and at == '2026Q1'").iloc[0]
    assert point["change_year"] == pytest.approx(
        made.query("level == 'nation'")["index_0_100"].diff().iloc[-1]
    )
    assert (point["verdict_quarter"], point["break"]) == ("", "")
    first = ncsi.open(nation.workspace.warehouse).table("out_trend", "2025Q1")
    assert set(first["at"]) == {"2025Q1"}
    carried = rotating[2].table("out_trend", "2026Q1").query("at == '2026Q1'").set_index("unit")
    assert carried.loc[["banks", "dairy", "nation"], "basis"].tolist() == [
        "carried_forward",
        "measured",
        "partly_carried",
    ]
    assert carried.loc["banks", ["change_year", "change_year_se"]].tolist() == [0.0, 0.0]


def test_the_nation_is_told_by_region_from_the_cells_that_may_be_shown(nation):
    warehouse = ncsi.open(nation.workspace.warehouse)
    areas = warehouse.table("out_index_by_area", "2026Q1").query("construct == 'Satisfaction'")
    cells = warehouse.table("out_index_by_subgroup", "2026Q1").query("construct == 'Satisfaction'")
    shares = {one.id: one.share.value for one in nation.workspace.sectors().sectors}
    regions = areas.loc[areas["dimension"] == "region", "area"]
    assert set(regions) == {"east", "central", "west", "northeast"}
    assert set(areas["dimension"]) == {"region", "city_tier", "age_group", "gender"}
    for area in areas.itertuples():
        of_area = (cells["dimension"] == area.dimension) & (cells["subgroup"] == area.area)
        own = cells[of_area & cells["index_0_100"].notna()]
        weights = own["sector"].map(shares)
        assert area.index_0_100 == pytest.approx(np.average(own["index_0_100"], weights=weights))
        assert (area.sectors, area.n) == (len(own), own["n"].sum())
        assert area.coverage == pytest.approx(weights.sum())
