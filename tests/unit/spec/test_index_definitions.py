"""The shipped indices hold together, say where each part comes from, and a wrong definition says what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from ncsi.errors import SpecError
from ncsi.spec import load_instrument, schemas_root
from ncsi.spec.index_plan import index_ids, load_index, load_units
from ncsi.spec.yaml_documents import as_yaml, read_document

INDICES = (
    "brand_evaluation",
    "citizen_quality",
    "city_quality",
    "city_services",
    "maturity",
    "public_service",
    "public_service_11",
    "qci",
    "quality_award",
    "quality_credit",
    "quality_influence",
)


def test_the_shipped_indices_are_those_the_policy_names() -> None:
    assert set(INDICES) <= set(index_ids())


@pytest.mark.parametrize("index", INDICES)
def test_every_node_says_where_it_and_its_weight_and_benchmarks_come_from(index: str) -> None:
    plan = load_index(index)
    origins = plan.definition.origins
    assert set(origins) == {node.code for node in plan.tree.nodes}
    for node in plan.tree.nodes:
        origin = origins[node.code]
        assert (origin.weight is None) == (node.parent is None)
        assert (origin.benchmarks is None) == (node.code in plan.tree.children)
        ours = [
            plan.definition.sources[one].illustrative
            for one in (origin.node, origin.weight, origin.benchmarks)
            if one is not None
        ]
        assert node.illustrative == any(ours), node.code


def test_the_tree_of_the_quality_competitiveness_index_is_the_documented_one() -> None:
    tree = load_index("qci").tree
    assert [len(tree.children[tree.root.code]), len(tree.leaves)] == [2, 12]
    assert sum(len(tree.children[code]) for code in tree.children[tree.root.code]) == 6
    assert [node.code for node in tree.leaves if node.direction == -1] == ["quality_loss"]
    assert [tree.node(code).weight for code in ("QL", "DC")] == [0.5, 0.5]
    assert not tree.node("QL").illustrative
    assert tree.node("STD").illustrative


def test_three_tables_of_bands_disagree_on_one_value() -> None:
    bands = load_index("qci").bands
    assert {name: one.of(82.0).id for name, one in bands.items()} == {
        "qci_aqsiq_2011": "first", "qci_anhui_2009": "rather_strong", "qci_aqsiq_2008": "unnamed",
    }  # fmt: skip
    assert all(one.source for one in bands.values())


def test_provinces_and_industries_are_those_that_the_bulletins_count() -> None:
    provinces, industries = load_units("provinces"), load_units("industries29")
    sizes = {group.id: sum(one.group == group.id for one in provinces.units) for group in provinces.groups}
    assert (len(provinces.units), sizes) == (31, {"east": 11, "centre": 8, "west": 12})
    assert len(industries.units) == 29


def test_a_splice_year_is_scored_by_both_versions() -> None:
    plan = load_index("qci")
    assert [plan.versions_of(year) for year in (2022, 2023, 2024)] == [("2018",), ("2018", "2023"), ("2023",)]
    assert plan.tree_of("2018").node("rd_share").upper == 3.5
    assert plan.tree_of("2023").node("rd_share").upper == 4.0
    assert plan.tree_of("2018").node("spotcheck") == plan.tree.node("spotcheck")


def test_points_of_the_award_sum_to_a_thousand() -> None:
    tree = load_index("quality_award").tree
    assert sum(node.weight or 0 for node in tree.leaves) == 1000
    for parent in tree.children[tree.root.code]:
        below = sum(tree.node(code).weight or 0 for code in tree.children[parent])
        assert tree.node(parent).weight == below


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"since": 2025}, "since (line"),
        ({"bands": ["nowhere"]}, "there is no such table of bands"),
        ({"origins": {"QCI": {"node": "nobody"}}}, "there is no source 'nobody'"),
        ({"indicators": {"QL": {}}}, "there is no indicator of the tree 'QL'"),
        ({"checks": [{"year": 2007, "values": {"XX": 1.0}, "tolerance": 0.1, "source": "house"}]}, "node of the tree"),
        ({"groups": [{"id": "year", "label": {"zh": "年", "en": "Year"}}]}, "'year' already means another column"),
        ({"indicators": {"spotcheck": {"plausible": {"lower": 5.0, "upper": 5.0}}}}, "the range does not rise"),
        ({"unknown_key": 1}, "unknown key"),
    ],
)  # fmt: skip
def test_a_wrong_definition_names_key_line_and_cure(
    tmp_path: Path, change: dict[str, object], said: str
) -> None:
    (tmp_path / "indices").mkdir()
    shipped = read_document(schemas_root() / "indices" / "qci.yaml").data
    (tmp_path / "indices" / "qci.yaml").write_text(as_yaml({**shipped, **change}), encoding="utf-8")
    with pytest.raises(SpecError, match=r"qci\.yaml|bands nowhere") as refused:
        load_index("qci", tmp_path)
    assert said in str(refused.value)


def test_a_tree_without_a_definition_is_an_index_of_named_units(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(
        """spec: ncsi/tree/1
id: own
version: 1.0.0
label: {zh: 自有指数, en: Own index}
source: ours
method: {normalise: minmax, to: [0, 100]}
nodes:
  - {code: I}
  - {code: a, parent: I}
  - {code: b, parent: I}
""",
        encoding="utf-8",
    )
    plan = load_index(path)
    assert (plan.definition.named_units, plan.definition.dimensions[0].id) == (True, "unit")
    assert plan.versions_of(2024) == ("1",)


def test_a_field_without_items_is_named(tmp_path: Path) -> None:
    tree = (schemas_root() / "trees" / "public_service.yaml").read_text(encoding="utf-8")
    (tmp_path / "trees").mkdir()
    left = "\n".join(line for line in tree.splitlines() if "parent: JOB," not in line)
    (tmp_path / "trees" / "public_service.yaml").write_text(left, encoding="utf-8")
    with pytest.raises(SpecError, match=r"nothing lies below 'JOB'.*parent: JOB"):
        load_index("public_service", tmp_path)


def test_the_monitoring_has_twelve_fields_of_54_items_and_the_earlier_round_eleven() -> None:
    now, before = load_index("public_service").tree, load_index("public_service_11").tree
    assert (len(now.children["PSI"]), len(now.leaves)) == (12, 54)
    assert len(before.children["PSI"]) == 11
    labels = [{tree.node(code).label.zh for code in tree.children["PSI"]} for tree in (now, before)]
    assert "公共教育" in labels[0] - labels[1]
    assert "义务教育" in labels[1] - labels[0]
    items = [item.id for item in load_instrument("citizens").beside]
    assert items == [node.code for node in now.leaves]
    assert load_index("public_service").bands["public_service_2021"].of(80).id == "satisfied"
    assert len(load_units("services10").units) == 10
