"""Tables of fits and replicates are made when they are looked at, and are what they would have been before."""

import pickle
from dataclasses import dataclass, fields, replace

import numpy as np
import pandas as pd
import pytest

import ncsi
from ncsi import model
from ncsi.model.deferred import Deferred
from ncsi.model.pls.fit import TABLES
from ncsi.model.resampling.replicates import FRAMES


@dataclass(frozen=True, slots=True)
class Rectangle(Deferred):
    width: float
    area: float


def test_a_field_is_made_once_and_only_when_it_is_looked_at():
    asked = []
    made = Rectangle.deferring({"area": lambda: asked.append(1) or 6.0}, width=2.0)
    assert not asked
    assert (made.has("area"), made.has("width")) == (False, True)
    assert (made.area, made.area, made.width) == (6.0, 6.0, 2.0)
    assert asked == [1]
    assert made.has("area")


def test_who_asks_while_another_thread_makes_it_gets_what_that_one_made():
    """It is not there when it is looked for, and is made, its maker let go, before one looks for that."""
    made = Rectangle.deferring({"area": lambda: 6.0}, width=2.0)
    assert made.area == 6.0
    assert made.__getattr__("area") == 6.0


def test_a_field_that_fails_to_be_made_is_tried_again():
    answers = iter([ValueError("not yet"), 6.0])

    def make():
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    made = Rectangle.deferring({"area": make}, width=2.0)
    with pytest.raises(ValueError, match="not yet"):
        made.area  # noqa: B018
    assert made.area == 6.0


def test_it_is_a_frozen_value_like_others():
    made = Rectangle.deferring({"area": lambda: 6.0}, width=2.0)
    assert replace(made, width=3.0) == Rectangle(3.0, 6.0)
    made = Rectangle.deferring({"area": lambda: 6.0}, width=2.0)
    assert pickle.loads(pickle.dumps(made)) == Rectangle(2.0, 6.0)  # noqa: S301 - its own
    assert hash(made) == hash(Rectangle(2.0, 6.0))
    with pytest.raises(AttributeError):
        made.area = 7.0
    for one in (made, Rectangle(2.0, 6.0)):
        with pytest.raises(AttributeError, match="'Rectangle' object has no attribute 'height'"):
            one.height  # noqa: B018


def test_what_carries_another_makes_nothing_twice():
    asked = []
    inner = Rectangle.deferring({"area": lambda: asked.append(1) or 6.0}, width=2.0)
    outer = Rectangle.carrying(inner)
    assert not asked
    assert (outer.area, inner.area, asked) == (6.0, 6.0, [1])


def test_a_fit_makes_no_table_before_it_is_asked_for_one(survey, inst):
    fit = ncsi.fit_pls(survey, inst, by="brand")
    assert not any(fit.has(name) for name in TABLES)
    repr(fit.paths)
    assert [name for name in TABLES if fit.has(name)] == ["paths"]
    assert fit.paths is fit.paths
    assert {one.name for one in fields(fit)} >= set(TABLES)


def test_tables_are_of_the_data_that_were_fitted(survey, inst):
    """Whoever changes the frame afterwards changes no table that has not been made."""
    answers = survey.copy()
    at_once, later = (model.fit_pls(answers, inst, by="brand") for _ in range(2))
    kept = {name: getattr(at_once, name) for name in TABLES}
    answers.loc[:, list(inst.item_ids)] = 1.0
    for name in reversed(TABLES):
        pd.testing.assert_frame_equal(getattr(later, name), kept[name], check_exact=True)


def test_replicates_give_the_same_frames_in_any_order(survey, inst):
    fit = model.fit_pls(survey, inst, by="brand")
    one, other = (model.bootstrap(fit, replicates=130, htmt=True) for _ in range(2))
    assert not any(one.has(name) for name in FRAMES)
    frames = [name for name in FRAMES if name != "spreads"]
    first = {name: getattr(one, name) for name in frames}
    for name in reversed(frames):
        pd.testing.assert_frame_equal(getattr(other, name), first[name], check_exact=True)
    again = pickle.loads(pickle.dumps(other))  # noqa: S301 - its own
    assert np.array_equal(one.draws.phi, again.draws.phi)
