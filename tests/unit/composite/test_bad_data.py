"""Data that do not give an index: each is refused with unit, node, value and cure, or declared a rule for."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import ncsi
from ncsi.errors import CompositeError

META = pd.DataFrame(
    {
        "code": ["I", "A", "B", "a1", "a2", "b1", "b2"],
        "parent": [None, "I", "I", "A", "A", "B", "B"],
        "direction": [1, 1, 1, 1, -1, 1, 1],
        "lower": [np.nan] * 3 + [0, 0, 0, 0],
        "upper": [np.nan] * 3 + [10, 10, 10, 10],
        "target": [np.nan] * 3 + [9, 1, 9, 9],
    }
)
DATA = pd.DataFrame(
    {
        "city": ["甲", "乙", "丙", "丁", "戊"],
        "part": ["东", "东", "西", "西", "西"],
        "a1": [1.0, 4, 6, 8, 2],
        "a2": [7.0, 5, 3, 2, 9],
        "b1": [2.0, 3, 7, 5, 1],
        "b2": [2.0, 6, 5, 7, 3],
    }
)


def fit(data: pd.DataFrame = DATA, meta: pd.DataFrame = META, **how: object):
    return ncsi.fit_composite(data, ncsi.tree_from(meta), unit="city", **how)


def with_cell(column: str, row: int, value: object) -> pd.DataFrame:
    changed = DATA.astype({column: object})
    changed.loc[row, column] = value
    return changed


def with_node(code: str, **keys: object) -> pd.DataFrame:
    changed = META.astype(object)
    for key, value in keys.items():
        if key not in changed:
            changed[key] = None
        changed.loc[changed["code"] == code, key] = value
    return changed


@pytest.mark.parametrize(
    ("data", "meta", "how", "said"),
    [
        (with_cell("city", 3, "乙"), META, {}, "row 4, unit 乙: two units are called '乙', the first in row 2. Rename"),
        (with_cell("city", 1, None), META, {}, "row 2: the unit has no name"),
        (DATA[:0], META, {}, "data: there are no units"),
        (DATA.drop(columns="b2"), META, {}, "data: there is no column b2"),
        (with_cell("a1", 2, "n/a"), META, {}, "row 3, unit 丙, column a1: 'n/a' is no finite number"),
        (with_cell("a1", 2, np.inf), META, {}, "row 3, unit 丙, column a1: 'inf' is no finite number"),
        (DATA.assign(a1=[True, False, True, True, False]), META, {}, "column a1: holds bool, no numbers"),
        (pd.concat([DATA, DATA[["a1"]]], axis=1), META, {}, "column a1: comes twice"),
        (pd.concat([DATA, DATA[["city"]]], axis=1), META, {}, "column city: comes twice"),
        (DATA.assign(a1=pd.Timestamp("2026-01-31")), META, {}, "column a1: holds datetime64"),
        (DATA.assign(a1=1j), META, {}, "column a1: holds complex128, no numbers"),
        (DATA, META, {"to": (60, 80, 100)}, "to: (60, 80, 100) is no range. Give two numbers"),
        (DATA, META, {"weights": None}, "weights: None is no scheme"),
        (DATA.assign(a1=3.0), META, {"normalise": "minmax"}, "node a1: every unit has 3: a constant cannot be"),
        (DATA.assign(a1=np.nan), META, {"normalise": "z"}, "node a1: no unit has a value"),
        (DATA, META.drop(columns=["lower", "upper", "target"]), {}, "node a1: has no benchmarks. Declare"),
        (DATA, META, {"normalise": "target"}, None),
        (DATA, with_node("a2", target=9.5), {"normalise": "target"},
         "node a2: the target 9.5 is no better than the worst unit, where less is better"),
        (with_cell("b1", 0, 0.0), META, {"normalise": "fraction"},
         "unit 甲, node b1: the value is 0, and a fraction of the best needs positive values"),
        (DATA, META, {"normalise": "minmax", "aggregate": "geometric"},
         "unit 甲, node a1: the score is 0, and the geometric mean of 'A' needs scores that are positive. Normalise"),
        (DATA, META, {"normalise": "z", "aggregate": "harmonic"}, "the harmonic mean of 'A' needs scores that are"),
        (DATA, META, {"normalise": "z", "aggregate": "power", "power": 0.5}, "needs scores that are 0 or more"),
        (DATA, META, {"aggregate": "power"}, "power: an exponent goes with `power`"),
        (DATA, META, {"aggregate": "median"}, "aggregate: there is no 'median'. Use one of arithmetic, geometric"),
        (DATA, META, {"aggregate": {2: "arithmetic"}}, "the levels above the indicators are 2 to 3, not [2]"),
        (DATA, META, {"normalise": "minmax", "to": (100, 0)}, "to: the range 100 to 0 does not rise"),
        (DATA, META, {"normalise": "reference", "reference": "己"}, "reference: there is no unit '己'"),
        (DATA, META, {"normalise": "reference", "reference": "甲"}, "the reference unit '甲' has no value, or"),
        (DATA, META, {"normalise": "rank", "to": (0, 1)}, "to: `rank` gives ranks, which have no range"),
        (DATA, META, {"normalise": "rank", "learn_from": ["甲", "乙"]}, "`rank` is a place among all units"),
        (DATA, META, {"weights": {"A": 1}}, "the children of 'I' are weighted only in part"),
        (DATA, META, {"weights": {"A": 1, "B": -1}}, "weights: the weight of 'B' is -1. Give a number of 0 or more"),
        (DATA, META, {"weights": {"C": 1}}, "weights: there is no node 'C'"),
        (with_cell("a1", 0, None), META, {"impute": "group_mean"}, "node a1: there are no groups to take means of"),
        (with_cell("a1", 0, None).drop(1), META, {"impute": "group_mean", "group": "part"},
         "node a1, group 东: no unit of the group has a value to take the mean of"),
        (with_cell("a1", 0, None).drop([1, 2]), META, {"impute": "em"}, "EM of 2 indicators (a1, a2) has 2 comp"),
        (with_cell("a1", 0, None), META, {"impute": "carry_forward"}, "node a1: there is no earlier value"),
        (DATA, with_node("a1", se_kind="survey"), {},
         "column se_a1: 'a1' is declared `se_kind: survey`, and there is no column se_a1. Add se_a1, or declare"),
        (DATA.assign(se_a1=[0.1, 0.1, np.nan, 0.1, 0.1]), with_node("a1", se_kind="survey"), {},
         "row 3, unit 丙, column se_a1: the standard error is missing"),
        (DATA.assign(se_a1=[0.1, -0.1, 0.1, 0.1, 0.1]), with_node("a1", se_kind="survey"), {},
         "row 2, unit 乙, column se_a1: the standard error is -0.1"),
    ],
)  # fmt: skip
def test_refused_with_unit_node_value_and_cure(data, meta, how, said):
    if said is None:
        assert not fit(data, meta, **how).scores["score"].isna().any()
        return
    with pytest.raises(CompositeError) as refused:
        fit(data, meta, **how)
    assert said in str(refused.value)
    assert refused.value.exit_code == 2


def test_a_unit_with_too_little_is_scored_but_not_ranked():
    data = DATA.copy()
    data.loc[0, ["a1", "b1"]] = np.nan  # 2 of 4, but half of each group
    data.loc[4, ["a1"]] = np.nan  # 3 of 4
    found = fit(data)
    assert list(found.units["status"]) == ["insufficient_data", "enough", "enough", "enough", "enough"]
    assert found.units.loc[0, ["observed", "group", "group_observed"]].tolist() == [0.5, "A", 0.5]
    assert found.ranks["rank"].isna().tolist() == [True, False, False, False, False]
    assert sorted(found.ranks["rank"].dropna()) == [1, 2, 3, 4]
    assert found.values[0, -1] == pytest.approx((30 + 20) / 2)
    assert [str(one) for one in found.warnings] == [
        "unit 甲: too little observed to be ranked, in group A 50%"
    ]


def test_a_missing_pillar_is_neither_filled_nor_weighted_away():
    data = DATA.copy()
    data.loc[0, ["b1", "b2"]] = np.nan
    for how in ({}, {"impute": "mean"}, {"impute": "median"}, {"impute": "group_mean", "group": "part"},
                {"impute": "carry_forward", "earlier": {1: DATA}}, {"least": 0.0, "least_in_group": 0.0}):  # fmt: skip
        found = fit(data, **how)
        scores = found.scores.query("unit == '甲'").set_index("node")["score"]
        assert scores[["B", "I", "b1", "b2"]].isna().all()
        assert scores["A"] == pytest.approx((10 + 30) / 2)
        assert found.ranks["rank"].isna().tolist() == [True, False, False, False, False]


def test_standard_errors_unknown_are_not_zero_and_those_of_a_census_are():
    meta = with_node("b1", se_kind="census")
    seen = fit(DATA.assign(se_a2=0.5), meta).seen
    assert np.isnan(seen.se[:, 0]).all()
    assert (seen.se[:, 1] == 0.5).all()
    assert (seen.se[:, 2] == 0).all()


@pytest.mark.parametrize(
    "convert",
    [
        lambda data: data.convert_dtypes(),
        lambda data: data.astype(str),
        lambda data: data.astype(object),
        lambda data: data.assign(a1=data["a1"].astype("category")),
        lambda data: data.set_index("city", drop=False),
        lambda data: data.astype({"b1": int}),
    ],
)
def test_numbers_are_numbers_however_a_frame_holds_them(convert):
    assert (fit(convert(DATA)).values == fit().values).all()


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (
            lambda: ncsi.fit_composite(DATA, "qci"),
            r"tree: is of type str, no tree. Load it: ncsi.load_tree\('qci'\)",
        ),
        (lambda: ncsi.fit_composite([1], ncsi.tree_from(META)), "data: is of type list, no data frame"),
        (lambda: fit(least=2), "least: is 2, no share. Give one from 0 to 1"),
        (lambda: fit(least_in_group=float("nan")), "least_in_group: is nan, no share"),
        (
            lambda: fit().sensitivity({"weights": ["given", "equal"]}, seed=-1),
            "seed: is -1. Give a whole number",
        ),
        (lambda: fit().uncertainty(seed=1.5), "seed: is 1.5. Give a whole number"),
        (lambda: fit().uncertainty(level=95), "level: is 95. Give one between 0.5 and 1"),
        (
            lambda: fit().uncertainty(replicates="many"),
            "replicates: are of type str. Give frames by indicator",
        ),
    ],
)
def test_an_argument_that_is_none_is_refused_by_its_name(call, said):
    with pytest.raises(CompositeError, match=said):
        call()


def test_replicates_spread_as_the_standard_errors_beside_them():
    errors = {f"se_{code}": 0.1 for code in ("a1", "a2", "b1", "b2")}
    found = fit(DATA.assign(**errors))
    stream = np.random.Generator(np.random.Philox(key=[3, 0]))
    moves = stream.standard_normal((600, len(DATA))) * 0.1
    draws = pd.DataFrame(DATA["a1"].to_numpy() + moves, columns=DATA["city"])
    assert found.uncertainty({"a1": draws}).basis == "replicates"
    jackknife = DATA["a1"].to_numpy() + moves * np.sqrt(600) / 599
    with pytest.raises(
        CompositeError, match=r"replicates of a1: their standard deviation is 0.04\d times the standard"
    ):
        found.uncertainty({"a1": pd.DataFrame(jackknife, columns=DATA["city"])})
    with pytest.raises(CompositeError, match=r"replicates of a1: their standard deviation is 3.\d times"):
        found.uncertainty({"a1": pd.DataFrame(DATA["a1"].to_numpy() + 3.2 * moves, columns=DATA["city"])})
