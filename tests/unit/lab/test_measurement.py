"""MICOM, invariance, choice among models, levers and ranks at the front door: the room's figures, with a page."""

from __future__ import annotations

import pickle
import warnings
from pathlib import Path

import pandas as pd
import pytest

import ncsi
from ncsi import model
from ncsi.lab.results import Paged


@pytest.fixture(scope="module")
def survey() -> pd.DataFrame:
    return pd.read_csv(Path(__file__).parents[2] / "golden" / "golden.csv")


@pytest.fixture(scope="module")
def inst():
    return ncsi.load_instrument("ccsi")


@pytest.fixture(scope="module")
def boot(survey, inst):
    return ncsi.bootstrap(ncsi.fit_pls(survey, inst, by="brand"), replicates=50)


@pytest.fixture(scope="module")
def results(survey, inst, boot) -> dict[str, Paged]:
    two = survey[survey["region"] != "West"]
    return {
        "micom": ncsi.micom(two, inst, group="region", permutations=50),
        "invariance": ncsi.invariance(two, inst, group="region"),
        "model_choice": ncsi.model_choice(
            {"full": boot.fit, "less": boot.fit.update(drop="Image -> Loyalty")}
        ),
        "drivers": ncsi.drivers(boot.fit, boot),
        "rank_sets": ncsi.rank_sets(boot),
    }


def test_the_figures_are_the_rooms(survey, inst, boot, results):
    two = survey[survey["region"] != "West"]
    assert isinstance(results["micom"], model.Micom)
    plain = model.micom(two, inst, "region", permutations=50)
    pd.testing.assert_frame_equal(results["micom"].composition, plain.composition)
    assert isinstance(results["invariance"], model.Invariance)
    assert results["invariance"].verdict == "strict"
    pd.testing.assert_frame_equal(pd.DataFrame(results["drivers"]), model.drivers(boot.fit, boot))
    pd.testing.assert_frame_equal(pd.DataFrame(results["rank_sets"]), model.rank_sets(boot))
    assert pickle.loads(pickle.dumps(results["micom"])).verdict.equals(plain.verdict)  # noqa: S301


def test_one_row_a_parameter(results):
    rows = {name: found.tidy() for name, found in results.items()}
    assert len(rows["micom"]) == 3 * 6
    assert len(rows["model_choice"]) == 2 * 3 * len(results["model_choice"].criteria["construct"].unique())
    assert len(rows["drivers"]) == 2 * len(results["drivers"])
    assert rows["rank_sets"]["estimate"].tolist() == results["rank_sets"]["rank"].tolist()
    assert rows["invariance"]["group"].nunique() == 2
    for name, found in results.items():
        broom = found.tidy("broom")
        assert broom["term"].is_unique, name
        assert {"estimate"} <= set(broom), name


@pytest.mark.parametrize("name", ["micom", "invariance", "model_choice", "drivers", "rank_sets"])
def test_the_page_has_words_in_both_languages(results, name, tmp_path):
    found = results[name]
    page = found.page("zh")
    assert not page.title.isascii()
    assert [line for line in page.lines if line.isascii()] == []
    assert [head for table in page.tables for head in table.heads if "_" in head] == []
    assert found.glance()["result"].tolist() == [type(found).__name__]
    assert "<table" in found._repr_html_()
    assert len(repr(found).splitlines()) <= 14
    found.summary().to_excel(tmp_path / "result.xlsx")
    assert (tmp_path / "result.xlsx").stat().st_size > 1000


def test_figures_on_the_pages(results):
    ranks = results["rank_sets"]
    first = results["rank_sets"].page().tables[0].rows[0]
    assert first[:3] == (ranks["brand"][0], f"{ranks['index_0_100'][0]:.1f}", "1")
    assert first[3] == f"{ranks['rank_low'][0]} to {ranks['rank_high'][0]}"
    levers = results["drivers"].page().tables[0].rows
    assert [row[1] for row in levers] == [
        f"{one:.3f}" for one in results["drivers"]["importance"][: len(levers)]
    ]
    assert "improve first" in str(results["drivers"].summary()) or "undecided" in str(
        results["drivers"].summary()
    )


def test_left_out_groups_are_warned_of_where_they_were_asked_for(boot):
    alone = boot.fit.data.assign(brand=boot.fit.data["brand"].where(boot.fit.data.index > 0, "alone"))
    lone = ncsi.bootstrap(boot.fit.update(df=alone), replicates=20)
    with warnings.catch_warnings(record=True) as given:
        warnings.simplefilter("always")
        ncsi.rank_sets(lone)
    assert [(Path(one.filename).name, "alone" in str(one.message)) for one in given] == [
        (Path(__file__).name, True)
    ]
