"""Columns by their distinct words: the same cells in whatever pieces, types and order a reader finds them."""

from __future__ import annotations

import datetime
import hmac
import io
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from ncsi.ingest.cells import coded, normalised
from ncsi.ingest.conform.clock import moment, moments
from ncsi.ingest.conform.facts import any_spoiled
from ncsi.ingest.privacy import pseudonym, pseudonyms
from ncsi.ingest.read.blocks import joined
from ncsi.ingest.read.parquet import read_parquet
from ncsi.ingest.read.table import checked
from ncsi.ingest.read.text_columns import by_words, holds, says, spelt

KEY = b"k" * 32
ODD = ["８", " a", "b ", "\u200bc", "½", "plain", "", "Ａ　", "tab\there"]


def cells(column) -> list[str]:
    found = coded(column)
    return [found.words[code] for code in found.codes.tolist()]


def test_words_are_those_that_occur_in_the_order_in_which_they_do_first():
    words = pa.DictionaryArray.from_arrays(pa.array([3, 1, 1, 3, 0]), pa.array(["c", "a", "never", "b"]))
    found = coded(pa.chunked_array([words]))
    assert found.words == ("b", "a", "c")
    assert found.codes.tolist() == [0, 1, 1, 0, 2]


def test_pieces_with_words_of_their_own_are_one_column_and_null_is_empty():
    pieces = [pa.array(one).dictionary_encode() for one in (["x", None], ["y", "x"])]
    found = by_words(pa.chunked_array(pieces))
    assert found.to_pylist() == ["x", "", "y", "x"]
    assert found.type.index_type == pa.int8()
    assert by_words(pa.chunked_array([], pa.string())).to_pylist() == []


def test_many_words_are_normalised_as_each_is():
    texts = [f"{one}{k}" for k in range(40) for one in ODD] + ODD
    assert cells(pa.chunked_array([texts])) == [normalised(text) for text in texts]


def test_a_test_of_texts_is_put_to_words_and_holds_of_rows():
    texts = ["a", "", "a", " "]
    for column in (pa.chunked_array([texts]), pa.chunked_array([pa.array(texts).dictionary_encode()])):
        assert holds(column, lambda words: pc.equal(words, " ")).tolist() == [False, False, False, True]
        blank = says(column, "")
        assert blank.tolist() == [False, True, False, True]
        assert spelt(column).to_pylist() == texts


@pytest.mark.parametrize("rows", [1, 2, 4])
def test_typed_parquet_says_what_its_text_would_in_row_groups_of_any_size(rows):
    day = datetime.date(2026, 1, 2)
    table = pa.table(
        {
            "whole": [1, 2, None, 1],
            "number": [1.0, 2.5, float("nan"), None],
            "text": ["x", None, "y", "x"],
            "none": pa.nulls(4),
            "truth": [True, False, None, True],
            "day": [day] * 4,
            "time": [datetime.datetime(2026, 1, 2, 3, 4, 5)] * 4,
            "word": pa.array(["u", "v", None, "u"]).dictionary_encode(),
            "code": pa.array([5, 6, None, 5]).dictionary_encode(),
            "decimal": [Decimal("1.50")] * 4,
            "bytes": [b"q", b"w", None, b"q"],
            "long": pa.array(["k", "l", "m", None], pa.large_string()),
        }
    )
    file = io.BytesIO()
    pq.write_table(table, file, row_group_size=rows)
    found = joined([*checked("f.parquet", read_parquet("f.parquet", file))])
    assert found.numbers.tolist() == [2, 3, 4, 5]
    for name, column in zip(table.column_names, table.columns, strict=True):
        plain = column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column
        assert (
            found.values.column(name).to_pylist() == pc.fill_null(plain.cast(pa.string()), "").to_pylist()
        ), name


@pytest.mark.parametrize(
    "broken", ["2026-02-30 10:00:00", "2026-02-28 25:00:00", "1999-01-01 00:00:00", "tomorrow"]
)
def test_many_times_are_read_as_each_is(broken):
    words = [
        "2026-03-01 12:30:00",
        "2099-12-31T23:59:59",
        "2100-01-01 00:00:00",
        "1/13/2026 3:00 PM",
        "",
        "2026年3月1日",
    ]
    for by_day in (None, True, False):
        expected = [moment(word, by_day) for word in [*words, broken]]
        found = moments([*words, broken], by_day)
        assert [None if np.isnat(one) else one.item() for one in found] == expected


def test_a_pseudonym_is_the_hmac_of_its_identity_whatever_the_key():
    for key in (KEY, b"long" * 40, b"k"):
        assert pseudonym(key, "甲1") == hmac.new(key, "甲1".encode(), "sha256").hexdigest()[:32]


def test_an_identity_of_several_columns_is_made_once_for_rows_that_share_it():
    columns = [coded(pa.chunked_array([one])) for one in (["a", "a", "b", "", "a"], ["x", "y", "x", "", "x"])]
    made = pseudonyms(KEY, columns).tolist()
    assert made == [
        pseudonym(KEY, "a\x1fx"),
        pseudonym(KEY, "a\x1fy"),
        pseudonym(KEY, "b\x1fx"),
        None,
        made[0],
    ]


def test_a_phone_number_among_other_identities_is_spelt_as_one():
    one, other = pseudonyms(KEY, [coded(pa.chunked_array([["id-1", "+86 138-0013-8000", "13800138000"]]))])[
        1:
    ]
    assert one == other == pseudonym(KEY, "13800138000")


def test_a_spoiled_cell_is_suspected_wherever_it_stands():
    assert any_spoiled(["#N/A"])
    assert any_spoiled(["a", "#REF!", "b"])
    assert not any_spoiled(["a", "b#", ""])
