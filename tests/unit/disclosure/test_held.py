"""Whether a sector keeps its public figures, on a handful of invented respondents."""

from __future__ import annotations

import hashlib

import numpy as np
import pandas as pd
import pytest

from ncsi.disclosure.differencing import cells_of, counted, forgotten_by_cell, is_differencing, must_hold

NOTHING = pd.DataFrame({"revision": [], "cell": [], "respondents": []})


def people(ids: range, **changes: object) -> pd.DataFrame:
    frame = pd.DataFrame(
        {"brand": "b", "respondent": [f"r{k}" for k in ids], "region": "east", "q1": 5}
    ).assign(**changes)
    return counted(frame, pd.Series(True, index=frame.index))


def public(*versions: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([one.assign(revision=k) for k, one in enumerate(versions)], ignore_index=True)


@pytest.mark.parametrize(
    ("now", "held"),
    [
        (range(100), False),
        (range(99), True),
        (range(129), True),
        (range(130), False),
        (range(70), False),
        (range(71), True),
    ],
)
def test_one_to_twenty_nine_added_or_removed_hold_the_sector(now, held):
    assert must_hold(public(people(range(100))), NOTHING, people(now), [0]) is held


@pytest.mark.parametrize("rows", [0, 1, 7, 400])
def test_the_hash_is_of_all_answers_in_order_whatever_form_they_have(rows):
    """Columns of few texts are joined before the others, and categories are coded as they are: the same texts."""
    rng = np.random.default_rng(3)
    answers = {f"q{k}": rng.integers(1, 11, rows) for k in range(9)}
    answers |= {f"q{k}_missing": np.where(rng.random(rows) < 0.3, None, "blank") for k in range(9)}
    frame = pd.DataFrame(answers | {"brand": "b", "respondent": [f"r{k}" for k in range(rows)]})
    frame = frame.assign(region=rng.choice(["east", "west"], rows), background_age=frame["respondent"])
    categories = frame.astype(dict.fromkeys(answers, "category"))
    kept = pd.Series(rng.random(rows) < 0.9)
    names = sorted([*answers, "region", "background_age"])
    said = frame[names].astype(object).where(frame[names].notna(), "").astype(str).to_numpy().tolist()
    texts = ["\x1f".join(["1" if one else "0", *row]) for one, row in zip(kept, said, strict=True)]
    for given in (frame, categories):
        made = counted(given, kept)
        assert made["answers_sha256"].tolist() == [hashlib.sha256(one.encode()).hexdigest() for one in texts]
        assert made["cells"].tolist() == [
            f"region={region}\nbackground_age={age}"
            for region, age in zip(frame["region"], frame["background_age"], strict=True)
        ]


def test_every_release_that_is_out_counts():
    """40 more than the first, one more than the second: their difference from the second is one person's."""
    out = public(people(range(100)), people(range(140)))
    assert must_hold(out, NOTHING, people(range(141)), [0, 1])
    assert not must_hold(out, NOTHING, people(range(180)), [0, 1])
    assert not must_hold(out, NOTHING, people(range(141)), [0])


def test_without_a_release_nothing_is_held():
    assert not must_hold(public(people(range(3))).head(0), NOTHING, people(range(9)), [])


def test_those_forgotten_count_in_their_cells():
    gone = pd.DataFrame({"revision": [0], "cell": ["region=east"], "respondents": [3]})
    same = people(range(100))
    assert must_hold(public(same), gone, same, [0])
    assert not must_hold(public(same), gone.assign(revision=1), same, [0])
    assert not must_hold(public(same), gone.assign(respondents=30), same, [0])
    assert must_hold(public(same), gone.assign(respondents=29), same, [0])


def test_those_forgotten_add_to_those_who_changed():
    gone = pd.DataFrame({"revision": [0], "cell": ["region=east"], "respondents": [28]})
    one_left = people(range(99))
    assert must_hold(public(people(range(100))), gone, one_left, [0])
    everywhere = pd.DataFrame(
        {"revision": 0, "cell": sorted(cells_of("b", "region=east")), "respondents": 29}
    )
    assert not must_hold(public(people(range(100))), everywhere, one_left, [0])


def test_changed_answers_count_once():
    before, now = people(range(100)), people(range(100), q1=[6] * 5 + [5] * 95)
    assert must_hold(public(before), NOTHING, now, [0])
    assert not must_hold(public(before), NOTHING, people(range(100), q1=6), [0])


def test_a_person_is_in_the_sector_the_brand_and_the_cells_named():
    assert cells_of("b", "region=east\nage=old") == {"sector", "brand=b", "region=east", "age=old"}
    assert cells_of("", "") == {"sector", "brand="}


def test_who_is_forgotten_is_counted_by_cell_and_release():
    out = public(people(range(3)), people(range(2))).assign(sector="a")
    counts = forgotten_by_cell(out, ["r1", "r2", "r9"]).set_index(["revision", "cell"])["respondents"]
    assert counts.to_dict() == {
        (0, "brand=b"): 2,
        (0, "region=east"): 2,
        (0, "sector"): 2,
        (1, "brand=b"): 1,
        (1, "region=east"): 1,
        (1, "sector"): 1,
    }
    assert forgotten_by_cell(out, ["r9"]).empty


@pytest.mark.parametrize(
    ("changed", "few"), [([], False), ([0], False), ([0, 1], True), ([29], True), ([30], False)]
)
def test_nobody_is_no_difference(changed, few):
    assert is_differencing(changed) is few


@pytest.mark.parametrize("dtype", ["object", "string"])
def test_who_is_missing_from_one_table_changed_whatever_the_type_of_text(dtype):
    """The store returns `string`, where a comparison with nothing is nothing."""
    before, now = (people(range(n)).astype(dtype) for n in (100, 90))
    assert must_hold(public(before), NOTHING, now, [0])


def test_the_answers_of_a_respondent_are_one_hash_that_stored_releases_share():
    """A release is held against those of earlier versions: another hash of the same answers would hold every sector."""
    frame = pd.DataFrame({"brand": "b", "respondent": ["r0", "r1"], "region": "east", "q1": [5, None]})
    made = counted(frame, pd.Series([True, False]))
    texts = ["1\x1f5.0\x1feast", "0\x1f\x1feast"]
    assert made["answers_sha256"].tolist() == [hashlib.sha256(one.encode()).hexdigest() for one in texts]
    assert made.columns.tolist() == ["brand", "respondent", "cells", "answers_sha256"]


def test_without_dimensions_a_respondent_is_in_no_cell_besides():
    frame = pd.DataFrame({"brand": "b", "respondent": ["r0", "r1"], "q1": 5}, index=[4, 7])
    made = counted(frame, pd.Series(True, index=frame.index))
    assert made["cells"].tolist() == ["", ""]
    assert made.index.tolist() == [0, 1]
