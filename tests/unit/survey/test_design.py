"""Designs of one or more stages, and the sample size that weights leave."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ncsi.errors import InputError
from ncsi.survey import design_of, effective_size, survey_mean, survey_total
from ncsi.survey.design_columns import codes_of, crossed


@pytest.fixture
def town():
    """2 strata × 3 districts × 2 streets × 3 houses, drawn from 9 or 6 districts, 5 streets, 8 houses."""
    rng = np.random.default_rng(12)
    k = np.arange(36)
    frame = pd.DataFrame({"stratum": k // 18, "district": k // 6 % 3, "street": k // 3 % 2, "house": k})
    frame["districts"] = np.where(frame["stratum"] == 0, 9, 6)
    return frame.assign(
        streets=5 + frame["district"] % 2, houses=8, w=rng.uniform(1, 5, 36), y=rng.normal(9, 2, 36)
    )


UNITS = ["district", "street", "house"]
SIZES = ["districts", "streets", "houses"]


def by_recursion(rows, z, strata, units, sizes):
    """Särndal's result 4.4.1, stratum by stratum and unit by unit."""
    if not sizes:
        return 0.0
    variance = 0.0
    for _, stratum in rows.groupby(strata) if strata else [(None, rows)]:
        groups = [own for _, own in stratum.groupby(units[0])]
        totals = np.array([z[own.index].sum() for own in groups])
        m = len(groups)
        f = m / stratum[sizes[0]].iloc[0]
        variance += (1 - f) * m / (m - 1) * ((totals - totals.mean()) ** 2).sum()
        variance += f * sum(by_recursion(own, z, None, units[1:], sizes[1:]) for own in groups)
    return variance


@pytest.mark.parametrize("stages", [1, 2, 3])
@pytest.mark.parametrize("strata", [None, "stratum"])
def test_the_variance_of_several_stages_adds_up(town, stages, strata):
    frame = town if strata else town.assign(district=town["stratum"] * 3 + town["district"], districts=20)
    units, sizes = UNITS[:stages], SIZES[:stages]
    design = design_of(frame, "w", strata, units, sizes)
    z = (frame["w"] * frame["y"]).to_numpy()
    wanted = by_recursion(frame, z, strata, units, sizes)
    assert survey_total(frame, "y", design)["se"].item() == pytest.approx(wanted**0.5, rel=1e-12)
    assert design.degrees_of_freedom() == (4 if strata else 5)
    assert len(design.stages) == stages


def test_rows_are_the_last_stage_where_it_has_a_size_and_no_column(town):
    named = survey_mean(town, "y", "w", "stratum", UNITS, SIZES)
    pd.testing.assert_frame_equal(survey_mean(town, "y", "w", "stratum", UNITS[:2], SIZES), named)
    town["houses"] = 40
    one = survey_mean(town, "y", "w", "stratum", None, "houses")["se"]
    assert one.item() == survey_mean(town, "y", "w", "stratum", "house", ["houses"])["se"].item()


def test_without_a_population_size_the_first_stage_holds_all_variance(town):
    one = survey_mean(town, "y", "w", "stratum", "district")
    pd.testing.assert_frame_equal(survey_mean(town, "y", "w", "stratum", UNITS), one)


def test_domains_at_several_stages_equal_their_covariance(town):
    design = design_of(town, "w", "stratum", UNITS[:2], SIZES[:2])
    marked = town.assign(part=town["house"] % 4)
    ours = survey_total(marked, "y", design, by="part")
    parts = np.column_stack([np.where(marked["part"] == k, marked["y"], 0.0) for k in range(4)])
    np.testing.assert_allclose(ours["se"] ** 2, np.diag(design.covariance(parts)))


def test_the_first_stage_is_what_the_design_shows(town):
    design = design_of(town, "w", "stratum", UNITS, SIZES)
    assert design.strata == ("0", "1")
    assert design.stratum_of_cluster.tolist() == [0, 0, 0, 1, 1, 1]
    np.testing.assert_allclose(design.fraction, [1 / 3] * 3 + [1 / 2] * 3)
    assert design.cluster.tolist() == (town["stratum"] * 3 + town["district"]).tolist()
    np.testing.assert_allclose(design.stages[1].share, np.repeat([1 / 3, 1 / 2], 6))
    np.testing.assert_allclose(design.stages[2].share[:4], [2 / 15] * 3 + [2 / 15])


def test_more_sizes_than_stages_are_refused(town):
    with pytest.raises(
        InputError, match="columns streets, houses: 2 stages have a population size, but 0 have"
    ):
        design_of(town, "w", "stratum", None, ["streets", "houses"])
    with pytest.raises(InputError, match="3 stages have a population size, but 1 have clusters"):
        design_of(town, "w", "stratum", "district", SIZES)


def test_a_lonely_unit_of_a_later_stage_is_named(town):
    few = town[(town["district"] != 1) | (town["street"] == 0)]
    with pytest.raises(InputError, match="stratum 1: it has one cluster only"):
        survey_mean(few, "y", "w", "stratum", UNITS[:2], SIZES[:2])
    rows = few.head(7).set_axis([f"p{k}" for k in range(7)]).assign(streets=40)
    with pytest.raises(InputError, match="stratum 1: it has one cluster only"):
        survey_mean(rows, "y", "w", None, "district", ["streets", "houses"])


def test_population_sizes_do_not_vary_within_a_unit(town):
    town.loc[4, "streets"] = 9
    with pytest.raises(InputError, match=r"column streets: .* varies, .* its units in the population"):
        design_of(town, "w", "stratum", UNITS[:2], SIZES[:2])


@pytest.mark.parametrize("size", [0.0, -3.0, 2.0])
def test_population_sizes_are_positive_and_hold_the_sample(town, size):
    with pytest.raises(InputError, match="column districts"):
        design_of(town.assign(districts=size), "w", "stratum", "district", "districts")


def test_a_population_that_was_drawn_whole_has_no_error(town):
    for whole in (3, 1.0):
        one = survey_mean(town.assign(districts=whole), "y", "w", "stratum", "district", "districts")
        assert one["se"].item() == 0


def test_rows_without_weight_do_not_count_as_drawn(town):
    none = town.assign(w=np.where(town["district"] == 2, 0.0, town["w"]))
    design = design_of(none, "w", "stratum", "district", "districts")
    np.testing.assert_allclose(design.fraction, [2 / 9] * 3 + [2 / 6] * 3)
    assert design.degrees_of_freedom() == 2
    assert design.degrees_of_freedom((town["stratum"] == 0).to_numpy()) == 1


def test_weights_are_not_all_zero(town):
    with pytest.raises(InputError, match="column w, row none: all are 0"):
        design_of(town.assign(w=0.0), "w")


def test_a_lonely_cluster_drawn_with_certainty_adds_nothing(town):
    """Its stratum holds no other: it is neither an error nor part of the variance."""
    frame = town[(town["stratum"] == 0) | (town["district"] == 0)]
    sizes = np.where(frame["stratum"] == 0, 9, 1)
    certain = frame.assign(districts=sizes)
    one = survey_total(certain, "y", design_of(certain, "w", "stratum", "district", "districts"))
    first = certain.assign(y=np.where(certain["stratum"] == 0, certain["y"], 0.0))
    other = survey_total(first, "y", design_of(certain, "w", "stratum", "district", "districts"))
    assert one["se"].item() == pytest.approx(other["se"].item())


def test_the_effective_size_of_weights():
    assert float(effective_size(np.array([1.0, 1, 1, 1]))) == 4
    assert float(effective_size(np.array([3.0, 1.0, 0.0]))) == pytest.approx(16 / 10)
    assert float(effective_size(np.zeros(3))) == 0
    assert float(effective_size(np.full(5, 0.01))) == pytest.approx(5)
    assert float(effective_size(pd.Series([3.0, 1.0, 0.0], index=[7, 8, 9]))) == pytest.approx(16 / 10)
    batch = np.array([[1.0, 1, 2], [0, 0, 0], [5, 0, 0]])
    np.testing.assert_allclose(effective_size(batch), [16 / 6, 0, 1])
    np.testing.assert_allclose(effective_size(batch.T, axis=0), [16 / 6, 0, 1])
    assert effective_size(batch[0]).shape == ()


@pytest.mark.parametrize("size", [1e-300, 1e-160, 1e160, 1e300])
def test_the_effective_size_of_weights_whose_squares_are_no_numbers(size):
    assert float(effective_size(np.full(5, size))) == pytest.approx(5)
    assert float(effective_size(np.array([size, 1.0, 1.0, 1.0]))) == pytest.approx(1 if size > 1 else 3)
    np.testing.assert_allclose(effective_size(np.array([[size, size], [1, 3], [0, 0]])), [2, 1.6, 0])


@pytest.mark.parametrize("lonely", ["remove", "average", "adjust"])
def test_domains_agree_with_the_covariance_whatever_a_lonely_cluster_is(town, lonely):
    frame = town[(town["stratum"] == 0) | (town["district"] == 0)].reset_index(drop=True)
    design = design_of(frame, "w", "stratum", "district", lonely=lonely)
    parts = np.column_stack([np.where(frame["house"] % 2 == k, frame["y"], 0.0) for k in range(2)])
    ours = survey_total(frame.assign(part=frame["house"] % 2), "y", design, by="part")
    wanted = np.diag(design.covariance(parts))
    np.testing.assert_allclose(ours["se"] ** 2, wanted)
    z = frame["w"].to_numpy()[:, None] * parts
    first = np.array([z[(frame["stratum"] == 0) & (frame["district"] == k)].sum(axis=0) for k in range(3)])
    alone = z[frame["stratum"] == 1].sum(axis=0)
    within = 3 * first.var(axis=0, ddof=1)
    expected = {"remove": within, "average": 2 * within, "adjust": within + alone**2}
    np.testing.assert_allclose(wanted, expected[lonely])


def test_degrees_of_freedom_count_clusters_with_a_weight(town):
    town["w"] = np.where((town["district"] == 0) | (town["house"] % 3 == 0), 0.0, 0.5)
    design = design_of(town, "w", "stratum", "district")
    assert design.degrees_of_freedom() == 4 - 2
    inside = ((town["stratum"] == 1) | (town["district"] == 1)).to_numpy()
    assert design.degrees_of_freedom(inside) == 3 - 2


def test_strata_and_clusters_stand_in_the_order_of_their_names():
    frame = pd.DataFrame({"s": list("bbaab"), "c": list("yxzxy")})
    design = design_of(frame, strata="s", clusters="c", lonely="remove")
    assert design.strata == ("a", "b")
    assert design.cluster.tolist() == [3, 2, 1, 0, 3]
    assert design.stratum_of_cluster.tolist() == [0, 0, 1, 1]


def test_a_population_of_two_was_drawn_whole(town):
    frame = town[town["district"] < 2].assign(districts=2)
    assert survey_mean(frame, "y", "w", "stratum", "district", "districts")["se"].item() == 0


def test_a_column_that_is_not_there_is_answered_with_those_that_are():
    frame = pd.DataFrame({f"c{k}": [1.0] for k in range(13)})
    with pytest.raises(InputError) as caught:
        design_of(frame, "w")
    assert str(caught.value).endswith("Columns are: " + ", ".join(f"c{k}" for k in range(12)))


@pytest.mark.parametrize("strata", [None, "stratum"])
@pytest.mark.parametrize("fpc", [None, "size"])
def test_rows_are_clusters_as_if_each_were_named(strata, fpc):
    rng = np.random.default_rng(3)
    stratum = rng.choice(["b", "a", "c"], 60)
    frame = pd.DataFrame(
        {
            "stratum": stratum,
            "size": pd.Series(stratum).map({"a": 200, "b": 300, "c": 400}) if strata else 900,
            "row": np.arange(60),
            "w": rng.uniform(0.5, 2.0, 60),
        }
    )
    own = design_of(frame, "w", strata, None, fpc).stages[0]
    named = design_of(frame, "w", strata, "row", fpc).stages[0]
    assert own.strata == named.strata
    for name in ("cluster", "stratum_of_cluster", "fraction", "share"):
        np.testing.assert_array_equal(getattr(own, name), getattr(named, name), err_msg=name)


def test_strata_of_texts_are_the_same_however_pandas_holds_them():
    texts = ["北", "b", "Á", "a", "b", "a", "北", "Á"]
    kinds = (object, "category", *(pd.StringDtype(one, na_value=np.nan) for one in ("python", "pyarrow")))
    made = [
        design_of(pd.DataFrame({"s": pd.Series(texts, dtype=kind)}), strata="s").stages[0] for kind in kinds
    ]
    assert made[0].strata == ("a", "b", "Á", "北")
    for one in made[1:]:
        assert one.strata == made[0].strata
        np.testing.assert_array_equal(one.cluster, made[0].cluster)
        np.testing.assert_array_equal(one.stratum_of_cluster, made[0].stratum_of_cluster)


@pytest.mark.parametrize("count", [2**15, 2**15 + 1])
@pytest.mark.parametrize("clusters", [None, "cluster"])
def test_strata_and_clusters_beyond_two_bytes_are_told_apart(count, clusters):
    """The last place of two bytes, and the first that needs four."""
    frame = pd.DataFrame({"s": np.repeat(np.arange(count), 2), "cluster": np.tile([7, 9], count)}).iloc[::-1]
    design = design_of(frame, strata="s", clusters=clusters)
    assert design.stratum_of_cluster.dtype == (np.int16 if count <= 2**15 else np.int32)
    assert design.cluster.dtype == np.int32
    np.testing.assert_array_equal(design.stratum_of_cluster[design.cluster], frame["s"])
    assert len(np.unique(design.cluster)) == 2 * count
    assert design.degrees_of_freedom() == count
    inside = (frame["s"] > 0).to_numpy() | (frame["cluster"] == 7).to_numpy()
    assert design.degrees_of_freedom(inside) == count - 1


def test_units_within_as_many_strata_as_four_bytes_cannot_cross():
    """70,000 strata of 70,000 clusters each would have more pairs than four bytes tell apart."""
    own = np.arange(70_000)
    design = design_of(pd.DataFrame({"s": own, "c": own[::-1]}), strata="s", clusters="c", lonely="remove")
    np.testing.assert_array_equal(design.cluster, own)
    np.testing.assert_array_equal(design.stratum_of_cluster, own)


def test_categories_are_told_apart_by_their_values_where_some_are_in_no_row():
    kind = pd.CategoricalDtype(["z", "b", "none", "a"])
    named = pd.Categorical(["b", "a", "z", "b"], dtype=kind)
    codes, distinct = codes_of(named, "s")
    assert codes.tolist() == [1, 0, 2, 1]
    assert distinct.tolist() == ["a", "b", "z"]
    assert codes_of(pd.Categorical([None, "a"], dtype=kind), "s")[0].tolist() == [-1, 0]


def test_crossed_columns_come_as_their_combinations_do():
    a, b = np.array([1, 0, 1, -1, 1, 0, -1]), np.array([0, 0, 0, 2, -1, 0, 2])
    which, first = crossed([a, b])
    assert which.tolist() == [0, 1, 0, 2, 3, 1, 2]
    assert first.tolist() == [0, 1, 3, 4]
    which, first = crossed([b])
    assert which.tolist() == [0, 0, 0, 1, 2, 0, 1]
    assert first.tolist() == [0, 3, 4]
    many = np.arange(70_000)
    which, first = crossed([many, many, many])  # their product is beyond eight bytes
    assert which.tolist() == first.tolist() == many.tolist()
