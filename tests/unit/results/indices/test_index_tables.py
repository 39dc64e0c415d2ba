"""Every shipped index from synthetic figures to its tables: as declared, true to the truth, honest about what is not
known."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ncsi.disclosure import publishable_indices
from ncsi.errors import CompositeError
from ncsi.ingest.figures import FigureFaults, read_replicates
from ncsi.report.derived_scores import NEEDED, score_problems
from ncsi.results.indices import Asked, Joint, index_tables
from ncsi.store.declared_frames import to_arrow
from ncsi.tables import COMPOSITE_TABLES, CORE_PUBLISHED_BY_UNIT, TABLES

INDICES = (
    "brand_evaluation",
    "citizen_quality",
    "city_quality",
    "city_services",
    "maturity",
    "public_service",
    "qci",
    "quality_award",
    "quality_credit",
    "quality_influence",
)
Computed = Callable[[str], Any]


def _of(found: Any, name: str) -> pd.DataFrame:
    return found.tables[f"out_composite{name}"]


@pytest.mark.parametrize("index", INDICES)
def test_every_table_is_as_declared(computed: Computed, index: str) -> None:
    tables = computed(index).tables
    assert set(tables) == {*COMPOSITE_TABLES, CORE_PUBLISHED_BY_UNIT.name}
    for name, frame in tables.items():
        to_arrow(TABLES[name], frame)


@pytest.mark.parametrize("index", INDICES)
def test_published_scores_follow_from_those_below_them(computed: Computed, index: str) -> None:
    shown = publishable_indices(computed(index).tables, f"{index}-2025")
    rows = {
        name: [
            {key: "" if pd.isna(value) else str(value) for key, value in row.items()}
            for row in shown[name].to_dict("records")
        ]
        for name in NEEDED
    }
    assert list(score_problems(rows)) == []


@pytest.mark.parametrize(
    "index", ["city_quality", "quality_influence", "quality_credit", "brand_evaluation", "quality_award"]
)
def test_the_truth_lies_within_sampling_error_of_the_index(computed: Computed, index: str) -> None:
    found = computed(index)
    units = _of(found, "_by_unit").query("year == 2025 and status == 'published'")
    truth = found.example.truth.query("year == 2025").set_index("unit")["index"]
    away = units["score"].to_numpy() - truth[units["label_zh"]].to_numpy()
    complete = units["observed"].to_numpy() == 1
    if index == "quality_award":
        np.testing.assert_allclose(away, 0, atol=1e-9)
        return
    standardised = away[complete] / units["se"].to_numpy()[complete]
    assert abs(standardised.mean()) < 0.5
    assert 0.7 < standardised.std() < 1.3


def test_a_full_count_has_no_sampling_error_and_its_rank_is_sure(computed: Computed) -> None:
    ranks = _of(computed("qci"), "_rank_by_unit")
    assert (ranks["rank_set"] == "full_count").all()
    assert (ranks["rank"] == ranks["rank_low"]).all()
    assert (_of(computed("qci"), "_by_unit").query("version == '2023'")["se"] == 0).all()
    assert set(ranks["level"]) == {"region", "industry", "region/C27"}


def test_what_is_not_declared_is_not_known_and_never_zero(computed: Computed) -> None:
    found = computed("quality_award")
    assert _of(found, "_by_unit")["se"].isna().all()
    ranks = _of(found, "_rank_by_unit")
    assert (ranks["rank_set"] == "no_standard_errors").all()
    assert ranks["rank_low"].isna().all()


def test_rank_sets_hold_the_rank_and_are_no_robustness_ranges(computed: Computed) -> None:
    ranks = _of(computed("city_quality"), "_rank_by_unit")
    assert (ranks["rank_set"] == "computed").all()
    assert ((ranks["rank_low"] <= ranks["rank"]) & (ranks["rank"] <= ranks["rank_high"])).all()
    assert (ranks["rank_high"] - ranks["rank_low"]).mean() > 3
    differ = ranks[["rank_low", "rank_high"]].to_numpy() != ranks[["robust_low", "robust_high"]].to_numpy()
    assert differ.any()


def test_a_unit_with_too_little_data_has_neither_index_nor_rank(computed: Computed) -> None:
    found = computed("city_quality")
    units = _of(found, "_by_unit").query("year == 2025")
    (poor,) = units[units["status"] == "insufficient_data"].to_dict("records")
    assert np.isnan(poor["score"])
    assert poor["observed"] < 0.65
    assert poor["unit"] not in set(_of(found, "_rank_by_unit")["unit"])
    nodes = _of(found, "_node_by_unit").query(f"unit == '{poor['unit']}'").set_index("node")["score"]
    assert np.isnan(nodes["ECON"])
    assert not np.isnan(nodes["safety"])


def test_filled_and_clipped_figures_are_told(computed: Computed) -> None:
    found = computed("city_quality")
    nodes, log = _of(found, "_node_by_unit"), _of(found, "_changed_cells")
    filled = nodes[nodes["change"] == "filled"]
    assert len(filled) > 0
    assert filled["value"].isna().all()
    assert filled["value_used"].notna().all()
    changed = nodes["change"].isin(["filled", "clipped_low", "clipped_high"])
    assert len(log) == int(changed.sum()) + len(_twice(log))
    assert set(log["step"]) <= {"impute", "normalise"}


def _twice(log: pd.DataFrame) -> pd.DataFrame:
    """Cells that were filled and then clipped."""
    return log[log.duplicated(["unit", "node"])]


def test_a_splice_year_stands_under_both_versions_and_nothing_is_chained(computed: Computed) -> None:
    series = _of(computed("qci"), "_series").query("unit == 'all' and node == 'QCI'")
    by_year = series.groupby("year")["version"].apply(list).to_dict()
    assert by_year == {2021: ["2018"], 2022: ["2018"], 2023: ["2018", "2023"], 2024: ["2023"], 2025: ["2023"]}
    splice = series.query("year == 2023").set_index("version")
    assert splice["splice"].all()
    assert splice.loc["2023", "splice_difference"] == pytest.approx(
        splice.loc["2023", "score"] - splice.loc["2018", "score"]
    )
    assert splice.loc["2023", "splice_difference"] < 0
    assert pd.isna(splice.loc["2023", "previous_year"])
    later = series.query("year == 2024").iloc[0]
    assert later["change"] == pytest.approx(later["score"] - splice.loc["2023", "score"])
    assert series["splice_difference"].notna().sum() == 1


def test_contributions_of_the_indicators_sum_to_the_change_of_the_index(computed: Computed) -> None:
    found = computed("qci")
    movers = _of(found, "_movers")
    leaves = {node.code for node in found.plan.tree.leaves}
    sums = movers[movers["node"].isin(leaves)].groupby("unit")["contribution"].sum()
    change = movers[movers["node"] == "QCI"].set_index("unit")["change"]
    pd.testing.assert_series_equal(sums, change[sums.index], check_names=False, atol=1e-9, rtol=0)
    own = movers[(movers["unit"] == "all") & movers["position"].notna()].sort_values("position")
    assert own["change"].is_monotonic_decreasing
    assert own["position"].tolist() == list(range(1, 13))


def test_an_earlier_year_is_published_as_if_later_ones_were_not_there(computed: Computed) -> None:
    found = computed("qci")
    tables = index_tables(found.plan, found.figures, Asked("qci-2023", 2023))
    units = tables["out_composite_by_unit"].query("unit == 'all'")
    assert units["version"].tolist() == ["2018", "2023"]
    assert units["se"].isna().tolist() == [True, False]
    assert tables["out_composite_series"]["year"].max() == 2023
    movers = tables["out_composite_movers"]
    assert set(zip(movers["previous_year"], movers["version"], strict=True)) == {(2022, "2018")}
    with pytest.raises(CompositeError, match=r"no figures of 2030\. Its years are: 2021"):
        index_tables(found.plan, found.figures, Asked("x", 2030))


def test_parts_of_the_country_are_means_of_their_provinces(computed: Computed) -> None:
    found = computed("qci")
    groups = _of(found, "_by_group").query("node == 'QCI'").set_index("group")
    assert groups["units"].to_dict() == {"all": 31, "east": 11, "centre": 8, "west": 12}
    assert groups.loc["east", "label_zh"] == "东部"
    assert groups.loc["all", "label_zh"] == "全国"
    east = {unit.id for unit in found.plan.units["region"].units if unit.group == "east"}
    scores = _of(found, "_by_unit").query("version == '2023'").set_index("unit")["score"]
    assert groups.loc["east", "score"] == pytest.approx(scores[list(east)].mean())
    assert (groups["basis"] == "equal").all()


def test_bands_of_all_tables_stand_beside_each_other(computed: Computed) -> None:
    bands = _of(computed("qci"), "_band_by_unit")
    assert set(bands["bands"]) == {"qci_aqsiq_2011", "qci_anhui_2009", "qci_aqsiq_2008"}
    assert (bands.groupby("unit").size() == 3).all()
    assert (bands["bands_source"] != "").all()


def test_vetoes_lower_the_class_and_what_is_not_known_gives_none(computed: Computed) -> None:
    found = computed("quality_credit")
    classes, vetoes = _of(found, "_class_by_unit").set_index("unit"), _of(found, "_veto_by_unit")
    order = [one.id for one in found.plan.definition.classes]
    held = vetoes[vetoes["verdict"] == "holds"]
    assert len(held) > 0
    for row in held.to_dict("records"):
        awarded = classes.loc[row["unit"], "class_awarded"]
        assert awarded == "" or order.index(awarded) <= order.index(row["at_best"])
    unknown = set(vetoes.loc[vetoes["verdict"] == "not_known", "unit"])
    assert unknown
    assert (classes.loc[list(unknown), "class_awarded"] == "").all()
    clean = classes[(classes["vetoes"] == 0) & (classes["undecided"] == 0)]
    assert (clean["class_awarded"] == clean["class_by_score"]).all()


def test_maturity_stands_on_the_highest_level_without_a_gap_and_keeps_the_series_apart(
    computed: Computed,
) -> None:
    found = computed("maturity")
    levels = _of(found, "_level_by_unit")
    evidence = found.figures.evidence
    leaves = {node.code for node in found.plan.tree.leaves}
    own = levels[levels["node"].isin(leaves)].set_index(["unit", "node"])
    met = evidence[(evidence["rater"] == "audit")].set_index(["unit", "indicator", "level"])["accepted"]
    for (unit, node), row in list(own.iterrows())[:200]:
        if np.isnan(row["audit_level"]):
            assert row["basis"] == "self"
            continue
        expected = 1
        while expected < 5 and bool(met[unit, node, expected + 1]):
            expected += 1
        assert row["audit_level"] == expected
        assert row["calibrated_level"] == expected
    audited = own[own["audit_level"].notna()]
    assert (audited["self_level"] - audited["audit_level"]).mean() == pytest.approx(0.6, abs=0.15)
    alone = own[own["audit_level"].isna()]
    assert (alone["self_level"] - alone["calibrated_level"]).mean() == pytest.approx(0.6, abs=0.15)
    agreement = _of(found, "_agreement").set_index("statistic")
    assert agreement.loc["bias", "value"] == pytest.approx(
        (audited["self_level"] - audited["audit_level"]).mean(), abs=1e-9
    )
    assert agreement.loc["alpha_ordinal", "verdict"] in ("good", "acceptable", "insufficient")


def test_firms_of_the_maturity_index_leave_as_groups_only(computed: Computed) -> None:
    shown = publishable_indices(computed("maturity").tables, "maturity-2025")
    for name in ("by_unit", "node_by_unit", "rank_by_unit", "series", "level_by_unit"):
        assert shown[f"out_composite_{name}"].empty, name
    groups = shown["out_composite_by_group"]
    assert set(groups["dimension"]) == {"all", "sector", "region"}
    assert groups["score"].notna().all()


def test_confounding_by_population_is_told(computed: Computed) -> None:
    diagnostics = _of(computed("city_quality"), "_diagnostics").set_index("quantity")
    assert diagnostics.loc["pearson_with_population", "value"] > 0.2
    assert diagnostics.loc["pearson_with_population", "other"] == "log_population"
    assert {"pearson_with_ancestor", "alpha", "first_component_share", "importance"} <= set(diagnostics.index)


def test_sensitivity_sets_sampling_against_the_choices_of_method(computed: Computed) -> None:
    table = _of(computed("city_quality"), "_sensitivity")
    exact, drawn = (
        table[table["design"] == design].set_index("input") for design in ("exact", "monte_carlo")
    )
    assert set(exact.index) == {"normalise", "weights", "aggregate"}
    assert (exact["s1"] <= exact["st"] + 1e-9).all()
    assert exact["s1"].sum() <= 1 + 1e-9
    assert set(drawn.index) == {"normalise", "weights", "aggregate", "sampling", "imputation"}
    assert drawn.loc["sampling", "st"] > 0
    assert (drawn["st_reach"] > 0).any()
    ranks = _of(computed("city_quality"), "_rank_by_unit")
    assert (ranks["combined_low"] <= ranks["combined_high"]).all()
    assert _of(computed("qci"), "_rank_by_unit")["combined_low"].isna().all()


def test_the_same_figures_and_seed_give_the_same_rows(computed: Computed) -> None:
    found = computed("brand_evaluation")
    assert "sampling" in set(_of(found, "_sensitivity")["input"])
    again = index_tables(found.plan, found.figures, Asked("brand_evaluation-2025"))
    for name, frame in found.tables.items():
        pd.testing.assert_frame_equal(frame, again[name])


def test_replicates_of_one_questionnaire_carry_its_errors_together(computed: Computed, tmp_path: Any) -> None:
    found = computed("city_quality")
    own = found.figures.values.query("year == 2025")
    surveys = [node.code for node in found.plan.tree.leaves if node.se_kind == "survey"]
    wide, errors = (
        own.pivot(index="unit", columns="indicator", values=one)[surveys] for one in ("value", "se")
    )
    stream = np.random.Generator(np.random.Philox(key=[5, 0]))
    together = pd.DataFrame(stream.standard_normal((512, len(wide))), columns=wide.index)
    drawn = {code: together * errors[code] + wide[code] for code in surveys}
    few = wide.index[:6]
    parts = [
        pd.DataFrame({code: drawn[code].loc[replicate, few] for code in surveys}).assign(重复号=replicate)
        for replicate in range(512)
    ]
    path = tmp_path / "replicates.csv"
    pd.concat(parts).rename_axis("城市").reset_index().to_csv(path, index=False)
    joint = read_replicates(path, found.plan)
    assert set(joint.by_year[None]) == set(surveys)
    for code, frame in joint.by_year[None].items():
        read = frame[few].rename(index=int).sort_index()
        np.testing.assert_allclose(read, drawn[code][few], rtol=1e-12)
    tables = index_tables(found.plan, found.figures, Asked("x"), Joint({2025: drawn}))
    apart = _of(found, "_by_unit").query("year == 2025").set_index("unit")["se"]
    whole = tables["out_composite_by_unit"].query("year == 2025").set_index("unit")["se"]
    assert (whole / apart).median() > 1.3
    now = tables["out_composite_sensitivity"].query("design == 'monte_carlo'").set_index("input")["st"]
    before = _of(found, "_sensitivity").query("design == 'monte_carlo'").set_index("input")["st"]
    assert now["sampling"] > before["sampling"]
    broken = pd.concat(parts[:2]).rename_axis("城市").reset_index()
    broken.loc[3, surveys[0]] = np.nan
    broken.to_csv(path, index=False)
    with pytest.raises(FigureFaults, match=rf"{few[3]} lacks some of its replicates"):
        read_replicates(path, found.plan)
