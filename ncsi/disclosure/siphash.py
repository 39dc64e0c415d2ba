"""SipHash-2-4 of one word each, under a key each, for many at once.

Aumasson and Bernstein (2012), SipHash: a fast short-input PRF, INDOCRYPT 2012, LNCS 7668, 489-508: without its key, a
value tells nothing of the word that it is of.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint64]
WORD = np.dtype("<u8")
_START = (0x736F6D6570736575, 0x646F72616E646F6D, 0x6C7967656E657261, 0x7465646279746573)
_LENGTH = np.uint64(8 << 56)
"""The last block of a message of eight bytes."""


def siphash(keys: Words, words: Words) -> Words:
    """SipHash-2-4 of `words` (n), each a message of eight bytes (little-endian), under `keys` (n × 2)."""
    state = [keys[:, k % 2] ^ np.uint64(start) for k, start in enumerate(_START)]
    spare = np.empty_like(state[0])
    for block in (words, _LENGTH):
        state[3] ^= block
        _rounds(state, spare, 2)
        state[0] ^= block
    state[2] ^= np.uint64(0xFF)
    _rounds(state, spare, 4)
    made: Words = state[0] ^ state[1] ^ state[2] ^ state[3]
    return made


def _rounds(state: list[Words], spare: Words, number: int) -> None:
    """SipRounds, in place; `spare` is room of the same size."""
    a, b, c, d = state
    for _ in range(number):
        a += b
        _turn(b, 13, spare)
        b ^= a
        _turn(a, 32, spare)
        c += d
        _turn(d, 16, spare)
        d ^= c
        a += d
        _turn(d, 21, spare)
        d ^= a
        c += b
        _turn(b, 17, spare)
        b ^= c
        _turn(c, 32, spare)


def _turn(words: Words, bits: int, spare: Words) -> None:
    """Rotate to the left by so many bits, in place."""
    np.right_shift(words, np.uint64(64 - bits), out=spare)
    np.left_shift(words, np.uint64(bits), out=words)
    np.bitwise_or(words, spare, out=words)
