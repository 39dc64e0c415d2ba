"""Measures that respondents score, from a file to tables: projects and builders, suppliers by volume."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t

from ncsi.disclosure.measure_bounds import require_no_figure_given_away
from ncsi.disclosure.rules import context_of_measures, disclosed
from ncsi.disclosure.small_projects import builder_status, buyer_status, project_status
from ncsi.errors import CompositeError, PublicationError, SpecError
from ncsi.ingest.figures import FigureFaults
from ncsi.ingest.records import read_records
from ncsi.ingest.records.projects import projects_checks, projects_fields
from ncsi.ingest.records.purchases import purchases_checks, purchases_fields
from ncsi.results.measures import Asked
from ncsi.results.measures.projects import projects_tables
from ncsi.results.measures.purchases import purchases_tables
from ncsi.spec.measures import load_measure

ASKED = Asked("x", "2026")
NAMED = pd.DataFrame({"measure": ["m"], "named_units": [True]})
OPEN = context_of_measures(
    NAMED, pd.DataFrame(columns=["measure", "unit", "cell", "weight", "least", "largest"])
)
READERS = {
    "projects": (projects_fields, projects_checks),
    "purchases": (purchases_fields, purchases_checks),
}


def small(measure, **changes):
    """The shipped measure with its main part alone, of one question."""
    plan = load_measure(measure)
    part = plan.definition.parts[0]
    part = part.model_copy(update={"questions": part.questions[:1]})
    return replace(plan, definition=plan.definition.model_copy(update={"parts": (part,), **changes}))


@pytest.fixture(scope="module")
def projects():
    return small("housing_projects")


@pytest.fixture(scope="module")
def purchases():
    return small("material_buyers")


@pytest.fixture
def read(tmp_path):
    def reads(plan, rows, **columns):
        path = tmp_path / "answers.csv"
        pd.DataFrame(rows).assign(period="2026", **columns).to_csv(path, index=False)
        fields, checks = READERS[plan.definition.kind]
        return read_records(path, fields(plan.definition), None, checks(plan.definition))

    return reads


def project(name, builder, answers, role="业主", **more):
    """Rows of a project; an answer of 1-10 is 100 (a − 1)/9."""
    return [{"project": name, "builder": builder, "role": role, "overall": one, **more} for one in answers]


def of_projects(plan, records):
    return projects_tables(plan, records, ASKED, project_status, builder_status)


def shown(name, frame):
    return disclosed(name, frame.assign(measure="m"), OPEN)


# projects


def test_a_project_has_its_own_mean_and_t_interval(projects, read):
    answers = [4, 6, 7, 8, 10]
    found = of_projects(projects, read(projects, project("甲苑", "甲建", answers)))["out_projects"].iloc[0]
    scores = 100 * (np.array(answers) - 1) / 9
    se = scores.std(ddof=1) / np.sqrt(5)
    assert found["score"] == pytest.approx(scores.mean())
    assert found["se"] == pytest.approx(se)
    assert (found["low"], found["high"]) == pytest.approx(
        (max(0, scores.mean() - t.ppf(0.975, 4) * se), min(100, scores.mean() + t.ppf(0.975, 4) * se))
    )


def test_everybody_asked_leaves_no_sampling_error(projects, read):
    rows = project("甲苑", "甲建", [4, 6, 7, 8, 10], population=5)
    found = of_projects(projects, read(projects, rows))["out_projects"].iloc[0]
    assert np.isnan(found["low"]) or found["se"] == 0
    assert found["population"] == 5


def test_a_builder_is_the_mean_of_its_projects_each_counted_once(projects, read):
    rng = np.random.default_rng(1)
    rows = [row for k in range(6) for row in project(f"项目{k}", "甲建", rng.integers(3, 10, 5 + 4 * k))]
    made = of_projects(projects, read(projects, rows))
    own = made["out_projects"]["score"].to_numpy()
    builder = made["out_projects_by_builder"].set_index("unit").loc["甲建"]
    assert builder["score"] == pytest.approx(own.mean())
    assert builder["se"] == pytest.approx(own.std(ddof=1) / np.sqrt(6))
    assert builder["df"] == 5


def test_two_hidden_projects_are_not_solved_from_mean_and_variance(projects, read):
    """Mean and sum of squares of all projects would be two equations for two unknowns."""
    rng = np.random.default_rng(2)
    rows = [row for k in range(6) for row in project(f"项目{k}", "甲建", rng.integers(3, 10, 9))]
    rows += project("小一", "甲建", [1, 2, 2]) + project("小二", "甲建", [9, 10, 10])
    made = of_projects(projects, read(projects, rows))
    own = made["out_projects"].set_index("unit")
    assert set(own.index[own["status"] != "published"]) >= {"小一", "小二"}
    seen = own.loc[own["status"] == "published", "score"].to_numpy()
    builder = made["out_projects_by_builder"].set_index("unit").loc["甲建"]
    assert builder["score"] == pytest.approx(own["score"].mean())
    assert builder["se"] == pytest.approx(seen.std(ddof=1) / np.sqrt(8))
    assert builder["df"] == len(seen) - 1


def test_a_hidden_project_takes_another_along_so_that_the_builder_does_not_tell_it(projects, read):
    rows = project("大", "甲建", [5, 6, 7, 8] * 5) + project("中", "甲建", [5, 6, 7, 8, 9, 6])
    rows += project("小", "甲建", [2, 3])
    told = of_projects(projects, read(projects, rows))["out_projects"].set_index("unit")["status"]
    assert told.to_dict() == {"大": "published", "中": "complement", "小": "few"}
    frame = of_projects(projects, read(projects, rows))["out_projects"]
    open_ = shown("out_projects", frame).set_index("unit")
    assert (
        open_.loc[["中", "小"], ["score", "low", "weight", "largest_share", "drawn_0_100"]]
        .isna()
        .all(axis=None)
    )
    assert open_.loc["大", "score"] == pytest.approx(100 * (6.5 - 1) / 9)


def test_one_respondent_who_carries_a_project_hides_it(projects, read):
    rows = [
        {**row, "weight": 6.0 if k == 0 else 1.0}
        for k, row in enumerate(project("甲苑", "甲建", [5] * 4 + [9] * 3))
    ]
    assert of_projects(projects, read(projects, rows))["out_projects"]["status"].tolist() == ["dominated"]


def test_only_projects_that_are_shown_are_drawn_together(projects, read):
    rng = np.random.default_rng(3)
    rows = [
        row for k in range(5) for row in project(f"项目{k}", f"企业{k}", rng.integers(2, 11, 8), type="住宅")
    ]
    alone = of_projects(projects, read(projects, rows))["out_projects"].set_index("unit")
    with_hidden = rows + project("小", "企业9", [1, 1, 1], type="住宅")
    beside = of_projects(projects, read(projects, with_hidden))["out_projects"].set_index("unit")
    pd.testing.assert_series_equal(alone["drawn_0_100"], beside.loc[alone.index, "drawn_0_100"])
    assert np.isnan(beside.loc["小", "drawn_0_100"])
    assert (
        (alone["drawn_0_100"] - alone["toward_0_100"]).abs() <= (alone["score"] - alone["toward_0_100"]).abs()
    ).all()


def test_roles_are_told_apart_and_hidden_with_their_project(projects, read):
    rows = project("甲苑", "甲建", [8, 9, 7, 8, 9, 6]) + project(
        "甲苑", "甲建", [3, 4, 5, 4, 4, 2, 3], "住户"
    )
    made = of_projects(projects, read(projects, rows))["out_projects"].set_index("role")
    assert made.loc["owner", "n"] == 6
    assert made.loc["occupant", "n"] == 7
    assert made.loc["", "score"] == pytest.approx(
        (6 * made.loc["owner", "score"] + 7 * made.loc["occupant", "score"]) / 13
    )
    rows = project("甲苑", "甲建", [8, 9, 7, 8, 9, 6]) + project("甲苑", "甲建", [3, 4], "住户")
    told = of_projects(projects, read(projects, rows))["out_projects"].set_index("role")["status"]
    assert told.to_dict() == {"": "published", "owner": "complement", "occupant": "few"}


@pytest.mark.parametrize(
    ("rows", "row", "said"),
    [
        (project("甲苑", "甲建", [5]) + project("甲苑", "乙建", [6]), 3, "it can have one only"),
        (project("甲苑", "甲建", [11]), 2, "it lies outside 1 to 10"),
        (project("甲苑", "甲建", [5], "路人"), 2, "it is none of the choices"),
        (project("甲苑", "甲建", [5, 6], population=1), 2, "more than there are"),
        (
            project("甲苑", "甲建", [5], population=9) + project("甲苑", "甲建", [5], "住户"),
            3,
            "people are given of some roles",
        ),
        (project("甲苑", "甲建", [""]), 1, "no row answers any question"),
        (project("甲苑", "甲建", [5, 6], respondent="r1"), 3, "the respondent stands twice"),
        (project("", "甲建", [5]), 2, "the cell is empty"),
        (
            project("甲苑", "甲建", [5]) + project("乙苑", "甲建", [5], "住户"),
            3,
            "no row of this project is of '业主'",
        ),
    ],
)
def test_faults_of_projects_are_named_by_row(projects, read, rows, row, said):
    with pytest.raises(FigureFaults) as error:
        read(projects, rows)
    assert [(one.row, said in one.problem) for one in error.value.faults if said in one.problem] == [
        (row, True)
    ]
    assert "overall: 11" not in str(error.value)


def test_a_project_that_nobody_answered_for_is_told_without_a_figure(projects, read):
    rows = project("甲苑", "甲建", [5, 6, 7, 8, 9]) + project("空苑", "甲建", ["98"])
    found = of_projects(projects, read(projects, rows))["out_projects"].set_index("unit")
    assert (found.loc["空苑", "n"], found.loc["空苑", "status"]) == (0, "no_answers")


def test_a_period_without_answers_is_refused(projects, read):
    with pytest.raises(CompositeError, match="Its periods are: 2026"):
        projects_tables(
            projects,
            read(projects, project("甲苑", "甲建", [5])),
            Asked("x", "2025"),
            project_status,
            builder_status,
        )


def test_a_person_in_a_text_that_is_stored_is_refused(projects, read):
    with pytest.raises(FigureFaults) as error:
        read(projects, project("张三 13800138000", "甲建", [5]))
    assert "13800138000" not in str(error.value)
    with pytest.raises(FigureFaults):
        read(projects, project("甲苑", "甲建", [5], type="13800138000"))


def test_hidden_wholes_stop_no_publication(projects, read):
    """Where all of a builder, or everything, is hidden there is nothing that its small projects follow from."""
    small = project("甲苑", "甲建", [9, 10]) + project("乙苑", "乙建", [2, 3, 2])
    large = [row for k in range(5) for row in project(f"丙{k}", "丙建", [k + 1, 5, 6, 7, 9])]
    for rows in (small, small + large):
        full = {
            name: frame.assign(measure="m")
            for name, frame in of_projects(projects, read(projects, rows)).items()
        }
        open_ = {name: disclosed(name, frame, OPEN) for name, frame in full.items()}
        assert (
            open_["out_projects"]
            .loc[open_["out_projects"]["unit"].isin(["甲苑", "乙苑"]), "score"]
            .isna()
            .all()
        )
        require_no_figure_given_away(full, open_, OPEN, "x")


def test_a_published_builder_of_hidden_projects_that_it_would_tell_stops_publication(projects, read):
    """Both near the end of the scale: their published mean leaves either less than 6 points."""
    rows = project("甲苑", "甲建", [10] * 4) + project("乙苑", "甲建", [10, 10, 10, 9])
    full = {
        name: frame.assign(measure="m") for name, frame in of_projects(projects, read(projects, rows)).items()
    }
    open_ = {name: disclosed(name, frame, OPEN) for name, frame in full.items()}
    assert open_["out_projects"]["score"].isna().all()
    with pytest.raises(PublicationError, match="甲苑"):
        require_no_figure_given_away(full, open_, OPEN, "x")


# purchases


def buyers(supplier, *bought, material="钢"):
    """Rows of (answer, volume)."""
    return [
        {
            "supplier": supplier,
            "material": material,
            "buyer": f"{supplier}{k}",
            "overall": answer,
            "volume": volume,
        }
        for k, (answer, volume) in enumerate(bought)
    ]


EVEN = ((4, 100), (6, 120), (8, 90), (9, 110), (7, 80), (5, 100))


def of_suppliers(plan, records):
    return purchases_tables(plan, records, ASKED, buyer_status)["out_purchases"].set_index("unit")


def test_a_supplier_weighs_buyers_by_what_they_bought(purchases, read):
    found = of_suppliers(purchases, read(purchases, buyers("甲厂", *EVEN))).loc["甲厂"]
    scores, volume = (np.array(column, dtype=float) for column in zip(*EVEN, strict=True))
    scores = 100 * (scores - 1) / 9
    assert found["score"] == pytest.approx(scores @ volume / volume.sum())
    assert found["plain_score"] == pytest.approx(scores.mean())
    assert found["n_eff"] == pytest.approx(volume.sum() ** 2 / (volume**2).sum())
    assert found["df"] == pytest.approx(found["n_eff"] - 1)


def test_a_key_account_hides_the_weighted_figure_and_leaves_the_plain_one(purchases, read):
    """A buyer with 60 % of the volume."""
    rows = buyers("甲厂", *EVEN) + buyers("乙厂", (2, 750), *EVEN[:5])
    frame = of_suppliers(purchases, read(purchases, rows)).reset_index()
    open_ = shown("out_purchases", frame).set_index("unit")
    assert open_["status"].to_dict() == {"甲厂": "published", "乙厂": "dominated"}
    assert np.isnan(open_.loc["乙厂", "score"])
    assert np.isnan(open_.loc["乙厂", "n_eff"])
    assert not np.isnan(open_.loc["乙厂", "plain_score"])
    assert open_[["largest_share", "top_share"]].isna().all(axis=None)


@pytest.mark.parametrize("largest", [1e12, 1e15])
def test_a_buyer_of_all_but_rounding_leaves_the_plain_figure(purchases, read, largest):
    found = of_suppliers(purchases, read(purchases, buyers("甲厂", (2, largest), *EVEN))).loc["甲厂"]
    assert np.isnan(found["se"])
    assert found["plain_se"] > 0


def test_where_the_definition_never_allows_it_the_plain_mean_is_hidden_too(read):
    plan = small("material_buyers", unweighted="never")
    frame = of_suppliers(plan, read(plan, buyers("乙厂", (2, 750), *EVEN[:5]))).reset_index()
    assert np.isnan(shown("out_purchases", frame).iloc[0]["plain_score"])


def test_two_large_buyers_together_dominate(purchases, read):
    frame = of_suppliers(purchases, read(purchases, buyers("甲厂", (4, 430), (6, 430), *EVEN[:4])))
    assert frame["status"].tolist() == ["published"]
    frame = of_suppliers(purchases, read(purchases, buyers("甲厂", (4, 4000), (6, 4200), *EVEN[:4])))
    assert frame["status"].tolist() == ["dominated"]


def test_four_buyers_are_too_few_whatever_their_shares(purchases, read):
    frame = of_suppliers(purchases, read(purchases, buyers("甲厂", *EVEN[:4]))).reset_index()
    open_ = shown("out_purchases", frame)
    assert open_["status"].tolist() == ["few"]
    assert open_[["score", "plain_score"]].isna().all(axis=None)


def test_places_are_among_suppliers_of_one_material_that_are_shown(purchases, read):
    high = tuple((9 + k % 2, 100) for k in range(6))
    low = tuple((2 + k % 2, 100) for k in range(6))
    rows = (
        buyers("甲厂", *high)
        + buyers("乙厂", *low)
        + buyers("丙厂", *low[:3])
        + buyers("丁厂", *low, material="铝")
    )
    found = of_suppliers(purchases, read(purchases, rows))
    assert found.loc["甲厂", ["rank", "rank_low", "rank_high"]].tolist() == [1, 1, 1]
    assert found.loc["乙厂", ["rank", "rank_low", "rank_high"]].tolist() == [2, 2, 2]
    assert found.loc[["丙厂", "丁厂"], "rank"].isna().all()


@pytest.mark.parametrize(
    ("rows", "row", "said"),
    [
        (buyers("甲厂", (5, 0)), 2, "it must be above 0"),
        (buyers("甲厂", (5, "")), 2, "the cell is empty"),
        ([*buyers("甲厂", (5, 10)), {**buyers("甲厂", (5, 10))[0], "volume": 11}], 3, "it can have one only"),
        (buyers("甲厂", (5, "十吨")), 2, "is no number"),
        (buyers("甲厂", (5, 1e300)), 2, "it lies outside -1e+15 to 1e+15"),
    ],
)
def test_faults_of_buyers_are_named_without_their_figures(purchases, read, rows, row, said):
    with pytest.raises(FigureFaults) as error:
        read(purchases, rows)
    assert row in [one.row for one in error.value.faults if said in one.problem]
    assert "甲厂0" not in str(error.value)


def test_a_rule_by_which_several_may_carry_less_than_one_is_refused(tmp_path):
    from ncsi.spec.load import schemas_root

    text = (schemas_root() / "measures" / "material_buyers.yaml").read_text(encoding="utf-8")
    path = tmp_path / "material_buyers.yaml"
    path.write_text(text.replace("top: 0.8", "top: 0.4"), encoding="utf-8")
    with pytest.raises(SpecError, match=r"is below the 0.5 that one of them may carry"):
        load_measure(path)
