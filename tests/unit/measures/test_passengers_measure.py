"""Surveys of passengers from a file to tables: errors by train, routes against the operator, few hidden, faults."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t

from ncsi.disclosure import publishable_measures
from ncsi.disclosure.measure_bounds import measure_bounds
from ncsi.disclosure.rules import context_of_measures
from ncsi.disclosure.small_groups import domain_status, question_status
from ncsi.errors import CompositeError, PublicationError, SpecError
from ncsi.ingest.figures import FigureFaults
from ncsi.ingest.records import read_records
from ncsi.ingest.records.passengers import passengers_checks, passengers_fields
from ncsi.results.measures import Asked
from ncsi.results.measures.passengers import Statuses, passengers_tables
from ncsi.results.measures.passengers_counted import passengers_counted
from ncsi.simulate.measures import example_passengers
from ncsi.spec.measures import load_measure
from ncsi.tables import CORE_PUBLISHED_BY_MEASURED_UNIT, OUT_QUALITY_MEASURES

STATUSES = Statuses(question_status, domain_status)
ASKED = Asked("x", "2026")
SCORES, DOMAINS, CHANGES = "out_passengers", "out_passengers_by_domain", "out_passengers_changes"
UNITS = CORE_PUBLISHED_BY_MEASURED_UNIT.name
HEADS = ("运营企业", "车次", "调查期", "线路", "层", "权重", "satisfied", "expected", "答卷编号")


@pytest.fixture(scope="module")
def plan():
    """Two questions on a scale of 1 to 11, so that a score is ten times the answer less one; one column of domains."""
    whole = load_measure("rail_passengers")
    part = whole.definition.parts[0].model_copy(update={"questions": whole.definition.parts[0].questions[:2]})
    update = {
        "parts": (part,), "domains": whole.definition.domains[:1],
        "scale": whole.definition.scale.model_copy(update={"highest": 11}),
    }  # fmt: skip
    return replace(whole, definition=whole.definition.model_copy(update=update))


@pytest.fixture
def read(tmp_path):
    def reads(plan, rows, heads=HEADS):
        path = tmp_path / "passengers.csv"
        pd.DataFrame(rows, columns=list(heads)).to_csv(path, index=False)
        definition = plan.definition
        return read_records(path, passengers_fields(definition), None, passengers_checks(definition))

    return reads


def train(number, answers, route="甲线", operator="甲", period="2026", stratum="", weight=""):
    """Passengers of a train, who answer both questions alike."""
    return [
        (operator, number, period, route, stratum, weight, one, one, f"{operator}{number}{period}{k}")
        for k, one in enumerate(answers)
    ]


def tables(plan, records, asked=ASKED):
    return passengers_tables(plan, records, asked, STATUSES)


def overall(frame, **keys):
    for name, value in {"question": "overall", **keys}.items():
        frame = frame[frame[name] == value]
    return frame.iloc[0]


def trains(seed=1, route="甲线", first=0, of=(9, 12, 8, 15, 11, 10), **more):
    stream = np.random.default_rng(seed)
    return [
        row
        for k, n in enumerate(of)
        for row in train(
            f"G{first + k}", np.clip(np.rint(stream.normal(stream.normal(7, 1.2), 1.5, n)), 1, 11).astype(int),
            route, **more,
        )
    ]  # fmt: skip


def test_the_error_is_that_of_ultimate_clusters(plan, read):
    """m/(m-1) Σ(z_i - z̄)², z_i the total of the residuals of train i over n; t on trains less one."""
    rows = trains()
    found = overall(tables(plan, read(plan, rows))[SCORES])
    y = 10 * (pd.Series([row[6] for row in rows]) - 1)
    z = (y - y.mean()).groupby([row[1] for row in rows]).sum() / len(y)
    se = np.sqrt(6 / 5 * ((z - z.mean()) ** 2).sum())
    assert found[["n", "clusters", "df"]].tolist() == [65, 6, 5]
    assert found["score"] == pytest.approx(y.mean())
    assert found["se"] == pytest.approx(se)
    assert found["high"] - found["score"] == pytest.approx(t.ppf(0.975, 5) * se)
    assert found["deff"] == pytest.approx(se**2 / (y.var() / len(y)))


def test_strata_that_differ_give_a_design_effect_below_one(plan, read):
    rows = [
        row for stratum, answer in (("快", 3), ("慢", 9)) for k in range(4)
        for row in train(f"{stratum}{k}", [answer - 1, answer, answer + 1] * 4 + [answer + k % 2], stratum=stratum)
    ]  # fmt: skip
    found = overall(tables(plan, read(plan, rows))[SCORES])
    assert found["df"] == 6
    assert 0 < found["deff"] < 0.1


def test_weights_move_the_mean_and_the_effective_sample(plan, read):
    light = trains(stratum="快", weight=1)
    heavy = trains(2, first=20, stratum="慢", weight=3)
    found = overall(tables(plan, read(plan, [*light, *heavy]))[SCORES])
    y = np.array([10.0 * (row[6] - 1) for row in (*light, *heavy)])
    w = np.repeat([1.0, 3.0], len(light))
    assert found["score"] == pytest.approx(np.average(y, weights=w))
    assert found["n_eff"] == pytest.approx(w.sum() ** 2 / (w**2).sum())
    assert found["largest_share"] == pytest.approx(3 / w.sum())


def test_a_route_of_one_train_has_a_mean_and_no_error(plan, read):
    rows = [*trains(of=(20,) * 4), *train("Z1", [5, 9] * 20, "乙线")]
    shown = tables(plan, read(plan, rows))[DOMAINS]
    alone = overall(shown, domain="乙线")
    assert (alone["status"], alone["clusters"], alone["score"]) == ("published", 1, pytest.approx(60))
    assert alone[["se", "low", "high", "df", "difference_low", "p", "p_holm"]].isna().all()
    assert alone["verdict"] == ""
    assert not np.isnan(alone["difference"])


def test_an_operator_of_one_train_has_no_error_at_all(plan, read):
    made = tables(plan, read(plan, train("G1", [5, 9] * 20)))
    assert made[SCORES][["se", "low", "high", "deff", "rank"]].isna().all(axis=None)
    assert made[SCORES]["score"].notna().all()


def test_passengers_without_a_route_are_a_domain_and_domains_add_up(plan, read):
    rows = [*trains(of=(15,) * 4), *trains(2, "", 10, of=(15,) * 3), *trains(3, "乙线", 20, of=(15,) * 4)]
    made = tables(plan, read(plan, rows))
    own = made[DOMAINS][made[DOMAINS]["question"] == "overall"]
    assert sorted(own["domain"]) == ["(none)", "乙线", "甲线"]
    assert (own["share"] * own["score"]).sum() == pytest.approx(overall(made[SCORES])["score"])
    assert (own["share"] * own["difference"]).sum() == pytest.approx(0, abs=1e-9)


def test_the_difference_of_a_route_allows_for_what_both_share(plan, read):
    """Two routes of half the passengers each: half of one less the other, with the error of their shares."""
    rows = [*trains(of=(20,) * 5), *trains(2, "乙线", 10, of=(20,) * 5)]
    records = read(plan, rows)
    own = overall(tables(plan, records)[DOMAINS], domain="甲线")
    y = pd.Series([10.0 * (row[6] - 1) for row in rows]).groupby([row[1] for row in rows]).mean()
    first, second = y[[f"G{k}" for k in range(5)]], y[[f"G{k}" for k in range(10, 15)]]
    apart = (first.mean() - second.mean()) / 2
    z = pd.concat([first - first.mean() - apart, second.mean() - second + apart]) / 10
    se = np.sqrt(10 / 9 * ((z - z.mean()) ** 2).sum())
    assert own["difference"] == pytest.approx(apart)
    assert own["difference_high"] - own["difference"] == pytest.approx(t.ppf(0.975, 4) * se)


def test_a_change_has_the_errors_of_both_periods(plan, read):
    rows = [*trains(of=(20,) * 4), *trains(5, of=(20,) * 5, period="2025")]
    records = read(plan, rows)
    change = overall(tables(plan, records)[CHANGES])
    now, was = (overall(tables(plan, records, Asked("x", year))[SCORES]) for year in ("2026", "2025"))
    se = np.hypot(now["se"], was["se"])
    assert change["difference"] == pytest.approx(now["score"] - was["score"])
    assert change["difference_high"] - change["difference"] == pytest.approx(t.ppf(0.975, 3 + 4) * se)
    assert tables(plan, records, Asked("x", "2025"))[CHANGES].empty
    with pytest.raises(CompositeError, match="no answers of 2024"):
        tables(plan, records, Asked("x", "2024"))


def test_operators_are_ranked_only_where_they_were_surveyed_alike(plan, read):
    rows = [*trains(of=(20,) * 4), *trains(7, of=(20,) * 4, operator="乙")]
    records = read(plan, rows)
    apart = replace(plan, definition=plan.definition.model_copy(update={"comparable": False}))
    for own, ranked in ((plan, True), (apart, False)):
        frame = tables(own, records)[SCORES]
        parts = frame[frame["level"] == "part"]
        assert parts["rank"].notna().all() == ranked
        assert parts["rank"].notna().any() == ranked


def as_stored(plan, records, asked=ASKED):
    made = tables(plan, records, asked)
    counted = passengers_counted(plan, records, asked).rename(columns={"said": "digest"})
    made |= {UNITS: counted}
    about = {"kind": "passengers", "named_units": True, "level": 0.95, "units": 1}
    made["out_quality_measures"] = pd.DataFrame([about]).reindex(columns=list(OUT_QUALITY_MEASURES.names))
    return {name: frame.assign(wave="x", measure="m", revision=-1) for name, frame in made.items()}


def test_a_small_route_is_hidden_with_another_and_no_total_gives_it_away(plan, read):
    rows = [
        *trains(of=(20,) * 4), *trains(2, "乙线", 10, of=(15,) * 3), *trains(3, "丙线", 20, of=(12,)),
        *trains(4, "丁线", 30, of=(25,) * 4),
    ]  # fmt: skip
    stored = as_stored(plan, read(plan, rows))
    published = publishable_measures(stored, "x")
    shown = published[DOMAINS].set_index(["level", "domain"]).loc["part"]
    assert shown["status"].to_dict() == {
        "甲线": "published", "乙线": "complement", "丁线": "published"
    }, "a route of few is left out with its name"  # fmt: skip
    assert shown["score"].notna().to_dict() == {"甲线": True, "乙线": False, "丁线": True}
    assert shown.loc["乙线", ["difference", "p", "low", "deff"]].isna().all()
    context = context_of_measures(stored["out_quality_measures"], stored[UNITS])
    bounds = measure_bounds(stored, published, context)
    assert [one.cell[-1] for one in bounds] == ["丙线"]
    assert not any(one.given_away for one in bounds)
    rows_of = stored[DOMAINS]["domain"]
    alone = stored[DOMAINS].assign(status=stored[DOMAINS]["status"].where(rows_of != "乙线", "published"))
    again = publishable_measures({**stored, DOMAINS: alone}, "x")[DOMAINS].set_index("domain")
    assert np.isnan(again.loc["乙线", "score"]), "what would give another away is blank whatever its row says"
    open_ = stored[DOMAINS][rows_of != "丙线"]
    attacked = measure_bounds(stored, {**published, DOMAINS: open_}, context)
    assert any(one.given_away for one in attacked), "the attack finds it where it is not"


def test_a_release_that_differs_by_one_passenger_is_refused(plan, read):
    rows = trains(of=(20,) * 4)
    first = as_stored(plan, read(plan, rows))
    out = first[UNITS].assign(revision=0)
    corrected = [(*rows[0][:6], 11, 11, rows[0][8]), *rows[1:]]
    again = as_stored(plan, read(plan, corrected))
    again[UNITS] = pd.concat([again[UNITS], out])
    with pytest.raises(PublicationError, match="fewer than 30 units differ"):
        publishable_measures(again, "x")
    anonymous = [(*row[:8], "") for row in rows]
    first, again = (as_stored(plan, read(plan, own)) for own in (anonymous, anonymous[1:]))
    again[UNITS] = pd.concat([again[UNITS], first[UNITS].assign(revision=0)])
    with pytest.raises(PublicationError, match="fewer than 30 units differ"):
        publishable_measures(again, "x")


def test_codes_for_no_answer_are_none_and_a_part_needs_half_of_its_questions(plan, read):
    rows = [(*row[:7], 98 if k else row[7], row[8]) for k, row in enumerate(trains(of=(20,) * 4))]
    made = tables(plan, read(plan, rows))[SCORES].set_index("question")
    assert made["n"].to_dict() == {"overall": 80, "satisfied": 80, "expected": 1}
    assert made["status"].to_dict() == {"overall": "published", "satisfied": "complement", "expected": "few"}


@pytest.mark.parametrize(
    ("row", "column", "problem"),
    [
        (("甲", "G1", "2026", "甲线", "", "", 12, 5, "new"), "satisfied", "outside 1 to 11"),
        (("甲", "G1", "2026", "甲线", "", "", 5.5, 5, "new"), "satisfied", "no whole number"),
        (("甲", "", "2026", "甲线", "", "", 5, 5, "new"), "车次", "the cell is empty"),
        (("甲", "G1", "去年", "甲线", "", "", 5, 5, "new"), "调查期", "is no year"),
        (("甲", "G1", "2026", "甲线", "", "", 5, 5, "甲G020260"), "答卷编号", "stands twice: row 2"),
        (("甲", "G1", "2026", "甲线", "快", "", 5, 5, "new"), "层", "others of the column are not"),
        (("甲", "G1", "2026", "甲线", "", 0, 5, 5, "new"), "权重", "others of the column are not"),
        (("甲", "G1", "2026", "甲线", "", 1e16, 5, 5, "new"), "权重", "outside -1e+15 to 1e+15"),
        (("甲", "G1", "2026", "13812345678", "", "", 5, 5, "new"), "线路", "looks like personal data"),
    ],
)
def test_faults_name_row_and_column_and_never_what_was_answered(plan, read, row, column, problem):
    with pytest.raises(FigureFaults) as refused:
        read(plan, [*trains(of=(2, 2)), row])
    found = [one for one in refused.value.faults if one.column == column]
    assert problem in str(found[0])
    assert not any(secret in str(refused.value) for secret in ("12 ", "5.5", "13812345678", "甲G020260"))


def test_a_stratum_of_one_train_is_refused_unless_the_definition_says_what_to_do(plan, read):
    rows = [*trains(stratum="快"), *train("K1", [3, 5, 7] * 5, stratum="慢")]
    with pytest.raises(FigureFaults, match="one train only"):
        read(plan, rows)
    own = replace(plan, definition=plan.definition.model_copy(update={"lonely": "adjust"}))
    assert overall(tables(own, read(own, rows))[SCORES])["se"] > 0


def test_definitions_that_cannot_hold_are_refused(plan):
    def where(*keys):
        return "/".join(map(str, keys))

    for update, problem in (
        ({"named_units": False}, "published by name"),
        ({"main": "nothing"}, "nothing"),
        ({"scale": plan.definition.scale.model_copy(update={"highest": 1})}, "begins at 1"),
        ({"domains": (plan.definition.domains[0].model_copy(update={"id": "satisfied"}),)}, "a question too"),
    ):
        with pytest.raises(SpecError, match=problem):
            plan.definition.model_copy(update=update).check(where)


def test_the_example_shows_what_is_hidden_and_what_rose(tmp_path):
    whole = load_measure("rail_passengers")
    path = tmp_path / "example.csv"
    example_passengers(whole, 1).to_csv(path, index=False)
    records = read_records(
        path, passengers_fields(whole.definition), None, passengers_checks(whole.definition)
    )
    assert records.synthetic
    part = whole.definition.parts[0].model_copy(update={"questions": whole.definition.parts[0].questions[:2]})
    two = replace(whole, definition=whole.definition.model_copy(update={"parts": (part,)}))
    made = tables(two, records)
    assert set(made[DOMAINS]["status"]) >= {"published", "few", "complement"}
    assert (made[CHANGES]["verdict"] == "rose").any()
    assert made[SCORES]["unit"].nunique() == 3
