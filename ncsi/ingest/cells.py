"""Text cells, seen once per distinct value: a column of 200,000 answers has a dozen of them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ncsi.ingest.read.text_columns import by_words

_INVISIBLE = re.compile("[\u200b-\u200f\u2028-\u202f\u2060-\u2064\ufeff\x00-\x1f\x7f]")
_SHIFTED = re.compile("([ªº²³¹¼-¾\u2070-\u209c\u2150-\u215f\u2189]+)")
_BROKEN = re.compile("(?<=[0-9])[\t-\r\x85\u2028\u2029]+(?=[0-9])")
"""A line that ends, or a tab, between two digits: those are two numbers."""

_MANY = 100
_WHOLE = re.compile(r"[+-]?[0-9]{1,6}(\.0*)?")


@dataclass(frozen=True, slots=True, eq=False)
class Coded:
    """A text column as positions into its distinct words, normalised (NFKC, trimmed, nothing invisible)."""

    codes: npt.NDArray[np.signedinteger[Any]]
    words: tuple[str, ...]

    def spread(self, per_word: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
        """One value per word → one value per row."""
        return np.asarray(per_word[self.codes])


def coded(column: pa.ChunkedArray) -> Coded:
    """A column of text by the words that occur in it, in the order in which they do first."""
    column = by_words(column)
    codes, words = column.indices.to_numpy(), column.dictionary
    rows, first = len(codes), np.full(len(words), len(codes), dtype=np.int64)
    first[codes[::-1]] = np.arange(rows - 1, -1, -1)
    if (first == rows).any() or (np.diff(first) < 0).any():
        occur = np.argsort(first, kind="stable")[: int((first < rows).sum())]
        places = np.zeros(len(words), dtype=codes.dtype)
        places[occur] = np.arange(len(occur))
        codes, words = places[codes], words.take(pa.array(occur))
    return Coded(codes, _normalised(words))


def _normalised(texts: pa.StringArray) -> tuple[str, ...]:
    """Each of them `normalised`; of many only those are looked at that may change."""
    words: list[str] = texts.to_pylist()
    if len(words) < _MANY:
        return tuple(map(normalised, words))
    plain = pc.and_(
        pc.ascii_is_printable(texts),
        pc.invert(pc.or_(pc.starts_with(texts, " "), pc.ends_with(texts, " "))),
    )
    for k in np.flatnonzero(~np.asarray(plain.to_numpy(zero_copy_only=False), dtype=bool)).tolist():
        words[k] = normalised(words[k])
    return tuple(words)


def normalised(text: str) -> str:
    """NFKC (full-width digits become digits), without invisible characters, trimmed.

    Raised and lowered characters and fractions stay as they are: 1⁰ is not 10, and 8½ is not 81⁄2. Two numbers on two
    lines stay two.
    """
    if text.isascii() and text.isprintable():
        return text.strip()
    parts = _SHIFTED.split(text) if _SHIFTED.search(text) else [text]
    folded = [part if k % 2 else unicodedata.normalize("NFKC", part) for k, part in enumerate(parts)]
    return _INVISIBLE.sub("", _BROKEN.sub(" ", "".join(folded))).strip()


def whole_number(word: str) -> int | None:
    """`8`, `+8`, `8.` and `8.0` are 8; anything else (2.5, 1e1, 1,000, text) is None."""
    return int(word.split(".")[0]) if _WHOLE.fullmatch(word) else None


def spelling(code: str) -> str:
    """One spelling per code: `98.0`, `98` and `９８` are `98`."""
    word = normalised(code)
    number = whole_number(word)
    return word if number is None else str(number)


def translated(word: str, codes: Mapping[str, str]) -> str:
    """The word by a recoding: as it stands, else in normal spelling, else unchanged."""
    return codes.get(word, codes.get(spelling(word), word))
