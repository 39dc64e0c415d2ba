"""Two waves of a panel whose answers are the same but for a few people: the change would be theirs."""

from __future__ import annotations

import pandas as pd
import pytest

from ncsi.disclosure.differencing import WHOLE, repeated_but_for_few


def wave(answers: dict[str, list[str]]) -> pd.DataFrame:
    """Hashes of the answers of each brand's respondents r0, r1 …"""
    rows = [(brand, f"r{k}", "", one) for brand, all_ in answers.items() for k, one in enumerate(all_)]
    return pd.DataFrame(rows, columns=["brand", "respondent", "cells", "answers_sha256"])


def of_brand(n: int, changed: int, as_of: str) -> list[str]:
    return [f"{as_of} {k}" if k < changed else f"same {k}" for k in range(n)]


@pytest.mark.parametrize(
    ("changed", "found"), [(0, None), (1, "brand=b"), (29, "brand=b"), (30, None), (100, None)]
)
def test_all_but_a_few_of_a_brand(changed, found):
    before, now = (
        wave({"a": of_brand(100, 100, one), "b": of_brand(100, changed, one)}) for one in ("then", "now")
    )
    assert repeated_but_for_few(before, now) == found


def test_all_but_a_few_of_the_sector_in_several_brands():
    before, now = (wave({"a": of_brand(40, 10, one), "b": of_brand(40, 10, one)}) for one in ("then", "now"))
    assert repeated_but_for_few(before, now) == WHOLE


def test_who_came_and_who_left_count_as_changed():
    before, now = wave({"a": of_brand(100, 0, "x")}), wave({"a": of_brand(90, 0, "x")})
    assert repeated_but_for_few(before, now) == WHOLE
    assert repeated_but_for_few(now.head(60), before) is None


def test_few_respondents_who_all_answered_anew_repeat_nothing():
    before, now = (wave({"": of_brand(20, 20, one)}) for one in ("then", "now"))
    assert repeated_but_for_few(before, now) is None
    strangers = now.assign(respondent="x" + now["respondent"])
    assert repeated_but_for_few(before, strangers) is None


def test_who_is_of_one_wave_only_is_changed_whatever_the_type_of_text():
    """The store returns `string`, where a comparison with nothing is nothing."""
    before, now = (wave({"a": of_brand(n, 0, "x")}).astype("string") for n in (100, 90))
    assert repeated_but_for_few(before, now) == WHOLE
