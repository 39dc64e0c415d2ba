"""Pseudonyms: keyed, one spelling a person, different for every purpose."""

from __future__ import annotations

import hashlib

import pyarrow as pa
import pytest

from ncsi.ingest.cells import coded, normalised
from ncsi.ingest.privacy import canonical_identity, derived_key, pseudonyms

KEY = b"k" * 32


def pseudonym(*words, key=KEY):
    return pseudonyms(key, [coded(pa.chunked_array([[word]])) for word in words])[0]


@pytest.mark.parametrize(
    ("spelling", "canonical"),
    [
        ("１３８００１３８０００", "13800138000"),
        ("+86 138-0013-8000", "13800138000"),
        ("0086 13800138000", "13800138000"),
        ("\u200b13800138000 ", "13800138000"),
        ("Who@Example.com", "who@example.com"),
        ("oXy_OpenId", "oXy_OpenId"),
        ("12", "12"),
        ("12.0", "12"),
        ("１２.００", "12"),
        ("13800138000.0", "13800138000"),
        ("0.0", "0"),
        ("007.0", "007.0"),
        ("12.10", "12.10"),
        ("v2.0", "v2.0"),
        ("1.2.0", "1.2.0"),
    ],
)
def test_one_spelling_a_person(spelling, canonical):
    assert canonical_identity(normalised(spelling)) == canonical


@pytest.mark.parametrize("other", ["5.0", "13800138000.0", "+86 138-0013-8000", "Who@Example.com"])
def test_a_column_is_spelt_as_its_words_are(other):
    assert pseudonym(other) == pseudonym(canonical_identity(other))
    column = coded(pa.chunked_array([["12", other, "x"]]))
    assert pseudonyms(KEY, [column])[1] == pseudonym(canonical_identity(other))


def test_a_pseudonym_needs_the_key():
    assert pseudonym("13800138000") != pseudonym("13800138000", key=b"x" * 32)
    assert pseudonym("13800138000") != hashlib.sha256(b"13800138000").hexdigest()[:32]
    assert derived_key(KEY, "a") != derived_key(KEY, "b")


def test_parts_of_an_identity_do_not_run_into_each_other():
    assert pseudonym("ab", "c") != pseudonym("a", "bc")
    assert pseudonym("", "") is None
    assert pseudonym("", "c") is not None
