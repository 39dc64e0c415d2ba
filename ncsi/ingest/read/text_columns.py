"""Columns of text by their distinct words: every row holds the place of its word, in as few bytes as that needs."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

_MANY = 1000
_NARROW = ((2**7, pa.int8()), (2**15, pa.int16()))


def by_words(column: pa.ChunkedArray) -> pa.DictionaryArray:
    """A column of text, plain or already by words, as one array; null is the empty word."""
    array = column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
    if not pa.types.is_dictionary(array.type):
        array = array.dictionary_encode()
    words, places = array.dictionary, array.indices
    if places.null_count:
        words, places = pa.concat_arrays([words, pa.array([""], words.type)]), places.fill_null(len(words))
    narrow = next((kind for most, kind in _NARROW if len(words) <= most), pa.int32())
    if words.null_count:
        words = pc.fill_null(words, "")
    elif places.type == narrow and not array.indices.null_count:
        return array
    return pa.DictionaryArray.from_arrays(places.cast(narrow), words)


def own_words(column: pa.DictionaryArray) -> pa.DictionaryArray:
    """The same without words that no row has, where there are many."""
    if len(column.dictionary) <= _MANY:
        return column
    places = column.indices.to_numpy()
    first = np.full(len(column.dictionary), -1, dtype=np.int64)
    first[places] = 0
    occur = np.flatnonzero(first == 0)
    first[occur] = np.arange(len(occur))
    words = column.dictionary.take(pa.array(occur))
    return by_words(pa.chunked_array([pa.DictionaryArray.from_arrays(pa.array(first[places]), words)]))


def spelt(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A column of text with the text itself in every row."""
    return column.cast(pa.string())


def says(column: pa.ChunkedArray, text: str) -> npt.NDArray[np.bool_]:
    """Whether each row holds this text and nothing else but space."""
    return holds(column, lambda texts: pc.equal(pc.utf8_trim_whitespace(texts), text))


def holds(column: pa.ChunkedArray, test: Callable[[pa.Array], pa.Array]) -> npt.NDArray[np.bool_]:
    """Whether the text of each row passes a test, which is put to distinct words where the column has them."""
    found = [np.zeros(0, dtype=bool)]
    for chunk in column.chunks:
        of_words = pa.types.is_dictionary(chunk.type)
        passes = np.asarray(test(chunk.dictionary if of_words else chunk), dtype=bool)
        found.append(passes[chunk.indices.to_numpy()] if of_words else passes)
    return np.concatenate(found)
