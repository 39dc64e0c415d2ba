"""Cautions are worded for readers and come back as they were, figures as far as they are worded."""

import pytest

from ncsi.model.cautions import Caution, as_note, from_note

PARAMETER = ("Quality", "~", "Expectation")
CAUTIONS = (
    Caution("formative_as_reflective", ("Image",)),
    Caution("negative_variance", ("QUA1", "~~", "QUA1"), -0.125),
    Caution("no_standardised_value", PARAMETER),
    Caution("beyond_one", PARAMETER, -1.25),
    Caution("not_located", PARAMETER, 2.5),
)


def told(cautions):
    return [(one.code, one.about, repr(one.figure)) for one in cautions]


@pytest.mark.parametrize("one", CAUTIONS, ids=lambda one: one.code)
def test_a_caution_comes_back_from_its_words(one):
    assert told(from_note(as_note([one]))) == told([one])


def test_a_note_holds_them_all_in_their_order():
    assert told(from_note(as_note(CAUTIONS))) == told(CAUTIONS)
    assert from_note(as_note([])) == ()


@pytest.mark.parametrize(
    "note", ["not separable", "not separable: A ~ B is large standardised", "; not found"]
)
def test_other_words_are_refused(note):
    with pytest.raises(ValueError, match=r"not the words of a caution|could not convert"):
        from_note(note)
