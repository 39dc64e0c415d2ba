"""What each respondent takes part in, as keyed digests: one for each figure of the questionnaire that tells whether the
respondent's part in it changed, and not what it was (docs/method.md §15).

A respondent's digests are one text of bytes: words of four (little-endian), of which the first says whether there were
answers enough for the model, the second is of all answers to the model, for response quality, and one for each figure
follows, in the order of the sector's list; 0 where the respondent takes no part, and nothing beyond the end.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from ncsi.arrays import Mask
from ncsi.disclosure.differencing import coded
from ncsi.disclosure.siphash import WORD, Words, siphash
from ncsi.spec import Instrument

Digests = NDArray[np.uint32]
DIGEST = np.dtype("<u4")
BYTES = pd.ArrowDtype(pa.binary())
ITEM, MEASURE, SUBINDEX, CONSTRUCT = "item", "measure", "subindex", "construct"
FLAGGED, EXCLUDED = "flagged", "excluded"
QUALITY = "quality"
BEFORE = 2
"""Words before those of figures."""


class _Figure(NamedTuple):
    name: str
    items: tuple[str, ...]
    scored: bool
    """Whether it is of those only who answered enough for the model."""


def figures_of(instrument: Instrument, known: Sequence[str] = ()) -> tuple[str, ...]:
    """The figures (`kind:name`) that a sector's digests are of: those `known`, then those of the questionnaire that are
    not among them, so that digests of before keep their places."""
    return tuple(dict.fromkeys([*known, *(one.name for one in _figures(instrument))]))


def answered(
    responses: pd.DataFrame,
    kept: Mask,
    flagged: Mask,
    scored: Mask,
    instrument: Instrument,
    key: bytes,
    figures: Sequence[str],
) -> pd.DataFrame:
    """What each response takes part in: `quality`, whether the index of the `flagged` or of the `excluded` rests on it
    (empty text: neither), and `answered`, its digests of the `figures`, by a key of the workspace.

    `kept`: whom response quality leaves in, `flagged`: those of them it has doubts about; `scored`: who answered enough
    for the model. Items count of all who are kept, the other figures of those with a score.
    """
    keys, given = _keys(responses["respondent"], key), _Given(responses)
    made = np.zeros((len(responses), BEFORE + len(figures)), dtype=DIGEST)
    made[:, 0] = scored
    quality = np.select([~scored, ~kept, flagged], ["", EXCLUDED, FLAGGED], default="")
    whole = _Figure(QUALITY, tuple(instrument.item_ids), True)
    columns = {QUALITY: 1} | {name: BEFORE + k for k, name in enumerate(figures)}
    for one in (whole, *_figures(instrument)):
        part = quality != "" if one is whole else kept & scored if one.scored else kept
        words, there = given.words_of(one)
        made[:, columns[one.name]] = np.where(part & there, _digests(keys, words), 0)
    return pd.DataFrame(
        {"quality": pd.array(quality, dtype="string"), "answered": packed(made)}, index=responses.index
    )


def packed(digests: Digests) -> pd.api.extensions.ExtensionArray:
    """Rows of digests as texts of bytes."""
    n, width = digests.shape
    offsets = np.arange(n + 1, dtype=np.int64) * (width * DIGEST.itemsize)
    whole = np.ascontiguousarray(digests, dtype=DIGEST)
    array = pa.LargeBinaryArray.from_buffers(
        pa.large_binary(), n, [None, pa.py_buffer(offsets), pa.py_buffer(whole)]
    )
    return pd.array(array.cast(pa.binary()), dtype=BYTES)


def unpacked(answered: pd.Series, figures: Sequence[str]) -> tuple[Digests, Mask]:
    """The words of each respondent (n × figures and two), and of whom they are known: not of those of whom an earlier
    version recorded none, nor where they are none of these figures."""
    width = BEFORE + len(figures)
    made = np.zeros((len(answered), width), dtype=DIGEST)
    texts = pa.array(answered.astype(BYTES).array).cast(pa.large_binary())
    texts = texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
    sizes = np.diff(np.frombuffer(texts.buffers()[1], np.int64)[texts.offset :][: len(texts) + 1])
    known = ~texts.is_null().to_numpy(zero_copy_only=False)
    known &= (sizes >= BEFORE * DIGEST.itemsize) & (sizes <= made.strides[0]) & (sizes % DIGEST.itemsize == 0)
    for size in np.unique(sizes[known]).tolist():
        rows = np.flatnonzero(known & (sizes == size))
        own = texts.take(pa.array(rows))
        words = np.frombuffer(own.buffers()[2], DIGEST)[: len(rows) * size // DIGEST.itemsize]
        made[rows, : size // DIGEST.itemsize] = words.reshape(len(rows), -1)
    return made, known


def _keys(respondents: pd.Series, key: bytes) -> Words:
    """A key of two words for each respondent, which none tells without that of the workspace."""
    keyed = hashlib.blake2b(key=key[:64], digest_size=2 * WORD.itemsize)
    made = []
    for one in pa.array(respondents.astype("str").array).cast(pa.large_binary()).to_pylist():
        own = keyed.copy()
        own.update(one)
        made.append(own.digest())
    return np.frombuffer(b"".join(made), WORD).reshape(-1, 2).astype(np.uint64, copy=False)


def _digests(keys: Words, words: Words) -> Digests:
    """Half of the keyed digest of each word; never 0."""
    made: Digests = np.maximum(siphash(keys, words) >> np.uint64(32), np.uint64(1)).astype(DIGEST)
    return made


class _Given:
    """The answers to items, each as a word that tells figure, item and answer."""

    def __init__(self, responses: pd.DataFrame) -> None:
        self._responses = responses
        self._coded: dict[str, tuple[NDArray[np.intp], list[str], Mask]] = {}

    def words_of(self, figure: _Figure) -> tuple[Words, Mask]:
        """Of each response one word, of all that it answered of the figure; and whether it answered any of it."""
        words = np.zeros(len(self._responses), dtype=np.uint64)
        there = np.zeros(len(self._responses), dtype=bool)
        for item in figure.items:
            if item not in self._responses:
                continue
            if item not in self._coded:
                codes, texts = coded(self._responses[item])
                self._coded[item] = codes, texts, np.array([bool(one) for one in texts]).take(codes)
            codes, texts, given = self._coded[item]
            own = np.array([_word(figure.name, item, one) if one else 0 for one in texts], dtype=np.uint64)
            words ^= own.take(codes)
            there |= given
        return words, there


@lru_cache(maxsize=2**14)
def _word(figure: str, item: str, answer: str) -> int:
    said = f"{figure}\x1f{item}\x1f{answer}".encode()
    return int.from_bytes(hashlib.blake2b(said, digest_size=WORD.itemsize).digest(), "little")


def _figures(instrument: Instrument) -> Iterator[_Figure]:
    modelled = set(instrument.item_ids)
    for item in instrument.item_ids:
        yield _Figure(f"{ITEM}:{item}", (item,), False)
    for beside in sorted({one.item for one in instrument.measures} - modelled):
        yield _Figure(f"{MEASURE}:{beside}", (beside,), True)
    for part in instrument.subindices:
        yield _Figure(f"{SUBINDEX}:{part.id}", tuple(part.items), True)
    for construct in instrument.constructs:
        yield _Figure(f"{CONSTRUCT}:{construct.id}", tuple(one.id for one in construct.items), True)
