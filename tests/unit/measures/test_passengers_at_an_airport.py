"""Two real surveys of an airport's passengers as a measure: flights as clusters, boarding areas, change on the year."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ncsi.disclosure.small_groups import domain_status, question_status
from ncsi.ingest.records import read_records
from ncsi.ingest.records.passengers import passengers_checks, passengers_fields
from ncsi.results.measures import Asked
from ncsi.results.measures.passengers import Statuses, passengers_tables
from ncsi.spec.measures import load_measure

EXAMPLE = Path(__file__).parents[3] / "docs" / "examples" / "sfo"
KEPT = (
    "RUNID",
    "WEIGHT",
    "BAREA",
    "DESTGEO",
    "Q7ALL",
    "Q9BOARDING",
    "Q9RESTROOM",
    "Q7SIGN",
    "Q14FIND",
    "Q14PASSTHRU",
)
HEADS = {"RUNID": "航班", "WEIGHT": "权重"}
PERIOD = "2016"


@pytest.fixture(scope="module")
def plan():
    return load_measure("airport_passengers", EXAMPLE)


@pytest.fixture(scope="module")
def answers(shared):
    """What the airport published of both years, in one table."""
    frames = []
    for year, number in (("2015", "RESPNUM"), (PERIOD, "*RESPNUM")):
        raw = pd.read_csv(shared("data", f"sfo_{year}.csv"), dtype=str, keep_default_na=False)
        frames.append(raw[list(KEPT)].rename(columns=HEADS).assign(
            调查期=year, 答卷编号=year + "-" + raw[number], 运营企业="旧金山国际机场",
        ))  # fmt: skip
    return pd.concat(frames, ignore_index=True)


@pytest.fixture(scope="module")
def tables(plan, answers, tmp_path_factory):
    path = tmp_path_factory.mktemp("airport") / "passengers.csv"
    answers.to_csv(path, index=False)
    definition = plan.definition
    records = read_records(path, passengers_fields(definition), None, passengers_checks(definition))
    asked = Asked("airport_passengers-2016", PERIOD)
    return passengers_tables(plan, records, asked, Statuses(question_status, domain_status))


def test_the_definition_reads_without_the_files(plan):
    assert next(one.id for one in plan.definition.questions) == "airport"
    assert plan.definition.cluster.one == "flight"


def test_score_error_and_design_effect_are_those_of_flights(answers, tables):
    """Weighted mean on 0-100, and m/(m-1) Σ(z_i - z̄)² of the flights' residuals, by hand from the published file."""
    own = answers[(answers["调查期"] == PERIOD) & answers["Q7ALL"].isin(list("12345"))]
    y, w = 25 * (own["Q7ALL"].astype(float) - 1), own["权重"].astype(float)
    mean = np.average(y, weights=w)
    z = (w * (y - mean)).groupby(own["航班"]).sum() / w.sum()
    se = np.sqrt(len(z) / (len(z) - 1) * ((z - z.mean()) ** 2).sum())
    found = tables["out_passengers"].query("level == 'part' and part == 'overall'").iloc[0]
    assert (found["n"], found["clusters"]) == (len(own), own["航班"].nunique())
    assert found["score"] == pytest.approx(mean)
    assert found["se"] == pytest.approx(se)
    assert 1.5 < found["deff"] < 2.2  # passengers of a flight answer alike


def test_boarding_areas_are_held_against_the_airport_and_the_year_against_the_one_before(answers, tables):
    domains = tables["out_passengers_by_domain"].query("dimension == 'area' and part == 'overall'")
    areas = set(answers.loc[answers["调查期"] == PERIOD, "BAREA"])
    assert set(domains["domain"]) == areas
    shown = domains[domains["status"] == "published"]
    assert len(shown) >= 3
    assert shown["score"].between(0, 100).all()
    changes = tables["out_passengers_changes"].query("part == 'overall' and level == 'part'")
    (change,) = changes.to_dict("records")
    assert (change["previous_period"], change["previous_n"] > 2500) == ("2015", True)
    assert change["difference"] == pytest.approx(change["score"] - change["was_0_100"])
    assert change["difference_low"] < change["difference"] < change["difference_high"]
