"""Margins against rows, raking of many sets, trimming: exact values at their edges, and what each refusal says."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ncsi.errors import InputError, NotConverged
from ncsi.survey import design_of, post_stratify, rake, trim
from ncsi.survey.known_margins import Margin, margin_of, require_agreement, require_known
from ncsi.survey.raking import raked
from ncsi.survey.trim import trimmed


@pytest.fixture
def rows():
    return pd.DataFrame({"city": list("AABBBC"), "sex": list("fmfmfm")}, index=[f"p{k}" for k in range(6)])


def message_of(call, kind=InputError):
    with pytest.raises(kind) as caught:
        call()
    return str(caught.value)


def test_a_margin_knows_its_categories_totals_and_rows(rows):
    one = margin_of(rows, "city", {"B": 3, "A": 2.5, "C": 1})
    assert (one.name, one.categories, one.totals.tolist()) == ("city", ("B", "A", "C"), [3.0, 2.5, 1.0])
    assert one.codes.tolist() == [1, 1, 0, 0, 0, 2]
    totals = {(a, b): 1.0 for a in "ABC" for b in "fm"}
    two = margin_of(rows, ("city", "sex"), totals)
    assert two.name == "city × sex"
    assert two.categories[:2] == ("A × f", "A × m")
    assert two.codes.tolist() == [0, 1, 2, 3, 2, 5]


def test_a_category_without_a_total_is_named_with_how_many_others(rows):
    message = message_of(lambda: margin_of(rows, "city", {"C": 1.0}))
    assert "category 'A': 2 rows have it, but it has no total, as have 1 more" in message
    assert "Did you mean" not in message
    assert message.endswith("Categories are: C")
    alone = message_of(lambda: margin_of(rows, "city", {"A": 1.0, "C": 1.0}))
    assert "3 rows have it, but it has no total. Add its total" in alone


@pytest.mark.parametrize(
    ("found", "known", "hint"),
    [("A", "a", "Did you mean 'a'? "), ("ABx", "AB", "Did you mean 'AB'? "), ("ABx", "XYZ", "")],
)
def test_a_category_that_is_nearly_known_is_suggested(found, known, hint):
    frame = pd.DataFrame({"city": [found]})
    message = message_of(lambda: margin_of(frame, "city", {known: 1.0, "other": 2.0, "ABCDEFGHIJ": 1.0}))
    assert f"spelling. {hint}Categories are: {known}, other" in message


def test_at_most_twelve_categories_are_listed_and_long_ones_are_cut(rows):
    totals = {f"{k:03d}{'x' * 100}": 1.0 for k in range(13)}
    message = message_of(lambda: margin_of(rows, "city", totals))
    listed = message.split("Categories are: ")[1].split(", ")
    assert len(listed) == 12
    assert {len(one) for one in listed} == {80}
    crossed = {("A" * 60, "B" * 60): 1.0}
    assert len(message_of(lambda: margin_of(rows, ("city", "sex"), crossed)).split("are: ")[1]) == 80


def test_a_missing_value_is_named_by_row(rows):
    rows.loc["p3", "sex"] = None
    rows.loc["p5", "sex"] = None
    message = message_of(lambda: margin_of(rows, "sex", {"f": 1, "m": 1}))
    assert message.startswith("margin sex, row p3: the value is missing (2 such rows)")


@pytest.mark.parametrize("total", [0, -1.0, float("nan"), float("inf")])
def test_a_total_is_a_positive_number(rows, total):
    message = message_of(lambda: margin_of(rows, "sex", {"f": 1, "m": total}))
    assert "its total is not positive" in message
    margin_of(rows, "sex", {"f": 1e-9, "m": 0.5})


def test_no_totals_are_no_margin(rows):
    assert "its total is not positive" in message_of(lambda: margin_of(rows, "sex", {}))


def test_a_category_without_weight_says_why():
    one = Margin("sex", ("f", "m", "x"), np.ones(3), np.array([0, 0, 1]))
    require_known(one, np.array([1e-9, 0.5, 2.0]))
    assert message_of(lambda: require_known(one, np.array([1.0, 1.0, 0.0]))).startswith(
        "margin sex, category 'x': it has a total but no respondent."
    )
    left_out = message_of(lambda: require_known(one, np.array([0.0, 1.0, 1.0]), sets=2))
    assert "category 'f': its 2 respondents are all left out of one of 2 replicates" in left_out
    assert "no respondent" in message_of(lambda: require_known(one, np.array([0.0, 1.0, 1.0]), sets=1))
    assert "no respondent" in message_of(lambda: require_known(one, np.array([1.0, 1.0, 0.0]), sets=2))


def test_margins_agree_to_a_millionth():
    def margin(name, total):
        return Margin(name, ("a",), np.array([total]), np.zeros(1, dtype=np.int64))

    require_agreement([margin("x", 1000.0), margin("y", 1000.0009), margin("z", 999.9991)])
    for total in (1000.0011, 999.9989):
        message = message_of(lambda t=total: require_agreement([margin("x", 1000.0), margin("y", t)]))
        assert message.startswith("margin y: its totals sum to ")
        assert ", those of x to 1000. " in message


def test_many_sets_are_raked_each(rows):
    margins = [margin_of(rows, "city", {"A": 3, "B": 4, "C": 2}), margin_of(rows, "sex", {"f": 4, "m": 5})]
    rng = np.random.default_rng(5)
    sets = rng.uniform(1, 2, (6, 3))
    done = raked(sets, margins)
    for k in range(3):
        np.testing.assert_allclose(raked(sets[:, k], margins), done[:, k], rtol=1e-7)
        for one in margins:
            np.testing.assert_allclose(np.bincount(one.codes, done[:, k]), one.totals, rtol=1e-7)
    sets[2:5, 1] = 0.0
    with pytest.raises(
        InputError, match="category 'B': its 3 respondents are all left out of one of 3 replicates"
    ):
        raked(sets, margins)


def test_margins_may_have_more_combinations_than_there_are_numbers():
    """12²⁰ of them are beyond 64 bits: of one that counted past it, cells would be joined that are not alike."""
    rng = np.random.default_rng(7)
    data = pd.DataFrame({f"m{k}": rng.integers(0, 12, 4000).astype(str) for k in range(20)})
    margins = [margin_of(data, name, dict.fromkeys(sorted(data[name].unique()), 4000 / 12)) for name in data]
    done = raked(np.ones(4000), margins)
    for name in data:
        np.testing.assert_allclose(pd.Series(done).groupby(data[name]).sum(), 4000 / 12, rtol=1e-6)


def test_raking_converges_as_far_as_it_says():
    """Weights move by less than 1e-8 of themselves in a further round."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({name: rng.choice(list("abc"), 80) for name in ("x", "y")})
    margins = {"x": {"a": 50, "b": 20, "c": 10}, "y": {"a": 10, "b": 20, "c": 50}}
    once = rake(frame, margins, base=None)
    again = rake(frame, margins, base=once)
    np.testing.assert_allclose(once, again, rtol=2e-8)
    assert once.name == "weight"


@pytest.mark.parametrize(
    ("base", "message"),
    [
        ("nobody", "there is no column 'nobody'"),
        (pd.Series([1.0, 2.0]), "row none: a weight is missing, 0 or negative"),
        (pd.Series([1.0, 2, 0, 1, 1, -1]), "row p2: a weight is missing, 0 or negative"),
        (pd.Series([1.0, np.inf, 1, 1, 1, 1]), "row p1: a weight is missing, 0 or negative"),
        (pd.Series([1.0, 0.0]), "row none: a weight is missing"),
        (pd.Series([1.0, 2, 3, 4, 5, 6]), "they are of other rows than the data, or in another order"),
        (pd.Series(range(1, 7), [f"p{k}" for k in (1, 0, 2, 3, 4, 5)]), "their row labels differ"),
        (np.ones(6), "ndarray is neither the name of a column nor a Series"),
    ],
)
def test_base_weights_that_cannot_be_raked_are_named(rows, base, message):
    assert message in message_of(lambda: rake(rows, {"sex": {"f": 1, "m": 1}}, base=base))


@pytest.mark.parametrize(
    ("margins", "message"),
    [
        (None, "margins: they are NoneType, not a mapping"),
        ([("sex", {"f": 1, "m": 1})], "margins: they are list, not a mapping"),
        (pd.DataFrame({"sex": ["f", "m"], "total": [1, 1]}), "margins: they are DataFrame, not a mapping"),
        ({"sex": [1, 1]}, "margin sex: its totals are list, not a mapping"),
        (
            {"sex": pd.Series([1, 1, 1], ["f", "m", "m"])},
            "margin sex: its totals are a Series that has a category twi",
        ),
        ({"sex": {"f": "half", "m": 0.5}}, "margin sex: a total is no number"),
        ({"sex": {"f": 0.5, "m": np.inf}}, "margin sex, category 'm': its total is not positive"),
    ],
)
def test_margins_that_are_no_mapping_are_named(rows, margins, message):
    assert message in message_of(lambda: rake(rows, margins, base=None))


def test_totals_may_be_a_series(rows):
    series = {"sex": pd.Series([3, 6], ["f", "m"])}
    assert rake(rows, series, base=None).tolist() == rake(rows, {"sex": {"f": 3, "m": 6}}, base=None).tolist()


def test_no_rows_are_not_raked(rows):
    assert "the data have no rows" in message_of(lambda: rake(rows.head(0), {"sex": {"f": 1}}, base=None))


def test_small_base_weights_are_weights(rows):
    own = rake(rows, {"sex": {"f": 3, "m": 6}}, base=pd.Series([1e-3] * 6, index=rows.index))
    assert own.tolist() == pytest.approx([1, 2, 1, 2, 1, 2])
    assert rake(rows, {"sex": {"f": 3, "m": 6}}, base=None).tolist() == pytest.approx([1, 2, 1, 2, 1, 2])


def test_trimming_spreads_what_it_cuts_off_in_proportion():
    own = trimmed(np.array([1.0, 2.0, 3.0, 14.0]), (0.0, 2.0), [])
    np.testing.assert_allclose(own, [1 + 4 / 6, 2 + 8 / 6, 3 + 12 / 6, 10.0])
    low = trimmed(np.array([0.1, 1.0, 1.4, 1.5]), (0.5, 2.0), [])
    np.testing.assert_allclose(low, [0.5, *(np.array([1.0, 1.4, 1.5]) * 3.5 / 3.9)])


def test_trimming_goes_on_while_what_is_spread_crosses_a_bound():
    own = trimmed(np.array([1.0, 1.0, 7.9, 30.1]), (0.0, 1.0 + 1e-9 + 0.4), [])
    assert own.sum() == pytest.approx(40)
    assert own.max() <= 14 + 1e-6
    np.testing.assert_allclose(own, [6.0, 6.0, 14.0, 14.0])


def test_weights_within_the_bounds_stay():
    weights = np.array([0.5, 1.0, 1.5])
    assert trimmed(weights, (0.5, 1.5), []).tolist() == weights.tolist()


@pytest.mark.parametrize("bounds", [(-0.1, 2.0), (1.0, 2.0), (0.5, 1.0), (1.5, 3.0)])
def test_bounds_of_trimming_enclose_1(bounds):
    message = message_of(lambda: trimmed(np.ones(3), bounds, []))
    assert f"the bounds {bounds[0]:g} and {bounds[1]:g} do not enclose 1" in message


def test_trimmed_weights_meet_margins_again(rows):
    margins = {"sex": {"f": 3.0, "m": 3.0}}
    raw = pd.Series([9.0, 1, 1, 1, 1, 1], index=rows.index)
    own = trim(rows, rake(rows, margins, base=raw), (0.2, 1.6), margins)
    assert own.groupby(rows["sex"]).sum().tolist() == pytest.approx([3, 3])
    assert own.max() <= 1.6 * (1 + 1e-6)
    assert (own.name, own.index.tolist()) == ("weight", rows.index.tolist())
    message = message_of(lambda: trim(rows, raw, (0.9, 1.1), {"sex": {"f": 5.0, "m": 1.0}}), NotConverged)
    assert "weights cannot stay within 0.9 and 1.1 times their mean" in message


def test_post_stratification_needs_weight_in_each_category(rows):
    design = design_of(rows.assign(w=[1.0, 0, 1, 0, 1, 0]), "w")
    with pytest.raises(InputError, match="category 'm': it has a total but no respondent"):
        post_stratify(rows, design, "sex", {"f": 2, "m": 2})


@pytest.mark.parametrize("count", [2**15, 2**15 + 1])
def test_categories_and_cells_beyond_two_bytes_are_raked_apart(count):
    """The last place of two bytes, and the first that needs four; crossed with another margin, cells need four too."""
    own = np.repeat(np.arange(count), 2)
    frame = pd.DataFrame({"a": own, "b": np.tile(["x", "y"], count)})
    totals = {k: 2.0 + (k == count - 1) for k in range(count)}
    margins = [margin_of(frame, "a", totals)]
    assert margins[0].codes.dtype == (np.int16 if count <= 2**15 else np.int32)
    np.testing.assert_array_equal(margins[0].codes, own)
    np.testing.assert_allclose(raked(np.ones(2 * count), margins), np.where(own == count - 1, 1.5, 1.0))
    margins.append(margin_of(frame, "b", {"x": 1.0 * count + 1, "y": 1.0 * count}))
    done = raked(np.ones(2 * count), margins)
    np.testing.assert_allclose(np.bincount(own, done), list(totals.values()), rtol=1e-6)
    np.testing.assert_allclose(done[::2].sum(), count + 1, rtol=1e-6)


def test_a_margin_is_the_same_of_texts_and_of_categories(rows):
    kind = pd.CategoricalDtype(["C", "none", "A", "B"])
    few = rows.assign(city=rows["city"].astype(kind), sex=rows["sex"].astype("category"))
    totals = {(a, b): 1.0 for a in "ABC" for b in "mf"}
    np.testing.assert_array_equal(
        margin_of(few, ("city", "sex"), totals).codes, margin_of(rows, ("city", "sex"), totals).codes
    )
    few.loc["p5", "city"] = None
    assert "row p5: the value is missing (1 such rows)" in message_of(
        lambda: margin_of(few, ("city", "sex"), totals)
    )
