"""Differencing by question: few who answered among many who changed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ncsi.disclosure import answered as held_against
from ncsi.disclosure.answer_digests import BEFORE, answered, figures_of, unpacked
from ncsi.disclosure.answered import EXCLUDED, FLAGGED, UNKNOWN
from ncsi.disclosure.differencing import counted, forgotten_by_cell, must_hold
from ncsi.spec import load_instrument
from ncsi.spec.instrument import Measure

BESIDE = "HANDLED"
ASKED_BESIDE = Measure(measure="complaints_handled", item=BESIDE, answers=(4, 5))
CCSI = load_instrument("ccsi").model_copy(update={"measures": (ASKED_BESIDE,)})
NOTHING = pd.DataFrame({"revision": [], "cell": [], "respondents": []})
KEY = b"k" * 32
FIGURES = figures_of(CCSI)
SIZE = 4 * (BEFORE + len(FIGURES))


def few_answers(*given):
    return held_against.few_answers(*given, FIGURES)


def few_judged(*given):
    return held_against.few_judged(*given, FIGURES)


def changed_by_figure(*given):
    return held_against.changed_by_figure(*given, FIGURES)


def forgotten_by_figure(out, lost):
    return held_against.forgotten_by_figure(out, lost, dict.fromkeys(out["sector"], FIGURES))


def people(ids: range, measured: int = 0, scored: bool = True, **answers: object) -> pd.DataFrame:
    """Respondents who answered every item with 5; the last `measured` of them also the question beside the model."""
    n = len(ids)
    beside = [pd.NA] * (n - measured) + [4] * measured
    frame = pd.DataFrame(
        {
            "brand": "b", "respondent": [f"r{k}" for k in ids], "region": "east",
            **{item: pd.array([5] * n, dtype="Int16") for item in CCSI.item_ids},
            BESIDE: pd.array(beside, dtype="Int16"),
        }
    ).assign(**answers)  # fmt: skip
    return record(frame, np.ones(n, dtype=bool), np.full(n, scored))


def record(frame: pd.DataFrame, kept: np.ndarray, scored: np.ndarray, flagged=False, key=KEY) -> pd.DataFrame:
    made = answered(frame, kept, np.full(len(frame), flagged), scored, CCSI, key, FIGURES)
    return counted(frame, pd.Series(kept)).assign(**{name: made[name].array for name in made})


def both(*parts: pd.DataFrame) -> pd.DataFrame:
    return pd.concat(parts, ignore_index=True)


def held(before: pd.DataFrame, now: pd.DataFrame, gone: pd.DataFrame = NOTHING) -> str | None:
    """The figure that holds the sector, where respondents alone would not."""
    out = before.assign(revision=0)
    assert not must_hold(out, gone, now, [0])
    return few_answers(out, gone, now, [0])


@pytest.mark.parametrize(
    ("answering", "expected"),
    [(0, None), (1, f"measure {BESIDE}"), (8, f"measure {BESIDE}"), (29, f"measure {BESIDE}"), (30, None)],
)
def test_eighty_are_added_and_few_of_them_answered_a_routed_question(answering, expected):
    before = people(range(200), measured=60)
    assert held(before, both(before, people(range(200, 280), measured=answering))) == expected


@pytest.mark.parametrize(("public", "expected"), [(29, None), (30, f"measure {BESIDE}")])
def test_a_measure_that_was_hidden_for_being_small_has_no_difference(public, expected):
    before = people(range(200), measured=public)
    assert held(before, both(before, people(range(200, 280), measured=8))) == expected


def test_few_who_changed_an_item_among_many_who_changed_another():
    before = people(range(200))
    first, other = CCSI.item_ids[0], CCSI.item_ids[10]
    assert held(before, people(range(200), **{first: 6})) is None
    few = pd.array([7] * 5 + [5] * 195, dtype="Int16")
    assert held(before, people(range(200), **{first: 6, other: few})) in (f"answers {other}", f"item {other}")


def test_most_of_those_added_have_too_few_answers_for_the_index():
    before = people(range(200))
    late = both(people(range(200, 290), scored=False), people(range(290, 300)))
    assert str(held(before, both(before, late))).startswith("construct ")


def digests(frame: pd.DataFrame, key: bytes = KEY, kept: bool = True) -> np.ndarray:
    """The words of each respondent who answered every item."""
    every = np.ones(len(frame), dtype=bool)
    made = answered(frame, every & kept, ~every, every, CCSI, key, FIGURES)
    words, known = unpacked(made["answered"], FIGURES)
    assert known.all()
    assert {len(one) for one in made["answered"]} == {SIZE}
    return words


def answering(*respondents: str, **answers: object) -> pd.DataFrame:
    return pd.DataFrame({"respondent": respondents, **dict.fromkeys(CCSI.item_ids, 5), **answers})


def test_someone_left_out_by_quality_is_in_no_figure():
    assert not digests(answering("r"), kept=False)[:, BEFORE:].any()


def test_a_digest_needs_the_key_and_differs_between_people_who_answered_alike():
    mine, theirs = (digests(answering("r", "s"), key)[:, 1:] for key in (KEY, b"x" * 32))
    answered_it = mine[0] != 0
    assert answered_it.sum() == len(FIGURES) - 1  # but the question beside
    assert not set(mine[0][answered_it]) & set(mine[1][answered_it])
    assert not set(mine[0][answered_it]) & set(theirs[0][answered_it])


def test_a_digest_tells_a_change_whatever_type_an_answer_has():
    first, other = CCSI.item_ids[:2]
    before = digests(answering("r"))
    for kind in ("Int16", "Int64", "category", "string"):
        assert (digests(answering("r").astype(dict.fromkeys(CCSI.item_ids, kind))) == before).all()
    changed = digests(answering("r", **{first: 6})) != before
    assert {FIGURES[k] for k in np.flatnonzero(changed[0, BEFORE:])} == {
        name for name, items in parts_of() if first in items
    }
    swapped = digests(answering("r", **{first: 6, other: 4})), digests(answering("r", **{first: 4, other: 6}))
    of_both = next(
        f"construct:{one.id}" for one in CCSI.constructs if {first, other} <= {i.id for i in one.items}
    )
    assert (swapped[0] != swapped[1])[0, BEFORE + FIGURES.index(of_both)]


def parts_of():
    yield from ((f"item:{one}", (one,)) for one in CCSI.item_ids)
    yield from ((f"subindex:{one.id}", one.items) for one in CCSI.subindices)
    yield from ((f"construct:{one.id}", [item.id for item in one.items]) for one in CCSI.constructs)


def test_a_background_cell_in_which_few_gave_a_construct():
    other = next(one for one in CCSI.constructs if one.id != CCSI.target)
    blank = {item.id: pd.NA for item in other.items}
    before = both(people(range(200)), people(range(200, 260), region="west"))
    late = both(
        people(range(260, 300)),
        people(range(300, 310), region="west"),
        people(range(310, 370), region="west", **blank),
    )
    assert held(before, both(before, late)) == f"construct {other.id}"


def test_those_forgotten_keep_counting_in_their_figures():
    before = people(range(200), measured=60)
    out = before.assign(revision=0, sector="s")
    lost = [f"r{k}" for k in range(100, 148)]  # of whom the last 8 answered it
    gone = pd.concat([forgotten_by_cell(out, lost), forgotten_by_figure(out, lost)], ignore_index=True)
    left = before[~before["respondent"].isin(lost)].reset_index(drop=True)
    assert held(left, left, gone) == f"measure {BESIDE}"
    assert held(left, left, gone[~gone["cell"].str.contains(f"measure:{BESIDE}")]) is None


def test_of_a_release_by_an_earlier_version_what_is_not_known_is_feared():
    before = people(range(200), measured=60).assign(answered=None)
    same = people(range(200), measured=60)
    assert held(before, same) is None
    assert held(before, same.iloc[50:].reset_index(drop=True)) is not None
    assert held(before, both(same, people(range(200, 280), measured=40))) is None


def test_answers_missing_at_random_hold_nothing_where_more_than_barely_enough_were_added():
    rng = np.random.default_rng(1)
    before = people(range(200))
    blanks = {
        item: pd.array(np.where(rng.random(60) < 0.04, None, 5).tolist(), dtype="Int16")
        for item in CCSI.item_ids
    }
    assert held(before, both(before, people(range(200, 260), **blanks))) is None


def judged_people(ids: range, flagged: int = 0, excluded: int = 0, **answers: object) -> pd.DataFrame:
    """Respondents of whom the first are flagged, and the last excluded."""
    n, at = len(ids), np.arange(len(ids))
    frame = pd.DataFrame(
        {
            "brand": "b",
            "respondent": [f"r{k}" for k in ids],
            "region": "east",
            **dict.fromkeys(CCSI.item_ids, 5),
        }
    ).assign(**answers)
    made = answered(frame, at < n - excluded, at < flagged, at >= 0, CCSI, KEY, FIGURES)
    return people(ids, **answers).assign(**{name: made[name].array for name in made})


@pytest.mark.parametrize(
    ("flagged", "excluded", "untold"),
    [
        (40, 40, set()), (41, 40, {FLAGGED}), (11, 40, {FLAGGED}), (10, 40, set()), (70, 69, {EXCLUDED}),
        (70, 70, set()), (0, 39, {EXCLUDED}),
    ],
)  # fmt: skip
def test_few_flagged_or_excluded_since_are_not_told_by_the_index_without_them(flagged, excluded, untold):
    before = judged_people(range(200), flagged=40, excluded=40).assign(revision=0)
    now = judged_people(range(200), flagged=flagged, excluded=excluded)
    assert few_judged(before, NOTHING, now, [0]) == untold
    assert few_answers(before, NOTHING, now, [0]) is None


def test_other_answers_of_a_few_flagged_and_those_forgotten_count():
    before = judged_people(range(200), flagged=40).assign(revision=0, sector="s")
    other = judged_people(range(200), flagged=40, **{CCSI.item_ids[0]: [6] * 3 + [5] * 197})
    assert few_judged(before, NOTHING, other, [0]) == {FLAGGED}
    gone = forgotten_by_figure(before, ["r0", "r1", "r199"])
    left = before[~before["respondent"].isin(["r0", "r1", "r199"])]
    assert few_judged(left, gone, left, [0]) == {FLAGGED}
    assert few_judged(left, NOTHING, left, [0]) == set()


def test_a_release_that_does_not_say_whom_it_judged_tells_neither():
    before = judged_people(range(200), flagged=40).assign(revision=0, answered=pd.NA, quality=pd.NA)
    assert few_judged(before, NOTHING, judged_people(range(200), flagged=40), [0]) == {FLAGGED, EXCLUDED}


def test_a_long_key_counts_by_its_first_64_bytes():
    made = [digests(answering("r"), key) for key in (b"k" * 64, b"k" * 64 + b"more")]
    assert (made[0] == made[1]).all()


def test_a_migrated_release_knows_whom_quality_judged_and_who_answers_as_then():
    """Its digests are forgotten: a revision from the same answers passes, one that judges a few others does not."""
    before = judged_people(range(200), flagged=40, excluded=40).assign(revision=0, answered=None)
    same = judged_people(range(200), flagged=40, excluded=40)
    assert few_judged(before, NOTHING, same, [0]) == set()
    assert few_answers(before, NOTHING, same, [0]) is None
    assert few_judged(before, NOTHING, judged_people(range(200), flagged=42, excluded=40), [0]) == {FLAGGED}
    other = judged_people(range(200), flagged=40, excluded=40, **{CCSI.item_ids[0]: [6] * 40 + [5] * 160})
    assert few_judged(before, NOTHING, other, [0]) == {FLAGGED}


def test_a_measure_that_was_small_in_a_migrated_release_holds_nothing():
    before = people(range(200), measured=20).assign(answered=None)
    same = people(range(200), measured=20)
    assert held(before, both(same, people(range(200, 280), measured=8))) is None


def test_a_question_that_came_later_takes_a_place_of_its_own():
    old = CCSI.model_copy(update={"measures": ()})
    known = figures_of(old)
    assert figures_of(CCSI, known) == (*known, f"measure:{BESIDE}")
    frame = answering("r").assign(**{BESIDE: 4})
    every = np.ones(1, dtype=bool)
    before = answered(frame, every, ~every, every, old, KEY, known)["answered"]
    now = answered(frame, every, ~every, every, CCSI, KEY, figures_of(CCSI, known))["answered"]
    was, today = (unpacked(one, figures_of(CCSI, known))[0] for one in (before, now))
    assert [k for k in range(today.shape[1]) if was[0, k] != today[0, k]] == [BEFORE + len(known)]


def test_bytes_that_are_of_no_such_figures_are_not_known():
    texts = pd.Series([b"\1\0\0\0" * 2, None, b"", b"abc", bytes(SIZE + 4), bytes(SIZE)])
    words, known = unpacked(texts, FIGURES)
    assert known.tolist() == [True, False, False, False, False, True]
    assert words[0, 0] == 1
    assert not words[1:].any()


@pytest.mark.parametrize("kind", ["object", "string"])
def test_who_was_added_has_changed_however_the_store_holds_texts(kind):
    before, now = (
        people(ids, measured=60).astype({"answers_sha256": kind}) for ids in (range(200), range(100, 280))
    )
    changed = changed_by_figure(before, now)
    assert changed["sector", f"construct:{CCSI.target}"] == 180
    assert changed["sector", f"measure:{BESIDE}"] == 120


def test_who_stands_behind_someone_unknown_is_counted_too():
    unknown = people(range(1), **{CCSI.item_ids[0]: 3}).assign(answered=None)
    before = both(unknown, people(range(1, 200)))
    now = people(range(200), **{CCSI.item_ids[0]: [5] + [6] * 9 + [5] * 190})
    changed = changed_by_figure(before, now)
    assert changed["sector", UNKNOWN] == 1
    assert changed["sector", f"item:{CCSI.item_ids[0]}"] == 9


def added_to_two_brands(scored: bool, **answers: object) -> tuple[pd.DataFrame, pd.DataFrame]:
    """200 respondents of two brands; 70 more, of whom the last 35 are of brand c."""
    before = both(people(range(100)), people(range(100, 200), measured=60, brand="c"))
    brand = ["b"] * 35 + ["c"] * 35
    return before, both(before, people(range(200, 270), scored=scored, brand=brand, **answers))


def test_answers_are_published_by_sector_and_measures_by_brand():
    """35 gave an answer, 5 of them of brand c: its sector's figure is of enough, and brand c has none."""
    item = CCSI.item_ids[0]
    few = pd.array([5] * 30 + [pd.NA] * 35 + [5] * 5, dtype="Int16")
    before, now = added_to_two_brands(scored=False, **{item: few})
    assert held(before, now) is None
    beside = pd.array([4] * 30 + [pd.NA] * 35 + [4] * 5, dtype="Int16")
    before, now = added_to_two_brands(scored=True, **{BESIDE: beside})
    assert held(before, now) == f"measure {BESIDE}"


def test_a_background_cell_below_the_threshold_is_hidden_and_a_sector_is_not():
    before = both(people(range(200)), people(range(200, 220), region="west"))
    late = both(people(range(220, 260)), people(range(260, 268), region="west"))
    now = both(before, late)
    assert few_answers(before.assign(revision=0), NOTHING, now, [0]) is None
    enough = both(people(range(200)), people(range(200, 230), region="west"))
    told = few_answers(enough.assign(revision=0), NOTHING, both(enough, late), [0])
    assert str(told).startswith("construct ")
    small = people(range(20))
    for scored, kind in ((True, "answers "), (False, "answers ")):
        more = both(small, people(range(220, 225), scored=scored))
        assert str(few_answers(small.assign(revision=0), NOTHING, more, [0])).startswith(kind)


def test_those_forgotten_count_towards_the_threshold_of_then():
    before = people(range(200), measured=33)
    out = before.assign(revision=0, sector="s")
    lost = [f"r{k}" for k in range(150, 175)]  # of whom the last 8 answered it
    gone = forgotten_by_figure(out, lost)
    left = before[~before["respondent"].isin(lost)].reset_index(drop=True)
    now = both(left, people(range(200, 240), measured=5))
    assert few_answers(left.assign(revision=0), gone, now, [0]) == f"measure {BESIDE}"
    nobody = {column: gone[column].head(0) for column in gone}
    assert few_answers(left.assign(revision=0), pd.DataFrame(nobody), now, [0]) is None


@pytest.mark.parametrize(
    ("then", "left", "expected"), [(60, 20, f"measure {BESIDE}"), (60, 0, None), (20, 0, None)]
)
def test_few_who_are_left_of_a_figure_that_was_shown_hold_the_sector(then, left, expected):
    """It is hidden now; the sector's figure and those of the other brands, which are out, would tell it."""
    stay = people(range(200, 200 + left), measured=left)
    before = both(people(range(200)), stay, people(range(300, 300 + then - left), measured=then - left))
    assert held(before, both(people(range(200)), stay, people(range(400, 440)))) == expected


def test_cells_of_those_forgotten_are_read_past_the_figures_among_them():
    before = people(range(200), measured=60)
    out = before.assign(revision=0, sector="s")
    lost = ["r3", "r4"]
    gone = pd.concat([forgotten_by_figure(out, lost), forgotten_by_cell(out, lost)], ignore_index=True)
    assert "\n" in gone["cell"][0]
    left = before[~before["respondent"].isin(lost)]
    assert must_hold(left.assign(revision=0), gone, left, [0])
